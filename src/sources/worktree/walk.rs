//! The walk itself: lists folders, decides about each entry and hands folders
//! and batches of files on as jobs. Paths are joined, never resolved; reading a
//! file is left to `file.rs`, ignore rules to `rules.rs`.

use super::Found;
use super::Nested;
use super::Root;
use super::WorktreeError;
use super::WorktreeOptions;
use super::file;
use super::link;
use super::open;
use super::queue;
use super::rules;
use super::rules::Ignores;
use crate::limits::RunBudget;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::origin::RelPath;
use crate::sources::Sink;
use crate::sources::blob::BlobReader;
use crate::sources::path::escape_os_path;
use ignore::gitignore::Gitignore;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs::FileType;
use std::io::ErrorKind;
use std::io::Read;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Files that are one job; a folder with more is shared out.
const BATCH: usize = 64;

/// The file whose patterns are obeyed.
const GITIGNORE: &str = ".gitignore";

/// The largest ignore file that is obeyed; a larger one leaves nothing out.
const IGNORE_FILE: u64 = 128 << 10;

/// What all threads share.
pub(super) struct Walk<'a> {
    pub(super) options: &'a WorktreeOptions,
    pub(super) run: &'a RunBudget,
    pub(super) sink: &'a dyn Sink,
    excludes: Gitignore,
    repositories: Mutex<Vec<Nested>>,
}

/// What each thread keeps from file to file.
pub(super) struct Worker {
    pub(super) files: BlobReader,
    pub(super) members: BlobReader,
}

/// A folder on the way to its entries.
pub(super) struct Folder<'a> {
    root: &'a Root,
    /// Relative to the root.
    path: PathBuf,
    /// As the system is asked for it.
    full: PathBuf,
    ignores: Arc<Ignores>,
    /// Only what git tracks is read below.
    ignored: bool,
}

impl Folder<'_> {
    /// How reports name the entry `path` (relative to the root).
    fn rel_path(&self, path: &Path) -> RelPath {
        let path = escape_os_path(path);
        match (self.root.name.as_str(), path.as_str()) {
            ("", "") => ".".to_owned(),
            ("", _) => path,
            (root, "") => root.to_owned(),
            (root, path) => format!("{root}/{path}"),
        }
    }
}

enum Job<'a> {
    Folder(Folder<'a>),
    Files(Arc<Folder<'a>>, Vec<OsString>),
}

/// See [`super::scan`].
pub(super) fn scan(
    options: &WorktreeOptions,
    run: &RunBudget,
    sink: &dyn Sink,
) -> Result<Found, WorktreeError> {
    let walk = Walk {
        options,
        run,
        sink,
        excludes: rules::excludes(&options.excludes)?,
        repositories: Mutex::default(),
    };
    let jobs: Result<Vec<Job<'_>>, _> = options.roots.iter().map(root_job).collect();
    let new_worker = || Worker {
        files: BlobReader::new(options.window),
        members: BlobReader::new(options.window),
    };
    queue::run(jobs?, options.threads, new_worker, |worker, job, made| {
        walk.work(worker, job, made);
    });
    let mut repositories = walk
        .repositories
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    repositories.sort_unstable();
    Ok(Found { repositories })
}

fn root_job(root: &Root) -> Result<Job<'_>, WorktreeError> {
    let path = || root.path.display().to_string();
    let wrong = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => WorktreeError::Missing { path: path() },
        _ => WorktreeError::Unreadable {
            path: path(),
            detail: open::refused(&error).detail,
        },
    };
    let metadata = std::fs::metadata(&root.path).map_err(wrong)?;
    let folder = |full: PathBuf| Folder {
        root,
        path: PathBuf::new(),
        full,
        ignores: Ignores::none(root.tracked.is_some()),
        ignored: false,
    };
    if metadata.is_dir() {
        std::fs::read_dir(&root.path).map_err(wrong)?;
        return Ok(Job::Folder(folder(root.path.clone())));
    }
    if !metadata.is_file() {
        return Err(WorktreeError::Special { path: path() });
    }
    // A link the user named is followed here; files are opened without following any.
    let real = std::fs::canonicalize(&root.path).map_err(wrong)?;
    let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
        return Err(WorktreeError::Special { path: path() });
    };
    let folder = Arc::new(folder(parent.to_owned()));
    Ok(Job::Files(folder, vec![name.to_owned()]))
}

