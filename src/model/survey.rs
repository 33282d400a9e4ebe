//! What was seen of a repository's files, pipelines and past, as plain data: the
//! words that checks ask for (`sast`, `threat-model`, `container`) are data in
//! `patterns/evidence`. Nothing here says what follows; that is `evidence`'s part.

use super::signature::Signatures;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// Where something was seen, in the scanned commit.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// The path from the root, escaped where it is not plain text.
    pub path: String,
    /// The line, from 1, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The line's text: of configuration only, at most 200 characters, secrets masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

/// What makes a pipeline run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// A push to the default branch.
    Push,
    /// A pull or merge request.
    Request,
    /// A timetable.
    Schedule,
    /// A tag or release.
    Release,
    /// A person, by hand.
    Manual,
}

/// One tool that a step of a pipeline runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The tool, by the name in the table of tools.
    #[serde(default)]
    pub tool: String,
    /// What it does, in the words of the table of tools.
    pub does: Vec<String>,
    /// What makes it run.
    #[serde(default = "on_push")]
    pub on: Vec<Trigger>,
    /// False when a failure of the tool does not fail the pipeline.
    #[serde(default = "yes")]
    pub blocking: bool,
    /// What softens or lowers it, in words; empty when nothing does.
    #[serde(default)]
    pub softened: String,
    /// False when the checkout before it has a cut history.
    #[serde(default = "yes")]
    pub full_history: bool,
    /// Languages or ecosystems it reads, where the table names them; empty means any.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Where it stands.
    #[serde(default)]
    pub spot: Spot,
}

fn on_push() -> Vec<Trigger> {
    vec![Trigger::Push, Trigger::Request]
}

fn yes() -> bool {
    true
}

/// Something that a file shows: a threat model, a dashboard, a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The name in the table of signs.
    pub name: String,
    /// Where it stands.
    #[serde(default)]
    pub spot: Spot,
    /// Days from the last change of the file to the scanned commit; absent when that was not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_days: Option<u64>,
}

/// One of several like things that should all have some property: containers, manifests, languages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// What it is: `container`, `manifest`, `language`, …
    pub kind: String,
    /// Its name, for a person.
    #[serde(default)]
    pub name: String,
    /// The properties it has.
    #[serde(default)]
    pub has: Vec<String>,
    /// Where it stands.
    #[serde(default)]
    pub spot: Spot,
}

/// Counts over the first-parent commits of the last 90 days before the scanned commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// Commits in the window (or all, when they are fewer than 20).
    pub commits: u64,
    /// How many of them are of this kind: `request`, `reviewed`, `record`, `bot`, …
    #[serde(default)]
    pub of: BTreeMap<String, u64>,
}

/// The result of another tool that the user gave.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// What it says something about, in the words of the table of tools: `sast`, `sca`, `sbom`, …
    pub does: Vec<String>,
    /// The tool that wrote it, as the file says.
    #[serde(default)]
    pub tool: String,
    /// The format: `sarif`, `cyclonedx`, `spdx`, `junit`, `coverage`, `forge`.
    #[serde(default)]
    pub format: String,
    /// The name of the file, without its folder.
    #[serde(default)]
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    #[serde(default)]
    pub sha256: String,
    /// Results that it holds: open findings, components, failed tests.
    #[serde(default)]
    pub results: u64,
}

/// A file that bears on checks and could not be read to the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// The topic whose questions it leaves open: `ci`, `workload`, `updates`, …
    pub topic: String,
    /// Where.
    #[serde(default)]
    pub spot: Spot,
    /// Why, in one clause.
    #[serde(default)]
    pub why: String,
}

/// All that was seen beside findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Survey {
    /// Tracked files whose names were looked at.
    pub files: u64,
    /// Files of pipelines that were parsed.
    pub ci_files: u64,
    /// Tools that pipelines run.
    pub steps: Vec<Step>,
    /// What files show.
    pub signs: Vec<Sign>,
    /// What there are several of.
    pub things: Vec<Thing>,
    /// What could not be read, and which topic that leaves open.
    pub unread: Vec<Unread>,
    /// What the history says; absent when it was not read or is cut.
    pub past: Option<Past>,
    /// Signatures of the last commits and tags; absent when the history was not read or is cut.
    pub signatures: Option<Signatures>,
    /// Settings of the forge that an export says, by name; empty without one.
    pub forge: BTreeMap<String, bool>,
    /// Results of other tools.
    pub given: Vec<Given>,
    /// What the policy declares, by key.
    pub declared: Vec<String>,
}
