//! `things.have`: of the things of one kind (containers, manifests, languages),
//! all or some have these properties, or there is any at all. A file of that
//! kind that could not be read leaves the question open.

use super::Effect;
use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::evidence::truth::Truth;
use crate::model::evidence::Basis;
use crate::model::survey::Thing;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThingsHave {
    /// The kind.
    pub kind: String,
    /// Only those that have one of these properties are meant; all when it is left out.
    #[serde(default)]
    pub of: Vec<String>,
    /// Every one of these properties.
    #[serde(default)]
    pub has: Vec<String>,
    /// How many of them must have it.
    pub how_many: HowMany,
}

/// Properties that are told by what pipelines run: a pipeline that was not read may give them.
const BY_PIPELINES: &[&str] = &["analysed", "analysed-twice", "scanned", "styled"];

/// How many of the things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HowMany {
    /// There is at least one, and each has it.
    All,
    /// At least one has it.
    Some,
}

impl ThingsHave {
    fn words(&self) -> String {
        let mut words = self.of.join(" or ");
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&self.kind);
        if !self.has.is_empty() {
            words.push_str(" with ");
            words.push_str(&self.has.join(" and "));
        }
        words
    }
}

impl Predicate for ThingsHave {
    fn name(&self) -> &'static str {
        "things.have"
    }

    fn basis(&self) -> Basis {
        Basis::Config
    }

    fn look(&self, facts: &Facts) -> Seen {
        let meant = |thing: &&Thing| {
            let of = self.of.is_empty() || self.of.iter().any(|it| thing.has.contains(it));
            thing.kind == self.kind && of
        };
        let has = |thing: &Thing| self.has.iter().all(|it| thing.has.contains(it));
        let things: Vec<&Thing> = facts.survey.things.iter().filter(meant).collect();
        let (with, without): (Vec<&Thing>, Vec<&Thing>) =
            things.into_iter().partition(|thing| has(thing));
        let (yes, total) = (with.len(), with.len() + without.len());
        let claim = format!("{}: {yes} of {total}", self.words());
        let by_pipelines = self
            .has
            .iter()
            .any(|it| BY_PIPELINES.contains(&it.as_str()));
        let elsewhere = by_pipelines.then(|| facts.blind("ci")).flatten();
        let blind = facts.blind(&self.kind).or_else(|| elsewhere.clone());
        let unsure = |claim: &str, why: &str| Seen::blind(format!("{claim}, but {why}"));
        let spots = |things: &[&Thing]| -> Vec<_> {
            let spots = things.iter().map(|thing| thing.spot.clone());
            spots.collect()
        };
        let found = !with.is_empty();
        match (self.how_many, blind) {
            (HowMany::Some, _) if found => {
                Seen::new(Truth::True, Effect::Supports, claim).at(spots(&with))
            }
            (HowMany::All, _) if !without.is_empty() && elsewhere.is_none() => {
                Seen::new(Truth::False, Effect::Refutes, claim).at(spots(&without))
            }
            (_, Some(why)) => unsure(&claim, &why),
            (HowMany::All, None) if found => {
                Seen::new(Truth::True, Effect::Supports, claim).at(spots(&with))
            }
            (_, None) => Seen::new(Truth::False, Effect::Context, claim).at(spots(&without)),
        }
    }
}
