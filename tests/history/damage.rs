//! Damaged repositories: what is still sound must be visited, and every object
//! that is not must be named.

use bowerbird::model::coverage::Reason;
use bowerbird::model::object::ObjectFormat;
use bowerbird::sources::history::StoreLimits;
use sha1::Digest;

use super::support::Collector;
use super::support::Repository;
use super::support::Seen;
use super::support::patch;

fn packed() -> Repository {
    let repository = Repository::with_history(ObjectFormat::Sha1, 60);
    repository.repack();
    repository
}

/// Every object git lists was either seen whole or named as lost.
fn all_accounted_for(repository: &Repository, listed: &super::support::Listing, seen: &Seen) {
    let losses = seen.losses();
    for (id, listing) in listed {
        match seen.objects.get(id) {
            Some(object) => assert_eq!(object, listing),
            None => assert!(losses.contains(&id.to_string()), "{id}\n{losses}"),
        }
    }
    assert!(seen.objects.keys().all(|id| listed.contains_key(id)));
    assert!(!losses.contains(&repository.dir.display().to_string()));
}

#[test]
fn a_truncated_pack() {
    let repository = packed();
    let listed = repository.listed();
    patch(&repository.pack(), |bytes| bytes.truncate(bytes.len() / 2));
    let seen = repository.walk();
    all_accounted_for(&repository, &listed, &seen);
    assert!(seen.objects.len() > 50, "what lies before the cut is read");
    assert!(seen.losses().contains("truncated"));
    std::fs::remove_file(repository.pack().with_extension("idx")).unwrap();
    let blind = repository.walk();
    assert!(blind.objects.len() > 50);
    assert_eq!(
        blind.coverage.unscanned_total.keys().next(),
        Some(&Reason::Corrupt)
    );
    assert!(
        blind.losses().contains("objects come after this"),
        "{}",
        blind.losses()
    );
}

#[test]
fn a_flipped_byte_anywhere_loses_only_what_builds_on_it() {
    let repository = packed();
    let listed = repository.listed();
    let pack = repository.pack();
    let sound = std::fs::read(&pack).unwrap();
    let step = sound.len() / 150;
    for at in (12..sound.len() - 20).step_by(step) {
        patch(&pack, |bytes| bytes[at] ^= 0x10);
        let seen = repository.walk();
        all_accounted_for(&repository, &listed, &seen);
        assert!(seen.coverage.unscanned.len() < listed.len() / 2);
        patch(&pack, |bytes| bytes[at] ^= 0x10);
    }
    assert_eq!(repository.walk().losses(), "");
}

#[test]
fn a_flipped_byte_is_made_good_by_another_copy() {
    let repository = packed();
    let pack = repository.pack();
    let copy = repository.objects().join("pack/pack-0.pack");
    std::fs::copy(&pack, &copy).unwrap();
    std::fs::copy(pack.with_extension("idx"), copy.with_extension("idx")).unwrap();
    let listed = repository.listed();
    patch(&copy, |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle..middle + 40].fill(0x55);
    });
    let seen = repository.walk();
    assert_eq!(seen.losses(), "");
    assert_eq!(seen.objects, listed);
}

type Lie = fn(&mut Vec<u8>);

#[test]
fn an_index_that_lies() {
    let lies: [(&str, Lie); 5] = [
        ("empty", |index| index.clear()),
        ("cut", |index| index.truncate(index.len() / 2)),
        ("fan-out", |index| index[8 + 400] = 0x7f),
        ("offsets past the end", |index| {
            let count = u32::from_be_bytes(index[1028..1032].try_into().unwrap()) as usize;
            let offsets = 1032 + count * 24;
            index[offsets + 40] = 0x70;
        }),
        ("large offsets that are not there", |index| {
            let count = u32::from_be_bytes(index[1028..1032].try_into().unwrap()) as usize;
            let offsets = 1032 + count * 24;
            index[offsets + 40] = 0xff;
        }),
    ];
    for (name, lie) in lies {
        let repository = packed();
        let listed = repository.listed();
        // The lie is told with a straight face: the checksum of the index is right.
        patch(&repository.pack().with_extension("idx"), |index| {
            lie(index);
            let body = index.len().saturating_sub(20);
            let checksum = sha1::Sha1::digest(&index[..body]);
            index.truncate(body);
            index.extend(checksum);
        });
        let store = repository.open(&StoreLimits::default());
        assert_eq!(store.rebuilt().len(), 1, "{name}");
        let seen = Collector::default().walk(&store);
        assert_eq!(seen.losses(), "", "{name}");
        assert_eq!(seen.objects, listed, "{name}");
    }
}

