//! Names are text that a report shows: paths, refs, archive members. A name
//! that holds a secret is shown with the secret masked, wherever it stands, so
//! that one hostile name neither leaks nor keeps a report from being written.
//! Excerpts go through the same mask: what is a secret in one file may stand as
//! plain text beside a finding in another.

use super::Outcome;
use crate::detect::secrets::Engine;
use crate::detect::secrets::Scratch;
use crate::detect::secrets::delta::Scanned;
use crate::model::location::Location;
use crate::model::origin::Origin;
use crate::model::secret::REDACTION_TOKEN;
use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;
use std::ops::Range;

/// Shorter secrets stand in ordinary names by chance.
const SHORTEST: usize = 12;

/// Finds secrets in names.
struct Masker<'a> {
    known: Option<AhoCorasick>,
    engine: &'a Engine,
}

/// Masks every name in an outcome.
pub(super) fn mask(outcome: &mut Outcome, engine: &Engine) {
    let known = outcome.secrets.iter().map(|secret| secret.expose());
    let masker = Masker {
        known: AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(known.filter(|secret| secret.len() >= SHORTEST))
            .ok(),
        engine,
    };
    for finding in &mut outcome.findings {
        masker.text(&mut finding.message);
        masker.text(&mut finding.logical);
        for step in &mut finding.flow {
            masker.location(&mut step.location);
            masker.text(&mut step.text);
        }
        finding
            .locations
            .iter_mut()
            .for_each(|location| masker.location(location));
        finding
            .parts
            .iter_mut()
            .for_each(|part| masker.location(&mut part.location));
        for suppression in &mut finding.suppressions {
            suppression
                .location
                .iter_mut()
                .for_each(|location| masker.location(location));
            masker.text(&mut suppression.justification);
        }
        let refs = finding
            .exposure
            .iter_mut()
            .flat_map(|exposure| &mut exposure.refs);
        refs.for_each(|name| masker.text(name));
        finding
            .facts
            .iter_mut()
            .for_each(|(_, value)| masker.text(value));
    }
    outcome.coverage.unscanned.iter_mut().for_each(|missed| {
        masker.text(&mut missed.what);
        masker.text(&mut missed.detail);
    });
    outcome
        .coverage
        .repository
        .values_mut()
        .for_each(|value| masker.text(value));
    outcome
        .subject
        .values_mut()
        .for_each(|value| masker.text(value));
}

impl Masker<'_> {
    fn location(&self, location: &mut Location) {
        self.origin(&mut location.origin);
    }

    fn origin(&self, origin: &mut Origin) {
        match origin {
            Origin::Member { archive, path } => {
                self.origin(archive);
                self.text(path);
            }
            Origin::File { path } | Origin::Index { path, .. } | Origin::Ref { path } => {
                self.text(path);
            }
            Origin::Blob {
                path: Some(path), ..
            } => self.text(path),
            Origin::Blob { .. } | Origin::Object { .. } | Origin::Stdin => {}
        }
    }

    /// Puts the mask over everything secret in a text.
    fn text(&self, text: &mut String) {
        let scanned = Scanned::whole(self.engine, text.as_bytes(), &mut Scratch::default());
        let sure = scanned
            .matches()
            .filter(|matched| matched.info.refused.is_none());
        let mut spans: Vec<Range<usize>> = sure.map(|matched| matched.secret.clone()).collect();
        if let Some(known) = &self.known {
            spans.extend(known.find_iter(text.as_str()).map(|found| found.range()));
        }
        if spans.is_empty() {
            return;
        }
        spans.sort_by_key(|span| (span.start, span.end));
        let mut masked = String::with_capacity(text.len());
        let mut at = 0;
        for span in spans {
            let (start, end) = (floor(text, span.start), ceil(text, span.end));
            if start >= at {
                masked.push_str(&text[at..start]);
                masked.push_str(REDACTION_TOKEN);
            }
            at = at.max(end);
        }
        masked.push_str(&text[at..]);
        *text = masked;
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

fn ceil(text: &str, at: usize) -> usize {
    (at..=text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(text.len())
}
