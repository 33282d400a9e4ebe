//! What a run reads: which folders are walked as files and which repositories
//! are read as objects. Decided before anything is read, so that wrong usage
//! fails at once.

use super::options::Options;
use super::options::ScanError;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::sources::git::discover::OpenError;
use crate::sources::git::discover::Repository;
use crate::sources::git::index::Index;
use crate::sources::path::escape_os_path;
use crate::sources::worktree::Nested;
use crate::sources::worktree::Root;
use crate::sources::worktree::Tracked;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// What a run reads.
#[derive(Default)]
pub(super) struct Plan {
    /// Folders and files to walk.
    pub(super) roots: Vec<Root>,
    /// Repositories, each once.
    pub(super) repositories: Vec<Repository>,
    /// Stores of Git LFS, which are among `roots`.
    pub(super) lfs: Vec<PathBuf>,
    /// Where their objects lie.
    known: BTreeSet<PathBuf>,
    /// Repositories of which the index is read and not the history.
    pub(super) indexed: Vec<Repository>,
    /// Repositories of which only files are read; a baseline points at their objects.
    pub(super) beside: Vec<Repository>,
}

impl Plan {
    pub(super) fn new(options: &Options) -> Result<Self, ScanError> {
        let mut plan = Plan::default();
        for path in &options.paths {
            let name = if options.paths.len() > 1 {
                escape_os_path(path)
            } else {
                String::new()
            };
            plan.add(path, name, options)?;
        }
        plan.add_stores(&options.paths);
        Ok(plan)
    }

    /// Content that Git LFS keeps beside the objects is read as files. What git keeps beside a history that
    /// is not read is not read either.
    fn add_stores(&mut self, paths: &[PathBuf]) {
        for repository in &self.repositories {
            let store = repository.common_dir.join("lfs/objects");
            let real = identity(&store);
            // Not one that a link leads to; what cannot be listed is told by the pointers into it.
            let is_inside = real.starts_with(identity(&repository.common_dir));
            if !is_inside || std::fs::read_dir(&store).is_err() {
                continue;
            }
            let below = |path: &PathBuf| real.strip_prefix(identity(path)).ok();
            let mut root = Root::new(&store);
            root.name = paths
                .iter()
                .find_map(below)
                .map_or_else(|| "lfs/objects".to_owned(), escape_os_path);
            self.roots.push(root);
            self.lfs.push(store);
        }
    }

    fn add(&mut self, path: &Path, name: String, options: &Options) -> Result<(), ScanError> {
        let repository = match Repository::open(path) {
            Ok(repository) => Some(repository),
            Err(OpenError::NotFound | OpenError::NotARepository) if !options.history_required => {
                None
            }
            Err(error) => {
                let path = path.display().to_string();
                return Err(ScanError::History { path, error });
            }
        };
        let is_bare = repository
            .as_ref()
            .is_some_and(|found| found.work_tree.is_none());
        if options.sources.tree && !is_bare {
            let mut root = Root::new(path);
            root.name = name;
            root.tracked = repository.as_ref().map(tracked);
            self.roots.push(root);
        }
        match repository {
            Some(repository) if options.sources.history => self.join(repository),
            Some(repository) if options.sources.index => self.indexed.push(repository),
            Some(repository) => self.beside.push(repository),
            None => {}
        }
        Ok(())
    }

    /// Adds a repository and those of its submodules.
    fn join(&mut self, repository: Repository) {
        if !self.known.insert(identity(&repository.common_dir)) {
            return;
        }
        let modules = repository.modules.clone();
        self.repositories.push(repository);
        for module in modules {
            if let Ok(found) = Repository::open(&module)
                && self.known.insert(identity(&found.common_dir))
            {
                self.repositories.push(found);
            }
        }
    }

    /// Adds a repository that the walk of the files came upon. One whose objects lie outside of
    /// what is scanned is not followed there.
    ///
    /// # Errors
    /// What is not read instead.
    pub(super) fn meet(&mut self, nested: Nested) -> Result<(), Unscanned> {
        let missed = |reason, detail: String| Unscanned {
            what: nested.name.clone(),
            reason,
            bytes: None,
            detail,
        };
        let repository = Repository::open(&nested.path)
            .map_err(|error| missed(Reason::Corrupt, error.to_string()))?;
        let objects = identity(&repository.common_dir);
        let is_inside = |root: &Root| objects.starts_with(identity(&root.path));
        if !self.known.contains(&objects) && !self.roots.iter().any(is_inside) {
            let detail = "its git directory lies outside of what is scanned".to_owned();
            return Err(missed(Reason::LinkNotFollowed, detail));
        }
        self.join(repository);
        Ok(())
    }
}

/// The same for all ways to one folder.
fn identity(dir: &Path) -> PathBuf {
    dir.canonicalize().unwrap_or_else(|_| dir.to_owned())
}

/// What the index tracks: read although ignored.
fn tracked(repository: &Repository) -> Tracked {
    let index = Index::read(repository);
    Tracked::new(index.entries.into_iter().map(|entry| entry.path).collect())
}
