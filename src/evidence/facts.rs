//! The facts a check may look at, as plain data: made from a run's findings and
//! coverage, or written by hand in the examples of an activity. Incomplete is
//! decided here, once and cautiously: whatever was not read counts against every
//! source it could belong to.

use crate::model::coverage::Coverage;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Reason;
use crate::model::finding::Finding;
use crate::model::finding::Status;
use crate::model::origin::Origin;
use crate::model::rule::Confidence;
use crate::model::rule::RuleKind;
use crate::model::rule::Severity;
use crate::model::survey::Survey;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// How much of a source was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// Nothing: it was not asked for or is not there.
    #[default]
    None,
    /// Some of it.
    Incomplete,
    /// All of it.
    Complete,
}

/// What was seen of version control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Repository {
    /// No repository was read: none at this path, or its history was not asked for.
    #[default]
    NotRead,
    /// A git repository without a commit.
    Empty,
    /// A git repository with at least one commit.
    Commits,
    /// Several paths were given: which facts belong to which repository is not told apart.
    Several,
}

/// What a check may know of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingFact {
    /// Activities that its rule speaks about, by id.
    #[serde(default)]
    pub activities: Vec<String>,
    /// What kind of rule found it.
    #[serde(default = "secret")]
    pub kind: RuleKind,
    /// How bad it is.
    pub severity: Severity,
    /// How likely it is real.
    #[serde(default = "medium")]
    pub confidence: Confidence,
    /// Whether it counts.
    pub status: Status,
    /// It stands in the work tree or in the commit of HEAD.
    #[serde(default)]
    pub at_head: bool,
    /// It stands nowhere but in tests and what they need.
    #[serde(default)]
    pub in_tests: bool,
    /// How many suppressions it has.
    #[serde(default)]
    pub suppressions: u64,
    /// How many of them give no reason.
    #[serde(default)]
    pub without_reason: u64,
}

fn secret() -> RuleKind {
    RuleKind::Secret
}

fn medium() -> Confidence {
    Confidence::Medium
}

fn secrets() -> Vec<RuleKind> {
    vec![RuleKind::Secret]
}

/// All facts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Nothing at all was read, so nothing can be said.
    #[serde(default)]
    pub nothing_read: bool,
    /// The files of the work tree.
    #[serde(default)]
    pub worktree: Reading,
    /// The settings in the tree of HEAD, judged where there is no work tree.
    #[serde(default)]
    pub head: Reading,
    /// Every object of the history.
    #[serde(default)]
    pub history: Reading,
    /// Why something is incomplete, in words.
    #[serde(default)]
    pub gaps: Vec<String>,
    /// What was seen of version control.
    #[serde(default)]
    pub repository: Repository,
    /// Kinds of rules that ran.
    #[serde(default = "secrets")]
    pub kinds: Vec<RuleKind>,
    /// Built-in rules were switched off, or findings below a threshold left out.
    #[serde(default)]
    pub rules_narrowed: bool,
    /// Everything found.
    #[serde(default)]
    pub findings: Vec<FindingFact>,
    /// Members of archives read.
    #[serde(default)]
    pub archive_members: u64,
    /// Untracked and not ignored files beside tracked ones; absent when not looked at.
    #[serde(default)]
    pub untracked: Option<u64>,
    /// Suppressions of other tools that give no reason; absent when not looked at.
    #[serde(default)]
    pub others_without_reason: Option<u64>,
    /// Whether the tracked files were looked at for what checks ask beside findings.
    #[serde(default)]
    pub files: Reading,
    /// What was seen of them.
    #[serde(default)]
    pub survey: Survey,
}

/// What a run was asked for, as far as it bears on verdicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Kinds of rules that ran, each once.
    pub kinds: Vec<RuleKind>,
    /// Built-in rules were switched off, or findings below a threshold left out.
    pub rules_narrowed: bool,
    /// Archives were left closed.
    pub archives_closed: bool,
    /// How many paths were given, standard input included.
    pub paths: usize,
    /// By rule: the activities it speaks about.
    pub activities: BTreeMap<String, Vec<String>>,
}

/// Facts of a repository that say its history is not all there.
const CUT: [&str; 4] = ["shallow", "grafted", "partial-clone", "alternates-missing"];

impl Facts {
    /// Why it cannot be said that there is nothing of this topic; `None` when it can.
    pub fn blind(&self, topic: &str) -> Option<String> {
        match self.files {
            Reading::None => return Some("the tracked files were not looked at".to_owned()),
            Reading::Incomplete => return Some("not all tracked files were looked at".to_owned()),
            Reading::Complete => {}
        }
        let mut unread = self.survey.unread.iter().filter(|it| it.topic == topic);
        let first = unread.next()?;
        let more = unread.count();
        let spot = &first.spot.path;
        Some(match more {
            0 => format!("{spot}: {}", first.why),
            _ => format!("{spot} and {more} more: {}", first.why),
        })
    }

