//! Takes in every tree and commit of a repository once, in any order and from
//! any thread, and keeps of each only what attribution needs: which trees hold
//! which trees, which hold a wanted blob, and the shape of the history. The
//! object store walks; [`super::history`] answers questions afterwards.

use super::Numbers;
use super::commit;
use super::history::Blocks;
use super::history::Commits;
use super::history::History;
use super::history::Lists;
use super::ids::IdTable;
use super::ids::NONE;
use super::ids::Wanted;
use super::previous::Mark;
use super::previous::Recent;
use super::skeleton::Skeleton;
use super::tree::Entry;
use super::tree::EntryKind;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// What one thread at a time has collected. Trees have the numbers of [`TreeIds`]; commits
/// have numbers of the shard's own.
///
/// [`TreeIds`]: super::history::TreeIds
struct Shard {
    /// Trees and where the lists of their subtrees stand in `blocks`.
    lists: Vec<(u32, u32)>,
    blocks: Blocks,
    /// The subtrees of one tree, while it is read.
    edges: Vec<u32>,
    /// Trees and the wanted ids that are entries of them.
    direct: Vec<(u32, u32)>,
    commits: IdTable,
    rows: Vec<Row>,
    parents: Vec<u32>,
    /// Trees and the blobs that they name and the store does not hold.
    lacking: Vec<(u32, u32)>,
    damaged: Vec<ObjectId>,
    recent: Recent,
    /// The names met so far, and which are notable.
    names: HashMap<Box<[u8]>, bool>,
}

#[derive(Debug)]
struct Row {
    commit: u32,
    tree: u32,
    time: i64,
    parents_end: usize,
}

/// Says whether a name in a tree is notable. Asked at least once for each different name.
pub type Notable<'a> = &'a (dyn Fn(&[u8]) -> bool + Sync);

/// Names a shard remembers; beyond that it asks about them again.
const NAMES: usize = 1 << 20;

/// Collects trees and commits. See the module.
pub struct Collector<'a> {
    store: &'a dyn Numbers,
    notable: Option<Notable<'a>>,
    skeleton: Option<&'a Skeleton>,
    format: ObjectFormat,
    wanted: Wanted,
    /// Ids that trees and commits name and the store does not hold.
    strangers: Mutex<IdTable>,
    shards: Vec<Mutex<Shard>>,
}

impl<'a> Collector<'a> {
    /// A collector for so many threads. `wanted` are ids of blobs, trees, commits or tags, in any order.
    pub fn new(
        format: ObjectFormat,
        store: &'a dyn Numbers,
        wanted: &[ObjectId],
        threads: usize,
    ) -> Self {
        let shard = || Shard {
            lists: Vec::new(),
            blocks: Blocks::default(),
            edges: Vec::new(),
            direct: Vec::new(),
            commits: IdTable::new(format),
            rows: Vec::new(),
            parents: Vec::new(),
            lacking: Vec::new(),
            damaged: Vec::new(),
            recent: Recent::new(),
            names: HashMap::new(),
        };
        Collector {
            store,
            notable: None,
            skeleton: None,
            format,
            wanted: Wanted::new(format, wanted),
            strangers: Mutex::new(IdTable::new(format)),
            shards: (0..threads.max(1)).map(|_| Mutex::new(shard())).collect(),
        }
    }

    /// Asks `notable` about every name.
    pub fn with_names(mut self, notable: Notable<'a>) -> Self {
        self.notable = Some(notable);
        self
    }

    /// Starts from what an earlier run kept, which must have been checked: it stands for all
    /// objects that are not taken in.
    pub fn with_skeleton(mut self, skeleton: Option<&'a Skeleton>) -> Self {
        self.skeleton = skeleton;
        self
    }

    /// Takes in a tree object and gives where its notable names stand. Never fails: what is
    /// malformed is told by [`History::damaged`].
    pub fn tree(&self, number: u32, bytes: &[u8]) -> Vec<Range<usize>> {
        self.free_shard().tree(self, number, bytes)
    }

    /// Takes in a commit object. Never fails: what is malformed is told by [`History::damaged`].
    pub fn commit(&self, id: &ObjectId, bytes: &[u8]) {
        self.free_shard().commit(self, id, bytes);
    }

