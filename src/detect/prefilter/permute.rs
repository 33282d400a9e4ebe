//! The filter for AVX-512 with VBMI: one instruction looks up 64 bytes at once in a table of 64 byte classes, so
//! sixteen of them test 64 positions for windows of four bytes in 32 buckets. What passes is checked by others.

use std::arch::x86_64::*;

use super::List;
use super::frequency::CLASSES;
use super::plan::BUCKETS;
use super::plan::Plan;
use super::plan::WINDOW;

/// Positions that are tested at once.
const LANES: usize = 64;
/// Buckets that fit a lane.
const GROUP: usize = 8;
const GROUPS: usize = BUCKETS / GROUP;

/// For each byte of a window and each eight buckets: the buckets that every byte class is in.
#[derive(Debug)]
pub(super) struct PermuteFilter {
    tables: Box<[[[u8; CLASSES]; GROUPS]; WINDOW]>,
}

impl PermuteFilter {
    /// Whether the processor has the instructions of [`PermuteFilter::survivors`].
    pub(super) fn is_available() -> bool {
        is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("popcnt")
    }

    pub(super) fn new(plan: &Plan<1>) -> PermuteFilter {
        let mut tables = Box::new([[[0; CLASSES]; GROUPS]; WINDOW]);
        for (tables, column) in tables.iter_mut().zip(&plan.columns) {
            for (class, buckets) in column.iter().enumerate() {
                for (table, byte) in tables.iter_mut().zip(buckets.to_le_bytes()) {
                    table[class] = byte;
                }
            }
        }
        PermuteFilter { tables }
    }

    /// Lists the positions below `count` where `text` passes, and returns how many there are.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,popcnt")]
    pub(super) fn survivors(&self, text: &[u8], count: usize, list: &mut List) -> usize {
        let tables: [[__m512i; GROUPS]; WINDOW] = self
            .tables
            .map(|column| column.map(|table| from_bytes(&table)));
        let mut found = 0;
        let mut here = classes(text, 0);
        for at in (0..count).step_by(LANES) {
            let next = classes(text, at + LANES);
            let mut passed = survive(&tables, here, next);
            if count - at < LANES {
                passed &= (1 << (count - at)) - 1;
            }
            found = append(passed, at as u16, found, list);
            here = next;
        }
        found
    }
}

/// The lanes of `here` where a window of some bucket begins; it may end in `next`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn survive(tables: &[[__m512i; GROUPS]; WINDOW], here: __m512i, next: __m512i) -> u64 {
    let ahead = _mm512_alignr_epi64::<2>(next, here);
    let columns = [
        here,
        _mm512_alignr_epi8::<1>(ahead, here),
        _mm512_alignr_epi8::<2>(ahead, here),
        _mm512_alignr_epi8::<3>(ahead, here),
    ];
    let mut any = _mm512_setzero_si512();
    for group in 0..GROUPS {
        let [a, b, c, d] =
            std::array::from_fn(|i| _mm512_permutexvar_epi8(columns[i], tables[i][group]));
        any = _mm512_or_si512(
            any,
            _mm512_and_si512(_mm512_and_si512(a, b), _mm512_and_si512(c, d)),
        );
    }
    _mm512_test_epi8_mask(any, any)
}

/// Appends the positions `at` + the numbers of the set bits to the first `found` of `list`; returns their new number.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
fn append(passed: u64, at: u16, found: usize, list: &mut List) -> usize {
    const LANE: [u8; LANES] = {
        let mut lane = [0; LANES];
        let mut i = 0;
        while i < LANES {
            lane[i] = i as u8;
            i += 1;
        }
        lane
    };
    let lanes = _mm512_maskz_compress_epi8(passed, from_bytes(&LANE));
    let few = _mm256_cvtepu8_epi16(_mm512_castsi512_si128(lanes));
    let few = _mm256_add_epi16(few, _mm256_set1_epi16(at as i16));
    let to: &mut [u16; 16] = list[found..]
        .first_chunk_mut()
        .expect("the list has room beyond the last position");
    store(few, to);
    let number = passed.count_ones() as usize;
    if number > 16 {
        let mut rest = passed;
        for place in &mut list[found..found + number] {
            *place = at + rest.trailing_zeros() as u16;
            rest &= rest - 1;
        }
    }
    found + number
}

/// The classes of the 64 bytes at `at`, that of a zero byte behind the end of `text`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn classes(text: &[u8], at: usize) -> __m512i {
    let rest = text.get(at..).unwrap_or_default();
    let bytes = match rest.first_chunk() {
        Some(bytes) => from_bytes(bytes),
        None => {
            let mut bytes = [0; LANES];
            bytes[..rest.len()].copy_from_slice(rest);
            from_bytes(&bytes)
        }
    };
    let bit_six = _mm512_and_si512(_mm512_srli_epi16::<1>(bytes), _mm512_set1_epi8(0x20));
    _mm512_or_si512(bit_six, _mm512_and_si512(bytes, _mm512_set1_epi8(0x1f)))
}

#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "a vector is read through a pointer")]
fn from_bytes(bytes: &[u8; LANES]) -> __m512i {
    // SAFETY: the reference is valid for reads of the 64 bytes, and the instruction asks for no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "a vector is written through a pointer")]
fn store(vector: __m256i, to: &mut [u16; 16]) {
    // SAFETY: the reference is valid for writes of the 32 bytes, and the instruction asks for no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), vector) }
}
