//! The entries of a tree object, borrowed from its bytes and in its own order.
//! Odd trees are read as far as they go: zero-padded modes, duplicate, empty or
//! unsorted names are all entries, for a secret may stand behind any of them.

use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;

/// The bytes contradict the format of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the object is malformed")]
pub struct Malformed;

/// What a mode says an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Tree,
    /// A file, executable or not, or of a mode git does not write.
    Blob,
    /// A symbolic link; the blob is its target.
    Link,
    /// The commit of a submodule, not an object of this repository.
    Submodule,
}

/// The kind behind a mode, as git judges it: by its file type bits alone.
pub const fn kind_of(mode: u32) -> EntryKind {
    match mode & 0o170_000 {
        0o040_000 => EntryKind::Tree,
        0o120_000 => EntryKind::Link,
        0o160_000 => EntryKind::Submodule,
        _ => EntryKind::Blob,
    }
}

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Octal file mode.
    pub mode: u32,
    /// Its name, any bytes but NUL.
    pub name: &'a [u8],
    /// The raw bytes of its id.
    pub id: &'a [u8],
    format: ObjectFormat,
}

impl Entry<'_> {
    /// What its mode says it is.
    pub fn kind(&self) -> EntryKind {
        kind_of(self.mode)
    }

    /// Its id.
    pub fn object(&self) -> ObjectId {
        ObjectId::from_bytes(self.format, self.id).expect("entries hold an id of the tree's format")
    }
}

/// The entries of a tree; an error ends the iteration.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    rest: &'a [u8],
    format: ObjectFormat,
}

/// Iterates over the entries of a tree object.
pub fn entries(bytes: &[u8], format: ObjectFormat) -> Entries<'_> {
    Entries {
        rest: bytes,
        format,
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.step();
        if entry.is_none() {
            self.rest = &[];
        }
        Some(entry.ok_or(Malformed))
    }
}

impl<'a> Entries<'a> {
    /// Bytes that are still to be read.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    fn step(&mut self) -> Option<Entry<'a>> {
        let mut mode = 0_u32;
        let mut at = 0;
        loop {
            match *self.rest.get(at)? {
                digit @ b'0'..=b'7' if at < 16 => mode = (mode << 3) | u32::from(digit - b'0'),
                b' ' if at > 0 => break,
                _ => return None,
            }
            at += 1;
        }
        let rest = &self.rest[at + 1..];
        let end = memchr::memchr(0, rest)?;
        let (id, after) = rest[end + 1..].split_at_checked(self.format.id_len())?;
        self.rest = after;
        Some(Entry {
            mode,
            name: &rest[..end],
            id,
            format: self.format,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (mode, name) in entries {
            out.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            out.extend_from_slice(&[7; 20]);
        }
        out
    }

    #[test]
    fn odd_modes_and_names_are_entries() {
        let bytes = tree(&[
            ("040000", ".."),
            ("40000", ""),
            ("100664", "x"),
            ("120000", "x"),
            ("160000", "\n"),
        ]);
        let kinds = entries(&bytes, ObjectFormat::Sha1)
            .map(|entry| entry.unwrap().kind())
            .collect::<Vec<_>>();
        use EntryKind::*;
        assert_eq!(kinds, [Tree, Tree, Blob, Link, Submodule]);
    }

    #[test]
    fn a_cut_tree_gives_what_stands_before_the_cut() {
        let bytes = tree(&[("100644", "a"), ("100644", "b")]);
        for cut in 1..bytes.len() {
            let read = entries(&bytes[..cut], ObjectFormat::Sha1).collect::<Vec<_>>();
            let whole = bytes.len() / 2;
            assert_eq!(read.iter().filter(|e| e.is_ok()).count(), cut / whole);
            assert_eq!(read.last().unwrap().is_err(), cut % whole != 0);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_parsed(text: Vec<u8>) {
            entries(&text, ObjectFormat::Sha256).for_each(drop);
        }
    }
}
