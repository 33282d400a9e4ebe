//! Which occurrences of a keyword are worth a look. That every match holds a
//! keyword is proven in `rules::reach`; here the same is asked of stricter
//! occurrences: those that no word runs into, and those in one spelling. Where that
//! holds, the prefilter may pass over all others, which short keywords have many of.

use super::positions::ByteSet;
use super::positions::EDGE;
use super::positions::Positions;
use super::positions::has;
use super::positions::is_word;
use std::collections::BTreeSet;

/// The most steps of a proof; a pattern that needs more gets no stricter keywords.
const STEPS: usize = 100_000;

/// Spellings of one keyword that are tried.
const SPELLINGS: usize = 4;

/// What an occurrence of a keyword must be to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// No letter, digit or `_` stands right before it.
    pub bounded: bool,
    /// It is spelt like this, if at all in one way.
    pub spelling: Option<Vec<u8>>,
}

/// The strictest conditions under which every match still holds one of the keywords, in their order.
pub fn around(pattern: &Positions, keywords: &[&str]) -> Vec<Around> {
    let entries: Vec<Vec<u32>> = keywords
        .iter()
        .map(|keyword| pattern.entries(keyword.as_bytes()))
        .collect();
    for (bounded, spelt) in [(true, true), (true, false), (false, true)] {
        let spellings: Vec<Vec<Vec<u8>>> = keywords
            .iter()
            .zip(&entries)
            .map(|(keyword, entries)| {
                let of_these = |at: &&u32| spelt && (!bounded || follows_gap(pattern, **at));
                let entries = entries.iter().filter(of_these);
                let spellings = entries.filter_map(|&at| pattern.spelling(keyword.as_bytes(), at));
                let spellings: BTreeSet<Vec<u8>> = spellings.collect();
                spellings.into_iter().collect()
            })
            .collect();
        // Where a keyword can be spelt in some ways, one of them may still be in every match.
        let most = spellings.iter().map(Vec::len).max().unwrap_or(0);
        let tries = if most > 1 { most.min(SPELLINGS) } else { 0 };
        for choice in (0..tries).map(Some).chain([None]) {
            let chosen = |of: &Vec<Vec<u8>>| match of.as_slice() {
                [only] => Some(only.clone()),
                several => several.get(choice?).cloned(),
            };
            let wanted = spellings.iter().map(chosen);
            let wanted = wanted.map(|spelling| Around { bounded, spelling });
            let wanted: Vec<Around> = wanted.collect();
            if is_needed(pattern, keywords, &wanted) == Some(true) {
                return wanted;
            }
        }
    }
    let none = Around {
        bounded: false,
        spelling: None,
    };
    vec![none; keywords.len()]
}

/// Whether a match can have a byte of no word before this position.
fn follows_gap(pattern: &Positions, at: u32) -> bool {
    let gap = |set: &ByteSet| (0..=EDGE).any(|symbol| has(set, symbol) && !is_word(symbol));
    let mut before = pattern.before[at as usize].iter();
    before.any(|&before| gap(&pattern.sets[before as usize]))
}

/// A way through the pattern so far: the next position, whether a byte of a word was read last, and
/// how far into which keywords it has come.
type Trail = (u32, bool, Vec<(u16, u16)>);

/// Whether every match holds a keyword that counts; `None` when that takes too long to tell.
fn is_needed(pattern: &Positions, keywords: &[&str], wanted: &[Around]) -> Option<bool> {
    let symbols = symbols(keywords);
    let starts = (0..pattern.sets.len() as u32).filter(|&at| pattern.first[at as usize]);
    let mut open: Vec<Trail> = starts.map(|at| (at, true, Vec::new())).collect();
    let mut seen: BTreeSet<Trail> = open.iter().cloned().collect();
    while let Some((at, in_word, partial)) = open.pop() {
        if seen.len() > STEPS {
            return None;
        }
        for &symbol in &symbols {
            if !reads(&pattern.sets[at as usize], symbol, &symbols) {
                continue;
            }
            let Some(partial) = advance(keywords, wanted, &partial, in_word, symbol) else {
                continue;
            };
            if pattern.last[at as usize] {
                return Some(false);
            }
            for &next in &pattern.after[at as usize] {
                let trail = (next, is_word(symbol), partial.clone());
                if seen.insert(trail.clone()) {
                    open.push(trail);
                }
            }
        }
    }
    Some(true)
}

/// The bytes of the keywords in either case, and [`EDGE`]; the two others that stand for all further
/// bytes of words and of none.
fn symbols(keywords: &[&str]) -> Vec<u16> {
    let bytes = keywords.iter().flat_map(|keyword| keyword.bytes());
    let both = bytes.flat_map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]);
    let mut symbols: BTreeSet<u16> = both.map(u16::from).collect();
    let other = |word: bool| (0..=EDGE).find(|s| is_word(*s) == word && !symbols.contains(s));
    let others = [other(true), other(false)];
    symbols.extend(others.into_iter().flatten());
    symbols.into_iter().collect()
}

/// Whether a set has the symbol, or one of those that it stands for.
fn reads(set: &ByteSet, symbol: u16, symbols: &[u16]) -> bool {
    let stands_for = |other: u16| {
        other == symbol || (!symbols.contains(&other) && is_word(other) == is_word(symbol))
    };
    has(set, symbol) || (0..=EDGE).any(|other| has(set, other) && stands_for(other))
}

