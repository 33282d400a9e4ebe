//! The table of tools: which command, action or image is which tool and what it
//! does. The table is data (`patterns/evidence/tools.yml`); here it is compiled and
//! asked. Where commands come from is `shell` and `ci`.

use crate::rules::source::document;
use regex::Regex;
use regex::RegexSet;
use serde::Deserialize;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../patterns/evidence/tools.yml");

/// One entry of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name; several entries may share one.
    pub tool: String,
    /// What it does.
    pub does: Vec<String>,
    /// A regular expression over the command.
    #[serde(default)]
    run: Option<String>,
    /// Actions, by owner and name.
    #[serde(default)]
    uses: Vec<String>,
    /// Parts of image names.
    #[serde(default)]
    images: Vec<String>,
    /// Arguments after which it never fails.
    #[serde(default)]
    soft: Vec<String>,
    /// Arguments that make it look at less.
    #[serde(default)]
    lowered: Vec<String>,
    /// Arguments with which it does something else: a trial run, a check of its own settings.
    #[serde(default)]
    unless: Vec<String>,
    /// Languages or ecosystems it reads; empty means any.
    #[serde(default)]
    pub languages: Vec<String>,
}

/// The compiled table.
pub struct Tools {
    entries: Vec<Tool>,
    runs: RegexSet,
    run_of: Vec<usize>,
    soft: Vec<Vec<Regex>>,
    lowered: Vec<Vec<Regex>>,
    unless: Vec<Vec<Regex>>,
}

static TOOLS: LazyLock<Tools> = LazyLock::new(|| Tools::new(TABLE));

/// The table that ships.
pub fn table() -> &'static Tools {
    &TOOLS
}

/// A tool that was recognised.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The entry.
    pub tool: &'static Tool,
    /// The argument after which it never fails.
    pub soft: Option<String>,
    /// The argument that makes it look at less.
    pub lowered: Option<String>,
}

impl Tools {
    fn new(text: &str) -> Tools {
        let entries: Vec<Tool> =
            document("tools.yml", text).expect("the table is part of the program and tested");
        let mut patterns = Vec::new();
        let mut run_of = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            if let Some(run) = &entry.run {
                patterns.push(format!("^(?:{run})(?: |$)"));
                run_of.push(at);
            }
        }
        let compile = |texts: &[String]| -> Vec<Regex> {
            let texts = texts.iter().map(|text| Regex::new(&format!("(?m){text}")));
            texts.map(|it| it.expect("as above")).collect()
        };
        Tools {
            runs: RegexSet::new(patterns).expect("as above"),
            run_of,
            soft: entries.iter().map(|entry| compile(&entry.soft)).collect(),
            lowered: entries.iter().map(|it| compile(&it.lowered)).collect(),
            unless: entries.iter().map(|it| compile(&it.unless)).collect(),
            entries,
        }
    }

    /// Every word that some tool does.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .flat_map(|entry| entry.does.iter().map(String::as_str))
    }

    fn hit(&'static self, at: usize, arguments: &str) -> Option<Hit> {
        if self.unless[at].iter().any(|it| it.is_match(arguments)) {
            return None;
        }
        let first = |list: &[Regex]| {
            let found = list.iter().find_map(|it| it.find(arguments));
            found.map(|it| it.as_str().trim().to_owned())
        };
        Some(Hit {
            tool: &self.entries[at],
            soft: first(&self.soft[at]),
            lowered: first(&self.lowered[at]),
        })
    }

    /// The tools that a command runs, as `shell` gives it.
    pub fn of_command(&'static self, words: &str) -> Vec<Hit> {
        let mut wanted: Vec<usize> = self.runs.matches(words).into_iter().collect();
        let bare = bare(words);
        if bare != words {
            wanted.extend(self.runs.matches(&bare));
            wanted.sort_unstable();
            wanted.dedup();
        }
        let hits = wanted
            .into_iter()
            .filter_map(|at| self.hit(self.run_of[at], words));
        let mut hits: Vec<Hit> = hits.collect();
        hits.extend(self.of_container(words));
        hits
    }

    /// What `docker run IMAGE` runs.
    fn of_container(&'static self, words: &str) -> Vec<Hit> {
        let runs = [
            "docker run ",
            "podman run ",
            "nerdctl run ",
            "docker container run ",
        ];
        if !runs.iter().any(|start| words.starts_with(start)) {
            return Vec::new();
        }
        let mut hits = Vec::new();
        for (at, word) in words.split(' ').enumerate().skip(2) {
            if word.contains('/') && !word.contains(":/") && !word.starts_with(['/', '$', '-']) {
                hits.extend(self.of_image(word));
                let inside: Vec<&str> = words.split(' ').skip(at + 1).collect();
                let inside = super::shell::unwrapped(&inside.join(" "));
                let name = super::glob::name(word.split([':', '@']).next().unwrap_or_default());
                hits.extend(self.of_command_words(&format!("{name} {inside}")));
                break;
            }
        }
        hits
    }

    fn of_command_words(&'static self, words: &str) -> Vec<Hit> {
        let found = self.runs.matches(words);
        found
            .into_iter()
            .filter_map(|at| self.hit(self.run_of[at], words))
            .collect()
    }

    /// The tools that an action is, by `owner/name[/folder][@ref]`.
    pub fn of_action(&'static self, uses: &str, arguments: &str) -> Vec<Hit> {
        let name = uses.split('@').next().unwrap_or_default();
        let is = |known: &String| {
            let begins = name
                .get(..known.len())
                .is_some_and(|it| it.eq_ignore_ascii_case(known));
            begins && matches!(name.as_bytes().get(known.len()), None | Some(b'/'))
        };
        let hits = self.entries.iter().enumerate();
        let hits = hits.filter(|(_, entry)| entry.uses.iter().any(is));
        hits.filter_map(|(at, _)| self.hit(at, arguments)).collect()
    }

    /// The tools that an image is.
    pub fn of_image(&'static self, image: &str) -> Vec<Hit> {
        let hits = self.entries.iter().enumerate();
        let is = |part: &String| image.contains(part.as_str());
        let hits = hits.filter(|(_, entry)| entry.images.iter().any(is));
        hits.filter_map(|(at, _)| self.hit(at, "")).collect()
    }
}

