//! Signatures of commits and tags against the keys that a user gives: commits are
//! signed here with keys made from seeds, written as git writes them, and looked
//! at by the program. That git signs in the same way is one test of its own.

use crate::verdicts::SIGNING;
use crate::verdicts::activity;
use crate::verdicts::bowerbird;
use crate::verdicts::git;
use crate::verdicts::record;
use crate::verdicts::repository;
use crate::verdicts::status;
use crate::verdicts::told;
use serde_json::Value;
use ssh_key::HashAlg;
use ssh_key::LineEnding;
use ssh_key::PrivateKey;
use ssh_key::private::Ed25519Keypair;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

/// An `allowed_signers` file of these keys.
fn signers(folder: &Path, seeds: &[u8]) -> String {
    let line = |seed: &u8| {
        let public = key(*seed).public_key().to_openssh().unwrap();
        format!("jane@example.org {public}\n")
    };
    let text: String = seeds.iter().map(line).collect();
    let path = folder.join("allowed_signers");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn armor(key: &PrivateKey, payload: &str) -> String {
    let signature = key.sign("git", HashAlg::Sha512, payload.as_bytes());
    signature.unwrap().to_pem(LineEnding::LF).unwrap()
}

fn write(folder: &Path, kind: &str, text: &str) -> String {
    let args = ["hash-object", "-t", kind, "-w", "--stdin"];
    let id = crate::git::git(folder, &args, text.as_bytes());
    String::from_utf8(id).unwrap().trim().to_owned()
}

fn id_of(folder: &Path, revision: &str) -> String {
    let id = crate::git::git(folder, &["rev-parse", revision], b"");
    String::from_utf8(id).unwrap().trim().to_owned()
}

/// Adds a commit signed by a key; `change` is done to its text after it was signed.
fn commit(folder: &Path, seed: u8, committer: &str, change: impl Fn(&str) -> String) -> String {
    let (tree, parent) = (id_of(folder, "HEAD^{tree}"), id_of(folder, "HEAD"));
    let headers = format!(
        "tree {tree}\nparent {parent}\nauthor Jane <jane@example.org> 1793500000 +0000\ncommitter Jane <{committer}> 1793500000 +0000\n"
    );
    let message = "\na change\n";
    let signature = armor(&key(seed), &format!("{headers}{message}"));
    let signature = signature.trim_end().replace('\n', "\n ");
    let text = change(&format!("{headers}gpgsig {signature}\n{message}"));
    let id = write(folder, "commit", &text);
    git(folder, &["reset", "--quiet", "--hard", &id]);
    id
}

fn same(text: &str) -> String {
    text.to_owned()
}

/// A repository whose last 19 of 20 commits are signed.
fn signed_history() -> TempDir {
    let folder = repository(&[("a", "1\n")]);
    for _ in 0..19 {
        commit(folder.path(), 1, "jane@example.org", same);
    }
    folder
}

fn counts(record: &Value) -> &Value {
    &record["signatures"]["commits"]["of"]
}

#[test]
fn only_the_keys_that_the_user_gives_verify() {
    let folder = signed_history();
    let keys = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (none, _) = record(path, &[]);
    assert_eq!(status(&none, SIGNING), "partial");
    assert_eq!(counts(&none)["unknown-key"], 19);
    let (others, _) = record(path, &["--signers", &signers(keys.path(), &[2])]);
    assert_eq!(status(&others, SIGNING), "partial");
    let (given, _) = record(path, &["--signers", &signers(keys.path(), &[1, 2])]);
    assert_eq!(status(&given, SIGNING), "implemented");
    assert_eq!(counts(&given)["verified"], 19);
    let file = &given["signatures"]["signers"][0];
    assert_eq!((&file["format"], &file["keys"]), (&"ssh".into(), &2.into()));
    // What the repository itself says about keys counts for nothing.
    fs::copy(keys.path().join("allowed_signers"), path.join("allowed")).unwrap();
    git(path, &["config", "gpg.ssh.allowedSignersFile", "allowed"]);
    assert_eq!(status(&record(path, &[]).0, SIGNING), "partial");
}

#[test]
fn a_bad_signature_is_told_by_its_commit() {
    let folder = signed_history();
    let keys = tempfile::tempdir().unwrap();
    let path = folder.path();
    let moved = |text: &str| text.replace("a change", "another change");
    let bad = commit(path, 1, "jane@example.org", moved);
    for _ in 0..20 {
        commit(path, 1, "jane@example.org", same);
    }
    let (record, output) = record(path, &["--signers", &signers(keys.path(), &[1])]);
    assert_eq!(status(&record, SIGNING), "partial");
    assert_eq!(counts(&record)["bad"], 1);
    assert_eq!(record["signatures"]["commits"]["bad"][0], bad.as_str());
    let seen = activity(&record, SIGNING).to_string();
    assert!(seen.contains(&bad), "{seen}");
    assert!(told(&output).contains(&bad), "{}", told(&output));
}

#[test]
fn the_forge_and_unknown_keys_are_counted_apart() {
    let folder = signed_history();
    commit(folder.path(), 3, "noreply@github.com", same);
    commit(folder.path(), 3, "jane@example.org", same);
    let keys = tempfile::tempdir().unwrap();
    let (record, _) = record(folder.path(), &["--signers", &signers(keys.path(), &[1])]);
    let counts = counts(&record);
    assert_eq!(
        (&counts["forge"], &counts["unknown-key"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn tags_are_verified_too() {
    let folder = repository(&[("a", "1\n")]);
    let path = folder.path();
    let head = id_of(path, "HEAD");
    let text = format!(
        "object {head}\ntype commit\ntag v1\ntagger Jane <jane@example.org> 1793500000 +0000\n\nnote\n"
    );
    let signature = armor(&key(1), &text);
    let good = write(path, "tag", &format!("{text}{signature}"));
    let bad = write(path, "tag", &format!("{text}more\n{signature}"));
    git(path, &["update-ref", "refs/tags/v1", &good]);
    git(path, &["update-ref", "refs/tags/v2", &bad]);
    git(path, &["tag", "light"]);
    let keys = tempfile::tempdir().unwrap();
    let (record, _) = record(path, &["--signers", &signers(keys.path(), &[1])]);
    let tags = &record["signatures"]["tags"];
    assert_eq!(
        tags["of"],
        serde_json::json!({"verified": 1, "bad": 1, "unsigned": 1})
    );
    assert_eq!(tags["bad"][0], bad.as_str());
}

#[test]
fn a_file_that_holds_no_key_is_refused_with_its_line() {
    let folder = repository(&[("a", "1\n")]);
    let keys = tempfile::tempdir().unwrap();
    let file = keys.path().join("k");
    fs::write(&file, "# nothing\njane ssh-ed25519 AAAA\n").unwrap();
    let (path, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
    let output = bowerbird(&["check", path, "--signers", file]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told(&output).contains("line 2: no public key"),
        "{}",
        told(&output)
    );
}

/// Git and ssh-keygen themselves, where they can sign.
#[test]
fn what_git_signs_is_verified() {
    let keys = tempfile::tempdir().unwrap();
    let file = keys.path().join("key");
    let private = key(7).to_openssh(LineEnding::LF).unwrap();
    fs::write(&file, private.as_bytes()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let folder = repository(&[("a", "1\n")]);
    let path = folder.path();
    git(path, &["config", "gpg.format", "ssh"]);
    git(path, &["config", "user.signingKey", file.to_str().unwrap()]);
    let amend = ["commit", "--quiet", "--amend", "--no-edit", "--gpg-sign"];
    let signed = crate::git::command(path, &amend).output();
    if !signed.is_ok_and(|output| output.status.success()) {
        return;
    }
    git(path, &["tag", "--sign", "v1", "-m", "note"]);
    let (record, _) = record(path, &["--signers", &signers(keys.path(), &[7])]);
    assert_eq!(status(&record, SIGNING), "implemented");
    let tags = &record["signatures"]["tags"]["of"];
    assert_eq!(tags, &serde_json::json!({"verified": 1}));
}
