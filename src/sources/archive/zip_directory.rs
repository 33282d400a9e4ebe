//! The directory of a zip: the record at its end, in both sizes, and the list of
//! entries. Section numbers are those of APPNOTE.TXT 6.3.10. Only what is needed
//! to find and unpack members is kept; reading them is left to `zip.rs`.

use super::input::Input;
use super::input::le;
use super::member::NAME;
use std::io;
use std::io::BufReader;
use std::io::ErrorKind;
use std::io::Read;
use std::io::SeekFrom;

/// 4.3.16, without comment.
const END: usize = 22;
/// 4.3.15.
const LOCATOR: usize = 20;
/// 4.3.14, the part that is needed.
const END_64: usize = 56;
/// 4.3.12, without name, extra field and comment.
const CENTRAL: usize = 46;
/// What a 32-bit field holds when the value is in the zip64 extra field.
const IN_EXTRA: u64 = 0xffff_ffff;

/// One member.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Raw, cut to [`NAME`] bytes.
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    /// CRC-32 of the content, where it is known.
    pub(super) sum: Option<u32>,
    /// Bytes in the archive.
    pub(super) packed: u64,
    /// Bytes of content, as stated.
    pub(super) unpacked: u64,
    /// Where the local header is.
    pub(super) local: u64,
}

/// The central directory.
#[derive(Debug)]
pub(super) struct Directory {
    /// By place.
    pub(super) entries: Vec<Entry>,
    /// Where the directory itself begins: members end before it.
    pub(super) start: u64,
    pub(super) more_than_limit: bool,
}

/// Where the directory is and what it says of itself.
struct End {
    entries: u64,
    size: u64,
    /// From the start of the zip, which need not be the start of the file.
    offset: u64,
    /// Where the record that says so begins.
    record: u64,
}

/// Reads the directory of a zip of `length` bytes, at most `limit` entries of it.
pub(super) fn read(input: &mut dyn Input, length: u64, limit: u64) -> io::Result<Directory> {
    let invalid = || io::Error::from(ErrorKind::InvalidData);
    let end = find_end(input, length)?;
    // The directory lies right before its end record; what was put in front of the zip
    // moved everything by as much.
    let start = end.record.checked_sub(end.size).ok_or_else(invalid)?;
    let moved = start.checked_sub(end.offset).ok_or_else(invalid)?;
    input.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::new(input.take(end.size));
    let mut entries = Vec::new();
    for _ in 0..end.entries.min(limit) {
        entries.push(central(&mut reader, moved)?);
    }
    entries.sort_by_key(|entry| entry.local);
    Ok(Directory {
        entries,
        start,
        more_than_limit: end.entries > limit,
    })
}

fn find_end(input: &mut dyn Input, length: u64) -> io::Result<End> {
    let invalid = || io::Error::from(ErrorKind::InvalidData);
    // The comment has at most 65,535 bytes.
    let tail_len = length.min(END as u64 + 0xffff);
    let tail_start = length - tail_len;
    let mut tail = vec![0; tail_len as usize];
    input.seek(SeekFrom::Start(tail_start))?;
    input.read_exact(&mut tail)?;
    // The record ends the file; only zeros (padding) are allowed behind it, so that a zip
    // stored in one that is cut is not taken for the outer.
    let used = tail
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1) as u64;
    let is_last = |at: &usize| {
        let comment = le::<2>(&tail, at + 20).map(|length| (at + END) as u64 + length);
        comment.is_some_and(|end| (used..=tail_len).contains(&end))
    };
    let at = memchr::memmem::rfind_iter(&tail, b"PK\x05\x06")
        .find(is_last)
        .ok_or_else(invalid)?;
    let record = tail_start + at as u64;
    let end = End {
        entries: le::<2>(&tail, at + 10).ok_or_else(invalid)?,
        size: le::<4>(&tail, at + 12).ok_or_else(invalid)?,
        offset: le::<4>(&tail, at + 16).ok_or_else(invalid)?,
        record,
    };
    if end.entries == 0xffff || end.size == IN_EXTRA || end.offset == IN_EXTRA {
        return Ok(find_end_64(input, record)?.unwrap_or(end));
    }
    Ok(end)
}

