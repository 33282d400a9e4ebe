//! Joins a scan to the checks: turns its outcome and what it was asked for into
//! the facts that checks may look at. What follows from the facts is `evidence`'s
//! business; who asks, the command line's.

use crate::evidence::assess;
use crate::evidence::builtin;
use crate::evidence::facts::Asked;
use crate::evidence::facts::Facts;
use crate::evidence::model;
use crate::model::evidence::Assessment;
use crate::model::rule::Confidence;
use crate::model::rule::RuleKind;
use crate::rules::builtin as rules;
use crate::rules::select::RuleSet;
use crate::rules::select::Selection;
use crate::scan::Options;
use crate::scan::Outcome;
use std::collections::BTreeSet;

/// The verdicts on all built-in activities, in the order of reports.
pub fn assess(outcome: &Outcome, ran: &RuleSet, options: &Options) -> Vec<Assessment> {
    let asked = asked(ran, options);
    let facts = Facts::new(&outcome.findings, &outcome.coverage, &asked);
    assess::assess(builtin::activities(), &facts)
}

fn asked(ran: &RuleSet, options: &Options) -> Asked {
    let kinds: BTreeSet<RuleKind> = ran.rules().iter().map(|rule| rule.kind).collect();
    Asked {
        kinds: kinds.into_iter().collect(),
        rules_narrowed: options.min_confidence > Confidence::Medium || narrowed(ran),
        archives_closed: options.archives.is_none(),
        paths: options.paths.len() + usize::from(options.stdin),
    }
}

/// True when a built-in rule that runs by default did not.
fn narrowed(ran: &RuleSet) -> bool {
    let ids: BTreeSet<&str> = ran.rules().iter().map(|rule| rule.id.0).collect();
    RuleSet::new(&rules::packs(), &Selection::default()).map_or(true, |default| {
        let mut wanted = default.rules().iter();
        wanted.any(|rule| !ids.contains(rule.id.0))
    })
}

/// Whether the model has this activity.
pub fn is_activity(id: &str) -> bool {
    model::read(model::TABLE).is_ok_and(|table| table.contains_key(id))
}

/// Whether there is a check of this activity.
pub fn has(activity: &str) -> bool {
    builtin::activities().iter().any(|it| it.id == activity)
}
