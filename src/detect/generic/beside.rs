//! What stands beside a secret and belongs to it: the user it is the password of,
//! the host it opens. Neither is secret; together with the secret they are the
//! whole credential, and a finding that names all parts says what must be changed.
//! It is asked for accepted candidates only, so it may look closer than extraction.

use super::AFTER;
use super::RIGHT_REACH;
use super::WINDOW;
use super::candidate::Candidate;
use super::candidate::KindId;
use super::candidate::Syntax;
use super::opener;
use super::value;
use super::value::Stop;
use super::value::at;
use std::ops::Range;

/// The rule of names of users.
const USER: KindId = "user-name";
/// The rule of names of hosts.
const HOST: KindId = "host-name";

/// Last words of names, lower case and without separators.
const NAMES: [(&[u8], KindId); 17] = [
    (b"user", USER),
    (b"username", USER),
    (b"userid", USER),
    (b"uid", USER),
    (b"usr", USER),
    (b"login", USER),
    (b"email", USER),
    (b"account", USER),
    (b"clientid", USER),
    (b"accesskeyid", USER),
    (b"host", HOST),
    (b"hostname", HOST),
    (b"server", HOST),
    (b"endpoint", HOST),
    (b"baseurl", HOST),
    (b"url", HOST),
    (b"datasource", HOST),
];

/// The longest value that names a user or host.
const LONGEST: usize = 100;

/// Users and hosts beside a candidate, the nearest of each. Reads no farther from `hit` than
/// extraction may.
pub fn beside(
    bytes: &[u8],
    hit: &Range<usize>,
    candidate: &Candidate,
) -> Vec<(KindId, Range<usize>)> {
    if candidate.syntax == Syntax::Url && bytes[candidate.name.clone()].ends_with(b"://") {
        return in_url(bytes, candidate);
    }
    let from = candidate.name.start.min(hit.start).saturating_sub(WINDOW);
    let to = bytes.len().min(hit.end + RIGHT_REACH - AFTER);
    let mut nearest: Vec<(usize, KindId, Range<usize>)> = Vec::new();
    let mut p = from;
    while let Some((name, next)) = next_name(&bytes[..to], p, from) {
        p = next;
        let Some((kind, value)) = named(&bytes[..to], &name) else {
            continue;
        };
        let whole = name.start..value.end;
        let span = candidate.name.start.min(candidate.value.start)
            ..candidate.name.end.max(candidate.value.end);
        if whole.start < span.end && span.start < whole.end {
            continue;
        }
        let distance = whole
            .start
            .abs_diff(span.end)
            .min(span.start.abs_diff(whole.end));
        match nearest.iter_mut().find(|(_, known, _)| *known == kind) {
            Some(known) if distance < known.0 => *known = (distance, kind, value),
            Some(_) => {}
            None => nearest.push((distance, kind, value)),
        }
    }
    nearest
        .into_iter()
        .map(|(_, kind, value)| (kind, value))
        .collect()
}

/// The next name from `p` on, and where it ends. A name that may begin before `from` is none.
fn next_name(bytes: &[u8], p: usize, from: usize) -> Option<(Range<usize>, usize)> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let mut p = p;
    loop {
        let start = p + bytes.get(p..)?.iter().position(is_name)?;
        let end = start
            + bytes[start..]
                .iter()
                .take_while(|byte| is_name(byte))
                .count();
        if start > from || from == 0 {
            return Some((start..end, end));
        }
        p = end;
    }
}