/// The zip64 record, if the locator before `record` leads to one.
fn find_end_64(input: &mut dyn Input, record: u64) -> io::Result<Option<End>> {
    let Some(locator_at) = record.checked_sub(LOCATOR as u64) else {
        return Ok(None);
    };
    let mut locator = [0; LOCATOR];
    input.seek(SeekFrom::Start(locator_at))?;
    input.read_exact(&mut locator)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // Right before the locator where something was put in front of the zip, else as stated.
    let stated = le::<8>(&locator, 8).unwrap_or(u64::MAX);
    let before = locator_at.checked_sub(END_64 as u64);
    for at in before.into_iter().chain([stated]) {
        let mut found = [0; END_64];
        if at > locator_at || input.seek(SeekFrom::Start(at)).is_err() {
            continue;
        }
        input.read_exact(&mut found)?;
        if found.starts_with(b"PK\x06\x06") {
            let number = |at| le::<8>(&found, at).unwrap_or(0);
            return Ok(Some(End {
                entries: number(32),
                size: number(40),
                offset: number(48),
                record: at,
            }));
        }
    }
    Ok(None)
}

/// 4.3.12: one entry of the central directory.
fn central(reader: &mut dyn Read, moved: u64) -> io::Result<Entry> {
    let mut header = [0; CENTRAL];
    reader.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x01\x02") {
        return Err(ErrorKind::InvalidData.into());
    }
    let short = |at| le::<2>(&header, at).unwrap_or(0);
    let long = |at| le::<4>(&header, at).unwrap_or(0);
    let mut name = vec![0; short(28) as usize];
    reader.read_exact(&mut name)?;
    let mut extra = vec![0; short(30) as usize];
    reader.read_exact(&mut extra)?;
    io::copy(&mut reader.take(short(32)), &mut io::sink())?;
    name.truncate(NAME);
    let mut entry = Entry {
        name,
        flags: short(8) as u16,
        method: short(10) as u16,
        sum: Some(long(16) as u32),
        packed: long(20),
        unpacked: long(24),
        local: long(42),
    };
    widen(
        &extra,
        [&mut entry.unpacked, &mut entry.packed, &mut entry.local],
    );
    entry.local = entry.local.saturating_add(moved);
    Ok(entry)
}

/// 4.3.7: the same from a local header of 30 bytes at `at`.
pub(super) fn local(header: &[u8], name: Vec<u8>, extra: &[u8], at: u64) -> Entry {
    let short = |at| le::<2>(header, at).unwrap_or(0);
    let long = |at| le::<4>(header, at).unwrap_or(0);
    let flags = short(6) as u16;
    let mut entry = Entry {
        name,
        flags,
        method: short(8) as u16,
        sum: (flags & 8 == 0).then_some(long(14) as u32),
        packed: long(18),
        unpacked: long(22),
        local: at,
    };
    widen(extra, [&mut entry.unpacked, &mut entry.packed, &mut 0]);
    entry
}

/// 4.5.3: the zip64 extra field holds, in this order, those values that did not fit.
fn widen(mut extra: &[u8], values: [&mut u64; 3]) {
    while let (Some(id), Some(size)) = (le::<2>(extra, 0), le::<2>(extra, 2)) {
        let size = size as usize;
        let Some(field) = extra.get(4..4 + size) else {
            return;
        };
        if id == 1 {
            let mut wide = field.chunks_exact(8);
            for value in values.into_iter().filter(|value| **value == IN_EXTRA) {
                if let Some(number) = wide.next().and_then(|bytes| le::<8>(bytes, 0)) {
                    *value = number;
                }
            }
            return;
        }
        extra = &extra[4 + size..];
    }
}
