//! Rules of other tools: which format a file is of, and its rules made into checks
//! of ours when it is read, so that there is one engine. What maps is in the module
//! of each format; what does not is refused with rule, line and the feature's name.
//! Facts of the formats are from their public documentation only.

mod ast_grep;
mod names;
mod semgrep;
mod taint;
mod yaml;

use crate::model::rule::Confidence;
use crate::model::rule::Severity;
use crate::rules::check::CheckFile;
use crate::rules::check::Sample;
use crate::rules::check::SourceCheck;
use crate::rules::check::SourceExamples;
use crate::rules::check::Tier;
use crate::rules::sast::Look;
use crate::rules::source;
use crate::rules::source::At;
use crate::rules::source::Place;
use crate::rules::source::RuleError;
use yaml::Refusal;
use yaml::Yaml;

/// A format of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Documents with `id`, `language` and `rule`.
    AstGrep,
    /// A list of `rules`, each with `languages`.
    Semgrep,
}

/// The format of a file, by its keys; none for a file of ours.
pub fn format(text: &str) -> Option<Format> {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    let languages = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ");
        line.trim_start().starts_with("languages:")
    };
    if has("provider:") || has("platform:") || has("checks:") {
        None
    } else if has("rule:") && has("language:") {
        Some(Format::AstGrep)
    } else if has("rules:") && text.lines().any(languages) {
        Some(Format::Semgrep)
    } else {
        None
    }
}

/// One check to be, with what only the other format knows.
struct Imported {
    language: &'static str,
    check: SourceCheck<Look>,
}

/// What a rule says about itself, whatever its format.
struct Head {
    id: At<String>,
    title: String,
    message: String,
    severity: Severity,
    confidence: Confidence,
    tier: Tier,
    cwe: Vec<u32>,
    tags: Vec<String>,
    fix: String,
    references: Vec<String>,
}

impl Head {
    fn check(self, language: &'static str, look: Look, format: &str) -> Imported {
        let check = SourceCheck {
            title: self.title,
            severity: self.severity,
            confidence: self.confidence,
            tier: self.tier,
            cwe: self.cwe,
            owasp: Vec::new(),
            tags: self.tags,
            why: self.message.clone(),
            message: self.message,
            fix: self.fix,
            references: self.references,
            activities: Vec::new(),
            aka: vec![format!("{format}:{}", self.id.value)],
            replace: false,
            body: look,
            examples: SourceExamples {
                bad: Vec::new(),
                good: Vec::new(),
                known_miss: Vec::new(),
            },
            id: At {
                value: kebab(&self.id.value),
                place: self.id.place,
            },
        };
        Imported { language, check }
    }
}

/// Reads one file of another tool's rules as files of checks, one for each language. `path` is
/// only used in errors; `examples` are the files beside it, by name and text.
///
/// # Errors
/// Of every rule that does not map, the first feature that has no counterpart.
pub fn parse(
    format: Format,
    path: &str,
    text: &str,
    examples: &[(String, String)],
) -> Result<Vec<CheckFile<Look>>, Vec<RuleError>> {
    let read = match format {
        Format::AstGrep => ast_grep::rules,
        Format::Semgrep => semgrep::rules,
    };
    let mut files: Vec<CheckFile<Look>> = Vec::new();
    let mut errors = Vec::new();
    for (before, part) in documents(text) {
        let lower = |mut error: RuleError| {
            if error.place.line > 0 {
                error.place.line += before;
            }
            error
        };
        let document: At<Yaml> = match source::document(path, part) {
            Ok(document) => document,
            Err(error) => {
                errors.push(lower(error));
                continue;
            }
        };
        for rule in read(&document) {
            match rule {
                Ok(imported) => imported.into_iter().for_each(|one| {
                    add(&mut files, path, before, one, examples);
                }),
                Err(refusal) => errors.push(lower(named(path, refusal))),
            }
        }
    }
    match errors.is_empty() {
        true => Ok(files),
        false => Err(errors),
    }
}

fn named(path: &str, refusal: Refusal) -> RuleError {
    RuleError {
        path: path.to_owned(),
        place: refusal.place,
        rule: refusal.rule,
        message: refusal.message,
    }
}

