//! `ci.does`: a step of a pipeline does one of these things, on its own and not
//! only by hand. That none does can only be said when every pipeline was read,
//! with all it calls.

use super::Effect;
use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::evidence::truth::Truth;
use crate::model::evidence::Basis;
use crate::model::survey::Step;
use crate::model::survey::Trigger;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeSet;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CiDoes {
    /// One of these, in the words of the table of tools.
    pub any: Vec<String>,
    /// On one of these; on anything but by hand when it is left out.
    #[serde(default)]
    pub on: Vec<Trigger>,
    /// Only steps whose failure fails the pipeline.
    #[serde(default)]
    pub blocking: bool,
    /// Only steps that see the whole history.
    #[serde(default)]
    pub full_history: bool,
    /// Also steps that only a person starts.
    #[serde(default)]
    pub by_hand: bool,
    /// How many different tools; one when it is left out.
    #[serde(default = "one")]
    pub tools: u64,
}

fn one() -> u64 {
    1
}

impl CiDoes {
    fn takes(&self, step: &Step) -> bool {
        let runs = |on: &Trigger| match self.on.as_slice() {
            [] => *on != Trigger::Manual || self.by_hand,
            some => some.contains(on),
        };
        self.any.iter().any(|it| step.does.contains(it))
            && step.on.iter().any(runs)
            && (step.blocking || !self.blocking)
            && (step.full_history || !self.full_history)
    }
}

impl Predicate for CiDoes {
    fn name(&self) -> &'static str {
        "ci.does"
    }

    fn basis(&self) -> Basis {
        Basis::Config
    }

    fn look(&self, facts: &Facts) -> Seen {
        let steps = facts.survey.steps.iter().filter(|step| self.takes(step));
        let steps: Vec<&Step> = steps.collect();
        let tools: BTreeSet<&str> = steps.iter().map(|step| step.tool.as_str()).collect();
        let words = self.any.join(" or ");
        if tools.len() as u64 >= self.tools && !steps.is_empty() {
            let names: Vec<&str> = tools.into_iter().collect();
            let claim = format!("a pipeline step does {words}: {}", names.join(", "));
            let spots = steps.iter().map(|step| step.spot.clone());
            return Seen::new(Truth::True, Effect::Supports, claim).at(spots);
        }
        match facts.blind("ci") {
            Some(why) => Seen::blind(format!(
                "no pipeline step seen that does {words}, but {why}"
            )),
            None => {
                let claim = format!("no pipeline step that does {words} as asked");
                Seen::new(Truth::False, Effect::Refutes, claim)
            }
        }
    }
}
