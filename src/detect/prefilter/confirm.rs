//! Decides exactly, and first cheaply, whether a position that passed the filter begins the window of a literal, and
//! whether the whole literal is there. The filters decide which positions are worth asking about.

use std::ops::Range;

use super::Hit;
use super::List;
use super::Literal;
use super::plan::WINDOW;
use super::plan::Window;

/// Case-folds the letters of four bytes at once. Other bytes fall together too, which the last comparison undoes.
pub(super) const FOLD: u32 = 0x2020_2020;

/// Of a word with three bytes of interest, its first ones.
pub(super) const THREE: u32 = 0x00ff_ffff;
/// Marks keys of three bytes that begin one byte after the position they are asked at.
pub(super) const LATER: u32 = 0x0100_0000;

/// 2 to the 32 divided by the golden ratio.
pub(super) const FACTOR: u32 = 0x9e37_79b1;

pub(super) const SEEN_BITS: u32 = 16;
const SLOT_BITS: u32 = 12;
const SLOTS: usize = 1 << SLOT_BITS;

/// One bit for each hash of a key.
pub(super) type Seen = [u32; 1 << (SEEN_BITS - 5)];

/// One bit for each hash of a window; a table from the windows to their literals; the literals.
#[derive(Debug)]
pub(super) struct Confirm {
    seen: Box<Seen>,
    /// Where the entries of each slot begin, and at last where they all end.
    starts: Box<[u16; SLOTS + 1]>,
    entries: Vec<Entry>,
    literals: Vec<Owned>,
}

/// A literal of [`Confirm`].
#[derive(Debug)]
struct Owned {
    text: Vec<u8>,
    exact: bool,
}

/// A literal that has the window `key` at `offset`.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    key: u32,
    literal: u16,
    /// From the start of the literal to the position that is asked about; -1 if that lies before the literal.
    offset: i16,
    /// Its first bytes, which bits of a word they take up, and which of these the case of letters makes.
    prefix: u64,
    mask: u64,
    fold: u64,
    /// It is longer than a word.
    long: bool,
    bounded: bool,
}

impl Entry {
    fn new(literal: &Literal<'_>, window: &Window) -> Entry {
        let text = literal.text;
        let letter = |byte: &u8| (byte.is_ascii_lowercase() && !literal.exact) as u8 * 0x20;
        let letters: Vec<u8> = text.iter().map(letter).collect();
        Entry {
            key: key(text, window.offset),
            literal: window.literal,
            offset: window.offset,
            prefix: u64::from_le_bytes(padded(text, 0)),
            mask: u64::MAX >> (64 - 8 * text.len().min(8)),
            fold: u64::from_le_bytes(padded(&letters, 0)),
            long: text.len() > 8,
            bounded: literal.bounded,
        }
    }
}

