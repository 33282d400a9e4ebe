//! Walks over real folders with everything odd a file system can hold, asserting
//! what a user could see: which bytes came, what was listed as not read, what was
//! left out. What only a foreign machine could show (permissions under root)
//! is skipped and says so.

use super::*;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Reason;
use crate::sources::collect::Collect;
use crate::sources::collect::Seen;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use tempfile::TempDir;

/// A folder with these files; a name that ends in `/` is an empty folder.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
    folder
}

fn options(root: &Path) -> WorktreeOptions {
    WorktreeOptions {
        threads: NonZeroUsize::new(3).unwrap(),
        ..WorktreeOptions::new(vec![Root::new(root)])
    }
}

fn walk(options: &WorktreeOptions) -> Seen {
    let sink = Collect::default();
    scan(options, &RunBudget::default(), &sink).unwrap();
    sink.into_seen()
}

const GIT_DIR: [(&str, &str); 3] = [
    (".git/HEAD", "ref: refs/heads/main"),
    (".git/objects/", ""),
    (".git/refs/", ""),
];

#[test]
fn every_file_is_read_hidden_ones_too() {
    let folder = tree(&[("a", "1"), ("b/.c", "22"), ("b/empty", ""), ("d/", "")]);
    let seen = walk(&options(folder.path()));
    assert_eq!(seen.names(), ["a", "b/.c"]);
    assert_eq!(seen.counted["worktree.files"], (3, 3));
    assert_eq!((seen.missed(), seen.excluded.len()), (vec![], 0));
}

