//! Faults of configuration and code become findings here: one for each thing at
//! fault, whatever the number of places that hold the same file. A fault has no
//! secret, so its identity is a plain hash of what it is: the rule, the resource
//! and its text, without path and line, so that neither moving nor renaming
//! makes a finding new.

use super::fingerprint;
use super::finish::Finished;
use crate::model::finding::Exposure;
use crate::model::finding::Finding;
use crate::model::finding::Place;
use crate::model::finding::Status;
use crate::model::finding::Step;
use crate::model::finding::Suppression;
use crate::model::finding::Validity;
use crate::model::location::Location;
use crate::model::rule::Confidence;
use crate::model::rule::Rule;
use std::collections::BTreeMap;

/// One fault in one place, as a worker saw it.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The rule that says so.
    pub rule: &'static Rule,
    /// How likely, at this place.
    pub confidence: Confidence,
    /// One sentence for a person, without anything secret.
    pub message: String,
    /// What is at fault inside of the file.
    pub logical: String,
    /// What makes it this fault and no other: resource and normalised text, no path, no line.
    pub identity: String,
    /// Where.
    pub location: Location,
    /// Its line, masked.
    pub excerpt: Option<String>,
    /// The marker that silences it here.
    pub suppression: Option<Suppression>,
    /// How data gets there, for faults of code.
    pub flow: Vec<Step>,
    /// The file by its path below what is scanned, the same for all of its versions.
    pub file: String,
    /// Its life in the history, where that was looked for.
    pub exposure: Option<Exposure>,
    /// It stands in an older version, and is told only where no version of today has it.
    pub past: bool,
}

impl Fault {
    /// What is one finding: the same fault in the same file, in whatever version of it.
    pub fn key(&self) -> (&'static str, &str, &str) {
        (self.rule.id.0, &self.identity, &self.file)
    }
}

/// Turns faults into findings; `place` says what kind of place a path is.
pub fn finish(
    mut faults: Vec<Fault>,
    min_confidence: Confidence,
    place: &dyn Fn(&str) -> Place,
) -> Finished {
    let order = |fault: &Fault| {
        let (rule, identity, path) = fault.key();
        let ids = (rule, identity.to_owned(), path.to_owned());
        (ids, fault.location.clone(), fault.message.clone())
    };
    faults.sort_by_cached_key(order);
    let mut finished = Finished::default();
    let mut ordinals = BTreeMap::<(&str, &str), usize>::new();
    let groups = faults.chunk_by(|a, b| a.key() == b.key());
    let mut groups: Vec<&[Fault]> = groups.collect();
    // What stands today is numbered first: looking into the past gives it no other identity.
    groups.sort_by_key(|group| group.iter().all(|fault| fault.past));
    for group in groups {
        let (rule, identity, path) = group[0].key();
        if group[0].confidence < min_confidence {
            let below = finished.below_confidence.entry(rule.to_owned());
            *below.or_default() += 1;
            continue;
        }
        let ordinal = ordinals.entry((rule, identity)).or_default();
        *ordinal += 1;
        let fingerprint = fingerprint::of_fault(rule, identity, *ordinal);
        let mut finding = finding(group, place(path));
        finding.fingerprint = fingerprint;
        finished.findings.push(finding);
    }
    finished
}

fn finding(group: &[Fault], place: Place) -> Finding {
    let is_past = group.iter().all(|fault| fault.past);
    let told = || group.iter().filter(|fault| is_past || !fault.past);
    let first = told().next().unwrap_or(&group[0]);
    let mut locations: Vec<Location> = told().map(|f| f.location.clone()).collect();
    locations.dedup();
    let mut suppressions: Vec<Suppression> = told().filter_map(|f| f.suppression.clone()).collect();
    suppressions.dedup();
    let is_silent = told().all(|fault| fault.suppression.is_some());
    Finding {
        fingerprint: crate::model::finding::Fingerprint(String::new()),
        rule: first.rule.id,
        kind: first.rule.kind,
        severity: first.rule.severity,
        confidence: first.confidence,
        validity: Validity::Unknown,
        facts: Vec::new(),
        message: first.message.clone(),
        secret: None,
        status: if is_silent {
            Status::Suppressed
        } else {
            Status::Open
        },
        place,
        locations_total: locations.len() as u64,
        locations: locations.into_iter().take(Finding::LOCATION_CAP).collect(),
        parts: Vec::new(),
        suppressions,
        exposure: exposure(group),
        excerpt: first.excerpt.clone(),
        decoded: Vec::new(),
        features: Vec::new(),
        logical: first.logical.clone(),
        flow: first.flow.clone(),
    }
}

/// The life of a fault; of several, one that knows its beginning.
fn exposure(group: &[Fault]) -> Option<Exposure> {
    let mut lives: Vec<&Exposure> = group.iter().filter_map(|it| it.exposure.as_ref()).collect();
    lives.sort_by_key(|life| life.introduced.is_none());
    lives.first().map(|life| (*life).clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::Span;
    use crate::model::origin::Origin;
    use crate::model::rule::RuleId;
    use crate::model::rule::RuleKind;
    use crate::model::rule::Severity;

    fn fault(path: &str, identity: &str, at: u64) -> Fault {
        let rule: &'static Rule = Box::leak(Box::new(Rule {
            id: RuleId("open-setting"),
            kind: RuleKind::Misconfig,
            severity: Severity::High,
            confidence: Confidence::High,
            tags: Vec::new(),
            keywords: Vec::new(),
            pattern: "",
            named: false,
            message: "",
            validate: "",
            min_entropy_centi: 0,
            context: Vec::new(),
            context_reach: 0,
            companions: Vec::new(),
            not: Vec::new(),
            generic: false,
            part_only: false,
        }));
        Fault {
            rule,
            confidence: Confidence::High,
            message: "open".to_owned(),
            logical: identity.to_owned(),
            identity: identity.to_owned(),
            location: Location {
                origin: Origin::File { path: path.into() },
                span: Span::new(at, at + 1),
                region: None,
            },
            excerpt: None,
            suppression: None,
            flow: Vec::new(),
            file: path.to_owned(),
            exposure: None,
            past: false,
        }
    }

    fn finished(faults: Vec<Fault>) -> Vec<Finding> {
        finish(faults, Confidence::Low, &|_| Place::Source).findings
    }

    #[test]
    fn one_finding_for_each_resource_and_the_same_identity_wherever_it_moves() {
        let one = finished(vec![fault("a.yml", "pod x", 1), fault("a.yml", "pod y", 9)]);
        assert_eq!(one.len(), 2);
        let moved = finished(vec![fault("b/c.yml", "pod x", 70)]);
        assert_eq!(one[0].fingerprint, moved[0].fingerprint);
        let twice = finished(vec![fault("b.yml", "pod x", 1), fault("a.yml", "pod x", 1)]);
        assert_eq!(twice.len(), 2, "two files, two findings");
        assert_ne!(twice[0].fingerprint, twice[1].fingerprint);
    }

    #[test]
    fn what_stood_once_is_told_where_nothing_stands_and_changes_no_identity() {
        let today = || fault("b.yml", "pod x", 1);
        let past = |path| Fault {
            past: true,
            ..fault(path, "pod x", 5)
        };
        let alone = finished(vec![today()]);
        let found = finished(vec![past("a.yml"), past("b.yml"), today()]);
        assert_eq!(found.len(), 2, "b.yml once, whatever its versions");
        assert_eq!(found[0].locations.len(), 1);
        assert_eq!(found[0].fingerprint, alone[0].fingerprint);
        assert_eq!(found[1].locations[0].span.start, 5);
    }
}