#[test]
fn a_flipped_byte_in_an_index_costs_nothing() {
    let repository = packed();
    let listed = repository.listed();
    let index = repository.pack().with_extension("idx");
    let len = std::fs::read(&index).unwrap().len();
    for at in (0..len).step_by(len / 60) {
        patch(&index, |bytes| bytes[at] ^= 0x21);
        let seen = repository.walk();
        assert_eq!(seen.losses(), "", "byte {at}");
        assert_eq!(seen.objects, listed, "byte {at}");
        patch(&index, |bytes| bytes[at] ^= 0x21);
    }
}

#[test]
fn objects_beyond_the_limit_are_named_with_their_size() {
    let repository = packed();
    let limits = StoreLimits {
        object: 1000,
        ..StoreLimits::default()
    };
    let listed = repository.listed();
    let seen = repository.walk_with(&limits);
    assert!(seen.objects.values().all(|(_, size)| *size <= 1000));
    assert!(seen.objects.len() >= 60, "commits are small");
    assert!(
        seen.coverage
            .unscanned
            .iter()
            .all(|lost| lost.reason == Reason::LimitSize)
    );
    let lost = listed.len() - seen.objects.len();
    assert_eq!(
        seen.coverage.unscanned_total[&Reason::LimitSize],
        lost as u64
    );
}

#[test]
fn damaged_loose_objects() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 5);
    let listed = repository.listed();
    let ids: Vec<_> = listed.keys().map(ToString::to_string).collect();
    let path = |id: &String| repository.objects().join(&id[..2]).join(&id[2..]);
    patch(&path(&ids[0]), Vec::clear);
    patch(&path(&ids[1]), |bytes| bytes.truncate(bytes.len() - 6));
    patch(&path(&ids[2]), |bytes| bytes[4] ^= 0xff);
    patch(&path(&ids[3]), |bytes| {
        bytes.extend(b"garbage behind the end")
    });
    std::fs::remove_file(path(&ids[4])).unwrap();
    std::fs::create_dir(path(&ids[4])).unwrap();
    std::fs::write(repository.objects().join("ab").join("tmp_obj_x"), "").ok();
    let seen = repository.walk();
    all_accounted_for(&repository, &listed, &seen);
    assert!(seen.objects.len() >= listed.len() - 4);
    assert!(
        seen.losses()
            .contains(&format!("Unreadable loose object {}", ids[4]))
    );
}

#[test]
fn what_is_no_pack_is_named() {
    let repository = packed();
    let listed = repository.listed();
    let packs = repository.objects().join("pack");
    std::fs::write(packs.join("pack-a.pack"), "").unwrap();
    std::fs::write(packs.join("pack-b.pack"), b"PACK\0\0\0\x09\0\0\0\0").unwrap();
    std::fs::write(packs.join("pack-c.pack"), b"PACK\0\0\0\x02\xff\xff\xff\xff").unwrap();
    std::fs::create_dir(packs.join("pack-d.pack")).unwrap();
    std::fs::write(packs.join("pack-e.idx"), "").unwrap();
    std::fs::write(packs.join("multi-pack-index"), "garbage").unwrap();
    let seen = repository.walk();
    assert_eq!(seen.objects, listed);
    let losses = seen.losses();
    for line in [
        "Corrupt pack-a.pack",
        "UnsupportedFormat pack-b.pack",
        "Corrupt pack-c.pack",
        "Unreadable pack-d.pack",
        "Missing pack-e.pack",
    ] {
        assert!(losses.contains(line), "{line}\n{losses}");
    }
}

