//! `suppressions.any`: at least one finding of this run is suppressed. Only
//! markers beside findings are seen; ignore files of other tools are not.

use super::Effect;
use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::evidence::truth::Truth;
use crate::model::evidence::Basis;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionsAny {}

impl Predicate for SuppressionsAny {
    fn name(&self) -> &'static str {
        "suppressions.any"
    }

    fn basis(&self) -> Basis {
        Basis::Scan
    }

    fn look(&self, facts: &Facts) -> Seen {
        let count: u64 = facts.findings.iter().map(|it| it.suppressions).sum();
        let claim = format!("suppressions of findings: {count}");
        Seen::new(Truth::from(count > 0), Effect::Context, claim)
    }
}