#[test]
fn a_folder_of_many_files_is_shared_out() {
    let names: Vec<String> = (0..1000).map(|n| format!("{n}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let folder = tree(&files);
    assert_eq!(
        walk(&options(folder.path())).counted["worktree.files"],
        (1000, 1000)
    );
}

#[test]
fn roots_may_be_files_and_several() {
    let folder = tree(&[("a/x", "1"), ("b/x", "2"), ("c", "3")]);
    let root = |path: &str| Root {
        name: path.to_owned(),
        ..Root::new(folder.path().join(path))
    };
    let mut options = options(folder.path());
    options.roots = vec![root("a"), root("b")];
    assert_eq!(walk(&options).names(), ["a/x", "b/x"]);
    options.roots = vec![Root::new(folder.path().join("c"))];
    assert_eq!(walk(&options).text("c"), "3");
    std::os::unix::fs::symlink("c", folder.path().join("link")).unwrap();
    options.roots = vec![Root::new(folder.path().join("link"))];
    assert_eq!(walk(&options).text("c"), "3", "the user named the link");
}

#[test]
fn roots_and_globs_are_checked_before_anything_is_read() {
    let folder = tree(&[("a", "1")]);
    let sink = Collect::default();
    let run = RunBudget::default();
    let error = scan(&options(&folder.path().join("typo")), &run, &sink).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("typo: no such file or folder; check the path")
    );
    let special = scan(&options(Path::new("/dev/null")), &run, &sink).unwrap_err();
    assert!(matches!(special, WorktreeError::Special { .. }));
    let mut wrong = options(folder.path());
    wrong.excludes = vec!["[".to_owned()];
    assert!(matches!(
        scan(&wrong, &run, &sink),
        Err(WorktreeError::Exclude { .. })
    ));
    assert_eq!(sink.into_seen().chunks, 0);
}

#[test]
fn ignored_files_are_counted_unless_git_tracks_them() {
    let folder = tree(&[
        (".git/HEAD", "ref: refs/heads/main"),
        (".git/objects/", ""),
        (".git/refs/", ""),
        (".gitignore", "*.log\n/target/\n!keep.log\n"),
        (".ignore", "*\n"),
        ("a.log", "ignored"),
        ("keep.log", "not ignored"),
        ("tracked.log", "read"),
        ("target/one", "ignored with its folder"),
        ("target/two", "ignored"),
        ("target/sub/tracked", "read"),
        ("target/sub/other", "ignored"),
        ("target/none/x", "ignored"),
        ("src/generated", "named by the file of another tool"),
        ("src/.gitignore", "!*.log"),
        ("src/b.log", "not ignored here"),
        ("src/target/c", "not anchored here"),
    ]);
    let mut options = options(folder.path());
    let tracked = [&b"target/sub/tracked"[..], b"tracked.log", b"a", b"target0"];
    options.roots[0].tracked = Some(Tracked::new(tracked.map(<[u8]>::to_vec).to_vec()));
    let seen = walk(&options);
    assert_eq!(
        seen.names(),
        [
            ".gitignore",
            ".ignore",
            "keep.log",
            "src/.gitignore",
            "src/b.log",
            "src/generated",
            "src/target/c",
            "target/sub/tracked",
            "tracked.log"
        ]
    );
    // a.log, target/{one,two,none}, target/sub/other
    assert_eq!(seen.excluded[&Exclusion::IgnoreFile], 5);
    options.roots[0].tracked = None;
    let seen = walk(&options);
    assert_eq!(
        seen.excluded[&Exclusion::IgnoreFile],
        3,
        "a folder counts as one"
    );
    options.no_ignore = true;
    assert_eq!(walk(&options).counted["worktree.files"].0, 14);
}

#[test]
fn without_a_repository_gitignore_names_what_was_shipped() {
    let folder = tree(&[(".gitignore", "*"), (".ignore", "*"), ("a", "read")]);
    let seen = walk(&options(folder.path()));
    assert_eq!(seen.names(), [".gitignore", ".ignore", "a"]);
    assert_eq!(seen.excluded.get(&Exclusion::IgnoreFile), None);
}

#[test]
fn only_the_tree_itself_has_a_say_in_what_is_ignored() {
    let folder = tree(&[
        (".gitignore", "*"),
        ("root/a", "read"),
        ("root/.git/HEAD", "ref: refs/heads/main"),
        ("root/.git/objects/", ""),
        ("root/.git/refs/", ""),
        ("root/.git/info/exclude", "a\n"),
        ("root/vendor/.gitignore", "x\n"),
        ("root/vendor/sub/.git", "gitdir: ../../.git/modules/sub"),
        ("root/vendor/sub/x", "another repository"),
    ]);
    let seen = walk(&options(&folder.path().join("root")));
    assert_eq!(seen.names(), ["a", "vendor/.gitignore", "vendor/sub/x"]);
}

#[test]
fn the_user_excludes_more_strongly_than_git_tracks() {
    let folder = tree(&[("a/x.min.js", "1"), ("b/y", "2"), ("z", "3")]);
    let mut options = options(folder.path());
    options.excludes = vec!["*.min.js".to_owned(), "/b/".to_owned()];
    options.roots[0].tracked = Some(Tracked::new(vec![b"b/y".to_vec()]));
    let seen = walk(&options);
    assert_eq!(seen.names(), ["z"]);
    assert_eq!(seen.excluded[&Exclusion::UserExclude], 2);
}

#[test]
fn git_dirs_are_left_out_only_when_they_are_some() {
    let mut files = GIT_DIR.to_vec();
    files.extend([
        ("sub/.git", "gitdir: ../.git/modules/sub\n"),
        ("fake/.git/secret", "read"),
        ("text/.git", "read too"),
        ("bare/HEAD", "ref: refs/heads/main"),
        ("bare/objects/x", "read as a file"),
        ("bare/refs/", ""),
    ]);
    let folder = tree(&files);
    let sink = Collect::default();
    let found = scan(&options(folder.path()), &RunBudget::default(), &sink).unwrap();
    let seen = sink.into_seen();
    assert_eq!(
        seen.names(),
        [
            "bare/HEAD",
            "bare/objects/x",
            "fake/.git/secret",
            "text/.git"
        ]
    );
    assert_eq!(seen.excluded[&Exclusion::GitDir], 2);
    let names: Vec<&str> = found
        .repositories
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, [".git", "bare", "sub/.git"]);
}

#[test]
fn links_are_scanned_as_strings_and_never_followed() {
    let folder = tree(&[("a", "1"), ("d/x", "2")]);
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
    };
    link("a", "inside");
    link("../d/../a", "d/inside");
    link("gone", "dangling");
    link("loop", "loop");
    link("d", "folder");
    link("/etc/passwd", "absolute");
    link("../../x", "d/outside");
    link("/dev/zero", ".gitignore");
    let seen = walk(&options(folder.path()));
    assert_eq!(seen.excluded[&Exclusion::LinkInside], 5);
    assert_eq!(seen.excluded[&Exclusion::LinkOutside], 3);
    assert_eq!(seen.missed(), []);
    assert_eq!(seen.text("absolute"), "/etc/passwd");
    assert_eq!(seen.counted["worktree.files"], (2, 2));
    assert_eq!(seen.counted["worktree.links"].0, 8);
}

