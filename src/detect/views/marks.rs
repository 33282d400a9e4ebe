//! What a single byte may open: an escape of a percent-encoded text, of a string
//! literal or of HTML, or the joint of two literals. Each is told by the few
//! bytes around it; what is read with all of them taken back is left to `extent`.

use std::ops::Range;

/// What is taken back in one reading of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `%41` (RFC 3986, section 2.1).
    Percent,
    /// `\x41`, `\u0041`, `\101`, `\"` in a string literal of JSON, C and their kin.
    Escape,
    /// `&#65;`, `&quot;` (HTML Living Standard, section 13.5).
    Entity,
    /// `" + "` and the like between two literals.
    Joint,
}

/// Which escapes of string literals are worth a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Those that tell by their neighbours that a secret, or the name of one, is next to them: any source has
    /// escapes, and a reading costs a search.
    Telling,
    /// Every one: what was decoded is short, and escapes that are still in it were written twice.
    All,
}

/// All kinds, in the order they are read.
pub(super) const KINDS: [Kind; 4] = [Kind::Percent, Kind::Escape, Kind::Entity, Kind::Joint];

impl Kind {
    /// The name, as `decoded` wants it.
    pub(super) const fn steps(self) -> &'static [&'static str] {
        match self {
            Kind::Percent => &["percent"],
            Kind::Escape => &["escapes"],
            Kind::Entity => &["entities"],
            Kind::Joint => &["concatenation"],
        }
    }

    /// The bytes that what is taken back starts with.
    pub(super) const fn openers(self) -> [u8; 3] {
        match self {
            Kind::Percent => [b'%'; 3],
            Kind::Escape => [b'\\'; 3],
            Kind::Entity => [b'&'; 3],
            Kind::Joint => [b'"', b'\'', b'\\'],
        }
    }
}

/// Characters after a written quote or line break that could begin a name or a token, at least.
const WORD: usize = 12;
/// Blanks and line breaks in a joint, at most.
const JOINT: usize = 160;

/// For each byte the marks that it may follow, as bits of [`opener`].
const FOLLOWS: [u8; 256] = {
    let mut follows = [0; 256];
    let lists: [(&[u8], u8); 4] = [
        (b"234567", 1),
        (b"#abcdefghijklmnopqrstuvwxyzH", 2),
        (b"xu01/\"'nrt\r\n", 4),
        (b" \t\r\n+.&~|<\\", 8),
    ];
    let mut list = 0;
    while list < lists.len() {
        let (bytes, bit) = lists[list];
        let mut at = 0;
        while at < bytes.len() {
            follows[bytes[at] as usize] |= bit;
            at += 1;
        }
        list += 1;
    }
    follows
};

const fn opener(mark: u8) -> u8 {
    match mark {
        b'%' => 1,
        b'&' => 2,
        b'\\' => 4,
        _ => 8,
    }
}

/// True when the byte after the mark at `at` is one that may follow it: most marks end here.
#[inline]
pub(super) fn may_open(bytes: &[u8], at: usize) -> bool {
    const OPENER: [u8; 256] = {
        let mut openers = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            openers[byte] = opener(byte as u8);
            byte += 1;
        }
        openers
    };
    let next = bytes.get(at + 1).copied().unwrap_or(0);
    OPENER[usize::from(bytes[at])] & FOLLOWS[usize::from(next)] != 0
}

/// The kind of the mark at `at` where it is worth a reading: what it stands for could be a part of a
/// secret, or of the syntax beside one.
pub(super) fn kind(bytes: &[u8], at: usize, end: usize, escapes: Escapes) -> Option<Kind> {
    let bytes = &bytes[..end];
    match byte(bytes, at) {
        b'%' => is_percent(bytes, at).then_some(Kind::Percent),
        b'&' => is_entity(bytes, at).then_some(Kind::Entity),
        b'\\' if continues(bytes, at).is_some() => Some(Kind::Joint),
        b'\\' => match escapes {
            Escapes::Telling => is_escape(bytes, at).then_some(Kind::Escape),
            Escapes::All => escape(bytes, at).map(|_| Kind::Escape),
        },
        _ => joint(bytes, at).map(|_| Kind::Joint),
    }
}

