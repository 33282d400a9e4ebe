//! Values that what stands around them shows to be no secret: signatures of shared addresses,
//! arguments of methods on objects that only have a telling name, colours of a lexer, values that
//! repeat their name. What the value alone tells is judged in `refuse`.

use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Separator;
use super::candidate::Syntax;
use super::name;
use super::name::Name;
use super::place;
use super::refuse;
use super::score;
use super::shape::Class;
use super::shape::Shape;
use super::special::holds;
use crate::bytes::base64;

/// True when the construct shows that the value opens nothing, or not what its name says.
pub(super) fn refutes(bytes: &[u8], candidate: &Candidate, name: &[u8], value: &[u8]) -> bool {
    is_alias(value, candidate)
        || is_share(bytes, candidate)
        || repeats_name(name, value, candidate)
        || is_method(name, value, candidate)
        || is_lexer(name, value, candidate)
        || is_constant(value, candidate)
        || is_key_id(name, value)
        || is_typed_name(bytes, candidate, name, value)
        || is_enumerated(bytes, candidate, name, value)
        || is_alternative(bytes, candidate)
        || is_identifier(value, candidate)
}

/// `password: *db-password`: YAML takes the value from elsewhere.
fn is_alias(value: &[u8], candidate: &Candidate) -> bool {
    let named = |name: &[u8]| {
        name.iter()
            .all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'))
    };
    candidate.syntax == Syntax::Yaml
        && candidate.quote == Quote::None
        && value.strip_prefix(b"*").is_some_and(named)
}

/// What stands before the name in the same address, at most 64 bytes.
fn query_before<'a>(bytes: &'a [u8], candidate: &Candidate) -> &'a [u8] {
    let before = &bytes[candidate.name.start.saturating_sub(64)..candidate.name.start];
    let ends = |byte: &u8| *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>');
    let start = before.iter().rposition(ends).map_or(0, |at| at + 1);
    &before[start..]
}

/// `?e=1573634298&token=…` and `?alt=media&token=…`: the signature of one file that was shared, with
/// the time when it ends; and an address in a link that readers are to follow.
fn is_share(bytes: &[u8], candidate: &Candidate) -> bool {
    const SIGNS: [&[u8]; 7] = [
        b"?e=",
        b"&e=",
        b"alt=media&",
        b"?expires=",
        b"?Expires=",
        b"&Expires=",
        b"&expires=",
    ];
    let last = candidate.name.start.checked_sub(1).map(|at| bytes[at]);
    if !matches!(last, Some(b'&' | b'?' | b';')) {
        return false;
    }
    let from = candidate.name.start.saturating_sub(super::WINDOW);
    let before = &bytes[from..candidate.name.start];
    let start = memchr::memmem::rfind(before, b"http").unwrap_or(before.len());
    let followed = before[..start].ends_with(b"href=\"") || before[..start].ends_with(b"](");
    followed
        || SIGNS
            .iter()
            .any(|sign| holds(query_before(bytes, candidate), sign))
}

/// `Zapomn\u011Bli jste heslo`, `Contrase\xF1a`: text for people, written with escapes of its letters.
pub(super) fn spells_letters(value: &[u8]) -> bool {
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    let letter = |at: usize| match value.get(at + 1) {
        Some(b'x') => value
            .get(at + 2..at + 4)
            .is_some_and(|d| hex(d) && d[0] > b'7'),
        Some(b'u') => value
            .get(at + 2..at + 6)
            .is_some_and(|d| hex(d) && (d[..2] != *b"00" || d[2] > b'7')),
        _ => false,
    };
    memchr::memchr_iter(b'\\', value).any(letter)
}

/// Base64 of a sentence (`this is a fake token`): a sample that says so.
pub(super) fn tells(value: &[u8]) -> bool {
    let body = value
        .strip_suffix(b"==")
        .or_else(|| value.strip_suffix(b"="))
        .unwrap_or(value);
    if value.len() < 16 || !value.len().is_multiple_of(4) {
        return false;
    }
    let (mut blanks, mut letters, mut decoded) = (0, 0, 0);
    for byte in base64::decoded(body.iter().copied()) {
        let Some(byte @ (b' '..0x7f | b'\n')) = byte else {
            return false;
        };
        decoded += 1;
        blanks += u32::from(byte == b' ');
        letters += u32::from(byte.is_ascii_alphabetic());
    }
    blanks >= 2 && (letters + blanks) * 10 >= decoded * 9
}

