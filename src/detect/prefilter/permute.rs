//! The filter for AVX-512 with VBMI: one instruction looks up 64 bytes at once in a table of 64 byte classes, so
//! sixteen of them test 64 positions for windows of four bytes in 32 buckets. What passes is checked by others.

use std::arch::x86_64::*;

use super::BLOCK;
use super::List;
use super::confirm::FACTOR;
use super::confirm::FOLD;
use super::confirm::LATER;
use super::confirm::SEEN_BITS;
use super::confirm::Seen;
use super::confirm::THREE;
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

    /// Lists the positions below `count` where `text` passes and a key has been seen, and returns how many there are.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,popcnt,bmi1,bmi2")]
    pub(super) fn survivors(
        &self,
        text: &[u8],
        count: usize,
        seen: &Seen,
        list: &mut List,
    ) -> usize {
        let passed = self.filter(text, count, list);
        sift(text, seen, list, passed)
    }

    /// Lists the positions below `count` where `text` passes the buckets.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,popcnt,bmi1,bmi2")]
    fn filter(&self, text: &[u8], count: usize, list: &mut List) -> usize {
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

/// [`Confirm::sift`](super::confirm::Confirm::sift), sixteen positions at a time. Those too near to the end of the
/// text for a whole word stay.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt,bmi2")]
fn sift(text: &[u8], seen: &Seen, list: &mut List, count: usize) -> usize {
    let whole = _mm512_set1_epi32(text.len().min(2 * BLOCK) as i32 - 4);
    let mut kept = 0;
    for i in (0..count).step_by(16) {
        let places: &[u16; 16] = list[i..]
            .first_chunk()
            .expect("the list has room beyond the last position");
        let steps = _mm512_cvtepu16_epi32(load(places));
        let valid = lanes_before((count - i).min(16)) as u16;
        let inside = _mm512_mask_cmple_epi32_mask(valid, steps, whole);
        let words = words(text, steps, inside);
        let words = _mm512_or_si512(words, _mm512_set1_epi32(FOLD as i32));
        let first = _mm512_and_si512(words, _mm512_set1_epi32(THREE as i32));
        let later = _mm512_or_si512(
            _mm512_srli_epi32::<8>(words),
            _mm512_set1_epi32(LATER as i32),
        );
        let known = has_seen(seen, words) | has_seen(seen, first) | has_seen(seen, later);
        let stay = (known & inside) | (valid & !inside);
        let staying = _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(stay, steps));
        let to: &mut [u16; 16] = list[kept..]
            .first_chunk_mut()
            .expect("fewer stay than there were");
        store(staying, to);
        kept += stay.count_ones() as usize;
    }
    kept
}

/// The lanes whose key has a bit in `seen`.
#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "a table is read through a pointer")]
fn has_seen(seen: &Seen, keys: __m512i) -> u16 {
    let hashes = _mm512_mullo_epi32(keys, _mm512_set1_epi32(FACTOR as i32));
    let places = _mm512_srli_epi32::<{ 32 - SEEN_BITS + 5 }>(hashes);
    // SAFETY: a hash shifted so far is less than the number of words of `Seen`.
    let words = unsafe { _mm512_i32gather_epi32::<4>(places, seen.as_ptr().cast()) };
    let bits = _mm512_srli_epi32::<{ 32 - SEEN_BITS }>(hashes);
    let bits = _mm512_and_si512(bits, _mm512_set1_epi32(31));
    _mm512_test_epi32_mask(words, _mm512_sllv_epi32(_mm512_set1_epi32(1), bits))
}

/// The four bytes of `text` at each of the lanes' positions, which must be `inside`.
#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "text is read through a pointer")]
fn words(text: &[u8], at: __m512i, inside: u16) -> __m512i {
    let none = _mm512_setzero_si512();
    // SAFETY: only lanes of `inside` are read, which the caller has found to be at least four bytes before the end.
    unsafe { _mm512_mask_i32gather_epi32::<1>(none, inside, at, text.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
#[expect(unsafe_code, reason = "a vector is read through a pointer")]
fn load(from: &[u16; 16]) -> __m256i {
    // SAFETY: the reference is valid for reads of the 32 bytes, and the instruction asks for no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
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
