//! The one value every output format receives. It holds nothing that depends on
//! the host, the clock or the number of threads, and no raw secret.

use super::coverage::Coverage;
use super::finding::Finding;
use super::rule::RuleDoc;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// How a run was made. Nothing in it depends on the host, the clock or the number of threads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Run {
    /// `bowerbird`.
    pub tool: String,
    /// The version of the crate.
    pub version: String,
    /// SHA-256 of the rules that ran, in hexadecimal.
    pub rules_sha256: String,
    /// How many rules ran.
    pub rules: u64,
    /// The options that bear on the result, by their long names.
    pub options: BTreeMap<String, String>,
    /// The scanned subject: `head`, `tree`, `object-format` where there is a repository.
    pub subject: BTreeMap<String, String>,
}

/// Candidates that were refused, so that a report can be audited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refused {
    /// A checksum did not hold, by rule.
    pub checksum_failed: BTreeMap<String, u64>,
    /// A placeholder or known dummy, by rule.
    pub placeholder: BTreeMap<String, u64>,
    /// Below `--min-confidence`, by rule.
    pub below_confidence: BTreeMap<String, u64>,
}

/// What a scan found, and what it could not read.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this shape: `bowerbird-report/1`.
    pub schema: String,
    /// How it was made.
    pub run: Run,
    /// True when everything that should have been read was read.
    pub complete: bool,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// Sorted by severity (worst first), rule and place.
    pub findings: Vec<Finding>,
    /// What was looked at and refused.
    pub refused: Refused,
    /// Verdicts on activities; empty unless they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assessments: Vec<super::evidence::Assessment>,
    /// Texts of the rules that have findings, by id; not part of the JSON.
    #[serde(skip)]
    #[schemars(skip)]
    pub docs: BTreeMap<&'static str, RuleDoc>,
    /// Tags of the rules that have findings (`cwe-798`, …), by id; not part of the JSON.
    #[serde(skip)]
    #[schemars(skip)]
    pub tags: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Report {
    /// The value of [`Report::schema`].
    pub const SCHEMA: &'static str = "bowerbird-report/1";

    /// Shows `each` every text in it that comes from what was scanned or from the command line.
    /// What is left is written by us, or an id.
    pub fn texts_mut(&mut self, each: &mut dyn FnMut(&mut String)) {
        for finding in &mut self.findings {
            finding.texts_mut(each);
        }
        self.coverage.texts_mut(each);
        self.run.subject.values_mut().for_each(&mut *each);
        self.run.options.values_mut().for_each(&mut *each);
        for assessment in &mut self.assessments {
            each(&mut assessment.reason);
            assessment.next.iter_mut().for_each(&mut *each);
            for observation in &mut assessment.observations {
                each(&mut observation.claim);
                observation.path.iter_mut().for_each(&mut *each);
            }
        }
    }
}
