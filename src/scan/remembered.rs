//! The file of a cache: ids of objects that were found clean, with their sizes,
//! and the rules that found them so. It holds no secret and no hash of one, for
//! an object with any match is not in it. What may be put in, and what follows
//! from its being there, is decided in `cache`.
//!
//! Layout: magic, object format, tool version, digests of the rules, then for
//! each kind a count, the ids in order, the sizes as LEB128; last a SHA-256 of all before.

use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

/// Names the format; the digit is its version.
const MAGIC: &[u8; 8] = b"bbclean1";
/// Largest cache that is read, in bytes: some 100 million objects.
const LIMIT: u64 = 4 << 30;
/// The kinds, in the order of their tables.
pub(super) const KINDS: [ObjectKind; 4] = [
    ObjectKind::Blob,
    ObjectKind::Tag,
    ObjectKind::Tree,
    ObjectKind::Commit,
];

/// The digest of a rule.
pub(super) type RuleDigest = [u8; 32];

/// Why a cache cannot be used. It is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it is damaged")]
    Damaged,
    #[error("it was written by another version")]
    Version,
    #[error("it cannot be read")]
    Unreadable,
}

/// Ids of one kind with the sizes of their objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Sorted, none twice.
    ids: Vec<ObjectId>,
    sizes: Vec<u64>,
}

/// Everything a cache remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remembered {
    pub(super) rules: BTreeSet<RuleDigest>,
    tables: [Table; 4],
}

fn place(kind: ObjectKind) -> usize {
    KINDS.iter().position(|&other| other == kind).unwrap_or(0)
}

impl Table {
    fn size(&self, id: &ObjectId) -> Option<u64> {
        let found = self.ids.binary_search(id).ok()?;
        Some(self.sizes[found])
    }

    fn new(mut list: Vec<(ObjectId, u64)>) -> Table {
        list.sort_unstable();
        list.dedup_by_key(|entry| entry.0);
        let (ids, sizes) = list.into_iter().unzip();
        Table { ids, sizes }
    }
}

impl Remembered {
    /// Puts clean objects together.
    pub(super) fn new(
        rules: BTreeSet<RuleDigest>,
        objects: impl Iterator<Item = (ObjectKind, ObjectId, u64)>,
    ) -> Remembered {
        let mut lists = [const { Vec::new() }; 4];
        for (kind, id, size) in objects {
            lists[place(kind)].push((id, size));
        }
        let tables = lists.map(Table::new);
        Remembered { rules, tables }
    }

    /// The size of an object of this kind, if it is remembered.
    pub(super) fn size(&self, kind: ObjectKind, id: &ObjectId) -> Option<u64> {
        self.tables[place(kind)].size(id)
    }

    /// All objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = (ObjectKind, ObjectId, u64)> {
        KINDS.iter().zip(&self.tables).flat_map(|(&kind, table)| {
            let entries = table.ids.iter().zip(&table.sizes);
            entries.map(move |(&id, &size)| (kind, id, size))
        })
    }

    /// Reads a file; an absent one is empty.
    pub(super) fn load(path: &Path, format: ObjectFormat) -> Result<Remembered, Unusable> {
        let bytes = match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Remembered::default());
            }
            Ok(facts) if facts.is_file() && facts.len() <= LIMIT => {
                std::fs::read(path).map_err(|_| Unusable::Unreadable)?
            }
            _ => return Err(Unusable::Unreadable),
        };
        let body = bytes.len().checked_sub(32).ok_or(Unusable::Damaged)?;
        let (body, sum) = bytes.split_at(body);
        if Sha256::digest(body)[..] != *sum {
            return Err(Unusable::Damaged);
        }
        let mut input = Input(body);
        if input.take(8)? != MAGIC || input.take(1)? != [format.id_len() as u8] {
            return Err(Unusable::Version);
        }
        let version = input.number()?;
        if input.take(version as usize)? != version_text().as_bytes() {
            return Err(Unusable::Version);
        }
        input.remembered(format)
    }

    /// Writes the file so that it is there wholly or not at all.
    pub(super) fn save(&self, path: &Path, format: ObjectFormat) -> std::io::Result<()> {
        let dir = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir)?;
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(&self.bytes(format))?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    fn bytes(&self, format: ObjectFormat) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(format.id_len() as u8);
        number(&mut out, version_text().len() as u64);
        out.extend_from_slice(version_text().as_bytes());
        number(&mut out, self.rules.len() as u64);
        self.rules.iter().for_each(|rule| out.extend(rule));
        for table in &self.tables {
            number(&mut out, table.ids.len() as u64);
            let ids = table.ids.iter();
            ids.for_each(|id| out.extend_from_slice(id.as_bytes()));
            table.sizes.iter().for_each(|&size| number(&mut out, size));
        }
        let sum = Sha256::digest(&out);
        out.extend_from_slice(&sum);
        out
    }
}

fn version_text() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Appends a number as LEB128.
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What is left of a file.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Unusable> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Unusable::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, Unusable> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Unusable::Damaged)
    }

    /// A count of things of at least `least` bytes each that are all still to come.
    fn count(&mut self, least: usize) -> Result<usize, Unusable> {
        let count = usize::try_from(self.number()?).map_err(|_| Unusable::Damaged)?;
        let bytes = count.checked_mul(least).ok_or(Unusable::Damaged)?;
        (bytes <= self.0.len())
            .then_some(count)
            .ok_or(Unusable::Damaged)
    }

    fn remembered(&mut self, format: ObjectFormat) -> Result<Remembered, Unusable> {
        let mut remembered = Remembered::default();
        for _ in 0..self.count(32)? {
            let rule = self.take(32)?.try_into().map_err(|_| Unusable::Damaged)?;
            remembered.rules.insert(rule);
        }
        for table in &mut remembered.tables {
            let count = self.count(format.id_len() + 1)?;
            let ids = self.take(count * format.id_len())?;
            let ids = ids.chunks_exact(format.id_len());
            table
                .ids
                .extend(ids.filter_map(|id| ObjectId::from_bytes(format, id)));
            for _ in 0..count {
                table.sizes.push(self.number()?);
            }
            if !table.ids.is_sorted_by(|a, b| a < b) {
                return Err(Unusable::Damaged);
            }
        }
        Ok(remembered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Remembered {
        let id = |byte| ObjectId::from_bytes(ObjectFormat::Sha1, &[byte; 20]).unwrap();
        let objects = [
            (ObjectKind::Blob, id(3), 300),
            (ObjectKind::Blob, id(1), 0),
            (ObjectKind::Commit, id(2), u64::from(u32::MAX) + 1),
        ];
        Remembered::new([[7; 32]].into(), objects.into_iter())
    }

    #[test]
    fn what_is_written_is_read_and_any_damage_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cache");
        let format = ObjectFormat::Sha1;
        let none = Remembered::load(&path, format);
        assert_eq!(none, Ok(Remembered::default()));
        sample().save(&path, format).unwrap();
        assert_eq!(Remembered::load(&path, format), Ok(sample()));
        let other = Remembered::load(&path, ObjectFormat::Sha256);
        assert_eq!(other, Err(Unusable::Version));
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 1;
            std::fs::write(&path, &broken).unwrap();
            assert_eq!(Remembered::load(&path, format), Err(Unusable::Damaged));
            std::fs::write(&path, &bytes[..at]).unwrap();
            assert_eq!(Remembered::load(&path, format), Err(Unusable::Damaged));
        }
    }
}
