//! `bowerbird check`: a scan, verdicts on every activity, and a gate over them.
//! The options of a scan are `input` and `output`; how a verdict comes about is
//! the library's business, how it is told to a person that of `matrix`.

use super::Failure;
use super::evidence;
use super::input;
use super::matrix;
use super::output;
use super::scan;
use crate::assess;
use crate::assess::Supplied;
use crate::error::ExitCode;
use crate::model::record::Record;
use crate::record::make;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    input: input::Args,
    #[command(flatten)]
    output: output::Args,
    #[command(flatten)]
    gate: evidence::Gate,

    /// A file of another tool: SARIF, CycloneDX, SPDX, JUnit, coverage, or an export of the forge; may be repeated.
    #[arg(long, value_name = "FILE", help_heading = "Evidence")]
    evidence: Vec<PathBuf>,

    /// Keys of those who may sign commits and tags: an `allowed_signers` file of SSH (see ssh-keygen(1)) or OpenPGP public keys; may be repeated.
    #[arg(long, value_name = "FILE", help_heading = "Evidence")]
    signers: Vec<PathBuf>,

    /// Write the record, from which `convert` makes every other view.
    #[arg(long, value_name = "FILE", help_heading = "Evidence")]
    record: Option<PathBuf>,

    /// Sign the record with this ed25519 key in PEM; writes RECORD.dsse.json and RECORD.svr.dsse.json.
    #[arg(
        long,
        value_name = "KEY",
        requires = "record",
        help_heading = "Evidence"
    )]
    sign: Option<PathBuf>,

    /// A view of the record: dsomm, oscal, sarif-activities or page, with `=PATH`; may be repeated.
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Evidence")]
    export: Vec<String>,

    /// The record of an earlier run: fail when an activity stands lower than there.
    #[arg(long, value_name = "RECORD", help_heading = "Exit code")]
    no_regression: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let gate = args.gate.parse()?;
    let exports = evidence::exports(&args.export)?;
    let previous = args
        .no_regression
        .as_deref()
        .map(evidence::record)
        .transpose()?;
    let reports = args.evidence.iter().map(|path| evidence::given(path));
    let supplied = Supplied {
        reports: reports.collect::<Result<_, _>>()?,
        signers: evidence::signers(&args.signers)?,
    };
    let key = args.sign.as_deref().map(evidence::private).transpose()?;
    let targets = output::targets(&args.output)?;
    let mut prepared = input::prepare(&args.input)?;
    let outcome = scan::look(&mut prepared, args.output.quiet)?;
    let judged = assess::judge(&outcome, &prepared.rules, &prepared.options, supplied);
    let run = prepared.run(&outcome);
    let mut record = make::record(&make::Parts {
        run: &run,
        coverage: &outcome.coverage,
        findings: &outcome.findings,
        survey: &judged.survey,
        assessments: &judged.assessments,
        attestations: &judged.attestations,
        files: judged.files.as_ref(),
        team: judged.policy.team.clone(),
        observed_at: prepared.options.now,
    });
    record = output::masked(record, &outcome.secrets)?;
    record.previous_sha256 = previous.as_ref().map(|(_, digest)| digest.clone());
    let mut text = Vec::new();
    let mut told = record.activities.clone();
    if args.output.is_plain() {
        matrix::write(&mut text, &record, &gate)?;
        told.clear();
    }
    let report = scan::report(&prepared, &outcome, told);
    let mut code = output::exit_code(&args.output, &outcome);
    output::write(&args.output, &targets, report, &outcome)?;
    write_all(args, &record, &outcome.secrets, key.as_ref(), &exports)?;
    output::guarded([text.as_slice()], &outcome.secrets)?;
    std::io::stdout().write_all(&text)?;
    tell(&judged)?;
    if !output::is_incomplete(&args.output, &outcome) {
        code = gate.judge(&record, previous.as_ref().map(|(record, _)| record), code)?;
    }
    if judged.faults.is_empty() {
        Ok(scan::interrupted(&prepared).unwrap_or(code))
    } else {
        Ok(ExitCode::Usage)
    }
}

/// Faults of the policy and of statements, on standard error.
fn tell(judged: &assess::Judged) -> Result<(), Failure> {
    let mut out = std::io::stderr();
    for fault in &judged.faults {
        writeln!(out, "error: {fault}")?;
    }
    for (activity, day) in &judged.ending {
        writeln!(out, "note: the attestation for {activity} ends on {day}")?;
    }
    Ok(())
}

fn write_all(
    args: &Args,
    record: &Record,
    secrets: &[crate::model::secret::Secret],
    key: Option<&crate::record::key::Private>,
    exports: &[evidence::Export],
) -> Result<(), Failure> {
    let mut files = match &args.record {
        Some(path) => evidence::record_files(path, record, key)?,
        None => Vec::new(),
    };
    files.extend(evidence::export_files(record, &[], exports)?);
    output::guarded(files.iter().map(|(_, bytes)| bytes.as_slice()), secrets)?;
    evidence::save(&files)
}
