//! Text that was made from other bytes, and the way back: which bytes of the
//! source each part of it stands for. How the text is made is left to the
//! modules of the encodings.

use std::ops::Range;

/// How a piece of text follows from its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Byte for byte.
    Same,
    /// Three bytes from four (base64).
    Quads,
    /// One byte from two (hexadecimal, UTF-16).
    Pairs,
    /// All of it from all of it: an escape, or what was packed.
    Whole,
}

/// A piece of text and where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    text: usize,
    source: usize,
    /// Bytes of the source.
    len: usize,
    how: How,
}

/// Decoded text with the way back to its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Text {
    /// Appends `bytes`, which stand for `source`. Nothing is appended for no bytes.
    pub(super) fn push(&mut self, bytes: &[u8], source: Range<usize>, how: How) {
        if bytes.is_empty() {
            return;
        }
        let piece = Piece {
            text: self.bytes.len(),
            source: source.start,
            len: source.len(),
            how,
        };
        self.bytes.extend_from_slice(bytes);
        match self.pieces.last_mut() {
            Some(last)
                if how == How::Same
                    && last.how == How::Same
                    && last.source + last.len == source.start =>
            {
                last.len += source.len();
            }
            _ => self.pieces.push(piece),
        }
    }

    /// Appends a part of the source as it is.
    pub(super) fn copy(&mut self, bytes: &[u8], source: Range<usize>) {
        self.push(&bytes[source.clone()], source, How::Same);
    }

    fn piece(&self, at: usize) -> Option<Piece> {
        let after = self.pieces.partition_point(|piece| piece.text <= at);
        self.pieces.get(after.checked_sub(1)?).copied()
    }

    /// The bytes of the source that a part of the text stands for, all of the first and of the
    /// last unit included.
    pub(super) fn source(&self, part: &Range<usize>) -> Option<Range<usize>> {
        let last = part.end.checked_sub(1)?.max(part.start);
        let (first_piece, last_piece) = (self.piece(part.start)?, self.piece(last)?);
        let (from, to) = (part.start - first_piece.text, last - last_piece.text);
        let start = match first_piece.how {
            How::Same => from,
            How::Quads => from * 4 / 3,
            How::Pairs => from * 2,
            How::Whole => 0,
        };
        let end = match last_piece.how {
            How::Same => to + 1,
            How::Quads => ((to + 1) * 4).div_ceil(3),
            How::Pairs => (to + 1) * 2,
            How::Whole => last_piece.len,
        };
        Some(
            first_piece.source + start.min(first_piece.len)
                ..last_piece.source + end.min(last_piece.len),
        )
    }

    /// True when a part of the text stands in the source as it is, with nothing decoded close to it: a
    /// search of the source has seen what there is to see.
    pub(super) fn is_untouched(&self, part: &Range<usize>) -> bool {
        /// Names and words around a secret are nearer.
        const NEAR: usize = 32;
        let after = self
            .pieces
            .partition_point(|piece| piece.text <= part.start);
        let Some(piece) = after.checked_sub(1).map(|at| self.pieces[at]) else {
            return true;
        };
        let before = after > 1 && part.start - piece.text <= NEAR;
        let next = self.pieces.get(after);
        let behind = next.is_some_and(|next| next.text.saturating_sub(part.end) <= NEAR);
        self.is_plain(part) && !before && !behind
    }

    /// True when a part of the text stands in the source as it is.
    fn is_plain(&self, part: &Range<usize>) -> bool {
        let last = part.end.saturating_sub(1).max(part.start);
        match (self.piece(part.start), self.piece(last)) {
            (Some(first), Some(last)) => first == last && first.how == How::Same,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_leads_back_to_all_of_its_source() {
        let mut text = Text::default();
        text.push(b"key: ", 10..15, How::Same);
        text.push(b"abcdef", 15..23, How::Quads);
        text.push(b"\n", 23..29, How::Whole);
        text.push(b"xy", 29..33, How::Pairs);
        assert_eq!(text.source(&(0..3)), Some(10..13));
        assert_eq!(text.source(&(5..6)), Some(15..17));
        assert_eq!(text.source(&(6..8)), Some(16..19));
        assert_eq!(text.source(&(4..11)), Some(14..23));
        assert_eq!(text.source(&(11..12)), Some(23..29));
        assert_eq!(text.source(&(12..14)), Some(29..33));
        assert!(text.is_plain(&(0..5)) && !text.is_plain(&(0..6)));
        assert!(!text.is_untouched(&(0..5)));
        let mut text = Text::default();
        text.push(&[b'a'; 100], 0..100, How::Same);
        text.push(b"\n", 100..102, How::Whole);
        text.push(&[b'b'; 100], 102..202, How::Same);
        assert!(text.is_untouched(&(0..60)) && !text.is_untouched(&(0..80)));
        assert!(!text.is_untouched(&(101..120)) && text.is_untouched(&(150..160)));
    }
}
