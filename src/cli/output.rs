//! Options of every command that reports: where to, how loud, and what the exit
//! code says. A report that would hold a secret is withheld here.

use super::Failure;
use super::input::Harm;
use crate::bytes::escape;
use crate::detect::secrets::Engine;
use crate::error::ExitCode;
use crate::evidence;
use crate::findings::baseline::Baseline;
use crate::model::coverage::Reason;
use crate::model::finding::Status;
use crate::model::record::Record;
use crate::model::report::Report;
use crate::model::rule::Confidence;
use crate::model::rule::Rule;
use crate::model::rule::Severity;
use crate::model::secret::Secret;
use crate::report;
use crate::report::Format;
use crate::report::describe;
use crate::report::output::Destination;
use crate::report::output::Target;
use crate::report::output::write_all;
use crate::report::output::write_file;
use crate::report::text::Text;
use crate::rules::builtin;
use crate::scan::Outcome;
use crate::scan::mask::Masker;
use clap::ValueEnum;
use memchr::memmem;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::ops::Range;
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

    /// Write no text report unless there is an open finding, a verdict, or something was not read; show no progress.
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Reports")]
    pub(super) quiet: bool,

    /// Write a baseline of all open findings, and of those that --baseline lets be.
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    write_baseline: Option<PathBuf>,

    /// The reason that new entries of the baseline are given.
    #[arg(
        long,
        value_name = "TEXT",
        requires = "write_baseline",
        help_heading = "Findings"
    )]
    baseline_reason: Option<String>,

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

/// Refuses files of which one holds a secret. A value that our own tables hold too is a word there.
pub(super) fn guarded<'a>(
    files: impl IntoIterator<Item = &'a [u8]>,
    secrets: &[Secret],
) -> Result<(), Failure> {
    let engine = Engine::new(sure_rules(), None);
    let masker = Masker::new(secrets, &engine);
    for bytes in files {
        let mut found = masker.find(bytes).into_iter();
        if !found.all(|span| is_own_word(&bytes[span])) {
            return Err(Failure {
                code: ExitCode::Internal,
                message: "a file would have held a secret and was withheld; this is a defect of bowerbird, please report it without the file".to_owned(),
            });
        }
    }
    Ok(())
}

/// The record with a mask over every text of the repository that is a secret elsewhere, so that
/// a name or a quoted line neither tells one nor keeps the record from being written.
pub(super) fn masked(record: Record, secrets: &[Secret]) -> Result<Record, Failure> {
    let engine = Engine::new(sure_rules(), None);
    let masker = Masker::new(secrets, &engine);
    let mut value = serde_json::to_value(&record).map_err(Failure::internal)?;
    let mut masked = 0;
    let mut queue = vec![&mut value];
    while let Some(next) = queue.pop() {
        match next {
            Value::String(text) => {
                let mut found = masker.find(text.as_bytes()).into_iter();
                if !found.all(|span| is_own_word(&text.as_bytes()[span])) {
                    masked += u64::from(masker.mask(text));
                }
            }
            Value::Array(items) => queue.extend(items),
            Value::Object(map) => queue.extend(map.iter_mut().map(|(_, value)| value)),
            _ => {}
        }
    }
    if masked == 0 {
        return Ok(record);
    }
    let mut record: Record = serde_json::from_value(value).map_err(Failure::internal)?;
    record.completeness.coverage.masked += masked;
    Ok(record)
}

