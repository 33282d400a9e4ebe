//! An index for a pack that has none, or one that lies: the pack is read from
//! front to back to find where entries start, then its families are resolved to
//! learn their ids, as `git index-pack` does. Slower than a walk with an index
//! and only ever done when there is no other way to know what a pack holds.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use flate2::Decompress;
use rayon::prelude::*;

use crate::model::chunk::CopySegment;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

use super::entry::Entry;
use super::entry::Head;
use super::fault::Fault;
use super::identify::identify;
use super::idx;
use super::idx::Index;
use super::inflate::Buffer;
use super::inflate::Inflater;
use super::inflate::stream_length;
use super::pack::HEADER;
use super::pack::RawPack;
use super::walk::derive;

/// Bytes of bases one family may hold at once.
const HELD: usize = 1 << 30;

/// What reading a pack without its index came to.
pub(super) struct Rebuilt {
    /// The index of all objects whose id could be found out.
    pub(super) index: Index,
    /// Offsets of entries that could not be resolved, with the reason.
    pub(super) lost: Vec<(u64, Fault)>,
    /// Where the pack stopped making sense, and how many declared entries were still to come.
    pub(super) cut: Option<(u64, u64)>,
}

/// Reads an object of another pack, or a loose one, by id.
pub(super) type ReadOther<'a> = &'a (dyn Fn(&ObjectId, &mut Vec<u8>) -> Option<ObjectKind> + Sync);

/// An entry found by reading the pack from the front.
struct Item {
    offset: u64,
    entry: Entry,
    crc: u32,
}

/// Makes an index for `raw`; `None` when not even an empty one can be made.
pub(super) fn rebuild(
    raw: &RawPack,
    format: ObjectFormat,
    limit: u64,
    other: ReadOther<'_>,
) -> Option<Rebuilt> {
    let (items, cut) = scan(raw, format);
    let families = Families::new(raw.map.bytes(), items, format, limit);
    let (ids, mut lost) = families.resolve(other);
    let mut entries = Vec::new();
    for (item, id) in families.items.iter().zip(&ids) {
        if let Some(id) = id {
            entries.push((id.as_bytes().to_vec(), item.offset, item.crc));
        }
    }
    let named: BTreeSet<u64> = lost.iter().map(|(offset, _)| *offset).collect();
    for (at, item) in families.items.iter().enumerate() {
        if ids[at].is_none() && !named.contains(&item.offset) {
            let fault = match item.entry.head {
                Head::Named(_) if !families.claimed[at].load(Ordering::Relaxed) => {
                    Fault::BaseMissing
                }
                _ => Fault::BaseLost,
            };
            lost.push((item.offset, fault));
        }
    }
    lost.sort_unstable();
    let trailer = &raw.map.bytes()[raw.trimmed(format)..];
    let index = idx::write(&mut entries, format.id_len(), trailer);
    Some(Rebuilt {
        index: Index::from_memory(index, format.id_len())?,
        lost,
        cut,
    })
}

/// Reads entry after entry, as far as they make sense.
fn scan(raw: &RawPack, format: ObjectFormat) -> (Vec<Item>, Option<(u64, u64)>) {
    let bytes = raw.map.bytes();
    let mut decoder = Decompress::new(true);
    let mut items = Vec::new();
    let mut at = HEADER;
    for number in 0..raw.declared {
        let offset = at as u64;
        let next = Entry::parse(bytes, offset, format.id_len()).and_then(|entry| {
            let used = stream_length(&mut decoder, &bytes[entry.data..], entry.size).ok()?;
            Some((entry, entry.data + used))
        });
        let Some((entry, end)) = next else {
            return (items, Some((offset, u64::from(raw.declared - number))));
        };
        items.push(Item {
            offset,
            entry,
            crc: crc32fast::hash(&bytes[at..end]),
        });
        at = end;
    }
    (items, None)
}

/// The families of a pack whose ids are not known yet.
struct Families<'a> {
    bytes: &'a [u8],
    items: Vec<Item>,
    format: ObjectFormat,
    limit: u64,
    /// (base, delta) of every ofs-delta, in order.
    by_offset: Vec<(u32, u32)>,
    /// (base, delta) of every ref-delta, in order.
    by_id: Vec<(ObjectId, u32)>,
    /// Set for ref-deltas once their base was met, so that two copies of a base, or a cycle,
    /// do not resolve them twice.
    claimed: Vec<AtomicBool>,
}

/// A base and its children that are still to come.
struct Frame {
    bytes: Buffer,
    children: Vec<u32>,
}

#[derive(Default)]
struct Found {
    ids: Vec<(u32, ObjectId)>,
    lost: Vec<(u64, Fault)>,
}

struct Tools {
    inflater: Inflater,
    delta: Buffer,
    copies: Vec<CopySegment>,
}

impl Tools {
    fn new() -> Tools {
        Tools {
            inflater: Inflater::new(),
            delta: Buffer::default(),
            copies: Vec::new(),
        }
    }
}

