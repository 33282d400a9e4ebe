//! What is staged. Beside the work tree only blobs that differ from its files are
//! read; when the history is read they are among its objects anyway, and a
//! finding in one that no commit holds is told by the path the index gives it.

use super::history::Search;
use super::repository::Opened;
use crate::findings::life::Lives;
use crate::model::chunk::Chunk;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::sources::Sink;
use crate::sources::git::ObjectReader;
use crate::sources::git::discover::Repository;
use crate::sources::git::index::Entry;
use crate::sources::git::index::Index;
use crate::sources::git::tree;
use crate::sources::git::tree::EntryKind;
use crate::sources::git::tree::kind_of;
use crate::sources::history::identify;
use crate::sources::path::escape_path;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// What the indexes of a repository and its linked work trees name.
#[derive(Default)]
pub(super) struct Staged {
    /// Each blob at each path, sorted; with the folder whose files may agree.
    entries: BTreeMap<(Vec<u8>, ObjectId), Option<PathBuf>>,
    /// Paths of submodules whose repository is not here.
    elsewhere: BTreeSet<Vec<u8>>,
}

/// How deep folders of a sparse index may nest.
const DEPTH: usize = 256;
/// Most entries that the folders of a sparse index are expanded to.
const EXPANDED: usize = 1 << 22;
/// Submodules that are named; more are only counted.
const NAMED: usize = 20;

impl Staged {
    /// Reads the indexes; counts their entries and tells what could not be read.
    pub(super) fn read(opened: &Opened, sink: &dyn Sink) -> Staged {
        let repository = &opened.repository;
        let mut staged = Staged::default();
        let here = repository.work_tree.as_deref();
        staged.add(opened, Index::read(repository), here, sink);
        for linked in &repository.worktrees {
            if linked.git_dir != repository.git_dir {
                let index = Index::read_linked(&linked.git_dir, repository.format);
                staged.add(opened, index, None, sink);
            }
        }
        if repository.git_dir != repository.common_dir {
            let index = Index::read_linked(&repository.common_dir, repository.format);
            staged.add(opened, index, None, sink);
        }
        staged
    }

    fn add(&mut self, opened: &Opened, index: Index, files: Option<&Path>, sink: &dyn Sink) {
        index
            .unscanned
            .into_iter()
            .for_each(|missed| sink.unscanned(missed));
        for entry in index.entries {
            sink.counted("index.entries", 0);
            if is_blob(&entry) {
                let files = files.map(Path::to_owned);
                self.entries.entry((entry.path, entry.id)).or_insert(files);
            } else if kind_of(entry.mode) == EntryKind::Tree {
                self.expand(opened, entry.path, entry.id, sink);
            } else if kind_of(entry.mode) == EntryKind::Submodule
                && !is_here(&opened.repository, files, &entry.path)
            {
                self.elsewhere.insert(entry.path);
            }
        }
    }

    /// Takes in the blobs of a folder that a sparse index (gitformat-index, "sparse directory
    /// entries") names instead of its files, which are not checked out.
    fn expand(&mut self, opened: &Opened, path: Vec<u8>, id: ObjectId, sink: &dyn Sink) {
        let missed = |path: &[u8], reason, detail: &str| Unscanned {
            what: escape_path(path),
            reason,
            bytes: None,
            detail: detail.to_owned(),
        };
        let mut todo = vec![(path.strip_suffix(b"/").unwrap_or(&path).to_vec(), id, 0)];
        let mut bytes = Vec::new();
        let mut count = 0;
        while let Some((path, id, depth)) = todo.pop() {
            if let Err(error) = opened.read(&id, &mut bytes) {
                sink.unscanned(Unscanned {
                    what: escape_path(&path),
                    detail: "a folder of a sparse index".to_owned(),
                    ..error.unscanned()
                });
                continue;
            }
            for entry in tree::entries(&bytes, id.format()) {
                let Ok(entry) = entry else {
                    sink.unscanned(missed(&path, Reason::Corrupt, "the tree is malformed"));
                    break;
                };
                let path = [&path[..], b"/", entry.name].concat();
                count += 1;
                if count > EXPANDED {
                    let detail = "entries of folders of a sparse index";
                    return sink.unscanned(missed(&path, Reason::LimitCount, detail));
                }
                match entry.kind() {
                    EntryKind::Tree if depth == DEPTH => {
                        sink.unscanned(missed(&path, Reason::LimitDepth, "nested folders"));
                    }
                    EntryKind::Tree => todo.push((path, entry.object(), depth + 1)),
                    EntryKind::Blob | EntryKind::Link => {
                        self.entries.entry((path, entry.object())).or_insert(None);
                    }
                    EntryKind::Submodule => {
                        self.elsewhere.insert(path);
                    }
                }
            }
        }
    }

