//! Reads the literal at a place: a quoted string of any language, or the bare
//! word that configuration files allow. It bounds what it reads, so that a
//! missing quote never makes it run through a file; meaning is judged elsewhere.

use super::VALUE_MAX;
use super::candidate::Quote;
use std::ops::Range;

/// A literal without its quotes.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    pub(super) range: Range<usize>,
    pub(super) quote: Quote,
}

/// Where a bare word ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// At the end of the line or a comment after it; refused with white space inside.
    Line,
    /// At white space, quotes or shell punctuation.
    Word,
    /// At what cannot stand in a query parameter or form field.
    Parameter,
    /// At `;` or the quote around a connection string.
    Connection,
    /// At the quote around the whole pair.
    Quote,
}

/// The byte at `index`, or NUL where there is none.
pub(super) fn at(bytes: &[u8], index: usize) -> u8 {
    bytes.get(index).copied().unwrap_or(0)
}

/// Skips at most `most` spaces and tabs.
pub(super) fn blanks(bytes: &[u8], from: usize, most: usize) -> usize {
    let mut p = from;
    while p - from < most && matches!(at(bytes, p), b' ' | b'\t') {
        p += 1;
    }
    p
}

/// The quoted string at `from`, after at most two letters that prefix a string (`b"`, `@"`, `rb'`).
pub(super) fn quoted(bytes: &[u8], from: usize) -> Option<Literal> {
    let mut p = from;
    while p - from < 2 && matches!(at(bytes, p), b'a'..=b'z' | b'A'..=b'Z' | b'@' | b'$') {
        p += 1;
    }
    let open = at(bytes, p);
    if open == b'\\' {
        return escaped(bytes, p);
    }
    let quote = match open {
        b'"' => Quote::Double,
        b'\'' => Quote::Single,
        b'`' => Quote::Back,
        _ => return None,
    };
    p += 1;
    if at(bytes, p) == open && at(bytes, p + 1) == open {
        p += 2;
    }
    let start = p;
    while p - start <= VALUE_MAX {
        match at(bytes, p) {
            0 | b'\n' | b'\r' => return None,
            b'\\' => p += 2,
            byte if byte == open => return literal(inner(bytes, start..p), quote),
            _ => p += 1,
        }
    }
    None
}

/// A string that holds nothing but a quoted string (`'"value"'`), without the inner quotes.
fn inner(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let text = &bytes[range.clone()];
    match text {
        [b'"', .., b'"'] | [b'\'', .., b'\''] if text.len() > 4 => range.start + 1..range.end - 1,
        [b'\\', b'"', .., b'\\', b'"'] if text.len() > 6 => range.start + 2..range.end - 2,
        _ => range,
    }
}

/// A string within a string: `\"value\"`, with as many backslashes at the end as at the start.
fn escaped(bytes: &[u8], from: usize) -> Option<Literal> {
    let mut slashes = 0;
    while slashes < 8 && at(bytes, from + slashes) == b'\\' {
        slashes += 1;
    }
    let open = at(bytes, from + slashes);
    if !matches!(open, b'"' | b'\'') {
        return None;
    }
    let start = from + slashes + 1;
    let mut p = start;
    while p - start <= VALUE_MAX {
        match at(bytes, p) {
            0 | b'\n' | b'\r' | b'"' | b'\'' => return None,
            b'\\' => {
                let run = bytes[p..]
                    .iter()
                    .take(9)
                    .take_while(|b| **b == b'\\')
                    .count();
                if run == slashes && at(bytes, p + run) == open {
                    return literal(start..p, Quote::Escaped);
                }
                p += run + 1;
            }
            _ => p += 1,
        }
    }
    None
}

/// The bare word at `from`.
pub(super) fn bare(bytes: &[u8], from: usize, stop: Stop) -> Option<Literal> {
    let mut p = from;
    while !ends(bytes, from, p, stop) {
        p += 1;
        if p - from > VALUE_MAX {
            return None;
        }
    }
    if stop == Stop::Line {
        let rest = blanks(bytes, p, 8);
        let clean = matches!(at(bytes, rest), 0 | b'\n' | b'\r' | b'#')
            || (rest > p && matches!(&bytes[rest..], [b'/', b'/', ..] | [b'\\', ..] | [b';', ..]))
            || at(bytes, p) == b'\\';
        if !clean {
            return None;
        }
    }
    literal(from..p, Quote::None)
}

/// True when a bare word that started at `from` ends before the byte at `p`.
fn ends(bytes: &[u8], from: usize, p: usize, stop: Stop) -> bool {
    let byte = at(bytes, p);
    if byte <= b' ' {
        return true;
    }
    if byte == b'\\' && matches!(at(bytes, p + 1), b'n' | b'r' | b'"' | b'\'') {
        return true;
    }
    match stop {
        Stop::Line => byte == b'"' || (byte == b'\'' && p > from && at(bytes, p + 1) <= b','),
        Stop::Word => matches!(
            byte,
            b'"' | b'\'' | b'`' | b'<' | b'>' | b';' | b'|' | b')' | b',' | b'\\'
        ),
        Stop::Parameter => {
            matches!(
                byte,
                b'"' | b'\''
                    | b'`'
                    | b'<'
                    | b'>'
                    | b';'
                    | b'&'
                    | b'#'
                    | b')'
                    | b','
                    | b']'
                    | b'\\'
                    | b'|'
            )
        }
        Stop::Connection => matches!(byte, b'"' | b'\'' | b'`' | b';' | b'<' | b'\\'),
        Stop::Quote => matches!(byte, b'"' | b'\''),
    }
}

/// A literal, unless it is empty.
fn literal(range: Range<usize>, quote: Quote) -> Option<Literal> {
    (!range.is_empty() && range.len() <= VALUE_MAX).then_some(Literal { range, quote })
}
