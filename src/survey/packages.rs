//! Manifests, their lock files, and the bots that keep them up to date. A manifest
//! is a thing with properties: locked, scanned by a pipeline, of the server or of
//! the browser; an ecosystem is updated when a bot's configuration names it.

use super::Notes;
use super::at;
use super::glob;
use super::tree;
use super::tree::word;
use crate::model::survey::Step;
use serde_json::Value;
use std::collections::BTreeMap;

/// Ecosystem, manifest names, lock files beside or above it.
const ECOSYSTEMS: &[(&str, &[&str], &[&str])] = &[
    (
        "npm",
        &["package.json"],
        &[
            "package-lock.json",
            "npm-shrinkwrap.json",
            "pnpm-lock.yaml",
            "yarn.lock",
            "bun.lock",
            "bun.lockb",
        ],
    ),
    ("cargo", &["Cargo.toml"], &["Cargo.lock"]),
    (
        "python",
        &[
            "pyproject.toml",
            "requirements.txt",
            "Pipfile",
            "setup.py",
            "setup.cfg",
        ],
        &[
            "poetry.lock",
            "uv.lock",
            "Pipfile.lock",
            "pdm.lock",
            "pylock.toml",
        ],
    ),
    ("go", &["go.mod"], &["go.sum"]),
    ("ruby", &["Gemfile"], &["Gemfile.lock"]),
    ("composer", &["composer.json"], &["composer.lock"]),
    ("maven", &["pom.xml"], &[]),
    (
        "gradle",
        &["build.gradle", "build.gradle.kts"],
        &["gradle.lockfile", "gradle/verification-metadata.xml"],
    ),
    ("nuget", &[], &["packages.lock.json"]),
    ("hex", &["mix.exs"], &["mix.lock"]),
];

/// Names of dependabot's ecosystems and of ours.
const BOT_NAMES: &[(&str, &str)] = &[
    ("npm", "npm"),
    ("yarn", "npm"),
    ("bun", "npm"),
    ("cargo", "cargo"),
    ("pip", "python"),
    ("uv", "python"),
    ("poetry", "python"),
    ("gomod", "go"),
    ("bundler", "ruby"),
    ("composer", "composer"),
    ("maven", "maven"),
    ("gradle", "gradle"),
    ("nuget", "nuget"),
    ("mix", "hex"),
    ("docker", "docker"),
    ("docker-compose", "docker"),
    ("github-actions", "actions"),
    ("terraform", "terraform"),
];

fn ecosystem(path: &str) -> Option<usize> {
    let name = glob::name(path);
    let by_name = ECOSYSTEMS
        .iter()
        .position(|(_, names, _)| names.contains(&name));
    let project = [".csproj", ".fsproj", ".vbproj"]
        .iter()
        .any(|end| name.ends_with(end));
    by_name.or_else(|| {
        project
            .then(|| ECOSYSTEMS.iter().position(|it| it.0 == "nuget"))
            .flatten()
    })
}

/// True for a file that names dependencies.
pub(super) fn is_manifest(path: &str) -> bool {
    ecosystem(path).is_some() || glob::name(path).starts_with("requirements")
}

/// Whether a manifest names any dependency from outside.
fn has_dependencies(name: &str, text: &str) -> bool {
    match name {
        "package.json" => serde_json::from_str::<Value>(text).is_ok_and(|root| {
            let filled = |key: &str| {
                root.get(key)
                    .and_then(Value::as_object)
                    .is_some_and(|it| !it.is_empty())
            };
            filled("dependencies") || filled("devDependencies") || filled("optionalDependencies")
        }),
        "Cargo.toml" => text.contains("dependencies"),
        "pyproject.toml" => text.contains("dependencies"),
        "setup.py" | "setup.cfg" => text.contains("install_requires"),
        "go.mod" => text.contains("require"),
        "pom.xml" => text.contains("<dependency>") || text.contains("<parent>"),
        "Gemfile" => text.contains("gem ") || text.contains("gemspec"),
        "composer.json" => text.contains("\"require"),
        _ => true,
    }
}

/// Notes manifests and update bots.
pub(super) fn look(notes: &mut Notes<'_>) {
    let paths: Vec<String> = notes.files.paths().to_vec();
    let mut seen: BTreeMap<(String, &str), (String, bool)> = BTreeMap::new();
    for path in &paths {
        let Some(kind) =
            ecosystem(path).filter(|_| !glob::is_foreign(path) && !glob::is_test(path))
        else {
            continue;
        };
        let Some(text) = notes.files.text(path) else {
            notes.unread("manifest", path, "not readable as text");
            continue;
        };
        if !has_dependencies(glob::name(path), &text) {
            continue;
        }
        let (name, _, locks) = ECOSYSTEMS[kind];
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let locked = locks.iter().any(|lock| above(notes, folder, lock))
            || (glob::name(path) == "requirements.txt" && text.contains("--hash=sha256"))
            || (name == "maven"
                && !text.contains("LATEST")
                && !text.contains("-SNAPSHOT</version>")
                && !has_range(&text))
            || (name == "gradle" && text.contains("enforcedPlatform"));
        let entry = seen
            .entry((folder.to_owned(), name))
            .or_insert((path.clone(), false));
        entry.1 |= locked;
    }
    let steps = notes.survey.steps.clone();
    let client = |path: &str, notes: &Notes<'_>| is_client(path, notes);
    let mut ecosystems: BTreeMap<&str, String> = BTreeMap::new();
    for ((_, name), (path, locked)) in &seen {
        let mut has = vec![if client(path, notes) {
            "client"
        } else {
            "server"
        }];
        if *locked {
            has.push("locked");
        }
        if steps.iter().any(|step| scans(step, name)) {
            has.push("scanned");
        }
        notes.thing("manifest", path, &has, at(path));
        ecosystems.entry(name).or_insert_with(|| path.clone());
    }
    updates(notes, &ecosystems, &paths);
}

