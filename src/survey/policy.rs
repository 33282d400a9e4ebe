//! The policy of a repository, `.bowerbird/policy.yaml`: what its owners declare.
//! It is read from the scanned commit, so that who may change it is who may change
//! the code; a fault in it is told with line and remedy by who reads it for use.

use super::Notes;
use super::files::Files;
use crate::rules::source::RuleError;
use crate::rules::source::document;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Where the policy lies.
pub const PATH: &str = ".bowerbird/policy.yaml";

/// What a policy may declare.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// The version of this form: 1.
    pub version: u64,
    /// The name as a team in the DSOMM application; default: the remote's path.
    #[serde(default)]
    pub team: Option<String>,
    /// The version of the model that is meant.
    #[serde(default)]
    pub model: Option<String>,
    /// How exposed the component is: `internet`, `internal`, …
    #[serde(default)]
    pub exposure: Option<String>,
    /// Its need of protection: `high`, `normal`, …
    #[serde(default)]
    pub protection: Option<String>,
    /// Days within which findings are fixed, by severity.
    #[serde(default)]
    pub limits: BTreeMap<String, u64>,
    /// Days that a running image may be old.
    #[serde(default)]
    pub image_lifetime: Option<u64>,
    /// Days within which an update is merged.
    #[serde(default)]
    pub patch_days: Option<u64>,
    /// The folder that keeps records.
    #[serde(default)]
    pub records: Option<String>,
    /// What attestations may do.
    #[serde(default)]
    pub attestations: Allowance,
}

/// What attestations may do.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Allowance {
    /// Most days from `made_on` to `valid_until`.
    #[serde(default = "year")]
    pub max_days: u64,
    /// Activities that a scan decides wholly and an attestation may raise nevertheless, by id.
    #[serde(default)]
    pub may_raise: Vec<String>,
}

impl Default for Allowance {
    fn default() -> Self {
        Allowance {
            max_days: year(),
            may_raise: Vec::new(),
        }
    }
}

fn year() -> u64 {
    365
}

/// The policy of these files; the default when there is none.
///
/// # Errors
/// What is wrong with it, with its line.
pub fn read(files: &Files) -> Result<Option<Policy>, RuleError> {
    let Some(text) = files.text(PATH) else {
        return Ok(None);
    };
    document(PATH, &text).map(Some)
}

/// Notes what the policy declares.
pub(super) fn look(notes: &mut Notes<'_>) {
    let policy = match read(notes.files) {
        Ok(Some(policy)) => policy,
        Ok(None) => return,
        Err(error) => return notes.unread("files", PATH, error.message),
    };
    let keys = [
        ("exposure", policy.exposure.is_some()),
        ("protection", policy.protection.is_some()),
        ("limits", !policy.limits.is_empty()),
        ("image-lifetime", policy.image_lifetime.is_some()),
        ("patch-days", policy.patch_days.is_some()),
        ("records", policy.records.is_some()),
    ];
    let declared = keys
        .iter()
        .filter(|(_, is)| *is)
        .map(|(key, _)| (*key).to_owned());
    notes.survey.declared.extend(declared);
}
