//! Sound repositories of every layout: loose, packed, several packs, alternates,
//! both object formats, both kinds of delta, with and without an index.

use bowerbird::model::coverage::Reason;
use bowerbird::model::object::ObjectFormat;
use bowerbird::model::object::ObjectKind;
use bowerbird::sources::history::StoreLimits;

use super::support::Collector;
use super::support::Repository;

#[test]
fn an_empty_repository_has_nothing() {
    let repository = Repository::new(ObjectFormat::Sha1);
    assert!(repository.check().objects.is_empty());
}

#[test]
fn loose_objects() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 8);
    assert!(
        repository.packs().is_empty(),
        "fast-import left few objects loose"
    );
    assert_eq!(repository.check().objects.len(), 8 * 8 + 1);
}

#[test]
fn one_pack() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 60);
    repository.repack();
    let seen = repository.check();
    assert!(
        seen.derived > 100,
        "deltas come with their base: {}",
        seen.derived
    );
    let kinds = &seen.coverage;
    assert_eq!((kinds.commits.seen, kinds.tags.seen), (60, 1));
}

#[test]
fn sha256() {
    let repository = Repository::with_history(ObjectFormat::Sha256, 6);
    repository.check();
    repository.repack();
    repository.check();
}

#[test]
fn packs_that_overlap_each_other_and_loose_objects() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 40);
    repository.git(&["repack", "-dq"]);
    repository.import("side", 40, 1);
    repository.import("other", 50, 2);
    repository.git(&["repack", "-dq"]);
    // A second pack with everything in it, beside the first ones.
    let all = repository.git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname)",
    ]);
    repository.git_with(&["pack-objects", "-q", "objects/pack/pack"], &all);
    repository.import("loose", 3, 3);
    assert!(repository.packs().len() >= 3);
    let seen = repository.check();
    let total = seen.coverage.blobs.seen
        + seen.coverage.trees.seen
        + seen.coverage.commits.seen
        + seen.coverage.tags.seen;
    assert_eq!(total, seen.objects.len() as u64);
}

#[test]
fn deltas_that_name_their_base() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 60);
    let other = Repository::new(ObjectFormat::Sha1);
    repack_into(&repository, &other, false);
    let seen = other.check();
    assert_eq!(seen.objects, repository.listed());
    assert!(seen.derived > 50);
}

#[test]
fn a_pack_without_index() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        for by_offset in [false, true] {
            let repository = Repository::with_history(format, 60);
            let other = Repository::new(format);
            repack_into(&repository, &other, by_offset);
            std::fs::remove_file(other.pack().with_extension("idx")).unwrap();
            let store = other.open(&StoreLimits::default());
            assert_eq!(store.rebuilt().len(), 1);
            let seen = Collector::default().walk(&store);
            assert_eq!(seen.losses(), "");
            assert_eq!(seen.objects, repository.listed());
            assert!(seen.derived > 50);
        }
    }
}

/// Writes all of `from` into one pack of `into`, with ofs-deltas or ref-deltas.
fn repack_into(from: &Repository, into: &Repository, by_offset: bool) {
    let path = into.objects().join("pack/pack");
    let mut args = vec!["pack-objects", "-q", "--no-reuse-delta", "--all"];
    if by_offset {
        args.push("--delta-base-offset");
    }
    args.push(path.to_str().unwrap());
    from.git(&args);
}

#[test]
fn a_thin_pack_builds_on_another() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 30);
    let listed_before = repository.listed();
    let base = repository.git(&["pack-objects", "-q", "--stdout", "--all"]);
    repository.git(&["branch", "before", "main"]);
    repository.import("main", 33, 1);
    let listed = repository.listed();
    let thin = repository.git_with(
        &[
            "pack-objects",
            "-q",
            "--thin",
            "--revs",
            "--stdout",
            "--no-reuse-delta",
        ],
        b"main\n^before\n",
    );
    let other = Repository::new(ObjectFormat::Sha1);
    let packs = other.objects().join("pack");
    std::fs::write(packs.join("pack-base.pack"), base).unwrap();
    std::fs::write(packs.join("pack-thin.pack"), thin).unwrap();
    let seen = other.walk();
    assert_eq!(seen.losses(), "");
    assert!(seen.objects.len() > listed_before.len() + 3);
    assert!(
        listed.len() <= seen.objects.len() + 1,
        "all but the second tag"
    );
}

