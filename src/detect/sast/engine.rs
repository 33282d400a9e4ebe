//! The code checks of a run: compiled for a language when its first file comes,
//! and what they find as faults with words for people. Which files come, and what
//! becomes of the faults, is decided elsewhere.

use super::Analysis;
use super::Analyzer;
use super::CheckError;
use super::Fault;
use super::Found;
use super::Language;
use crate::detect::generic;
use crate::detect::raised::File;
use crate::detect::raised::Judged;
use crate::detect::raised::Raised;
use crate::detect::raised::Unjudged;
use crate::model::coverage::Reason;
use crate::model::finding::Place;
use crate::model::rule::Confidence;
use crate::model::rule::Rule;
use crate::rules::builtin;
use crate::rules::sast::Body;
use crate::rules::sast::Look;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

/// Characters of a name that a message shows.
const NAME_CAP: usize = 60;

/// The checks of one language.
#[derive(Default)]
struct Family {
    checks: Vec<(usize, &'static Rule, &'static Body)>,
    analyzer: OnceLock<Analyzer>,
}

/// The code checks of a run.
pub struct Engine {
    rules: Vec<&'static Rule>,
    families: BTreeMap<&'static str, Family>,
}

/// What came of one file.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// Faults, and what was not judged.
    pub judged: Judged,
    /// It was parsed, because some check could concern it.
    pub is_parsed: bool,
    /// Parts of it are not of the grammar.
    pub is_partly: bool,
    /// All of it was judged.
    pub is_whole: bool,
}

impl Engine {
    /// An engine of these checks; a check's first tag is its language.
    pub fn new(checks: Vec<(&'static Rule, &'static Body)>) -> Self {
        let mut families: BTreeMap<&'static str, Family> = BTreeMap::new();
        let mut rules = Vec::new();
        for (number, (rule, body)) in checks.into_iter().enumerate() {
            rules.push(rule);
            let language = rule.tags.first().copied().unwrap_or_default();
            let family = families.entry(language).or_default();
            family.checks.push((number, rule, body));
        }
        Engine { rules, families }
    }

    /// Compiles all checks and says what is wrong with the first that is not sound.
    ///
    /// # Errors
    /// A name or pattern that is none, or a set of sources that is not there.
    pub fn prove(&self) -> Result<(), CheckError> {
        self.families
            .values()
            .try_for_each(|family| family.compile().map(|_| ()))
    }

    /// The rules, in the order in which [`Raised::check`] counts them.
    pub fn rule(&self, check: usize) -> &'static Rule {
        self.rules[check]
    }

    /// True when there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// How many checks there are for a language.
    pub fn count(&self, language: Language) -> u64 {
        let family = self.families.get(language.family());
        family.map_or(0, |family| family.checks.len() as u64)
    }

    /// Judges one file.
    pub fn judge(&self, language: Language, file: &File<'_>) -> Judgement {
        let Some(family) = self.families.get(language.family()) else {
            return Judgement::default();
        };
        let analyzer = family.analyzer.get_or_init(|| {
            let compiled = family.compile();
            compiled.expect("checks are proven before a run")
        });
        let analysis = analyzer.analyse(language, file.path, file.bytes);
        let mut judgement = Judgement {
            is_parsed: analysis.checks > 0,
            is_partly: analysis.has_errors,
            is_whole: analysis.faults.is_empty(),
            judged: Judged::default(),
        };
        judgement.judged.unjudged = analysis
            .faults
            .iter()
            .map(|fault| unjudged(*fault))
            .collect();
        if analysis.found.is_empty() {
            return judgement;
        }
        let numbers: BTreeMap<&str, usize> = family
            .checks
            .iter()
            .map(|(number, rule, _)| (rule.id.0, *number))
            .collect();
        let place = generic::place_of(file.path);
        judgement.judged.raised = self.raise(&analysis, &numbers, file, place);
        judgement
    }

    fn raise(
        &self,
        analysis: &Analysis,
        numbers: &BTreeMap<&str, usize>,
        file: &File<'_>,
        place: Place,
    ) -> Vec<Raised> {
        let place = match is_library(file.path) {
            true => Place::Vendored,
            false => place,
        };
        // A flow says more than a pattern of the same weakness at the same place.
        let cwe = |found: &Found| {
            let rule = self.rules[*numbers.get(found.check)?];
            rule.tags
                .iter()
                .find(|tag| tag.starts_with("cwe-"))
                .copied()
        };
        let is_told = |found: &Found| {
            let more = |one: &&Found| {
                !one.steps.is_empty()
                    && !one.is_weak
                    && one.span == found.span
                    && cwe(one) == cwe(found)
            };
            !found.steps.is_empty() || !analysis.found.iter().any(|one| more(&one))
        };
        let raise = |found: &Found| {
            let check = *numbers.get(found.check)?;
            let told = raised(found, check, self.rules[check], file.bytes, place);
            is_told(found).then_some(told)
        };
        analysis.found.iter().filter_map(raise).collect()
    }
}

