//! What the next commit would bring: entries of the index that HEAD's tree does
//! not have at the same path. Only folders that the index names are read.

use super::blobs::Folder;
use super::blobs::folder;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::sources::git::ObjectReader;
use crate::sources::git::file::shown;
use crate::sources::git::index::Entry;
use crate::sources::git::index::Index;
use crate::sources::git::tree::EntryKind;
use crate::sources::git::tree::kind_of;
use std::collections::HashMap;

/// The entries of an index whose blob differs from HEAD's, all sides of conflicts included.
/// `head` is HEAD's tree; without one everything is staged. Trees that cannot be read are listed,
/// and what lies below them counts as staged.
pub fn staged<'i>(
    index: &'i Index,
    head: Option<&ObjectId>,
    reader: &dyn ObjectReader,
) -> (Vec<&'i Entry>, Vec<Unscanned>) {
    let mut folders = Folders {
        reader,
        read: HashMap::new(),
        unscanned: Vec::new(),
        buffer: Vec::new(),
    };
    // Folders of a sparse index are not expanded here: git itself expands what it stages into.
    for entry in &index.entries {
        if kind_of(entry.mode) == EntryKind::Tree {
            let path = entry.path.strip_suffix(b"/").unwrap_or(&entry.path);
            let known = head.and_then(|head| folders.find(*head, path));
            if known != Some((EntryKind::Tree, entry.id)) {
                folders.unscanned.push(Unscanned {
                    what: shown(&entry.path),
                    reason: Reason::UnsupportedFormat,
                    bytes: None,
                    detail: "a folder of a sparse index that HEAD does not have".to_owned(),
                });
            }
        }
    }
    let staged = index
        .entries
        .iter()
        .filter(|entry| matches!(kind_of(entry.mode), EntryKind::Blob | EntryKind::Link))
        .filter(|entry| !entry.intent_to_add)
        .filter(|entry| {
            let known = head.and_then(|head| folders.lookup(*head, &entry.path));
            known != Some(entry.id)
        })
        .collect();
    (staged, folders.unscanned)
}

struct Folders<'a> {
    reader: &'a dyn ObjectReader,
    read: HashMap<ObjectId, Folder>,
    unscanned: Vec<Unscanned>,
    buffer: Vec<u8>,
}

impl Folders<'_> {
    /// The blob at a path below a tree.
    fn lookup(&mut self, tree: ObjectId, path: &[u8]) -> Option<ObjectId> {
        let (kind, id) = self.find(tree, path)?;
        matches!(kind, EntryKind::Blob | EntryKind::Link).then_some(id)
    }

    /// What stands at a path below a tree.
    fn find(&mut self, mut tree: ObjectId, path: &[u8]) -> Option<(EntryKind, ObjectId)> {
        let mut names = path.split(|&byte| byte == b'/').peekable();
        while let Some(name) = names.next() {
            let &(kind, id) = self.folder(tree).get(name)?;
            match (kind, names.peek()) {
                (EntryKind::Tree, Some(_)) => tree = id,
                (_, None) => return Some((kind, id)),
                _ => return None,
            }
        }
        None
    }

    fn folder(&mut self, tree: ObjectId) -> &Folder {
        let (reader, buffer) = (self.reader, &mut self.buffer);
        let unscanned = &mut self.unscanned;
        self.read.entry(tree).or_insert_with(|| {
            folder(reader, &tree, buffer).unwrap_or_else(|missed| {
                unscanned.push(missed);
                Folder::new()
            })
        })
    }
}
