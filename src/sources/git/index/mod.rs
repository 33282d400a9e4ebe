//! Reads the index: which paths are tracked, with which blobs, and what git
//! last knew of their files. Versions 2, 3 and 4, both hash sizes, split
//! indexes included (git's Documentation/gitformat-index). Whether a file of
//! the work tree still agrees is left to the scan.

use super::discover::Repository;
use super::file;
use super::file::FileError;
use super::file::shown;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::path::Path;

mod split;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path from the root of the work tree.
    pub path: Vec<u8>,
    /// The staged object.
    pub id: ObjectId,
    /// Octal mode, as in trees; a folder (0o040000) only in sparse indexes.
    pub mode: u32,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub stage: u8,
    /// Size of the file when it was added, modulo 2^32; 0 when unknown.
    pub size: u32,
    /// When the file was last modified then: seconds (modulo 2^32) and nanoseconds.
    pub mtime: (u32, u32),
    /// True when sparse checkout left the file out of the work tree.
    pub skip_worktree: bool,
    /// True for a path that is only announced (`git add -N`): it has no blob yet.
    pub intent_to_add: bool,
}

/// What an index holds.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// In git's order: by path, then stage.
    pub entries: Vec<Entry>,
    /// What could not be read.
    pub unscanned: Vec<Unscanned>,
}

/// Longest index that is read, in bytes: 20 million entries.
const LIMIT: u64 = 2 << 30;

impl Index {
    /// Reads the index of a repository; an absent one is empty.
    pub fn read(repository: &Repository) -> Index {
        Index::read_file(&repository.git_dir, repository.format)
    }

    /// Reads the index of a linked work tree, whose git directory this is.
    pub fn read_linked(git_dir: &Path, format: ObjectFormat) -> Index {
        Index::read_file(git_dir, format)
    }

    /// Reads another file than `index`, such as the one git names to hooks in `GIT_INDEX_FILE`.
    pub fn read_from(path: &Path, repository: &Repository) -> Index {
        Index::read_path(path, &repository.git_dir, repository.format)
    }

    fn read_file(git_dir: &Path, format: ObjectFormat) -> Index {
        Index::read_path(&git_dir.join("index"), git_dir, format)
    }

    fn read_path(path: &Path, git_dir: &Path, format: ObjectFormat) -> Index {
        let mut index = Index::default();
        let bytes = match file::read_regular(path, LIMIT) {
            Ok(bytes) => bytes,
            Err(FileError::Missing) => return index,
            Err(error) => {
                index.unscanned.push(error.unscanned("index".to_owned()));
                return index;
            }
        };
        let parsed = parse(&bytes, format);
        index.take_faults("index", &parsed);
        index.entries = match &parsed.link {
            Some(link) => index.joined(git_dir, link, parsed.entries, format),
            None => parsed.entries,
        };
        index
    }

    fn take_faults(&mut self, what: &str, parsed: &Parsed) {
        for (reason, detail) in &parsed.faults {
            self.unscanned.push(Unscanned {
                what: what.to_owned(),
                reason: *reason,
                bytes: None,
                detail: (*detail).to_owned(),
            });
        }
    }

    /// The entries of a split index and of the shared index it changes.
    fn joined(
        &mut self,
        git_dir: &Path,
        link: &split::Link,
        entries: Vec<Entry>,
        format: ObjectFormat,
    ) -> Vec<Entry> {
        if link.base.is_null() {
            return entries;
        }
        let name = format!("sharedindex.{}", link.base);
        match file::read_regular(&git_dir.join(&name), LIMIT) {
            Ok(bytes) => {
                let base = parse(&bytes, format);
                self.take_faults(&shown(name.as_bytes()), &base);
                link.join(base.entries, entries)
            }
            Err(error) => {
                self.unscanned.push(error.unscanned(name));
                entries
            }
        }
    }
}

