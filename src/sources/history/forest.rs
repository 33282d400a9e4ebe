//! The delta families of one pack. From the headers alone it works out which
//! entry builds on which, what kind each is, which ones somebody wants and
//! which are needed only as bases; the walk then follows it from the roots
//! down. Nothing is inflated here, and no step recurses.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use rayon::prelude::*;

use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

use super::coverage::StoreCoverage;
use super::entry::Entry;
use super::entry::Head;
use super::fault::Fault;
use super::pack::HEADER;
use super::pack::Pack;

/// No base: a whole object.
const NONE: u32 = u32::MAX;
/// The base is not among this pack's entries.
const FOREIGN: u32 = u32::MAX - 1;
/// The base is named by an id and not looked up yet.
const NAMED: u32 = u32::MAX - 2;

const KIND: u8 = 7;
/// The entry's CRC-32 is not the index's.
const SUSPECT: u8 = 8;
/// To be decoded: visited itself or base of one that is.
const NEEDED: u8 = 16;
/// To be handed to the visitor.
const VISIT: u8 = 32;
/// Cannot be decoded.
const LOST: u8 = 64;
/// On the path that is being followed from delta to base.
const ON_PATH: u8 = 128;

/// Entries that build on an object outside of this pack's index.
#[derive(Debug)]
pub(super) struct Foreign {
    /// What they build on.
    pub(super) base: ForeignBase,
    /// Which of [`Forest::children`] they are.
    pub(super) children: Range<u32>,
}

/// A base that is not an entry the index lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ForeignBase {
    /// An object of another pack, or a loose one.
    Named(ObjectId),
    /// Something at that offset of this pack.
    At(u64),
}

/// A base that cannot be read: no entry starts at the start of a pack.
const NOWHERE: ForeignBase = ForeignBase::At(0);

/// What the forest asks of those who know the rest of the store.
pub(super) trait Surroundings: Sync {
    /// True when the visitor wants objects of this kind.
    fn wants(&self, kind: ObjectKind) -> bool;
    /// True when the object at this position of the index is visited in another pack.
    fn is_duplicate(&self, position: usize) -> bool;
    /// True when the visitor knows the object at this position already.
    fn skip(&self, position: usize) -> bool;
    /// The kind of a base outside of the index.
    fn kind(&self, base: ForeignBase) -> Result<ObjectKind, Fault>;
}

/// The families of one pack, in order of offset.
#[derive(Debug, Default)]
pub(super) struct Forest {
    offsets: Vec<u64>,
    /// Where the entries end, when those that follow them are not all here.
    ends: Vec<u64>,
    positions: Vec<u32>,
    flags: Vec<u8>,
    child_starts: Vec<u32>,
    /// The needed children of each entry, the one with the largest family last: so the walk
    /// never holds more than a logarithm of the family at a time.
    pub(super) children: Vec<u32>,
    /// Needed entries that are whole objects.
    pub(super) roots: Vec<u32>,
    /// Families that hang on something else.
    pub(super) foreign: Vec<Foreign>,
    /// Entries that cannot be decoded whatever is tried, with the reason.
    pub(super) faults: BTreeMap<u32, Fault>,
    /// How many there are of each kind, without what stands in other packs or is skipped.
    pub(super) seen: StoreCoverage,
}

impl Forest {
    /// Reads all headers of `pack` and plans the walk.
    pub(super) fn build<S: Surroundings>(pack: &Pack, around: &S) -> Forest {
        Forest::sorted(pack).plan(pack, around)
    }

    /// The same for the entries at these positions and what they build on: worth it when they
    /// are few. Nothing else of the pack is looked at, nor counted as seen.
    pub(super) fn build_part<S: Surroundings>(
        pack: &Pack,
        positions: &[u32],
        around: &S,
    ) -> Forest {
        if positions.is_empty() {
            return Forest {
                child_starts: vec![0],
                ..Forest::default()
            };
        }
        Forest::needed(pack, positions).plan(pack, around)
    }

