//! What a scan is asked to do, and why it may not begin. Options are plain data
//! that the command line fills; nothing here reads the environment.

use crate::findings::fingerprint::FingerprintKey;
use crate::limits::ArchiveLimits;
use crate::model::rule::Confidence;
use crate::sources::git::discover::OpenError;
use crate::sources::history::StoreLimits;
use crate::sources::worktree::WorktreeError;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Which sources of a repository are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The files of the work tree.
    pub tree: bool,
    /// What is staged.
    pub index: bool,
    /// Every object of the object store, and the text beside it.
    pub history: bool,
}

impl Default for Sources {
    fn default() -> Self {
        Sources {
            tree: true,
            index: true,
            history: true,
        }
    }
}

/// What to scan and how.
pub struct Options {
    /// Files, folders and repositories.
    pub paths: Vec<PathBuf>,
    /// Read standard input too.
    pub stdin: bool,
    /// Which sources of repositories.
    pub sources: Sources,
    /// The sources were asked for by name: a path that has no history is then an error.
    pub history_required: bool,
    /// Search every object whole instead of only what its delta changes.
    pub exhaustive: bool,
    /// Read what ignore files name.
    pub no_ignore: bool,
    /// Globs of the user, in the syntax of `.gitignore`.
    pub excludes: Vec<String>,
    /// How far archives are unpacked; `None`: not at all.
    pub archives: Option<ArchiveLimits>,
    /// Larger files are listed and not read.
    pub max_file: Option<u64>,
    /// Limits of the object store.
    pub store: StoreLimits,
    /// Threads.
    pub jobs: NonZeroUsize,
    /// Findings below this are counted and not reported.
    pub min_confidence: Confidence,
    /// The key of fingerprints.
    pub key: Option<FingerprintKey>,
    /// Tell names and e-mail addresses of authors.
    pub identities: bool,
    /// What is taken for now, in seconds since 1970, to tell what has expired.
    pub now: Option<i64>,
}

impl Options {
    /// The defaults, for these paths and one thread.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Options {
            paths,
            stdin: false,
            sources: Sources::default(),
            history_required: false,
            exhaustive: false,
            no_ignore: false,
            excludes: Vec::new(),
            archives: Some(ArchiveLimits::default()),
            max_file: None,
            store: StoreLimits::default(),
            jobs: NonZeroUsize::MIN,
            min_confidence: Confidence::Medium,
            key: None,
            identities: false,
            now: None,
        }
    }
}

/// Why a scan did not begin. All but the last are the user's to mend.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A path cannot be scanned.
    #[error(transparent)]
    Path(#[from] WorktreeError),
    /// History was asked for and there is none.
    #[error("{path}: {error}; without `--sources` the folder is scanned as files")]
    History {
        /// As the user gave it.
        path: String,
        /// Why.
        error: OpenError,
    },
    /// The system gave no threads.
    #[error("the system refused to start threads; try `--jobs 1`")]
    Threads,
}
