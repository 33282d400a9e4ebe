//! Packs that git would not make: chains and fans far beyond its limits, cycles,
//! bombs, and indexes that lie about them.

use bowerbird::model::coverage::Reason;
use bowerbird::model::object::ObjectFormat;
use bowerbird::model::object::ObjectId;
use bowerbird::sources::history::StoreLimits;
use libdeflater::CompressionLvl;
use libdeflater::Compressor;
use sha1::Digest;

use super::support::Collector;
use super::support::Repository;
use super::support::name_of;

/// A pack in the making, SHA-1.
struct Pack {
    bytes: Vec<u8>,
    count: u32,
    compressor: Compressor,
}

impl Pack {
    fn new() -> Pack {
        Pack {
            bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(),
            count: 0,
            compressor: Compressor::new(CompressionLvl::fastest()),
        }
    }

    fn add(&mut self, kind: u8, declared: usize, between: &[u8], content: &[u8]) -> usize {
        let offset = self.bytes.len();
        let mut size = declared >> 4;
        let mut byte = kind << 4 | (declared & 15) as u8;
        while size > 0 {
            self.bytes.push(byte | 0x80);
            byte = (size & 0x7f) as u8;
            size >>= 7;
        }
        self.bytes.push(byte);
        self.bytes.extend(between);
        let mut out = vec![0; self.compressor.zlib_compress_bound(content.len())];
        let len = self.compressor.zlib_compress(content, &mut out).unwrap();
        self.bytes.extend(&out[..len]);
        self.count += 1;
        offset
    }

    fn blob(&mut self, content: &[u8]) -> usize {
        self.add(3, content.len(), &[], content)
    }

    fn on_offset(&mut self, base: usize, delta: &[u8]) -> usize {
        let mut distance = self.bytes.len() - base;
        let mut encoded = vec![(distance & 0x7f) as u8];
        while distance >> 7 > 0 {
            distance = (distance >> 7) - 1;
            encoded.push(0x80 | (distance & 0x7f) as u8);
        }
        encoded.reverse();
        self.add(6, delta.len(), &encoded, delta)
    }

    fn on_id(&mut self, base: &ObjectId, delta: &[u8]) -> usize {
        self.add(7, delta.len(), base.as_bytes(), delta)
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes[8..12].copy_from_slice(&self.count.to_be_bytes());
        let checksum = sha1::Sha1::digest(&self.bytes);
        self.bytes.extend(checksum);
        self.bytes
    }

    /// Writes it into a repository, and an index if one is given.
    fn write(self, repository: &Repository, index: Option<&[(ObjectId, usize)]>) {
        let pack = repository.objects().join("pack/pack-handmade.pack");
        let bytes = self.finish();
        if let Some(entries) = index {
            let index = write_index(entries, &bytes[bytes.len() - 20..]);
            std::fs::write(pack.with_extension("idx"), index).unwrap();
        }
        std::fs::write(pack, bytes).unwrap();
    }
}

