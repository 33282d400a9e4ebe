//! Takes in every tree and commit of a repository once, in any order and from
//! any thread, and keeps of each only what attribution needs: which trees hold
//! which trees, which hold a wanted blob, and the shape of the history. The
//! object store walks; [`super::history`] answers questions afterwards.

use super::commit;
use super::history::Commits;
use super::history::History;
use super::history::Trees;
use super::ids::IdTable;
use super::ids::NONE;
use super::previous::Mark;
use super::previous::Recent;
use super::tree::EntryKind;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::sync::Mutex;
use std::sync::MutexGuard;

/// The ids that someone wants to know about, with numbers.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) ids: IdTable,
    // One bit for the leading bits of an id. Nearly all of the tens of millions
    // of entries that a walk sees end at this bit, so it must fit the cache.
    filter: Vec<u64>,
}

impl Wanted {
    fn new(format: ObjectFormat, ids: &[ObjectId]) -> Self {
        let mut sorted = ids.to_vec();
        sorted.sort();
        sorted.dedup();
        let words = (sorted.len() * 2).next_power_of_two().clamp(512, 1 << 17);
        let mut wanted = Wanted {
            ids: IdTable::new(format),
            filter: vec![0; words],
        };
        for id in sorted.iter().filter(|id| id.format() == format) {
            wanted.ids.intern(id.as_bytes());
            let (word, bit) = wanted.place(id.as_bytes());
            wanted.filter[word] |= bit;
        }
        wanted
    }

    fn place(&self, id: &[u8]) -> (usize, u64) {
        let head = u32::from_le_bytes([id[0], id[1], id[2], id[3]]);
        let word = (head >> 6) as usize & (self.filter.len() - 1);
        (word, 1 << (head & 63))
    }

    #[inline]
    fn get(&self, id: &[u8]) -> u32 {
        let (word, bit) = self.place(id);
        if self.filter[word] & bit == 0 {
            NONE
        } else {
            self.ids.get(id)
        }
    }
}

/// What one thread at a time has collected. All numbers are its own.
#[derive(Debug)]
struct Shard {
    trees: IdTable,
    /// Tree and where its list in `edges` ends; the lists stand in this order.
    lists: Vec<(u32, usize)>,
    edges: Vec<u32>,
    seen: Vec<u64>,
    /// Trees and the wanted ids that are entries of them.
    direct: Vec<(u32, u32)>,
    commits: IdTable,
    rows: Vec<Row>,
    parents: Vec<u32>,
    /// Blobs that trees name and the store does not hold, and the trees that name them.
    absent: IdTable,
    lacking: Vec<(u32, u32)>,
    damaged: Vec<ObjectId>,
    recent: Recent,
}

#[derive(Debug)]
struct Row {
    commit: u32,
    tree: u32,
    time: i64,
    parents_end: usize,
}

/// Says whether the store holds an object of this raw id.
pub type Presence<'a> = &'a (dyn Fn(&[u8]) -> bool + Sync);

/// Collects trees and commits. See the module.
pub struct Collector<'a> {
    present: Option<Presence<'a>>,
    format: ObjectFormat,
    wanted: Wanted,
    shards: Vec<Mutex<Shard>>,
}

impl<'a> Collector<'a> {
    /// A collector for so many threads. `wanted` are ids of blobs, trees, commits or tags, in any order.
    pub fn new(format: ObjectFormat, wanted: &[ObjectId], threads: usize) -> Self {
        let shard = || Shard {
            trees: IdTable::new(format),
            absent: IdTable::new(format),
            lacking: Vec::new(),
            lists: Vec::new(),
            edges: Vec::new(),
            seen: Vec::new(),
            direct: Vec::new(),
            commits: IdTable::new(format),
            rows: Vec::new(),
            parents: Vec::new(),
            damaged: Vec::new(),
            recent: Recent::new(),
        };
        Collector {
            present: None,
            format,
            wanted: Wanted::new(format, wanted),
            shards: (0..threads.max(1)).map(|_| Mutex::new(shard())).collect(),
        }
    }

    /// Asks `present` for every blob that a tree names; [`History::gaps`] then tells those that
    /// are not there.
    pub fn with_presence(mut self, present: Presence<'a>) -> Self {
        self.present = Some(present);
        self
    }

    /// Takes in a tree object. Never fails: what is malformed is told by [`History::damaged`].
    pub fn tree(&self, id: &ObjectId, bytes: &[u8]) {
        let mut shard = self.free_shard();
        shard.tree(id, bytes, self.format, &self.wanted, self.present);
    }