    fn plan<S: Surroundings>(self, pack: &Pack, around: &S) -> Forest {
        let mut forest = self;
        let mut parents = forest.read_headers(pack);
        let mut foreign = Vec::new();
        forest.find_named(pack, &mut parents, &mut foreign);
        forest.settle_foreign(&mut foreign, around);
        let order = forest.settle_kinds(&parents);
        forest.choose(around);
        forest.link(&parents, order.as_deref(), &foreign);
        forest
    }

    /// Number of entries.
    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Where an entry starts.
    pub(super) fn offset(&self, entry: u32) -> u64 {
        self.offsets[entry as usize]
    }

    /// Where an entry stands in the index.
    pub(super) fn position(&self, entry: u32) -> usize {
        self.positions[entry as usize] as usize
    }

    /// What an entry is, unless it is lost.
    pub(super) fn kind(&self, entry: u32) -> Option<ObjectKind> {
        kind_of(self.flags[entry as usize])
    }

    /// True when the visitor is to see it.
    pub(super) fn is_visited(&self, entry: u32) -> bool {
        self.flags[entry as usize] & VISIT != 0
    }

    /// True when its checksum in the index speaks against it.
    pub(super) fn is_suspect(&self, entry: u32) -> bool {
        self.flags[entry as usize] & SUSPECT != 0
    }

    /// The range of its needed children in [`Forest::children`].
    pub(super) fn children_of(&self, entry: u32) -> Range<u32> {
        let at = entry as usize;
        self.child_starts[at]..self.child_starts[at + 1]
    }

    fn sorted(pack: &Pack) -> Forest {
        let mut entries: Vec<(u64, u32)> = (0..pack.index.count() as u32)
            .map(|position| {
                let offset = pack.index.offset(position as usize).unwrap_or(u64::MAX);
                (offset, position)
            })
            .collect();
        entries.par_sort_unstable();
        Forest::of(&entries)
    }

    /// The entries at these positions and the bases that their chains lead to in this pack.
    fn needed(pack: &Pack, positions: &[u32]) -> Forest {
        let offset = |position: u32| pack.index.offset(position as usize);
        let mut todo: Vec<u64> = Vec::new();
        let mut needed = BTreeSet::new();
        for &position in positions {
            match offset(position) {
                Some(at) if needed.insert(at) => todo.push(at),
                Some(_) => {}
                None => drop(needed.insert(u64::MAX)),
            }
        }
        while let Some(at) = todo.pop() {
            let head = Some(at)
                .filter(|at| *at >= HEADER as u64)
                .and_then(|at| Entry::parse(pack.bytes(), at, pack.id_len()));
            let base = match head.map(|entry| entry.head) {
                Some(Head::Offset(base)) => Some(base),
                Some(Head::Named(id)) => {
                    let raw = &pack.bytes()[id..id + pack.id_len()];
                    pack.index.find(raw).and_then(|found| offset(found as u32))
                }
                Some(Head::Whole(_)) | None => None,
            };
            todo.extend(base.filter(|base| needed.insert(*base)));
        }
        let needed: Vec<u64> = needed.into_iter().collect();
        Forest::located(pack, &needed)
    }

    /// The entries that start at these offsets, as far as the index lists them.
    fn located(pack: &Pack, needed: &[u64]) -> Forest {
        let mut ends = vec![u64::MAX; needed.len()];
        let mut entries: Vec<(u64, u32)> = Vec::new();
        for position in 0..pack.index.count() as u32 {
            let offset = pack.index.offset(position as usize).unwrap_or(u64::MAX);
            let above = needed.partition_point(|&at| at < offset);
            if needed.get(above) == Some(&offset) {
                entries.push((offset, position));
            }
            if let Some(before) = above.checked_sub(1) {
                ends[before] = ends[before].min(offset);
            }
        }
        entries.sort_unstable();
        let end = |offset: &u64| ends[needed.partition_point(|at| at < offset)];
        Forest {
            ends: entries.iter().map(|(offset, _)| end(offset)).collect(),
            ..Forest::of(&entries)
        }
    }

