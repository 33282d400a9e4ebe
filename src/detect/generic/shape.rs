//! What a value looks like, in one pass: lengths, character classes, entropy,
//! and the one class of shape that describes it best. Names and context are not seen here.

use super::lexicon;
use super::lexicon::Cover;

/// The one description that fits a value best; the order is the order of the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    CommonPassword,
    Uuid,
    Hex,
    Numeric,
    Prose,
    PathOrUrl,
    Dotted,
    UpperSnake,
    Identifier,
    Title,
    Words,
    WordsDigits,
    WordsMixed,
    Base64,
    RandomLong,
    RandomShort,
    Letters,
    Odd,
}

impl Class {
    /// Names for reports, in the order of the variants.
    pub(super) const NAMES: [&'static str; 18] = [
        "common password",
        "UUID",
        "hex",
        "number",
        "prose",
        "path or URL",
        "dotted name",
        "UPPER_SNAKE",
        "identifier",
        "Title word",
        "words",
        "words and digits",
        "words, digits and marks",
        "base64",
        "random, long",
        "random, short",
        "letters",
        "odd characters",
    ];
}

/// Counts over a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) length: usize,
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) digits: usize,
    pub(super) marks: usize,
    pub(super) spaces: usize,
    pub(super) transitions: usize,
    pub(super) distinct: usize,
    pub(super) run: usize,
    pub(super) sequence: usize,
    /// Shannon entropy in bits a byte, times 100.
    pub(super) entropy: u32,
    /// Mean letter-pair log probability, see `lexicon::pair_mean`.
    pub(super) pairs: i32,
    pub(super) cover: Cover,
    pub(super) class: Class,
}

impl Shape {
    /// Measures a value of 1 to 256 bytes.
    pub(super) fn of(value: &[u8]) -> Shape {
        let mut shape = Shape {
            length: value.len(),
            lower: 0,
            upper: 0,
            digits: 0,
            marks: 0,
            spaces: 0,
            transitions: 0,
            distinct: 0,
            run: 1,
            sequence: 1,
            entropy: 0,
            pairs: lexicon::pair_mean(value),
            cover: lexicon::cover(value),
            class: Class::Odd,
        };
        shape.count(value);
        shape.class = shape.classify(value);
        shape
    }

    fn count(&mut self, value: &[u8]) {
        let mut counts = [0u16; 256];
        let (mut last_kind, mut run, mut sequence) = (4u8, 1, 1);
        for (index, &byte) in value.iter().enumerate() {
            counts[usize::from(byte)] += 1;
            let kind = match byte {
                b'a'..=b'z' => 0,
                b'A'..=b'Z' => 1,
                b'0'..=b'9' => 2,
                _ => 3,
            };
            match kind {
                0 => self.lower += 1,
                1 => self.upper += 1,
                2 => self.digits += 1,
                _ if byte == b' ' => self.spaces += 1,
                _ => self.marks += 1,
            }
            if index > 0 {
                let before = value[index - 1];
                self.transitions += usize::from(kind != last_kind);
                run = if byte == before { run + 1 } else { 1 };
                sequence = if byte == before.wrapping_add(1) {
                    sequence + 1
                } else {
                    1
                };
                self.run = self.run.max(run);
                self.sequence = self.sequence.max(sequence);
            }
            last_kind = kind;
        }
        self.distinct = counts.iter().filter(|n| **n > 0).count();
        self.entropy = entropy_centi(&counts, value.len());
    }

    /// How many of lower, upper, digit and mark occur.
    pub(super) fn classes(&self) -> usize {
        [self.lower, self.upper, self.digits, self.marks]
            .iter()
            .filter(|n| **n > 0)
            .count()
    }

    /// Share of the letters that words cover, in per cent.
    pub(super) fn covered(&self) -> usize {
        self.cover.covered * 100 / self.cover.letters.max(1)
    }

    fn classify(&self, value: &[u8]) -> Class {
        let letters = self.lower + self.upper;
        if lexicon::is_common_password(value) {
            return Class::CommonPassword;
        }
        if let Some(class) = self.encoded(value) {
            return class;
        }
        if self.spaces > 0 {
            return if letters * 10 >= self.length * 6 {
                Class::Prose
            } else {
                Class::Odd
            };
        }
        let worded = letters >= 3 && self.covered() >= 70;
        if is_path_or_url(value) && (worded || self.length < 12) {
            return Class::PathOrUrl;
        }
        if self.marks > 0 && value.contains(&b'.') && worded && is_identifier(value, b".-_") {
            return Class::Dotted;
        }
        if self.upper > 0
            && self.lower == 0
            && worded
            && value.contains(&b'_')
            && is_identifier(value, b"_")
        {
            return Class::UpperSnake;
        }
        let humps = value
            .windows(2)
            .filter(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase())
            .count();
        let parted =
            value.iter().any(|b| matches!(b, b'_' | b'-')) || (humps > 0 && self.digits == 0);
        if worded && parted && is_identifier(value, b"_-") && self.digits <= 2 {
            return Class::Identifier;
        }
        if letters == self.length {
            return match (worded, value[0].is_ascii_uppercase() && self.upper == 1) {
                (true, true) => Class::Title,
                (true, false) => Class::Words,
                (false, _) if self.length < 16 => Class::Letters,
                (false, _) => Class::RandomLong,
            };
        }
        self.mixed(worded, value)
    }

