//! `policy.declares`: the tracked policy file declares this. Without a policy the
//! answer is no: it could have been seen here and nowhere else.

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
pub struct PolicyDeclares {
    /// The key: `limits`, `exposure`, `protection`, `image-lifetime`, …
    pub key: String,
}

impl Predicate for PolicyDeclares {
    fn name(&self) -> &'static str {
        "policy.declares"
    }

    fn basis(&self) -> Basis {
        Basis::Config
    }

    fn look(&self, facts: &Facts) -> Seen {
        if facts.survey.declared.contains(&self.key) {
            let claim = format!("the policy declares {}", self.key);
            return Seen::new(Truth::True, Effect::Supports, claim);
        }
        match facts.blind("files") {
            Some(why) => Seen::blind(format!("no policy seen, but {why}")),
            None => {
                let claim = format!("the policy does not declare {}", self.key);
                Seen::new(Truth::False, Effect::Context, claim)
            }
        }
    }
}