/// `UnlockWithPassword = "pm-23246-unlock-with-password"`: the key of a feature or a text.
fn repeats_name(name: &[u8], value: &[u8], candidate: &Candidate) -> bool {
    const LEAST: usize = 12;
    if candidate.quote == Quote::None || candidate.separator != Separator::Equal {
        return false;
    }
    let letters =
        |text: &[u8]| -> usize { text.iter().filter(|b| b.is_ascii_alphabetic()).count() };
    let backwards = |text: &'_ [u8]| -> Vec<u8> {
        let kept = text.iter().rev().filter(|b| b.is_ascii_alphabetic());
        kept.map(u8::to_ascii_lowercase).collect()
    };
    // `OPT_DB_PASSWORD = "db-password"`: the name of an option.
    let option = !name.iter().any(u8::is_ascii_lowercase)
        && value.contains(&b'-')
        && letters(value) >= 8
        && backwards(name).starts_with(&backwards(value));
    if option {
        return true;
    }
    value.iter().any(|b| matches!(b, b'-' | b'.' | b'_'))
        && letters(name) >= LEAST
        && letters(value) >= letters(name)
        && backwards(value).starts_with(&backwards(name))
}

/// `pass.setUniform("colour1")`: a method of an object, unless it is one that fills in a password.
fn is_method(name: &[u8], value: &[u8], candidate: &Candidate) -> bool {
    const FILLS: [&[u8]; 18] = [
        b"append",
        b"equal",
        b"equals",
        b"fill",
        b"input",
        b"is",
        b"keys",
        b"of",
        b"put",
        b"sendkeys",
        b"send_keys",
        b"set",
        b"settext",
        b"setvalue",
        b"text",
        b"type",
        b"val",
        b"value",
    ];
    if candidate.separator != Separator::Paren || candidate.syntax != Syntax::Call {
        return false;
    }
    let Some(dot) = name.iter().rposition(|b| matches!(b, b'.' | b'>')) else {
        return false;
    };
    let method = &name[dot + 1..];
    Name::of(name).is_sensitive()
        && !Name::of(method).is_sensitive()
        && !method.is_empty()
        && !FILLS.iter().any(|fill| method.eq_ignore_ascii_case(fill))
        && !score::is_evident(&Name::of(&name[..dot]), &Shape::of(value))
}

/// `{regex: /\)/, token: "bracket"}`: what a lexer calls a piece of text.
fn is_lexer(name: &[u8], value: &[u8], candidate: &Candidate) -> bool {
    let kind = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'.' | b' ');
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    name == b"token"
        && candidate.quote != Quote::None
        && candidate.separator == Separator::Colon
        && value.len() <= 16
        && digits <= 1
        && value.iter().all(|b| kind(b) || b.is_ascii_digit())
}

