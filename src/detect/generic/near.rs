//! Refuses most keyword hits by the few bytes around them, and says how few: what is known
//! of such a hit holds wherever these bytes are copied to. It asks only the first questions of
//! `extract`, which come before any look at a value; the others are extraction's to ask.

use super::hit::Grammar;
use super::hit::grown;
use super::hit::word_of;
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
    match Grammar::of(bytes, hit) {
        Grammar::UserInfo => special::refuses_user_info(bytes, hit),
        Grammar::LoneKey => {
            let quoted =
                hit.start > 0 && at(bytes, hit.start - 1) == b'"' && at(bytes, hit.end) == b'"';
            (!quoted).then_some(Looked { left: 1, right: 1 })
        }
        Grammar::Name => {
            let word = word_of(bytes, hit.clone());
            let looked = refuses_name(bytes, &word)?;
            let right = (word.end + looked.right).saturating_sub(hit.end);
            Some(Looked { right, ..looked })
        }
        _ => None,
    }
}

/// `Some` for a hit in what is no name, or none of a secret.
pub fn refuses_name(bytes: &[u8], hit: &Range<usize>) -> Option<Looked> {
    match grown(bytes, hit) {
        Err(looked) => Some(looked),
        Ok((name, looked)) => (!Name::of(&bytes[name]).may_be_asked()).then_some(looked),
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract;
    use super::super::keywords;
    use super::super::restate;
    use super::*;
    use proptest::prelude::*;

    fn hits(text: &[u8]) -> Vec<Range<usize>> {
        let folded = text.to_ascii_lowercase();
        let of = |word: &str| {
            let places = memchr::memmem::find_iter(&folded, word.as_bytes());
            places
                .map(|at| at..at + word.len())
                .collect::<Vec<Range<usize>>>()
        };
        keywords().flat_map(of).collect()
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
