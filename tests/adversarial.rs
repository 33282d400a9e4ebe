//! Repositories made to be believed, and repositories that are odd without ill
//! will: none of them may get a better verdict than it earned, and none may stop
//! the program. What pipelines try is beside their readers (`survey/ci/tests.rs`);
//! statements and signatures have tests of their own; here is the rest.

use crate::cli::token;
use crate::verdicts::SECRETS;
use crate::verdicts::SIGNING;
use crate::verdicts::TRAINING;
use crate::verdicts::UPDATES;
use crate::verdicts::activity;
use crate::verdicts::bowerbird;
use crate::verdicts::git;
use crate::verdicts::record;
use crate::verdicts::repository;
use crate::verdicts::status;
use crate::verdicts::told;
use std::fs;
use std::path::Path;

const REVIEWS: &str = "3f63bdbc-c75f-4780-a941-e6ad42e894e1";
const OPEN: &str = "tested by this run, and secrets are open";

/// What the check says of stored secrets in a repository.
fn reason(folder: &Path) -> String {
    let (record, _) = record(folder, &[]);
    let told = activity(&record, SECRETS);
    told["reason"].as_str().unwrap().to_owned()
}

fn commit(folder: &Path, message: &str) {
    git(
        folder,
        &["commit", "--quiet", "--allow-empty", "-m", message],
    );
}

/// Writes an object that git itself would not make, and gives its id.
fn object(folder: &Path, kind: &str, bytes: &[u8]) -> String {
    let args = ["hash-object", "-t", kind, "-w", "--stdin", "--literally"];
    let id = crate::git::git(folder, &args, bytes);
    String::from_utf8(id).unwrap().trim().to_owned()
}

fn id_of(folder: &Path, revision: &str) -> String {
    let id = crate::git::git(folder, &["rev-parse", revision], b"");
    String::from_utf8(id).unwrap().trim().to_owned()
}

#[test]
fn a_secret_is_open_wherever_the_repository_keeps_it() {
    let plain = repository(&[("a", "1\n")]);
    assert_ne!(reason(plain.path()), OPEN);
    let token = token(1);
    let message = repository(&[("a", "1\n")]);
    commit(message.path(), &format!("use {token}"));
    assert_eq!(reason(message.path()), OPEN, "a commit message");
    let tag = repository(&[("a", "1\n")]);
    git(tag.path(), &["tag", "-a", "v1", "-m", &token]);
    assert_eq!(reason(tag.path()), OPEN, "the message of a tag");
    let name = repository(&[(&format!("keys/{token}.txt"), "1\n")]);
    assert_eq!(reason(name.path()), OPEN, "a file name");
    let note = repository(&[("a", "1\n")]);
    git(note.path(), &["notes", "add", "-m", &token]);
    assert_eq!(reason(note.path()), OPEN, "a note");
}

/// A forge keeps every request under refs of its own, and `git stash` keeps what was put away.
#[test]
fn refs_beside_branches_and_tags_are_history_too() {
    for name in ["refs/pull/1/head", "refs/stash", "refs/notes/x", "refs/odd"] {
        let folder = repository(&[("a", "1\n")]);
        let path = folder.path();
        git(path, &["checkout", "--quiet", "-b", "side"]);
        fs::write(path.join("b"), format!("key = \"{}\"\n", token(1))).unwrap();
        git(path, &["add", "."]);
        commit(path, "side");
        git(path, &["update-ref", name, "HEAD"]);
        git(path, &["checkout", "--quiet", "main"]);
        git(path, &["branch", "--quiet", "-D", "side"]);
        git(path, &["reflog", "expire", "--expire=now", "--all"]);
        assert_eq!(reason(path), OPEN, "{name}");
    }
}

#[test]
fn a_history_that_is_rewritten_on_reading_is_read_as_it_was_written() {
    let folder = repository(&[("a", &format!("key = \"{}\"\n", token(1)))]);
    let path = folder.path();
    fs::write(path.join("a"), "gone\n").unwrap();
    git(path, &["add", "."]);
    commit(path, "gone");
    // The commit with the secret is replaced by one without.
    let tree = id_of(path, "HEAD^{tree}");
    let clean = crate::git::git(path, &["commit-tree", "-m", "clean", &tree], b"");
    let clean = String::from_utf8(clean).unwrap();
    git(path, &["replace", "HEAD~1", clean.trim()]);
    assert_eq!(reason(path), OPEN, "replaced");
    let (report, _) = record(path, &[]);
    assert!(report.to_string().contains("replace-refs"), "{report}");
    // The same hidden by a graft, on which the report is never complete.
    git(path, &["replace", "-d", &id_of(path, "HEAD~1")]);
    let grafts = format!("{}\n", id_of(path, "HEAD"));
    fs::create_dir_all(path.join(".git/info")).unwrap();
    fs::write(path.join(".git/info/grafts"), grafts).unwrap();
    assert_eq!(reason(path), OPEN, "grafted");
    let clean = repository(&[("a", "1\n")]);
    fs::write(clean.path().join(".git/info/grafts"), "").unwrap();
    let whole = reason(clean.path());
    let grafts = format!("{}\n", id_of(clean.path(), "HEAD"));
    fs::write(clean.path().join(".git/info/grafts"), grafts).unwrap();
    let cut = reason(clean.path());
    assert_ne!(whole, cut);
    assert!(cut.contains("not everything could be read"), "{cut}");
}

