//! The one place that turns a line of the scanned repository into text that may
//! be shown: everything secret in it is masked, and so is everything else that
//! could be a secret we have no rule for.

use crate::bytes::escape;
use std::ops::Range;

/// Bytes shown on each side of the first secret.
const AROUND: usize = 60;

/// What stands in place of a secret.
pub const MASK: &str = "[redacted]";

/// A run without spaces longer than this is masked as well when it holds a digit.
const LONGEST_WORD: usize = 20;

/// The text around the secrets of one line, masked, escaped and cut.
///
/// `secrets` are spans of `line`, in any order; they may reach beyond it.
pub fn excerpt(line: &[u8], secrets: &[Range<usize>]) -> String {
    let mut spans: Vec<Range<usize>> = secrets
        .iter()
        .map(|span| span.start.min(line.len())..span.end.min(line.len()))
        .filter(|span| !span.is_empty())
        .collect();
    spans.sort_by_key(|span| (span.start, span.end));
    let Some(first) = spans.first().cloned() else {
        return String::new();
    };
    let from = first.start.saturating_sub(AROUND);
    let to = (first.end + AROUND).min(line.len());
    let mut shown = String::new();
    let mut at = from;
    for span in spans {
        if span.start >= to {
            break;
        }
        if span.start >= at {
            shown.push_str(&plain(&line[at..span.start]));
            shown.push_str(MASK);
        }
        at = at.max(span.end);
    }
    if at < to {
        shown.push_str(&plain(&line[at..to]));
    }
    shown.trim().to_owned()
}

/// The text of one line around `at`, for a fault: what is secret in it is masked as in
/// [`excerpt`], and so is everything that looks like a value.
pub fn quote(line: &[u8], at: Range<usize>, secrets: &[Range<usize>]) -> String {
    let from = at.start.min(line.len()).saturating_sub(AROUND);
    let to = at.end.saturating_add(AROUND).min(line.len()).max(from);
    let mut spans: Vec<Range<usize>> = secrets.to_vec();
    spans.sort_by_key(|span| (span.start, span.end));
    let mut shown = String::new();
    let mut next = from;
    for span in spans.iter().filter(|s| s.start < to && s.end > from) {
        if span.start >= next {
            shown.push_str(&plain(&line[next..span.start]));
            shown.push_str(MASK);
        } else if next == from && span.start < from {
            shown.push_str(MASK);
        }
        next = next.max(span.end).min(to);
    }
    if next < to {
        shown.push_str(&plain(&line[next..to]));
    }
    shown.trim().to_owned()
}

/// Text between secrets: words as they are, anything that looks like a value masked.
fn plain(text: &[u8]) -> String {
    let mut shown = String::new();
    let is_word =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.~%".contains(byte) || *byte >= 0x80;
    for run in text.chunk_by(|a, b| is_word(a) == is_word(b)) {
        let suspicious = is_word(&run[0])
            && (run.len() > 2 * LONGEST_WORD
                || run.len() > LONGEST_WORD && run.iter().any(u8::is_ascii_digit));
        if suspicious {
            shown.push_str(MASK);
        } else {
            shown.push_str(&escape::terminal(run));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_stay_and_values_go() {
        let line = b"  password = \"hunter2hunter2\" # old: 0123456789abcdef0123456789"; // bowerbird:allow a made-up sample
        let shown = excerpt(line, std::slice::from_ref(&(14..28)));
        assert_eq!(shown, "password = \"[redacted]\" # old: [redacted]");
    }

    #[test]
    fn overlapping_secrets_are_one_mask() {
        assert_eq!(excerpt(b"k=abcdefgh;", &[2..8, 4..10]), "k=[redacted];");
        assert_eq!(excerpt(b"abc", std::slice::from_ref(&(5..9))), "");
    }

    proptest! {
        #[test]
        fn no_byte_of_a_secret_is_shown(
            before in "[a-y ]{0,80}", secret in "Z{4,40}", after in "[a-y ]{0,80}",
        ) {
            let line = format!("{before}{secret}{after}");
            let span = before.len()..before.len() + secret.len();
            prop_assert!(!excerpt(line.as_bytes(), std::slice::from_ref(&span)).contains('Z'));
            let quoted = quote(line.as_bytes(), 3..9, &[span]);
            prop_assert!(!quoted.contains('Z'));
        }
    }
}
