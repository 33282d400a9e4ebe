//! Rules of other tools, and the patterns in them: made into checks, compiled, and held against
//! a small program. The patterns are a stranger's as much as the code is.

use bowerbird::detect::sast::Analyzer;
use bowerbird::detect::sast::Language;
use bowerbird::rules::import;

const CODE: &str =
    "import os\ndef f(a, b=1):\n    x = os.system(a)\n    return g(x, \"t\", k=True)\n";

pub(super) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some(format) = import::format(text) else {
        return;
    };
    let Ok(files) = import::parse(format, "fuzz.yml", text, &[]) else {
        return;
    };
    for file in files {
        for check in file.checks {
            let look = (file.platform.value.as_str(), "fuzz", check.body);
            if let Ok(analyzer) = Analyzer::new(&[], &[look]) {
                analyzer.analyse(Language::Python, "a.py", CODE.as_bytes());
            }
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let ast_grep = "id: a\nlanguage: python\nrule:\n  pattern: os.system($A)\n  inside: {kind: function_definition, stopBy: end}\n";
    let semgrep = "rules:\n- id: b\n  languages: [python]\n  severity: LOW\n  message: m\n  patterns:\n  - pattern: g(..., $K=True, ...)\n  - pattern-inside: |\n      $X = $F(...)\n      ...\n  - metavariable-regex: {metavariable: $F, regex: os}\n";
    let taint = "rules:\n- id: c\n  languages: [python]\n  severity: LOW\n  message: m\n  mode: taint\n  pattern-sources: [{pattern: h()}]\n  pattern-sinks: [{pattern: os.system($X, ...)}]\n";
    [ast_grep, semgrep, taint]
        .map(|text| text.as_bytes().to_vec())
        .to_vec()
}
