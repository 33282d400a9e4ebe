//! Kustomize as users lay it out: bases, overlays, patches in files and inline. What
//! is judged is what they render to, in the work tree and at HEAD alike.

use crate::scratch::Scratch;
use crate::settings::of;
use crate::settings::scan;
use serde_json::Value;

const RULE: &str = "k8s-privileged";

fn deployment(container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: acme/web:latest\n{container}"
    )
}

fn privileged(value: bool) -> String {
    deployment(&format!(
        "        securityContext:\n          privileged: {value}\n"
    ))
}

fn patch(container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        {container}\n"
    )
}

/// Where the check speaks, in the work tree; HEAD of a history without one must say the same.
fn places(files: &[(&str, &str)], more: &[&str], rule: &str) -> Vec<(String, u64)> {
    let scratch = Scratch::new();
    for (path, text) in files {
        scratch.write(path, text);
    }
    scratch.commit("last", "", "all");
    let told = |args: &[&str]| {
        let scanned = scan(&scratch, &[args, more].concat());
        let place = |it: &&Value| {
            let place = &it["locations"][0];
            let path = place["origin"]["path"].as_str().unwrap().to_owned();
            (path, place["region"]["start_line"].as_u64().unwrap())
        };
        let mut places: Vec<_> = of(&scanned, rule).iter().map(place).collect();
        places.sort();
        places
    };
    let tree = told(&["--kinds", "misconfig", "--sources", "tree"]);
    assert_eq!(tree, told(&["--kinds", "misconfig", "--history"]));
    tree
}

fn at(path: &str, line: u64) -> Vec<(String, u64)> {
    vec![(path.to_owned(), line)]
}

const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [web.yaml]\n");

#[test]
fn a_base_that_its_overlay_mends_is_no_fault() {
    let base = privileged(true);
    let mend = patch("securityContext: {privileged: false}");
    let files = |overlay| {
        vec![
            BASE,
            ("base/web.yaml", base.as_str()),
            ("prod/kustomization.yaml", overlay),
            ("prod/mend.yaml", mend.as_str()),
        ]
    };
    for overlay in [
        "resources: [../base]\npatches:\n- path: mend.yaml\n",
        "bases: [../base]\npatchesStrategicMerge: [mend.yaml]\n",
        "resources: [../base]\npatches:\n- target: {kind: Deployment, name: w.b}\n  patch: |\n    - {op: replace, path: /spec/template/spec/containers/0/securityContext/privileged, value: false}\n",
        "resources: [../base]\npatches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {template: {spec: {containers: [{name: web, $patch: delete}]}}}\n",
    ] {
        assert_eq!(places(&files(overlay), &[], RULE), [], "{overlay}");
    }
    let plain = "resources: [../base]\n";
    assert_eq!(places(&files(plain), &[], RULE), at("base/web.yaml", 12));
    // Two overlays, and one of them leaves it open.
    let mut two = files("resources: [../base]\npatches:\n- path: mend.yaml\n");
    two.push(("test/kustomization.yaml", plain));
    assert_eq!(places(&two, &[], RULE), at("base/web.yaml", 12));
}

#[test]
fn what_a_patch_opens_is_told_where_it_says_so() {
    let base = deployment("");
    let open = patch("securityContext: {privileged: true}");
    let overlay = "resources: [../base]\npatches:\n- path: open.yaml\n";
    let files = [
        BASE,
        ("base/web.yaml", base.as_str()),
        ("prod/kustomization.yaml", overlay),
        ("prod/open.yaml", open.as_str()),
    ];
    assert_eq!(places(&files, &[], RULE), at("prod/open.yaml", 9));
    let inline = "resources: [../base]\npatches:\n- target: {kind: Deployment}\n  patch: |\n    - {op: add, path: /spec/template/spec/containers/0/securityContext, value: {privileged: true}}\n";
    let files = [
        BASE,
        ("base/web.yaml", base.as_str()),
        ("prod/kustomization.yaml", inline),
    ];
    let told = places(&files, &[], RULE);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "base/web.yaml");
}

#[test]
fn what_a_patch_leaves_out_is_not_missing() {
    let base = deployment("        resources: {limits: {memory: 1Gi, cpu: 1}}\n");
    let small = patch("args: [a]");
    let overlay = "resources: [../base]\npatches:\n- path: small.yaml\n";
    let rule = "k8s-no-memory-limit";
    let files = [
        BASE,
        ("base/web.yaml", base.as_str()),
        ("prod/kustomization.yaml", overlay),
        ("prod/small.yaml", small.as_str()),
    ];
    assert_eq!(places(&files, &["--all"], rule), []);
    let alone = [("prod/small.yaml", small.as_str())];
    assert_eq!(
        places(&alone, &["--all"], rule).len(),
        1,
        "the check is of this name"
    );
}

#[test]
fn images_are_those_of_the_kustomization() {
    let base = deployment("");
    let digest = "a".repeat(64);
    let pinned = format!(
        "resources: [../base]\nimages:\n- name: acme/web\n  newName: acme/web2\n  digest: sha256:{digest}\n"
    );
    let rule = "k8s-image-latest";
    let files = |overlay| {
        vec![
            BASE,
            ("base/web.yaml", base.as_str()),
            ("prod/kustomization.yaml", overlay),
        ]
    };
    assert_eq!(places(&files(&pinned), &["--all"], rule), []);
    assert_eq!(
        places(&files("resources: [../base]\n"), &["--all"], rule).len(),
        1
    );
}

#[test]
fn what_only_a_run_would_show_is_no_finding() {
    let base = privileged(true);
    for overlay in [
        "resources: [../base]\ntransformers: [t.yaml]\n",
        "resources: [../base]\npatches:\n- path: not-here.yaml\n",
        "resources: [../base]\npatches:\n- path: x.yaml\n  target: {labelSelector: a=b}\n",
    ] {
        let files = [
            BASE,
            ("base/web.yaml", base.as_str()),
            ("prod/kustomization.yaml", overlay),
            ("prod/x.yaml", "- {op: remove, path: /spec}\n"),
        ];
        assert_eq!(places(&files, &[], RULE), [], "{overlay}");
    }
}
