//! A cache spares work and changes nothing: every report with it equals the
//! report without it, after new commits, new rules and damage to the cache.

use crate::scratch::Scanned;
use crate::scratch::Scratch;
use std::path::PathBuf;

/// Scans the history with the cache and without, and holds both equal.
fn both(scratch: &Scratch) -> Scanned {
    let with = scratch.scan(&["--history", "--cache", "../cache"]);
    let without = scratch.scan(&["--history"]);
    assert_eq!(with.code, without.code, "{with:?}");
    assert_eq!(with.report, without.report);
    with
}

fn file(scratch: &Scratch) -> PathBuf {
    scratch.home().join("cache/clean-sha1")
}

/// Versions of one file, so that a pack holds deltas, with two prefixes in it.
fn history() -> Scratch {
    let scratch = Scratch::new();
    let mut text = String::new();
    for number in 0..200 {
        text += &format!("line {number} is like the others and long enough for a delta\n");
    }
    for number in 0..12 {
        text += &format!("more {number}\n");
        if number == 4 {
            text += "key = acme_73920461\n";
        }
        if number == 7 {
            text += "key = other_58137294\n";
            text = text.replace("acme_73920461", "gone");
        }
        scratch.commit("file.txt", &text, &format!("commit {number}"));
    }
    scratch.commit("utf16.txt", "\u{feff}plain", "marked");
    scratch.git(&["tag", "-a", "-m", "says nothing", "v1"]);
    scratch.git(&["repack", "-q", "-a", "-d", "-f"]);
    scratch
}

#[test]
fn reports_are_the_same_with_and_without() {
    let scratch = history();
    assert_eq!(both(&scratch).code, 1);
    assert!(file(&scratch).is_file());
    let first = both(&scratch);
    assert_eq!(first.stderr, "");
    scratch.commit("new.txt", "acme_60418392\n", "more");
    let second = both(&scratch);
    assert_eq!(
        second.report["findings"].as_array().unwrap().len(),
        first.report["findings"].as_array().unwrap().len() + 1
    );
    scratch.git(&["repack", "-q", "-a", "-d", "-f"]);
    both(&scratch);
}

#[test]
fn a_remembered_object_is_not_read_again() {
    let scratch = Scratch::new();
    scratch.commit("clean.txt", "nothing here\n", "first");
    both(&scratch);
    let blob = scratch.git(&["rev-parse", "HEAD:clean.txt"]);
    let path = format!(".git/objects/{}/{}", &blob[..2], &blob[2..]);
    let path = scratch.work().join(path);
    let whole = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 4]).unwrap();
    let with = scratch.scan(&["--history", "--cache", "../cache"]);
    assert_eq!(with.code, 0, "{with:?}");
    assert_eq!(scratch.scan(&["--history"]).code, 3);
}

#[test]
fn new_rules_search_what_was_clean_for_the_old_ones() {
    let scratch = history();
    both(&scratch);
    scratch.rule("other", "other_");
    let found = both(&scratch);
    assert_eq!(found.report["findings"].as_array().unwrap().len(), 2);
    both(&scratch);
    // A changed rule is a new one; a removed one changes nothing.
    scratch.rule("other", "other_58");
    both(&scratch);
    std::fs::remove_file(scratch.home().join("rules/other.yml")).unwrap();
    assert_eq!(
        both(&scratch).report["findings"].as_array().unwrap().len(),
        1
    );
    scratch.rule("other", "other_");
    both(&scratch);
}

#[test]
fn a_damaged_cache_is_told_dropped_and_made_anew() {
    let scratch = history();
    both(&scratch);
    let mut bytes = std::fs::read(file(&scratch)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file(&scratch), &bytes).unwrap();
    let told = both(&scratch);
    assert!(told.stderr.contains("it is damaged"), "{}", told.stderr);
    assert_eq!(both(&scratch).stderr, "");
}

#[test]
fn the_cache_knows_no_object_with_a_match() {
    let scratch = Scratch::new();
    scratch.commit("secret.txt", "acme_73920461\n", "first");
    scratch.commit("refused.txt", "acme_11111111\n", "second");
    both(&scratch);
    let bytes = std::fs::read(file(&scratch)).unwrap();
    let holds = |name: &str| {
        let blob = scratch.git(&["rev-parse", &format!("HEAD:{name}")]);
        let raw: Vec<u8> = (0..40)
            .step_by(2)
            .map(|at| u8::from_str_radix(&blob[at..at + 2], 16).unwrap())
            .collect();
        bytes.windows(20).any(|window| window == raw)
    };
    assert!(!holds("secret.txt"));
    assert!(!holds("refused.txt"));
    scratch.commit("clean.txt", "clean\n", "third");
    both(&scratch);
}

#[test]
fn a_cache_that_cannot_be_written_is_a_note() {
    let scratch = history();
    scratch.write("../cache", "a file where a folder should be");
    let scanned = scratch.scan(&["--history", "--cache", "../cache"]);
    assert_eq!(scanned.code, 1);
    assert!(scanned.stderr.contains("note: cache"), "{scanned:?}");
}
