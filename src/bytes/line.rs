//! From byte offsets to lines and columns, as SARIF 2.1.0 counts them (section
//! 3.30: both from 1, columns in UTF-16 code units). The index is lazy, because
//! most blobs have no finding; what a region means is left to the model.

use memchr::memchr_iter;
use memchr::memrchr;
use std::ops::Range;

/// A place in a text: line from 1, column from 1 in UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1, in UTF-16 code units.
    pub column: u64,
}

/// Bytes between two marks: what one query may have to count through.
const STRIDE: usize = 4096;

/// What is known at one offset, so that queries start near their goal.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    lines: u64,
    /// UTF-16 code units on the line before `at`; unknown when the line began
    /// before the window.
    units: Option<u64>,
}

impl Mark {
    fn advance(self, bytes: &[u8], to: usize) -> Mark {
        let step = &bytes[self.at..to];
        match memrchr(b'\n', step) {
            None => Mark {
                at: to,
                lines: self.lines,
                units: self.units.map(|before| before + utf16_units(step)),
            },
            Some(last) => Mark {
                at: to,
                lines: self.lines + memchr_iter(b'\n', &step[..=last]).count() as u64,
                units: Some(utf16_units(&step[last + 1..])),
            },
        }
    }
}

/// Lines and columns of one blob, or of one window of it.
///
/// Lines end with LF; the CR of a CRLF is the last column of its line. A byte
/// that is not part of valid UTF-8 counts as one unit. A query costs at most
/// 4 KiB of counting once the bytes before it have been passed, so that
/// many queries on one long line stay cheap.
pub struct LineIndex<'a> {
    bytes: &'a [u8],
    marks: Vec<Mark>,
}

impl<'a> LineIndex<'a> {
    /// An index over a whole blob.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::window(bytes, 0, Some(0))
    }

    /// An index over a window: `lines_before` line breaks and, on the line that
    /// is cut by the start of the window, `units_before` UTF-16 code units precede it.
    /// With `None` for the latter, positions on that first line are unknown.
    pub fn window(bytes: &'a [u8], lines_before: u64, units_before: Option<u64>) -> Self {
        let start = Mark {
            at: 0,
            lines: lines_before,
            units: units_before,
        };
        LineIndex {
            bytes,
            marks: vec![start],
        }
    }

    /// The position of the byte at `offset` (the end of the text for larger ones), or
    /// `None` on a first line whose start lies before the window. Offsets inside
    /// a character give the position of the character.
    pub fn position(&mut self, offset: usize) -> Option<Position> {
        let goal = floor_char(self.bytes, offset.min(self.bytes.len()));
        let mark = self.mark_before(goal).advance(self.bytes, goal);
        mark.units.map(|units| Position {
            line: mark.lines + 1,
            column: units + 1,
        })
    }

    fn mark_before(&mut self, goal: usize) -> Mark {
        let mut last = self.marks[self.marks.len() - 1];
        while last.at + STRIDE <= goal {
            last = last.advance(self.bytes, floor_char(self.bytes, last.at + STRIDE));
            self.marks.push(last);
        }
        let after = self.marks.partition_point(|mark| mark.at <= goal);
        self.marks[after.saturating_sub(1)]
    }
}

/// The line that holds the byte at `offset`, without its line break, cut to at most
/// `reach` bytes on each side of `offset`. For excerpts.
pub fn line_around(bytes: &[u8], offset: usize, reach: usize) -> Range<usize> {
    let offset = offset.min(bytes.len());
    let left = offset.saturating_sub(reach);
    let right = offset.saturating_add(reach).min(bytes.len());
    let start = memrchr(b'\n', &bytes[left..offset]).map_or(left, |at| left + at + 1);
    let end = memchr::memchr(b'\n', &bytes[offset..right]).map_or(right, |at| offset + at);
    let cr = end > start && end < bytes.len() && bytes[end] == b'\n' && bytes[end - 1] == b'\r';
    start..end - usize::from(cr)
}

