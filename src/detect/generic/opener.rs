//! From the end of a name to the start of its value: the operator between them
//! and, from what stands before the name, the construct they are part of. Most
//! hits end here, in a few comparisons, so the cheap questions come first.

use super::candidate::Quote;
use super::candidate::Separator;
use super::value::at;
use super::value::blanks;
use std::ops::Range;

/// What was read between a name and its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// Where the value starts, at its quote if it has one.
    pub(super) at: usize,
    pub(super) separator: Separator,
    /// True when the name itself stands in quotes.
    pub(super) quoted_name: bool,
    /// True when only a quoted value counts here.
    pub(super) needs_quote: bool,
}

/// Where the line that `name` stands in gives it its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineStart {
    /// Only blanks, list marks, comment marks or `export` come before the name.
    Yes,
    /// Other text comes before.
    No,
}

/// Reads from the end of the name to the value; `None` where no value can follow.
pub(super) fn read(bytes: &[u8], name: &Range<usize>) -> Option<Opening> {
    let (mut p, quote) = close_name(bytes, name);
    let quoted_name = quote != Quote::None;
    let mut only_default = false;
    match at(bytes, p) {
        b'(' if !quoted_name => return Some(opening(p + 1, Separator::Paren, false, true)),
        b'>' if in_markup(bytes, name, quoted_name) && at(bytes, p - 1) != b'-' => {
            return Some(opening(p + 1, Separator::Markup, quoted_name, false));
        }
        b']' => p += 1,
        b'[' if !quoted_name => p = array_size(bytes, p)?,
        b')' if quoted_name => {
            only_default = true;
            p += 1;
        }
        b'?' | b'!' if at(bytes, p + 1) == b':' => p += 1,
        b'*' => p += 1 + usize::from(at(bytes, p + 1) == b'*'),
        0 => return None,
        _ => {}
    }
    let start = blanks(bytes, p, 24);
    let spaced = start > p;
    if spaced && quoted_name && bytes[start..].starts_with(b"to \"") {
        return Some(opening(start + 3, Separator::Arrow, true, true));
    }
    if only_default && let Some(at) = given_after(bytes, start) {
        return Some(opening(at, Separator::Default, true, true));
    }
    let (separator, width) = operator(bytes, start, spaced)?;
    if only_default && separator != Separator::Default {
        return None;
    }
    finish(bytes, start, spaced, separator, width, quoted_name)
}

/// Past what hands a value to the place that a look-up named: `fetch("PASSWORD") { "x" }` of Ruby
/// and `find("password").send_keys("x")` of tests in a browser.
fn given_after(bytes: &[u8], p: usize) -> Option<usize> {
    const CALLS: [&[u8]; 6] = [
        b"{ ",
        b".type(",
        b".fill(",
        b".send_keys(",
        b".sendKeys(",
        b".setValue(",
    ];
    let call = CALLS.iter().find(|call| bytes[p..].starts_with(call))?;
    let at = p + call.len();
    matches!(super::value::at(bytes, at), b'"' | b'\'').then_some(at)
}

/// The place after the operator.
fn finish(
    bytes: &[u8],
    start: usize,
    spaced: bool,
    separator: Separator,
    width: usize,
    quoted_name: bool,
) -> Option<Opening> {
    let mut after = start + width;
    if separator == Separator::Colon && at(bytes, after) == b'*' {
        after += 1 + usize::from(at(bytes, after + 1) == b'*');
    }
    let mut p = blanks(bytes, after, 40);
    let tight = !spaced && p == after;
    let mut needs_quote = matches!(
        separator,
        Separator::Comma | Separator::Compare | Separator::Arrow | Separator::Walrus
    ) || quoted_name;
    let separator = match separator {
        Separator::Equal if tight => Separator::TightEqual,
        other => other,
    };
    let breaks = matches!(at(bytes, p), b'\n' | b'\r');
    if breaks {
        p = next_line(bytes, p);
        needs_quote = true;
    }
    if separator == Separator::Colon
        && !breaks
        && let Some(typed) = skip_type(bytes, p)
    {
        return Some(opening(typed, Separator::Equal, quoted_name, true));
    }
    Some(opening(p, separator, quoted_name, needs_quote))
}

