//! Placeholders and documented dummies: values that have the form of a secret
//! and are none. The words are data (`patterns/words/dummies.txt`); the
//! shapes (runs, sequences, templates) are here.

use std::sync::LazyLock;

static WORDS: LazyLock<aho_corasick::AhoCorasick> = LazyLock::new(|| {
    let words = include_str!("../../../patterns/words/dummies.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words)
        .expect("a short list of words always builds")
});

/// Longer values hold a word of five letters by chance, and are blocks that nobody types as a dummy.
const LONGEST_WITH_WORDS: usize = 200;

/// True when the value is a template, a run, a sequence or holds a placeholder word.
pub fn is_placeholder(value: &[u8]) -> bool {
    if value.len() > LONGEST_WITH_WORDS {
        return false;
    }
    value.is_empty() || is_template(value) || has_long_run(value) || WORDS.is_match(value)
}

/// Something another program fills in: `${X}`, `{{ x }}`, `<token>`, `%(x)s`, `$X`.
fn is_template(value: &[u8]) -> bool {
    const ALWAYS: [&[u8]; 2] = [b"${", b"{{"];
    const CLOSED: [(&[u8], u8); 4] = [(b"%(", b')'), (b"<%", b'%'), (b"#{", b'}'), (b"$(", b')')];
    let holds = |open: &&[u8]| memchr::memmem::find(value, open).is_some();
    let opens = |(open, close): &(&[u8], u8)| {
        memchr::memmem::find(value, open).is_some_and(|at| is_filled_in(value, at + 2, *close))
    };
    let angle = value.first() == Some(&b'<') && value.last() == Some(&b'>');
    let percent = value.len() > 2 && value.first() == Some(&b'%') && value.last() == Some(&b'%');
    angle || percent || ALWAYS.iter().any(holds) || CLOSED.iter().any(opens)
}

/// True when what opens before `start` holds a name; in a long value two such marks may meet by chance.
fn is_filled_in(value: &[u8], start: usize, close: u8) -> bool {
    const LONG: usize = 40;
    let named = |b: &&u8| b.is_ascii_alphanumeric() || b"_.- |".contains(b);
    let name = value[start..].iter().take_while(named).count();
    value.len() < LONG || value.get(start + name) == Some(&close)
}

/// A run of six equal bytes, eight consecutive ones, or mostly the same byte: no generator of
/// tokens makes one in a million years of a token's length, every writer of examples does.
fn has_long_run(value: &[u8]) -> bool {
    const EQUAL: usize = 6;
    const RISING: usize = 8;
    let (mut equal, mut rising, mut falling) = (1, 1, 1);
    for pair in value.windows(2) {
        equal = if pair[0] == pair[1] { equal + 1 } else { 1 };
        rising = if follows(pair[0], pair[1]) {
            rising + 1
        } else {
            1
        };
        falling = if follows(pair[1], pair[0]) {
            falling + 1
        } else {
            1
        };
        if equal >= EQUAL || rising >= RISING || falling >= RISING {
            return true;
        }
    }
    is_mostly_one_byte(value)
}

/// `b` comes right after `a` in the alphabet or among the digits, hexadecimal order included.
fn follows(a: u8, b: u8) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    match (a, b) {
        (b'9', b'0' | b'a') => true,
        (b'f', b'0') | (b'z', b'a') => true,
        _ => b == a.wrapping_add(1) && a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric(),
    }
}

fn is_mostly_one_byte(value: &[u8]) -> bool {
    let mut counts = [0usize; 256];
    for &byte in value {
        counts[usize::from(byte)] += 1;
    }
    value.len() >= 8 && counts.iter().any(|&count| count * 2 > value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_runs_sequences_and_words_are_placeholders() {
        for value in [
            "",
            "${TOKEN}",
            "{{ token }}",
            "<your-token>",
            "%(password)s",
            "%TOKEN%",
            "$(cat x)",
            "xxxxxxxxxxxx",
            "abcdefghijkl",
            "0123456789abcdef",
            "AKIAIOSFODNN7EXAMPLE",
            "changeme",
            "your_api_key_here",
            "ffffff0000",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn random_values_are_not() {
        for value in [
            "q7Zt0bKx92LmVw4R",
            "q^q2z5tx#3crczds%w4tqfxz0&xt#inoqn81*r=y!%(mm7l81s",
            "9f8a1c3e5b7d2046",
            "hunter2",
            "correct horse",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }
}
