//! Decides exactly, and first cheaply, whether a position that passed the filter begins the window of a literal, and
//! whether the whole literal is there. The filters decide which positions are worth asking about.

use std::ops::Range;

use super::Hit;
use super::plan::WINDOW;
use super::plan::Window;

/// Case-folds the letters of four bytes at once. Other bytes fall together too, which the last comparison undoes.
const FOLD: u32 = 0x2020_2020;

/// Of a word with three bytes of interest: those of a window that begins with them, or one byte before them.
const THREE: u32 = 0x00ff_ffff;
/// Marks keys of the latter sort. A key of four bytes has a top byte of 0x20 or more.
const LATER: u32 = 0x0100_0000;

const SEEN_BITS: u32 = 16;
const SLOT_BITS: u32 = 12;
const SLOTS: usize = 1 << SLOT_BITS;

/// One bit for each hash of a window; a table from the windows to their literals; the literals.
#[derive(Debug)]
pub(super) struct Confirm {
    seen: Box<[u64; 1 << (SEEN_BITS - 6)]>,
    /// Where the entries of each slot begin, and at last where they all end.
    starts: Box<[u16; SLOTS + 1]>,
    entries: Vec<Entry>,
    literals: Vec<Vec<u8>>,
}

/// A literal that has the window `key` at `offset`.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    key: u32,
    literal: u16,
    /// From the start of the literal to the position that is asked about; -1 if that lies before the literal.
    offset: i16,
}

impl Confirm {
    pub(super) fn new(literals: &[&[u8]], windows: &[Window]) -> Confirm {
        let mut confirm = Confirm {
            seen: Box::new([0; 1 << (SEEN_BITS - 6)]),
            starts: Box::new([0; SLOTS + 1]),
            entries: vec![Entry::default(); windows.len()],
            literals: literals.iter().map(|l| l.to_vec()).collect(),
        };
        let entry = |w: &Window| {
            let key = key(literals[usize::from(w.literal)], w.offset);
            Entry {
                key,
                literal: w.literal,
                offset: w.offset,
            }
        };
        for window in windows {
            let key = entry(window).key;
            confirm.seen[(hash(key) >> (32 - SEEN_BITS + 6)) as usize] |= 1 << bit(key);
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

    /// Appends the literals that have their window at one of the positions `base` + `list[..]` and that start in
    /// `range`; keeps `out[first..]` in order. `EARLY` says whether windows may begin before their literals.
    pub(super) fn check<const EARLY: bool>(
        &self,
        haystack: &[u8],
        range: &Range<usize>,
        (base, list): (usize, &[u16]),
        (first, out): (usize, &mut Vec<Hit>),
    ) {
        for &step in list {
            let at = base + usize::from(step);
            let word = word(haystack, at) | FOLD;
            let keys = [word, word & THREE, word >> 8 | LATER];
            let keys = &keys[..if EARLY { 3 } else { 2 }];
            if keys.iter().fold(0, |seen, &key| seen | self.seen(key)) == 0 {
                continue;
            }
            for &key in keys {
                self.compare(haystack, range, (at, key), (first, out));
            }
        }
    }

    /// 1 if a window with the hash of this key exists.
    fn seen(&self, key: u32) -> u64 {
        self.seen[(hash(key) >> (32 - SEEN_BITS + 6)) as usize] >> bit(key) & 1
    }

    fn compare(
        &self,
        haystack: &[u8],
        range: &Range<usize>,
        (at, key): (usize, u32),
        (first, out): (usize, &mut Vec<Hit>),
    ) {
        let slot = slot(key);
        let entries =
            &self.entries[usize::from(self.starts[slot])..usize::from(self.starts[slot + 1])];
        for entry in entries.iter().filter(|entry| entry.key == key) {
            let literal = &self.literals[usize::from(entry.literal)];
            let start = at.wrapping_add_signed(-isize::from(entry.offset));
            let text = haystack
                .get(start..)
                .and_then(|rest| rest.get(..literal.len()));
            if range.contains(&start) && text.is_some_and(|text| text.eq_ignore_ascii_case(literal))
            {
                insert(
                    first,
                    out,
                    Hit {
                        pos: start as u32,
                        literal: entry.literal,
                    },
                );
            }
        }
    }
}

/// Appends `hit` to `out[first..]` and moves it to its place. It moves by a few places at most, since windows are
/// met in order and lie near the starts of their literals.
fn insert(first: usize, out: &mut Vec<Hit>, hit: Hit) {
    out.push(hit);
    let mut at = out.len() - 1;
    while at > first && out[at - 1] > out[at] {
        out.swap(at - 1, at);
        at -= 1;
    }
}

/// Four bytes of `haystack`, with zeroes behind its end.
fn word(haystack: &[u8], at: usize) -> u32 {
    if let Some(bytes) = haystack.get(at..).and_then(|rest| rest.first_chunk()) {
        return u32::from_le_bytes(*bytes);
    }
    let mut bytes = [0; WINDOW];
    let rest = haystack.get(at..).unwrap_or_default();
    bytes[..rest.len()].copy_from_slice(rest);
    u32::from_le_bytes(bytes)
}

/// The key of the window at `offset` of a literal; see [`Confirm::check`] for the other side.
fn key(literal: &[u8], offset: i16) -> u32 {
    let known = word(literal, offset.max(0) as usize) | FOLD;
    let inside = literal.len() as isize - isize::from(offset);
    match offset {
        ..0 => known & THREE | LATER,
        _ if inside < WINDOW as isize => known & THREE,
        _ => known,
    }
}

/// The factor is 2 to the 32 divided by the golden ratio; the top bits of the product depend on all of the key.
fn hash(key: u32) -> u32 {
    key.wrapping_mul(0x9e37_79b1)
}

fn bit(key: u32) -> u32 {
    hash(key) >> (32 - SEEN_BITS) & 63
}

fn slot(key: u32) -> usize {
    (hash(key) >> (32 - SLOT_BITS)) as usize
}
