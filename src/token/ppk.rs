//! PuTTY's private keys (`.ppk`, versions 2 and 3): text with a public and a
//! private part in base64 and a MAC over all of it. Without a pass phrase the
//! MAC's key is known, so it can be checked.
//!
//! Source: PuTTY user manual, appendix C, "PPK file format".

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base64;
use super::name_or_unknown;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha1::Digest;
use sha1::Sha1;
use sha2::Sha256;

/// Bytes of a file.
const LIMIT: usize = 64 << 10;
/// Lines of a part; an RSA key of 16,384 bits has some 220.
const LINES: usize = 1_000;

/// The fields of a file, in the order they are written.
struct File<'a> {
    version: &'a str,
    algorithm: &'a str,
    encryption: &'a str,
    comment: &'a str,
    public: Vec<u8>,
    private: Vec<u8>,
    mac: &'a str,
}

fn part<'a>(lines: &mut impl Iterator<Item = &'a str>, name: &str) -> Option<Vec<u8>> {
    let count: usize = value(lines.next()?, name)?.parse().ok()?;
    if count > LINES {
        return None;
    }
    let code: String = lines.take(count).map(str::trim).collect();
    base64::decode(code.as_bytes())
}

fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    Some(line.trim().strip_prefix(name)?.strip_prefix(':')?.trim())
}

fn parse(text: &str) -> Option<File<'_>> {
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty());
    let head = lines.next()?.trim().strip_prefix("PuTTY-User-Key-File-")?;
    let (version, algorithm) = head.split_once(':')?;
    let encryption = value(lines.next()?, "Encryption")?;
    let comment = value(lines.next()?, "Comment")?;
    let public = part(&mut lines, "Public-Lines")?;
    // Version 3 tells how its key is derived when it is encrypted.
    let mut lines = lines.skip_while(|line| {
        line.trim().starts_with("Argon2") || line.trim().starts_with("Key-Derivation")
    });
    let private = part(&mut lines, "Private-Lines")?;
    let mac = value(lines.next()?, "Private-MAC")?;
    Some(File {
        version,
        algorithm: algorithm.trim(),
        encryption,
        comment,
        public,
        private,
        mac,
    })
}

fn mac<M: Mac>(mut mac: M, file: &File<'_>) -> String {
    let parts = [
        file.algorithm.as_bytes(),
        file.encryption.as_bytes(),
        file.comment.as_bytes(),
        &file.public,
        &file.private,
    ];
    for part in parts {
        mac.update(&(part.len() as u32).to_be_bytes());
        mac.update(part);
    }
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The MAC of a key that is not encrypted.
fn expected(file: &File<'_>) -> Option<String> {
    match file.version {
        "2" => {
            let key = Sha1::digest(b"putty-private-key-file-mac-key");
            Some(mac(Hmac::<Sha1>::new_from_slice(&key).ok()?, file))
        }
        "3" => Some(mac(Hmac::<Sha256>::new_from_slice(&[]).ok()?, file)),
        _ => None,
    }
}

/// A PuTTY private key. The argument is `none` (when empty) or `encrypted`.
pub(super) struct Ppk;

impl TokenFormat for Ppk {
    fn name(&self) -> &'static str {
        "putty-private-key"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if secret.len() > LIMIT {
            return Outcome::Unknown;
        }
        let Ok(text) = std::str::from_utf8(secret) else {
            return Outcome::Unknown;
        };
        let Some(file) = parse(text) else {
            return Outcome::Invalid;
        };
        let outcome = match (file.encryption, expected(&file)) {
            (_, None) => return Outcome::Unknown,
            ("none", Some(right)) => {
                Outcome::proven(right.eq_ignore_ascii_case(file.mac)).fact("encrypted", "no")
            }
            (cipher, Some(_)) => Outcome::shaped(file.private.len().is_multiple_of(16))
                .fact("encrypted", "yes")
                .fact("cipher", name_or_unknown(cipher)),
        };
        outcome
            .fact("algorithm", name_or_unknown(file.algorithm))
            .fact("version", file.version)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let (encryption, derivation) = match arg {
            "" | "none" => ("none", ""),
            "encrypted" => (
                "aes256-cbc",
                "Key-Derivation: Argon2id\nArgon2-Memory: 8192\nArgon2-Passes: 21\nArgon2-Parallelism: 1\nArgon2-Salt: 9f8e7d6c5b4a39281706f5e4d3c2b1a0\n", // bowerbird:allow a made-up sample
            ),
            _ => return None,
        };
        let kind = b"ssh-ed25519";
        let (point, seed) = (rng.bytes(32), rng.bytes(32));
        let string = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
        let mut file = File {
            version: "3",
            algorithm: "ssh-ed25519",
            encryption,
            comment: "sample",
            public: [string(kind), string(&point)].concat(),
            private: string(&seed),
            mac: "",
        };
        if encryption != "none" {
            file.private = rng.bytes(48);
        }
        let mac = expected(&file)?;
        let lines = |bytes: &[u8]| {
            let code = base64::encode(bytes);
            let lines: Vec<String> = code
                .as_bytes()
                .chunks(64)
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect();
            format!("{}\n{}", lines.len(), lines.join("\n"))
        };
        Some(
            format!(
                "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: {encryption}\nComment: sample\n\
                 Public-Lines: {}\n{derivation}Private-Lines: {}\nPrivate-MAC: {mac}",
                lines(&file.public),
                lines(&file.private)
            )
            .into_bytes(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Grade;

    #[test]
    fn both_kinds_are_read_and_the_mac_is_checked() {
        let key = Ppk.make("", &mut Rng::new(1)).unwrap();
        assert_eq!(Ppk.check(&key).grade(), Some(Grade::Checksum));
        let text = String::from_utf8(key).unwrap();
        assert_eq!(
            Ppk.check(text.replace("sample", "simple").as_bytes()),
            Outcome::Invalid
        );
        assert!(Ppk.check(text.replace('\n', "\r\n").as_bytes()).is_valid());
        let locked = Ppk.make("encrypted", &mut Rng::new(1)).unwrap();
        assert_eq!(Ppk.check(&locked).grade(), Some(Grade::Structure));
        assert_eq!(
            Ppk.check(b"PuTTY-User-Key-File-2: ssh-rsa"),
            Outcome::Invalid
        );
    }
}
