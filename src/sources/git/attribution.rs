//! In which commits a blob lived: the first and the last one, the refs that
//! reach them, its paths, and whether it still stands in HEAD. Works on a
//! [`History`] in memory; for paths alone a few trees are read again. Whether a
//! blob matters, and what a report shows of all this, is decided elsewhere.
//!
//! One bit per blob, a batch of blobs at a time: a pass over the classes of trees
//! (`holders`), children first, says which root trees hold which blobs; a pass
//! over the strands of commits (`strands`), parents first, says which commits hold a
//! blob that no ancestor held. The cost depends on how often what is wanted changed,
//! not on how often a blob occurs, and names are never expanded, so nested trees
//! with 10^10 paths are harmless.

use super::ObjectReader;
use super::history::Commits;
use super::history::History;
use super::holders::Holders;
use super::ids::NONE;
use super::mask::Counts;
use super::mask::Mask;
use super::mask::bits;
use super::mask::or;
use super::mask::set;
use super::mask::test;
use super::mask::without;
use super::paths::Paths;
use super::refs::RefClass;
use super::strands::Strands;
use super::tips::Tip;
use super::tips::Tips;
use crate::model::finding::days;
use crate::model::object::ObjectId;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

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
    /// Objects that the same refs reach share the list.
    pub refs: Arc<[Vec<u8>]>,
    /// How many there are in all.
    pub refs_total: u64,
    /// Whole days from `introduced` to HEAD's commit, when it is in HEAD, or else to `last_seen`.
    pub days: Option<u64>,
}

/// What all batches share.
struct Shared<'a> {
    history: &'a History<'a>,
    reader: &'a dyn ObjectReader,
    holders: Holders,
    strands: Strands,
    /// Commits that are wanted themselves, with their wanted numbers, sorted by these.
    commits: Vec<(u32, u32)>,
    tips: Vec<End<'a>>,
    /// Strands that a reflog names.
    logged: Vec<usize>,
    reachable: Vec<bool>,
    head: Option<u32>,
}

/// A ref, with the place in the history that it keeps.
struct End<'a> {
    tip: &'a Tip,
    /// The strand of a commit.
    strand: Option<usize>,
    /// The class of a tree, or [`NONE`].
    class: u32,
    /// Wanted ids that the ref names itself.
    wanted: Vec<u32>,
}

impl<'a> End<'a> {
    fn new(history: &History<'_>, holders: &Holders, strands: &Strands, tip: &'a Tip) -> Self {
        let commit = history.commits.number(&tip.target);
        let named = tip.tags.iter().chain([&tip.target]);
        let wanted = named.map(|id| history.wanted.get(id.as_bytes()));
        End {
            tip,
            strand: commit.map(|commit| strands.of(commit)),
            class: match commit {
                Some(_) => NONE,
                None => holders.class(history.tree_ids().get(tip.target.as_bytes())),
            },
            wanted: wanted.filter(|&wanted| wanted != NONE).collect(),
        }
    }
}

impl History<'_> {
    /// Attributes every wanted id that the collector was made for, sorted by id.
    pub fn attribute(&self, tips: &Tips, reader: &dyn ObjectReader) -> Vec<Attribution> {
        let holders = Holders::new(self);
        let reachable = self.reachable(tips);
        let wanted = 0..self.wanted.len() as u32;
        let commits: Vec<(u32, u32)> = wanted
            .filter_map(|wanted| {
                let commit = self.commits.ids.get(self.wanted.bytes(wanted));
                let there = self.commits.parents.has(commit);
                there.then_some((wanted, commit))
            })
            .collect();
        let alone = commits.iter().map(|&(_, commit)| commit).collect();
        let strands = Strands::new(self, &holders, &reachable, &alone);
        let logged = tips.logged.iter();
        let logged = logged.filter_map(|id| self.commits.number(id));
        let ends = tips.list.iter();
        let shared = Shared {
            history: self,
            reader,
            tips: ends
                .map(|tip| End::new(self, &holders, &strands, tip))
                .collect(),
            logged: logged.map(|commit| strands.of(commit)).collect(),
            holders,
            strands,
            commits,
            reachable,
            head: tips.head.and_then(|head| self.commits.number(&head)),
        };
        match shared.words() {
            1 => shared.run::<1>(),
            2 => shared.run::<2>(),
            4 => shared.run::<4>(),
            8 => shared.run::<8>(),
            _ => shared.run::<16>(),
        }
    }
}

