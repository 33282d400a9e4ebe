//! Bech32 (BIP-173): text with a human-readable head and a six-character
//! checksum. Only the check and the making of samples are here; the limit of
//! 90 characters is not kept, as age and nostr do not keep it either.

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

fn step(sum: u32, value: u8) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = sum >> 25;
    let shifted = ((sum & 0x01ff_ffff) << 5) ^ u32::from(value);
    (0..5)
        .filter(|i| top >> i & 1 == 1)
        .fold(shifted, |sum, i| sum ^ GENERATOR[i])
}

fn polymod(head: &[u8], data: impl Iterator<Item = u8>) -> u32 {
    let low = |c: &u8| c.to_ascii_lowercase();
    let spread = head
        .iter()
        .map(|c| low(c) >> 5)
        .chain([0])
        .chain(head.iter().map(|c| low(c) & 31));
    spread.chain(data).fold(1, step)
}

/// The data bytes of Bech32 text with exactly this head (lower case), when
/// the checksum is right; `None` otherwise, also for mixed case.
pub(super) fn decode(head: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mixed = text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase);
    let text = text.to_ascii_lowercase();
    let data = text.strip_prefix(head)?.strip_prefix(b"1")?;
    let values: Vec<u8> = data
        .iter()
        .map(|c| ALPHABET.iter().position(|a| a == c).map(|p| p as u8))
        .collect::<Option<_>>()?;
    let body = values.len().checked_sub(6)?;
    if mixed || polymod(head, values.iter().copied()) != 1 {
        return None;
    }
    regroup(&values[..body])
}

/// Five-bit groups to bytes; the left-over bits must be fewer than five and zero.
fn regroup(values: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(values.len() * 5 / 8);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for v in values {
        bits = (bits << 5) | u32::from(*v);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    (held < 5 && bits == 0).then_some(out)
}

/// Bech32 text of `data` under `head`, in lower case.
pub(super) fn encode(head: &[u8], data: &[u8]) -> Vec<u8> {
    let mut values = Vec::with_capacity(data.len() * 8 / 5 + 7);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for b in data {
        bits = (bits << 8) | u32::from(*b);
        held += 8;
        while held >= 5 {
            held -= 5;
            values.push((bits >> held) as u8 & 31);
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        values.push((bits << (5 - held)) as u8 & 31);
    }
    let sum = polymod(head, values.iter().copied().chain([0; 6])) ^ 1;
    values.extend((0..6).map(|i| (sum >> (5 * (5 - i)) & 31) as u8));
    let mut text = head.to_vec();
    text.push(b'1');
    text.extend(values.iter().map(|v| ALPHABET[*v as usize]));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bip_173_vectors() {
        assert_eq!(decode(b"a", b"A12UEL5L"), Some(vec![]));
        assert_eq!(decode(b"a", b"a12uel5l"), Some(vec![]));
        assert!(decode(b"abcdef", b"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw").is_some());
        assert_eq!(decode(b"a", b"A12UEL5l"), None, "mixed case");
        assert_eq!(decode(b"a", b"a12uel5q"), None, "checksum");
    }

    #[test]
    fn round_trip() {
        for len in 0..40 {
            let data = super::super::Rng::new(len as u64).bytes(len);
            assert_eq!(decode(b"nsec", &encode(b"nsec", &data)), Some(data));
        }
    }
}
