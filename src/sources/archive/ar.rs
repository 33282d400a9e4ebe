//! `ar` as static libraries and Debian packages use it, read as a stream, with the long
//! names of GNU (a table `//`) and BSD (`#1/LENGTH`). See ar(5) of FreeBSD. What a
//! member holds is left to `member.rs`.

use super::input::Exactly;
use super::input::drain;
use super::input::read_head;
use super::member::NAME;
use super::member::Unpacking;
use crate::model::origin::Origin;
use std::io;
use std::io::ErrorKind;
use std::io::Read;

const MAGIC: usize = 8;
const HEADER: usize = 60;

/// The largest table of names that is kept.
const TABLE: u64 = 16 << 20;

/// Unpacks an `ar` stream.
pub(super) fn unpack(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    reader: &mut dyn Read,
    depth: u32,
) {
    let mut names = Vec::new();
    let mut magic = [0; MAGIC];
    let mut next = reader.read_exact(&mut magic).map(|()| true);
    while let Ok(true) = next {
        next = member(unpacking, origin, reader, depth, &mut names);
    }
    if let Err(error) = next {
        unpacking.broken(origin, &error);
    }
}

/// Reads one member; false at the end, and after what was reported ends the archive.
fn member(
    unpacking: &mut Unpacking<'_>,
    origin: &Origin,
    reader: &mut dyn Read,
    depth: u32,
    names: &mut Vec<u8>,
) -> io::Result<bool> {
    let mut header = [0; HEADER];
    let (length, read) = read_head(reader, &mut header);
    read?;
    match length {
        0 => return Ok(false),
        HEADER => {}
        _ => return Err(ErrorKind::UnexpectedEof.into()),
    }
    let size = decimal(&header[48..58]).filter(|_| header.ends_with(b"`\n"));
    let left = size.ok_or(ErrorKind::InvalidData)?;
    let field = header[..16].trim_ascii_end();
    let mut content = Exactly { reader, left };
    if field == b"//" {
        let table = &mut content;
        table.take(TABLE).read_to_end(names)?;
    } else if !matches!(
        field,
        b"/" | b"/SYM64/" | b"__.SYMDEF" | b"__.SYMDEF SORTED"
    ) {
        let name = name(field, &mut content, names)?;
        let whole = unpacking.member(origin, &name, &mut content, depth);
        if !whole && (unpacking.budget.exceeded().is_some() || drain(&mut content).is_err()) {
            return Ok(false);
        }
    }
    drain(&mut content)?;
    if left % 2 == 1 {
        // Members begin at even offsets; the last may lack its padding.
        read_head(content.reader, &mut [0]).1?;
    }
    Ok(true)
}

fn name(field: &[u8], content: &mut Exactly<&mut dyn Read>, names: &[u8]) -> io::Result<Vec<u8>> {
    if let Some(length) = field.strip_prefix(b"#1/") {
        let length = decimal(length).filter(|length| *length <= content.left);
        let length = length.ok_or(ErrorKind::InvalidData)?;
        let mut name = Vec::new();
        content
            .take(length.min(NAME as u64))
            .read_to_end(&mut name)?;
        drain(&mut content.take(length.saturating_sub(NAME as u64)))?;
        let end = name.iter().position(|byte| *byte == 0);
        name.truncate(end.unwrap_or(name.len()));
        return Ok(name);
    }
    if let Some(at) = field.strip_prefix(b"/").and_then(decimal) {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let rest = names.get(at..).ok_or(ErrorKind::InvalidData)?;
        let end = rest.iter().position(|byte| *byte == b'\n');
        let name = &rest[..end.unwrap_or(rest.len())];
        return Ok(name.strip_suffix(b"/").unwrap_or(name).to_vec());
    }
    Ok(field.strip_suffix(b"/").unwrap_or(field).to_vec())
}

fn decimal(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii();
    let all = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    all.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}
