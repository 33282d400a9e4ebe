//! `reports.given`: the user gave a file of another tool about one of these things.
//! It asks for the file, so that none was given is an answer; a check must not
//! conclude more from that.

use super::Effect;
use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::evidence::truth::Truth;
use crate::model::evidence::Basis;
use crate::model::survey::Given;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportsGiven {
    /// About one of these, in the words of the table of tools.
    pub any: Vec<String>,
}

impl Predicate for ReportsGiven {
    fn name(&self) -> &'static str {
        "reports.given"
    }

    fn basis(&self) -> Basis {
        Basis::Scan
    }

    fn look(&self, facts: &Facts) -> Seen {
        let about = |it: &&Given| self.any.iter().any(|what| it.does.contains(what));
        let names: Vec<String> = facts
            .survey
            .given
            .iter()
            .filter(about)
            .map(|it| format!("{} of {} ({} results)", it.format, it.tool, it.results))
            .collect();
        let words = self.any.join(" or ");
        if names.is_empty() {
            let claim = format!("no report of another tool on {words} was given");
            return Seen::new(Truth::False, Effect::Context, claim);
        }
        let claim = format!("given: {}", names.join(", "));
        Seen::new(Truth::True, Effect::Supports, claim)
    }
}