const fn opening(at: usize, separator: Separator, quoted_name: bool, needs_quote: bool) -> Opening {
    Opening {
        at,
        separator,
        quoted_name,
        needs_quote,
    }
}

/// Past the quote that closes a quoted name, and which quote it was.
pub(super) fn close_name(bytes: &[u8], name: &Range<usize>) -> (usize, Quote) {
    let end = name.end;
    let mut before = name.start.checked_sub(1).map_or(0, |i| at(bytes, i));
    if matches!(at(bytes, end), b'"' | b'\'' | b']')
        && matches!(before, b':' | b'#' | b'=' | b'"' | b'\'')
    {
        match selected(bytes, name, before) {
            Some(Selected::Name(quote)) => before = quote,
            Some(Selected::Closed(p)) => return (p, Quote::Double),
            None => {}
        }
    }
    match at(bytes, end) {
        b'"' if before == b'"' => (end + 1, Quote::Double),
        b'\'' if before == b'\'' => (end + 1, Quote::Single),
        b'`' if before == b'`' => (end + 1, Quote::Back),
        b'\\' if matches!(before, b'"' | b'\'') => {
            let run = bytes[end..]
                .iter()
                .take(8)
                .take_while(|b| **b == b'\\')
                .count();
            match at(bytes, end + run) {
                close if close == before => (end + run + 1, Quote::Escaped),
                _ => (end, Quote::None),
            }
        }
        _ => (end, Quote::None),
    }
}

/// How a quoted string that holds more than the name ends.
enum Selected {
    /// At this quote, right behind the name: `"Smtp:Password"`.
    Name(u8),
    /// Before this place: `'#password'`, `'input[name="password"]'`.
    Closed(usize),
}

/// The string around a name that is not all of it.
fn selected(bytes: &[u8], name: &Range<usize>, before: u8) -> Option<Selected> {
    let end = name.end;
    if before == b':' {
        let head = &bytes[name.start.saturating_sub(48)..name.start];
        let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'.');
        let quote = *head.iter().rfind(|b| !plain(b))?;
        return (quote == at(bytes, end)).then_some(Selected::Name(quote));
    }
    let equal = name.start >= 2 && at(bytes, name.start - 2) == b'=';
    if matches!(before, b'"' | b'\'') && !equal {
        return None;
    }
    let mut p = end + usize::from(matches!(before, b'"' | b'\'') && at(bytes, end) == before);
    if before != b'#' {
        if at(bytes, p) != b']' {
            return None;
        }
        p += 1;
    }
    matches!(at(bytes, p), b'"' | b'\'').then_some(Selected::Closed(p + 1))
}

/// True for `<name` and for a quoted attribute value that closes a tag.
fn in_markup(bytes: &[u8], name: &Range<usize>, quoted_name: bool) -> bool {
    if quoted_name {
        return name.start >= 2 && at(bytes, name.start - 2) == b'=';
    }
    let from = name.start.saturating_sub(12);
    let before = &bytes[from..name.start];
    match before.last() {
        Some(b'<') => true,
        Some(b':') => before.iter().rposition(|b| *b == b'<').is_some_and(|lt| {
            before[lt + 1..before.len() - 1]
                .iter()
                .all(u8::is_ascii_alphanumeric)
        }),
        _ => false,
    }
}

/// Past `[32]` or `[]` after a name in C.
fn array_size(bytes: &[u8], open: usize) -> Option<usize> {
    let digits = bytes
        .get(open + 1..)?
        .iter()
        .take(6)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let close = open + 1 + digits;
    (at(bytes, close) == b']').then_some(close + 1)
}

