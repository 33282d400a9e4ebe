//! Refs, reflogs and revisions, compared with for-each-ref, reflog and rev-parse.

use super::fixture::Repo;
use crate::model::coverage::Reason;
use crate::sources::git::refs::Refs;
use crate::sources::git::refs::Target;
use crate::sources::git::revision::Resolver;
use crate::sources::git::revision::RevisionError;
use crate::sources::git::texts::texts;
use std::collections::BTreeMap;

/// A repository with every kind of ref.
fn busy(options: &[&str]) -> Repo {
    let repo = Repo::init(options);
    repo.commit(&[("a", "1")]);
    repo.git(&["tag", "-a", "-m", "one", "v1"]);
    repo.git(&["tag", "-a", "-m", "nested", "v1-nested", "v1"]);
    repo.git(&["tag", "light"]);
    repo.git(&["branch", "topic/x"]);
    repo.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    repo.commit(&[("a", "2")]);
    repo.git(&["notes", "add", "-m", "a note"]);
    repo.write("a", "3");
    repo.git(&["stash", "-q"]);
    repo.git(&["pack-refs", "--all"]);
    repo.commit(&[("a", "4")]);
    repo.git(&["branch", "-D", "-q", "topic/x"]);
    repo.git(&["update-ref", "refs/heads/gone", "HEAD~1"]);
    repo.git(&["update-ref", "-d", "refs/heads/gone"]);
    for n in 0..40 {
        repo.git_with(
            &["update-ref", "--stdin"],
            format!("create refs/pull/{n}/head HEAD\n").as_bytes(),
        );
    }
    repo.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    repo
}

fn git_refs(repo: &Repo) -> BTreeMap<String, String> {
    let list = repo.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    list.lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, id)| (name.to_owned(), id.to_owned()))
        .collect()
}

fn our_refs(refs: &Refs) -> BTreeMap<String, String> {
    let names = refs.list.iter().map(|entry| &entry.name);
    names
        .filter(|name| name.starts_with(b"refs/"))
        .filter_map(|name| {
            let id = refs.resolve(name).unwrap()?;
            Some((String::from_utf8(name.clone()).unwrap(), id.to_string()))
        })
        .collect()
}

fn compare(options: &[&str]) {
    let repo = busy(options);
    let repository = repo.open();
    let refs = Refs::read(&repository);
    assert_eq!(our_refs(&refs), git_refs(&repo));
    assert_eq!(refs.unscanned, []);
    assert_eq!(refs.resolve(b"HEAD"), Ok(Some(repo.id("HEAD"))));
    assert_eq!(
        refs.resolve(b"worktrees/linked/HEAD"),
        Ok(Some(repo.id("worktrees/linked/HEAD")))
    );
    let v1 = refs.get(b"refs/tags/v1-nested").unwrap();
    assert!(v1.peeled.is_none_or(|peeled| peeled == repo.id("v1^{}")));
    for name in ["HEAD", "refs/heads/main", "refs/stash"] {
        let theirs = repo.git(&["reflog", "show", "--format=%H %gs", name]);
        let log = refs
            .reflogs
            .iter()
            .find(|log| log.name == name.as_bytes())
            .unwrap();
        let ours = log
            .moves
            .iter()
            .rev()
            .map(|entry| format!("{} {}", entry.new, String::from_utf8_lossy(&entry.message)));
        assert_eq!(ours.collect::<Vec<_>>().join("\n"), theirs, "{name}");
    }
}

#[test]
fn refs_and_reflogs_of_files() {
    compare(&[]);
}

#[test]
fn refs_and_reflogs_of_reftables() {
    compare(&["--ref-format=reftable"]);
}

#[test]
fn refs_and_reflogs_of_sha256_reftables() {
    compare(&["--ref-format=reftable", "--object-format=sha256"]);
}

