//! `history.count`: at least so many commits of the last 90 days are of this kind.
//! A cut history leaves it open unless enough was seen.

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryCount {
    /// The kind of commit: `bot`, `bot-merged`, `issue`, `advisory`.
    pub of: String,
    /// How many.
    pub at_least: u64,
}

impl Predicate for HistoryCount {
    fn name(&self) -> &'static str {
        "history.count"
    }

    fn basis(&self) -> Basis {
        Basis::History
    }

    fn look(&self, facts: &Facts) -> Seen {
        let found = facts.survey.past.as_ref();
        let Some(count) = found.and_then(|past| past.of.get(&self.of)) else {
            return Seen::blind(
                "the commits of the last 90 days were not looked at, or are cut off",
            );
        };
        let claim = format!("{} commits of the last 90 days: {count}", self.of);
        let enough = *count >= self.at_least;
        let effect = if enough {
            Effect::Supports
        } else {
            Effect::Context
        };
        Seen::new(Truth::from(enough), effect, claim)
    }
}
