//! `ci.scans_secrets`: a CI step repeats a secret scan on each push or at
//! least weekly. Reading CI files is left to a later build: until then the answer
//! of a run is always unknown.

use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::model::evidence::Basis;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CiScansSecrets {}

impl Predicate for CiScansSecrets {
    fn name(&self) -> &'static str {
        "ci.scans_secrets"
    }

    fn basis(&self) -> Basis {
        Basis::Config
    }

    fn look(&self, facts: &Facts) -> Seen {
        Seen::of(
            facts.ci_scans_secrets,
            "CI files are not looked at by this build",
            "a CI step repeats the secret scan",
            "no CI step repeats the secret scan",
        )
    }
}