#[test]
fn special_files_are_named_and_never_opened() {
    let folder = tree(&[("a", "1")]);
    let fifo = folder.path().join("fifo");
    #[expect(
        clippy::disallowed_methods,
        reason = "the standard library cannot make a FIFO"
    )]
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "mkfifo is part of POSIX"
    );
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::rename(&fifo, folder.path().join("sub/.git")).unwrap();
    let seen = walk(&options(folder.path()));
    assert_eq!(seen.excluded[&Exclusion::SpecialFile], 2);
    assert_eq!(seen.missed(), []);
    assert_eq!(seen.names(), ["a"]);
    // Put in the place of a file after the folder was listed, it is not waited for.
    let refused = open::open(&folder.path().join("sub/.git")).unwrap_err();
    assert_eq!(refused.reason, Reason::SpecialFile);
    std::os::unix::fs::symlink("a", folder.path().join("late")).unwrap();
    let refused = open::open(&folder.path().join("late")).unwrap_err();
    assert_eq!(refused.reason, Reason::Changed);
    let refused = open::open(&folder.path().join("gone")).unwrap_err();
    assert_eq!(refused.reason, Reason::Vanished);
}

#[test]
fn unreadable_files_and_folders_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tree(&[("a", "1"), ("b", "2"), ("c/d", "3")]);
    let close = |name: &str| {
        let path = folder.path().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    };
    close("b");
    close("c");
    if fs::read(folder.path().join("b")).is_ok() {
        println!("skipped: this user (root) may read everything");
        return;
    }
    let seen = walk(&options(folder.path()));
    fs::set_permissions(folder.path().join("c"), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(
        seen.missed(),
        [("b", Reason::Unreadable), ("c", Reason::Unreadable)]
    );
    assert_eq!(seen.names(), ["a"]);
}

#[test]
fn names_are_bytes() {
    let folder = tree(&[]);
    let long = "n".repeat(255);
    for name in [
        &b"\xff\xfe"[..],
        b"line\nbreak",
        b"-rf",
        "\u{202e}txt".as_bytes(),
        b"100%",
        long.as_bytes(),
    ] {
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
    }
    let seen = walk(&options(folder.path()));
    let mut expected = [
        "%FF%FE",
        "line%0Abreak",
        "-rf",
        "\u{202e}txt",
        "100%25",
        long.as_str(),
    ];
    expected.sort_unstable();
    assert_eq!(seen.names(), expected);
}

#[test]
fn a_path_longer_than_the_system_allows_is_named() {
    let folder = tree(&[("a", "1")]);
    // Only by moving folders into one another can such a path be made without openat.
    let name = "d".repeat(200);
    let half = |top: &str| {
        let mut path = folder.path().join(top);
        for _ in 0..12 {
            path.push(&name);
        }
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("file"), "deep").unwrap();
        path
    };
    let first = half("first");
    half("second");
    fs::rename(folder.path().join("second"), first.join("second")).unwrap();
    let seen = walk(&options(folder.path()));
    let [(what, Reason::Unreadable)] = seen.missed()[..] else {
        panic!("{:?}", seen.missed().len());
    };
    assert!(what.len() > 3500 && what.starts_with("first/ddd"));
    assert_eq!(seen.counted["worktree.files"].0, 2, "all others are read");
    fs::rename(first.join("second"), folder.path().join("second")).unwrap();
}

#[test]
fn many_nested_folders_are_walked() {
    let folder = tree(&[]);
    let mut path = folder.path().to_owned();
    for _ in 0..1500 {
        path.push("d");
        fs::create_dir(&path).unwrap();
        fs::write(path.join(".gitignore"), "x\n").unwrap();
    }
    fs::write(path.join("end"), "deep").unwrap();
    let seen = walk(&options(folder.path()));
    assert_eq!(seen.counted["worktree.files"].0, 1501);
    assert_eq!(seen.missed(), []);
}

