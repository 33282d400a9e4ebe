//! AWS access key ids and secret keys. Since about 2019 an id holds the number
//! of the account it belongs to, which tells whom to warn.
//!
//! Sources: AWS IAM user guide, "Understanding unique ID prefixes"; the layout
//! is what `aws sts get-access-key-info` answers, described by A. Steele (2020).

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base32;
use super::base64;
use super::filler::is_filler;

const PREFIXES: &[(&str, &str)] = &[
    ("AKIA", "long-term access key"),
    ("ASIA", "temporary access key"),
    ("ABIA", "STS bearer token"),
    ("ACCA", "context-specific credential"),
    ("AGPA", "user group"),
    ("AIDA", "IAM user"),
    ("AIPA", "EC2 instance profile"),
    ("ANPA", "managed policy"),
    ("ANVA", "managed policy version"),
    ("APKA", "public key"),
    ("AROA", "role"),
    ("ASCA", "certificate"),
];

/// Access key id. The argument is the prefix (`AKIA` when empty).
pub(super) struct AccessKeyId;

/// The account number in the 16 characters after the prefix: bit 0 says that
/// there is one, the next 40 bits are it.
fn account(body: &[u8]) -> Option<u64> {
    let bytes = base32::decode(body)?;
    let head = bytes
        .get(..6)?
        .iter()
        .fold(0_u64, |n, b| (n << 8) | u64::from(*b));
    let number = (head & 0x7fff_ffff_ff80) >> 7;
    (head >> 47 == 1 && number < 1_000_000_000_000).then_some(number)
}

impl TokenFormat for AccessKeyId {
    fn name(&self) -> &'static str {
        "aws-access-key-id"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let Some((prefix, body)) = secret.split_at_checked(4) else {
            return Outcome::Invalid;
        };
        let known = PREFIXES.iter().find(|(p, _)| p.as_bytes() == prefix);
        let capitals = body.iter().all(|b| base32::ALPHABET.contains(b));
        let Some((_, what)) = known else {
            return Outcome::Invalid;
        };
        if body.len() != 16 || !capitals || is_filler(body) {
            return Outcome::Invalid;
        }
        let account = account(body).map(|n| format!("{n:012}"));
        Outcome::structure()
            .fact("kind", what)
            .fact("account", account.unwrap_or_default())
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let prefix = if arg.is_empty() { "AKIA" } else { arg };
        if !PREFIXES.iter().any(|(p, _)| *p == prefix) {
            return None;
        }
        // The first bit set, then an account number of twelve digits.
        let head = (1 << 47) | (rng.below(1_000_000_000_000) << 7) | rng.below(128);
        let bytes = [&head.to_be_bytes()[2..], &rng.bytes(4)].concat();
        Some([prefix.as_bytes(), &base32::encode(&bytes, base32::ALPHABET)].concat())
    }
}

/// Secret access key: 40 characters of base64 without padding.
pub(super) struct SecretKey;

impl TokenFormat for SecretKey {
    fn name(&self) -> &'static str {
        "aws-secret-access-key"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let spelled = secret.iter().all(|b| base64::ALPHABET.contains(b));
        // A hexadecimal digest is 40 characters of base64 too.
        let digest = secret.iter().all(u8::is_ascii_hexdigit);
        Outcome::shaped(secret.len() == 40 && spelled && !digest && !is_filler(secret))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        arg.is_empty().then(|| rng.chars(base64::ALPHABET, 40))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        // A. Steele's example of the layout.
        let Outcome::Valid { facts, .. } =
            AccessKeyId.check(concat!("ASIA", "Y34FZKBOKMUTVV7A").as_bytes())
        else {
            panic!("not read");
        };
        assert!(facts.contains(&("account", "609629065308".to_owned())));
        // The ids and the secret of AWS's documentation are marked as examples.
        assert_eq!(
            AccessKeyId.check(concat!("AKIA", "IOSFODNN7EXAMPLE").as_bytes()),
            Outcome::Invalid
        );
        let secret = concat!("wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY");
        assert_eq!(SecretKey.check(secret.as_bytes()), Outcome::Invalid);
    }

    #[test]
    fn old_ids_have_no_account() {
        let Outcome::Valid { facts, .. } =
            AccessKeyId.check(concat!("AKIA", "JQ3WZB5LTNKC4VXA").as_bytes())
        else {
            panic!("not read");
        };
        assert!(facts.iter().all(|(key, _)| *key != "account"));
    }

    #[test]
    fn digests_are_no_secret_keys() {
        assert_eq!(
            SecretKey.check(b"da39a3ee5e6b4b0d3255bfef95601890afd80709"), // bowerbird:allow a made-up sample
            Outcome::Invalid
        );
    }
}
