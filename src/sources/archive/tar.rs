//! tar, read as a stream: POSIX ustar and pax (IEEE Std 1003.1), GNU's long
//! names and large sizes, the v7 format. Only regular members have content; holes of
//! sparse members are not filled, since there is nothing in them to find. Links,
//! devices and folders are names without bytes and are passed over.

use super::input::Exactly;
use super::input::drain;
use super::input::read_head;
use super::member::NAME;
use super::member::Unpacking;
use crate::model::coverage::Reason;
use crate::model::origin::Origin;
use std::io;
use std::io::ErrorKind;
use std::io::Read;

const BLOCK: usize = 512;

/// The largest extended header that is read; a larger one is skipped.
const EXTENDED: u64 = 1 << 20;

/// True when `head` is a tar header: its checksum is right.
pub(super) fn is_header(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else {
        return false;
    };
    block[0] != 0 && has_checksum(block)
}

/// The sum of all bytes, those of the sum itself taken as blanks; old programs took the
/// bytes as signed.
fn has_checksum(block: &[u8; BLOCK]) -> bool {
    let Some(stated) = octal(&block[148..156]) else {
        return false;
    };
    let others = || block[..148].iter().chain(&block[156..]);
    let unsigned: u64 = others().map(|byte| u64::from(*byte)).sum::<u64>() + 8 * 32;
    let signed: i64 = others().map(|byte| i64::from(*byte as i8)).sum::<i64>() + 8 * 32;
    stated == unsigned || i64::try_from(stated) == Ok(signed)
}

/// A number in octal digits, blanks and zeros around it.
fn octal(field: &[u8]) -> Option<u64> {
    let text = field
        .split(|byte| *byte == 0)
        .find(|part| !part.is_empty())?;
    let digits = text.trim_ascii();
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// A size: octal, or GNU's base 256 when the first bit is set. Negative sizes are none.
fn size(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, rest @ ..] => rest.iter().try_fold(0_u64, |value, byte| {
            Some(value.checked_mul(256)? + u64::from(*byte))
        }),
        [first, ..] if first & 0x80 != 0 => None,
        _ if field.iter().all(|byte| matches!(byte, 0 | b' ')) => Some(0),
        _ => octal(field),
    }
}

/// What extended headers said about the next member.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Unpacks a tar stream.
pub(super) fn unpack(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    reader: &mut dyn Read,
    depth: u32,
) {
    let mut extended = Extended::default();
    let mut marked = false;
    let ended = loop {
        match next(unpacking, origin, reader, depth, &mut extended) {
            Ok(Next::Member | Next::Header) => marked = false,
            Ok(Next::Mark) => marked = true,
            Ok(Next::End) => break Ok(()),
            Ok(Next::Stopped) => return,
            Err(error) => break Err(error),
        }
    };
    match ended {
        Err(error) => unpacking.broken(origin, &error),
        Ok(()) if marked => {}
        // Cut between two members it looks whole otherwise.
        Ok(()) => unpacking.miss(origin, Reason::Corrupt, "ends without its end mark"),
    }
}

enum Next {
    Member,
    Header,
    /// A block of zeros.
    Mark,
    End,
    /// What ends the archive was reported.
    Stopped,
}

fn next(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    reader: &mut dyn Read,
    depth: u32,
    extended: &mut Extended,
) -> io::Result<Next> {
    let mut block = [0; BLOCK];
    let (length, read) = read_head(reader, &mut block);
    read?;
    // Blocks of zeros end an archive, but another may follow them; programs that stop there
    // would not see it, programs that are told to (`tar -i`) do.
    if length == 0 {
        return Ok(Next::End);
    }
    if block[..length].iter().all(|byte| *byte == 0) {
        return Ok(Next::Mark);
    }
    if length < BLOCK {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    if !has_checksum(&block) {
        return Err(ErrorKind::InvalidData.into());
    }
    let kind = block[156];
    let is_extension = matches!(kind, b'L' | b'K' | b'x' | b'g' | b'X');
    let stated = size(&block[124..136]).ok_or(ErrorKind::InvalidData)?;
    let left = match extended.size {
        Some(size) if !is_extension => size,
        _ => stated,
    };
    let padding = left.wrapping_neg() % BLOCK as u64;
    let mut content = Exactly { reader, left };
    if is_extension {
        extend(kind, &mut content, extended)?;
    } else {
        let Extended { name, .. } = std::mem::take(extended);
        let name = name.unwrap_or_else(|| header_name(&block));
        if matches!(kind, b'1'..=b'6') {
            // Links, devices, folders and FIFOs: no content, whatever the size says.
            return Ok(Next::Member);
        }
        let is_folder = name.ends_with(b"/") && left == 0;
        if !is_folder && !unpacking.member(origin, &name, &mut content, depth) {
            // The member failed and said so; when its bytes are there the next one can be read.
            if unpacking.budget.exceeded().is_some() || drain(&mut content).is_err() {
                return Ok(Next::Stopped);
            }
        }
    }
    drain(&mut content)?;
    drain(&mut Exactly {
        reader: content.reader,
        left: padding,
    })
    .or_else(at_the_end)?;
    Ok(if is_extension {
        Next::Header
    } else {
        Next::Member
    })
}

/// The padding of the last member may be missing.
fn at_the_end(error: io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::UnexpectedEof => Ok(()),
        _ => Err(error),
    }
}

fn header_name(block: &[u8; BLOCK]) -> Vec<u8> {
    let text = |field: &[u8]| {
        field
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default()
            .to_vec()
    };
    let (name, prefix) = (text(&block[..100]), text(&block[345..500]));
    if block[257..263] == *b"ustar\0" && !prefix.is_empty() {
        return [prefix.as_slice(), b"/", name.as_slice()].concat();
    }
    name
}

/// Reads a header that belongs to the next member.
fn extend(kind: u8, content: &mut dyn Read, extended: &mut Extended) -> io::Result<()> {
    let mut data = Vec::new();
    content.take(EXTENDED).read_to_end(&mut data)?;
    match kind {
        b'L' => {
            let name = data.split(|byte| *byte == 0).next().unwrap_or_default();
            extended.name = Some(name[..name.len().min(NAME)].to_vec());
        }
        b'x' | b'X' => pax(&data, extended),
        // K names the target of a link, g sets what is rarely a path or a size.
        _ => {}
    }
    Ok(())
}

/// Records are `LENGTH KEY=VALUE\n`, the length counting itself.
fn pax(mut data: &[u8], extended: &mut Extended) {
    while let Some((length, key, value, rest)) = pax_record(data) {
        match key {
            b"path" | b"GNU.sparse.name" => {
                extended.name = Some(value[..value.len().min(NAME)].to_vec());
            }
            b"size" => {
                extended.size = std::str::from_utf8(value)
                    .ok()
                    .and_then(|size| size.parse().ok());
            }
            _ => {}
        }
        debug_assert!(length > 0);
        data = rest;
    }
}

type Record<'a> = (usize, &'a [u8], &'a [u8], &'a [u8]);

fn pax_record(data: &[u8]) -> Option<Record<'_>> {
    let space = data.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&data[..space]).ok()?.parse().ok()?;
    let record = data.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', record)?;
    Some((
        length,
        &record[..equals],
        &record[equals + 1..],
        &data[length..],
    ))
}
