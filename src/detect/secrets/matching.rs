//! What the engine says about a place: a match, and what is known about the
//! secret in it. A match is small and owned, because a delta base keeps its
//! matches for its children; the secret itself is shared and never printed.

use crate::model::finding::Validity;
use crate::model::rule::Confidence;
use crate::model::secret::Secret;
use std::ops::Range;
use std::sync::Arc;

/// Why a match is no finding. Such matches are counted, never reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The checksum or structure it should have does not hold.
    ChecksumFailed,
    /// A placeholder, a documented dummy or a value without randomness.
    Placeholder,
    /// No context word stands near it.
    NoContext,
}

/// What is known about the secret of a match, shared by every place it is inherited to.
pub struct MatchInfo {
    /// The rule, as an index into the engine's rules.
    pub rule: usize,
    /// The secret's bytes.
    pub secret: Secret,
    /// What the offline check said.
    pub validity: Validity,
    /// When it expires, in seconds since 1970, where it says so itself.
    pub expires: Option<i64>,
    /// What the check read out of it; never secret material.
    pub facts: Vec<(&'static str, String)>,
    /// How likely it is real, before the place is weighed.
    pub confidence: Confidence,
    /// For scored candidates, the score and what decided it.
    pub score: Option<Score>,
    /// Set when it is no finding.
    pub refused: Option<Refusal>,
    /// What was decoded inside the blob to see it, outermost first.
    pub decoded: Vec<&'static str>,
}

/// The judgement of the generic scorer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Points; higher is more likely real.
    pub points: i32,
    /// The largest contributions.
    pub features: Vec<(&'static str, i32)>,
}

/// One place where a rule matched.
#[derive(Clone)]
pub struct Match {
    /// What is known about the secret.
    pub info: Arc<MatchInfo>,
    /// The whole match, in bytes of the scanned buffer.
    pub span: Range<usize>,
    /// The secret in it; in a decoded view, the encoded run that holds it.
    pub secret: Range<usize>,
}

impl Match {
    /// The same match `by` bytes further on, which may be negative.
    pub(crate) fn shifted(&self, by: isize) -> Match {
        let shift = |range: &Range<usize>| {
            range.start.wrapping_add_signed(by)..range.end.wrapping_add_signed(by)
        };
        Match {
            info: Arc::clone(&self.info),
            span: shift(&self.span),
            secret: shift(&self.secret),
        }
    }

    /// Says what was decoded to see this match, which nothing shares yet.
    pub(crate) fn decoded_by(&mut self, steps: &[&'static str]) {
        if let Some(info) = Arc::get_mut(&mut self.info) {
            info.decoded.splice(0..0, steps.iter().copied());
        }
    }

    /// True when it was seen as it stands, without decoding.
    pub(super) fn is_plain(&self) -> bool {
        self.info.decoded.is_empty()
    }

    /// Order and identity: where, and by which rule.
    pub(super) fn key(&self) -> (usize, usize, usize, usize, usize) {
        (
            self.secret.start,
            self.secret.end,
            self.info.rule,
            self.span.start,
            self.span.end,
        )
    }
}
