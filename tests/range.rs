//! Parts of a history, as hooks and pipelines ask for them: what is new is
//! found, what is old is not, and what cannot be told is never called clean.

use crate::scratch::Scratch;

const NULL: &str = "0000000000000000000000000000000000000000";

fn at(source: &str, path: &str, commit: &str) -> (String, String, String) {
    (source.to_owned(), path.to_owned(), commit.to_owned())
}

/// Three commits: a secret in the first, one in a folder in the third.
fn three() -> (Scratch, [String; 3]) {
    let scratch = Scratch::new();
    let first = scratch.commit("old.txt", "acme_23108765\n", "first");
    let second = scratch.commit("plain.txt", "nothing\n", "second");
    let third = scratch.commit("sub/new.txt", "a\nacme_49657381\n", "third");
    (scratch, [first, second, third])
}

#[test]
fn a_range_finds_what_is_new_and_where_it_stands() {
    let (scratch, [first, second, third]) = three();
    for args in [
        vec!["--since".to_owned(), first.clone()],
        vec!["--range".to_owned(), format!("{second}..")],
        vec!["--range".to_owned(), "HEAD~1..main".to_owned()],
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let scanned = scratch.scan(&args);
        assert_eq!(scanned.code, 1, "{scanned:?}");
        assert_eq!(scanned.places(), [at("blob", "sub/new.txt", &third)]);
        let region = &scanned.report["findings"][0]["locations"][0]["region"];
        assert_eq!(region["start_line"], 2, "{region}");
    }
    let older = scratch.scan(&["--range", &format!("{first}..{second}")]);
    assert_eq!(older.code, 0, "{older:?}");
    assert_eq!(older.total("range.commits"), Some(1));
    assert_eq!(older.total("range.blobs"), Some(1));
}

#[test]
fn the_work_tree_is_not_read() {
    let (scratch, _) = three();
    scratch.write("loose.txt", "acme_46728150\n");
    let scanned = scratch.scan(&["--since", "HEAD~1"]);
    assert_eq!(scanned.paths(), ["sub/new.txt"]);
}

#[test]
fn an_empty_range_is_clean_and_an_unknown_end_is_not() {
    let (scratch, _) = three();
    let empty = scratch.scan(&["--since", "HEAD"]);
    assert_eq!(empty.code, 0, "{empty:?}");
    assert_eq!(empty.total("range.commits"), Some(0));
    assert_eq!(empty.total("range.ends"), Some(2));
    for args in [
        ["--since", "nowhere"],
        ["--range", "nowhere..HEAD"],
        ["--range", "HEAD..0123456789012345678901234567890123456789"],
        ["--range", "HEAD"],
        ["--range", "main...HEAD"],
    ] {
        let scanned = scratch.scan(&args);
        assert_eq!(scanned.code, 2, "{args:?}: {scanned:?}");
        assert!(scanned.stderr.starts_with("error: "), "{scanned:?}");
    }
    let folder = scratch.scan_in(scratch.home(), &["--since", "HEAD"], "", &[]);
    assert_eq!(folder.code, 2, "{folder:?}");
    let two = scratch.scan(&["--since", "HEAD", "--staged"]);
    assert_eq!(two.code, 2, "{two:?}");
}

