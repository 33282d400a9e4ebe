//! Values that stand apart from their names: in a sibling element, in the default of a block, in
//! the same column of the next line, behind a flag of a list, or told in prose. Each form asks for
//! its marks first, because most names have nothing of the kind behind them.

use super::GAP_MAX;
use super::VALUE_MAX;
use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Separator;
use super::candidate::Syntax;
use super::extract::candidate;
use super::name;
use super::name::Name;
use super::opener;
use super::special::holds;
use super::value;
use super::value::Literal;
use super::value::Stop;
use super::value::at;
use super::value::blanks;
use std::ops::Range;

/// A value that stands apart from the name, in any of these forms.
pub(super) fn apart(bytes: &[u8], name: &Range<usize>) -> Option<Candidate> {
    if let Some(found) = pair(bytes, name) {
        return Some(found);
    }
    let (p, quote) = opener::close_name(bytes, name);
    let next = blanks(bytes, p, 24);
    let literal = match at(bytes, next) {
        b'>' | b'<' | b'/' => sibling(bytes, name, next)?,
        b':' => default_of_block(bytes, name, next + 1).or_else(|| folded(bytes, next + 1))?,
        b'{' if quote == Quote::None => property(bytes, next)?,
        b',' | b')' if quote != Quote::None || at(bytes, name.start) == b'-' => {
            default_argument(bytes, next)?
        }
        b')' if !follows_values(bytes, next) => return None,
        b',' | b')' => column(bytes, name, next).or_else(|| row(bytes, name, next))?,
        b'=' => argument_default(bytes, next + 1).or_else(|| entry_of(bytes, name, next + 1))?,
        b'|' if quote != Quote::Double => {
            cell(bytes, name, next).or_else(|| below(bytes, name, next))?
        }
        b'\n' | b'\r' if at(bytes, name.start) == b'-' => listed(bytes, next)?,
        b'\n' | b'\r' => column(bytes, name, next)?,
        _ => return told(bytes, name, p),
    };
    within(name, &literal).then(|| candidate(name, literal, Separator::Markup, Syntax::Pair))
}

/// True when a value is near enough for all that is asked about it.
pub(super) fn within(name: &Range<usize>, literal: &Literal) -> bool {
    literal.range.end <= name.end + GAP_MAX + VALUE_MAX && literal.range.len() <= VALUE_MAX
}

/// Past white space and line breaks.
fn space(bytes: &[u8], from: usize, most: usize) -> usize {
    let mut p = from;
    while p - from < most && matches!(at(bytes, p), b' ' | b'\t' | b'\n' | b'\r') {
        p += 1;
    }
    p
}

/// `<name>password</name><value>x</value>`, `<property name="password"><value>x</value>` and
/// `<key>Password</key><string>x</string>`.
fn sibling(bytes: &[u8], name: &Range<usize>, next: usize) -> Option<Literal> {
    const TAGS: [&[u8]; 4] = [b"value", b"param-value", b"string", b"argument"];
    let before = name.start.checked_sub(1).map_or(0, |i| at(bytes, i));
    let open = match (at(bytes, next), before) {
        (b'>', b'"' | b'\'' | b'<') => next + 1,
        (b'<', b'>') if at(bytes, next + 1) == b'/' => {
            let rest = &bytes[next..bytes.len().min(next + 32)];
            next + rest.iter().position(|b| *b == b'>')? + 1
        }
        _ => return None,
    };
    let open = space(bytes, open, 40);
    if at(bytes, open) != b'<' {
        return None;
    }
    let rest = &bytes[open + 1..bytes.len().min(open + 64)];
    let tag = rest
        .iter()
        .position(|b| !(b.is_ascii_alphabetic() || *b == b'-'))?;
    if !TAGS
        .iter()
        .any(|word| rest[..tag].eq_ignore_ascii_case(word))
    {
        return None;
    }
    let start = open + 1 + rest.iter().position(|b| *b == b'>')? + 1;
    element(bytes, start)
}

/// The text from `start` to the closing tag on the same line.
pub(super) fn element(bytes: &[u8], start: usize) -> Option<Literal> {
    let start = blanks(bytes, start, 16);
    let length = bytes
        .get(start..)?
        .iter()
        .take(VALUE_MAX + 1)
        .take_while(|b| !matches!(b, b'<' | b'\n' | b'\r' | 0))
        .count();
    let text = bytes[start..start + length].trim_ascii_end();
    let closes = bytes[start + length..].starts_with(b"</");
    (closes && !text.is_empty() && length <= VALUE_MAX).then(|| Literal {
        range: start..start + text.len(),
        quote: Quote::None,
    })
}

