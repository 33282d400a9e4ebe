//! Options of every command that reports: where to, how loud, and what the exit
//! code says. A report that would hold a secret is withheld here.

use super::Failure;
use super::input::Harm;
use crate::detect::secrets::Engine;
use crate::detect::secrets::Scratch;
use crate::detect::secrets::delta::Scanned;
use crate::error::ExitCode;
use crate::model::coverage::Reason;
use crate::model::finding::Status;
use crate::model::report::Report;
use crate::model::rule::Confidence;
use crate::model::rule::Rule;
use crate::model::rule::Severity;
use crate::model::secret::Secret;
use crate::report;
use crate::report::output::Destination;
use crate::report::output::Target;
use crate::report::output::write_all;
use crate::report::text::Text;
use crate::rules::builtin;
use crate::scan::Outcome;
use aho_corasick::AhoCorasick;
use clap::ValueEnum;
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Where reports go and what the exit code says.
#[derive(Debug, clap::Args)]
#[group(id = "output")]
pub(super) struct Args {
    /// A report: text, json, jsonl, sarif, html, junit, gitlab or github, with `=PATH` to write a file; may be repeated.
    #[arg(long, short, value_name = "FORMAT[=PATH]", help_heading = "Reports")]
    report: Vec<String>,

    /// When to use colours.
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        value_name = "WHEN",
        help_heading = "Reports"
    )]
    color: When,

    /// Write no report to the terminal unless something was found or not read.
    #[arg(long, short, help_heading = "Reports")]
    quiet: bool,

    /// Findings of at least this severity make the exit code 1.
    #[arg(
        long,
        value_enum,
        default_value = "info",
        value_name = "SEVERITY",
        help_heading = "Exit code"
    )]
    fail_on: Harm,

    /// Exit with 0 whatever was found; what was not read still gives 3.
    #[arg(long, help_heading = "Exit code")]
    exit_zero: bool,

    /// Reasons for which something may be left unread without exit code 3, such as `shallow,lfs`.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "REASON",
        help_heading = "Exit code"
    )]
    allow_incomplete: Vec<String>,
}

impl Args {
    /// True when standard output gets text for a person, and not only on finding something.
    pub(super) fn is_plain(&self) -> bool {
        let is_text = |it: &String| it == "text";
        !self.quiet && (self.report.is_empty() || self.report.iter().all(is_text))
    }
}

/// Refuses bytes that hold a secret.
pub(super) fn guarded(bytes: &[u8], secrets: &[Secret]) -> Result<(), Failure> {
    if LeakCheck::new(secrets, true).finds(bytes) {
        return Err(Failure {
            code: ExitCode::Internal,
            message: "a file would have held a secret and was withheld; this is a defect of bowerbird, please report it without the file".to_owned(),
        });
    }
    Ok(())
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

static PLAIN: Text<'static> = Text::PLAIN;
static COLORED: Text<'static> = Text {
    color: true,
    links: None,
};

/// The reports that were asked for; text on standard output when none was.
pub(super) fn targets(args: &Args) -> Result<Vec<Target<'static>>, Failure> {
    reasons(args)?;
    let mut targets = Vec::new();
    for asked in &args.report {
        let (name, path) = match asked.split_once('=') {
            Some((name, path)) => (name, Some(path)),
            None => (asked.as_str(), None),
        };
        let to = path.map_or(Destination::Stdout, |path| {
            Destination::File(PathBuf::from(path))
        });
        let format = report::by_name(name).ok_or_else(|| {
            let known: Vec<&str> = report::FORMATS.iter().map(|format| format.name()).collect();
            Failure::usage(format!(
                "there is no report `{name}`: choose {}",
                known.join(", ")
            ))
        })?;
        targets.push(Target { format, to });
    }
    if targets.is_empty() {
        targets.push(Target {
            format: &PLAIN,
            to: Destination::Stdout,
        });
    }
    let on_stdout = targets
        .iter()
        .filter(|target| target.to == Destination::Stdout)
        .count();
    if on_stdout > 1 {
        return Err(Failure::usage(
            "only one report fits standard output: give the others a path",
        ));
    }
    for target in &mut targets {
        if target.format.name() == "text" && target.to == Destination::Stdout && colored(args) {
            target.format = &COLORED;
        }
    }
    Ok(targets)
}