fn add(
    files: &mut Vec<CheckFile<Look>>,
    path: &str,
    before: u32,
    one: Imported,
    examples: &[(String, String)],
) {
    let mut check = one.check;
    check.id.place.line += before;
    let id = check.aka[0].split_once(':').map_or("", |(_, id)| id);
    for (name, text) in examples {
        let sample = annotated(id, name, text);
        match sample.at.is_empty() {
            true => check.examples.good.push(sample),
            false => check.examples.bad.push(sample),
        }
    }
    let known = files
        .iter_mut()
        .find(|file| file.platform.value == one.language);
    match known {
        Some(file) => file.checks.push(check),
        None => files.push(CheckFile {
            platform: At {
                value: one.language.to_owned(),
                place: check.id.place,
            },
            sample: String::new(),
            activities: Vec::new(),
            checks: vec![check],
            path: path.to_owned(),
        }),
    }
}

/// The documents of a file with the number of lines before each.
fn documents(text: &str) -> Vec<(u32, &str)> {
    let mut found = Vec::new();
    let (mut start, mut before, mut at) = (0, 0, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        if line.trim_end() == "---" {
            found.push((before, &text[start..at]));
            (start, before) = (end, number as u32 + 1);
        }
        at = end;
    }
    found.push((before, &text[start..]));
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    found.retain(|(_, part)| !part.lines().all(is_blank));
    found
}

/// An id in the form of ours: lower case, and `-` for whatever else is no letter or digit.
fn kebab(id: &str) -> String {
    let parts = id.split(|c: char| !c.is_ascii_alphanumeric());
    let parts: Vec<String> = parts
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    parts.join("-")
}

/// A file of examples in which comments `ruleid: ID` say that the next line is reported.
fn annotated(id: &str, name: &str, text: &str) -> Sample {
    let mut at = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let marked = line
            .split_once("ruleid:")
            .filter(|(before, _)| !before.ends_with("todo"));
        let names = |(_, ids): (&str, &str)| {
            ids.split([',', ' ', '\t'])
                .any(|one| one.trim_end_matches("*/").trim() == id)
        };
        if marked.is_some_and(names) {
            at.push(number as u64 + 2);
        }
    }
    // Its own name may say "test", which would lower what is found in it.
    let extension = name.rsplit('.').next().unwrap_or_default();
    Sample {
        name: format!("sample.{extension}"),
        text: text.to_owned(),
        at,
        files: Vec::new(),
    }
}

/// Our language of a name that other tools use, in lower case.
fn language(name: &At<Yaml>) -> Result<&'static str, Refusal> {
    let text = name.text("language")?;
    Ok(match text.to_ascii_lowercase().as_str() {
        "python" | "py" | "python2" | "python3" => "python",
        "javascript" | "js" | "jsx" | "typescript" | "ts" | "tsx" => "javascript",
        "java" => "java",
        "go" | "golang" => "go",
        "c" | "cpp" | "c++" => "c",
        "csharp" | "c#" | "cs" => "csharp",
        "php" => "php",
        "ruby" | "rb" => "ruby",
        "rust" | "rs" => "rust",
        _ => {
            let message = format!("language `{text}` has no counterpart: it is not analysed");
            return yaml::refuse(name.place, message);
        }
    })
}

/// Refuses a regex that the engine cannot run.
fn regex(value: &At<Yaml>, key: &str) -> Result<String, Refusal> {
    let text = value.text(key)?;
    match regex_syntax::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => yaml::refuse(
            value.place,
            format!(
                "the regex of `{key}` has no counterpart (look-around, back-reference, or no regex)"
            ),
        ),
    }
}

/// The first line of a text, for a heading.
fn heading(text: &str, id: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let first = line.split_inclusive(". ").next().unwrap_or_default();
    let first = first.trim().trim_end_matches('.');
    match first.is_empty() {
        true => id.to_owned(),
        false => first.chars().take(120).collect(),
    }
}

/// The place of a rule's id, or of the rule itself.
fn id_of(rule: &At<Yaml>) -> Result<At<String>, Refusal> {
    let Some(id) = rule.get("id") else {
        return yaml::refuse(rule.place, "the rule has no `id`");
    };
    let text = id.text("id")?;
    match kebab(text).is_empty() {
        true => yaml::refuse(id.place, "the `id` has no letter or digit"),
        false => Ok(At {
            value: text.to_owned(),
            place: id.place,
        }),
    }
}

/// A refusal that tells its rule.
fn of_rule(mut refusal: Refusal, id: &str, rule: Place) -> Refusal {
    refusal.rule = Some(id.to_owned());
    if refusal.place == Place::default() {
        refusal.place = rule;
    }
    refusal
}

#[cfg(test)]
mod tests;
