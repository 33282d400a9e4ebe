//! Proves a rule's keywords: that every match of its pattern holds one of them,
//! and how far a match may reach around each. A wrong keyword would be a silent
//! miss, so both are decided on automata, not guessed from the pattern's text.
//!
//! The pattern becomes an acyclic automaton over bytes (every repetition is
//! bounded, look-arounds are taken as always true), the keywords become an
//! Aho-Corasick automaton over ASCII-folded bytes (Aho and Corasick, CACM 18(6),
//! 1975), and both run in step. Taking look-arounds as true only adds words to
//! the language, so what is proven holds; what is refused may be over-careful.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::Class;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use regex_syntax::hir::Repetition;
use std::collections::BTreeMap;

/// The most bytes a match may reach to one side of a keyword.
pub const REACH_CAP: u32 = 16 * 1024;
/// The most states a pattern may expand to: nested repetitions multiply.
pub const STATE_CAP: usize = 40_000;
/// The most steps the proof may take.
const STEP_CAP: usize = 200_000_000;
/// Groups in groups, at most.
const NEST_CAP: u32 = 64;

/// How far matches reach around one keyword, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// From the match's first byte to the keyword's first byte, at most.
    pub left: u32,
    /// From the keyword's last byte to the match's last byte, at most.
    pub right: u32,
}

/// Why a pattern or its keywords are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a regular expression.
    #[error("the pattern does not parse: {0}")]
    Syntax(String),
    /// Needs Unicode tables, which the engine does not use.
    #[error("the pattern uses Unicode classes: name the bytes instead")]
    Unicode,
    /// A `*`, `+` or `{n,}`.
    #[error(
        "the pattern has an unbounded repetition: write {{0,200}} or the like instead of * and +"
    )]
    Unbounded,
    /// Expands to more than [`STATE_CAP`] states.
    #[error(
        "the pattern expands to more than {STATE_CAP} states: lower or un-nest its repetitions"
    )]
    TooBig,
    /// The proof itself is too expensive.
    #[error("the keywords are too many or too long to be proven for this pattern")]
    TooCostly,
    /// Some match holds no keyword.
    #[error("no keyword is in every match; this one has none: {0:?}")]
    NotProven(String),
    /// A keyword that no match holds.
    #[error("keyword {0:?} is in no match: remove it or mend the pattern")]
    Unused(String),
}

/// How a search came to a keyword state: from which two states, by which byte.
type Trail = BTreeMap<usize, (usize, usize, Option<u8>)>;

/// A state of the pattern's automaton. Edges lead to lower numbers, state 0 accepts.
enum State {
    /// One byte of the numbered set, then on.
    Byte { set: usize, next: usize },
    /// Any of these, without a byte.
    Either(Vec<usize>),
    /// The end.
    Accept,
}

/// The pattern as an automaton without cycles.
struct Automaton {
    states: Vec<State>,
    sets: Vec<[bool; 256]>,
    numbers: BTreeMap<Vec<(u8, u8)>, usize>,
    start: usize,
}

/// Parses a pattern as `regex::bytes` with Unicode off does.
///
/// # Errors
/// [`Refusal::Syntax`] with the parser's one-line reason.
pub fn parse(pattern: &str) -> Result<Hir, Refusal> {
    let mut parser = ParserBuilder::new()
        .utf8(false)
        .unicode(false)
        .nest_limit(NEST_CAP)
        .build();
    parser
        .parse(pattern)
        .map_err(|error| Refusal::Syntax(reason(&error)))
}

/// The reason without the drawing around it.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

/// Proves that every match of `pattern` holds one of `keywords` and says how
/// far matches reach around each, in the order given.
///
/// Keywords are lower case and not empty; the pattern's bytes are ASCII folded.
///
/// # Errors
/// A [`Refusal`] that says what the pattern or the keywords lack.
pub fn prove(pattern: &Hir, keywords: &[&str]) -> Result<Vec<Reach>, Refusal> {
    let automaton = Automaton::new(pattern)?;
    let words = Words::new(keywords);
    let columns = automaton.columns(&words);
    automaton.check_cost(&words, &columns)?;
    if let Some(witness) = automaton.match_without(&words) {
        return Err(Refusal::NotProven(witness));
    }
    let left = automaton.left(&words, &columns);
    let right = automaton.right();
    let mut reaches = vec![None; keywords.len()];
    for (state, row) in left.iter().enumerate() {
        for (word_state, &length) in row.iter().enumerate() {
            let Some(length) = length else { continue };
            for &word in &words.ends[word_state] {
                let before = length - keywords[word].len() as u32;
                let reach = reaches[word].get_or_insert(Reach { left: 0, right: 0 });
                reach.left = reach.left.max(before);
                reach.right = reach.right.max(right[state]);
            }
        }
    }
    let named = reaches.into_iter().zip(keywords);
    named
        .map(|(reach, word)| reach.ok_or_else(|| Refusal::Unused((*word).to_owned())))
        .collect()
}

