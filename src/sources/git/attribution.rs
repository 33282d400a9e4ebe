//! In which commits a blob lived: the first and the last one, the refs that
//! reach them, its paths, and whether it still stands in HEAD. Works on a
//! [`History`] in memory; for paths alone a few trees are read again. Whether a
//! blob matters, and what a report shows of all this, is decided elsewhere.
//!
//! One bit per blob, a batch of blobs at a time: a pass over the trees, children
//! first, says which root trees hold which blobs; a pass over the commits,
//! parents first, says which commits hold a blob that no ancestor held. The cost
//! depends on the size of the history, not on how often a blob occurs in it, and
//! names are never expanded, so nested trees with 10^10 paths are harmless.

use super::ObjectReader;
use super::history::Commits;
use super::history::History;
use super::ids::NONE;
use super::paths::Paths;
use super::refs::RefClass;
use super::tips::Tip;
use super::tips::Tips;
use crate::model::object::ObjectId;
use rayon::prelude::*;
use std::collections::HashMap;

/// Most refs that are listed for one blob.
pub const REF_CAP: usize = 20;

/// Most paths that are listed for one blob in one commit.
pub const PATH_CAP: usize = 20;
/// Longest path that is told, in bytes; longer ones only count as "more".
pub const PATH_LIMIT: usize = 1 << 16;

/// A commit and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitPoint {
    /// Its id.
    pub id: ObjectId,
    /// The committer's time in seconds since 1970; `None` when it could not be read.
    pub time: Option<i64>,
}

impl CommitPoint {
    /// The time in UTC as RFC 3339; `None` when unknown or outside the years 0 to 9999.
    pub fn date(&self) -> Option<String> {
        let time = jiff::Timestamp::from_second(self.time?).ok()?.to_string();
        (!time.starts_with('-')).then_some(time)
    }
}

/// The life of one object in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The blob (or tree, commit or tag) that was asked for.
    pub id: ObjectId,
    /// The commit that holds it while none of its ancestors does; of several, one that a ref
    /// reaches, then the earliest, then the least id. Of a commit, itself.
    pub introduced: Option<CommitPoint>,
    /// True when the history is cut off at `introduced`: it may be older than we can see.
    pub introduced_at_cut: bool,
    /// The commit that holds it while none of its descendants does; of several, one that a ref
    /// reaches, then the latest, then the least id.
    pub last_seen: Option<CommitPoint>,
    /// Its paths in the tree of `introduced`, in the order of the tree, at most [`PATH_CAP`].
    pub paths: Vec<Vec<u8>>,
    /// True when there are more paths than that.
    pub more_paths: bool,
    /// True when the tree of HEAD holds it.
    pub in_head: bool,
    /// Its first path there.
    pub head_path: Option<Vec<u8>>,
    /// True when some ref or HEAD reaches it.
    pub reachable: bool,
    /// True when a reflog, or a file such as `FETCH_HEAD`, reaches it.
    pub logged: bool,
    /// Full names of the refs that reach a commit which holds it: branches, tags, remote branches,
    /// others; HEADs only when there is nothing else. At most [`REF_CAP`].
    pub refs: Vec<Vec<u8>>,
    /// How many there are in all.
    pub refs_total: u64,
    /// Whole days from `introduced` to HEAD's commit, when it is in HEAD, or else to `last_seen`.
    pub days: Option<u64>,
}

/// One bit for every blob of a batch.
type Mask<const W: usize> = [u64; W];

fn or<const W: usize>(a: &mut Mask<W>, b: &Mask<W>) {
    for (a, b) in a.iter_mut().zip(b) {
        *a |= b;
    }
}

fn without<const W: usize>(a: &Mask<W>, b: &Mask<W>) -> Mask<W> {
    std::array::from_fn(|word| a[word] & !b[word])
}

fn set<const W: usize>(mask: &mut Mask<W>, bit: usize) {
    mask[bit / 64] |= 1 << (bit % 64);
}

pub(super) fn test<const W: usize>(mask: &Mask<W>, bit: usize) -> bool {
    mask[bit / 64] & (1 << (bit % 64)) != 0
}

fn bits<const W: usize>(mask: &Mask<W>) -> impl Iterator<Item = usize> {
    mask.iter().enumerate().flat_map(|(word, &bits)| {
        let mut left = bits;
        std::iter::from_fn(move || {
            let bit = left.trailing_zeros() as usize;
            left &= left.checked_sub(1)?;
            Some(word * 64 + bit)
        })
    })
}

