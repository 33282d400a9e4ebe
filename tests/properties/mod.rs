//! Fast paths held to slow ones with the built-in rules: windows and deltas to a
//! whole search, keywords to plain regexes, reports to the secrets they must not
//! hold. The texts are made of samples that the rules themselves promise to find.

mod keywords;
mod redaction;
mod search;
mod views;

use bowerbird::detect::secrets::Engine;
use bowerbird::detect::secrets::Match;
use bowerbird::examples;
use bowerbird::model::rule::Rule;
use bowerbird::rules::builtin;
use proptest::prelude::*;
use std::ops::Range;
use std::sync::LazyLock;

/// All built-in rules.
pub(crate) static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(rules(), None));

pub(crate) fn rules() -> Vec<&'static Rule> {
    builtin::pack().rules().iter().collect()
}

/// The examples of all rules, expanded.
pub(crate) static SAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut samples = Vec::new();
    for rule in builtin::pack().examples() {
        for (promise, number, text) in examples::listed(rule) {
            samples.push(examples::expand(rule.id.0, promise, number, text).unwrap());
        }
    }
    samples
});

/// Keywords by themselves, for hits without a match.
static KEYWORDS: LazyLock<Vec<&'static [u8]>> = LazyLock::new(|| {
    let keywords = rules().into_iter().flat_map(|rule| &rule.keywords);
    keywords.map(|keyword| keyword.text.as_bytes()).collect()
});

/// A piece of text: a sample, a part of one, a keyword, an assignment, or nothing special.
pub(crate) fn piece() -> impl Strategy<Value = Vec<u8>> {
    let sample = any::<prop::sample::Index>().prop_map(|at| at.get(&SAMPLES).clone());
    let part =
        (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(at, cut)| {
            let sample = at.get(&SAMPLES);
            sample[..cut.index(sample.len() + 1)].to_vec()
        });
    let keyword = any::<prop::sample::Index>().prop_map(|at| at.get(&KEYWORDS).to_vec());
    let assignment = (
        "(password|api_key|DB_SECRET|auth-token)",
        "( = |: |=)",
        "[\"']?",
        "[A-Za-z0-9]{6,24}",
    )
        .prop_map(|(name, is, quote, value)| {
            format!("{name}{is}{quote}{value}{quote}").into_bytes()
        });
    prop_oneof![
        4 => sample,
        2 => views::encoded(),
        2 => part,
        2 => keyword,
        2 => assignment,
        3 => "[ \n\t\"'=:;,.]{1,3}".prop_map(String::into_bytes),
        2 => "[a-z0-9 \n]{0,60}".prop_map(String::into_bytes),
        1 => "[a-zA-Z0-9_]{1,40}".prop_map(String::into_bytes),
        1 => "[a-z \n]{200,900}".prop_map(String::into_bytes),
    ]
}

pub(crate) fn text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..24).prop_map(|pieces| pieces.concat())
}

/// All that must be equal about a match, without the secret itself.
pub(crate) type Seen = (usize, Range<usize>, Range<usize>, String);

pub(crate) fn seen(matched: &Match, offset: usize) -> Seen {
    let info = &matched.info;
    let shift = |range: &Range<usize>| range.start + offset..range.end + offset;
    let judged = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        info.validity, info.confidence, info.refused, info.score, info.facts
    );
    (
        info.rule,
        shift(&matched.span),
        shift(&matched.secret),
        judged,
    )
}

/// Sorted, each once: several keywords of a rule may lead to the same match.
pub(crate) fn set(mut matches: Vec<Seen>) -> Vec<Seen> {
    matches.sort_by_key(|seen| {
        (
            seen.1.start,
            seen.1.end,
            seen.0,
            seen.2.start,
            seen.2.end,
            seen.3.clone(),
        )
    });
    matches.dedup();
    matches
}
