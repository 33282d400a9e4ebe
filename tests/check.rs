//! `bowerbird check` as a user runs it, on small repositories made by git: what a
//! verdict may claim of a complete, cut, leaking or absent history, and what the
//! exit code says of it.

use bowerbird::examples::maker;
use bowerbird::rules::sample;
use bowerbird::rules::sample::Kind;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use tempfile::TempDir;

const STORED_SECRETS: &str = "c6e3c812-56e2-41b0-ae01-b7afc41a004c"; // bowerbird:allow a made-up sample
const VERSION_CONTROL: &str = "066084c6-1135-4635-9cc5-9e75c7c5459f";
const HIGH_DEFECTS: &str = "44f2c8a9-4aaa-4c72-942d-63f78b89f385";
const FALSE_POSITIVES: &str = "c1acc8af-312e-4503-a817-a26220c993a0";

#[expect(clippy::disallowed_methods, reason = "the tests run the program")]
fn command(program: &str) -> Command {
    Command::new(program)
}

fn git(folder: &Path, args: &[&str]) {
    let args = [&["-c", "init.defaultBranch=main"], args].concat();
    crate::git::git(folder, &args, b"");
}

/// A repository with one commit for each of these contents of `config.txt`.
fn repository(contents: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet"]);
    for content in contents {
        fs::write(folder.path().join("config.txt"), content).unwrap();
        git(folder.path(), &["add", "."]);
        git(
            folder.path(),
            &["commit", "--quiet", "--message", "a change"],
        );
    }
    folder
}

fn check(path: &Path, args: &[&str]) -> Output {
    let mut command = command(env!("CARGO_BIN_EXE_bowerbird"));
    command.arg("check").args(args).arg(path);
    command.output().expect("bowerbird runs")
}

/// The exit code and the JSON report.
fn report(path: &Path, args: &[&str]) -> (i32, Value) {
    let output = check(path, &[args, &["--report", "json"]].concat());
    let report = serde_json::from_slice(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code().expect("it ended by itself");
    (code, report.unwrap_or_else(|_| panic!("no report: {told}")))
}

fn activity<'a>(report: &'a Value, id: &str) -> &'a Value {
    let list = report["assessments"].as_array().expect("assessments");
    let found = list.iter().find(|it| it["activity"] == id);
    found.expect("every activity of level 1 is there")
}

fn status<'a>(report: &'a Value, id: &str) -> &'a str {
    activity(report, id)["status"].as_str().expect("a status")
}

/// A made-up token with a right checksum, on a line of a configuration file.
fn leak(after: &str) -> String {
    let text = format!("token = \"{{{{token:github-token:ghp_}}}}\"{after}\n");
    let made = sample::expand("tests-check", Kind::Match, 0, &text, &maker).unwrap();
    String::from_utf8(made).unwrap()
}

#[test]
fn a_clean_complete_repository_is_tested_once_and_no_more_is_claimed() {
    let folder = repository(&["a = 1\n", "a = 2\n"]);
    let (code, report) = report(folder.path(), &[]);
    assert_eq!(code, 0);
    assert_eq!(report["complete"], true);
    let secrets = activity(&report, STORED_SECRETS);
    assert_eq!(secrets["status"], "partial");
    assert_eq!(secrets["ceiling"], "implemented");
    let reason = "tested by this run; a repeated test in a pipeline is not seen";
    assert_eq!(secrets["reason"], reason);
    assert_eq!(status(&report, VERSION_CONTROL), "implemented");
    assert_eq!(status(&report, HIGH_DEFECTS), "partial");
    assert_eq!(status(&report, FALSE_POSITIVES), "unknown");
    let list = report["assessments"].as_array().unwrap();
    assert_eq!(list.len(), 194);
    for assessment in list {
        let name = &assessment["name"];
        let met =
            ["implemented", "not_applicable"].contains(&assessment["status"].as_str().unwrap());
        let steps = assessment["next"].as_array().unwrap().len();
        assert!(met || steps > 0, "{name}");
    }
    let order = |it: &Value| {
        [
            &it["dimension"],
            &it["sub_dimension"],
            &it["level"],
            &it["name"],
        ]
        .map(Value::to_string)
    };
    assert!(list.is_sorted_by_key(order));
}

#[test]
fn a_shallow_clone_is_incomplete_and_says_so() {
    let origin = repository(&["a = 1\n", "a = 2\n", "a = 3\n"]);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.path().display());
    let args = ["clone", "--quiet", "--depth", "1", &url, "clone"];
    git(folder.path(), &args);
    let clone = folder.path().join("clone");
    let (code, told) = report(&clone, &[]);
    assert_eq!(code, 3);
    let secrets = activity(&told, STORED_SECRETS);
    assert_eq!(secrets["status"], "partial");
    let reason = "tested by this run, but not everything could be read";
    assert_eq!(secrets["reason"], reason);
    assert!(secrets["observations"].to_string().contains("shallow"));
    // What a user allows to be unread is still unread.
    let (code, told) = report(&clone, &["--allow-incomplete", "shallow"]);
    assert_eq!(code, 0);
    assert_eq!(status(&told, STORED_SECRETS), "partial");
    let (code, _) = report(&clone, &["--require", "level1"]);
    assert_eq!(code, 3);
}

