//! Runs of base64 and hexadecimal: from a long run of such characters, and the
//! lines it goes on in, to what it decodes to, if that is text or packed text.
//! Most long runs are identifiers, paths, digests and rulers; the first few
//! characters tell, and nothing is decoded for them.

use super::classes::LEAST;
use super::classes::is_run;
use super::text::How;
use super::text::Text;
use std::io::Read;
use std::ops::Range;

/// A line of a wrapped block has so many characters at least.
const BODY: usize = 40;
/// The shortest run of hexadecimal that is read.
const LEAST_HEX: usize = 32;
/// Bytes before a run that are read with what it decodes to: a name, or the start of a line.
const CONTEXT: usize = 120;
/// Decoded text longer than this needs no name.
const LONGEST_VALUE: usize = 512;

/// What a run decodes to, with the steps that were taken.
pub(super) struct Decoded {
    pub(super) text: Text,
    pub(super) steps: &'static [&'static str],
}

/// Why a run that decodes was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// What the decoded bytes look like from their first few.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Text,
    Wide,
    Gzip,
    Zlib,
}

/// True when the run that starts at `at` is worth a reading: most end here.
pub(super) fn may_decode(bytes: &[u8], at: usize) -> bool {
    let escaped = at > 0 && bytes[at - 1] == b'\\';
    let start = at + usize::from(escaped && matches!(bytes[at], b'n' | b'r' | b't'));
    first_quads(&bytes[start..]).is_some() || is_hex_text(&bytes[start..start + 8])
}

/// Decodes the run `run` of `bytes`; lines it goes on in are looked for up to `group.end`. Gives how far it was
/// read, and what it is, which takes at most `budget` bytes.
pub(super) fn read(
    bytes: &[u8],
    mut run: Range<usize>,
    group: &Range<usize>,
    budget: usize,
) -> (usize, Result<Option<Decoded>, TooLarge>) {
    if run.start > group.start
        && bytes[run.start - 1] == b'\\'
        && matches!(bytes[run.start], b'n' | b'r' | b't')
    {
        run.start += 1;
    }
    if run.len() >= LEAST_HEX
        && run.len().is_multiple_of(2)
        && is_hex_text(&bytes[run.start..run.start + 8])
    {
        return (run.end, hexadecimal(bytes, &run, group, budget));
    }
    let Some(content) = first_quads(&bytes[run.clone()]) else {
        return (run.end, Ok(None));
    };
    let pieces = wrapped(bytes, run, group.end);
    let end = pieces.last().map_or(group.end, |piece| piece.end);
    (end, base64(bytes, &pieces, content, group, budget))
}

/// The pieces of a block that is wrapped over lines, or the run itself.
fn wrapped(bytes: &[u8], run: Range<usize>, end: usize) -> Vec<Range<usize>> {
    let width = run.len();
    let mut pieces = vec![run];
    while let Some(last) = pieces.last()
        && last.len() == width
        && width >= BODY
        && let Some(start) = next_line(bytes, last.end, end)
    {
        let length = bytes[start..end]
            .iter()
            .take(width + 1)
            .take_while(|byte| is_run(**byte))
            .count();
        let piece = start..start + length;
        if length == 0 || length > width || !ends_line(bytes, piece.end, end) {
            break;
        }
        pieces.push(piece);
    }
    pieces
}

/// Where the next line of a block starts, if only quotes, commas and the like stand between.
fn next_line(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    const MOST: usize = 64;
    let mut broken = false;
    let mut to = at;
    while to < end && to - at < MOST {
        match bytes[to] {
            b'\n' => broken = true,
            b'\\' if matches!(bytes.get(to + 1), Some(b'n' | b'r')) => {
                broken = true;
                to += 1;
            }
            b' ' | b'\t' | b'\r' | b'"' | b'\'' | b',' | b'.' | b'&' | b'\\' | b'#' | b'*'
            | b'>' | b'|' => {}
            b'+' if !broken || bytes.get(to + 1) == Some(&b' ') => {}
            byte if is_run(byte) => return broken.then_some(to),
            _ => return None,
        }
        to += 1;
    }
    None
}

/// True when a line of a block may end here.
fn ends_line(bytes: &[u8], at: usize, end: usize) -> bool {
    let rest = &bytes[at..end];
    let padding = rest
        .iter()
        .take(2)
        .take_while(|byte| **byte == b'=')
        .count();
    matches!(
        rest.get(padding),
        None | Some(b'\n' | b'\r' | b'"' | b'\'' | b'\\' | b'<' | b',' | b')' | b'`' | b'|')
    )
}

/// The value of a character of base64, either alphabet.
const fn six(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    }
}