/// Reads what stands at `at` as a reading of this kind does: how many bytes it takes, and what they
/// stand for. `None` where it stands for itself.
pub(super) fn read(bytes: &[u8], at: usize, end: usize, kind: Kind) -> Option<(usize, Taken)> {
    let bytes = &bytes[..end];
    match kind {
        Kind::Percent => {
            let value = hex(bytes, at + 1..at + 3)?;
            (byte(bytes, at) == b'%').then_some((3, Taken::Byte(value as u8)))
        }
        Kind::Escape if byte(bytes, at) == b'\\' => escape(bytes, at),
        Kind::Entity if byte(bytes, at) == b'&' => entity(bytes, at),
        Kind::Joint => match byte(bytes, at) {
            b'"' | b'\'' => joint(bytes, at).map(|to| (to - at, Taken::Nothing)),
            b'\\' => continues(bytes, at).map(|to| (to - at, Taken::Nothing)),
            _ => None,
        },
        _ => None,
    }
}

/// What an escape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// No bytes.
    Nothing,
    /// One byte.
    Byte(u8),
    /// A character, in UTF-8.
    Char(char),
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

fn before(bytes: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(0, |at| byte(bytes, at))
}

/// The number in `range`, if all of it is hexadecimal digits.
fn hex(bytes: &[u8], range: Range<usize>) -> Option<u32> {
    bytes.get(range)?.iter().try_fold(0_u32, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}

/// Two hexadecimal digits of a printable ASCII character.
fn is_printable_hex(bytes: &[u8], at: usize) -> bool {
    matches!(byte(bytes, at), b'2'..=b'7') && byte(bytes, at + 1).is_ascii_hexdigit()
}

fn is_percent(bytes: &[u8], at: usize) -> bool {
    is_printable_hex(bytes, at + 1) && before(bytes, at).is_ascii_alphanumeric()
}

fn is_escape(bytes: &[u8], at: usize) -> bool {
    match byte(bytes, at + 1) {
        b'x' => is_printable_hex(bytes, at + 2),
        b'u' => {
            byte(bytes, at + 2) == b'{'
                || (bytes.get(at + 2..at + 4) == Some(b"00") && is_printable_hex(bytes, at + 4))
        }
        b'0' => matches!(byte(bytes, at + 2), b'4'..=b'7') && is_octal(bytes, at + 3),
        b'1' => is_octal(bytes, at + 2) && is_octal(bytes, at + 3),
        b'/' => {
            before(bytes, at).is_ascii_alphanumeric() && byte(bytes, at + 2).is_ascii_alphanumeric()
        }
        b'"' | b'\'' => {
            let blank = usize::from(byte(bytes, at + 2) == b' ');
            let value = before(bytes, at) == b'=' && byte(bytes, at + 2).is_ascii_alphanumeric();
            value || byte(bytes, at + 2 + blank) == b':' || starts_word(bytes, at + 2)
        }
        // The letter is taken for part of the word behind it otherwise.
        b'n' | b'r' | b't' => starts_word(bytes, at + 2) || starts_name(bytes, at + 2),
        _ => false,
    }
}

/// True when what stands at `at` could begin a name or a token.
fn starts_word(bytes: &[u8], at: usize) -> bool {
    let word = bytes.get(at..at + WORD);
    word.is_some_and(|word| word.iter().all(|byte| is_token(*byte)))
}

/// True when a name with an operator behind it stands at `at`.
fn starts_name(bytes: &[u8], at: usize) -> bool {
    let name = bytes[at.min(bytes.len())..].iter().take(WORD);
    let length = name
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        .count();
    let blank = usize::from(byte(bytes, at + length) == b' ');
    length > 2 && matches!(byte(bytes, at + length + blank), b'=' | b':')
}

fn is_octal(bytes: &[u8], at: usize) -> bool {
    matches!(byte(bytes, at), b'0'..=b'7')
}

fn escape(bytes: &[u8], at: usize) -> Option<(usize, Taken)> {
    let one = |value| Some((2, Taken::Byte(value)));
    match byte(bytes, at + 1) {
        b'x' => Some((4, Taken::Byte(hex(bytes, at + 2..at + 4)? as u8))),
        b'u' if byte(bytes, at + 2) == b'{' => {
            let digits = bytes[at + 3..]
                .iter()
                .take(7)
                .take_while(|b| b.is_ascii_hexdigit())
                .count();
            let value = char::from_u32(hex(bytes, at + 3..at + 3 + digits)?)?;
            (digits > 0 && byte(bytes, at + 3 + digits) == b'}')
                .then_some((digits + 4, Taken::Char(value)))
        }
        b'u' => Some((6, Taken::Char(char::from_u32(hex(bytes, at + 2..at + 6)?)?))),
        b'0'..=b'3' if is_octal(bytes, at + 2) && is_octal(bytes, at + 3) => {
            let digit = |n: usize| byte(bytes, at + n) - b'0';
            Some((4, Taken::Byte(digit(1) << 6 | digit(2) << 3 | digit(3))))
        }
        b'n' => one(b'\n'),
        b'r' => one(b'\r'),
        b't' => one(b'\t'),
        quoted @ (b'"' | b'\'' | b'/' | b'\\') => one(quoted),
        _ => None,
    }
}

/// The named ones that stand for a character of secrets or of the syntax around them.
const ENTITIES: [(&[u8], u8); 27] = [
    (b"quot;", b'"'),
    (b"apos;", b'\''),
    (b"amp;", b'&'),
    (b"lt;", b'<'),
    (b"gt;", b'>'),
    (b"plus;", b'+'),
    (b"equals;", b'='),
    (b"sol;", b'/'),
    (b"bsol;", b'\\'),
    (b"colon;", b':'),
    (b"semi;", b';'),
    (b"comma;", b','),
    (b"period;", b'.'),
    (b"lowbar;", b'_'),
    (b"commat;", b'@'),
    (b"num;", b'#'),
    (b"dollar;", b'$'),
    (b"percnt;", b'%'),
    (b"excl;", b'!'),
    (b"quest;", b'?'),
    (b"ast;", b'*'),
    (b"lpar;", b'('),
    (b"rpar;", b')'),
    (b"lbrack;", b'['),
    (b"rbrack;", b']'),
    (b"Hat;", b'^'),
    (b"vert;", b'|'),
];

/// `<` and `>` alone are what markup in comments and prose is written with, and no part of secrets.
fn is_entity(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at + 1..bytes.len().min(at + 9)];
    let Some(end) = rest
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'#')
    else {
        return false;
    };
    rest[end] == b';'
        && matches!(entity(bytes, at), Some((_, taken)) if !matches!(taken, Taken::Byte(b'<' | b'>')))
}

