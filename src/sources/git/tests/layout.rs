//! Where repositories lie and what is said of them.

use super::fixture::Objects;
use super::fixture::Repo;
use crate::model::coverage::Reason;
use crate::model::object::ObjectFormat;
use crate::sources::git::discover::OpenError;
use crate::sources::git::discover::RefStorage;
use crate::sources::git::discover::Repository;
use crate::sources::git::facts::RepositoryFacts;
use crate::sources::git::refs::Refs;

fn facts(repo: &Repo, repository: &Repository) -> RepositoryFacts {
    let objects = Objects::of(repo, &repository.git_dir);
    let history = objects.collect(repository, &[]);
    let refs = Refs::read(repository);
    RepositoryFacts::new(repository, &refs, &objects.tips(repository), &history)
}

#[test]
fn a_work_tree_its_git_dir_and_a_bare_clone() {
    let repo = Repo::init(&[]);
    repo.commit(&[("sub/a", "1")]);
    let by_root = repo.open();
    assert_eq!(by_root.work_tree.as_deref(), Some(repo.dir.as_path()));
    let by_git = Repository::open(&repo.dir.join(".git")).unwrap();
    assert_eq!(by_git.work_tree, by_root.work_tree);
    let above = Repository::discover(&repo.dir.join("sub")).unwrap();
    assert_eq!(above.git_dir, repo.dir.canonicalize().unwrap().join(".git"));
    repo.git(&["clone", "-q", "--bare", ".", "../bare"]);
    let bare = Repository::open(&repo.temp.path().join("bare")).unwrap();
    assert_eq!(bare.work_tree, None);
    assert_eq!(bare.config.bare, Some(true));
    let nothing = Repository::open(&repo.dir.join("sub"));
    assert!(matches!(nothing, Err(OpenError::NotARepository)));
    let nothing = Repository::open(&repo.dir.join("typo"));
    assert!(matches!(nothing, Err(OpenError::NotFound)));
}

#[test]
fn linked_work_trees_and_submodules_belong_to_it() {
    let repo = Repo::init(&[]);
    let other = Repo::init(&[]);
    other.commit(&[("x", "1")]);
    let url = other.dir.to_string_lossy().into_owned();
    other.git(&["submodule", "--quiet", "add", &url, "inner"]);
    other.git(&["commit", "-q", "-m", "inner"]);
    repo.git(&["submodule", "--quiet", "add", "--name", "a/b", &url, "path"]);
    repo.git(&["submodule", "--quiet", "update", "--init", "--recursive"]);
    repo.commit(&[]);
    repo.git(&["worktree", "add", "-q", "../linked"]);
    let found = repo.open();
    let git = repo.dir.join(".git");
    let modules = [
        git.join("modules/a/b"),
        git.join("modules/a/b/modules/inner"),
    ];
    assert_eq!(found.modules, modules);
    assert_eq!(found.worktrees[0].name, b"linked");
    let sub = Repository::open(&repo.dir.join("path")).unwrap();
    assert_eq!(
        sub.git_dir.canonicalize().unwrap(),
        modules[0].canonicalize().unwrap()
    );
    let linked = Repository::open(&repo.temp.path().join("linked")).unwrap();
    assert_eq!(
        linked.common_dir.canonicalize().unwrap(),
        git.canonicalize().unwrap()
    );
    assert_ne!(linked.git_dir, linked.common_dir);
}

#[test]
fn formats_and_unknown_extensions() {
    let repo = Repo::init(&["--object-format=sha256", "--ref-format=reftable"]);
    let found = repo.open();
    assert_eq!(found.format, ObjectFormat::Sha256);
    assert_eq!(found.ref_storage, RefStorage::Reftable);
    assert_eq!(found.unscanned, []);
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    assert_eq!(repo.open().unscanned, []);
    repo.git(&["config", "extensions.timeTravel", "true"]);
    let missed = repo.open().unscanned;
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].reason, Reason::UnsupportedFormat);
    assert_eq!(missed[0].what, "config: extensions.timetravel");
}

#[test]
fn a_shallow_clone_says_how_often_it_is_cut() {
    let repo = Repo::init(&[]);
    for n in 0..4 {
        repo.commit(&[("a", &n.to_string())]);
    }
    let url = format!("file://{}", repo.dir.display());
    repo.git(&["clone", "-q", "--depth=2", &url, "../shallow"]);
    let clone = Repository::open(&repo.temp.path().join("shallow")).unwrap();
    assert_eq!(clone.shallow.len(), 1);
    let facts = facts(&repo, &clone);
    assert_eq!(facts.shallow, 1);
    assert_eq!(facts.head_commit, Some(repo.id("HEAD")));
    assert_eq!(facts.head_tree, Some(repo.id("HEAD^{tree}")));
    assert_eq!(facts.head_ref.as_deref(), Some(&b"refs/heads/main"[..]));
    assert_eq!(facts.to_map()["shallow"], "1");
}