/// One index file.
struct Parsed {
    entries: Vec<Entry>,
    link: Option<split::Link>,
    faults: Vec<(Reason, &'static str)>,
}

fn parse(bytes: &[u8], format: ObjectFormat) -> Parsed {
    let mut parsed = Parsed {
        entries: Vec::new(),
        link: None,
        faults: Vec::new(),
    };
    if let Err(fault) = parse_into(bytes, format, &mut parsed) {
        parsed.faults.push(fault);
    }
    parsed
}

type Fault = (Reason, &'static str);

const CUT: Fault = (Reason::Corrupt, "the file is cut off");

fn parse_into(bytes: &[u8], format: ObjectFormat, parsed: &mut Parsed) -> Result<(), Fault> {
    let body_len = bytes.len().checked_sub(format.id_len()).ok_or(CUT)?;
    let (body, sum) = bytes.split_at(body_len);
    let mut reader = Reader { rest: body, format };
    if reader.take(4)? != b"DIRC" {
        return Err((Reason::Corrupt, "not an index"));
    }
    let version = reader.u32()?;
    if !(2..=4).contains(&version) {
        return Err((Reason::UnsupportedFormat, "a version other than 2, 3 and 4"));
    }
    let count = reader.u32()?;
    // index.skipHash writes zeros in place of the checksum.
    if sum.iter().any(|&byte| byte != 0) && checksum(body, format) != sum {
        parsed
            .faults
            .push((Reason::Corrupt, "it does not match its checksum"));
    }
    let mut path = Vec::new();
    for _ in 0..count {
        parsed.entries.push(reader.entry(version, &mut path)?);
    }
    while !reader.rest.is_empty() {
        let name = reader.take(4)?;
        let len = reader.u32()? as usize;
        let data = reader.take(len)?;
        match name {
            b"link" => {
                let link = split::parse(data, format);
                parsed.link = Some(link.ok_or((Reason::Corrupt, "the link extension"))?);
            }
            b"sdir" => {}
            // Extensions in lower case change the meaning of the entries.
            [b'a'..=b'z', ..] => {
                let unknown = "an extension this build does not know";
                parsed.faults.push((Reason::UnsupportedFormat, unknown));
            }
            _ => {}
        }
    }
    Ok(())
}

fn checksum(body: &[u8], format: ObjectFormat) -> Vec<u8> {
    match format {
        ObjectFormat::Sha1 => <sha1::Sha1 as sha1::Digest>::digest(body).to_vec(),
        ObjectFormat::Sha256 => <sha2::Sha256 as sha2::Digest>::digest(body).to_vec(),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    format: ObjectFormat,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(CUT)?;
        self.rest = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        let (word, rest) = self.rest.split_first_chunk::<4>().ok_or(CUT)?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*word))
    }

    fn u16(&mut self) -> Result<u16, Fault> {
        let (word, rest) = self.rest.split_first_chunk::<2>().ok_or(CUT)?;
        self.rest = rest;
        Ok(u16::from_be_bytes(*word))
    }

    fn entry(&mut self, version: u32, path: &mut Vec<u8>) -> Result<Entry, Fault> {
        let start = self.rest.len();
        self.take(8)?;
        let mtime = (self.u32()?, self.u32()?);
        self.take(8)?;
        let mode = self.u32()?;
        self.take(8)?;
        let size = self.u32()?;
        let id = self.take(self.format.id_len())?;
        let id = ObjectId::from_bytes(self.format, id).ok_or(CUT)?;
        let flags = self.u16()?;
        let more = match flags & 0x4000 {
            0 => 0,
            _ => self.u16()?,
        };
        if version == 4 {
            let cut = self.varint()?;
            let kept = path.len().checked_sub(cut).ok_or(CUT)?;
            path.truncate(kept);
        } else {
            path.clear();
        }
        let end = memchr::memchr(0, self.rest).ok_or(CUT)?;
        path.extend_from_slice(self.take(end)?);
        if version == 4 {
            self.take(1)?;
        } else {
            // One to eight NULs, so that the entry is a multiple of eight bytes long.
            let len = start - self.rest.len();
            self.take(8 - len % 8)?;
        }
        Ok(Entry {
            path: path.clone(),
            id,
            mode,
            stage: (flags >> 12 & 3) as u8,
            size,
            mtime,
            skip_worktree: more & 0x4000 != 0,
            intent_to_add: more & 0x2000 != 0,
        })
    }

    /// The offset encoding of packs.
    fn varint(&mut self) -> Result<usize, Fault> {
        let mut byte = self.take(1)?[0];
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.take(1)?[0];
            value = value
                .checked_add(1)
                .and_then(|value| value.checked_mul(128))
                .ok_or(CUT)?
                | usize::from(byte & 0x7f);
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(version in 0..6_u8, count: u8, bytes: Vec<u8>) {
            let mut whole = b"DIRC\0\0\0".to_vec();
            whole.extend([version, 0, 0, 0, count]);
            whole.extend(bytes);
            parse(&whole, ObjectFormat::Sha1);
            parse(&whole[..whole.len().min(30)], ObjectFormat::Sha256);
        }
    }
}
