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
