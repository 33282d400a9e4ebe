//! The filter for every machine: looks at pairs of bytes, at every second position only, in two tables of 16 KiB.
//! It is plain safe code that the compiler also translates for AVX2; what passes is checked by others.

use super::BLOCK;
use super::List;
use super::frequency::CLASSES;
use super::frequency::class;

const CELLS: usize = CLASSES * CLASSES;

/// The pairs of a block and the one behind them.
pub(super) type Pairs = [u16; BLOCK / 2 + 1];

/// For each pair of byte classes the buckets whose windows have it first, and those whose windows have it last.
#[derive(Debug)]
pub(super) struct PairFilter {
    first: Box<[u32; CELLS]>,
    last: Box<[u32; CELLS]>,
}

impl PairFilter {
    /// The filter of a [`Plan`](super::plan::Plan) with two columns of pairs.
    pub(super) fn new(columns: Vec<Vec<u32>>) -> PairFilter {
        let mut columns = columns.into_iter().map(|column| {
            let column: Box<[u32; CELLS]> = column
                .try_into()
                .expect("a column of pairs has CELLS cells");
            column
        });
        let mut column = || {
            columns
                .next()
                .expect("a window of four bytes has two pairs")
        };
        PairFilter {
            first: column(),
            last: column(),
        }
    }

    /// Whether the processor has the instructions of [`PairFilter::survivors_avx2`].
    #[cfg(target_arch = "x86_64")]
    pub(super) fn has_avx2() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
    }

    /// Lists the even positions below `count` where `text` passes, and returns how many there are.
    #[inline(always)]
    pub(super) fn survivors(
        &self,
        text: &[u8],
        count: usize,
        pairs: &mut Pairs,
        list: &mut List,
    ) -> usize {
        let count = count.div_ceil(2);
        fold(text, &mut pairs[..count + 1]);
        let mut found = 0;
        let mut buckets = self.first[usize::from(pairs[0]) % CELLS];
        for (i, &pair) in pairs[1..count + 1].iter().enumerate() {
            list[found] = 2 * i as u16;
            found += usize::from(buckets & self.last[usize::from(pair) % CELLS] != 0);
            buckets = self.first[usize::from(pair) % CELLS];
        }
        found
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    pub(super) fn survivors_avx2(
        &self,
        text: &[u8],
        count: usize,
        pairs: &mut Pairs,
        list: &mut List,
    ) -> usize {
        self.survivors(text, count, pairs, list)
    }
}

/// Writes the classes of the bytes two by two, with zeroes behind the end of `text`.
#[inline(always)]
fn fold(text: &[u8], pairs: &mut [u16]) {
    let (whole, rest) = text.as_chunks::<2>();
    for (bytes, pair) in whole.iter().zip(&mut *pairs) {
        let word = u16::from_le_bytes(*bytes);
        let classes = word >> 1 & 0x2020 | word & 0x1f1f;
        *pair = classes & 0x3f | classes >> 2 & 0x3f << 6;
    }
    if let Some(beyond) = pairs.get_mut(whole.len()..) {
        beyond.fill(0);
        if let (Some(pair), Some(&byte)) = (beyond.first_mut(), rest.first()) {
            *pair = u16::from(class(byte));
        }
    }
}
