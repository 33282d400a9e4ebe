//! Secrets without a provider, through the whole program: lines of many languages and formats that
//! hold one, and lines that only look so. Every line is a file of its own, scanned as a user would;
//! what each construct is made of is tested beside the scorer.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const CASES: &str = include_str!("data/generic-cases.tsv");

/// Letters thirteen places on; the file keeps its values so.
fn turned(text: &str) -> String {
    let turn = |c: char| match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        _ => c,
    };
    text.chars().map(turn).collect()
}

/// The line as it is scanned.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once('«') {
        let (value, after) = inner.split_once('»').unwrap();
        out += before;
        out += &turned(value);
        rest = after;
    }
    (out + rest).replace("\\n", "\n") + "\n"
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test runs the program")]
fn secrets_are_found_and_look_alikes_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = BTreeSet::new();
    let cases = CASES.lines().filter(|line| !line.starts_with('#'));
    for (number, line) in cases.enumerate() {
        let mut parts = line.splitn(3, '\t');
        let (sign, path, text) = (
            parts.next().unwrap(),
            parts.next().unwrap(),
            parts.next().unwrap(),
        );
        let file = format!("{number:03}/{path}");
        let whole = folder.path().join(&file);
        fs::create_dir_all(whole.parent().unwrap()).unwrap();
        fs::write(whole, plain(text)).unwrap();
        if sign == "+" {
            wanted.insert(format!("{number:03}"));
        }
    }
    let report = folder.path().join("report.json");
    let output = Command::new(env!("CARGO_BIN_EXE_bowerbird"))
        .args([
            "scan",
            "--kinds",
            "secrets",
            "--sources",
            "tree",
            "--no-ignore",
            "--report",
        ])
        .arg(format!("json={}", report.display()))
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(report.exists(), "{output:?}");
    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let places = report["findings"].as_array().unwrap().iter();
    let found: BTreeSet<String> = places
        .flat_map(|finding| finding["locations"].as_array().unwrap())
        .map(|place| place["origin"]["path"].as_str().unwrap()[..3].to_owned())
        .collect();
    let missed: Vec<_> = wanted.difference(&found).collect();
    let false_ones: Vec<_> = found.difference(&wanted).collect();
    assert!(wanted.len() >= 380, "{}", wanted.len());
    assert!(missed.is_empty(), "missed: {missed:?}");
    assert!(false_ones.is_empty(), "false: {false_ones:?}");
}
