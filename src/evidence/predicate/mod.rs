//! The predicates that conditions are built from: one small file each, a pure
//! function from the facts to a three-valued answer and one sentence that says
//! what was seen. What they are combined to is data. To add one: a file here, and
//! a variant with its arm in `condition`.

pub mod archives_read;
pub mod ci_does;
pub mod ci_exists;
pub mod coverage_complete;
pub mod coverage_read;
pub mod files_show;
pub mod findings_any;
pub mod findings_none;
pub mod forge_says;
pub mod history_count;
pub mod history_share;
pub mod policy_declares;
pub mod reports_given;
pub mod repository_is;
pub mod signatures_are;
pub mod suppressions_all_have_reason;
pub mod suppressions_any;
pub mod things_have;
pub mod worktree_all_tracked;

use super::facts::Facts;
use super::facts::Reading;
use super::truth::Truth;
use crate::model::evidence::Basis;
use crate::model::survey::Spot;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeSet;

/// What a predicate saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its answer.
    pub truth: Truth,
    /// Whether that speaks for or against an activity.
    pub effect: Effect,
    /// One sentence for a person, never content.
    pub claim: String,
    /// Where it was seen, at most [`Seen::SPOTS`] places.
    pub spots: Vec<Spot>,
}

/// How something seen bears on an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// For it.
    Supports,
    /// Against it.
    Refutes,
    /// About it.
    Context,
}

impl Effect {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Effect::Supports => "supports",
            Effect::Refutes => "refutes",
            Effect::Context => "context",
        }
    }
}

/// A question about the facts of a run.
pub trait Predicate {
    /// As it is written in an activity file.
    fn name(&self) -> &'static str;

    /// What an answer rests on.
    fn basis(&self) -> Basis;

    /// Looks.
    fn look(&self, facts: &Facts) -> Seen;
}

/// A source of a repository, as activity files name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The files of the work tree.
    Worktree,
    /// Every object of the history.
    History,
}

impl Source {
    fn reading(self, facts: &Facts) -> Reading {
        match self {
            Source::Worktree => facts.worktree,
            Source::History => facts.history,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Source::Worktree => "work tree",
            Source::History => "history",
        }
    }
}

impl Seen {
    fn new(truth: Truth, effect: Effect, claim: impl Into<String>) -> Seen {
        Seen {
            truth,
            effect,
            claim: claim.into(),
            spots: Vec::new(),
        }
    }

    /// Places that one observation names; the claim has the whole count.
    pub const SPOTS: usize = 10;

    /// With the places where it was seen.
    fn at(mut self, spots: impl IntoIterator<Item = Spot>) -> Seen {
        let named = spots.into_iter().filter(|spot| !spot.path.is_empty());
        let sorted: BTreeSet<Spot> = named.collect();
        self.spots = sorted.into_iter().take(Seen::SPOTS).collect();
        self
    }

    /// Of something that this run or this build does not look at.
    fn blind(claim: impl Into<String>) -> Seen {
        Seen::new(Truth::Unknown, Effect::Context, claim)
    }

    /// Of something that may not have been looked at: true speaks for the activity.
    fn of(fact: Option<bool>, blind: &str, yes: &str, no: &str) -> Seen {
        match fact {
            None => Seen::blind(blind),
            Some(true) => Seen::new(Truth::True, Effect::Supports, yes),
            Some(false) => Seen::new(Truth::False, Effect::Refutes, no),
        }
    }
}
