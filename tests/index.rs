//! What is staged is a source of its own: found when the file differs, told once
//! when it does not, and named by its path when no commit holds it.

use crate::scratch::Scratch;

fn staged() -> Scratch {
    let scratch = Scratch::new();
    scratch.commit("a.txt", "nothing\n", "first");
    scratch.write("b/staged.txt", "acme_73920461\n");
    scratch.git(&["add", "-A"]);
    scratch
}

#[test]
fn a_staged_blob_that_differs_from_its_file_is_found() {
    let scratch = staged();
    scratch.write("b/staged.txt", "harmless\n");
    for sources in ["tree,index", "index", "tree,index,history"] {
        let scanned = scratch.scan(&["--sources", sources]);
        assert_eq!(scanned.code, 1, "{sources}: {scanned:?}");
        let (source, path, _) = &scanned.places()[0];
        assert_eq!((source.as_str(), path.as_str()), ("index", "b/staged.txt"));
        assert_eq!(scanned.total("index.entries"), Some(2), "{sources}");
        let location = &scanned.report["findings"][0]["locations"][0];
        assert_eq!(location["region"]["start_line"], 1, "{sources}");
    }
}

#[test]
fn a_staged_blob_like_its_file_is_told_once() {
    let scratch = staged();
    for sources in ["tree,index", "tree,index,history"] {
        let scanned = scratch.scan(&["--sources", sources]);
        let places = scanned.places();
        assert_eq!(places.len(), 1, "{sources}: {places:?}");
        assert_eq!(places[0].0, "file", "{sources}");
    }
}

#[test]
fn the_index_of_a_linked_work_tree_counts() {
    let scratch = Scratch::new();
    scratch.commit("a.txt", "nothing\n", "first");
    scratch.git(&["worktree", "add", "-q", "../linked"]);
    let linked = scratch.home().join("linked");
    std::fs::write(linked.join("c.txt"), "acme_73920461\n").unwrap();
    scratch.git_in(&linked, &["add", "c.txt"]);
    std::fs::write(linked.join("c.txt"), "gone\n").unwrap();
    let scanned = scratch.scan(&["--sources", "index"]);
    assert_eq!(scanned.paths(), ["c.txt"]);
}

#[test]
fn a_damaged_index_makes_the_run_incomplete() {
    let scratch = staged();
    std::fs::write(scratch.work().join(".git/index"), "DIRC, but no more").unwrap();
    assert_eq!(scratch.scan(&["--sources", "index"]).code, 3);
}

#[test]
fn folders_of_a_sparse_index_are_looked_into() {
    let scratch = Scratch::new();
    scratch.commit("kept/a.txt", "nothing\n", "first");
    scratch.commit("left/deep/b.txt", "acme_73920461\n", "second");
    scratch.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "kept"]);
    assert!(!scratch.work().join("left").exists());
    let scanned = scratch.scan(&["--sources", "tree,index"]);
    assert_eq!(scanned.code, 1, "{scanned:?}");
    assert_eq!(scanned.paths(), ["left/deep/b.txt"]);
    assert_eq!(scratch.scan(&["--staged"]).code, 0);
}

#[test]
fn a_submodule_that_is_not_here_is_named() {
    let scratch = Scratch::new();
    let commit = scratch.commit("a.txt", "nothing\n", "first");
    let link = format!("160000,{commit},vendor/lib");
    scratch.git(&["update-index", "--add", "--cacheinfo", &link]);
    for sources in ["tree,index", "tree,index,history"] {
        let scanned = scratch.scan(&["--sources", sources]);
        assert_eq!(scanned.code, 0, "another repository: {scanned:?}");
        let coverage = &scanned.report["coverage"];
        assert_eq!(coverage["excluded"]["submodule"], 1, "{sources}");
        let named = &coverage["repository"]["submodules-elsewhere"];
        assert_eq!(named, "vendor/lib", "{sources}");
    }
}

#[test]
fn every_repository_of_a_run_tells_its_facts() {
    let scratch = Scratch::new();
    scratch.commit("a.txt", "nothing\n", "first");
    let nested = scratch.work().join("nested");
    std::fs::create_dir(&nested).unwrap();
    scratch.git_in(&nested, &["init", "-q", "-b", "other"]);
    scratch.git_in(&nested, &["commit", "-q", "--allow-empty", "-m", "inner"]);
    let scanned = scratch.scan(&[]);
    for facts in ["/coverage/repository", "/run/subject"] {
        let facts = scanned.report.pointer(facts).unwrap();
        assert_eq!(facts["head-ref"], "refs/heads/main");
        assert_eq!(facts["nested: head-ref"], "refs/heads/other");
    }
}
