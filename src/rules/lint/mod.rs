//! What a rule must be before it may run. Every fault of every rule is
//! reported, with its place, by the build and by `rules lint` alike. That the
//! examples go through the whole pipeline is tested where the pipeline is.

use crate::rules::reach;
use crate::rules::reach::Refusal;
use crate::rules::sample;
use crate::rules::sample::Kind;
use crate::rules::sample::Maker;
use crate::rules::sample::Piece;
use crate::rules::sample::SampleError;
use crate::rules::source::At;
use crate::rules::source::Place;
use crate::rules::source::RuleError;
use crate::rules::source::RuleFile;
use crate::rules::source::SourceRule;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// The longest id or provider, in bytes.
const NAME_CAP: usize = 64;
/// The shortest keyword, in bytes: shorter ones stand everywhere.
const KEYWORD_MIN: usize = 3;
/// The most memory a compiled pattern may take, in bytes.
const PATTERN_SIZE_CAP: usize = 4 << 20;
/// The same for a pattern of `not`, which is run on the secret alone.
const NOT_SIZE_CAP: usize = 256 << 10;
/// How far a companion or a context word may be, in bytes.
const NEARBY_CAP: u32 = reach::REACH_CAP;

/// What the rules under test may refer to.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// Names that `validate` may have; `None` leaves them unchecked.
    pub formats: Option<&'a [&'a str]>,
    /// Ids of rules outside the files under test (the built-in ones, for a user's file).
    pub rules: &'a [&'a str],
    /// True when files of the set are missing (they did not parse), so that
    /// companions that are not found may lie there.
    pub partial: bool,
    /// Makes the tokens of `{{token:…}}`; `None` leaves examples with such a template unexpanded.
    pub maker: Option<Maker<'a>>,
}

/// All that is wrong with a set of files, sorted by file and place; empty when nothing is.
pub fn lint(files: &[RuleFile], known: &Known<'_>) -> Vec<RuleError> {
    let mut report = Report::default();
    let ids = ids(files, known, &mut report);
    for file in files {
        report.enter(&file.path, None);
        check_name("provider", &file.provider, &mut report);
        if file.rules.is_empty() {
            report.add(file.provider.place, "the file has no rules");
        }
        for rule in &file.rules {
            report.enter(&file.path, Some(rule));
            check_rule(rule, known, &ids, &mut report);
        }
    }
    report.errors.sort();
    report.errors
}

/// Collects faults under the file and rule being looked at.
#[derive(Default)]
struct Report {
    errors: Vec<RuleError>,
    path: String,
    rule: Option<String>,
}

impl Report {
    fn enter(&mut self, path: &str, rule: Option<&SourceRule>) {
        path.clone_into(&mut self.path);
        self.rule = rule.map(|rule| rule.id.value.clone());
    }

    fn add(&mut self, place: Place, message: impl Into<String>) {
        self.errors.push(RuleError {
            path: self.path.clone(),
            place,
            rule: self.rule.clone(),
            message: message.into(),
        });
    }
}

/// The ids of all rules in sight; refuses the second of two equal ones.
fn ids<'a>(files: &'a [RuleFile], known: &Known<'a>, report: &mut Report) -> BTreeSet<&'a str> {
    let outside: BTreeSet<&str> = known.rules.iter().copied().collect();
    let mut first: BTreeMap<&str, String> = BTreeMap::new();
    for file in files {
        for rule in &file.rules {
            report.enter(&file.path, Some(rule));
            let (id, place) = (rule.id.as_str(), rule.id.place);
            if let Some(other) = first.get(id) {
                report.add(place, format!("this id is taken by the rule at {other}"));
            }
            match (outside.contains(id), rule.replace) {
                (true, false) => report.add(
                    place,
                    "a built-in rule has this id: choose another, or say `replace: true`",
                ),
                (false, true) => report.add(place, "`replace: true`, but no rule has this id"),
                _ => {}
            }
            let here = format!("{}:{}:{}", file.path, place.line, place.column);
            first.entry(id).or_insert(here);
        }
    }
    first.into_keys().chain(outside).collect()
}

fn check_rule(rule: &SourceRule, known: &Known<'_>, ids: &BTreeSet<&str>, report: &mut Report) {
    check_name("id", &rule.id, report);
    check_texts(rule, report);
    check_limits(rule, report);
    check_companions(rule, known, ids, report);
    check_validate(rule, known, report);
    for pattern in &rule.not {
        if let Err(reason) = compile(pattern, NOT_SIZE_CAP) {
            report.add(pattern.place, format!("a pattern of `not` {reason}"));
        }
    }
    if rule.generic {
        return check_generic(rule, report);
    }
    check_keyword_forms(rule, report);
    match compile(&rule.pattern, PATTERN_SIZE_CAP) {
        Err(reason) => report.add(rule.pattern.place, format!("the pattern {reason}")),
        Ok(regex) => {
            check_pattern(rule, &regex, report);
            check_examples(rule, &regex, known, report);
        }
    }
}

