//! From the matches of one blob to what is told about it: the same secret seen
//! by several rules or several keywords becomes one, parts of one credential
//! are joined. Everything here is a function of the blob's whole list of
//! matches, so that it does not matter how the list was come by.

use super::engine::Engine;
use super::matching::Match;
use super::matching::MatchInfo;
use super::matching::Refusal;
use crate::model::rule::Confidence;
use crate::model::secret::Secret;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A match that stays, with the matches that are parts of the same credential.
pub struct Resolved {
    /// The match.
    pub matched: Match,
    /// Its parts, in order.
    pub parts: Vec<Match>,
}

/// Sorts the matches of one blob, removes what a better match covers and joins parts.
pub fn resolve(engine: &Engine, matches: &mut Vec<Match>) -> Vec<Resolved> {
    sort(matches);
    let kept: Vec<&Match> = matches
        .iter()
        .filter(|m| !is_covered(engine, m, matches))
        .collect();
    let parts = Parts::new(engine, &kept);
    kept.iter()
        .filter_map(|matched| join(engine, matched, &parts))
        .map(|resolved| Resolved {
            matched: with_score(engine, resolved.matched, matches),
            parts: resolved.parts,
        })
        .collect()
}

/// A match of a rule that is unsure of what it finds, with what the scorer says of the same bytes:
/// forty hex digits are GitHub's or not, but beside such a name they are a token.
fn with_score(engine: &Engine, matched: Match, all: &[Match]) -> Match {
    let unsure = |m: &Match| m.info.confidence == Confidence::Low && m.info.score.is_none();
    if !unsure(&matched) || engine.rules()[matched.info.rule].generic {
        return matched;
    }
    let scored = neighbours(all, &matched).find(|other| {
        other.secret == matched.secret
            && other.info.score.is_some()
            && other.info.refused.is_none()
            && other.info.confidence > Confidence::Low
    });
    let Some(scored) = scored else {
        return matched;
    };
    let info = &matched.info;
    let info = MatchInfo {
        rule: info.rule,
        secret: Secret::new(info.secret.expose()),
        validity: info.validity,
        expires: info.expires,
        facts: info.facts.clone(),
        confidence: scored.info.confidence,
        score: scored.info.score.clone(),
        refused: info.refused,
        decoded: info.decoded.clone(),
    };
    Match {
        info: Arc::new(info),
        ..matched
    }
}

/// Accepted matches by rule, for the search of what is near: a blob of a hundred thousand matches must not
/// cost a square.
struct Parts<'a> {
    of: BTreeMap<&'static str, OfRule<'a>>,
}

/// Those of one rule, by start.
#[derive(Default)]
struct OfRule<'a> {
    list: Vec<&'a Match>,
    /// Bytes of the longest.
    longest: usize,
}

impl<'a> Parts<'a> {
    fn new(engine: &Engine, kept: &[&'a Match]) -> Self {
        let mut of = BTreeMap::<_, OfRule<'a>>::new();
        for matched in kept.iter().filter(|one| one.info.refused.is_none()) {
            let one = of
                .entry(engine.rules()[matched.info.rule].id.0)
                .or_default();
            one.longest = one.longest.max(matched.span.len());
            one.list.push(matched);
        }
        for one in of.values_mut() {
            one.list.sort_by_key(|matched| matched.span.start);
        }
        Parts { of }
    }

    /// The nearest match of a rule within a distance.
    fn nearest(&self, matched: &Match, rule: &str, within: usize) -> Option<&'a Match> {
        let of_rule = self.of.get(rule)?;
        let from = matched
            .span
            .start
            .saturating_sub(within.saturating_add(of_rule.longest));
        let to = matched.span.end.saturating_add(within);
        let first = of_rule.list.partition_point(|one| one.span.start < from);
        of_rule.list[first..]
            .iter()
            .take_while(|one| one.span.start <= to)
            .map(|other| (distance(matched, other), *other))
            .filter(|(distance, _)| *distance <= within)
            .min_by_key(|(distance, other)| (*distance, other.key()))
            .map(|(_, other)| other)
    }
}

