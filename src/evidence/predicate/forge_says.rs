//! `forge.says`: an export of the forge's settings, given by the user, says that
//! this one is on. Without an export, or where it is silent, the question is open.

use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::model::evidence::Basis;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgeSays {
    /// The setting, in the words of `docs/guide/evidence-files.md`.
    pub setting: String,
}

impl Predicate for ForgeSays {
    fn name(&self) -> &'static str {
        "forge.says"
    }

    fn basis(&self) -> Basis {
        Basis::Forge
    }

    fn look(&self, facts: &Facts) -> Seen {
        let setting = facts.survey.forge.get(&self.setting).copied();
        Seen::of(
            setting,
            &format!(
                "no export of the forge says whether it has {}",
                self.setting
            ),
            &format!("the forge says it has {}", self.setting),
            &format!("the forge says it has not {}", self.setting),
        )
    }
}