/// The entries of one folder, sorted out.
#[derive(Default)]
struct Sorted {
    files: Vec<OsString>,
    excluded: BTreeMap<Exclusion, u64>,
}

impl Walk<'_> {
    fn work<'a>(&self, worker: &mut Worker, job: Job<'a>, made: &mut Vec<Job<'a>>) {
        match job {
            Job::Folder(folder) => {
                let name = folder.rel_path(&folder.path);
                if self.run.is_interrupted() {
                    return self.miss(name, Reason::Interrupted, "", None);
                }
                self.contain(&name, || self.folder(worker, folder, made));
            }
            Job::Files(folder, names) => self.files(worker, &folder, &names),
        }
    }

    /// Runs `unit`; a panic in it is reported and does not end the walk.
    fn contain(&self, name: &str, unit: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(unit)).is_err() {
            self.miss(
                name.to_owned(),
                Reason::Panic,
                "a defect of this program",
                None,
            );
        }
    }

    pub(super) fn miss(&self, what: RelPath, reason: Reason, detail: &str, bytes: Option<u64>) {
        self.sink.unscanned(Unscanned {
            what,
            reason,
            bytes,
            detail: detail.to_owned(),
        });
    }

    fn files(&self, worker: &mut Worker, folder: &Folder<'_>, names: &[OsString]) {
        for name in names {
            let path = folder.rel_path(&folder.path.join(name));
            if self.run.is_interrupted() {
                self.miss(path, Reason::Interrupted, "", None);
                continue;
            }
            self.contain(&path, || {
                file::read(self, worker, path.clone(), &folder.full.join(name));
            });
        }
    }

    fn folder<'a>(&self, worker: &mut Worker, mut folder: Folder<'a>, made: &mut Vec<Job<'a>>) {
        let entries = self.list(&folder);
        let repository = self.git_dir(&folder, &entries);
        self.note_bare(&folder, &entries);
        if !self.options.no_ignore && folder.ignores.may_grow() {
            let in_repository = repository || folder.ignores.in_repository();
            let gitignore = in_repository.then(|| self.ignore_file(&folder, &entries));
            folder.ignores = Ignores::below(&folder.ignores, gitignore.flatten(), repository);
        }
        let mut sorted = Sorted::default();
        for (name, kind) in entries {
            if repository && name == ".git" {
                *sorted.excluded.entry(Exclusion::GitDir).or_default() += 1;
                continue;
            }
            self.entry(&folder, name, kind, &mut sorted, made);
        }
        for (why, n) in sorted.excluded {
            self.sink.excluded(why, n);
        }
        let folder = Arc::new(folder);
        let mut batches = sorted.files.chunks(BATCH);
        let own = batches.next().unwrap_or_default();
        made.extend(batches.map(|names| Job::Files(Arc::clone(&folder), names.to_vec())));
        self.files(worker, &folder, own);
    }

    fn list(&self, folder: &Folder<'_>) -> Vec<(OsString, FileType)> {
        let mut entries = Vec::new();
        let miss = |path: &Path, error: &std::io::Error| {
            let open::Refused { reason, detail } = open::refused(error);
            self.miss(folder.rel_path(path), reason, detail, None);
        };
        match std::fs::read_dir(&folder.full) {
            Ok(listing) => {
                for entry in listing {
                    match entry {
                        Ok(entry) => match entry.file_type() {
                            Ok(kind) => entries.push((entry.file_name(), kind)),
                            Err(error) => miss(&folder.path.join(entry.file_name()), &error),
                        },
                        Err(error) => {
                            miss(&folder.path, &error);
                            break;
                        }
                    }
                }
            }
            Err(error) => miss(&folder.path, &error),
        }
        entries
    }

    fn entry<'a>(
        &self,
        folder: &Folder<'a>,
        name: OsString,
        kind: FileType,
        sorted: &mut Sorted,
        made: &mut Vec<Job<'a>>,
    ) {
        let path = folder.path.join(&name);
        if self.excludes.matched(&path, kind.is_dir()).is_ignore() {
            *sorted.excluded.entry(Exclusion::UserExclude).or_default() += 1;
            return;
        }
        let ignored = folder.ignored || folder.ignores.ignores(&path, kind.is_dir());
        if ignored && !rules::is_tracked(folder.root.tracked.as_ref(), &path, kind.is_dir()) {
            *sorted.excluded.entry(Exclusion::IgnoreFile).or_default() += 1;
            return;
        }
        if kind.is_file() {
            sorted.files.push(name);
        } else if kind.is_dir() {
            made.push(Job::Folder(Folder {
                root: folder.root,
                full: folder.full.join(&name),
                path,
                ignores: Arc::clone(&folder.ignores),
                ignored,
            }));
        } else if kind.is_symlink() {
            let full = folder.full.join(&name);
            if let Some(link) = link::read(self, &path, folder.rel_path(&path), &full) {
                *sorted.excluded.entry(link).or_default() += 1;
            }
        } else {
            *sorted.excluded.entry(Exclusion::SpecialFile).or_default() += 1;
        }
    }

    fn ignore_file(
        &self,
        folder: &Folder<'_>,
        entries: &[(OsString, FileType)],
    ) -> Option<Gitignore> {
        let named = |(entry, kind): &(OsString, FileType)| entry == GITIGNORE && kind.is_file();
        entries.iter().find(|entry| named(entry))?;
        // What cannot be read here is reported when it is read as a file.
        let (file, metadata) = open::open(&folder.full.join(GITIGNORE)).ok()?;
        let mut text = Vec::new();
        file.take(IGNORE_FILE).read_to_end(&mut text).ok()?;
        if metadata.len() > IGNORE_FILE {
            return None;
        }
        rules::parse(&folder.path, &text)
    }

    /// True when the entry `.git` of this folder is one that git would accept.
    fn git_dir(&self, folder: &Folder<'_>, entries: &[(OsString, FileType)]) -> bool {
        let Some((_, kind)) = entries.iter().find(|(name, _)| name == ".git") else {
            return false;
        };
        let full = folder.full.join(".git");
        let is_repository = if kind.is_dir() {
            is_git_dir(&full)
        } else {
            kind.is_file() && is_git_file(&full)
        };
        if is_repository {
            self.note(folder, folder.rel_path(&folder.path.join(".git")));
        }
        is_repository
    }

    fn note_bare(&self, folder: &Folder<'_>, entries: &[(OsString, FileType)]) {
        let has = |name: &str| entries.iter().any(|(entry, _)| entry == OsStr::new(name));
        if has("HEAD") && has("objects") && has("refs") && is_git_dir(&folder.full) {
            self.note(folder, folder.rel_path(&folder.path));
        }
    }

    fn note(&self, folder: &Folder<'_>, name: RelPath) {
        let path = folder.root.path.join(&folder.path);
        self.repositories
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Nested { name, path });
    }
}

/// What `is_git_directory` of git's setup.c asks for: `HEAD`, and `objects` and `refs` or,
/// in a linked work tree, `commondir`.
fn is_git_dir(path: &Path) -> bool {
    let kind = |name: &str| std::fs::symlink_metadata(path.join(name)).ok();
    let is_dir = |name: &str| kind(name).is_some_and(|found| !found.is_file());
    let has_file = |name: &str| kind(name).is_some_and(|found| !found.is_dir());
    has_file("HEAD") && ((is_dir("objects") && is_dir("refs")) || has_file("commondir"))
}

/// gitrepository-layout(5): a text file `gitdir: PATH`.
fn is_git_file(path: &Path) -> bool {
    let mut head = [0; 8];
    open::open(path).is_ok_and(|(mut file, _)| file.read_exact(&mut head).is_ok())
        && head == *b"gitdir: "
}
