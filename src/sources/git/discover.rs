//! Where a repository lies and what kind it is: the git directory of a path,
//! what it shares with others, its formats, and every other git directory below
//! it. Nothing here reads refs or objects, and no answer depends on the host.

use super::config;
use super::config::Config;
use super::file;
use super::file::EntryKind;
use super::file::FileError;
use super::file::shown;
use super::file::trim_end;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// How refs are stored (`extensions.refStorage`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefStorage {
    /// Loose files and `packed-refs`.
    Files,
    /// The binary tables of `reftable/`.
    Reftable,
}

impl RefStorage {
    /// Git's own word.
    pub const fn name(self) -> &'static str {
        match self {
            RefStorage::Files => "files",
            RefStorage::Reftable => "reftable",
        }
    }
}

/// Why a path is no repository to us. The path itself is left for the caller to name.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing is there.
    #[error("the path does not exist")]
    NotFound,
    /// There is no git directory.
    #[error("this is not a git repository: it has no usable .git and is no git directory itself")]
    NotARepository,
    /// `.git` is there and cannot be used.
    #[error("the .git of this folder cannot be used: {0}")]
    BadGit(FileError),
    /// `.git` or `commondir` is a file that points nowhere.
    #[error("the .git of this folder points at a git directory that is not there")]
    Dangling,
}

/// A linked work tree (git-worktree(1)).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkedWorktree {
    /// Its name below `worktrees/`.
    pub name: Vec<u8>,
    /// Its own git directory.
    pub git_dir: PathBuf,
}

/// A repository, found and described.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The git directory: HEAD, index and per-worktree refs.
    pub git_dir: PathBuf,
    /// What all work trees share: config, refs, objects. The same as `git_dir` but in linked work trees.
    pub common_dir: PathBuf,
    /// The folder that holds `.git`; `None` for a bare repository. `core.worktree` has no say in it.
    pub work_tree: Option<PathBuf>,
    /// The hash function of its ids.
    pub format: ObjectFormat,
    /// How its refs are stored.
    pub ref_storage: RefStorage,
    /// Its object directory, then its alternates, each once.
    pub object_dirs: Vec<PathBuf>,
    /// Alternates that are named and not there.
    pub alternates_missing: u64,
    /// The facts of its `config`.
    pub config: Config,
    /// Commits whose parents were not fetched (`shallow`), sorted.
    pub shallow: Vec<ObjectId>,
    /// Lines of `info/grafts`, which we report and ignore.
    pub grafts: u64,
    /// True when some remote is a promisor or a pack says so (partial clone).
    pub promisor: bool,
    /// True when `core.sparseCheckout` is set: tracked files may be absent on purpose.
    pub sparse: bool,
    /// Linked work trees, sorted by name.
    pub worktrees: Vec<LinkedWorktree>,
    /// Git directories of submodules below `modules/`, sorted, nested ones included. Each is a repository of its own.
    pub modules: Vec<PathBuf>,
    /// What of all that could not be read.
    pub unscanned: Vec<Unscanned>,
}

/// Most bytes of small files such as `.git`, HEAD and `commondir`.
pub(super) const SMALL: u64 = 64 << 10;
/// Most bytes of `shallow`, `info/grafts` and `info/alternates`.
const LISTS: u64 = 64 << 20;
/// How far alternates of alternates are followed, as in git.
const ALTERNATE_DEPTH: usize = 5;
/// Most folders that are looked into below `modules/`.
const MODULE_FOLDERS: usize = 100_000;

impl Repository {
    /// Opens the repository of exactly this path: the root of a work tree, a git directory or a bare repository.
    pub fn open(path: &Path) -> Result<Repository, OpenError> {
        if !path.exists() {
            return Err(OpenError::NotFound);
        }
        let dot_git = path.join(".git");
        if file::exists(&dot_git) {
            let git_dir = follow(&dot_git)?;
            return describe(git_dir, Some(path.to_owned()));
        }
        if is_git_dir(path) {
            return describe(path.to_owned(), None);
        }
        Err(OpenError::NotARepository)
    }

    /// Opens the repository that a path belongs to: the path itself or the nearest folder above it.
    pub fn discover(path: &Path) -> Result<Repository, OpenError> {
        let start = path.canonicalize().map_err(|_| OpenError::NotFound)?;
        for folder in start.ancestors() {
            match Repository::open(folder) {
                Err(OpenError::NotARepository) => {}
                other => return other,
            }
        }
        Err(OpenError::NotARepository)
    }

    /// The object directory of the repository itself.
    pub fn objects(&self) -> PathBuf {
        self.common_dir.join("objects")
    }
}

/// True when a folder looks like a git directory, by git's own test.
pub fn is_git_dir(dir: &Path) -> bool {
    let shared = file::exists(&dir.join("commondir"))
        || (file::is_dir(&dir.join("objects")) && file::is_dir(&dir.join("refs")));
    shared && file::exists(&dir.join("HEAD"))
}

