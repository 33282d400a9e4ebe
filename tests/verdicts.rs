//! Records, statements, signatures and hostile repositories as a user meets them:
//! the program is run on small repositories made by git, and what it signs is
//! checked by openssl.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use tempfile::TempDir;

pub(crate) const SECRETS: &str = "c6e3c812-56e2-41b0-ae01-b7afc41a004c"; // bowerbird:allow a made-up sample
const PINNING: &str = "f3c4971e-9f4d-4e59-8ed0-f0bdb6262477";
pub(crate) const UPDATES: &str = "8ae0b92c-10e0-4602-ba22-7524d6aed488";
pub(crate) const TRAINING: &str = "12c90cc6-3d58-4d9b-82ff-d469d2a0c298";
pub(crate) const SIGNING: &str = "9f107927-61e9-4574-85ad-3f2b4bca8665";
const WORKFLOW: &str = "on: [push, pull_request]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n        with: {fetch-depth: 0}\n      - run: cargo build && cargo test\n      - run: gitleaks detect\n";

#[expect(
    clippy::disallowed_methods,
    reason = "the tests make repositories with git and run the program"
)]
fn command(program: &str) -> Command {
    Command::new(program)
}

pub(crate) fn git(folder: &Path, args: &[&str]) {
    let output = command("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgSign=false",
        ])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_DATE", "2026-11-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-11-01T00:00:00Z")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git {args:?}: {output:?}");
}

/// A repository with one commit of these files.
pub(crate) fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet"]);
    for (path, text) in files {
        let full = folder.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    git(folder.path(), &["add", "."]);
    git(
        folder.path(),
        &["commit", "--quiet", "--message", "a change"],
    );
    folder
}

pub(crate) fn bowerbird(args: &[&str]) -> Output {
    command(env!("CARGO_BIN_EXE_bowerbird"))
        .args(args)
        .output()
        .expect("it runs")
}

pub(crate) fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// The record of a repository, and the output.
pub(crate) fn record(path: &Path, more: &[&str]) -> (Value, Output) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.json");
    let (path, file) = (path.to_str().unwrap(), file.to_str().unwrap());
    let output = bowerbird(&[&["check", path, "--record", file][..], more].concat());
    let bytes = fs::read(file).unwrap_or_else(|_| panic!("{}", told(&output)));
    (serde_json::from_slice(&bytes).unwrap(), output)
}

pub(crate) fn activity<'a>(record: &'a Value, id: &str) -> &'a Value {
    let list = record["activities"].as_array().unwrap();
    list.iter().find(|it| it["activity"] == id).unwrap()
}

pub(crate) fn status<'a>(record: &'a Value, id: &str) -> &'a str {
    activity(record, id)["status"].as_str().unwrap()
}

#[test]
fn a_pipeline_that_repeats_the_scan_makes_the_test_implemented() {
    let folder = repository(&[(".github/workflows/ci.yml", WORKFLOW)]);
    let (record, _) = record(folder.path(), &[]);
    assert_eq!(record["activities"].as_array().unwrap().len(), 194);
    assert_eq!(status(&record, SECRETS), "implemented");
    let seen = activity(&record, SECRETS)["observations"].to_string();
    assert!(seen.contains(".github/workflows/ci.yml") && seen.contains("gitleaks detect"));
}

