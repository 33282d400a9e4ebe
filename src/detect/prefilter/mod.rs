//! Finds every occurrence of every rule keyword in one pass over the bytes, because only near a keyword is a regex
//! worth running. What an occurrence means (which rules it wakes, whether the text around it qualifies) is left to
//! the engine.
//!
//! # How it works
//!
//! ```text
//! once:
//!     of each literal take the window of four bytes that is rarest in source text          plan
//!     put each window in one of 32 buckets, so that the product of the probabilities
//!         of a bucket's cells, summed over the buckets, stays small                        plan
//!     hash the windows into a bit set, and into a table from window to literals            confirm
//!
//! for each block of 2,048 positions:
//!     list  = positions p where some bucket has the cells of text[p .. p + 4]              pairs, permute
//!     list  = those of them where the bit of the window's hash is set                      confirm
//!     for p in list:
//!         for each literal with the window text[p .. p + 4], at offset o:                  confirm
//!             report p - o if the literal is there
//! ```
//!
//! A cell is one byte class or a pair of them, see `frequency`. About 5 positions in 100 pass the first step, less
//! than one the second, and every second to third of these is an occurrence. What makes it fast:
//!
//! 1. The rarest window, not the first bytes: `algolia` is found by `lgol`, which hardly anything else has.
//! 2. Neither of the first two steps has a branch that depends on the text. Survivors are written to the list
//!    whether they survive or not; the length of the list grows if they do.
//! 3. Windows share buckets with windows like them, so that 800 literals need no more time than eight in the first
//!    step; only its sieve gets coarser.
//!
//! There are two filters for the first step. `permute` looks up 64 positions at once, by single bytes, and needs
//! AVX-512. `pairs` looks at pairs of bytes in tables that fit the first-level cache, at every second position, for
//! which each literal needs two windows: one at an even distance from its start and one at an odd distance.
//! Nibble shuffles in the manner of Teddy, which AVX2 offers, tell apart too little at this number of literals.
//!
//! `unsafe` occurs at eight places: two calls of functions that need instructions the processor was found to have,
//! three vector loads, one vector store and two gathers.

use std::ops::Range;

use confirm::Confirm;
use confirm::Search;
use pairs::PairFilter;
use pairs::Pairs;
#[cfg(target_arch = "x86_64")]
use permute::PermuteFilter;
use plan::Plan;
use plan::Window;

mod confirm;
mod frequency;
#[cfg(test)]
mod naive;
mod pairs;
#[cfg(target_arch = "x86_64")]
mod permute;
mod plan;
#[cfg(test)]
mod tests;

/// Positions that are filtered before the survivors among them are confirmed: so few that all buffers stay in the
/// first-level cache.
const BLOCK: usize = 2048;

/// Survivors of a block, with room for a vector behind the last one.
type List = [u16; BLOCK + 64];

/// An occurrence of a literal: where it starts and which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Offset of the first byte in the haystack.
    pub pos: u32,
    /// Index into the literals given to [`Prefilter::new`].
    pub literal: u16,
}

/// Buffers of [`Prefilter::find`] that one thread keeps from call to call.
#[derive(Debug)]
pub struct Scratch {
    pairs: Box<Pairs>,
    list: Box<List>,
}

impl Default for Scratch {
    fn default() -> Scratch {
        Scratch {
            pairs: Box::new([0; BLOCK / 2 + 1]),
            list: Box::new([0; BLOCK + 64]),
        }
    }
}

/// The instructions a [`Prefilter`] makes use of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// Those that every processor of the architecture has.
    Portable,
    /// AVX2, BMI1 and BMI2.
    Avx2,
    /// AVX-512 with VBMI and VBMI2: Intel since Ice Lake, AMD since Zen 4.
    Avx512,
}

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Literal<'a> {
    /// Its bytes: in lower case, unless it is `exact`.
    pub text: &'a [u8],
    /// It counts only where no letter, digit or `_` stands right before it.
    pub bounded: bool,
    /// It counts only as it is spelt; otherwise the case of its letters is ignored.
    pub exact: bool,
}

impl<'a> Literal<'a> {
    /// A literal that counts anywhere and in any case.
    pub const fn anywhere(text: &'a [u8]) -> Self {
        Literal {
            text,
            bounded: false,
            exact: false,
        }
    }
}

/// A set of literals, ready to be searched for.
#[derive(Debug)]
pub struct Prefilter {
    filter: Filter,
    confirm: Confirm,
    /// How far windows begin behind the starts of their literals.
    farthest: usize,
    /// Some literals are only looked for by a window that begins with the byte before them.
    gaps: bool,
}

#[derive(Debug)]
enum Filter {
    Portable(PairFilter),
    #[cfg(target_arch = "x86_64")]
    Avx2(PairFilter),
    #[cfg(target_arch = "x86_64")]
    Avx512(PermuteFilter),
}