#[test]
fn many_refs_in_one_reftable_of_several_blocks() {
    let repo = Repo::init(&["--ref-format=reftable"]);
    repo.commit(&[("a", "1")]);
    let lines = (0..3000)
        .map(|n| format!("create refs/heads/b{n} HEAD\n"))
        .collect::<String>();
    repo.git_with(&["update-ref", "--stdin"], lines.as_bytes());
    repo.git(&["pack-refs"]);
    let refs = Refs::read(&repo.open());
    assert_eq!(our_refs(&refs), git_refs(&repo));
    assert_eq!(refs.unscanned, []);
    assert_eq!(refs.reflogs.len(), 3002);
}

#[test]
fn a_damaged_reftable_is_named_and_read_as_far_as_it_goes() {
    let repo = Repo::init(&["--ref-format=reftable"]);
    let commit = repo.commit(&[("a", "1")]);
    let folder = repo.dir.join(".git/reftable");
    let list = std::fs::read_to_string(folder.join("tables.list")).unwrap();
    let table = folder.join(list.lines().last().unwrap());
    let mut bytes = std::fs::read(&table).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::remove_file(&table).unwrap();
    std::fs::write(&table, bytes).unwrap();
    let refs = Refs::read(&repo.open());
    assert_eq!(refs.unscanned.len(), 1);
    assert_eq!(refs.unscanned[0].reason, Reason::Corrupt);
    assert_eq!(refs.resolve(b"HEAD"), Ok(Some(commit)));
}

#[test]
fn damaged_lines_and_files_are_named_and_cost_only_themselves() {
    let repo = Repo::init(&[]);
    repo.commit(&[("a", "1")]);
    repo.git(&["tag", "good"]);
    repo.git(&["pack-refs", "--all"]);
    let git = repo.dir.join(".git");
    let mut packed = std::fs::read(git.join("packed-refs")).unwrap();
    packed.extend_from_slice(b"garbage\nff refs/heads/x\n^12\n");
    std::fs::write(git.join("packed-refs"), packed).unwrap();
    std::fs::write(git.join("refs/heads/empty"), "").unwrap();
    std::fs::write(git.join("refs/heads/main.lock"), "").unwrap();
    std::fs::write(git.join("refs/heads/circle"), "ref: refs/heads/circle\n").unwrap();
    let log = std::fs::read_to_string(git.join("logs/HEAD")).unwrap();
    std::fs::write(git.join("logs/HEAD"), format!("oops\n{log}")).unwrap();
    std::fs::write(git.join("HEAD"), "nonsense").unwrap();
    let refs = Refs::read(&repo.open());
    let mut missed = refs
        .unscanned
        .iter()
        .map(|missed| missed.what.as_str())
        .collect::<Vec<_>>();
    missed.sort_unstable();
    let expected = [
        "HEAD",
        "logs/HEAD:1",
        "packed-refs:4",
        "packed-refs:5",
        "packed-refs:6",
        "refs/heads/circle",
        "refs/heads/empty",
    ];
    assert_eq!(missed, expected);
    assert!(refs.resolve(b"refs/heads/main").unwrap().is_some());
    assert!(refs.resolve(b"refs/tags/good").unwrap().is_some());
    assert_eq!(refs.reflogs[0].moves.len(), 1);
}

