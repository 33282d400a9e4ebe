//! `files.show`: a tracked file shows one of these signs (a dashboard, a threat
//! model, a budget). What makes a sign is data in `patterns/evidence/signs.yml`.

use super::Effect;
use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::evidence::truth::Truth;
use crate::model::evidence::Basis;
use crate::model::survey::Sign;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesShow {
    /// One of these signs.
    pub any: Vec<String>,
    /// Only files changed within so many days before the scanned commit.
    #[serde(default)]
    pub within_days: Option<u64>,
}

impl Predicate for FilesShow {
    fn name(&self) -> &'static str {
        "files.show"
    }

    fn basis(&self) -> Basis {
        Basis::Config
    }

    fn look(&self, facts: &Facts) -> Seen {
        let named = |sign: &&Sign| self.any.contains(&sign.name);
        let signs: Vec<&Sign> = facts.survey.signs.iter().filter(named).collect();
        let words = self.any.join(" or ");
        let spots = |signs: &[&Sign]| -> Vec<_> {
            let spots = signs.iter().map(|sign| sign.spot.clone());
            spots.collect()
        };
        if let Some(days) = self.within_days {
            let young = |sign: &&Sign| sign.age_days.is_some_and(|age| age <= days);
            let young: Vec<&Sign> = signs.iter().copied().filter(young).collect();
            let claim = format!("{words}, changed within {days} days");
            if !young.is_empty() {
                let seen = Seen::new(Truth::True, Effect::Supports, claim);
                return seen.at(spots(&young));
            }
            if signs.iter().any(|sign| sign.age_days.is_none()) {
                let seen = Seen::blind(format!("{words}, of unknown age"));
                return seen.at(spots(&signs));
            }
            if !signs.is_empty() {
                let claim = format!("{words}, not changed within {days} days");
                let seen = Seen::new(Truth::False, Effect::Refutes, claim);
                return seen.at(spots(&signs));
            }
        } else if !signs.is_empty() {
            let seen = Seen::new(Truth::True, Effect::Supports, words);
            return seen.at(spots(&signs));
        }
        match facts.blind("files") {
            Some(why) => Seen::blind(format!("{words}: not seen, but {why}")),
            None => Seen::new(
                Truth::False,
                Effect::Context,
                format!("{words}: no file shows it"),
            ),
        }
    }
}
