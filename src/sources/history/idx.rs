//! Pack indexes (gitformat-pack, "Version 1/2 pack-*.idx files"): which object
//! starts where. Everything is bounds checked once when an index is parsed, so
//! that lookups are plain arithmetic; whether the offsets mean anything is for
//! the pack to say.

use std::cmp::Ordering;

use crate::model::object::ObjectFormat;

use super::identify::hash;
use super::map::Map;

/// Where the bytes of an index live.
#[derive(Debug)]
enum Source {
    File(Map),
    Memory(Vec<u8>),
}

/// One parsed index.
#[derive(Debug)]
pub(super) struct Index {
    source: Source,
    id_len: usize,
    count: usize,
    /// Where the 256 counters start.
    fan_at: usize,
    /// Where the id of position 0 starts, and the distance from one to the next.
    ids_at: usize,
    id_step: usize,
    /// Where the 32-bit offset of position 0 starts, and the distance to the next.
    offsets_at: usize,
    offset_step: usize,
    /// Where the table of 64-bit offsets starts and how many it holds; none in version 1.
    large_at: usize,
    large: usize,
    /// Where the CRC-32 of position 0 stands, in version 2.
    crcs_at: Option<usize>,
}

/// Steps longer than this are no better than halving.
const GALLOP: usize = 4096;
/// Objects one pack may hold: its entries are numbered with 32 bits, two values are ours.
const MOST: usize = u32::MAX as usize - 8;

impl Index {
    /// Parses a mapped index file; `None` when its structure is wrong.
    pub(super) fn from_map(map: Map, id_len: usize) -> Option<Index> {
        Self::parse(Source::File(map), id_len)
    }

    /// Parses an index of version 2 in memory.
    pub(super) fn from_memory(bytes: Vec<u8>, id_len: usize) -> Option<Index> {
        Self::parse(Source::Memory(bytes), id_len)
    }

    fn parse(source: Source, id_len: usize) -> Option<Index> {
        let bytes = match &source {
            Source::File(map) => map.bytes(),
            Source::Memory(bytes) => bytes,
        };
        let second = bytes.starts_with(b"\xfftOc");
        let fan_at: usize = if second { 8 } else { 0 };
        let count = be32(bytes, fan_at.checked_add(255 * 4)?)? as usize;
        let table = fan_at + 1024;
        let body = bytes.len().checked_sub(table)?.checked_sub(2 * id_len)?;
        if count > MOST {
            return None;
        }
        let index = if second {
            let small = count.checked_mul(id_len + 8)?;
            let large = body.checked_sub(small)?;
            if be32(bytes, 4)? != 2 || large % 8 != 0 {
                return None;
            }
            let crcs_at = table + count * id_len;
            Index {
                id_len,
                count,
                fan_at,
                ids_at: table,
                id_step: id_len,
                offsets_at: crcs_at + count * 4,
                offset_step: 4,
                large_at: crcs_at + count * 8,
                large: large / 8,
                crcs_at: Some(crcs_at),
                source,
            }
        } else {
            if count.checked_mul(id_len + 4)? != body {
                return None;
            }
            Index {
                id_len,
                count,
                fan_at,
                ids_at: table + 4,
                id_step: id_len + 4,
                offsets_at: table,
                offset_step: id_len + 4,
                large_at: 0,
                large: 0,
                crcs_at: None,
                source,
            }
        };
        index.is_sorted().then_some(index)
    }

    /// True when the fan-out ascends and every id stands in order and in its bucket.
    fn is_sorted(&self) -> bool {
        let mut start = 0;
        for first in 0..=255u8 {
            let end = self.fan(first);
            if end < start || end > self.count {
                return false;
            }
            let mut before: &[u8] = &[first];
            for position in start..end {
                let id = self.id(position);
                if id < before || id[0] != first {
                    return false;
                }
                before = id;
            }
            start = end;
        }
        true
    }

    fn bytes(&self) -> &[u8] {
        match &self.source {
            Source::File(map) => map.bytes(),
            Source::Memory(bytes) => bytes,
        }
    }

    /// Number of objects.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Positions below this one hold ids whose first byte is at most `first`.
    pub(super) fn fan(&self, first: u8) -> usize {
        be32(self.bytes(), self.fan_at + 4 * usize::from(first)).map_or(0, |n| n as usize)
    }

    /// The raw id at `position`, which must be below the count.
    pub(super) fn id(&self, position: usize) -> &[u8] {
        let at = self.ids_at + position * self.id_step;
        &self.bytes()[at..at + self.id_len]
    }

    /// The offset of the entry of `position`; `None` when it points outside of the table of
    /// large offsets.
    pub(super) fn offset(&self, position: usize) -> Option<u64> {
        let short = be32(self.bytes(), self.offsets_at + position * self.offset_step)?;
        if self.crcs_at.is_none() || short & 0x8000_0000 == 0 {
            return Some(u64::from(short));
        }
        let row = (short & 0x7fff_ffff) as usize;
        if row >= self.large {
            return None;
        }
        let at = self.large_at + row * 8;
        let high = u64::from(be32(self.bytes(), at)?);
        let low = u64::from(be32(self.bytes(), at + 4)?);
        Some(high << 32 | low)
    }

    /// The CRC-32 of the packed entry, where the version has one.
    pub(super) fn crc(&self, position: usize) -> Option<u32> {
        be32(self.bytes(), self.crcs_at? + position * 4)
    }

