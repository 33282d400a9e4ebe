//! `worktree.all_tracked`: no file of the work tree is untracked and not
//! ignored. Comparing the tree with the index is left to a later build: until
//! then the answer of a run is always unknown.

use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::model::evidence::Basis;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorktreeAllTracked {}

impl Predicate for WorktreeAllTracked {
    fn name(&self) -> &'static str {
        "worktree.all_tracked"
    }

    fn basis(&self) -> Basis {
        Basis::History
    }

    fn look(&self, facts: &Facts) -> Seen {
        Seen::of(
            facts.untracked.map(|count| count == 0),
            "whether untracked files lie beside is not looked at by this build",
            "every file that is not ignored is tracked",
            "untracked files that no ignore file names lie beside",
        )
    }
}
