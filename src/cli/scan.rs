//! `bowerbird scan`: look, report, and let the exit code say what came of it.

use super::Failure;
use super::input;
use super::input::Prepared;
use super::output;
use super::progress::Line;
use super::progress::Stages;
use crate::error::ExitCode;
use crate::limits::Interrupt;
use crate::model::evidence::Assessment;
use crate::model::report::Report;
use crate::report::describe;
use crate::scan;
use crate::scan::Outcome;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::flag;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Arguments of `scan`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    input: input::Args,
    #[command(flatten)]
    output: output::Args,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let targets = output::targets(&args.output)?;
    let mut prepared = input::prepare(&args.input)?;
    let outcome = look(&mut prepared, args.output.quiet)?;
    let code = output::exit_code(&args.output, &outcome);
    let report = report(&prepared, &outcome, Vec::new());
    output::write(&args.output, &targets, report, &outcome)?;
    Ok(interrupted(&prepared).unwrap_or(code))
}

/// The exit code of a run that a signal ended early.
pub(super) fn interrupted(prepared: &Prepared) -> Option<ExitCode> {
    match prepared.options.interrupt.signal() as i32 {
        0 => None,
        SIGTERM => Some(ExitCode::Terminated),
        _ => Some(ExitCode::Interrupted),
    }
}

/// Lets the first signal end the scan, with a report of what was read until then, and the second one
/// the program. A system that refuses the handler leaves things as they are without it.
fn listen(interrupt: &Interrupt) {
    for signal in [SIGINT, SIGTERM] {
        let again = Arc::new(AtomicBool::new(false));
        let _ = flag::register_conditional_default(signal, Arc::clone(&again));
        let _ = flag::register(signal, again);
        let _ = flag::register_usize(signal, Arc::clone(&interrupt.0), signal as usize);
    }
}

/// Scans what was asked for and says on standard error what a report need not.
pub(super) fn look(prepared: &mut Prepared, quiet: bool) -> Result<Outcome, Failure> {
    let line = Line::start(!quiet && !prepared.verbose);
    let mut stages = Stages::new(prepared.verbose);
    let rules = prepared.rules.rules().len() as u64;
    stages.say(&describe::count(rules, "rule", "rules"));
    prepared.options.progress = Some(Arc::clone(&line.counts));
    listen(&prepared.options.interrupt);
    let mut input = std::io::stdin().lock();
    let outcome = scan::scan_staged(
        &prepared.rules,
        &prepared.options,
        &mut input,
        &|id| prepared.title(id),
        &mut |stage| stages.ended(stage, &line.counts),
    );
    drop(line);
    let outcome = outcome.map_err(|error| Failure::usage(error.to_string()))?;
    let work = outcome.work;
    stages.say(&format!(
        "{} searched in the history, {} verified, {} compiled",
        describe::bytes(work.searched),
        describe::count(work.candidates, "candidate", "candidates"),
        describe::count(work.compiled, "rule", "rules")
    ));
    for note in &outcome.notes {
        // A closed standard error is no reason to fail.
        let _ = writeln!(std::io::stderr(), "note: {note}");
    }
    Ok(outcome)
}

/// The report of an outcome.
pub(super) fn report(
    prepared: &Prepared,
    outcome: &Outcome,
    assessments: Vec<Assessment>,
) -> Report {
    let mut report = Report {
        schema: Report::SCHEMA.to_owned(),
        run: prepared.run(outcome),
        complete: outcome.coverage.is_complete(),
        coverage: outcome.coverage.clone(),
        findings: outcome.findings.clone(),
        refused: outcome.refused.clone(),
        assessments,
        docs: Default::default(),
        tags: Default::default(),
    };
    for finding in &report.findings {
        let id = finding.rule.0;
        if let Some(doc) = prepared.doc(id) {
            report.docs.insert(id, doc.clone());
        }
        let rule = prepared.rules.rules().iter().find(|rule| rule.id.0 == id);
        report.tags.extend(rule.map(|rule| (id, rule.tags.clone())));
    }
    report
}
