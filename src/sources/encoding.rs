//! Text that is not UTF-8: finds UTF-16 and UTF-32 and turns them into UTF-8,
//! in pieces, so that detectors see one encoding only. Encodings that keep
//! ASCII as it is (Latin-1, Shift-JIS, …) need nothing: their bytes pass as they
//! are. The raw bytes are always scanned too, so that a wrong guess here can
//! add a view but never hide one.

use crate::model::chunk::CodeUnit;
use crate::model::chunk::OffsetMap;

/// Bytes at the start of a blob that the guess is made from.
pub const HEAD: usize = 4096;

/// An encoding that is turned into UTF-8. See The Unicode Standard, chapter 3.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-32, low byte first.
    Utf32Le,
    /// UTF-32, high byte first.
    Utf32Be,
}

impl Encoding {
    /// The name in `Chunk::decoded`.
    pub const fn name(self) -> &'static str {
        self.steps()[0]
    }

    /// The name as the list `Chunk::decoded` wants.
    pub const fn steps(self) -> &'static [&'static str] {
        match self {
            Encoding::Utf16Le => &["utf-16le"],
            Encoding::Utf16Be => &["utf-16be"],
            Encoding::Utf32Le => &["utf-32le"],
            Encoding::Utf32Be => &["utf-32be"],
        }
    }

    /// The size of its code units.
    pub const fn unit(self) -> CodeUnit {
        match self {
            Encoding::Utf16Le | Encoding::Utf16Be => CodeUnit::Two,
            Encoding::Utf32Le | Encoding::Utf32Be => CodeUnit::Four,
        }
    }
}

/// Finds out whether a blob that starts with `head` is UTF-16 or UTF-32, and how long
/// its byte order mark is (0 when it has none).
pub fn detect(head: &[u8]) -> Option<(Encoding, usize)> {
    match head {
        [0xff, 0xfe, 0, 0, ..] => return Some((Encoding::Utf32Le, 4)),
        [0, 0, 0xfe, 0xff, ..] => return Some((Encoding::Utf32Be, 4)),
        [0xff, 0xfe, ..] => return Some((Encoding::Utf16Le, 2)),
        [0xfe, 0xff, ..] => return Some((Encoding::Utf16Be, 2)),
        _ => {}
    }
    let head = &head[..head.len().min(HEAD)];
    // Any text has a space, a line break or a digit, and these have a zero byte in UTF-16.
    memchr::memchr(0, head)?;
    if utf32_text(head, u32::from_le_bytes) {
        return Some((Encoding::Utf32Le, 0));
    }
    if utf32_text(head, u32::from_be_bytes) {
        return Some((Encoding::Utf32Be, 0));
    }
    let little = utf16_text(head, u16::from_le_bytes);
    let big = utf16_text(head, u16::from_be_bytes);
    match (little, big) {
        (None, None) => None,
        (little, big) if little >= big => Some((Encoding::Utf16Le, 0)),
        _ => Some((Encoding::Utf16Be, 0)),
    }
}

/// True when all code units are characters and at least a quarter is ASCII text. Tables of small numbers have
/// more units that stand in no text.
fn utf32_text(head: &[u8], read: fn([u8; 4]) -> u32) -> bool {
    let (mut units, mut ascii) = (0_usize, 0_usize);
    for unit in head.chunks_exact(4) {
        let unit = read([unit[0], unit[1], unit[2], unit[3]]);
        let in_text = !matches!(unit, 0..=0x08 | 0x0e..=0x1f | 0x7f..=0x9f);
        if !in_text || char::from_u32(unit).is_none() {
            return false;
        }
        units += 1;
        ascii += usize::from(unit < 0x7f);
    }
    units >= 4 && ascii * 4 >= units
}

