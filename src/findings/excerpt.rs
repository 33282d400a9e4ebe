//! The one place that turns a line of the scanned repository into text that may
//! be shown. It shows the skeleton of the line up to its first secret: words that
//! languages and configuration files are made of, and punctuation. Whatever else
//! stands there could be a secret that no rule knows, so it is left out, and so
//! is everything behind the secret. Names of files are masked elsewhere.

use crate::model::secret::REDACTION_TOKEN;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

/// Characters shown before the secret.
const BEFORE: usize = 60;

/// Punctuation shown behind it.
const BEHIND: usize = 4;

/// What stands in place of what is not shown and is not known to be a secret.
pub const HIDDEN: char = '…';

/// The words that may be shown, in small letters.
static SHOWN: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../patterns/words/shown.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect()
});

/// What joins words to longer ones.
const JOINS: [char; 17] = [
    '_', '-', '.', '/', '\\', '$', '@', '#', '%', '&', '!', '*', '+', '?', '|', '~', '^',
];

/// The longest word that may be shown.
const LONGEST: usize = 24;

/// The line around its secrets, masked and cut; empty when none of them is on it.
///
/// `secrets` are spans of `line`, in any order; they may reach beyond it.
pub fn excerpt(line: &[u8], secrets: &[Range<usize>]) -> String {
    let spans = secrets
        .iter()
        .map(|span| span.start.min(line.len())..span.end.min(line.len()))
        .filter(|span| !span.is_empty());
    let mut spans: Vec<Range<usize>> = spans.collect();
    spans.sort_by_key(|span| (span.start, span.end));
    let Some(first) = spans.first() else {
        return String::new();
    };
    let start = first.start;
    let joined = |end, span: &Range<usize>| {
        if span.start <= end {
            end.max(span.end)
        } else {
            end
        }
    };
    let end = spans.iter().fold(first.end, joined);
    let mut shown = before(&line[..start]);
    shown.push_str(REDACTION_TOKEN);
    shown.push_str(&behind(&line[end..]));
    shown
}

/// The text of one line around `at`, for a fault: code is shown as it is, what is secret in it is
/// masked as in [`excerpt`], and so is every value that could be a secret: what mixes letters and
/// digits, and any value on a line that speaks of passwords, keys and the like.
pub fn quote(line: &[u8], at: Range<usize>, secrets: &[Range<usize>]) -> String {
    let from = at.start.min(line.len()).saturating_sub(BEFORE);
    let to = at.end.saturating_add(BEFORE).min(line.len());
    let runs: Vec<&[u8]> = line.chunk_by(|a, b| together(*a, *b)).collect();
    let mut pieces: Vec<String> = Vec::new();
    let (mut start, mut quoted, mut delicate) = (0, None, false);
    for (number, run) in runs.iter().enumerate() {
        let span = start..start + run.len();
        start = span.end;
        delicate |= is_delicate(run);
        if b"\"'`".contains(&run[0]) {
            quoted = if quoted == Some(run[0]) {
                None
            } else {
                quoted.or(Some(run[0]))
            };
        }
        if span.start >= to || span.end <= from {
            continue;
        }
        let is_secret = secrets
            .iter()
            .any(|it| it.start < span.end && span.start < it.end);
        let is_value = quoted.is_some() || is_assigned(&runs, number);
        let piece = match kind(run[0]) {
            _ if is_secret => REDACTION_TOKEN.to_owned(),
            Kind::Space => " ".to_owned(),
            Kind::Mark => char::from(run[0]).to_string(),
            Kind::Word if is_harmless(run) && !(is_value && delicate) => {
                String::from_utf8_lossy(run).into_owned()
            }
            Kind::Word => HIDDEN.to_string(),
        };
        let again = is_secret && pieces.last() == Some(&piece);
        if !again {
            pieces.push(piece);
        }
    }
    pieces.concat().trim().to_owned()
}

/// Speaks of something that is kept secret, so that a value beside it could be that.
fn is_delicate(run: &[u8]) -> bool {
    let folded = run.to_ascii_lowercase();
    let words: [&[u8]; 9] = [
        b"pass", b"pwd", b"secret", b"token", b"key", b"cred", b"auth", b"salt", b"private",
    ];
    words
        .iter()
        .any(|word| memchr::memmem::find(&folded, word).is_some())
}

/// Made of words and short numbers, as code and addresses are.
fn is_harmless(run: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(run) else {
        return false;
    };
    let is_part = |part: &str| {
        let is_number = part.len() <= 5 && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_name = part.len() <= LONGEST && part.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_number || is_name || is_shown(part)
    };
    is_plain(run) || text.len() <= 3 * LONGEST && text.split(JOINS).all(is_part)
}

/// Stands behind `=` or `:`.
fn is_assigned(runs: &[&[u8]], at: usize) -> bool {
    let counts = |run: &&&[u8]| kind(run[0]) != Kind::Space && !b"\"'`".contains(&run[0]);
    let before = runs[..at].iter().rev().find(counts);
    before.is_some_and(|run| matches!(run[0], b'=' | b':'))
}