/// UTF-16 code units of a text; bytes that are not valid UTF-8 count one each.
pub fn utf16_units(bytes: &[u8]) -> u64 {
    if bytes.is_ascii() {
        return bytes.len() as u64;
    }
    let units = |text: &str| text.chars().map(char::len_utf16).sum::<usize>();
    bytes
        .utf8_chunks()
        .map(|chunk| (units(chunk.valid()) + chunk.invalid().len()) as u64)
        .sum()
}

/// The start of the character that covers `at`, or `at` where none straddles it.
fn floor_char(bytes: &[u8], at: usize) -> usize {
    (1..=at.min(3))
        .map(|back| at - back)
        .find(|&start| char_len(&bytes[start..]).is_some_and(|len| start + len > at))
        .unwrap_or(at)
}

/// Bytes of the valid multi-byte character that `bytes` starts with.
fn char_len(bytes: &[u8]) -> Option<usize> {
    let len = match bytes.first()? {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    std::str::from_utf8(bytes.get(..len)?).ok().map(|_| len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, one character at a time from the start.
    fn naive(bytes: &[u8], offset: usize) -> Position {
        let (mut line, mut column, mut at) = (1, 1, 0);
        while at < offset {
            let len = char_len(&bytes[at..]).unwrap_or(1);
            if at + len > offset {
                break;
            }
            match bytes[at] {
                b'\n' => (line, column) = (line + 1, 1),
                _ => column += if len == 4 { 2 } else { 1 },
            }
            at += len;
        }
        Position { line, column }
    }

    fn at(line: u64, column: u64) -> Option<Position> {
        Some(Position { line, column })
    }

    #[test]
    fn columns_are_utf16_units() {
        let text = "a\u{e4}\u{1f600}z\r\nq".as_bytes();
        let mut index = LineIndex::new(text);
        assert_eq!(index.position(1), at(1, 2));
        assert_eq!(index.position(2), at(1, 2), "inside a character");
        assert_eq!(index.position(3), at(1, 3));
        assert_eq!(index.position(7), at(1, 5), "a surrogate pair is two units");
        assert_eq!(index.position(8), at(1, 6), "the CR is a column");
        assert_eq!(index.position(10), at(2, 1));
        assert_eq!(index.position(99), at(2, 2), "clamped to the end");
    }

    #[test]
    fn a_window_knows_what_it_cannot_know() {
        let mut index = LineIndex::window(b"tail of a line\nnext", 41, None);
        assert_eq!(index.position(3), None);
        assert_eq!(index.position(15), at(43, 1));
        let mut index = LineIndex::window(b"tail", 41, Some(10));
        assert_eq!(index.position(3), at(42, 14));
    }

    #[test]
    fn lines_for_excerpts_are_cut() {
        let text = b"one\r\ntwo three\nfour";
        assert_eq!(&text[line_around(text, 6, 100)], b"two three");
        assert_eq!(&text[line_around(text, 0, 100)], b"one");
        assert_eq!(&text[line_around(text, 8, 2)], b"wo t");
        assert_eq!(&text[line_around(text, 99, 2)], b"ur");
    }

    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => any::<u8>().prop_map(|byte| vec![byte]),
            3 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
            1 => Just(b"\r\n".to_vec()),
            1 => (0usize..6000).prop_map(|len| vec![b'x'; len]),
        ];
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn equal_to_the_definition(text in texts(), queries in proptest::collection::vec(any::<usize>(), 1..8)) {
            let mut index = LineIndex::new(&text);
            for query in queries {
                let offset = query % (text.len() + 1);
                prop_assert_eq!(index.position(offset), Some(naive(&text, offset)));
            }
        }

        #[test]
        fn windows_agree_with_the_whole(text in texts(), cut in any::<usize>(), query in any::<usize>()) {
            let cut = floor_char(&text, cut % (text.len() + 1));
            let lines = memchr_iter(b'\n', &text[..cut]).count() as u64;
            let units = naive(&text, cut).column - 1;
            let offset = cut + query % (text.len() - cut + 1);
            let mut window = LineIndex::window(&text[cut..], lines, Some(units));
            prop_assert_eq!(window.position(offset - cut), Some(naive(&text, offset)));
        }
    }
}