#[test]
fn the_same_commit_gives_the_same_bytes_wherever_it_lies() {
    let folder = repository(&[
        (".github/workflows/ci.yml", WORKFLOW),
        ("a.py", "import os\n"),
    ]);
    let other = tempfile::tempdir().unwrap();
    let url = folder.path().to_str().unwrap();
    git(other.path(), &["clone", "--quiet", url, "clone"]);
    git(&other.path().join("clone"), &["remote", "remove", "origin"]);
    let (one, _) = record(folder.path(), &["--jobs", "1"]);
    let (two, _) = record(&other.path().join("clone"), &["--jobs", "8"]);
    assert_eq!(one["activities"], two["activities"]);
    assert_eq!(one["subject"], two["subject"]);
    assert_eq!(one["completeness"]["unread"], two["completeness"]["unread"]);
    let (again, _) = record(folder.path(), &["--jobs", "8"]);
    assert_eq!(one, again);
    let schema = crate::cli::reports::schema("record-1.json");
    let faults: Vec<String> = schema.iter_errors(&one).map(|it| it.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

/// All signed records of a folder, and the worst of them as the exit code.
fn a_folder_is_verified_file_by_file(folder: &Path) {
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let verify = || bowerbird(&["verify", &at("."), "--key", &at("p.pem")]);
    let good = verify();
    assert_eq!(good.status.code(), Some(0), "{}", told(&good));
    assert!(told(&good).contains("r.json.dsse.json: signed"));
    fs::copy(at("r.json.svr.dsse.json"), at("b.dsse.json")).unwrap();
    let mixed = verify();
    assert_eq!(mixed.status.code(), Some(1), "{}", told(&mixed));
    fs::remove_file(at("b.dsse.json")).unwrap();
}

#[test]
fn a_record_is_signed_verified_and_never_replayed() {
    let folder = repository(&[(".github/workflows/ci.yml", WORKFLOW)]);
    let keys = tempfile::tempdir().unwrap();
    let at = |name: &str| keys.path().join(name).to_str().unwrap().to_owned();
    let openssl = |args: &[&str]| command("openssl").args(args).output();
    let made = openssl(&["genpkey", "-algorithm", "ed25519", "-out", &at("k.pem")]);
    if !made.is_ok_and(|output| output.status.success()) {
        return;
    }
    openssl(&["pkey", "-in", &at("k.pem"), "-pubout", "-out", &at("p.pem")]).unwrap();
    let path = folder.path().to_str().unwrap();
    let output = bowerbird(&[
        "check",
        path,
        "--record",
        &at("r.json"),
        "--sign",
        &at("k.pem"),
    ]);
    assert!(
        keys.path().join("r.json.dsse.json").exists(),
        "{}",
        told(&output)
    );
    let signed = at("r.json.dsse.json");
    let verify = |more: &[&str]| {
        bowerbird(&[&["verify", &signed, "--key", &at("p.pem")][..], more].concat())
    };
    let good = verify(&[
        "--subject",
        path,
        "--require",
        &format!("activity={SECRETS}"),
    ]);
    assert_eq!(good.status.code(), Some(0), "{}", told(&good));
    assert_eq!(verify(&["--require", "level1"]).status.code(), Some(1));
    assert_eq!(
        verify(&["--at", "2027-11-01", "--max-age", "7d"])
            .status
            .code(),
        Some(3)
    );
    let another = repository(&[("x", "y\n")]);
    let replay = verify(&["--subject", another.path().to_str().unwrap()]);
    assert_eq!(replay.status.code(), Some(1));
    assert!(told(&replay).contains("another commit or tree"));
    let companion = bowerbird(&["verify", &at("r.json.svr.dsse.json"), "--key", &at("p.pem")]);
    assert_eq!(companion.status.code(), Some(1));
    a_folder_is_verified_file_by_file(keys.path());
    // The signature holds for a program that knows nothing of ours.
    let envelope: Value = serde_json::from_slice(&fs::read(&signed).unwrap()).unwrap();
    let decode = |text: &Value| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD
            .decode(text.as_str().unwrap())
            .unwrap()
    };
    let payload = decode(&envelope["payload"]);
    let kind = envelope["payloadType"].as_str().unwrap();
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    fs::write(at("m"), [head.as_bytes(), &payload].concat()).unwrap();
    fs::write(at("s"), decode(&envelope["signatures"][0]["sig"])).unwrap();
    let checked = openssl(&[
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        &at("p.pem"),
        "-rawin",
        "-in",
        &at("m"),
        "-sigfile",
        &at("s"),
    ]);
    assert!(checked.unwrap().status.success());
}

fn attestation(activity: &str) -> String {
    format!(
        "version: 1\nattestations:\n  - activity: {activity}\n    claim: implemented\n    statement: Held\n    owner: jane\n    made_on: 2026-10-01\n    valid_until: 2027-03-01\n"
    )
}

#[test]
fn statements_count_when_they_are_committed_and_are_told_apart_from_proof() {
    let path = ".bowerbird/attestations.yaml";
    let folder = repository(&[(path, &attestation(TRAINING))]);
    let (stated, output) = record(folder.path(), &[]);
    assert_eq!(
        status(&stated, TRAINING),
        "implemented",
        "{}",
        told(&output)
    );
    let required = format!("activity={TRAINING}");
    let gate = |more: &[&str]| {
        record(
            folder.path(),
            &[&["--require", &required][..], more].concat(),
        )
        .1
        .status
        .code()
    };
    assert_eq!(gate(&[]), Some(0));
    assert_eq!(gate(&["--count", "proved"]), Some(1));
    let expired = record(folder.path(), &["--now", "1900000000"]).1;
    assert_eq!(expired.status.code(), Some(2));
    assert!(
        told(&expired).contains("attestations.yaml:3:")
            && told(&expired).contains("expired on 2027-03-01")
    );
    let loose = repository(&[("a", "b\n")]);
    fs::create_dir_all(loose.path().join(".bowerbird")).unwrap();
    fs::write(loose.path().join(path), attestation(TRAINING)).unwrap();
    let (untracked, output) = record(loose.path(), &[]);
    assert_eq!(
        (status(&untracked, TRAINING), output.status.code()),
        ("unknown", Some(2))
    );
    assert!(told(&output).contains("not committed"));
}

#[test]
fn a_policy_that_is_wrong_is_told_with_its_line() {
    let folder = repository(&[(".bowerbird/policy.yaml", "version: 1\nteem: x\n")]);
    let (_, output) = record(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told(&output).contains("policy.yaml:2:"),
        "{}",
        told(&output)
    );
}

#[test]
fn what_is_ignored_or_not_committed_proves_nothing() {
    let cargo = "[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\n";
    let folder = repository(&[("Cargo.toml", cargo), (".gitignore", "Cargo.lock\n")]);
    fs::write(folder.path().join("Cargo.lock"), "version = 4\n").unwrap();
    fs::create_dir_all(folder.path().join(".github/workflows")).unwrap();
    fs::write(folder.path().join(".github/workflows/ci.yml"), WORKFLOW).unwrap();
    let (record, _) = record(folder.path(), &[]);
    assert_eq!(status(&record, PINNING), "not_implemented");
    assert_eq!(status(&record, SECRETS), "partial");
    assert_eq!(record["completeness"]["ci_files"], 0);
}

#[test]
fn a_pin_is_a_digest_and_a_bot_must_name_every_ecosystem() {
    let digest = "a".repeat(64);
    let pinned = format!("FROM debian@sha256:{digest}\nUSER app\n");
    let folder = repository(&[("Dockerfile", &pinned)]);
    assert_eq!(
        status(&record(folder.path(), &[]).0, PINNING),
        "implemented"
    );
    let folder = repository(&[("Dockerfile", "FROM debian@latest\n")]);
    assert_eq!(
        status(&record(folder.path(), &[]).0, PINNING),
        "not_implemented"
    );
    let cargo = "[dependencies]\nb = \"1\"\n";
    let one = "version: 2\nupdates:\n  - {package-ecosystem: cargo, directory: /, schedule: {interval: weekly}}\n";
    let folder = repository(&[
        ("Cargo.toml", cargo),
        ("Dockerfile", "FROM a\n"),
        (".github/dependabot.yml", one),
    ]);
    assert_eq!(status(&record(folder.path(), &[]).0, UPDATES), "partial");
    let folder = repository(&[("Cargo.toml", cargo), (".github/dependabot.yml", one)]);
    assert_eq!(
        status(&record(folder.path(), &[]).0, UPDATES),
        "implemented"
    );
    for (path, text) in [
        (
            "package.json",
            "{\"name\": \"a\", \"devDependencies\": {\"b\": \"1\"},\n \"renovate\": {\"extends\": [\"config:base\"]}}\n",
        ),
        (
            "renovate.json5",
            "{ // all\n  extends: ['config:recommended'],\n}\n",
        ),
    ] {
        let folder = repository(&[(path, text), ("Cargo.toml", cargo)]);
        assert_eq!(
            status(&record(folder.path(), &[]).0, UPDATES),
            "implemented",
            "{path}"
        );
    }
}

#[test]
fn a_broken_pipeline_leaves_its_questions_open() {
    let folder = repository(&[(".github/workflows/ci.yml", "on: push\njobs:\n\tx: 1\n")]);
    let (record, output) = record(folder.path(), &[]);
    let build = "f6f7737f-25a9-4317-8de2-09bf59f29b5b";
    assert_eq!(status(&record, build), "unknown");
    assert_eq!(record["completeness"]["unread"][0]["topic"], "ci");
    assert!(told(&output).contains("not read (ci)"), "{}", told(&output));
}

#[test]
fn a_cut_history_says_nothing_about_signatures() {
    let origin = repository(&[("a", "1\n")]);
    git(
        origin.path(),
        &["commit", "--quiet", "--allow-empty", "--message", "b"],
    );
    let whole = record(origin.path(), &[]).0;
    assert_eq!(status(&whole, SIGNING), "not_implemented");
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.path().display());
    git(
        folder.path(),
        &["clone", "--quiet", "--depth", "1", &url, "clone"],
    );
    let cut = record(&folder.path().join("clone"), &[]).0;
    assert_eq!(status(&cut, SIGNING), "unknown");
}

