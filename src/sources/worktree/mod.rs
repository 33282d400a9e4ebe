//! The files of a work tree, or of any folder: every regular file below a root
//! once, in parallel, through one reused buffer a thread, with all that was not
//! read named. Git's own files are left to the history source, and what the
//! bytes mean is left to whoever receives the chunks.
//!
//! What is decided here:
//! - Symbolic links are never followed; their target string is scanned like the
//!   content of a file, as git stores it. Whether the target lies inside of the root
//!   is told from the string alone, never by looking at the disk, so that it does not
//!   depend on the machine. Inside, the target is scanned under its own name or does
//!   not exist, and the link counts as left out on purpose (`link-inside`); outside
//!   nobody asked for it (`link-outside`). So do FIFOs, sockets and devices.
//! - Files that `.gitignore` of the tree names are left out and counted, a folder as
//!   one; what git tracks is read all the same, and `no_ignore` reads everything.
//!   It is obeyed only in a repository.
//! - A folder or file `.git` is left out when it is what git would accept; otherwise it
//!   is read like any other.

mod file;
mod link;
mod open;
mod queue;
mod rules;
mod walk;

#[cfg(test)]
#[cfg(unix)]
mod tests;

use super::Sink;
use super::window::WindowSize;
use crate::limits::ArchiveLimits;
use crate::limits::RunBudget;
use crate::model::origin::RelPath;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// One folder or file to scan.
#[derive(Clone, Debug)]
pub struct Root {
    /// Where it is. A link here is followed: the user named it.
    pub path: PathBuf,
    /// What paths in reports begin with: empty for the only root, else something that
    /// tells the roots apart. Not escaped here.
    pub name: RelPath,
    /// The paths git tracks, if the root is (in) a work tree: these are read though ignored.
    pub tracked: Option<Tracked>,
}

impl Root {
    /// The only root, of which git knows nothing.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Root {
            path: path.into(),
            name: RelPath::new(),
            tracked: None,
        }
    }
}

/// The paths git tracks, raw bytes as in the index, relative to the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracked(Vec<Vec<u8>>);

impl Tracked {
    /// Takes the paths in any order.
    pub fn new(mut paths: Vec<Vec<u8>>) -> Self {
        paths.sort_unstable();
        Tracked(paths)
    }

    /// True when this file is tracked.
    pub fn contains(&self, path: &[u8]) -> bool {
        self.0
            .binary_search_by(|tracked| tracked.as_slice().cmp(path))
            .is_ok()
    }

    /// True when something in this folder is tracked.
    pub fn has_below(&self, folder: &[u8]) -> bool {
        let below = [folder, b"/"].concat();
        let first = self.0.partition_point(|tracked| *tracked < below);
        self.0
            .get(first)
            .is_some_and(|tracked| tracked.starts_with(&below))
    }
}

/// What to walk and how.
#[derive(Clone, Debug)]
pub struct WorktreeOptions {
    /// The folders and files to scan.
    pub roots: Vec<Root>,
    /// Read also what the ignore files of the tree name.
    pub no_ignore: bool,
    /// What the user excludes, in the syntax of `.gitignore`; stronger than `tracked`.
    pub excludes: Vec<String>,
    /// How far archives are unpacked; `None`: not at all.
    pub archives: Option<ArchiveLimits>,
    /// Larger files are not read but listed (`limit-size`).
    pub max_file: Option<u64>,
    /// How large files are cut.
    pub window: WindowSize,
    /// Threads that walk and read.
    pub threads: NonZeroUsize,
}

impl WorktreeOptions {
    /// The defaults, for these roots and one thread.
    pub fn new(roots: Vec<Root>) -> Self {
        WorktreeOptions {
            roots,
            no_ignore: false,
            excludes: Vec::new(),
            archives: Some(ArchiveLimits::default()),
            max_file: None,
            window: WindowSize::default(),
            threads: NonZeroUsize::MIN,
        }
    }
}

/// Why a walk did not begin.
#[derive(Debug, thiserror::Error)]
pub enum WorktreeError {
    /// A root is not there.
    #[error("{path}: no such file or folder; check the path")]
    Missing {
        /// As the user gave it.
        path: String,
    },
    /// A root that may not be read.
    #[error("{path}: {detail}")]
    Unreadable {
        /// As the user gave it.
        path: String,
        /// What the operating system said.
        detail: &'static str,
    },
    /// A root that is neither a folder nor a regular file.
    #[error("{path}: not a folder or a regular file; to read a pipe give `-`")]
    Special {
        /// As the user gave it.
        path: String,
    },
    /// A glob of `--exclude` that is none.
    #[error("--exclude {glob}: not a pattern in the syntax of .gitignore")]
    Exclude {
        /// As the user gave it.
        glob: String,
    },
}

/// What else the walk came upon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Repositories at and below the roots, sorted by name: the files of `.git` folders were
    /// left out, those of bare repositories were read as files.
    pub repositories: Vec<Nested>,
}

/// A repository that the walk came upon.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nested {
    /// How reports name its git directory, or its `.git` file.
    pub name: RelPath,
    /// The folder of its work tree, or the bare repository itself.
    pub path: PathBuf,
}

/// Walks the roots and reads every file.
///
/// # Errors
///
/// The roots and globs are checked before anything is read; what fails later is
/// reported to the sink.
pub fn scan(
    options: &WorktreeOptions,
    run: &RunBudget,
    sink: &dyn Sink,
) -> Result<Found, WorktreeError> {
    walk::scan(options, run, sink)
}
