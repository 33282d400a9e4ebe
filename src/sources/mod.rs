//! Where bytes come from. Each source enumerates what it holds, hands the bytes
//! to a visitor and lists what it could not read; none of them knows a detector
//! or a report, so that the scan can join them freely.

pub mod git;
pub mod history;

use crate::model::chunk::Chunk;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Unscanned;

/// Receives what a source reads. Called from many threads, in no order.
pub trait Sink: Sync {
    /// A blob or a window of one. The bytes are valid during the call only.
    fn chunk(&self, chunk: &Chunk<'_>);
    /// Something that should have been read and was not, or not wholly.
    fn unscanned(&self, missed: Unscanned);
    /// `n` things that were left out on purpose.
    fn excluded(&self, why: Exclusion, n: u64);
    /// One unit (`worktree.files`, `archive.members`, …) was read to its end, `bytes` long.
    fn counted(&self, unit: &'static str, bytes: u64);
}
