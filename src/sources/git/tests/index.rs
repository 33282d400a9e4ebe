//! The index, compared with `ls-files --stage`, and what is staged, with `diff --cached`.

use super::fixture::Repo;
use crate::model::coverage::Reason;
use crate::sources::git::index::Index;
use crate::sources::git::range::staged;

fn theirs(repo: &Repo) -> String {
    repo.git(&["ls-files", "--stage", "-z"])
        .replace('\0', "\n")
        .trim_end()
        .to_owned()
}

fn ours(index: &Index) -> String {
    let lines = index.entries.iter().map(|entry| {
        let path = String::from_utf8_lossy(&entry.path);
        format!("{:06o} {} {}\t{path}", entry.mode, entry.id, entry.stage)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn repo(options: &[&str]) -> Repo {
    let repo = Repo::init(options);
    repo.commit(&[
        ("a", "1"),
        ("dir/long/name", "2"),
        ("dir/long/names", "3"),
        ("ünïcode", "4"),
    ]);
    repo
}

#[test]
fn versions_2_to_4_and_both_formats() {
    for options in [&[][..], &["--object-format=sha256"]] {
        for version in ["2", "3", "4"] {
            let repo = repo(options);
            repo.write("later", "x");
            repo.git(&["add", "-N", "later"]);
            repo.git(&["update-index", "--index-version", version]);
            let index = Index::read(&repo.open());
            assert_eq!(ours(&index), theirs(&repo));
            assert!(
                index
                    .entries
                    .iter()
                    .find(|e| e.path == b"later")
                    .unwrap()
                    .intent_to_add
            );
            assert_eq!(index.entries[0].size, 1);
            assert!(index.entries[0].mtime.0 > 0);
            assert_eq!(index.unscanned, []);
        }
    }
}

#[test]
fn conflicts_have_three_sides() {
    let repo = repo(&[]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.commit(&[("a", "side")]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("a", "main")]);
    let base = repo.id("HEAD~1").to_string();
    repo.git(&["read-tree", "-m", &base, "HEAD", "side"]);
    let index = Index::read(&repo.open());
    assert_eq!(ours(&index), theirs(&repo));
    assert!(index.entries.iter().any(|entry| entry.stage == 3));
}

#[test]
fn a_split_index_is_joined_with_its_shared_one() {
    let repo = repo(&[]);
    for n in 0..200 {
        repo.write(&format!("many/{n}"), "x");
    }
    repo.git(&["add", "-A"]);
    repo.git(&["update-index", "--split-index"]);
    repo.write("many/7", "changed");
    repo.write("new", "new");
    std::fs::remove_file(repo.dir.join("many/150")).unwrap();
    repo.git(&["-c", "splitIndex.maxPercentChange=100", "add", "-A"]);
    let index = Index::read(&repo.open());
    assert_eq!(ours(&index), theirs(&repo));
    assert_eq!(index.unscanned, []);
    for entry in std::fs::read_dir(repo.dir.join(".git")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains("sharedindex") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let index = Index::read(&repo.open());
    assert_eq!(index.unscanned[0].reason, Reason::Missing);
}

#[test]
fn a_damaged_index_is_named_and_read_as_far_as_it_goes() {
    let repo = repo(&[]);
    let path = repo.dir.join(".git/index");
    let bytes = std::fs::read(&path).unwrap();
    for cut in 0..bytes.len() {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        assert!(
            !Index::read(&repo.open()).unscanned.is_empty(),
            "cut at {cut}"
        );
    }
    let mut flipped = bytes.clone();
    flipped[70] ^= 1;
    std::fs::write(&path, flipped).unwrap();
    let index = Index::read(&repo.open());
    assert_eq!(index.unscanned[0].reason, Reason::Corrupt);
    assert_eq!(index.entries.len(), 4);
}

#[test]
fn staged_is_what_differs_from_head() {
    let repo = repo(&[]);
    repo.write("a", "changed");
    repo.write("dir/long/new", "new");
    std::fs::remove_file(repo.dir.join("dir/long/name")).unwrap();
    repo.git(&["add", "-A"]);
    repo.write("a", "not staged");
    let (index, objects) = (Index::read(&repo.open()), repo.objects());
    let head = repo.id("HEAD^{tree}");
    let (found, missed) = staged(&index, Some(&head), &objects);
    let found = found
        .iter()
        .map(|entry| String::from_utf8_lossy(&entry.path));
    let theirs = repo.git(&["diff", "--cached", "--name-only", "--diff-filter=d"]);
    assert_eq!(found.collect::<Vec<_>>().join("\n"), theirs);
    assert_eq!(missed, []);
    let (unborn, _) = staged(&index, None, &objects);
    assert_eq!(unborn.len(), index.entries.len());
}

#[test]
fn entries_of_a_sparse_index_and_of_no_index() {
    let repo = repo(&[]);
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "dir"]);
    let index = Index::read(&repo.open());
    assert_eq!(index.unscanned, []);
    assert!(repo.open().sparse);
    let empty = Repo::init(&[]);
    assert!(Index::read(&empty.open()).entries.is_empty());
    assert_eq!(Index::read(&empty.open()).unscanned, []);
}
