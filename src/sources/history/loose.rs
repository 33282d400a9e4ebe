//! Loose objects (gitrepository-layout, `objects/[0-9a-f][0-9a-f]`): one zlib
//! stream a file, `kind size NUL` before the bytes. Listing and reading them is
//! all that happens here; which of them are already known from a pack is for
//! the store to say.

use std::fs::File;
use std::io::ErrorKind;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

use super::fault::Fault;
use super::inflate::Buffer;
use super::inflate::Inflater;
use super::inflate::prefix;

/// Longest header: `commit `, twenty digits, NUL.
const HEADER: usize = 32;
/// Bytes of a file that are enough to inflate its header.
const HEAD: usize = 512;

/// Lists the ids of the loose objects below one `objects` directory, sorted, and the names
/// of what could not be listed.
pub(super) fn list(objects: &Path, format: ObjectFormat) -> (Vec<ObjectId>, Vec<String>) {
    let mut ids = Vec::new();
    let mut unreadable = Vec::new();
    for first in 0..=255u8 {
        let name = format!("{first:02x}");
        let entries = match std::fs::read_dir(objects.join(&name)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(_) => {
                unreadable.push(name);
                continue;
            }
        };
        for entry in entries {
            let Ok(entry) = entry else {
                unreadable.push(name.clone());
                break;
            };
            let rest = entry.file_name();
            let hex = [name.as_bytes(), rest.as_encoded_bytes()].concat();
            // Anything else in there is a temporary file or not git's.
            if let Some(id) = ObjectId::from_hex(&hex).filter(|id| id.format() == format) {
                ids.push(id);
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    (ids, unreadable)
}

/// Where an object would be.
fn path(objects: &Path, id: &ObjectId) -> PathBuf {
    let hex = id.to_string();
    objects.join(&hex[..2]).join(&hex[2..])
}

/// Opens the file of an object and reads enough of it to tell kind and size.
fn open(objects: &Path, id: &ObjectId) -> Result<(File, u64, Vec<u8>), Fault> {
    let path = path(objects, id);
    let refused = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Fault::Vanished,
        _ => Fault::Unreadable,
    };
    let about = std::fs::symlink_metadata(&path).map_err(refused)?;
    if !about.is_file() {
        return Err(Fault::Unreadable);
    }
    let file = File::open(path).map_err(refused)?;
    let mut head = Vec::with_capacity(HEAD);
    (&file)
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(|_| Fault::Unreadable)?;
    Ok((file, about.len(), head))
}

/// The kind and declared size of a loose object.
pub(super) fn kind(objects: &Path, id: &ObjectId) -> Result<(ObjectKind, u64), Fault> {
    let (_, _, head) = open(objects, id)?;
    let (kind, size, _) = header(&head)?;
    Ok((kind, size))
}

/// Reads a loose object into `out`, where it stands behind its header; the kind and where
/// the header ends.
pub(super) fn read(
    objects: &Path,
    id: &ObjectId,
    limit: u64,
    inflater: &mut Inflater,
    out: &mut Buffer,
) -> Result<(ObjectKind, usize), Fault> {
    let (file, len, mut raw) = open(objects, id)?;
    let (kind, size, start) = header(&raw)?;
    if size > limit {
        return Err(Fault::TooLarge(size));
    }
    // Stored without compression, a stream is at most a few bytes in a thousand longer.
    let most = size.saturating_add(size / 64).saturating_add(4096);
    if len > most.saturating_mul(2) {
        return Err(Fault::FileTooLarge(len));
    }
    (&file)
        .take(most.saturating_mul(2))
        .read_to_end(&mut raw)
        .map_err(|_| Fault::Unreadable)?;
    let whole = size.saturating_add(start as u64);
    inflater.inflate(&raw, whole, u64::MAX, out)?;
    Ok((kind, start))
}

/// Parses `kind size NUL` at the start of an inflated stream.
fn header(raw: &[u8]) -> Result<(ObjectKind, u64, usize), Fault> {
    let mut text = [0; HEADER];
    let len = prefix(raw, &mut text)?;
    let end = text[..len]
        .iter()
        .position(|byte| *byte == 0)
        .ok_or(Fault::LooseHeader)?;
    parse(&text[..end])
        .map(|(kind, size)| (kind, size, end + 1))
        .ok_or(Fault::LooseHeader)
}

fn parse(text: &[u8]) -> Option<(ObjectKind, u64)> {
    let space = text.iter().position(|byte| *byte == b' ')?;
    let kind = match &text[..space] {
        b"blob" => ObjectKind::Blob,
        b"tree" => ObjectKind::Tree,
        b"commit" => ObjectKind::Commit,
        b"tag" => ObjectKind::Tag,
        _ => return None,
    };
    let digits = std::str::from_utf8(&text[space + 1..]).ok()?;
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    Some((kind, digits.parse().ok().filter(|_| plain)?))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::model::object::ObjectKind;

    #[test]
    fn reads_the_header() {
        assert_eq!(parse(b"blob 12"), Some((ObjectKind::Blob, 12)));
        assert_eq!(parse(b"blob +12"), None);
        assert_eq!(parse(b"blob "), None);
        assert_eq!(parse(b"blobs 1"), None);
        assert_eq!(parse(b"tag 99999999999999999999"), None);
    }
}