    /// The checksum of the pack this index was made for.
    pub(super) fn pack_checksum(&self) -> &[u8] {
        let end = self.bytes().len() - self.id_len;
        &self.bytes()[end - self.id_len..end]
    }

    /// True when the index ends in the checksum of its own bytes.
    pub(super) fn is_sound(&self, format: ObjectFormat) -> bool {
        let (body, checksum) = self.bytes().split_at(self.bytes().len() - self.id_len);
        hash(format, body) == checksum
    }

    /// The position of an id. Ids are evenly spread, so the first guess is mostly a few
    /// positions off; where someone made them otherwise, halving takes over.
    pub(super) fn find(&self, id: &[u8]) -> Option<usize> {
        let first = *id.first()?;
        let mut low = match first {
            0 => 0,
            first => self.fan(first - 1),
        };
        let mut high = self.fan(first);
        let share = be32(id, 1)?;
        let mut guess = low + (((high - low) as u64 * u64::from(share)) >> 32) as usize;
        let mut step = 4;
        while low < high {
            match self.id(guess).cmp(id) {
                Ordering::Less => {
                    low = guess + 1;
                    guess = low + step;
                }
                Ordering::Greater => {
                    high = guess;
                    guess = guess.wrapping_sub(step);
                }
                Ordering::Equal => return Some(guess),
            }
            step *= 4;
            if !(low..high).contains(&guess) || step > GALLOP {
                guess = low + (high - low) / 2;
            }
        }
        None
    }
}

/// A big-endian 32-bit number at `at`.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let raw = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(raw.try_into().ok()?))
}

/// Writes an index of version 2 for `entries` of (id, offset, CRC-32), which it sorts, and a
/// pack that ends in `checksum`. Its own checksum stays zero: nobody but us reads it.
pub(super) fn write(
    entries: &mut [(Vec<u8>, u64, u32)],
    id_len: usize,
    checksum: &[u8],
) -> Vec<u8> {
    entries.sort_unstable();
    let mut out = b"\xfftOc\0\0\0\x02".to_vec();
    let mut below = 0usize;
    for first in 0..=255u8 {
        below += entries[below..].partition_point(|(id, ..)| id[0] <= first);
        out.extend((below as u32).to_be_bytes());
    }
    for (id, ..) in &*entries {
        out.extend(id);
    }
    for (.., crc) in &*entries {
        out.extend(crc.to_be_bytes());
    }
    let mut large = Vec::new();
    for (_, offset, _) in &*entries {
        let short = u32::try_from(*offset)
            .ok()
            .filter(|short| short & 0x8000_0000 == 0)
            .unwrap_or_else(|| {
                large.extend(offset.to_be_bytes());
                0x8000_0000 | (large.len() / 8 - 1) as u32
            });
        out.extend(short.to_be_bytes());
    }
    out.extend(large);
    let end = out.len() + 2 * id_len;
    out.extend(checksum);
    out.resize(end, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::Index;
    use super::write;

    fn sample() -> Vec<u8> {
        let mut entries = vec![
            (vec![9; 20], 12, 1),
            (vec![3; 20], 1 << 33, 2),
            (vec![255; 20], 0x9000_0000, 3),
        ];
        write(&mut entries, 20, &[7; 20])
    }

    #[test]
    fn finds_what_was_written() {
        let index = Index::from_memory(sample(), 20).unwrap();
        assert_eq!(index.count(), 3);
        assert_eq!(index.find(&[3; 20]), Some(0));
        assert_eq!(index.offset(0), Some(1 << 33));
        assert_eq!(index.offset(1), Some(12));
        assert_eq!(index.offset(2), Some(0x9000_0000));
        assert_eq!(index.crc(1), Some(1));
        assert_eq!(index.find(&[4; 20]), None);
    }

    #[test]
    fn finds_every_id_however_they_are_spread() {
        let id = |n: u32, spread: u32| {
            let mut id = vec![0; 20];
            id[1..5].copy_from_slice(&n.wrapping_mul(spread).to_be_bytes());
            id
        };
        for spread in [1, 7, 0x0100_0000 - 3, 4_294_967] {
            let ids: std::collections::BTreeSet<Vec<u8>> =
                (0..1000).map(|n| id(n, spread)).collect();
            let mut entries: Vec<_> = ids.iter().cloned().map(|id| (id, 12, 0)).collect();
            let index = Index::from_memory(write(&mut entries, 20, &[7; 20]), 20).unwrap();
            for (at, id) in ids.iter().enumerate() {
                assert_eq!(index.find(id), Some(at));
                let mut other = id.clone();
                other[19] = 1;
                assert_eq!(index.find(&other), None);
            }
        }
    }

    #[test]
    fn refuses_what_is_cut_or_unsorted() {
        let whole = sample();
        for len in 0..whole.len() {
            // A cut at a multiple of 8 can pass for a shorter table of large offsets.
            if let Some(index) = Index::from_memory(whole[..len].to_vec(), 20) {
                assert!(index.offset(0).is_none() || index.offset(2).is_none());
            }
        }
        let mut fan = whole.clone();
        fan[8 + 3] = 200;
        assert!(
            Index::from_memory(fan, 20).is_none(),
            "fan-out not ascending"
        );
        let mut ids = whole;
        ids[8 + 1024] = 9;
        assert!(
            Index::from_memory(ids, 20).is_none(),
            "id outside its bucket"
        );
    }
}
