//! Patterns on small programs, language by language.

use super::super::Analyzer;
use super::super::Language;
use crate::rules::sast::Look;

/// The lines that a form, in YAML, finds.
fn lines(language: Language, form: &str, text: &str) -> Vec<usize> {
    let form = serde_saphyr::from_str(form).unwrap();
    let look = Look {
        form: Some(form),
        ..Look::default()
    };
    let analyzer = Analyzer::new(&[], &[(language.family(), "x", look)]).unwrap();
    let analysis = analyzer.analyse(language, "a", text.as_bytes());
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    analysis
        .found
        .iter()
        .map(|found| line(found.span.start))
        .collect()
}

/// A pattern alone, strict.
fn strict(language: Language, pattern: &str, text: &str) -> Vec<usize> {
    let pattern = serde_json::Value::from(pattern);
    lines(language, &format!("shape: {{pattern: {pattern}}}"), text)
}

/// A pattern alone, loose.
fn loose(language: Language, pattern: &str, text: &str) -> Vec<usize> {
    let pattern = serde_json::Value::from(pattern);
    lines(
        language,
        &format!("{{loose: true, shape: {{pattern: {pattern}}}}}"),
        text,
    )
}

const NONE: [usize; 0] = [];

#[test]
fn a_call_is_found_in_every_language() {
    let cases = [
        (
            Language::Python,
            "call($X)",
            "call(a)\ncall(a, b)\ndef f():\n  return call(1)\n",
            vec![1, 4],
        ),
        (
            Language::JavaScript,
            "call($X)",
            "x = call(a);\ncall();\n",
            vec![1],
        ),
        (
            Language::TypeScript,
            "call($X)",
            "const x: string = call(a);\n",
            vec![1],
        ),
        (
            Language::Java,
            "$A.call($X)",
            "class A { void f() {\n b.call(1);\n call(1); } }",
            vec![2],
        ),
        (
            Language::Go,
            "a.Call($X)",
            "package p\nfunc f() {\n\ta.Call(1)\n}\n",
            vec![3],
        ),
        (
            Language::C,
            "call($X, $$$)",
            "int f(void) {\n call(a);\n call();\n return call(a, b);\n}\n",
            vec![2, 4],
        ),
        (
            Language::Cpp,
            "call($X)",
            "int f() {\n call(a);\n}\n",
            vec![2],
        ),
        (
            Language::CSharp,
            "a.Call($X)",
            "class A { void F() {\n a.Call(1);\n } }",
            vec![2],
        ),
        (
            Language::Php,
            "call($X)",
            "<?php\ncall($a);\ncall();\n",
            vec![2],
        ),
        (Language::Ruby, "call($X)", "call(a)\ncall(a, b)\n", vec![1]),
        (
            Language::Rust,
            "call($X)",
            "fn f() {\n let x = call(a);\n}\n",
            vec![2],
        ),
    ];
    for (language, pattern, text, wanted) in cases {
        assert_eq!(strict(language, pattern, text), wanted, "{language:?}");
        assert_eq!(
            loose(language, pattern, text),
            wanted,
            "{language:?}, loose"
        );
    }
}

#[test]
fn a_hole_that_stands_twice_holds_the_same() {
    let text = "a == a\na == b\n";
    assert_eq!(strict(Language::Python, "$A == $A", text), [1]);
    assert_eq!(strict(Language::Python, "$_ == $_", text), [1, 2]);
}

#[test]
fn repetitions_take_any_number() {
    let text = "f()\nf(1)\nf(1, x=2)\nf(1, 2, 3)\n";
    assert_eq!(strict(Language::Python, "f($$$)", text), [1, 2, 3, 4]);
    assert_eq!(strict(Language::Python, "f($$$, 3)", text), [4]);
    assert_eq!(strict(Language::Python, "f(1, $$$, 3)", text), [4]);
    let text = "function a(x) { b(); }\nfunction c(x, y) { d(); e(); }\n";
    assert_eq!(
        strict(Language::JavaScript, "function $F($$$) { $$$ }", text),
        [1, 2]
    );
    let text = "class A {\n public int f(int a) throws E { g(); }\n}\n";
    assert_eq!(loose(Language::Java, "int $F($$$) { $$$ }", text), [2]);
}

