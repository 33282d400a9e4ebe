//! Reads reftables, git's binary storage of refs and reflogs, as described in
//! its Documentation/technical/reftable. All blocks are read in file order and
//! the indexes are skipped: we want everything, and an index could only hide
//! something. Stacking tables into a set of refs is done by `refs`.

use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use flate2::Decompress;
use flate2::FlushDecompress;

/// What a ref record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefValue {
    /// The ref is gone; hides older tables.
    Deleted,
    /// It points at an object; the second id is that object peeled, for annotated tags.
    Object(ObjectId, Option<ObjectId>),
    /// It points at another ref.
    Symbolic(Vec<u8>),
}

/// One ref record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefRecord {
    /// The full name.
    pub name: Vec<u8>,
    /// What it says.
    pub value: RefValue,
}

/// One reflog record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// The full name of the ref.
    pub name: Vec<u8>,
    /// The transaction; orders the records of a ref.
    pub update_index: u64,
    /// The move; `None` when the record deletes one of an older table.
    pub entry: Option<LogEntry>,
}

/// The move of a ref that a log record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// What the ref pointed at before.
    pub old: ObjectId,
    /// What it pointed at then.
    pub new: ObjectId,
    /// Seconds since 1970.
    pub time: u64,
    /// Name and address of who moved it, for text scanning.
    pub who: Vec<u8>,
    /// The message.
    pub message: Vec<u8>,
}

/// What one table holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// In file order.
    pub refs: Vec<RefRecord>,
    /// In file order.
    pub logs: Vec<LogRecord>,
    /// Why it could not be read to the end or does not match its checksum.
    pub damage: Option<&'static str>,
}

/// Reads one table as far as it goes.
pub fn parse(bytes: &[u8]) -> Table {
    let mut table = Table::default();
    if let Err(damage) = Reader::new(bytes).and_then(|reader| reader.read(&mut table)) {
        table.damage = Some(damage);
    }
    table
}

type Damaged<T> = Result<T, &'static str>;

const CUT: &str = "a record is cut off";

struct Reader<'a> {
    body: &'a [u8],
    format: ObjectFormat,
    header_len: usize,
    block_size: usize,
    footer_ok: bool,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Damaged<Self> {
        if bytes.len() < 24 || !bytes.starts_with(b"REFT") {
            return Err("not a reftable");
        }
        let (header_len, format) = match (bytes[4], bytes.get(24..28)) {
            (1, _) => (24, ObjectFormat::Sha1),
            (2, Some(b"sha1")) => (28, ObjectFormat::Sha1),
            (2, Some(b"s256")) => (28, ObjectFormat::Sha256),
            _ => return Err("a version or hash function this build does not know"),
        };
        let end = bytes
            .len()
            .checked_sub(header_len + 44)
            .filter(|&end| end >= header_len)
            .ok_or("the footer is cut off")?;
        let (footer, crc) = bytes[end..].split_at(header_len + 40);
        let footer_ok = footer.starts_with(&bytes[..header_len])
            && crc32fast::hash(footer).to_be_bytes() == crc;
        Ok(Reader {
            body: &bytes[..end],
            format,
            header_len,
            block_size: be24(&bytes[5..8]),
            footer_ok,
        })
    }

    fn read(&self, table: &mut Table) -> Damaged<()> {
        let mut at = 0;
        while at < self.body.len() {
            let head = if at == 0 { self.header_len } else { 0 };
            let kind = *self.body.get(at + head).unwrap_or(&0);
            if kind == 0 {
                at = self.after_padding(at + head);
                continue;
            }
            let len = be24(self.body.get(at + head + 1..at + head + 4).ok_or(CUT)?);
            if len < head + 4 {
                return Err("a block is shorter than its header");
            }
            at += match kind {
                b'r' => {
                    let block = self.body.get(at..at + len).ok_or("a block is cut off")?;
                    self.refs(records(block, head + 4)?, &mut table.refs)?;
                    self.full_len(at, len)
                }
                b'g' => {
                    let (block, used) = inflate(&self.body[at + head + 4..], len - head - 4)?;
                    self.logs(records(&block, 0)?, &mut table.logs)?;
                    head + 4 + used
                }
                b'i' | b'o' => self.full_len(at, len),
                _ => return Err("a block of a kind this build does not know"),
            };
        }
        if self.footer_ok {
            Ok(())
        } else {
            Err("the footer does not match its checksum")
        }
    }

    /// Blocks are padded to the block size unless the next follows at once.
    fn full_len(&self, at: usize, len: usize) -> usize {
        match self.body.get(at + len) {
            Some(0) if len < self.block_size => self.block_size,
            _ => len,
        }
    }

    fn after_padding(&self, at: usize) -> usize {
        let zeros = self.body[at.min(self.body.len())..]
            .iter()
            .take_while(|&&byte| byte == 0)
            .count();
        at + zeros.max(1)
    }

    fn refs(&self, mut records: Cursor<'_>, out: &mut Vec<RefRecord>) -> Damaged<()> {
        let mut key = Vec::new();
        while !records.rest.is_empty() {
            let kind = records.key(&mut key)?;
            records.varint()?;
            let value = match kind {
                0 => RefValue::Deleted,
                1 => RefValue::Object(records.id(self.format)?, None),
                2 => RefValue::Object(records.id(self.format)?, Some(records.id(self.format)?)),
                3 => RefValue::Symbolic(records.text()?.to_vec()),
                _ => return Err("a ref record of a kind this build does not know"),
            };
            out.push(RefRecord {
                name: key.clone(),
                value,
            });
        }
        Ok(())
    }

    fn logs(&self, mut records: Cursor<'_>, out: &mut Vec<LogRecord>) -> Damaged<()> {
        let mut key = Vec::new();
        while !records.rest.is_empty() {
            let kind = records.key(&mut key)?;
            let (name, index) = key
                .split_last_chunk::<8>()
                .and_then(|(name, index)| Some((name.strip_suffix(b"\0")?, index)))
                .ok_or("a log record without an update index")?;
            let entry = match kind {
                0 => None,
                1 => Some(self.log_entry(&mut records)?),
                _ => return Err("a log record of a kind this build does not know"),
            };
            out.push(LogRecord {
                name: name.to_vec(),
                update_index: !u64::from_be_bytes(*index),
                entry,
            });
        }
        Ok(())
    }

    fn log_entry(&self, records: &mut Cursor<'_>) -> Damaged<LogEntry> {
        let old = records.id(self.format)?;
        let new = records.id(self.format)?;
        let mut who = records.text()?.to_vec();
        who.extend_from_slice(b" <");
        who.extend_from_slice(records.text()?);
        who.push(b'>');
        let time = records.varint()?;
        records.take(2)?;
        let message = records.text()?.to_vec();
        Ok(LogEntry {
            old,
            new,
            time,
            who,
            message,
        })
    }
}

