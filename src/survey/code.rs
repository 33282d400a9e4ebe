//! Programming languages of the repository, told by file names, and what
//! pipelines do with each: analysed for security, by two tools, checked for style.
//! Shares are of files, not of lines; languages of few files are left out.

use super::Notes;
use super::at;
use super::glob;
use crate::model::survey::Step;
use crate::model::survey::Trigger;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Languages by extension.
const LANGUAGES: &[(&str, &[&str])] = &[
    ("python", &["py"]),
    (
        "javascript",
        &[
            "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "vue", "svelte",
        ],
    ),
    ("go", &["go"]),
    ("ruby", &["rb"]),
    ("java", &["java"]),
    ("kotlin", &["kt", "kts"]),
    ("scala", &["scala"]),
    ("groovy", &["groovy"]),
    ("php", &["php"]),
    ("rust", &["rs"]),
    ("c", &["c", "h"]),
    ("cpp", &["cc", "cpp", "cxx", "hpp", "hh"]),
    ("csharp", &["cs"]),
    ("swift", &["swift"]),
    ("elixir", &["ex", "exs"]),
    ("perl", &["pl", "pm"]),
    ("dart", &["dart"]),
];

/// The language of a file, by its name.
pub(super) fn language(path: &str) -> Option<&'static str> {
    let (_, extension) = glob::name(path).rsplit_once('.')?;
    let is = |known: &&(&str, &[&str])| known.1.contains(&extension);
    LANGUAGES.iter().find(is).map(|(name, _)| *name)
}

/// Folders of pages that run in a browser.
const PAGES: &[&str] = &[
    "frontend",
    "front-end",
    "client",
    "web",
    "webapp",
    "ui",
    "public",
    "static",
    "assets",
    "www",
    "javascripts",
];

/// Notes each language with what pipelines do with it.
pub(super) fn look(notes: &mut Notes<'_>, analysed: &[String]) {
    let mut files: BTreeMap<&str, (u64, u64, String)> = BTreeMap::new();
    for path in notes.files.paths() {
        let own = !glob::is_foreign(path)
            && !glob::is_test(path)
            && !path.contains(".min.")
            && !path.starts_with("doc/")
            && !path.starts_with("docs/");
        if let Some(name) = language(path).filter(|_| own) {
            let entry = files.entry(name).or_insert((0, 0, path.clone()));
            entry.0 += 1;
            let mut folders = path.split('/');
            entry.1 += u64::from(folders.any(|folder| PAGES.contains(&folder)));
        }
    }
    let total: u64 = files.values().map(|it| it.0).sum();
    let mut things = notes.survey.things.iter();
    let front =
        things.any(|thing| thing.kind == "manifest" && thing.has.iter().any(|it| it == "client"));
    let steps = notes.survey.steps.clone();
    for (name, (count, pages, first)) in files {
        let is_main = count * 20 >= total;
        if !is_main && count < 10 {
            continue;
        }
        let mut has = Vec::new();
        if is_main {
            has.push("main");
        }
        let in_browser = name == "javascript" && (front || pages * 2 > count);
        if in_browser {
            has.push("client");
        }
        if !in_browser || pages * 2 < count {
            has.push("server");
        }
        let analysers = tools(&steps, "sast", name);
        if !analysers.is_empty() {
            has.push("analysed");
        }
        if analysers.len() > 1 {
            has.push("analysed-twice");
        }
        let styled = steps.iter().any(|step| {
            does(step, "lint") && !step.languages.is_empty() && reads(step, name)
                || does(step, "format") && reads(step, name)
        });
        if styled {
            has.push("styled");
        }
        if analysed.iter().any(|it| it == name) {
            has.push("own-rules");
        }
        notes.thing("language", name, &has, at(&first));
    }
    outside(notes);
}

fn does(step: &Step, what: &str) -> bool {
    let by_itself = step.on.iter().any(|on| *on != Trigger::Manual);
    by_itself && step.does.iter().any(|it| it == what)
}

fn reads(step: &Step, language: &str) -> bool {
    step.languages.is_empty() || step.languages.iter().any(|it| it == language)
}

fn tools<'a>(steps: &'a [Step], what: &str, language: &str) -> BTreeSet<&'a str> {
    let steps = steps
        .iter()
        .filter(|step| does(step, what) && reads(step, language));
    steps.map(|step| step.tool.as_str()).collect()
}

/// Notes that configuration is taken from outside of the files.
fn outside(notes: &mut Notes<'_>) {
    let signs: Vec<_> = notes
        .survey
        .signs
        .iter()
        .filter(|sign| sign.name.starts_with("config-outside") || sign.name == "secret-manager")
        .map(|sign| sign.spot.clone())
        .take(5)
        .collect();
    for spot in signs {
        notes.thing("config-outside", spot.path.clone(), &[], spot);
    }
}