impl<'a> Families<'a> {
    fn new(bytes: &'a [u8], items: Vec<Item>, format: ObjectFormat, limit: u64) -> Self {
        let mut by_offset = Vec::new();
        let mut by_id = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match item.entry.head {
                Head::Whole(_) => {}
                Head::Offset(base) => {
                    if let Ok(base) = items.binary_search_by_key(&base, |item| item.offset) {
                        by_offset.push((base as u32, at as u32));
                    }
                }
                Head::Named(id) => {
                    by_id.extend(
                        ObjectId::from_bytes(format, &bytes[id..id + format.id_len()])
                            .map(|id| (id, at as u32)),
                    );
                }
            }
        }
        by_offset.sort_unstable();
        by_id.sort_unstable();
        let claimed = items.iter().map(|_| AtomicBool::new(false)).collect();
        Families {
            bytes,
            items,
            format,
            limit,
            by_offset,
            by_id,
            claimed,
        }
    }

    /// Finds the id of every entry that can be resolved.
    fn resolve(&self, other: ReadOther<'_>) -> (Vec<Option<ObjectId>>, Vec<(u64, Fault)>) {
        let mut ids = vec![None; self.items.len()];
        let mut lost = Vec::new();
        let roots: Vec<(u32, ObjectKind)> = (0..)
            .zip(&self.items)
            .filter_map(|(at, item)| match item.entry.head {
                Head::Whole(kind) => Some((at, kind)),
                _ => None,
            })
            .collect();
        let mut found: Vec<Found> = roots
            .par_iter()
            .map_init(Tools::new, |tools, &(root, kind)| {
                let mut found = Found::default();
                let item = &self.items[root as usize];
                let mut bytes = Buffer::default();
                let input = &self.bytes[item.entry.data..];
                match tools
                    .inflater
                    .inflate(input, item.entry.size, self.limit, &mut bytes)
                {
                    Ok(()) => {
                        let frame = self.met(root, kind, bytes, &mut found);
                        self.family(kind, frame, tools, &mut found);
                    }
                    Err(fault) => found.lost.push((item.offset, fault)),
                }
                found
            })
            .collect();
        found.push(self.thin(other));
        for part in found {
            for (at, id) in part.ids {
                ids[at as usize] = Some(id);
            }
            lost.extend(part.lost);
        }
        (ids, lost)
    }

    /// Resolves the deltas whose base is outside of the pack.
    fn thin(&self, other: ReadOther<'_>) -> Found {
        let mut found = Found::default();
        let mut tools = Tools::new();
        let mut last = None;
        for (id, at) in &self.by_id {
            if last == Some(id) || self.claimed[*at as usize].load(Ordering::Relaxed) {
                continue;
            }
            last = Some(id);
            let mut bytes = Vec::new();
            if let Some(kind) = other(id, &mut bytes) {
                let frame = Frame {
                    bytes: Buffer::from(bytes),
                    children: self.named_children(id),
                };
                self.family(kind, frame, &mut tools, &mut found);
            }
        }
        found
    }

    /// Notes the id of a decoded entry and finds what builds on it.
    fn met(&self, at: u32, kind: ObjectKind, bytes: Buffer, found: &mut Found) -> Frame {
        let id = identify(self.format, kind, bytes.bytes());
        found.ids.push((at, id));
        let mut children = self.named_children(&id);
        children.extend(
            self.by_offset[range(&self.by_offset, &at)]
                .iter()
                .map(|pair| pair.1),
        );
        Frame { bytes, children }
    }

    fn named_children(&self, id: &ObjectId) -> Vec<u32> {
        self.by_id[range(&self.by_id, id)]
            .iter()
            .map(|pair| pair.1)
            .filter(|at| !self.claimed[*at as usize].swap(true, Ordering::Relaxed))
            .collect()
    }

    /// Resolves everything that builds on `frame`.
    fn family(&self, kind: ObjectKind, frame: Frame, tools: &mut Tools, found: &mut Found) {
        let mut held = frame.bytes.bytes().len();
        let mut stack = vec![frame];
        while let Some(top) = stack.last_mut() {
            let Some(child) = top.children.pop() else {
                held -= top.bytes.bytes().len();
                stack.pop();
                continue;
            };
            let mut out = Buffer::default();
            match self.child(child, top.bytes.bytes(), held, tools, &mut out) {
                Ok(()) => {
                    if top.children.is_empty() {
                        held -= top.bytes.bytes().len();
                        stack.pop();
                    }
                    held += out.bytes().len();
                    stack.push(self.met(child, kind, out, found));
                }
                Err(fault) => found.lost.push((self.items[child as usize].offset, fault)),
            }
        }
    }

    fn child(
        &self,
        at: u32,
        base: &[u8],
        held: usize,
        tools: &mut Tools,
        out: &mut Buffer,
    ) -> Result<(), Fault> {
        if held > HELD {
            return Err(Fault::NoMemory);
        }
        let entry = &self.items[at as usize].entry;
        tools.inflater.inflate(
            &self.bytes[entry.data..],
            entry.size,
            self.limit,
            &mut tools.delta,
        )?;
        derive(
            base,
            tools.delta.bytes(),
            self.limit,
            out,
            &mut tools.copies,
        )
    }
}

/// Where the pairs that start with `key` stand among sorted ones.
fn range<K: Ord>(pairs: &[(K, u32)], key: &K) -> Range<usize> {
    let start = pairs.partition_point(|pair| pair.0 < *key);
    let len = pairs[start..].partition_point(|pair| pair.0 == *key);
    start..start + len
}