#[test]
fn a_loose_name_is_what_imports_make_of_it() {
    let text = "import os as o\nfrom os import system\no.system(a)\nsystem(b)\nx.system(c)\n";
    assert_eq!(loose(Language::Python, "os.system($X)", text), [3, 4]);
    assert_eq!(strict(Language::Python, "os.system($X)", text), NONE);
}

#[test]
fn loose_texts_and_named_arguments_are_equal_by_what_they_say() {
    let text = "f('md5', b=1, a=True)\nf('sha1', a=True)\nf(name, a=True)\n";
    assert_eq!(loose(Language::Python, "f(\"md5\", $$$)", text), [1]);
    assert_eq!(loose(Language::Python, "f(\"$$$\", $$$)", text), [1, 2]);
    assert_eq!(loose(Language::Python, "f($$$, a=True)", text), [1, 2, 3]);
    let regex =
        "{loose: true, shape: {pattern: 'f(\"$ALG\", $$$)', where: {ALG: {regex: '^sha'}}}}";
    assert_eq!(lines(Language::Python, regex, text), [2]);
}

#[test]
fn a_loose_assignment_is_a_declaration_too() {
    let text = "var a = f();\nlet b: T = f();\nc = f();\n";
    assert_eq!(loose(Language::TypeScript, "$X = f()", text), [1, 2, 3]);
}

#[test]
fn statements_in_a_row_reach_from_first_to_last() {
    let text = "def f():\n  x = open(a)\n  g()\n  h(x)\ndef g():\n  x = 1\n  h(x)\n";
    assert_eq!(
        loose(Language::Python, "$X = open($A)\n$$$\nh($X)", text),
        [2]
    );
    let within = "{loose: true, shape: {all: [{pattern: 'h($X)'}, {within: {pattern: \"$X = open($A)\\n$$$\"}}]}}";
    assert_eq!(lines(Language::Python, within, text), [4]);
}

#[test]
fn relations_look_where_they_are_told() {
    let text = "for a in b:\n  await c(a)\nawait d(a)\n";
    let inside =
        "{shape: {pattern: 'await $X', inside: {until: end, shape: {kind: for_statement}}}}";
    assert_eq!(lines(Language::Python, inside, text), [2]);
    let near = "{shape: {kind: await, inside: {shape: {kind: for_statement}}}}";
    assert_eq!(lines(Language::Python, near, text), NONE);
    let has = "{shape: {kind: for_statement, has: {until: end, shape: {regex: '^c$'}}}}";
    assert_eq!(lines(Language::Python, has, text), [1]);
    let field = "{shape: {kind: identifier, regex: '^b$', inside: {field: right, shape: {kind: for_statement}}}}";
    assert_eq!(lines(Language::Python, field, text), [1]);
    let follows = "{shape: {pattern: await d($X), inside: {shape: {kind: expression_statement, follows: {shape: {kind: for_statement}}}}}}";
    assert_eq!(lines(Language::Python, follows, text), [3]);
}

#[test]
fn what_is_excluded_is_not_found_and_the_focus_is_what_is_told() {
    let text = "f(a,\n  1)\nf(b,\n  2)\n";
    let form = "{shape: {all: [{pattern: 'f($X, $Y)'}, {not: {pattern: 'f($X, 1)'}}], focus: Y}}";
    assert_eq!(lines(Language::Python, form, text), [4]);
}

#[test]
fn what_is_no_code_is_refused() {
    let look = |form: &str| Look {
        form: Some(serde_saphyr::from_str(form).unwrap()),
        ..Look::default()
    };
    let fault = |form: &str| {
        let made = Analyzer::new(&[], &[("python", "x", look(form))]);
        made.err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert_eq!(
        fault("shape: {pattern: 'if if ('}"),
        "x: the pattern `if if (` is no code of Python"
    );
    assert_eq!(
        fault("shape: {kind: nonsense}"),
        "x: the grammar of Python has no kind `nonsense`"
    );
    assert!(fault("shape: {kind: call, inside: {field: nonsense}}").contains("no field"));
}

#[test]
fn work_is_bounded() {
    let text = format!("f({}0)\n", "1, ".repeat(400));
    let form = "{shape: {pattern: 'f($$$, $A, $$$, $A, $$$, $A, $$$, $A, $$$, 7)'}}";
    assert_eq!(lines(Language::Python, form, &text), NONE);
}