    /// Counts the submodules that are not here, and names them.
    pub(super) fn submodules(&self, sink: &dyn Sink) -> Option<String> {
        let total = self.elsewhere.len();
        if total == 0 {
            return None;
        }
        sink.excluded(Exclusion::Submodule, total as u64);
        let names = self.elsewhere.iter().take(NAMED);
        let mut names = names
            .map(|path| escape_path(path))
            .collect::<Vec<_>>()
            .join(", ");
        if total > NAMED {
            names += &format!(" and {} more", total - NAMED);
        }
        Some(names)
    }

    /// Reads the blobs whose files differ; all of them when the files are not read.
    pub(super) fn search(&self, opened: &Opened, search: Search<'_>, tree: bool) {
        self.entries.par_iter().for_each(|((path, id), files)| {
            let same = tree && files.as_ref().is_some_and(|files| agrees(files, path, id));
            if same {
                return;
            }
            let mut bytes = Vec::new();
            if let Err(error) = opened.read(id, &mut bytes) {
                search.job.unscanned(Unscanned {
                    what: escape_path(path),
                    detail: "staged".to_owned(),
                    ..error.unscanned()
                });
                return;
            }
            let origin = Origin::Index {
                path: escape_path(path),
                blob: *id,
            };
            let mut chunk = Chunk::whole(&origin, &bytes);
            chunk.binary = crate::bytes::is_binary(&bytes);
            search.job.chunk(&chunk);
            search.inside(&origin, &bytes);
            search.job.counted("index.blobs", bytes.len() as u64);
        });
    }

    /// Gives lives without a commit the path of the index, and tells blobs that are gone.
    pub(super) fn name(&self, opened: &Opened, lives: &mut Lives, sink: &dyn Sink) {
        let mut missing = BTreeSet::new();
        for (path, id) in self.entries.keys() {
            if let Some(life) = lives.get_mut(id)
                && life.introduced.is_none()
                && life.index_path.is_none()
            {
                life.index_path = Some(escape_path(path));
            }
            if !opened.store.contains(id) && missing.insert(*id) {
                sink.unscanned(Unscanned {
                    what: escape_path(path),
                    reason: if opened.repository.promisor {
                        Reason::Promisor
                    } else {
                        Reason::Missing
                    },
                    bytes: None,
                    detail: "staged".to_owned(),
                });
            }
        }
    }
}

/// True when the repository of a submodule is among those that are read: checked out at its
/// path, or kept below `modules/` by the name that is its path.
fn is_here(repository: &Repository, files: Option<&Path>, path: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(path) else {
        return false;
    };
    let kept = repository.common_dir.join("modules").join(path);
    repository.modules.contains(&kept)
        || files.is_some_and(|files| files.join(path).join(".git").exists())
}

fn is_blob(entry: &Entry) -> bool {
    let kind = kind_of(entry.mode);
    matches!(kind, EntryKind::Blob | EntryKind::Link) && !entry.intent_to_add
}

/// True when the file holds the bytes of the blob. A path that leads through a link or out of the
/// folder is not the file that was read there. Where line ends or filters make them differ
/// the blob is read as well.
fn agrees(files: &Path, path: &[u8], id: &ObjectId) -> bool {
    let Ok(text) = std::str::from_utf8(path) else {
        return false;
    };
    let Ok(file) = files.canonicalize().map(|files| files.join(text)) else {
        return false;
    };
    let is_here = file.canonicalize().is_ok_and(|real| real == file)
        && !text.split('/').any(|name| matches!(name, "" | "." | ".."));
    let is_file = std::fs::symlink_metadata(&file).is_ok_and(|facts| facts.is_file());
    is_here
        && is_file
        && std::fs::read(&file)
            .is_ok_and(|bytes| identify(id.format(), ObjectKind::Blob, &bytes) == *id)
}
