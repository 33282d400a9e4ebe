//! Repositories of other shapes, and damaged ones: what cannot be read is named
//! and costs exit code 3, everything else is read all the same.

use super::TestEnv;
use super::findings;
use super::line;
use super::places;
use super::reasons;
use sha2::Digest as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// A repository in which one secret was deleted and another is in the work tree.
fn two_secrets() -> TestEnv {
    let env = TestEnv::repository();
    filled(env)
}

fn filled(env: TestEnv) -> TestEnv {
    env.write("gone.txt", line(1));
    env.commit("first");
    fs::remove_file(env.dir.join("gone.txt")).unwrap();
    env.write("here.txt", line(2));
    env.commit("second");
    env
}

fn scanned(env: &TestEnv, path: &Path, code: i32) -> serde_json::Value {
    env.run(&["scan", "--report=json", path.to_str().unwrap()])
        .json(code)
}

fn pack(git_dir: &Path) -> PathBuf {
    let entries = fs::read_dir(git_dir.join("objects/pack")).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths
        .find(|path| path.extension().is_some_and(|e| e == "pack"))
        .unwrap()
}

fn make_writable(path: &Path) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of this test")]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).unwrap();
}

#[test]
fn a_bare_repository() {
    let env = two_secrets();
    let bare = env.beside("bare.git");
    env.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    assert_eq!(findings(&scanned(&env, &bare, 1)), 2);
}

#[test]
fn a_sha_256_repository() {
    let env = TestEnv::new();
    env.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    let env = filled(env);
    assert_eq!(findings(&env.scan(1)), 2);
    env.git(&["gc", "-q"]);
    assert_eq!(findings(&env.scan(1)), 2);
}

#[test]
fn a_repository_without_commits() {
    let env = TestEnv::repository();
    env.write("a.txt", "nothing\n");
    env.scan(0);
}

#[test]
fn a_shallow_clone_says_that_it_is_one() {
    let env = two_secrets();
    let clone = env.beside("shallow");
    let from = format!("file://{}", env.dir.display());
    env.git(&["clone", "-q", "--depth=1", &from, clone.to_str().unwrap()]);
    let report = scanned(&env, &clone, 3);
    assert_eq!(reasons(&report), ["shallow"]);
    assert_eq!(findings(&report), 1);
    let path = clone.to_str().unwrap();
    env.run(&["scan", "--allow-incomplete=shallow", path])
        .expect(1);
}

#[test]
fn a_linked_work_tree() {
    let env = two_secrets();
    let linked = env.beside("linked");
    env.git(&[
        "worktree",
        "add",
        "-q",
        linked.to_str().unwrap(),
        "-b",
        "other",
    ]);
    fs::write(linked.join("new.txt"), line(3)).unwrap();
    assert_eq!(findings(&scanned(&env, &linked, 1)), 3);
}

#[test]
fn the_objects_of_a_submodule() {
    let env = two_secrets();
    let outer = TestEnv::repository();
    outer.write("a.txt", "nothing\n");
    let from = env.dir.to_str().unwrap();
    outer.git(&["submodule", "--quiet", "add", from, "inner"]);
    outer.commit("add");
    assert_eq!(findings(&outer.scan(1)), 2);
}

#[test]
fn a_truncated_pack_is_named_and_the_rest_is_read() {
    let env = two_secrets();
    env.git(&["gc", "-q"]);
    env.write("later.txt", line(3));
    env.commit("later");
    let pack = pack(&env.dir.join(".git"));
    make_writable(&pack);
    let bytes = fs::read(&pack).unwrap();
    fs::write(&pack, &bytes[..bytes.len() / 2]).unwrap();
    let report = env.scan(3);
    assert!(
        reasons(&report).contains(&"corrupt".to_owned()),
        "{:?}",
        reasons(&report)
    );
    assert!(findings(&report) >= 2);
    let text = env.run(&["scan", "."]).text();
    assert!(text.contains(".pack"), "{text}");
}

#[test]
fn one_wrong_byte_in_a_pack_loses_one_object() {
    let env = two_secrets();
    env.git(&["gc", "-q"]);
    let pack = pack(&env.dir.join(".git"));
    make_writable(&pack);
    let whole = fs::read(&pack).unwrap();
    for at in (12..whole.len() - 20).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&pack, &bytes).unwrap();
        let ran = env.run(&["scan", "--report=json", "."]);
        let report = ran.json(3);
        assert!(findings(&report) >= 1, "at {at}");
    }
}

