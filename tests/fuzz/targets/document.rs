//! Readers of configuration: whatever a file holds, its tree lies within it.

use bowerbird::document::Broken;
use bowerbird::document::Document;
use bowerbird::document::bicep;
use bowerbird::document::blocks;
use bowerbird::document::dockerfile;
use bowerbird::document::hcl;
use bowerbird::document::ini;
use bowerbird::document::json;
use bowerbird::document::toml;
use bowerbird::document::xml;
use bowerbird::document::yaml;

/// Every node stands in the text, on whole characters, and has a way to it.
fn holds(text: &str, read: Result<Document, Broken>) {
    let Ok(document) = read else { return };
    for id in document.ids().take(500) {
        let place = document.place(id);
        assert!(text.get(place.clone()).is_some(), "{place:?}");
        assert!(text.get(document.node(id).span.clone()).is_some());
        let _ = document.path(id);
    }
}

pub(super) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let text = text.as_ref();
    for read in [
        bicep::read,
        dockerfile::read,
        json::read,
        toml::read,
        xml::read,
    ] {
        holds(text, read(text));
    }
    holds(text, blocks::nginx(text));
    holds(text, blocks::apache(text));
    for style in [ini::Style::Assigned, ini::Style::Spaced, ini::Style::Lines] {
        holds(text, ini::read(text, style));
    }
    if let Some(document) = hcl::read(text).0 {
        holds(text, Ok(document));
    }
    for document in yaml::read(text)
        .into_iter()
        .chain(yaml::read_template(text))
    {
        holds(text, document);
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        "FROM a:1 AS b\nRUN --mount=type=cache x \\\n && y <<EOF\nz\nEOF\nUSER 1\n",
        "a: &x {k: [1, 'v', \"w\"]}\nb:\n  <<: *x\n---\n- !Ref c\n- |\n  text\n",
        "{{ if .Values.a }}\nkind: Pod\nspec: {{ toYaml .Values.b | nindent 2 }}\n{{ end }}\n",
        "{\"a\": [1, \"\\u0041\", null,], /* c */ \"b\": {\"c\": true}}",
        "# c\na.\"b\" = 'x' # d\n[t.u]\nl = [1, {k = \"v\"}]\n[[s]]\nm = \"\"\"x\\\n y\"\"\"\n",
        "param a string = 'x'\nresource r 'T/u@1' = if (a) {\n  name: '${a}'\n  p: {\n    k: [\n      1\n    ]\n  }\n}\n",
        "resource \"a\" \"b\" {\n  c = \"${var.d}\"\n  e {\n    f = [1, 2]\n  }\n  g = <<EOT\nx\nEOT\n}\n",
        "server {\n  listen 443 ssl; # c\n  location / { return 302 https://a$uri; }\n}\n",
        "<VirtualHost *:443>\n  SSLProtocol all -SSLv3\n  <Directory /x>\n  </Directory>\n</VirtualHost>\n",
        "<a x=\"1\"><!-- c --><b>t &gt; u</b><b y='2'/></a>",
        "[s]\nexport K = \"v\" # c\nPort 22\n",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}
