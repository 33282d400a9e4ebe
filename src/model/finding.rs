//! What is reported: one [`Finding`] per secret (or per fault), with every
//! place where it stands. SARIF calls it `result`; OSCAL's `finding` is
//! something else (see `docs/glossary.md`).

use super::location::Location;
use super::object::ObjectId;
use super::rule::{Confidence, RuleId, RuleKind, Severity};
use super::secret::Redacted;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// A finding's identity, stable over runs, moved lines and renamed branches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// What an offline check said about a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// Nothing to check, or not checkable offline.
    Unknown,
    /// Well formed, and past the expiry it carries.
    Expired,
    /// Parses as what it claims to be.
    StructureValid,
    /// Its checksum is right.
    ChecksumValid,
}

/// Whether a finding counts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It counts.
    Open,
    /// Every location is suppressed; shown, never dropped.
    Suppressed,
}

/// Who suppressed a finding and why (SARIF `suppression`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Suppression {
    /// `inSource` (a comment) or `external` (a baseline), as in SARIF.
    pub kind: SuppressionKind,
    /// Which marker or file.
    pub by: String,
    /// The reason given, escaped; empty when none was.
    pub justification: String,
    /// Where the marker stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// Where a suppression is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub enum SuppressionKind {
    /// A comment beside the finding.
    #[serde(rename = "inSource")]
    InSource,
    /// A baseline or ignore file.
    #[serde(rename = "external")]
    External,
}

/// What kind of place a location is, from its path; it ranks, it never hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Nothing special.
    Source,
    /// Test code or fixtures.
    Test,
    /// Examples and samples.
    Example,
    /// Documentation.
    Documentation,
    /// Texts for people in several languages.
    Locale,
    /// Third-party code kept in the tree.
    Vendored,
    /// Lock files, minified and generated files.
    Generated,
}

/// One commit as it is told in a report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct CommitRef {
    /// Its id.
    pub id: ObjectId,
    /// The committer date, RFC 3339 in UTC.
    pub date: String,
    /// The author's name; only with `--with-identities`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The author's e-mail; only with `--with-identities`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// The life of a finding in the history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Exposure {
    /// The first commit (by ancestry, then date) that holds it; absent when no commit does, and for
    /// faults when their history was not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introduced: Option<CommitRef>,
    /// The last commit that still holds it; absent when no commit does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<CommitRef>,
    /// For faults that HEAD no longer has: the last commit that mended one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<CommitRef>,
    /// True when the tree of HEAD holds it.
    pub in_head: bool,
    /// True when some ref reaches it.
    pub reachable: bool,
    /// Branches and tags whose tips' history holds it, sorted, capped.
    pub refs: Vec<String>,
    /// How many refs there are in all.
    pub refs_total: u64,
    /// Whole days between `introduced` and `last_seen` (or HEAD's date, when it is in HEAD).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u64>,
}

/// Whole days from one time to another, both in seconds since 1970; none where the later one comes first.
pub fn days(from: Option<i64>, until: Option<i64>) -> Option<u64> {
    let seconds = until?.checked_sub(from?)?;
    u64::try_from(seconds.max(0) / 86_400).ok()
}

impl Exposure {
    /// What some commit holds, with nothing else known of it yet.
    pub fn of_a_commit() -> Exposure {
        Exposure {
            introduced: None,
            last_seen: None,
            fixed: None,
            in_head: false,
            reachable: true,
            refs: Vec::new(),
            refs_total: 0,
            days: None,
        }
    }
}

/// One secret or fault, with all its places.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// The rule that says so.
    pub rule: RuleId,
    /// What kind of rule.
    pub kind: RuleKind,
    /// How bad.
    pub severity: Severity,
    /// How likely.
    pub confidence: Confidence,
    /// What the offline check said.
    pub validity: Validity,
    /// What it is about the credential that the check read (account id, algorithm, expiry): never secret.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
    /// One sentence for a person, without the secret.
    pub message: String,
    /// What may be said of the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Redacted>,
    /// Whether it counts.
    pub status: Status,
    /// What kind of place the first location is.
    pub place: Place,
    /// Its places, sorted, the first is the primary one; at most [`Finding::LOCATION_CAP`].
    pub locations: Vec<Location>,
    /// How many places there are in all.
    pub locations_total: u64,
    /// Other parts of the same credential found beside it: rule and place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Who silenced it and why; empty for open findings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
    /// Its life in the history, when the history was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
    /// The primary line with everything secret masked; absent for binary data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// What was decoded to see it, outermost first: `base64`, `utf-16le`, `zip`, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decoded: Vec<String>,
    /// Which features decided, for scored findings, largest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<(String, i32)>,
    /// What is at fault inside of the file, for faults: a setting's path such as
    /// `spec.containers[0].securityContext`, or a function.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub logical: String,
    /// How data gets from its source to where it does harm, for faults of code; in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flow: Vec<Step>,
}

impl Finding {
    /// Shows `each` every text in it that comes from what was scanned. Texts of rules, ids and
    /// fingerprints are not among them.
    pub fn texts_mut(&mut self, each: &mut dyn FnMut(&mut String)) {
        let locations = self.locations.iter_mut();
        let parts = self.parts.iter_mut().map(|part| &mut part.location);
        for location in locations.chain(parts) {
            location.origin.texts_mut(each);
        }
        for suppression in &mut self.suppressions {
            each(&mut suppression.justification);
            if let Some(location) = &mut suppression.location {
                location.origin.texts_mut(each);
            }
        }
        if let Some(exposure) = &mut self.exposure {
            exposure.refs.iter_mut().for_each(&mut *each);
            let commits = [
                &mut exposure.introduced,
                &mut exposure.last_seen,
                &mut exposure.fixed,
            ];
            for commit in commits.into_iter().flatten() {
                commit.author.iter_mut().for_each(&mut *each);
                commit.email.iter_mut().for_each(&mut *each);
            }
        }
        for step in &mut self.flow {
            step.location.origin.texts_mut(each);
            each(&mut step.text);
        }
        self.facts.iter_mut().for_each(|(_, value)| each(value));
        each(&mut self.message);
        each(&mut self.logical);
        self.excerpt.iter_mut().for_each(each);
    }

    /// Locations that a finding lists; SARIF consumers refuse more than 1,000.
    pub const LOCATION_CAP: usize = 100;
}

/// One step of a flow (SARIF `threadFlowLocation`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Step {
    /// Where.
    pub location: Location,
    /// What happens there, in one clause without content of the scanned code.
    pub text: String,
}

/// Another part of a multi-part credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Part {
    /// The rule that found it.
    pub rule: RuleId,
    /// Where it stands.
    pub location: Location,
    /// Its class of length.
    pub secret: Redacted,
}