impl Prefilter {
    /// Prepares the search for `literals`: distinct, printable ASCII, of 3 bytes or more, at most 4,096 of them.
    /// The best instructions of the processor at hand are chosen; which ones makes no difference to what is found.
    ///
    /// # Panics
    ///
    /// If a literal breaks one of these rules; the build of the rule pack proves that none does.
    pub fn new(literals: &[Literal<'_>]) -> Prefilter {
        let best = [
            Instructions::Avx512,
            Instructions::Avx2,
            Instructions::Portable,
        ];
        best.into_iter()
            .find_map(|instructions| Prefilter::with(literals, instructions))
            .expect("every processor has the portable instructions")
    }

    /// Like [`Prefilter::new`], but with the given instructions, or `None` if the processor lacks them. It is there
    /// for tests and measurements.
    pub fn with(literals: &[Literal<'_>], instructions: Instructions) -> Option<Prefilter> {
        assert!(literals.len() <= 4096, "at most 4,096 literals");
        assert!(
            literals.iter().all(|l| l.text.len() >= 3),
            "literals are of 3 bytes or more"
        );
        let mut folded = literals.iter().filter(|l| !l.exact);
        assert!(
            !folded.any(|l| l.text.iter().any(u8::is_ascii_uppercase)),
            "literals are in lower case"
        );
        assert!(
            literals.iter().flat_map(|l| l.text).all(|&b| b < 0x7f),
            "literals are of ASCII"
        );
        let filter = match instructions {
            Instructions::Portable => Filter::Portable,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 if PairFilter::has_avx2() => Filter::Avx2,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 if PermuteFilter::is_available() => {
                let plan = Plan::<1>::new(literals);
                let filter = Filter::Avx512(PermuteFilter::new(&plan.columns));
                return Some(Prefilter::assemble(literals, &plan.windows, filter));
            }
            _ => return None,
        };
        let plan = Plan::<2>::new(literals);
        Some(Prefilter::assemble(
            literals,
            &plan.windows,
            filter(PairFilter::new(plan.columns)),
        ))
    }

    fn assemble(literals: &[Literal<'_>], windows: &[Window], filter: Filter) -> Prefilter {
        let farthest = windows.iter().map(|w| w.offset).max().unwrap_or(0).max(0) as usize;
        let early = windows.iter().any(|w| w.offset < 0);
        Prefilter {
            #[cfg(target_arch = "x86_64")]
            gaps: early && matches!(filter, Filter::Avx512(_)),
            #[cfg(not(target_arch = "x86_64"))]
            gaps: false,
            filter,
            confirm: Confirm::new(literals, windows),
            farthest,
        }
    }

    /// Appends to `out` every occurrence, overlapping ones too, of every literal that starts in `range`, in order of
    /// (`pos`, `literal`). It may end beyond `range`, but within `haystack`. Of the text around it the byte before it
    /// counts, if the literal is bounded, and nothing else.
    ///
    /// # Panics
    ///
    /// If `range` is not within `haystack`, or if `haystack` is longer than 4 GiB.
    pub fn find(
        &self,
        haystack: &[u8],
        range: Range<usize>,
        scratch: &mut Scratch,
        out: &mut Vec<Hit>,
    ) {
        assert!(
            u32::try_from(haystack.len()).is_ok(),
            "a haystack has at most 4 GiB"
        );
        assert!(
            range.end <= haystack.len(),
            "the range lies within the haystack"
        );
        if range.is_empty() {
            return;
        }
        let end = haystack.len().min(range.end + self.farthest);
        // The window of the first literal may begin before it, outside of the range or of the text.
        let blocks = (range.start.saturating_sub(1)..end).step_by(BLOCK);
        let first = out.len();
        let mut search = Search {
            haystack,
            range,
            out,
            first,
        };
        if search.range.start == 0 && self.gaps {
            self.confirm.at_start(&mut search);
        }
        for base in blocks {
            let passed = self.survivors(&haystack[base..], BLOCK.min(end - base), scratch);
            self.confirm
                .check(base, &scratch.list[..passed], &mut search);
        }
    }

    /// Lists the positions below `count` where, but for chance, a window of a literal begins in `text`.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "the processor must have the instructions")
    )]
    fn survivors(&self, text: &[u8], count: usize, scratch: &mut Scratch) -> usize {
        let Scratch { pairs, list } = scratch;
        let passed = match &self.filter {
            Filter::Portable(filter) => filter.survivors(text, count, pairs, list),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `with` makes this variant only where the processor has the instructions.
            Filter::Avx2(filter) => unsafe { filter.survivors_avx2(text, count, pairs, list) },
            #[cfg(target_arch = "x86_64")]
            Filter::Avx512(filter) => {
                // SAFETY: `with` makes this variant only where the processor has the instructions.
                return unsafe { filter.survivors(text, count, self.confirm.seen(), list) };
            }
        };
        self.confirm.sift(text, list, passed)
    }
}
