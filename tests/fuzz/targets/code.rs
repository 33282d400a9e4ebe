//! Code in every language, through the parser, the lowering and all checks.

use super::made;
use bowerbird::detect::raised::File;
use bowerbird::detect::sast::Engine;
use bowerbird::detect::sast::Language;
use bowerbird::rules::builtin;
use bowerbird::rules::check::Body;
use std::sync::LazyLock;

/// Names that tell the language of an input by its first byte.
const NAMES: [&str; 11] = [
    "a.py", "a.js", "a.tsx", "a.java", "a.go", "a.c", "a.cpp", "a.cs", "a.php", "a.rb", "a.rs",
];

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let pack = builtin::checks();
    let checks = pack.rules().iter().zip(pack.bodies());
    let code = checks.filter_map(|(rule, body)| match body {
        Body::Sast(body) => Some((rule, body)),
        Body::Misconfig(_) => None,
    });
    Engine::new(code.collect())
});

pub(super) fn run(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    let path = NAMES[usize::from(*first) % NAMES.len()];
    if let Some(language) = Language::of(path, bytes) {
        let judgement = ENGINE.judge(language, &File { path, bytes });
        for raised in &judgement.judged.raised {
            assert!(raised.span.end <= bytes.len());
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "from flask import request\nimport os\ndef f(a):\n  for x in a:\n    os.system('ls ' + request.args[x])\n",
        "app.get('/', (req, res) => { const {a} = req.query; switch (a) { case 1: break; default: res.send(`<b>${a}`) } })",
        "const A = () => <div dangerouslySetInnerHTML={{__html: location.hash}} />",
        "class A { void f(HttpServletRequest r) { List<String> l = new ArrayList<>(); l.add(r.getParameter(\"a\")); l.remove(0); } }",
        "package a\nfunc f(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, r.FormValue(\"a\")) }",
        "int main(int c, char **argv) { char b[10]; if (c) goto out; strcpy(b, argv[1]); out: free(b); free(b); }",
        "void f(const char *s) { auto g = [&]() { system(s); }; g(); }",
        "class A { void F(string a) { new SqlCommand(\"select * from t where a='\" + a + \"'\"); } }",
        "<?php if ($_GET['a'] == 'b' || false) { echo `ls $_GET[a]`; } ?><p><?= $x ?>",
        "class A; def f; system(\"ls #{params[:a]}\"); end; end",
        "fn f(a: &str) { let q = format!(\"select {a}\"); sqlx::query(&q); }",
    ];
    let mut seeds: Vec<Vec<u8>> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| {
            let mut seed = vec![number as u8];
            seed.extend_from_slice(text.as_bytes());
            seed
        })
        .collect();
    let mut own = vec![10];
    own.extend(made::file("src/error.rs"));
    seeds.push(own);
    seeds
}