impl Shared<'_> {
    /// Memory of one batch, in bytes, that its width is chosen for.
    const BATCH_MEMORY: usize = 16 << 20;

    fn words(&self) -> usize {
        let nodes = self.holders.len() + 2 * self.strands.list.len();
        let affordable = Self::BATCH_MEMORY / (8 * nodes.max(1));
        let useful = self.history.wanted.len().div_ceil(64);
        match affordable.min(useful) {
            0 | 1 => 1,
            2 | 3 => 2,
            4..=7 => 4,
            8..=15 => 8,
            _ => 16,
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
    /// By class: what a tree and its subtrees hold.
    trees: Vec<Mask<W>>,
    /// By strand: what its commits are, where they are wanted themselves.
    commits: HashMap<usize, Mask<W>>,
    /// By strand: what its commits or an ancestor hold.
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
        let len = (shared.history.wanted.len() - first).min(W * 64);
        let mut batch = Batch {
            shared,
            first,
            len,
            trees: vec![[0; W]; shared.holders.len()],
            commits: HashMap::new(),
            held: vec![[0; W]; shared.strands.list.len()],
        };
        for &(wanted, commit) in batch.mine(&shared.commits) {
            let strand = shared.strands.of(commit);
            let mask = batch.commits.entry(strand).or_insert([0; W]);
            set(mask, wanted as usize - first);
        }
        for &(wanted, class) in batch.mine(&shared.holders.seeds) {
            set(&mut batch.trees[class as usize], wanted as usize - first);
        }
        for class in 0..batch.trees.len() {
            let mut mask = batch.trees[class];
            for &child in shared.holders.children(class) {
                or(&mut mask, &batch.trees[child as usize]);
            }
            batch.trees[class] = mask;
        }
        batch
    }

    /// Of pairs that are sorted by wanted ids, those of this batch.
    fn mine(&self, pairs: &'a [(u32, u32)]) -> &'a [(u32, u32)] {
        let before = |end: usize| pairs.partition_point(|pair| (pair.0 as usize) < end);
        &pairs[before(self.first)..before(self.first + self.len)]
    }

    /// What the commits of a strand hold, and the commit itself when it is wanted.
    fn own(&self, strand: usize) -> Mask<W> {
        let mut own = self.class(self.shared.strands.list[strand].class);
        if !self.commits.is_empty()
            && let Some(seed) = self.commits.get(&strand)
        {
            or(&mut own, seed);
        }
        own
    }

    fn class(&self, class: u32) -> Mask<W> {
        self.trees.get(class as usize).copied().unwrap_or([0; W])
    }

    fn attribute(mut self) -> Vec<Attribution> {
        let mut lives = vec![Life::default(); self.len];
        self.find_introducing(&mut lives);
        self.find_last(&mut lives);
        self.find_refs(&mut lives);
        let head = self.shared.head.map_or([0; W], |head| {
            let root = self.shared.history.commits.roots[head as usize];
            self.class(self.shared.holders.class(root))
        });
        let mut paths = Paths::new(
            self.shared.history,
            self.shared.reader,
            &self.shared.holders,
            &self.trees,
            self.first,
        );
        let mut lists = HashMap::<Vec<u32>, Arc<[Vec<u8>]>>::new();
        let name = |&tip: &u32| self.shared.tips[tip as usize].tip.name.clone();
        lives
            .into_iter()
            .enumerate()
            .map(|(bit, mut life)| {
                let list = lists.entry(std::mem::take(&mut life.refs));
                let list = list.or_insert_with_key(|refs| refs.iter().map(name).collect());
                self.tell(bit, life, Arc::clone(list), test(&head, bit), &mut paths)
            })
            .collect()
    }

    fn find_introducing(&mut self, lives: &mut [Life]) {
        let strands = &self.shared.strands;
        for (number, strand) in strands.list.iter().enumerate() {
            let own = self.own(number);
            let mut above = [0; W];
            for &parent in strands.parents(number) {
                or(&mut above, &self.held[parent as usize]);
            }
            for bit in bits(&without(&own, &above)) {
                let best = &mut lives[bit].introduced;
                if best.is_none_or(|best| self.introduces_before(strand.first, best)) {
                    *best = Some(strand.first);
                }
            }
            or(&mut above, &own);
            self.held[number] = above;
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
        let (strands, reachable) = (&self.shared.strands, &self.shared.reachable);
        let mut later = vec![[0; W]; strands.list.len()];
        for (number, strand) in strands.list.iter().enumerate().rev() {
            let own = self.own(number);
            let mut below = later[number];
            for bit in bits(&without(&own, &below)) {
                let best = &mut lives[bit].last;
                if best.is_none_or(|best| self.ends_after(strand.last, best)) {
                    *best = Some(strand.last);
                }
            }
            or(&mut below, &own);
            for &parent in strands.parents(number) {
                let kept = reachable[strands.list[parent as usize].last as usize];
                if reachable[strand.first as usize] || !kept {
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
        let (mut reachable, mut logged) = ([0; W], [0; W]);
        // What is reached by more than HEADs, and what has all the refs that are listed.
        let (mut named, mut full) = ([0; W], [0; W]);
        let mut totals = Counts::default();
        for (number, end) in self.shared.tips.iter().enumerate() {
            let mut kept = self.kept_by(end);
            if !end.tip.keeps() {
                or(&mut logged, &kept);
                continue;
            }
            or(&mut reachable, &kept);
            match end.tip.class {
                RefClass::Head => kept = without(&kept, &named),
                _ => or(&mut named, &kept),
            }
            totals.add(&kept);
            for bit in bits(&without(&kept, &full)) {
                lives[bit].refs.push(number as u32);
                if lives[bit].refs.len() == REF_CAP {
                    set(&mut full, bit);
                }
            }
        }
        for &strand in &self.shared.logged {
            or(&mut logged, &self.held[strand]);
        }
        for (bit, life) in lives.iter_mut().enumerate() {
            life.reachable = test(&reachable, bit);
            life.logged = test(&logged, bit);
            life.refs_total = totals.of(bit);
        }
    }

    /// What a ref keeps: through commits, or directly when it points at a tree or blob.
    fn kept_by(&self, end: &End<'_>) -> Mask<W> {
        let mut kept = match end.strand {
            Some(strand) => self.held[strand],
            None => self.class(end.class),
        };
        for &wanted in &end.wanted {
            if (self.first..self.first + self.len).contains(&(wanted as usize)) {
                set(&mut kept, wanted as usize - self.first);
            }
        }
        kept
    }

    fn tell(
        &self,
        bit: usize,
        life: Life,
        refs: Arc<[Vec<u8>]>,
        in_head: bool,
        paths: &mut Paths<'_, W>,
    ) -> Attribution {
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
        let time = |commit| point(commit)?.time;
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
            refs,
            refs_total: life.refs_total,
            days: days(time(life.introduced), time(end)),
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
