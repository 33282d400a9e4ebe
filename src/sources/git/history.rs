//! The shape of a whole history in memory: trees as edges between numbers,
//! commits with their parents, orders in which both can be passed over once.
//! What lives where in it is worked out by `attribution`.

use super::Numbers;
use super::discover::Repository;
use super::ids::IdTable;
use super::ids::NONE;
use super::ids::Wanted;
use super::tips::Tips;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;

/// Lists of numbers, each written once, in blocks that are never moved: a history has tens of
/// millions of edges, and a vector that grows holds them twice while it does.
#[derive(Debug, Default)]
pub(super) struct Blocks(Vec<Vec<u32>>);

/// Numbers in a block; a longer list has a block of its own.
const BLOCK: usize = 1 << 16;

impl Blocks {
    /// Writes a list; its place.
    pub(super) fn add(&mut self, list: impl ExactSizeIterator<Item = u32>) -> u32 {
        let len = list.len() + 1;
        let fits = self
            .0
            .last()
            .is_some_and(|block| block.len() + len <= BLOCK);
        if !fits {
            self.0.push(Vec::with_capacity(len.max(BLOCK)));
        }
        let number = self.0.len() - 1;
        let block = &mut self.0[number];
        let place = number << 16 | block.len();
        block.push(len as u32 - 1);
        block.extend(list);
        u32::try_from(place).expect("fewer than 2^32 edges, which need 16 GB")
    }

    /// The list at a place.
    pub(super) fn at(&self, place: u32) -> &[u32] {
        let block = &self.0[(place >> 16) as usize];
        let at = (place & 0xffff) as usize;
        &block[at + 1..][..block[at] as usize]
    }

    /// Takes over the blocks of another; what is to be added to its places.
    pub(super) fn join(&mut self, other: Blocks) -> u32 {
        let shift = u32::try_from(self.0.len() << 16).expect("fewer than 2^32 edges");
        self.0.extend(other.0);
        shift
    }
}

/// A directed graph of numbers.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Where the list of each node stands, or [`NONE`]: an absent list has no object.
    places: Vec<u32>,
    blocks: Blocks,
}

impl Lists {
    pub(super) fn new(places: Vec<u32>, blocks: Blocks) -> Self {
        Lists { places, blocks }
    }

    fn add(&mut self, node: u32, list: impl ExactSizeIterator<Item = u32>) -> bool {
        let node = node as usize;
        if node >= self.places.len() {
            self.places.resize(node + 1, NONE);
        }
        if self.places[node] != NONE {
            return false;
        }
        self.places[node] = self.blocks.add(list);
        true
    }

    /// The neighbours of a node; empty when its object is missing.
    pub(super) fn of(&self, node: u32) -> &[u32] {
        match self.places[node as usize] {
            NONE => &[],
            place => self.blocks.at(place),
        }
    }

    pub(super) fn has(&self, node: u32) -> bool {
        self.places
            .get(node as usize)
            .is_some_and(|&place| place != NONE)
    }

    /// All nodes, absent ones only as neighbours, each after its neighbours. Circles, which only a
    /// corrupt store has, are cut somewhere.
    pub(super) fn neighbours_first(&self) -> Vec<u32> {
        let present = self.places.iter().filter(|&&place| place != NONE).count();
        let mut order = Vec::with_capacity(present);
        let mut known = vec![false; self.places.len()];
        let mut stack = Vec::new();
        for start in 0..self.places.len() as u32 {
            if !self.has(start) || std::mem::replace(&mut known[start as usize], true) {
                continue;
            }
            stack.push((start, 0));
            while let Some((node, next)) = stack.last_mut() {
                match self.of(*node).get(*next) {
                    Some(&neighbour) => {
                        *next += 1;
                        if !std::mem::replace(&mut known[neighbour as usize], true) {
                            stack.push((neighbour, 0));
                        }
                    }
                    None => {
                        order.push(*node);
                        stack.pop();
                    }
                }
            }
        }
        order
    }