#[test]
fn messages_and_names_count_and_old_names_do_not() {
    let scratch = Scratch::new();
    scratch.commit("acme_23108765", "", "first");
    scratch.commit("b", "", "says acme_49657381");
    let tree = scratch.scan(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(tree.places(), [at("object", "", "")]);
    // An empty file is no new blob, its name is new.
    scratch.commit("acme_46728150", "", "third");
    let named = scratch.scan(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(named.places(), [at("object", "", "")]);
    let origin = &named.report["findings"][0]["locations"][0]["origin"];
    assert_eq!(origin["kind"], "tree");
}

#[test]
fn a_merge_brings_what_no_parent_had() {
    let (scratch, _) = three();
    scratch.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    let side = scratch.commit("side.txt", "acme_57083649\n", "side");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    let merge = scratch.commit("evil.txt", "acme_57942618\n", "merge");
    let scanned = scratch.scan(&["--range", "HEAD^1..HEAD"]);
    let expected = [
        at("blob", "evil.txt", &merge),
        at("blob", "side.txt", &side),
    ];
    assert_eq!(scanned.places(), expected);
    let other = scratch.scan(&["--range", "HEAD^2..HEAD"]);
    assert_eq!(other.paths(), ["evil.txt", "sub/new.txt"]);
}

#[test]
fn what_is_staged_is_found_and_nothing_else() {
    let (scratch, _) = three();
    scratch.write("staged.txt", "acme_14587096\n");
    scratch.git(&["add", "staged.txt"]);
    scratch.write("staged.txt", "harmless now\n");
    let scanned = scratch.scan(&["--staged"]);
    assert_eq!(scanned.code, 1, "{scanned:?}");
    assert_eq!(scanned.places(), [at("index", "staged.txt", "")]);
    scratch.git(&["reset", "-q"]);
    let nothing = scratch.scan(&["--staged"]);
    assert_eq!(nothing.code, 0, "{nothing:?}");
    assert_eq!(nothing.total("range.staged"), Some(0));
}

#[test]
fn the_index_of_a_hook_is_the_one_git_names() {
    let (scratch, _) = three();
    scratch.write("old.txt", "acme_38607925\n");
    let other = scratch.home().join("other-index");
    std::fs::copy(scratch.work().join(".git/index"), &other).unwrap();
    let name = other.to_str().unwrap();
    let blob = scratch.git(&["hash-object", "-w", "old.txt"]);
    let info = format!("100644,{blob},old.txt");
    scratch.git_in(
        &scratch.work(),
        &[
            "-c",
            "core.bare=false",
            "update-index",
            "--cacheinfo",
            &info,
        ],
    );
    std::fs::rename(scratch.work().join(".git/index"), name).unwrap();
    scratch.git(&["reset", "-q"]);
    let work = scratch.work();
    let hook = scratch.scan_in(&work, &["--staged"], "", &[("GIT_INDEX_FILE", &other)]);
    assert_eq!(hook.paths(), ["old.txt"]);
    assert_eq!(scratch.scan(&["--staged"]).code, 0);
}

#[test]
fn before_the_first_commit_everything_is_staged() {
    let scratch = Scratch::new();
    assert_eq!(scratch.scan(&["--staged"]).code, 0);
    scratch.write("a.txt", "acme_89073265\n");
    scratch.git(&["add", "-A"]);
    assert_eq!(scratch.scan(&["--staged"]).paths(), ["a.txt"]);
}

#[test]
fn a_push_brings_what_no_ref_has() {
    let (scratch, [first, second, third]) = three();
    scratch.git(&["checkout", "-q", "--detach"]);
    let fourth = scratch.commit("four.txt", "acme_41536980\n", "fourth");
    let tag = scratch.git(&["rev-parse", "main"]);
    scratch.git(&["checkout", "-q", "main"]);
    let work = scratch.work();
    let push = |lines: String| scratch.scan_in(&work, &["--pre-receive"], &lines, &[]);

    let update = push(format!("{third} {fourth} refs/heads/main\n"));
    assert_eq!(update.places(), [at("blob", "four.txt", &fourth)]);
    let create = push(format!("{NULL} {fourth} refs/heads/other\n"));
    assert_eq!(create.places(), [at("blob", "four.txt", &fourth)]);
    let delete = push(format!("{first} {NULL} refs/heads/gone\n"));
    assert_eq!(delete.code, 0, "{delete:?}");
    assert_eq!(delete.total("range.ends"), Some(1));
    let known = push(format!(
        "{NULL} {second} refs/heads/old\n{NULL} {tag} refs/x\n"
    ));
    assert_eq!(known.code, 0, "{known:?}");
    let missing = push(format!(
        "{NULL} 0123456789012345678901234567890123456789 refs/heads/x\n"
    ));
    assert_eq!(missing.code, 3, "{missing:?}");
    assert_eq!(push("nonsense\n".to_owned()).code, 2);
    assert_eq!(push(String::new()).code, 3, "no update, nothing read");
}

#[test]
fn a_push_of_a_tag_brings_its_message() {
    let (scratch, _) = three();
    scratch.git(&["tag", "-a", "-m", "acme_82941730", "v1"]);
    let tag = scratch.git(&["rev-parse", "v1"]);
    scratch.git(&["tag", "-d", "v1"]);
    let lines = format!("{NULL} {tag} refs/tags/v1\n");
    let scanned = scratch.scan_in(&scratch.work(), &["--pre-receive"], &lines, &[]);
    assert_eq!(scanned.code, 1, "{scanned:?}");
    assert_eq!(scanned.total("range.tags"), Some(1));
}

#[test]
fn a_real_pre_receive_hook_refuses_a_secret() {
    let (scratch, _) = three();
    let server = scratch.home().join("server.git");
    let name = server.to_str().unwrap();
    scratch.git(&["clone", "-q", "--bare", ".", name]);
    let rules = scratch.home().join("rules");
    let hook = format!(
        "#!/bin/sh\nexec '{}' scan --pre-receive --enable test --rules '{}' . >'{}'\n",
        env!("CARGO_BIN_EXE_bowerbird"),
        rules.display(),
        scratch.home().join("log").display(),
    );
    let path = server.join("hooks/pre-receive");
    std::fs::write(&path, hook).unwrap();
    make_executable(&path);
    scratch.commit("fine.txt", "fine\n", "fine");
    scratch.git(&["push", "-q", name, "main"]);
    let before = scratch.git_in(&server, &["rev-parse", "main"]);
    scratch.commit("bad.txt", "acme_61903248\n", "bad");
    let refused = scratch.try_git(&["push", "-q", name, "main"]);
    assert!(!refused);
    assert_eq!(scratch.git_in(&server, &["rev-parse", "main"]), before);
    let log = std::fs::read_to_string(scratch.home().join("log")).unwrap();
    assert!(log.contains("bad.txt"), "{log}");
}

#[cfg(unix)]
fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn make_executable(_: &std::path::Path) {}

#[test]
fn missing_objects_and_cut_histories_are_told() {
    let (scratch, [_, _, third]) = three();
    let blob = scratch.git(&["rev-parse", "HEAD:sub/new.txt"]);
    let object = format!(".git/objects/{}/{}", &blob[..2], &blob[2..]);
    std::fs::remove_file(scratch.work().join(object)).unwrap();
    let scanned = scratch.scan(&["--since", "HEAD~1"]);
    assert_eq!(scanned.code, 3, "{scanned:?}");
    assert_eq!(scanned.report["coverage"]["unscanned_total"]["missing"], 1);

    let (origin, _) = three();
    let shallow = scratch.home().join("shallow");
    let url = format!("file://{}", origin.work().display());
    scratch.git(&[
        "clone",
        "-q",
        "--depth",
        "2",
        &url,
        shallow.to_str().unwrap(),
    ]);
    let lines = format!("{NULL} {third} refs/heads/x\n");
    std::fs::write(shallow.join(".git/packed-refs"), "").unwrap();
    scratch.git_in(&shallow, &["update-ref", "-d", "refs/remotes/origin/main"]);
    scratch.git_in(&shallow, &["checkout", "-q", "--orphan", "empty"]);
    let head = scratch.git_in(&shallow, &["rev-parse", "main"]);
    scratch.git_in(&shallow, &["update-ref", "-d", "refs/heads/main"]);
    let lines = lines.replace(&third, &head);
    let cut = scratch.scan_in(&shallow, &["--pre-receive"], &lines, &[]);
    assert_eq!(cut.code, 3, "{cut:?}");
    assert_eq!(cut.report["coverage"]["unscanned_total"]["shallow"], 1);
}
