//! The first questions about a keyword hit: which grammar its keyword belongs to, and which name it
//! stands in. Extraction goes on from the answers; `near` refuses by them, and needs to know how
//! many bytes they took, so both ask here.

use super::NAME_MAX;
use super::commands;
use super::commands::Given;
use super::near::Looked;
use super::value::at;
use std::ops::Range;

/// What a keyword announces, told by its own first and last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// A call by its name and parenthesis: see `calls`, and `process.env(` and the like.
    Call,
    /// A command: see `commands`.
    Command(Given),
    /// `://`.
    UserInfo,
    /// `bearer ` and `basic `.
    Scheme,
    /// ` -u ` and `--user`.
    User,
    /// ` -p`.
    Password,
    /// `identified by`.
    IdentifiedBy,
    /// `securestring`.
    SecureString,
    /// `getconnection` and its kin.
    ThirdArgument,
    /// `key` that no other word qualifies.
    LoneKey,
    /// A word of a name.
    Name,
}

impl Grammar {
    pub(super) fn of(bytes: &[u8], hit: &Range<usize>) -> Grammar {
        let (first, last) = (at(bytes, hit.start), at(bytes, hit.end - 1));
        if last == b'(' {
            return Grammar::Call;
        }
        if hit.len() > 6
            && let Some(given) = commands::given(&bytes[hit.clone()])
        {
            return Grammar::Command(given);
        }
        match (first, last) {
            (b':', _) => Grammar::UserInfo,
            (b'b' | b'B', b' ') => Grammar::Scheme,
            (b' ', b' ') | (b'-', _) => Grammar::User,
            (b' ', _) => Grammar::Password,
            (b'i' | b'I', b'y' | b'Y') => Grammar::IdentifiedBy,
            (b's' | b'S', b'g' | b'G') => Grammar::SecureString,
            (b'g' | b'G' | b'm' | b'M' | b'n' | b'N', _) => Grammar::ThirdArgument,
            (b'k' | b'K', _) if !key_is_qualified(bytes, hit) => Grammar::LoneKey,
            _ => Grammar::Name,
        }
    }
}

/// A hit without the operator that its keyword ends in.
pub(super) fn word_of(bytes: &[u8], hit: Range<usize>) -> Range<usize> {
    let word = &bytes[hit.clone()];
    let length = word.iter().take_while(|b| is_name(**b)).count();
    hit.start..hit.start + length.max(1)
}

/// `key` counts as the end of a word with another word before it.
fn key_is_qualified(bytes: &[u8], hit: &Range<usize>) -> bool {
    let before = hit.start.checked_sub(1).map_or(0, |i| at(bytes, i));
    let (last, after) = (at(bytes, hit.end - 1), at(bytes, hit.end));
    let ends =
        !after.is_ascii_alphabetic() || (last.is_ascii_lowercase() && after.is_ascii_uppercase());
    ends && (before.is_ascii_alphabetic() || matches!(before, b'_' | b'-' | b'.'))
}

/// True for a byte of a name.
pub(super) const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// True for a byte that may stand between a name and its value; most hits end at this question.
const fn may_end_name(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'\n'
            | b'\r'
            | b'"'
            | b'\''
            | b'`'
            | b'\\'
            | b'='
            | b':'
            | b'('
            | b'>'
            | b'['
            | b']'
            | b'?'
            | b'!'
            | b'*'
            | b'|'
            | b'<'
            | b','
            | b')'
    )
}

/// The whole name around a hit, and what was looked at to find it; only that when it is too long to be a
/// name, or nothing that may follow a name does.
pub(super) fn grown(bytes: &[u8], hit: &Range<usize>) -> Result<(Range<usize>, Looked), Looked> {
    let mut end = hit.end;
    while is_name(at(bytes, end)) {
        end += 1;
        if end - hit.start > NAME_MAX {
            let right = end - hit.end;
            return Err(Looked { left: 0, right });
        }
    }
    let right = end + 1 - hit.end;
    if !may_end_name(at(bytes, end)) {
        return Err(Looked { left: 0, right });
    }
    let mut start = hit.start;
    while start > 0 && is_name(at(bytes, start - 1)) {
        start -= 1;
        if end - start > NAME_MAX {
            let left = hit.start - start;
            return Err(Looked { left, right });
        }
    }
    while end > hit.end && matches!(at(bytes, end - 1), b'-' | b'.') {
        end -= 1;
    }
    let left = hit.start - start + 1;
    Ok((start..end, Looked { left, right }))
}
