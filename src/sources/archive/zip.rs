//! zip after PKWARE's APPNOTE.TXT 6.3.10 (section numbers below are its), with
//! zip64. The central directory says what there is; where it is missing or broken
//! the local headers are followed instead, so that a cut archive gives what it
//! has. Entries that overlap are refused: that is how small bombs are built.

use super::compression;
use super::format::Format;
use super::input::Exactly;
use super::input::Input;
use super::input::Metered;
use super::input::drain;
use super::input::le;
use super::member::NAME;
use super::member::Unpacking;
use super::member::explain;
use super::member::member_of;
use super::zip_directory;
use super::zip_directory::Entry;
use crate::limits::ArchiveBudget;
use crate::model::coverage::Reason;
use crate::model::origin::Origin;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::ErrorKind;
use std::io::Read;
use std::io::SeekFrom;

/// 4.3.7, without name and extra field.
const LOCAL: usize = 30;
/// 4.4.4: bit 0, encrypted.
const ENCRYPTED: u16 = 1;
/// 4.4.4: bit 3, sizes come behind the data.
const SIZES_BEHIND: u16 = 1 << 3;
/// 4.4.4: bit 13, even the headers are encrypted.
const MASKED: u16 = 1 << 13;

/// Unpacks a zip of `length` bytes.
pub(super) fn unpack(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    input: &mut dyn Input,
    length: u64,
    depth: u32,
) {
    match zip_directory::read(input, length, unpacking.budget.limits().entries) {
        Ok(directory) => {
            let over = directory.more_than_limit;
            by_directory(unpacking, origin, input, directory, depth);
            if over && unpacking.budget.exceeded().is_none() {
                let detail = "more members than the limit; the rest was not read";
                unpacking.miss(origin, Reason::LimitCount, detail);
            }
        }
        Err(error) if error.raw_os_error().is_some() => unpacking.broken(origin, &error),
        Err(_) => {
            let detail = "no valid central directory; what its local headers lead to was read";
            unpacking.miss(origin, Reason::Corrupt, detail);
            by_local_headers(unpacking, origin, input, 0..length, depth);
        }
    }
}

fn by_directory(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    input: &mut dyn Input,
    directory: zip_directory::Directory,
    depth: u32,
) {
    // In the order in which they lie, so that overlaps show and reading goes forward.
    let mut free_from = 0;
    for entry in &directory.entries {
        let name = member_of(origin, &entry.name);
        if entry.local < free_from {
            unpacking.miss(&name, Reason::Corrupt, "overlaps another member");
            continue;
        }
        let start = match data_start(input, entry.local) {
            Ok(start) => start,
            Err(error) => {
                unpacking.broken(&name, &error);
                continue;
            }
        };
        let end = start.saturating_add(entry.packed);
        if end > directory.start {
            unpacking.miss(&name, Reason::Corrupt, "reaches beyond the members");
            continue;
        }
        // What lies between two members and is one itself is not in the directory.
        by_local_headers(unpacking, origin, input, free_from..entry.local, depth);
        free_from = end;
        entry_data(unpacking, origin, input, entry, start..end, depth);
        if unpacking.budget.exceeded().is_some() {
            return;
        }
    }
    by_local_headers(unpacking, origin, input, free_from..directory.start, depth);
}

/// Reads the local header at `local` and gives where the data begins.
fn data_start(input: &mut dyn Input, local: u64) -> io::Result<u64> {
    let mut header = [0; LOCAL];
    input.seek(SeekFrom::Start(local))?;
    input.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(ErrorKind::InvalidData.into());
    }
    let number = |at| le::<2>(&header, at).unwrap_or(0);
    Ok(local.saturating_add(LOCAL as u64 + number(26) + number(28)))
}

/// Delivers one member whose sizes are known; its bytes are looked for in `place` only.
fn entry_data(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    input: &mut dyn Input,
    entry: &Entry,
    place: std::ops::Range<u64>,
    depth: u32,
) {
    if entry.name.ends_with(b"/") && entry.packed == 0 {
        return;
    }
    if let Err(error) = input.seek(SeekFrom::Start(place.start)) {
        return unpacking.broken(&member_of(origin, &entry.name), &error);
    }
    let packed = Exactly {
        reader: input.take(place.end.saturating_sub(place.start)),
        left: entry.packed,
    };
    data(unpacking, origin, entry, &mut BufReader::new(packed), depth);
}

/// Delivers one member from its packed bytes; false when it was not wholly read.
fn data(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    entry: &Entry,
    packed: &mut dyn BufRead,
    depth: u32,
) -> bool {
    let name = member_of(origin, &entry.name);
    if entry.flags & (ENCRYPTED | MASKED) != 0 {
        unpacking.miss(&name, Reason::Encrypted, "encrypted");
        return false;
    }
    let budget = unpacking.budget;
    let decoder = match unpacker(entry, packed, budget) {
        Ok(decoder) => decoder,
        Err(error) => {
            let (reason, detail) = explain(&error);
            unpacking.miss(&name, reason, detail);
            return false;
        }
    };
    let mut content = Checked {
        reader: Metered {
            reader: decoder,
            budget,
        },
        sum: crc32fast::Hasher::new(),
        expected: entry.sum,
    };
    let whole = unpacking.member(origin, &entry.name, &mut content, depth);
    // A nested archive may end before the member does; the sum is of the whole member.
    if whole && let Err(error) = drain(&mut content) {
        unpacking.broken(&name, &error);
        return false;
    }
    whole
}

