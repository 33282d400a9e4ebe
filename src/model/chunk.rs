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
    /// What was decoded to get these bytes, outermost first (`utf-16le`, `gzip`, …).
    pub decoded: &'a [&'static str],
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
            decoded: &[],
        }
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