/// The trees that hold anything wanted, renumbered so that children come first.
pub(super) struct Holders {
    /// From the number of a tree in the history to its number here, or [`NONE`].
    pub(super) numbers: Vec<u32>,
    starts: Vec<u32>,
    children: Vec<u32>,
}

impl Holders {
    /// Finds them; what the store lacks counts as wanted.
    pub(super) fn new(history: &History<'_>) -> Self {
        let (trees, ids) = (&history.trees, history.tree_ids());
        let mut holds = vec![false; ids.len()];
        for &(tree, _) in history.direct.iter().chain(&history.lacking) {
            holds[tree as usize] = true;
        }
        holds[history.store.count() as usize..].fill(true);
        for wanted in 0..history.wanted.len() as u32 {
            let tree = ids.get(history.wanted.bytes(wanted));
            if tree != NONE {
                holds[tree as usize] = true;
            }
        }
        let mut holders = Holders {
            numbers: vec![NONE; ids.len()],
            starts: vec![0],
            children: Vec::new(),
        };
        for tree in trees.neighbours_first() {
            let before = holders.children.len();
            for &child in trees.of(tree) {
                // In a circle the child may have no number yet: then it is no child.
                let number = holders.numbers[child as usize];
                if number != NONE {
                    holders.children.push(number);
                }
            }
            if holds[tree as usize] || holders.children.len() > before {
                holders.numbers[tree as usize] = holders.starts.len() as u32 - 1;
                holders.starts.push(holders.children.len() as u32);
            }
        }
        holders
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn children(&self, holder: usize) -> &[u32] {
        &self.children[self.starts[holder] as usize..self.starts[holder + 1] as usize]
    }
}

/// What all batches share.
struct Shared<'a> {
    history: &'a History<'a>,
    tips: &'a Tips,
    reader: &'a dyn ObjectReader,
    holders: Holders,
    /// Pairs of wanted id and holder, sorted.
    seeds: Vec<(u32, u32)>,
    /// Commits with their parents first.
    order: Vec<u32>,
    reachable: Vec<bool>,
    head: Option<u32>,
}

impl History<'_> {
    /// Attributes every wanted id that the collector was made for, sorted by id.
    pub fn attribute(&self, tips: &Tips, reader: &dyn ObjectReader) -> Vec<Attribution> {
        let holders = Holders::new(self);
        let mut seeds = self
            .direct
            .iter()
            .map(|&(tree, wanted)| (wanted, holders.numbers[tree as usize]))
            .collect::<Vec<_>>();
        for wanted in 0..self.wanted.len() as u32 {
            let tree = self.tree_ids().get(self.wanted.bytes(wanted));
            // Anything else in the store has a number too, but is no holder.
            let holder = holders.numbers.get(tree as usize).copied();
            if let Some(holder) = holder.filter(|&holder| holder != NONE) {
                seeds.push((wanted, holder));
            }
        }
        seeds.sort_unstable();
        let shared = Shared {
            history: self,
            tips,
            reader,
            holders,
            seeds,
            order: self.commits.parents.neighbours_first(),
            reachable: self.reachable(tips),
            head: tips.head.and_then(|head| self.commits.number(&head)),
        };
        match shared.words() {
            1 => shared.run::<1>(),
            2 => shared.run::<2>(),
            4 => shared.run::<4>(),
            _ => shared.run::<8>(),
        }
    }
}

impl Shared<'_> {
    /// Memory of one batch, in bytes, that its width is chosen for.
    const BATCH_MEMORY: usize = 16 << 20;

    fn words(&self) -> usize {
        let nodes = self.holders.len() + 2 * self.history.commits.ids.len();
        let affordable = Self::BATCH_MEMORY / (8 * nodes.max(1));
        let useful = self.history.wanted.len().div_ceil(64);
        match affordable.min(useful) {
            0 | 1 => 1,
            2 | 3 => 2,
            4..=7 => 4,
            _ => 8,
        }
    }

    fn run<const W: usize>(&self) -> Vec<Attribution> {
        let width = W * 64;
        let mut found = (0..self.history.wanted.len())
            .step_by(width)
            .collect::<Vec<_>>()
            .into_par_iter()
            .flat_map_iter(|first| Batch::<W>::new(self, first).attribute())
            .collect::<Vec<_>>();
        found.sort_by_key(|attribution| attribution.id);
        found
    }
}

