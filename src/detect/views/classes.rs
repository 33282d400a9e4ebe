//! The one pass of views over every byte: where long runs of base64 characters
//! stand, and where a byte stands that may open an escape or close a string.
//! What they decode to is left to others; nearly all of them to nothing.
//!
//! Sixty-four bytes become two words of bits, a few instructions each, and most
//! words are done with at a glance. `unsafe` occurs twice: the call of a function
//! that needs instructions the processor was found to have, and a vector load.

/// Bytes that are classed at once.
pub(super) const BLOCK: usize = 64;

/// One bit for each byte of a block, the first byte lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits {
    /// Letters, digits, `+`, `/`, `-` and `_`.
    pub(super) run: u64,
    /// `%`, `&`, `\`, `"` and `'`.
    pub(super) mark: u64,
}

/// True for a character of base64, either alphabet (RFC 4648, sections 4 and 5), without padding.
#[inline]
pub(super) const fn is_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'%' | b'&' | b'\\' | b'"' | b'\'')
}

/// Classes `bytes` block by block; what is behind their end is of no class.
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "the processor must have the instructions")
)]
pub(super) fn classify(bytes: &[u8], out: &mut Vec<Bits>) {
    out.clear();
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the line above asked for them.
        return unsafe { avx2::classify(bytes, out) };
    }
    portable(bytes, out);
}

