//! A cache spares work and changes nothing: every report with it equals the
//! report without it, after new commits, new rules and damage to the cache.

use crate::scratch::Scanned;
use crate::scratch::Scratch;
use std::io::Write as _;
use std::path::PathBuf;

/// Scans the history with the cache and without, and holds both equal.
fn both(scratch: &Scratch) -> Scanned {
    let with = scratch.scan(&["--history", "--cache", "../cache"]);
    let without = scratch.scan(&["--history"]);
    assert_eq!(with.code, without.code, "{with:?}");
    assert_eq!(with.report, without.report);
    with
}

/// The one file of the cache.
fn file(scratch: &Scratch) -> PathBuf {
    let entries = std::fs::read_dir(scratch.home().join("cache")).unwrap();
    let files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
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
    break_loose(&scratch, &blob);
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
fn the_cache_holds_no_secret() {
    let scratch = Scratch::new();
    scratch.commit(
        "acme_73920461/secret.txt",
        "acme_62810357\n",
        "acme_51709246",
    );
    both(&scratch);
    let bytes = std::fs::read(file(&scratch)).unwrap();
    for secret in ["73920461", "62810357", "51709246"] {
        let found = bytes.windows(8).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret}");
    }
}

/// The file of a loose object.
fn loose(scratch: &Scratch, id: &str) -> PathBuf {
    let path = format!(".git/objects/{}/{}", &id[..2], &id[2..]);
    scratch.work().join(path)
}

/// Breaks the file of a loose object: whoever reads it is told.
fn break_loose(scratch: &Scratch, id: &str) {
    let path = loose(scratch, id);
    let whole = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 4]).unwrap();
}

#[test]
fn trees_and_commits_are_not_read_again() {
    let scratch = Scratch::new();
    scratch.commit("d/old.txt", "acme_73920461\n", "first");
    scratch.commit("d/clean.txt", "clean\n", "second");
    let before = both(&scratch);
    break_loose(&scratch, &scratch.git(&["rev-parse", "HEAD~1^{tree}"]));
    break_loose(&scratch, &scratch.git(&["rev-parse", "HEAD~1"]));
    scratch.commit("d/new.txt", "acme_60418392\n", "third");
    let with = scratch.scan(&["--history", "--cache", "../cache"]);
    assert_eq!(with.code, 1, "{with:?}");
    assert_eq!(scratch.scan(&["--history"]).code, 3);
    let old = &before.report["findings"][0];
    let known = with.report["findings"].as_array().unwrap();
    let again = known
        .iter()
        .find(|it| it["fingerprint"] == old["fingerprint"]);
    let introduced = |finding: &serde_json::Value| {
        let id = finding["exposure"]["introduced"]["id"].as_str();
        id.map(str::to_owned).unwrap()
    };
    assert_eq!(introduced(again.unwrap()), introduced(old));
}

#[test]
fn a_cache_follows_a_repository_wherever_it_goes() {
    let scratch = history();
    both(&scratch);
    scratch.git(&["checkout", "-q", "-b", "side", "HEAD~3"]);
    scratch.commit(
        "d/e/acme_11223344.txt",
        "named\n",
        "a name that is a secret",
    );
    both(&scratch);
    scratch.commit(
        "copy.txt",
        "key = acme_73920461\n",
        "an old secret at a new place",
    );
    both(&scratch);
    scratch.git(&["checkout", "-q", "main"]);
    scratch.git(&["merge", "-q", "-m", "both", "side"]);
    both(&scratch);
    scratch.git(&["tag", "-a", "-m", "acme_99887766", "v2"]);
    both(&scratch);
    scratch.commit("copy.txt", "gone\n", "taken out");
    both(&scratch);
    scratch.git(&["branch", "-q", "-D", "side"]);
    both(&scratch);
    scratch.git(&["reset", "-q", "--hard", "HEAD~2"]);
    both(&scratch);
    // What is unreachable goes, and with it what the cache knows of it.
    scratch.git(&["reflog", "expire", "--expire=now", "--all"]);
    scratch.git(&["gc", "-q", "--prune=now"]);
    both(&scratch);
    scratch.commit("more.txt", "acme_55443322\n", "and on");
    both(&scratch);
    scratch.git(&["repack", "-q", "-d"]);
    both(&scratch);
    assert_eq!(both(&scratch).stderr, "");
}