/// A generic rule names what the scorer finds; what would be ignored is refused.
fn check_generic(rule: &SourceRule, report: &mut Report) {
    if !rule.pattern.is_empty() || !rule.keywords.is_empty() {
        report.add(
            rule.id.place,
            "a generic rule has neither `pattern` nor `keywords`: the scorer finds its candidates",
        );
    }
    check_lists(rule, report);
}

/// Kebab case: lower-case letters and digits in words joined by one hyphen.
fn is_kebab(name: &str) -> bool {
    let word = |word: &str| {
        let mut bytes = word.bytes();
        !word.is_empty() && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    name.len() <= NAME_CAP && name.split('-').all(word)
}

fn check_name(what: &str, name: &At<String>, report: &mut Report) {
    if !is_kebab(name) {
        let message = format!(
            "the {what} must be kebab case (a-z, 0-9, single hyphens) of at most {NAME_CAP} bytes"
        );
        report.add(name.place, message);
    }
}

fn check_texts(rule: &SourceRule, report: &mut Report) {
    let at = rule.id.place;
    for (name, text) in [
        ("title", &rule.title),
        ("why", &rule.why),
        ("fix", &rule.fix),
    ] {
        if text.trim().is_empty() {
            report.add(at, format!("`{name}` is empty"));
        }
    }
    if rule.references.is_empty() {
        report.add(
            at,
            "`references` is empty: name the provider's page about this credential",
        );
    }
    let plain = rule
        .references
        .iter()
        .filter(|url| !url.starts_with("https://"));
    for _ in plain {
        report.add(at, "a reference does not begin with https://");
    }
    for tag in rule.tags.iter().filter(|tag| !is_kebab(tag)) {
        report.add(at, format!("tag `{tag}` is not kebab case"));
    }
}

fn check_limits(rule: &SourceRule, report: &mut Report) {
    let at = rule.id.place;
    if rule
        .entropy
        .is_some_and(|bits| !(0.0..=8.0).contains(&bits))
    {
        report.add(at, "`entropy` is in bits per byte, from 0 to 8");
    }
    if !(1..=NEARBY_CAP).contains(&rule.context_reach) {
        report.add(
            at,
            format!("`context_reach` must be from 1 to {NEARBY_CAP}"),
        );
    }
    let odd = |word: &&String| word.is_empty() || **word != word.to_ascii_lowercase();
    for word in rule.context.iter().filter(odd) {
        report.add(
            at,
            format!("context word `{word}` is empty or not lower case"),
        );
    }
}

fn check_companions(
    rule: &SourceRule,
    known: &Known<'_>,
    ids: &BTreeSet<&str>,
    report: &mut Report,
) {
    for companion in &rule.companions {
        let at = companion.rule.place;
        let other = companion.rule.as_str();
        if other == rule.id.as_str() {
            report.add(at, "a rule cannot be its own companion");
        } else if !known.partial && !ids.contains(other) {
            report.add(at, format!("companion `{other}` does not exist"));
        }
        if !(1..=NEARBY_CAP).contains(&companion.within) {
            report.add(at, format!("`within` must be from 1 to {NEARBY_CAP}"));
        }
    }
}

fn check_keyword_forms(rule: &SourceRule, report: &mut Report) {
    if rule.keywords.is_empty() {
        report.add(
            rule.id.place,
            "`keywords` is empty: name what every match holds",
        );
    }
    let mut seen = BTreeSet::new();
    for keyword in &rule.keywords {
        let (at, text) = (keyword.place, keyword.as_str());
        if text.len() < KEYWORD_MIN {
            report.add(
                at,
                format!("keyword `{text}` is shorter than {KEYWORD_MIN} bytes"),
            );
        }
        if !text.is_ascii() || text.bytes().any(|b| b.is_ascii_uppercase()) {
            report.add(at, format!("keyword `{text}` is not lower-case ASCII"));
        }
        if !seen.insert(text) {
            report.add(at, format!("keyword `{text}` is named twice"));
        }
    }
}

fn check_validate(rule: &SourceRule, known: &Known<'_>, report: &mut Report) {
    let Some((name, formats)) = rule.validate.as_ref().zip(known.formats) else {
        return;
    };
    if !formats.contains(&name.as_str()) {
        report.add(
            name.place,
            format!("`validate: {}` is no known token format", name.value),
        );
    }
}

/// Compiles as the engine does. The reason continues a sentence.
fn compile(pattern: &str, size: usize) -> Result<Regex, String> {
    reach::parse(pattern).map_err(|refusal| match refusal {
        Refusal::Syntax(reason) => format!("does not parse: {reason}"),
        other => other.to_string(),
    })?;
    let built = RegexBuilder::new(pattern)
        .unicode(false)
        .size_limit(size)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => {
            format!("compiles to more than {limit} bytes: lower or un-nest its repetitions")
        }
        other => format!("does not compile: {other}"),
    })
}

