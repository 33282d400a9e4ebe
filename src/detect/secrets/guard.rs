//! Refuses most keyword hits in a few nanoseconds, before any regex runs: reads on
//! from the keyword until no rule can match any more, and back from it if one can.
//!
//! All rules that want one keyword share one guard. Where a match can be when it
//! reads the keyword's first byte is a *way* through its pattern. The text behind
//! the keyword and the text before it each leave some of the ways, and a rule
//! passes if one is left by both. What the keyword looks like counts too: in the
//! wrong case it is refused without reading further.
//!
//! A guard may only refuse what the regex would refuse as well. Whatever it cannot
//! tell it lets pass, so that it decides about speed and never about findings.

use super::walk::Budget;
use super::walk::Graph;
use super::walk::Set;
use super::walk::Walk;
use crate::detect::generic::Looked;
use crate::rules::positions::EDGE;
use crate::rules::positions::Positions;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// Spellings of a keyword that are found without a lock.
const SPELLINGS: usize = 16;
/// Spellings that are remembered at all.
const REMEMBERED: usize = 4096;
/// The longest keyword: each byte's case is a bit of a word.
const LONGEST: usize = 64;
/// The most ways of one guard.
const WAYS: usize = 4096;

/// The guard of one keyword.
pub(super) struct Guard {
    keyword: &'static [u8],
    /// The rule of each way, as a place in the keyword's list; rises with the way.
    place: Vec<u16>,
    /// Rules that always pass.
    open: Vec<u16>,
    spellings: [Spelling; SPELLINGS],
    more: Mutex<HashMap<u64, u32>>,
    begin: Set,
    ahead: Walk,
    back: Walk,
    /// Where `back` starts.
    left: u32,
}

/// A spelling, one bit for each byte in the other case, and the state of `ahead` behind it.
#[derive(Default)]
struct Spelling {
    mask: AtomicU64,
    state: AtomicU32,
}

impl Guard {
    /// A guard for the rules of a keyword; a rule without positions always passes.
    pub(super) fn new(
        keyword: &'static [u8],
        rules: &[Option<Arc<Positions>>],
        budget: &Budget,
    ) -> Self {
        let (mut ahead, mut back) = (Graph::default(), Graph::default());
        let (mut begin, mut left) = (Set::default(), Set::default());
        let (mut place, mut open) = (Vec::new(), Vec::new());
        for (number, rule) in (0u16..).zip(rules) {
            let Some(rule) = rule.as_ref().filter(|_| keyword.len() <= LONGEST) else {
                open.push(number);
                continue;
            };
            let base = ahead.sets.len() as u32;
            for at in rule.entries(keyword) {
                let way = place.len() as u16;
                place.push(number);
                begin.next.push((way, base + at));
                let before = &rule.before[at as usize];
                left.next.extend(before.iter().map(|&to| (way, base + to)));
                if rule.first[at as usize] {
                    left.through.push(way);
                }
            }
            let moved = |lists: &[Vec<u32>]| -> Vec<Vec<u32>> {
                let moved = |list: &Vec<u32>| list.iter().map(|to| to + base).collect();
                lists.iter().map(moved).collect()
            };
            ahead.next.extend(moved(&rule.after));
            back.next.extend(moved(&rule.before));
            ahead.end.extend(&rule.last);
            back.end.extend(&rule.first);
            ahead.sets.extend(&rule.sets);
            back.sets.extend(&rule.sets);
        }
        if place.len() > WAYS {
            (begin, left) = (Set::default(), Set::default());
            open = (0..rules.len() as u16).collect();
        }
        let back = Walk::new(back, place.len());
        Guard {
            keyword,
            ahead: Walk::new(ahead, place.len()),
            left: back.state(left, &[], budget),
            back,
            place,
            open,
            spellings: Default::default(),
            more: Mutex::default(),
            begin,
        }
    }

