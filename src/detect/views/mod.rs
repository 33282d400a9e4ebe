//! Secrets that do not stand in the bytes as they are: behind base64, hexadecimal,
//! escapes, entities, in literals that are joined, in packed text inside of these,
//! and all of them in one another. What decodes becomes a text of its own that the
//! engine searches like any other; a match in it is told at the bytes it was decoded
//! from. Which bytes a source delivers, and archives, are left to the sources.
//!
//! # Locality
//!
//! Everything here is decided group by group (see `group`): the matches of a
//! group are a function of its bytes and of `PEEK` more on each side. So a delta
//! inherits the matches of groups it copied and searches the others, see
//! [`secrets::delta`](super::secrets::delta).
//!
//! # Cost
//!
//! One pass classes all bytes (`classes`), a look at a few bytes refuses nearly
//! all places that it names (`marks`, `runs`), and only what is left is decoded.
//! What one place may decode to is bounded by `budget`, and how deep by [`DEPTH`].

mod classes;
mod group;
mod marks;
mod runs;
mod text;
mod wide;

use super::secrets::Engine;
use super::secrets::Match;
use super::secrets::Scratch;
use super::secrets::drop_covered;
use classes::Bits;
use classes::Sieve;
use marks::Escapes;
use marks::Kind;
use marks::Taken;
use std::ops::Range;
use text::How;
use text::Text;

pub(crate) use runs::value as base64_value;

/// Views in views, at most.
pub const DEPTH: usize = 4;
/// Bytes on each side of a group that its matches may depend on.
pub(crate) const PEEK: usize = group::PEEK + 1;
/// Bytes that are read with an escape, before and behind it.
const BEFORE: usize = 256;
const BEHIND: usize = 512;
/// The longest text that escapes are taken back in at once.
const EXTENT: usize = 64 << 10;
/// Bytes classed at once.
const STRIDE: usize = classes::BLOCK * 64;

/// What one encoded place of `length` bytes may decode to, everything in it included.
const fn budget(length: usize) -> usize {
    const FREE: usize = 64 << 10;
    const RATIO: usize = 100;
    const MOST: usize = 64 << 20;
    let budget = FREE + length.saturating_mul(RATIO);
    if budget < MOST { budget } else { MOST }
}

/// What was found in a group.
pub(crate) struct Seen {
    /// The group.
    pub(crate) group: Range<usize>,
    /// A match, or `None` for a place that was not decoded because a limit was hit.
    pub(crate) matched: Option<Match>,
    /// The place.
    pub(crate) place: Range<usize>,
}

impl Seen {
    /// The order of a list: by place.
    pub(crate) fn key(&self) -> (usize, usize) {
        (self.place.start, self.place.end)
    }

    /// The same `by` bytes further on, which may be negative.
    pub(crate) fn shifted(&self, by: isize) -> Self {
        let shift = |range: &Range<usize>| {
            range.start.wrapping_add_signed(by)..range.end.wrapping_add_signed(by)
        };
        Seen {
            group: shift(&self.group),
            matched: self.matched.as_ref().map(|matched| matched.shifted(by)),
            place: shift(&self.place),
        }
    }
}

/// True for binary data in which strings of UTF-16 are not looked for.
pub(crate) fn is_wide(bytes: &[u8]) -> bool {
    wide::is_text(bytes)
}

/// The part of `bytes` that must be searched again when `changed` did: whole groups. None begins
/// before `done`, where a group ends.
pub(crate) fn affected(bytes: &[u8], changed: &Range<usize>, done: usize) -> Range<usize> {
    let rest = done..bytes.len();
    let start = changed.start.saturating_sub(PEEK).max(done);
    let last = last_affected(changed).min(bytes.len());
    let first = group::around(bytes, start, &rest);
    let end = match first.contains(&last) || last == first.end && last == bytes.len() {
        true => first.end,
        false => group::around(bytes, last, &(first.end.min(last)..bytes.len())).end,
    };
    first.start..end
}

/// True when all groups that `affected` would give end at `done` or before, where a group ends.
pub(crate) fn is_within(changed: &Range<usize>, done: usize) -> bool {
    last_affected(changed) < done
}

const fn last_affected(changed: &Range<usize>) -> usize {
    changed.end + PEEK - 1
}

/// Appends what is found in the groups of `range`, whose ends are taken for ends of groups.
pub(crate) fn search(
    engine: &Engine,
    bytes: &[u8],
    range: Range<usize>,
    binary: bool,
    scratch: &mut Scratch,
    out: &mut Vec<Seen>,
) {
    if engine.rules().is_empty() {
        return;
    }
    let mut finder = Finder::new(bytes, range, Escapes::Telling);
    finder.find(binary);
    if finder.is_empty() {
        return;
    }
    let mut search = Search {
        engine,
        scratch,
        binary,
        left: 0,
        depth: 0,
        steps: Vec::new(),
    };
    search.places(&finder, out);
}