fn entity(bytes: &[u8], at: usize) -> Option<(usize, Taken)> {
    if byte(bytes, at + 1) != b'#' {
        let rest = &bytes[at + 1..];
        let (name, value) = ENTITIES.iter().find(|(name, _)| rest.starts_with(name))?;
        return Some((name.len() + 1, Taken::Byte(*value)));
    }
    let in_hex = matches!(byte(bytes, at + 2), b'x' | b'X');
    let (from, radix) = (at + 2 + usize::from(in_hex), if in_hex { 16 } else { 10 });
    let digit = |byte: &u8| char::from(*byte).to_digit(radix);
    let (mut value, mut count) = (0_u32, 0);
    for digit in bytes.get(from..)?.iter().take(7).map_while(digit) {
        value = value * radix + digit;
        count += 1;
    }
    let closed = count > 0 && byte(bytes, from + count) == b';';
    closed.then_some((from + count + 1 - at, Taken::Char(char::from_u32(value)?)))
}

/// True for a byte that a secret may be cut at.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'_' | b'-'
                | b'+'
                | b'/'
                | b'='
                | b'.'
                | b':'
                | b'@'
                | b'~'
                | b'%'
                | b'!'
                | b'#'
                | b'$'
        )
}

/// Where the text goes on after the literal that the quote at `at` closes, when another one is joined to it.
fn joint(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = byte(bytes, at);
    if !matches!(quote, b'"' | b'\'') || !is_token(before(bytes, at)) {
        return None;
    }
    let first = byte(bytes, at + 1);
    if !matches!(
        first,
        b' ' | b'\t' | b'\r' | b'\n' | b'+' | b'.' | b'&' | b'~' | b'|' | b'<' | b'\\'
    ) {
        return None;
    }
    let limit = bytes.len().min(at + JOINT);
    let mut to = skip(bytes, at + 1, limit);
    to = match bytes.get(to..)? {
        [b'.', b'.', ..] | [b'+', b'+', ..] | [b'|', b'|', ..] | [b'<', b'>', ..] => to + 2,
        [b'+' | b'.' | b'&' | b'~', ..] => to + 1,
        [b'\\', b'\r' | b'\n', ..] => to + 1,
        _ => to,
    };
    to = skip(bytes, to, limit);
    // `& _` of Visual Basic goes on in the next line.
    if byte(bytes, to) == b'_' && matches!(byte(bytes, to + 1), b'\r' | b'\n') {
        to = skip(bytes, to + 1, limit);
    }
    // A prefix of a literal in Python: `"abc" f"def"`.
    let prefixed =
        byte(bytes, to + 1) == quote && matches!(byte(bytes, to), b'f' | b'r' | b'b' | b'u');
    to += usize::from(prefixed);
    (to > at + 1 && byte(bytes, to) == quote && is_token(byte(bytes, to + 1))).then_some(to + 1)
}