    /// The rules that could match over this hit of the keyword, as places in its list, in order; and
    /// what was looked at to refuse the others.
    pub(super) fn passing(
        &self,
        bytes: &[u8],
        hit: Range<usize>,
        budget: &Budget,
        out: &mut Vec<u16>,
    ) -> Looked {
        out.clear();
        out.extend(&self.open);
        let state = self.behind(&bytes[hit.clone()], budget);
        let after = bytes[hit.end..].iter().map(|&byte| u16::from(byte));
        let (ahead, right) = self.ahead.through(state, after, budget);
        if ahead.is_empty() {
            return Looked { left: 0, right };
        }
        let before = bytes[..hit.start].iter().rev().map(|&byte| u16::from(byte));
        let before = before.chain(std::iter::once(EDGE));
        let (back, left) = self.back.through(self.left, before, budget);
        let both = ahead.iter().filter(|way| back.binary_search(way).is_ok());
        out.extend(both.map(|&way| self.place[usize::from(way)]));
        out.sort_unstable();
        out.dedup();
        Looked { left, right }
    }

    /// The state of `ahead` behind the keyword as the text spells it.
    fn behind(&self, written: &[u8], budget: &Budget) -> u32 {
        let pairs = written.iter().zip(self.keyword);
        let mask = (0..LONGEST).zip(pairs).fold(0, |mask, (i, (a, b))| {
            mask | u64::from((a ^ b) >> 5 & 1) << i
        });
        for spelling in &self.spellings {
            match spelling.state.load(Ordering::Acquire) {
                0 => break,
                state if spelling.mask.load(Ordering::Relaxed) == mask => return state,
                _ => {}
            }
        }
        self.explore(written, mask, budget)
    }

    #[cold]
    fn explore(&self, written: &[u8], mask: u64, budget: &Budget) -> u32 {
        let mut more = self.more.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&state) = more.get(&mask) {
            return state;
        }
        let state = self.ahead.state(self.begin.clone(), written, budget);
        if let Some(free) = self.spellings.get(more.len()) {
            free.mask.store(mask, Ordering::Relaxed);
            free.state.store(state, Ordering::Release);
        }
        if more.len() < REMEMBERED {
            more.insert(mask, state);
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::reach;
    use proptest::prelude::*;

    /// The patterns of `patterns` that the guard lets pass at each hit of the keyword.
    fn passing(patterns: &[&str], keyword: &'static str, text: &[u8]) -> Vec<(usize, Vec<u16>)> {
        let positions = |pattern: &&str| Positions::new(&reach::parse(pattern).unwrap());
        let rules: Vec<_> = patterns
            .iter()
            .map(|p| positions(p).map(Arc::new))
            .collect();
        let budget = Budget::default();
        let guard = Guard::new(keyword.as_bytes(), &rules, &budget);
        let folded = text.to_ascii_lowercase();
        let hits = memchr::memmem::find_iter(&folded, keyword);
        let mut places = Vec::new();
        hits.map(|at| {
            guard.passing(text, at..at + keyword.len(), &budget, &mut places);
            (at, places.clone())
        })
        .collect()
    }

    fn first(pattern: &str, keyword: &'static str, text: &str) -> bool {
        !passing(&[pattern], keyword, text.as_bytes())[0]
            .1
            .is_empty()
    }

    #[test]
    fn what_stands_around_the_keyword_counts() {
        let token = r"\b(?<secret>re_[0-9A-Za-z]{24})\b";
        assert!(first(token, "re_", "= re_0123456789abcdef01234567"));
        assert!(first(token, "re_", "re_0123456789abcdef01234567"));
        assert!(!first(token, "re_", "core_0123456789abcdef01234567"));
        assert!(!first(token, "re_", "RE_0123456789abcdef01234567"));
        assert!(!first(token, "re_", "re_0123456789-abcdef01234567"));
        assert!(!first(token, "re_", "= re_0123"));
    }

    #[test]
    fn both_sides_must_fit_the_same_way() {
        // The word may be the name or lie in the value, and here it is neither.
        let named = r"(?:^|[^0-9A-Za-z])line_key=(?<secret>[a-z]{40})(?:\W|$)";
        assert!(!first(named, "line", " line of text"));
        assert!(first(
            named,
            "line",
            &format!(" line_key={}", "ab".repeat(20))
        ));
        let value = format!(" line_key={}line of text", "ab".repeat(18));
        assert_eq!(passing(&[named], "line", value.as_bytes())[1].1, [0]);
    }

    #[test]
    fn each_rule_is_judged_by_itself() {
        let patterns = ["key=[0-9]{4}", "key=[a-z]{4}", "my_key=[0-9]{4}"];
        let places = passing(&patterns, "key", b"a_key=1234 key=abcd my_key=7777");
        assert_eq!(places, [(2, vec![0]), (11, vec![1]), (23, vec![0, 2])]);
    }

    #[test]
    fn a_text_that_makes_many_states_is_let_pass() {
        let pattern = "key[^x]{0,40}(?:[a-d]{2}[^x]?){9}x";
        let mut seed = 1u32;
        let mut text = Vec::new();
        while text.len() < 400_000 {
            text.extend(b" key");
            for _ in 0..90 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push(b"abcdefgh"[(seed >> 29) as usize]);
            }
        }
        text.extend(b" keyababababababababababababx");
        let last = passing(&[pattern], "key", &text).pop().unwrap();
        assert_eq!(last.1, [0]);
    }

