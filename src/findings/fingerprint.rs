//! A finding's identity. With a key it is a keyed hash of rule and secret, the
//! same in every repository and branch that shares the key; without one it is a
//! hash of rule and place, because an unkeyed hash of a short secret can be
//! guessed at once. Neither depends on line numbers.

use crate::model::finding::Fingerprint;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Digest;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Least bytes of a key: as many as the hash gives out would be best, fewer than this can be guessed.
pub const KEY_MIN: usize = 16;

/// The user's key for fingerprints. Wiped when dropped; never printed.
pub struct FingerprintKey(Zeroizing<Vec<u8>>);

impl FingerprintKey {
    /// Takes the bytes of a key file; trailing line breaks are not part of the key.
    /// `None` when fewer than [`KEY_MIN`] bytes are left.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let end = bytes
            .iter()
            .rposition(|byte| !matches!(byte, b'\n' | b'\r'))?
            + 1;
        (end >= KEY_MIN).then(|| FingerprintKey(Zeroizing::new(bytes[..end].to_vec())))
    }

    /// The fingerprint of a secret: HMAC-SHA-256 of scheme, rule and secret, 128 bits of it.
    pub fn of_secret(&self, rule: &str, secret: &[u8]) -> Fingerprint {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(b"bowerbird/1\0");
        mac.update(rule.as_bytes());
        mac.update(b"\0");
        mac.update(secret);
        Fingerprint(format!("k1:{}", hex(&mac.finalize().into_bytes()[..16])))
    }
}

/// The fingerprint of a place: rule, path or object, and which of the rule's findings there it is.
pub fn of_place(rule: &str, place: &str, ordinal: usize) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in ["bowerbird/1", rule, place, &ordinal.to_string()] {
        hash.update(part.as_bytes());
        hash.update(b"\0");
    }
    Fingerprint(format!("p1:{}", hex(&hash.finalize()[..16])))
}

/// The fingerprint of a fault: rule, what is at fault, and which of the same it is.
pub fn of_fault(rule: &str, identity: &str, ordinal: usize) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in ["bowerbird/1 fault", rule, identity, &ordinal.to_string()] {
        hash.update(part.as_bytes());
        hash.update(b"\0");
    }
    Fingerprint(format!("f1:{}", hex(&hash.finalize()[..16])))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_key_is_refused_and_line_breaks_do_not_count() {
        assert!(FingerprintKey::new(b"short").is_none());
        assert!(FingerprintKey::new(b"fifteen bytes..\n").is_none());
        let key = FingerprintKey::new(b"0123456789abcdef").expect("long enough");
        let same = FingerprintKey::new(b"0123456789abcdef\r\n").expect("long enough");
        assert_eq!(key.of_secret("r", b"s"), same.of_secret("r", b"s"));
    }

    #[test]
    fn keys_rules_and_secrets_tell_fingerprints_apart() {
        let key = FingerprintKey::new(b"0123456789abcdef").expect("long enough");
        let other = FingerprintKey::new(b"0123456789abcdeF").expect("long enough");
        let print = key.of_secret("rule", b"secret");
        assert_ne!(print, other.of_secret("rule", b"secret"));
        assert_ne!(print, key.of_secret("rule2", b"secret"));
        assert_ne!(print, key.of_secret("rule", b"secret2"));
    }
}
