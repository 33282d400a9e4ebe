//! Insecure code: each file that a check can concern is parsed once, lowered to
//! one small tree for all languages, and run on abstract values. What the checks
//! look for is data; how findings are shown and counted is left to others.

mod calls;
mod checks;
mod code;
mod containers;
mod demand;
mod engine;
mod expressions;
mod fields;
mod fold;
mod language;
mod lower;
mod machine;
mod memory;
mod names;
mod report;
mod shape;
mod syntax;
#[cfg(test)]
mod tests;
mod texts;
mod value;
mod words;

pub use checks::CheckError;
pub use engine::Engine;
pub use engine::Judgement;
pub use language::Language;
pub use language::unanalysed;
pub use syntax::Fault;

use crate::rules::sast::Library;
use crate::rules::sast::Look;
use checks::Checks;
use machine::Machine;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use syntax::Syntax;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The check.
    pub check: &'static str,
    /// Where, in bytes.
    pub span: Range<usize>,
    /// The function around it, or empty.
    pub scope: String,
    /// The resolved name that was matched.
    pub name: String,
    /// The name of the source, for a flow.
    pub source: Option<String>,
    /// The flow goes through a call of which nothing is known.
    pub is_weak: bool,
    /// The flow from its source to its sink; empty for a pattern.
    pub steps: Vec<FlowStep>,
    /// Holes of a pattern and the code in them.
    pub holes: Vec<(String, Range<usize>)>,
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowStep {
    /// Where, in bytes.
    pub span: Range<usize>,
    /// What happens there: a name for the first, otherwise a word.
    pub what: String,
}

/// What became of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// What was found, by place.
    pub found: Vec<Found>,
    /// How many checks could concern the file; with none it is not parsed.
    pub checks: usize,
    /// Some part could not be parsed and was walked round.
    pub has_errors: bool,
    /// What was not looked at.
    pub faults: Vec<Fault>,
}

/// The checks of all languages, ready to run.
pub struct Analyzer {
    languages: BTreeMap<&'static str, Checks>,
}

impl Analyzer {
    /// Compiles checks, given as language, id and what they look for.
    ///
    /// # Errors
    /// The first check that is not sound.
    pub fn new(
        libraries: &[Library],
        looks: &[(&str, &'static str, Look)],
    ) -> Result<Analyzer, CheckError> {
        let mut languages = BTreeMap::new();
        for family in language::ALL.map(Language::family) {
            if languages.contains_key(family) {
                continue;
            }
            let own: Vec<(&'static str, Look)> = looks
                .iter()
                .filter(|(language, ..)| *language == family)
                .map(|(_, id, look)| (*id, look.clone()))
                .collect();
            let empty = Library {
                language: family.to_owned(),
                ..Library::default()
            };
            let library = libraries
                .iter()
                .find(|library| library.language == family)
                .unwrap_or(&empty);
            if !own.is_empty() {
                languages.insert(family, Checks::new(library, &own)?);
            }
        }
        Ok(Analyzer { languages })
    }

    /// How many checks there are for a language.
    pub fn checks(&self, language: Language) -> usize {
        self.languages
            .get(language.family())
            .map_or(0, |checks| checks.checks.len())
    }

    /// Analyses one file.
    pub fn analyse(&self, language: Language, path: &str, bytes: &[u8]) -> Analysis {
        let mut analysis = Analysis::default();
        let Some(checks) = self.languages.get(language.family()) else {
            return analysis;
        };
        if bytes.len() > syntax::SIZE_CAP {
            analysis.faults.push(Fault::Size);
            return analysis;
        }
        let active = checks.concerned(bytes);
        analysis.checks = active.iter().filter(|is_active| **is_active).count();
        if analysis.checks == 0 {
            return analysis;
        }
        let text = as_text(bytes);
        match Syntax::parse(language, text.as_bytes()) {
            Ok(syntax) => run(
                checks,
                language,
                path,
                &text,
                &syntax,
                active,
                &mut analysis,
            ),
            Err(fault) => analysis.faults.push(fault),
        }
        analysis
    }
}

/// The bytes as text of the same length: what is not UTF-8 becomes `?`.
fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let mut fixed = String::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                fixed.push_str(chunk.valid());
                fixed.extend(chunk.invalid().iter().map(|_| '?'));
            }
            Cow::Owned(fixed)
        }
    }
}

fn run(
    checks: &Checks,
    language: Language,
    path: &str,
    text: &str,
    syntax: &Syntax,
    active: Vec<bool>,
    analysis: &mut Analysis,
) {
    let code = lower::lower(language, syntax, text);
    let texts: Vec<usize> = (0..active.len()).filter(|check| active[*check]).collect();
    let mut machine = Machine::new(&code, checks, path, active);
    machine.run();
    analysis.has_errors = syntax.has_errors;
    if syntax.is_cut {
        analysis.faults.push(Fault::Depth);
    }
    if machine.is_spent {
        analysis.faults.push(Fault::Work);
    }
    let range = |at: code::Bytes| at.0 as usize..at.1 as usize;
    for ((check, at), hit) in machine.hits {
        analysis.found.push(Found {
            check: checks.checks[check as usize].id,
            span: range(at),
            scope: scope(&code, at),
            name: hit.name.to_string(),
            source: hit.source.map(|source| source.to_string()),
            is_weak: hit.is_weak,
            steps: hit
                .steps
                .iter()
                .map(|(at, what)| FlowStep {
                    span: range(*at),
                    what: what.to_string(),
                })
                .collect(),
            holes: Vec::new(),
        });
    }
    for check in texts {
        let (check, mut hits) = (&checks.checks[check], checks.text_hits(check, text));
        if let Some(shaped) = &check.shaped {
            let searched = shaped.find(language, path, syntax, &code);
            if searched.is_spent && !analysis.faults.contains(&Fault::Work) {
                analysis.faults.push(Fault::Work);
            }
            hits.extend(searched.hits);
        }
        for hit in hits {
            analysis.found.push(Found {
                check: check.id,
                span: range(hit.at),
                scope: scope(&code, hit.at),
                name: String::new(),
                source: None,
                is_weak: false,
                steps: Vec::new(),
                holes: hit
                    .holes
                    .into_iter()
                    .map(|(name, at)| (name, range(at)))
                    .collect(),
            });
        }
    }
    analysis
        .found
        .sort_by_key(|found| (found.span.start, found.span.end, found.check));
}

/// The names of class and function around a place.
fn scope(code: &code::Code<'_>, at: code::Bytes) -> String {
    let around = code.functions.iter().filter(|function| {
        function.at.0 <= at.0 && at.1 <= function.at.1 && !function.name.is_empty()
    });
    let innermost = around.min_by_key(|function| function.at.1 - function.at.0);
    match innermost {
        Some(function) if function.class.is_empty() => function.name.to_owned(),
        Some(function) => format!("{}.{}", function.class, function.name),
        None => String::new(),
    }
}

/// The lowered code of a text, for whoever writes a check.
pub fn dump(language: Language, bytes: &[u8]) -> String {
    let text = as_text(bytes);
    match Syntax::parse(language, text.as_bytes()) {
        Ok(syntax) => format!("{:#?}", lower::lower(language, &syntax, &text)),
        Err(fault) => format!("{fault:?}"),
    }
}
