//! Bytes on their way from a source to the detectors. Sources cut what is too
//! large for memory into windows that overlap, and history hands a blob over
//! with what it shares with its delta base; both are described here so that
//! neither side needs to know the other.

use super::origin::Origin;
use std::ops::Range;

/// A blob, or one window of a blob that is too large to hold.
#[derive(Clone, Debug)]
pub struct Chunk<'a> {
    /// Where the blob came from.
    pub origin: &'a Origin,
    /// The bytes of the window.
    pub bytes: &'a [u8],
    /// The offset of `bytes[0]` in the blob.
    pub offset: u64,
    /// The part of `bytes` this window answers for: matches whose keyword starts in it are
    /// its own, the bytes on both sides are context. The cores of a blob's windows tile it.
    pub core: Range<usize>,
    /// Line breaks in the blob before `bytes[0]`.
    pub lines_before: u64,
    /// True when the whole blob is binary data (a NUL byte near its start, as git says).
    pub binary: bool,
    /// True when the bytes are what a symbolic link names, and no content of a file.
    pub is_link: bool,
    /// What was decoded to get these bytes, outermost first (`utf-16le`, `gzip`, …).
    pub decoded: &'a [&'static str],
    /// For a decoded view: where its text stands in the encoded bytes.
    pub map: Option<&'a OffsetMap>,
}

impl<'a> Chunk<'a> {
    /// A whole blob in one window.
    pub fn whole(origin: &'a Origin, bytes: &'a [u8]) -> Self {
        Chunk {
            origin,
            bytes,
            offset: 0,
            core: 0..bytes.len(),
            lines_before: 0,
            binary: false,
            is_link: false,
            decoded: &[],
            map: None,
        }
    }

    /// Where `bytes[at]` stands in the source: the offset in the blob, in a
    /// decoded view the offset of the encoded text.
    pub fn source_offset(&self, at: usize) -> u64 {
        let offset = self.offset + at as u64;
        self.map.map_or(offset, |map| map.to_source(offset))
    }
}

/// The size of the code units a text was decoded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeUnit {
    /// Two bytes (UTF-16): characters above U+FFFF take two units.
    Two = 2,
    /// Four bytes (UTF-32): each character is one unit.
    Four = 4,
}

/// Leads from positions in decoded UTF-8 text back to the encoded bytes.
///
/// One bit a byte of text says whether a code unit of the source starts there,
/// and a count every 64 bytes makes the answer a matter of one addition: 19 %
/// of the text, whatever its characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetMap {
    text_start: u64,
    text_len: usize,
    source: Range<u64>,
    unit: CodeUnit,
    starts: Vec<u64>,
    units_before: Vec<u32>,
}

impl OffsetMap {
    /// Maps `text`, which starts with a whole character at offset `text_start` of
    /// the decoded blob and was decoded from the bytes `source` of the encoded one.
    /// `text` must be shorter than 4 GiB; what lies beyond maps to the end of `source`.
    pub fn new(text: &[u8], text_start: u64, source: Range<u64>, unit: CodeUnit) -> Self {
        let mut starts = vec![0_u64; text.len() / 64 + 1];
        for (at, byte) in text.iter().enumerate() {
            if byte & 0xc0 != 0x80 {
                starts[at / 64] |= 1 << (at % 64);
                let low_surrogate = at + 2;
                if *byte >= 0xf0 && unit == CodeUnit::Two && low_surrogate < text.len() {
                    starts[low_surrogate / 64] |= 1 << (low_surrogate % 64);
                }
            }
        }
        let mut units = 0_u32;
        let units_before = starts
            .iter()
            .map(|word| {
                let before = units;
                units = units.saturating_add(word.count_ones());
                before
            })
            .collect();
        OffsetMap {
            text_start,
            text_len: text.len(),
            source,
            unit,
            starts,
            units_before,
        }
    }

    /// The offset in the encoded blob of the text at `pos`, an offset in the decoded
    /// blob. Inside a character it is the next code unit, so that the end of a span
    /// covers all of its last character; outside of the text it is the nearest end.
    pub fn to_source(&self, pos: u64) -> u64 {
        let at = pos
            .saturating_sub(self.text_start)
            .min(self.text_len as u64) as usize;
        let below = self.starts[at / 64] & ((1_u64 << (at % 64)) - 1);
        let units = u64::from(self.units_before[at / 64]) + u64::from(below.count_ones());
        self.source
            .start
            .saturating_add(units * self.unit as u64)
            .min(self.source.end)
    }
}

/// A run of bytes that a blob took from its delta base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopySegment {
    /// Where it stands in the base.
    pub base: usize,
    /// Where it stands in the blob.
    pub start: usize,
    /// How long it is, in bytes.
    pub len: usize,
}
