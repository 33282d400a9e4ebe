//! What is kept of a history between two runs: every commit, but of the trees
//! only those that hold something that was asked about or is missing, and which
//! of them hold which. What a later run adds is joined to it, so that trees and
//! commits seen once need not be read again. Whether what is kept still holds for
//! a store is for the caller to know; where it is kept is too.

use super::collector::Collector;
use super::history::Blocks;
use super::history::Commits;
use super::history::History;
use super::holders::Holders;
use super::ids::IdTable;
use super::ids::NONE;
use super::tree::Malformed;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use serde::Deserialize;
use serde::Serialize;

/// The bones of a history. Everything refers to ids by their position in `ids`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skeleton {
    /// Raw ids, one after the other: the wanted ones first, sorted, then others.
    #[serde(skip)]
    pub ids: Vec<u8>,
    wanted: u32,
    /// Commits with their parents: id, root, how many parents, parents.
    commits: Vec<u32>,
    /// Committer times, in the same order.
    times: Vec<i64>,
    /// Trees with what they hold: id, how many subtrees, subtrees.
    trees: Vec<u32>,
    /// Trees and the wanted ids among their entries.
    direct: Vec<(u32, u32)>,
    /// Trees and the absent blobs they name.
    lacking: Vec<(u32, u32)>,
    /// Malformed trees and commits.
    damaged: Vec<u32>,
}

impl Skeleton {
    /// True when nothing was malformed: what was may be there again. Blobs that were absent are
    /// looked up when it is used.
    pub fn is_sound(&self) -> bool {
        self.damaged.is_empty()
    }

    /// True when this was wanted: of ids that were not, nothing is kept.
    pub fn knows(&self, id: &ObjectId) -> bool {
        let len = id.as_bytes().len();
        let wanted = &self.ids[..self.wanted as usize * len];
        let (mut low, mut high) = (0, self.wanted as usize);
        while low < high {
            let middle = low + (high - low) / 2;
            match wanted[middle * len..][..len].cmp(id.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return true,
            }
        }
        false
    }

    /// The same with these ids, which are stored apart from the rest.
    pub fn with_ids(self, ids: Vec<u8>) -> Skeleton {
        Skeleton { ids, ..self }
    }

    /// Checks that everything refers to something, so that what was read from a file can be used.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self, format: ObjectFormat) -> Result<(), Malformed> {
        let len = format.id_len();
        let count = self.ids.len() / len;
        let fits = |number: u32| (number as usize) < count;
        let commits = rows(&self.commits, 2).map(|row| row.is_some_and(|row| row.all(fits)));
        let trees = rows(&self.trees, 1).map(|row| row.is_some_and(|row| row.all(fits)));
        let pairs = self.direct.iter().chain(&self.lacking);
        let sound = self.ids.len().is_multiple_of(len)
            && self.wanted as usize <= count
            && rows(&self.commits, 2).count() == self.times.len()
            && commits.chain(trees).all(|sound| sound)
            && pairs.into_iter().all(|&(a, b)| fits(a) && fits(b))
            && self.damaged.iter().all(|&id| fits(id));
        sound.then_some(()).ok_or(Malformed)
    }
}

/// A row of `fixed` numbers, a count and so many more.
struct Row<'a> {
    fixed: &'a [u32],
    list: &'a [u32],
}

impl Row<'_> {
    fn all(&self, fits: impl Fn(u32) -> bool) -> bool {
        self.fixed
            .iter()
            .chain(self.list)
            .all(|&number| fits(number))
    }
}

/// The rows of a flat list; `None` for one that is cut, which is the last.
fn rows(flat: &[u32], fixed: usize) -> impl Iterator<Item = Option<Row<'_>>> {
    let mut rest = flat;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let row = rest.split_at_checked(fixed + 1).and_then(|(head, tail)| {
            let (list, after) = tail.split_at_checked(head[fixed] as usize)?;
            let fixed = &head[..fixed];
            Some((Row { fixed, list }, after))
        });
        rest = row.as_ref().map_or(&[], |(_, after)| after);
        Some(row.map(|(row, _)| row))
    })
}

/// Gives ids their positions in a skeleton.
struct Named<'a> {
    history: &'a History<'a>,
    ids: IdTable,
    /// Positions of trees, by number.
    trees: Vec<u32>,
}

impl Named<'_> {
    fn tree(&mut self, number: u32) -> u32 {
        let known = self.trees[number as usize];
        if known != NONE {
            return known;
        }
        let id = self.history.tree_ids().id(number);
        let position = self.ids.intern(id.as_bytes());
        self.trees[number as usize] = position;
        position
    }
}

