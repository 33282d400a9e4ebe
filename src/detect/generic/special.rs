//! Constructs that need no name beside the value: user and password in a URL,
//! the scheme of an `Authorization` header, short command-line flags, and SQL's
//! `IDENTIFIED BY`. Each is a small grammar of its own, and precise.

use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Separator;
use super::candidate::Syntax;
use super::near::Looked;
use super::value;
use super::value::Stop;
use super::value::at;
use super::value::blanks;
use crate::bytes::base64;
use std::ops::Range;

/// The longest user and password of a URL, together.
const USER_INFO_MAX: usize = 200;

/// `scheme://user:value@host`, from the `://` (RFC 3986, section 3.2.1).
pub(super) fn user_info(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let scheme = bytes[..hit.start]
        .iter()
        .rev()
        .take(20)
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'+')
        .count();
    if scheme < 2 {
        return None;
    }
    let (mut colon, mut last_at) = (None, None);
    for p in hit.end..hit.end + USER_INFO_MAX {
        match at(bytes, p) {
            b':' if colon.is_none() => colon = Some(p),
            b'@' if colon.is_some() => last_at = Some(p),
            0..=b' '
            | b'"'
            | b'\''
            | b'`'
            | b'<'
            | b'>'
            | b'\\'
            | b'/'
            | b'?'
            | b'#'
            | b')'
            | b'|' => break,
            b':' | b',' if last_at.is_some() => break,
            _ => {}
        }
    }
    let (colon, end) = (colon?, last_at?);
    let host = at(bytes, end + 1);
    let host_like = host.is_ascii_alphanumeric()
        || matches!(host, b'[' | b'$' | b'{' | b'%' | b'_' | b'(' | b'<');
    (end > colon + 1 && host_like).then(|| Candidate {
        name: hit.start - scheme..hit.end,
        value: colon + 1..end,
        separator: Separator::UserInfo,
        quote: Quote::None,
        syntax: Syntax::Url,
    })
}

/// `Some` for a `://` without user and password behind it, told by these bytes alone.
pub(super) fn refuses_user_info(bytes: &[u8], hit: &Range<usize>) -> Option<Looked> {
    let in_scheme = |back: usize| {
        let byte = hit.start.checked_sub(back).map_or(0, |i| at(bytes, i));
        byte.is_ascii_alphanumeric() || byte == b'+'
    };
    if !in_scheme(1) || !in_scheme(2) {
        return Some(Looked { left: 2, right: 0 });
    }
    let (mut colon, mut plausible) = (false, false);
    let ends = |byte: u8| {
        byte <= b' '
            || matches!(
                byte,
                b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'/' | b'?' | b'#' | b')' | b'|'
            )
    };
    let mut right = 0;
    while right < USER_INFO_MAX {
        let byte = at(bytes, hit.end + right);
        right += 1;
        if ends(byte) {
            break;
        }
        plausible |= colon && byte == b'@';
        colon |= byte == b':';
    }
    (!plausible).then_some(Looked { left: 2, right })
}

/// `Bearer value` and `Basic value` wherever they stand (RFC 9110, section 11.6.2).
pub(super) fn scheme(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    if hit.start > 0 && at(bytes, hit.start - 1).is_ascii_alphanumeric() {
        return None;
    }
    let start = hit.end;
    let length = bytes[start..]
        .iter()
        .take(super::VALUE_MAX + 1)
        .take_while(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'.' | b'~' | b'-')
        })
        .count();
    let value = start..start + length;
    let text = &bytes[value.clone()];
    let basic = hit.len() == 6;
    let plausible = if basic {
        is_user_info_base64(text)
    } else {
        length >= 8 && text.iter().any(u8::is_ascii_digit)
    };
    (plausible && length <= super::VALUE_MAX).then(|| Candidate {
        name: hit.start..hit.end - 1,
        value,
        separator: Separator::Space,
        quote: Quote::None,
        syntax: Syntax::Header,
    })
}

