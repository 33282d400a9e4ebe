//! The last step: gathered secrets become findings with a place, a confidence,
//! a status, an identity and an order. Everything here is small and sequential;
//! the result is the same whatever came first.

use super::baseline::Acknowledged;
use super::baseline::Entry;
use super::collect::Gathered;
use super::collect::Held;
use super::collect::Seen;
use super::fingerprint;
use super::fingerprint::FingerprintKey;
use super::life;
use super::life::Life;
use super::life::Lives;
use crate::bytes::escape;
use crate::model::finding::Exposure;
use crate::model::finding::Finding;
use crate::model::finding::Fingerprint;
use crate::model::finding::Part;
use crate::model::finding::Place;
use crate::model::finding::Status;
use crate::model::finding::Suppression;
use crate::model::finding::SuppressionKind;
use crate::model::location::Location;
use crate::model::location::Region;
use crate::model::object::ObjectId;
use crate::model::origin::Origin;
use crate::model::rule::Confidence;
use crate::model::rule::RuleId;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Locations of the history for which line, column and excerpt are read again, per finding.
const SHOWN_CAP: usize = 10;

/// Line, column and masked line of a place in the history.
pub struct Shown {
    /// Lines and columns.
    pub region: Option<Region>,
    /// The masked line.
    pub excerpt: Option<String>,
}

/// From path, value, points and given confidence to the confidence that is told; `None` drops.
pub type Weigh = dyn Fn(&str, &[u8], Option<i32>, Confidence) -> Option<Confidence>;

/// What finishing needs from outside.
pub struct Context<'a> {
    /// The user's key, if there is one.
    pub key: Option<&'a FingerprintKey>,
    /// Findings below this are counted and not reported.
    pub min_confidence: Confidence,
    /// The lives of blobs and other objects that hold findings; empty when no history was read.
    pub lives: &'a Lives,
    /// The committer time of HEAD.
    pub head_time: Option<i64>,
    /// One line that names a rule.
    pub title: &'a dyn Fn(RuleId) -> &'static str,
    /// What kind of place a path is, and what it adds to a score.
    pub place: &'a dyn Fn(&str) -> Place,
    /// What a path makes of the confidence of a value: its path, the value, the points of the
    /// scorer where it has some, and what the rule or the check gave.
    pub weigh: &'a Weigh,
    /// Reads a place of the history again.
    pub show: &'a dyn Fn(&Location) -> Option<Shown>,
    /// What was let be before.
    pub acknowledged: &'a Acknowledged,
}

/// What came of it.
#[derive(Default)]
pub struct Finished {
    /// The findings, sorted.
    pub findings: Vec<Finding>,
    /// How many were below the asked confidence, by rule.
    pub below_confidence: BTreeMap<String, u64>,
    /// What a baseline of all open findings would hold, and of those that one lets be.
    pub baseline: Vec<Entry>,
    /// Entries of the baseline that found nothing to let be.
    pub unused: usize,
}

impl Finished {
    /// Joins what came of faults, in the one order of a report. A baseline knows faults by their
    /// fingerprints.
    pub fn join(&mut self, mut other: Finished, acknowledged: &Acknowledged) {
        let mut used = BTreeSet::new();
        for finding in &mut other.findings {
            let known = acknowledged.find_print(finding.rule.0, &finding.fingerprint.0);
            used.extend(known);
            if let Some(number) = known {
                finding.status = Status::Suppressed;
                finding.suppressions.push(external(acknowledged, number));
            } else if finding.status == Status::Suppressed {
                continue;
            }
            let place = finding.locations.first();
            self.baseline.push(known.map_or_else(
                || Entry {
                    rule: finding.rule.0.to_owned(),
                    path: place.and_then(|it| it.origin.path().map(str::to_owned)),
                    fingerprint: Some(finding.fingerprint.0.clone()),
                    ..Entry::default()
                },
                |number| acknowledged.entry(number).clone(),
            ));
        }
        self.unused = self.unused.saturating_sub(used.len());
        self.findings.extend(other.findings);
        self.findings.sort_by(|a, b| rank(a).cmp(&rank(b)));
        for (rule, n) in other.below_confidence {
            *self.below_confidence.entry(rule).or_default() += n;
        }
    }
}