    fn pattern() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "a",
            "b",
            "A",
            "x",
            "ab",
            "ba",
            "[ab]",
            "[aA]",
            "[^b]",
            ".",
            "(?i:a)",
            "(?i:ab)",
            "-",
            r"\b",
            "^",
            "$",
            r"(?:^|\W)",
            r"(?:\W|$)",
            r"\w",
            "[a-z]{18,40}",
        ]);
        leaf.prop_map(str::to_owned)
            .prop_recursive(3, 10, 4, |inner| {
                prop_oneof![
                    prop::collection::vec(inner.clone(), 1..5).prop_map(|parts| parts.concat()),
                    prop::collection::vec(inner.clone(), 2..4)
                        .prop_map(|arms| format!("(?:{})", arms.join("|"))),
                    (inner, 0..3u32, 0..7u32)
                        .prop_map(|(sub, min, more)| format!("(?:{sub}){{{min},{}}}", min + more)),
                ]
            })
    }

    /// Whether some match of the pattern covers these bytes, as the engine asks its regexes.
    fn covers(regex: &regex::bytes::Regex, text: &[u8], hit: Range<usize>) -> bool {
        let mut at = 0;
        while at <= hit.start {
            match regex.find_at(text, at) {
                Some(found) if found.start() > hit.start => return false,
                Some(found) if found.end() >= hit.end => return true,
                Some(found) => at = found.start() + 1,
                None => return false,
            }
        }
        false
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn nothing_that_matches_is_refused(
            patterns in prop::collection::vec(pattern(), 1..4),
            keyword in prop::sample::select(vec!["a", "b", "ab", "ba", "aab", "x-a"]),
            text in "[abABxa-e -]{0,60}",
        ) {
            let names: Vec<&str> = patterns.iter().map(String::as_str).collect();
            let regexes: Vec<_> = names
                .iter()
                .map(|p| regex::bytes::RegexBuilder::new(p).unicode(false).build().unwrap())
                .collect();
            for (at, places) in passing(&names, keyword, text.as_bytes()) {
                for (place, regex) in (0u16..).zip(&regexes) {
                    if covers(regex, text.as_bytes(), at..at + keyword.len()) {
                        prop_assert!(places.contains(&place), "{} at {at}", names[usize::from(place)]);
                    }
                }
            }
        }
    }
}
