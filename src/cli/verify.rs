//! `bowerbird verify`: whether a signed record was signed by this key, is about
//! this commit, and still says on this day what is required.

use super::Failure;
use super::evidence;
use super::matrix;
use crate::error::ExitCode;
use crate::model::record::Record;
use crate::record::verify;
use crate::record::verify::Expected;
use crate::survey::files::Files;
use jiff::civil::Date;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The signed record, as `check --sign` wrote it.
    file: PathBuf,
    /// The public key, ed25519 in PEM.
    #[arg(long, value_name = "PUB")]
    key: PathBuf,
    /// A repository whose HEAD the record must be about.
    #[arg(long, value_name = "PATH")]
    subject: Option<PathBuf>,
    /// The day on which it must hold; default: the day of the record.
    #[arg(long, value_name = "YYYY-MM-DD")]
    at: Option<Date>,
    #[command(flatten)]
    gate: evidence::Gate,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let gate = args.gate.parse()?;
    let key = evidence::public(&args.key)?;
    let expected = args.subject.as_deref().map(expected).transpose()?;
    let bytes = evidence::signed(&args.file)?;
    let mut record = verify::verify(&bytes, &key, expected.as_ref()).map_err(|error| Failure {
        code: ExitCode::Findings,
        message: format!("{}: does not verify: {error}", args.file.display()),
    })?;
    let at = args.at.or_else(|| day(&record)).unwrap_or(Date::MIN);
    let stale = verify::age(&mut record, at, args.gate.max_age);
    record.summary = crate::record::make::summary(&record.activities);
    let mut text = Vec::new();
    writeln!(text, "signed by {}", key.id())?;
    matrix::write(&mut text, &record, &gate)?;
    std::io::stdout().write_all(&text)?;
    if stale {
        writeln!(
            std::io::stderr(),
            "stale: the record is older than --max-age on {at}"
        )?;
        return Ok(ExitCode::Incomplete);
    }
    gate.judge(&record, None, ExitCode::Clean)
}

fn day(record: &Record) -> Option<Date> {
    record.subject.date.as_ref()?.parse().ok()
}

fn expected(path: &Path) -> Result<Expected, Failure> {
    let files = Files::open(path);
    let head = files.as_ref().and_then(Files::head);
    let head = head.ok_or_else(|| {
        Failure::usage(format!("{}: no repository with a commit", path.display()))
    })?;
    Ok(Expected {
        commit: head.commit.to_string(),
        tree: head.tree.to_string(),
    })
}