/// An index without checksums of entries (version 1).
fn write_index(entries: &[(ObjectId, usize)], checksum: &[u8]) -> Vec<u8> {
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    let mut out = Vec::new();
    for first in 0..=255u8 {
        let below = entries.iter().filter(|(id, _)| id.as_bytes()[0] <= first);
        out.extend((below.count() as u32).to_be_bytes());
    }
    for (id, offset) in &entries {
        out.extend((*offset as u32).to_be_bytes());
        out.extend(id.as_bytes());
    }
    out.extend(checksum);
    let own = sha1::Sha1::digest(&out);
    out.extend(own);
    out
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

/// A delta that replaces the first bytes of a base of `len` bytes by `new`.
fn replace_start(len: usize, new: &[u8]) -> Vec<u8> {
    let mut delta = [varint(len as u64), varint(len as u64)].concat();
    delta.push(new.len() as u8);
    delta.extend(new);
    delta.push(0x80 | 0x01 | 0x10 | 0x20);
    let rest = len - new.len();
    delta.extend([new.len() as u8, rest as u8, (rest >> 8) as u8]);
    delta
}

fn content(number: u32) -> Vec<u8> {
    let mut content = vec![b'.'; 300];
    content[..4].copy_from_slice(&number.to_be_bytes());
    content
}

fn id(byte: u8) -> ObjectId {
    ObjectId::from_bytes(ObjectFormat::Sha1, &[byte; 20]).unwrap()
}

#[test]
fn a_chain_of_ten_thousand() {
    let repository = Repository::new(ObjectFormat::Sha1);
    let mut pack = Pack::new();
    let mut last = pack.blob(&content(0));
    for number in 1..10_000u32 {
        last = pack.on_offset(last, &replace_start(300, &number.to_be_bytes()));
    }
    pack.write(&repository, None);
    let seen = repository.walk();
    assert_eq!(seen.losses(), "");
    assert_eq!((seen.objects.len(), seen.derived), (10_000, 9_999));
    let store = repository.open(&StoreLimits::default());
    let deepest = name_of(ObjectFormat::Sha1, "blob", &content(9_999));
    let mut bytes = Vec::new();
    store.read(&deepest, &mut bytes).unwrap();
    assert_eq!(bytes, content(9_999));
}

#[test]
fn a_base_with_a_hundred_thousand_children() {
    let repository = Repository::new(ObjectFormat::Sha1);
    let mut pack = Pack::new();
    let base = pack.blob(&content(0));
    for number in 1..100_000u32 {
        pack.on_offset(base, &replace_start(300, &number.to_be_bytes()));
    }
    pack.write(&repository, None);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(4)
        .build()
        .unwrap();
    let seen = pool.install(|| repository.walk());
    assert_eq!(seen.losses(), "");
    assert_eq!((seen.objects.len(), seen.derived), (100_000, 99_999));
}

#[test]
fn bases_behind_their_deltas() {
    let repository = Repository::new(ObjectFormat::Sha1);
    let ids: Vec<_> = (0..50)
        .map(|number| name_of(ObjectFormat::Sha1, "blob", &content(number)))
        .collect();
    for with_index in [false, true] {
        let mut pack = Pack::new();
        let mut index = Vec::new();
        for number in (1..50u32).rev() {
            let delta = replace_start(300, &number.to_be_bytes());
            let offset = pack.on_id(&ids[number as usize - 1], &delta);
            index.push((ids[number as usize], offset));
        }
        index.push((ids[0], pack.blob(&content(0))));
        pack.write(&repository, with_index.then_some(&index[..]));
        let seen = repository.walk();
        assert_eq!(seen.losses(), "");
        assert_eq!((seen.objects.len(), seen.derived), (50, 49));
    }
}

#[test]
fn cycles_are_named_and_the_rest_is_read() {
    let repository = Repository::new(ObjectFormat::Sha1);
    let mut pack = Pack::new();
    let delta = replace_start(300, b"aaaa");
    let a = pack.on_id(&id(2), &delta);
    let b = pack.on_id(&id(1), &delta);
    let itself = pack.on_id(&id(3), &delta);
    let outside = pack.on_offset(b, &delta);
    let sound = name_of(ObjectFormat::Sha1, "blob", &content(7));
    let whole = pack.blob(&content(7));
    let index = [
        (id(1), a),
        (id(2), b),
        (id(3), itself),
        (id(4), outside),
        (sound, whole),
    ];
    pack.write(&repository, Some(&index));
    let seen = repository.walk();
    assert_eq!(seen.objects.keys().collect::<Vec<_>>(), [&sound]);
    assert_eq!(seen.coverage.unscanned_total[&Reason::Corrupt], 4);
    assert!(seen.losses().contains("cycle"), "{}", seen.losses());
    let store = repository.open(&StoreLimits::default());
    for name in 1..=4 {
        assert!(store.read(&id(name), &mut Vec::new()).is_err());
    }
    std::fs::remove_file(repository.objects().join("pack/pack-handmade.idx")).unwrap();
    let seen = repository.walk();
    assert_eq!(seen.objects.keys().collect::<Vec<_>>(), [&sound]);
    assert_eq!(seen.coverage.unscanned.len(), 4);
}

#[test]
fn a_missing_base_is_named() {
    let repository = Repository::new(ObjectFormat::Sha1);
    let mut pack = Pack::new();
    let thin = pack.on_id(&id(9), &replace_start(300, b"aaaa"));
    let child = pack.on_offset(thin, &replace_start(300, b"bbbb"));
    pack.write(&repository, Some(&[(id(1), thin), (id(2), child)]));
    let seen = repository.walk();
    assert_eq!(seen.coverage.unscanned_total[&Reason::Missing], 2);
    assert!(
        seen.losses()
            .contains(&format!("offset 12 (object {})", id(1)))
    );
}

#[test]
fn bombs_and_lies_cost_nothing() {
    let repository = Repository::new(ObjectFormat::Sha1);
    let mut pack = Pack::new();
    let base = pack.blob(&content(1));
    // 256 GiB by copying 64 KiB again and again is told by the declared length alone.
    let huge = [varint(300), varint(256 << 30), vec![0x80]].concat();
    let bomb = pack.on_offset(base, &huge);
    let small = [varint(300), varint(2000), vec![0x91, 0, 9]].concat();
    let short = pack.on_offset(base, &small);
    let beyond = [varint(300), varint(9), vec![0x93, 0xff, 0xff, 9]].concat();
    let out = pack.on_offset(base, &beyond);
    let reserved = pack.on_offset(base, &[varint(300), varint(9), vec![0]].concat());
    let claims = pack.add(3, 1 << 50, &[], b"tiny");
    let longer = pack.add(3, 3, &[], b"longer than three");
    let shorter = pack.add(3, 3000, &[], b"shorter");
    let sound = name_of(ObjectFormat::Sha1, "blob", &content(1));
    let index = [
        (sound, base),
        (id(1), bomb),
        (id(2), short),
        (id(3), out),
        (id(4), reserved),
        (id(5), claims),
        (id(6), longer),
        (id(7), shorter),
        (id(8), 12 + 3),
    ];
    pack.count += 1; // the index lists one entry that is none
    pack.write(&repository, Some(&index));
    let seen = repository.walk();
    assert_eq!(seen.objects.keys().collect::<Vec<_>>(), [&sound]);
    assert_eq!(seen.coverage.unscanned.len(), 8, "{}", seen.losses());
    assert_eq!(seen.coverage.unscanned_total[&Reason::LimitSize], 2);
    let store = repository.open(&StoreLimits::default());
    for name in 1..=8 {
        assert!(store.read(&id(name), &mut Vec::new()).is_err());
    }
}

#[test]
fn an_index_that_swaps_two_objects_is_found_out_on_request() {
    let repository = Repository::new(ObjectFormat::Sha1);
    let mut pack = Pack::new();
    let names = [content(1), content(2)].map(|text| name_of(ObjectFormat::Sha1, "blob", &text));
    let (first, second) = (pack.blob(&content(1)), pack.blob(&content(2)));
    pack.write(&repository, Some(&[(names[0], second), (names[1], first)]));
    let limits = StoreLimits {
        verify: true,
        ..StoreLimits::default()
    };
    let believes = Collector {
        believes_ids: true,
        ..Collector::default()
    };
    let seen = believes.walk(&repository.open(&limits));
    assert_eq!(seen.objects.len(), 2, "scanned all the same");
    assert_eq!(seen.coverage.unscanned_total[&Reason::Corrupt], 2);
}
