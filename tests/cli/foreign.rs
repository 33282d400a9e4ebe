//! Rules of ast-grep and Semgrep given to `--rules` and `rules`: what maps runs beside
//! the built-in checks, and what does not map stops the run with file, line, rule and
//! feature.

use super::TestEnv;

const SEMGREP: &str = "rules:
  - id: acme.shell
    languages: [python]
    severity: ERROR
    message: A shell runs $CMD.
    metadata: {cwe: ['CWE-78: commands']}
    patterns:
      - pattern: os.system($CMD)
      - pattern-not: os.system(\"...\")
";

const FLOW: &str = "rules:
  - id: acme.flow
    languages: [python]
    severity: ERROR
    message: Text of a customer runs.
    mode: taint
    pattern-sources:
      - pattern: acme.inbox.read(...)
    pattern-sanitizers:
      - pattern: acme.clean(...)
    pattern-sinks:
      - pattern: acme.engine.run($TEXT, ...)
";

const AST_GREP: &str = "id: acme-debugger
language: Python
severity: warning
message: A debugger is left in.
rule:
  pattern: breakpoint()
";

const CODE: &str = "import os as o
import acme
def f(command):
    o.system(command)
    o.system('date')
    breakpoint()
    text = acme.inbox.read()
    acme.engine.run(text)
    acme.engine.run(acme.clean(text))
";

#[test]
fn rules_of_other_tools_run_beside_the_built_in_ones() {
    let env = TestEnv::new();
    env.write("src/app.py", CODE);
    env.write("rules/a.yml", SEMGREP);
    env.write("rules/b.yml", AST_GREP);
    env.write("rules/c.yml", FLOW);
    let ran = env.run(&["scan", "--rules", "rules", "src", "--report", "jsonl"]);
    ran.expect(1);
    let text = String::from_utf8_lossy(&ran.stdout);
    let lines = |rule: &str| -> Vec<u64> {
        let found = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line of JSON"));
        let own = found.filter(|one| one["rule"] == rule);
        own.filter_map(|one| one["locations"][0]["region"]["start_line"].as_u64())
            .collect()
    };
    assert_eq!(lines("acme-shell"), [4], "{}", text);
    assert_eq!(lines("acme-debugger"), [6], "{}", text);
    assert_eq!(lines("acme-flow"), [8], "{}", text);
    assert!(text.contains("A shell runs command."), "{}", text);
}

#[test]
fn a_rule_that_does_not_map_stops_the_run() {
    let env = TestEnv::new();
    env.write("a.py", CODE);
    env.write(
        "r.yml",
        SEMGREP.replace("pattern-not", "metavariable-analysis"),
    );
    let ran = env.run(&["scan", "--rules", "r.yml", "a.py"]);
    ran.expect(2);
    let told = "r.yml:9:9: rule `acme.shell`: `metavariable-analysis` has no counterpart";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    env.write("r.yml", AST_GREP.replace("breakpoint()", "'def def ('"));
    let ran = env.run(&["rules", "lint", "r.yml"]);
    ran.expect(2);
    let told = "r.yml:1:5: rule `acme-debugger`: the pattern `def def (` is no code of Python";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn an_annotated_example_beside_a_rule_is_run() {
    let env = TestEnv::new();
    env.write("r.yml", SEMGREP);
    env.write(
        "r.py",
        "import os\n# ruleid: acme.shell\nos.system(x)\n# ok: acme.shell\nos.system('date')\n",
    );
    let ran = env.run(&["rules", "test", "r.yml"]);
    ran.expect(0);
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(text.contains("1 rule, 1 example, 0 failed"), "{}", text);
    env.write(
        "r.py",
        "import os\n# ruleid: acme.shell\nos.system('date')\n",
    );
    let ran = env.run(&["rules", "test", "r.yml"]);
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(
        text.contains("reports nothing, wanted sample.py:3"),
        "{}",
        text
    );
}
