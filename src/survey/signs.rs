//! What files show by name and content: a threat model, a dashboard, an alert rule.
//! The table is data (`patterns/evidence/signs.yml`); each file is read at most
//! once, and only where a name asks for it.

use super::Notes;
use super::comments;
use super::glob;
use super::line;
use super::packages;
use crate::model::survey::Spot;
use crate::rules::source::document;
use regex::Regex;
use regex::RegexBuilder;
use regex::RegexSet;
use serde::Deserialize;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../patterns/evidence/signs.yml");

/// Spots that one sign keeps.
const SPOT_CAP: usize = 25;

/// One entry of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sign: String,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
    #[serde(default)]
    words: usize,
    /// How many matches of `any` there must be.
    #[serde(default)]
    least: usize,
    #[serde(default)]
    depends: Vec<String>,
    #[serde(default)]
    tests: bool,
    /// Only files of programming languages.
    #[serde(default)]
    code: bool,
}

struct Compiled {
    entry: Entry,
    all: Vec<Regex>,
    any: Vec<Regex>,
    none: Vec<Regex>,
    depends: Option<Regex>,
}

struct Table {
    entries: Vec<Compiled>,
    globs: RegexSet,
    /// The entry of each glob, and whether the glob names nothing but an ending.
    glob_of: Vec<(usize, bool)>,
}

static SIGNS: LazyLock<Table> = LazyLock::new(compile);

fn regex(text: &str) -> Regex {
    let built = RegexBuilder::new(text)
        .case_insensitive(true)
        .multi_line(true)
        .size_limit(64 << 20)
        .build();
    built.expect("the table is part of the program and tested")
}

fn compile() -> Table {
    let entries: Vec<Entry> = document("signs.yml", TABLE).expect("as above");
    let mut patterns = Vec::new();
    let mut glob_of = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        for glob in &entry.files {
            patterns.push(glob::to_regex(glob));
            glob_of.push((at, glob.starts_with("**/*.") && !is_document(glob)));
        }
    }
    let globs = regex::RegexSetBuilder::new(patterns)
        .size_limit(256 << 20)
        .build();
    Table {
        globs: globs.expect("as above"),
        glob_of,
        entries: entries
            .into_iter()
            .map(|entry| Compiled {
                all: entry.all.iter().map(|it| regex(it)).collect(),
                any: entry.any.iter().map(|it| regex(it)).collect(),
                none: entry.none.iter().map(|it| regex(it)).collect(),
                depends: (!entry.depends.is_empty()).then(|| {
                    let names = entry.depends.join("|");
                    regex(&format!(
                        r#"(?:^|["'\s/:>(,])(?:{names})(?:["'\s<=~!,:;)\[@]|$)"#
                    ))
                }),
                entry,
            })
            .collect(),
    }
}

/// Every sign of the table.
pub fn names() -> impl Iterator<Item = &'static str> {
    SIGNS.entries.iter().map(|it| it.entry.sign.as_str())
}

/// Whether a glob names texts for people.
fn is_document(glob: &str) -> bool {
    let ends = [".md", ".rst", ".adoc", ".txt", ".graphql", ".proto"];
    ends.iter().any(|end| glob.ends_with(end))
}

/// Looks at every file that some sign names.
pub(super) fn look(notes: &mut Notes<'_>) {
    let paths: Vec<String> = notes.files.paths().to_vec();
    let mut count = vec![0; SIGNS.entries.len()];
    for path in &paths {
        if glob::is_foreign(path) {
            continue;
        }
        let matched = SIGNS.globs.matches(path).into_iter();
        let matched = matched.map(|at| SIGNS.glob_of[at]);
        // Settings in a manual show what one could write.
        let in_manual = glob::is_manual(path);
        let mut wanted: Vec<usize> = matched
            .filter(|(_, by_ending)| !(in_manual && *by_ending))
            .map(|(at, _)| at)
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let is_test = glob::is_test(path);
        wanted.retain(|&at| {
            let entry = &SIGNS.entries[at].entry;
            count[at] < SPOT_CAP
                && (entry.tests || !is_test || !path.contains('/'))
                && (!entry.code || super::code::language(path).is_some())
        });
        if wanted.is_empty() {
            continue;
        }
        let mut text: Option<Option<String>> = None;
        for at in wanted {
            let it = &SIGNS.entries[at];
            let by_name =
                it.all.is_empty() && it.any.is_empty() && it.none.is_empty() && it.entry.words == 0;
            let spot = match by_name {
                true => Some(super::at(path)),
                false => {
                    let text = text.get_or_insert_with(|| {
                        let text = notes.files.text(path)?;
                        Some(comments::without(path, &text).into_owned())
                    });
                    text.as_deref().and_then(|text| shown(it, path, text))
                }
            };
            if let Some(spot) = spot {
                count[at] += 1;
                notes.sign(&it.entry.sign, spot);
            }
        }
    }
    depends(notes, &paths);
}

/// Where a file shows it; `None` when it does not.
fn shown(it: &Compiled, path: &str, text: &str) -> Option<Spot> {
    if it.none.iter().any(|regex| regex.is_match(text)) {
        return None;
    }
    if it.entry.words > 0 && text.split_whitespace().count() < it.entry.words {
        return None;
    }
    let mut first: Option<usize> = None;
    for regex in &it.all {
        let at = regex.find(text)?.start();
        first = first.or(Some(at));
    }
    if !it.any.is_empty() {
        let found = it.any.iter().find_map(|regex| {
            let found = regex.find(text)?;
            let enough = it.entry.least < 2
                || regex.find_iter(text).take(it.entry.least).count() >= it.entry.least;
            enough.then(|| found.start())
        })?;
        first = first.or(Some(found));
    }
    Some(match first {
        Some(at) => place(path, text, at),
        None => super::at(path),
    })
}

/// The line of an offset; what a code file holds is not quoted.
fn place(path: &str, text: &str, at: usize) -> Spot {
    let start = text[at..]
        .find(|c: char| !c.is_whitespace())
        .map_or(at, |skip| at + skip);
    let number = text[..start].matches('\n').count() as u64 + 1;
    let is_code = super::code::language(path).is_some();
    let quoted = if is_code {
        ""
    } else {
        text[start..].lines().next().unwrap_or("")
    };
    line(path, number, quoted)
}

/// A manifest without what its libraries ask for in turn; lines keep their numbers.
fn direct(path: &str, text: &str) -> String {
    let indirect = |line: &&str| !(path.ends_with("go.mod") && line.ends_with("// indirect"));
    let lines = text.lines().map(|line| Some(line).filter(indirect));
    let lines: Vec<&str> = lines.map(Option::unwrap_or_default).collect();
    lines.join("\n")
}

/// Libraries named in manifests.
fn depends(notes: &mut Notes<'_>, paths: &[String]) {
    for path in paths {
        if glob::is_foreign(path) || glob::is_test(path) || !packages::is_manifest(path) {
            continue;
        }
        let Some(text) = notes.files.text(path) else {
            continue;
        };
        let text = direct(path, &text);
        for it in &SIGNS.entries {
            if let Some(found) = it.depends.as_ref().and_then(|regex| regex.find(&text)) {
                let spot = place(path, &text, found.start());
                notes.sign(&it.entry.sign, spot);
            }
        }
    }
}
