//! Where bytes came from. An origin names bytes in a way that does not depend
//! on the machine: paths are relative to the scanned root, written with `/`,
//! and what is not UTF-8 is percent-encoded.

use super::object::ObjectId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A path relative to the scanned root, `/` between components, never absolute;
/// bytes that are not UTF-8, control characters and `%` are percent-encoded.
pub type RelPath = String;

/// Where the bytes of a blob came from.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "source", rename_all = "kebab-case")]
pub enum Origin {
    /// A file of the work tree (or of any scanned folder).
    File {
        /// Its path.
        path: RelPath,
    },
    /// An entry of the git index that differs from the work tree.
    Index {
        /// Its path.
        path: RelPath,
        /// The staged blob.
        blob: ObjectId,
    },
    /// A blob of the object store.
    Blob {
        /// Its id.
        blob: ObjectId,
        /// The path by which the attributed commit names it; absent when no tree does.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<RelPath>,
        /// The attributed commit; absent when unreachable.
        #[serde(skip_serializing_if = "Option::is_none")]
        commit: Option<ObjectId>,
    },
    /// The text of a commit, annotated tag or tree (messages, author lines, file names).
    Object {
        /// Its id.
        object: ObjectId,
        /// `commit`, `tag` or `tree`.
        kind: String,
    },
    /// A ref name or other text git keeps outside of objects (reflog, packed-refs).
    Ref {
        /// The file below the git directory.
        path: RelPath,
    },
    /// Standard input.
    Stdin,
    /// A member of an archive.
    Member {
        /// The archive.
        archive: Box<Origin>,
        /// Its path in the archive.
        path: RelPath,
    },
}

impl Origin {
    /// The path a person would look at, if there is one.
    pub fn path(&self) -> Option<&str> {
        match self {
            Origin::File { path }
            | Origin::Index { path, .. }
            | Origin::Ref { path }
            | Origin::Member { path, .. } => Some(path),
            Origin::Blob { path, .. } => path.as_deref(),
            Origin::Object { .. } | Origin::Stdin => None,
        }
    }

    /// The object of the history these bytes are, or are inside of.
    pub fn object(&self) -> Option<ObjectId> {
        match self.outermost() {
            Origin::Blob { blob, .. } | Origin::Index { blob, .. } => Some(*blob),
            Origin::Object { object, .. } => Some(*object),
            _ => None,
        }
    }

    /// Shows `each` every name in it.
    pub fn texts_mut(&mut self, each: &mut dyn FnMut(&mut String)) {
        match self {
            Origin::Member { archive, path } => {
                archive.texts_mut(each);
                each(path);
            }
            Origin::File { path } | Origin::Index { path, .. } | Origin::Ref { path } => each(path),
            Origin::Blob { path, .. } => path.iter_mut().for_each(each),
            Origin::Object { .. } | Origin::Stdin => {}
        }
    }

    /// The outermost origin: the archive of a member, otherwise itself.
    pub fn outermost(&self) -> &Origin {
        match self {
            Origin::Member { archive, .. } => archive.outermost(),
            other => other,
        }
    }
}
