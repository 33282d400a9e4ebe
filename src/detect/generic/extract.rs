//! From a keyword hit to a candidate: finds the name around the hit, asks
//! `opener` what follows it and `value` for the literal, and names the construct.
//! It decides what may be a value at all; how likely it is a secret is the judge's.

use super::GAP_MAX;
use super::LEFT_REACH;
use super::NAME_MAX;
use super::RIGHT_REACH;
use super::VALUE_MAX;
use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Separator;
use super::candidate::Syntax;
use super::name::APIKEY;
use super::name::AUTH;
use super::name::CRED;
use super::name::LOGIN;
use super::name::Name;
use super::opener;
use super::opener::LineStart;
use super::opener::Opening;
use super::special;
use super::value;
use super::value::Literal;
use super::value::Stop;
use super::value::at;
use super::value::blanks;
use std::ops::Range;

/// The candidate of a keyword hit, if a value stands beside the name.
///
/// Reads only `LEFT_REACH` bytes before and `RIGHT_REACH` after the hit; hits in the same name
/// give the same candidate or none. A `hit` that lies outside `bytes` gives none.
pub fn extract(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    if hit.end > bytes.len() || hit.start >= hit.end {
        return None;
    }
    let from = hit.start.saturating_sub(LEFT_REACH);
    let to = bytes.len().min(hit.end + RIGHT_REACH);
    let view = &bytes[from..to];
    let found = dispatch(view, hit.start - from..hit.end - from)?;
    Some(Candidate {
        name: found.name.start + from..found.name.end + from,
        value: found.value.start + from..found.value.end + from,
        ..found
    })
}

/// The candidate of a name that holds `hit`, where name and value are not simply side by side: in
/// attributes and elements, over two lines, after a flag, a directive or the scheme of a header.
///
/// A rule that knows its values only as `name = value` finds them in these forms with it. Reads only
/// [`FORM_LEFT`](super::FORM_LEFT) bytes before and [`FORM_RIGHT`](super::FORM_RIGHT) after the hit.
pub fn restate(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let from = hit.start.saturating_sub(super::FORM_LEFT);
    let to = bytes.len().min(hit.end + super::FORM_RIGHT);
    let found = named(&bytes[from..to], hit.start - from..hit.end - from)?;
    let is_apart = match found.syntax {
        Syntax::Pair | Syntax::Xml | Syntax::CommandFlag | Syntax::Header | Syntax::Directive => {
            true
        }
        Syntax::Env | Syntax::Sql => found.separator == Separator::Space,
        _ => false,
    };
    is_apart.then(|| Candidate {
        name: found.name.start + from..found.name.end + from,
        value: found.value.start + from..found.value.end + from,
        ..found
    })
}

/// Sends a hit to the grammar of its keyword.
fn dispatch(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let (first, last) = (at(bytes, hit.start), at(bytes, hit.end - 1));
    match (first, last) {
        (b':', _) => special::user_info(bytes, hit),
        (b'b' | b'B', b' ') => special::scheme(bytes, hit),
        (b' ', b' ') | (b'-', _) => special::user_flag(bytes, hit),
        (b' ', _) => special::password_flag(bytes, hit),
        (b'i' | b'I', b'y' | b'Y') => special::identified_by(bytes, hit),
        (b's' | b'S', b'g' | b'G') => special::secure_string(bytes, hit),
        (b'g' | b'G' | b'm' | b'M' | b'n' | b'N', _) => special::third_argument(bytes, hit),
        (b'k' | b'K', _) if !key_is_qualified(bytes, &hit) => None,
        _ => named(bytes, hit),
    }
}

/// `key` counts as the end of a word with another word before it.
pub(super) fn key_is_qualified(bytes: &[u8], hit: &Range<usize>) -> bool {
    let before = hit.start.checked_sub(1).map_or(0, |i| at(bytes, i));
    let (last, after) = (at(bytes, hit.end - 1), at(bytes, hit.end));
    let ends =
        !after.is_ascii_alphabetic() || (last.is_ascii_lowercase() && after.is_ascii_uppercase());
    ends && (before.is_ascii_alphabetic() || matches!(before, b'_' | b'-' | b'.'))
}

