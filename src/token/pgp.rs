//! OpenPGP private keys (RFC 4880 and RFC 9580): the armor with its CRC-24,
//! and the first packet, which must be a secret key. How the secret numbers
//! are protected follows the public ones, so these are walked over.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base64;
use super::crc::crc24;
use super::date;
use super::pem;

/// Bytes of armor; keys with many signatures are long.
const LIMIT: usize = 256 << 10;

/// What the armor holds: the packets, and whether the checksum is right, if there is one.
struct Armor {
    packets: Vec<u8>,
    sum: Option<bool>,
}

fn unarmor(text: &str) -> Option<Armor> {
    let (_, rest) = text.split_once("-----BEGIN PGP PRIVATE KEY BLOCK-----")?;
    let (body, _) = rest.split_once("-----END PGP PRIVATE KEY BLOCK-----")?;
    let body = pem::unescape(body);
    let mut code = String::new();
    let mut sum = None;
    for line in body.lines() {
        let line = pem::base64_part(line);
        if line.contains(": ") {
            continue;
        }
        match line.strip_prefix('=') {
            Some(coded) if coded.len() == 4 => sum = base64::decode(coded.as_bytes()),
            _ => code.push_str(line),
        }
    }
    let packets = base64::decode(code.as_bytes())?;
    let sum = sum.map(|sum| sum == crc24(&packets).to_be_bytes()[1..]);
    Some(Armor { packets, sum })
}

/// The body of the first packet and its tag.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (head, rest) = bytes.split_first()?;
    let number = |len: usize| {
        let (bytes, rest) = rest.split_at_checked(len)?;
        let value = bytes
            .iter()
            .fold(0_usize, |n, b| (n << 8) | usize::from(*b));
        Some((value, rest))
    };
    let (tag, (len, rest)) = match head {
        0x80..=0xbf => {
            let tag = (head >> 2) & 15;
            match head & 3 {
                3 => (tag, (rest.len(), rest)),
                size => (tag, number(1 << size)?),
            }
        }
        0xc0..=0xff => {
            let (first, after) = rest.split_first()?;
            let first = usize::from(*first);
            let sized = match first {
                0..=191 => (first, after),
                192..=223 => {
                    let (second, after) = after.split_first()?;
                    (((first - 192) << 8) + usize::from(*second) + 192, after)
                }
                255 => {
                    let (bytes, after) = after.split_first_chunk::<4>()?;
                    (usize::try_from(u32::from_be_bytes(*bytes)).ok()?, after)
                }
                // Partial lengths are for data, not for keys.
                _ => return None,
            };
            (head & 63, sized)
        }
        _ => return None,
    };
    Some((tag, rest.get(..len)?))
}

/// Skips a multiprecision integer; its bits.
fn mpi(bytes: &mut &[u8]) -> Option<usize> {
    let (head, rest) = bytes.split_first_chunk::<2>()?;
    let bits = usize::from(u16::from_be_bytes(*head));
    *bytes = rest.get(bits.div_ceil(8)..)?;
    Some(bits)
}

/// Skips a field whose length is its first byte.
fn short(bytes: &mut &[u8]) -> Option<usize> {
    let (len, rest) = bytes.split_first()?;
    *bytes = rest.get(usize::from(*len)..)?;
    Some(usize::from(*len))
}

/// Walks over the public numbers; the algorithm's name and bits.
fn public(algorithm: u8, bytes: &mut &[u8]) -> Option<(&'static str, usize)> {
    let mpis = |bytes: &mut &[u8], count: usize| {
        let first = mpi(bytes)?;
        for _ in 1..count {
            mpi(bytes)?;
        }
        Some(first)
    };
    let mut fixed = |len: usize| {
        *bytes = bytes.get(len..)?;
        Some(len * 8)
    };
    Some(match algorithm {
        25 => ("X25519", fixed(32)?),
        26 => ("X448", fixed(56)?),
        27 => ("Ed25519", fixed(32)?),
        28 => ("Ed448", fixed(57)?),
        1..=3 => ("RSA", mpis(bytes, 2)?),
        16 => ("Elgamal", mpis(bytes, 3)?),
        17 => ("DSA", mpis(bytes, 4)?),
        18 => {
            short(bytes)?;
            mpi(bytes)?;
            short(bytes)?;
            ("ECDH", 0)
        }
        19 | 22 => {
            short(bytes)?;
            mpi(bytes)?;
            (if algorithm == 19 { "ECDSA" } else { "EdDSA" }, 0)
        }
        _ => return None,
    })
}