/// The git directory behind `.git`, which is a folder or a file that names one.
fn follow(dot_git: &Path) -> Result<PathBuf, OpenError> {
    if file::is_dir(dot_git) {
        return if is_git_dir(dot_git) {
            Ok(dot_git.to_owned())
        } else {
            Err(OpenError::NotARepository)
        };
    }
    let text = file::read_regular(dot_git, SMALL).map_err(OpenError::BadGit)?;
    let target = text
        .strip_prefix(b"gitdir: ")
        .and_then(|path| file::os_path(trim_end(path)))
        .ok_or(OpenError::NotARepository)?;
    let git_dir = dot_git.parent().unwrap_or(dot_git).join(target);
    if is_git_dir(&git_dir) {
        Ok(git_dir)
    } else {
        Err(OpenError::Dangling)
    }
}

fn describe(git_dir: PathBuf, work_tree: Option<PathBuf>) -> Result<Repository, OpenError> {
    let common_dir = common_dir(&git_dir)?;
    let mut repository = Repository {
        work_tree,
        format: ObjectFormat::Sha1,
        ref_storage: RefStorage::Files,
        object_dirs: Vec::new(),
        alternates_missing: 0,
        config: Config::default(),
        shallow: Vec::new(),
        grafts: 0,
        promisor: false,
        sparse: false,
        worktrees: Vec::new(),
        modules: Vec::new(),
        unscanned: Vec::new(),
        git_dir,
        common_dir,
    };
    repository.read_config();
    repository.guess_work_tree();
    repository.read_alternates();
    repository.read_shallow();
    repository.read_grafts();
    repository.find_promisor_packs();
    repository.find_worktrees();
    repository.find_modules();
    Ok(repository)
}

fn common_dir(git_dir: &Path) -> Result<PathBuf, OpenError> {
    match file::read_regular(&git_dir.join("commondir"), SMALL) {
        Ok(text) => {
            let target = file::os_path(trim_end(&text)).ok_or(OpenError::Dangling)?;
            let common = git_dir.join(target);
            if file::is_dir(&common.join("objects")) {
                Ok(common)
            } else {
                Err(OpenError::Dangling)
            }
        }
        Err(FileError::Missing) => Ok(git_dir.to_owned()),
        Err(error) => Err(OpenError::BadGit(error)),
    }
}

impl Repository {
    fn miss(&mut self, what: &str, reason: Reason, detail: &str) {
        self.unscanned.push(Unscanned {
            what: what.to_owned(),
            reason,
            bytes: None,
            detail: detail.to_owned(),
        });
    }

    fn read_config(&mut self) {
        match file::read_regular(&self.common_dir.join("config"), config::LIMIT) {
            Ok(text) => self.config = config::parse(&text),
            Err(error) => self.unscanned.push(error.unscanned("config".to_owned())),
        }
        for line in self.config.damaged.clone() {
            self.miss(
                &format!("config:{line}"),
                Reason::ParseError,
                "a line git would refuse",
            );
        }
        // Only the switch of a linked work tree; other keys there are git's business.
        if let Ok(text) = file::read_regular(&self.git_dir.join("config.worktree"), config::LIMIT) {
            self.config.sparse_checkout |= config::parse(&text).sparse_checkout;
        }
        if self.config.version.is_none_or(|version| version > 1) {
            self.miss(
                "config",
                Reason::UnsupportedFormat,
                "core.repositoryformatversion is neither 0 nor 1",
            );
        }
        self.sparse = self.config.sparse_checkout;
        self.promisor = self.config.remotes.values().any(|remote| remote.promisor)
            || self.config.extensions.contains_key("partialclone");
        self.read_extensions();
        self.recognise_reftable();
    }

    fn read_extensions(&mut self) {
        for (key, value) in self.config.extensions.clone() {
            let known = match (key.as_str(), value.as_slice()) {
                ("objectformat", b"sha256") => {
                    self.format = ObjectFormat::Sha256;
                    true
                }
                ("refstorage", b"reftable") => {
                    self.ref_storage = RefStorage::Reftable;
                    true
                }
                ("objectformat", b"sha1") | ("refstorage", b"files") => true,
                ("objectformat" | "refstorage", _) => false,
                ("noop" | "noop-v1" | "partialclone" | "preciousobjects", _) => true,
                ("worktreeconfig" | "compatobjectformat" | "relativeworktrees", _) => true,
                _ => false,
            };
            if !known {
                self.miss(
                    &format!("config: extensions.{key}"),
                    Reason::UnsupportedFormat,
                    "an extension this build does not know; read as far as possible",
                );
            }
        }
    }

    /// A repository whose config was lost still says by its HEAD that it has reftables.
    fn recognise_reftable(&mut self) {
        let head = file::read_regular(&self.git_dir.join("HEAD"), SMALL);
        if head.is_ok_and(|text| trim_end(&text) == b"ref: refs/heads/.invalid")
            && file::exists(&self.common_dir.join("reftable/tables.list"))
        {
            self.ref_storage = RefStorage::Reftable;
        }
    }

    fn guess_work_tree(&mut self) {
        let named = self.git_dir.file_name().is_some_and(|name| name == ".git");
        if self.work_tree.is_none() && named && self.config.bare != Some(true) {
            self.work_tree = self.git_dir.parent().map(Path::to_owned);
        }
    }

