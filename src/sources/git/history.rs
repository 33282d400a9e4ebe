//! The shape of a whole history in memory: trees as edges between numbers,
//! commits with their parents, orders in which both can be passed over once.
//! What lives where in it is worked out by `attribution`.

use super::discover::Repository;
use super::ids::IdTable;
use super::ids::NONE;
use super::tips::Tips;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::ops::Range;

/// A directed graph of numbers, one list of neighbours after the other.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Where each list stands in `flat`; an absent list has no object.
    spans: Vec<Option<Range<u32>>>,
    flat: Vec<u32>,
}

impl Lists {
    fn add(&mut self, node: u32, list: impl Iterator<Item = u32>) -> bool {
        let node = node as usize;
        if node >= self.spans.len() {
            self.spans.resize(node + 1, None);
        }
        if self.spans[node].is_some() {
            return false;
        }
        let start = self.end();
        self.flat.extend(list);
        self.spans[node] = Some(start..self.end());
        true
    }

    fn end(&self) -> u32 {
        u32::try_from(self.flat.len()).expect("fewer than 2^32 edges, which need 16 GB")
    }

    /// The neighbours of a node; empty when its object is missing.
    pub(super) fn of(&self, node: u32) -> &[u32] {
        match &self.spans[node as usize] {
            Some(span) => &self.flat[span.start as usize..span.end as usize],
            None => &[],
        }
    }

    pub(super) fn has(&self, node: u32) -> bool {
        self.spans
            .get(node as usize)
            .is_some_and(|span| span.is_some())
    }

    /// All nodes, each after its neighbours. Circles, which only a corrupt store has, are cut somewhere.
    pub(super) fn neighbours_first(&self) -> Vec<u32> {
        let mut order = Vec::with_capacity(self.spans.len());
        let mut known = vec![false; self.spans.len()];
        let mut stack = Vec::new();
        for start in 0..self.spans.len() as u32 {
            if std::mem::replace(&mut known[start as usize], true) {
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
        let mut reached = vec![false; self.spans.len()];
        let mut todo = from.collect::<Vec<_>>();
        while let Some(node) = todo.pop() {
            if !std::mem::replace(&mut reached[node as usize], true) {
                todo.extend(self.of(node).iter().filter(|&&n| !reached[n as usize]));
            }
        }
        reached
    }
}

/// All trees and their subtrees.
#[derive(Debug)]
pub(super) struct Trees {
    pub(super) ids: IdTable,
    pub(super) lists: Lists,
}

impl Trees {
    pub(super) fn new(format: ObjectFormat) -> Self {
        Trees {
            ids: IdTable::new(format),
            lists: Lists::default(),
        }
    }

    pub(super) fn add(&mut self, tree: u32, subtrees: impl Iterator<Item = u32>) {
        self.lists.add(tree, subtrees);
    }

    /// Gives every id a list, if only an absent one.
    pub(super) fn settle(&mut self) {
        self.lists.spans.resize(self.ids.len(), None);
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
        parents: impl Iterator<Item = u32>,
    ) {
        if self.parents.add(commit, parents) {
            self.settle();
            self.roots[commit as usize] = root;
            self.times[commit as usize] = time;
        }
    }

    /// Gives every id a row, if only an absent one.
    pub(super) fn settle(&mut self) {
        self.parents.spans.resize(self.ids.len(), None);
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
#[derive(Debug)]
pub struct History {
    pub(super) wanted: IdTable,
    pub(super) trees: Trees,
    /// Trees and the wanted ids among their entries.
    pub(super) direct: Vec<(u32, u32)>,
    pub(super) commits: Commits,
    pub(super) damaged: Vec<ObjectId>,
    /// Trees and the blobs they name that the store does not hold.
    pub(super) lacking: Vec<(u32, ObjectId)>,
}

impl History {
    /// True when this commit was collected.
    pub fn has_commit(&self, id: &ObjectId) -> bool {
        self.commits.number(id).is_some()
    }

    /// The root tree of a commit that was collected.
    pub fn root(&self, commit: &ObjectId) -> Option<ObjectId> {
        let root = self.commits.roots[self.commits.number(commit)? as usize];
        (root != NONE).then(|| self.trees.ids.id(root))
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
    /// are not there: the history is cut. Sorted by id within commits, trees and blobs.
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
        let trees = self.trees.lists.reached(roots.filter(|&root| root != NONE));
        for number in numbers_of(&trees) {
            if !self.trees.lists.has(number) {
                let id = self.trees.ids.id(number);
                gaps.push((true, id, false, id));
            }
        }
        gaps.sort();
        gaps.dedup_by_key(|gap| gap.1);
        let mut lacking: Vec<ObjectId> = self
            .lacking
            .iter()
            .filter(|(tree, _)| trees.get(*tree as usize).is_some_and(|&reached| reached))
            .map(|(_, id)| *id)
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
            .collect()
    }
}

fn numbers_of(bits: &[bool]) -> impl Iterator<Item = u32> {
    (0..bits.len() as u32).filter(|&number| bits[number as usize])
}