#[test]
fn alternates_relative_looping_and_missing() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 30);
    repository.repack();
    let borrower = Repository::new(ObjectFormat::Sha1);
    let info = borrower.objects().join("info/alternates");
    let link = borrower.objects().join("next");
    #[cfg(unix)]
    std::os::unix::fs::symlink(repository.objects(), link).unwrap();
    std::fs::write(&info, "# comment\nnext\n").unwrap();
    borrower.import("own", 5, 9);
    borrower.check();
    let back = borrower.objects();
    let text = format!("{}\n", back.display());
    std::fs::write(repository.objects().join("info/alternates"), text).unwrap();
    assert_eq!(borrower.walk().losses(), "", "a loop is followed once");
    std::fs::write(&info, "next\n../gone\n").unwrap();
    let seen = borrower.walk();
    assert_eq!(seen.coverage.unscanned_total[&Reason::Missing], 1);
    assert!(seen.losses().contains("../gone"), "{}", seen.losses());
}

#[test]
fn only_what_is_wanted_and_not_known() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 60);
    repository.repack();
    let store = repository.open(&StoreLimits::default());
    let blobs = Collector {
        only: Some(ObjectKind::Blob),
        ..Collector::default()
    }
    .walk(&store);
    assert!(blobs.objects.values().all(|(kind, _)| kind == "blob"));
    assert_eq!(blobs.objects.len() as u64, blobs.coverage.blobs.seen);
    assert_eq!(blobs.coverage.commits.seen, 60);
    let all: Vec<_> = blobs.objects.keys().copied().collect();
    let (known, new) = all.split_at(all.len() - 3);
    let rest = Collector {
        only: Some(ObjectKind::Blob),
        skip: known.to_vec(),
        ..Collector::default()
    }
    .walk(&store);
    assert_eq!(rest.objects.keys().copied().collect::<Vec<_>>(), new);
}

#[test]
fn an_index_of_version_1() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 30);
    repository.repack();
    let pack = repository.pack();
    std::fs::remove_file(pack.with_extension("idx")).unwrap();
    repository.git(&["index-pack", "--index-version=1", pack.to_str().unwrap()]);
    let store = repository.open(&StoreLimits::default());
    assert!(store.rebuilt().is_empty());
    repository.check();
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 60);
    repository.repack();
    let whole = repository.walk();
    for threads in [1, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let seen = pool.install(|| repository.walk());
        assert_eq!(seen.objects, whole.objects);
        assert_eq!(seen.derived, whole.derived);
        assert_eq!(seen.coverage, whole.coverage);
    }
}

#[test]
fn a_multi_pack_index_and_what_else_lies_beside_packs() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 20);
    repository.repack();
    for seed in 2..5 {
        repository.import(&format!("b{seed}"), 6, seed);
        repository.git(&["repack", "-q", "-d"]);
    }
    repository.git(&["multi-pack-index", "write"]);
    repository.git(&["commit-graph", "write", "--reachable"]);
    assert!(repository.packs().len() >= 3);
    let whole = repository.check();
    // The packs are found and read whatever becomes of their own indexes, and of the common one.
    for pack in repository.packs() {
        std::fs::remove_file(pack.with_extension("idx")).unwrap();
    }
    let without = repository.walk();
    assert_eq!(without.losses(), "");
    assert_eq!(without.objects, whole.objects);
    let midx = repository.objects().join("pack/multi-pack-index");
    std::fs::remove_file(&midx).unwrap();
    std::fs::write(&midx, "MIDX\x01\x01").unwrap();
    assert_eq!(repository.walk().objects, whole.objects);
}

#[test]
fn unreachable_objects_in_a_cruft_pack() {
    let repository = Repository::with_history(ObjectFormat::Sha1, 10);
    repository.import("gone", 5, 8);
    repository.git(&["update-ref", "-d", "refs/heads/gone"]);
    repository.git(&["update-ref", "-d", "refs/tags/t8"]);
    repository.git(&[
        "repack",
        "-q",
        "-a",
        "-d",
        "--cruft",
        "--write-bitmap-index",
    ]);
    let packs = repository.packs();
    let cruft = packs
        .iter()
        .filter(|pack| pack.with_extension("mtimes").exists());
    assert_eq!(cruft.count(), 1);
    let seen = repository.check();
    assert!(seen.objects.len() > 15);
}