/// Where something may be encoded in a text.
struct Finder<'a> {
    bytes: &'a [u8],
    range: Range<usize>,
    /// Which escapes are worth a reading.
    escapes: Escapes,
    runs: Vec<(u32, u32)>,
    marks: Vec<(u32, Kind)>,
    wide: Vec<Range<usize>>,
}

impl<'a> Finder<'a> {
    fn new(bytes: &'a [u8], range: Range<usize>, escapes: Escapes) -> Self {
        Finder {
            bytes,
            range,
            escapes,
            runs: Vec::new(),
            marks: Vec::new(),
            wide: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.marks.is_empty() && self.wide.is_empty()
    }

    fn find(&mut self, binary: bool) {
        let (bytes, from, end) = (self.bytes, self.range.start, self.range.end);
        let (runs, marks, escapes) = (&mut self.runs, &mut self.marks, self.escapes);
        let mut sieve = Sieve::new();
        let mut bits: Vec<Bits> = Vec::with_capacity(STRIDE / classes::BLOCK);
        let mut run = |a: usize, b: usize| {
            if runs::may_decode(bytes, from + a) {
                runs.push(((from + a) as u32, (from + b) as u32));
            }
        };
        for stride in bytes[self.range.clone()].chunks(STRIDE) {
            classes::classify(stride, &mut bits);
            for bits in &bits {
                sieve.push(*bits, &mut run, |at| {
                    if marks::may_open(bytes, from + at)
                        && let Some(kind) = marks::kind(bytes, from + at, end, escapes)
                    {
                        marks.push(((from + at) as u32, kind));
                    }
                });
            }
        }
        sieve.finish(end - from, &mut run);
        if binary && !wide::is_text(bytes) {
            wide::find(bytes, self.range.clone(), &mut self.wide);
        }
    }
}

/// A search under way.
struct Search<'a> {
    engine: &'a Engine,
    scratch: &'a mut Scratch,
    binary: bool,
    /// What the place at hand may still decode to.
    left: usize,
    /// Texts in texts.
    depth: usize,
    /// What was decoded to come here.
    steps: Vec<&'static str>,
}

