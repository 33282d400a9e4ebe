//! Calls that are given a secret by position, and whose names do not say so: the key of a token
//! library, the password of a connector. Which argument it is comes from the documentation of the
//! library; whether the argument looks like a secret is judged elsewhere.

use super::AFTER;
use super::RIGHT_REACH;
use super::candidate::Candidate;
use super::candidate::Separator;
use super::candidate::Syntax;
use super::value;
use super::value::Literal;
use super::value::at;
use std::ops::Range;

/// The start of a call, lower case and with its parenthesis, and the place of the secret among
/// the arguments, from 0.
pub(super) const CALLS: &[(&str, usize)] = &[
    ("jwt.sign(", 1),
    ("jwt.verify(", 1),
    ("jwt.encode(", 1),
    ("jwt.decode(", 1),
    ("signedstring(", 0),
    ("signwith(", 1),
    ("hmac256(", 0),
    ("hmac384(", 0),
    ("hmac512(", 0),
    ("hmac.new(", 0),
    ("createhmac(", 1),
    ("createcipheriv(", 1),
    ("createdecipheriv(", 1),
    ("aes.encrypt(", 1),
    ("aes.decrypt(", 1),
    ("aes.new(", 0),
    ("fernet(", 0),
    ("symmetricsecuritykey(", 0),
    ("wifi.begin(", 1),
    ("new sequelize(", 2),
    ("mysqldb.connect(", 2),
    ("pymysql.connect(", 2),
    ("plainauth(", 2),
    ("passwordauthentication(", 1),
    ("clientsecretcredential(", 2),
    ("andpassword(", 1),
    ("cookieparser(", 0),
    ("networkcredential]::new(", 1),
];

/// The place of the secret in a call that starts with this text, whatever its case.
pub(super) fn place(start: &[u8]) -> Option<usize> {
    let found = CALLS
        .iter()
        .find(|(call, _)| call.as_bytes().eq_ignore_ascii_case(start));
    found.map(|(_, place)| *place)
}

/// The secret of the call that `hit` starts.
pub(super) fn call(bytes: &[u8], hit: Range<usize>, place: usize) -> Option<Candidate> {
    let literal = argument(bytes, hit.end, place)?;
    let near = hit.end + RIGHT_REACH - AFTER;
    (literal.range.end <= near).then_some(Candidate {
        name: hit.start..hit.end - 1,
        value: literal.range,
        separator: Separator::Paren,
        quote: literal.quote,
        syntax: Syntax::Call,
    })
}

/// The literal that is argument number `place` of the list that starts at `from`, bare or in a
/// conversion such as `[]byte("x")` or `GetBytes("x")`.
pub(super) fn argument(bytes: &[u8], from: usize, place: usize) -> Option<Literal> {
    let start = (0..place).try_fold(from, |p, _| next_argument(bytes, p))?;
    let p = start
        + bytes
            .get(start..)?
            .iter()
            .take(40)
            .take_while(|b| b.is_ascii_whitespace())
            .count();
    if let Some(literal) = value::quoted(bytes, p) {
        return Some(literal);
    }
    let callee = bytes[p..]
        .iter()
        .take(40)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'[' | b']' | b' '))
        .count();
    let maker = bytes[p..p + callee].to_ascii_lowercase();
    let makes = [
        &b"byte"[..],
        b"bytes",
        b"from",
        b"encode",
        b"b64decode",
        b"string",
        b"utf8",
        b"str",
    ]
    .iter()
    .any(|word| maker.ends_with(word));
    (makes && at(bytes, p + callee) == b'(').then(|| value::quoted(bytes, p + callee + 1))?
}

/// Past the comma that ends the argument at `from`.
fn next_argument(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_u32;
    let mut p = from;
    while p < from + 200 {
        match at(bytes, p) {
            0 | b';' => return None,
            b'"' | b'\'' if at(bytes, p + 1) == at(bytes, p) => p += 1,
            b'"' | b'\'' | b'`' => p = past_string(bytes, p)?,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => return Some(p + 1),
            _ => {}
        }
        p += 1;
    }
    None
}

/// The quote that ends the string at `open`.
fn past_string(bytes: &[u8], open: usize) -> Option<usize> {
    let quote = at(bytes, open);
    let mut p = open + 1;
    while p < open + 200 {
        match at(bytes, p) {
            0 => return None,
            b'\\' => p += 2,
            byte if byte == quote => return Some(p),
            _ => p += 1,
        }
    }
    None
}
