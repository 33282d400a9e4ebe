//! Scanning only what a delta changed, with the result of scanning the whole.
//!
//! A blob that git stores as a delta is mostly copied from its base, whose
//! keyword hits and matches are known. What is copied is inherited, what is not
//! is searched:
//!
//! ```text
//! base   ....k......k...m......k....        k hit, m hit with a match
//!            \______  copy  _____/
//! child  ++++k......k...m......k..++++      + inserted: searched, with a margin of the
//!        ^^^^^                ^^^^^^^^        longest keyword into the copies
//! ```
//!
//! A hit inside a copy is taken over without being searched for, if the byte before it is copied
//! too: some keywords count only where no word goes on. Its matches are
//! taken over too when everything their decision looked at is copied with it: for most hits, which
//! the few bytes around them refuse, the engine says how few; for the others it is
//! all they may look at (the engine's `needs`). Otherwise the hit is verified again. Because a
//! decision never looks beyond that window, the result equals a whole scan; the
//! property test below and `--exhaustive` hold it to that.

use super::engine::Engine;
use super::engine::Scratch;
use super::matching::Match;
use crate::bytes::is_binary;
use crate::detect::generic::Looked;
use crate::detect::prefilter::Hit;
use crate::detect::views;
use crate::detect::views::Seen;
use crate::model::chunk::CopySegment;
use serde::Deserialize;
use serde::Serialize;
use std::ops::Range;

/// A copy shorter than this many longest keywords is searched like an insertion.
const WORTHWHILE: usize = 3;

/// What is known about a scanned blob: all that its delta children can inherit.
pub struct Scanned {
    len: usize,
    binary: bool,
    /// Binary data that is UTF-16 as a whole.
    wide: bool,
    hits: Vec<Known>,
    /// Matches with the index of the hit they belong to, in order.
    matches: Vec<(u32, Match)>,
    /// What was found in decoded text, in order of the groups it belongs to.
    seen: Vec<Seen>,
    /// Bytes that had to be searched.
    searched: usize,
    /// Only the hits that have matches are known.
    partial: bool,
}

/// Where the matches of a blob come from: with the same rules nothing else of it need be searched.
/// Places tell nothing of what stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Offsets and numbers of the keywords of matches, in order.
    hits: Vec<(u32, u16)>,
    /// Where the groups with something encoded start and end, in order.
    groups: Vec<(u32, u32)>,
}

/// A hit with what its decision depends on: in the bytes before and behind it, at most [`FAR`].
#[derive(Clone, Copy)]
struct Known {
    pos: u32,
    literal: u16,
    left: u8,
    right: u8,
}

/// Stands for all that the rules of a hit may look at.
const FAR: u8 = u8::MAX;

impl Known {
    fn new(hit: Hit, looked: Option<Looked>) -> Known {
        let narrow = |count: usize| u8::try_from(count).unwrap_or(FAR);
        let looked = looked.map(|looked| (narrow(looked.left), narrow(looked.right)));
        let (left, right) = looked.unwrap_or((FAR, FAR));
        Known {
            pos: hit.pos,
            literal: hit.literal,
            left,
            right,
        }
    }

    fn hit(self) -> Hit {
        Hit {
            pos: self.pos,
            literal: self.literal,
        }
    }

    /// The first byte that its decision depends on, and one past the last; before the start or
    /// behind the end of the blob where that was met.
    fn needs(self, engine: &Engine) -> (i64, i64) {
        let (left, right) = engine.needs(self.hit());
        let (start, end) = (i64::from(self.pos), engine.end_of(self.hit()) as i64);
        let left = match self.left {
            FAR => left,
            near => left.max(start - i64::from(near)),
        };
        let right = match self.right {
            FAR => right,
            near => right.min(end + i64::from(near)),
        };
        (left, right)
    }
}

impl Scanned {
    /// Searches all of a blob.
    pub fn whole(engine: &Engine, bytes: &[u8], scratch: &mut Scratch) -> Self {
        let mut scanned = Scanned::empty(bytes);
        if engine.rules().is_empty() {
            return scanned;
        }
        scanned.search(engine, bytes, 0..bytes.len(), scratch, |_| true);
        scanned.decode(engine, bytes, 0..bytes.len(), scratch);
        scanned.seen.sort_by_key(Seen::key);
        scanned
    }

