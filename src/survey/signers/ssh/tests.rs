//! Tests of SSH signatures, with keys made from seeds.

use super::*;
use ssh_key::HashAlg;
use ssh_key::LineEnding;
use ssh_key::PrivateKey;
use ssh_key::private::Ed25519Keypair;

fn key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

fn line_of(key: &PrivateKey, options: &str) -> String {
    let public = key.public_key().to_openssh().unwrap();
    format!("jane@example.org,*@example.com {options} {public}\n")
}

fn signed(key: &PrivateKey, namespace: &str, payload: &[u8]) -> Signed {
    let signature = key.sign(namespace, HashAlg::Sha512, payload).unwrap();
    Signed {
        payload: payload.to_vec(),
        armor: signature.to_pem(LineEnding::LF).unwrap().into_bytes(),
    }
}

fn checked(options: &str, signed: &Signed, time: Option<i64>) -> SignatureKind {
    check(&read(&line_of(&key(1), options)).unwrap(), signed, time)
}

#[test]
fn a_signature_holds_over_its_bytes_by_its_key_only() {
    let good = signed(&key(1), "git", b"tree");
    assert_eq!(checked("", &good, None), SignatureKind::Verified);
    let other = signed(&key(2), "git", b"tree");
    assert_eq!(checked("", &other, None), SignatureKind::UnknownKey);
    let mut moved = good.clone();
    moved.payload.push(b'x');
    assert_eq!(checked("", &moved, None), SignatureKind::Bad);
    // What was signed as a file is no signature of a commit.
    let file = signed(&key(1), "file", b"tree");
    assert_eq!(checked("", &file, None), SignatureKind::Bad);
    let cut = Signed {
        armor: good.armor[..good.armor.len() / 2].to_vec(),
        ..good
    };
    assert_eq!(checked("", &cut, None), SignatureKind::Unreadable);
}

#[test]
fn options_limit_what_and_when_a_key_signs() {
    use SignatureKind::NotValid;
    use SignatureKind::Verified;
    let signed = signed(&key(1), "git", b"tree");
    let day = Some(1_790_000_000); // 2026-09-21
    for (options, time, kind) in [
        ("namespaces=\"file,git\"", day, Verified),
        ("NAMESPACES=\"g*\"", day, Verified),
        ("namespaces=\"*,!git\"", day, NotValid),
        ("namespaces=\"file\"", day, NotValid),
        ("valid-after=\"20260101\"", day, Verified),
        ("valid-after=\"20270101Z\"", day, NotValid),
        ("valid-before=\"202601010000\"", day, NotValid),
        (
            "valid-after=\"20260101\",valid-before=\"20261231235959Z\"",
            day,
            Verified,
        ),
        ("valid-after=\"20260101\"", None, NotValid),
    ] {
        assert_eq!(checked(options, &signed, time), kind, "{options}");
    }
    // A key that was renewed stands in two lines.
    let lines = line_of(&key(1), "valid-before=\"20260101\"") + &line_of(&key(1), "");
    assert_eq!(check(&read(&lines).unwrap(), &signed, day), Verified);
}

#[test]
fn what_is_no_key_is_told_with_its_line() {
    let good = line_of(&key(1), "");
    let told = |line: &str| {
        let error = read(&format!("# keys\n\n{good}{line}\n")).unwrap_err();
        error.to_string()
    };
    assert_eq!(read(&format!("# keys\n\n{good}")).unwrap().len(), 1);
    for (line, why) in [
        ("jane", "line 4: write PRINCIPALS"),
        ("jane ssh-ed25519", "line 4: there is no key"),
        ("jane ssh-ed25519 AAAA", "line 4: no public key"),
        (&line_of(&key(2), "cert-authority"), "line 4: certificates"),
        (
            &line_of(&key(2), "valid-after=\"2026\""),
            "line 4: write a time",
        ),
        (
            &line_of(&key(2), "valid-after=\"20261399\""),
            "line 4: write a time",
        ),
        (&line_of(&key(2), "surprise"), "line 4: unknown option"),
    ] {
        let told = told(line);
        assert!(told.starts_with(why), "{line}: {told}");
    }
}
