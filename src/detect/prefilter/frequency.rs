//! How often each pair of bytes occurs in real source text, and the 64 classes that kinds of bytes are told apart by.
//! Only speed depends on these figures: a wrong one makes a worse fingerprint, never a missed keyword.

/// Number of byte classes.
pub(super) const CLASSES: usize = 64;

/// The class of a byte: bits 0 to 4 and bit 6 of it. Letters of either case share a class, `0` and `P` do not; what
/// else falls together (tab and `)`, say) is told apart by the exact comparison at the end.
pub(super) const fn class(byte: u8) -> u8 {
    (byte >> 1) & 0x20 | byte & 0x1f
}

/// For each pair of classes, the first in the low six bits, ten times the binary logarithm of one over its
/// probability: the mean of three bodies of text of 16 MiB each, C (the Linux kernel), Rust (the crates this program
/// depends on), and a mixture of Python, JavaScript, Perl, shell, JSON and YAML. `cargo bench --bench prefilter --
/// --frequencies FOLDER...` counts them anew.
static RARITY: &[u8; CLASSES * CLASSES] = include_bytes!("frequency.bin");

/// The probabilities of classes and of pairs of them.
pub(super) struct Frequency {
    pub(super) single: [f32; CLASSES],
    pub(super) pair: Vec<f32>,
}

impl Frequency {
    pub(super) fn new() -> Frequency {
        let power: [f32; 256] = std::array::from_fn(|rarity| (-(rarity as f32) / 10.0).exp2());
        let pair: Vec<f32> = RARITY
            .iter()
            .map(|&rarity| power[usize::from(rarity)])
            .collect();
        let mut single = [0.0; CLASSES];
        for row in pair.as_chunks::<CLASSES>().0 {
            for (sum, probability) in single.iter_mut().zip(row) {
                *sum += probability;
            }
        }
        Frequency { single, pair }
    }

    /// The probability of a string, each byte of which is taken to depend on the one before it only.
    pub(super) fn of(&self, bytes: &[u8]) -> f32 {
        let at = |i: usize| usize::from(class(bytes[i]));
        let steps = (1..bytes.len())
            .map(|i| self.pair[at(i - 1) + CLASSES * at(i)] / self.single[at(i - 1)]);
        self.single[at(0)] * steps.product::<f32>()
    }

    /// How often the byte before this one is of these classes.
    pub(super) fn before(&self, byte: u8, classes: impl Fn(usize) -> bool) -> f32 {
        let row = CLASSES * usize::from(class(byte));
        let pairs = (0..CLASSES).filter(|&before| classes(before));
        let together: f32 = pairs.map(|before| self.pair[before + row]).sum();
        together / self.single[usize::from(class(byte))]
    }
}
