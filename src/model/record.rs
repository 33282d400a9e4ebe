//! The record of one run: what was judged, by what, how completely, and what each
//! verdict rests on. It is the truth of which every other output is a view; the
//! same commit and policy give the same bytes. How it is made is `record`'s part.

use super::coverage::Coverage;
use super::evidence::Assessment;
use super::evidence::Verdict;
use super::signature::Signatures;
use super::survey::Given;
use super::survey::Unread;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// The tool that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `bowerbird`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How many rules ran.
    pub rules: u64,
    /// SHA-256 of the rules that ran.
    pub rules_sha256: String,
    /// SHA-256 of the checks on activities.
    pub checks_sha256: String,
    /// Options that bear on the result, by their long names.
    pub options: BTreeMap<String, String>,
}

/// The model whose activities are judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// `OWASP DSOMM`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the table of its activities.
    pub table_sha256: String,
}

/// What was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The team in the DSOMM application.
    pub team: String,
    /// The address of the remote, without user information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The commit of HEAD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// The hash of its ids: `sha1` or `sha256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_format: Option<String>,
    /// The committer date of HEAD, `YYYY-MM-DD` in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// What was and what was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Completeness {
    /// True when everything that should have been read was read.
    pub complete: bool,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// Tracked files that were looked at for checks.
    pub files: u64,
    /// Pipelines that were parsed.
    pub ci_files: u64,
    /// Files that bear on checks and could not be read, with the topic they leave open.
    pub unread: Vec<Unread>,
}

/// A finding, as far as records keep it: never its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordedFinding {
    /// Its identity over runs.
    pub fingerprint: String,
    /// The rule.
    pub rule: String,
    /// `secret`, `misconfig` or `sast`.
    pub kind: String,
    /// How bad.
    pub severity: String,
    /// `open` or `suppressed`.
    pub status: String,
    /// The first place.
    pub path: String,
    /// Its line there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// True when the commit of HEAD or the work tree holds it.
    pub at_head: bool,
    /// The first commit that holds it, and its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced: Option<(String, String)>,
    /// The last commit that holds it, and its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<(String, String)>,
}

/// A person's statement that counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordedAttestation {
    /// The activity, by id.
    pub activity: String,
    /// What is claimed.
    pub claim: Verdict,
    /// The statement.
    pub statement: String,
    /// Who answers for it.
    pub owner: String,
    /// When it was made, `YYYY-MM-DD`.
    pub made_on: String,
    /// The last day on which it counts, `YYYY-MM-DD`.
    pub valid_until: String,
    /// Links, with a digest where one was given.
    pub evidence: Vec<Link>,
    /// The verdict without it.
    pub before: Verdict,
}

/// A link to what a person relies on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// `https://…`
    pub uri: String,
    /// SHA-256 of what it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// Counts of one level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Implemented or not applicable, without an attestation.
    pub proved: u64,
    /// Implemented or not applicable by an attestation.
    pub attested: u64,
    /// Partly.
    pub partial: u64,
    /// Not.
    pub not_implemented: u64,
    /// Open.
    pub unknown: u64,
    /// Of `proved` and `attested`, those that are not applicable.
    pub not_applicable: u64,
    /// Checks that could not run.
    pub error: u64,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of this shape: [`Record::SCHEMA`].
    pub schema: String,
    /// The tool.
    pub tool: Tool,
    /// The model.
    pub model: Model,
    /// What was judged.
    pub subject: Subject,
    /// SHA-256 of the policy file, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_sha256: Option<String>,
    /// When it was made, seconds since 1970; only when the user said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<i64>,
    /// What was read.
    pub completeness: Completeness,
    /// Counts by level.
    pub summary: BTreeMap<String, Counts>,
    /// Verdicts on every activity.
    pub activities: Vec<Assessment>,
    /// Statements that count.
    pub attestations: Vec<RecordedAttestation>,
    /// Signatures of the last commits and tags; absent when the history was not read or is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Signatures>,
    /// Results of other tools.
    pub given: Vec<Given>,
    /// Findings.
    pub findings: Vec<RecordedFinding>,
    /// SHA-256 of the record before this one, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_sha256: Option<String>,
}

impl Record {
    /// The value of [`Record::schema`].
    pub const SCHEMA: &'static str = "bowerbird-record/1";
}

/// Met are `implemented` and `not_applicable`; unknown never is.
pub fn is_met(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Implemented | Verdict::NotApplicable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema::fresh;

    /// `BOWERBIRD_BLESS=1 cargo test the_record_schema` writes it anew.
    #[test]
    fn the_record_schema_is_the_one_of_these_types() {
        fresh("docs/schema/record-1.json", schemars::schema_for!(Record));
    }
}