/// A justification that somebody wrote beside a secret, without what could be one: what mixes
/// letters and digits as no word does, or is longer than a word.
pub fn prose(text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || "+_%~$#@!^&*=".contains(c);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside = is_word(first);
        let end = rest.find(|c| is_word(c) != inside).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if inside && is_doubtful(run) {
            shown.push(HIDDEN);
        } else {
            shown.push_str(run);
        }
        rest = after;
    }
    shown
}

/// An error message about a file of the user's, with what it quotes of it made harmless: names
/// stay, values that could be a secret do not.
pub fn quoted(message: &str) -> String {
    let parts = message.split('`').enumerate();
    let shown = parts.map(|(at, part)| {
        if at % 2 == 1 {
            prose(part)
        } else {
            part.to_owned()
        }
    });
    shown.collect::<Vec<String>>().join("`")
}

fn is_doubtful(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let others = run.chars().count() - digits;
    others + digits > LONGEST || digits > 0 && others > 0 && run.len() >= 6 || digits >= 12
}

/// Punctuation that ends what was begun, and a sign that there was more.
fn behind(rest: &[u8]) -> String {
    let closing = |byte: &&u8| b"\"'`)]};,>".contains(byte);
    let mut shown: String = rest
        .iter()
        .take(BEHIND)
        .take_while(closing)
        .map(|byte| char::from(*byte))
        .collect();
    if !rest[shown.len()..].trim_ascii().is_empty() {
        shown.push(' ');
        shown.push(HIDDEN);
    }
    shown
}

/// The skeleton of what stands before the first secret.
fn before(text: &[u8]) -> String {
    let runs: Vec<&[u8]> = text.chunk_by(|a, b| together(*a, *b)).collect();
    let mut pieces: Vec<String> = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        let piece = match kind(run[0]) {
            Kind::Space => " ".to_owned(),
            Kind::Mark => char::from(run[0]).to_string(),
            Kind::Word if is_plain(run) && !is_value(&runs, at) => {
                String::from_utf8_lossy(run).into_owned()
            }
            Kind::Word => HIDDEN.to_string(),
        };
        if piece.starts_with(HIDDEN) && ends_hidden(&pieces) {
            // What is left out twice in a row is left out once, with the space between.
            pieces.pop_if(|last| last == " ");
        } else {
            pieces.push(piece);
        }
    }
    cut(&pieces)
}

/// Nothing was shown since the last piece that was left out.
fn ends_hidden(pieces: &[String]) -> bool {
    let last = pieces.iter().rev().find(|piece| *piece != " ");
    last.is_some_and(|piece| piece.starts_with(HIDDEN))
}