impl Confirm {
    pub(super) fn new(literals: &[Literal<'_>], windows: &[Window]) -> Confirm {
        let mut confirm = Confirm {
            seen: Box::new([0; 1 << (SEEN_BITS - 5)]),
            starts: Box::new([0; SLOTS + 1]),
            entries: vec![Entry::default(); windows.len()],
            literals: literals
                .iter()
                .map(|l| Owned {
                    text: l.text.to_vec(),
                    exact: l.exact,
                })
                .collect(),
        };
        let entry = |w: &Window| Entry::new(&literals[usize::from(w.literal)], w);
        for window in windows {
            let key = entry(window).key;
            let whole = whole_key(literals[usize::from(window.literal)].text, window.offset);
            let seen = whole.unwrap_or(key);
            confirm.seen[(hash(seen) >> (32 - SEEN_BITS + 5)) as usize] |= 1 << bit(seen);
            confirm.starts[slot(key) + 1] += 1;
        }
        for slot in 0..SLOTS {
            confirm.starts[slot + 1] += confirm.starts[slot];
        }
        let mut next = confirm.starts.clone();
        for entry in windows.iter().map(entry) {
            let place = &mut next[slot(entry.key)];
            confirm.entries[usize::from(*place)] = entry;
            *place += 1;
        }
        confirm
    }

    /// The bits of [`Confirm::sift`], for a filter that has a faster one.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Reports the literals that have their window at one of these positions behind `base`.
    pub(super) fn check(&self, base: usize, list: &[u16], search: &mut Search) {
        for &step in list {
            let at = base + usize::from(step);
            for key in keys(search.haystack, at) {
                self.compare(at, key, search);
            }
        }
    }

    /// Reports the literals at the start of the text whose window begins before it.
    pub(super) fn at_start(&self, search: &mut Search) {
        let word = u32::from_le_bytes(padded(search.haystack, 0)) | FOLD;
        self.compare(usize::MAX, word & THREE | LATER, search);
    }

    /// Keeps of the first `count` positions `list[..]` those where, but for chance, a window begins, and returns their
    /// number. There is no branch that depends on the text: one in twenty positions stays, too many for a processor to
    /// foresee which.
    pub(super) fn sift(&self, text: &[u8], list: &mut List, count: usize) -> usize {
        let mut kept = 0;
        for i in 0..count {
            let step = list[i];
            list[kept] = step;
            let whole = u32::from_le_bytes(padded(text, usize::from(step))) | FOLD;
            let [first, later] = keys(text, usize::from(step));
            let seen = self.has_seen(whole) | self.has_seen(first) | self.has_seen(later);
            kept += seen as usize;
        }
        kept
    }

    /// 1 if a window with the hash of this key exists.
    fn has_seen(&self, key: u32) -> u32 {
        self.seen[(hash(key) >> (32 - SEEN_BITS + 5)) as usize] >> bit(key) & 1
    }

    fn compare(&self, at: usize, key: u32, search: &mut Search) {
        let slot = slot(key);
        let entries = usize::from(self.starts[slot])..usize::from(self.starts[slot + 1]);
        for entry in self.entries[entries]
            .iter()
            .filter(|entry| entry.key == key)
        {
            let start = at.wrapping_add_signed(-isize::from(entry.offset));
            let text = u64::from_le_bytes(padded(search.haystack, start)) | entry.fold;
            if text & entry.mask == entry.prefix
                && search.range.contains(&start)
                && !(entry.bounded && is_in_word(search.haystack, start))
                && (!entry.long || self.holds(entry.literal, &search.haystack[start..]))
            {
                search.report(Hit {
                    pos: start as u32,
                    literal: entry.literal,
                });
            }
        }
    }

    /// Whether the text begins with all of a literal.
    fn holds(&self, literal: u16, text: &[u8]) -> bool {
        let literal = &self.literals[usize::from(literal)];
        let text = text.get(..literal.text.len()).unwrap_or_default();
        if literal.exact {
            text == literal.text
        } else {
            text.eq_ignore_ascii_case(&literal.text)
        }
    }
}

/// Whether a byte of a word stands right before this position.
fn is_in_word(haystack: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map_or(0, |before| haystack[before]);
    before.is_ascii_alphanumeric() || before == b'_'
}

/// One call of [`super::Prefilter::find`].
pub(super) struct Search<'a> {
    pub(super) haystack: &'a [u8],
    pub(super) range: Range<usize>,
    /// The hits of this call are those from `first` on, always in order.
    pub(super) out: &'a mut Vec<Hit>,
    pub(super) first: usize,
}

impl Search<'_> {
    /// Appends `hit` and moves it to its place: by a few places at most, since windows are met in order and lie near
    /// the starts of their literals.
    fn report(&mut self, hit: Hit) {
        self.out.push(hit);
        let mut at = self.out.len() - 1;
        while at > self.first && self.out[at - 1] > self.out[at] {
            self.out.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// Some bytes of `haystack`, with zeroes behind its end.
#[inline]
fn padded<const N: usize>(haystack: &[u8], at: usize) -> [u8; N] {
    match haystack.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(bytes) => *bytes,
        None => padded_end(haystack, at),
    }
}

#[cold]
#[inline(never)]
fn padded_end<const N: usize>(haystack: &[u8], at: usize) -> [u8; N] {
    let rest = haystack.get(at..).unwrap_or_default();
    let mut bytes = [0; N];
    bytes[..rest.len()].copy_from_slice(rest);
    bytes
}

/// The keys that a window at this position can have.
#[inline]
fn keys(text: &[u8], at: usize) -> [u32; 2] {
    let word = u32::from_le_bytes(padded(text, at)) | FOLD;
    [word & THREE, word >> 8 | LATER]
}

/// The key of the window at `offset` of a literal: its last three bytes, or its first ones if it has only these.
fn key(literal: &[u8], offset: i16) -> u32 {
    let known = |at: usize| (u32::from_le_bytes(padded(literal, at)) | FOLD) & THREE;
    match usize::try_from(offset) {
        Ok(at) if whole_key(literal, offset).is_none() => known(at),
        Ok(at) => known(at + 1) | LATER,
        Err(_) => known(0) | LATER,
    }
}

/// The key of all four bytes of the window at `offset`, if they lie in the literal. It has another top byte than the
/// keys of three bytes.
fn whole_key(literal: &[u8], offset: i16) -> Option<u32> {
    let window = literal.get(usize::try_from(offset).ok()?..)?;
    let bytes: &[u8; WINDOW] = window.first_chunk()?;
    Some(u32::from_le_bytes(*bytes) | FOLD)
}

/// The top bits of the product depend on all of the key.
fn hash(key: u32) -> u32 {
    key.wrapping_mul(FACTOR)
}

fn bit(key: u32) -> u32 {
    hash(key) >> (32 - SEEN_BITS) & 31
}

fn slot(key: u32) -> usize {
    (hash(key) >> (32 - SLOT_BITS)) as usize
}