    fn of(entries: &[(u64, u32)]) -> Forest {
        Forest {
            offsets: entries.iter().map(|entry| entry.0).collect(),
            positions: entries.iter().map(|entry| entry.1).collect(),
            flags: vec![0; entries.len()],
            ..Forest::default()
        }
    }

    /// Fills in kinds of whole objects and finds the base of each ofs-delta.
    fn read_headers(&mut self, pack: &Pack) -> Vec<u32> {
        const CHUNK: usize = 2048;
        let bytes = pack.bytes();
        let offsets = &self.offsets;
        let ends = &self.ends;
        let positions = &self.positions;
        let places = Places::new(offsets);
        let mut parents = vec![NONE; offsets.len()];
        parents
            .par_chunks_mut(CHUNK)
            .zip(self.flags.par_chunks_mut(CHUNK))
            .enumerate()
            .for_each(|(chunk, (parents, flags))| {
                for (i, (parent, flag)) in parents.iter_mut().zip(flags).enumerate() {
                    let at = chunk * CHUNK + i;
                    let offset = offsets[at];
                    let header = Some(offset)
                        .filter(|offset| *offset >= HEADER as u64)
                        .and_then(|offset| Entry::parse(bytes, offset, pack.id_len()));
                    let Some(entry) = header else {
                        *flag = LOST;
                        continue;
                    };
                    match entry.head {
                        Head::Whole(kind) => *flag = kind_bits(kind),
                        Head::Named(_) => *parent = NAMED,
                        Head::Offset(base) => *parent = places.find(base).unwrap_or(FOREIGN),
                    }
                    let next = ends.get(at).or(offsets.get(at + 1));
                    let end = next.map_or(bytes.len(), |next| {
                        usize::try_from(*next).map_or(bytes.len(), |next| next.min(bytes.len()))
                    });
                    if pack.is_suspect(positions[at] as usize, &bytes[offset as usize..end]) {
                        *flag |= SUSPECT;
                    }
                }
            });
        if self.ends.is_empty() {
            let entries = self.flags.iter().zip(&self.positions);
            let suspect = entries.filter(|(flag, _)| **flag & SUSPECT != 0);
            pack.know_suspects(suspect.map(|(_, &position)| position));
        }
        for (at, flag) in self.flags.iter().enumerate() {
            if flag & LOST != 0 {
                let beyond = self.offsets[at] >= bytes.len() as u64;
                let fault = if beyond {
                    Fault::BeyondEnd
                } else {
                    Fault::Header
                };
                self.faults.insert(at as u32, fault);
            }
        }
        parents
    }

    /// Looks up the bases that are named by id, and collects those outside of the index.
    fn find_named(&self, pack: &Pack, parents: &mut [u32], foreign: &mut Vec<(ForeignBase, u32)>) {
        let mut places = None;
        for (at, parent) in parents.iter_mut().enumerate() {
            if *parent != NAMED && *parent != FOREIGN {
                continue;
            }
            let head = Entry::parse(pack.bytes(), self.offsets[at], pack.id_len());
            let base = match head.map(|entry| entry.head) {
                Some(Head::Offset(base)) => ForeignBase::At(base),
                Some(Head::Named(id)) => {
                    let raw = &pack.bytes()[id..id + pack.id_len()];
                    let places = places.get_or_insert_with(|| Places::new(&self.offsets));
                    let inside = pack
                        .index
                        .find(raw)
                        .and_then(|position| pack.index.offset(position))
                        .and_then(|offset| places.find(offset));
                    if let Some(base) = inside {
                        *parent = base;
                        continue;
                    }
                    ObjectId::from_bytes(pack.format(), raw).map_or(NOWHERE, ForeignBase::Named)
                }
                Some(Head::Whole(_)) | None => NOWHERE,
            };
            *parent = FOREIGN;
            foreign.push((base, at as u32));
        }
    }