    /// Takes in a commit object. Never fails: what is malformed is told by [`History::damaged`].
    pub fn commit(&self, id: &ObjectId, bytes: &[u8]) {
        self.free_shard().commit(id, bytes, self.format);
    }

    /// Joins what the threads collected.
    pub fn finish(self) -> History {
        let mut history = History {
            wanted: self.wanted.ids,
            trees: Trees::new(self.format),
            direct: Vec::new(),
            commits: Commits::new(self.format),
            damaged: Vec::new(),
            lacking: Vec::new(),
        };
        for shard in self.shards {
            let shard = shard
                .into_inner()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            shard.join(&mut history);
        }
        history.damaged.sort();
        history.damaged.dedup();
        history
    }

    /// A shard that no other thread is using; there are as many as threads.
    fn free_shard(&self) -> MutexGuard<'_, Shard> {
        let free = self.shards.iter().find_map(|shard| shard.try_lock().ok());
        free.unwrap_or_else(|| {
            self.shards[0]
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        })
    }
}

impl Shard {
    fn tree(
        &mut self,
        id: &ObjectId,
        bytes: &[u8],
        format: ObjectFormat,
        wanted: &Wanted,
        present: Option<Presence<'_>>,
    ) {
        let tree = self.trees.intern(id.as_bytes());
        if !first_time(&mut self.seen, tree) {
            return;
        }
        let (trees, absent) = (&mut self.trees, &mut self.absent);
        let previous = self.recent.like(bytes, format);
        let read = previous.read(bytes, format, |entry| match entry.kind() {
            EntryKind::Tree => Some(Mark::Tree(trees.intern(entry.id))),
            EntryKind::Blob | EntryKind::Link => match wanted.get(entry.id) {
                NONE if present.is_some_and(|present| !present(entry.id)) => {
                    Some(Mark::Absent(absent.intern(entry.id)))
                }
                NONE => None,
                number => Some(Mark::Blob(number)),
            },
            EntryKind::Submodule => None,
        });
        if read.is_err() {
            self.damaged.push(*id);
        }
        for mark in previous.marks() {
            match mark {
                Mark::Tree(subtree) => self.edges.push(subtree),
                Mark::Blob(number) => self.direct.push((tree, number)),
                Mark::Absent(number) => self.lacking.push((tree, number)),
            }
        }
        self.lists.push((tree, self.edges.len()));
    }

    fn commit(&mut self, id: &ObjectId, bytes: &[u8], format: ObjectFormat) {
        let Ok(parsed) = commit::parse(bytes, format) else {
            self.damaged.push(*id);
            return;
        };
        for parent in &parsed.parents {
            self.parents.push(self.commits.intern(parent.as_bytes()));
        }
        self.rows.push(Row {
            commit: self.commits.intern(id.as_bytes()),
            tree: self.trees.intern(parsed.tree.as_bytes()),
            time: parsed
                .committer
                .and_then(|who| who.time)
                .unwrap_or(Commits::NO_TIME),
            parents_end: self.parents.len(),
        });
    }

    fn join(self, history: &mut History) {
        let numbers = |from: &IdTable, to: &mut IdTable| {
            (0..from.len() as u32)
                .map(|number| to.intern(from.bytes(number)))
                .collect::<Vec<_>>()
        };
        let trees = numbers(&self.trees, &mut history.trees.ids);
        let mut start = 0;
        for (tree, end) in self.lists {
            let list = self.edges[start..end]
                .iter()
                .map(|&edge| trees[edge as usize]);
            history.trees.add(trees[tree as usize], list);
            start = end;
        }
        history.direct.extend(
            self.direct
                .iter()
                .map(|&(tree, wanted)| (trees[tree as usize], wanted)),
        );
        let lacking = self.lacking.iter();
        history
            .lacking
            .extend(lacking.map(|&(tree, absent)| (trees[tree as usize], self.absent.id(absent))));
        let commits = numbers(&self.commits, &mut history.commits.ids);
        let mut start = 0;
        for row in self.rows {
            let parents = self.parents[start..row.parents_end]
                .iter()
                .map(|&parent| commits[parent as usize]);
            let tree = trees[row.tree as usize];
            history
                .commits
                .add(commits[row.commit as usize], tree, row.time, parents);
            start = row.parents_end;
        }
        history.trees.settle();
        history.commits.settle();
        history.damaged.extend(self.damaged);
    }
}

/// Sets a bit and says whether it was clear.
fn first_time(bits: &mut Vec<u64>, number: u32) -> bool {
    let word = number as usize / 64;
    if word >= bits.len() {
        bits.resize(word + 1, 0);
    }
    let bit = 1 << (number % 64);
    let first = bits[word] & bit == 0;
    bits[word] |= bit;
    first
}