/// Turns gathered secrets into findings.
pub fn finish(gathered: Vec<Gathered>, context: &Context<'_>) -> Finished {
    let mut finished = Finished::default();
    let mut used = BTreeSet::new();
    let mut ordinals = BTreeMap::<(&'static str, String), usize>::new();
    let mut drafts: Vec<Draft> = gathered
        .into_iter()
        .map(|one| Draft::new(one, context))
        .collect();
    drafts.sort_by_key(Draft::order);
    for mut draft in drafts {
        let rule = draft.gathered.known.rule.id;
        let confidence = draft.confidence(context);
        if let Some(confidence) = confidence.filter(|it| *it >= context.min_confidence) {
            let ordinal = ordinals.entry((rule.0, draft.name())).or_default();
            *ordinal += 1;
            draft.identify(*ordinal, context);
            let entry = draft.entry(context);
            used.extend(draft.acknowledged);
            let finding = draft.into_finding(confidence, context);
            if finding.status == Status::Open || finding.suppressions.iter().any(is_external) {
                finished.baseline.push(entry);
            }
            finished.findings.push(finding);
        } else {
            used.extend(draft.in_baseline("", context));
            let below = &mut finished.below_confidence;
            *below.entry(rule.0.to_owned()).or_default() += 1;
        }
    }
    finished.unused = context.acknowledged.len() - used.len();
    finished.findings.sort_by(|a, b| rank(a).cmp(&rank(b)));
    finished
}

/// The suppression by an entry of the baseline.
fn external(acknowledged: &Acknowledged, number: usize) -> Suppression {
    Suppression {
        kind: SuppressionKind::External,
        by: "baseline".to_owned(),
        justification: escape::terminal(&acknowledged.entry(number).reason),
        location: None,
    }
}

fn is_external(suppression: &Suppression) -> bool {
    suppression.kind == SuppressionKind::External
}

/// Open before suppressed, worst first, likeliest first, ordinary places first, then by place.
pub(super) fn rank(finding: &Finding) -> impl Ord + '_ {
    (
        finding.status,
        std::cmp::Reverse(finding.severity),
        std::cmp::Reverse(finding.confidence),
        finding.place,
        finding.rule,
        finding
            .locations
            .first()
            .map(|location| (&location.origin, location.span)),
        &finding.fingerprint,
    )
}

/// A gathered secret with its places attributed and sorted.
struct Draft {
    gathered: Gathered,
    seen: Vec<Seen>,
    total: u64,
    exposure: Option<Exposure>,
    /// The place in an object of the history that a baseline would point at.
    pointed: Option<Held>,
    fingerprint: Fingerprint,
    /// The number of the baseline's entry that lets it be.
    acknowledged: Option<usize>,
}

impl Draft {
    fn new(mut gathered: Gathered, context: &Context<'_>) -> Self {
        let seen = std::mem::take(&mut gathered.seen);
        let mut held = std::mem::take(&mut gathered.held);
        held.sort_unstable();
        held.dedup();
        let total = (seen.len() + held.len()) as u64;
        let objects = seen.iter().filter_map(|seen| seen.location.origin.object());
        let objects: BTreeSet<ObjectId> =
            objects.chain(held.iter().map(|held| held.object)).collect();
        let known: Vec<&Life> = objects
            .iter()
            .filter_map(|id| context.lives.get(id))
            .collect();
        let exposure =
            (!known.is_empty()).then(|| life::exposure(known.into_iter(), context.head_time));
        let seen = choose(seen, &held, context);
        Draft {
            gathered,
            seen,
            total,
            exposure,
            pointed: lasting(&held, context.lives),
            fingerprint: Fingerprint(String::new()),
            acknowledged: None,
        }
    }

    /// Gives it its fingerprint and looks it up in the baseline.
    fn identify(&mut self, ordinal: usize, context: &Context<'_>) {
        let rule = self.gathered.known.rule.id.0;
        self.fingerprint = match context.key {
            Some(key) => key.of_secret(rule, self.gathered.secret.expose()),
            None => fingerprint::of_place(rule, &self.name(), ordinal),
        };
        self.acknowledged = self.in_baseline(&self.fingerprint.0, context);
    }

    fn in_baseline(&self, fingerprint: &str, context: &Context<'_>) -> Option<usize> {
        let secret = self.gathered.secret.expose();
        let rule = self.gathered.known.rule.id.0;
        context.acknowledged.find(rule, secret, fingerprint)
    }

