//! Reads a tree by its difference from an earlier one. A walk gives thousands of
//! versions of one folder, equal but for an entry or two; comparing bytes is many
//! times cheaper than parsing and looking up hundreds of ids again. What the
//! entries mean is left to the collector.

use super::tree;
use super::tree::Entry;
use super::tree::Malformed;
use crate::model::object::ObjectFormat;
use std::cmp::Ordering;
use std::ops::Range;

/// Some trees that were read lately, each a version of another folder.
#[derive(Debug)]
pub(super) struct Recent(Vec<Previous>);

/// How many: the folders of one commit come together, and most repositories have no more large ones.
const FOLDERS: usize = 64;

impl Recent {
    pub(super) fn new() -> Self {
        Recent((0..FOLDERS).map(|_| Previous::default()).collect())
    }

    /// The one to compare a tree with: versions of a folder mostly begin and end with the same name.
    pub(super) fn like(&mut self, bytes: &[u8], format: ObjectFormat) -> &mut Previous {
        let first = bytes.iter().take(64).take_while(|&&byte| byte != 0);
        let end = bytes.len().saturating_sub(format.id_len() + 1);
        let last = bytes[..end].iter().rev().take(64);
        let last = last.take_while(|&&byte| byte != b' ');
        let sum = first.chain(last).fold(0x811c_9dc5_u32, |sum, &byte| {
            (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        &mut self.0[(sum >> 16) as usize % FOLDERS]
    }
}

/// The tree that was read last of those that look alike.
#[derive(Debug, Default)]
pub(super) struct Previous {
    bytes: Vec<u8>,
    read: Marked,
    /// Where the notable names of it stand.
    named: Vec<Range<usize>>,
    /// Memory for the next one.
    spare: Marked,
}

/// The entries of a tree.
#[derive(Debug, Default)]
struct Marked {
    /// Where each entry ends.
    ends: Vec<usize>,
    /// Entries that matter, by position, with what the collector said of them.
    marks: Vec<(usize, Mark)>,
}

/// What an entry means to the collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A subtree, by number.
    Tree(u32),
    /// A wanted blob, by number.
    Blob(u32),
    /// A blob that is not in the store, by number.
    Absent(u32),
    /// Something with a notable name.
    Named,
}

/// What one entry means: as what it is, and for its name.
pub(super) type Marks = [Option<Mark>; 2];

/// Larger trees are not kept, so that a few of them do not hold memory for ever.
const KEPT: usize = 1 << 20;

impl Previous {
    /// Reads a tree and gives all its marks in order; `mark` is asked only about entries that the
    /// earlier tree did not have. After an error the marks are those of the entries before the fault.
    ///
    /// Entries are taken over where both trees stand at the beginning of an entry and their bytes
    /// agree from there to its end, so what is taken over is what parsing would give.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        format: ObjectFormat,
        mut mark: impl FnMut(&Entry<'_>) -> Marks,
    ) -> Result<(), Malformed> {
        let mut new = std::mem::take(&mut self.spare);
        new.clear();
        let (mut old, mut at) = (0, 0);
        let result = loop {
            if let Some(begin) = self.begin(old) {
                let same = common_prefix(&self.bytes[begin..], &bytes[at..]);
                let ends = &self.read.ends[old..];
                let next = old + ends.partition_point(|&end| end <= begin + same);
                if next > old {
                    new.take_over(&self.read, old..next, at.wrapping_sub(begin));
                    at += self.read.ends[next - 1] - begin;
                    old = next;
                }
            }
            if at == bytes.len() {
                break Ok(());
            }
            let mut entries = tree::entries(&bytes[at..], format);
            let Some(Ok(entry)) = entries.next() else {
                break Err(Malformed);
            };
            let marks = mark(&entry).into_iter().flatten();
            new.marks.extend(marks.map(|mark| (new.ends.len(), mark)));
            at = bytes.len() - entries.left();
            new.ends.push(at);
            old = self.after(old, &entry, format);
        };
        new.name(bytes, format, &mut self.named);
        self.spare = std::mem::replace(&mut self.read, new);
        self.bytes.clear();
        if result.is_ok() && bytes.len() <= KEPT {
            self.bytes.extend_from_slice(bytes);
        } else {
            self.read.ends.clear();
        }
        result
    }

    /// The marks of the tree that was read last.
    pub(super) fn marks(&self) -> impl Iterator<Item = Mark> {
        self.read.marks.iter().map(|&(_, mark)| mark)
    }

    /// Where the notable names of the tree that was read last stand in its bytes.
    pub(super) fn named(&self) -> &[Range<usize>] {
        &self.named
    }

    /// Where an old entry begins; `None` behind the last.
    fn begin(&self, entry: usize) -> Option<usize> {
        match entry {
            _ if entry >= self.read.ends.len() => None,
            0 => Some(0),
            entry => Some(self.read.ends[entry - 1]),
        }
    }

    /// The old entry that should follow one of the new tree, by the order of names. Where that
    /// order fails us, fewer entries are taken over.
    fn after(&self, mut old: usize, new: &Entry<'_>, format: ObjectFormat) -> usize {
        while let Some(begin) = self.begin(old)
            && let Some(Ok(entry)) = tree::entries(&self.bytes[begin..], format).next()
        {
            match entry.name.cmp(new.name) {
                Ordering::Less => old += 1,
                Ordering::Equal => return old + 1,
                Ordering::Greater => break,
            }
        }
        old
    }
}

impl Marked {
    fn clear(&mut self) {
        self.ends.clear();
        self.marks.clear();
    }

    /// Finds the notable names in the bytes of the tree.
    fn name(&self, bytes: &[u8], format: ObjectFormat, named: &mut Vec<Range<usize>>) {
        named.clear();
        let marks = self.marks.iter().filter(|(_, mark)| *mark == Mark::Named);
        for &(entry, _) in marks {
            let begin = entry.checked_sub(1).map_or(0, |before| self.ends[before]);
            let end = self.ends[entry] - format.id_len() - 1;
            let mode = memchr::memchr(b' ', &bytes[begin..end]).unwrap_or(0);
            named.push(begin + mode + 1..end);
        }
    }

    /// Appends entries of an older tree, whose bytes stand `shift` further on in this one.
    fn take_over(&mut self, older: &Marked, entries: Range<usize>, shift: usize) {
        let moved = self.ends.len().wrapping_sub(entries.start);
        let from = older.marks.partition_point(|mark| mark.0 < entries.start);
        let to = older.marks.partition_point(|mark| mark.0 < entries.end);
        let marks = older.marks[from..to].iter();
        self.marks
            .extend(marks.map(|&(entry, mark)| (entry.wrapping_add(moved), mark)));
        let ends = older.ends[entries].iter();
        self.ends.extend(ends.map(|end| end.wrapping_add(shift)));
    }
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let (a32, b32) = (a.as_chunks::<32>().0, b.as_chunks::<32>().0);
    let equal = a32.iter().zip(b32).take_while(|(a, b)| a == b).count() * 32;
    let rest = a[equal..].iter().zip(&b[equal..]);
    equal + rest.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Marks trees and blobs alike by the first byte of their ids, half of them; names of 7 bytes
    /// are notable.
    fn mark(entry: &Entry<'_>) -> Marks {
        let number = u32::from(entry.id[0]);
        let what = match entry.kind() {
            tree::EntryKind::Tree => Some(Mark::Tree(number)),
            _ => (number % 2 == 0).then_some(Mark::Blob(number)),
        };
        [what, is_notable(entry.name).then_some(Mark::Named)]
    }

    fn is_notable(name: &[u8]) -> bool {
        name.len() == 7
    }

    fn naive(bytes: &[u8]) -> (Vec<Mark>, usize, bool) {
        let entries = tree::entries(bytes, ObjectFormat::Sha1);
        let whole = entries.map_while(Result::ok);
        let named = whole.filter(|entry| is_notable(entry.name)).count();
        let whole = entries.map_while(Result::ok);
        let marks = whole.flat_map(|entry| mark(&entry)).flatten().collect();
        let malformed = entries.last().is_some_and(|last| last.is_err());
        (marks, named, malformed)
    }

    fn tree_bytes(entries: &[(bool, u8, u8)], cut: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for (is_tree, name, id) in entries {
            out.extend_from_slice(if *is_tree { b"40000 " } else { b"100644 " });
            out.extend(std::iter::repeat_n(b'n', usize::from(name % 10)));
            out.push(0);
            out.extend_from_slice(&[*id; 20]);
        }
        out.truncate(out.len() - cut.min(out.len()));
        out
    }

    proptest! {
        /// Whatever came before, a tree gives the marks of its own entries.
        #[test]
        fn differences_agree_with_whole_trees(
            base in prop::collection::vec((any::<bool>(), any::<u8>(), 0..4_u8), 0..30),
            edits in prop::collection::vec((0..3_u8, any::<usize>(), any::<(bool, u8)>(), 0..4_u8, 0..40_usize), 1..20),
        ) {
            let mut previous = Previous::default();
            let mut entries = base;
            for (edit, at, (is_tree, name), id, cut) in edits {
                let at = at % (entries.len() + 1);
                match edit {
                    0 => entries.insert(at, (is_tree, name, id)),
                    1 if at < entries.len() => entries[at].2 = id,
                    _ if at < entries.len() => drop(entries.remove(at)),
                    _ => {}
                }
                let bytes = tree_bytes(&entries, cut.saturating_sub(30));
                let (marks, named, malformed) = naive(&bytes);
                let result = previous.read(&bytes, ObjectFormat::Sha1, mark);
                prop_assert_eq!(result.is_err(), malformed);
                prop_assert_eq!(previous.marks().collect::<Vec<_>>(), marks);
                prop_assert_eq!(previous.named().len(), named);
                for name in previous.named() {
                    prop_assert!(is_notable(&bytes[name.clone()]));
                    prop_assert!(bytes[name.clone()].iter().all(|&byte| byte == b'n'));
                }
            }
        }
    }
}
