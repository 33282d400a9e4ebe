//! Object ids as small numbers: an open-addressing table that keeps every id
//! once, packed, and names it by the order of arrival. A history has millions
//! of ids, so the 4 bytes of such a number are what the rest of this source stores.

use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::hash::BuildHasher;
use std::hash::RandomState;

/// The number of an id that is not there, and of nothing.
pub(super) const NONE: u32 = u32::MAX;

/// A set of ids with numbers from 0.
#[derive(Debug)]
pub(super) struct IdTable {
    format: ObjectFormat,
    ids: Vec<u8>,
    slots: Vec<u32>,
    // Trees may name ids that no hash function made, so the table's own hash is
    // keyed; the key orders nothing that anyone sees.
    keys: [u64; 2],
}

impl IdTable {
    pub(super) fn new(format: ObjectFormat) -> Self {
        let state = RandomState::new();
        IdTable {
            format,
            ids: Vec::new(),
            slots: vec![NONE; 64],
            keys: [state.hash_one(0_u8) | 1, state.hash_one(1_u8) | 1],
        }
    }

    pub(super) fn format(&self) -> ObjectFormat {
        self.format
    }

    /// All ids in the order of their numbers.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.ids
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len() / self.format.id_len()
    }

    /// The number of an id, given one now if it has none.
    ///
    /// # Panics
    /// After 4,294,967,294 ids, which need 86 GB.
    pub(super) fn intern(&mut self, id: &[u8]) -> u32 {
        debug_assert_eq!(id.len(), self.format.id_len());
        match self.probe(id) {
            Ok(number) => number,
            Err(slot) => {
                let number = u32::try_from(self.len()).expect("fewer than 2^32 objects");
                assert!(number != NONE, "fewer than 2^32 objects");
                self.ids.extend_from_slice(id);
                self.slots[slot] = number;
                if self.len() * 4 > self.slots.len() * 3 {
                    self.grow();
                }
                number
            }
        }
    }

    /// The number of an id, or [`NONE`].
    pub(super) fn get(&self, id: &[u8]) -> u32 {
        self.probe(id).unwrap_or(NONE)
    }

    pub(super) fn bytes(&self, number: u32) -> &[u8] {
        let len = self.format.id_len();
        let at = number as usize * len;
        &self.ids[at..at + len]
    }

    pub(super) fn id(&self, number: u32) -> ObjectId {
        ObjectId::from_bytes(self.format, self.bytes(number)).expect("the table holds whole ids")
    }

    fn probe(&self, id: &[u8]) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = self.hash(id) as usize & mask;
        loop {
            let number = self.slots[slot];
            if number == NONE {
                return Err(slot);
            }
            if self.bytes(number) == id {
                return Ok(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn hash(&self, id: &[u8]) -> u64 {
        let mut sum = self.keys[0];
        for word in id.chunks(8) {
            let mut padded = [0; 8];
            padded[..word.len()].copy_from_slice(word);
            let product = u128::from(u64::from_le_bytes(padded) ^ sum) * u128::from(self.keys[1]);
            sum = (product as u64) ^ ((product >> 64) as u64);
        }
        sum
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        self.slots.clear();
        self.slots.resize(size, NONE);
        for number in 0..self.len() as u32 {
            let mut slot = self.hash(self.bytes(number)) as usize & (size - 1);
            while self.slots[slot] != NONE {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = number;
        }
    }
}

/// The ids that someone wants to know about, numbered in their order.
#[derive(Debug)]
pub(super) struct Wanted {
    ids: IdTable,
    // One bit for the leading bits of an id. Nearly all of the tens of millions
    // of entries that a walk sees end at this bit, so it must fit the cache.
    filter: Vec<u64>,
}

impl Wanted {
    /// Takes in those of `ids` that are of this format, in any order.
    pub(super) fn new(format: ObjectFormat, ids: &[ObjectId]) -> Self {
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

    /// The number of an id, or [`NONE`].
    #[inline]
    pub(super) fn get(&self, id: &[u8]) -> u32 {
        let (word, bit) = self.place(id);
        if self.filter[word] & bit == 0 {
            NONE
        } else {
            self.ids.get(id)
        }
    }

    pub(super) fn format(&self) -> ObjectFormat {
        self.ids.format()
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn bytes(&self, number: u32) -> &[u8] {
        self.ids.bytes(number)
    }

    pub(super) fn id(&self, number: u32) -> ObjectId {
        self.ids.id(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_in_order_and_kept() {
        let mut table = IdTable::new(ObjectFormat::Sha1);
        let id = |n: u32| {
            let mut id = [0; 20];
            id[16..].copy_from_slice(&n.to_be_bytes());
            id
        };
        for n in 0..10_000 {
            assert_eq!(table.get(&id(n)), NONE);
            assert_eq!(table.intern(&id(n)), n);
        }
        for n in 0..10_000 {
            assert_eq!(table.intern(&id(n)), n);
            assert_eq!(table.id(n).as_bytes(), id(n));
        }
    }
}
