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
    fn a_flipped_character_of_a_checksum_shows(seed: u64, place: prop::sample::Index) {
        for name in ["github-token", "npm", "vercel", "gitlab-token", "confluent"] {
            let mut sample = make(name, "", seed).unwrap();
            let at = sample.len() - 6 + place.index(6);
            sample[at] = if sample[at] == b'a' { b'b' } else { b'a' };
            prop_assert_eq!(find(name).unwrap().check(&sample), Outcome::Invalid);
        }
    }
}