    /// Joins what the threads collected.
    pub fn finish(mut self) -> History<'a> {
        let shards = std::mem::take(&mut self.shards);
        let wanted = std::mem::replace(&mut self.wanted, Wanted::new(self.format, &[]));
        let mut history = History {
            store: self.store,
            wanted,
            trees: Lists::default(),
            direct: Vec::new(),
            commits: Commits::new(self.format),
            damaged: Vec::new(),
            lacking: Vec::new(),
            strangers: IdTable::new(self.format),
        };
        let (mut lists, mut blocks) = (Vec::new(), Blocks::default());
        for shard in shards {
            let shard = shard.into_inner().unwrap_or_else(PoisonError::into_inner);
            shard.join(&mut history, &mut lists, &mut blocks);
        }
        if let Some(skeleton) = self.skeleton {
            self.restore(skeleton, &mut history, &mut lists, &mut blocks);
        }
        history.strangers = self
            .strangers
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut places = vec![NONE; history.tree_ids().len()];
        for (tree, place) in lists {
            let slot = &mut places[tree as usize];
            if *slot == NONE {
                *slot = place;
            }
        }
        history.trees = Lists::new(places, blocks);
        history.damaged.sort();
        history.damaged.dedup();
        history
    }

    pub(super) fn format(&self) -> ObjectFormat {
        self.format
    }

    /// The number of a tree or blob, in the store or not.
    pub(super) fn number(&self, id: &[u8]) -> u32 {
        self.store.number(id).unwrap_or_else(|| self.stranger(id))
    }

    /// True when the object of that number is in the store.
    pub(super) fn holds(&self, number: u32) -> bool {
        number < self.store.count()
    }

    fn stranger(&self, id: &[u8]) -> u32 {
        let strangers = self.strangers.lock();
        let number = strangers.unwrap_or_else(PoisonError::into_inner).intern(id);
        self.store.count().saturating_add(number)
    }

    /// A shard that no other thread is using; there are as many as threads.
    fn free_shard(&self) -> MutexGuard<'_, Shard> {
        let free = self.shards.iter().find_map(|shard| shard.try_lock().ok());
        free.unwrap_or_else(|| {
            self.shards[0]
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        })
    }

    /// What an entry of a tree means, but for its name.
    fn mark(&self, entry: &Entry<'_>) -> Option<Mark> {
        match entry.kind() {
            EntryKind::Tree => Some(Mark::Tree(self.number(entry.id))),
            EntryKind::Blob | EntryKind::Link => match self.wanted.get(entry.id) {
                NONE if self.store.number(entry.id).is_none() => {
                    Some(Mark::Absent(self.stranger(entry.id)))
                }
                NONE => None,
                number => Some(Mark::Blob(number)),
            },
            EntryKind::Submodule => None,
        }
    }
}

impl Shard {
    fn tree(&mut self, all: &Collector<'_>, number: u32, bytes: &[u8]) -> Vec<Range<usize>> {
        let names = &mut self.names;
        let previous = self.recent.like(bytes, all.format);
        let read = previous.read(bytes, all.format, |entry| {
            let named = all
                .notable
                .is_some_and(|notable| is_notable(names, entry.name, notable));
            [all.mark(entry), named.then_some(Mark::Named)]
        });
        if read.is_err() {
            self.damaged.push(all.store.id(number));
        }
        self.edges.clear();
        for mark in previous.marks() {
            match mark {
                Mark::Tree(subtree) => self.edges.push(subtree),
                Mark::Blob(wanted) => self.direct.push((number, wanted)),
                Mark::Absent(absent) => self.lacking.push((number, absent)),
                Mark::Named => {}
            }
        }
        let place = self.blocks.add(self.edges.iter().copied());
        self.lists.push((number, place));
        previous.named().to_vec()
    }

    fn commit(&mut self, all: &Collector<'_>, id: &ObjectId, bytes: &[u8]) {
        let Ok(parsed) = commit::parse(bytes, all.format) else {
            self.damaged.push(*id);
            return;
        };
        for parent in &parsed.parents {
            self.parents.push(self.commits.intern(parent.as_bytes()));
        }
        self.rows.push(Row {
            commit: self.commits.intern(id.as_bytes()),
            tree: all.number(parsed.tree.as_bytes()),
            time: parsed
                .committer
                .and_then(|who| who.time)
                .unwrap_or(Commits::NO_TIME),
            parents_end: self.parents.len(),
        });
    }

    fn join(self, history: &mut History<'_>, lists: &mut Vec<(u32, u32)>, blocks: &mut Blocks) {
        let shift = blocks.join(self.blocks);
        let shifted = self.lists.into_iter();
        lists.extend(shifted.map(|(tree, place)| (tree, place + shift)));
        history.direct.extend(self.direct);
        history.lacking.extend(self.lacking);
        let commits: Vec<u32> = (0..self.commits.len() as u32)
            .map(|number| history.commits.ids.intern(self.commits.bytes(number)))
            .collect();
        let mut start = 0;
        for row in self.rows {
            let parents = self.parents[start..row.parents_end]
                .iter()
                .map(|&parent| commits[parent as usize]);
            history
                .commits
                .add(commits[row.commit as usize], row.tree, row.time, parents);
            start = row.parents_end;
        }
        history.commits.settle();
        history.damaged.extend(self.damaged);
    }
}

/// Looks a name up, and asks when it is new.
fn is_notable(names: &mut HashMap<Box<[u8]>, bool>, name: &[u8], notable: Notable<'_>) -> bool {
    if let Some(&known) = names.get(name) {
        return known;
    }
    if names.len() == NAMES {
        names.clear();
    }
    let told = notable(name);
    names.insert(name.into(), told);
    told
}