/// Commits and trees are all there, blobs are not: complete by its commits, not by what they hold.
#[test]
fn a_clone_without_blobs_is_incomplete() {
    let origin = repository(&["a = 1\n", "a = 2\n"]);
    git(origin.path(), &["config", "uploadpack.allowFilter", "true"]);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.path().display());
    let args = ["clone", "--quiet", "--filter=blob:none", &url, "clone"];
    git(folder.path(), &args);
    let (_, told) = report(&folder.path().join("clone"), &[]);
    let secrets = activity(&told, STORED_SECRETS);
    let reason = "tested by this run, but not everything could be read";
    assert_eq!(secrets["reason"], reason);
    assert!(
        secrets["observations"]
            .to_string()
            .contains("partial-clone")
    );
}

#[test]
fn an_open_secret_lowers_the_test_to_partial_also_when_only_history_holds_it() {
    let folder = repository(&[&leak(""), "gone\n"]);
    let (code, told) = report(folder.path(), &[]);
    assert_eq!(code, 1);
    let secrets = activity(&told, STORED_SECRETS);
    assert_eq!(secrets["status"], "partial");
    assert_eq!(
        secrets["reason"],
        "tested by this run, and secrets are open"
    );
    assert_eq!(status(&told, HIGH_DEFECTS), "partial", "HEAD is clean");
    let folder = repository(&[&leak("")]);
    let (_, told) = report(folder.path(), &[]);
    assert_eq!(
        status(&told, HIGH_DEFECTS),
        "not_implemented",
        "HEAD is not"
    );
}

#[test]
fn suppressions_are_judged_by_their_reasons() {
    let with = repository(&[&leak(" # bowerbird:allow a made-up token")]);
    let (code, told) = report(with.path(), &[]);
    assert_eq!(code, 0);
    let treatment = activity(&told, FALSE_POSITIVES);
    assert_eq!(treatment["status"], "implemented");
    assert_eq!(treatment["reason"], "every suppression gives a reason");
    let without = repository(&[&leak(" # bowerbird:allow")]);
    let (_, told) = report(without.path(), &[]);
    let treatment = activity(&told, FALSE_POSITIVES);
    assert_eq!(treatment["status"], "partial");
    let reason = "findings are suppressed, some of them without a reason";
    assert_eq!(treatment["reason"], reason);
}

#[test]
fn a_folder_without_git_decides_nothing_about_history() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "a\n").unwrap();
    let (code, told) = report(folder.path(), &[]);
    assert_eq!(code, 0);
    assert_eq!(status(&told, STORED_SECRETS), "unknown");
    assert_eq!(status(&told, VERSION_CONTROL), "unknown");
}

#[test]
fn a_repository_without_a_commit_is_no_version_control() {
    let folder = repository(&[]);
    fs::write(folder.path().join("a.txt"), "a\n").unwrap();
    let (_, told) = report(folder.path(), &[]);
    assert_eq!(status(&told, VERSION_CONTROL), "not_implemented");
    assert_eq!(status(&told, STORED_SECRETS), "unknown");
}

#[test]
fn an_empty_run_is_an_error_and_never_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = report(folder.path(), &[]);
    assert_eq!(code, 3);
    let list = told["assessments"].as_array().unwrap();
    assert!(list.iter().all(|it| it["status"] == "error"));
}

#[test]
fn rules_switched_off_prove_nothing() {
    let folder = repository(&["a = 1\n"]);
    let (_, told) = report(folder.path(), &["--enable", "github-classic-token"]);
    assert_eq!(status(&told, STORED_SECRETS), "unknown");
    let (_, told) = report(folder.path(), &["--exclude", "*.txt"]);
    let reason = "tested by this run, but not everything could be read";
    assert_eq!(activity(&told, STORED_SECRETS)["reason"], reason);
}

#[test]
fn the_gate_counts_what_is_met_and_nothing_else() {
    let folder = repository(&["a = 1\n"]);
    let output = check(folder.path(), &["--require", "level1"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.ends_with(" of 26 required activities\n"), "{told}");
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("met of all"), "{table}");
    let required = format!("activity={STORED_SECRETS}");
    let output = check(folder.path(), &["--require", &required]);
    assert_eq!(output.status.code(), Some(1), "partial is not met");
    for wrong in ["level9", "activity=no-such-id"] {
        let output = check(folder.path(), &["--require", wrong]);
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn every_report_carries_the_verdicts() {
    let folder = repository(&["a = 1\n"]);
    for format in ["text", "json", "jsonl", "html"] {
        let output = check(folder.path(), &["--report", format]);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains("Test for stored secrets in code"), "{format}");
    }
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = repository(&["a = 1\n", &leak("")]);
    let one = check(folder.path(), &["--report", "json", "--jobs", "1"]);
    let many = check(folder.path(), &["--report", "json", "--jobs", "8"]);
    assert!(one.stdout == many.stdout);
}
