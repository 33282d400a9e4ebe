//! The blobs that commits bring: entries of their trees that no parent has at
//! the same path, and the names that no parent has there. Whole subtrees that a
//! parent has are not read, and no pair of trees is compared twice, so the work
//! is that of the changes.

use super::NewCommit;
use super::changes::root;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::sources::git::ObjectReader;
use crate::sources::git::attribution::PATH_LIMIT;
use crate::sources::git::tree;
use crate::sources::git::tree::EntryKind;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

/// A blob of a range.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewBlob {
    /// Its id.
    pub id: ObjectId,
    /// The first commit of the range that brings it.
    pub commit: ObjectId,
    /// Where it stands there; cut at 64 KiB.
    pub path: Vec<u8>,
}

/// What commits bring.
#[derive(Clone, Debug, Default)]
pub struct NewEntries {
    /// Blobs, each once, in the order of the commits and their trees. One that only moved counts as new.
    pub blobs: Vec<NewBlob>,
    /// Trees with names that no parent has in the same folder: where each begins and ends in the
    /// bytes of the tree.
    pub names: BTreeMap<ObjectId, BTreeSet<(usize, usize)>>,
    /// Trees that could not be read.
    pub unscanned: Vec<Unscanned>,
}

/// What stands in a tree, by name.
pub(super) type Folder = BTreeMap<Vec<u8>, (EntryKind, ObjectId)>;

/// The blobs that commits bring, each once, in the order of the commits and their trees. A blob
/// that only moved counts as new. Trees that could not be read come back beside them.
pub fn new_blobs(
    commits: &[NewCommit],
    reader: &dyn ObjectReader,
) -> (Vec<NewBlob>, Vec<Unscanned>) {
    let found = new_entries(commits, reader);
    (found.blobs, found.unscanned)
}

/// The blobs and names that commits bring.
pub fn new_entries(commits: &[NewCommit], reader: &dyn ObjectReader) -> NewEntries {
    let roots = commits
        .iter()
        .map(|commit| (commit.id, commit.tree))
        .collect::<HashMap<_, _>>();
    let mut walk = Walk {
        reader,
        seen: HashSet::new(),
        known: HashSet::new(),
        found: NewEntries::default(),
        buffer: Vec::new(),
    };
    for commit in commits {
        let parents = commit
            .parents
            .iter()
            .filter_map(|parent| match roots.get(parent) {
                Some(&tree) => Some(tree),
                // Without the tree of an old commit everything is new.
                None => root(parent, walk.reader),
            })
            .collect();
        walk.commit(commit, parents);
    }
    walk.found.unscanned.sort();
    walk.found.unscanned.dedup();
    walk.found
}

struct Walk<'a> {
    reader: &'a dyn ObjectReader,
    /// Trees compared with the parents' trees.
    seen: HashSet<(ObjectId, Vec<ObjectId>)>,
    known: HashSet<ObjectId>,
    found: NewEntries,
    buffer: Vec<u8>,
}

impl Walk<'_> {
    fn commit(&mut self, commit: &NewCommit, parents: Vec<ObjectId>) {
        let mut todo = vec![(commit.tree, parents, Vec::new())];
        while let Some((id, mut olds, path)) = todo.pop() {
            olds.sort();
            olds.dedup();
            if olds.contains(&id) || !self.seen.insert((id, olds.clone())) {
                continue;
            }
            let mut bytes = std::mem::take(&mut self.buffer);
            let olds = olds
                .iter()
                .filter_map(|old| folder(self.reader, old, &mut bytes).ok())
                .collect::<Vec<_>>();
            match self.reader.read(&id, &mut bytes) {
                Ok(ObjectKind::Tree) => {
                    let first = todo.len();
                    self.compare(commit.id, &id, &bytes, &olds, &path, &mut todo);
                    todo[first..].reverse();
                }
                Ok(_) => self.found.unscanned.push(not_a_tree(&id)),
                Err(error) => self.found.unscanned.push(error.unscanned()),
            }
            self.buffer = bytes;
        }
    }

    fn compare(
        &mut self,
        commit: ObjectId,
        id: &ObjectId,
        bytes: &[u8],
        olds: &[Folder],
        path: &[u8],
        todo: &mut Vec<(ObjectId, Vec<ObjectId>, Vec<u8>)>,
    ) {
        let mut entries = tree::entries(bytes, id.format());
        while let Some(entry) = entries.next() {
            let Ok(entry) = entry else {
                self.found.unscanned.push(not_a_tree(id));
                return;
            };
            let object = entry.object();
            let before = || olds.iter().filter_map(|old| old.get(entry.name));
            if before().any(|&(kind, old)| old == object && kind == entry.kind()) {
                continue;
            }
            if before().next().is_none() {
                let end = bytes.len() - entries.left() - entry.id.len() - 1;
                let name = (end - entry.name.len(), end);
                self.found.names.entry(*id).or_default().insert(name);
            }
            match entry.kind() {
                EntryKind::Submodule => {}
                EntryKind::Tree => {
                    let trees = before().filter(|(kind, _)| *kind == EntryKind::Tree);
                    let trees = trees.map(|&(_, old)| old).collect();
                    todo.push((object, trees, joined(path, entry.name)));
                }
                EntryKind::Blob | EntryKind::Link => {
                    if self.known.insert(object) {
                        self.found.blobs.push(NewBlob {
                            id: object,
                            commit,
                            path: joined(path, entry.name),
                        });
                    }
                }
            }
        }
    }
}

fn joined(path: &[u8], name: &[u8]) -> Vec<u8> {
    let mut joined = path.to_vec();
    if joined.len() < PATH_LIMIT {
        if !path.is_empty() {
            joined.push(b'/');
        }
        joined.extend_from_slice(name);
        joined.truncate(PATH_LIMIT);
    }
    joined
}

fn not_a_tree(id: &ObjectId) -> Unscanned {
    Unscanned {
        what: id.to_string(),
        reason: Reason::ParseError,
        bytes: None,
        detail: "a malformed tree".to_owned(),
    }
}

/// Reads a tree by name; of entries with the same name the first.
pub(super) fn folder(
    reader: &dyn ObjectReader,
    id: &ObjectId,
    buffer: &mut Vec<u8>,
) -> Result<Folder, Unscanned> {
    match reader.read(id, buffer) {
        Ok(ObjectKind::Tree) => {}
        Ok(_) => return Err(not_a_tree(id)),
        Err(error) => return Err(error.unscanned()),
    }
    let mut folder = Folder::new();
    for entry in tree::entries(buffer, id.format()).map_while(Result::ok) {
        let value = (entry.kind(), entry.object());
        folder.entry(entry.name.to_vec()).or_insert(value);
    }
    Ok(folder)
}