impl Automaton {
    fn new(pattern: &Hir) -> Result<Self, Refusal> {
        let mut automaton = Automaton {
            states: vec![State::Accept],
            sets: Vec::new(),
            numbers: BTreeMap::new(),
            start: 0,
        };
        automaton.start = automaton.add(pattern, 0)?;
        Ok(automaton)
    }

    fn push(&mut self, state: State) -> Result<usize, Refusal> {
        if self.states.len() >= STATE_CAP {
            return Err(Refusal::TooBig);
        }
        self.states.push(state);
        Ok(self.states.len() - 1)
    }

    /// Adds what matches `hir` and then goes on at `next`; says where it begins.
    /// The parser's nest limit bounds the recursion.
    fn add(&mut self, hir: &Hir, next: usize) -> Result<usize, Refusal> {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Ok(next),
            HirKind::Literal(literal) => literal.0.iter().rev().try_fold(next, |next, &byte| {
                let set = self.set(vec![(byte, byte)]);
                self.push(State::Byte { set, next })
            }),
            HirKind::Class(class) => {
                let ranges = byte_ranges(class)?;
                let set = self.set(ranges);
                self.push(State::Byte { set, next })
            }
            HirKind::Repetition(repetition) => self.repeat(repetition, next),
            HirKind::Capture(capture) => self.add(&capture.sub, next),
            HirKind::Concat(parts) => {
                let mut parts = parts.iter().rev();
                parts.try_fold(next, |next, part| self.add(part, next))
            }
            HirKind::Alternation(arms) => {
                let starts: Result<_, _> = arms.iter().map(|arm| self.add(arm, next)).collect();
                self.push(State::Either(starts?))
            }
        }
    }

    /// `x{2,4}` as `xx(x(x)?)?`, so that states and edges grow with the bound only.
    fn repeat(&mut self, repetition: &Repetition, next: usize) -> Result<usize, Refusal> {
        let max = repetition.max.ok_or(Refusal::Unbounded)?;
        let mut start = next;
        for _ in repetition.min..max {
            let body = self.add(&repetition.sub, start)?;
            start = self.push(State::Either(vec![body, next]))?;
        }
        for _ in 0..repetition.min {
            start = self.add(&repetition.sub, start)?;
        }
        Ok(start)
    }

    /// The number of a set of bytes.
    fn set(&mut self, ranges: Vec<(u8, u8)>) -> usize {
        let fresh = self.sets.len();
        let number = *self.numbers.entry(ranges.clone()).or_insert(fresh);
        if number == fresh {
            let mut set = [false; 256];
            for (low, high) in ranges {
                set[usize::from(low)..=usize::from(high)].fill(true);
            }
            self.sets.push(set);
        }
        number
    }

    /// For each set, the columns of the keyword automaton its bytes fall into.
    fn columns(&self, words: &Words) -> Vec<Vec<usize>> {
        let of_set = |set: &[bool; 256]| {
            let mut columns: Vec<usize> = (0..=255u8)
                .filter(|&byte| set[usize::from(byte)])
                .map(|byte| words.column(byte))
                .collect();
            columns.sort_unstable();
            columns.dedup();
            columns
        };
        self.sets.iter().map(of_set).collect()
    }

    fn check_cost(&self, words: &Words, columns: &[Vec<usize>]) -> Result<(), Refusal> {
        let widest = columns.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let steps = self.states.len() * words.ends.len() * widest;
        (steps <= STEP_CAP).then_some(()).ok_or(Refusal::TooCostly)
    }

    /// The length of the longest way from the start to each pair of states.
    fn left(&self, words: &Words, columns: &[Vec<usize>]) -> Vec<Vec<Option<u32>>> {
        let mut longest = vec![vec![None; words.ends.len()]; self.states.len()];
        longest[self.start][0] = Some(0);
        for state in (0..=self.start).rev() {
            let row = longest[state].clone();
            let here = row
                .iter()
                .enumerate()
                .filter_map(|(word, l)| Some((word, (*l)?)));
            for (word, length) in here {
                match &self.states[state] {
                    State::Accept => {}
                    State::Either(arms) => {
                        for &arm in arms {
                            raise(&mut longest[arm][word], length);
                        }
                    }
                    State::Byte { set, next } => {
                        for &column in &columns[*set] {
                            raise(&mut longest[*next][words.step[word][column]], length + 1);
                        }
                    }
                }
            }
        }
        longest
    }

    /// The length of the longest way from each state to the end.
    fn right(&self) -> Vec<u32> {
        let mut longest = vec![0; self.states.len()];
        for (state, kind) in self.states.iter().enumerate() {
            longest[state] = match kind {
                State::Accept => 0,
                State::Either(arms) => arms.iter().map(|&arm| longest[arm]).max().unwrap_or(0),
                State::Byte { next, .. } => longest[*next] + 1,
            };
        }
        longest
    }

    /// A match that holds no keyword, when there is one; plain letters where it can.
    fn match_without(&self, words: &Words) -> Option<String> {
        let picks: Vec<Vec<(u8, usize)>> = self.sets.iter().map(|s| words.picks(s)).collect();
        let mut came: Vec<Trail> = vec![BTreeMap::new(); self.states.len()];
        came[self.start].insert(0, (self.start, 0, None));
        for state in (1..=self.start).rev() {
            let here: Vec<usize> = came[state].keys().copied().collect();
            for word in here {
                match &self.states[state] {
                    State::Accept => {}
                    State::Either(arms) => {
                        for &arm in arms {
                            came[arm].entry(word).or_insert((state, word, None));
                        }
                    }
                    State::Byte { set, next } => {
                        for &(byte, column) in &picks[*set] {
                            let to = words.step[word][column];
                            if words.ends[to].is_empty() {
                                came[*next].entry(to).or_insert((state, word, Some(byte)));
                            }
                        }
                    }
                }
            }
        }
        let (&word, _) = came[0].iter().next()?;
        Some(walk_back(&came, self.start, word))
    }
}

