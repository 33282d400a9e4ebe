//! Everything git keeps is searched: what was deleted, amended away, stashed or
//! only written beside the code, in whatever way git stores it.

use super::TestEnv;
use super::findings;
use super::line;
use super::places;
use super::token;
use std::fs;

/// A repository with one harmless commit.
fn begun() -> TestEnv {
    let env = TestEnv::repository();
    env.write("a.txt", "nothing\n");
    env.commit("first");
    env
}

/// Asserts that there is one finding, also when everything is packed.
fn found_once(env: &TestEnv) {
    let loose = env.scan(1);
    assert_eq!(findings(&loose), 1, "{loose:#}");
    env.git(&["repack", "-q", "-a", "-d", "-k"]);
    let packed = env.scan(1);
    assert_eq!(packed["findings"], loose["findings"]);
}

#[test]
fn a_deleted_file() {
    let env = begun();
    env.write("gone.txt", line(1));
    env.commit("add");
    fs::remove_file(env.dir.join("gone.txt")).unwrap();
    env.commit("remove");
    found_once(&env);
    let report = env.scan(1);
    assert_eq!(places(&report), ["blob:gone.txt"]);
}

#[test]
fn a_commit_message() {
    let env = begun();
    env.commit(&format!("use {}", token(1)));
    let report = env.scan(1);
    assert_eq!(findings(&report), 1);
    assert!(
        places(&report).contains(&"object:commit".to_owned()),
        "{:?}",
        places(&report)
    );
}

#[test]
fn the_message_of_an_annotated_tag() {
    let env = begun();
    env.git(&["tag", "-a", "v1", "-m", &format!("use {}", token(1))]);
    found_once(&env);
    assert_eq!(places(&env.scan(1)), ["object:tag"]);
}

#[test]
fn a_stash() {
    let env = begun();
    env.write("a.txt", line(1));
    env.git(&["stash", "-q"]);
    found_once(&env);
}

#[test]
fn a_commit_that_was_amended_away() {
    let env = begun();
    env.write("b.txt", line(1));
    env.commit("second");
    fs::remove_file(env.dir.join("b.txt")).unwrap();
    env.git(&["add", "-A"]);
    env.git(&[
        "commit",
        "-q",
        "--amend",
        "--allow-empty",
        "-m",
        "second again",
    ]);
    found_once(&env);
    env.git(&["reflog", "expire", "--expire=now", "--all"]);
    assert_eq!(
        findings(&env.scan(1)),
        1,
        "unreachable, but still in the store"
    );
}

#[test]
fn a_note() {
    let env = begun();
    env.git(&["notes", "add", "-m", &format!("use {}", token(1))]);
    found_once(&env);
}

#[test]
fn a_reflog() {
    let env = begun();
    let message = format!("moved for {}", token(1));
    env.git(&[
        "update-ref",
        "--create-reflog",
        "-m",
        &message,
        "refs/heads/other",
        "HEAD",
    ]);
    let report = env.scan(1);
    assert_eq!(places(&report), ["ref:logs/refs/heads/other"]);
}

#[test]
fn a_staged_file_that_was_never_committed() {
    let env = begun();
    env.write("b.txt", line(1));
    env.git(&["add", "b.txt"]);
    fs::remove_file(env.dir.join("b.txt")).unwrap();
    found_once(&env);
}

#[test]
fn a_file_name_of_the_past() {
    let env = begun();
    let name = format!("key-{}.txt", token(1));
    env.write(&name, "nothing\n");
    env.commit("add");
    fs::remove_file(env.dir.join(&name)).unwrap();
    env.commit("remove");
    let ran = env.run(&["scan", "--report=json", "."]);
    let report = ran.json(1);
    assert!(findings(&report) >= 1);
    assert!(!ran.text().contains(&token(1)));
}

#[test]
fn the_name_of_a_branch() {
    let env = begun();
    env.git(&["branch", &token(1)]);
    let ran = env.run(&["scan", "--report=json", "."]);
    let report = ran.json(1);
    assert!(findings(&report) >= 1);
    assert!(!ran.text().contains(&token(1)));
    assert_eq!(places(&env.scan(1)), ["ref:refs"]);
    let text = env.run(&["scan", "."]).expect(1).text();
    assert!(text.contains("at      .git/refs:"), "{text}");
}

#[test]
fn the_own_change_of_a_merge() {
    let env = begun();
    env.git(&["checkout", "-q", "-b", "side"]);
    env.write("side.txt", "side\n");
    env.commit("side");
    env.git(&["checkout", "-q", "main"]);
    env.write("main.txt", "main\n");
    env.commit("main");
    env.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    env.write("evil.txt", line(1));
    env.commit("merge");
    fs::remove_file(env.dir.join("evil.txt")).unwrap();
    env.commit("remove");
    found_once(&env);
}

#[test]
fn one_secret_in_tree_and_history_is_one_finding() {
    let env = begun();
    env.write("b.txt", line(1));
    env.commit("add");
    env.write("c/d.txt", format!("moved\n{}", line(1)));
    fs::remove_file(env.dir.join("b.txt")).unwrap();
    env.commit("move");
    let report = env.scan(1);
    assert_eq!(findings(&report), 1, "{report:#}");
}

#[test]
fn attributes_and_ignore_files_hide_nothing_that_is_tracked() {
    let env = TestEnv::repository();
    env.write(".gitignore", "*.env\n");
    env.write(".gitattributes", "* -diff binary export-ignore\n");
    env.write("prod.env", line(1));
    env.git(&["add", "-f", "prod.env"]);
    env.commit("add");
    let report = env
        .run(&[
            "scan",
            "--report=json",
            "--sources=tree",
            "--kinds=secrets",
            ".",
        ])
        .json(1);
    assert_eq!(places(&report), ["file:prod.env"]);
}

#[test]
fn configuration_of_the_repository_runs_nothing_and_hides_nothing() {
    let env = begun();
    env.write("b.txt", line(1));
    env.write(".gitleaks.toml", "[allowlist]\npaths = ['.*']\n");
    env.write(".secrets.baseline", "{}");
    env.write(".bowerbird.toml", "disable = ['default']\n");
    env.commit("add");
    let canary = env.beside("canary");
    let touch = format!("touch {}", canary.display());
    for key in [
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "core.sshCommand",
        "filter.x.clean",
    ] {
        env.git(&["config", key, &touch]);
    }
    env.scan(1);
    assert!(!canary.exists());
}

#[test]
fn nothing_is_written_below_the_target() {
    let env = begun();
    env.write("b.txt", line(1));
    env.commit("add");
    let before = env.git(&["count-objects", "-v"]);
    let index = fs::read(env.dir.join(".git/index")).unwrap();
    let listed = || {
        let mut names: Vec<_> = walk(&env.dir);
        names.sort();
        names
    };
    let names = listed();
    env.scan(1);
    assert_eq!(listed(), names);
    assert_eq!(fs::read(env.dir.join(".git/index")).unwrap(), index);
    assert_eq!(env.git(&["count-objects", "-v"]), before);
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(walk(&path));
        }
        names.push(path);
    }
    names
}