/// The `Default` of a parameter of CloudFormation, of a schema or a chart: a block with a type.
fn default_of_block(bytes: &[u8], name: &Range<usize>, from: usize) -> Option<Literal> {
    let open = blanks(bytes, from, 8);
    let end = bytes.len().min(open + 240);
    let block = match at(bytes, open) {
        b'{' => {
            let body = &bytes[open..end];
            &body[..body.iter().position(|b| *b == b'}')?]
        }
        b'\n' | b'\r' => indented(bytes, name, open, end),
        _ => return None,
    };
    if !holds(block, b"ype") {
        return None;
    }
    let mut p = open + memchr::memmem::find(block, b"efault")? + 6;
    p += usize::from(matches!(at(bytes, p), b'"' | b'\''));
    p = blanks(bytes, p, 4);
    if !matches!(at(bytes, p), b':' | b'=') {
        return None;
    }
    p = blanks(bytes, p + 1, 8);
    value::quoted(bytes, p).or_else(|| value::bare(bytes, p, Stop::Line))
}

/// The lines from `open` on that stand deeper than the line of the name.
fn indented<'a>(bytes: &'a [u8], name: &Range<usize>, open: usize, end: usize) -> &'a [u8] {
    let depth = |line: &[u8]| line.iter().take_while(|b| **b == b' ').count();
    let before = &bytes[name.start.saturating_sub(64)..name.start];
    let line = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |i| i + 1);
    let own = depth(&before[line..]);
    let body = &bytes[open..end];
    let mut length = 0;
    for line in body.split_inclusive(|b| *b == b'\n') {
        let text = line.trim_ascii();
        if !text.is_empty() && depth(line) <= own {
            break;
        }
        length += line.len();
    }
    &body[..length]
}

/// `password: >-` and the one line below it.
fn folded(bytes: &[u8], from: usize) -> Option<Literal> {
    let mut p = blanks(bytes, from, 4);
    if !matches!(at(bytes, p), b'>' | b'|') {
        return None;
    }
    p += 1;
    p += usize::from(matches!(at(bytes, p), b'-' | b'+'));
    if !matches!(at(bytes, p), b'\n' | b'\r') {
        return None;
    }
    let literal = value::bare(bytes, space(bytes, p, 40), Stop::Line)?;
    strong(&bytes[literal.range.clone()]).then_some(literal)
}

/// `string Password { get; set; } = "x"` of C#.
fn property(bytes: &[u8], open: usize) -> Option<Literal> {
    let rest = &bytes[open..bytes.len().min(open + 64)];
    let close = rest.iter().position(|b| *b == b'}')?;
    if !holds(&rest[..close], b"get;") {
        return None;
    }
    let p = blanks(bytes, open + close + 1, 4);
    (at(bytes, p) == b'=').then(|| value::quoted(bytes, blanks(bytes, p + 1, 4)))?
}

/// `add_argument("--password", default="x")`.
fn default_argument(bytes: &[u8], comma: usize) -> Option<Literal> {
    let rest = &bytes[comma..bytes.len().min(comma + 160)];
    let line = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let p = comma + memchr::memmem::find(&rest[..line], b"default=")? + 8;
    value::quoted(bytes, p)
}

/// `password: str = Field(default="x")`.
fn argument_default(bytes: &[u8], from: usize) -> Option<Literal> {
    let rest = &bytes[from..bytes.len().min(from + 80)];
    let open = rest.iter().position(|b| *b == b'(')?;
    let tail = rest[open + 1..].trim_ascii_start();
    let p = from + rest.len() - tail.len() + 8;
    let plain = rest[..open]
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'.' | b'_'));
    (plain && tail.starts_with(b"default=")).then(|| value::quoted(bytes, p))?
}

/// The first value of `passwords = {"admin": "x"}`.
fn entry_of(bytes: &[u8], name: &Range<usize>, from: usize) -> Option<Literal> {
    let mut p = blanks(bytes, from, 4);
    p += usize::from(at(bytes, p) == b'>');
    p = blanks(bytes, p, 4);
    let words = Name::of(&bytes[name.clone()]);
    if !matches!(at(bytes, p), b'{' | b'[') || words.last & (name::CRED | name::PASS) == 0 {
        return None;
    }
    let key = value::quoted(bytes, space(bytes, p + 1, 40)).filter(|key| key.range.len() <= 40)?;
    p = blanks(bytes, key.range.end + 1, 4);
    let width = match (at(bytes, p), at(bytes, p + 1)) {
        (b'=', b'>') => 2,
        (b':', _) => 1,
        _ => return None,
    };
    value::quoted(bytes, blanks(bytes, p + width, 4))
}