/// The text along the way that led from the start to the end in `word`, cut at 60 bytes.
fn walk_back(came: &[Trail], start: usize, word: usize) -> String {
    let (mut state, mut word) = (0, word);
    let mut text = Vec::new();
    while state != start {
        let (from, before, byte) = came[state][&word];
        text.extend(byte);
        (state, word) = (from, before);
    }
    text.reverse();
    text.truncate(60);
    text.escape_ascii().to_string()
}

/// Sets `slot` to `length` when that is more.
fn raise(slot: &mut Option<u32>, length: u32) {
    *slot = Some(slot.map_or(length, |old| old.max(length)));
}

/// A class as ranges of bytes.
fn byte_ranges(class: &Class) -> Result<Vec<(u8, u8)>, Refusal> {
    let bytes = match class {
        Class::Bytes(bytes) => bytes.clone(),
        Class::Unicode(unicode) => unicode.to_byte_class().ok_or(Refusal::Unicode)?,
    };
    Ok(bytes.iter().map(|r| (r.start(), r.end())).collect())
}

/// The keywords as a complete Aho-Corasick automaton over columns of bytes.
struct Words {
    /// Column of each letter that occurs in a keyword; all others share column 0.
    column_of: [u8; 256],
    /// State and column to state; state 0 is the root.
    step: Vec<Vec<usize>>,
    /// The keywords that end in each state.
    ends: Vec<Vec<usize>>,
}

impl Words {
    fn new(keywords: &[&str]) -> Self {
        let mut column_of = [0; 256];
        let mut columns: u8 = 1;
        for byte in keywords.iter().flat_map(|word| word.bytes()) {
            let slot = &mut column_of[usize::from(byte.to_ascii_lowercase())];
            if *slot == 0 {
                *slot = columns;
                columns += 1;
            }
        }
        let mut words = Words {
            column_of,
            step: vec![vec![0; usize::from(columns)]],
            ends: vec![Vec::new()],
        };
        for (number, keyword) in keywords.iter().enumerate() {
            words.insert(number, keyword);
        }
        words.complete();
        words
    }

    fn column(&self, byte: u8) -> usize {
        usize::from(self.column_of[usize::from(byte.to_ascii_lowercase())])
    }