    /// Finds out what the bases outside are.
    fn settle_foreign<S: Surroundings>(
        &mut self,
        foreign: &mut Vec<(ForeignBase, u32)>,
        around: &S,
    ) {
        foreign.sort_unstable();
        let mut last = None;
        for &(base, entry) in &*foreign {
            let kind = match last {
                Some((same, kind)) if same == base => kind,
                _ => around.kind(base),
            };
            last = Some((base, kind));
            match kind {
                Ok(kind) => self.flags[entry as usize] |= kind_bits(kind),
                Err(fault) => self.lose(entry, fault),
            }
        }
        foreign.retain(|(_, entry)| self.flags[*entry as usize] & LOST == 0);
    }

    fn lose(&mut self, entry: u32, fault: Fault) {
        self.flags[entry as usize] |= LOST;
        self.faults.insert(entry, fault);
    }

    /// Hands kinds and faults down from bases to deltas. When some delta comes before its
    /// base in the pack, the result is an order in which bases come first.
    fn settle_kinds(&mut self, parents: &[u32]) -> Option<Vec<u32>> {
        let mut forward = false;
        let mut path = Vec::new();
        for start in 0..self.len() as u32 {
            let mut at = start;
            while self.flags[at as usize] & (KIND | LOST | ON_PATH) == 0 {
                self.flags[at as usize] |= ON_PATH;
                path.push(at);
                forward |= parents[at as usize] > at;
                at = parents[at as usize];
            }
            if !path.is_empty() {
                self.hand_down(at, &mut path);
            }
        }
        forward.then(|| self.by_depth(parents))
    }

    /// Gives the entries of `path`, whose last one builds on `top`, the kind or fault of `top`.
    fn hand_down(&mut self, top: u32, path: &mut Vec<u32>) {
        let flag = self.flags[top as usize];
        let fault = if flag & ON_PATH != 0 {
            Some(Fault::Cycle)
        } else {
            self.faults.get(&top).map(|fault| fault.inherited())
        };
        for entry in path.drain(..) {
            self.flags[entry as usize] &= !ON_PATH;
            match fault {
                Some(fault) => self.lose(entry, fault),
                // A root that is suspect may be of another kind than it says, and so its family.
                None => self.flags[entry as usize] |= flag & (KIND | SUSPECT),
            }
        }
    }

    /// All entries, bases before what builds on them. There are no cycles among those that
    /// are not lost.
    fn by_depth(&self, parents: &[u32]) -> Vec<u32> {
        let mut depths = vec![0u32; self.len()];
        let mut path = Vec::new();
        for start in 0..self.len() as u32 {
            let mut at = start;
            let mut depth = 0;
            while at < NAMED && self.flags[at as usize] & LOST == 0 {
                depth = depths[at as usize];
                if depth > 0 {
                    break;
                }
                path.push(at);
                at = parents[at as usize];
            }
            while let Some(entry) = path.pop() {
                depth += 1;
                depths[entry as usize] = depth;
            }
        }
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_by_key(|entry| depths[*entry as usize]);
        order
    }

    /// Marks what the visitor is to see.
    fn choose<S: Surroundings>(&mut self, around: &S) {
        self.flags
            .par_iter_mut()
            .zip(&self.positions)
            .with_min_len(1024)
            .for_each(|(flag, &position)| {
                // What is lost may be of any kind, and what is suspect of another than it says.
                let open = *flag & (LOST | SUSPECT) != 0;
                let wanted = open || kind_of(*flag).is_some_and(|kind| around.wants(kind));
                let position = position as usize;
                if wanted && !around.is_duplicate(position) && !around.skip(position) {
                    *flag |= VISIT;
                }
            });
        for (flag, &position) in self.flags.iter().zip(&self.positions) {
            let position = position as usize;
            if let Some(kind) = kind_of(*flag)
                && !around.is_duplicate(position)
                && !around.skip(position)
            {
                self.seen.of_mut(kind).seen += 1;
            }
        }
    }

