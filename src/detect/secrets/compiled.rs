//! Regexes, compiled when the first candidate of their rule appears: an
//! ordinary tree triggers a quarter of the rules, and compiling all of them
//! would cost more than scanning a small one.

use crate::model::rule::Rule;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use regex_syntax::ast;
use regex_syntax::ast::Ast;
use regex_syntax::ast::RepetitionKind;
use regex_syntax::ast::RepetitionRange;
use regex_syntax::ast::parse::Parser;
use std::borrow::Cow;
use std::convert::Infallible;
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
    /// on the window and one byte of look-around on each side. A match that runs into
    /// the cut is longer than the rule allows: long repetitions are bounded by nothing
    /// else (see [`build`]).
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
            let runs_into_cut = found.end() == haystack.len() && haystack.len() < bytes.len();
            if found.end() >= hit.end && !runs_into_cut {
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

/// From so many on, the rounds of a repetition are a bound on size and not a part of the form.
const LONG: u32 = 1000;

/// Compiles a pattern, its long repetitions without their upper bound: counting to 12,000 takes as many states,
/// which makes every search near a keyword cost a second and every header without its end a way to stop us. The
/// window, whose width was computed from the bounds, bounds them still.
fn build(pattern: &str) -> Regex {
    RegexBuilder::new(&relaxed(pattern))
        .unicode(false)
        .build()
        .expect("every pattern of a pack was compiled when the pack was linted")
}

/// The same pattern with long repetitions unbounded.
fn relaxed(pattern: &str) -> Cow<'_, str> {
    let parsed = Parser::new().parse(pattern);
    let long = parsed
        .ok()
        .and_then(|parsed| ast::visit(&parsed, Long::default()).ok())
        .unwrap_or_default();
    let mut relaxed = Cow::Borrowed(pattern);
    for (place, least, greedy) in long.into_iter().rev() {
        let lazy = if greedy { "" } else { "?" };
        relaxed
            .to_mut()
            .replace_range(place, &format!("{{{least},}}{lazy}"));
    }
    relaxed
}

/// Gathers the long repetitions of a pattern: where the operator stands, the least rounds, whether it is greedy.
#[derive(Default)]
struct Long(Vec<(Range<usize>, u32, bool)>);

impl ast::Visitor for Long {
    type Output = Vec<(Range<usize>, u32, bool)>;
    type Err = Infallible;

    fn finish(mut self) -> Result<Self::Output, Infallible> {
        self.0.sort_by_key(|(place, ..)| place.start);
        Ok(self.0)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Infallible> {
        if let Ast::Repetition(repetition) = ast
            && let RepetitionKind::Range(RepetitionRange::Bounded(least, most)) = repetition.op.kind
            && most >= LONG
        {
            let span = repetition.op.span;
            let place = span.start.offset..span.end.offset;
            self.0.push((place, least, repetition.greedy));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_repetition_ends_with_the_window() {
        let regex = build(r"\bx_(?<secret>[a-z]{20,2000})\b");
        assert_eq!(regex.as_str(), r"\bx_(?<secret>[a-z]{20,})\b");
        assert_eq!(
            relaxed("a{2,999}(?:b{3,1000}?c{4000}){2,1200}"),
            "a{2,999}(?:b{3,}?c{4000}){2,}"
        );
        let compiled = Compiled {
            pattern: regex,
            secret_group: 1,
            not: Vec::new(),
        };
        let text = |length: usize| [b"x_", "a".repeat(length).as_bytes(), b" rest"].concat();
        let find = |bytes: &[u8]| compiled.find_covering(bytes, 0..bytes.len().min(2002), 0..2);
        assert_eq!(find(&text(2000)).unwrap().secret, 2..2002);
        assert!(find(&text(2001)).is_none());
        assert!(find(&text(5000)).is_none());
        assert!(find(&text(19)).is_none());
    }
}