    /// The facts of a run.
    pub fn new(findings: &[Finding], coverage: &Coverage, asked: &Asked) -> Facts {
        let gaps = Gaps::new(coverage, asked);
        let read = |unit: &str| {
            let totals = coverage.totals.get(unit);
            totals.is_some_and(|totals| totals.scanned > 0)
        };
        let reading = |was_read: bool, gaps: &[String]| match (was_read, gaps.is_empty()) {
            (false, _) => Reading::None,
            (true, false) => Reading::Incomplete,
            (true, true) => Reading::Complete,
        };
        let commits = read("history.commits");
        let mut words = gaps.tree.clone();
        words.extend(
            gaps.history
                .iter()
                .filter(|gap| !gaps.tree.contains(gap))
                .cloned(),
        );
        Facts {
            nothing_read: coverage.is_empty(),
            worktree: reading(read("worktree.files"), &gaps.tree),
            head: reading(read("head.files"), &gaps.tree),
            history: reading(commits, &gaps.history),
            gaps: words,
            repository: match (
                asked.paths,
                coverage.repository.contains_key("object-format"),
            ) {
                (2.., _) => Repository::Several,
                (_, false) => Repository::NotRead,
                (_, true) if commits => Repository::Commits,
                (_, true) => Repository::Empty,
            },
            kinds: asked.kinds.clone(),
            rules_narrowed: asked.rules_narrowed,
            findings: findings.iter().map(|it| fact(it, asked)).collect(),
            archive_members: coverage
                .totals
                .get("archive.members")
                .map_or(0, |totals| totals.scanned),
            ..Facts::default()
        }
    }
}

/// Why sources are incomplete.
struct Gaps {
    tree: Vec<String>,
    history: Vec<String>,
}

impl Gaps {
    fn new(coverage: &Coverage, asked: &Asked) -> Gaps {
        let mut gaps = Gaps {
            tree: Vec::new(),
            history: Vec::new(),
        };
        for name in CUT {
            if coverage.repository.contains_key(name) {
                gaps.history.push(name.to_owned());
            }
        }
        if coverage.repository.contains_key("sparse-checkout") {
            gaps.tree.push("sparse-checkout".to_owned());
        }
        if coverage.excluded.contains_key(&Exclusion::UserExclude) {
            gaps.tree.push("--exclude".to_owned());
        }
        for (reason, count) in &coverage.unscanned_total {
            let only_history = matches!(
                reason,
                Reason::Shallow | Reason::Grafted | Reason::Promisor | Reason::Missing
            );
            let gap = format!("{count} not read: {}", word(*reason));
            if !only_history {
                gaps.tree.push(gap.clone());
            }
            gaps.history.push(gap);
        }
        if asked.archives_closed {
            gaps.tree.push("--no-archives".to_owned());
            gaps.history.push("--no-archives".to_owned());
        }
        gaps
    }
}

/// The word of a reason, as reports write it.
fn word(reason: Reason) -> String {
    serde_json::to_value(reason)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn fact(finding: &Finding, asked: &Asked) -> FindingFact {
    let in_head = finding.exposure.as_ref().is_some_and(|life| life.in_head);
    let in_tree = finding
        .locations
        .iter()
        .any(|location| in_tree(&location.origin));
    let unexplained = |reason: &str| reason.trim().is_empty();
    FindingFact {
        activities: asked
            .activities
            .get(finding.rule.0)
            .cloned()
            .unwrap_or_default(),
        kind: finding.kind,
        severity: finding.severity,
        confidence: finding.confidence,
        status: finding.status,
        at_head: in_head || in_tree,
        in_tests: false,
        suppressions: finding.suppressions.len() as u64,
        without_reason: finding
            .suppressions
            .iter()
            .filter(|suppression| unexplained(&suppression.justification))
            .count() as u64,
    }
}

/// A place in the work tree, the index or the input, or inside an archive there.
fn in_tree(origin: &Origin) -> bool {
    let mut origin = origin;
    while let Origin::Member { archive, .. } = origin {
        origin = archive;
    }
    matches!(
        origin,
        Origin::File { .. } | Origin::Index { .. } | Origin::Stdin
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::coverage::Unscanned;

    fn run(facts: &[&str]) -> Coverage {
        let mut coverage = Coverage::default();
        coverage.count("worktree.files", 10);
        coverage.count("history.commits", 10);
        let known = ["object-format"].iter().chain(facts);
        coverage
            .repository
            .extend(known.map(|name| ((*name).to_owned(), "1".to_owned())));
        coverage
    }

    fn facts(coverage: &Coverage) -> Facts {
        let asked = Asked {
            paths: 1,
            ..Asked::default()
        };
        Facts::new(&[], coverage, &asked)
    }

    #[test]
    fn a_cut_history_is_incomplete_and_the_tree_beside_it_is_not() {
        for name in CUT {
            let facts = facts(&run(&[name]));
            assert_eq!(facts.history, Reading::Incomplete, "{name}");
            assert_eq!(facts.worktree, Reading::Complete, "{name}");
            assert_eq!(facts.gaps, [name]);
        }
        assert_eq!(facts(&run(&[])).history, Reading::Complete);
    }

    #[test]
    fn whatever_was_not_read_counts_against_every_source_it_could_belong_to() {
        let mut coverage = run(&[]);
        coverage.miss(Unscanned {
            what: "a".to_owned(),
            reason: Reason::LimitSize,
            bytes: None,
            detail: String::new(),
        });
        let facts = facts(&coverage);
        assert_eq!(facts.worktree, Reading::Incomplete);
        assert_eq!(facts.history, Reading::Incomplete);
        assert_eq!(facts.gaps, ["1 not read: limit-size"]);
    }

    #[test]
    fn several_paths_are_no_one_repository_and_nothing_read_is_empty() {
        let asked = Asked {
            paths: 2,
            ..Asked::default()
        };
        let several = Facts::new(&[], &run(&[]), &asked);
        assert_eq!(several.repository, Repository::Several);
        assert!(facts(&Coverage::default()).nothing_read);
        assert!(!facts(&run(&[])).nothing_read);
    }
}
