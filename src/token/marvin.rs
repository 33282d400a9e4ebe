//! Marvin32, the seeded hash that Microsoft's identifiable keys carry as their
//! checksum (SymCrypt, `marvin32.c`; Microsoft.Security.Utilities). It is a
//! checksum here: the seeds are public.

struct State(u32, u32);

impl State {
    fn mix(&mut self, word: u32) {
        self.0 = self.0.wrapping_add(word);
        self.1 ^= self.0;
        self.0 = self.0.rotate_left(20).wrapping_add(self.1);
        self.1 = self.1.rotate_left(9) ^ self.0;
        self.0 = self.0.rotate_left(27).wrapping_add(self.1);
        self.1 = self.1.rotate_left(19);
    }
}

fn hash64(data: &[u8], seed: u64) -> u64 {
    let mut state = State(seed as u32, (seed >> 32) as u32);
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        state.mix(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    }
    let mut last = [0_u8; 4];
    let rest = words.remainder();
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    state.mix(u32::from_le_bytes(last));
    state.mix(0);
    u64::from(state.1) << 32 | u64::from(state.0)
}

/// The hash folded to 32 bits, in the order keys store it.
pub(super) fn sum(data: &[u8], seed: u64) -> [u8; 4] {
    let hash = hash64(data, seed);
    ((hash >> 32) as u32 ^ hash as u32).to_le_bytes()
}

/// The seed that a name of eight characters stands for.
pub(super) const fn seed(name: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symcrypt_self_test_values() {
        assert_eq!(hash64(b"abc", 0xd53c_d9ce_cd08_93b7), 0x22c7_4339_4927_69bf);
        let alphabet = b"abcdefghijklmnopqrstuvwxyz";
        assert_eq!(
            hash64(alphabet, 0x0ddd_deee_efff_f000),
            0xa128_eb7e_7260_aca2
        );
        assert_eq!(seed(b"Default0"), 0x4465_6661_756c_7430);
    }
}
