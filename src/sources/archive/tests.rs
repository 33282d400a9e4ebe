//! Archives as other programs write them, archives that are cut, lied about or
//! made to explode, and archives in archives. Everything is made here; what is
//! asserted is what a user sees: members, and what was listed as not read.

use super::*;
use crate::limits::RunBudget;
use crate::model::coverage::Reason;
use crate::sources::collect::Collect;
use crate::sources::collect::Seen;
use crate::sources::window::WindowSize;
use proptest::prelude::*;
use std::io::Cursor;
use std::io::Write;

fn unpack_within(limits: &ArchiveLimits, name: &str, bytes: &[u8]) -> Seen {
    let (sink, run) = (Collect::default(), RunBudget::default());
    let origin = Origin::File {
        path: name.to_owned(),
    };
    let mut blobs = BlobReader::new(WindowSize::new(1 << 16, 64));
    let archives = Archives {
        limits,
        run: &run,
        sink: &sink,
    };
    if let Some(format) = detect(bytes) {
        assert_eq!(detect_in(&mut Cursor::new(bytes)), Some(format));
        archives.scan(&origin, format, &mut Cursor::new(bytes), &mut blobs);
    }
    sink.into_seen()
}

fn unpack(name: &str, bytes: &[u8]) -> Seen {
    unpack_within(&ArchiveLimits::default(), name, bytes)
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip_of(files: &[(&str, &[u8])], method: ::zip::CompressionMethod) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = ::zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn stored(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_of(files, ::zip::CompressionMethod::Stored)
}

fn deflated(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_of(files, ::zip::CompressionMethod::Deflated)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(bytes, 1).unwrap()
}

/// A zip by hand: one member with these fields. `stated` is the size of the content.
fn zip_by_hand(flags: u16, method: u16, data: &[u8], stated: u32, sum: u32) -> Vec<u8> {
    let mut fields = Vec::new();
    for number in [20, flags, method, 0, 0] {
        fields.extend(number.to_le_bytes());
    }
    for number in [sum, data.len() as u32, stated] {
        fields.extend(number.to_le_bytes());
    }
    fields.extend([1, 0, 0, 0]);
    let mut zip = [b"PK\x03\x04", fields.as_slice(), b"m", data].concat();
    let directory = zip.len() as u32;
    zip.extend([b"PK\x01\x02\x14\0", fields.as_slice(), &[0; 14], b"m"].concat());
    let size = zip.len() as u32 - directory;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend([size.to_le_bytes(), directory.to_le_bytes()].concat());
    zip.extend([0, 0]);
    zip
}

#[test]
fn every_format_gives_its_members() {
    let long = "d/".repeat(80) + "long";
    let files: [(&str, &[u8]); 4] = [
        ("a.txt", b"one"),
        ("d/b", b"two"),
        ("empty", b""),
        (&long, b"deep"),
    ];
    let tar = tar_of(&files);
    let tars = [
        ("x.tar", tar.clone()),
        ("x.tar.gz", gzip(&tar)),
        ("x.tar.bz2", bzip2(&tar)),
        ("x.tar.xz", xz(&tar)),
        ("x.tar.zst", zstd(&tar)),
    ];
    for (name, archive) in tars
        .into_iter()
        .chain([("x.jar", stored(&files)), ("x.docx", deflated(&files))])
    {
        let seen = unpack(name, &archive);
        assert_eq!(seen.missed(), [], "{name}");
        assert_eq!(seen.text(&format!("{name}!a.txt")), "one");
        assert_eq!(seen.text(&format!("{name}!d/b")), "two");
        assert_eq!(seen.text(&format!("{name}!{long}")), "deep");
        assert_eq!(seen.counted["archive.members"], (4, 10), "{name}");
    }
}

#[test]
fn compressed_single_files_are_named_after_the_file() {
    for (name, packed) in [
        ("logs/a.txt.gz", gzip(b"content")),
        ("logs/a.txt.bz2", bzip2(b"content")),
        ("logs/a.txt.xz", xz(b"content")),
        ("logs/a.txt.zst", zstd(b"content")),
    ] {
        let seen = unpack(name, &packed);
        assert_eq!(seen.text(&format!("{name}!a.txt")), "content");
        assert_eq!(seen.missed(), []);
    }
    assert_eq!(unpack("blob", &gzip(b"x")).text("blob!content"), "x");
}

#[test]
fn several_gzip_members_are_one_file_and_zeros_behind_are_padding() {
    let packed = [gzip(b"one "), gzip(b""), gzip(b"two"), vec![0; 700]].concat();
    let seen = unpack("a.gz", &packed);
    assert_eq!((seen.text("a.gz!a"), seen.missed()), ("one two", vec![]));
    let seen = unpack("a.gz", &[gzip(b"one"), b"garbage".to_vec()].concat());
    assert_eq!(
        (seen.text("a.gz!a"), seen.missed()),
        ("one", vec![("a.gz!a", Reason::Corrupt)])
    );
}

#[test]
fn archives_nest() {
    let inner = deflated(&[("secret", b"found")]);
    let middle = gzip(&tar_of(&[("inner.zip", &inner), ("note", b"beside")]));
    let outer = stored(&[
        ("middle.tgz", &middle),
        (
            "deb",
            &ar(&[("data.tar.xz/", &xz(&tar_of(&[("f", b"packed")])))]),
        ),
    ]);
    let seen = unpack("outer.zip", &outer);
    assert_eq!(seen.text("outer.zip!middle.tgz!inner.zip!secret"), "found");
    assert_eq!(seen.text("outer.zip!middle.tgz!note"), "beside");
    assert_eq!(seen.text("outer.zip!deb!data.tar.xz!f"), "packed");
    assert_eq!(
        seen.blobs["outer.zip!middle.tgz!inner.zip"], inner,
        "its raw bytes are scanned too"
    );
    assert_eq!(seen.missed(), []);
    let seen = unpack("z.gz", &gzip(&inner));
    assert_eq!(seen.text("z.gz!z!secret"), "found");
}

fn ar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, content) in files {
        out.extend(format!("{name:<16}{:<32}{:<10}`\n", "", content.len()).as_bytes());
        out.extend_from_slice(content);
        out.extend(b"\n".repeat(content.len() % 2));
    }
    out
}

