//! What holds for every format: it is registered, deterministic, silent about
//! what it must not say, and unharmed by hostile text. The report they write is
//! made by hand here; its contents are invented.

mod formats;
mod gitlab;
mod output;
mod sample;

use super::FORMATS;
use super::Format;
use crate::bytes::escape::is_hidden;
use crate::model::report::Report;
use sample::empty;
use sample::hostile;
use sample::sample;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn render(format: &dyn Format, report: &Report) -> String {
    let mut out = Vec::new();
    format.write(report, &mut out).unwrap();
    String::from_utf8(out).expect("reports are UTF-8")
}

/// Files of this folder that are not formats.
const OTHERS: [&str; 5] = ["mod", "tests", "describe", "output", "views"];

#[test]
fn every_file_is_registered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report");
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !OTHERS.contains(&stem.as_str()) {
            files.insert(stem);
        }
    }
    let names: BTreeSet<String> = FORMATS.iter().map(|it| it.name().to_owned()).collect();
    // A variant of a format stands in the format's file.
    let in_files = names.iter().filter(|name| **name != "gitlab-sast");
    let in_files: BTreeSet<String> = in_files.cloned().collect();
    assert_eq!(files, in_files, "files on the left, FORMATS on the right");
    assert_eq!(names.len(), FORMATS.len(), "each format once");
    let extensions: BTreeSet<&str> = FORMATS.iter().map(|it| it.extension()).collect();
    assert_eq!(
        extensions.len(),
        FORMATS.len(),
        "extensions tell formats apart"
    );
    for format in FORMATS {
        assert!(format.media_type().contains('/'));
        assert_eq!(super::by_name(format.name()).unwrap().name(), format.name());
    }
}

#[test]
fn same_report_same_bytes() {
    for format in FORMATS {
        assert_eq!(render(*format, &sample()), render(*format, &sample()));
    }
}

#[test]
fn hostile_text_does_nothing() {
    let report = hostile();
    for format in FORMATS {
        let text = render(*format, &report);
        let name = format.name();
        let hidden = text
            .chars()
            .find(|c| is_hidden(*c) && *c != '\n' && *c != '\t');
        assert_eq!(hidden, None, "{name}");
        if ["html", "junit"].contains(&name) {
            assert!(!text.contains("<script"), "{name}");
            assert!(!text.contains("onload='"), "{name}");
        }
        if name == "github" {
            let lines = text.lines();
            let odd = lines.filter(|line| !line.starts_with("::")).count();
            assert_eq!(odd, 0);
            assert!(!text.contains("\n::set-env"));
        }
    }
}

#[test]
fn an_empty_report_is_not_clean() {
    for format in FORMATS {
        let text = render(*format, &empty());
        let says = [
            "ncomplete",
            "nothing was read",
            "\"complete\":false",
            "\"complete\": false",
            "\"failure\"",
        ];
        assert!(
            says.iter().any(|word| text.contains(word)),
            "{}:\n{text}",
            format.name()
        );
        assert!(!text.contains("no findings"), "{}", format.name());
    }
}

#[test]
fn counts_never_stand_without_completeness() {
    let mut report = sample();
    report.findings.clear();
    let text = render(&super::text::Text::PLAIN, &report);
    assert!(text.ends_with("Incomplete: no findings in what was read; 5 things were not read.\n"));
    report.complete = true;
    let text = render(&super::text::Text::PLAIN, &report);
    assert!(text.ends_with("Complete: no findings, everything was read.\n"));
}