/// The wanted ids from `first` on, at most `64 * W` of them.
struct Batch<'a, const W: usize> {
    shared: &'a Shared<'a>,
    first: usize,
    len: usize,
    /// By holder: what the tree and its subtrees hold.
    trees: Vec<Mask<W>>,
    /// Commits that are wanted themselves.
    commits: HashMap<u32, Mask<W>>,
    /// By commit: what it or an ancestor holds.
    held: Vec<Mask<W>>,
}

/// What is known of one wanted id on the way.
#[derive(Clone, Default)]
struct Life {
    introduced: Option<u32>,
    last: Option<u32>,
    reachable: bool,
    logged: bool,
    refs: Vec<u32>,
    refs_total: u64,
}

impl<'a, const W: usize> Batch<'a, W> {
    fn new(shared: &'a Shared<'a>, first: usize) -> Self {
        let history = shared.history;
        let len = (history.wanted.len() - first).min(W * 64);
        let mut batch = Batch {
            shared,
            first,
            len,
            trees: vec![[0; W]; shared.holders.len()],
            commits: HashMap::new(),
            held: vec![[0; W]; history.commits.ids.len()],
        };
        for bit in 0..len {
            let id = history.wanted.bytes((first + bit) as u32);
            let commit = history.commits.ids.get(id);
            if history.commits.parents.has(commit) {
                set(batch.commits.entry(commit).or_insert([0; W]), bit);
            }
        }
        let from = shared
            .seeds
            .partition_point(|seed| (seed.0 as usize) < first);
        let seeds = shared.seeds[from..].iter();
        for &(wanted, holder) in seeds.take_while(|seed| (seed.0 as usize) < first + len) {
            set(&mut batch.trees[holder as usize], wanted as usize - first);
        }
        for holder in 0..batch.trees.len() {
            let mut mask = batch.trees[holder];
            for &child in shared.holders.children(holder) {
                or(&mut mask, &batch.trees[child as usize]);
            }
            batch.trees[holder] = mask;
        }
        batch
    }

    /// What the tree of a commit holds, and the commit itself when it is wanted.
    fn own(&self, commit: u32) -> Mask<W> {
        let root = self.shared.history.commits.roots[commit as usize];
        let mut own = self.tree(root);
        if !self.commits.is_empty()
            && let Some(seed) = self.commits.get(&commit)
        {
            or(&mut own, seed);
        }
        own
    }

    fn tree(&self, tree: u32) -> Mask<W> {
        match self.shared.holders.numbers.get(tree as usize) {
            Some(&holder) if holder != NONE => self.trees[holder as usize],
            _ => [0; W],
        }
    }

    fn attribute(mut self) -> Vec<Attribution> {
        let mut lives = vec![Life::default(); self.len];
        self.find_introducing(&mut lives);
        self.find_last(&mut lives);
        self.find_refs(&mut lives);
        let head = self.shared.head.map_or([0; W], |head| {
            self.tree(self.shared.history.commits.roots[head as usize])
        });
        let mut paths = Paths::new(
            self.shared.history,
            self.shared.reader,
            &self.shared.holders,
            &self.trees,
            self.first,
        );
        lives
            .into_iter()
            .enumerate()
            .map(|(bit, life)| self.tell(bit, life, test(&head, bit), &mut paths))
            .collect()
    }

    fn find_introducing(&mut self, lives: &mut [Life]) {
        let commits = &self.shared.history.commits;
        for &commit in &self.shared.order {
            let own = self.own(commit);
            let mut above = [0; W];
            for &parent in commits.parents.of(commit) {
                or(&mut above, &self.held[parent as usize]);
            }
            for bit in bits(&without(&own, &above)) {
                let best = &mut lives[bit].introduced;
                if best.is_none_or(|best| self.introduces_before(commit, best)) {
                    *best = Some(commit);
                }
            }
            or(&mut above, &own);
            self.held[commit as usize] = above;
        }
    }

    fn introduces_before(&self, a: u32, b: u32) -> bool {
        let commits = &self.shared.history.commits;
        let key = |commit: u32| {
            let time = commits.times[commit as usize];
            let unknown = time == Commits::NO_TIME;
            let unreachable = !self.shared.reachable[commit as usize];
            (unreachable, unknown, time, commits.ids.bytes(commit))
        };
        key(a) < key(b)
    }