/// `| DB_PASSWORD | x |` of a table.
fn cell(bytes: &[u8], name: &Range<usize>, bar: usize) -> Option<Literal> {
    let before = bytes[name.start.saturating_sub(4)..name.start].trim_ascii_end();
    if !matches!(before.last(), Some(b'|' | b'`' | b'*')) {
        return None;
    }
    content(bytes, bar)
}

/// The cell under `password` in the first row below the head of a table.
fn below(bytes: &[u8], name: &Range<usize>, bar: usize) -> Option<Literal> {
    let before = &bytes[name.start.saturating_sub(120)..name.start];
    let line = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |i| i + 1);
    let head = before[line..].trim_ascii_start();
    let place = head.iter().filter(|b| **b == b'|').count();
    let line_end =
        |from: usize| Some(from + bytes[from..].iter().take(160).position(|b| *b == b'\n')?);
    let rule = line_end(bar)? + 1;
    let row = line_end(rule)? + 1;
    let ruled = bytes[rule..row]
        .iter()
        .all(|b| matches!(b, b'|' | b'-' | b':' | b' ' | b'\r' | b'\n'));
    if !head.starts_with(b"|") || !ruled || at(bytes, row) != b'|' {
        return None;
    }
    let mut bars = (row..bytes.len().min(row + 200)).filter(|p| bytes[*p] == b'|');
    content(bytes, bars.nth(place.checked_sub(1)?)?)
}

/// What stands between the bar at `bar` and the next, without the marks around it.
fn content(bytes: &[u8], bar: usize) -> Option<Literal> {
    let mut p = blanks(bytes, bar + 1, 40);
    let marks = bytes
        .get(p..)?
        .iter()
        .take(2)
        .take_while(|b| matches!(b, b'`' | b'*'))
        .count();
    p += marks;
    let length = bytes[p..]
        .iter()
        .take(VALUE_MAX)
        .take_while(|b| !matches!(b, b' ' | b'|' | b'`' | b'\n' | b'\r'))
        .count();
    let end = p + length;
    let close = blanks(bytes, end + marks, 60);
    (strong(&bytes[p..end]) && at(bytes, close) == b'|').then_some(Literal {
        range: p..end,
        quote: if marks > 0 { Quote::Back } else { Quote::None },
    })
}

/// `- --db-password` and the item below it.
fn listed(bytes: &[u8], from: usize) -> Option<Literal> {
    let p = space(bytes, from, 40);
    let item = at(bytes, p) == b'-' && at(bytes, p + 1) == b' ' && at(bytes, p + 2) != b'-';
    let p = blanks(bytes, p + 1, 4);
    item.then(|| value::quoted(bytes, p).or_else(|| value::bare(bytes, p, Stop::Line)))?
}

/// The value in the same place of the next list: `(name, password) VALUES ('a', 'x')`, and the
/// lines below the names of a table of comma-separated values.
fn column(bytes: &[u8], name: &Range<usize>, next: usize) -> Option<Literal> {
    let word =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b' ' | b'`' | b'"' | b'[' | b']');
    let before = &bytes[name.start.saturating_sub(120)..name.start];
    let open = before.iter().rposition(|b| matches!(b, b'(' | b'\n'));
    let head = &before[open.map_or(0, |i| i + 1)..];
    let in_list = |b: &u8| word(b) || *b == b',';
    let at_start = open.is_none() && name.start == head.len();
    if !head.iter().all(in_list) || (open.is_none() && !at_start) {
        return None;
    }
    let place = head.iter().filter(|b| **b == b',').count();
    let rest = &bytes[next..bytes.len().min(next + 160)];
    let end = next + rest.iter().position(|b| matches!(b, b')' | b'\n'))?;
    if !bytes[next..end].iter().all(|b| in_list(b) || *b == b'\r') {
        return None;
    }
    let opened = open.is_some_and(|i| before[i] == b'(');
    match (opened, at(bytes, end)) {
        (true, b')') => {
            let p = space(bytes, end + 1, 8);
            let values = bytes.get(p..p + 6)?.eq_ignore_ascii_case(b"values");
            let p = space(bytes, p + 6, 8);
            (values && at(bytes, p) == b'(').then(|| super::calls::argument(bytes, p + 1, place))?
        }
        (false, b'\n') => field(bytes, end + 1, place, head, name),
        _ => None,
    }
}

/// True for `) VALUES`.
fn follows_values(bytes: &[u8], close: usize) -> bool {
    let p = space(bytes, close + 1, 8);
    matches!(at(bytes, p), b'v' | b'V')
}