/// The operator at `p` and its width.
fn operator(bytes: &[u8], p: usize, spaced: bool) -> Option<(Separator, usize)> {
    let (second, third) = (at(bytes, p + 1), at(bytes, p + 2));
    let found = match (at(bytes, p), second, third) {
        (b'=', b'=', b'=') | (b'!', b'=', b'=') => (Separator::Compare, 3),
        (b'=', b'=', _) | (b'!', b'=', _) => (Separator::Compare, 2),
        (b'=', b'>', _) => (Separator::Arrow, 2),
        // `password:: 'x'` of Jsonnet hides a field; elsewhere `::` opens no value.
        (b':', b':', b' ') if matches!(at(bytes, p + 3), b'"' | b'\'') => (Separator::Colon, 2),
        (b'=', b'~', _) | (b':', b':', _) => return None,
        (b'=', ..) => (Separator::Equal, 1),
        (b':', b'=', _) => (Separator::Walrus, 2),
        (b':', b'-', _) => (Separator::Default, 2),
        (b':', ..) => (Separator::Colon, 1),
        (b'?', b'?', b'=') | (b'|', b'|', b'=') => (Separator::Default, 3),
        (b'?', b'?', _) | (b'?', b':', _) | (b'|', b'|', _) => (Separator::Default, 2),
        (b'?', b'=', _) => (Separator::Equal, 2),
        (b'-', b'>', _) | (b'<', b'-', _) => (Separator::Arrow, 2),
        (b',', ..) => (Separator::Comma, 1),
        (b'o', b'r', b' ') if spaced => (Separator::Default, 3),
        (0 | b'\n' | b'\r', ..) => return None,
        _ if spaced => (Separator::Space, 0),
        _ => return None,
    };
    Some(found)
}

/// Past one line break and the indentation after it.
fn next_line(bytes: &[u8], p: usize) -> usize {
    let past = p + usize::from(at(bytes, p) == b'\r');
    blanks(bytes, past + usize::from(at(bytes, past) == b'\n'), 24)
}

/// Past the type and the `=` of `: Type = `, as in Kotlin, Swift, TypeScript and Rust.
fn skip_type(bytes: &[u8], from: usize) -> Option<usize> {
    let length = bytes
        .get(from..)?
        .iter()
        .take(32)
        .take_while(|b| {
            b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b'<' | b'>' | b'&' | b'\'' | b'[' | b']' | b'?' | b'|' | b' ' | b'_' | b'.'
                )
        })
        .count();
    let p = from + length;
    let named = length > 2 && at(bytes, from).is_ascii_alphabetic() || at(bytes, from) == b'&';
    // The padding of a base64 value ends its line.
    let padding = at(bytes, p - usize::from(length > 0)) != b' '
        && matches!(at(bytes, p + 1), b'\n' | b'\r' | 0);
    (named && at(bytes, p) == b'=' && !padding && !matches!(at(bytes, p + 1), b'=' | b'>'))
        .then(|| blanks(bytes, p + 1, 8))
}

/// Past the type and the `=` of `name string = "x"`, as in Go.
pub(super) fn skip_go_type(bytes: &[u8], from: usize) -> Option<usize> {
    let visual_basic = bytes
        .get(from..from + 3)
        .is_some_and(|head| head.eq_ignore_ascii_case(b"as "));
    let from = if visual_basic { from + 3 } else { from };
    let length = bytes
        .get(from..)?
        .iter()
        .take(16)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'[' | b']'))
        .count();
    let p = blanks(bytes, from + length, 8);
    (length > 2 && at(bytes, p) == b'=' && at(bytes, p + 1) == b' ')
        .then(|| blanks(bytes, p + 1, 8))
}

/// Whether only marks of lists, comments and declarations stand before the name on its line.
pub(super) fn line_start(bytes: &[u8], name: &Range<usize>) -> LineStart {
    let from = name.start.saturating_sub(64);
    let before = &bytes[from..name.start];
    let line = match before.iter().rposition(|b| matches!(b, b'\n' | b'\r')) {
        Some(end) => &before[end + 1..],
        None if from == 0 => before,
        None => return LineStart::No,
    };
    let mut rest = line;
    loop {
        rest = match rest {
            [
                b' ' | b'\t' | b'#' | b'/' | b'*' | b'-' | b'+' | b'>' | b';' | b'$' | b'"' | b'\''
                | b'|' | b'`',
                tail @ ..,
            ] => tail,
            [b'e', b'x', b'p', b'o', b'r', b't', b' ', tail @ ..] => tail,
            [b's', b'e', b't', b'e', b'n', b'v', b' ', tail @ ..] => tail,
            [b's', b'e', b't', b' ', b'-', b'x' | b'g' | b'U', tail @ ..] => {
                tail.strip_prefix(b"x").unwrap_or(tail)
            }
            [b's', b'e', b't', b' ', tail @ ..]
            | [b'E', b'N', b'V', b' ', tail @ ..]
            | [b'A', b'R', b'G', b' ', tail @ ..] => tail,
            [] => return LineStart::Yes,
            _ => return LineStart::No,
        };
    }
}