#[test]
fn no_object_directory_at_all() {
    let repository = Repository::new(ObjectFormat::Sha1);
    std::fs::remove_dir_all(repository.objects()).unwrap();
    let seen = repository.walk();
    assert_eq!(seen.coverage.unscanned_total[&Reason::Missing], 1);
}

#[test]
fn packs_that_appear_and_loose_files_that_go_are_followed() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 8);
    repository.unpack();
    let listed = repository.listed();
    let store = repository.open(&StoreLimits::default());
    // What `git gc` does while a scan runs: objects move into a pack.
    repository.git(&["repack", "-q", "-a", "-d"]);
    let seen = Collector::default().walk(&store);
    assert_eq!(seen.losses(), "");
    assert_eq!(seen.objects, listed);
    // The same again, of packs: they are mapped and stay readable.
    let store = repository.open(&StoreLimits::default());
    repository.import("more", 3, 4);
    repository.git(&["repack", "-q", "-a", "-d", "-f"]);
    let seen = Collector::default().walk(&store);
    assert_eq!(seen.losses(), "");
    assert_eq!(seen.objects, listed);
}

#[test]
fn a_loose_file_that_is_gone_for_good_is_named() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 3);
    repository.unpack();
    let listed = repository.listed();
    let store = repository.open(&StoreLimits::default());
    let id = listed.keys().next().unwrap().to_string();
    std::fs::remove_file(repository.objects().join(&id[..2]).join(&id[2..])).unwrap();
    let seen = Collector::default().walk(&store);
    assert_eq!(seen.coverage.unscanned_total[&Reason::Vanished], 1);
    assert!(seen.losses().contains(&id));
    all_accounted_for(&repository, &listed, &seen);
}

#[test]
fn what_is_lost_is_told_by_the_first_walk_only() {
    let repository = packed();
    patch(&repository.pack(), |bytes| bytes[20] ^= 0x7f);
    std::fs::write(repository.objects().join("pack/pack-a.pack"), "").unwrap();
    let store = repository.open(&StoreLimits::default());
    let first = Collector::default().walk(&store);
    assert!(!first.coverage.unscanned.is_empty());
    let again = store.walk_again(&Collector::default());
    assert!(again.unscanned_total.is_empty(), "{:?}", again.unscanned);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    /// Whatever happens to the files of a store: what is shown is right, and when something is
    /// not shown that is said.
    #[test]
    fn random_damage_is_never_silent(
        hits in proptest::collection::vec((0..3_u8, proptest::prelude::any::<u32>(), 1..=255_u8), 1..6),
        cut in proptest::option::weighted(0.2, proptest::prelude::any::<u32>()),
        without_index in proptest::bool::weighted(0.3),
    ) {
        let repository = sample();
        let listed = repository.listed();
        let pack = repository.pack();
        let index = pack.with_extension("idx");
        for (which, at, bits) in hits {
            let target = if which == 0 { &index } else { &pack };
            patch(target, |bytes| {
                let at = at as usize % bytes.len();
                bytes[at] ^= bits;
            });
        }
        if let Some(cut) = cut {
            patch(&pack, |bytes| bytes.truncate(cut as usize % bytes.len()));
        }
        if without_index {
            std::fs::remove_file(&index).unwrap();
        }
        let seen = repository.walk_believing();
        let said = seen.losses();
        for (id, object) in &seen.objects {
            match listed.get(id) {
                Some(sound) if sound == object => {}
                // Shown under a name it does not have: only where that is said.
                Some(_) => proptest::prop_assert!(said.contains(&id.to_string()), "{id} {said}"),
                None => proptest::prop_assert!(!said.is_empty(), "{id}"),
            }
        }
        if listed.keys().any(|id| !seen.objects.contains_key(id)) {
            proptest::prop_assert!(!seen.coverage.unscanned_total.is_empty());
        }
    }
}

/// A copy of one small packed repository.
fn sample() -> Repository {
    static SOUND: std::sync::OnceLock<Repository> = std::sync::OnceLock::new();
    let sound = SOUND.get_or_init(|| {
        let repository = Repository::with_history(ObjectFormat::Sha1, 25);
        repository.repack();
        repository
    });
    sound.copy()
}