    /// Which nodes can be reached from some.
    pub(super) fn reached(&self, from: impl Iterator<Item = u32>) -> Vec<bool> {
        let mut reached = vec![false; self.places.len()];
        let mut todo = from.collect::<Vec<_>>();
        while let Some(node) = todo.pop() {
            if !std::mem::replace(&mut reached[node as usize], true) {
                todo.extend(self.of(node).iter().filter(|&&n| !reached[n as usize]));
            }
        }
        reached
    }

    /// Gives every node below `count` a place, if only an absent one.
    pub(super) fn settle(&mut self, count: usize) {
        self.places.resize(count, NONE);
    }
}

/// The numbers of trees, and of whatever else a tree or commit names as if it were one: those
/// of the store, and behind them such as are not in it.
#[derive(Clone, Copy)]
pub(super) struct TreeIds<'a> {
    pub(super) store: &'a dyn Numbers,
    pub(super) strangers: &'a IdTable,
}

impl TreeIds<'_> {
    /// The number of an id, or [`NONE`].
    pub(super) fn get(&self, id: &[u8]) -> u32 {
        self.store
            .number(id)
            .unwrap_or_else(|| match self.strangers.get(id) {
                NONE => NONE,
                number => self.store.count() + number,
            })
    }

    pub(super) fn id(&self, number: u32) -> ObjectId {
        match number.checked_sub(self.store.count()) {
            Some(stranger) => self.strangers.id(stranger),
            None => self.store.id(number),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.store.count() as usize + self.strangers.len()
    }
}

/// All commits and their parents.
#[derive(Debug)]
pub(super) struct Commits {
    pub(super) ids: IdTable,
    pub(super) parents: Lists,
    /// Root trees, by number of the commit; [`NONE`] for missing commits.
    pub(super) roots: Vec<u32>,
    /// Committer times, seconds since 1970.
    pub(super) times: Vec<i64>,
}

impl Commits {
    /// Stands for a date that could not be read.
    pub(super) const NO_TIME: i64 = i64::MIN;

    pub(super) fn new(format: ObjectFormat) -> Self {
        Commits {
            ids: IdTable::new(format),
            parents: Lists::default(),
            roots: Vec::new(),
            times: Vec::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        commit: u32,
        root: u32,
        time: i64,
        parents: impl ExactSizeIterator<Item = u32>,
    ) {
        if self.parents.add(commit, parents) {
            self.settle();
            self.roots[commit as usize] = root;
            self.times[commit as usize] = time;
        }
    }

    /// Gives every id a row, if only an absent one.
    pub(super) fn settle(&mut self) {
        self.parents.settle(self.ids.len());
        self.roots.resize(self.ids.len(), NONE);
        self.times.resize(self.ids.len(), Self::NO_TIME);
    }

    /// The number of a commit that was collected.
    pub(super) fn number(&self, id: &ObjectId) -> Option<u32> {
        let number = self.ids.get(id.as_bytes());
        self.parents.has(number).then_some(number)
    }
}

/// Every commit and tree of a repository, as numbers.
pub struct History<'a> {
    pub(super) store: &'a dyn Numbers,
    pub(super) wanted: Wanted,
    /// Which trees hold which, by the numbers of [`TreeIds`].
    pub(super) trees: Lists,
    /// Ids that trees and commits name and that are not in the store.
    pub(super) strangers: IdTable,
    /// Trees and the wanted ids among their entries.
    pub(super) direct: Vec<(u32, u32)>,
    pub(super) commits: Commits,
    pub(super) damaged: Vec<ObjectId>,
    /// Trees and the blobs they name that the store does not hold, these by number.
    pub(super) lacking: Vec<(u32, u32)>,
}

