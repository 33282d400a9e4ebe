//! Gathers what the workers see. A secret seen a thousand times is kept once,
//! with its places; the same sightings in any order give the same gathering.

use crate::model::finding::Suppression;
use crate::model::finding::Validity;
use crate::model::location::Location;
use crate::model::location::Span;
use crate::model::object::ObjectId;
use crate::model::rule::Confidence;
use crate::model::rule::Rule;
use crate::model::secret::Redacted;
use crate::model::secret::Secret;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is known about a secret, whatever the place.
#[derive(Clone)]
pub struct Known {
    /// The rule that says so.
    pub rule: &'static Rule,
    /// What the offline check said.
    pub validity: Validity,
    /// How likely it is real, before the place is weighed.
    pub confidence: Confidence,
    /// What the check read out of it.
    pub facts: Vec<(String, String)>,
    /// For scored candidates, the points of the best place.
    pub points: Option<i32>,
    /// What decided the score.
    pub features: Vec<(String, i32)>,
}

/// One place where a secret was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Where. For a blob of the history the region is filled in later.
    pub location: Location,
    /// What was decoded to see it.
    pub decoded: Vec<&'static str>,
    /// The line with everything secret masked, when the bytes were at hand.
    pub excerpt: Option<String>,
    /// The marker that silences it here.
    pub suppression: Option<Suppression>,
}

/// Another part of the same credential beside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeenPart {
    /// The id of its rule.
    pub rule: &'static str,
    /// Where.
    pub location: Location,
    /// What may be said of it.
    pub secret: Redacted,
}

/// One secret with all its places.
pub struct Gathered {
    /// What is known about it.
    pub known: Known,
    /// Its bytes.
    pub secret: Secret,
    /// Its places.
    pub seen: BTreeSet<Seen>,
    /// Parts seen beside it.
    pub parts: BTreeSet<SeenPart>,
}

/// Why a match was no finding, as it is counted in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// Its checksum or structure does not hold.
    ChecksumFailed,
    /// A placeholder or dummy.
    Placeholder,
}

/// All secrets seen so far.
#[derive(Default)]
pub struct Collector {
    found: BTreeMap<(&'static str, Arc<[u8]>), Gathered>,
    refused: BTreeSet<(Refused, &'static str, Arc<[u8]>)>,
}

impl Collector {
    /// Adds one sighting.
    pub fn add(&mut self, known: Known, secret: &[u8], seen: Seen, parts: Vec<SeenPart>) {
        let gathered = self
            .found
            .entry((known.rule.id.0, secret.into()))
            .or_insert_with(|| Gathered {
                known: known.clone(),
                secret: Secret::new(secret),
                seen: BTreeSet::new(),
                parts: BTreeSet::new(),
            });
        gathered.learn(known);
        gathered.seen.insert(seen);
        gathered.parts.extend(parts);
    }

    /// Counts a match that is no finding, once for each distinct value.
    pub fn refuse(&mut self, why: Refused, rule: &'static str, secret: &[u8]) {
        self.refused.insert((why, rule, secret.into()));
    }

    /// Takes over another collector.
    pub fn merge(&mut self, other: Collector) {
        for (key, theirs) in other.found {
            match self.found.entry(key) {
                std::collections::btree_map::Entry::Vacant(slot) => {
                    slot.insert(theirs);
                }
                std::collections::btree_map::Entry::Occupied(mut ours) => {
                    let ours = ours.get_mut();
                    ours.learn(theirs.known);
                    ours.seen.extend(theirs.seen);
                    ours.parts.extend(theirs.parts);
                }
            }
        }
        self.refused.extend(other.refused);
    }

    /// The secrets seen, by rule and value.
    pub fn into_gathered(self) -> (Vec<Gathered>, BTreeMap<Refused, BTreeMap<String, u64>>) {
        let mut counts = BTreeMap::<Refused, BTreeMap<String, u64>>::new();
        for (why, rule, _) in &self.refused {
            *counts
                .entry(*why)
                .or_default()
                .entry((*rule).to_owned())
                .or_default() += 1;
        }
        (self.found.into_values().collect(), counts)
    }

    /// Objects of the history that hold a secret, with the spans of all their secrets.
    pub fn masks(&self) -> BTreeMap<ObjectId, Vec<Span>> {
        let mut masks = BTreeMap::<ObjectId, Vec<Span>>::new();
        for location in self.places() {
            if let Some(id) = location.origin.object() {
                masks.entry(id).or_default().push(location.span);
            }
        }
        masks
    }

    /// Copies of all secrets, for the check that no report holds one.
    pub fn secrets(&self) -> Vec<Secret> {
        self.found
            .values()
            .map(|gathered| Secret::new(gathered.secret.expose()))
            .collect()
    }

    /// Every place seen so far.
    pub fn places(&self) -> impl Iterator<Item = &Location> {
        self.found
            .values()
            .flat_map(|gathered| gathered.seen.iter().map(|seen| &seen.location))
    }
}

impl Gathered {
    /// Keeps the better of two judgements of the same value; equal ones are equal, so that
    /// the order does not matter.
    fn learn(&mut self, known: Known) {
        let worth = |known: &Known| {
            (
                known.points,
                known.confidence,
                known.validity,
                known.features.clone(),
            )
        };
        if worth(&known) > worth(&self.known) {
            self.known = known;
        }
    }
}
