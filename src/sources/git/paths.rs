//! The paths of a blob in one tree. Trees were collected without their names,
//! so the few that hold the blob are read again; the bits of attribution say
//! where to descend, so every step ends at a path.

use super::ObjectReader;
use super::attribution::PATH_LIMIT;
use super::history::History;
use super::holders::Holders;
use super::ids::NONE;
use super::mask::test;
use super::tree;
use super::tree::EntryKind;
use std::collections::HashMap;
use std::rc::Rc;

/// Most entries that are looked at for one blob: reached only when trees cannot be read again.
const STEP_LIMIT: usize = 1 << 20;

/// An entry of a tree that holds something wanted.
struct Named {
    name: Vec<u8>,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    /// A tree, by its number in the history.
    Tree(u32),
    /// A wanted blob, by its bit in the batch.
    Blob(usize),
}

/// Finds paths for the blobs of a batch.
pub(super) struct Paths<'a, const W: usize> {
    history: &'a History<'a>,
    reader: &'a dyn ObjectReader,
    holders: &'a Holders,
    masks: &'a [[u64; W]],
    first: usize,
    read: HashMap<u32, Rc<[Named]>>,
    buffer: Vec<u8>,
}

impl<'a, const W: usize> Paths<'a, W> {
    pub(super) fn new(
        history: &'a History<'a>,
        reader: &'a dyn ObjectReader,
        holders: &'a Holders,
        masks: &'a [[u64; W]],
        first: usize,
    ) -> Self {
        Paths {
            history,
            reader,
            holders,
            masks,
            first,
            read: HashMap::new(),
            buffer: Vec::new(),
        }
    }

    /// The first `cap` paths of a blob below a root, and whether there are more.
    pub(super) fn find(
        &mut self,
        root: Option<u32>,
        bit: usize,
        cap: usize,
    ) -> (Vec<Vec<u8>>, bool) {
        let wanted = self.history.wanted.bytes((self.first + bit) as u32);
        let wanted_tree = self.history.tree_ids().get(wanted);
        let mut found = Vec::new();
        let Some(root) = root.filter(|&root| self.holds(root, bit)) else {
            return (found, false);
        };
        let mut path = Vec::new();
        let mut stack = vec![(self.entries(root), 0, 0)];
        let mut steps = 0;
        while let Some((entries, next, len)) = stack.last_mut() {
            let Some(named) = entries.get(*next) else {
                stack.pop();
                continue;
            };
            *next += 1;
            steps += 1;
            path.truncate(*len);
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&named.name);
            if steps > STEP_LIMIT {
                return (found, true);
            }
            let what = named.what;
            let hit = match what {
                What::Blob(blob) => blob == bit,
                What::Tree(tree) => tree == wanted_tree,
            };
            if hit {
                if found.len() == cap || path.len() > PATH_LIMIT {
                    return (found, true);
                }
                found.push(path.clone());
            }
            if let What::Tree(tree) = what
                && !hit
                && self.holds(tree, bit)
            {
                stack.push((self.entries(tree), 0, path.len()));
            }
        }
        (found, false)
    }

    fn holds(&self, tree: u32, bit: usize) -> bool {
        let class = self.holders.class(tree) as usize;
        self.masks.get(class).is_some_and(|mask| test(mask, bit))
    }

    /// The entries of a tree that hold anything of the batch; none when it cannot be read.
    fn entries(&mut self, tree: u32) -> Rc<[Named]> {
        if let Some(known) = self.read.get(&tree) {
            return known.clone();
        }
        let id = self.history.tree_ids().id(tree);
        let mut named = Vec::new();
        if self.reader.read(&id, &mut self.buffer).is_ok() {
            let entries = || tree::entries(&self.buffer, id.format()).map_while(Result::ok);
            let trees = entries().filter(|entry| entry.kind() == EntryKind::Tree);
            let mut subtrees = self.subtrees(tree, trees.count());
            for entry in entries() {
                let what = match entry.kind() {
                    EntryKind::Tree => self.subtree(subtrees(entry.id)),
                    EntryKind::Blob | EntryKind::Link => self.blob(entry.id),
                    EntryKind::Submodule => None,
                };
                if let Some(what) = what {
                    let name = entry.name.to_vec();
                    named.push(Named { name, what });
                }
            }
        }
        let named = Rc::<[Named]>::from(named);
        self.read.insert(tree, named.clone());
        named
    }

    /// Gives the numbers of all subtrees of a tree that has so many, one after the other. They were collected
    /// in the order of the entries, so no id is looked up, unless an earlier run left some out of what it kept.
    fn subtrees(&self, tree: u32, count: usize) -> impl FnMut(&[u8]) -> u32 + use<'a, W> {
        let history = self.history;
        let known = history.trees.of(tree);
        let mut next = known.iter();
        move |id| match known.len() == count {
            true => next.next().copied().unwrap_or(NONE),
            false => history.tree_ids().get(id),
        }
    }

    fn subtree(&self, tree: u32) -> Option<What> {
        let mask = self.masks.get(self.holders.class(tree) as usize)?;
        (*mask != [0; W]).then_some(What::Tree(tree))
    }

    fn blob(&self, id: &[u8]) -> Option<What> {
        let wanted = self.history.wanted.get(id);
        if wanted == NONE {
            return None;
        }
        let bit = (wanted as usize).checked_sub(self.first)?;
        (bit < W * 64).then_some(What::Blob(bit))
    }
}