impl History<'_> {
    pub(super) fn tree_ids(&self) -> TreeIds<'_> {
        TreeIds {
            store: self.store,
            strangers: &self.strangers,
        }
    }

    /// True when this commit was collected.
    pub fn has_commit(&self, id: &ObjectId) -> bool {
        self.commits.number(id).is_some()
    }

    /// The root tree of a commit that was collected.
    pub fn root(&self, commit: &ObjectId) -> Option<ObjectId> {
        let root = self.commits.roots[self.commits.number(commit)? as usize];
        (root != NONE).then(|| self.tree_ids().id(root))
    }

    /// How many commits were collected, reachable or not.
    pub fn commit_count(&self) -> u64 {
        let numbers = 0..self.commits.ids.len() as u32;
        numbers.filter(|&n| self.commits.parents.has(n)).count() as u64
    }

    /// Commits and trees that are malformed, sorted. Of a tree what stands before the fault was used.
    pub fn damaged(&self) -> &[ObjectId] {
        &self.damaged
    }

    /// Commits that a ref or HEAD reaches, by number.
    pub(super) fn reachable(&self, tips: &Tips) -> Vec<bool> {
        let kept = tips.list.iter().filter(|tip| tip.keeps());
        self.commits
            .parents
            .reached(kept.filter_map(|tip| self.commits.number(&tip.target)))
    }

    /// Commits, trees and (where presence was asked) blobs that what is reachable names and that
    /// are not there: the history is cut. Then those that are there and [damaged](History::damaged).
    /// Sorted by id within each of these.
    pub fn gaps(&self, tips: &Tips, repository: &Repository) -> Vec<Unscanned> {
        let mut gaps = Vec::new();
        let commits = self.reachable(tips);
        for number in numbers_of(&commits) {
            for &parent in self.commits.parents.of(number) {
                if !self.commits.parents.has(parent) {
                    let child = self.commits.ids.id(number);
                    let shallow = repository.shallow.binary_search(&child).is_ok();
                    gaps.push((false, self.commits.ids.id(parent), shallow, child));
                }
            }
        }
        let roots = numbers_of(&commits).map(|commit| self.commits.roots[commit as usize]);
        let trees = self.trees.reached(roots.filter(|&root| root != NONE));
        let ids = self.tree_ids();
        for number in numbers_of(&trees) {
            if number >= self.store.count() {
                let id = ids.id(number);
                gaps.push((true, id, false, id));
            }
        }
        gaps.sort();
        gaps.dedup_by_key(|gap| gap.1);
        let mut lacking: Vec<ObjectId> = self
            .lacking
            .iter()
            .filter(|(tree, _)| trees.get(*tree as usize).is_some_and(|&reached| reached))
            .map(|&(_, number)| ids.id(number))
            .collect();
        lacking.sort_unstable();
        lacking.dedup();
        let lacking = lacking.into_iter().map(|id| Unscanned {
            what: id.to_string(),
            reason: if repository.promisor {
                Reason::Promisor
            } else {
                Reason::Missing
            },
            bytes: None,
            detail: "blob".to_owned(),
        });
        gaps.into_iter()
            .map(|(tree, id, shallow, child)| Unscanned {
                what: id.to_string(),
                reason: match (shallow, repository.promisor) {
                    (true, _) => Reason::Shallow,
                    (false, true) => Reason::Promisor,
                    (false, false) => Reason::Missing,
                },
                bytes: None,
                detail: if tree {
                    "tree".to_owned()
                } else {
                    format!("parent of commit {child}")
                },
            })
            .chain(lacking)
            .chain(self.damaged.iter().map(malformed))
            .collect()
    }
}

fn malformed(id: &ObjectId) -> Unscanned {
    Unscanned {
        what: id.to_string(),
        reason: Reason::Corrupt,
        bytes: None,
        detail: "malformed commit or tree; what stands before the fault was read".to_owned(),
    }
}

fn numbers_of(bits: &[bool]) -> impl Iterator<Item = u32> {
    (0..bits.len() as u32).filter(|&number| bits[number as usize])
}
