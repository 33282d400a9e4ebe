//! Everything about a git repository except the bytes of its objects: where it
//! lies, its refs and reflogs, its index, who points at what, and in which
//! commits a blob lived. Packs and loose objects are read by another source and
//! reach this one only through [`ObjectReader`] and [`collector::Collector`].
//!
//! No git process and no libgit2 is used. libgit2 cannot open SHA-256 or
//! reftable repositories, refuses a repository for one damaged file and reads
//! configuration of the host; with those paths written by hand anyway, a second
//! implementation for the other repositories would only be a second behaviour.
//! Nothing in the configuration of a repository acts: four kinds of keys are
//! read as facts, includes are not followed. Grafts and replace refs are
//! reported and otherwise ignored.

pub mod attribution;
pub mod collector;
pub mod commit;
pub mod config;
pub mod discover;
pub mod facts;
pub mod file;
pub mod history;
mod holders;
mod ids;
pub mod index;
mod mask;
mod paths;
mod previous;
pub mod range;
pub mod reflog;
pub mod refs;
pub mod reftable;
pub mod revision;
pub mod signed;
pub mod skeleton;
mod strands;
pub mod tag;
pub mod texts;
pub mod tips;
pub mod tree;

#[cfg(test)]
mod tests;

use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

/// Why an object could not be had from the store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// Nothing in the store has this id.
    #[error("object {0} is missing from the repository")]
    Missing(ObjectId),
    /// It is there and cannot be read.
    #[error("object {id} cannot be read: {detail}")]
    Unreadable {
        /// Its id.
        id: ObjectId,
        /// How it is told in a report.
        reason: Reason,
        /// One clause, never content.
        detail: String,
    },
}

impl ObjectError {
    /// The entry of a report that says so.
    pub fn unscanned(&self) -> Unscanned {
        match self {
            ObjectError::Missing(id) => Unscanned {
                what: id.to_string(),
                reason: Reason::Missing,
                bytes: None,
                detail: String::new(),
            },
            ObjectError::Unreadable { id, reason, detail } => Unscanned {
                what: id.to_string(),
                reason: *reason,
                bytes: None,
                detail: detail.clone(),
            },
        }
    }
}

/// Random access to objects: all that this source needs of an object store.
pub trait ObjectReader: Sync {
    /// Replaces `out` by the bytes of an object and says what it is.
    fn read(&self, id: &ObjectId, out: &mut Vec<u8>) -> Result<ObjectKind, ObjectError>;

    /// Ids that begin with these lower-case hexadecimal digits, sorted, at most `limit` of them.
    fn with_prefix(&self, hex: &str, limit: usize) -> Vec<ObjectId>;
}

/// The numbers of a store's objects: what millions of references between them are kept as.
pub trait Numbers: Sync {
    /// The number of the object with this raw id; `None` when the store does not hold it.
    fn number(&self, id: &[u8]) -> Option<u32>;

    /// The id of the object of that number, which must be below the count.
    fn id(&self, number: u32) -> ObjectId;

    /// All numbers are below this one.
    fn count(&self) -> u32;
}