/// The kind of a name, and its value.
fn named(bytes: &[u8], name: &Range<usize>) -> Option<(KindId, Range<usize>)> {
    let mut words: Vec<u8> = bytes[name.clone()].to_vec();
    words.make_ascii_lowercase();
    words.retain(|byte| !matches!(byte, b'_' | b'-'));
    let (_, kind) = NAMES
        .iter()
        .filter(|(word, _)| words.ends_with(word))
        .max_by_key(|(word, _)| word.len())?;
    let opening = opener::read(bytes, name)?;
    let literal = match value::quoted(bytes, opening.at) {
        Some(literal) => literal.range,
        None if opening.needs_quote => return None,
        None => {
            value::bare(bytes, opening.at, Stop::Connection)
                .or_else(|| value::bare(bytes, opening.at, Stop::Word))?
                .range
        }
    };
    is_plausible(&bytes[literal.clone()]).then_some((*kind, literal))
}

fn is_plausible(value: &[u8]) -> bool {
    let plain = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'_' | b'-' | b'.' | b'@' | b'+' | b'\\' | b':' | b'/' | b'='
            )
    };
    let words = [
        &b"null"[..],
        b"none",
        b"nil",
        b"true",
        b"false",
        b"undefined",
    ];
    let word = words.iter().any(|word| value.eq_ignore_ascii_case(word));
    (2..=LONGEST).contains(&value.len()) && value.iter().all(plain) && !word
}

/// `scheme://user:value@host`.
fn in_url(bytes: &[u8], candidate: &Candidate) -> Vec<(KindId, Range<usize>)> {
    let user = candidate.name.end
        ..candidate
            .value
            .start
            .saturating_sub(1)
            .max(candidate.name.end);
    let start = candidate.value.end + 1;
    let ends = |byte: &u8| {
        matches!(
            byte,
            0..=b' ' | b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' | b',' | b')'
        )
    };
    let room = bytes.len().min(start + AFTER);
    let host = (start < room).then(|| {
        let length = bytes[start..room]
            .iter()
            .position(ends)
            .unwrap_or(room - start);
        start..start + length
    });
    let mut parts = vec![(USER, user)];
    parts.extend(host.map(|host| (HOST, host)));
    parts.retain(|(_, part)| !part.is_empty() && at(bytes, part.start) != b'$');
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, keyword: &str) -> Vec<(KindId, String)> {
        let hit = text.find(keyword).unwrap();
        let hit = hit..hit + keyword.len();
        let candidate = super::super::extract(text.as_bytes(), hit.clone()).unwrap();
        let mut found: Vec<_> = beside(text.as_bytes(), &hit, &candidate)
            .into_iter()
            .map(|(kind, range)| (kind, text[range].to_owned()))
            .collect();
        found.sort();
        found
    }

    #[test]
    fn user_and_host_belong_to_the_password() {
        let both = [(HOST, "db.corp".to_owned()), (USER, "app".to_owned())];
        for text in [
            "DB_HOST=db.corp\nDB_USER=app\nDB_PASSWORD=q7Zt0bKx92Lm\n",
            "db:\n  password: q7Zt0bKx92Lm\n  username: app\n  hostname: db.corp\n",
            "connect(host=\"db.corp\", user=\"app\", password=\"q7Zt0bKx92Lm\")",
            "{\"user\": \"app\", \"password\": \"q7Zt0bKx92Lm\", \"host\": \"db.corp\"}",
            "Server=db.corp;User Id=app;Password=q7Zt0bKx92Lm;",
        ] {
            let keyword = if text.contains("pass") {
                "pass"
            } else if text.contains("PASS") {
                "PASS"
            } else {
                "Pass"
            };
            let found = parts(text, keyword);
            assert!(found.contains(&both[0]), "{text}: {found:?}");
            if !text.contains("User Id") {
                assert!(found.contains(&both[1]), "{text}: {found:?}");
            }
        }
        let found = parts("postgres://app:q7Zt0bKx92Lm@db.corp/x", "://");
        assert_eq!(found, both);
    }

    #[test]
    fn what_is_computed_is_no_part() {
        assert_eq!(
            parts("user = get_user()\npassword = \"q7Zt0bKx92Lm\"\n", "pass"),
            []
        );
        assert_eq!(
            parts("password = \"q7Zt0bKx92Lm\"\nuser = None\n", "pass"),
            []
        );
    }
}
