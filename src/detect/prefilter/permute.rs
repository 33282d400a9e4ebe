//! The filter for AVX-512 with VBMI: one instruction looks up 64 bytes at once in a table of 64 byte classes, so
//! sixteen of them test 64 positions for windows of four bytes in 32 buckets. What passes is checked by others.

use std::arch::x86_64::*;

use super::List;
use super::frequency::CLASSES;
use super::plan::BUCKETS;
use super::plan::WINDOW;

/// Positions that are tested at once.
const LANES: usize = 64;
/// Buckets that fit a lane.
const GROUP: usize = 8;
const GROUPS: usize = BUCKETS / GROUP;

/// A table of eight buckets: those that each byte class is in.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Table([u8; CLASSES]);

/// For each eight buckets the table of each byte of a window.
#[derive(Debug)]
pub(super) struct PermuteFilter {
    tables: Box<[[Table; WINDOW]; GROUPS]>,
}

impl PermuteFilter {
    /// Whether the processor has the instructions of [`PermuteFilter::survivors`].
    pub(super) fn is_available() -> bool {
        is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
    }

    /// The filter of a [`Plan`](super::plan::Plan) with four columns of single bytes.
    pub(super) fn new(columns: &[Vec<u32>]) -> PermuteFilter {
        let mut tables = Box::new([[Table([0; CLASSES]); WINDOW]; GROUPS]);
        for (byte, column) in columns.iter().enumerate() {
            for (class, buckets) in column.iter().enumerate() {
                for (tables, eight) in tables.iter_mut().zip(buckets.to_le_bytes()) {
                    tables[byte].0[class] = eight;
                }
            }
        }
        PermuteFilter { tables }
    }

    /// Lists the positions below `count` where `text` passes, and returns how many there are.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,popcnt,bmi1,bmi2")]
    pub(super) fn survivors(&self, text: &[u8], count: usize, list: &mut List) -> usize {
        let mut found = 0;
        let mut here = classes(text, 0);
        for at in (0..count).step_by(LANES) {
            let next = classes(text, at + LANES);
            let passed = self.test(here, next) & lanes_before(count - at);
            found = append(passed, at as u16, found, list);
            here = next;
        }
        found
    }

    /// The lanes of `here` where a window of some bucket begins; it may end in `next`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn test(&self, here: __m512i, next: __m512i) -> u64 {
        let ahead = _mm512_alignr_epi64::<2>(next, here);
        let second = _mm512_alignr_epi8::<1>(ahead, here);
        let third = _mm512_alignr_epi8::<2>(ahead, here);
        let fourth = _mm512_alignr_epi8::<3>(ahead, here);
        let mut any = _mm512_setzero_si512();
        for [a, b, c, d] in &*self.tables {
            let front = _mm512_and_si512(look_up(a, here), look_up(b, second));
            let back = _mm512_and_si512(look_up(c, third), look_up(d, fourth));
            any = _mm512_or_si512(any, _mm512_and_si512(front, back));
        }
        _mm512_test_epi8_mask(any, any)
    }
}

/// The buckets of 64 byte classes.
#[inline]
#[target_feature(enable = "avx512f,avx512vbmi")]
fn look_up(table: &Table, classes: __m512i) -> __m512i {
    _mm512_permutexvar_epi8(classes, from_bytes(&table.0))
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

/// The classes of the 64 bytes at `at`, that of a zero byte behind the end of `text` and for bytes beyond `~`, which
/// no literal has.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,bmi2")]
#[expect(unsafe_code, reason = "a vector is read through a pointer")]
fn classes(text: &[u8], at: usize) -> __m512i {
    let inside = lanes_before(text.len().saturating_sub(at));
    // SAFETY: `inside` has a bit for those bytes only that lie in `text`; the instruction does not touch the others.
    let bytes = unsafe { _mm512_maskz_loadu_epi8(inside, text.as_ptr().wrapping_add(at).cast()) };
    let bit_six = _mm512_and_si512(_mm512_srli_epi16::<1>(bytes), _mm512_set1_epi8(0x20));
    let classes = _mm512_or_si512(bit_six, _mm512_and_si512(bytes, _mm512_set1_epi8(0x1f)));
    let printable = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x7f));
    _mm512_maskz_mov_epi8(printable, classes)
}

/// The lowest `count` bits, at most all 64.
#[inline]
#[target_feature(enable = "bmi2")]
fn lanes_before(count: usize) -> u64 {
    _bzhi_u64(u64::MAX, count.min(LANES) as u32)
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
