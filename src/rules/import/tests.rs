//! What maps and what is refused, by rules written for these tests.

use super::*;

const AST_GREP: &str = "id: no-eval
language: JavaScript
severity: error
message: Evaluates $CODE
note: Parse it instead.
rule:
  pattern: eval($CODE)
  not: {inside: {kind: function_declaration, stopBy: end}}
constraints:
  CODE: {kind: identifier}
";

const SEMGREP: &str = "rules:
  - id: Acme.shell_text
    languages: [python]
    severity: ERROR
    message: A shell runs $CMD.
    metadata:
      cwe: ['CWE-78: OS command injection']
      owasp: [A03:2021 - Injection]
      references: ['https://example.com/a', 'http://example.com/b']
      confidence: HIGH
    patterns:
      - pattern: os.system($CMD, ...)
      - pattern-not: os.system(\"...\", ...)
      - pattern-not-inside: |
          def $F(...):
            ...
      - metavariable-regex: {metavariable: $CMD, regex: '[a-z]+'}
";

fn read(text: &str) -> Vec<CheckFile<Look>> {
    let format = format(text).expect("a format");
    parse(format, "r.yml", text, &[]).unwrap()
}

fn refused(text: &str) -> String {
    let format = format(text).expect("a format");
    let errors = parse(format, "r.yml", text, &[]).unwrap_err();
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_format_is_told_by_its_keys() {
    assert_eq!(format(AST_GREP), Some(Format::AstGrep));
    assert_eq!(format(SEMGREP), Some(Format::Semgrep));
    assert_eq!(format("provider: x\nrules:\n  - id: y\n"), None);
    assert_eq!(format("platform: python\nchecks:\n  - id: y\n"), None);
    assert_eq!(format(""), None);
}

#[test]
fn a_rule_of_ast_grep_becomes_a_check() {
    let files = read(&format!(
        "# one\n---\n{AST_GREP}---\n{}",
        AST_GREP.replace("no-eval", "other")
    ));
    assert_eq!((files.len(), files[0].checks.len()), (1, 2));
    let (first, second) = (&files[0].checks[0], &files[0].checks[1]);
    assert_eq!(files[0].platform.value, "javascript");
    assert_eq!(
        (first.severity, first.fix.as_str()),
        (Severity::High, "Parse it instead.")
    );
    let places = [first.id.place.line, second.id.place.line];
    assert_eq!(places, [3, 14]);
    let form = first.body.form.as_ref().unwrap();
    assert_eq!(form.shape.pattern.as_deref(), Some("eval($CODE)"));
    assert!(form.shape.not.is_some() && form.shape.holes.contains_key("CODE") && !form.loose);
}

#[test]
fn a_rule_of_semgrep_becomes_a_check() {
    let files = read(SEMGREP);
    let check = &files[0].checks[0];
    assert_eq!(check.id.value, "acme-shell-text");
    assert_eq!(check.aka, ["semgrep:Acme.shell_text"]);
    assert_eq!(
        (check.cwe.as_slice(), check.confidence),
        (&[78][..], Confidence::High)
    );
    assert_eq!(check.tags, ["owasp-2021-a03"]);
    assert_eq!(check.references, ["https://example.com/a"]);
    let shape = &check.body.form.as_ref().unwrap().shape;
    assert_eq!(shape.all.len(), 4);
    assert_eq!(
        shape.all[0].pattern.as_deref(),
        Some("os.system($CMD, $$$)")
    );
}

#[test]
fn languages_of_several_kinds_make_several_checks() {
    let text = SEMGREP.replace("[python]", "[js, ts, php]");
    let ids: Vec<String> = read(&text)
        .into_iter()
        .map(|file| file.checks[0].id.value.clone())
        .collect();
    assert_eq!(ids, ["acme-shell-text-javascript", "acme-shell-text-php"]);
}

#[test]
fn a_flow_maps_where_its_parts_are_names_and_calls() {
    let text = "rules:
  - id: flow
    languages: [java]
    severity: WARNING
    message: m
    mode: taint
    pattern-sources:
      - pattern: (HttpServletRequest $REQ).getParameter(...)
    pattern-sanitizers:
      - pattern: Encoder.encode(...)
    pattern-sinks:
      - patterns:
          - pattern-either:
              - pattern: $DB.query($SQL, ...)
              - pattern: $DB.$M(\"raw\", $SQL)
          - metavariable-regex: {metavariable: $M, regex: '(run|execute)$'}
          - focus-metavariable: $SQL
      - pattern: $PAGE.html = $X
";
    let files = read(text);
    let taint = files[0].checks[0].body.taint.clone().unwrap();
    assert_eq!(
        taint.given[0].call.all(),
        ["HttpServletRequest.getParameter"]
    );
    assert_eq!(taint.clean[0].call.all(), ["Encoder.encode"]);
    assert_eq!(taint.clean[0].cleans.all(), [taint.kind.as_str()]);
    assert_eq!(taint.sinks[0].call.all(), ["*.query"]);
    assert_eq!(taint.sinks[0].args.all(), ["0"]);
    assert_eq!(taint.sinks[1].call.all(), ["re:^(?:(run|execute)$)"]);
    assert_eq!(taint.sinks[1].args.all(), ["1"]);
    assert!(taint.sinks[1].all.contains_key("0"));
    assert_eq!(taint.sinks[2].assign.all(), ["*.html"]);
}

#[test]
fn what_has_no_counterpart_is_refused_by_name_and_line() {
    let cases = [
        (
            "os.system($CMD, ...)",
            "<... $X ...>",
            "r.yml:12:18: rule `Acme.shell_text`: the deep operator",
        ),
        (
            "[python]",
            "[kotlin]",
            "r.yml:3:17: rule `Acme.shell_text`: language `kotlin` has no",
        ),
        (
            "metavariable-regex",
            "metavariable-type",
            "r.yml:17:9: rule `Acme.shell_text`: `metavariable-type` has",
        ),
        (
            "patterns:",
            "options: {}\n    patterns:",
            "r.yml:11:5: rule `Acme.shell_text`: `options` has no",
        ),
        (
            "'[a-z]+'",
            "'(?!x)'",
            "rule `Acme.shell_text`: the regex of `metavariable-regex` has no",
        ),
        (
            "os.system($CMD, ...)",
            "f((int $X))",
            "a metavariable with a type has no",
        ),
    ];
    for (old, new, wanted) in cases {
        let text = refused(&SEMGREP.replace(old, new));
        assert!(text.contains(wanted), "{text}");
    }
    let cases = [
        (
            "kind: function_declaration",
            "nthChild: 1",
            "r.yml:8:18: rule `no-eval`: `nthChild` in a rule object",
        ),
        (
            "note:",
            "rewriters:",
            "r.yml:5:1: rule `no-eval`: `rewriters` has no",
        ),
        (
            "JavaScript",
            "Kotlin",
            "r.yml:2:11: rule `no-eval`: language `Kotlin`",
        ),
    ];
    for (old, new, wanted) in cases {
        let text = refused(&AST_GREP.replace(old, new));
        assert!(text.contains(wanted), "{text}");
    }
}

#[test]
fn every_rule_that_is_refused_is_named() {
    let other = SEMGREP
        .replace("rules:\n", "")
        .replace("Acme.shell_text", "other");
    let text = format!("{SEMGREP}{other}").replace("[python]", "[cobol]");
    assert_eq!(refused(&text).lines().count(), 2);
}

#[test]
fn a_flow_that_does_not_map_says_which_part() {
    let text = "rules:
  - id: flow
    languages: [python]
    severity: LOW
    message: m
    mode: taint
    pattern-sources:
      - patterns:
          - pattern-inside: |
              def $F(...): ...
          - pattern: $X
    pattern-sinks:
      - pattern: eval(...)
";
    let said = refused(text);
    assert!(
        said.contains(
            "r.yml:9:13: rule `flow`: `pattern-inside` beside others in `pattern-sources`"
        ),
        "{said}"
    );
    let more = text.replace(
        "    pattern-sinks",
        "    pattern-propagators: []\n    pattern-sinks",
    );
    assert!(refused(&more).contains("`pattern-propagators` has no counterpart"));
}

#[test]
fn examples_beside_a_rule_say_which_lines_are_reported() {
    let text = "# ruleid: Acme.shell_text\nos.system(x)\n# ok: Acme.shell_text\nf()\n# todoruleid: Acme.shell_text\n";
    let examples = [("r.py".to_owned(), text.to_owned())];
    let files = parse(Format::Semgrep, "r.yml", SEMGREP, &examples).unwrap();
    let sample = &files[0].checks[0].examples.bad[0];
    assert_eq!(
        (sample.name.as_str(), sample.at.as_slice()),
        ("sample.py", &[2][..])
    );
}

#[test]
fn a_glob_is_a_pattern_of_a_path() {
    let value = |text: &str| At {
        value: Yaml::List(vec![At {
            value: Yaml::Text(text.to_owned()),
            place: Place::default(),
        }]),
        place: Place::default(),
    };
    assert_eq!(
        names::globs(&value("src/**/*.py"), "x").unwrap(),
        "(?:^|/)(?:src/(?:.*/)?[^/]*\\.py)(?:/|$)"
    );
    assert!(names::globs(&value("{a,b}"), "x").is_err());
}