    fn insert(&mut self, number: usize, keyword: &str) {
        let mut state = 0;
        for byte in keyword.bytes() {
            let column = self.column(byte);
            if self.step[state][column] == 0 {
                self.step[state][column] = self.step.len();
                self.step.push(vec![0; self.step[0].len()]);
                self.ends.push(Vec::new());
            }
            state = self.step[state][column];
        }
        self.ends[state].push(number);
    }

    /// Fills the missing steps from the longest suffix's, breadth first.
    fn complete(&mut self) {
        let mut suffix = vec![0; self.step.len()];
        let mut queue = std::collections::VecDeque::from([0]);
        while let Some(state) = queue.pop_front() {
            for column in 0..self.step[0].len() {
                let child = self.step[state][column];
                let fallback = if state == 0 {
                    0
                } else {
                    self.step[suffix[state]][column]
                };
                if child == 0 {
                    self.step[state][column] = fallback;
                } else {
                    suffix[child] = fallback;
                    let more = self.ends[fallback].clone();
                    self.ends[child].extend(more);
                    queue.push_back(child);
                }
            }
        }
    }

    /// One byte of the set for each column it falls into: letters and digits first.
    fn picks(&self, set: &[bool; 256]) -> Vec<(u8, usize)> {
        let letters = (b'a'..=b'z').chain(b'0'..=b'9').chain(b' '..=b'~');
        let mut picks = BTreeMap::new();
        for byte in letters.chain(0..=255).filter(|&b| set[usize::from(b)]) {
            picks.entry(self.column(byte)).or_insert(byte);
        }
        picks
            .into_iter()
            .map(|(column, byte)| (byte, column))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn proven(pattern: &str, keywords: &[&str]) -> Result<Vec<(u32, u32)>, Refusal> {
        let reaches = prove(&parse(pattern)?, keywords)?;
        Ok(reaches.iter().map(|r| (r.left, r.right)).collect())
    }

    fn refusal(pattern: &str, keywords: &[&str]) -> String {
        proven(pattern, keywords).unwrap_err().to_string()
    }

    #[test]
    fn reach_is_what_stands_around_the_keyword() {
        let token = r"\b(?<secret>ghp_[0-9A-Za-z]{36})\b";
        assert_eq!(proven(token, &["ghp_"]), Ok(vec![(0, 36)]));
        let assignment =
            r#"[\w.-]{0,20}(?:secret|token)[\w.-]{0,20}\s{0,3}[=:]\s{0,3}"[^"]{8,150}""#;
        // A keyword may also stand at the end of the value or the start of the name.
        assert_eq!(
            proven(assignment, &["secret", "token"]),
            Ok(vec![(198, 199), (199, 200)])
        );
    }

    #[test]
    fn the_keyword_counts_in_any_case() {
        assert_eq!(proven("(?i)secret=[0-9]{4}", &["secret"]), Ok(vec![(0, 5)]));
        assert_eq!(proven("[sS]eC[Rr]et", &["secret"]), Ok(vec![(0, 0)]));
        assert_eq!(
            proven("gh[ous]_x", &["gho_", "ghu_", "ghs_"]),
            Ok(vec![(0, 1); 3])
        );
    }

    #[test]
    fn a_dot_is_no_literal() {
        assert_eq!(
            refusal("hooks.slack", &["hooks.slack"]),
            r#"no keyword is in every match; this one has none: "hooksbslack""#
        );
        assert_eq!(proven(r"hooks\.slack", &["hooks.slack"]), Ok(vec![(0, 0)]));
        assert!(proven("(?:secret)?=[0-9]{4}", &["secret"]).is_err());
    }

    #[test]
    fn keywords_that_overlap_or_contain_each_other_are_each_measured() {
        assert_eq!(
            proven("xxabcabcyy", &["abc", "bca"]),
            Ok(vec![(5, 5), (3, 4)])
        );
        assert_eq!(proven("xabcdy", &["bc", "abcd"]), Ok(vec![(2, 2), (1, 1)]));
    }

    #[test]
    fn what_has_no_bound_or_too_many_states_is_refused() {
        assert_eq!(
            refusal("token=[a-z]+", &["token"]),
            "the pattern has an unbounded repetition: write {0,200} or the like instead of * and +"
        );
        assert_eq!(
            refusal("token(?:[a-z]{1,300}-){1,300}", &["token"]),
            "the pattern expands to more than 40000 states: lower or un-nest its repetitions"
        );
        assert_eq!(
            refusal("token(?u:é[α-ω])", &["token"]),
            "the pattern uses Unicode classes: name the bytes instead"
        );
        assert_eq!(
            refusal("abc[0-9]", &["abc", "bcd"]),
            r#"keyword "bcd" is in no match: remove it or mend the pattern"#
        );
        assert_eq!(
            refusal("a(b", &["abc"]),
            "the pattern does not parse: unclosed group"
        );
    }

    /// Small patterns over few letters, so that every match can be enumerated.
    fn pattern() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "a", "b", "A", "x", "ab", "ba", "[ab]", "[aA]", "[^b]", ".", "(?i:a)", "(?i:ab)",
        ]);
        leaf.prop_map(str::to_owned)
            .prop_recursive(3, 8, 3, |inner| {
                prop_oneof![
                    prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
                    prop::collection::vec(inner.clone(), 2..4)
                        .prop_map(|arms| format!("(?:{})", arms.join("|"))),
                    (inner, 0..2u32, 1..3u32)
                        .prop_map(|(sub, min, more)| format!("(?:{sub}){{{min},{}}}", min + more)),
                ]
            })
    }

    /// Every text of at most `longest` bytes over letters of each kind a keyword can tell apart.
    fn texts(longest: usize) -> Vec<Vec<u8>> {
        let mut all = vec![Vec::new()];
        let mut from = 0;
        for _ in 0..longest {
            let upto = all.len();
            for index in from..upto {
                for &letter in b"abABx" {
                    let mut text = all[index].clone();
                    text.push(letter);
                    all.push(text);
                }
            }
            from = upto;
        }
        all
    }

    /// The same answer by enumerating all matches.
    fn by_enumeration(pattern: &str, keywords: &[&str]) -> Result<Vec<(u32, u32)>, bool> {
        let whole = format!("^(?:{pattern})$");
        let regex = regex::bytes::RegexBuilder::new(&whole)
            .unicode(false)
            .build()
            .unwrap();
        let mut reaches = vec![None; keywords.len()];
        for text in texts(5).into_iter().filter(|text| regex.is_match(text)) {
            let folded = text.to_ascii_lowercase();
            let mut holds_one = false;
            for (slot, keyword) in reaches.iter_mut().zip(keywords) {
                for left in 0..folded.len() {
                    if folded[left..].starts_with(keyword.as_bytes()) {
                        holds_one = true;
                        let right = folded.len() - left - keyword.len();
                        let (l, r) = slot.unwrap_or((0, 0));
                        *slot = Some((l.max(left as u32), r.max(right as u32)));
                    }
                }
            }
            if !holds_one {
                return Err(false);
            }
        }
        reaches.into_iter().collect::<Option<_>>().ok_or(true)
    }

    proptest! {
        #[test]
        fn the_proof_says_what_enumeration_says(
            pattern in pattern(),
            keywords in prop::sample::subsequence(vec!["a", "b", "ab", "ba", "aab", "bb"], 1..4),
        ) {
            let hir = parse(&pattern).unwrap();
            prop_assume!(hir.properties().maximum_len().is_some_and(|longest| longest <= 5));
            let proof = match prove(&hir, &keywords) {
                Ok(reaches) => Ok(reaches.iter().map(|r| (r.left, r.right)).collect()),
                Err(Refusal::NotProven(_)) => Err(false),
                Err(Refusal::Unused(_)) => Err(true),
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            };
            prop_assert_eq!(proof, by_enumeration(&pattern, &keywords));
        }

        #[test]
        fn the_counterexample_is_a_match_without_a_keyword(
            pattern in pattern(),
            keywords in prop::sample::subsequence(vec!["a", "ab", "ba", "bb"], 1..3),
        ) {
            let hir = parse(&pattern).unwrap();
            if let Err(Refusal::NotProven(witness)) = prove(&hir, &keywords) {
                let whole = format!("^(?:{pattern})$");
                let regex = regex::bytes::RegexBuilder::new(&whole).unicode(false).build().unwrap();
                prop_assume!(witness.len() < 60);
                prop_assert!(regex.is_match(witness.as_bytes()));
                let folded = witness.to_ascii_lowercase();
                prop_assert!(keywords.iter().all(|keyword| !folded.contains(keyword)));
            }
        }
    }
}