#[test]
fn an_index_that_lies_or_is_absent_loses_nothing() {
    let env = two_secrets();
    env.git(&["gc", "-q"]);
    let index = pack(&env.dir.join(".git")).with_extension("idx");
    let whole = fs::read(&index).unwrap();
    make_writable(&index);
    fs::write(&index, &whole[..whole.len() / 2]).unwrap();
    let cut = env.run(&["scan", "--report=json", "."]);
    assert!(matches!(cut.code, Some(1 | 3)), "{}", cut.stderr);
    assert_eq!(findings(&serde_json::from_slice(&cut.stdout).unwrap()), 2);
    fs::remove_file(&index).unwrap();
    let absent = env.run(&["scan", "--report=json", "."]);
    assert!(matches!(absent.code, Some(1 | 3)), "{}", absent.stderr);
    assert_eq!(
        findings(&serde_json::from_slice(&absent.stdout).unwrap()),
        2
    );
}

#[test]
fn garbage_beside_the_objects_is_named_and_hides_nothing() {
    for name in ["HEAD", "packed-refs", "index", "config", "refs/heads/main"] {
        let env = two_secrets();
        fs::write(env.dir.join(".git").join(name), b"\x00garbage\xff\n[").unwrap();
        let ran = env.run(&["scan", "--report=json", "."]);
        assert!(
            matches!(ran.code, Some(1 | 3)),
            "{name}: {:?} {}",
            ran.code,
            ran.stderr
        );
        let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(findings(&report), 2, "{name}: {report:#}");
    }
}

#[test]
fn an_unknown_extension_is_refused_by_name_and_the_files_are_read() {
    let env = two_secrets();
    env.git(&["config", "core.repositoryFormatVersion", "1"]);
    env.git(&["config", "extensions.fromTheFuture", "true"]);
    let ran = env.run(&["scan", "--report=json", "."]);
    ran.expect(3);
    assert!(ran.text().contains("unsupported-format"), "{}", ran.text());
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert!(findings(&report) >= 1);
}

#[test]
fn a_missing_tree_or_commit_is_named() {
    for object in ["HEAD~^{tree}", "HEAD~"] {
        let env = two_secrets();
        let id = env.git(&["rev-parse", object]);
        let path = env.dir.join(".git/objects").join(&id[..2]).join(&id[2..]);
        fs::remove_file(path).unwrap();
        let report = env.scan(3);
        assert_eq!(reasons(&report), ["missing"]);
        assert_eq!(findings(&report), 2);
        assert!(report["coverage"]["unscanned"].to_string().contains(&id));
    }
}

#[test]
fn repositories_below_a_folder_are_read_as_such() {
    let env = two_secrets();
    let outer = TestEnv::new();
    outer.write("a.txt", "nothing\n");
    let from = env.dir.to_str().unwrap();
    outer.git(&["clone", "-q", from, "group/clone"]);
    outer.git(&["clone", "-q", "--bare", from, "group/bare"]);
    assert_eq!(findings(&outer.scan(1)), 2);
    outer.git(&["init", "-q"]);
    outer.write(".gitignore", "group\n");
    outer.git(&["add", "."]);
    outer.run(&["scan", "--sources=history", "."]).expect(0);
}

#[test]
fn a_git_file_that_leads_outside_is_named_and_not_followed() {
    let env = two_secrets();
    let outer = TestEnv::new();
    outer.write("a.txt", "nothing\n");
    outer.write("inner/b.txt", "nothing\n");
    outer.write(
        "inner/.git",
        format!("gitdir: {}/.git\n", env.dir.display()),
    );
    let report = outer.scan(3);
    assert_eq!(findings(&report), 0);
    assert_eq!(reasons(&report), ["link-not-followed"]);
    assert!(
        report["coverage"]["unscanned"]
            .to_string()
            .contains("inner/.git")
    );
}

#[test]
fn content_of_git_lfs_is_read_where_git_keeps_it() {
    let env = TestEnv::repository();
    let content = line(1);
    let oid = sha2::Sha256::digest(&content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    env.write(
        "big.bin",
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 9\n"),
    );
    env.commit("one");
    let report = env.scan(3);
    assert_eq!(reasons(&report), ["lfs"]);
    let store = format!(".git/lfs/objects/{}/{}/{oid}", &oid[..2], &oid[2..4]);
    env.write(&store, content);
    let report = env.scan(1);
    assert_eq!(places(&report), [format!("file:{store}")]);
    assert_eq!(report["coverage"]["excluded"]["lfs-pointer"], 2);
    let report = env
        .run(&["scan", "--sources", "tree", "--report", "json", "."])
        .json(3);
    assert_eq!(reasons(&report), ["lfs"]);
}
