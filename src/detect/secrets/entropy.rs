//! Shannon entropy of short byte strings, the cheapest sign of randomness. It
//! is a filter for rules that ask for it, never a detector by itself.

/// Shannon entropy in bits per byte, times 100; 0 for an empty string.
pub(super) fn shannon_centi(bytes: &[u8]) -> u16 {
    if bytes.is_empty() {
        return 0;
    }
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum();
    (bits * 100.0) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_has_none_and_all_bytes_have_eight_bits() {
        assert_eq!(shannon_centi(b"aaaaaaaa"), 0);
        assert_eq!(shannon_centi(b"abababab"), 100);
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(shannon_centi(&all), 800);
    }
}