/// True for a byte of a name.
pub(super) const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// True for a byte that may stand between a name and its value; most hits end at this question.
pub(super) const fn may_end_name(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'\n'
            | b'\r'
            | b'"'
            | b'\''
            | b'`'
            | b'\\'
            | b'='
            | b':'
            | b'('
            | b'>'
            | b'['
            | b']'
            | b'?'
            | b'!'
            | b'*'
            | b'|'
            | b'<'
            | b','
    )
}

/// The whole name around a hit, unless it is too long to be one.
fn grow(bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    let mut end = hit.end;
    while is_name(at(bytes, end)) {
        end += 1;
        if end - hit.start > NAME_MAX {
            return None;
        }
    }
    if !may_end_name(at(bytes, end)) {
        return None;
    }
    let mut start = hit.start;
    while start > 0 && is_name(at(bytes, start - 1)) {
        start -= 1;
        if end - start > NAME_MAX {
            return None;
        }
    }
    while end > hit.end && matches!(at(bytes, end - 1), b'-' | b'.') {
        end -= 1;
    }
    Some(start..end)
}

/// A candidate whose name holds the hit.
fn named(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let name = grow(bytes, &hit)?;
    let opening = opener::read(bytes, &name);
    let is_sensitive = || Some(Name::of(&bytes[name.clone()])).filter(Name::is_sensitive);
    let Some(opening) = opening else {
        return pair(bytes, &name).filter(|_| is_sensitive().is_some());
    };
    if opening.separator == Separator::Space && !may_follow_space(bytes, &name, &opening) {
        return pair(bytes, &name).filter(|_| is_sensitive().is_some());
    }
    let words = is_sensitive()?;
    if words.groups & super::name::SENSITIVE == LOGIN && opening.separator != Separator::Paren {
        return None;
    }
    let found = match opening.separator {
        Separator::Comma => pair(bytes, &name).or_else(|| assigned(bytes, &name, &opening)),
        Separator::Paren => call(bytes, &name, &words, opening.at),
        Separator::Markup => markup(bytes, &name, &opening),
        Separator::Space => spaced(bytes, &name, &opening),
        _ => assigned(bytes, &name, &opening),
    };
    let found = found.or_else(|| pair(bytes, &name))?;
    let near = found.value.start <= found.name.end + GAP_MAX;
    (near && found.value.len() <= VALUE_MAX).then(|| without_scheme(bytes, found))
}