impl Family {
    fn compile(&self) -> Result<Analyzer, CheckError> {
        let looks: Vec<(&str, &'static str, Look)> = self
            .checks
            .iter()
            .map(|(_, rule, body)| {
                (
                    rule.tags.first().copied().unwrap_or_default(),
                    rule.id.0,
                    body.look(),
                )
            })
            .collect();
        Analyzer::new(&builtin::libraries(), &looks)
    }
}

fn unjudged(fault: Fault) -> Unjudged {
    let (reason, detail) = match fault {
        Fault::Size => (Reason::LimitSize, "code of more than 2 MiB is not analysed"),
        Fault::Work => (
            Reason::LimitTime,
            "analysing it takes more steps than the limit",
        ),
        Fault::Depth => (
            Reason::LimitDepth,
            "code that nests deeper than 250 is not looked into",
        ),
        Fault::Failed => (Reason::ParseError, "the parser gave nothing"),
    };
    Unjudged {
        file: 0,
        reason,
        detail: detail.to_owned(),
    }
}

fn raised(found: &Found, check: usize, rule: &'static Rule, bytes: &[u8], place: Place) -> Raised {
    let span = found.span.start..found.span.end.max(found.span.start);
    Raised {
        check,
        file: 0,
        scope: span.clone(),
        resource: span.clone(),
        logical: found.scope.clone(),
        identity: format!("{}\n{}\n{}", found.scope, found.name, outline(bytes, &span)),
        message: message(found, rule, bytes),
        confidence: confidence(found, rule, place),
        secrets: secrets(rule, bytes, &span),
        flow: flow(found),
        span,
    }
}

/// True for the files of widely used libraries, wherever they are kept.
fn is_library(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_script = file.ends_with(".js");
    let known = [
        "jquery",
        "angular",
        "bootstrap",
        "react",
        "vue",
        "lodash",
        "underscore",
        "moment",
        "d3.",
        "d3-",
        "ace.",
        "chart.",
        "highcharts",
        "ckeditor",
        "tinymce",
        "three.",
        "backbone",
        "handlebars",
        "mustache",
        "sweetalert",
        "select2",
        "codemirror",
        "echarts",
        "layui",
        "raphael",
        "modernizr",
        "require.",
        "swagger-ui",
        "datatables",
        "prototype.",
        "mootools",
        "ext-all",
    ];
    is_script && known.iter().any(|name| file.starts_with(name))
}

/// Code that is not the program's own, and flows through calls of which nothing is known, are
/// told last.
fn confidence(found: &Found, rule: &Rule, place: Place) -> Confidence {
    let is_aside = matches!(
        place,
        Place::Test | Place::Vendored | Place::Generated | Place::Documentation | Place::Locale
    );
    if found.is_weak || is_aside {
        Confidence::Low
    } else {
        rule.confidence
    }
}

fn message(found: &Found, rule: &Rule, bytes: &[u8]) -> String {
    let shown = |name: &str| name.chars().take(NAME_CAP).collect::<String>();
    let name = shown(&found.name);
    let source = found.source.as_deref().map(shown).unwrap_or_default();
    let text = rule
        .message
        .replace("{source}", &source)
        .replace("{sink}", &name)
        .replace("{name}", &name);
    fill(text, found, bytes)
}

/// Puts the code in a pattern's holes into the message. Only names are shown: other code may hold
/// a secret.
fn fill(mut text: String, found: &Found, bytes: &[u8]) -> String {
    let mut holes: Vec<_> = found.holes.iter().collect();
    // The longer name first, so that `$X` does not eat the start of `$XY`.
    holes.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, at) in holes {
        let code = bytes.get(at.clone()).unwrap_or_default();
        let is_quoted = at.start > 0 && matches!(bytes[at.start - 1], b'"' | b'\'' | b'`');
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        let shown = match std::str::from_utf8(code) {
            Ok(code)
                if !is_quoted && code.len() <= NAME_CAP && code.bytes().all(|b| is_name(&b)) =>
            {
                code
            }
            _ => "…",
        };
        text = text.replace(&format!("${name}"), shown);
    }
    text
}

/// The code without its texts and spaces: what stays the same when lines move.
fn outline(bytes: &[u8], span: &Range<usize>) -> String {
    let mut kept = Vec::new();
    let mut quote = None;
    for byte in bytes.get(span.clone()).unwrap_or_default().iter().take(400) {
        match (quote, *byte) {
            (None, b'"' | b'\'' | b'`') => quote = Some(*byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, byte) if !byte.is_ascii_whitespace() => kept.push(byte),
            _ => {}
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Texts in the line of a finding about a credential are not shown.
fn secrets(rule: &Rule, bytes: &[u8], span: &Range<usize>) -> Vec<Range<usize>> {
    let is_credential = rule
        .tags
        .iter()
        .any(|tag| matches!(*tag, "cwe-798" | "cwe-259" | "cwe-321"));
    if !is_credential {
        return Vec::new();
    }
    let line = crate::bytes::line::line_around(bytes, span.start, 1 << 12);
    let end = line.end.max(span.end.min(bytes.len()));
    let mut found = Vec::new();
    let mut open: Option<(usize, u8)> = None;
    for (at, byte) in bytes.iter().enumerate().take(end).skip(line.start) {
        match (open, *byte) {
            (None, quote @ (b'"' | b'\'' | b'`')) => open = Some((at + 1, quote)),
            (Some((start, quote)), byte) if byte == quote => {
                found.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    found.extend(open.map(|(start, _)| start..end));
    found
}

fn flow(found: &Found) -> Vec<(usize, Range<usize>, String)> {
    let last = found.steps.len().saturating_sub(1);
    let step = |(number, step): (usize, &super::FlowStep)| {
        let text = match number {
            0 => format!("`{}` comes from outside", step.what),
            number if number == last => format!("reaches `{}`", found.name),
            _ => step.what.clone(),
        };
        (0, step.span.clone(), text)
    };
    found.steps.iter().enumerate().map(step).collect()
}