#[cfg(unix)]
#[test]
fn a_ref_that_is_a_link_is_read_as_text_and_never_followed() {
    let repo = Repo::init(&[]);
    repo.commit(&[("a", "1")]);
    let git = repo.dir.join(".git");
    std::fs::remove_file(git.join("HEAD")).unwrap();
    std::os::unix::fs::symlink("refs/heads/main", git.join("HEAD")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", git.join("refs/heads/zero")).unwrap();
    let refs = Refs::read(&repo.open());
    let head = refs.get(b"HEAD").unwrap();
    assert_eq!(head.target, Target::Symbolic(b"refs/heads/main".to_vec()));
    assert_eq!(refs.unscanned.len(), 1);
    assert_eq!(refs.unscanned[0].reason, Reason::LinkNotFollowed);
}

#[test]
fn names_are_bytes() {
    let repo = Repo::init(&[]);
    let commit = repo.commit(&[("a", "1")]);
    let git = repo.dir.join(".git");
    let line = [
        commit.to_string().as_bytes(),
        b" refs/heads/\xff--output=x\n",
    ]
    .concat();
    std::fs::write(git.join("packed-refs"), line).unwrap();
    let refs = Refs::read(&repo.open());
    assert_eq!(refs.resolve(b"refs/heads/\xff--output=x"), Ok(Some(commit)));
    assert_eq!(refs.unscanned, []);
}

#[test]
fn from_a_linked_work_tree_head_is_its_own() {
    let repo = busy(&[]);
    let linked = repo.temp.path().join("linked");
    repo.git_in(&linked, &["checkout", "-q", "v1"]);
    let repository = crate::sources::git::discover::Repository::open(&linked).unwrap();
    let refs = Refs::read(&repository);
    assert_eq!(refs.resolve(b"HEAD"), Ok(Some(repo.id("v1^{}"))));
    assert_eq!(
        refs.resolve(b"main-worktree/HEAD"),
        Ok(Some(repo.id("main")))
    );
    assert_eq!(our_refs(&refs), git_refs(&repo));
}

#[test]
fn revisions_lead_where_git_says() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let repo = busy(options);
        repo.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
        repo.commit(&[("b", "side")]);
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["merge", "-q", "-m", "merge", "side"]);
        let objects = repo.objects();
        let refs = Refs::read(&repo.open());
        let resolver = Resolver {
            refs: &refs,
            reader: &objects,
            format: repo.open().format,
        };
        let full = repo.id("HEAD~1").to_string();
        let short = &full[..12];
        for text in [
            "HEAD",
            "@",
            "main",
            "heads/main",
            "refs/heads/main",
            "v1",
            "v1^{}",
            "v1-nested^{commit}",
            "v1-nested^0",
            "HEAD^",
            "HEAD^2",
            "HEAD~2",
            "@~1^{tree}",
            "HEAD^2~1",
            "light",
            "stash",
            "stash@{0}",
            "main@{1}",
            "@{2}",
            "alias",
            "HEAD^1^1",
            &full,
            short,
            "v1^{tree}",
            "v1^{tag}",
        ] {
            let ours = resolver.resolve(text.as_bytes());
            assert_eq!(ours, Ok(repo.id(text)), "{text}");
        }
        assert_eq!(resolver.commit(b"v1-nested"), Ok(repo.id("v1^{commit}")));
        for (text, syntax) in [
            ("1111111111111111111111111111111111111111", false),
            ("nothing", false),
            ("HEAD~99", false),
            ("v1^{blob}", false),
            ("dead", false),
            ("", true),
            ("HEAD^{/x}", true),
            ("main@{u}", true),
            ("HEAD:a", false),
            ("HEAD^{", true),
        ] {
            let error = resolver.commit(text.as_bytes()).unwrap_err();
            assert_eq!(
                matches!(error, RevisionError::Syntax(_)),
                syntax,
                "{text}: {error}"
            );
        }
    }
}

#[test]
fn all_text_beside_the_objects_is_listed() {
    let repo = busy(&[]);
    let git = repo.dir.join(".git");
    std::fs::create_dir_all(git.join("rebase-merge")).unwrap();
    std::fs::write(git.join("rebase-merge/message"), "x").unwrap();
    let repository = repo.open();
    let found = texts(&repository, &Refs::read(&repository));
    let names = found
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect::<Vec<_>>();
    for name in [
        "config",
        "description",
        "HEAD",
        "COMMIT_EDITMSG",
        "info/exclude",
        "logs/HEAD",
        "logs/refs/stash",
        "packed-refs",
        "rebase-merge/message",
        "worktrees/linked/gitdir",
        "refs/heads/main",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    assert!(names.iter().any(|name| name.starts_with("hooks/")));
    assert!(
        !names
            .iter()
            .any(|name| name.starts_with("objects/") || name.ends_with("index"))
    );
    assert_eq!(found.unscanned, []);
    let repo = busy(&["--ref-format=reftable"]);
    let repository = repo.open();
    let found = texts(&repository, &Refs::read(&repository));
    let written = String::from_utf8(found.written[0].1.clone()).unwrap();
    assert!(written.contains("refs/heads/main\n") && written.contains("commit (initial): work\n"));
}