/// The records of a block, from `start` up to the restart table at its end.
fn records(block: &[u8], start: usize) -> Damaged<Cursor<'_>> {
    const BAD: &str = "the restart table is cut off";
    let count = block.last_chunk::<2>().ok_or(BAD)?;
    let tail = 2 + 3 * usize::from(u16::from_be_bytes(*count));
    let end = block.len().checked_sub(tail).ok_or(BAD)?;
    let rest = block.get(start..end).ok_or(BAD)?;
    Ok(Cursor { rest })
}

/// Inflates a log block of `len` bytes and says how many bytes that took.
fn inflate(input: &[u8], len: usize) -> Damaged<(Vec<u8>, usize)> {
    const BAD: &str = "a log block cannot be inflated";
    let mut out = vec![0; len];
    let mut state = Decompress::new(true);
    state
        .decompress(input, &mut out, FlushDecompress::Finish)
        .map_err(|_| BAD)?;
    if state.total_out() != len as u64 {
        return Err(BAD);
    }
    let used = usize::try_from(state.total_in()).map_err(|_| BAD)?;
    Ok((out, used))
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Damaged<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(CUT)?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Damaged<u64> {
        let mut byte = self.take(1)?[0];
        let mut value = u64::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.take(1)?[0];
            value = value
                .checked_add(1)
                .and_then(|value| value.checked_mul(128))
                .ok_or("a number is too large")?
                | u64::from(byte & 0x7f);
        }
        Ok(value)
    }

    fn text(&mut self) -> Damaged<&'a [u8]> {
        let len = usize::try_from(self.varint()?).map_err(|_| CUT)?;
        self.take(len)
    }

    fn id(&mut self, format: ObjectFormat) -> Damaged<ObjectId> {
        ObjectId::from_bytes(format, self.take(format.id_len())?).ok_or(CUT)
    }

    /// Reads a key, which shares a prefix with the one before, and the kind of its record.
    fn key(&mut self, key: &mut Vec<u8>) -> Damaged<u64> {
        let shared = usize::try_from(self.varint()?).map_err(|_| CUT)?;
        let suffix = self.varint()?;
        if shared > key.len() {
            return Err("a key shares more than the key before it has");
        }
        key.truncate(shared);
        let len = usize::try_from(suffix >> 3).map_err(|_| CUT)?;
        key.extend_from_slice(self.take(len)?);
        Ok(suffix & 7)
    }
}

fn be24(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_to_some_end(mut bytes: Vec<u8>, sha256: bool) {
            parse(&bytes);
            let mut whole = b"REFT\x01\0\x10\0".to_vec();
            whole.resize(24, 0);
            if sha256 {
                whole[4] = 2;
                whole.extend_from_slice(b"s256");
            }
            whole.append(&mut bytes);
            whole.resize(whole.len() + 72, 0);
            parse(&whole);
        }
    }
}
