//! Verdicts on activities of a maturity model and what they rest on. The words
//! are DSOMM's (activity, dimension, level) and OSCAL's (observation).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether an activity is in force here.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The acceptance rule is met by proof.
    Implemented,
    /// Some of its components are met, or it is set up and not shown in force.
    Partial,
    /// The check saw all it needs, and the proof is not there or a disproof is.
    NotImplemented,
    /// Nothing here decides it, or the check was blind.
    Unknown,
    /// Its precondition is false.
    NotApplicable,
    /// The check could not run.
    Error,
}

/// What a verdict rests on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Findings and coverage of this run.
    Scan,
    /// Files of the repository.
    Config,
    /// Facts of the git history.
    History,
    /// An export of the forge.
    Forge,
    /// A person's statement.
    Attestation,
}

/// One thing observed that speaks for or against an activity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// The predicate that made it.
    pub check: String,
    /// Does it speak for (`supports`), against (`refutes`) or about (`context`) the activity.
    pub effect: String,
    /// One sentence.
    pub claim: String,
    /// The file, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line in that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The line's text: of configuration only, shortened, secrets masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

/// A commit and its day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Since {
    /// The commit.
    pub commit: String,
    /// Its committer date, `YYYY-MM-DD` in UTC.
    pub date: String,
}

/// A verdict on one activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assessment {
    /// The activity's id in the model, an opaque string.
    pub activity: String,
    /// Its short name.
    pub name: String,
    /// Its dimension.
    pub dimension: String,
    /// Its sub-dimension.
    pub sub_dimension: String,
    /// Its level in the model version used.
    pub level: u8,
    /// The verdict.
    pub status: Verdict,
    /// The best a scan alone may say.
    pub ceiling: Verdict,
    /// What it rests on.
    pub basis: Vec<Basis>,
    /// Why, in one sentence.
    pub reason: String,
    /// What would decide it or raise it, the cheapest first.
    pub next: Vec<String>,
    /// Since when what speaks for it has stood, as far as the history was followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// What was observed.
    pub observations: Vec<Observation>,
}
