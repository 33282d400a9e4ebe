//! `bowerbird rules`: what is looked for, and whether a rule file is sound.
//! Writing a rule needs no build: `rules lint` and `rules test` read the file
//! with the code that the build uses.

use super::Failure;
use super::input;
use crate::detect::secrets::Engine;
use crate::error::ExitCode;
use crate::examples;
use crate::model::rule::RuleKind;
use crate::report::describe;
use crate::rules::builtin;
use crate::rules::encode::Pack;
use crate::samples;
use crate::token;
use clap::Subcommand;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `rules`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One line a rule: id, severity, confidence, title.
    List,
    /// Everything about one rule.
    Show {
        /// The rule's id.
        rule: String,
    },
    /// Names that `validate` may have in a rule file.
    Formats,
    /// Refuse what is wrong with rule files, with file and line.
    Lint {
        /// Rule files, or folders of them; the built-in rules when none is given.
        paths: Vec<PathBuf>,
    },
    /// Run the examples of rules through the whole pipeline.
    Test {
        /// Rule files, or folders of them; the built-in rules when none is given.
        paths: Vec<PathBuf>,
    },
}

pub(super) fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.command {
        Command::List => list(),
        Command::Show { rule } => show(&rule),
        Command::Formats => formats(),
        Command::Lint { paths } => lint(paths),
        Command::Test { paths } => test(paths),
    }
}

fn list() -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    for pack in builtin::packs() {
        for (rule, doc) in pack.rules().iter().zip(pack.docs()) {
            let (severity, confidence) = (word(&rule.severity), word(&rule.confidence));
            writeln!(
                out,
                "{:<44} {severity:<8} {confidence:<6} {}",
                rule.id, doc.title
            )?;
        }
    }
    Ok(ExitCode::Clean)
}

fn formats() -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    token::FORMATS
        .iter()
        .try_for_each(|format| writeln!(out, "{}", format.name()))?;
    Ok(ExitCode::Clean)
}

/// A unit variant as it stands in rule files.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Everything about one rule, for `rules show` and `explain`.
pub(super) fn show(id: &str) -> Result<ExitCode, Failure> {
    let named = |pack: &'static Pack| {
        let mut rules = pack.rules().iter();
        Some((pack, rules.position(|rule| rule.id.0 == id)?))
    };
    let (pack, index) = builtin::packs()
        .into_iter()
        .find_map(named)
        .ok_or_else(|| unknown(id))?;
    let (rule, doc) = (&pack.rules()[index], &pack.docs()[index]);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n{}\n", rule.id, doc.title)?;
    writeln!(out, "provider    {}", doc.provider)?;
    writeln!(out, "severity    {}", word(&rule.severity))?;
    writeln!(out, "confidence  {}", word(&rule.confidence))?;
    writeln!(out, "tags        {}", rule.tags.join(", "))?;
    if !rule.validate.is_empty() {
        writeln!(out, "validity    checked offline by `{}`", rule.validate)?;
    }
    if !rule.pattern.is_empty() {
        writeln!(out, "pattern     {}", rule.pattern)?;
    }
    let keywords: Vec<&str> = rule.keywords.iter().map(|keyword| keyword.text).collect();
    for (name, list) in [
        ("keywords   ", &keywords),
        ("activities ", &doc.activities),
        ("elsewhere  ", &doc.aka),
    ] {
        if !list.is_empty() {
            writeln!(out, "{name} {}", list.join(", "))?;
        }
    }
    writeln!(
        out,
        "\nWhy\n  {}\n\nFix\n  {}",
        doc.why.trim(),
        doc.fix.trim()
    )?;
    for (heading, lines) in [
        ("References", &doc.references),
        ("Known misses", &doc.known_misses),
    ] {
        if !lines.is_empty() {
            writeln!(out, "\n{heading}")?;
            lines
                .iter()
                .try_for_each(|line| writeln!(out, "  {line}"))?;
        }
    }
    Ok(ExitCode::Clean)
}

fn unknown(id: &str) -> Failure {
    let near: Vec<&str> = builtin::ids()
        .into_iter()
        .filter(|known| known.contains(id) || id.contains(*known))
        .take(5)
        .collect();
    let hint = if near.is_empty() {
        "`bowerbird rules list` names them all".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Failure::usage(format!("there is no rule `{id}`: {hint}"))
}

fn lint(paths: Vec<PathBuf>) -> Result<ExitCode, Failure> {
    let packs = packs_of(&paths)?;
    let mut out = std::io::stdout().lock();
    let count: usize = packs.iter().map(|pack| pack.rules().len()).sum();
    let sound = match count {
        1 => "1 rule is sound".to_owned(),
        count => format!("{} rules are sound", describe::number(count as u64)),
    };
    writeln!(out, "{sound}")?;
    Ok(ExitCode::Clean)
}

fn test(paths: Vec<PathBuf>) -> Result<ExitCode, Failure> {
    let packs = packs_of(&paths)?;
    let mut out = std::io::stdout().lock();
    let (mut rules, mut ran, mut failed) = (0, 0, 0);
    for pack in packs {
        let secrets = pack.rules().iter();
        let secrets = secrets.filter(|rule| rule.kind == RuleKind::Secret);
        let engine = Engine::new(secrets.collect(), None);
        rules += pack.rules().len();
        for rule in pack.examples() {
            ran += examples::listed(rule).count();
            for failure in examples::run(&engine, rule) {
                failed += 1;
                writeln!(out, "{failure}")?;
            }
        }
        ran += pack.samples().iter().map(samples::count).sum::<usize>();
        for failure in samples::run(pack) {
            failed += 1;
            writeln!(out, "{failure}")?;
        }
    }
    writeln!(
        out,
        "{}, {}, {failed} failed",
        describe::count(rules as u64, "rule", "rules"),
        describe::count(ran as u64, "example", "examples")
    )?;
    Ok(if failed == 0 {
        ExitCode::Clean
    } else {
        ExitCode::Usage
    })
}

/// The built-in rules, or those of the given files, linted.
fn packs_of(paths: &[PathBuf]) -> Result<Vec<&'static Pack>, Failure> {
    match paths.is_empty() {
        true => Ok(builtin::packs().to_vec()),
        false => input::user_packs(paths),
    }
}