/// What the first eight characters promise; `None` for nearly every run that is no base64 of text.
fn first_quads(run: &[u8]) -> Option<Content> {
    let quad = |at: usize| {
        let word = run[at..at + 4]
            .iter()
            .fold(0_u32, |word, byte| word << 6 | u32::from(six(*byte)));
        let [_, a, b, c] = word.to_be_bytes();
        [a, b, c]
    };
    let [a, b, c] = quad(0);
    if (a, b, c) == (0x1f, 0x8b, 8) {
        return Some(Content::Gzip);
    }
    if a == 0x78 && matches!(b, 0x01 | 0x5e | 0x9c | 0xda) {
        return Some(Content::Zlib);
    }
    // Text that begins with other letters than ASCII has a mark before it, or is not found: paths and
    // identifiers decode to such letters half of the time.
    let plain = |byte: u8| byte.is_ascii() && is_text_byte(byte);
    let marked = (a, b, c) == (0xef, 0xbb, 0xbf);
    if !plain(a) && !marked {
        return None;
    }
    let [d, e, f] = quad(4);
    let rest = plain(d) && plain(e) && plain(f);
    if rest && (marked || plain(b) && plain(c)) {
        return Some(Content::Text);
    }
    let wide = (b, d, f) == (0, 0, 0) && plain(c) && plain(e);
    wide.then_some(Content::Wide)
}

/// True for what may stand in text: printable ASCII, its white space, and bytes of UTF-8.
const fn is_text_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b | b' '..=b'~' | 0x80..=0xf4)
}

/// True for UTF-8 without control characters.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| is_text_byte(*byte)) && std::str::from_utf8(bytes).is_ok()
}

fn base64(
    bytes: &[u8],
    pieces: &[Range<usize>],
    content: Content,
    group: &Range<usize>,
    budget: usize,
) -> Result<Option<Decoded>, TooLarge> {
    let characters: usize = pieces.iter().map(ExactSizeIterator::len).sum();
    if characters / 4 * 3 > budget {
        return Err(TooLarge);
    }
    let mut decoder = Quads::default();
    let mut out = Vec::with_capacity(characters / 4 * 3 + 3);
    let mut ends = Vec::with_capacity(pieces.len());
    for piece in pieces {
        decoder.push(&bytes[piece.clone()], &mut out);
        ends.push(out.len());
    }
    let whole =
        pieces.first().map_or(0, |piece| piece.start)..pieces.last().map_or(0, |piece| piece.end);
    match content {
        Content::Text if is_text(&out) => {
            let mut text = before(bytes, whole.start, group, &out);
            let mut from = 0;
            for (piece, end) in pieces.iter().zip(ends) {
                text.push(&out[from..end], piece.clone(), How::Quads);
                from = end;
            }
            Ok(Some(Decoded {
                text: after(bytes, text, whole.end),
                steps: &["base64"],
            }))
        }
        Content::Text => Ok(None),
        Content::Wide => {
            let narrow = narrowed(&out);
            Ok(narrow.map(|narrow| unpacked(&narrow, whole, &["base64", "utf-16le"])))
        }
        Content::Gzip => {
            let inflated = inflate(flate2::bufread::GzDecoder::new(out.as_slice()), budget)?;
            Ok(inflated.map(|plain| unpacked(&plain, whole, &["base64", "gzip"])))
        }
        Content::Zlib => {
            let inflated = inflate(flate2::bufread::ZlibDecoder::new(out.as_slice()), budget)?;
            Ok(inflated.map(|plain| unpacked(&plain, whole, &["base64", "zlib"])))
        }
    }
}

fn unpacked(plain: &[u8], whole: Range<usize>, steps: &'static [&'static str]) -> Decoded {
    let mut text = Text::default();
    text.push(plain, whole, How::Whole);
    Decoded { text, steps }
}

/// Text in UTF-16, low byte first, of ASCII characters alone.
fn narrowed(wide: &[u8]) -> Option<Vec<u8>> {
    let pairs = wide.chunks_exact(2);
    let ascii = pairs
        .clone()
        .all(|pair| pair[1] == 0 && is_text_byte(pair[0]) && pair[0].is_ascii());
    ascii.then(|| pairs.map(|pair| pair[0]).collect())
}

/// What is packed, as far as it can be unpacked; `None` when that is nothing or no text.
fn inflate(decoder: impl Read, budget: usize) -> Result<Option<Vec<u8>>, TooLarge> {
    let mut plain = Vec::new();
    // A damaged end is no reason not to look at what came before it.
    let _damaged = decoder.take(budget as u64 + 1).read_to_end(&mut plain);
    if plain.len() > budget {
        return Err(TooLarge);
    }
    let odd = plain.iter().filter(|byte| !is_text_byte(**byte)).count();
    Ok((plain.len() >= 8 && odd * 50 <= plain.len()).then_some(plain))
}

