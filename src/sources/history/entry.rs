//! The header of one entry of a pack (gitformat-pack, "Pack file entry"): what
//! it is, how long it is once inflated and where its zlib stream starts. It
//! reads at most a few bytes and decides nothing about what they lead to.

use crate::model::object::ObjectKind;

/// What an entry is, before anything is inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// A whole object.
    Whole(ObjectKind),
    /// A delta on the entry of this pack that starts at that offset.
    Offset(u64),
    /// A delta on an object named by an id, which stands at that position of the pack.
    Named(usize),
}

/// A parsed entry header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it is.
    pub(super) head: Head,
    /// Declared length of the inflated stream, in bytes.
    pub(super) size: u64,
    /// Where the zlib stream starts in the pack.
    pub(super) data: usize,
}

impl Entry {
    /// Parses the header at `offset` of `pack`; `None` when it is no header.
    pub(super) fn parse(pack: &[u8], offset: u64, id_len: usize) -> Option<Entry> {
        let mut at = usize::try_from(offset).ok()?;
        let mut byte = *pack.get(at)?;
        at += 1;
        let kind = (byte >> 4) & 7;
        let mut size = u64::from(byte & 15);
        let mut shift = 4;
        while byte & 0x80 != 0 {
            byte = *pack.get(at)?;
            at += 1;
            let part = u64::from(byte & 0x7f);
            if shift > 63 || (part << shift) >> shift != part {
                return None;
            }
            size |= part << shift;
            shift += 7;
        }
        let head = match kind {
            1 => Head::Whole(ObjectKind::Commit),
            2 => Head::Whole(ObjectKind::Tree),
            3 => Head::Whole(ObjectKind::Blob),
            4 => Head::Whole(ObjectKind::Tag),
            6 => {
                let distance = distance(pack, &mut at)?;
                Head::Offset(offset.checked_sub(distance).filter(|_| distance > 0)?)
            }
            7 => {
                let id = at;
                at = at.checked_add(id_len)?;
                Head::Named(id)
            }
            _ => return None,
        };
        (at <= pack.len()).then_some(Entry {
            head,
            size,
            data: at,
        })
    }
}

/// The offset encoding of an ofs-delta: big endian, seven bits a byte, plus one for each
/// continuation so that no value has two spellings.
fn distance(pack: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    loop {
        let byte = *pack.get(*at)?;
        *at += 1;
        value = value
            .checked_mul(128)?
            .checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::Entry;
    use super::Head;
    use crate::model::object::ObjectKind;

    #[test]
    fn reads_sizes_and_distances() {
        let pack = [0xb5, 0x0a, 0x78];
        let entry = Entry::parse(&pack, 0, 20).unwrap();
        assert_eq!(entry.head, Head::Whole(ObjectKind::Blob));
        assert_eq!((entry.size, entry.data), (165, 2));
        let mut pack = vec![0; 300];
        pack.extend([0x65, 0x80, 0x00]);
        let entry = Entry::parse(&pack, 300, 20).unwrap();
        assert_eq!(entry.head, Head::Offset(300 - 128));
    }

    #[test]
    fn refuses_what_is_no_header() {
        assert_eq!(Entry::parse(&[0x05], 0, 20), None, "type 0");
        assert_eq!(Entry::parse(&[0x55], 0, 20), None, "type 5");
        assert_eq!(Entry::parse(&[0xb5], 0, 20), None, "cut");
        assert_eq!(Entry::parse(&[0x75, 1, 2], 0, 20), None, "cut base id");
        assert_eq!(
            Entry::parse(&[0xb0; 40], 0, 20),
            None,
            "size beyond 64 bits"
        );
        assert_eq!(
            Entry::parse(&[0x65, 0x05], 0, 20),
            None,
            "base before the pack"
        );
        assert_eq!(Entry::parse(&[0x65, 0x00], 0, 20), None, "base is itself");
        assert_eq!(Entry::parse(&[], 9, 20), None, "past the end");
    }
}