/// How far into which keywords one more symbol leads; `None` when one that counts is complete.
fn advance(
    keywords: &[&str],
    wanted: &[Around],
    partial: &[(u16, u16)],
    in_word: bool,
    symbol: u16,
) -> Option<Vec<(u16, u16)>> {
    let mut next = Vec::new();
    for (number, (keyword, wanted)) in (0u16..).zip(keywords.iter().zip(wanted)) {
        let keyword = keyword.as_bytes();
        let begun = partial.iter().filter(|(of, _)| *of == number);
        let fresh = (!in_word || !wanted.bounded).then_some(0);
        for read in begun.map(|&(_, read)| read).chain(fresh) {
            let at = usize::from(read);
            let same = match &wanted.spelling {
                Some(spelling) => symbol == u16::from(spelling[at]),
                None => u8::try_from(symbol).is_ok_and(|b| b.eq_ignore_ascii_case(&keyword[at])),
            };
            if same && at + 1 == keyword.len() {
                return None;
            }
            if same {
                next.push((number, read + 1));
            }
        }
    }
    next.sort_unstable();
    next.dedup();
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::reach;
    use proptest::prelude::*;

    fn told(pattern: &str, keywords: &[&str]) -> Vec<(bool, Option<String>)> {
        let positions = Positions::new(&reach::parse(pattern).unwrap()).unwrap();
        around(&positions, keywords)
            .into_iter()
            .map(|one| {
                let text = |bytes| String::from_utf8(bytes).unwrap();
                (one.bounded, one.spelling.map(text))
            })
            .collect()
    }

    #[test]
    fn what_stands_before_a_keyword_and_how_it_is_spelt() {
        let only = |text: &str| Some(text.to_owned());
        assert_eq!(told(r"\bsk_[0-9a-f]{40}", &["sk_"]), [(true, only("sk_"))]);
        assert_eq!(
            told(r"\bpat[0-9A-Za-z]{14}\.", &["pat"]),
            [(true, only("pat"))]
        );
        assert_eq!(
            told(r"(?:^|[^\w-])eyJ[\w-]{20}", &["eyj"]),
            [(true, only("eyJ"))]
        );
        assert_eq!(told("(?i:key)=[0-9]{4}", &["key"]), [(false, None)]);
        assert_eq!(told(r"\b(?i:key)=[0-9]{4}", &["key"]), [(true, None)]);
        assert_eq!(
            told("[0-9.]{3}7Q~[0-9]{4}", &["7q~"]),
            [(false, only("7Q~"))]
        );
        assert_eq!(told("=(?:Key|kEY)", &["key"]), [(true, None)]);
        assert_eq!(
            told("[a-z]{3}[^A]AAAA[0-9]", &["aaaa"]),
            [(false, only("AAAA"))]
        );
        let two = told(
            r"\b(?:ext|scauth|sc)_[0-9a-z]{5}\.[\w-]{9}",
            &["ext_", "sc_", "scauth_"],
        );
        assert_eq!(
            two,
            [
                (true, only("ext_")),
                (true, only("sc_")),
                (true, only("scauth_"))
            ]
        );
        assert_eq!(told(r"\bab|xab", &["ab"]), [(false, only("ab"))]);
    }

    fn pattern() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "a",
            "b",
            "A",
            "ab",
            "ba",
            "[ab]",
            "[aA]",
            ".",
            "(?i:a)",
            "(?i:ab)",
            "-",
            r"\b",
            "^",
            r"(?:^|\W)",
            r"\w",
        ]);
        leaf.prop_map(str::to_owned)
            .prop_recursive(3, 8, 4, |inner| {
                prop_oneof![
                    prop::collection::vec(inner.clone(), 1..5).prop_map(|parts| parts.concat()),
                    prop::collection::vec(inner.clone(), 2..4)
                        .prop_map(|arms| format!("(?:{})", arms.join("|"))),
                    (inner, 0..3u32, 0..4u32)
                        .prop_map(|(sub, min, more)| format!("(?:{sub}){{{min},{}}}", min + more)),
                ]
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 6000, ..ProptestConfig::default() })]

        /// Each match, wherever it begins, holds a keyword that counts, or no keyword at all.
        #[test]
        fn every_match_keeps_a_keyword(
            pattern in pattern(),
            keywords in prop::sample::subsequence(vec!["a", "ab", "ba", "b-", "aab"], 1..3),
            text in "[abABx -]{0,12}",
        ) {
            let Some(positions) = Positions::new(&reach::parse(&pattern).unwrap()) else {
                return Ok(());
            };
            if reach::prove(&reach::parse(&pattern).unwrap(), &keywords).is_err() {
                return Ok(());
            }
            let wanted = around(&positions, &keywords);
            let regex = regex::bytes::RegexBuilder::new(&pattern).unicode(false).build().unwrap();
            for found in (0..=text.len()).filter_map(|at| regex.find_at(text.as_bytes(), at)) {
                let counts = |at: usize, (keyword, wanted): (&&str, &Around)| {
                    let here = &text[at..found.end()];
                    let before = at.checked_sub(1).map_or(b' ', |at| text.as_bytes()[at]);
                    here.to_ascii_lowercase().starts_with(*keyword)
                        && wanted.spelling.as_ref().is_none_or(|s| here.as_bytes().starts_with(s))
                        && !(wanted.bounded && is_word(u16::from(before)))
                };
                let mut places = found.start()..found.end();
                prop_assert!(
                    places.any(|at| keywords.iter().zip(&wanted).any(|one| counts(at, one))),
                    "{found:?} {wanted:?}"
                );
            }
        }
    }
}