/// `[Table("PasswordLib", "WEB_MSSQL_2")]`: an argument in capitals names something.
fn is_constant(value: &[u8], candidate: &Candidate) -> bool {
    let marks = value.iter().filter(|b| **b == b'_').count();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    candidate.separator == Separator::Comma
        && marks >= 2
        && digits <= 1
        && value
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// `UserKeyId = "0f1e…"`: the identifier of a key, not the key.
fn is_key_id(name: &[u8], value: &[u8]) -> bool {
    let words = Name::of(name);
    let id = name.len() > 2 && name[name.len() - 2..].eq_ignore_ascii_case(b"id");
    id && words.groups & (name::PASS | name::SECRET | name::TOKEN) == 0
        && words.groups & (name::APIKEY | name::KEY) != 0
        && matches!(Shape::of(value).class, Class::Hex | Class::Uuid)
}

/// `const string Password = "password"`: a constant that stands for its own name.
fn is_typed_name(bytes: &[u8], candidate: &Candidate, name: &[u8], value: &[u8]) -> bool {
    let before = &bytes[candidate.name.start.saturating_sub(7)..candidate.name.start];
    (before.eq_ignore_ascii_case(b"string ") || before.ends_with(b"const "))
        && candidate.quote != Quote::None
        && name.eq_ignore_ascii_case(value)
}

/// `case password = "password"` of Swift: what a member of an enumeration is called elsewhere.
fn is_enumerated(bytes: &[u8], candidate: &Candidate, name: &[u8], value: &[u8]) -> bool {
    bytes[..candidate.name.start].ends_with(b"case ")
        && candidate.quote != Quote::None
        && refuse::same(name, value)
}

/// `x ? 'private_key' : 'password'`: what looks like a name is one of two values.
fn is_alternative(bytes: &[u8], candidate: &Candidate) -> bool {
    let quote = candidate.name.start.saturating_sub(1);
    let before = bytes[quote.saturating_sub(8)..quote].trim_ascii_end();
    let quoted = matches!(bytes.get(quote), Some(b'"' | b'\''));
    quoted && candidate.separator == Separator::Colon && before.ends_with(b"?")
}

/// `changePassword = "customerPassword"`: a value written as a name of code is written, that ends
/// as names of secrets do.
fn is_identifier(value: &[u8], candidate: &Candidate) -> bool {
    let words = Name::of(value);
    candidate.quote != Quote::None
        && matches!(candidate.syntax, Syntax::Assignment | Syntax::Entry)
        && value[0].is_ascii_lowercase()
        && words.upper
        && words.words >= 2
        && words.last & (name::PASS | name::TOKEN | name::SECRET | name::APIKEY) != 0
        && value.iter().all(u8::is_ascii_alphabetic)
}

/// True for a digest by its name or its form: MD5 and its kin in capitals beside a password, text
/// beside a name that ends in a word for digests, and a word that a call makes a digest of.
pub(super) fn is_digest(
    name: &[u8],
    value: &[u8],
    candidate: &Candidate,
    words: &Name,
    shape: &Shape,
) -> bool {
    let password = words.groups & name::PASS != 0;
    let capitals = shape.class == Class::Hex && shape.upper > 0 && shape.lower == 0;
    let sizes = matches!(shape.length, 31..=32 | 40 | 64);
    let named = words.last & name::HASH != 0
        && matches!(shape.class, Class::Hex | Class::Base64 | Class::RandomLong)
        && shape.length >= 24;
    let made = candidate.separator == Separator::Paren
        && (words.groups & name::HASH != 0 || holds(name, b"Md5") || holds(name, b"md5"))
        && place::is_guessable(value);
    let sealed = shape.marks > 0
        && holds(name, b"ncrypted")
        && (shape.class == Class::Base64 || value.ends_with(b"="));
    let long = shape.class == Class::Hex && shape.length > 64;
    password && (capitals && sizes || long) || named || made || sealed
}

/// True for a value in a line that a comment starts.
pub(super) fn is_commented(bytes: &[u8], candidate: &Candidate) -> bool {
    line_before(bytes, candidate).is_some_and(opens_comment)
}

/// True for a value in a comment that documents: `##` of settings, `///`, and the inner lines of `/** … */`.
pub(super) fn is_documented(bytes: &[u8], candidate: &Candidate) -> bool {
    let from = candidate.name.start.saturating_sub(super::WINDOW);
    match line_before(bytes, candidate).map(<[u8]>::trim_ascii_start) {
        Some([b'#', b'#', b' ', ..] | [b'/', b'/', b'/', ..] | [b'/', b'*', b'*', ..]) => true,
        // A star alone is also the mark of a list.
        Some([b'*', b' ', ..]) => holds(&bytes[from..candidate.name.start], b"/*"),
        _ => false,
    }
}

/// What stands before the name on its line; `None` when the line begins too far away.
fn line_before<'a>(bytes: &'a [u8], candidate: &Candidate) -> Option<&'a [u8]> {
    let from = candidate.name.start.saturating_sub(super::WINDOW);
    let before = &bytes[from..candidate.name.start];
    match before.iter().rposition(|b| *b == b'\n') {
        Some(line) => Some(&before[line + 1..]),
        None => (from == 0).then_some(before),
    }
}

/// True when the line starts with the sign of a comment in configuration, code or SQL.
fn opens_comment(line: &[u8]) -> bool {
    let text = line.trim_ascii_start();
    match text {
        [b'#', rest @ ..] => !rest.starts_with(b"define") && !rest.starts_with(b"{"),
        [b'/', b'/', ..] | [b';', ..] | [b'<', b'!', b'-', b'-', ..] => true,
        [b'-', b'-', b' ', ..] | [b'/', b'*', ..] => true,
        _ => false,
    }
}