#[test]
fn files_of_other_tools_are_hashed_and_forge_exports_answer() {
    let folder = repository(&[("a", "1\n")]);
    let files = tempfile::tempdir().unwrap();
    let forge = files.path().join("forge.json");
    fs::write(&forge, "{\"forge\": {\"requires-mfa\": true}}").unwrap();
    let (record, _) = record(folder.path(), &["--evidence", forge.to_str().unwrap()]);
    assert_eq!(
        status(&record, "8098e416-e1ed-4ae4-a561-83efbe76bf57"),
        "partial"
    );
    assert_eq!(record["given"][0]["sha256"].as_str().unwrap().len(), 64);
    fs::write(&forge, "{}").unwrap();
    let path = folder.path().to_str().unwrap();
    let refused = bowerbird(&["check", path, "--evidence", forge.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn views_are_made_later_and_records_are_compared() {
    let folder = repository(&[(".github/workflows/ci.yml", WORKFLOW)]);
    let out = tempfile::tempdir().unwrap();
    let at = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let path = folder.path().to_str().unwrap();
    bowerbird(&["check", path, "--record", &at("old.json")]);
    let views = ["dsomm", "oscal", "sarif-activities", "page"]
        .map(|name| format!("--report={name}={}", at(name)));
    let views: Vec<&str> = views.iter().map(String::as_str).collect();
    let made = bowerbird(&[&["convert", &at("old.json")][..], &views].concat());
    assert_eq!(made.status.code(), Some(0), "{}", told(&made));
    for name in [
        "dsomm/meta.yaml",
        "dsomm/team-progress.yaml",
        "dsomm/team-evidence.yaml",
        "oscal",
        "sarif-activities",
        "page",
    ] {
        assert!(out.path().join(name).exists(), "{name}");
    }
    git(
        folder.path(),
        &["rm", "--quiet", ".github/workflows/ci.yml"],
    );
    fs::write(folder.path().join("a"), "b\n").unwrap();
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "--message", "gone"]);
    let lower = bowerbird(&[
        "check",
        path,
        "--record",
        &at("new.json"),
        "--no-regression",
        &at("old.json"),
    ]);
    assert_eq!(lower.status.code(), Some(1), "{}", told(&lower));
    let diff = bowerbird(&["diff", &at("old.json"), &at("new.json")]);
    assert_eq!(diff.status.code(), Some(1));
    assert!(
        told(&diff).contains("down\tTest for stored secrets in code\timplemented -> partial"),
        "{}",
        told(&diff)
    );
    let merged = bowerbird(&["dsomm", "merge", &at("old.json"), "--out", &at("m")]);
    assert_eq!(merged.status.code(), Some(0), "{}", told(&merged));
}

#[test]
fn init_writes_once_and_for_what_stays_unknown() {
    let folder = repository(&[("a", "1\n")]);
    let path = folder.path().to_str().unwrap();
    let first = bowerbird(&["init", path]);
    assert_eq!(first.status.code(), Some(0), "{}", told(&first));
    let stubs = fs::read_to_string(folder.path().join(".bowerbird/attestations.yaml")).unwrap();
    assert!(stubs.contains(TRAINING) && !stubs.contains(SECRETS));
    assert!(told(&bowerbird(&["init", path])).contains("left as it is"));
    let listed = bowerbird(&["attest", "new", TRAINING]);
    assert!(told(&listed).contains(TRAINING));
}