/// A version of a Maven dependency that is a range.
fn has_range(text: &str) -> bool {
    text.contains("<version>[") || text.contains("<version>(")
}

fn above(notes: &Notes<'_>, folder: &str, lock: &str) -> bool {
    let mut folder = folder;
    loop {
        let path = if folder.is_empty() {
            lock.to_owned()
        } else {
            format!("{folder}/{lock}")
        };
        if notes.files.has(&path) {
            return true;
        }
        if folder.is_empty() {
            return false;
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

fn scans(step: &Step, ecosystem: &str) -> bool {
    let by_itself = step
        .on
        .iter()
        .any(|on| *on != crate::model::survey::Trigger::Manual);
    step.does.iter().any(|it| it == "sca")
        && by_itself
        && (step.languages.is_empty() || step.languages.iter().any(|it| it == ecosystem))
}

/// A `package.json` of a page in a browser.
/// What builds an application for telephones, by the name of its plugin.
const ANDROID: &[&str] = &[
    "com.android.application",
    "com.android.library",
    "com.android.kotlin.multiplatform.library",
    "libs.plugins.android.",
];

fn is_client(path: &str, notes: &Notes<'_>) -> bool {
    let text = notes.files.text(path).unwrap_or_default();
    if glob::name(path).starts_with("build.gradle") {
        return ANDROID.iter().any(|name| text.contains(name));
    }
    if glob::name(path) != "package.json" {
        return false;
    }
    let frameworks = [
        "\"react-dom\"",
        "\"vue\"",
        "\"@angular/core\"",
        "\"svelte\"",
        "\"preact\"",
        "\"next\"",
        "\"nuxt\"",
        "\"jquery\"",
        "\"bootstrap\"",
        "\"vite\"",
        "\"webpack\"",
        "\"@hotwired/",
        "\"ember-source\"",
        "\"laravel-mix\"",
        "\"parcel\"",
    ];
    frameworks.iter().any(|name| text.contains(name))
}

/// Notes each ecosystem in use and whether a bot keeps it up to date.
fn updates(notes: &mut Notes<'_>, manifests: &BTreeMap<&str, String>, paths: &[String]) {
    let mut used: BTreeMap<&str, String> = manifests.clone();
    let first = |wanted: &dyn Fn(&str) -> bool| {
        let mut own = paths
            .iter()
            .filter(|path| !glob::is_foreign(path) && !glob::is_test(path));
        own.find(|path| wanted(path)).cloned()
    };
    if let Some(path) = first(&|path| path.starts_with(".github/workflows/")) {
        used.insert("actions", path);
    }
    if let Some(path) = first(&|path| super::deploy::is_dockerfile(path)) {
        used.insert("docker", path);
    }
    if let Some(path) = first(&|path| path.ends_with(".tf")) {
        used.insert("terraform", path);
    }
    let (named, all) = bots(notes);
    for (name, path) in used {
        let updated = all || named.contains(&name);
        let has: &[&str] = if updated { &["updated"] } else { &[] };
        notes.thing("ecosystem", name, has, at(&path));
    }
}

/// Ecosystems that dependabot names, and whether a bot covers all by itself (Renovate does).
fn bots(notes: &mut Notes<'_>) -> (Vec<&'static str>, bool) {
    let mut named = Vec::new();
    for path in [".github/dependabot.yml", ".github/dependabot.yaml"] {
        let Some(text) = notes.files.text(path) else {
            continue;
        };
        let documents = match tree::yaml(&text) {
            Ok(documents) => documents,
            Err(why) => {
                notes.unread("ecosystem", path, why);
                continue;
            }
        };
        let updates = documents
            .first()
            .and_then(|it| it.get("updates")?.as_array());
        for update in updates.into_iter().flatten() {
            let name = update
                .get("package-ecosystem")
                .and_then(word)
                .unwrap_or_default();
            let limit = update.get("open-pull-requests-limit").and_then(word);
            let ours = BOT_NAMES.iter().find(|(theirs, _)| *theirs == name);
            if limit.as_deref() != Some("0") {
                named.extend(ours.map(|(_, ours)| *ours));
            }
        }
    }
    let renovate = notes
        .survey
        .signs
        .iter()
        .any(|sign| sign.name == "renovate");
    (named, renovate)
}
