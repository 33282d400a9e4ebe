//! Numbers for the objects of a store: what millions of references between them,
//! and what is known about each, are kept by. They follow from the order in which
//! packs and loose objects were listed and cost no memory; they mean nothing to a
//! store that is opened again.

use crate::model::object::ObjectId;

use super::store::Store;

impl Store {
    pub(super) fn give_numbers(&mut self) {
        let counts = self.packs.iter().map(|pack| pack.index.count());
        let mut next = 0_u32;
        for count in counts.chain([self.loose.len(), 0]) {
            self.numbers.push(next);
            next = u32::try_from(count)
                .ok()
                .and_then(|count| next.checked_add(count))
                .expect("fewer than 2^32 objects, whose ids alone need 86 GB");
        }
    }

    /// The number of the object with this raw id: that of the copy which a walk shows. Numbers
    /// hold for this store as it was opened, and some below [`count`](Store::count) are not used.
    pub fn number(&self, id: &[u8]) -> Option<u32> {
        for (pack, first) in self.packs.iter().zip(&self.numbers) {
            if let Some(position) = pack.index.find(id) {
                return Some(first + position as u32);
            }
        }
        let at = self
            .loose
            .partition_point(|(loose, _)| loose.as_bytes() < id);
        let (found, _) = self.loose.get(at)?;
        (found.as_bytes() == id).then(|| self.numbers[self.packs.len()] + at as u32)
    }

    /// Says for each of these raw ids, which must be sorted, where copies of it are: its position
    /// in the list and a number, that of the copy which a walk shows first. Linear in what is listed.
    pub fn locate(&self, ids: &[u8], found: &mut dyn FnMut(usize, u32)) {
        let len = self.format.id_len();
        let count = ids.len() / len;
        let id = |at: usize| &ids[at * len..][..len];
        for (pack, first) in self.packs.iter().zip(&self.numbers) {
            let mut at = 0;
            for position in 0..pack.index.count() {
                let wanted = pack.index.id(position);
                at = skip_to(at, count, |at| id(at) < wanted);
                if at < count && id(at) == wanted {
                    found(at, first + position as u32);
                }
            }
        }
        let mut at = 0;
        for (position, (wanted, _)) in self.loose.iter().enumerate() {
            at = skip_to(at, count, |at| id(at) < wanted.as_bytes());
            if at < count && id(at) == wanted.as_bytes() {
                found(at, self.numbers[self.packs.len()] + position as u32);
            }
        }
    }

    /// All numbers are below this one.
    pub fn count(&self) -> u32 {
        self.numbers.last().copied().unwrap_or(0)
    }

    /// The id of the object of that number, which must be below the count.
    pub fn id(&self, number: u32) -> ObjectId {
        ObjectId::from_bytes(self.format, self.raw_id(number))
            .expect("what the store lists is of its format")
    }

    /// The same id as bytes.
    pub fn raw_id(&self, number: u32) -> &[u8] {
        let pack = self.numbers[1..].partition_point(|&end| end <= number);
        let at = (number - self.numbers[pack]) as usize;
        match self.packs.get(pack) {
            Some(pack) => pack.index.id(at),
            None => self.loose[at].0.as_bytes(),
        }
    }
}

/// The first position from `at` on that is not `below` any more, by steps that double: cheap
/// when it is near, and when it is far.
fn skip_to(at: usize, end: usize, below: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut step) = (at, 1);
    while low < end && below(low) {
        let next = (low + step).min(end);
        if next < end && below(next) {
            low = next;
            step *= 2;
        } else {
            let (mut from, mut to) = (low + 1, next);
            while from < to {
                let middle = from + (to - from) / 2;
                if below(middle) {
                    from = middle + 1;
                } else {
                    to = middle;
                }
            }
            return from;
        }
    }
    low
}
