//! The promise of a keyword: whatever a rule's pattern matches, the prefilter
//! hands to it. The plain regex over the whole text is the judge.

use super::ENGINE;
use super::SAMPLES;
use super::rules;
use super::text;
use bowerbird::detect::secrets::Scratch;
use bowerbird::detect::secrets::delta::Scanned;
use proptest::prelude::*;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use std::ops::Range;
use std::sync::LazyLock;

/// Patterns with the number of their rule.
static PATTERNS: LazyLock<Vec<(usize, Regex)>> = LazyLock::new(|| {
    let with_pattern = |(at, rule): (usize, &'static bowerbird::model::rule::Rule)| {
        (!rule.pattern.is_empty()).then(|| {
            (
                at,
                RegexBuilder::new(rule.pattern)
                    .unicode(false)
                    .build()
                    .unwrap(),
            )
        })
    };
    rules()
        .into_iter()
        .enumerate()
        .filter_map(with_pattern)
        .collect()
});

/// Matches of plain regexes that no match of the engine covers in part.
fn lost(bytes: &[u8]) -> Vec<(&'static str, Range<usize>)> {
    let scanned = Scanned::whole(&ENGINE, bytes, &mut Scratch::default());
    let mut lost = Vec::new();
    for (rule, pattern) in PATTERNS.iter() {
        for found in pattern.find_iter(bytes) {
            let covers = |m: &bowerbird::detect::secrets::Match| {
                m.info.rule == *rule && m.span.start < found.end() && found.start() < m.span.end
            };
            if !scanned.matches().any(covers) {
                lost.push((ENGINE.rules()[*rule].id.0, found.range()));
            }
        }
    }
    lost
}

#[test]
fn no_sample_is_lost() {
    for (number, sample) in SAMPLES.iter().enumerate() {
        assert_eq!(lost(sample), [], "sample {number}");
        let upper = sample.to_ascii_uppercase();
        assert_eq!(lost(&upper), [], "sample {number} in capitals");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_match_of_a_plain_regex_is_lost(bytes in text()) {
        prop_assert_eq!(lost(&bytes), []);
    }
}
