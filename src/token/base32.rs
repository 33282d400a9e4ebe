//! Base32 of RFC 4648, in capitals or small letters, without padding. Access
//! key ids, personal access tokens and coin seeds are written in it.

/// The alphabet in capitals.
pub(super) const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The alphabet in small letters.
pub(super) const ALPHABET_LOWER: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Decodes text of either case; bits that fill no byte are dropped.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for c in text {
        let digit = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a',
            b'2'..=b'7' => c - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(digit);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

/// Encodes with the given alphabet, without padding.
pub(super) fn encode(data: &[u8], alphabet: &[u8; 32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for b in data {
        bits = (bits << 8) | u32::from(*b);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(alphabet[(bits >> held) as usize & 31]);
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        out.push(alphabet[(bits << (5 - held)) as usize & 31]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4648_vectors() {
        for (plain, text) in [("f", "MY"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(encode(plain.as_bytes(), ALPHABET), text.as_bytes());
            assert_eq!(decode(text.as_bytes()).unwrap(), plain.as_bytes());
        }
        assert_eq!(decode(b"M1"), None);
    }
}
