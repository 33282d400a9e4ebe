//! `repository.is`: the scanned path is a repository of this state. A folder
//! without one is no answer: an exported copy, and a folder inside of a
//! repository, look the same.

use super::Effect;
use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::evidence::facts::Repository;
use crate::evidence::truth::Truth;
use crate::model::evidence::Basis;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryIs {
    /// The state asked for.
    pub state: State,
}

/// What a repository holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// At least one commit.
    GitWithCommits,
    /// No commit.
    GitWithoutCommits,
}

impl Predicate for RepositoryIs {
    fn name(&self) -> &'static str {
        "repository.is"
    }

    fn basis(&self) -> Basis {
        Basis::History
    }

    fn look(&self, facts: &Facts) -> Seen {
        let wanted = |state| Truth::from(self.state == state);
        match facts.repository {
            Repository::NotRead => Seen::blind("no git repository was read at this path"),
            Repository::Several => {
                Seen::blind("several paths were given: check one repository at a time")
            }
            Repository::Commits => {
                let claim = "a git repository with commits";
                Seen::new(wanted(State::GitWithCommits), Effect::Supports, claim)
            }
            Repository::Empty => {
                let claim = "a git repository without a commit";
                Seen::new(wanted(State::GitWithoutCommits), Effect::Refutes, claim)
            }
        }
    }
}