    /// Shapes of strings made by machines.
    fn encoded(&self, value: &[u8]) -> Option<Class> {
        if self.digits == self.length {
            return Some(Class::Numeric);
        }
        if is_uuid(value) {
            return Some(Class::Uuid);
        }
        (self.length >= 16 && self.digits > 0 && value.iter().all(u8::is_ascii_hexdigit))
            .then_some(Class::Hex)
    }

    /// Shapes of values with digits or marks among the letters.
    fn mixed(&self, worded: bool, value: &[u8]) -> Class {
        let letters = self.lower + self.upper;
        if worded && letters * 2 >= self.length {
            return if self.marks == 0 {
                Class::WordsDigits
            } else {
                Class::WordsMixed
            };
        }
        let base64 = self.length >= 16
            && value
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
        if base64 && self.marks > 0 {
            return Class::Base64;
        }
        let token = value
            .iter()
            .filter(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=')
            })
            .count();
        if self.length >= 16 && token * 10 >= self.length * 8 && letters > 0 {
            return Class::RandomLong;
        }
        if letters > 0 && self.digits > 0 && self.length < 16 {
            return Class::RandomShort;
        }
        Class::Odd
    }
}

/// True when `value` is made of letters, digits and `marks`, and starts as a name does.
fn is_identifier(value: &[u8], marks: &[u8]) -> bool {
    let first = value
        .first()
        .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    first
        && value
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || marks.contains(b))
}

fn is_path_or_url(value: &[u8]) -> bool {
    let slashes = value.iter().filter(|b| matches!(b, b'/' | b'\\')).count();
    let starts = value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/");
    slashes >= 2 || (slashes == 1 && starts) || value.windows(3).any(|w| w == b"://")
}

/// `8-4-4-4-12` hex digits (RFC 9562).
fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, b)| match index {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Shannon entropy in bits a byte times 100, in integers so that it is the same everywhere.
fn entropy_centi(counts: &[u16; 256], length: usize) -> u32 {
    let total = length as u32;
    let weighted: u64 = counts
        .iter()
        .filter(|n| **n > 1)
        .map(|n| u64::from(*n) * u64::from(log2(u32::from(*n))))
        .sum();
    let bits = u64::from(log2(total)).saturating_sub(weighted / u64::from(total.max(1)));
    ((bits * 100) >> 16) as u32
}

/// log2 of `n >= 1` with 16 bits after the point, by repeated squaring.
const fn log2(n: u32) -> u32 {
    if n <= 1 {
        return 0;
    }
    let whole = n.ilog2();
    let mut x = ((n as u64) << 31) >> whole;
    let mut result = whole << 16;
    let mut bit = 1 << 15;
    while bit > 0 {
        x = (x * x) >> 31;
        if x >= 1 << 32 {
            x >>= 1;
            result |= bit;
        }
        bit >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_that_of_the_textbook() {
        assert_eq!(Shape::of(b"aaaa").entropy, 0);
        assert_eq!(Shape::of(b"abcdabcd").entropy, 200);
        assert_eq!(Shape::of(b"aab").entropy, 91);
    }

    #[test]
    fn shapes_are_told_apart() {
        for (value, class) in [
            ("letmein", Class::CommonPassword),
            ("3f2b8c1d-1111-4222-8333-abcdefabcdef", Class::Uuid),
            ("0123456789abcdef0123", Class::Hex),
            ("20260101", Class::Numeric),
            ("Enter your password", Class::Prose),
            ("/etc/ssl/private", Class::PathOrUrl),
            ("login.password.label", Class::Dotted),
            ("DB_PASSWORD", Class::UpperSnake),
            ("user_password", Class::Identifier),
            ("userPassword", Class::Identifier),
            ("Password", Class::CommonPassword),
            ("Security", Class::Title),
            ("thunder", Class::Words),
            ("thunder77", Class::WordsDigits),
            ("Thunder#77", Class::WordsMixed),
            ("k3Jx9Qw2Lp0Vz7Ty4Rb1", Class::RandomLong),
            ("k3Jx9Qw2", Class::RandomShort),
        ] {
            assert_eq!(Shape::of(value.as_bytes()).class, class, "{value}");
        }
    }
}