/// True where white space alone may stand between name and value.
pub(super) fn may_follow_space(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> bool {
    if opening.quoted_name {
        return false;
    }
    let next = at(bytes, opening.at);
    at(bytes, name.start) == b'-'
        || matches!(next, b'"' | b'\'' | b'`')
        || (next == b'i' && bytes[opening.at..].starts_with(b"is "))
        || opener::line_start(bytes, name) == LineStart::Yes
        || opener::skip_go_type(bytes, opening.at).is_some()
}

/// `name op value`.
fn assigned(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> Option<Candidate> {
    let mut syntax = Syntax::Assignment;
    if opening.quoted_name
        && matches!(
            opening.separator,
            Separator::Colon | Separator::Arrow | Separator::Comma
        )
    {
        syntax = Syntax::Entry;
    }
    if opening.separator == Separator::Comma && !opening.quoted_name {
        return None;
    }
    let literal = match value::quoted(bytes, opening.at) {
        Some(literal) => literal,
        None => match wrapped(bytes, opening) {
            Some(literal) => {
                syntax = Syntax::Wrapped;
                literal
            }
            None if takes_user(&Name::of(&bytes[name.clone()]), &bytes[name.clone()])
                && matches!(at(bytes, opening.at), b'(' | b'[') =>
            {
                let found = second_argument(bytes, opening.at + 1)?;
                return Some(candidate(name, found, Separator::Paren, Syntax::Call));
            }
            None if opening.needs_quote => return None,
            None => {
                let (literal, found) = bare(bytes, name, opening)?;
                syntax = found;
                literal
            }
        },
    };
    if opening.separator == Separator::Comma && names_another(bytes, &literal) {
        return None;
    }
    Some(candidate(name, literal, opening.separator, syntax))
}

/// True when the string behind a comma is itself the name of what follows it.
fn names_another(bytes: &[u8], literal: &Literal) -> bool {
    let after = blanks(
        bytes,
        literal.range.end + 1 + usize::from(literal.quote == Quote::Escaped),
        4,
    );
    matches!(at(bytes, after), b':' | b'=')
}

fn candidate(
    name: &Range<usize>,
    literal: Literal,
    separator: Separator,
    syntax: Syntax,
) -> Candidate {
    Candidate {
        name: name.clone(),
        value: literal.range,
        separator,
        quote: literal.quote,
        syntax,
    }
}

/// The string in `callee("value")` on the right side, when the callee makes rather than looks up.
fn wrapped(bytes: &[u8], opening: &Opening) -> Option<Literal> {
    const LOOKUPS: &[&[u8]] = &[
        b"get",
        b"env",
        b"find",
        b"read",
        b"load",
        b"look",
        b"conf",
        b"param",
        b"input",
        b"ask",
        b"prompt",
        b"trans",
        b"query",
        b"select",
        b"field",
        b"column",
        b"elem",
        b"join",
        b"path",
        b"format",
        b"print",
        b"error",
        b"require",
        b"import",
        b"request",
        b"prop",
        b"setting",
        b"var",
        b"arg",
        b"attr",
        b"text",
        b"label",
        b"$",
        b"hash",
        b"match",
        b"opt",
        b"by",
        b"val",
        b"resource",
        b"file",
        b"concat",
        b"describe",
        b"url",
        b"form",
        b"option",
        b"data",
    ];
    let mut from = opening.at;
    if bytes.get(from..)?.starts_with(b"[]byte(") {
        from += 2;
    }
    let length = bytes
        .get(from..)?
        .iter()
        .take(40)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b' ' | b'$'))
        .count();
    if length < 3 || at(bytes, from + length) != b'(' {
        return None;
    }
    let mut folded = [0u8; 40];
    let folded = &mut folded[..length];
    folded.copy_from_slice(&bytes[from..from + length]);
    folded.make_ascii_lowercase();
    let made = folded == b"byte";
    if !made && LOOKUPS.iter().any(|word| special::holds(folded, word)) {
        return None;
    }
    value::quoted(bytes, from + length + 1)
}

