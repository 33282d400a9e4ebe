//! Which files a commit changes, folder by folder: what a folder holds after it
//! and what it held in each parent, for folders that differ from all of them.
//! Where a commit agrees with a parent nothing began and nothing ended, so whole
//! subtrees that a parent has are not read. Which names matter is the caller's
//! to say, and what stands in the files is nobody's business here.

use super::NewCommit;
use super::blobs::Folder;
use super::blobs::folder;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::sources::git::ObjectReader;
use crate::sources::git::commit;
use crate::sources::git::tree::EntryKind;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Folders nest no deeper than this, or are listed.
const DEPTH: usize = 256;

/// The wanted files of one folder: their full paths and contents.
pub type Files = BTreeMap<Vec<u8>, ObjectId>;

/// One folder that a commit changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it holds after the commit.
    pub new: Files,
    /// What it held in each parent; of a commit without parents, nothing.
    pub olds: Vec<Files>,
}

/// What a commit changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The folders, in the order of a walk.
    pub folders: Vec<Change>,
    /// Trees that could not be read.
    pub unscanned: Vec<Unscanned>,
}

/// The wanted files below a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Those the caller wants.
    pub files: Files,
    /// How many files there are in all.
    pub total: u64,
    /// Trees that could not be read.
    pub unscanned: Vec<Unscanned>,
}

/// Says of a full path whether it is wanted.
pub type Wanted<'a> = dyn Fn(&[u8]) -> bool + Sync + 'a;

/// The root tree of a commit; `None` for one that is not there.
pub fn root(commit: &ObjectId, reader: &dyn ObjectReader) -> Option<ObjectId> {
    let mut bytes = Vec::new();
    match reader.read(commit, &mut bytes) {
        Ok(ObjectKind::Commit) => {
            let parsed = commit::parse(&bytes, commit.format()).ok()?;
            Some(parsed.tree)
        }
        _ => None,
    }
}

/// The wanted files below a tree, however deep.
pub fn list(root: &ObjectId, wanted: &Wanted<'_>, reader: &dyn ObjectReader) -> Listing {
    let mut listing = Listing::default();
    let mut todo = vec![(*root, Vec::new(), 0)];
    while let Some((id, path, depth)) = todo.pop() {
        let folder = match read(&id, depth, reader) {
            Ok(folder) => folder,
            Err(missed) => {
                listing.unscanned.push(missed);
                continue;
            }
        };
        for (name, (kind, object)) in folder {
            let full = joined(&path, &name);
            match kind {
                EntryKind::Tree => todo.push((object, full, depth + 1)),
                EntryKind::Blob => {
                    listing.total += 1;
                    if wanted(&full) {
                        listing.files.insert(full, object);
                    }
                }
                EntryKind::Link | EntryKind::Submodule => {}
            }
        }
    }
    listing
}

/// What a commit changes. A parent whose tree is not there counts as absent.
pub fn changes(commit: &NewCommit, wanted: &Wanted<'_>, reader: &dyn ObjectReader) -> Changes {
    let parents = commit.parents.iter();
    let parents = parents.filter_map(|parent| root(parent, reader));
    let mut olds: Vec<Option<ObjectId>> = parents.map(Some).collect();
    if olds.is_empty() {
        olds.push(None);
    }
    let mut walk = Walk {
        wanted,
        reader,
        todo: vec![Pair {
            new: Some(commit.tree),
            olds,
            path: Vec::new(),
            depth: 0,
        }],
        found: Changes::default(),
    };
    while let Some(pair) = walk.todo.pop() {
        walk.compare(&pair);
    }
    walk.found
}

/// One folder in a commit and its parents.
struct Pair {
    new: Option<ObjectId>,
    olds: Vec<Option<ObjectId>>,
    path: Vec<u8>,
    depth: usize,
}

struct Walk<'a> {
    wanted: &'a Wanted<'a>,
    reader: &'a dyn ObjectReader,
    todo: Vec<Pair>,
    found: Changes,
}

impl Walk<'_> {
    fn compare(&mut self, pair: &Pair) {
        if pair.olds.contains(&pair.new) {
            return;
        }
        let new = self.folder(pair.new.as_ref(), pair.depth);
        let olds = pair.olds.iter();
        let olds: Vec<Folder> = olds
            .map(|old| self.folder(old.as_ref(), pair.depth))
            .collect();
        let names: BTreeSet<&Vec<u8>> = olds.iter().chain([&new]).flat_map(Folder::keys).collect();
        let mut touched = false;
        for name in names {
            let (now, before) = (new.get(name), olds.iter().map(|old| old.get(name)));
            if before.clone().all(|old| old == now) {
                continue;
            }
            let mut all = before.clone().chain([now]).flatten();
            touched = touched
                || all.clone().any(|(kind, _)| *kind == EntryKind::Blob)
                    && (self.wanted)(&joined(&pair.path, name));
            if all.any(|(kind, _)| *kind == EntryKind::Tree) {
                self.todo.push(Pair {
                    new: subtree(now),
                    olds: before.map(subtree).collect(),
                    path: joined(&pair.path, name),
                    depth: pair.depth + 1,
                });
            }
        }
        if touched {
            let new = self.files(&new, &pair.path);
            let olds: Vec<Files> = olds.iter().map(|old| self.files(old, &pair.path)).collect();
            if !olds.contains(&new) {
                self.found.folders.push(Change { new, olds });
            }
        }
    }

    fn files(&self, folder: &Folder, path: &[u8]) -> Files {
        let blobs = folder
            .iter()
            .filter(|(_, (kind, _))| *kind == EntryKind::Blob);
        let named = blobs.map(|(name, (_, id))| (joined(path, name), *id));
        named.filter(|(path, _)| (self.wanted)(path)).collect()
    }

    fn folder(&mut self, id: Option<&ObjectId>, depth: usize) -> Folder {
        let Some(id) = id else {
            return Folder::new();
        };
        read(id, depth, self.reader).unwrap_or_else(|missed| {
            self.found.unscanned.push(missed);
            Folder::new()
        })
    }
}

fn subtree(entry: Option<&(EntryKind, ObjectId)>) -> Option<ObjectId> {
    let (kind, id) = entry?;
    (*kind == EntryKind::Tree).then_some(*id)
}

/// A tree by name, if it is not too deep; of a malformed one what stands before the fault, which the
/// walk of all objects tells.
fn read(id: &ObjectId, depth: usize, reader: &dyn ObjectReader) -> Result<Folder, Unscanned> {
    if depth > DEPTH {
        return Err(Unscanned {
            what: id.to_string(),
            reason: Reason::LimitDepth,
            bytes: None,
            detail: "nested folders".to_owned(),
        });
    }
    folder(reader, id, &mut Vec::new())
}

fn joined(path: &[u8], name: &[u8]) -> Vec<u8> {
    match path.is_empty() {
        true => name.to_vec(),
        false => [path, b"/", name].concat(),
    }
}