fn portable(bytes: &[u8], out: &mut Vec<Bits>) {
    const CLASS: [u8; 256] = {
        let mut class = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            class[byte] = is_run(byte as u8) as u8 | (is_mark(byte as u8) as u8) << 1;
            byte += 1;
        }
        class
    };
    for block in bytes.chunks(BLOCK) {
        let mut bits = Bits::default();
        for (at, byte) in block.iter().enumerate() {
            let class = u64::from(CLASS[usize::from(*byte)]);
            bits.run |= (class & 1) << at;
            bits.mark |= (class >> 1) << at;
        }
        out.push(bits);
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    //! The same by nibbles: two shuffles look up a set for the low and one for the high half of
    //! each byte, and the sets' intersection is not empty where the byte is of the class. It is
    //! how simdjson classes bytes (Langdale and Lemire, VLDB Journal 28(6), 2019).

    use super::BLOCK;
    use super::Bits;
    use std::arch::x86_64::*;

    /// Sets by high nibble: 1 `+-/`, 2 digits, 4 `A-O a-o`, 8 `P-Z p-z`, 16 `_`, 32 `% & " '`, 64 `\`.
    const HIGH: [u8; 16] = [
        0,
        0,
        1 | 32,
        2,
        4,
        8 | 16 | 64,
        4,
        8,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ];
    /// Sets by low nibble.
    const LOW: [u8; 16] = [
        2 | 8,
        2 | 4 | 8,
        2 | 4 | 8 | 32,
        2 | 4 | 8,
        2 | 4 | 8,
        2 | 4 | 8 | 32,
        2 | 4 | 8 | 32,
        2 | 4 | 8 | 32,
        2 | 4 | 8,
        2 | 4 | 8,
        4 | 8,
        1 | 4,
        4 | 64,
        1 | 4,
        4,
        1 | 4 | 16,
    ];

    #[target_feature(enable = "avx2")]
    pub(super) fn classify(bytes: &[u8], out: &mut Vec<Bits>) {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        out.reserve(blocks.len() + 1);
        for block in blocks {
            out.push(bits(block));
        }
        if !rest.is_empty() {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            out.push(bits(&block));
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn bits(block: &[u8; BLOCK]) -> Bits {
        let (halves, _) = block.as_chunks::<32>();
        let (low, high) = (half(&halves[0]), half(&halves[1]));
        Bits {
            run: u64::from(low.0) | u64::from(high.0) << 32,
            mark: u64::from(low.1) | u64::from(high.1) << 32,
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn half(bytes: &[u8; 32]) -> (u32, u32) {
        let bytes = load(bytes);
        let nibble = _mm256_set1_epi8(0x0f);
        let low = _mm256_shuffle_epi8(table(&LOW), _mm256_and_si256(bytes, nibble));
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble);
        let high = _mm256_shuffle_epi8(table(&HIGH), high);
        let sets = _mm256_and_si256(low, high);
        let zero = _mm256_setzero_si256();
        let run = _mm256_and_si256(sets, _mm256_set1_epi8(31));
        let no_run = _mm256_movemask_epi8(_mm256_cmpeq_epi8(run, zero)) as u32;
        let mark = _mm256_and_si256(sets, _mm256_set1_epi8(96));
        let no_mark = _mm256_movemask_epi8(_mm256_cmpeq_epi8(mark, zero)) as u32;
        (!no_run, !no_mark)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn table(set: &[u8; 16]) -> __m256i {
        let (low, _) = set.as_chunks::<8>();
        let (front, back) = (i64::from_le_bytes(low[0]), i64::from_le_bytes(low[1]));
        _mm256_setr_epi64x(front, back, front, back)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[expect(unsafe_code, reason = "a vector is read through a pointer")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: the reference is valid for reads of the 32 bytes, and the instruction asks for no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }
}

/// The runs of at least [`LEAST`] characters and all marks of a text, in order.
pub(super) struct Sieve {
    block: usize,
    open: Option<usize>,
}

/// The shortest run that is looked at.
pub(super) const LEAST: usize = 24;

impl Sieve {
    /// Begins a text.
    pub(super) const fn new() -> Self {
        Sieve {
            block: 0,
            open: None,
        }
    }

    /// Takes the next block; calls `run` with each run that ended and `mark` with each mark.
    #[inline]
    pub(super) fn push(
        &mut self,
        bits: Bits,
        mut run: impl FnMut(usize, usize),
        mut mark: impl FnMut(usize),
    ) {
        let base = self.block;
        self.block += BLOCK;
        let mut marks = bits.mark;
        while marks != 0 {
            mark(base + marks.trailing_zeros() as usize);
            marks &= marks - 1;
        }
        if bits.run == u64::MAX {
            self.open.get_or_insert(base);
            return;
        }
        let mut runs = bits.run;
        if let Some(start) = self.open.take() {
            let ended = runs.trailing_ones();
            runs &= u64::MAX << ended;
            let end = base + ended as usize;
            if end - start >= LEAST {
                run(start, end);
            }
        }
        let tail = runs.leading_ones() as usize;
        if tail > 0 {
            self.open = Some(base + BLOCK - tail);
            runs &= u64::MAX >> tail;
        }
        let mut long = runs & (runs >> 1);
        long &= long >> 2;
        long &= long >> 4;
        long &= long >> 8;
        long &= long >> 8;
        while long != 0 {
            let start = long.trailing_zeros();
            let length = (runs >> start).trailing_ones();
            run(base + start as usize, base + (start + length) as usize);
            long &= (u64::MAX << start) << length;
        }
    }

    /// Ends a text of `length` bytes.
    pub(super) fn finish(self, length: usize, mut run: impl FnMut(usize, usize)) {
        if let Some(start) = self.open
            && length - start >= LEAST
        {
            run(start, length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sieved(bytes: &[u8]) -> (Vec<(usize, usize)>, Vec<usize>) {
        let (mut all, mut runs, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        classify(bytes, &mut all);
        let mut sieve = Sieve::new();
        for bits in &all {
            sieve.push(*bits, |a, b| runs.push((a, b)), |at| marks.push(at));
        }
        sieve.finish(bytes.len(), |a, b| runs.push((a, b)));
        (runs, marks)
    }

    fn naive(bytes: &[u8]) -> (Vec<(usize, usize)>, Vec<usize>) {
        let mut runs = Vec::new();
        let mut start = 0;
        for end in 0..=bytes.len() {
            if end == bytes.len() || !is_run(bytes[end]) {
                if end - start >= LEAST {
                    runs.push((start, end));
                }
                start = end + 1;
            }
        }
        let marks = (0..bytes.len()).filter(|at| is_mark(bytes[*at])).collect();
        (runs, marks)
    }

    #[test]
    fn every_byte_has_its_class() {
        let bytes: Vec<u8> = (0..=255).collect();
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        classify(&bytes, &mut fast);
        portable(&bytes, &mut slow);
        assert_eq!(fast, slow);
    }

    proptest! {
        #[test]
        fn the_sieve_finds_what_a_loop_finds(text in "([A-Za-z0-9_/+-]{15,30}|[ %&\"'\\\\=]|[A-Z]{60,140}){0,30}") {
            prop_assert_eq!(sieved(text.as_bytes()), naive(text.as_bytes()));
        }
    }
}
