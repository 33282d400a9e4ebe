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

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_incomplete_and_the_rest_is_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    let closed = env.write("closed.txt", line(2));
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&closed).is_ok() {
        return; // root may read everything
    }
    let ran = env.run(&["scan"]);
    ran.expect(3);
    let text = ran.text();
    assert!(
        text.contains("closed.txt") && text.contains("unreadable"),
        "{text}"
    );
    assert!(text.contains("a.txt:1"), "{text}");
}

#[test]
fn a_report_path_in_a_missing_folder_is_told_with_what_to_do() {
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    let ran = env.run(&["scan", "-r", "json=no/such/folder/r.json"]);
    ran.expect(4);
    for word in [
        "no/such/folder/r.json",
        "its folder does not exist",
        "create it",
    ] {
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
    }
}

/// A pipe gets neither progress nor control sequences; `--verbose` tells stages in plain lines.
#[test]
fn standard_error_is_plain_where_it_is_no_terminal() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing\n");
    assert_eq!(env.run(&["scan"]).stderr, "");
    let ran = env.run(&["scan", "--verbose"]);
    ran.expect(0);
    assert!(ran.stderr.contains("reading files took"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(['\x1b', '\r']), "{:?}", ran.stderr);
    env.run(&["scan", "--verbose", "--quiet"]).expect(2);
}

#[test]
fn quiet_keeps_verdicts() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing\n");
    let ran = env.run(&["check", "--quiet"]);
    assert!(ran.text().contains("ACTIVITIES"), "{}", ran.text());
    assert_eq!(env.run(&["scan", "--quiet"]).text(), "");
}

#[test]
fn verdicts_stand_in_every_report_that_has_a_place_for_them() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing\n");
    let name = "Test for stored secrets in code";
    for format in ["text", "json", "jsonl", "sarif", "html", "junit"] {
        let ran = env.run(&["check", "-r", format]);
        assert!(ran.text().contains(name), "{format}");
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
