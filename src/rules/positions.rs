//! A pattern as positions: which bytes may stand at each, and which positions
//! may come after it (Glushkov, "The abstract theory of automata", 1961). The
//! guards of the secret engine are made of it, to refuse keyword hits without
//! running a regex.
//!
//! Only what a match *needs* is kept: look-arounds count as true, and a long
//! repetition becomes its first `KEEP` rounds and a loop. Both only add words to
//! the language, so what has no way through the positions has no match, whatever
//! the regex says; the other way round does not hold. The exact bounds of a match
//! are proven elsewhere, see `rules::reach`.

use regex_syntax::hir::Class;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use regex_syntax::hir::Look;
use regex_syntax::hir::Repetition;

/// Rounds of a repetition that are told apart: enough that a word is no key.
const KEEP: u32 = 16;
/// Optional rounds that are kept as such; with more the repetition becomes a loop.
const OPTIONAL: u32 = 3;
/// The most positions a pattern may have.
const CAP: usize = 4_000;

/// Bytes, and [`EDGE`], one bit each.
pub type ByteSet = [u64; 5];

/// What stands before the first byte of a text.
pub const EDGE: u16 = 256;

/// The positions of one pattern.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    /// The bytes that may stand at each position.
    pub sets: Vec<ByteSet>,
    /// The positions that may come right after each, in order.
    pub after: Vec<Vec<u32>>,
    /// The positions that may come right before each, in order.
    pub before: Vec<Vec<u32>>,
    /// Whether a match may begin at each.
    pub first: Vec<bool>,
    /// Whether a match may end at each.
    pub last: Vec<bool>,
    /// Positions that stand for `\b` before the first byte of a match.
    boundaries: Vec<usize>,
}

/// True when the set has the symbol, a byte or [`EDGE`].
pub fn has(set: &ByteSet, symbol: u16) -> bool {
    set[usize::from(symbol >> 6)] >> (symbol & 63) & 1 == 1
}