/// Whether a text stands in the checks, the model or the ids of rules that ship with the program.
fn is_own_word(text: &[u8]) -> bool {
    let mut rules = builtin::pack().rules().iter();
    memmem::find(evidence::builtin::bytes(), text).is_some()
        || memmem::find(evidence::model::TABLE.as_bytes(), text).is_some()
        || rules.any(|rule| memmem::find(rule.id.0.as_bytes(), text).is_some())
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

/// Writes all reports, and the baseline when one is asked for.
pub(super) fn write(
    args: &Args,
    targets: &[Target<'_>],
    mut report: Report,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let has_news = describe::open(&report) > 0 || !report.assessments.is_empty();
    let is_silent = args.quiet && report.complete && !has_news;
    let targets: Vec<Target<'_>> = targets
        .iter()
        .filter(|target| {
            let for_a_person = target.to == Destination::Stdout && target.format.name() == "text";
            !(is_silent && for_a_person)
        })
        .cloned()
        .collect();
    let quotes = !report.findings.is_empty() || !report.coverage.unscanned.is_empty();
    let engine = Engine::new(if quotes { sure_rules() } else { Vec::new() }, None);
    let masker = Masker::new(&outcome.secrets, &engine);
    let mut masked = 0;
    report.texts_mut(&mut |text| masked += u64::from(masker.mask(text)));
    report.coverage.masked += masked;
    let leaks = |format: &dyn Format, rendered: &[u8]| leaks(&report, &masker, format, rendered);
    let mut stdout = std::io::stdout().lock();
    let written = write_all(&report, &targets, &mut stdout, &leaks);
    let mut lines: Vec<String> = written
        .err()
        .into_iter()
        .flatten()
        .map(|it| it.to_string())
        .collect();
    lines.extend(write_baseline(args, outcome).err());
    if lines.is_empty() {
        return Ok(());
    }
    Err(Failure {
        code: ExitCode::Internal,
        message: lines.join("\nerror: "),
    })
}

/// Writes what would let all open findings be.
fn write_baseline(args: &Args, outcome: &Outcome) -> Result<(), String> {
    let Some(path) = &args.write_baseline else {
        return Ok(());
    };
    let given = args.baseline_reason.as_deref().unwrap_or_default();
    let mut entries = outcome.baseline.clone();
    for entry in entries.iter_mut().filter(|entry| entry.reason.is_empty()) {
        given.clone_into(&mut entry.reason);
    }
    let text = Baseline::new(entries).to_json();
    write_file(text.as_bytes(), path).map_err(|fault| {
        let shown = escape::terminal(path.as_os_str().as_encoded_bytes());
        format!("cannot write the baseline to {shown}: {fault}")
    })
}

/// True when a rendered report holds a secret. What the same report says without a word of what
/// was scanned is ours: a value that stands there is a word, whatever it is elsewhere.
fn leaks(report: &Report, masker: &Masker<'_>, format: &dyn Format, rendered: &[u8]) -> bool {
    let found = masker.find(rendered);
    if found.is_empty() {
        return false;
    }
    let mut blank = report.clone();
    blank.texts_mut(&mut |text: &mut String| text.clear());
    let mut ours = Vec::new();
    // A format that cannot be written to memory could not be written before.
    let _ = format.write(&blank, &mut ours);
    let is_ours = |at: Range<usize>| memmem::find(&ours, &rendered[at]).is_some();
    !found.into_iter().all(is_ours)
}

/// The provider rules that are nearly never wrong.
fn sure_rules() -> Vec<&'static Rule> {
    let sure = |rule: &&'static Rule| {
        !rule.generic && !rule.part_only && rule.confidence == Confidence::High
    };
    builtin::pack().rules().iter().filter(sure).collect()
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
        serde_json::from_value(Value::String(name.clone())).map_err(|_| {
            Failure::usage(format!(
                "--allow-incomplete {name}: there is no such reason; a report names them beside what was not read"
            ))
        })
    };
    args.allow_incomplete.iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_withheld_and_a_word_of_ours_is_not() {
        let known = |value: &str| [Secret::new(value.as_bytes())];
        assert!(guarded([&b"x hunter2horse99 y"[..]], &known("hunter2horse99")).is_err());
        let word = "066084c6-1135-4635-9cc5-9e75c7c5459f"; // bowerbird:allow an id of the model
        let told = format!("x {word} y");
        assert!(guarded([told.as_bytes()], &known(word)).is_ok());
    }
}