#[test]
fn large_files_come_in_windows_and_may_be_limited() {
    let text: String = (0..5000).map(|n| format!("line {n}\n")).collect();
    let folder = tree(&[("large", &text), ("small", "x")]);
    let mut options = options(folder.path());
    options.window = WindowSize::new(1000, 100);
    let seen = walk(&options);
    assert_eq!(seen.text("large"), text);
    assert!(seen.chunks > 40);
    options.max_file = Some(1000);
    let seen = walk(&options);
    assert_eq!(seen.missed(), [("large", Reason::LimitSize)]);
    assert_eq!(seen.unscanned[0].bytes, Some(text.len() as u64));
}

#[test]
fn utf_16_and_lfs_pointers_are_recognised() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let folder = tree(&[("big.bin", pointer)]);
    let utf16: Vec<u8> = "key = value\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(folder.path().join("w.reg"), utf16).unwrap();
    let seen = walk(&options(folder.path()));
    assert_eq!(seen.text("w.reg@utf-16le"), "key = value\r\n");
    assert_eq!(seen.missed(), [("big.bin", Reason::Lfs)]);
    assert_eq!(seen.unscanned[0].bytes, Some(12345));
}

#[test]
fn archives_are_unpacked_small_and_large() {
    let text = "content\n".repeat(500);
    let ar = format!("!<arch>\n{:<48}{:<10}`\n{text}", "a.txt/", text.len());
    let folder = tree(&[("lib.a", &ar)]);
    let mut options = options(folder.path());
    let whole = walk(&options);
    assert_eq!(whole.text("lib.a!a.txt"), text);
    options.window = WindowSize::new(500, 20);
    assert_eq!(walk(&options).blobs, whole.blobs);
    options.archives = None;
    assert_eq!(walk(&options).names(), ["lib.a"]);
}

#[test]
fn a_panic_is_contained_and_named() {
    struct Panics(Collect);
    impl Sink for Panics {
        fn chunk(&self, chunk: &crate::model::chunk::Chunk<'_>) {
            assert!(chunk.bytes != b"bad", "as a defect would");
            self.0.chunk(chunk);
        }
        fn unscanned(&self, missed: crate::model::coverage::Unscanned) {
            self.0.unscanned(missed);
        }
        fn excluded(&self, why: Exclusion, n: u64) {
            self.0.excluded(why, n);
        }
        fn counted(&self, unit: &'static str, bytes: u64) {
            self.0.counted(unit, bytes);
        }
    }
    let folder = tree(&[("a", "good"), ("b", "bad"), ("c/d", "good")]);
    let sink = Panics(Collect::default());
    scan(&options(folder.path()), &RunBudget::default(), &sink).unwrap();
    let seen = sink.0.into_seen();
    assert_eq!(seen.missed(), [("b", Reason::Panic)]);
    assert_eq!(seen.names(), ["a", "c/d"]);
}

#[test]
fn files_that_change_while_they_are_read_are_named() {
    let folder = tree(&[("log", "start\n"), ("other", "x")]);
    struct Appends(Collect, PathBuf);
    impl Sink for Appends {
        fn chunk(&self, chunk: &crate::model::chunk::Chunk<'_>) {
            if chunk.bytes.starts_with(b"start") {
                let mut text = fs::read(&self.1).unwrap();
                text.extend_from_slice(&[b'x'; 3000]);
                fs::write(&self.1, text).unwrap();
            }
            self.0.chunk(chunk);
        }
        fn unscanned(&self, missed: crate::model::coverage::Unscanned) {
            self.0.unscanned(missed);
        }
        fn excluded(&self, _: Exclusion, _: u64) {}
        fn counted(&self, unit: &'static str, bytes: u64) {
            self.0.counted(unit, bytes);
        }
    }
    fs::write(
        folder.path().join("log"),
        format!("start\n{}", "y".repeat(3000)),
    )
    .unwrap();
    let sink = Appends(Collect::default(), folder.path().join("log"));
    let mut options = options(folder.path());
    options.window = WindowSize::new(1000, 10);
    scan(&options, &RunBudget::default(), &sink).unwrap();
    let seen = sink.0.into_seen();
    assert_eq!(seen.missed(), [("log", Reason::Changed)]);
    assert_eq!(seen.counted["worktree.files"], (1, 1));
}
