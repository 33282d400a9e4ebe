//! `findings.none`: there is no finding of this sort. It is the negation of
//! `findings.any` and is written apart because it reads better in a check.

use super::Predicate;
use super::Seen;
use super::findings_any::FindingsAny;
use crate::evidence::facts::Facts;
use crate::model::evidence::Basis;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FindingsNone(pub FindingsAny);

impl Predicate for FindingsNone {
    fn name(&self) -> &'static str {
        "findings.none"
    }

    fn basis(&self) -> Basis {
        Basis::Scan
    }

    fn look(&self, facts: &Facts) -> Seen {
        let seen = self.0.look(facts);
        Seen {
            truth: !seen.truth,
            ..seen
        }
    }
}