/// The field of a line of comma-separated values.
fn field(
    bytes: &[u8],
    line: usize,
    place: usize,
    head: &[u8],
    name: &Range<usize>,
) -> Option<Literal> {
    // One name alone is a word in a text.
    let first = name.start.saturating_sub(head.len());
    if place == 0 || first != 0 && at(bytes, first - 1) != b'\n' || head.contains(&b' ') {
        return None;
    }
    let rest = &bytes[line..bytes.len().min(line + 200)];
    let row = &rest[..rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())];
    let mut p = line;
    for _ in 0..place {
        p += bytes[p..line + row.len()].iter().position(|b| *b == b',')? + 1;
    }
    if let Some(literal) = value::quoted(bytes, p) {
        return Some(literal);
    }
    let stop = |b: &u8| matches!(b, b',' | b'\r');
    let tail = &bytes[p..line + row.len()];
    let length = tail.iter().position(stop).unwrap_or(tail.len());
    strong(&tail[..length]).then_some(Literal {
        range: p..p + length,
        quote: Quote::None,
    })
}

/// `wifi_password,x`: a line of two fields, the name of a setting and its value.
fn row(bytes: &[u8], name: &Range<usize>, comma: usize) -> Option<Literal> {
    let first = name
        .start
        .checked_sub(1)
        .is_none_or(|i| at(bytes, i) == b'\n');
    let start = comma + 1;
    if !first || comma != name.end {
        return None;
    }
    let rest = &bytes[start..bytes.len().min(start + VALUE_MAX)];
    let ends = |b: &u8| matches!(b, b',' | b'\r' | b'\n');
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    let last = rest.get(length) != Some(&b',');
    (last && strong(&rest[..length])).then_some(Literal {
        range: start..start + length,
        quote: Quote::None,
    })
}

/// A value that no word and no name of a program looks like.
fn strong(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    value.len() >= 6 && digits > 0 && letters >= 3 && value.iter().all(u8::is_ascii_graphic)
}

/// A value that a text gives: `the password is Xy7!zq`, `password for the router: Xy7!zq`,
/// `the password is **Xy7!zq**`. Only what people call a strong password is told from words.
fn told(bytes: &[u8], name: &Range<usize>, p: usize) -> Option<Candidate> {
    let words = Name::of(&bytes[name.clone()]);
    if at(bytes, p) != b' ' || words.last & (name::PASS | name::SECRET) == 0 || words.words > 2 {
        return None;
    }
    let rest = &bytes[p..bytes.len().min(p + 96)];
    let line = &rest[..rest
        .iter()
        .position(|b| matches!(b, b'\n' | b'\r'))
        .unwrap_or(rest.len())];
    let mut at_word = 0;
    for (number, word) in line.split(|b| *b == b' ').enumerate() {
        let start = p + at_word;
        at_word += word.len() + 1;
        let (inner, skip) = bared(word);
        if password_like(inner) {
            let literal = Literal {
                range: start + skip..start + skip + inner.len(),
                quote: Quote::None,
            };
            return Some(candidate(name, literal, Separator::Colon, Syntax::Prose));
        }
        let plain = word
            .iter()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b':' | b'-' | b'='));
        if !plain || number > 5 {
            return None;
        }
    }
    None
}

/// A word without the marks around it, and how many stood before it.
fn bared(word: &[u8]) -> (&[u8], usize) {
    let mark = |b: &u8| matches!(b, b'*' | b'`' | b'"' | b'\'' | b'(' | b'<');
    let skip = word.iter().take(2).take_while(|b| mark(b)).count();
    let mut inner = &word[skip..];
    if skip > 0 {
        let end = inner
            .iter()
            .rposition(|b| !matches!(b, b'*' | b'`' | b'"' | b'\'' | b')' | b'>' | b'.' | b','));
        inner = &inner[..end.map_or(0, |last| last + 1)];
    }
    let inner = inner
        .strip_suffix(b".")
        .or(inner.strip_suffix(b","))
        .unwrap_or(inner);
    (inner, skip)
}

/// Capitals, small letters, digits and a mark that words do not hold.
fn password_like(word: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| word.iter().any(test);
    (8..=40).contains(&word.len())
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && has(|b| {
            matches!(
                b,
                b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?' | b'+'
            )
        })
        && !has(|b| {
            matches!(
                b,
                b'(' | b')'
                    | b'{'
                    | b'}'
                    | b'['
                    | b']'
                    | b'<'
                    | b'>'
                    | b'/'
                    | b'='
                    | b';'
                    | b'"'
                    | b'\\'
            )
        })
        && !holds(word, b"://")
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
    let body = &bytes[from..bytes.len().min(from + 240)];
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
