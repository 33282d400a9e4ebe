//! Expands the templates of examples, such as `{{hex:40}}`, into random-looking
//! text, so that no real-looking secret lies in this repository. The same
//! template always gives the same text; well-formed tokens come from a maker
//! the caller passes, because this module knows no token format.

use std::fmt;

/// The longest text one template may ask for, in bytes.
pub const LENGTH_CAP: usize = 16 * 1024;
/// How often a draw that looks like a placeholder is drawn again.
const TRIES: usize = 64;

/// A small deterministic generator: SplitMix64 (Steele, Lea and Flood, OOPSLA
/// 2014). For samples only, never for keys.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Seeds from the words given by FNV-1a, 64 bits (RFC 9923).
    pub fn new(words: &[&[u8]]) -> Self {
        let bytes = words.iter().flat_map(|word| word.iter().chain(&[0xff]));
        Rng(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        }))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound` (not 0); the bias is below 2^-56 for alphabets.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next_u64() % bound as u64) as usize
    }
}

/// Makes a well-formed token: format, argument (may be empty), randomness.
/// `None` when there is no such format or it does not take that argument.
pub type Maker<'a> = &'a dyn Fn(&str, &str, &mut Rng) -> Option<Vec<u8>>;

/// A maker that knows no format.
pub fn no_tokens(_format: &str, _argument: &str, _rng: &mut Rng) -> Option<Vec<u8>> {
    None
}

/// Why an example does not expand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// `{{` without `}}`.
    #[error(
        "a template is not closed: write {{{{class:length}}}}, or a space after {{{{ for plain text"
    )]
    Open,
    /// None of the classes.
    #[error(
        "unknown template class `{0}`: one of {CLASS_NAMES}; a space after {{{{ means plain text"
    )]
    Class(String),
    /// No number, zero or too large.
    #[error("template `{0}` needs one length from 1 to {LENGTH_CAP}")]
    Length(String),
    /// The maker made nothing.
    #[error("no token format makes `{0}`")]
    Token(String),
}

/// The classes with their alphabets.
const CLASSES: &[(&str, &[u8])] = &[
    ("hex", b"0123456789abcdef"),
    ("HEX", b"0123456789ABCDEF"),
    (
        "alnum",
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    ),
    ("lower", b"0123456789abcdefghijklmnopqrstuvwxyz"),
    ("upper", b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    (
        "alpha",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    ),
    ("digit", b"0123456789"),
    (
        "b64",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    ),
    (
        "b64url",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    ),
    ("b32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    (
        "b58",
        b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    ),
];
/// For the message; a test holds it equal to the table.
const CLASS_NAMES: &str = "hex HEX alnum lower upper alpha digit b64 b64url b32 b58 uuid token raw";

/// A piece of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Stands for itself.
    Plain(&'a str),
    /// The inside of `{{…}}`.
    Template(&'a str),
}

/// Cuts an example into plain text and templates. `{{` followed by anything
/// but a letter or digit is plain text, so `${{ secrets.X }}` needs no escape.
///
/// # Errors
/// [`SampleError::Open`] when a template does not end.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, SampleError> {
    let mut pieces = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while let Some(found) = text[at..].find("{{") {
        let open = at + found;
        let inside = &text[open + 2..];
        if !inside.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            at = open + 1;
            continue;
        }
        let length = inside.find("}}").ok_or(SampleError::Open)?;
        pieces.push(Piece::Plain(&text[plain..open]));
        pieces.push(Piece::Template(&inside[..length]));
        plain = open + 2 + length + 2;
        at = plain;
    }
    pieces.push(Piece::Plain(&text[plain..]));
    pieces.retain(|piece| *piece != Piece::Plain(""));
    Ok(pieces)
}

/// Which list of a rule's examples a text stands in; part of the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `match`.
    Match,
    /// `no_match`.
    NoMatch,
    /// `known_miss`.
    KnownMiss,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Match => "match",
            Kind::NoMatch => "no_match",
            Kind::KnownMiss => "known_miss",
        })
    }
}

/// Expands the `index`th example (from 0) of a list of `rule`.
///
/// # Errors
/// A [`SampleError`] for the first template that is wrong.
pub fn expand(
    rule: &str,
    kind: Kind,
    index: usize,
    text: &str,
    maker: Maker<'_>,
) -> Result<Vec<u8>, SampleError> {
    let mut sample = Vec::with_capacity(text.len());
    for (occurrence, piece) in pieces(text)?.into_iter().enumerate() {
        match piece {
            Piece::Plain(plain) => sample.extend_from_slice(plain.as_bytes()),
            Piece::Template(template) => {
                let place = format!("{kind} {index} {occurrence}");
                let mut rng = Rng::new(&[rule.as_bytes(), place.as_bytes()]);
                sample.extend(fill(template, &mut rng, maker)?);
            }
        }
    }
    Ok(sample)
}

/// The text of one template.
fn fill(template: &str, rng: &mut Rng, maker: Maker<'_>) -> Result<Vec<u8>, SampleError> {
    let (class, rest) = template.split_once(':').unwrap_or((template, ""));
    match class {
        "uuid" if rest.is_empty() => Ok(uuid(rng)),
        "raw" => Ok(format!("{{{{{rest}}}}}").into_bytes()),
        "token" => {
            let (format, argument) = rest.split_once(':').unwrap_or((rest, ""));
            maker(format, argument, rng).ok_or_else(|| SampleError::Token(rest.to_owned()))
        }
        _ => {
            let known = CLASSES.iter().find(|(name, _)| *name == class);
            let (_, alphabet) = known.ok_or_else(|| SampleError::Class(class.to_owned()))?;
            let length = rest.parse().ok().filter(|n| (1..=LENGTH_CAP).contains(n));
            let length = length.ok_or_else(|| SampleError::Length(template.to_owned()))?;
            Ok(random(alphabet, length, rng))
        }
    }
}

/// `length` characters that do not look like a placeholder: no four in a row
/// equal or in sequence, and two kinds of character where the alphabet has them.
pub fn random(alphabet: &[u8], length: usize, rng: &mut Rng) -> Vec<u8> {
    let mut text = Vec::with_capacity(length);
    for _ in 0..TRIES {
        text.clear();
        while text.len() < length {
            text.push(alphabet[rng.below(alphabet.len())]);
            if ends_in_a_run(&text) {
                text.pop();
            }
        }
        if kinds(&text) >= kinds(alphabet).min(2).min(length) {
            break;
        }
    }
    text
}

/// Whether the last four are equal, ascending or descending by one.
fn ends_in_a_run(text: &[u8]) -> bool {
    let Some([a, b, c, d]) = text.last_chunk::<4>() else {
        return false;
    };
    let step = i16::from(*b) - i16::from(*a);
    (-1..=1).contains(&step)
        && i16::from(*c) - i16::from(*b) == step
        && i16::from(*d) - i16::from(*c) == step
}

/// How many of lower case, upper case and digits occur.
fn kinds(text: &[u8]) -> usize {
    let kinds: [fn(&u8) -> bool; 3] = [
        u8::is_ascii_lowercase,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
    ];
    kinds.iter().filter(|kind| text.iter().any(kind)).count()
}

/// A version 4 UUID (RFC 9562), lower case.
fn uuid(rng: &mut Rng) -> Vec<u8> {
    let hex = CLASSES[0].1;
    let mut text = random(hex, 36, rng);
    for dash in [8, 13, 18, 23] {
        text[dash] = b'-';
    }
    text[14] = b'4';
    text[19] = b"89ab"[rng.below(4)];
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(text: &str) -> Result<String, String> {
        let made = expand("acme-token", Kind::Match, 0, text, &no_tokens);
        made.map(|bytes| String::from_utf8(bytes).unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_same_place_gives_the_same_text_and_another_place_another() {
        let text = "{{alnum:40}}";
        assert_eq!(sample(text), sample(text));
        let other = |rule, kind, index| expand(rule, kind, index, text, &no_tokens).unwrap();
        let all = [
            other("acme-token", Kind::Match, 0),
            other("acme-token", Kind::Match, 1),
            other("acme-token", Kind::NoMatch, 0),
            other("acme-key", Kind::Match, 0),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        let twice = sample("{{hex:16}}{{hex:16}}").unwrap();
        assert_ne!(twice[..16], twice[16..]);
    }

    #[test]
    fn each_class_keeps_to_its_alphabet_and_length_and_looks_random() {
        for (name, alphabet) in CLASSES {
            for length in [1, 2, 4, 24, 40, 300] {
                let made = sample(&format!("{{{{{name}:{length}}}}}"))
                    .unwrap()
                    .into_bytes();
                assert_eq!(made.len(), length);
                assert!(made.iter().all(|byte| alphabet.contains(byte)), "{name}");
                assert!(
                    (4..=length).all(|end| !ends_in_a_run(&made[..end])),
                    "{name}"
                );
                let wanted = kinds(alphabet).min(2).min(length);
                assert!(kinds(&made) >= wanted, "{name}");
            }
            assert!(CLASS_NAMES.split(' ').any(|listed| listed == *name));
        }
    }

    #[test]
    fn a_uuid_has_its_dashes_version_and_variant() {
        let uuid = sample("{{uuid}}").unwrap();
        let pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
        assert!(regex::Regex::new(pattern).unwrap().is_match(&uuid));
    }

    #[test]
    fn tokens_come_from_the_maker() {
        let maker = |format: &str, argument: &str, _: &mut Rng| {
            (format == "acme").then(|| format!("<{argument}>").into_bytes())
        };
        let made = |text| expand("r", Kind::Match, 0, text, &maker);
        assert_eq!(made("x={{token:acme:a:b}};").unwrap(), b"x=<a:b>;");
        assert_eq!(made("{{token:acme}}").unwrap(), b"<>");
        assert_eq!(
            made("{{token:other:a}}").unwrap_err().to_string(),
            "no token format makes `other:a`"
        );
    }

    #[test]
    fn braces_of_other_languages_are_plain_text() {
        for text in [
            "${{ secrets.TOKEN }}",
            "{{",
            "}} {{ x",
            "{{{ x }}}",
            "{{.Values.key}}",
        ] {
            assert_eq!(sample(text), Ok(text.to_owned()));
        }
        assert_eq!(sample("{{raw:password}}"), Ok("{{password}}".to_owned()));
    }

    #[test]
    fn a_wrong_template_says_what_is_wrong() {
        assert_eq!(
            sample("{{hex:4"),
            Err("a template is not closed: write {{class:length}}, or a space after {{ for plain text".to_owned())
        );
        assert_eq!(
            sample("{{hexx:4}}"),
            Err("unknown template class `hexx`: one of hex HEX alnum lower upper alpha digit b64 b64url b32 b58 uuid token raw; a space after {{ means plain text".to_owned())
        );
        for length in ["hex", "hex:0", "hex:x", "hex:4-8", "hex:99999"] {
            let wanted = format!("template `{length}` needs one length from 1 to 16384");
            assert_eq!(sample(&format!("{{{{{length}}}}}")), Err(wanted));
        }
    }
}
