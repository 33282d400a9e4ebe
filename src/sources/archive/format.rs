//! Tells archives by their content. Names are not asked: a zip is a zip whether
//! it is called `.jar`, `.docx` or nothing at all. The readers of each format
//! are left to the other modules of this folder.

use super::input::Input;
use super::input::read_head;
use super::tar;
use std::io::SeekFrom;

/// Bytes at the start of an archive that tell its format.
pub(super) const HEAD: usize = 512;

/// The signature and fixed part of zip's end of central directory record.
const ZIP_END: usize = 22;

/// What a blob is packed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PKWARE's zip (APPNOTE.TXT), also behind a program that unpacks itself.
    Zip,
    /// tar: POSIX ustar, pax, GNU and the v7 format.
    Tar,
    /// `ar`, as in static libraries and Debian packages.
    Ar,
    /// gzip (RFC 1952).
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// Zstandard (RFC 8878).
    Zstd,
    /// An archive that this build cannot unpack, by name.
    Unsupported(&'static str),
}

/// The format of a blob in memory, if it is an archive.
pub fn detect(blob: &[u8]) -> Option<Format> {
    detect_head(&blob[..blob.len().min(HEAD)]).or_else(|| {
        let end = blob.len().checked_sub(ZIP_END)?;
        ends_zip(&blob[end..]).then_some(Format::Zip)
    })
}

/// The format of a blob that is too large for memory. What cannot be read is no archive
/// here; the caller has read the same bytes and reported it.
pub fn detect_in(input: &mut dyn Input) -> Option<Format> {
    let mut head = [0; HEAD];
    input.rewind().ok()?;
    let (length, _) = read_head(input, &mut head);
    if let Some(format) = detect_head(&head[..length]) {
        return Some(format);
    }
    let mut tail = [0; ZIP_END];
    input.seek(SeekFrom::End(-(ZIP_END as i64))).ok()?;
    input.read_exact(&mut tail).ok()?;
    ends_zip(&tail).then_some(Format::Zip)
}

/// A record that says it has no comment and is not empty: what stands at the very end of
/// a zip that something else was put in front of.
fn ends_zip(tail: &[u8]) -> bool {
    tail.starts_with(b"PK\x05\x06") && tail.ends_with(&[0, 0]) && tail[10..12] != [0, 0]
}

/// The format by the first [`HEAD`] bytes.
pub(super) fn detect_head(head: &[u8]) -> Option<Format> {
    const MAGICS: &[(&[u8], Format)] = &[
        (b"PK\x03\x04", Format::Zip),
        (b"PK\x05\x06", Format::Zip),
        (b"PK\x07\x08PK\x03\x04", Format::Zip),
        (b"\x1f\x8b\x08", Format::Gzip),
        (b"\xfd7zXZ\0", Format::Xz),
        (b"\x28\xb5\x2f\xfd", Format::Zstd),
        (b"!<arch>\n", Format::Ar),
        (b"Rar!\x1a\x07", Format::Unsupported("RAR")),
        (b"7z\xbc\xaf\x27\x1c", Format::Unsupported("7z")),
        (b"MSCF\0\0\0\0", Format::Unsupported("cabinet")),
        (b"\xed\xab\xee\xdb", Format::Unsupported("RPM")),
        (b"070701", Format::Unsupported("cpio")),
        (b"070702", Format::Unsupported("cpio")),
        (b"070707", Format::Unsupported("cpio")),
        (b"\x04\x22\x4d\x18", Format::Unsupported("LZ4")),
        (b"LZIP\x01", Format::Unsupported("lzip")),
        (b"\x1f\x9d\x90", Format::Unsupported("compress (.Z)")),
    ];
    if let Some((_, format)) = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(*format);
    }
    if is_bzip2(head) {
        return Some(Format::Bzip2);
    }
    if is_skippable_zstd(head) {
        return Some(Format::Zstd);
    }
    tar::is_header(head).then_some(Format::Tar)
}

/// `BZh`, a digit, then the magic number of a block or of the end.
fn is_bzip2(head: &[u8]) -> bool {
    matches!(head, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
        if rest.starts_with(b"\x31\x41\x59\x26\x53\x59") || rest.starts_with(b"\x17\x72\x45\x38\x50\x90"))
}

/// A skippable frame (RFC 8878, 3.1.2) with a frame of data behind it.
fn is_skippable_zstd(head: &[u8]) -> bool {
    let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, rest @ ..] = head else {
        return false;
    };
    let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    rest.get(length..)
        .is_some_and(|rest| rest.starts_with(b"\x28\xb5\x2f\xfd"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_archive() {
        for text in [
            "",
            "PK",
            "BZh9 is a word",
            "070 701",
            "!<arch>",
            "7z x",
            "MSCF",
        ] {
            assert_eq!(detect(text.as_bytes()), None, "{text}");
        }
        assert_eq!(detect(&[0; 4096]), None);
        assert_eq!(
            detect(b"Rar!\x1a\x07\x01\0"),
            Some(Format::Unsupported("RAR"))
        );
    }
}
