//! `ci.exists`: at least one pipeline is defined by a file of the repository. A
//! pipeline kept on a server is not seen; checks that mind say `unknown` without one.

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
pub struct CiExists {}

impl Predicate for CiExists {
    fn name(&self) -> &'static str {
        "ci.exists"
    }

    fn basis(&self) -> Basis {
        Basis::Config
    }

    fn look(&self, facts: &Facts) -> Seen {
        let count = facts.survey.ci_files;
        if count > 0 {
            let claim = format!("pipelines defined here: {count}");
            return Seen::new(Truth::True, Effect::Context, claim);
        }
        match facts.blind("ci") {
            Some(why) => Seen::blind(format!("no pipeline seen, but {why}")),
            None => Seen::new(Truth::False, Effect::Context, "no pipeline is defined here"),
        }
    }
}