/// What stands before a value on its line; nothing before a document, which starts by itself.
fn before(bytes: &[u8], start: usize, group: &Range<usize>, decoded: &[u8]) -> Text {
    let mut text = Text::default();
    let document =
        decoded.len() > LONGEST_VALUE || decoded.contains(&b'\n') || decoded.starts_with(b"{");
    if !document {
        let from = start.saturating_sub(CONTEXT).max(group.start);
        let line = memchr::memrchr(b'\n', &bytes[from..start]).map_or(from, |at| from + at + 1);
        text.copy(bytes, line..start);
    }
    text
}

/// The quote behind a value, past its padding.
fn after(bytes: &[u8], mut text: Text, end: usize) -> Text {
    let padding = bytes[end..]
        .iter()
        .take(2)
        .take_while(|byte| **byte == b'=')
        .count();
    let at = end + padding;
    if let Some(b'"' | b'\'' | b'`' | b'<' | b'\n') = bytes.get(at) {
        text.copy(bytes, at..at + 1);
    }
    text
}

/// Decodes base64 in pieces; up to five bits that are left over at the end are dropped.
#[derive(Default)]
struct Quads {
    bits: u32,
    count: u32,
}

impl Quads {
    fn push(&mut self, run: &[u8], out: &mut Vec<u8>) {
        for byte in run {
            self.bits = self.bits << 6 | u32::from(six(*byte));
            self.count += 6;
            if self.count >= 8 {
                self.count -= 8;
                out.push((self.bits >> self.count) as u8);
            }
        }
    }
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// True when these digits stand for printable characters.
fn is_hex_text(digits: &[u8]) -> bool {
    let pairs = digits.chunks_exact(2);
    pairs
        .into_iter()
        .all(|pair| match (nibble(pair[0]), nibble(pair[1])) {
            (Some(high), Some(low)) => is_text_byte(high << 4 | low) && high < 8,
            _ => false,
        })
}

fn hexadecimal(
    bytes: &[u8],
    run: &Range<usize>,
    group: &Range<usize>,
    budget: usize,
) -> Result<Option<Decoded>, TooLarge> {
    if run.len() / 2 > budget {
        return Err(TooLarge);
    }
    let decoded: Option<Vec<u8>> = bytes[run.clone()]
        .chunks_exact(2)
        .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
        .collect();
    Ok(decoded.filter(|decoded| is_text(decoded)).map(|decoded| {
        let mut text = before(bytes, run.start, group, &decoded);
        text.push(&decoded, run.clone(), How::Pairs);
        Decoded {
            text: after(bytes, text, run.end),
            steps: &["hex"],
        }
    }))
}

/// The text that a short value stands for, if it is base64 of printable ASCII: a value of a Kubernetes Secret.
pub(crate) fn value(run: &[u8]) -> Option<Vec<u8>> {
    let body = run
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(0, |last| last + 1);
    let padding = run.len() - body;
    if body < 8 || padding > 2 || body % 4 == 1 || !run.len().is_multiple_of(4) {
        return None;
    }
    let run = &run[..body];
    if !run.iter().all(|byte| is_run(*byte)) {
        return None;
    }
    let mut out = Vec::new();
    Quads::default().push(run, &mut out);
    // The newline that `echo` leaves behind.
    let text = out.strip_suffix(b"\n").unwrap_or(&out);
    let printable = text.iter().all(|byte| matches!(byte, b'!'..=b'~'));
    (printable && !text.is_empty()).then(|| text.to_vec())
}

const _: () = assert!(LEAST >= 8 && BODY >= LEAST);

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    fn decoded(bytes: &[u8], run: Range<usize>) -> Option<Vec<u8>> {
        let (_, read) = read(bytes, run, &(0..bytes.len()), 1 << 20);
        read.unwrap().map(|decoded| decoded.text.bytes)
    }

    #[test]
    fn a_value_keeps_its_name() {
        let line = format!(
            "x\npassword: \"{}\"\n",
            BASE64_STANDARD.encode("correct horse battery")
        );
        let start = line.find('"').unwrap() + 1;
        let end = line.rfind('"').unwrap();
        let text = decoded(line.as_bytes(), start..end).unwrap();
        assert_eq!(text, b"password: \"correct horse battery\"");
    }

    #[test]
    fn rulers_paths_and_digests_are_not_decoded() {
        for run in [
            "--------------------------------",
            "drivers/net/wireless/intel/iwlwifi",
            "this_is_a_very_long_identifier_of_c",
            "0123456789abcdef0123456789abcdef01234567",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "ThisIsAVeryLongClassNameFactoryBean",
        ] {
            assert_eq!(decoded(run.as_bytes(), 0..run.len()), None, "{run}");
        }
    }

    #[test]
    fn short_values_decode_when_they_are_text() {
        assert_eq!(value(b"aHVudGVyMjI="), Some(b"hunter22".to_vec()));
        assert_eq!(value(b"aHVudGVyMjIK"), Some(b"hunter22".to_vec()));
        assert_eq!(value(b"password"), None);
        assert_eq!(value(b"correct-horse"), None);
    }
}