    /// Passes over the commits with the newest first and hands down what a descendant holds,
    /// though never from an unreachable descendant to a reachable commit.
    fn find_last(&self, lives: &mut [Life]) {
        let commits = &self.shared.history.commits;
        let reachable = &self.shared.reachable;
        let mut later = vec![[0; W]; commits.ids.len()];
        for &commit in self.shared.order.iter().rev() {
            let own = self.own(commit);
            let mut below = later[commit as usize];
            for bit in bits(&without(&own, &below)) {
                let best = &mut lives[bit].last;
                if best.is_none_or(|best| self.ends_after(commit, best)) {
                    *best = Some(commit);
                }
            }
            or(&mut below, &own);
            for &parent in commits.parents.of(commit) {
                if reachable[commit as usize] || !reachable[parent as usize] {
                    or(&mut later[parent as usize], &below);
                }
            }
        }
    }

    fn ends_after(&self, a: u32, b: u32) -> bool {
        let commits = &self.shared.history.commits;
        let key = |commit: u32| {
            let id = std::cmp::Reverse(commits.ids.bytes(commit));
            (
                self.shared.reachable[commit as usize],
                commits.times[commit as usize],
                id,
            )
        };
        key(a) > key(b)
    }

    fn find_refs(&self, lives: &mut [Life]) {
        for (number, tip) in self.shared.tips.list.iter().enumerate() {
            for bit in bits(&self.kept_by(tip)) {
                let life = &mut lives[bit];
                if tip.keeps() {
                    life.reachable = true;
                } else {
                    life.logged = true;
                    continue;
                }
                let first_is_head = life.refs.first().is_none_or(|&first| {
                    self.shared.tips.list[first as usize].class == RefClass::Head
                });
                if tip.class == RefClass::Head && !first_is_head {
                    continue;
                }
                life.refs_total += 1;
                if life.refs.len() < REF_CAP {
                    life.refs.push(number as u32);
                }
            }
        }
        let commits = &self.shared.history.commits;
        for commit in self
            .shared
            .tips
            .logged
            .iter()
            .filter_map(|id| commits.number(id))
        {
            for bit in bits(&self.held[commit as usize]) {
                lives[bit].logged = true;
            }
        }
    }

    /// What a ref keeps: through commits, or directly when it points at a tree or blob.
    fn kept_by(&self, tip: &Tip) -> Mask<W> {
        let history = self.shared.history;
        let id = tip.target.as_bytes();
        let mut kept = match history.commits.number(&tip.target) {
            Some(commit) => self.held[commit as usize],
            None => self.tree(history.tree_ids().get(id)),
        };
        for id in tip.tags.iter().chain([&tip.target]) {
            let wanted = history.wanted.get(id.as_bytes());
            if wanted != NONE && (self.first..self.first + self.len).contains(&(wanted as usize)) {
                set(&mut kept, wanted as usize - self.first);
            }
        }
        kept
    }

    fn tell(&self, bit: usize, life: Life, in_head: bool, paths: &mut Paths<'_, W>) -> Attribution {
        let history = self.shared.history;
        let commits = &history.commits;
        let root = |commit: Option<u32>| commit.map(|commit| commits.roots[commit as usize]);
        let (found, more_paths) = paths.find(root(life.introduced), bit, PATH_CAP);
        let head_paths = match in_head {
            true => paths.find(root(self.shared.head), bit, 1).0,
            false => Vec::new(),
        };
        let point = |commit: Option<u32>| commit.map(|commit| point(commits, commit));
        let end = if in_head { self.shared.head } else { life.last };
        Attribution {
            id: history.wanted.id((self.first + bit) as u32),
            introduced: point(life.introduced),
            introduced_at_cut: life.introduced.is_some_and(|commit| {
                let mut parents = commits.parents.of(commit).iter();
                parents.any(|&parent| !commits.parents.has(parent))
            }),
            last_seen: point(life.last),
            paths: found,
            more_paths,
            in_head,
            head_path: head_paths.into_iter().next(),
            reachable: life.reachable,
            logged: life.logged,
            refs: life
                .refs
                .iter()
                .map(|&number| self.shared.tips.list[number as usize].name.clone())
                .collect(),
            refs_total: life.refs_total,
            days: days(point(life.introduced), point(end)),
        }
    }
}

fn point(commits: &Commits, commit: u32) -> CommitPoint {
    let time = commits.times[commit as usize];
    CommitPoint {
        id: commits.ids.id(commit),
        time: (time != Commits::NO_TIME).then_some(time),
    }
}

fn days(from: Option<CommitPoint>, to: Option<CommitPoint>) -> Option<u64> {
    let seconds = to?.time?.checked_sub(from?.time?)?;
    u64::try_from(seconds.max(0) / 86_400).ok()
}