/// How many code units are ASCII text, if the units look like text at all: at least a
/// quarter is ASCII and at most one in 64 is nothing that stands in text, or a
/// sixteenth is and all the others are letters of some script.
fn utf16_text(head: &[u8], read: fn([u8; 2]) -> u16) -> Option<usize> {
    let (mut units, mut ascii, mut odd) = (0_usize, 0_usize, 0_usize);
    let mut after_high = false;
    for pair in head.chunks_exact(2) {
        let unit = read([pair[0], pair[1]]);
        units += 1;
        let low = matches!(unit, 0xdc00..=0xdfff);
        odd += usize::from(after_high != low);
        after_high = matches!(unit, 0xd800..=0xdbff);
        match unit {
            0x09 | 0x0a | 0x0d | 0x20..=0x7e => ascii += 1,
            0..=0x1f | 0x7f..=0x9f | 0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xfffe | 0xffff => {
                odd += 1
            }
            _ => {}
        }
    }
    let mostly_ascii = ascii * 4 >= units && odd * 64 <= units;
    let all_text = ascii * 16 >= units && odd == 0;
    (units >= 4 && (mostly_ascii || all_text)).then_some(ascii)
}

/// Turns one blob into UTF-8, piece by piece. What is no character becomes U+FFFD.
#[derive(Debug)]
pub struct Transcoder {
    encoding: Encoding,
    /// The bytes of a code unit that was cut.
    carry: [u8; 4],
    carried: usize,
    high: Option<u16>,
}

impl Transcoder {
    /// Begins a blob.
    pub const fn new(encoding: Encoding) -> Self {
        Transcoder {
            encoding,
            carry: [0; 4],
            carried: 0,
            high: None,
        }
    }

    /// Decodes the next bytes (without byte order mark) and appends the text.
    pub fn push(&mut self, mut bytes: &[u8], text: &mut Vec<u8>) {
        let width = self.encoding.unit() as usize;
        while self.carried > 0 {
            let Some((first, rest)) = bytes.split_first() else {
                return;
            };
            self.carry[self.carried] = *first;
            self.carried += 1;
            bytes = rest;
            if self.carried == width {
                self.carried = 0;
                self.unit(self.carry, text);
            }
        }
        let mut units = bytes.chunks_exact(width);
        for unit in &mut units {
            let mut four = [0; 4];
            four[..width].copy_from_slice(unit);
            self.unit(four, text);
        }
        let rest = units.remainder();
        self.carry[..rest.len()].copy_from_slice(rest);
        self.carried = rest.len();
    }

    /// Ends the blob: a cut unit or half a pair becomes U+FFFD.
    pub fn finish(&mut self, text: &mut Vec<u8>) {
        if self.high.take().is_some() {
            push_char(None, text);
        }
        if std::mem::take(&mut self.carried) > 0 {
            push_char(None, text);
        }
    }

    fn unit(&mut self, [a, b, c, d]: [u8; 4], text: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Utf16Le => self.utf16(u16::from_le_bytes([a, b]), text),
            Encoding::Utf16Be => self.utf16(u16::from_be_bytes([a, b]), text),
            Encoding::Utf32Le => push_char(char::from_u32(u32::from_le_bytes([a, b, c, d])), text),
            Encoding::Utf32Be => push_char(char::from_u32(u32::from_be_bytes([a, b, c, d])), text),
        }
    }

    #[inline]
    fn utf16(&mut self, unit: u16, text: &mut Vec<u8>) {
        if unit < 0x80 && self.high.is_none() {
            text.push(unit as u8);
            return;
        }
        if let Some(high) = self.high.take() {
            if let 0xdc00..=0xdfff = unit {
                let code =
                    0x1_0000 + ((u32::from(high) - 0xd800) << 10) + (u32::from(unit) - 0xdc00);
                push_char(char::from_u32(code), text);
                return;
            }
            push_char(None, text);
        }
        match unit {
            0xd800..=0xdbff => self.high = Some(unit),
            _ => push_char(char::from_u32(u32::from(unit)), text),
        }
    }
}

fn push_char(character: Option<char>, text: &mut Vec<u8>) {
    let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// A blob in UTF-8, with the way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcoded {
    /// The text.
    pub text: Vec<u8>,
    /// From offsets in the text to offsets in the blob.
    pub map: OffsetMap,
    /// What it was.
    pub encoding: Encoding,
}

