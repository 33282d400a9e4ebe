//! Reports as other programs read them: valid by their schemas, whole or absent,
//! the same bytes each time, and never with a secret in them.

use super::TestEnv;
use super::line;
use super::token;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Stdio;

pub(crate) fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/schema")
        .join(name);
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn with_history() -> TestEnv {
    let env = TestEnv::repository();
    for round in 0..12 {
        let filler: String = (0..200)
            .map(|n| format!("line {n} of {}\n", round % 3))
            .collect();
        env.write("a.txt", format!("{filler}{}", line(round)));
        env.write(&format!("d{round}/b.txt"), line(round / 2));
        env.commit(&format!("round {round}"));
    }
    env.git(&["gc", "-q"]);
    env
}

#[test]
fn all_formats_at_once_are_valid_and_hold_no_secret() {
    let env = with_history();
    let formats = [
        "text",
        "json",
        "jsonl",
        "sarif",
        "html",
        "junit",
        "gitlab",
        "gitlab-sast",
        "github",
    ];
    let asked: Vec<String> = formats
        .iter()
        .map(|format| format!("--report={format}={}", env.beside(format).display()))
        .collect();
    let mut args = vec!["scan"];
    args.extend(asked.iter().map(String::as_str));
    let ran = env.run(&args);
    ran.expect(1);
    assert_eq!((ran.text().as_str(), ran.stderr.as_str()), ("", ""));
    for format in formats {
        let report = fs::read_to_string(env.beside(format)).unwrap();
        assert!(!report.is_empty(), "{format}");
        for seed in 0..12 {
            assert!(!report.contains(&token(seed)), "{format} holds a secret");
        }
    }
    let json: Value = serde_json::from_slice(&fs::read(env.beside("json")).unwrap()).unwrap();
    assert!(schema("report-1.json").is_valid(&json));
    let lines = fs::read_to_string(env.beside("jsonl")).unwrap();
    let record = schema("report-1.jsonl.json");
    for line in lines.lines() {
        assert!(
            record.is_valid(&serde_json::from_str(line).unwrap()),
            "{line}"
        );
    }
    let sarif: Value = serde_json::from_slice(&fs::read(env.beside("sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), json["findings"].as_array().unwrap().len());
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let env = with_history();
    let one = env.run(&["scan", "--report=json", "--jobs=1"]);
    one.expect(1);
    for jobs in ["--jobs=1", "--jobs=2", "--jobs=7"] {
        let other = env.run(&["scan", "--report=json", jobs]);
        assert_eq!(other.stdout, one.stdout, "{jobs}");
    }
}

#[test]
fn the_number_of_threads_changes_no_byte_of_a_code_analysis() {
    let env = TestEnv::new();
    for number in 0..24 {
        let body =
            "host = request.args['host']\n    os.system('ping ' + host)\n".repeat(number + 1);
        let text = format!("import os\nfrom flask import request\ndef f():\n    {body}");
        env.write(&format!("app/{number}.py"), text);
        let text = format!(
            "void f(char *name) {{ char a[{}]; strcpy(a, name); }}\n",
            number + 1
        );
        env.write(&format!("lib/{number}.c"), text);
    }
    let one = env.run(&["scan", "--kinds=sast", "--report=json", "--jobs=1", "."]);
    one.expect(1);
    for jobs in ["--jobs=2", "--jobs=5"] {
        let other = env.run(&["scan", "--kinds=sast", "--report=json", jobs, "."]);
        assert_eq!(other.stdout, one.stdout, "{jobs}");
    }
}

#[test]
fn deltas_find_what_a_whole_search_finds() {
    let env = with_history();
    let derived = env.run(&["scan", "--report=json"]).json(1);
    let whole = env.run(&["scan", "--report=json", "--exhaustive"]).json(1);
    assert_eq!(derived["findings"], whole["findings"]);
}

#[test]
fn the_place_of_a_checkout_changes_no_byte() {
    let env = with_history();
    let elsewhere = env.beside("some where else");
    fs::rename(&env.dir, &elsewhere).unwrap();
    let there = env
        .command(&["scan", "--report=json", "."])
        .current_dir(&elsewhere)
        .output();
    let there = there.unwrap().stdout;
    fs::rename(&elsewhere, &env.dir).unwrap();
    let here = env.run(&["scan", "--report=json", "."]).stdout;
    assert_eq!(here, there);
    let dir = env.dir.to_str().unwrap();
    assert_eq!(env.run(&["scan", "--report=json", dir]).stdout, here);
}

#[test]
fn a_hostile_environment_changes_no_byte() {
    let env = with_history();
    let plain = env.run(&["scan", "--report=json"]).stdout;
    let mut command = env.command(&["scan", "--report=json"]);
    for (name, value) in [
        ("GIT_DIR", "/nowhere"),
        ("GIT_CONFIG_GLOBAL", "/dev/zero"),
        ("GIT_EXTERNAL_DIFF", "false"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Pacific/Chatham"),
    ] {
        command.env(name, value);
    }
    assert_eq!(command.output().unwrap().stdout, plain);
}

#[test]
fn a_report_that_has_no_folder_is_told_and_the_others_are_written() {
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    let lost = format!("--report=json={}", env.beside("no/such.json").display());
    let kept = format!("--report=sarif={}", env.beside("kept.sarif").display());
    let ran = env.run(&["scan", &lost, &kept, "--report=text"]);
    ran.expect(4);
    assert!(ran.stderr.contains("such.json"), "{}", ran.stderr);
    assert!(ran.text().contains("github-classic-token"));
    let sarif = fs::read(env.beside("kept.sarif")).unwrap();
    serde_json::from_slice::<Value>(&sarif).unwrap();
}

/// GitLab and JUnit ask for a time: that of HEAD's commit, or the epoch where none was read.
#[test]
fn times_are_those_of_the_commit() {
    let env = TestEnv::repository();
    env.write("a.txt", line(1));
    env.commit("first");
    let gitlab = env.run(&["scan", "-r", "gitlab"]).json(1);
    assert_eq!(gitlab["scan"]["start_time"], "2023-11-14T22:13:20");
    let junit = env.run(&["scan", "-r", "junit"]).text();
    assert!(
        junit.contains("timestamp=\"2023-11-14T22:13:20\""),
        "{junit}"
    );
    let files = env.run(&["scan", "--sources=tree", "-r", "gitlab"]).json(1);
    assert_eq!(files["scan"]["start_time"], "1970-01-01T00:00:00");
}

#[test]
fn two_reports_do_not_share_standard_output() {
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    env.run(&["scan", "--report=json", "--report=text"])
        .expect(2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    let ran = env.run(&["scan", "--report=json=/dev/full"]);
    ran.expect(4);
    assert!(ran.stderr.contains("/dev/full"), "{}", ran.stderr);
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = env
        .command(&["scan"])
        .stdout(Stdio::from(full))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(!output.stderr.is_empty());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let env = TestEnv::new();
    for n in 0..300 {
        env.write(&format!("f{n}.txt"), line(n));
    }
    for args in [
        &["scan"][..],
        &["scan", "--report=json"],
        &["rules", "list"],
    ] {
        let mut child = env.spawn(args);
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!told.contains("panicked"), "{told}");
        if args[0] == "scan" {
            assert_eq!(output.status.code(), Some(1), "{told}");
        }
    }
}

#[test]
fn a_pipe_gets_no_colours() {
    let env = TestEnv::new();
    env.write("a.txt", line(1));
    assert!(!env.run(&["scan"]).stdout.contains(&0x1b));
    let mut command = env.command(&["scan"]);
    command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert!(!command.output().unwrap().stdout.contains(&0x1b));
    assert!(env.run(&["scan", "--color=always"]).stdout.contains(&0x1b));
}
