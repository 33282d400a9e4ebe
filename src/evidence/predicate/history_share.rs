//! `history.share`: at least so many of a hundred commits of the last 90 days are
//! of this kind. A cut history, or one nobody looked at, leaves it open.

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
pub struct HistoryShare {
    /// The kind of commit: `request`, `reviewed`, `record`.
    pub of: String,
    /// Percent.
    pub at_least: u64,
}

impl Predicate for HistoryShare {
    fn name(&self) -> &'static str {
        "history.share"
    }

    fn basis(&self) -> Basis {
        Basis::History
    }

    fn look(&self, facts: &Facts) -> Seen {
        let Some(past) = &facts.survey.past else {
            return Seen::blind(
                "the commits of the last 90 days were not looked at, or are cut off",
            );
        };
        let Some(count) = past.of.get(&self.of) else {
            return Seen::blind(format!("which commits are {} cannot be seen here", self.of));
        };
        if past.commits == 0 {
            return Seen::blind("there is no commit to look at");
        }
        let enough = count.saturating_mul(100) >= past.commits.saturating_mul(self.at_least);
        let claim = format!("{} commits: {count} of {}", self.of, past.commits);
        let effect = if enough {
            Effect::Supports
        } else {
            Effect::Context
        };
        Seen::new(Truth::from(enough), effect, claim)
    }
}