/// NO_COLOR (no-color.org) and a pipe switch colours off, `--color` decides.
fn colored(args: &Args) -> bool {
    match args.color {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            std::io::stdout().is_terminal()
                && anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
        }
    }
}

/// Writes all reports.
pub(super) fn write(
    args: &Args,
    targets: &[Target<'_>],
    report: &Report,
    secrets: &[Secret],
) -> Result<(), Failure> {
    let is_silent = args.quiet && report.complete && report.findings.is_empty();
    let targets: Vec<Target<'_>> = targets
        .iter()
        .filter(|target| !(is_silent && target.to == Destination::Stdout))
        .cloned()
        .collect();
    let quotes = !report.findings.is_empty() || !report.coverage.unscanned.is_empty();
    let leaks = LeakCheck::new(secrets, quotes);
    let mut stdout = std::io::stdout().lock();
    write_all(report, &targets, &mut stdout, &|bytes| leaks.finds(bytes)).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure {
            code: ExitCode::Internal,
            message: lines.join("\nerror: "),
        }
    })
}

/// What the exit code says: incomplete before findings before clean.
pub(super) fn exit_code(args: &Args, outcome: &Outcome) -> ExitCode {
    if is_incomplete(args, outcome) {
        return ExitCode::Incomplete;
    }
    let floor = Severity::from(args.fail_on);
    let counts = outcome
        .findings
        .iter()
        .any(|finding| finding.status == Status::Open && finding.severity >= floor);
    if counts && !args.exit_zero {
        ExitCode::Findings
    } else {
        ExitCode::Clean
    }
}

/// Whether something was not read that `--allow-incomplete` does not name.
pub(super) fn is_incomplete(args: &Args, outcome: &Outcome) -> bool {
    let allowed = reasons(args).unwrap_or_default();
    let mut missed = outcome.coverage.unscanned_total.keys();
    outcome.coverage.is_empty() || missed.any(|reason| !allowed.contains(reason))
}

/// The reasons of `--allow-incomplete`.
fn reasons(args: &Args) -> Result<BTreeSet<Reason>, Failure> {
    let parse = |name: &String| {
        serde_json::from_value(serde_json::Value::String(name.clone())).map_err(|_| {
            Failure::usage(format!(
                "--allow-incomplete {name}: there is no such reason; a report names them beside what was not read"
            ))
        })
    };
    args.allow_incomplete.iter().map(parse).collect()
}

/// Finds raw secrets in a rendered report: those of this run, and whatever our own
/// provider rules are sure of.
struct LeakCheck {
    secrets: Option<AhoCorasick>,
    /// Absent when the report quotes nothing of what was scanned.
    engine: Option<Engine>,
}

/// Shorter secrets stand in ordinary text by chance.
const SHORTEST: usize = 12;

impl LeakCheck {
    fn new(secrets: &[Secret], quotes: bool) -> Self {
        let known: Vec<&[u8]> = secrets
            .iter()
            .map(Secret::expose)
            .filter(|secret| secret.len() >= SHORTEST && secret.iter().any(u8::is_ascii_digit))
            .collect();
        let sure = |rule: &&'static Rule| {
            !rule.generic && !rule.part_only && rule.confidence == Confidence::High
        };
        let rules = || builtin::pack().rules().iter().filter(sure).collect();
        LeakCheck {
            secrets: AhoCorasick::new(known).ok(),
            engine: quotes.then(|| Engine::new(rules(), None)),
        }
    }

    fn finds(&self, rendered: &[u8]) -> bool {
        let known = self
            .secrets
            .as_ref()
            .is_none_or(|secrets| secrets.is_match(rendered));
        known
            || self
                .engine
                .as_ref()
                .is_some_and(|engine| has_secret(engine, rendered))
    }
}

/// Our own provider rules find something in a rendered report.
fn has_secret(engine: &Engine, rendered: &[u8]) -> bool {
    Scanned::whole(engine, rendered, &mut Scratch::default())
        .matches()
        .any(|matched| matched.info.refused.is_none())
}
