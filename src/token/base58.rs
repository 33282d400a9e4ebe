//! Base58 in Bitcoin's alphabet, and its form with a checksum. Decoding is
//! quadratic in the length, so what may be decoded is bounded.

use sha2::Digest;
use sha2::Sha256;

/// No `0`, `O`, `I`, `l`.
pub(super) const ALPHABET: &[u8; 58] =
    b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Characters that [`decode`] takes.
const LIMIT: usize = 256;

/// The bytes that `text` writes, leading zeros kept; `None` past 256 characters.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > LIMIT {
        return None;
    }
    let mut digits: Vec<u8> = Vec::with_capacity(text.len()); // little-endian, base 256
    for c in text {
        let mut carry = ALPHABET.iter().position(|a| a == c)? as u32;
        for d in &mut digits {
            carry += u32::from(*d) * 58;
            *d = carry as u8;
            carry >>= 8;
        }
        while carry > 0 {
            digits.push(carry as u8);
            carry >>= 8;
        }
    }
    digits.extend(text.iter().take_while(|c| **c == ALPHABET[0]).map(|_| 0));
    digits.reverse();
    Some(digits)
}

/// Writes bytes in base 58.
pub(super) fn encode(data: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = Vec::new(); // little-endian, base 58
    for b in data {
        let mut carry = u32::from(*b);
        for d in &mut digits {
            carry += u32::from(*d) << 8;
            *d = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    digits.extend(data.iter().take_while(|b| **b == 0).map(|_| 0));
    digits.iter().rev().map(|d| ALPHABET[*d as usize]).collect()
}

/// The payload of base58check text: the last four bytes are the head of the
/// payload's double SHA-256. `None` when they are not.
pub(super) fn decode_check(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = decode(text)?;
    let body = bytes.len().checked_sub(4)?;
    let (payload, sum) = bytes.split_at(body);
    if sum != &Sha256::digest(Sha256::digest(payload))[..4] {
        return None;
    }
    bytes.truncate(body);
    Some(bytes)
}

/// Base58check text of a payload.
pub(super) fn encode_check(payload: &[u8]) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    bytes.extend_from_slice(&Sha256::digest(Sha256::digest(payload))[..4]);
    encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draft_vectors() {
        // draft-msporny-base58, section 5.
        let cases: [(&[u8], &[u8]); 3] = [
            (b"Hello World!", b"2NEpo7TZRRrLZSi2U"),
            (b"\x00\x00\x28\x7f\xb4\xcd", b"11233QC4"),
            (b"", b""),
        ];
        for (plain, text) in cases {
            assert_eq!(encode(plain), text);
            assert_eq!(decode(text).unwrap(), plain);
        }
        assert_eq!(decode(b"0"), None);
    }

    #[test]
    fn checksum_round_trip() {
        let text = encode_check(b"\x80payload");
        assert_eq!(decode_check(&text).unwrap(), b"\x80payload");
        assert_eq!(decode_check(b"1"), None);
    }
}