/// A value without quotes, where the construct allows one.
fn bare(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> Option<(Literal, Syntax)> {
    let before = name.start.checked_sub(1).map_or(0, |i| at(bytes, i));
    let first = at(bytes, opening.at);
    if first <= b' '
        || matches!(
            first,
            b'(' | b'[' | b'{' | b'<' | b'>' | b'|' | b'&' | b'"' | b'\'' | b',' | b';' | b'='
        )
    {
        return None;
    }
    let braced = before == b'{' && name.start >= 2 && at(bytes, name.start - 2) == b'$';
    if braced && opening.separator == Separator::Colon && !matches!(first, b'-' | b'?' | b'+') {
        return value::bare(bytes, opening.at, Stop::Word)
            .and_then(|l| cut_at(bytes, l, b'}'))
            .map(|l| (l, Syntax::Env));
    }
    if opening.separator == Separator::Default {
        return (at(bytes, opening.at - 1) == b'-')
            .then(|| value::bare(bytes, opening.at, Stop::Word))?
            .and_then(|l| cut_at(bytes, l, b'}'))
            .map(|l| (l, Syntax::Env));
    }
    let tight = opening.separator == Separator::TightEqual;
    let (stop, syntax) = match before {
        b'?' | b'&' if tight => (Stop::Parameter, Syntax::Url),
        b'"' | b'\'' if tight && is_shouting(&bytes[name.clone()]) => (Stop::Quote, Syntax::Env),
        b'"' | b'\'' if tight => (in_string(bytes, opening.at), Syntax::Url),
        b';' if tight => (Stop::Connection, Syntax::Connection),
        _ if at(bytes, name.start) == b'-' && tight => (Stop::Word, Syntax::CommandFlag),
        b'"' | b'\'' if opening.separator == Separator::Colon => (Stop::Word, Syntax::Header),
        _ => return bare_by_line(bytes, name, opening),
    };
    let from = scheme_end(bytes, opening.at);
    let literal = value::bare(bytes, from, stop)?;
    let syntax = if syntax == Syntax::Url && at(bytes, literal.range.end) == b';' {
        Syntax::Connection
    } else {
        syntax
    };
    Some((literal, syntax))
}

/// True for a name without small letters.
fn is_shouting(name: &[u8]) -> bool {
    !name.iter().any(u8::is_ascii_lowercase)
}

/// Whether the string that starts before the name is a connection string or a form body.
fn in_string(bytes: &[u8], from: usize) -> Stop {
    let rest = &bytes[from..bytes.len().min(from + 64)];
    match rest
        .iter()
        .find(|b| matches!(b, b';' | b'&' | b'"' | b'\''))
    {
        Some(b';') => Stop::Connection,
        _ => Stop::Parameter,
    }
}

/// Values without quotes that depend on where in its line the name stands.
fn bare_by_line(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> Option<(Literal, Syntax)> {
    let text = &bytes[name.clone()];
    let shouting = is_shouting(text);
    let tight = opening.separator == Separator::TightEqual;
    let from = scheme_end(bytes, opening.at);
    if opener::line_start(bytes, name) == LineStart::Yes {
        let syntax = match opening.separator {
            Separator::Colon => Syntax::Yaml,
            Separator::TightEqual => Syntax::Env,
            _ => Syntax::Assignment,
        };
        if let Some(literal) = value::bare(bytes, from, Stop::Line) {
            let code = matches!(
                at(bytes, literal.range.end - 1),
                b';' | b',' | b'{' | b'(' | b'['
            );
            return (!code).then_some((literal, syntax));
        }
    }
    if tight && shouting {
        return value::bare(bytes, from, Stop::Word).map(|l| (l, Syntax::Env));
    }
    if tight {
        return connection(bytes, name, from)
            .or_else(|| loose_pair(bytes, name, from))
            .map(|l| (l, Syntax::Connection));
    }
    if opening.separator != Separator::Colon {
        return None;
    }
    let literal = value::bare(bytes, from, Stop::Word)?;
    let value = &bytes[literal.range.clone()];
    let lettered = value.iter().all(u8::is_ascii_alphabetic)
        || value.starts_with(b"/")
        || matches!(value.last(), Some(b'}' | b']'));
    let header = from > opening.at || text.contains(&b'-');
    let syntax = if header {
        Syntax::Header
    } else {
        Syntax::Prose
    };
    (!lettered).then_some((literal, syntax))
}

/// The password of `host=… user=… password=value` and of `Server=…; Password=value`. (bowerbird:allow a form, no secret)
fn connection(bytes: &[u8], name: &Range<usize>, from: usize) -> Option<Literal> {
    const BESIDE: &[&[u8]] = &[
        b"host=",
        b"user=",
        b"dbname=",
        b"username=",
        b"uid=",
        b"server=",
        b"Server=",
        b"User=",
        b"Uid=",
        b"Host=",
        b"Username=",
        b"User Id=",
        b"User ID=",
        b"UID=",
        b"Data Source=",
        b"AccountName=",
        b"Endpoint=",
        b"user id=",
    ];
    let window = &bytes[name.start.saturating_sub(120)..name.start];
    let line = window
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(window, |i| &window[i..]);
    if !BESIDE.iter().any(|word| special::holds(line, word)) {
        return None;
    }
    value::bare(bytes, from, Stop::Connection)
}

/// `password=value` among the words of a log line or the `--set` of a command; in code such a
/// value is a name, which has no digits or is followed by what goes on with the call.
fn loose_pair(bytes: &[u8], name: &Range<usize>, from: usize) -> Option<Literal> {
    let before = name.start.checked_sub(1).map_or(0, |i| at(bytes, i));
    if !matches!(before, b' ' | b'\t' | b',' | b'[' | b':') {
        return None;
    }
    let literal = value::bare(bytes, from, Stop::Word)?;
    let value = &bytes[literal.range.clone()];
    let next = at(bytes, literal.range.end);
    let digits = value.iter().any(u8::is_ascii_digit);
    let name_like = value
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
        && value.iter().filter(|b| b.is_ascii_digit()).count() < 2;
    let goes_on = matches!(next, b')' | b',') && before != b',';
    (digits && !name_like && !goes_on).then_some(literal)
}

/// A literal up to the first `byte` in it.
fn cut_at(bytes: &[u8], mut literal: Literal, byte: u8) -> Option<Literal> {
    let text = &bytes[literal.range.clone()];
    if let Some(cut) = text.iter().position(|b| *b == byte) {
        literal.range.end = literal.range.start + cut;
    }
    (!literal.range.is_empty()).then_some(literal)
}

/// `name("value")`; the last of up to three arguments where the callee takes a user first.
fn call(bytes: &[u8], name: &Range<usize>, words: &Name, from: usize) -> Option<Candidate> {
    if !takes_user(words, &bytes[name.clone()]) {
        let first = value::quoted(bytes, blanks(bytes, from, 8));
        return first.map(|l| candidate(name, l, Separator::Paren, Syntax::Call));
    }
    let second = second_argument(bytes, from)?;
    Some(candidate(name, second, Separator::Paren, Syntax::Call))
}

/// True for a callee that is given a user before the secret.
fn takes_user(words: &Name, name: &[u8]) -> bool {
    let with_user = special::holds(name, b"User") || special::holds(name, b"user_");
    (words.groups & (LOGIN | AUTH | CRED) != 0 && words.groups & APIKEY == 0) || with_user
}

/// The string after the first argument, which is a string or a name.
pub(super) fn second_argument(bytes: &[u8], from: usize) -> Option<Literal> {
    let mut p = blanks(bytes, from, 8);
    p = match value::quoted(bytes, p) {
        Some(literal) => literal.range.end + 1,
        None => {
            p + bytes[p..]
                .iter()
                .take(32)
                .take_while(|b| is_name(**b))
                .count()
        }
    };
    p = blanks(bytes, p, 2);
    if at(bytes, p) != b',' {
        return None;
    }
    value::quoted(bytes, blanks(bytes, p + 1, 4))
}

/// `<name>value</name>` and `<entry key="name">value</entry>`.
fn markup(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> Option<Candidate> {
    let start = blanks(bytes, opening.at, 16);
    let length = bytes
        .get(start..)?
        .iter()
        .take(VALUE_MAX + 1)
        .take_while(|b| !matches!(b, b'<' | b'\n' | b'\r' | 0))
        .count();
    let closes = bytes[start + length..].starts_with(b"</");
    let text = bytes[start..start + length].trim_ascii_end();
    if !closes || text.is_empty() || length > VALUE_MAX {
        return None;
    }
    let literal = Literal {
        range: start..start + text.len(),
        quote: Quote::None,
    };
    Some(candidate(name, literal, Separator::Markup, Syntax::Xml))
}

/// Values after white space alone: flags, directives, SQL and prose.
fn spaced(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> Option<Candidate> {
    let p = opening.at;
    if at(bytes, name.start) == b'-' {
        if matches!(at(bytes, p), b'-' | b'<' | b'[' | b'|' | b'\\') {
            return None;
        }
        let literal = value::quoted(bytes, p).or_else(|| value::bare(bytes, p, Stop::Word))?;
        return Some(candidate(
            name,
            literal,
            Separator::Space,
            Syntax::CommandFlag,
        ));
    }
    if bytes[p..].starts_with(b"is ") {
        let literal = value::quoted(bytes, p + 3).filter(|l| l.range.start == p + 4)?;
        return Some(candidate(name, literal, Separator::Space, Syntax::Prose));
    }
    if let Some(typed) = opener::skip_go_type(bytes, p) {
        let literal = value::quoted(bytes, typed)?;
        return Some(candidate(
            name,
            literal,
            Separator::Equal,
            Syntax::Assignment,
        ));
    }
    let start = opener::line_start(bytes, name) == LineStart::Yes;
    let docker = start && is_docker(bytes, name);
    if matches!(at(bytes, p), b'"' | b'\'' | b'`') {
        let literal = value::quoted(bytes, p)?;
        let sql =
            bytes[name.clone()].eq_ignore_ascii_case(b"password") && literal.quote == Quote::Single;
        let before = name.start.checked_sub(1).map_or(0, |i| at(bytes, i));
        let defined = bytes[..name.start].ends_with(b"define ");
        if defined {
            let (separator, syntax) = (Separator::Equal, Syntax::Assignment);
            return Some(candidate(name, literal, separator, syntax));
        }
        let syntax = match (sql, start || before == b':') {
            (_, true) => Syntax::Directive,
            (true, _) => Syntax::Sql,
            _ => Syntax::Prose,
        };
        return Some(candidate(name, literal, Separator::Space, syntax));
    }
    if !start {
        return None;
    }
    let literal = value::bare(bytes, p, Stop::Line)?;
    let value = &bytes[literal.range.clone()];
    let code = value.iter().any(|b| {
        matches!(
            b,
            b'[' | b'(' | b'{' | b';' | b')' | b',' | b'*' | b'&' | b'}'
        )
    });
    let words = Name::of(&bytes[name.clone()]);
    if !docker && (code || words.upper || words.last & super::name::SENSITIVE == 0) {
        return None;
    }
    let syntax = if docker {
        Syntax::Env
    } else {
        Syntax::Directive
    };
    Some(candidate(name, literal, Separator::Space, syntax))
}

/// True after `ENV ` and `ARG ` of a Dockerfile.
fn is_docker(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = &bytes[name.start.saturating_sub(4)..name.start];
    before == b"ENV " || before == b"ARG "
}

/// `name="password" value="x"`, and `name: PASSWORD` with `value: x` beside or below it.
fn pair(bytes: &[u8], name: &Range<usize>) -> Option<Candidate> {
    let (mut p, quote) = opener::close_name(bytes, name);
    if quote == Quote::Double && bytes[..name.start - 1].ends_with(b"variable ") {
        let literal = default_of(bytes, p)?;
        return Some(candidate(name, literal, Separator::Markup, Syntax::Pair));
    }
    let limit = name.end + 72;
    while p < limit
        && matches!(
            at(bytes, p),
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b'"' | b'\'' | b';'
        )
    {
        p += 1;
    }
    if bytes
        .get(p..p + 5)
        .is_none_or(|word| !word.eq_ignore_ascii_case(b"value"))
        || !is_named(bytes, name, quote)
    {
        return None;
    }
    p += 5;
    p += usize::from(matches!(at(bytes, p), b'"' | b'\''));
    p = blanks(bytes, p, 4);
    let separator = at(bytes, p);
    if !matches!(separator, b'=' | b':') {
        return None;
    }
    p = blanks(bytes, p + 1, 16);
    let literal = match value::quoted(bytes, p) {
        Some(literal) => literal,
        None if separator == b':' && quote == Quote::None => value::bare(bytes, p, Stop::Line)?,
        None => return None,
    };
    Some(candidate(name, literal, Separator::Markup, Syntax::Pair))
}

/// The `default = "value"` of a Terraform variable whose block opens at `from`.
fn default_of(bytes: &[u8], from: usize) -> Option<Literal> {
    let body = &bytes[from..bytes.len().min(from + GAP_MAX - 2)];
    let end = body.iter().position(|b| *b == b'}').unwrap_or(body.len());
    let word = memchr::memmem::find(&body[..end], b"default")?;
    let p = blanks(bytes, from + word + 7, 16);
    (at(bytes, p) == b'=').then(|| value::quoted(bytes, blanks(bytes, p + 1, 4)))?
}

/// True when `name=`, `key:` or the like stands before the name.
fn is_named(bytes: &[u8], name: &Range<usize>, quote: Quote) -> bool {
    let end = name.start - usize::from(quote != Quote::None && name.start > 0);
    let mut before = bytes[end.saturating_sub(32)..end].trim_ascii_end();
    match before {
        [head @ .., b'=' | b':'] => before = head.trim_ascii_end(),
        _ => return false,
    }
    if let [head @ .., b'"' | b'\''] = before {
        before = head;
    }
    let tail = &before[before.len().saturating_sub(4)..];
    tail.eq_ignore_ascii_case(b"name")
        || tail.len() >= 3 && tail[tail.len() - 3..].eq_ignore_ascii_case(b"key")
}

/// Past `Bearer `, `Basic ` or `Token ` at `p`, or `p`.
fn scheme_end(bytes: &[u8], p: usize) -> usize {
    for scheme in [&b"bearer "[..], b"basic ", b"token ", b"apikey "] {
        if bytes
            .get(p..p + scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        {
            return p + scheme.len();
        }
    }
    p
}

/// A candidate whose value no longer starts with the scheme of a header.
fn without_scheme(bytes: &[u8], mut found: Candidate) -> Candidate {
    let p = scheme_end(bytes, found.value.start);
    if p > found.value.start && p < found.value.end {
        found.value.start = p;
        found.syntax = Syntax::Header;
    }
    found
}
