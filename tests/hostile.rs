//! Configuration made to break a reader: whatever lies in a repository, a run ends
//! with a report that names what was not judged, and judges the rest.

use serde_json::Value;
use std::fs;
use std::process::Command;

#[expect(clippy::disallowed_methods, reason = "the test runs the program")]
fn scan(folder: &std::path::Path) -> (i32, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_bowerbird"))
        .args(["scan", "--kinds", "misconfig", "--report", "json"])
        .arg(folder)
        .output()
        .expect("bowerbird runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout);
    let code = output.status.code().expect("it ended by itself");
    (code, report.unwrap_or_else(|_| panic!("no report: {told}")))
}

/// Nine aliases of nine aliases of …
fn laughs() -> String {
    let mut text = "apiVersion: v1\nkind: Pod\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let list = vec![format!("*a{}", n - 1); 9].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{list}]\n"));
    }
    text
}

#[test]
fn what_breaks_a_reader_is_named_and_the_rest_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let deep = |open: &str| open.repeat(10_000);
    let broken: &[(&str, Vec<u8>)] = &[
        ("laughs.yaml", laughs().into_bytes()),
        (
            "deep.json",
            format!("{{\"AWSTemplateFormatVersion\": {}", deep("[")).into_bytes(),
        ),
        ("config.toml", format!("a = {}", deep("[")).into_bytes()),
        (
            "deep.bicep",
            format!("var a = {}", deep("{a: ")).into_bytes(),
        ),
        (
            "web.config",
            format!("<?xml version=\"1.0\"?>{}", deep("<a>")).into_bytes(),
        ),
        (
            "nginx.conf",
            format!("server {{ location / {{ {}", deep("a { ")).into_bytes(),
        ),
        ("tabs.yaml", b"apiVersion: v1\n\tkind: Pod\n".to_vec()),
        ("values.yaml", b"a: \xff\xfe\xfa\n".to_vec()),
        ("Pipfile", b"[[source\n".to_vec()),
    ];
    for (name, bytes) in broken {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let healthy = "services:\n  a:\n    image: b:1.2\n    privileged: true\n";
    fs::write(folder.path().join("compose.yaml"), healthy).unwrap();
    let (code, report) = scan(folder.path());
    assert_eq!(code, 3);
    let listed = report["coverage"]["unscanned"].to_string();
    for (name, _) in broken {
        assert!(listed.contains(name), "{name} is not among {listed}");
    }
    let found = report["findings"].to_string();
    assert!(found.contains("compose-privileged"), "{found}");
}

#[test]
fn many_small_things_end_too() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n".repeat(4_000);
    fs::write(folder.path().join("main.tf"), blocks).unwrap();
    let stages = "FROM a AS b\nRUN curl https://x.example | sh\n".repeat(2_000);
    fs::write(folder.path().join("Dockerfile"), stages).unwrap();
    let rules = "a ALL=(ALL) NOPASSWD: ALL\n".repeat(20_000);
    fs::write(folder.path().join("sudoers"), rules).unwrap();
    let (code, report) = scan(folder.path());
    assert!([1, 3].contains(&code), "{code}");
    assert!(
        report["findings"]
            .as_array()
            .is_some_and(|it| !it.is_empty())
    );
}