#[test]
fn a_signature_that_is_not_verified_is_only_seen() {
    let good = "-----BEGIN SSH SIGNATURE-----\n U1NIU0lHAAAAAQ\n -----END SSH SIGNATURE-----";
    let expired =
        "-----BEGIN PGP SIGNATURE-----\n \n iQEzBAABCAAdFiEE\n -----END PGP SIGNATURE-----";
    for (signature, verdict) in [
        (good, "partial"),
        (expired, "partial"),
        ("x", "not_implemented"),
    ] {
        let folder = repository(&[("a", "1\n")]);
        let path = folder.path();
        let tree = id_of(path, "HEAD^{tree}");
        let who = "Test <test@example.org> 1793500000 +0000";
        let text = format!(
            "tree {tree}\nauthor {who}\ncommitter {who}\ngpgsig {signature}\n\nover other data\n"
        );
        let id = object(path, "commit", text.as_bytes());
        git(path, &["reset", "--quiet", "--hard", &id]);
        assert_eq!(status(&record(path, &[]).0, SIGNING), verdict);
    }
}

#[test]
fn a_bot_by_name_only_is_a_person() {
    let cargo = "[dependencies]\nb = \"1\"\n";
    let bumps = |name: &str, mail: &str| {
        let folder = repository(&[("Cargo.toml", cargo)]);
        for n in 0..4 {
            let author = format!("--author={name} <{mail}>");
            let message = format!("Bump b from 1.{n} to 1.{}", n + 1);
            let args = [
                "commit",
                "--quiet",
                "--allow-empty",
                "-m",
                &message,
                &author,
            ];
            git(folder.path(), &args);
        }
        status(&record(folder.path(), &[]).0, UPDATES).to_owned()
    };
    let real = "49699333+dependabot[bot]@users.noreply.github.com";
    assert_eq!(bumps("dependabot[bot]", real), "implemented");
    assert_eq!(
        bumps("dependabot[bot]", "me@example.org"),
        "not_implemented"
    );
    assert_eq!(bumps("me", real), "not_implemented");
}

/// Requests that a forge squashed leave one commit each: who reviewed is not in them.
#[test]
fn a_history_of_squashed_requests_claims_no_review() {
    let folder = repository(&[("a", "1\n")]);
    for n in 0..30 {
        commit(folder.path(), &format!("Do something (#{n})"));
    }
    let (squashed, _) = record(folder.path(), &[]);
    assert_eq!(status(&squashed, REVIEWS), "partial");
    let plain = repository(&[("a", "1\n")]);
    for n in 0..30 {
        commit(plain.path(), &format!("Do something {n}"));
    }
    assert_eq!(status(&record(plain.path(), &[]).0, REVIEWS), "unknown");
}

/// A statement's dates stand in its file: a rebase makes it neither older nor younger, and the
/// record of the commit that was is none of the commit that is.
#[test]
fn a_statement_survives_a_rebase_and_its_record_does_not() {
    let text = format!(
        "version: 1\nattestations:\n  - activity: {TRAINING}\n    claim: implemented\n    statement: Held\n    owner: jane\n    made_on: 2026-10-01\n    valid_until: 2027-03-01\n"
    );
    let folder = repository(&[(".bowerbird/attestations.yaml", &text)]);
    let path = folder.path();
    let (before, _) = record(path, &[]);
    let amend = [
        "commit",
        "--quiet",
        "--amend",
        "-m",
        "moved",
        "--date",
        "2026-11-20T00:00:00Z",
    ];
    git(path, &amend);
    let (after, _) = record(path, &[]);
    assert_eq!(status(&before, TRAINING), "implemented");
    assert_eq!(status(&after, TRAINING), "implemented");
    assert_eq!(before["attestations"], after["attestations"]);
    assert_ne!(before["subject"]["commit"], after["subject"]["commit"]);
}

