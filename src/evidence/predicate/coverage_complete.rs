//! `coverage.complete`: all of the named sources was read. A source that was not
//! read at all is not complete either; why something is missing is told in words.

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
pub struct CoverageComplete {
    /// The sources that must be complete.
    pub sources: Vec<Source>,
}

impl Predicate for CoverageComplete {
    fn name(&self) -> &'static str {
        "coverage.complete"
    }

    fn basis(&self) -> Basis {
        Basis::Scan
    }

    fn look(&self, facts: &Facts) -> Seen {
        let told = self
            .sources
            .iter()
            .map(|source| match source.reading(facts) {
                Reading::None => format!("{} not read", source.name()),
                Reading::Incomplete => format!("{} incomplete", source.name()),
                Reading::Complete => format!("{} read completely", source.name()),
            });
        let mut claim = told.collect::<Vec<_>>().join(", ");
        let complete = |source: &Source| source.reading(facts) == Reading::Complete;
        if self.sources.iter().all(complete) {
            return Seen::new(Truth::True, Effect::Supports, claim);
        }
        if !facts.gaps.is_empty() {
            claim.push_str(&format!(" ({})", facts.gaps.join("; ")));
        }
        Seen::new(Truth::False, Effect::Context, claim)
    }
}