    /// Searches a blob at the places that a search of it told, by an engine for the same rules;
    /// `None` when they are not of this blob.
    pub fn at(
        engine: &Engine,
        places: &Places,
        bytes: &[u8],
        scratch: &mut Scratch,
    ) -> Option<Self> {
        let mut scanned = Scanned {
            partial: true,
            ..Scanned::empty(bytes)
        };
        for &(pos, literal) in &places.hits {
            let hit = Hit { pos, literal };
            let known = engine.keyword(literal)?;
            let end = (pos as usize).checked_add(known.len())?;
            let there = bytes.get(pos as usize..end)?;
            if !there.eq_ignore_ascii_case(known) {
                return None;
            }
            scanned.add(engine, bytes, hit, scratch);
        }
        for &(start, end) in &places.groups {
            let group = start as usize..end as usize;
            if group.is_empty() || bytes.get(group.clone()).is_none() {
                return None;
            }
            scanned.searched += group.len();
            scanned.decode(engine, bytes, group, scratch);
        }
        scanned.seen.sort_by_key(Seen::key);
        Some(scanned)
    }

    /// Where its matches come from.
    pub fn places(&self) -> Places {
        let owners = self.matches.iter().map(|(owner, _)| *owner as usize);
        let mut owners: Vec<usize> = owners.collect();
        owners.dedup();
        let hits = owners.iter().map(|&owner| self.hits[owner]);
        let groups = self.seen.iter().map(|seen| &seen.group);
        let mut groups: Vec<(u32, u32)> = groups
            .map(|group| (group.start as u32, group.end as u32))
            .collect();
        groups.sort_unstable();
        groups.dedup();
        Places {
            hits: hits.map(|known| (known.pos, known.literal)).collect(),
            groups,
        }
    }

    /// Searches what `copies` does not take from `base`.
    pub fn derived(
        engine: &Engine,
        base: &Scanned,
        copies: &[CopySegment],
        bytes: &[u8],
        scratch: &mut Scratch,
    ) -> Self {
        let mut scanned = Scanned::empty(bytes);
        if engine.rules().is_empty()
            || base.binary != scanned.binary
            || base.wide != scanned.wide
            || base.partial
        {
            return Scanned::whole(engine, bytes, scratch);
        }
        let margin = engine.longest_keyword().saturating_sub(1);
        let mut from = 0;
        let worthwhile = |copy: &&CopySegment| copy.len >= WORTHWHILE * (margin + 1);
        let copies: Vec<CopySegment> = copies.iter().filter(worthwhile).copied().collect();
        for copy in &copies {
            // A hit may depend on the byte before it, which for the first one of a copy is not copied.
            let first = usize::from(copy.base != 0 || copy.start != 0);
            scanned.search_gap(engine, bytes, from, copy.start + first, margin, scratch);
            scanned.inherit(engine, base, copy, bytes, scratch);
            from = copy.start + copy.len;
        }
        scanned.search_gap(engine, bytes, from, bytes.len(), margin, scratch);
        scanned.derive_views(engine, base, &copies, bytes, scratch);
        scanned.seen.sort_by_key(Seen::key);
        scanned
    }

    /// The matches in the bytes as they are, in order of their hits, and those in decoded text.
    pub fn matches(&self) -> impl Iterator<Item = &Match> {
        let decoded = self.seen.iter().filter_map(|seen| seen.matched.as_ref());
        self.matches
            .iter()
            .map(|(_, matched)| matched)
            .chain(decoded)
    }

    /// Places that were not decoded because a limit was hit.
    pub fn limited(&self) -> impl Iterator<Item = Range<usize>> {
        let limited = self.seen.iter().filter(|seen| seen.matched.is_none());
        limited.map(|seen| seen.place.clone())
    }

    /// True when there is nothing to tell: no match, not even a refused one, and no limit hit.
    pub fn is_clean(&self) -> bool {
        self.matches.is_empty() && self.seen.is_empty()
    }

    /// How many bytes were searched and not inherited.
    pub fn searched(&self) -> usize {
        self.searched
    }

    fn empty(bytes: &[u8]) -> Self {
        let (len, binary) = (bytes.len(), is_binary(bytes));
        Scanned {
            len,
            binary,
            wide: binary && views::is_wide(bytes),
            hits: Vec::new(),
            matches: Vec::new(),
            seen: Vec::new(),
            searched: 0,
            partial: false,
        }
    }

    /// Searches from the end of one copy to the start of the next: hits that start up to
    /// `margin` bytes inside the copy before may end in the gap.
    fn search_gap(
        &mut self,
        engine: &Engine,
        bytes: &[u8],
        from: usize,
        to: usize,
        margin: usize,
        scratch: &mut Scratch,
    ) {
        let start = from.saturating_sub(margin);
        self.search(engine, bytes, start..to, scratch, |end| end > from);
    }

    /// Finds and verifies the hits that start in `range` and whose end `keep` accepts.
    fn search(
        &mut self,
        engine: &Engine,
        bytes: &[u8],
        range: Range<usize>,
        scratch: &mut Scratch,
        keep: impl Fn(usize) -> bool,
    ) {
        if range.is_empty() {
            return;
        }
        self.searched += range.len();
        let mut fresh = std::mem::take(&mut scratch.hits);
        fresh.clear();
        engine.find_hits(bytes, range, scratch, &mut fresh);
        for &hit in fresh.iter().filter(|hit| keep(engine.end_of(**hit))) {
            self.add(engine, bytes, hit, scratch);
        }
        scratch.hits = fresh;
    }

