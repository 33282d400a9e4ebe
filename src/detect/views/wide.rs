//! Strings of UTF-16 in programs and other binary data: every second byte of them
//! is zero. A blob that is UTF-16 as a whole is turned into UTF-8 by its source;
//! here are the strings among other bytes.

use std::ops::Range;

/// Characters of the shortest string.
const LEAST: usize = 12;
/// Bytes between the places that are looked at: one of them lies well inside of any string.
const STEP: usize = 8;

/// Bytes that tell whether a blob is UTF-16 as a whole.
const HEAD: usize = 4096;

/// True for a blob that is text in UTF-16 as a whole: it has a view of its own.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    let text = |byte: u8| is_printable(byte) || matches!(byte, b'\t' | b'\n' | b'\r');
    let ascii = head.chunks_exact(2).filter(|pair| match pair {
        [0, byte] | [byte, 0] => text(*byte),
        _ => false,
    });
    head.starts_with(b"\xff\xfe")
        || head.starts_with(b"\xfe\xff")
        || ascii.count() * 8 >= head.len()
}

/// Appends the strings that start in `range`.
pub(super) fn find(bytes: &[u8], range: Range<usize>, out: &mut Vec<Range<usize>>) {
    let mut at = range.start;
    while at + STEP <= range.end {
        let (start, end) = match bytes[at..at + 4] {
            [a, 0, b, 0] if is_printable(a) && is_printable(b) => grow(bytes, at, &range),
            [0, a, 0, b] if is_printable(a) && is_printable(b) => grow(bytes, at + 1, &range),
            _ => (at, at),
        };
        if (end - start) / 2 >= LEAST {
            out.push(start..end);
        }
        at = (end + 1).max(at + STEP);
    }
}

const fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// The string around the character at `at`.
fn grow(bytes: &[u8], at: usize, range: &Range<usize>) -> (usize, usize) {
    let pair = |at: usize| is_printable(bytes[at]) && bytes[at + 1] == 0;
    let (mut start, mut end) = (at, at);
    while start >= range.start + 2 && pair(start - 2) {
        start -= 2;
    }
    while end + 2 <= range.end && pair(end) {
        end += 2;
    }
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_at_any_place_are_found() {
        for shift in 0..20 {
            let mut bytes = vec![7; 400 + shift];
            bytes.extend(
                "password=hunter22"
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes),
            );
            let end = bytes.len();
            bytes.extend([1, 2, 3, 4, 5, 6, 7, 8, 9]);
            let mut found = Vec::new();
            find(&bytes, 0..bytes.len(), &mut found);
            assert_eq!(found.len(), 1, "{shift}");
            assert_eq!(found[0], 400 + shift..end, "{shift}");
            assert!(
                !is_text(&bytes) && is_text(&bytes[400 + shift..]),
                "{shift}"
            );
        }
    }
}
