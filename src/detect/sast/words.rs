//! The words without which a check has nothing to look at: they are searched in
//! the bytes of a file, and decide whether it is parsed at all. A name counts
//! where a word starts; the name of a call only where arguments follow.

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use std::collections::BTreeMap;

/// Spaces between the name of a call and its arguments, at most.
const GAP_CAP: usize = 40;

/// Where a word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Anywhere.
    Part,
    /// Where no other word runs into it from the left.
    Start,
    /// As a whole word before an opening bracket.
    Call,
}

/// One way for a file to concern a check: all its words, and what the text must look like.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    words: Vec<u32>,
    near: Vec<u32>,
}

impl Way {
    /// One that needs words and nothing else.
    pub(super) fn of(words: Vec<u32>) -> Way {
        let near = Vec::new();
        Way { words, near }
    }
}

/// Words and patterns, gathered.
#[derive(Default)]
pub(super) struct Gathered {
    words: BTreeMap<(String, Form), u32>,
    near: Vec<Regex>,
}

impl Gathered {
    /// The number of a word.
    pub(super) fn word(&mut self, word: &str, form: Form) -> u32 {
        let next = self.words.len() as u32;
        *self.words.entry((word.to_owned(), form)).or_insert(next)
    }

    /// Makes the ways narrower: each also needs one of the keywords, and the patterns.
    pub(super) fn narrow(
        &mut self,
        ways: Vec<Way>,
        keywords: &[String],
        near: &[String],
    ) -> Result<Vec<Way>, String> {
        let first = self.near.len() as u32;
        for pattern in near {
            // Bytes, so that it stays an automaton in text of any language.
            let regex = RegexBuilder::new(pattern).unicode(false).build();
            let regex = regex.map_err(|_| format!("`{pattern}` is no pattern"))?;
            self.near.push(regex);
        }
        let patterns = first..self.near.len() as u32;
        let keywords: Vec<u32> = keywords
            .iter()
            .map(|word| self.word(word, Form::Part))
            .collect();
        let mut narrow = Vec::new();
        for mut way in ways {
            way.near.extend(patterns.clone());
            if keywords.is_empty() {
                narrow.push(way);
                continue;
            }
            for keyword in &keywords {
                let mut one = way.clone();
                one.words.push(*keyword);
                narrow.push(one);
            }
        }
        Ok(narrow)
    }

    /// Ready to be searched.
    pub(super) fn finish(self) -> Result<Searcher, String> {
        let mut words = vec![(String::new(), Form::Part); self.words.len()];
        for (word, number) in self.words {
            words[number as usize] = word;
        }
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .build(words.iter().map(|(word, _)| word))
            .map_err(|error| error.to_string())?;
        Ok(Searcher {
            automaton,
            forms: words.into_iter().map(|(_, form)| form).collect(),
            near: self.near,
        })
    }
}

/// All words of one language's checks.
pub(super) struct Searcher {
    automaton: AhoCorasick,
    forms: Vec<Form>,
    near: Vec<Regex>,
}

/// What of them a text holds.
pub(super) struct Seen<'s> {
    searcher: &'s Searcher,
    text: &'s [u8],
    words: Vec<bool>,
    near: Vec<Option<bool>>,
}

impl Searcher {
    pub(super) fn search<'s>(&'s self, text: &'s [u8]) -> Seen<'s> {
        let mut words = vec![false; self.forms.len()];
        for hit in self.automaton.find_overlapping_iter(text) {
            let word = hit.pattern().as_usize();
            if !words[word] {
                words[word] = counts(self.forms[word], text, hit.start(), hit.end());
            }
        }
        Seen {
            searcher: self,
            text,
            words,
            near: vec![None; self.near.len()],
        }
    }
}

impl Seen<'_> {
    /// True when the text has all words of a way, and its pattern.
    pub(super) fn holds(&mut self, way: &Way) -> bool {
        let has_words = way.words.iter().all(|word| self.words[*word as usize]);
        has_words && way.near.iter().all(|near| self.is_near(*near as usize))
    }

    fn is_near(&mut self, near: usize) -> bool {
        let (regex, text) = (&self.searcher.near[near], self.text);
        *self.near[near].get_or_insert_with(|| regex.is_match(text))
    }
}

fn counts(form: Form, text: &[u8], start: usize, end: usize) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_clear = start == 0 || !is_word(text[start - 1]) || !is_word(text[start]);
    match form {
        Form::Part => true,
        Form::Start => is_clear,
        Form::Call => {
            let mut after = text[end..].iter().take(GAP_CAP);
            let next = after.find(|byte| !byte.is_ascii_whitespace());
            is_clear && matches!(next, Some(b'(' | b'<' | b'`' | b'?') | None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_by_its_form() {
        let mut gathered = Gathered::default();
        let part = gathered.word("free", Form::Part);
        let start = gathered.word("free", Form::Start);
        let call = gathered.word("free", Form::Call);
        let searcher = gathered.finish().unwrap();
        let seen = |text: &str| {
            let seen = searcher.search(text.as_bytes());
            [part, start, call].map(|word| seen.words[word as usize])
        };
        assert_eq!(seen("kfree(x)"), [true, false, false]);
        assert_eq!(seen("free software"), [true, true, false]);
        assert_eq!(seen("free_irq(x)"), [true, true, false]);
        assert_eq!(seen("a = free (x)"), [true, true, true]);
    }

    #[test]
    fn a_pattern_is_asked_only_where_the_words_are() {
        let mut gathered = Gathered::default();
        let word = gathered.word("copy", Form::Call);
        let way = Way::of(vec![word]);
        let ways = gathered
            .narrow(vec![way], &["char".to_owned()], &[r"copy\(\w+,".to_owned()])
            .unwrap();
        let searcher = gathered.finish().unwrap();
        let holds = |text: &str| searcher.search(text.as_bytes()).holds(&ways[0]);
        assert!(holds("char a; copy(a, b)"));
        assert!(!holds("copy(a, b)") && !holds("char a; copy(*a, b)"));
    }
}
