//! Wrong usage is told from wrong content: exit code 2, one message on standard
//! error that names what is wrong, and nothing on standard output.

use super::TestEnv;
use super::line;

const RULE: &str =
    "provider: acme\nrules:\n  - id: acme-token\n    title: Acme token\n    severity: nonsense\n";

#[test]
fn a_missing_path_is_wrong_usage() {
    let env = TestEnv::new();
    let ran = env.run(&["scan", "nowhere"]);
    ran.expect(2);
    assert!(ran.stderr.contains("nowhere"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
}

#[test]
fn one_missing_path_among_others_is_wrong_usage() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing\n");
    let ran = env.run(&["scan", "a.txt", "nowhere"]);
    ran.expect(2);
    assert!(ran.stderr.contains("nowhere"), "{}", ran.stderr);
}

#[test]
fn a_malformed_rule_file_is_named_with_its_line() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing\n");
    env.write("rules/acme.yml", RULE);
    let ran = env.run(&["scan", "--rules", "rules/acme.yml", "a.txt"]);
    ran.expect(2);
    assert!(ran.stderr.contains("rules/acme.yml:5"), "{}", ran.stderr);
}

#[test]
fn an_unknown_rule_or_report_or_reason_is_wrong_usage() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing\n");
    for (args, word) in [
        (["scan", "--enable", "no-such-rule"], "no-such-rule"),
        (["scan", "--disable", "no-such-rule"], "no-such-rule"),
        (["scan", "--report", "no-such-format"], "no-such-format"),
        (
            ["scan", "--allow-incomplete", "no-such-reason"],
            "no-such-reason",
        ),
        (["scan", "--jobs", "0"], "0"),
        (["scan", "--no-such-option", "."], "no-such-option"),
    ] {
        let ran = env.run(&args);
        ran.expect(2);
        assert!(ran.stderr.contains(word), "{args:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn rules_that_leave_none_are_wrong_usage() {
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    let ran = env.run(&[
        "scan",
        "--enable",
        "github-classic-token",
        "--disable",
        "default",
    ]);
    ran.expect(2);
}

#[test]
fn history_that_is_not_there_is_wrong_usage() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing\n");
    for args in [["scan", "--history", "."], ["scan", "--sources=index", "."]] {
        let ran = env.run(&args);
        ran.expect(2);
        assert!(!ran.stderr.is_empty());
    }
}

#[test]
fn help_and_version_are_successes() {
    let env = TestEnv::new();
    for args in [["--help"], ["--version"]] {
        let ran = env.run(&args);
        ran.expect(0);
        assert!(!ran.stdout.is_empty());
    }
}
