//! The rules for dependencies as a test, read from `Cargo.lock` and the crates'
//! own manifests: what they may be licensed under, that none of them can reach a
//! network, and that there are few. `deny.toml` says the same for `cargo deny`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Crates that speak to a network or bring a second git.
const REFUSED: &[&str] = &[
    "reqwest",
    "hyper",
    "ureq",
    "curl",
    "curl-sys",
    "rustls",
    "openssl",
    "openssl-sys",
    "native-tls",
    "tokio",
    "async-std",
    "gix",
    "git-repository",
    "libssh2-sys",
    "isahc",
    "attohttpc",
];

/// Licences we accept, as SPDX ids.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "CC0-1.0",
    "0BSD",
    "MIT-0",
    "BSL-1.0",
    "bzip2-1.0.6",
];

/// Direct dependencies, the grammars of languages left out: these are tables, one a language.
const MOST_DIRECT: usize = 45;

/// What the names of grammars begin with.
const GRAMMAR: &str = "tree-sitter-";

/// The platform of this machine: only what is built here must be at hand.
#[expect(
    clippy::disallowed_methods,
    reason = "the test asks rustc where it runs"
)]
fn host() -> String {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc speaks UTF-8");
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.expect("rustc names its host").to_owned()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test asks cargo about the crate itself"
)]
fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--filter-platform",
            &host(),
        ])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// Ids of the packages that end up in the binary or build it (no development dependencies).
fn shipped(metadata: &serde_json::Value) -> BTreeSet<String> {
    let nodes = metadata["resolve"]["nodes"]
        .as_array()
        .expect("a resolved graph");
    let root = metadata["resolve"]["root"]
        .as_str()
        .expect("a root")
        .to_owned();
    let mut reached = BTreeSet::new();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        if !reached.insert(id.clone()) {
            continue;
        }
        let node = nodes
            .iter()
            .find(|node| node["id"] == id.as_str())
            .expect("a node");
        for dependency in node["deps"].as_array().expect("dependencies") {
            let kinds = dependency["dep_kinds"].as_array().expect("kinds");
            if kinds.iter().any(|kind| kind["kind"] != "dev") {
                open.push(dependency["pkg"].as_str().expect("a package").to_owned());
            }
        }
    }
    reached
}

#[test]
fn dependencies_are_few_licensed_and_offline() {
    let metadata = metadata();
    let shipped = shipped(&metadata);
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let (id, name) = (
            package["id"].as_str().expect("id"),
            package["name"].as_str().expect("name"),
        );
        if !shipped.contains(id) {
            continue;
        }
        if REFUSED.contains(&name) {
            wrong.push(format!("{name} can reach a network or is a second git"));
        }
        let licence = package["license"].as_str().unwrap_or_default();
        if !is_accepted(licence) {
            wrong.push(format!("{name} is licensed `{licence}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let root = metadata["resolve"]["root"].as_str().expect("a root");
    let direct = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .find(|package| package["id"] == root)
        .map(|package| package["dependencies"].as_array().expect("dependencies"))
        .expect("the root package")
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .filter(|dependency| {
            !dependency["name"]
                .as_str()
                .is_some_and(|name| name.starts_with(GRAMMAR))
        })
        .count();
    assert!(
        direct <= MOST_DIRECT,
        "{direct} direct dependencies, at most {MOST_DIRECT}"
    );
}

/// True when one alternative of an SPDX expression is made of accepted licences only.
fn is_accepted(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    let accepted =
        |id: &str| LICENCES.contains(&id.trim().split(" WITH ").next().unwrap_or_default());
    plain
        .split(" AND ")
        .all(|part| part.split(" OR ").any(accepted))
}
