//! Which trees hold anything wanted, and which of them hold the same. Every
//! commit has a root tree of its own, and nearly every one holds just what the
//! one before held: trees that do are one class here, so that attribution
//! passes over some hundreds of classes and not over all trees of a history.

use super::history::History;
use super::ids::NONE;
use std::collections::HashMap;

/// The trees that hold anything wanted, in classes, numbered so that children come first.
pub(super) struct Holders {
    /// From the number of a tree in the history to its class, or [`NONE`].
    pub(super) classes: Vec<u32>,
    /// Pairs of a wanted id and a class that holds it itself, sorted.
    pub(super) seeds: Vec<(u32, u32)>,
    starts: Vec<u32>,
    children: Vec<u32>,
}

impl Holders {
    /// Finds them; a tree that lacks something counts too, because it is worth remembering.
    pub(super) fn new(history: &History<'_>) -> Self {
        let mut holders = Holders {
            classes: vec![NONE; history.tree_ids().len()],
            seeds: Vec::new(),
            starts: vec![0],
            children: Vec::new(),
        };
        let own = Own::new(history);
        let mut known = HashMap::<Box<[u32]>, u32>::new();
        let mut key = Vec::new();
        for tree in history.trees.neighbours_first() {
            key.clear();
            own.add(history, tree, &mut key);
            let split = key.len();
            // In a circle the child may have no class yet: then it is no child.
            let children = history.trees.of(tree).iter();
            let children = children.map(|&child| holders.classes[child as usize]);
            key.push(NONE);
            key.extend(children.filter(|&class| class != NONE));
            if key.len() == 1 && !own.lacks[tree as usize] {
                continue;
            }
            key[split + 1..].sort_unstable();
            holders.classes[tree as usize] = match known.get(key.as_slice()) {
                Some(&class) => class,
                None => {
                    let class = holders.add(&key[..split], &key[split + 1..]);
                    known.insert(key.as_slice().into(), class);
                    class
                }
            };
        }
        holders.seeds.sort_unstable();
        holders
    }

    fn add(&mut self, own: &[u32], children: &[u32]) -> u32 {
        let class = self.len() as u32;
        self.seeds.extend(own.iter().map(|&wanted| (wanted, class)));
        self.children.extend(children);
        self.starts.push(self.children.len() as u32);
        class
    }

    /// How many classes there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The class of a tree, or [`NONE`].
    pub(super) fn class(&self, tree: u32) -> u32 {
        self.classes.get(tree as usize).copied().unwrap_or(NONE)
    }

    /// The classes of the subtrees of a class, all of them below it.
    pub(super) fn children(&self, class: usize) -> &[u32] {
        &self.children[self.starts[class] as usize..self.starts[class + 1] as usize]
    }
}

/// What each tree holds itself.
struct Own {
    /// Where its first pair stands in the list of the history, or [`NONE`].
    places: Vec<u32>,
    /// Trees that are wanted, with their wanted numbers, sorted.
    trees: Vec<(u32, u32)>,
    /// Trees that lack something, or are not there.
    lacks: Vec<bool>,
}

impl Own {
    fn new(history: &History<'_>) -> Self {
        let ids = history.tree_ids();
        let mut own = Own {
            places: vec![NONE; ids.len()],
            trees: Vec::new(),
            lacks: vec![false; ids.len()],
        };
        // The pairs of a tree stand together; of a tree that was read twice the first will do.
        let mut last = NONE;
        for (place, &(tree, _)) in history.direct.iter().enumerate() {
            let slot = &mut own.places[tree as usize];
            if tree != last && *slot == NONE {
                *slot = place as u32;
            }
            last = tree;
        }
        for wanted in 0..history.wanted.len() as u32 {
            let tree = ids.get(history.wanted.bytes(wanted));
            if tree != NONE {
                own.trees.push((tree, wanted));
            }
        }
        own.trees.sort_unstable();
        for &(tree, _) in &history.lacking {
            own.lacks[tree as usize] = true;
        }
        own.lacks[history.store.count() as usize..].fill(true);
        own
    }

    /// Writes what a tree holds, itself included when it is wanted, sorted.
    fn add(&self, history: &History<'_>, tree: u32, key: &mut Vec<u32>) {
        let place = self.places[tree as usize];
        if place != NONE {
            let pairs = history.direct[place as usize..].iter();
            let mine = pairs.take_while(|pair| pair.0 == tree);
            key.extend(mine.map(|&(_, wanted)| wanted));
        }
        if let Ok(at) = self.trees.binary_search_by_key(&tree, |pair| pair.0) {
            key.push(self.trees[at].1);
        }
        key.sort_unstable();
        key.dedup();
    }
}
