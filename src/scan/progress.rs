//! How far a scan has come, for whoever shows it meanwhile. Counted by the
//! workers and read by others; nothing of a result depends on it.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// Counts of a run in progress.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicU64,
    objects: AtomicU64,
    bytes: AtomicU64,
}

/// What was read up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoFar {
    /// Files, archive members and other units outside of a history.
    pub files: u64,
    /// Objects of a history.
    pub objects: u64,
    /// Bytes of both.
    pub bytes: u64,
}

impl Progress {
    /// What was read so far.
    pub fn so_far(&self) -> SoFar {
        SoFar {
            files: self.files.load(Ordering::Relaxed),
            objects: self.objects.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }

    pub(super) fn file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn object(&self, bytes: usize) {
        self.objects.fetch_add(1, Ordering::Relaxed);
        self.read(bytes);
    }

    pub(super) fn read(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
