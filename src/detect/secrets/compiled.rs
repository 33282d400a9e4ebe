//! Regexes, compiled when the first candidate of their rule appears: an
//! ordinary tree triggers a quarter of the rules, and compiling all of them
//! would cost more than scanning a small one.

use crate::model::rule::Rule;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use std::ops::Range;

/// One rule's compiled patterns.
pub(super) struct Compiled {
    pattern: Regex,
    secret_group: usize,
    not: Vec<Regex>,
}

/// A raw hit of a pattern.
pub(super) struct Found {
    pub(super) span: Range<usize>,
    pub(super) secret: Range<usize>,
}

impl Compiled {
    /// Compiles a rule of a pack. The pack was linted, so every pattern compiles.
    pub(super) fn new(rule: &Rule) -> Self {
        let pattern = build(rule.pattern);
        let secret_group = pattern
            .capture_names()
            .position(|name| name == Some("secret"))
            .unwrap_or(0);
        Compiled {
            pattern,
            secret_group,
            not: rule.not.iter().map(|not| build(not)).collect(),
        }
    }

    /// The leftmost match in `window` that covers `hit`, or none.
    ///
    /// The haystack is cut one byte behind the window, so that the answer depends
    /// on the window and one byte of look-around on each side.
    pub(super) fn find_covering(
        &self,
        bytes: &[u8],
        window: Range<usize>,
        hit: Range<usize>,
    ) -> Option<Found> {
        let haystack = &bytes[..bytes.len().min(window.end + 1)];
        let mut at = window.start;
        while at <= hit.start {
            let found = self.pattern.find_at(haystack, at)?;
            if found.start() > hit.start {
                return None;
            }
            if found.end() >= hit.end {
                return Some(self.with_secret(haystack, found.range()));
            }
            at = found.start() + 1;
        }
        None
    }

    fn with_secret(&self, haystack: &[u8], span: Range<usize>) -> Found {
        if self.secret_group == 0 {
            return Found {
                span: span.clone(),
                secret: span,
            };
        }
        let secret = self
            .pattern
            .captures_at(haystack, span.start)
            .and_then(|captures| captures.get(self.secret_group).map(|group| group.range()))
            .unwrap_or_else(|| span.clone());
        Found { span, secret }
    }

    /// True when the rule knows this value not to be a secret.
    pub(super) fn is_refused(&self, secret: &[u8]) -> bool {
        self.not.iter().any(|not| not.is_match(secret))
    }
}

fn build(pattern: &str) -> Regex {
    RegexBuilder::new(pattern)
        .unicode(false)
        .build()
        .expect("every pattern of a pack was compiled when the pack was linted")
}
