//! Settings beside the work tree: HEAD of a repository that has none, and every
//! version in the history with `--history-kinds`. Each problem is one finding,
//! with the commits that brought it and mended it.

use crate::git;
use crate::scratch::Scanned;
use crate::scratch::Scratch;
use serde_json::Value;
use std::path::Path;

const OPEN: &str = "FROM alpine:3.20\nUSER root\nRUN curl http://example.com/x.sh | sh\n";
const MENDED: &str = "FROM alpine:3.20\nRUN apk add --no-cache curl\nUSER 1000\n";
const RULE: &str = "dockerfile-root-user";

/// The findings of one check.
pub(crate) fn of<'a>(scanned: &'a Scanned, rule: &str) -> Vec<&'a Value> {
    let findings = scanned.report["findings"].as_array().unwrap().iter();
    findings.filter(|it| it["rule"] == rule).collect()
}

/// A scan with the built-in rules.
fn scan_in(dir: &Path, args: &[&str]) -> Scanned {
    let mut program = git::program(env!("CARGO_BIN_EXE_bowerbird"), dir);
    program.args(["scan", "-r", "json"]).args(args);
    let out = git::run(program, b"");
    Scanned {
        code: out.status.code().unwrap(),
        report: serde_json::from_slice(&out.stdout).unwrap_or(Value::Null),
        stderr: String::from_utf8(out.stderr).unwrap(),
    }
}

pub(crate) fn scan(scratch: &Scratch, args: &[&str]) -> Scanned {
    scan_in(&scratch.work(), args)
}

fn history(scratch: &Scratch, more: &[&str]) -> Scanned {
    let kinds = ["--kinds", "misconfig", "--history-kinds", "misconfig"];
    scan(scratch, &[&kinds[..], more].concat())
}

fn bare(scratch: &Scratch) {
    scratch.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
}

#[test]
fn head_of_a_bare_repository_is_judged() {
    let scratch = Scratch::new();
    scratch.commit("a/Dockerfile", MENDED, "first");
    let head = scratch.commit("b/Dockerfile", OPEN, "second");
    bare(&scratch);
    let dir = scratch.home().join("bare.git");
    let scanned = scan_in(&dir, &["--kinds", "misconfig"]);
    assert_eq!(scanned.code, 1, "{scanned:?}");
    assert_eq!(scanned.total("head.files"), Some(2));
    let found = of(&scanned, RULE);
    assert_eq!(found.len(), 1, "{scanned:?}");
    let place = &found[0]["locations"][0];
    assert_eq!(place["origin"]["path"], "b/Dockerfile");
    assert_eq!(place["origin"]["commit"], head);
    assert_eq!(place["region"]["start_line"], 2);
    assert_eq!(found[0]["exposure"]["in_head"], true);
    assert_eq!(found[0]["exposure"]["refs"][0], "refs/heads/main");
    // The same for a history that is read without its work tree, and the same identity as in it.
    let only = scan(&scratch, &["--kinds", "misconfig", "--history"]);
    assert_eq!(of(&only, RULE)[0]["fingerprint"], found[0]["fingerprint"]);
    let tree = scan(&scratch, &["--kinds", "misconfig"]);
    let same = of(&tree, RULE)[0];
    assert_eq!(same["fingerprint"], found[0]["fingerprint"]);
    assert_eq!(same["locations"][0]["origin"]["source"], "file");
    assert_eq!(tree.total("head.files"), None, "the work tree is there");
}

#[test]
fn files_of_a_module_are_judged_together_at_head() {
    let scratch = Scratch::new();
    let block = "resource \"aws_s3_bucket_public_access_block\" \"logs\" {\n  block_public_acls = var.closed\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}\n";
    let variable = |value| format!("variable \"closed\" {{\n  default = {value}\n}}\n");
    scratch.write("tf/block.tf", block);
    scratch.commit("tf/variables.tf", &variable(false), "open");
    let open = scan(&scratch, &["--kinds", "misconfig", "--history"]);
    let name = "aws-s3-public-access-block";
    let before = of(&open, name).len();
    scratch.commit("tf/variables.tf", &variable(true), "closed");
    let closed = scan(&scratch, &["--kinds", "misconfig", "--history"]);
    assert_eq!((before, of(&closed, name).len()), (1, 0), "{open:?}");
    // Over the history it is one problem of the resource, mended in another file.
    let past = history(&scratch, &[]);
    let life = &of(&past, name)[0]["exposure"];
    assert_eq!(life["in_head"], false);
    assert_eq!(life["fixed"]["id"], scratch.git(&["rev-parse", "HEAD"]));
}

