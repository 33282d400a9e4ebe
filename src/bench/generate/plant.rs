//! The secrets to plant: the `match` examples of the rules, each time expanded
//! anew, in turn so that every rule comes up. An expansion that its rule does not
//! find when it stands alone is passed over: whether rules are good is tested
//! elsewhere; what a tree tests is whether a scan finds in it what they find.

use crate::detect::generic;
use crate::detect::secrets::Engine;
use crate::examples;
use crate::model::finding::Place;
use crate::model::rule::Confidence;
use crate::rules::encode::Examples;
use crate::rules::sample::Kind;
use crate::rules::select::RuleSet;

/// Examples that are tried in a row.
const TRIES: usize = 32;

/// Hands out secrets.
pub(super) struct Planter<'a> {
    engine: Engine,
    /// Rule, whether it is generic, its example and the example's number.
    examples: Vec<(&'static str, bool, &'a str, usize)>,
    given: usize,
}

impl<'a> Planter<'a> {
    pub(super) fn new(rules: &RuleSet, examples: &'a [Examples]) -> Self {
        let mut list = Vec::new();
        for rule in &rules.secrets() {
            let is_told = !rule.part_only && rule.confidence >= Confidence::Medium;
            let own = examples.iter().filter(|own| own.id == rule.id && is_told);
            for (index, text) in own.flat_map(|own| own.matches.iter().enumerate()) {
                list.push((rule.id.0, rule.generic, *text, index + 1));
            }
        }
        // First the first example of every rule, so that small trees have many rules.
        list.sort_by_key(|(_, _, _, number)| *number);
        Planter {
            engine: Engine::new(rules.secrets(), None),
            examples: list,
            given: 0,
        }
    }

    /// The next secret for a file, with the text that holds it.
    pub(super) fn next(&mut self, path: &str) -> Option<(&'static str, Vec<u8>)> {
        let is_source = generic::place_of(path) == Place::Source;
        for _ in 0..TRIES.min(self.examples.len()) {
            let (rule, is_generic, text, number) = self.examples[self.given % self.examples.len()];
            let round = self.given / self.examples.len();
            self.given += 1;
            // Elsewhere the scorer may rightly hold the same text to be no secret.
            if is_generic && !is_source {
                continue;
            }
            let number = number + round * 1000;
            if examples::check(&self.engine, rule, Kind::Match, number, text).is_ok()
                && let Ok(text) = examples::expand(rule, Kind::Match, number, text)
            {
                return Some((rule, text));
            }
        }
        None
    }
}
