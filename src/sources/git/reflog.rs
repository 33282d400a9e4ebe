//! Reflogs: what a ref pointed at before, and the message of each move. They
//! keep commits alive that no ref reaches, and their messages are text that a
//! person typed; the files themselves are found by `refs`.

use super::commit;
use super::file::shown;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;

/// One move of a ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// What it pointed at before; the null id when it was created.
    pub old: ObjectId,
    /// What it pointed at then; the null id when it was deleted.
    pub new: ObjectId,
    /// When, in seconds since 1970; `None` when malformed.
    pub time: Option<i64>,
    /// Why, one line.
    pub message: Vec<u8>,
}

/// The moves of one ref, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reflog {
    /// The full name of the ref.
    pub name: Vec<u8>,
    /// Its moves.
    pub moves: Vec<Move>,
}

/// Longest reflog that is read, in bytes.
pub const LIMIT: u64 = 256 << 20;

/// Parses a reflog file; lines that are damaged are named in `unscanned` by number.
pub fn parse(
    name: &[u8],
    text: &[u8],
    format: ObjectFormat,
    unscanned: &mut Vec<Unscanned>,
) -> Reflog {
    let mut moves = Vec::new();
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        match entry(line, format) {
            Some(entry) => moves.push(entry),
            None => unscanned.push(Unscanned {
                what: format!("logs/{}:{}", shown(name), number + 1),
                reason: Reason::ParseError,
                bytes: Some(line.len() as u64),
                detail: "not a reflog entry".to_owned(),
            }),
        }
    }
    Reflog {
        name: name.to_vec(),
        moves,
    }
}

/// `old SP new SP who <mail> time zone TAB message`.
fn entry(line: &[u8], format: ObjectFormat) -> Option<Move> {
    let hex = format.id_len() * 2;
    let old = ObjectId::from_hex(line.get(..hex)?)?;
    let new = ObjectId::from_hex(line.get(hex + 1..2 * hex + 1)?)?;
    let rest = &line[2 * hex + 1..];
    let tab = memchr::memchr(b'\t', rest).unwrap_or(rest.len());
    Some(Move {
        old,
        new,
        time: commit::signature(&rest[..tab]).and_then(|who| who.time),
        message: rest.get(tab + 1..).unwrap_or_default().to_vec(),
    })
}
