//! What can be said of a string by its letters: how much of it is words, how
//! likely its letter pairs are in code and prose, whether people use it as a
//! password, whether it asks to be replaced. The data lie under `patterns/`;
//! `tests/training/make_lexicon.py` makes them from sources that are ours to use.

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use std::sync::LazyLock;

/// Letters looked at, at most; longer values are not words.
const TEXT_MAX: usize = 64;
/// The longest word of the list.
const WORD_MAX: usize = 14;
/// Slots of the word table, a power of two well above the number of words.
const SLOTS: usize = 1 << 14;

static WORDS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut table = vec![0u32; SLOTS];
    for word in include_str!("../../../patterns/words/english-and-code.txt").lines() {
        let hash = hash(word.as_bytes());
        let mut slot = hash as usize % SLOTS;
        while table[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = hash;
    }
    table
});

static PASSWORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("../../../patterns/words/common-passwords.txt")
        .lines()
        .collect()
});

static PLACEHOLDERS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = include_str!("../../../patterns/words/placeholders.txt").lines();
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build(words.filter(|word| !word.starts_with('#')))
        .ok()
});

static PAIRS: LazyLock<Vec<i8>> = LazyLock::new(|| {
    let rows = include_str!("../../../patterns/models/letter-pairs.tsv").lines();
    rows.filter(|row| !row.starts_with('#'))
        .flat_map(|row| row.split('\t'))
        .filter_map(|cell| cell.parse().ok())
        .collect()
});

const SEED: u32 = 0x811c_9dc5;

/// One step of FNV-1a; never 0 after it, as 0 marks an empty slot.
const fn step(hash: u32, byte: u8) -> u32 {
    let next = (hash ^ byte as u32).wrapping_mul(0x0100_0193);
    if next == 0 { 1 } else { next }
}

/// FNV-1a of a word in small letters.
pub(super) fn hash(word: &[u8]) -> u32 {
    word.iter().fold(SEED, |hash, byte| step(hash, *byte))
}

fn is_word(hash: u32) -> bool {
    let mut slot = hash as usize % SLOTS;
    loop {
        match WORDS[slot] {
            0 => return false,
            found if found == hash => return true,
            _ => slot = (slot + 1) % SLOTS,
        }
    }
}

/// How much of a text is words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cover {
    /// Letters looked at.
    pub(super) letters: usize,
    /// Letters that words of the list cover, at best.
    pub(super) covered: usize,
}

/// The best cover of the letters of `text` by words that do not overlap.
pub(super) fn cover(text: &[u8]) -> Cover {
    let text = &text[..text.len().min(TEXT_MAX)];
    let mut best = [0u8; TEXT_MAX + 1];
    let mut letters = 0;
    for start in 0..text.len() {
        best[start + 1] = best[start + 1].max(best[start]);
        if !text[start].is_ascii_alphabetic() {
            continue;
        }
        letters += 1;
        let mut hash = SEED;
        for (length, byte) in text[start..].iter().take(WORD_MAX).enumerate() {
            if !byte.is_ascii_alphabetic() {
                break;
            }
            hash = step(hash, byte.to_ascii_lowercase());
            let end = start + length + 1;
            if length >= 2 && is_word(hash) {
                best[end] = best[end].max(best[start] + (length + 1) as u8);
            }
        }
    }
    Cover {
        letters,
        covered: usize::from(best[text.len()]),
    }
}

/// The mean of eight times log2 of the probability of each letter pair; lower is stranger.
pub(super) fn pair_mean(text: &[u8]) -> i32 {
    let text = &text[..text.len().min(TEXT_MAX)];
    let (mut sum, mut last) = (0i32, 29usize);
    for byte in text {
        let state = match byte {
            b'a'..=b'z' => usize::from(byte - b'a'),
            b'A'..=b'Z' => usize::from(byte - b'A'),
            b'0'..=b'9' => 26,
            b'_' | b'-' | b'.' | b' ' => 27,
            _ => 28,
        };
        sum += i32::from(PAIRS.get(last * 30 + state).copied().unwrap_or(0));
        last = state;
    }
    sum / text.len().max(1) as i32
}

/// True for one of the passwords that are tried first.
pub(super) fn is_common_password(text: &[u8]) -> bool {
    let mut folded = [0u8; 32];
    let Some(folded) = folded.get_mut(..text.len()) else {
        return false;
    };
    folded.copy_from_slice(text);
    folded.make_ascii_lowercase();
    PASSWORDS
        .binary_search_by(|p| p.as_bytes().cmp(folded))
        .is_ok()
}

/// True when the letters of `text` hold a word that asks to be replaced.
pub(super) fn is_placeholder(text: &[u8]) -> bool {
    let mut folded = [0u8; TEXT_MAX];
    let mut length = 0;
    for byte in text
        .iter()
        .filter(|b| b.is_ascii_alphabetic())
        .take(TEXT_MAX)
    {
        folded[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    PLACEHOLDERS
        .as_ref()
        .is_some_and(|words| words.is_match(&folded[..length]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_whole() {
        assert!(PASSWORDS.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(PAIRS.len(), 900);
        assert!(PLACEHOLDERS.is_some());
    }

    #[test]
    fn words_are_covered_and_noise_is_not() {
        let words = cover(b"sunshineDragon99");
        assert_eq!((words.letters, words.covered), (14, 14));
        assert!(cover(b"xq7Zk2vPwj9").covered < 4);
        assert!(pair_mean(b"password reset") > pair_mean(b"xq7Zk2vPwj9"));
    }

    #[test]
    fn known_words_are_known() {
        assert!(is_common_password(b"Password1")); // bowerbird:allow a made-up sample
        assert!(is_placeholder(b"<your-password>"));
        assert!(!is_placeholder(b"Tr0ub4dor"));
    }
}