fn skip(bytes: &[u8], from: usize, limit: usize) -> usize {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    from + bytes[from.min(limit)..limit]
        .iter()
        .take_while(blank)
        .count()
}

/// Where a literal goes on that a backslash at the end of the line continues, its indentation left out.
fn continues(bytes: &[u8], at: usize) -> Option<usize> {
    let broken = match bytes.get(at + 1..)? {
        [b'\n', ..] => at + 2,
        [b'\r', b'\n', ..] => at + 3,
        _ => return None,
    };
    let to = skip(bytes, broken, bytes.len().min(at + JOINT));
    (is_token(before(bytes, at)) && is_token(byte(bytes, to))).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        (0..text.len())
            .filter(|at| may_open(text.as_bytes(), *at))
            .filter_map(|at| kind(text.as_bytes(), at, text.len(), Escapes::Telling))
            .collect()
    }

    #[test]
    fn what_is_worth_a_reading() {
        for (text, expected) in [
            ("a%2Fb", vec![Kind::Percent]),
            (r"p\u0061ss \x41 \101 a\/b", vec![Kind::Escape; 4]),
            (r#"{\"key\": 1}"#, vec![Kind::Escape]),
            (r"a\napi_key=12345", vec![Kind::Escape]),
            (r"a\napi_key = x", vec![Kind::Escape]),
            ("&quot;a&#61;b&#x3d;", vec![Kind::Entity; 3]),
            ("\"ab\" + \"cd\" . 'ef'", vec![Kind::Joint]),
            ("'ab' . 'cd'", vec![Kind::Joint]),
            ("\"ab\"\n    \"cd\"", vec![Kind::Joint]),
            ("\"ab\\\n   cd\"", vec![Kind::Joint]),
            ("\"ab\" & _\r\n \"cd\"", vec![Kind::Joint]),
        ] {
            assert_eq!(kinds(text), expected, "{text}");
        }
    }

    #[test]
    fn what_stands_in_any_source_is_not() {
        for text in [
            "printf(\"%d %s 100%\\n\", \"a\", 'b');",
            "if (a && b) return &c; &lt;b&gt;",
            "\"some \" + \"prose\"",
            "x = \"a\" if y else \"b\"; [\"a\", \"b\"]",
            "cmd --flag \\\n  --other",
            r"\xff\x00\0 \n \t \nError \' https:\/\/",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }
}
