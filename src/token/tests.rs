//! Every format against its own samples, and the published examples of providers.

use super::*;
use proptest::prelude::*;

#[test]
fn names_are_unique_and_kebab_case() {
    let mut names: Vec<_> = FORMATS.iter().map(|f| f.name()).collect();
    for name in &names {
        let kebab = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        assert!(name.bytes().all(kebab), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FORMATS.len());
}

#[test]
fn own_samples_pass_and_are_reproducible() {
    for format in FORMATS {
        for seed in 0..200 {
            let sample = make(format.name(), "", seed).expect("an empty argument is always known");
            // Nothing can prove bare hexadecimal; all else must be proven.
            assert!(
                format.check(&sample).is_valid() || format.name() == "hex-private-key",
                "{} {}",
                format.name(),
                String::from_utf8_lossy(&sample)
            );
            assert_eq!(make(format.name(), "", seed), Some(sample));
        }
    }
}

#[test]
fn unknown_names_and_arguments_make_nothing() {
    assert!(find("no-such-format").is_none());
    assert!(make("no-such-format", "", 0).is_none());
    for format in FORMATS {
        assert!(
            make(format.name(), "no such argument", 0).is_none(),
            "{}",
            format.name()
        );
    }
}

#[test]
fn facts_never_hold_the_secret() {
    for format in FORMATS {
        let sample = make(format.name(), "", 5).unwrap();
        let Outcome::Valid { facts, .. } = format.check(&sample) else {
            continue;
        };
        for (key, value) in facts {
            assert!(value.len() <= FACT_LIMIT);
            assert!(
                !value.is_empty() && value.as_bytes() != sample,
                "{} {key}",
                format.name()
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        for format in FORMATS {
            let _ = format.check(&bytes);
        }
    }

    #[test]
    fn altered_samples_never_panic(
        seed: u64,
        cut in 0_usize..4_000,
        at in 0_usize..4_000,
        with in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        for format in FORMATS {
            let mut sample = make(format.name(), "", seed).unwrap();
            sample.truncate(cut);
            let at = at.min(sample.len());
            let end = (at + with.len()).min(sample.len());
            sample.splice(at..end, with.iter().copied());
            let _ = format.check(&sample);
        }
    }

    #[test]
    fn one_other_character_breaks_the_proof(seed: u64, place: prop::sample::Index) {
        for name in CHECKSUMS {
            let mut sample = make(name, "", seed).unwrap();
            let covered = match *name {
                // The last eight characters are not part of what is summed.
                "github-fine-grained" => sample.len() - 8,
                // The bits of the last character that fill no byte are ignored.
                "azure-storage-key" => sample.len() - 3,
                _ => sample.len(),
            };
            let at = place.index(covered);
            sample[at] = if sample[at] == b'q' { b'z' } else { b'q' };
            let outcome = find(name).unwrap().check(&sample);
            prop_assert!(outcome.grade() != Some(Grade::Checksum), "{} at {}", name, at);
        }
    }
}

/// Formats whose checksum covers every character.
const CHECKSUMS: &[&str] = &[
    "age",
    "atlassian",
    "azure-client-secret",
    "azure-devops-pat",
    "azure-storage-key",
    "bip32-private-key",
    "bitbucket-access-token",
    "bitbucket-app-password",
    "bitcoin-wif",
    "confluent",
    "github-fine-grained",
    "github-token",
    "gitlab-token",
    "grafana-service-account",
    "nostr",
    "npm",
    "stellar-seed",
    "vercel",
    "zuplo",
];

#[test]
fn long_inputs_are_judged_in_bounded_time() {
    for format in FORMATS {
        let sample = make(format.name(), "", 1).unwrap();
        let head = &sample[..sample.len().min(30)];
        for filling in [
            &b"A"[..],
            b"=",
            b"1",
            b".",
            b"a.",
            b"\n",
            b"-----BEGIN ",
            b"$",
            b"{\"a\":",
            b"[",
            b"@:/",
        ] {
            let long = [head, &filling.repeat((64 << 10) / filling.len())].concat();
            let _ = format.check(&long);
            let _ = format.check(&long[head.len()..]);
        }
    }
}
