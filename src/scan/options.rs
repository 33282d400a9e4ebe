//! What a scan is asked to do, and why it may not begin. Options are plain data
//! that the command line fills; nothing here reads the environment.

use super::progress::Progress;
use crate::findings::baseline::Baseline;
use crate::findings::fingerprint::FingerprintKey;
use crate::limits::ArchiveLimits;
use crate::limits::Interrupt;
use crate::model::rule::Confidence;
use crate::sources::git::discover::OpenError;
use crate::sources::git::range::BadUpdate;
use crate::sources::git::revision::RevisionError;
use crate::sources::history::StoreLimits;
use crate::sources::worktree::WorktreeError;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

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

/// A part of a history that is read in place of everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What came into HEAD after this revision.
    Since(String),
    /// What `A..B` reaches.
    Between(String),
    /// What is staged and not in HEAD.
    Staged {
        /// Another index than the repository's own, as git names it to hooks.
        index: Option<PathBuf>,
    },
    /// What a push brings, which standard input tells as git tells a pre-receive hook.
    Received {
        /// Where git keeps the objects until the push is accepted.
        quarantine: Option<PathBuf>,
    },
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
    /// Judge every version of configuration files that the history holds.
    pub history_settings: bool,
    /// Read only this part of the history and nothing else.
    pub part: Option<Part>,
    /// Where what was found clean is remembered; not for `store.verify`, which reads everything.
    pub cache: Option<PathBuf>,
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
    /// Findings that the user lets be.
    pub baseline: Baseline,
    /// Where workers count what they read, for who shows it meanwhile.
    pub progress: Option<Arc<Progress>>,
    /// Set from outside when the run shall end early.
    pub interrupt: Interrupt,
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
            history_settings: false,
            part: None,
            cache: None,
            exhaustive: false,
            no_ignore: false,
            excludes: Vec::new(),
            archives: Some(ArchiveLimits::default()),
            max_file: None,
            store: StoreLimits::default(),
            jobs: NonZeroUsize::MIN,
            min_confidence: Confidence::Medium,
            key: None,
            baseline: Baseline::default(),
            progress: None,
            interrupt: Interrupt::default(),
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
    /// A part of a history was asked for and there is none.
    #[error("{path}: {error}; parts of a history are read from the root of a repository")]
    Repository {
        /// As the user gave it.
        path: String,
        /// Why.
        error: OpenError,
    },
    /// An end of a range is not there.
    #[error("{path}: {error}")]
    Revision {
        /// As the user gave it.
        path: String,
        /// Why.
        error: RevisionError,
    },
    /// Standard input is no list of updates.
    #[error(transparent)]
    Updates(#[from] BadUpdate),
    /// Standard input could not be read.
    #[error("standard input could not be read: {0}")]
    Input(std::io::ErrorKind),
    /// A push goes to one repository.
    #[error("--pre-receive reads one repository: give one path, the git directory")]
    OneRepository,
    /// The system gave no threads.
    #[error("the system refused to start threads; try `--jobs 1`")]
    Threads,
}
