//! From the checks and the facts of a run to verdicts. Rules are asked in order
//! and the first that holds decides, with one caution: what stands open before it
//! may still turn out to hold. So a verdict is only given when nothing before it
//! is open, or when it claims less than what is open does (`partial` beside an
//! open `implemented`). Everything else is `unknown`.

use super::activity::Activity;
use super::condition::Condition;
use super::facts::Facts;
use super::predicate::Predicate;
use super::predicate::Seen;
use super::source::Rule;
use super::truth::Truth;
use crate::model::evidence::Assessment;
use crate::model::evidence::Basis;
use crate::model::evidence::Observation;
use crate::model::evidence::Verdict;
use std::collections::BTreeSet;

/// The verdicts on these activities, in their order.
pub fn assess(activities: &[Activity], facts: &Facts) -> Vec<Assessment> {
    activities.iter().map(|it| assess_one(it, facts)).collect()
}

/// The verdict on one activity.
pub fn assess_one(activity: &Activity, facts: &Facts) -> Assessment {
    if facts.nothing_read {
        let reason = "nothing was read, so no check could run";
        let next = ["look at what was not read and why, mend it, and run again"];
        return Decision::plain(Verdict::Error, reason, &next.map(str::to_owned)).told(activity);
    }
    let mut seen = Witnessed::default();
    let mut decision = decide(activity, facts, &mut seen);
    for condition in &activity.context {
        seen.ask(condition, facts);
    }
    decision.basis = seen.basis;
    decision.observations = seen.observations;
    decision.told(activity)
}

/// What was decided, before the activity's own names are put to it.
struct Decision {
    status: Verdict,
    reason: String,
    next: Vec<String>,
    basis: BTreeSet<Basis>,
    observations: BTreeSet<Observation>,
}

impl Decision {
    fn plain(status: Verdict, reason: &str, next: &[String]) -> Decision {
        Decision {
            status,
            reason: reason.to_owned(),
            next: next.to_vec(),
            basis: BTreeSet::new(),
            observations: BTreeSet::new(),
        }
    }

    fn of(rule: &Rule, activity: &Activity) -> Decision {
        let mut next = rule.next.clone();
        if !matches!(rule.verdict, Verdict::Implemented | Verdict::NotApplicable) {
            next.extend(activity.next.iter().cloned());
        }
        Decision::plain(rule.verdict, &rule.reason, &next)
    }

    fn told(self, activity: &Activity) -> Assessment {
        Assessment {
            activity: activity.id.clone(),
            name: activity.name.clone(),
            dimension: activity.dimension.clone(),
            sub_dimension: activity.sub_dimension.clone(),
            level: activity.level,
            status: self.status,
            ceiling: activity.ceiling,
            basis: self.basis.into_iter().collect(),
            reason: self.reason,
            next: self.next,
            since: None,
            observations: self.observations.into_iter().collect(),
        }
    }
}

/// Asks the rules in order; `seen` keeps what the ones asked saw.
fn decide(activity: &Activity, facts: &Facts, seen: &mut Witnessed) -> Decision {
    let unknown = || Decision::plain(Verdict::Unknown, &activity.unknown, &activity.next);
    let mut open: Vec<Verdict> = Vec::new();
    for rule in &activity.rules {
        match seen.ask(&rule.when, facts) {
            Truth::False => {}
            Truth::Unknown => open.push(rule.verdict),
            Truth::True if stands(rule.verdict, &open) => return Decision::of(rule, activity),
            Truth::True => return unknown(),
        }
    }
    match (open.is_empty(), activity.rules.is_empty()) {
        (true, false) => {
            let otherwise = &activity.otherwise;
            let next = [otherwise.next.as_slice(), &activity.next].concat();
            Decision::plain(otherwise.verdict, &otherwise.reason, &next)
        }
        _ => unknown(),
    }
}

/// Whether a verdict may be given although rules before it are open.
fn stands(verdict: Verdict, open: &[Verdict]) -> bool {
    let claims_more = |it: &Verdict| matches!(it, Verdict::Implemented | Verdict::Partial);
    open.is_empty() || (verdict == Verdict::Partial && open.iter().all(claims_more))
}

/// What predicates saw, each once, sorted.
#[derive(Default)]
struct Witnessed {
    basis: BTreeSet<Basis>,
    observations: BTreeSet<Observation>,
}

impl Witnessed {
    fn ask(&mut self, condition: &Condition, facts: &Facts) -> Truth {
        condition.evaluate(facts, &mut |predicate, seen| self.note(predicate, seen))
    }

    fn note(&mut self, predicate: &dyn Predicate, seen: Seen) {
        if seen.truth != Truth::Unknown {
            self.basis.insert(predicate.basis());
        }
        let plain = Observation {
            check: predicate.name().to_owned(),
            effect: seen.effect.name().to_owned(),
            claim: seen.claim,
            path: None,
            line: None,
            excerpt: None,
        };
        let placed = seen.spots.into_iter().map(|spot| Observation {
            path: Some(spot.path),
            line: spot.line,
            excerpt: spot.excerpt,
            ..plain.clone()
        });
        let placed: Vec<Observation> = placed.collect();
        if placed.is_empty() {
            self.observations.insert(plain);
        }
        self.observations.extend(placed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_may_stand_beside_an_open_rule_that_claims_more_and_nothing_else_may() {
        use Verdict::Implemented;
        use Verdict::NotImplemented;
        use Verdict::Partial;
        assert!(stands(Implemented, &[]));
        assert!(stands(Partial, &[Implemented, Partial]));
        assert!(!stands(Partial, &[Implemented, NotImplemented]));
        assert!(!stands(NotImplemented, &[Implemented]));
        assert!(!stands(Implemented, &[Partial]));
    }

    #[test]
    fn an_empty_run_is_an_error_of_every_check_and_no_verdict() {
        let facts = Facts {
            nothing_read: true,
            ..Facts::default()
        };
        for assessment in assess(crate::evidence::builtin::activities(), &facts) {
            assert_eq!(assessment.status, Verdict::Error, "{}", assessment.name);
            assert!(assessment.basis.is_empty());
        }
    }
}
