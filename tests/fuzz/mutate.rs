//! Damages bytes the way fuzzers do: flipped bits, lengths that lie, pieces
//! doubled, cut out or taken from elsewhere. The same seed gives the same inputs.

use bowerbird::token::Rng;

/// Inputs longer than this are cut.
const LONGEST: usize = 1 << 16;

/// Numbers at which parsers go wrong.
const NUMBERS: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
];

/// Makes inputs out of seeds.
pub(super) struct Mutator {
    rng: Rng,
    seeds: Vec<Vec<u8>>,
}

impl Mutator {
    pub(super) fn new(name: &str, seeds: Vec<Vec<u8>>) -> Mutator {
        let seed = name.bytes().fold(1, |seed: u64, byte| {
            seed.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        Mutator {
            rng: Rng::new(seed),
            seeds,
        }
    }

    /// One to eight changes of one seed.
    pub(super) fn next(&mut self) -> Vec<u8> {
        let at = self.below(self.seeds.len());
        let mut bytes = self.seeds[at].clone();
        for _ in 0..=self.below(8) {
            self.change(&mut bytes);
            bytes.truncate(LONGEST);
        }
        bytes
    }

    fn below(&mut self, limit: usize) -> usize {
        self.rng.below(limit.max(1) as u64) as usize
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(32) + 1).min(bytes.len());
        let kind = self.below(9);
        match kind {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            2 if at < bytes.len() => bytes[at] = self.below(256) as u8,
            3 => self.number(bytes, at),
            4 => drop(bytes.drain(at.min(end)..end)),
            5 => {
                let piece = bytes[at.min(end)..end].to_vec();
                let times = 1 + self.below(if piece.len() < 4 { 2000 } else { 20 });
                bytes.splice(at..at, piece.repeat(times));
            }
            6 => bytes.truncate(at),
            7 => {
                let other = self.below(self.seeds.len());
                let other = self.seeds[other].clone();
                let from = self.below(other.len() + 1);
                bytes.splice(at.min(end)..end, other[from..].iter().take(64).copied());
            }
            _ => {
                let byte = self.below(256) as u8;
                bytes.insert(at, byte);
            }
        }
    }

    /// Writes a number over what stands there, in either order, or as digits.
    fn number(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let number = NUMBERS[self.below(NUMBERS.len())];
        let width = 1 << self.below(4);
        let written = match self.below(3) {
            0 => number.to_le_bytes()[..width].to_vec(),
            1 => number.to_be_bytes()[8 - width..].to_vec(),
            _ => number.to_string().into_bytes(),
        };
        let end = (at + written.len()).min(bytes.len());
        bytes.splice(at..end, written);
    }
}