/// True when `text` is base64 of printable text with a colon in it (RFC 7617).
pub(super) fn is_user_info_base64(text: &[u8]) -> bool {
    let body = text
        .iter()
        .rposition(|b| *b != b'=')
        .map_or(0, |last| last + 1);
    if body < 4 || text.len() - body > 2 {
        return false;
    }
    let standard = text[..body].iter().map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    });
    let mut colon = false;
    for byte in base64::decoded(standard) {
        let Some(byte @ b' '..0x7f) = byte else {
            return false;
        };
        colon |= byte == b':';
    }
    colon
}

/// `-u user:value` of curl and its kin, and `--user user:value`.
pub(super) fn user_flag(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let mut p = hit.end;
    if at(bytes, hit.start) == b'-' {
        if !matches!(at(bytes, p), b' ' | b'=') {
            return None;
        }
        p += 1;
    }
    let quote = match at(bytes, p) {
        b'"' => Quote::Double,
        b'\'' => Quote::Single,
        _ => Quote::None,
    };
    let word = match quote {
        Quote::None => value::bare(bytes, p, Stop::Word)?,
        _ => value::quoted(bytes, p)?,
    };
    let text = &bytes[word.range.clone()];
    let colon = text.iter().position(|b| *b == b':')?;
    let user = &text[..colon];
    let plausible = !user.is_empty()
        && colon + 1 < text.len()
        && !text.contains(&b' ')
        && !text[colon + 1..].starts_with(b"//");
    let about = command(bytes, hit.start);
    (plausible
        && [&b"curl"[..], b"wget", b"http"]
            .iter()
            .any(|tool| holds(about, tool)))
    .then(|| Candidate {
        name: hit.start..hit.start + hit.len().min(7),
        value: word.range.start + colon + 1..word.range.end,
        separator: Separator::UserInfo,
        quote,
        syntax: Syntax::CommandFlag,
    })
}

/// `-pvalue` and `-p value` of the tools that take a password so.
pub(super) fn password_flag(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let spaced = at(bytes, hit.end) == b' ';
    if at(bytes, hit.end - 1) != b'p' {
        return None; // `-P` is the port of these tools.
    }
    let start = hit.end + usize::from(spaced);
    let next = at(bytes, start);
    if next <= b' ' || next == b'-' || next == b'$' {
        return None;
    }
    let about = command(bytes, hit.start);
    let tools: &[&[u8]] = if spaced {
        &[
            b"sshpass",
            b"docker login",
            b"podman login",
            b"mongo",
            b"az login",
            b"cf login",
            b"oc login",
        ]
    } else {
        &[b"mysql", b"mariadb", b"sshpass", b"7z"]
    };
    if !tools.iter().any(|tool| runs(about, tool)) {
        return None;
    }
    let literal = value::quoted(bytes, start).or_else(|| value::bare(bytes, start, Stop::Word))?;
    Some(Candidate {
        name: hit.start + 1..hit.end,
        value: literal.range,
        separator: Separator::Space,
        quote: literal.quote,
        syntax: Syntax::CommandFlag,
    })
}

/// `IDENTIFIED [WITH plugin] BY [PASSWORD] 'value'`, from the `identified by`.
pub(super) fn identified_by(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let mut p = blanks(bytes, hit.end, 8);
    if bytes[p..].len() > 9 && bytes[p..p + 9].eq_ignore_ascii_case(b"password ") {
        p += 9;
    }
    let literal = value::quoted(bytes, p)?;
    Some(Candidate {
        name: hit,
        value: literal.range,
        separator: Separator::Space,
        quote: literal.quote,
        syntax: Syntax::Sql,
    })
}

/// `ConvertTo-SecureString "value" -AsPlainText` of PowerShell.
pub(super) fn secure_string(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let mut p = blanks(bytes, hit.end, 4);
    if bytes
        .get(p..p + 8)
        .is_some_and(|word| word.eq_ignore_ascii_case(b"-string "))
    {
        p = blanks(bytes, p + 8, 4);
    }
    let literal = value::quoted(bytes, p)?;
    let rest = &bytes[literal.range.end..bytes.len().min(literal.range.end + super::AFTER)];
    let plain = memchr::memmem::find(&rest.to_ascii_lowercase(), b"-asplaintext").is_some()
        || memchr::memmem::find(&rest.to_ascii_lowercase(), b"-force").is_some();
    plain.then_some(Candidate {
        name: hit,
        value: literal.range,
        separator: Separator::Space,
        quote: literal.quote,
        syntax: Syntax::CommandFlag,
    })
}

