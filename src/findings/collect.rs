//! Gathers what the workers see. A secret seen a thousand times is kept once,
//! with its places; the same sightings in any order give the same gathering.

use crate::model::finding::Suppression;
use crate::model::finding::Validity;
use crate::model::location::Location;
use crate::model::location::Span;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::model::rule::Confidence;
use crate::model::rule::Rule;
use crate::model::secret::Redacted;
use crate::model::secret::Secret;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
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

/// A place in an object of the history. There may be one for every version of a file, so
/// it is kept small; path, commit, line and column are found for the few that are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// The object.
    pub object: ObjectId,
    /// What it is.
    pub kind: ObjectKind,
    /// First byte; objects are smaller than 4 GiB.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// What was decoded inside of the object to see it.
    pub decoded: Box<[&'static str]>,
}

impl Held {
    /// The place in full.
    pub fn location(&self) -> Location {
        let origin = match self.kind {
            ObjectKind::Blob => Origin::Blob {
                blob: self.object,
                path: None,
                commit: None,
            },
            kind => Origin::Object {
                object: self.object,
                kind: kind.name().to_owned(),
            },
        };
        let span = Span::new(self.start.into(), self.end.into());
        Location {
            origin,
            span,
            region: None,
        }
    }
}

/// A place where a secret was seen, of either kind.
pub enum Sighting {
    /// Anywhere.
    Seen(Box<Seen>),
    /// In a plain object of the history.
    Held(Held),
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
    /// Its places outside of plain objects of the history.
    pub seen: BTreeSet<Seen>,
    /// Its places in plain objects of the history, in no order, perhaps twice.
    pub held: Vec<Held>,
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
    /// Adds one sighting. `known` is asked only when it could say more than is known already:
    /// when the secret is new, or `worth` is not less than that of what is kept.
    pub fn add(
        &mut self,
        rule: &'static Rule,
        secret: &[u8],
        worth: Worth,
        known: impl FnOnce() -> Known,
        sighting: Sighting,
        parts: Vec<SeenPart>,
    ) {
        let key = (rule.id.0, Arc::<[u8]>::from(secret));
        let gathered = match self.found.entry(key) {
            Entry::Vacant(slot) => slot.insert(Gathered {
                known: known(),
                secret: Secret::new(secret),
                seen: BTreeSet::new(),
                held: Vec::new(),
                parts: BTreeSet::new(),
            }),
            Entry::Occupied(slot) => {
                let gathered = slot.into_mut();
                if worth >= gathered.known.worth() {
                    gathered.learn(known());
                }
                gathered
            }
        };
        match sighting {
            Sighting::Seen(seen) => {
                gathered.seen.insert(*seen);
            }
            Sighting::Held(held) => gathered.held.push(held),
        }
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
                Entry::Vacant(slot) => {
                    slot.insert(theirs);
                }
                Entry::Occupied(slot) => {
                    let ours = slot.into_mut();
                    ours.learn(theirs.known);
                    ours.seen.extend(theirs.seen);
                    ours.held.extend(theirs.held);
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

    /// Objects of the history that hold a secret, in order.
    pub fn objects(&self) -> BTreeSet<ObjectId> {
        let held = self
            .found
            .values()
            .flat_map(|gathered| gathered.held.iter().map(|h| h.object));
        let seen = self.found.values().flat_map(|gathered| &gathered.seen);
        held.chain(seen.filter_map(|seen| seen.location.origin.object()))
            .collect()
    }

    /// Copies of all secrets, for the check that no report holds one.
    pub fn secrets(&self) -> Vec<Secret> {
        self.found
            .values()
            .map(|gathered| Secret::new(gathered.secret.expose()))
            .collect()
    }
}

impl Gathered {
    /// Keeps the better of two judgements of the same value; equal ones are equal, so that
    /// the order does not matter.
    fn learn(&mut self, known: Known) {
        let whole = |known: &Known| (known.worth(), known.features.clone(), known.facts.clone());
        if whole(&known) > whole(&self.known) {
            self.known = known;
        }
    }
}

/// What makes one judgement of a value better than another.
pub type Worth = (Option<i32>, Confidence, Validity);

impl Known {
    fn worth(&self) -> Worth {
        (self.points, self.confidence, self.validity)
    }
}
