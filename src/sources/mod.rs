//! Sources read bytes and hand them on as chunks: the work tree, standard
//! input, archives, git history. They know nothing of rules and nothing of one
//! another's callers; whatever they cannot read they report to the [`Sink`].

pub mod archive;
pub mod blob;
pub mod encoding;
pub mod git;
pub mod history;
pub mod lfs;
pub mod path;
pub mod stdin;
pub mod window;
pub mod worktree;

use crate::model::chunk::Chunk;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Unscanned;
use crate::model::origin::RelPath;
use lfs::Pointer;

/// Receives what a source reads. Called from many threads, in no order.
pub trait Sink: Sync {
    /// A blob or a window of one. The bytes are valid during the call only.
    fn chunk(&self, chunk: &Chunk<'_>);
    /// Something that should have been read and was not, or not wholly.
    fn unscanned(&self, missed: Unscanned);
    /// `n` things that were left out on purpose.
    fn excluded(&self, why: Exclusion, n: u64);
    /// A Git LFS pointer stands at `what` in place of content.
    fn pointer(&self, what: RelPath, pointer: &Pointer) {
        self.unscanned(pointer.unscanned(what));
    }
    /// One unit (`worktree.files`, `archive.members`, …) was read to its end, `bytes` long.
    fn counted(&self, unit: &'static str, bytes: u64);
}

#[cfg(test)]
pub(crate) mod collect;