impl Search<'_> {
    /// Reads all places of a text.
    fn places(&mut self, finder: &Finder<'_>, out: &mut Vec<Seen>) {
        self.runs(finder, out);
        for kind in marks::KINDS {
            self.extents(finder, kind, out);
        }
        for run in &finder.wide {
            let mut text = Text::default();
            let narrow: Vec<u8> = finder.bytes[run.clone()]
                .iter()
                .copied()
                .step_by(2)
                .collect();
            text.push(&narrow, run.clone(), How::Pairs);
            self.grant(run.len());
            let group = group::around(finder.bytes, run.start, &finder.range);
            self.text(&text, &["utf-16le"], &group, run, out);
        }
    }

    /// Gives a place of the outermost text its budget; those inside share it.
    fn grant(&mut self, length: usize) {
        if self.depth == 0 {
            self.left = budget(length);
        }
    }

    fn runs(&mut self, finder: &Finder<'_>, out: &mut Vec<Seen>) {
        let mut done = 0;
        let mut group = 0..0;
        for &(start, end) in &finder.runs {
            let run = start as usize..end as usize;
            if run.start < done {
                continue;
            }
            if run.start >= group.end {
                group = group::around(finder.bytes, run.start, &finder.range);
            }
            self.grant(group.len());
            let (read, decoded) = runs::read(finder.bytes, run.clone(), &group, self.left);
            done = read;
            let place = run.start..read;
            match decoded {
                Ok(Some(decoded)) => self.text(&decoded.text, decoded.steps, &group, &place, out),
                Ok(None) => {}
                Err(runs::TooLarge) => out.push(limit(&group, &place)),
            }
        }
    }

    /// Takes back all escapes of one kind, in texts of bounded length around them.
    fn extents(&mut self, finder: &Finder<'_>, kind: Kind, out: &mut Vec<Seen>) {
        let mut marks = finder
            .marks
            .iter()
            .filter(|(_, k)| *k == kind)
            .map(|(at, _)| *at as usize)
            .peekable();
        let mut group = 0..0;
        while let Some(first) = marks.next() {
            if first >= group.end {
                group = group::around(finder.bytes, first, &finder.range);
            }
            // What stands in the next group must not decide.
            if marks::kind(finder.bytes, first, group.end, finder.escapes) != Some(kind) {
                continue;
            }
            let start = first.saturating_sub(BEFORE).max(group.start);
            let mut last = first;
            while let Some(next) = marks.next_if(|next| {
                *next < group.end && *next < last + BEHIND && *next < start + EXTENT
            }) {
                last = next;
            }
            let extent = start..group.end.min(last + BEHIND);
            let text = taken_back(finder.bytes, &extent, kind);
            self.grant(extent.len());
            self.text(&text, kind.steps(), &group, &extent, out);
        }
    }

    /// Searches a decoded text, and what is encoded in it.
    fn text(
        &mut self,
        text: &Text,
        steps: &[&'static str],
        group: &Range<usize>,
        place: &Range<usize>,
        out: &mut Vec<Seen>,
    ) {
        let length = text.bytes.len();
        if length > self.left {
            return out.push(limit(group, place));
        }
        self.left -= length;
        self.steps.extend_from_slice(steps);
        self.depth += 1;
        let mut found = Vec::new();
        self.engine.scan(
            &text.bytes,
            0..length,
            self.binary,
            self.scratch,
            &mut found,
        );
        drop_covered(self.engine, &mut found);
        self.tell(text, found, group, out);
        self.inner(text, group, place, out);
        self.depth -= 1;
        self.steps.truncate(self.steps.len() - steps.len());
    }

    fn inner(
        &mut self,
        text: &Text,
        group: &Range<usize>,
        place: &Range<usize>,
        out: &mut Vec<Seen>,
    ) {
        let mut finder = Finder::new(&text.bytes, 0..text.bytes.len(), Escapes::All);
        finder.find(false);
        if finder.is_empty() {
            return;
        }
        if self.depth >= DEPTH {
            if self.hides(&finder) {
                out.push(limit(group, place));
            }
            return;
        }
        let mut seen = Vec::new();
        self.places(&finder, &mut seen);
        for inner in seen {
            match inner.matched {
                None => out.push(limit(group, place)),
                Some(matched) => {
                    if let Some(matched) = at_source(text, matched) {
                        let place = matched.secret.clone();
                        out.push(Seen {
                            group: group.clone(),
                            matched: Some(matched),
                            place,
                        });
                    }
                }
            }
        }
    }

    /// True when a run of a text decodes. Escapes do not count: a row of backslashes is deep and holds nothing.
    fn hides(&self, finder: &Finder<'_>) -> bool {
        finder.runs.iter().any(|&(start, end)| {
            let run = start as usize..end as usize;
            let (_, decoded) = runs::read(finder.bytes, run, &finder.range, self.left);
            !matches!(decoded, Ok(None))
        })
    }

    /// Adds the matches of a decoded text, but those that a search of the source sees as well.
    fn tell(&self, text: &Text, found: Vec<Match>, group: &Range<usize>, out: &mut Vec<Seen>) {
        for mut matched in found {
            if text.is_untouched(&matched.span) {
                continue;
            }
            matched.decoded_by(&self.steps);
            if let Some(matched) = at_source(text, matched) {
                let place = matched.secret.clone();
                out.push(Seen {
                    group: group.clone(),
                    matched: Some(matched),
                    place,
                });
            }
        }
    }
}

fn limit(group: &Range<usize>, place: &Range<usize>) -> Seen {
    Seen {
        group: group.clone(),
        matched: None,
        place: place.clone(),
    }
}

/// A match of a decoded text, at the bytes that it was decoded from.
fn at_source(text: &Text, matched: Match) -> Option<Match> {
    Some(Match {
        span: text.source(&matched.span)?,
        secret: text.source(&matched.secret)?,
        info: matched.info,
    })
}

/// A part of a text with everything of one kind taken back.
fn taken_back(bytes: &[u8], extent: &Range<usize>, kind: Kind) -> Text {
    let mut text = Text::default();
    let (mut at, mut plain) = (extent.start, extent.start);
    while let Some(next) = memchr::memchr3(
        kind.openers()[0],
        kind.openers()[1],
        kind.openers()[2],
        &bytes[at..extent.end],
    ) {
        at += next;
        let Some((length, taken)) = marks::read(bytes, at, extent.end, kind) else {
            at += 1;
            continue;
        };
        text.copy(bytes, plain..at);
        let source = at..at + length;
        match taken {
            Taken::Nothing => {}
            Taken::Byte(byte) => text.push(&[byte], source, How::Whole),
            Taken::Char(char) => {
                text.push(char.encode_utf8(&mut [0; 4]).as_bytes(), source, How::Whole)
            }
        }
        at += length;
        plain = at;
    }
    text.copy(bytes, plain..extent.end);
    text
}