    fn add(&mut self, engine: &Engine, bytes: &[u8], hit: Hit, scratch: &mut Scratch) {
        let mut found = std::mem::take(&mut scratch.matches);
        let looked = engine.verify(bytes, hit, self.binary, scratch, &mut found);
        let owner = self.hits.len() as u32;
        self.matches
            .extend(found.drain(..).map(|matched| (owner, matched)));
        self.hits.push(Known::new(hit, looked));
        scratch.matches = found;
    }

    /// Takes over the hits that lie inside a copy.
    fn inherit(
        &mut self,
        engine: &Engine,
        base: &Scanned,
        copy: &CopySegment,
        bytes: &[u8],
        scratch: &mut Scratch,
    ) {
        let copied = copy.base..copy.base + copy.len;
        let by = copy.start as isize - copy.base as isize;
        let at_start = copy.base == 0 && copy.start == 0;
        let first = base
            .hits
            .partition_point(|hit| (hit.pos as usize) < copied.start + usize::from(!at_start));
        let mut owned = base
            .matches
            .partition_point(|(owner, _)| (*owner as usize) < first);
        let at_end = copied.end == base.len && copy.start + copy.len == self.len;
        for (index, &known) in base.hits.iter().enumerate().skip(first) {
            if known.pos as usize >= copied.end {
                break;
            }
            if engine.end_of(known.hit()) > copied.end {
                continue;
            }
            let moved = Known {
                pos: (known.pos as usize).wrapping_add_signed(by) as u32,
                ..known
            };
            let (left, right) = known.needs(engine);
            let settled =
                (left >= copied.start as i64 || at_start) && (right <= copied.end as i64 || at_end);
            while base
                .matches
                .get(owned)
                .is_some_and(|(owner, _)| (*owner as usize) < index)
            {
                owned += 1;
            }
            if settled {
                let owner = self.hits.len() as u32;
                let mine = base.matches[owned..]
                    .iter()
                    .take_while(|(owner, _)| *owner as usize == index)
                    .map(|(_, matched)| (owner, matched.shifted(by)));
                self.matches.extend(mine);
                self.hits.push(moved);
            } else {
                self.add(engine, bytes, moved.hit(), scratch);
            }
        }
    }

    /// Searches what is encoded in `range`, which is made of whole groups.
    fn decode(
        &mut self,
        engine: &Engine,
        bytes: &[u8],
        range: Range<usize>,
        scratch: &mut Scratch,
    ) {
        views::search(engine, bytes, range, self.binary, scratch, &mut self.seen);
    }

    /// Takes over what was found in groups that lie inside a copy with all they depend on, and
    /// searches the others.
    fn derive_views(
        &mut self,
        engine: &Engine,
        base: &Scanned,
        copies: &[CopySegment],
        bytes: &[u8],
        scratch: &mut Scratch,
    ) {
        let (mut from, mut done) = (0, 0);
        for copy in copies {
            let continues = copy.start == 0 && copy.base == 0;
            if !continues {
                done = self.decode_gap(engine, bytes, from..copy.start, done, scratch);
            }
            self.inherit_views(base, copy);
            from = copy.start + copy.len;
        }
        let ended = copies
            .last()
            .is_some_and(|copy| from == self.len && copy.base + copy.len == base.len);
        if !ended {
            self.decode_gap(engine, bytes, from..self.len, done, scratch);
        }
    }

    /// Searches the groups that bytes of a gap belong to, but for those before `done`.
    fn decode_gap(
        &mut self,
        engine: &Engine,
        bytes: &[u8],
        gap: Range<usize>,
        done: usize,
        scratch: &mut Scratch,
    ) -> usize {
        if views::is_within(&gap, done) {
            return done;
        }
        let affected = views::affected(bytes, &gap, done);
        let range = affected.start.max(done)..affected.end;
        if range.start < range.end {
            self.decode(engine, bytes, range.clone(), scratch);
        }
        range.end.max(done)
    }

    fn inherit_views(&mut self, base: &Scanned, copy: &CopySegment) {
        let copied = copy.base..copy.base + copy.len;
        let by = copy.start as isize - copy.base as isize;
        let at_start = copy.base == 0 && copy.start == 0;
        let at_end = copied.end == base.len && copy.start + copy.len == self.len;
        let settled = |group: &Range<usize>| {
            (group.start >= copied.start + views::PEEK || at_start && group.start >= copied.start)
                && (group.end + views::PEEK <= copied.end || at_end && group.end <= copied.end)
        };
        let inherited = base.seen.iter().filter(|seen| settled(&seen.group));
        self.seen.extend(inherited.map(|seen| seen.shifted(by)));
    }
}
