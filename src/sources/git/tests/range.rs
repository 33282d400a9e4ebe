//! Ranges, compared with `rev-list` and `diff-tree`.

use super::attribution::random_history;
use super::fixture::Repo;
use super::fixture::id;
use crate::model::object::ObjectId;
use crate::sources::git::range::Range;
use crate::sources::git::range::new_blobs;
use crate::sources::git::range::new_commits;
use crate::sources::git::range::updates;
use crate::sources::git::refs::Refs;
use crate::sources::git::revision::Resolver;
use crate::sources::git::revision::RevisionError;
use std::collections::BTreeSet;

fn rev_list(repo: &Repo, args: &[&str]) -> BTreeSet<ObjectId> {
    let list = repo.git(&[&["rev-list"], args].concat());
    list.lines().map(id).collect()
}

/// Blobs that a commit has and none of its parents has at the same path.
fn brought(repo: &Repo, commits: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
    let listing = |commit: &str| {
        let list = repo.git(&["ls-tree", "-r", commit]);
        list.lines()
            .map(|line| (line[53..].to_owned(), line[12..52].to_owned()))
            .collect::<BTreeSet<_>>()
    };
    let mut found = BTreeSet::new();
    for commit in commits {
        let line = repo.git(&["rev-list", "--parents", "-1", &commit.to_string()]);
        let mut own = listing(&commit.to_string());
        for parent in line.split(' ').skip(1) {
            let theirs = listing(parent);
            own.retain(|entry| !theirs.contains(entry));
        }
        found.extend(own.iter().map(|(_, blob)| id(blob)));
    }
    found
}

#[test]
fn commits_and_blobs_of_random_ranges() {
    for seed in 0..4 {
        let history = random_history(seed, 24);
        let repo = &history.repo;
        let objects = repo.objects();
        for (from, to) in [(3, 20), (20, 23), (7, 15), (22, 22), (15, 3)] {
            let (from, to) = (history.commits[from], history.commits[to]);
            let range = Range {
                include: vec![to],
                exclude: vec![from],
            };
            let found = new_commits(&range, &[], &objects);
            let theirs = rev_list(repo, &[&format!("{from}..{to}")]);
            let ours = found
                .list
                .iter()
                .map(|commit| commit.id)
                .collect::<BTreeSet<_>>();
            assert_eq!(ours, theirs, "seed {seed}");
            assert_eq!(ours.len(), found.list.len());
            let mut seen = BTreeSet::new();
            for commit in &found.list {
                let new = commit.parents.iter().filter(|parent| ours.contains(parent));
                assert!(new.into_iter().all(|parent| seen.contains(parent)));
                seen.insert(commit.id);
            }
            let (blobs, missed) = new_blobs(&found.list, &objects);
            let blobs = blobs.iter().map(|blob| blob.id).collect::<BTreeSet<_>>();
            assert_eq!(blobs, brought(repo, &theirs), "seed {seed}");
            assert_eq!(missed, []);
        }
    }
}

#[test]
fn ranges_as_they_are_written() {
    let repo = Repo::init(&[]);
    let first = repo.commit(&[("a", "1")]);
    let second = repo.commit(&[("a", "2")]);
    let (objects, refs) = (repo.objects(), Refs::read(&repo.open()));
    let resolver = Resolver {
        refs: &refs,
        reader: &objects,
        format: repo.open().format,
    };
    let range = |include, exclude| Range {
        include: vec![include],
        exclude: vec![exclude],
    };
    let between = |text: &str| Range::between(text.as_bytes(), &resolver);
    assert_eq!(between("HEAD~1..main"), Ok(range(second, first)));
    assert_eq!(between("HEAD~1.."), Ok(range(second, first)));
    assert_eq!(between("..HEAD~1"), Ok(range(first, second)));
    assert_eq!(Range::since(b"HEAD~1", &resolver), Ok(range(second, first)));
    assert!(matches!(between("a...b"), Err(RevisionError::Syntax(_))));
    let unknown = between("HEAD..nothing").unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "'nothing' is neither a ref nor an object of this repository"
    );
}

#[test]
fn a_push_brings_what_no_ref_reaches_yet() {
    let repo = Repo::init(&[]);
    let old = repo.commit(&[("a", "1")]);
    repo.git(&["checkout", "-q", "--detach"]);
    let one = repo.commit(&[("a", "2")]);
    let two = repo.commit(&[("b", "3")]);
    repo.git(&["tag", "-a", "-m", "x", "v1"]);
    let tag = repo.id("v1");
    repo.git(&["tag", "-d", "v1"]);
    repo.git(&["checkout", "-q", "main"]);
    let null = "0".repeat(40);
    let input = format!(
        "{null} {two} refs/heads/new\n{null} {tag} refs/tags/v1\n{old} {null} refs/heads/gone\n"
    );
    let updates = updates(input.as_bytes()).unwrap();
    assert_eq!(updates.len(), 3);
    let objects = repo.objects();
    let (range, others) = Range::received(&updates, &objects.tips(&repo.open()), &objects);
    assert_eq!(others, [tag]);
    let found = new_commits(&range, &[], &objects);
    let ours = found
        .list
        .iter()
        .map(|commit| commit.id)
        .collect::<Vec<_>>();
    assert_eq!(ours, [one, two]);
    assert_eq!(found.unscanned, []);
}

#[test]
fn a_bad_line_of_a_hook_is_named_by_number() {
    let error = updates(b"\nx y z\n").unwrap_err();
    assert!(error.to_string().starts_with("line 2 "));
}
