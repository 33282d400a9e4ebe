//! `signatures.are`: at least so many of a hundred of the last commits or tags have
//! a signature of one of these kinds. A cut history, or one nobody looked at,
//! leaves it open.

use super::Effect;
use super::Predicate;
use super::Seen;
use crate::evidence::facts::Facts;
use crate::evidence::truth::Truth;
use crate::model::evidence::Basis;
use crate::model::signature::SignatureCounts;
use crate::model::signature::SignatureKind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignaturesAre {
    /// Of commits or of tags.
    #[serde(default)]
    pub on: On,
    /// The kinds that count.
    pub any: Vec<SignatureKind>,
    /// Percent; without it, one is enough.
    #[serde(default)]
    pub at_least: Option<u64>,
}

/// What is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// Commits of the last 90 days.
    #[default]
    Commits,
    /// The last tags.
    Tags,
}

impl Predicate for SignaturesAre {
    fn name(&self) -> &'static str {
        "signatures.are"
    }

    fn basis(&self) -> Basis {
        Basis::History
    }

    fn look(&self, facts: &Facts) -> Seen {
        let Some(seen) = &facts.survey.signatures else {
            return Seen::blind(
                "the commits of the last 90 days were not looked at, or are cut off",
            );
        };
        let (counts, what) = match self.on {
            On::Commits => (&seen.commits, "commits"),
            On::Tags => (&seen.tags, "tags"),
        };
        let found = counts.any_of(&self.any);
        let enough = match self.at_least {
            Some(share) => {
                counts.all > 0 && found.saturating_mul(100) >= counts.all.saturating_mul(share)
            }
            None => found > 0,
        };
        let refutes = enough && self.any.contains(&SignatureKind::Bad);
        let effect = match (enough, refutes) {
            (_, true) => Effect::Refutes,
            (true, false) => Effect::Supports,
            (false, false) => Effect::Context,
        };
        Seen::new(Truth::from(enough), effect, claim(counts, what))
    }
}

/// All counts, so that a report tells once what each part of a condition rests on.
fn claim(counts: &SignatureCounts, what: &str) -> String {
    let parts = counts.of.iter();
    let parts: Vec<String> = parts
        .map(|(kind, count)| format!("{count} {}", kind.name()))
        .collect();
    let mut claim = format!("signatures of the last {} {what}", counts.all);
    if !parts.is_empty() {
        claim = format!("{claim}: {}", parts.join(", "));
    }
    if let Some(first) = counts.bad.first() {
        let others = counts.any_of(&[SignatureKind::Bad]).saturating_sub(1);
        claim = match others {
            0 => format!("{claim}; bad is {first}"),
            _ => format!("{claim}; bad are {first} and {others} more"),
        };
    }
    claim
}