/// What a secret key packet says: algorithm, bits, creation time, protection.
fn secret_key(body: &[u8]) -> Option<(&'static str, usize, u32, &'static str)> {
    let (head, mut rest) = body.split_first_chunk::<6>()?;
    let [version, t0, t1, t2, t3, algorithm] = *head;
    if !matches!(version, 4..=6) {
        return None;
    }
    if version > 4 {
        rest = rest.get(4..)?;
    }
    let (name, bits) = public(algorithm, &mut rest)?;
    let protection = match rest {
        [0, ..] => "no",
        // GNU's extension: the secret is kept elsewhere.
        [253..=255, _, 101, ..] => "kept elsewhere",
        [_, ..] => "yes",
        [] => return None,
    };
    Some((name, bits, u32::from_be_bytes([t0, t1, t2, t3]), protection))
}

/// Judges text that holds the armor.
pub(super) fn judge(secret: &[u8]) -> Outcome {
    if secret.len() > LIMIT {
        return Outcome::Unknown;
    }
    let text = String::from_utf8_lossy(secret);
    if !text.contains("-----END PGP PRIVATE KEY BLOCK-----") {
        return Outcome::Unknown;
    }
    let Some(armor) = unarmor(&text) else {
        return Outcome::Invalid;
    };
    let Some((5 | 7, body)) = packet(&armor.packets) else {
        return Outcome::Invalid;
    };
    let outcome = armor.sum.map_or_else(Outcome::structure, Outcome::proven);
    match secret_key(body) {
        Some((name, bits, created, protection)) => outcome
            .fact("algorithm", name)
            .fact(
                "bits",
                if bits > 0 {
                    bits.to_string()
                } else {
                    String::new()
                },
            )
            .fact("encrypted", protection)
            .fact("created", date::format(created.into()).unwrap_or_default()),
        None => outcome,
    }
}

/// An OpenPGP private key block. The argument is `none` (when empty) or `encrypted`.
pub(super) struct PgpKey;

impl TokenFormat for PgpKey {
    fn name(&self) -> &'static str {
        "pgp-private-key"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        judge(secret)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        // Usage of the string-to-key: none, or SHA-1 checked AES-256 with an iterated salted one.
        let protection: &[u8] = match arg {
            "" | "none" => &[0],
            "encrypted" => &[254, 9, 3, 8],
            _ => return None,
        };
        let created = 1_600_000_000 + rng.below(100_000_000) as u32;
        let ed25519 = [0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01];
        let mut body = vec![4];
        body.extend(created.to_be_bytes());
        body.extend([22, ed25519.len() as u8]);
        body.extend(ed25519);
        body.extend(263_u16.to_be_bytes());
        body.push(0x40);
        body.extend(rng.bytes(32));
        body.extend(protection);
        body.extend(rng.bytes(48));
        let packets = [&[0x94, body.len() as u8], &body[..]].concat();
        let sum = base64::encode(&crc24(&packets).to_be_bytes()[1..]);
        let armor = pem::armor("PGP PRIVATE KEY BLOCK", "\n", &packets, 64);
        Some(
            armor
                .replace("-----END", &format!("={sum}\n-----END"))
                .into_bytes(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Grade;

    #[test]
    fn protection_is_told_apart() {
        for (arg, encrypted) in [("none", "no"), ("encrypted", "yes")] {
            let key = PgpKey.make(arg, &mut Rng::new(1)).unwrap();
            let Outcome::Valid { grade, facts, .. } = judge(&key) else {
                panic!("not read");
            };
            assert_eq!(grade, Grade::Checksum);
            assert!(
                facts.contains(&("encrypted", encrypted.to_owned())),
                "{arg}"
            );
        }
    }

    #[test]
    fn public_blocks_and_altered_ones_are_refused() {
        let key = PgpKey.make("", &mut Rng::new(1)).unwrap();
        let text = String::from_utf8(key).unwrap();
        let at = text.find("\n\n").unwrap() + 40;
        let mut altered = text.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(judge(&altered), Outcome::Invalid);
        assert_eq!(
            judge(text.replace("PRIVATE", "PUBLIC").as_bytes()),
            Outcome::Unknown
        );
        assert_eq!(judge(text.split_at(80).0.as_bytes()), Outcome::Unknown);
    }
}