impl History<'_> {
    /// What is worth keeping of this history.
    pub fn skeleton(&self) -> Skeleton {
        let mut named = Named {
            history: self,
            ids: IdTable::new(self.wanted.format()),
            trees: vec![NONE; self.tree_ids().len()],
        };
        for number in 0..self.wanted.len() as u32 {
            named.ids.intern(self.wanted.bytes(number));
        }
        let mut skeleton = Skeleton {
            wanted: self.wanted.len() as u32,
            ..Skeleton::default()
        };
        self.keep_trees(&mut named, &mut skeleton);
        self.keep_commits(&mut named, &mut skeleton);
        for id in &self.damaged {
            skeleton.damaged.push(named.ids.intern(id.as_bytes()));
        }
        skeleton.ids = named.ids.into_bytes();
        skeleton
    }

    fn keep_trees(&self, named: &mut Named<'_>, skeleton: &mut Skeleton) {
        let holders = Holders::new(self);
        for tree in 0..holders.classes.len() as u32 {
            if holders.classes[tree as usize] == NONE || !self.trees.has(tree) {
                continue;
            }
            let subtrees = self.trees.of(tree).iter().copied();
            let held = subtrees.filter(|&subtree| holders.classes[subtree as usize] != NONE);
            let position = named.tree(tree);
            let at = skeleton.trees.len();
            skeleton.trees.extend([position, 0]);
            held.for_each(|subtree| skeleton.trees.push(named.tree(subtree)));
            skeleton.trees[at + 1] = (skeleton.trees.len() - at - 2) as u32;
        }
        for &(tree, wanted) in &self.direct {
            skeleton.direct.push((named.tree(tree), wanted));
        }
        for &(tree, absent) in &self.lacking {
            let pair = (named.tree(tree), named.tree(absent));
            skeleton.lacking.push(pair);
        }
    }

    fn keep_commits(&self, named: &mut Named<'_>, skeleton: &mut Skeleton) {
        let commits = &self.commits;
        for commit in 0..commits.ids.len() as u32 {
            if !commits.parents.has(commit) {
                continue;
            }
            let parents = commits.parents.of(commit);
            let position = named.ids.intern(commits.ids.bytes(commit));
            let root = named.tree(commits.roots[commit as usize]);
            let flat = &mut skeleton.commits;
            flat.extend([position, root, parents.len() as u32]);
            for &parent in parents {
                flat.push(named.ids.intern(commits.ids.bytes(parent)));
            }
            skeleton.times.push(commits.times[commit as usize]);
        }
    }
}

impl Collector<'_> {
    /// Adds a skeleton that was checked to what was collected.
    pub(super) fn restore(
        &self,
        skeleton: &Skeleton,
        history: &mut History<'_>,
        lists: &mut Vec<(u32, u32)>,
        blocks: &mut Blocks,
    ) {
        let len = self.format().id_len();
        let raw = |position: u32| &skeleton.ids[position as usize * len..][..len];
        let mut numbers = vec![NONE; skeleton.ids.len() / len];
        let mut tree = |position: u32| {
            let number = &mut numbers[position as usize];
            if *number == NONE {
                *number = self.number(raw(position));
            }
            *number
        };
        let mut subtrees = Vec::new();
        for row in rows(&skeleton.trees, 1).flatten() {
            subtrees.clear();
            subtrees.extend(row.list.iter().map(|&subtree| tree(subtree)));
            lists.push((tree(row.fixed[0]), blocks.add(subtrees.iter().copied())));
        }
        for (row, &time) in rows(&skeleton.commits, 2).flatten().zip(&skeleton.times) {
            let commits: &mut Commits = &mut history.commits;
            let commit = commits.ids.intern(raw(row.fixed[0]));
            let parents: Vec<u32> = row
                .list
                .iter()
                .map(|&parent| commits.ids.intern(raw(parent)))
                .collect();
            commits.add(commit, tree(row.fixed[1]), time, parents.into_iter());
        }
        history.commits.settle();
        for &(holder, wanted) in &skeleton.direct {
            let wanted = history.wanted.get(raw(wanted));
            if wanted != NONE {
                history.direct.push((tree(holder), wanted));
            }
        }
        let before = history.direct.len();
        for &(holder, absent) in &skeleton.lacking {
            let wanted = history.wanted.get(raw(absent));
            if wanted != NONE {
                history.direct.push((tree(holder), wanted));
            } else if !self.holds(tree(absent)) {
                history.lacking.push((tree(holder), tree(absent)));
            }
        }
        // Some that were absent are wanted now: the pairs of a tree have to stand together.
        if history.direct.len() > before {
            history.direct.sort_unstable();
        }
        let damaged = skeleton.damaged.iter();
        history
            .damaged
            .extend(damaged.filter_map(|&id| ObjectId::from_bytes(self.format(), raw(id))));
    }
}