#[test]
fn a_problem_of_the_past_is_one_finding_with_its_beginning_and_end() {
    let scratch = Scratch::new();
    scratch.commit("Dockerfile", MENDED, "clean");
    let began = scratch.commit("Dockerfile", OPEN, "opened");
    let last = scratch.commit("Dockerfile", &format!("# a note\n{OPEN}"), "changed");
    let ended = scratch.commit("Dockerfile", MENDED, "mended");
    scratch.commit("other.txt", "nothing\n", "later");
    assert_eq!(scan(&scratch, &["--kinds", "misconfig"]).code, 0);
    let scanned = history(&scratch, &[]);
    assert_eq!(scanned.code, 1, "{scanned:?}");
    let found = of(&scanned, RULE);
    assert_eq!(found.len(), 1, "one problem, whatever its versions");
    let life = &found[0]["exposure"];
    assert_eq!(life["introduced"]["id"], began);
    assert_eq!(life["last_seen"]["id"], last);
    assert_eq!(life["fixed"]["id"], ended);
    assert_eq!(life["in_head"], false);
    let place = &found[0]["locations"][0];
    assert_eq!(place["origin"]["commit"], began);
    assert_eq!(place["region"]["start_line"], 2);
    assert_eq!(scanned.total("config.versions"), Some(3));
    assert_eq!(scanned.total("config.commits"), Some(5));
}

#[test]
fn a_problem_of_today_keeps_its_place_and_tells_its_beginning() {
    let scratch = Scratch::new();
    let began = scratch.commit("Dockerfile", OPEN, "opened");
    scratch.commit("Dockerfile", MENDED, "mended");
    scratch.commit("Dockerfile", OPEN, "opened again");
    let scanned = history(&scratch, &[]);
    let found = of(&scanned, RULE);
    assert_eq!(found.len(), 1, "{scanned:?}");
    assert_eq!(found[0]["locations"].as_array().unwrap().len(), 1);
    assert_eq!(found[0]["locations"][0]["origin"]["source"], "file");
    let life = &found[0]["exposure"];
    assert_eq!(
        (&life["in_head"], &life["fixed"]),
        (&Value::from(true), &Value::Null)
    );
    assert_eq!(life["introduced"]["id"], began);
    // Mended in the work tree and not yet in HEAD: HEAD still has it.
    scratch.write("Dockerfile", MENDED);
    let dirty = history(&scratch, &[]);
    let origin = &of(&dirty, RULE)[0]["locations"][0]["origin"];
    assert_eq!(origin["source"], "blob");
}

#[test]
fn a_merge_that_takes_a_side_begins_and_ends_nothing() {
    let scratch = Scratch::new();
    scratch.commit("Dockerfile", MENDED, "clean");
    scratch.git(&["checkout", "-q", "-b", "side"]);
    let began = scratch.commit("Dockerfile", OPEN, "opened");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.commit("x", "", "main goes on");
    scratch.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let life = of(&history(&scratch, &[]), RULE)[0]["exposure"].clone();
    assert_eq!(life["introduced"]["id"], began);
    assert_eq!(life["in_head"], true);
    assert_eq!(life["refs_total"], 2);
}

#[test]
fn a_broken_version_neither_begins_nor_ends_anything() {
    let scratch = Scratch::new();
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: a\n    image: a\n    securityContext: {{privileged: true}}\n"
        )
    };
    let began = scratch.commit("pod.yaml", &pod("a"), "opened");
    scratch.commit("pod.yaml", "apiVersion: v1\nkind: Pod\n\t: [\n", "broken");
    scratch.commit("pod.yaml", &pod("a"), "back");
    let scanned = history(&scratch, &[]);
    assert_eq!(scanned.code, 3, "a version could not be read: {scanned:?}");
    let life = &of(&scanned, "k8s-privileged")[0]["exposure"];
    assert_eq!(life["introduced"]["id"], began);
    assert_eq!(life["in_head"], true);
}