#[test]
fn ar_knows_the_long_names_of_gnu_and_bsd() {
    let archive = ar(&[
        ("/", b"\0\0\0\0"),
        ("//", b"a_very_long_name.txt/\nanother_very_long_name/\n"),
        ("/0", b"one"),
        ("/22", b"two"),
        ("#1/20", b"a name of the BSDs\0\0three"),
        ("short.o/", b"four"),
    ]);
    let seen = unpack("x.a", &archive);
    assert_eq!(seen.missed(), []);
    assert_eq!(
        seen.names(),
        [
            "x.a!a name of the BSDs",
            "x.a!a_very_long_name.txt",
            "x.a!another_very_long_name",
            "x.a!short.o"
        ]
    );
    assert_eq!(seen.text("x.a!a name of the BSDs"), "three");
    let seen = unpack("x.a", &ar(&[("ok/", b"read"), ("/99", b"x")]));
    assert_eq!(
        (seen.text("x.a!ok"), seen.missed()),
        ("read", vec![("x.a", Reason::Corrupt)])
    );
}

#[test]
fn what_is_encrypted_or_not_supported_is_named() {
    let seen = unpack("e.zip", &zip_by_hand(1, 8, b"secret", 6, 0));
    assert_eq!(seen.missed(), [("e.zip!m", Reason::Encrypted)]);
    let seen = unpack("d.zip", &zip_by_hand(0, 9, b"deflate64", 9, 0));
    assert_eq!(seen.missed(), [("d.zip!m", Reason::UnsupportedFormat)]);
    for magic in [&b"Rar!\x1a\x07\x01\0"[..], b"7z\xbc\xaf\x27\x1c\0\x04"] {
        assert_eq!(
            unpack("a", magic).missed(),
            [("a", Reason::UnsupportedFormat)]
        );
        let seen = unpack("t.tar", &tar_of(&[("a", magic), ("b", b"next")]));
        assert_eq!(seen.missed(), [("t.tar!a", Reason::UnsupportedFormat)]);
        assert_eq!(
            (seen.blobs["t.tar!a"].as_slice(), seen.text("t.tar!b")),
            (magic, "next")
        );
    }
}

