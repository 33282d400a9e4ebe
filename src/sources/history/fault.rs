//! Why an object could not be handed out, in a form small enough to keep one
//! for each of a million lost objects. Turning faults into the words of a
//! report happens once, at the end of a walk.

use crate::model::coverage::Reason;

/// What went wrong with one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// The entry's header is not one.
    Header,
    /// The zlib stream is cut, corrupt or of another length than declared.
    Stream,
    /// The delta's instructions are malformed or do not fit its base.
    Delta,
    /// Larger than the limit: its size.
    TooLarge(u64),
    /// The system refused the memory.
    NoMemory,
    /// The index places it beyond the end of the pack.
    BeyondEnd,
    /// Its delta base is nowhere in the store.
    BaseMissing,
    /// Its delta base was lost to corruption.
    BaseLost,
    /// Its delta base is larger than the limit.
    BaseTooLarge,
    /// Its chain of delta bases leads back to itself.
    Cycle,
    /// Its bytes hash to another id; they were visited all the same.
    Mismatch,
    /// The header of a loose object is malformed.
    LooseHeader,
    /// The file could not be read.
    Unreadable,
    /// The file was listed and then gone.
    Vanished,
    /// The file is longer than any object within the limits could need.
    FileTooLarge(u64),
    /// The visitor panicked on it.
    Panic,
}

impl Fault {
    /// The reason a report gives.
    pub(super) fn reason(self) -> Reason {
        match self {
            Fault::TooLarge(_) | Fault::FileTooLarge(_) | Fault::BaseTooLarge => Reason::LimitSize,
            Fault::NoMemory => Reason::LimitMemory,
            Fault::BaseMissing => Reason::Missing,
            Fault::Unreadable => Reason::Unreadable,
            Fault::Vanished => Reason::Vanished,
            Fault::Panic => Reason::Panic,
            _ => Reason::Corrupt,
        }
    }

    /// How many bytes were not read, if that is known.
    pub(super) fn bytes(self) -> Option<u64> {
        match self {
            Fault::TooLarge(size) => Some(size),
            _ => None,
        }
    }

    /// One clause for a person.
    pub(super) fn detail(self) -> &'static str {
        match self {
            Fault::Header => "malformed entry header",
            Fault::Stream => "corrupt or truncated zlib stream",
            Fault::Delta => "malformed delta",
            Fault::TooLarge(_) => "larger than the object limit",
            Fault::NoMemory => "the system refused the memory",
            Fault::BeyondEnd => "beyond the end of the pack, which is truncated",
            Fault::BaseMissing => "its delta base is not in the object store",
            Fault::BaseLost => "its delta base could not be read",
            Fault::BaseTooLarge => "its delta base is larger than the object limit",
            Fault::Cycle => "its delta bases form a cycle",
            Fault::Mismatch => "its bytes hash to another id; they were scanned",
            Fault::LooseHeader => "malformed header of a loose object",
            Fault::Unreadable => "the file could not be read",
            Fault::Vanished => "the file went away during the scan and is in no pack now",
            Fault::FileTooLarge(_) => "the file is larger than the object limit",
            Fault::Panic => "the scan of it panicked; this is a defect of the scanner",
        }
    }

    /// What this fault of a base means for the deltas on it.
    pub(super) fn inherited(self) -> Fault {
        match self {
            Fault::TooLarge(_) | Fault::FileTooLarge(_) | Fault::BaseTooLarge => {
                Fault::BaseTooLarge
            }
            Fault::NoMemory => Fault::NoMemory,
            Fault::BaseMissing => Fault::BaseMissing,
            _ => Fault::BaseLost,
        }
    }
}