/// True for a byte of a word, as `\b` means it.
pub fn is_word(symbol: u16) -> bool {
    u8::try_from(symbol).is_ok_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A part of a pattern: whether it may take no byte, where it may begin and end.
#[derive(Clone, Default)]
struct Part {
    empty: bool,
    first: Vec<u32>,
    last: Vec<u32>,
}

impl Positions {
    /// The positions of a pattern; `None` when it has too many of them, needs Unicode tables or
    /// matches without a byte. Patterns that were linted are never refused for the latter two.
    pub fn new(pattern: &Hir) -> Option<Self> {
        let mut positions = Positions::default();
        let whole = positions.add(pattern, true)?;
        if whole.empty {
            return None;
        }
        positions.widen_boundaries();
        let count = positions.sets.len();
        positions.before = vec![Vec::new(); count];
        for (at, after) in positions.after.iter_mut().enumerate() {
            after.sort_unstable();
            after.dedup();
            for &next in &*after {
                positions.before[next as usize].push(at as u32);
            }
        }
        positions.first = flags(count, &whole.first);
        positions.last = flags(count, &whole.last);
        Some(positions)
    }

    /// The positions at which a match can read the first byte of a keyword and then the rest, in
    /// some spelling.
    pub fn entries(&self, keyword: &[u8]) -> Vec<u32> {
        self.steps(keyword).pop().unwrap_or_default()
    }

    /// For each byte of a keyword, the last first, the positions that can read it and what follows.
    fn steps(&self, keyword: &[u8]) -> Vec<Vec<u32>> {
        let mut steps: Vec<Vec<u32>> = Vec::with_capacity(keyword.len());
        for &byte in keyword.iter().rev() {
            let mut here = vec![steps.is_empty(); self.sets.len()];
            for &at in steps.last().into_iter().flatten() {
                for &before in &self.before[at as usize] {
                    here[before as usize] = true;
                }
            }
            let reads = |at: u32| spellings(byte).any(|byte| has(&self.sets[at as usize], byte));
            let fit = (0..self.sets.len() as u32).filter(|&at| here[at as usize] && reads(at));
            steps.push(fit.collect());
        }
        steps
    }

    /// The only spelling of a keyword that is read from one of its entries on; `None` when there
    /// are several.
    pub fn spelling(&self, keyword: &[u8], entry: u32) -> Option<Vec<u8>> {
        let mut steps = self.steps(keyword);
        let mut here = vec![entry];
        steps.pop();
        let mut spelling = Vec::with_capacity(keyword.len());
        for &byte in keyword {
            let mut read = spellings(byte)
                .filter(|&byte| here.iter().any(|&at| has(&self.sets[at as usize], byte)));
            spelling.push(read.next()? as u8);
            if read.next().is_some() {
                return None;
            }
            let next = steps.pop().unwrap_or_default();
            here = next
                .into_iter()
                .filter(|at| {
                    here.iter()
                        .any(|&from| self.after[from as usize].contains(at))
                })
                .collect();
        }
        Some(spelling)
    }

    /// A boundary before a word is a byte of no word, or the start of the text. What it is before
    /// anything else is not told: there it may be any byte.
    fn widen_boundaries(&mut self) {
        let word = word();
        for &at in &self.boundaries {
            let before_words = self.after[at].iter().all(|&next| {
                self.sets[next as usize]
                    .iter()
                    .zip(&word)
                    .all(|(a, b)| a & !b == 0)
            });
            let mut set: ByteSet = [u64::MAX; 5];
            set[4] = 1;
            if before_words {
                set.iter_mut()
                    .zip(&word)
                    .for_each(|(set, word)| *set &= !word);
            }
            self.sets[at] = set;
        }
    }

    /// Adds what matches `hir`; `start` says that no byte of a match can come before it. The
    /// parser's nest limit bounds the recursion.
    fn add(&mut self, hir: &Hir, start: bool) -> Option<Part> {
        match hir.kind() {
            HirKind::Empty => Some(Part::nothing()),
            HirKind::Look(look) => self.look(*look, start),
            HirKind::Literal(literal) => {
                let mut bytes = literal.0.iter();
                bytes.try_fold(Part::nothing(), |before, &byte| {
                    let next = self.position(set_of(&[(byte, byte)]))?;
                    Some(self.join(before, next))
                })
            }
            HirKind::Class(class) => self.position(set_of(&ranges(class)?)),
            HirKind::Repetition(repetition) => self.repeat(repetition),
            HirKind::Capture(capture) => self.add(&capture.sub, start),
            HirKind::Concat(parts) => {
                let mut start = start;
                parts.iter().try_fold(Part::nothing(), |before, part| {
                    let next = self.add(part, start)?;
                    start = false;
                    Some(self.join(before, next))
                })
            }
            HirKind::Alternation(arms) => {
                let mut any = Part::default();
                for arm in arms {
                    let arm = self.add(arm, start)?;
                    any.empty |= arm.empty;
                    any.first.extend(arm.first);
                    any.last.extend(arm.last);
                }
                Some(any)
            }
        }
    }

    /// Before the first byte of a match, `^` and `\b` say something of the byte before it, which then
    /// counts as a position. Anywhere else they count as true.
    fn look(&mut self, look: Look, start: bool) -> Option<Part> {
        match look {
            Look::Start if start => self.position([0, 0, 0, 0, 1]),
            Look::WordAscii if start => {
                self.boundaries.push(self.sets.len());
                self.position(ByteSet::default())
            }
            _ => Some(Part::nothing()),
        }
    }

    /// `x{2,3}` as `xx(x)?`, `x{2,9}` as `xx+`, `x{64}` as [`KEEP`] of them and a loop.
    fn repeat(&mut self, repetition: &Repetition) -> Option<Part> {
        let (min, max) = (repetition.min, repetition.max);
        let more = max.map_or(u32::MAX, |max| max - min);
        let endless = min > KEEP || more > OPTIONAL;
        let mut whole = Part::nothing();
        for round in 0..min.min(KEEP) {
            let mut next = self.add(&repetition.sub, false)?;
            if endless && round + 1 == min.min(KEEP) {
                next = self.looped(next);
            }
            whole = self.join(whole, next);
        }
        if endless && min > 0 {
            return Some(whole);
        }
        for _ in 0..more.min(OPTIONAL) {
            let mut next = self.add(&repetition.sub, false)?;
            if endless {
                next = self.looped(next);
            }
            next.empty = true;
            whole = self.join(whole, next);
            if endless {
                break;
            }
        }
        Some(whole)
    }

    /// A part that may be followed by itself.
    fn looped(&mut self, part: Part) -> Part {
        self.connect(&part.last, &part.first);
        part
    }

    fn join(&mut self, before: Part, next: Part) -> Part {
        self.connect(&before.last, &next.first);
        let mut first = before.first;
        if before.empty {
            first.extend(&next.first);
        }
        let mut last = next.last;
        if next.empty {
            last.extend(before.last);
        }
        Part {
            empty: before.empty && next.empty,
            first,
            last,
        }
    }

    fn connect(&mut self, from: &[u32], to: &[u32]) {
        for &at in from {
            self.after[at as usize].extend(to);
        }
    }

    fn position(&mut self, set: ByteSet) -> Option<Part> {
        if self.sets.len() >= CAP {
            return None;
        }
        let at = self.sets.len() as u32;
        self.sets.push(set);
        self.after.push(Vec::new());
        Some(Part {
            empty: false,
            first: vec![at],
            last: vec![at],
        })
    }
}

impl Part {
    fn nothing() -> Part {
        Part {
            empty: true,
            ..Part::default()
        }
    }
}

/// A byte of a keyword in lower case and, if it is a letter, in upper case.
fn spellings(byte: u8) -> impl Iterator<Item = u16> {
    let upper = byte.is_ascii_lowercase().then(|| byte.to_ascii_uppercase());
    std::iter::once(byte).chain(upper).map(u16::from)
}

fn flags(count: usize, set: &[u32]) -> Vec<bool> {
    let mut flags = vec![false; count];
    for &at in set {
        flags[at as usize] = true;
    }
    flags
}

/// The bytes of words, as `\b` means them.
fn word() -> ByteSet {
    set_of(&[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')])
}

fn set_of(ranges: &[(u8, u8)]) -> ByteSet {
    let mut set = ByteSet::default();
    for &(low, high) in ranges {
        for byte in low..=high {
            set[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }
    set
}

fn ranges(class: &Class) -> Option<Vec<(u8, u8)>> {
    let bytes = match class {
        Class::Bytes(bytes) => bytes.clone(),
        Class::Unicode(unicode) => unicode.to_byte_class()?,
    };
    Some(bytes.iter().map(|r| (r.start(), r.end())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::reach;

    fn positions(pattern: &str) -> Option<Positions> {
        Positions::new(&reach::parse(pattern).unwrap())
    }

    #[test]
    fn long_repetitions_become_loops() {
        let count = |pattern| positions(pattern).unwrap().sets.len();
        assert_eq!(count("a{3}"), 3);
        assert_eq!(count("a{64}"), 16);
        assert_eq!(count("xa{0,30}"), 2);
        assert_eq!(count("xa{0,3}"), 4);
        assert_eq!(count("(?:ab){2,90}"), 4);
        let looped = positions("a{64}b").unwrap();
        assert_eq!(looped.after[15], [15, 16]);
        assert_eq!(looped.before[16], [15]);
    }

    #[test]
    fn a_boundary_before_a_word_is_a_position() {
        let token = positions(r"\bab").unwrap();
        assert!(has(&token.sets[0], EDGE) && has(&token.sets[0], u16::from(b' ')));
        assert!(!has(&token.sets[0], u16::from(b'_')));
        assert_eq!(
            (token.first, token.last),
            (vec![true, false, false], vec![false, false, true])
        );
        let either = positions(r"\b[a-]b").unwrap();
        assert!(has(&either.sets[0], u16::from(b'_')));
        assert_eq!(positions(r"a\bb").unwrap().sets.len(), 2);
    }

    #[test]
    fn what_has_no_positions_is_told() {
        assert!(positions("a?").is_none());
        assert!(positions("(?:(?:a{16}){16}){16}").is_none());
    }
}