    /// What a baseline would say of it.
    fn entry(&self, context: &Context<'_>) -> Entry {
        if let Some(number) = self.acknowledged {
            return context.acknowledged.entry(number).clone();
        }
        let pointed = self.pointed.as_ref().filter(|_| context.key.is_none());
        Entry {
            rule: self.gathered.known.rule.id.0.to_owned(),
            path: self.primary().origin.path().map(str::to_owned),
            object: pointed.map(|held| held.object),
            start: pointed.map(|held| held.start),
            end: pointed.map(|held| held.end),
            fingerprint: pointed.is_none().then(|| self.fingerprint.0.clone()),
            reason: String::new(),
        }
    }

    fn primary(&self) -> &Location {
        &self.seen[0].location
    }

    /// What the fingerprint calls the primary place: its path, or the object.
    fn name(&self) -> String {
        let origin = &self.primary().origin;
        match (origin.path(), self.primary().origin.object()) {
            (Some(path), _) => path.to_owned(),
            (None, Some(id)) => id.to_string(),
            (None, None) => "-".to_owned(),
        }
    }

    fn order(&self) -> impl Ord + use<> {
        (self.gathered.known.rule.id, self.primary().clone())
    }

    /// The best confidence over all places; `None` for a score that is too low everywhere.
    fn confidence(&self, context: &Context<'_>) -> Option<Confidence> {
        let known = &self.gathered.known;
        let secret = self.gathered.secret.expose();
        let weigh = |path: &str| (context.weigh)(path, secret, known.points, known.confidence);
        let paths = self.seen.iter().map(|seen| seen.location.origin.path());
        let best = paths.map(|path| weigh(path.unwrap_or_default())).max();
        best.unwrap_or_else(|| weigh(""))
    }

    fn into_finding(self, confidence: Confidence, context: &Context<'_>) -> Finding {
        let known = &self.gathered.known;
        let status = match self.acknowledged {
            Some(_) => Status::Suppressed,
            None => status(&self.seen),
        };
        let place_of =
            |seen: &Seen| (context.place)(seen.location.origin.path().unwrap_or_default());
        let place = self
            .seen
            .iter()
            .map(place_of)
            .min()
            .unwrap_or(Place::Source);
        let parts = self.gathered.parts.iter().map(|part| Part {
            rule: RuleId(part.rule),
            location: part.location.clone(),
            secret: part.secret,
        });
        let mut finding = Finding {
            fingerprint: self.fingerprint,
            rule: known.rule.id,
            kind: known.rule.kind,
            severity: known.rule.severity,
            confidence,
            validity: known.validity,
            facts: known.facts.clone(),
            message: (context.title)(known.rule.id).to_owned(),
            secret: Some(self.gathered.secret.redacted()),
            status,
            place,
            locations_total: self.total,
            parts: parts.take(Finding::LOCATION_CAP).collect(),
            suppressions: self
                .seen
                .iter()
                .filter_map(|seen| seen.suppression.clone())
                .collect(),
            exposure: self.exposure,
            excerpt: self.seen[0].excerpt.clone(),
            decoded: self.seen[0]
                .decoded
                .iter()
                .map(|step| (*step).to_owned())
                .collect(),
            features: known.features.clone(),
            logical: String::new(),
            flow: Vec::new(),
            locations: Vec::new(),
        };
        finding.suppressions.dedup();
        if let Some(number) = self.acknowledged {
            let suppression = external(context.acknowledged, number);
            finding.suppressions.push(suppression);
        }
        finding.locations = self.seen.into_iter().map(|seen| seen.location).collect();
        finding.locations.truncate(Finding::LOCATION_CAP);
        show(&mut finding, context);
        finding
    }
}

/// Reads line, column and excerpt of the first places of the history.
fn show(finding: &mut Finding, context: &Context<'_>) {
    for (index, location) in finding.locations.iter_mut().enumerate().take(SHOWN_CAP) {
        let in_history = matches!(
            location.origin,
            Origin::Blob { .. } | Origin::Object { .. } | Origin::Index { .. }
        );
        if !in_history || location.region.is_some() {
            continue;
        }
        let Some(shown) = (context.show)(location) else {
            continue;
        };
        location.region = shown.region;
        if index == 0 {
            finding.excerpt = shown.excerpt;
        }
    }
}

