//! `coverage.read`: at least something of each named source was read. It is the
//! precondition of saying anything; how much was read is `coverage.complete`.

use super::Effect;
use super::Predicate;
use super::Seen;
use super::Source;
use crate::evidence::facts::Facts;
use crate::evidence::facts::Reading;
use crate::evidence::truth::Truth;
use crate::model::evidence::Basis;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoverageRead {
    /// The sources that must have been read.
    pub sources: Vec<Source>,
}

impl Predicate for CoverageRead {
    fn name(&self) -> &'static str {
        "coverage.read"
    }

    fn basis(&self) -> Basis {
        Basis::Scan
    }

    fn look(&self, facts: &Facts) -> Seen {
        let unread = |source: &&Source| source.reading(facts) == Reading::None;
        let unread: Vec<&str> = self
            .sources
            .iter()
            .filter(unread)
            .map(|it| it.name())
            .collect();
        let claim = match unread.as_slice() {
            [] => {
                let all: Vec<&str> = self.sources.iter().map(|it| it.name()).collect();
                format!("{} read", all.join(" and "))
            }
            some => format!("{} not read", some.join(" and ")),
        };
        Seen::new(Truth::from(unread.is_empty()), Effect::Context, claim)
    }
}
