//! Keys of wallets and of the protocols that borrow their encodings: they all
//! carry a checksum, save Ethereum's bare hexadecimal.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base32;
use super::base58;
use super::bech32;
use super::crc::crc16;
use super::filler::is_filler;

/// Bitcoin private key in wallet import format. The argument is the version
/// byte in decimal, 128 (main net, when empty) or 239 (test net).
pub(super) struct Wif;

impl TokenFormat for Wif {
    fn name(&self) -> &'static str {
        "bitcoin-wif"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let net = match base58::decode_check(secret).as_deref() {
            Some([0x80, key @ ..]) if matches!(key.len(), 32 | 33) => "main",
            Some([0xef, key @ ..]) if matches!(key.len(), 32 | 33) => "test",
            Some(_) | None => return Outcome::Invalid,
        };
        Outcome::checksum().fact("network", net)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let version = match arg {
            "" | "128" => 0x80,
            "239" => 0xef,
            _ => return None,
        };
        Some(base58::encode_check(
            &[&[version], &rng.bytes(32)[..], &[1]].concat(),
        ))
    }
}

/// Extended private key (BIP-32): `xprv…` and its kin.
pub(super) struct ExtendedKey;

impl TokenFormat for ExtendedKey {
    fn name(&self) -> &'static str {
        "bip32-private-key"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let head = secret.get(1..4).unwrap_or_default();
        // Version, depth, parent, number, chain code; then 0 and the key.
        let right = base58::decode_check(secret).is_some_and(|b| b.len() == 78 && b[45] == 0);
        Outcome::proven(head == b"prv" && right)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let version = [0x04, 0x88, 0xad, 0xe4];
        let mut bytes = [&version[..], &rng.bytes(74)].concat();
        bytes[45] = 0;
        Some(base58::encode_check(&bytes))
    }
}

/// 32 secret bytes in Bech32.
pub(super) struct Bech32Key {
    name: &'static str,
    head: &'static str,
    upper: bool,
}

/// age identity (C2SP age specification, "X25519 recipient").
pub(super) static AGE: Bech32Key = Bech32Key {
    name: "age",
    head: "age-secret-key-",
    upper: true,
};

/// nostr private key (NIP-19).
pub(super) static NOSTR: Bech32Key = Bech32Key {
    name: "nostr",
    head: "nsec",
    upper: false,
};

impl TokenFormat for Bech32Key {
    fn name(&self) -> &'static str {
        self.name
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let key = bech32::decode(self.head.as_bytes(), secret);
        Outcome::proven(key.is_some_and(|key| key.len() == 32))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let text = bech32::encode(self.head.as_bytes(), &rng.bytes(32));
        Some(if self.upper {
            text.to_ascii_uppercase()
        } else {
            text
        })
    }
}

/// Stellar secret seed (SEP-23): version byte, 32 bytes, CRC-16, in base32.
pub(super) struct Stellar;

/// The version byte of secret seeds: text begins with `S`.
const SEED: u8 = 18 << 3;

impl TokenFormat for Stellar {
    fn name(&self) -> &'static str {
        "stellar-seed"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let capitals = secret.iter().all(|b| base32::ALPHABET.contains(b));
        let bytes = base32::decode(secret).unwrap_or_default();
        let right = bytes.len() == 35
            && bytes[0] == SEED
            && crc16(&bytes[..33]).to_le_bytes() == bytes[33..];
        Outcome::proven(capitals && right)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let body = [&[SEED], &rng.bytes(32)[..]].concat();
        let sum = crc16(&body).to_le_bytes();
        Some(base32::encode(
            &[&body[..], &sum].concat(),
            base32::ALPHABET,
        ))
    }
}

/// 32 bytes in hexadecimal, as Ethereum wallets export them. Nothing proves
/// one, so all that is not a filler is unknown.
pub(super) struct HexKey;

impl TokenFormat for HexKey {
    fn name(&self) -> &'static str {
        "hex-private-key"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let body = secret.strip_prefix(b"0x").unwrap_or(secret);
        let spelled = body.len() == 64 && body.iter().all(u8::is_ascii_hexdigit);
        if spelled && !is_filler(body) {
            Outcome::Unknown
        } else {
            Outcome::Invalid
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        arg.is_empty().then(|| rng.chars(b"0123456789abcdef", 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Grade;

    #[test]
    fn published_examples() {
        // Bitcoin wiki, "Wallet import format".
        let wif = concat!("5HueCGU8rMjxEXxiPuD5BDku4MkFqe", "Zyd4dZ1jvhTVqvbTLvyTJ");
        assert_eq!(Wif.check(wif.as_bytes()).grade(), Some(Grade::Checksum));
        // NIP-19.
        let nsec = concat!(
            "nsec1vl029mgpspedva04g90vltkh6fvh240zq",
            "tv9k0t9af8935ke9laqsnlfe5"
        );
        assert_eq!(NOSTR.check(nsec.as_bytes()).grade(), Some(Grade::Checksum));
        // The test kit of age (C2SP/CCTV), and SEP-23.
        let age = concat!(
            "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZ",
            "GFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
        );
        assert_eq!(AGE.check(age.as_bytes()).grade(), Some(Grade::Checksum));
        let seed = concat!(
            "SBU2RRGLXH3E5CQHTD3ODLDF2BWDCYUSSBLL",
            "Z5GNW7JXHDIYKXZWHOKR"
        );
        assert_eq!(
            Stellar.check(seed.as_bytes()).grade(),
            Some(Grade::Checksum)
        );
        // BIP-32, test vector 1.
        let xprv = concat!(
            "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRN",
            "NU3TGtRBeJgk33yuGBxrMPHi"
        );
        assert_eq!(
            ExtendedKey.check(xprv.as_bytes()).grade(),
            Some(Grade::Checksum)
        );
    }

    #[test]
    fn bare_hex_is_never_proven() {
        let key = HexKey.make("", &mut Rng::new(1)).unwrap();
        assert_eq!(HexKey.check(&key), Outcome::Unknown);
        assert_eq!(HexKey.check(&[b'0'; 64]), Outcome::Invalid);
    }
}
