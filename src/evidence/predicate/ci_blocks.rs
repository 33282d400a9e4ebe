//! `ci.blocks`: a security scanner in CI fails the build on high and
//! critical findings. Reading CI files is left to a later build: until then the
//! answer of a run is always unknown.

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
pub struct CiBlocks {}

impl Predicate for CiBlocks {
    fn name(&self) -> &'static str {
        "ci.blocks"
    }

    fn basis(&self) -> Basis {
        Basis::Config
    }

    fn look(&self, facts: &Facts) -> Seen {
        Seen::of(
            facts.ci_blocks,
            "CI files are not looked at by this build",
            "a CI step fails on high and critical findings",
            "no CI step fails on high and critical findings",
        )
    }
}
