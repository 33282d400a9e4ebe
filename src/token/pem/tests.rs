//! Keys of every kind made here, whole and damaged.

use super::*;
use crate::token::Grade;

const ARGS: &[(&str, Grade, &str)] = &[
    ("rsa", Grade::Checksum, "RSA"),
    ("rsa-encrypted", Grade::Structure, "RSA"),
    ("ec", Grade::Structure, "P-256"),
    ("dsa", Grade::Structure, "DSA"),
    ("pkcs8", Grade::Checksum, "RSA"),
    ("escaped", Grade::Checksum, "RSA"),
    ("pkcs8-ec", Grade::Structure, "P-256"),
    ("ed25519", Grade::Structure, "Ed25519"),
    ("encrypted", Grade::Structure, ""),
    ("openssh", Grade::Checksum, "ssh-ed25519"),
    ("openssh-rsa", Grade::Checksum, "ssh-rsa"),
    ("openssh-encrypted", Grade::Structure, "ssh-ed25519"),
];

fn sample(arg: &str, seed: u64) -> String {
    String::from_utf8(PrivateKey.make(arg, &mut Rng::new(seed)).unwrap()).unwrap()
}

fn fact(outcome: &Outcome, key: &str) -> String {
    let Outcome::Valid { facts, .. } = outcome else {
        return String::new();
    };
    let found = facts.iter().find(|(k, _)| *k == key);
    found.map(|(_, v)| v.clone()).unwrap_or_default()
}

#[test]
fn every_kind_is_read() {
    for (arg, grade, algorithm) in ARGS {
        let outcome = judge(sample(arg, 7).as_bytes());
        assert_eq!(outcome.grade(), Some(*grade), "{arg}");
        assert_eq!(fact(&outcome, "algorithm"), *algorithm, "{arg}");
        let encrypted = if arg.contains("encrypted") {
            "yes"
        } else {
            "no"
        };
        assert_eq!(fact(&outcome, "encrypted"), encrypted, "{arg}");
    }
    assert_eq!(fact(&judge(sample("rsa", 1).as_bytes()), "bits"), "2048");
}

#[test]
fn keys_in_code_are_read_too() {
    let key = sample("rsa", 9);
    let json = format!("\"{}\"", key.replace('\n', "\\n"));
    let windows = key.replace('\n', "\r\n");
    let one_line = key.replace('\n', " ");
    let yaml = key.replace('\n', "\n      ");
    let comment = key.replace('\n', "\n# ");
    let slashes = key.replace('\n', "\n// ");
    let joined = key.replace('\n', "\\n\" +\n    \"");
    let doubly = key.replace('\n', "\\\\n");
    for text in [
        json, windows, one_line, yaml, comment, slashes, joined, doubly,
    ] {
        assert_eq!(
            judge(text.as_bytes()).grade(),
            Some(Grade::Checksum),
            "{text}"
        );
    }
}

#[test]
fn elided_and_altered_keys_are_none() {
    let key = sample("rsa", 11);
    let lines: Vec<&str> = key.lines().collect();
    let elided = [lines[0], lines[1], "...", lines[lines.len() - 1]].join("\n");
    assert_eq!(judge(elided.as_bytes()), Outcome::Invalid);
    let altered = key.replacen(
        &lines[3][..1],
        if lines[3].starts_with('A') { "B" } else { "A" },
        1,
    );
    assert_ne!(judge(altered.as_bytes()).grade(), Some(Grade::Checksum));
    let cut = lines[..5].join("\n");
    assert_eq!(judge(cut.as_bytes()), Outcome::Unknown);
    assert_eq!(
        judge(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
        Outcome::Invalid
    );
}

#[test]
fn a_flipped_bit_of_the_modulus_shows() {
    for seed in 0..8 {
        let key = sample("rsa", seed);
        // Line 3 lies within the modulus.
        let mut bytes = key.into_bytes();
        let at = 32 + 65 * 2 + 10;
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(judge(&bytes), Outcome::Invalid);
    }
}

#[test]
fn kubeconfig_data_is_read() {
    let data = EncodedPrivateKey.make("ec", &mut Rng::new(1)).unwrap();
    assert_eq!(
        EncodedPrivateKey.check(&data).grade(),
        Some(Grade::Structure)
    );
    assert_eq!(
        EncodedPrivateKey.check(b"LS0tLS1CRUdJTg=="),
        Outcome::Invalid
    );
}

#[test]
fn wrong_labels_and_spoilt_bodies_are_forgiven() {
    let key = sample("rsa", 3).replace("RSA PRIVATE", "PRIVATE");
    assert_eq!(judge(key.as_bytes()).grade(), Some(Grade::Checksum));
    let html = sample("rsa", 3).replace('\n', "<br>\n");
    assert_eq!(judge(html.as_bytes()), Outcome::Unknown);
    let placeholder = b"-----BEGIN PRIVATE KEY-----\nyour key here\n-----END PRIVATE KEY-----";
    assert_eq!(judge(placeholder), Outcome::Invalid);
    let other = "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAAAi4\n---- END SSH2 ENCRYPTED PRIVATE KEY ----";
    assert_eq!(judge(other.as_bytes()), Outcome::Unknown);
}