/// The last pieces, as many as fit.
fn cut(pieces: &[String]) -> String {
    let mut room = BEFORE;
    let kept = pieces.iter().rev().take_while(|piece| {
        let len = piece.chars().count();
        let fits = len <= room;
        room = room.saturating_sub(len);
        fits
    });
    let kept = kept.count();
    let shown = pieces[pieces.len() - kept..].concat();
    let shown = shown.trim_start();
    if kept < pieces.len() && !shown.starts_with(HIDDEN) {
        format!("{HIDDEN} {shown}")
    } else {
        shown.to_owned()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    /// Punctuation between words; each by itself.
    Mark,
    Word,
}

const fn kind(byte: u8) -> Kind {
    match byte {
        b' ' | b'\t' => Kind::Space,
        b'"' | b'\'' | b'`' | b'=' | b':' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<'
        | b'>' | b',' | b';' => Kind::Mark,
        _ => Kind::Word,
    }
}

fn together(a: u8, b: u8) -> bool {
    kind(a) == kind(b) && kind(a) != Kind::Mark
}

/// Assigned, and not the name of something further on: `x` in `a = x, b =`.
fn is_value(runs: &[&[u8]], at: usize) -> bool {
    let counts = |run: &&&[u8]| kind(run[0]) != Kind::Space && !b"\"'`".contains(&run[0]);
    let after = runs[at + 1..].iter().find(counts);
    let ends = after.is_some_and(|run| kind(run[0]) == Kind::Mark && !b"=:([{<".contains(&run[0]));
    is_assigned(runs, at) && ends
}

/// Made of words that may be shown, whatever joins them.
fn is_plain(run: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(run) else {
        return false;
    };
    text.len() <= 2 * LONGEST
        && text
            .split(JOINS)
            .filter(|part| !part.is_empty())
            .all(|part| is_shown(part) || humps(part).iter().all(|hump| is_shown(hump)))
}

fn is_shown(word: &str) -> bool {
    word.len() <= LONGEST
        && (SHOWN.contains(word) || SHOWN.contains(word.to_ascii_lowercase().as_str()))
}

/// The words of `clientSecret` and `APIKey`; text that is not ASCII stays whole.
fn humps(part: &str) -> Vec<&str> {
    if !part.is_ascii() {
        return vec![part];
    }
    let bytes = part.as_bytes();
    let begins = |at: &usize| {
        let next_is_small = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        bytes[*at].is_ascii_uppercase() && (bytes[at - 1].is_ascii_lowercase() || next_is_small)
    };
    let mut humps = Vec::new();
    let mut from = 0;
    for at in (1..part.len()).filter(begins) {
        humps.push(&part[from..at]);
        from = at;
    }
    humps.push(&part[from..]);
    humps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The line with `{…}` taken as its secret.
    fn shown(line: &str) -> String {
        let (open, close) = (line.find('⟨').unwrap(), line.find('⟩').unwrap());
        let secret = open..close - '⟨'.len_utf8();
        excerpt(line.replace(['⟨', '⟩'], "").as_bytes(), &[secret])
    }

    #[test]
    fn the_skeleton_of_a_line_is_shown() {
        for (line, expected) in [
            (
                "  password = \"⟨x⟩\" # old: swordfish",
                "password = \"[redacted]\" …",
            ),
            (
                "export AWS_SECRET_ACCESS_KEY=⟨x⟩",
                "export AWS_SECRET_ACCESS_KEY=[redacted]",
            ),
            (
                "const apiKey = new Client({clientSecret: '⟨x⟩'});",
                "const apiKey = new Client({clientSecret: '[redacted]'});",
            ),
            (
                "url: https://deploy:⟨x⟩@host/",
                "url: https://deploy:[redacted] …",
            ),
            (
                "  \"private_key\": \"⟨x⟩\",",
                "\"private_key\": \"[redacted]\",",
            ),
        ] {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn what_could_be_a_secret_is_not_shown() {
        for (line, expected) in [
            ("hunter2 ⟨x⟩", "…[redacted]"),
            ("a1b2c3d4e5f6 correct horse ⟨x⟩", "…[redacted]"),
            ("user=admin, pass=⟨x⟩", "user=…, pass=[redacted]"),
            (
                "{\"type\": \"service\", \"key\": \"⟨x⟩\"}",
                "{\"type\": \"…\", \"key\": \"[redacted]\"}",
            ),
            ("token=zqxj⟨x⟩", "token=…[redacted]"),
        ] {
            assert_eq!(shown(line).replace(" [", "["), expected, "{line}");
        }
        assert!(shown(&format!("{}⟨x⟩", "key = value ".repeat(30))).starts_with(HIDDEN));
    }

    #[test]
    fn overlapping_secrets_are_one_mask_and_later_ones_are_not_shown() {
        assert_eq!(excerpt(b"key=abcdefgh;", &[4..8, 6..12]), "key=[redacted];");
        assert_eq!(
            excerpt(b"key=abcd id=efgh", &[4..8, 12..16]),
            "key=[redacted] …"
        );
        assert_eq!(excerpt(b"abc", std::slice::from_ref(&(5..9))), "");
    }

    #[test]
    fn reasons_keep_their_words_and_lose_what_could_be_a_secret() {
        let reason = "rotated in May 2024, see SEC-1234 and docs/testing.md";
        assert_eq!(prose(reason), reason);
        assert_eq!(prose("it was hunter2hunter2, gone"), "it was …, gone");
        assert_eq!(prose("p=q7Zt0bKx92"), "…");
    }

    #[test]
    fn faults_are_quoted_as_code_without_what_could_be_a_secret() {
        for (line, expected) in [
            (
                "cidr_blocks = [\"0.0.0.0/0\"]",
                "cidr_blocks = [\"0.0.0.0/0\"]",
            ),
            ("  image: nginx:latest", "image: nginx:latest"),
            (
                "requests.get(url, verify=False)",
                "requests.get(url, verify=False)",
            ),
            ("ENV DB_PASSWORD=swordfish", "ENV DB_PASSWORD=…"),
            ("password: 'correct horse'", "password: '… …'"),
            ("id: a1b2c3d4e5f6", "id: …"),
        ] {
            assert_eq!(quote(line.as_bytes(), 0..line.len(), &[]), expected);
        }
        assert_eq!(
            quote(b"ENV A=xyzzy b", 0..13, std::slice::from_ref(&(6..11))),
            "ENV A=[redacted] b"
        );
    }

    proptest! {
        #[test]
        fn no_part_of_the_line_but_known_words_is_shown(
            before in "[A-Ya-z0-9_. =\"'@/:-]{0,80}", secret in "Z{4,40}", after in "[A-Ya-z0-9 '\";]{0,80}",
        ) {
            let line = format!("{before}{secret}{after}");
            let span = before.len()..before.len() + secret.len();
            let shown = excerpt(line.as_bytes(), &[span]).replacen(REDACTION_TOKEN, "", 1);
            for word in shown.split(|c: char| !c.is_ascii_alphanumeric()) {
                prop_assert!(word.is_empty() || is_plain(word.as_bytes()), "{word} in {shown}");
            }
            let span = before.len()..before.len() + secret.len();
            let quoted = quote(line.as_bytes(), 3..9, &[span]);
            prop_assert!(!quoted.contains("ZZ"));
        }
    }
}