#[test]
fn zip_methods_beyond_deflate_are_read() {
    let text = b"content of a member";
    let sum = crc32fast::hash(text);
    for (method, data) in [
        (0, text.to_vec()),
        (12, bzip2(text)),
        (93, zstd(text)),
        (95, xz(text)),
    ] {
        let seen = unpack(
            "z.zip",
            &zip_by_hand(0, method, &data, text.len() as u32, sum),
        );
        assert_eq!(
            (seen.text("z.zip!m").as_bytes(), seen.missed()),
            (&text[..], vec![]),
            "{method}"
        );
    }
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut writer = lzma_rust2::LzmaWriter::new_no_header(Vec::new(), &options, true).unwrap();
    writer.write_all(text).unwrap();
    let raw = writer.finish().unwrap();
    let mut data = vec![9, 20, 5, 0, options.get_props()];
    data.extend(options.dict_size.to_le_bytes());
    data.extend(raw);
    let seen = unpack("z.zip", &zip_by_hand(2, 14, &data, text.len() as u32, sum));
    assert_eq!(
        (seen.text("z.zip!m").as_bytes(), seen.missed()),
        (&text[..], vec![])
    );
}

#[test]
fn a_wrong_sum_is_told_and_the_content_delivered() {
    let seen = unpack("z.zip", &zip_by_hand(0, 0, b"content", 7, 1));
    assert_eq!(
        (seen.text("z.zip!m"), seen.missed()),
        ("content", vec![("z.zip!m", Reason::Corrupt)])
    );
}

#[test]
fn a_zip_behind_a_program_is_found() {
    let zip = deflated(&[("a", b"one"), ("b", b"two")]);
    let jar = [b"#!/bin/sh\nexec java -jar $0\n".as_slice(), &zip].concat();
    let seen = unpack("run", &jar);
    assert_eq!(
        (seen.names(), seen.missed()),
        (vec!["run!a", "run!b"], vec![])
    );
}

#[test]
fn members_the_directory_conceals_are_found() {
    let hidden = deflated(&[("hidden", b"found")]);
    let directory = memchr::memmem::find(&hidden, b"PK\x01\x02").unwrap();
    let zip = deflated(&[("a", b"one")]);
    let jar = [&hidden[..directory], &zip].concat();
    let seen = unpack("x.jar", &jar);
    assert_eq!(seen.names(), ["x.jar!a", "x.jar!hidden"]);
}

#[test]
fn bombs_stop_at_the_ratio() {
    let zeros = vec![0; 40 << 20];
    for (name, bomb) in [
        ("b.gz", gzip(&zeros)),
        ("b.bz2", bzip2(&zeros)),
        ("b.xz", xz(&zeros)),
        ("b.zst", zstd(&zeros)),
    ] {
        let seen = unpack(name, &bomb);
        assert_eq!(
            seen.missed(),
            [(format!("{name}!b").as_str(), Reason::LimitRatio)]
        );
        let read = seen.blobs[&format!("{name}!b")].len();
        assert!(
            (15 << 20..17 << 20).contains(&read),
            "{read} bytes were delivered before"
        );
    }
    let zip = deflated(&[("first", b"read"), ("bomb", &zeros), ("last", b"not read")]);
    let seen = unpack("b.zip", &zip);
    assert_eq!(seen.missed(), [("b.zip!bomb", Reason::LimitRatio)]);
    assert_eq!(seen.text("b.zip!first"), "read");
    let nested = unpack(
        "b.tgz",
        &gzip(&tar_of(&[("b.gz", &gzip(&zeros)), ("last", b"no")])),
    );
    assert_eq!(nested.missed(), [("b.tgz!b.gz!b", Reason::LimitRatio)]);
}