/// A command without its options, and without the values of those known to take one.
fn bare(words: &str) -> String {
    let mut kept = Vec::new();
    let mut skip = false;
    for word in words.split(' ') {
        let is_value = std::mem::take(&mut skip);
        if word.starts_with('-') || word.starts_with('+') {
            skip = super::shell::takes_value(word);
        } else if !is_value {
            kept.push(word);
        }
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn does(words: &str) -> Vec<&'static str> {
        let hits = table().of_command(words);
        hits.iter()
            .flat_map(|hit| hit.tool.does.iter().map(String::as_str))
            .collect()
    }

    #[test]
    fn commands_are_told_by_their_words() {
        assert!(does("gitleaks detect --redact").contains(&"secret-scan"));
        assert!(does("trivy --quiet image x").contains(&"sca-image"));
        assert!(does("npm audit").contains(&"sca"));
        assert!(does("npm run audit-log").is_empty());
        assert!(does("cargo test --workspace").contains(&"test"));
        assert!(
            does("docker run --rm -v /a:/b zricethezav/gitleaks:v8 detect")
                .contains(&"secret-scan")
        );
        assert!(does("gitleaks-report x").is_empty());
    }

    #[test]
    fn options_that_soften_or_lower_are_told() {
        let hit = &table().of_command("gitleaks detect --exit-code 0 --no-git")[0];
        assert_eq!(hit.soft.as_deref(), Some("--exit-code 0"));
        assert_eq!(hit.lowered.as_deref(), Some("--no-git"));
    }

    #[test]
    fn a_trial_run_releases_nothing() {
        assert!(does("goreleaser release --clean").contains(&"release"));
        assert!(!does("goreleaser release --snapshot").contains(&"release"));
        let releases = |arguments: &str| {
            let hits = table().of_action("goreleaser/goreleaser-action@v6", arguments);
            hits.iter()
                .any(|hit| hit.tool.does.contains(&"release".to_owned()))
        };
        assert!(releases("version: latest\nargs: release --clean"));
        assert!(!releases("version: latest\nargs: check"));
        assert!(!releases("args: build --single-target"));
        let drafts = table().of_action("release-drafter/release-drafter@v6", "");
        assert!(drafts.is_empty(), "notes are no release");
    }

    #[test]
    fn actions_are_told_by_owner_and_name() {
        let hits = table().of_action("gitleaks/gitleaks-action@v2", "");
        assert_eq!(hits[0].tool.tool, "gitleaks");
        assert!(table().of_action("other/gitleaks-action@v2", "").is_empty());
        assert!(
            table().of_action("github/codeql-action/analyze@v3", "")[0]
                .tool
                .does
                .contains(&"sast".to_owned())
        );
        assert!(
            table()
                .of_action("github/codeql-action/analyzer@v3", "")
                .is_empty()
        );
    }
}
