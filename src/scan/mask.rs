//! Names are text that a report shows: paths, refs, archive members. A name
//! that holds a secret is shown with the secret masked, wherever it stands, so
//! that one hostile name neither leaks nor keeps a report from being written.
//! How many texts that happened to is told; what is masked is not.

use super::Outcome;
use crate::detect::secrets::Engine;
use crate::detect::secrets::Scratch;
use crate::detect::secrets::delta::Scanned;
use crate::model::object::ObjectId;
use crate::model::secret::REDACTION_TOKEN;
use crate::model::secret::Secret;
use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;
use std::ops::Range;

/// Values of this length are looked for wherever they stand.
const LONG: usize = 12;

/// Shorter values are words, or stand in ordinary text by chance.
const SHORT: usize = 8;

/// True for a value that says something where it stands: a word of eight letters may be a
/// password here and a folder there.
pub fn is_telling(secret: &[u8]) -> bool {
    let mixed = secret.iter().any(u8::is_ascii_digit) && secret.iter().any(|b| !b.is_ascii_digit());
    secret.len() >= LONG || (secret.len() >= SHORT && mixed)
}

/// Finds secrets in texts and puts a mask over them.
pub struct Masker<'a> {
    known: Option<AhoCorasick>,
    engine: &'a Engine,
}

impl<'a> Masker<'a> {
    /// Knows these secrets, and what the engine's rules accept.
    pub fn new(secrets: &[Secret], engine: &'a Engine) -> Self {
        let known = secrets.iter().map(Secret::expose);
        Masker {
            known: AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(known.filter(|secret| is_telling(secret)))
                .ok(),
            engine,
        }
    }

    /// Where secrets stand in some bytes, in order.
    pub fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let scanned = Scanned::whole(self.engine, bytes, &mut Scratch::default());
        let sure = scanned
            .matches()
            .filter(|matched| matched.info.refused.is_none());
        let mut spans: Vec<Range<usize>> = sure.map(|matched| matched.secret.clone()).collect();
        if let Some(known) = &self.known {
            spans.extend(known.find_iter(bytes).map(|found| found.range()));
        }
        spans.sort_by_key(|span| (span.start, span.end));
        spans
    }

    /// Puts the mask over everything secret in a text; true when that changed it. The id of an
    /// object is no secret, even where somebody uses one as a token.
    pub fn mask(&self, text: &mut String) -> bool {
        if ObjectId::from_hex(text.as_bytes()).is_some() {
            return false;
        }
        let spans = self.find(text.as_bytes());
        if spans.is_empty() {
            return false;
        }
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
        let is_new = masked != *text;
        *text = masked;
        is_new
    }
}

/// Masks every text of an outcome.
pub(super) fn mask(outcome: &mut Outcome, engine: &Engine) {
    let masker = Masker::new(&outcome.secrets, engine);
    let mut masked = 0;
    let mut each = |text: &mut String| masked += u64::from(masker.mask(text));
    for finding in &mut outcome.findings {
        finding.texts_mut(&mut each);
    }
    outcome.coverage.texts_mut(&mut each);
    outcome.subject.values_mut().for_each(&mut each);
    for entry in &mut outcome.baseline {
        entry.path.iter_mut().for_each(&mut each);
    }
    outcome.coverage.masked += masked;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_masked_wherever_it_stands() {
        let engine = Engine::new(Vec::new(), None);
        let secrets = [Secret::new(b"scram-sha-256"), Secret::new(b"database")];
        let masker = Masker::new(&secrets, &engine);
        let mut path = "auth/scram-sha-256/\u{fc}.py".to_owned();
        assert!(masker.mask(&mut path));
        assert_eq!(path, "auth/[redacted]/\u{fc}.py");
        let mut word = "database/schema.sql".to_owned();
        assert!(!masker.mask(&mut word));
        assert_eq!(word, "database/schema.sql");
    }

    #[test]
    fn the_id_of_an_object_stays() {
        let engine = Engine::new(Vec::new(), None);
        let id = "0123456789abcdef0123456789abcdef01234567"; // bowerbird:allow the id of an object
        let masker = [Secret::new(id.as_bytes())];
        let masker = Masker::new(&masker, &engine);
        assert!(!masker.mask(&mut id.to_owned()));
        assert!(masker.mask(&mut format!("x {id}")));
    }
}
