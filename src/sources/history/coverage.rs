//! What a walk saw: counts by kind and everything that was lost, with its
//! reason. The lists are sorted and capped here, so that they neither depend on
//! threads nor grow with the damage.

use std::collections::BTreeMap;

use crate::model::coverage::Coverage;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectKind;

/// Counts of one kind of object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindTotals {
    /// Different objects in the store that were not skipped, as far as their kind could be told.
    pub seen: u64,
    /// Those handed to the visitor.
    pub visited: u64,
    /// Their bytes, inflated.
    pub bytes: u64,
}

/// What one walk over a store saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreCoverage {
    /// Commits.
    pub commits: KindTotals,
    /// Trees.
    pub trees: KindTotals,
    /// Blobs.
    pub blobs: KindTotals,
    /// Annotated tags.
    pub tags: KindTotals,
    /// What could not be read, by reason: the whole count.
    pub unscanned_total: BTreeMap<Reason, u64>,
    /// What could not be read, sorted by place, at most [`Coverage::LIST_CAP`] of each reason.
    pub unscanned: Vec<Unscanned>,
}

impl StoreCoverage {
    /// The counts of one kind.
    pub fn of(&self, kind: ObjectKind) -> &KindTotals {
        match kind {
            ObjectKind::Commit => &self.commits,
            ObjectKind::Tree => &self.trees,
            ObjectKind::Blob => &self.blobs,
            ObjectKind::Tag => &self.tags,
        }
    }

    pub(super) fn of_mut(&mut self, kind: ObjectKind) -> &mut KindTotals {
        match kind {
            ObjectKind::Commit => &mut self.commits,
            ObjectKind::Tree => &mut self.trees,
            ObjectKind::Blob => &mut self.blobs,
            ObjectKind::Tag => &mut self.tags,
        }
    }

    /// Counts one object handed to the visitor.
    pub(super) fn visited(&mut self, kind: ObjectKind, len: usize) {
        let totals = self.of_mut(kind);
        totals.visited += 1;
        totals.bytes += len as u64;
    }

    /// Adds another part's counts.
    pub(super) fn add(&mut self, other: &StoreCoverage) {
        for kind in [
            ObjectKind::Commit,
            ObjectKind::Tree,
            ObjectKind::Blob,
            ObjectKind::Tag,
        ] {
            let theirs = *other.of(kind);
            let ours = self.of_mut(kind);
            ours.seen += theirs.seen;
            ours.visited += theirs.visited;
            ours.bytes += theirs.bytes;
        }
    }

    /// Counts one thing that was not read; `describe` is only called while the list of its
    /// reason has room.
    pub(super) fn miss(&mut self, reason: Reason, describe: impl FnOnce() -> Unscanned) {
        let total = self.unscanned_total.entry(reason).or_default();
        *total += 1;
        if *total <= Coverage::LIST_CAP as u64 {
            self.unscanned.push(describe());
        }
    }
}
