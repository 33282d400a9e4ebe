//! One pack with its index: the mapped bytes, where its entries end and what it
//! is called in a report. Decoding entries belongs to the walk and to random
//! access; finding out where entries start when the index does not say belongs
//! to the rebuild.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::OnceLock;

use crate::model::coverage::Reason;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;

use super::identify::hash;
use super::idx::Index;
use super::idx::be32;
use super::map::Map;
use super::visit::ListedId;

/// Bytes of the header of a pack: `PACK`, version, count.
pub(super) const HEADER: usize = 12;

/// A pack that can be read.
#[derive(Debug)]
pub(super) struct Pack {
    /// File name, as it stands in reports.
    pub(super) name: String,
    map: Map,
    /// End of the entries: the trailing checksum is not among them.
    end: usize,
    pub(super) index: Index,
    format: ObjectFormat,
    /// Positions of entries that do not have the CRC-32 which the index names, once all were compared.
    suspects: OnceLock<BTreeSet<u32>>,
}

/// A mapped pack whose header is sound, before it has an index.
#[derive(Debug)]
pub(super) struct RawPack {
    pub(super) map: Map,
    /// Number of entries the header declares.
    pub(super) declared: u32,
}

impl RawPack {
    /// Maps a pack and checks its header.
    pub(super) fn open(path: &Path) -> Result<RawPack, (Reason, &'static str)> {
        let map = Map::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => (Reason::Missing, "its index is there, the pack is not"),
            _ => (Reason::Unreadable, "the pack cannot be read"),
        })?;
        let bytes = map.bytes();
        if !bytes.starts_with(b"PACK") {
            return Err((Reason::Corrupt, "no pack header"));
        }
        let version = be32(bytes, 4).ok_or((Reason::Corrupt, "truncated pack header"))?;
        let declared = be32(bytes, 8).ok_or((Reason::Corrupt, "truncated pack header"))?;
        if !(2..=3).contains(&version) {
            return Err((
                Reason::UnsupportedFormat,
                "a pack version other than 2 and 3",
            ));
        }
        Ok(RawPack { map, declared })
    }

    /// Where entries end when the trailing checksum is there.
    pub(super) fn trimmed(&self, format: ObjectFormat) -> usize {
        self.map.bytes().len().saturating_sub(format.id_len())
    }

    /// True unless the index contradicts itself or this pack: another count, or offsets that no entry
    /// can have. Offsets beyond the end are believed when the pack itself is not sound, since
    /// then it was cut.
    pub(super) fn may_have(&self, index: &Index, format: ObjectFormat) -> bool {
        let end = self.trimmed(format) as u64;
        let fits = |position| {
            let offset = index.offset(position);
            offset.is_some_and(|offset| (HEADER as u64..end).contains(&offset))
        };
        index.is_sound(format)
            && index.count() == self.declared as usize
            && ((0..index.count()).all(fits) || !self.is_sound(index, format))
    }

    /// True when the pack is as long as it was made: it ends in the checksum the index names,
    /// or in its own.
    fn is_sound(&self, index: &Index, format: ObjectFormat) -> bool {
        let bytes = self.map.bytes();
        let (body, checksum) = bytes.split_at(self.trimmed(format));
        checksum == index.pack_checksum() || checksum == hash(format, body)
    }

    /// True when the pack ends in the checksum of what comes before.
    pub(super) fn is_whole(&self, format: ObjectFormat) -> bool {
        let (body, checksum) = self.map.bytes().split_at(self.trimmed(format));
        checksum == hash(format, body)
    }

    /// Joins it with an index.
    pub(super) fn with_index(self, name: String, index: Index, format: ObjectFormat) -> Pack {
        let whole = self.map.bytes().ends_with(index.pack_checksum());
        let end = if whole {
            self.trimmed(format)
        } else {
            self.map.bytes().len()
        };
        Pack {
            name,
            end: end.max(HEADER),
            map: self.map,
            index,
            format,
            suspects: OnceLock::new(),
        }
    }
}

impl Pack {
    /// The pack from its header to the end of its last entry.
    pub(super) fn bytes(&self) -> &[u8] {
        let bytes = self.map.bytes();
        &bytes[..self.end.min(bytes.len())]
    }

    /// The id at a position of the index, where it stands.
    pub(super) fn listed(&self, position: usize) -> ListedId<'_> {
        ListedId::new(self.index.id(position), self.format)
    }

    /// The id at a position of the index.
    pub(super) fn id(&self, position: usize) -> ObjectId {
        self.listed(position).get()
    }

    /// True when the bytes of an entry speak against the checksum in the index.
    pub(super) fn is_suspect(&self, position: usize, entry: &[u8]) -> bool {
        match self.suspects.get() {
            Some(known) => known.contains(&(position as u32)),
            None => {
                let crc = self.index.crc(position);
                crc.is_some_and(|crc| crc != crc32fast::hash(entry))
            }
        }
    }

    /// Keeps which positions are suspect after all were compared, so that a second walk need not.
    pub(super) fn know_suspects(&self, positions: impl Iterator<Item = u32>) {
        self.suspects.get_or_init(|| positions.collect());
    }

    /// Tells the system that the whole pack will be read.
    pub(super) fn will_need(&self) {
        self.map.will_need();
    }

    /// The hash function of its ids.
    pub(super) fn format(&self) -> ObjectFormat {
        self.format
    }

    /// Bytes of one raw id.
    pub(super) fn id_len(&self) -> usize {
        self.format.id_len()
    }
}