#[test]
fn of_a_range_only_what_it_introduced_is_told() {
    let scratch = Scratch::new();
    let first = scratch.commit("old/Dockerfile", OPEN, "old");
    let began = scratch.commit("new/Dockerfile", OPEN, "new");
    scratch.commit("old/Dockerfile", &format!("# a note\n{OPEN}"), "touched");
    let scanned = history(&scratch, &["--since", &first]);
    assert_eq!(scanned.code, 1, "{scanned:?}");
    let found = of(&scanned, RULE);
    assert_eq!(found.len(), 1, "{scanned:?}");
    assert_eq!(found[0]["locations"][0]["origin"]["path"], "new/Dockerfile");
    assert_eq!(found[0]["exposure"]["introduced"]["id"], began);
    assert_eq!(found[0]["exposure"]["in_head"], true);
    let none = scan(&scratch, &["--kinds", "misconfig", "--since", &first]);
    assert!(of(&none, RULE).is_empty(), "only where it was asked for");
}

#[test]
fn what_cannot_be_judged_over_the_history_is_refused() {
    let scratch = Scratch::new();
    scratch.commit("Dockerfile", OPEN, "first");
    for args in [
        &["--history-kinds", "sast"][..],
        &["--history-kinds", "misconfig", "--kinds", "secrets"],
        &["--history-kinds", "misconfig", "--sources", "tree"],
        &["--history-kinds", "misconfig", "--staged"],
    ] {
        let scanned = scan(&scratch, args);
        assert_eq!(scanned.code, 2, "{args:?}: {scanned:?}");
        assert!(scanned.stderr.contains("history-kinds"), "{scanned:?}");
    }
}

#[test]
fn the_report_does_not_depend_on_threads() {
    let scratch = Scratch::new();
    for n in 0..20 {
        let text = if n % 3 == 0 { MENDED } else { OPEN };
        scratch.commit(
            &format!("d{}/Dockerfile", n % 4),
            &format!("# {n}\n{text}"),
            "x",
        );
    }
    let one = history(&scratch, &["--jobs", "1"]);
    let many = history(&scratch, &["--jobs", "4"]);
    assert_eq!(one.report, many.report);
}

#[test]
fn what_only_head_has_is_told_beside_the_work_tree() {
    let scratch = Scratch::new();
    scratch.write("b/Dockerfile", OPEN);
    scratch.commit("a/Dockerfile", OPEN, "opened");
    let clean = scan(&scratch, &["--kinds", "misconfig"]);
    assert_eq!(of(&clean, RULE).len(), 2);
    assert_eq!(clean.total("head.changed"), None);
    scratch.write("a/Dockerfile", MENDED);
    std::fs::remove_dir_all(scratch.work().join("b")).unwrap();
    let dirty = scan(&scratch, &["--kinds", "misconfig"]);
    let found = of(&dirty, RULE);
    assert_eq!(found.len(), 2, "{dirty:?}");
    for finding in found {
        assert_eq!(finding["locations"][0]["origin"]["source"], "blob");
        assert_eq!(finding["exposure"]["in_head"], true);
    }
    assert_eq!(dirty.total("head.changed"), Some(2));
    assert_eq!(
        scan(&scratch, &["--kinds", "misconfig", "--sources", "tree"]).code,
        0
    );
}

#[test]
fn a_submodule_is_judged_where_it_is_checked_out_and_once() {
    let inner = Scratch::new();
    inner.commit("Dockerfile", OPEN, "opened");
    let scratch = Scratch::new();
    scratch.commit("x", "", "first");
    let url = inner.work();
    let add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q"];
    scratch.git(&[&add[..], &[url.to_str().unwrap(), "sub"]].concat());
    scratch.commit("y", "", "with it");
    let scanned = scan(&scratch, &["--kinds", "misconfig"]);
    let found = of(&scanned, RULE);
    assert_eq!(found.len(), 1, "{scanned:?}");
    assert_eq!(found[0]["locations"][0]["origin"]["path"], "sub/Dockerfile");
}