#[test]
#[cfg(unix)]
fn a_workflow_that_is_a_link_runs_nothing() {
    let folder = repository(&[(
        "ci/real.yml",
        "on: push\njobs: {a: {steps: [{run: gitleaks detect}]}}\n",
    )]);
    let path = folder.path();
    fs::create_dir_all(path.join(".github/workflows")).unwrap();
    for (name, target) in [("in.yml", "../../ci/real.yml"), ("out.yml", "/etc/passwd")] {
        let link = path.join(".github/workflows").join(name);
        std::os::unix::fs::symlink(target, link).unwrap();
    }
    git(path, &["add", "."]);
    commit(path, "links");
    let (linked, _) = record(path, &[]);
    assert_eq!(linked["completeness"]["ci_files"], 0, "{linked}");
    assert_eq!(status(&linked, SECRETS), "partial");
}

#[test]
#[cfg(target_os = "linux")]
fn a_path_that_is_no_text_stops_nothing() {
    use std::os::unix::ffi::OsStrExt;
    let folder = repository(&[("a", "1\n")]);
    let path = folder.path();
    for name in [
        &b"caf\xe9.txt"[..],
        b".github/workflows/\xff.yml",
        b"new\nline.txt",
    ] {
        let full = path.join(std::ffi::OsStr::from_bytes(name));
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, format!("key: \"{}\"\n", token(1))).unwrap();
    }
    git(path, &["add", "."]);
    commit(path, "odd names");
    let (odd, output) = record(path, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert_eq!(activity(&odd, SECRETS)["reason"], OPEN);
    let unread = &odd["completeness"]["unread"][0]["spot"]["path"];
    assert_eq!(unread, ".github/workflows/%FF.yml", "as findings name it");
}

/// A model of two documents, ids that are none, a version that is a number by mistake.
#[test]
fn a_model_of_the_user_keeps_everything_that_is_not_ours() {
    let folder = repository(&[("a", "1\n")]);
    let files = tempfile::tempdir().unwrap();
    let at = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let path = folder.path().to_str().unwrap();
    let made = bowerbird(&["check", path, "--record", &at("r.json")]);
    assert!(
        made.status.code().is_some_and(|code| code < 2),
        "{}",
        told(&made)
    );
    let model = format!(
        "meta:\n  version: 5.10\n---\nBuild:\n  A:\n    uuid: not-a-uuid\n    references: {{iso27001-2017: [5.10]}}\n  B:\n    uuid: {SECRETS}\n    risk: \"it's so\"\n"
    );
    fs::write(at("generated.yaml"), &model).unwrap();
    let patched = bowerbird(&[
        "convert",
        &at("r.json"),
        "--dsomm-v3",
        &at("generated.yaml"),
        "--patched",
        &at("patched.yaml"),
    ]);
    assert_eq!(patched.status.code(), Some(0), "{}", told(&patched));
    let text = fs::read_to_string(at("patched.yaml")).unwrap();
    for line in model.lines() {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    let documents = serde_saphyr::from_multiple::<serde_json::Value>(&text).unwrap();
    assert_eq!(documents.len(), 2);
    assert!(documents[1]["Build"]["A"].get("teamsImplemented").is_none());
    assert!(documents[1]["Build"]["B"].get("teamsImplemented").is_some());
}

#[test]
fn names_of_teams_that_yaml_takes_for_something_else_stay_names() {
    for team in [
        "No",
        "No:",
        "it's",
        "\"",
        "# x",
        "- a",
        "{a: b}",
        "2026-11-23",
        "~",
    ] {
        let quoted = format!("'{}'", team.replace('\'', "''"));
        let policy = format!("version: 1\nteam: {quoted}\n");
        let folder = repository(&[(".bowerbird/policy.yaml", &policy)]);
        let files = tempfile::tempdir().unwrap();
        let at = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
        let path = folder.path().to_str().unwrap();
        bowerbird(&["check", path, "--record", &at("r.json")]);
        let merged = bowerbird(&["dsomm", "merge", &at("r.json"), "--out", &at("out")]);
        assert_eq!(merged.status.code(), Some(0), "{team}: {}", told(&merged));
        let wanted = team.replace(['\'', '"'], "-");
        for file in ["meta.yaml", "team-progress.yaml", "team-evidence.yaml"] {
            let text = fs::read_to_string(files.path().join("out").join(file)).unwrap();
            let value: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
            assert!(
                value.to_string().contains(&wanted.replace('"', "\\\"")),
                "{file}: {text}"
            );
        }
    }
}