#[test]
fn partial_sparse_grafted_and_replaced() {
    let repo = Repo::init(&[]);
    repo.commit(&[("a", "1")]);
    repo.commit(&[("a", "2")]);
    repo.git(&["replace", "HEAD", "HEAD~1"]);
    repo.git(&["config", "core.sparseCheckout", "true"]);
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    std::fs::create_dir_all(repo.dir.join(".git/info")).unwrap();
    let graft = format!("{}\n", repo.id("HEAD"));
    std::fs::write(repo.dir.join(".git/info/grafts"), graft).unwrap();
    let facts = facts(&repo, &repo.open());
    assert_eq!((facts.replacements, facts.grafts), (1, 1));
    assert!(facts.sparse && !facts.promisor);
    let url = format!("file://{}", repo.dir.display());
    std::fs::remove_file(repo.dir.join(".git/info/grafts")).unwrap();
    repo.git(&[
        "clone",
        "-q",
        "--bare",
        "--filter=blob:none",
        &url,
        "../partial",
    ]);
    let partial = Repository::open(&repo.temp.path().join("partial")).unwrap();
    assert!(partial.promisor);
    let url = &partial.config.remotes[&b"origin"[..]].url;
    assert!(url.starts_with(b"file://"));
}

#[test]
fn alternates_are_followed_once_and_missing_ones_counted() {
    let repo = Repo::init(&[]);
    repo.commit(&[("a", "1")]);
    repo.git(&["clone", "-q", "--bare", "--shared", ".", "../shared"]);
    let shared = repo.temp.path().join("shared");
    let list = shared.join("objects/info/alternates");
    let mut text = std::fs::read_to_string(&list).unwrap();
    text.push_str("../nowhere\n.\n");
    std::fs::write(&list, text).unwrap();
    let found = Repository::open(&shared).unwrap();
    assert_eq!(found.object_dirs.len(), 2);
    assert_eq!(found.alternates_missing, 1);
    assert_eq!(found.unscanned[0].reason, Reason::Missing);
}

#[test]
fn an_unborn_head_has_a_name_and_no_commit() {
    let repo = Repo::init(&[]);
    let facts = facts(&repo, &repo.open());
    assert_eq!(facts.head_ref.as_deref(), Some(&b"refs/heads/main"[..]));
    assert_eq!((facts.head_commit, facts.refs), (None, 0));
}

#[cfg(unix)]
#[test]
fn a_git_that_is_no_folder_is_refused_without_reading_it() {
    let repo = Repo::init(&[]);
    let dir = repo.temp.path();
    std::os::unix::fs::symlink("/dev/zero", dir.join(".git")).unwrap();
    assert!(matches!(Repository::open(dir), Err(OpenError::BadGit(_))));
    std::fs::remove_file(dir.join(".git")).unwrap();
    std::fs::write(dir.join(".git"), "gitdir: .git\n").unwrap();
    assert!(matches!(Repository::open(dir), Err(OpenError::Dangling)));
    std::fs::File::create(dir.join(".git"))
        .unwrap()
        .set_len(2 << 30)
        .unwrap();
    assert!(matches!(Repository::open(dir), Err(OpenError::BadGit(_))));
}

#[test]
fn a_missing_parent_and_a_missing_tree_are_gaps() {
    let repo = Repo::init(&[]);
    let first = repo.commit(&[("d/a", "1")]);
    let head = repo.commit(&[("d/a", "2")]);
    let tree = repo.id("HEAD:d");
    let mut objects = repo.objects();
    objects.0.remove(&first);
    objects.0.remove(&tree);
    let repository = repo.open();
    let gaps = objects
        .collect(&repository, &[])
        .gaps(&objects.tips(&repository), &repository);
    let told = gaps
        .iter()
        .map(|gap| (gap.what.clone(), gap.reason, gap.detail.clone()))
        .collect::<Vec<_>>();
    let parent = format!("parent of commit {head}");
    assert_eq!(
        told,
        [
            (first.to_string(), Reason::Missing, parent),
            (tree.to_string(), Reason::Missing, "tree".to_owned()),
        ]
    );
}

#[test]
fn a_malformed_tree_is_a_gap_and_is_read_up_to_its_fault() {
    let repo = Repo::init(&[]);
    repo.commit(&[("a", "1"), ("b", "2")]);
    let tree = repo.id("HEAD^{tree}");
    let mut objects = repo.objects();
    let (_, bytes) = objects.0.get_mut(&tree).unwrap();
    bytes.truncate(bytes.len() - 1);
    let repository = repo.open();
    let history = objects.collect(&repository, &[]);
    let gaps = history.gaps(&objects.tips(&repository), &repository);
    let told: Vec<_> = gaps.iter().map(|gap| (&gap.what, gap.reason)).collect();
    assert_eq!(told, [(&tree.to_string(), Reason::Corrupt)]);
}