/// The password of calls that are given an address and a user before it:
/// `DriverManager.getConnection`, `mysqli_connect`, `new PDO`.
pub(super) fn third_argument(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let open = hit.end
        + bytes[hit.end..]
            .iter()
            .take(16)
            .take_while(|b| b.is_ascii_alphabetic() || **b == b'_')
            .count();
    if at(bytes, open) != b'(' {
        return None;
    }
    let mut p = blanks(bytes, open + 1, 4);
    p = match value::quoted(bytes, p) {
        Some(literal) => literal.range.end + 1,
        None => {
            p + bytes[p..]
                .iter()
                .take(64)
                .take_while(|b| {
                    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'>' | b'-')
                })
                .count()
        }
    };
    if at(bytes, p) != b',' {
        return None;
    }
    let literal = super::extract::second_argument(bytes, p + 1)?;
    let near = hit.end + super::RIGHT_REACH - super::VALUE_MAX - super::AFTER;
    (literal.range.start <= near).then_some(Candidate {
        name: hit,
        value: literal.range,
        separator: Separator::Paren,
        quote: literal.quote,
        syntax: Syntax::Call,
    })
}

/// `"Jwt": { "Key": "value" }`, the section of settings that .NET's samples made common. The name is
/// all from the section's name on.
pub(super) fn token_key(bytes: &[u8], hit: &Range<usize>) -> Option<Candidate> {
    const NEAR: usize = 72;
    let quoted = hit.start > 0 && at(bytes, hit.start - 1) == b'"' && at(bytes, hit.end) == b'"';
    if !quoted || at(bytes, hit.end + 1) != b':' {
        return None;
    }
    let literal = value::quoted(bytes, blanks(bytes, hit.end + 2, 4))?;
    if literal.range.len() < 16 {
        return None;
    }
    let from = hit.start.saturating_sub(NEAR);
    let before = bytes[from..hit.start].to_ascii_lowercase();
    let start = from + memchr::memmem::rfind(&before, b"jwt")?;
    Some(Candidate {
        name: start..hit.end,
        value: literal.range,
        separator: Separator::Colon,
        quote: literal.quote,
        syntax: Syntax::Entry,
    })
}

/// `user:value@tcp(host)`, the data source names of Go's MySQL driver, from the `@tcp(`.
pub(super) fn source_name(bytes: &[u8], hit: Range<usize>) -> Option<Candidate> {
    let from = hit
        .start
        .saturating_sub(USER_INFO_MAX.min(super::LEFT_REACH - 16));
    let before = &bytes[from..hit.start];
    let open = before
        .iter()
        .rposition(|b| matches!(b, b'"' | b'\'' | b'`' | b'=' | b' ' | b'\n'))?;
    let colon = open + 1 + before[open + 1..].iter().position(|b| *b == b':')?;
    (colon + 1 < before.len()).then_some(Candidate {
        name: hit.clone(),
        value: from + colon + 1..hit.start,
        separator: Separator::UserInfo,
        quote: Quote::None,
        syntax: Syntax::Url,
    })
}

/// The part of the line before `end` that says which command runs.
fn command(bytes: &[u8], end: usize) -> &[u8] {
    let from = end.saturating_sub(super::WINDOW);
    let before = &bytes[from..end];
    match before.iter().rposition(|b| *b == b'\n') {
        Some(line) if before[..line].ends_with(b"\\") => before,
        Some(line) => &before[line..],
        None => before,
    }
}

/// True when a command line holds a tool that is not what a flag is given (`-db mysql`).
fn runs(line: &[u8], tool: &[u8]) -> bool {
    memchr::memmem::find_iter(line, tool).any(|at| {
        let mut words = line[..at].rsplit(|b| *b == b' ');
        let own = words.next().unwrap_or_default();
        let before = words.next().unwrap_or_default();
        !own.is_empty() || before.len() < 3 || !before.starts_with(b"-") || before.contains(&b'=')
    })
}

/// True when `text` holds `word`.
pub(super) fn holds(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}
