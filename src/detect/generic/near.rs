//! Refuses most keyword hits by the few bytes around them, and says how few: what is known
//! of such a hit holds wherever these bytes are copied to. It asks only the first questions of
//! `extract`, which come before any look at a value; the others are extraction's to ask.

use super::NAME_MAX;
use super::commands;
use super::extract::is_name;
use super::extract::key_is_qualified;
use super::extract::may_end_name;
use super::extract::word_of;
use super::name::Name;
use super::special;
use super::value::at;
use std::ops::Range;

/// How many bytes before a hit and behind it were looked at; one more than there are when the
/// start or the end of the text was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Before its first byte.
    pub left: usize,
    /// Behind its last byte.
    pub right: usize,
}

/// `Some` for a hit of which [`extract`](super::extract()) makes no candidate, told by these bytes alone.
pub fn refuses(bytes: &[u8], hit: &Range<usize>) -> Option<Looked> {
    let (first, last) = (at(bytes, hit.start), at(bytes, hit.end - 1));
    if last == b'(' || hit.len() > 6 && commands::given(&bytes[hit.clone()]).is_some() {
        return None;
    }
    match (first, last) {
        (b':', _) => special::refuses_user_info(bytes, hit),
        (b'b' | b'B', b' ')
        | (b' ' | b'-', _)
        | (b'i' | b'I', b'y' | b'Y')
        | (b's' | b'S', b'g' | b'G')
        | (b'g' | b'G' | b'm' | b'M' | b'n' | b'N', _) => None,
        (b'k' | b'K', _) if !key_is_qualified(bytes, hit) => {
            let quoted =
                hit.start > 0 && at(bytes, hit.start - 1) == b'"' && at(bytes, hit.end) == b'"';
            (!quoted).then_some(Looked { left: 1, right: 1 })
        }
        _ => {
            let word = word_of(bytes, hit.clone());
            let looked = refuses_name(bytes, &word)?;
            let right = (word.end + looked.right).saturating_sub(hit.end);
            Some(Looked { right, ..looked })
        }
    }
}

/// `Some` for a hit in what is no name, or none of a secret.
pub fn refuses_name(bytes: &[u8], hit: &Range<usize>) -> Option<Looked> {
    let mut end = hit.end;
    while is_name(at(bytes, end)) {
        end += 1;
        if end - hit.start > NAME_MAX {
            let right = end - hit.end;
            return Some(Looked { left: 0, right });
        }
    }
    let right = end + 1 - hit.end;
    if !may_end_name(at(bytes, end)) {
        return Some(Looked { left: 0, right });
    }
    let mut start = hit.start;
    while start > 0 && is_name(at(bytes, start - 1)) {
        start -= 1;
        if end - start > NAME_MAX {
            let left = hit.start - start;
            return Some(Looked { left, right });
        }
    }
    while end > hit.end && matches!(at(bytes, end - 1), b'-' | b'.') {
        end -= 1;
    }
    let left = hit.start - start + 1;
    (!Name::of(&bytes[start..end]).may_be_asked()).then_some(Looked { left, right })
}

#[cfg(test)]
mod tests {
    use super::super::KEYWORDS;
    use super::super::extract;
    use super::super::restate;
    use super::*;
    use proptest::prelude::*;

    fn hits(text: &[u8]) -> Vec<Range<usize>> {
        let folded = text.to_ascii_lowercase();
        let of = |word: &&str| {
            let places = memchr::memmem::find_iter(&folded, word.as_bytes());
            places
                .map(|at| at..at + word.len())
                .collect::<Vec<Range<usize>>>()
        };
        KEYWORDS.iter().flat_map(of).collect()
    }

    fn word() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "password",
            "pass",
            "api_key",
            "key",
            "keys",
            "my-token",
            "secret",
            "auth",
            "login",
            "bearer ",
            "basic ",
            "://",
            "https://",
            "user",
            " -u ",
            "--user",
            " -p",
            "value",
            "variable ",
            "name",
            "=",
            ":",
            " = ",
            ": ",
            "\"",
            "'",
            "\\\"",
            " ",
            "\n",
            "\t",
            ",",
            ";",
            "(",
            ")",
            "[",
            "]",
            "[12]",
            "?",
            "!",
            "*",
            "<",
            ">",
            "->",
            "=>",
            "is ",
            "or ",
            "string",
            "x7Fq0bKx92Lm",
            "abc.",
            "-",
            ".",
            "@host",
            "/",
            "`",
            "{",
            "}",
            "|",
            "a",
            "0",
        ]);
        let filler = prop_oneof![
            1 => (" ", 20..45usize).prop_map(|(blank, count)| blank.repeat(count)),
            1 => (prop::sample::select(vec!["a", "_", "."]), 30..90usize).prop_map(|(b, n)| b.repeat(n)),
        ];
        prop_oneof![12 => words.prop_map(str::to_owned), 1 => filler]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 6000, ..ProptestConfig::default() })]

        /// What is refused has no candidate, and whatever stands beyond the bytes that were looked at
        /// changes nothing.
        #[test]
        fn what_is_refused_is_refused_by_these_bytes(
            words in prop::collection::vec(word(), 1..14),
            before in prop::collection::vec(word(), 0..6),
            behind in prop::collection::vec(word(), 0..6),
        ) {
            let text = words.concat().into_bytes();
            for hit in hits(&text) {
                let told = [refuses(&text, &hit), refuses_name(&text, &hit)];
                if told[0].is_some() {
                    prop_assert_eq!(extract(&text, hit.clone()), None);
                }
                if told[1].is_some() {
                    prop_assert_eq!(restate(&text, hit.clone()), None);
                }
                for (which, looked) in told.into_iter().enumerate() {
                    let Some(looked) = looked else { continue };
                    let start = hit.start.saturating_sub(looked.left);
                    let end = text.len().min(hit.end + looked.right);
                    let head = before.concat().into_bytes();
                    let head = if looked.left > hit.start { Vec::new() } else { head };
                    let tail = behind.concat().into_bytes();
                    let tail = if hit.end + looked.right > text.len() { Vec::new() } else { tail };
                    let other = [&head, &text[start..end], &tail].concat();
                    let at = head.len() + hit.start - start;
                    let moved = at..at + hit.len();
                    let found = if which == 0 { extract(&other, moved) } else { restate(&other, moved) };
                    prop_assert_eq!(found, None);
                }
            }
        }
    }
}
