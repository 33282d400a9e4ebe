//! Finds every occurrence of every rule keyword in one pass over the bytes, because only near a keyword is a regex
//! worth running. What an occurrence means (which rules it wakes, whether the text around it qualifies) is left to
//! the engine.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use aho_corasick::Input;

#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;

/// An occurrence of a literal: where it starts and which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Offset of the first byte in the haystack.
    pub pos: u32,
    /// Index into the literals given to [`Prefilter::new`].
    pub literal: u16,
}

/// Buffers of [`Prefilter::find`] that one thread keeps from call to call.
#[derive(Debug, Default)]
pub struct Scratch {}

/// A set of literals, ready to be searched for.
#[derive(Debug)]
pub struct Prefilter {
    automaton: AhoCorasick,
    longest: usize,
}

impl Prefilter {
    /// Prepares the search for `literals`: distinct, lower-case ASCII, of 3 bytes or more, at most 4,096 of them.
    ///
    /// # Panics
    ///
    /// If a literal breaks one of these rules; the build of the rule pack proves that none does.
    pub fn new(literals: &[&[u8]]) -> Prefilter {
        assert!(literals.len() <= 4096, "at most 4,096 literals");
        assert!(
            literals.iter().all(|l| l.len() >= 3),
            "literals are of 3 bytes or more"
        );
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .ascii_case_insensitive(true)
            .build(literals)
            .expect("4,096 literals of some bytes are far below the limits of the automaton");
        Prefilter {
            automaton,
            longest: literals.iter().map(|l| l.len()).max().unwrap_or(0),
        }
    }

    /// Appends to `out` every occurrence, overlapping ones too, of every literal that starts in `range`, in order of
    /// (`pos`, `literal`). It may end beyond `range`, but within `haystack`. The case of ASCII letters is ignored.
    ///
    /// # Panics
    ///
    /// If `range` is not within `haystack`, or if `haystack` is longer than 4 GiB.
    pub fn find(
        &self,
        haystack: &[u8],
        range: Range<usize>,
        _scratch: &mut Scratch,
        out: &mut Vec<Hit>,
    ) {
        assert!(
            u32::try_from(haystack.len()).is_ok(),
            "a haystack has at most 4 GiB"
        );
        let reach = haystack
            .len()
            .min(range.end + self.longest.saturating_sub(1));
        let first = out.len();
        let input = Input::new(haystack).span(range.start..reach);
        let found = self
            .automaton
            .find_overlapping_iter(input)
            .filter(|m| m.start() < range.end);
        out.extend(found.map(|m| Hit {
            pos: m.start() as u32,
            literal: m.pattern().as_usize() as u16,
        }));
        out[first..].sort_unstable();
    }
}
