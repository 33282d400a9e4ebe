//! Commands that are given a password on their line, where no word names it: `redis-cli -a x`,
//! `htpasswd -b file user x`, `echo x | docker login --password-stdin`. The flags and places come
//! from the manuals of the tools.

use super::AFTER;
use super::RIGHT_REACH;
use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Separator;
use super::candidate::Syntax;
use super::special::holds;
use super::value;
use super::value::at;
use std::ops::Range;

/// Where a command is given its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// Behind this flag.
    Flag(&'static [u8]),
    /// In the same word as this flag.
    Glued(&'static [u8]),
    /// Behind this flag and the user, after a `%`.
    Percent(&'static [u8]),
    /// The word of this number that is no flag, from 0.
    Word(usize),
    /// Before it: what `echo` pipes in.
    Piped,
}

/// The start of a command, lower case.
pub(super) const COMMANDS: &[(&str, Given)] = &[
    ("redis-cli ", Given::Flag(b"-a")),
    ("ldapsearch ", Given::Flag(b"-w")),
    ("ldapadd ", Given::Flag(b"-w")),
    ("ldapmodify ", Given::Flag(b"-w")),
    ("sqlcmd ", Given::Flag(b"-P")),
    ("smbclient ", Given::Percent(b"-U")),
    ("mysqladmin", Given::Glued(b"-p")),
    ("zip -p ", Given::Word(0)),
    ("net user ", Given::Word(1)),
    ("rabbitmqctl add_user ", Given::Word(1)),
    ("rabbitmqctl change_password ", Given::Word(1)),
    ("htpasswd -", Given::Word(2)),
    ("server community ", Given::Word(0)),
    ("--password-stdin", Given::Piped),
    ("sudo -s ", Given::Piped),
    ("chpasswd", Given::Piped),
    ("| passwd ", Given::Piped),
];

/// Where the command that starts with this text is given its password.
pub(super) fn given(start: &[u8]) -> Option<Given> {
    let found = COMMANDS
        .iter()
        .find(|(command, _)| command.as_bytes().eq_ignore_ascii_case(start));
    found.map(|(_, given)| *given)
}

/// The password of the command that `hit` starts.
pub(super) fn command(bytes: &[u8], hit: Range<usize>, given: Given) -> Option<Candidate> {
    let before = hit.start.checked_sub(1).map_or(b' ', |i| at(bytes, i));
    if before.is_ascii_alphanumeric() && bytes[hit.start] != b'z' {
        return None;
    }
    let (range, quote) = match given {
        Given::Piped => echoed(bytes, hit.start)?,
        _ => in_words(bytes, &hit, given)?,
    };
    let near = hit.end + RIGHT_REACH - AFTER;
    (!range.is_empty() && range.end <= near).then_some(Candidate {
        name: hit.start..hit.end,
        value: range,
        separator: Separator::Space,
        quote,
        syntax: Syntax::CommandFlag,
    })
}

/// A word of a line without its quotes.
type Word = (Range<usize>, Quote);

/// The password among the words behind a command.
fn in_words(bytes: &[u8], hit: &Range<usize>, given: Given) -> Option<Word> {
    let mut p = hit.end + usize::from(at(bytes, hit.end) == b'"');
    if let Given::Word(2) = given {
        // The password of `htpasswd` stands on the line only with `-b`.
        let flags = bytes[p..]
            .iter()
            .take(8)
            .take_while(|b| b.is_ascii_alphabetic())
            .count();
        if !bytes[p..p + flags].contains(&b'b') {
            return None;
        }
        p += flags;
    }
    let mut number = 0;
    let mut behind = false;
    for _ in 0..16 {
        let (range, quote) = next_word(bytes, &mut p)?;
        let text = &bytes[range.clone()];
        match given {
            Given::Glued(flag) if text.len() > flag.len() + 3 && text.starts_with(flag) => {
                return Some((range.start + flag.len()..range.end, quote));
            }
            Given::Flag(_) if behind => return Some((range, quote)),
            Given::Percent(_) if behind => {
                let cut = text.iter().position(|b| *b == b'%')?;
                return Some((range.start + cut + 1..range.end, quote));
            }
            Given::Flag(flag) | Given::Percent(flag) => behind = text == flag,
            Given::Word(_) if text.starts_with(b"-") || text.starts_with(b"/") && number > 0 => {}
            Given::Word(place) if number == place => return Some((range, quote)),
            Given::Word(_) => number += 1,
            _ => {}
        }
    }
    None
}

/// The next word of the line, in a shell or in a list of strings.
fn next_word(bytes: &[u8], p: &mut usize) -> Option<Word> {
    let gap = |b: &u8| matches!(b, b' ' | b'\t' | b',' | b'[' | b']');
    *p += bytes
        .get(*p..)?
        .iter()
        .take(8)
        .take_while(|b| gap(b))
        .count();
    if matches!(at(bytes, *p), 0 | b'\n' | b'\r' | b'|' | b';' | b'&') {
        return None;
    }
    if let Some(literal) = value::quoted(bytes, *p).filter(|l| l.range.start == *p + 1) {
        *p = literal.range.end + 1;
        return Some((literal.range, literal.quote));
    }
    let start = *p;
    let stop = |b: &u8| {
        matches!(
            b,
            b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b')' | b'<'
        )
    };
    let length = bytes[start..]
        .iter()
        .take(super::VALUE_MAX)
        .take_while(|b| !stop(b))
        .count();
    *p = start + length.max(1);
    (length > 0).then_some((start..start + length, Quote::None))
}

/// The string of `echo "x" |` before `end`, without the user of `user:x` and without a second line.
fn echoed(bytes: &[u8], end: usize) -> Option<Word> {
    let from = end.saturating_sub(super::WINDOW);
    let before = &bytes[from..end];
    let line = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |i| i + 1);
    let line = from + line;
    let before = &bytes[line..end];
    let pipe = match before.iter().rposition(|b| *b == b'|') {
        Some(pipe) => line + pipe,
        None if at(bytes, end) == b'|' => end,
        None => return None,
    };
    let start = line + memchr::memmem::rfind(&bytes[line..pipe], b"echo ")? + 5;
    let mut p = start;
    while at(bytes, p) == b'-' && p + 3 < pipe {
        p += 3;
    }
    let (mut range, quote) = next_word(bytes, &mut p).filter(|(range, _)| range.end <= pipe)?;
    let text = &bytes[range.clone()];
    if let Some(cut) = memchr::memmem::find(text, b"\\n") {
        range.end = range.start + cut;
    }
    let text = &bytes[range.clone()];
    let tool = &bytes[end..bytes.len().min(end + 8)];
    if holds(tool, b"chpass") {
        range.start += text.iter().position(|b| *b == b':')? + 1;
    }
    Some((range, quote))
}
