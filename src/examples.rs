//! Runs the examples of rules through the whole pipeline: prefilter, window,
//! filters, offline check and resolution, exactly as a scan does. `build.rs`,
//! the tests and `bowerbird rules test` all call this, so that a rule that
//! passes here works in a scan.

use crate::detect::secrets::Engine;
use crate::detect::secrets::Resolved;
use crate::detect::secrets::Scratch;
use crate::detect::secrets::delta::Scanned;
use crate::detect::secrets::resolve;
use crate::rules::encode::Examples;
use crate::rules::sample;
use crate::rules::sample::Kind;
use crate::rules::sample::Rng;
use crate::token;

/// An example that does not do what it promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule {rule}, {promise} example {number}: {fault}")]
pub struct Failure {
    /// The rule.
    pub rule: String,
    /// What the example promises.
    pub promise: Kind,
    /// Its number in its list, from 1.
    pub number: usize,
    /// What went wrong, without the expanded text.
    pub fault: String,
}

/// Every example of one rule, in order, with its promise and its number from 1.
pub fn listed(examples: &Examples) -> impl Iterator<Item = (Kind, usize, &'static str)> {
    let number = |promise| move |(index, text): (usize, &&'static str)| (promise, index + 1, *text);
    let matches = examples.matches.iter().enumerate().map(number(Kind::Match));
    let no_matches = examples
        .no_matches
        .iter()
        .enumerate()
        .map(number(Kind::NoMatch));
    let misses = examples
        .known_misses
        .iter()
        .enumerate()
        .map(number(Kind::KnownMiss));
    matches.chain(no_matches).chain(misses)
}

/// Makes the tokens of `{{token:…}}` templates.
pub fn maker(format: &str, argument: &str, rng: &mut Rng) -> Option<Vec<u8>> {
    token::make(format, argument, rng.next_u64())
}

/// Runs all examples of one rule and returns those that fail.
pub fn run(engine: &Engine, examples: &Examples) -> Vec<Failure> {
    listed(examples)
        .filter_map(|(promise, number, text)| {
            let fault = check(engine, examples.id.0, promise, number, text).err()?;
            Some(Failure {
                rule: examples.id.0.to_owned(),
                promise,
                number,
                fault,
            })
        })
        .collect()
}

/// Runs one example.
///
/// # Errors
/// What went wrong, in one clause.
pub fn check(
    engine: &Engine,
    rule: &str,
    promise: Kind,
    number: usize,
    text: &str,
) -> Result<(), String> {
    let text = expand(rule, promise, number, text)?;
    let found = findings(engine, rule, &text);
    match (promise, found) {
        (Kind::Match, Found::Nothing(why)) => Err(format!("finds nothing ({why})")),
        (Kind::NoMatch, Found::Secret) => Err("finds a secret and must not".to_owned()),
        (Kind::KnownMiss, Found::Secret) => Err("is found by now: move it to `match`".to_owned()),
        _ => Ok(()),
    }
}

/// Expands the templates of an example as [`check`] does.
///
/// # Errors
/// When a template is malformed.
pub fn expand(rule: &str, promise: Kind, number: usize, text: &str) -> Result<Vec<u8>, String> {
    sample::expand(rule, promise, number - 1, text, &maker).map_err(|error| error.to_string())
}

enum Found {
    Secret,
    Nothing(&'static str),
}

fn findings(engine: &Engine, rule: &str, text: &[u8]) -> Found {
    let mut scratch = Scratch::default();
    let scanned = Scanned::whole(engine, text, &mut scratch);
    let mut matches: Vec<_> = scanned.matches().cloned().collect();
    let named = |resolved: &Resolved| {
        engine.rules()[resolved.matched.info.rule].id.0 == rule
            && resolved.matched.info.refused.is_none()
    };
    let is_part = |index: usize| {
        let definition = engine.rules()[index];
        definition.part_only && definition.id.0 == rule
    };
    let part = matches
        .iter()
        .any(|m| m.info.refused.is_none() && is_part(m.info.rule));
    let raw = matches
        .iter()
        .any(|m| engine.rules()[m.info.rule].id.0 == rule);
    let resolved = resolve(engine, &mut matches);
    if part || resolved.iter().any(named) {
        Found::Secret
    } else if raw {
        Found::Nothing(
            "the pattern matches, but the match is refused, incomplete or covered by another rule",
        )
    } else {
        Found::Nothing("no keyword hit has a match of the pattern around it")
    }
}
