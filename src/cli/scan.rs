//! `bowerbird scan`: look, report, and let the exit code say what came of it.

use super::Failure;
use super::input;
use super::input::Prepared;
use super::output;
use crate::error::ExitCode;
use crate::model::evidence::Assessment;
use crate::model::report::Report;
use crate::scan;
use crate::scan::Outcome;
use std::io::Write;

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
    let prepared = input::prepare(&args.input)?;
    let outcome = look(&prepared)?;
    for note in &outcome.notes {
        // A closed standard error is no reason to fail.
        let _ = writeln!(std::io::stderr(), "note: {note}");
    }
    let code = output::exit_code(&args.output, &outcome);
    let report = report(&prepared, &outcome, Vec::new());
    output::write(&args.output, &targets, &report, &outcome.secrets)?;
    Ok(code)
}

/// Scans what was asked for.
pub(super) fn look(prepared: &Prepared) -> Result<Outcome, Failure> {
    let mut input = std::io::stdin().lock();
    scan::scan(&prepared.rules, &prepared.options, &mut input, &|id| {
        prepared.title(id)
    })
    .map_err(|error| Failure::usage(error.to_string()))
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