/// 4.4.5: the compression methods.
fn unpacker<'r>(
    entry: &Entry,
    packed: &'r mut dyn BufRead,
    budget: &ArchiveBudget<'_>,
) -> io::Result<Box<dyn Read + 'r>> {
    let dictionary = budget.limits().dictionary;
    match entry.method {
        0 => Ok(Box::new(packed)),
        8 => Ok(Box::new(flate2::bufread::DeflateDecoder::new(packed))),
        12 => compression::decoder(Format::Bzip2, packed, dictionary),
        14 => lzma(entry, packed, dictionary),
        93 => compression::decoder(Format::Zstd, packed, dictionary),
        95 => compression::decoder(Format::Xz, packed, dictionary),
        _ => Err(ErrorKind::Unsupported.into()),
    }
}

/// 5.8: two bytes version, two bytes length of the properties (5), then these.
fn lzma<'r>(
    entry: &Entry,
    packed: &'r mut dyn BufRead,
    dictionary: u64,
) -> io::Result<Box<dyn Read + 'r>> {
    let mut header = [0; 9];
    packed.read_exact(&mut header)?;
    if header[2..4] != [5, 0] {
        return Err(ErrorKind::Unsupported.into());
    }
    let size = le::<4>(&header, 5).unwrap_or(0);
    if size > dictionary {
        return Err(ErrorKind::OutOfMemory.into());
    }
    // 4.4.4: bit 1 says that an end mark is used instead of the size.
    let unpacked = if entry.flags & 2 != 0 {
        u64::MAX
    } else {
        entry.unpacked
    };
    let reader =
        lzma_rust2::LzmaReader::new_with_props(packed, unpacked, header[4], size as u32, None)?;
    Ok(Box::new(reader))
}

/// Compares the sum of what was read with the one the archive states.
struct Checked<R> {
    reader: R,
    sum: crc32fast::Hasher,
    /// `None`: not known beforehand, or told.
    expected: Option<u32>,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.sum.update(&buffer[..read]);
        if read == 0
            && !buffer.is_empty()
            && self
                .expected
                .take()
                .is_some_and(|sum| sum != self.sum.clone().finalize())
        {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok(read)
    }
}

/// Follows local headers from the start of `range` as far as they go.
fn by_local_headers(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    input: &mut dyn Input,
    range: std::ops::Range<u64>,
    depth: u32,
) {
    let mut at = range.start;
    while at.saturating_add(LOCAL as u64) <= range.end && unpacking.budget.exceeded().is_none() {
        match local_entry(unpacking, origin, input, at..range.end, depth) {
            Ok(Some(next)) => at = next,
            Ok(None) => return,
            Err(error) => return unpacking.broken(origin, &error),
        }
    }
}

/// Reads the member whose local header is at the start of `range`; gives where the next
/// one may be, or nothing when there is no header or no way to tell.
fn local_entry(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    input: &mut dyn Input,
    range: std::ops::Range<u64>,
    depth: u32,
) -> io::Result<Option<u64>> {
    let mut header = [0; LOCAL];
    input.seek(SeekFrom::Start(range.start))?;
    input.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Ok(None);
    }
    let number = |at| le::<2>(&header, at).unwrap_or(0);
    let (name_len, extra_len) = (number(26), number(28));
    let mut name = vec![0; name_len as usize];
    input.read_exact(&mut name)?;
    let mut extra = vec![0; extra_len as usize];
    input.read_exact(&mut extra)?;
    name.truncate(NAME);
    let entry = zip_directory::local(&header, name, &extra, range.start);
    let start = range.start + LOCAL as u64 + name_len + extra_len;
    if entry.flags & SIZES_BEHIND != 0 && entry.packed == 0 {
        return unsized_entry(unpacking, origin, input, &entry, start..range.end, depth);
    }
    entry_data(unpacking, origin, input, &entry, start..range.end, depth);
    let next = start.checked_add(entry.packed);
    Ok(next.filter(|next| *next <= range.end))
}

/// A member that says its sizes only behind its data: deflate knows its own end.
fn unsized_entry(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    input: &mut dyn Input,
    entry: &Entry,
    range: std::ops::Range<u64>,
    depth: u32,
) -> io::Result<Option<u64>> {
    if entry.method != 8 || entry.flags & (ENCRYPTED | MASKED) != 0 {
        let name = member_of(origin, &entry.name);
        unpacking.miss(
            &name,
            Reason::Corrupt,
            "its size is not known without the central directory",
        );
        return Ok(None);
    }
    let mut packed = BufReader::new(Exactly {
        reader: &mut *input,
        left: range.end - range.start,
    });
    if !data(unpacking, origin, entry, &mut packed, depth) {
        return Ok(None);
    }
    let unread = packed.buffer().len() as u64 + packed.get_ref().left;
    let end = range.end - unread;
    // 4.3.9: sum and sizes, with or without a signature, of 4 or 8 bytes each.
    let mut behind = [0; 28];
    input.seek(SeekFrom::Start(end))?;
    let (length, _) = super::input::read_head(input, &mut behind);
    let next = [16, 12, 24, 20].into_iter().find(|skip| {
        let signature = behind[..length].get(*skip..skip + 4);
        signature.is_some_and(|signature| signature.starts_with(b"PK"))
    });
    Ok(next.map(|skip| end + skip as u64))
}
