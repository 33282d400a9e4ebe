//! How far around a place decoding may look: a group, the lines that belong
//! together because a literal or an encoded block goes on from one to the next.
//! Whether two lines belong together is told by the bytes around the line break
//! alone. So a group, and all that is decoded in it, is a function of its own
//! bytes and of [`PEEK`] more on each side, which is what the search of deltas needs.

use super::classes::is_run;
use std::ops::Range;

/// Bytes on each side of a line break that tell whether its lines belong together.
pub(super) const PEEK: usize = 48;

/// A line of an encoded block ends with so many characters of base64 at least.
const BODY: usize = 20;

/// The group around `at`, within `within`.
pub(super) fn around(bytes: &[u8], at: usize, within: &Range<usize>) -> Range<usize> {
    let mut start = at;
    loop {
        let Some(before) = memchr::memrchr(b'\n', &bytes[within.start..start]) else {
            start = within.start;
            break;
        };
        let line_break = within.start + before;
        if !joined(bytes, line_break) {
            start = line_break + 1;
            break;
        }
        start = line_break;
    }
    let mut end = at;
    loop {
        match memchr::memchr(b'\n', &bytes[end..within.end]) {
            None => return start..within.end,
            Some(line) if joined(bytes, end + line) => end += line + 1,
            Some(line) => return start..end + line + 1,
        }
    }
}

/// True when the lines before and after the line break at `at` belong together.
fn joined(bytes: &[u8], at: usize) -> bool {
    let before = bytes[at.saturating_sub(PEEK)..at].trim_ascii_end();
    let after = bytes[at + 1..bytes.len().min(at + 1 + PEEK)].trim_ascii_start();
    let (Some(last), Some(first)) = (before.last(), after.first()) else {
        return false;
    };
    if *last == b'\\' {
        return true;
    }
    let quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let joins = |byte: &u8| matches!(byte, b'+' | b'.' | b'&' | b'~' | b'|' | b'_' | b'>');
    let literals = (quote(last) && (quote(first) || joins(first))) || (joins(last) && quote(first));
    literals || (starts_body(after) && is_body(before))
}

/// True when a text ends like a line of an encoded block.
fn is_body(before: &[u8]) -> bool {
    let ends = before.iter().rev().take(8);
    let trailing = ends.take_while(|byte| !is_run(**byte)).count();
    let body = before.iter().rev().skip(trailing).take(BODY);
    // `n` of a written `\n` is a character of base64. Most lines end here within a word or two.
    let mut others = body.clone().filter(|byte| !is_run(**byte));
    body.len() == BODY && (others.next().is_none() || others.next().is_none())
}

/// True when a text starts like a line of an encoded block.
fn starts_body(after: &[u8]) -> bool {
    let leading = after.iter().take_while(|byte| !is_run(**byte)).count();
    let start = &after[leading..after.len().min(leading + 4)];
    let body = start.iter().take_while(|byte| is_run(**byte)).count();
    // The last line of a block may be as short as its padding lets it be.
    let ends = body >= 2 && start[body..].iter().all(|byte| *byte == b'=');
    leading <= 8 && (body == start.len() || ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(text: &str, at: &str) -> String {
        let at = text.find(at).unwrap();
        let group = around(text.as_bytes(), at, &(0..text.len()));
        text[group].to_owned()
    }

    #[test]
    fn lines_that_go_on_belong_together() {
        let text = "one\nkey = \"abc\" +\n  \"def\"\ntwo\n";
        let joined = "key = \"abc\" +\n  \"def\"\n";
        assert_eq!(group(text, "abc"), joined);
        assert_eq!(group(text, "def"), joined);
        assert_eq!(group(text, "one"), "one\n");
        assert_eq!(group(text, "two"), "two\n");
    }

    #[test]
    fn an_encoded_block_is_one_group() {
        let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2";
        let text = format!("before:\n  {line}\n  {line}\n  QUJD\nafter: x\n");
        let block = format!("  {line}\n  {line}\n  QUJD\n");
        assert_eq!(group(&text, "QUJD"), block);
        assert_eq!(group(&text, "before"), "before:\n");
        assert_eq!(group("x", "x"), "x");
        assert_eq!(group("\nx\n", "x"), "x\n");
    }
}
