//! `suppressions.all_have_reason`: every suppression gives a reason. Those beside
//! findings of this run are seen; whether those in ignore files of other tools do
//! is unknown until a build reads them, so `scope: all` cannot hold before.

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
pub struct SuppressionsAllHaveReason {
    /// Whose suppressions are meant.
    pub scope: Scope,
}

/// Whose suppressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Those of findings of this run.
    Run,
    /// Those of other tools too.
    All,
}

impl Predicate for SuppressionsAllHaveReason {
    fn name(&self) -> &'static str {
        "suppressions.all_have_reason"
    }

    fn basis(&self) -> Basis {
        Basis::Scan
    }

    fn look(&self, facts: &Facts) -> Seen {
        let ours: u64 = facts.findings.iter().map(|it| it.without_reason).sum();
        let others = match self.scope {
            Scope::Run => Some(0),
            Scope::All => facts.others_without_reason,
        };
        match (ours, others) {
            (0, Some(0)) => Seen::new(
                Truth::True,
                Effect::Supports,
                "every suppression gives a reason",
            ),
            (0, None) => Seen::blind("ignore files of other tools are not looked at by this build"),
            (ours, others) => {
                let count = ours.saturating_add(others.unwrap_or(0));
                let claim = format!("suppressions without a reason: {count}");
                Seen::new(Truth::False, Effect::Refutes, claim)
            }
        }
    }
}
