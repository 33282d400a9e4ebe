//! Baselines: what was looked at and let be stays in every report and does not
//! count, in the files and in the history, and only when the user names the file.

use super::Ran;
use super::TestEnv;
use super::line;
use super::token;
use serde_json::Value;
use std::fs;

/// A secret that is gone from the files, one in a file, and a baseline of both.
fn with_baseline() -> (TestEnv, String) {
    let env = TestEnv::repository();
    env.write("gone.py", line(1));
    env.commit("first");
    fs::remove_file(env.dir.join("gone.py")).unwrap();
    env.write("here.py", line(2));
    env.commit("second");
    let file = env.beside("baseline.json").display().to_string();
    let ran = env.run(&[
        "scan",
        "--write-baseline",
        &file,
        "--baseline-reason",
        "made up",
        "-q",
    ]);
    ran.expect(1);
    (env, file)
}

fn statuses(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|it| it["status"].as_str().unwrap()).collect()
}

#[test]
fn what_is_let_be_is_told_and_does_not_count() {
    let (env, file) = with_baseline();
    let report = env
        .run(&["scan", "--baseline", &file, "-r", "json"])
        .json(0);
    assert_eq!(statuses(&report), ["suppressed", "suppressed"]);
    let suppression = &report["findings"][0]["suppressions"][0];
    assert_eq!(suppression["kind"], "external");
    assert_eq!(suppression["justification"], "made up");
    let told = report["run"]["options"]["baseline"].as_str().unwrap();
    assert!(told.starts_with("sha256:"), "{told}");
    let text = env.run(&["scan", "--baseline", &file]).text();
    assert!(text.contains("baseline: made up"), "{text}");
    assert!(text.contains("no findings (2 suppressed)"), "{text}");
    let sarif = env
        .run(&["scan", "--baseline", &file, "-r", "sarif"])
        .json(0);
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["suppressions"][0]["kind"], "external");
    let html = env.run(&["scan", "--baseline", &file, "-r", "html"]).text();
    assert!(html.contains("made up"));
    let junit = env
        .run(&["scan", "--baseline", &file, "-r", "junit"])
        .text();
    assert_eq!(junit.matches("<skipped").count(), 2, "{junit}");
}

#[test]
fn it_holds_no_secret_and_no_hash_of_one() {
    let (_env, file) = with_baseline();
    let text = fs::read_to_string(file).unwrap();
    assert!(!text.contains(&token(1)) && !text.contains(&token(2)));
    let baseline: Value = serde_json::from_str(&text).unwrap();
    for entry in baseline["entries"].as_array().unwrap() {
        assert!(
            entry["object"].is_string() && entry["end"].is_u64(),
            "{entry}"
        );
    }
}

#[test]
fn it_works_where_only_files_are_read_and_where_the_value_is_found_again() {
    let (env, file) = with_baseline();
    env.run(&["scan", "--sources", "tree", "--baseline", &file])
        .expect(0);
    env.write("copy.py", format!("# moved\n{}", line(1)));
    env.run(&["scan", "--baseline", &file]).expect(0);
    env.run(&["scan", "--sources", "tree", "--baseline", &file])
        .expect(0);
    env.write("new.py", line(3));
    env.run(&["scan", "--baseline", &file]).expect(1);
}

#[test]
fn another_scan_finds_the_same_in_a_clone() {
    let (env, file) = with_baseline();
    let clone = env.beside("clone").display().to_string();
    env.git(&["clone", "-q", ".", &clone]);
    env.run(&["scan", &clone, "--baseline", &file]).expect(0);
}

#[test]
fn nothing_of_the_scanned_folder_is_obeyed() {
    let (env, file) = with_baseline();
    for name in [".bowerbird/baseline.json", "baseline.json"] {
        env.write(name, fs::read(&file).unwrap());
    }
    env.run(&["scan"]).expect(1);
}

#[test]
fn a_folder_without_git_and_a_key_use_fingerprints() {
    let env = TestEnv::new();
    env.write("a.py", line(1));
    let file = env.beside("b.json").display().to_string();
    env.run(&["scan", "--write-baseline", &file]).expect(1);
    env.run(&["scan", "--baseline", &file]).expect(0);
    let key = env.beside("key");
    fs::write(&key, "0123456789abcdef0123456789abcdef").unwrap();
    let key = key.display().to_string();
    env.run(&["scan", "--key-file", &key, "--write-baseline", &file])
        .expect(1);
    assert!(fs::read_to_string(&file).unwrap().contains("\"k1:"));
    env.write("elsewhere/b.py", line(1));
    env.run(&["scan", "--key-file", &key, "--baseline", &file])
        .expect(0);
}

#[test]
fn entries_that_match_nothing_are_told() {
    let (env, file) = with_baseline();
    let other = TestEnv::new();
    other.write("a.txt", "nothing\n");
    let ran: Ran = other.run(&["scan", "--baseline", &file]);
    ran.expect(0);
    assert!(
        ran.stderr.contains("2 entries of the baseline"),
        "{}",
        ran.stderr
    );
    drop(env);
}

#[test]
fn what_is_no_baseline_is_wrong_usage() {
    let env = TestEnv::new();
    env.write("a.txt", "nothing\n");
    let secret = token(9);
    for text in ["", "[]", &format!("{{\"{secret}\": 1}}")] {
        let file = env.beside("b.json");
        fs::write(&file, text).unwrap();
        let ran = env.run(&["scan", "--baseline", &file.display().to_string()]);
        ran.expect(2);
        assert!(ran.stderr.contains("b.json"), "{}", ran.stderr);
        assert!(!ran.stderr.contains(&secret), "{}", ran.stderr);
    }
    env.run(&["scan", "--baseline", "nowhere.json"]).expect(2);
}