    /// Marks the bases that are needed and lists the children of each.
    fn link(&mut self, parents: &[u32], order: Option<&[u32]>, foreign: &[(ForeignBase, u32)]) {
        let len = self.len();
        let mut weights = vec![0u32; len];
        self.child_starts = vec![0u32; len + 1];
        for i in (0..len).rev() {
            let entry = order.map_or(i, |order| order[i] as usize);
            let flag = self.flags[entry];
            if flag & LOST != 0 || (weights[entry] == 0 && flag & VISIT == 0) {
                continue;
            }
            self.flags[entry] |= NEEDED;
            weights[entry] += 1;
            let parent = parents[entry];
            let mine = weights[entry];
            if let Some(weight) = weights.get_mut(parent as usize) {
                *weight += mine;
                self.child_starts[parent as usize + 1] += 1;
            } else if parent == NONE {
                self.roots.push(entry as u32);
            }
        }
        self.roots.sort_unstable();
        let mut total = 0;
        for start in &mut self.child_starts {
            total += *start;
            *start = total;
        }
        self.children = vec![0; total as usize];
        let mut next = self.child_starts.clone();
        for (entry, &parent) in parents.iter().enumerate() {
            if self.flags[entry] & NEEDED != 0
                && let Some(at) = next.get_mut(parent as usize)
            {
                let first = self.child_starts[parent as usize];
                self.children[*at as usize] = entry as u32;
                let heaviest = at.checked_sub(1).filter(|before| *before >= first);
                if let Some(before) = heaviest
                    && weights[self.children[before as usize] as usize] > weights[entry]
                {
                    self.children.swap(before as usize, *at as usize);
                }
                *at += 1;
            }
        }
        self.link_foreign(foreign);
    }

    fn link_foreign(&mut self, foreign: &[(ForeignBase, u32)]) {
        for &(base, entry) in foreign {
            if self.flags[entry as usize] & NEEDED == 0 {
                continue;
            }
            let at = self.children.len() as u32;
            self.children.push(entry);
            match self.foreign.last_mut() {
                Some(family) if family.base == base => family.children.end = at + 1,
                _ => self.foreign.push(Foreign {
                    base,
                    children: at..at + 1,
                }),
            }
        }
    }
}

fn kind_bits(kind: ObjectKind) -> u8 {
    match kind {
        ObjectKind::Commit => 1,
        ObjectKind::Tree => 2,
        ObjectKind::Blob => 3,
        ObjectKind::Tag => 4,
    }
}

fn kind_of(flag: u8) -> Option<ObjectKind> {
    match flag & KIND {
        1 => Some(ObjectKind::Commit),
        2 => Some(ObjectKind::Tree),
        3 => Some(ObjectKind::Blob),
        4 => Some(ObjectKind::Tag),
        _ => None,
    }
}

/// Finds entries by offset: a table by the leading bits of the offset leaves a handful of
/// candidates for a binary search.
struct Places<'a> {
    offsets: &'a [u64],
    shift: u32,
    firsts: Vec<u32>,
}

impl<'a> Places<'a> {
    fn new(offsets: &'a [u64]) -> Places<'a> {
        // Offsets beyond any file stand for "none" and would only stretch the table.
        let largest = offsets
            .iter()
            .rev()
            .copied()
            .find(|offset| *offset < 1 << 62)
            .unwrap_or(0);
        let mut shift = 0;
        while largest >> shift > offsets.len() as u64 {
            shift += 1;
        }
        let buckets = (largest >> shift) as usize + 1;
        let mut firsts = Vec::with_capacity(buckets + 1);
        for (at, offset) in offsets.iter().enumerate() {
            while firsts.len() <= buckets && firsts.len() as u64 <= offset >> shift {
                firsts.push(at as u32);
            }
        }
        firsts.resize(buckets + 1, offsets.len() as u32);
        Places {
            offsets,
            shift,
            firsts,
        }
    }

    fn find(&self, offset: u64) -> Option<u32> {
        let bucket = usize::try_from(offset >> self.shift).ok()?;
        let first = *self.firsts.get(bucket)?;
        let end = *self.firsts.get(bucket + 1)?;
        let found = self.offsets[first as usize..end as usize]
            .binary_search(&offset)
            .ok()?;
        Some(first + found as u32)
    }
}
