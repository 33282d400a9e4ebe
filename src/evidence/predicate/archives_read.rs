//! `archives.read`: archives were opened and their members searched. That is
//! context only: which of them are what the build publishes is not known here.

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
pub struct ArchivesRead {}

impl Predicate for ArchivesRead {
    fn name(&self) -> &'static str {
        "archives.read"
    }

    fn basis(&self) -> Basis {
        Basis::Scan
    }

    fn look(&self, facts: &Facts) -> Seen {
        let members = facts.archive_members;
        let claim = format!("{members} members of archives were searched");
        Seen::new(Truth::from(members > 0), Effect::Context, claim)
    }
}