#[test]
fn other_limits_are_named() {
    let small = ArchiveLimits {
        output: 1000,
        entries: 3,
        depth: 2,
        buffer: 200,
        ..ArchiveLimits::default()
    };
    let one = [b'x'; 600];
    let seen = unpack_within(
        &small,
        "o.zip",
        &stored(&[("a", &one), ("b", &one), ("c", &one)]),
    );
    assert_eq!(seen.missed(), [("o.zip!b", Reason::LimitSize)]);

    let many: Vec<String> = (0..9).map(|n| format!("f{n}")).collect();
    let files: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let seen = unpack_within(&small, "c.tar", &tar_of(&files));
    assert_eq!(seen.missed(), [("c.tar!f3", Reason::LimitCount)]);
    let seen = unpack_within(&small, "c.zip", &stored(&files));
    assert_eq!(seen.missed(), [("c.zip!f3", Reason::LimitCount)]);
    assert_eq!(seen.counted["archive.members"].0, 3);

    let nested = gzip(&gzip(&gzip(b"deep")));
    let seen = unpack_within(&small, "n.gz", &nested);
    assert_eq!(seen.missed(), [("n.gz!n", Reason::LimitDepth)]);

    let inner = stored(&[("a", &[b'x'; 300])]);
    let seen = unpack_within(
        &small,
        "m.tar",
        &tar_of(&[("i.zip", &inner), ("next", b"read")]),
    );
    assert_eq!(seen.missed(), [("m.tar!i.zip", Reason::LimitMemory)]);
    assert_eq!(
        (&seen.blobs["m.tar!i.zip"], seen.text("m.tar!next")),
        (&inner, "read")
    );
}

#[test]
fn overlapping_members_are_refused() {
    let mut zip = stored(&[("a", b"one"), ("b", b"two")]);
    let first = memchr::memmem::find(&zip, b"PK\x01\x02").unwrap();
    let second = first + 4 + memchr::memmem::find(&zip[first + 4..], b"PK\x01\x02").unwrap();
    // The second entry of the directory is made to lead to the data of the first.
    zip[second + 42..second + 46].copy_from_slice(&[0; 4]);
    let seen = unpack("o.zip", &zip);
    assert!(seen.missed().contains(&("o.zip!b", Reason::Corrupt)));
    assert_eq!(seen.text("o.zip!a"), "one");
}

#[test]
fn many_empty_members_take_linear_time() {
    let names: Vec<String> = (0..60_000).map(|n| n.to_string()).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let seen = unpack("many.zip", &stored(&files));
    assert_eq!(
        (seen.counted["archive.members"].0, seen.missed()),
        (60_000, vec![])
    );
}

#[test]
fn names_of_members_lead_nowhere() {
    let zip = stored(&[
        ("../../etc/passwd", b"one"),
        ("/abs", b"two"),
        ("new\nline", b"three"),
    ]);
    let seen = unpack("slip.zip", &zip);
    assert_eq!(
        seen.names(),
        [
            "slip.zip!../../etc/passwd",
            "slip.zip!/abs",
            "slip.zip!new%0Aline"
        ]
    );
}

#[test]
fn tar_sizes_that_lie_are_told() {
    let mut huge = tar_of(&[("a", b"content")]);
    huge[124..136].copy_from_slice(b"77777777777\0");
    fix_sum(&mut huge);
    let seen = unpack("h.tar", &huge);
    assert_eq!(seen.missed(), [("h.tar!a", Reason::Corrupt)]);
    assert!(seen.blobs["h.tar!a"].starts_with(b"content"));
    for field in [[0xff; 12], *b"not a number"] {
        let mut wrong = tar_of(&[("a", b"content")]);
        wrong[124..136].copy_from_slice(&field);
        fix_sum(&mut wrong);
        assert_eq!(
            unpack("w.tar", &wrong).missed(),
            [("w.tar", Reason::Corrupt)]
        );
    }
}

