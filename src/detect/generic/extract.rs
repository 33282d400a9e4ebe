//! From a keyword hit to a candidate: finds the name around the hit, asks
//! `opener` what follows it and `value` for the literal, and names the construct.
//! It decides what may be a value at all; how likely it is a secret is the judge's.

use super::GAP_MAX;
use super::LEFT_REACH;
use super::RIGHT_REACH;
use super::VALUE_MAX;
use super::apart::apart;
use super::apart::element;
use super::calls;
use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Separator;
use super::candidate::Syntax;
use super::commands;
use super::hit::Grammar;
use super::hit::grown;
use super::hit::is_name;
use super::hit::word_of;
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
    let found = named(
        &bytes[from..to],
        hit.start - from..hit.end - from,
        Asked::Any,
    )?;
    let is_apart = match found.syntax {
        Syntax::Pair
        | Syntax::Xml
        | Syntax::CommandFlag
        | Syntax::Header
        | Syntax::Directive
        | Syntax::Call
        | Syntax::Wrapped => true,
        Syntax::Env | Syntax::Sql => found.separator == Separator::Space,
        Syntax::Entry => matches!(found.separator, Separator::Comma | Separator::Arrow),
        _ => found.separator == Separator::Default || is_typed(&bytes[from..to], &found),
    };
    is_apart.then(|| Candidate {
        name: found.name.start + from..found.name.end + from,
        value: found.value.start + from..found.value.end + from,
        ..found
    })
}

/// Sends a hit to the grammar of its keyword.
fn dispatch(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    match Grammar::of(bytes, &hit) {
        Grammar::Call => match calls::place(&bytes[hit.clone()]) {
            Some(place) => calls::call(bytes, hit, place),
            None => special::source_name(bytes, hit),
        },
        Grammar::Command(given) => commands::command(bytes, hit, given),
        Grammar::UserInfo => special::user_info(bytes, hit),
        Grammar::Scheme => special::scheme(bytes, hit),
        Grammar::User => special::user_flag(bytes, hit),
        Grammar::Password => special::password_flag(bytes, hit),
        Grammar::IdentifiedBy => special::identified_by(bytes, hit),
        Grammar::SecureString => special::secure_string(bytes, hit),
        Grammar::ThirdArgument => special::third_argument(bytes, hit),
        Grammar::LoneKey => special::token_key(bytes, &hit),
        Grammar::Name => named(bytes, word_of(bytes, hit), Asked::Secret),
    }
}

/// True when more than an operator stands before a quoted value: a type, a prefix of the string.
fn is_typed(bytes: &[u8], found: &Candidate) -> bool {
    let before = found.value.start.checked_sub(2).map_or(0, |i| at(bytes, i));
    let gap = found.value.start.saturating_sub(found.name.end);
    found.quote != Quote::None && (gap > 4 || before.is_ascii_alphabetic() || before == b'@')
}

/// What a name must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// That the value is a secret.
    Secret,
    /// That it is a secret or any key: the rule of a provider knows the name.
    Any,
}

/// A candidate whose name holds the hit.
fn named(bytes: &[u8], hit: Range<usize>, asked: Asked) -> Option<Candidate> {
    let (name, _) = grown(bytes, &hit).ok()?;
    let opening = opener::read(bytes, &name);
    let words = || Some(Name::of(&bytes[name.clone()]));
    let is_sensitive = || {
        words().filter(|words| match asked {
            Asked::Any => words.may_be_asked(),
            Asked::Secret => words.is_sensitive() || words.is_key(),
        })
    };
    let Some(opening) = opening else {
        return apart(bytes, &name).filter(|_| is_sensitive().is_some());
    };
    if opening.separator == Separator::Space && !may_follow_space(bytes, &name, &opening) {
        return apart(bytes, &name).filter(|_| is_sensitive().is_some());
    }
    let words = is_sensitive()?;
    let login = words.groups & super::name::SENSITIVE == LOGIN;
    if login && opening.separator != Separator::Paren {
        return None;
    }
    let found = match opening.separator {
        Separator::Comma => apart(bytes, &name).or_else(|| assigned(bytes, &name, &opening)),
        Separator::Paren => call(bytes, &name, &words, opening.at),
        Separator::Markup => markup(bytes, &name, &opening),
        Separator::Space => spaced(bytes, &name, &opening),
        _ => assigned(bytes, &name, &opening),
    };
    let found = found.or_else(|| apart(bytes, &name))?;
    let near = match found.syntax {
        Syntax::Pair => found.value.end <= found.name.end + GAP_MAX + VALUE_MAX,
        _ => found.value.start <= found.name.end + GAP_MAX,
    };
    (near && found.value.len() <= VALUE_MAX).then(|| without_scheme(bytes, found))
}

/// True where white space alone may stand between name and value.
fn may_follow_space(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> bool {
    if opening.quoted_name {
        return false;
    }
    let next = at(bytes, opening.at);
    at(bytes, name.start) == b'-'
        || matches!(next, b'"' | b'\'' | b'`')
        || (next == b'i' && bytes[opening.at..].starts_with(b"is "))
        || opener::line_start(bytes, name) == LineStart::Yes
        || bytes[..name.start].ends_with(b" set ")
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
    let symbol = bytes[..name.start].ends_with(b"set :");
    if opening.separator == Separator::Comma && !opening.quoted_name && !symbol {
        return None;
    }
    if let Some(literal) = parallel(bytes, name, opening) {
        return Some(candidate(name, literal, Separator::Equal, syntax));
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
            None if opening.needs_quote && !assigns_default(bytes, name, opening) => return None,
            None => {
                let (literal, found) = bare(bytes, name, opening)?;
                syntax = found;
                literal
            }
        },
    };
    let listed = names_another(bytes, &literal) || goes_on(bytes, name, &literal);
    if opening.separator == Separator::Comma && listed {
        return None;
    }
    Some(candidate(name, literal, opening.separator, syntax))
}

