//! Random access: one object by id, through however many packs and delta bases
//! it takes. Attribution reads commits and trees this way, and the walk what a
//! pack only refers to; whoever wants many objects should walk instead.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::model::chunk::CopySegment;
use crate::model::coverage::Reason;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

use super::entry::Entry;
use super::entry::Head;
use super::fault::Fault;
use super::inflate::Buffer;
use super::inflate::Inflater;
use super::loose;
use super::pack::HEADER;
use super::store::Store;
use super::walk::derive;

/// Objects the cache holds at most.
const SLOTS: usize = 1024;
/// Larger objects are not cached.
const CACHED: usize = 64 << 10;

/// Why an object could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is in no pack, not loose and in no alternate.
    #[error("object {0} is not in the object store")]
    Missing(ObjectId),
    /// It is there, but not readable.
    #[error("object {id} cannot be read: {detail}")]
    Broken {
        /// Which.
        id: ObjectId,
        /// The reason for a report.
        reason: Reason,
        /// One clause for a person.
        detail: &'static str,
    },
}

/// Where an object is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Spot {
    /// Number of the pack, offset in it.
    Pack(usize, u64),
    /// Number of the `objects` directory, and the id.
    Loose(usize, ObjectId),
}

/// A chain of deltas, outermost first, down to what is no delta.
struct Chain {
    deltas: Vec<(usize, Entry)>,
    bottom: Bottom,
}

enum Bottom {
    Packed(usize, Entry, ObjectKind, u64),
    Loose(usize, ObjectId),
    Cached(ObjectKind, Arc<Vec<u8>>),
}

/// Tools of one reader, reused.
pub(super) struct Reader {
    inflater: Inflater,
    delta: Buffer,
    other: Buffer,
    copies: Vec<CopySegment>,
}

/// Recently read bases.
#[derive(Default)]
pub(super) struct Cache {
    slots: Vec<Mutex<Option<Cached>>>,
}

struct Cached {
    pack: usize,
    offset: u64,
    kind: ObjectKind,
    bytes: Arc<Vec<u8>>,
}

impl Cache {
    pub(super) fn new() -> Cache {
        Cache {
            slots: (0..SLOTS).map(|_| Mutex::new(None)).collect(),
        }
    }

    fn slot(&self, pack: usize, offset: u64) -> &Mutex<Option<Cached>> {
        let mixed = (offset ^ (pack as u64) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        &self.slots[(mixed >> 54) as usize % SLOTS]
    }

    fn get(&self, pack: usize, offset: u64) -> Option<(ObjectKind, Arc<Vec<u8>>)> {
        let slot = self.slot(pack, offset).lock();
        let slot = slot.unwrap_or_else(PoisonError::into_inner);
        let found = slot.as_ref()?;
        (found.pack == pack && found.offset == offset)
            .then(|| (found.kind, Arc::clone(&found.bytes)))
    }

    fn put(&self, pack: usize, offset: u64, kind: ObjectKind, bytes: &[u8]) {
        if bytes.len() <= CACHED {
            let slot = self.slot(pack, offset).lock();
            *slot.unwrap_or_else(PoisonError::into_inner) = Some(Cached {
                pack,
                offset,
                kind,
                bytes: Arc::new(bytes.to_vec()),
            });
        }
    }
}

impl Reader {
    pub(super) fn new() -> Reader {
        Reader {
            inflater: Inflater::new(),
            delta: Buffer::default(),
            other: Buffer::default(),
            copies: Vec::new(),
        }
    }

    /// Reads what is stored at `spot` into `out`.
    pub(super) fn read(
        &mut self,
        store: &Store,
        spot: Spot,
        out: &mut Vec<u8>,
    ) -> Result<ObjectKind, Fault> {
        let chain = Chain::follow(store, spot)?;
        let limit = store.limits().object;
        let mut current = std::mem::take(&mut self.other);
        let mut start = 0;
        let kind = match &chain.bottom {
            Bottom::Packed(pack, entry, kind, offset) => {
                let input = &store.packs()[*pack].bytes()[entry.data..];
                self.inflater
                    .inflate(input, entry.size, limit, &mut current)?;
                if !chain.deltas.is_empty() {
                    store.cache().put(*pack, *offset, *kind, current.bytes());
                }
                *kind
            }
            Bottom::Loose(dir, id) => {
                let objects = &store.dirs()[*dir];
                let (kind, at) = loose::read(objects, id, limit, &mut self.inflater, &mut current)?;
                start = at;
                kind
            }
            Bottom::Cached(kind, bytes) => {
                current.sized(bytes.len())?.copy_from_slice(bytes);
                *kind
            }
        };
        let mut next = Buffer::default();
        for (pack, entry) in chain.deltas.iter().rev() {
            let input = &store.packs()[*pack].bytes()[entry.data..];
            self.inflater
                .inflate(input, entry.size, limit, &mut self.delta)?;
            let base = &current.bytes()[start..];
            derive(base, self.delta.bytes(), limit, &mut next, &mut self.copies)?;
            start = 0;
            std::mem::swap(&mut current, &mut next);
        }
        out.clear();
        out.extend_from_slice(&current.bytes()[start..]);
        if let (Spot::Pack(pack, offset), false) = (spot, chain.deltas.is_empty()) {
            store.cache().put(pack, offset, kind, out);
        }
        current.trim();
        self.other = current;
        Ok(kind)
    }
}

/// The kind of what is stored at `spot`, from headers alone.
pub(super) fn kind_at(store: &Store, spot: Spot) -> Result<ObjectKind, Fault> {
    match Chain::follow(store, spot)?.bottom {
        Bottom::Packed(_, _, kind, _) | Bottom::Cached(kind, _) => Ok(kind),
        Bottom::Loose(dir, id) => Ok(loose::kind(&store.dirs()[dir], &id)?.0),
    }
}

impl Chain {
    fn follow(store: &Store, mut spot: Spot) -> Result<Chain, Fault> {
        let mut deltas = Vec::new();
        // Offsets only ever go down, so that every cycle has a base named by id in it.
        let mut named = HashSet::new();
        let mut fault = Fault::Header;
        loop {
            let (pack, offset) = match spot {
                Spot::Pack(pack, offset) => (pack, offset),
                Spot::Loose(dir, id) => {
                    let bottom = Bottom::Loose(dir, id);
                    return Ok(Chain { deltas, bottom });
                }
            };
            if let Some((kind, bytes)) = store.cache().get(pack, offset) {
                let bottom = Bottom::Cached(kind, bytes);
                return Ok(Chain { deltas, bottom });
            }
            let source = &store.packs()[pack];
            let entry = Some(offset)
                .filter(|offset| *offset >= HEADER as u64)
                .and_then(|offset| Entry::parse(source.bytes(), offset, source.id_len()))
                .ok_or(fault)?;
            fault = Fault::BaseLost;
            match entry.head {
                Head::Whole(kind) => {
                    let bottom = Bottom::Packed(pack, entry, kind, offset);
                    return Ok(Chain { deltas, bottom });
                }
                Head::Offset(base) => spot = Spot::Pack(pack, base),
                Head::Named(at) => {
                    let raw = &source.bytes()[at..at + source.id_len()];
                    let id = ObjectId::from_bytes(source.format(), raw).ok_or(Fault::Header)?;
                    spot = store.spot_near(pack, &id).ok_or(Fault::BaseMissing)?;
                    if !named.insert(spot) {
                        return Err(Fault::Cycle);
                    }
                }
            }
            deltas.push((pack, entry));
        }
    }
}