/// Attributes the places of the history and leaves out what says nothing new: any version of a
/// file that was read in the work tree, and later versions of the same path.
fn choose(seen: BTreeSet<Seen>, held: &[Held], context: &Context<'_>) -> Vec<Seen> {
    let read: BTreeSet<String> = seen
        .iter()
        .filter(|seen| matches!(seen.location.origin.outermost(), Origin::File { .. }))
        .filter_map(|seen| seen.location.origin.path().map(str::to_owned))
        .collect();
    let mut chosen: Vec<Seen> = Vec::new();
    for mut seen in seen {
        attribute(&mut seen.location.origin, context.lives);
        chosen.push(seen);
    }
    for held in first_of_each_path(held, context.lives) {
        let mut location = held.location();
        attribute(&mut location.origin, context.lives);
        if !location
            .origin
            .path()
            .is_some_and(|path| read.contains(path))
        {
            chosen.push(Seen {
                location,
                decoded: held.decoded.to_vec(),
                excerpt: None,
                suppression: None,
            });
        }
    }
    chosen.sort_by(|a, b| {
        (kind(a), a.location.origin.path(), a).cmp(&(kind(b), b.location.origin.path(), b))
    });
    chosen
}

/// Of all versions of a path the one that came first, at its first place; what has no path stays.
fn first_of_each_path<'h>(held: &'h [Held], lives: &Lives) -> Vec<&'h Held> {
    let mut first = BTreeMap::<&str, (i64, &Held)>::new();
    let mut rest = Vec::new();
    for one in held {
        let life = lives.get(&one.object);
        let Some(path) = life.and_then(|life| life.path()) else {
            rest.push(one);
            continue;
        };
        let since = life
            .and_then(|life| life.introduced.as_ref())
            .and_then(|moment| moment.time);
        let mine = (since.unwrap_or(i64::MAX), one);
        first
            .entry(path)
            .and_modify(|kept| *kept = (*kept).min(mine))
            .or_insert(mine);
    }
    first
        .into_values()
        .map(|(_, held)| held)
        .chain(rest)
        .collect()
}

/// The place that lasts longest: in the oldest commit, in any object when no commit holds it.
fn lasting(held: &[Held], lives: &Lives) -> Option<Held> {
    let since = |held: &Held| {
        let introduced = lives.get(&held.object)?.introduced.as_ref()?;
        introduced.time
    };
    let oldest = held
        .iter()
        .min_by_key(|&held| (since(held).unwrap_or(i64::MAX), held));
    oldest.cloned()
}

/// Work tree first, then the index, then history with a path, then the rest.
fn kind(seen: &Seen) -> u8 {
    match seen.location.origin.outermost() {
        Origin::File { .. } | Origin::Stdin => 0,
        Origin::Index { .. } => 1,
        Origin::Blob { path: Some(_), .. } => 2,
        Origin::Blob { .. } => 4,
        Origin::Object { .. } | Origin::Ref { .. } => 3,
        Origin::Member { .. } => 5,
    }
}

/// Writes path and commit of a blob's life into its origin.
fn attribute(origin: &mut Origin, lives: &Lives) {
    match origin {
        Origin::Member { archive, .. } => attribute(archive, lives),
        Origin::Blob { blob, path, commit } => {
            let Some(life) = lives.get(blob) else { return };
            if let Some(path) = life.index_path.clone() {
                *origin = Origin::Index { path, blob: *blob };
                return;
            }
            *path = life.path().map(str::to_owned);
            *commit = life.introduced.as_ref().map(|moment| moment.commit.id);
        }
        _ => {}
    }
}

/// Suppressed when every place that has no marker is a version of a path that has one.
fn status(seen: &[Seen]) -> Status {
    let marked: BTreeSet<&str> = seen
        .iter()
        .filter(|seen| seen.suppression.is_some())
        .filter_map(|seen| seen.location.origin.path())
        .collect();
    let silent = |seen: &Seen| {
        seen.suppression.is_some()
            || matches!(
                seen.location.origin,
                Origin::Blob { .. } | Origin::Index { .. }
            ) && seen
                .location
                .origin
                .path()
                .is_some_and(|path| marked.contains(path))
    };
    if seen.iter().all(silent) {
        Status::Suppressed
    } else {
        Status::Open
    }
}
