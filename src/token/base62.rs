//! Numbers written in base 62 and base 36, as the tails of tokens hold them.
//! Only what fits 64 bits is needed, so there is no big-number arithmetic.

/// Digits, then capitals, then small letters: the order GitHub's tokens use.
pub(super) const DIGITS: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Digits, then small letters (Ruby's `to_s(36)`).
pub(super) const DIGITS36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// `value` in the base of `digits`, filled with zeros on the left up to `width`.
pub(super) fn encode(mut value: u64, digits: &[u8], width: usize) -> Vec<u8> {
    let base = digits.len() as u64;
    let mut out = Vec::with_capacity(width.max(11));
    while value > 0 {
        out.push(digits[(value % base) as usize]);
        value /= base;
    }
    while out.len() < width {
        out.push(digits[0]);
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers() {
        assert_eq!(encode(0, DIGITS, 6), b"000000");
        assert_eq!(encode(61, DIGITS, 2), b"0z");
        assert_eq!(encode(62, DIGITS, 1), b"10");
        assert_eq!(encode(u64::from(u32::MAX), DIGITS, 6), b"4gfFC3");
    }

    #[test]
    fn base_36() {
        assert_eq!(encode(35, DIGITS36, 2), b"0z");
        assert_eq!(encode(u64::from(u32::MAX), DIGITS36, 7), b"1z141z3");
    }
}
