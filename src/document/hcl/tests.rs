//! HCL as it is written: what is read of it, and what a broken file gives. The whole of a module of
//! Terraform is tested with the checks.

use super::*;

fn whole(text: &str) -> Document {
    let (doc, broken) = read(text);
    assert_eq!(broken, []);
    doc.unwrap()
}

#[test]
fn blocks_values_and_references() {
    let text = "# c\nresource \"aws_x\" \"a\" {\n  b = true\n  n = -1\n  s = \"t\\n${var.v}\"\n  r = \"${var.v}\"\n  l = [1, aws_y.z.id, // c\n  ]\n  rule { p = 1 }\n  rule { p = 2 }\n  m = { \"k\" = \"v\", x : local.y\n    z = 1 }\n  c = var.a ? 1 : 2\n  j = jsonencode({ A = [\"*\"] })\n  d = <<-EOT\n    hello\n  EOT\n  f = [for x in y : x.z]\n  dynamic \"set\" { for_each = v\n content { q = 1 } }\n}\n";
    let doc = whole(text);
    let all = doc.at(doc.root(), &["resource"]).unwrap();
    let body = doc.children(all)[0];
    assert_eq!(doc.node(body).tag.as_deref(), Some("aws_x a"));
    let value = |key: &str| doc.node(doc.get(body, key).unwrap()).value.clone();
    let text_of = |key: &str| doc.text_at(body, &[key]);
    assert_eq!((text_of("b"), text_of("n")), (Some("true"), Some("-1")));
    assert!(matches!(value("s"), Value::Unknown(_)));
    assert_eq!(value("r"), Value::Reference("var.v".into()));
    let list = doc.children(doc.get(body, "l").unwrap());
    assert_eq!(
        doc.node(list[1]).value,
        Value::Reference("aws_y.z.id".into())
    );
    assert_eq!(doc.children(doc.get(body, "rule").unwrap()).len(), 2);
    assert_eq!(doc.text_at(body, &["m", "k"]), Some("v"));
    assert_eq!(doc.text_at(body, &["m", "z"]), Some("1"));
    assert_eq!(value("c"), Value::Unknown("var.a ? 1 : 2".into()));
    let action = doc.at(body, &["j", "A"]).unwrap();
    assert_eq!(doc.text(doc.children(action)[0]), Some("*"));
    assert_eq!(text_of("d").map(str::trim), Some("hello"));
    assert!(matches!(value("f"), Value::Unknown(_)));
    let made = doc.children(doc.get(body, "set").unwrap())[0];
    assert!(matches!(doc.node(made).value, Value::Unknown(_)));
}

#[test]
fn expressions_go_on_where_the_language_says_so() {
    let text = "locals {\n  a = merge([for k in x : {\n    (k.b) = 1\n  }]...)\n  b = concat(var.x...)\n  c = {\n    lower(\"K\") = \"v\", d = (x == null\n      # why\n      ? 1\n      : 2)\n    e = p &&\n      # all of them\n      q\n    f = 1 # ends here -\n    g = 2\n  }\n  h = \"i_${\n    sha1(\"${j}${k}\")\n  }\"\n  l = 3\n}\n";
    let doc = whole(text);
    let body = doc.children(doc.at(doc.root(), &["locals"]).unwrap())[0];
    let keys: Vec<_> = doc.entries(body).iter().map(|(key, _)| &**key).collect();
    assert_eq!(keys, ["a", "b", "c", "h", "l"]);
    let c = doc.get(body, "c").unwrap();
    let keys: Vec<_> = doc.entries(c).iter().map(|(key, _)| &**key).collect();
    assert_eq!(keys, ["*", "d", "e", "f", "g"]);
    assert_eq!(
        (doc.text_at(c, &["f"]), doc.text_at(c, &["g"])),
        (Some("1"), Some("2"))
    );
    let (doc, broken) = read("a {\n  x = \"${y\"\n}\nb {\n  z = 1\n}\n");
    assert_eq!(broken.len(), 1);
    assert!(
        doc.unwrap().len() > 2,
        "what comes after an open brace is read"
    );
}

#[test]
fn a_broken_block_is_told_and_the_next_is_read() {
    let (doc, broken) = read("a \"b\" {\n  x = = 1\n}\nc \"d\" {\n  y = 2\n}\n");
    assert_eq!(broken, [Broken::Syntax(2)]);
    let doc = doc.unwrap();
    assert!(doc.at(doc.root(), &["c"]).is_some());
}

#[test]
fn hostile_text_ends() {
    let deep = format!("a = {}", "[".repeat(100_000));
    assert_eq!(read(&deep).1[0], Broken::Depth);
    let blocks = "a {\n".repeat(100_000);
    assert_eq!(read(&blocks).1[0], Broken::Depth);
    for text in [
        "a = \"${",
        "a = \"\\",
        "a = <<E\nx",
        "a = [for",
        "\u{e4} = (",
        "a = \"\u{e4}\\\u{e4}\"",
    ] {
        let _ = read(text);
    }
}