#[test]
fn objects_that_go_missing_are_told() {
    let scratch = Scratch::new();
    scratch.commit("a/clean.txt", "clean\n", "first");
    scratch.commit("a/other.txt", "other\n", "second");
    both(&scratch);
    let blob = scratch.git(&["rev-parse", "HEAD:a/clean.txt"]);
    let path = loose(&scratch, &blob);
    let kept = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(both(&scratch).code, 3);
    assert_eq!(both(&scratch).code, 3);
    scratch.commit("b/new.txt", "new\n", "third");
    // git may have written the object again, from the file in the work tree.
    if path.exists() {
        std::fs::remove_file(&path).unwrap();
    }
    assert_eq!(both(&scratch).code, 3);
    std::fs::write(&path, kept).unwrap();
    assert_eq!(both(&scratch).code, 0);
}

#[test]
fn a_blob_that_is_missing_does_not_make_trees_be_read_again() {
    let scratch = Scratch::new();
    scratch.commit("a/lost.txt", "acme_73920461\n", "first");
    scratch.commit("a/clean.txt", "clean\n", "second");
    let lost = scratch.git(&["rev-parse", "HEAD:a/lost.txt"]);
    let path = loose(&scratch, &lost);
    let kept = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let before = both(&scratch);
    assert_eq!(before.code, 3, "{before:?}");

    let tree = scratch.git(&["rev-parse", "HEAD~1^{tree}"]);
    let tree_path = loose(&scratch, &tree);
    let tree_kept = std::fs::read(&tree_path).unwrap();
    break_loose(&scratch, &tree);
    let with = scratch.scan(&["--history", "--cache", "../cache"]);
    assert_eq!(with.report, before.report);
    std::fs::remove_file(&tree_path).unwrap();
    std::fs::write(&tree_path, tree_kept).unwrap();

    // It comes back, and it holds a secret: the trees that were not read again name it.
    std::fs::write(&path, kept).unwrap();
    let found = both(&scratch);
    assert_eq!(found.code, 1, "{found:?}");
    assert!(
        found.report["findings"][0]["exposure"]["introduced"].is_object(),
        "{found:?}"
    );
    assert_eq!(both(&scratch).code, 1);
}

#[test]
fn what_is_inside_of_blobs_is_counted_and_found() {
    let scratch = Scratch::new();
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    std::fs::write(scratch.work().join("clean.txt"), utf16("nothing in here")).unwrap();
    std::fs::write(scratch.work().join("found.txt"), utf16("acme_73920461")).unwrap();
    let archive = |text: &str| {
        let mut out = std::io::Cursor::new(Vec::new());
        let mut zip = zip::ZipWriter::new(&mut out);
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("member.txt", options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        zip.finish().unwrap();
        out.into_inner()
    };
    let write = |name: &str, text: &str| {
        std::fs::write(scratch.work().join(name), archive(text)).unwrap();
    };
    write("clean.zip", "nothing in here");
    write("found.zip", "acme_60418392");
    scratch.git(&["add", "-A"]);
    scratch.git(&["commit", "-q", "-m", "inside"]);
    let first = both(&scratch);
    assert_eq!(first.report["findings"].as_array().unwrap().len(), 2);
    assert_eq!(both(&scratch).report, first.report);
    // Other limits, other insides.
    let arguments = ["--history", "--cache", "../cache", "--no-archives"];
    let without = scratch.scan(&["--history", "--no-archives"]);
    assert_eq!(scratch.scan(&arguments).report, without.report);
    assert_eq!(scratch.scan(&arguments).report, without.report);
    both(&scratch);
    scratch.rule("other", "nothing_");
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