    fn read_alternates(&mut self) {
        let mut seen = BTreeSet::new();
        let mut todo = vec![(self.objects(), 0)];
        while let Some((dir, depth)) = todo.pop() {
            let Ok(real) = dir.canonicalize() else {
                self.alternates_missing += u64::from(depth > 0);
                self.miss(
                    "objects/info/alternates",
                    Reason::Missing,
                    "an alternate is not there",
                );
                continue;
            };
            if !seen.insert(real) {
                continue;
            }
            let list = match file::read_regular(&dir.join("info/alternates"), LISTS) {
                Ok(text) => text,
                Err(FileError::Missing) => Vec::new(),
                Err(error) => {
                    self.unscanned
                        .push(error.unscanned("objects/info/alternates".to_owned()));
                    Vec::new()
                }
            };
            for line in list.split(|&byte| byte == b'\n').rev() {
                if line.is_empty() || line[0] == b'#' {
                    continue;
                }
                if depth == ALTERNATE_DEPTH {
                    self.miss(
                        "objects/info/alternates",
                        Reason::LimitDepth,
                        "nested alternates",
                    );
                } else if let Some(path) = file::os_path(&unquoted(line)) {
                    todo.push((dir.join(path), depth + 1));
                }
            }
            self.object_dirs.push(dir);
        }
    }

    fn read_shallow(&mut self) {
        let text = match file::read_regular(&self.common_dir.join("shallow"), LISTS) {
            Ok(text) => text,
            Err(FileError::Missing) => return,
            Err(error) => return self.unscanned.push(error.unscanned("shallow".to_owned())),
        };
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            match ObjectId::from_hex(trim_end(line)) {
                Some(id) if id.format() == self.format => self.shallow.push(id),
                _ if line.is_empty() => {}
                _ => self.miss(
                    &format!("shallow:{}", number + 1),
                    Reason::ParseError,
                    "not an object id",
                ),
            }
        }
        self.shallow.sort();
        self.shallow.dedup();
    }

    fn read_grafts(&mut self) {
        match file::read_regular(&self.common_dir.join("info/grafts"), LISTS) {
            Ok(text) => {
                self.grafts = text
                    .split(|&byte| byte == b'\n')
                    .filter(|line| !line.is_empty() && line[0] != b'#')
                    .count() as u64;
            }
            Err(FileError::Missing) => {}
            Err(error) => self
                .unscanned
                .push(error.unscanned("info/grafts".to_owned())),
        }
    }

    fn find_promisor_packs(&mut self) {
        let packs = file::list(&self.objects().join("pack")).unwrap_or_default();
        self.promisor |= packs.iter().any(|(name, _)| name.ends_with(b".promisor"));
    }

    fn find_worktrees(&mut self) {
        let folder = self.common_dir.join("worktrees");
        match file::list(&folder) {
            Ok(entries) => {
                for (name, kind) in entries {
                    if kind == EntryKind::Dir
                        && let Some(path) = file::os_path(&name)
                    {
                        let git_dir = folder.join(path);
                        self.worktrees.push(LinkedWorktree { name, git_dir });
                    }
                }
            }
            Err(error) => self.unscanned.push(error.unscanned("worktrees".to_owned())),
        }
    }

    /// Names of submodules may hold `/`, and their git directories hold `modules/` again.
    fn find_modules(&mut self) {
        let mut todo = vec![(b"modules".to_vec(), self.common_dir.join("modules"))];
        let mut looked = 0;
        while let Some((name, folder)) = todo.pop() {
            looked += 1;
            if looked > MODULE_FOLDERS {
                return self.miss("modules", Reason::LimitCount, "too many folders");
            }
            let entries = match file::list(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.unscanned.push(error.unscanned(shown(&name)));
                    continue;
                }
            };
            for (entry, kind) in entries {
                let Some(path) = file::os_path(&entry).map(|path| folder.join(path)) else {
                    continue;
                };
                if kind != EntryKind::Dir {
                    continue;
                }
                let name = [&name[..], b"/", &entry].concat();
                if is_git_dir(&path) {
                    todo.push(([&name[..], b"/modules"].concat(), path.join("modules")));
                    self.modules.push(path);
                } else {
                    todo.push((name, path));
                }
            }
        }
        self.modules.sort();
    }
}

/// A path of `info/alternates`, which git writes in C quotes when it is odd.
fn unquoted(line: &[u8]) -> Vec<u8> {
    let Some(body) = line.strip_prefix(b"\"").and_then(|b| b.strip_suffix(b"\"")) else {
        return line.to_vec();
    };
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        match &body[at..] {
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
                out.push(((a - b'0') << 6) | ((b - b'0') << 3) | (c - b'0'));
                at += 4;
            }
            [b'\\', other, ..] => {
                out.push(match other {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    other => *other,
                });
                at += 2;
            }
            [byte, ..] => {
                out.push(*byte);
                at += 1;
            }
            [] => {}
        }
    }
    out
}