/// Groups, emptiness, reach and keywords of a pattern that compiles.
fn check_pattern(rule: &SourceRule, regex: &Regex, report: &mut Report) {
    let at = rule.pattern.place;
    for name in regex
        .capture_names()
        .flatten()
        .filter(|&name| name != "secret")
    {
        report.add(
            at,
            format!("group `{name}` has no meaning: only `secret` does"),
        );
    }
    let hir = match reach::parse(&rule.pattern) {
        Ok(hir) => hir,
        Err(refusal) => return report.add(at, refusal.to_string()),
    };
    if hir.properties().minimum_len().unwrap_or(0) == 0 {
        return report.add(at, "the pattern matches the empty text, or nothing at all");
    }
    if may_be_empty(&hir) {
        report.add(at, "group `secret` may be empty");
    }
    let words: Vec<&str> = rule.keywords.iter().map(|word| word.as_str()).collect();
    if words.is_empty() || words.iter().any(|word| word.is_empty()) {
        return;
    }
    let reaches = match reach::prove(&hir, &words) {
        Ok(reaches) => reaches,
        Err(refusal) => return report.add(place_of(&refusal, rule), refusal.to_string()),
    };
    for (keyword, reach) in rule.keywords.iter().zip(reaches) {
        let farthest = reach.left.max(reach.right);
        if farthest > reach::REACH_CAP {
            let message = format!(
                "a match reaches {farthest} bytes from keyword `{}`, the cap is {}",
                keyword.value,
                reach::REACH_CAP
            );
            report.add(at, message);
        }
    }
}

/// Whether the group `secret` takes part with no byte in some match.
fn may_be_empty(hir: &Hir) -> bool {
    let here = match hir.kind() {
        HirKind::Capture(group) if group.name.as_deref() == Some("secret") => {
            hir.properties().minimum_len().unwrap_or(0) == 0
        }
        _ => false,
    };
    here || hir.kind().subs().iter().any(may_be_empty)
}

/// Whether the keywords or the pattern are to blame.
fn place_of(refusal: &Refusal, rule: &SourceRule) -> Place {
    let keywords = || rule.keywords.first().map(|word| word.place);
    match refusal {
        Refusal::NotProven(_) | Refusal::TooCostly => keywords(),
        Refusal::Unused(text) => {
            let named = rule.keywords.iter().find(|word| word.value == *text);
            named.map(|word| word.place)
        }
        _ => None,
    }
    .unwrap_or(rule.pattern.place)
}

fn check_examples(rule: &SourceRule, regex: &Regex, known: &Known<'_>, report: &mut Report) {
    check_lists(rule, report);
    let examples = &rule.examples;
    for (kind, list) in [
        (Kind::Match, &examples.matches),
        (Kind::NoMatch, &examples.no_match),
        (Kind::KnownMiss, &examples.known_miss),
    ] {
        for (index, text) in list.iter().enumerate() {
            check_example(rule, kind, index, text, regex, known, report);
        }
    }
}

/// Both lists that a rule must have.
fn check_lists(rule: &SourceRule, report: &mut Report) {
    let examples = &rule.examples;
    for (kind, list) in [
        (Kind::Match, &examples.matches),
        (Kind::NoMatch, &examples.no_match),
    ] {
        if list.is_empty() {
            report.add(rule.id.place, format!("`examples.{kind}` is empty"));
        }
    }
}

fn check_example(
    rule: &SourceRule,
    kind: Kind,
    index: usize,
    text: &At<String>,
    regex: &Regex,
    known: &Known<'_>,
    report: &mut Report,
) {
    let number = index + 1;
    let maker = known.maker.unwrap_or(&sample::no_tokens);
    let expanded = match sample::expand(&rule.id, kind, index, text, maker) {
        Ok(expanded) => expanded,
        Err(SampleError::Token(_)) if known.maker.is_none() => return,
        Err(error) => return report.add(text.place, format!("{kind} example {number}: {error}")),
    };
    if kind != Kind::Match {
        return;
    }
    if !regex.is_match(&expanded) {
        report.add(
            text.place,
            format!("match example {number} does not match the pattern"),
        );
    }
    if !rule.part_only && holds_a_literal(text, regex) {
        let message = format!(
            "match example {number} spells its secret out: write a template such as {{{{alnum:36}}}}"
        );
        report.add(text.place, message);
    }
}

/// Whether the pattern finds a secret that no template had a part in.
fn holds_a_literal(text: &str, regex: &Regex) -> bool {
    let mut spans = Vec::new();
    let mut end = 0;
    for piece in sample::pieces(text).unwrap_or_default() {
        let start = end;
        match piece {
            Piece::Plain(plain) => end += plain.len(),
            Piece::Template(inside) => {
                end += inside.len() + 4;
                spans.push(start..end);
            }
        }
    }
    regex.captures_iter(text.as_bytes()).any(|found| {
        let secret = found.name("secret").or_else(|| found.get(0));
        secret
            .filter(|secret| !secret.is_empty())
            .is_some_and(|secret| {
                let apart = |span: &std::ops::Range<usize>| {
                    span.end <= secret.start() || secret.end() <= span.start
                };
                spans.iter().all(apart)
            })
    })
}

#[cfg(test)]
mod tests;