/// The second value of `user, password = "x", "y"`.
fn parallel(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> Option<Literal> {
    let before = &bytes[name.start.saturating_sub(48)..name.start];
    if !before.ends_with(b", ") || opening.separator != Separator::Equal {
        return None;
    }
    let line = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |i| i + 1);
    let head = before[line..].trim_ascii();
    let listed = head.iter().all(|b| is_name(*b) || matches!(b, b',' | b' '));
    let place = head.iter().filter(|b| **b == b',').count();
    listed.then(|| calls::argument(bytes, opening.at, place))?
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

/// True for strings of a list that stands on lines of its own: `"password",` and below it `"123456",`.
fn goes_on(bytes: &[u8], name: &Range<usize>, literal: &Literal) -> bool {
    let between = &bytes[name.end..literal.range.start];
    let next = literal.range.end + 1;
    between.contains(&b'\n')
        && at(bytes, next) == b','
        && matches!(at(bytes, next + 1), b'\n' | b'\r')
}

pub(super) fn candidate(
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
    if bytes[from..].starts_with(b"(\n") {
        return value::quoted(bytes, blanks(bytes, from + 2, 40));
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
    let made = folded == b"byte" || folded.starts_with(b"bytes") || folded.ends_with(b"hex");
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
    if assigns_default(bytes, name, opening) {
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
        b'=' if tight && holds_flag(bytes, name.start) => (Stop::Word, Syntax::Env),
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

/// True for `${NAME:=value}` of a shell.
fn assigns_default(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> bool {
    opening.separator == Separator::Walrus && bytes[..name.start].ends_with(b"${")
}

/// True for a name without small letters.
fn is_shouting(name: &[u8]) -> bool {
    !name.iter().any(u8::is_ascii_lowercase)
}

/// True for the `--from-literal=` before `name=value`.
fn holds_flag(bytes: &[u8], end: usize) -> bool {
    let before = &bytes[end.saturating_sub(20)..end];
    let word = before.iter().rposition(|b| *b == b' ').map_or(0, |i| i + 1);
    before[word..].starts_with(b"--")
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
    let literal = match name.start.checked_sub(1).map_or(0, |i| at(bytes, i)) {
        b' ' | b'{' => in_flow(bytes, literal),
        _ => literal,
    };
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

/// The value of `{user: x, password: y}` in YAML without the brace; in code it would be a name.
fn in_flow(bytes: &[u8], literal: Literal) -> Literal {
    let value = &bytes[literal.range.clone()];
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    match value.iter().position(|b| *b == b'}') {
        Some(cut) if digits >= 2 && !value[..cut].contains(&b'{') && value[..cut].len() >= 6 => {
            Literal {
                range: literal.range.start..literal.range.start + cut,
                quote: literal.quote,
            }
        }
        _ => literal,
    }
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
    let found = second_argument(bytes, from).or_else(|| {
        // `setAuthToken("x")` takes no user.
        let secret = super::name::TOKEN | super::name::PASS | super::name::SECRET;
        let only = value::quoted(bytes, blanks(bytes, from, 8))?;
        let closes = at(bytes, only.range.end + 1) == b')';
        (closes && words.last & secret != 0).then_some(only)
    })?;
    Some(candidate(name, found, Separator::Paren, Syntax::Call))
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
    let literal = element(bytes, opening.at)?;
    Some(candidate(name, literal, Separator::Markup, Syntax::Xml))
}

/// Values after white space alone: flags, directives, SQL and prose.
fn spaced(bytes: &[u8], name: &Range<usize>, opening: &Opening) -> Option<Candidate> {
    let mut p = opening.at;
    for word in [&b"--plaintext "[..], b"password "] {
        if bytes[p..].starts_with(word) {
            p += word.len();
        }
    }
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
    let sets = bytes[..name.start].ends_with(b" set ") && bytes[name.clone()].contains(&b'_');
    let start = sets || opener::line_start(bytes, name) == LineStart::Yes;
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

/// True after `ENV ` and `ARG ` of a Dockerfile, and after what sets a variable in fish and csh.
fn is_docker(bytes: &[u8], name: &Range<usize>) -> bool {
    const SETS: [&[u8]; 6] = [
        b"ENV ",
        b"ARG ",
        b"setenv ",
        b"set -x ",
        b"set -gx ",
        b"set -Ux ",
    ];
    let before = &bytes[name.start.saturating_sub(8)..name.start];
    SETS.iter().any(|word| before.ends_with(word))
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
    if bytes[found.value.clone()].starts_with(b"{noop}") {
        found.value.start += 6;
    }
    let p = scheme_end(bytes, found.value.start);
    if p > found.value.start && p < found.value.end {
        found.value.start = p;
        found.syntax = Syntax::Header;
    }
    found
}