/// The UTF-8 view of a blob in memory, if it is UTF-16 or UTF-32. The text takes up to
/// one and a half times the memory of the blob.
pub fn views(blob: &[u8]) -> Option<Transcoded> {
    let (encoding, mark) = detect(blob)?;
    let mut text = Vec::with_capacity(blob.len() / encoding.unit() as usize);
    let mut transcoder = Transcoder::new(encoding);
    transcoder.push(&blob[mark..], &mut text);
    transcoder.finish(&mut text);
    let map = OffsetMap::new(&text, 0, mark as u64..blob.len() as u64, encoding.unit());
    Some(Transcoded {
        text,
        map,
        encoding,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
        match encoding {
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Utf32Le => text
                .chars()
                .flat_map(|c| u32::from(c).to_le_bytes())
                .collect(),
            Encoding::Utf32Be => text
                .chars()
                .flat_map(|c| u32::from(c).to_be_bytes())
                .collect(),
        }
    }

    const ALL: [Encoding; 4] = [
        Encoding::Utf16Le,
        Encoding::Utf16Be,
        Encoding::Utf32Le,
        Encoding::Utf32Be,
    ];

    #[test]
    fn marks_and_statistics_tell_the_encoding() {
        let text = "password = \"größe 日本\"\r\n".repeat(3);
        for encoding in ALL {
            let marked = encode(&format!("\u{feff}{text}"), encoding);
            let view = views(&marked).unwrap();
            assert_eq!(view.encoding, encoding);
            assert_eq!(view.text, text.as_bytes(), "the mark is no text");
        }
        for encoding in ALL {
            let view = views(&encode(&text, encoding)).unwrap();
            assert_eq!(
                (view.encoding, view.text),
                (encoding, text.clone().into_bytes())
            );
        }
        let chinese = "一二三四五六七八九十一二三四\n";
        assert_eq!(
            views(&encode(chinese, Encoding::Utf16Be)).unwrap().text,
            chinese.as_bytes()
        );
    }

    #[test]
    fn other_bytes_are_left_alone() {
        assert_eq!(detect("größe 日本 plain UTF-8".as_bytes()), None);
        assert_eq!(detect(b"caf\xe9 in Latin-1"), None);
        assert_eq!(detect(b"a string\0another\0\0\0\0\0\0\x01\x02"), None);
        assert_eq!(detect(&[0; 4096]), None);
        let numbers: Vec<u8> = (0..500_u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(detect(&numbers), None);
        assert_eq!(detect(b""), None);
    }

    #[test]
    fn broken_text_becomes_replacement_characters() {
        let mut transcoder = Transcoder::new(Encoding::Utf16Le);
        let mut text = Vec::new();
        transcoder.push(b"\x00\xdca\x00\x00\xd8b\x00\x00\xd8c", &mut text);
        transcoder.finish(&mut text);
        assert_eq!(text, "\u{fffd}a\u{fffd}b\u{fffd}\u{fffd}".as_bytes());
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_make_the_same_text(text in "\\PC{0,60}", piece in 1_usize..9, which in 0_usize..4) {
            let bytes = encode(&text, ALL[which]);
            let mut transcoder = Transcoder::new(ALL[which]);
            let mut out = Vec::new();
            for piece in bytes.chunks(piece) {
                transcoder.push(piece, &mut out);
            }
            transcoder.finish(&mut out);
            prop_assert_eq!(out, text.as_bytes());
        }

        #[test]
        fn every_character_is_found_in_the_source(text in "[a-z]{0,90}\\PC{0,60}", which in 0_usize..4) {
            let encoding = ALL[which];
            let map = OffsetMap::new(text.as_bytes(), 7, 2..u64::MAX, encoding.unit());
            for (at, _) in text.char_indices() {
                let before = encode(&text[..at], encoding).len() as u64;
                prop_assert_eq!(map.to_source(7 + at as u64), 2 + before);
            }
            prop_assert_eq!(map.to_source(u64::MAX), 2 + encode(&text, encoding).len() as u64);
            prop_assert_eq!(map.to_source(0), 2);
        }
    }
}
