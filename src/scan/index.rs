//! What is staged. Beside the work tree only blobs that differ from its files are
//! read; when the history is read they are among its objects anyway, and a
//! finding in one that no commit holds is told by the path the index gives it.

use super::history::Search;
use super::repository::Opened;
use crate::findings::life::Lives;
use crate::model::chunk::Chunk;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::sources::Sink;
use crate::sources::git::ObjectReader;
use crate::sources::git::index::Entry;
use crate::sources::git::index::Index;
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
}

impl Staged {
    /// Reads the indexes; counts their entries and tells what could not be read.
    pub(super) fn read(opened: &Opened, sink: &dyn Sink) -> Staged {
        let repository = &opened.repository;
        let mut staged = Staged::default();
        staged.add(
            Index::read(repository),
            repository.work_tree.as_deref(),
            sink,
        );
        for linked in &repository.worktrees {
            if linked.git_dir != repository.git_dir {
                let index = Index::read_linked(&linked.git_dir, repository.format);
                staged.add(index, None, sink);
            }
        }
        if repository.git_dir != repository.common_dir {
            let index = Index::read_linked(&repository.common_dir, repository.format);
            staged.add(index, None, sink);
        }
        staged
    }

    fn add(&mut self, index: Index, files: Option<&Path>, sink: &dyn Sink) {
        index
            .unscanned
            .into_iter()
            .for_each(|missed| sink.unscanned(missed));
        for entry in index.entries {
            sink.counted("index.entries", 0);
            if is_blob(&entry) {
                let files = files.map(Path::to_owned);
                self.entries.entry((entry.path, entry.id)).or_insert(files);
            }
        }
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
