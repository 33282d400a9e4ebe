//! Which entries of several packs are copies of one object. Every bucket of the
//! fan-out is sorted on its own, so that finding them is linear in the number of
//! objects however many packs a repository has gathered.

use rayon::prelude::*;

use super::pack::Pack;

/// For each pack a bit for each index position that an earlier pack, or an earlier position
/// of the same one, also holds. Empty when there is only one pack.
#[derive(Debug, Default)]
pub(super) struct Duplicates(Vec<Vec<u64>>);

impl Duplicates {
    /// Compares the indexes of all packs.
    pub(super) fn find(packs: &[Pack]) -> Duplicates {
        if packs.len() < 2 {
            return Duplicates::default();
        }
        let found: Vec<(u32, u32)> = (0..=255u8)
            .into_par_iter()
            .flat_map_iter(|first| bucket(packs, first))
            .collect();
        let mut bits: Vec<Vec<u64>> = packs
            .iter()
            .map(|pack| vec![0; pack.index.count().div_ceil(64)])
            .collect();
        for (pack, position) in found {
            bits[pack as usize][position as usize / 64] |= 1 << (position % 64);
        }
        Duplicates(bits)
    }

    /// True for a copy that is to be left out.
    pub(super) fn holds(&self, pack: usize, position: usize) -> bool {
        self.0
            .get(pack)
            .is_some_and(|bits| bits[position / 64] & 1 << (position % 64) != 0)
    }
}

/// The copies among the ids that start with `first`.
fn bucket(packs: &[Pack], first: u8) -> Vec<(u32, u32)> {
    let mut all: Vec<(&[u8], u32, u32)> = Vec::new();
    for (number, pack) in packs.iter().enumerate() {
        let start = first
            .checked_sub(1)
            .map_or(0, |before| pack.index.fan(before));
        let ids = start..pack.index.fan(first);
        all.extend(ids.map(|at| (pack.index.id(at), number as u32, at as u32)));
    }
    all.sort_unstable();
    all.windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .map(|pair| (pair[1].1, pair[1].2))
        .collect()
}