/// Sorts the matches of one text and removes what a better match covers.
pub(crate) fn drop_covered(engine: &Engine, matches: &mut Vec<Match>) {
    sort(matches);
    let covered: Vec<bool> = matches
        .iter()
        .map(|matched| is_covered(engine, matched, matches))
        .collect();
    for at in (0..matches.len()).filter(|&at| !covered[at]) {
        matches[at] = with_score(engine, matches[at].clone(), matches);
    }
    let mut covered = covered.into_iter();
    matches.retain(|_| !covered.next().unwrap_or_default());
}

/// Sorts matches and leaves each once. Two secrets of one packed text stand in the same place.
fn sort(matches: &mut Vec<Match>) {
    let identity = |matched: &Match| (matched.key(), matched.info.decoded.len());
    matches.sort_by(|a, b| {
        let secrets = || a.info.secret.expose().cmp(b.info.secret.expose());
        identity(a).cmp(&identity(b)).then_with(secrets)
    });
    matches.dedup_by(|a, b| a.key() == b.key() && a.info.secret.expose() == b.info.secret.expose());
}

/// Matches of one decoded text were weighed against each other there.
fn of_one_view(a: &Match, b: &Match) -> bool {
    !a.is_plain() && a.info.decoded == b.info.decoded
}

/// Another match over the same bytes says more: it is better proven, or names a provider.
fn is_covered(engine: &Engine, matched: &Match, all: &[Match]) -> bool {
    let mine = rank(engine, matched);
    neighbours(all, matched).any(|other| {
        !std::ptr::eq(other, matched)
            && other.secret.start < matched.secret.end
            && matched.secret.start < other.secret.end
            && !of_one_view(matched, other)
            && rank(engine, other) > mine
    })
}

/// Matches that may overlap: the list is sorted by the start of the secret.
fn neighbours<'a>(all: &'a [Match], matched: &Match) -> impl Iterator<Item = &'a Match> {
    let end = all.partition_point(|other| other.secret.start < matched.secret.end);
    all[..end].iter().rev().take(NEIGHBOURS)
}

/// No more matches than this are compared; a pathological blob must not cost a square.
const NEIGHBOURS: usize = 256;

/// What a provider's rule accepts comes first; what it refuses still silences the scorer, which
/// would otherwise report a token with a wrong checksum as "some token". Then proven before
/// likely, what a provider's rule sees as it stands before what is decoded from it (a JWT before what its
/// parts say), and for the scorer the other way round (the password before its base64); longer before
/// shorter, the rule that demanded more around the secret before the one that took it bare, and by rule
/// and by steps so that the order is total.
fn rank(engine: &Engine, matched: &Match) -> Rank {
    let rule = engine.rules()[matched.info.rule];
    let claim = match matched.info.refused {
        None if rule.generic => 1,
        None => 3,
        Some(Refusal::ChecksumFailed | Refusal::Placeholder) => 2,
        Some(Refusal::NoContext) => 0,
    };
    let confidence = matched.info.confidence;
    (
        claim,
        !rule.part_only,
        confidence,
        matched.is_plain() != rule.generic,
        matched.secret.len(),
        matched.span.len(),
        Reverse(matched.info.rule),
        Reverse(matched.info.decoded.len()),
    )
}

/// Claim, whole or part, confidence, plain or decoded, length of the secret, length of the match, rule, steps.
type Rank = (
    u8,
    bool,
    Confidence,
    bool,
    usize,
    usize,
    Reverse<usize>,
    Reverse<usize>,
);

/// Joins a match with its companions; `None` when it is only a part or misses a required one.
fn join(engine: &Engine, matched: &Match, all: &Parts<'_>) -> Option<Resolved> {
    let rule = engine.rules()[matched.info.rule];
    if rule.part_only {
        return None;
    }
    let mut parts = Vec::new();
    for companion in &rule.companions {
        match all.nearest(matched, companion.rule, companion.within as usize) {
            Some(part) => parts.push(part.clone()),
            None if companion.required => return None,
            None => {}
        }
    }
    Some(Resolved {
        matched: matched.clone(),
        parts,
    })
}

fn distance(a: &Match, b: &Match) -> usize {
    let gap = b.span.start.saturating_sub(a.span.end);
    gap.max(a.span.start.saturating_sub(b.span.end))
}
