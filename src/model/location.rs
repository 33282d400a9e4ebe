//! Where something stands: byte spans for machines, lines and columns for
//! people and for SARIF.

use super::origin::Origin;
use crate::bytes::line::LineIndex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A half-open range of bytes, counted from the start of the blob.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Span {
    /// The first byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

impl Span {
    /// A span from `start` up to, not including, `end`.
    pub const fn new(start: u64, end: u64) -> Self {
        Span { start, end }
    }

    /// Bytes covered.
    pub const fn len(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// True when no byte is covered.
    pub const fn is_empty(&self) -> bool {
        self.end <= self.start
    }

    /// True when the two share at least one byte.
    pub const fn overlaps(&self, other: &Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// True when every byte of `other` is in `self`.
    pub const fn contains(&self, other: &Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A span in lines and columns as SARIF 2.1.0 counts them: both start at 1,
/// columns count UTF-16 code units, the end column is one past the last.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Region {
    /// First line, from 1.
    pub start_line: u64,
    /// First column, from 1, in UTF-16 code units.
    pub start_column: u64,
    /// Last line, from 1.
    pub end_line: u64,
    /// One past the last column, in UTF-16 code units.
    pub end_column: u64,
}

impl Region {
    /// The region of the bytes `start..end` of a text, or `None` where its lines are not
    /// known (a window that begins inside the line).
    pub fn locate(lines: &mut LineIndex<'_>, start: usize, end: usize) -> Option<Region> {
        let first = lines.position(start)?;
        let last = lines.position(end)?;
        Some(Region {
            start_line: first.line,
            start_column: first.column,
            end_line: last.line,
            end_column: last.column,
        })
    }
}

/// One place where a finding stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Which bytes.
    pub origin: Origin,
    /// Where in them; in a decoded view, the span of the *encoded* text.
    pub span: Span,
    /// The same in lines and columns; absent where lines mean nothing (binary data).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}