fn fix_sum(tar: &mut [u8]) {
    tar[148..156].fill(b' ');
    let sum: u32 = tar[..512].iter().map(|byte| u32::from(*byte)).sum();
    tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn a_tar_behind_the_end_of_another_is_read() {
    let two = [tar_of(&[("a", b"one")]), tar_of(&[("b", b"two")])].concat();
    let seen = unpack("t.tar", &two);
    assert_eq!(
        (seen.names(), seen.missed()),
        (vec!["t.tar!a", "t.tar!b"], vec![])
    );
}

#[test]
fn links_and_devices_in_tar_are_passed_over() {
    let mut builder = ::tar::Builder::new(Vec::new());
    for kind in [
        ::tar::EntryType::Symlink,
        ::tar::EntryType::Link,
        ::tar::EntryType::Char,
        ::tar::EntryType::Directory,
    ] {
        let mut header = ::tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_data(&mut header, "odd", &b""[..]).unwrap();
    }
    let mut tar = builder.into_inner().unwrap();
    tar.truncate(4 * 512);
    tar.extend(tar_of(&[("a", b"one")]));
    let seen = unpack("l.tar", &tar);
    assert_eq!((seen.names(), seen.missed()), (vec!["l.tar!a"], vec![]));
}

/// An archive of each kind with two members, the first whole long before the end.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let noise: Vec<u8> = (0..1500_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let files: [(&str, &[u8]); 2] = [("first", b"one"), ("second", &noise)];
    let tar = tar_of(&files);
    let zip = deflated(&files);
    vec![
        ("x.ar", ar(&[("first/", b"one"), ("second/", &noise)])),
        ("x.tar.gz", gzip(&tar)),
        ("x.tar.bz2", bzip2(&tar)),
        ("x.tar.xz", xz(&tar)),
        ("x.tar.zst", zstd(&tar)),
        ("y.zip", stored(&[("x.zip", &zip)])),
        ("x.tar", tar),
        ("x.zip", zip),
    ]
}

#[test]
fn an_archive_cut_at_any_length_is_told_and_gives_what_it_has() {
    for (name, whole) in samples() {
        let all = unpack(name, &whole);
        assert_eq!(all.missed(), []);
        for length in 0..whole.len() {
            let seen = unpack(name, &whole[..length]);
            for (member, bytes) in &seen.blobs {
                // Cut before its first header is whole, a tar is only bytes.
                let full = all.blobs.get(member);
                let is_start = full.is_none_or(|full| full.starts_with(bytes));
                assert!(is_start, "{name} {member} {length}");
            }
            let is_archive = detect(&whole[..length]).is_some();
            // One zero behind the last member of a tar is taken for its end; ar has none.
            let is_cut = name != "x.tar" || length <= 3072;
            if is_archive && is_cut && name != "x.ar" {
                assert_ne!(seen.missed(), [], "{name} cut at {length}");
            }
        }
        if name.ends_with(".zip") || name == "x.tar" || name == "x.ar" {
            let most = unpack(name, &whole[..whole.len() - 100]);
            assert!(
                most.blobs.keys().any(|member| member.ends_with("!first")),
                "{name}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn damaged_archives_never_panic(
        which in 0_usize..8,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (name, mut bytes) = samples().swap_remove(which);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        unpack(name, &bytes);
    }

    #[test]
    fn any_bytes_behind_a_magic_number_never_panic(
        which in 0_usize..6,
        rest in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let magics: [&[u8]; 6] = [b"PK\x03\x04", b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"!<arch>\n", b"BZh91AY&SY"];
        unpack("x", &[magics[which], &rest].concat());
    }
}
