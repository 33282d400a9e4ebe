//! `bowerbird verify`: whether a signed record was signed by this key, is about
//! this commit, and still says on this day what is required.

use super::Failure;
use super::evidence;
use super::matrix;
use crate::bytes::escape;
use crate::error::ExitCode;
use crate::model::record::Record;
use crate::model::record::is_met;
use crate::record::key::Public;
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
    /// The signed record, as `check --sign` wrote it, or a folder of them.
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
    let asked = Asked {
        gate: args.gate.parse()?,
        key: evidence::public(&args.key)?,
        expected: args.subject.as_deref().map(expected).transpose()?,
        at: args.at,
        max_age: args.gate.max_age,
    };
    if !args.file.is_dir() {
        return asked.judge(&args.file, true);
    }
    let mut worst = ExitCode::Clean;
    for path in signed(&args.file)? {
        let code = match asked.judge(&path, false) {
            Ok(code) => code,
            Err(failure) => {
                writeln!(std::io::stderr(), "error: {}", failure.message)?;
                failure.code
            }
        };
        worst = worst.max(code);
    }
    Ok(worst)
}

/// The signed records in a folder, by name; companions for other gates are left out.
fn signed(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let is_record = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".dsse.json") && !name.ends_with(".svr.dsse.json")
    };
    let entries = std::fs::read_dir(folder)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>()?;
    paths.retain(is_record);
    paths.sort();
    match paths.is_empty() {
        true => Err(Failure::usage(format!(
            "{}: no signed record in this folder (*.dsse.json)",
            folder.display()
        ))),
        false => Ok(paths),
    }
}

/// What was asked of every file.
struct Asked {
    gate: evidence::Asked,
    key: Public,
    expected: Option<Expected>,
    at: Option<Date>,
    max_age: Option<u64>,
}

impl Asked {
    /// One file: told in full, or in a line.
    fn judge(&self, path: &Path, in_full: bool) -> Result<ExitCode, Failure> {
        let bytes = evidence::signed(path)?;
        let verified = verify::verify(&bytes, &self.key, self.expected.as_ref());
        let mut record = verified.map_err(|error| Failure {
            code: ExitCode::Findings,
            message: format!("{}: does not verify: {error}", path.display()),
        })?;
        let at = self.at.or_else(|| day(&record)).unwrap_or(Date::MIN);
        let stale = verify::age(&mut record, at, self.max_age);
        record.summary = crate::record::make::summary(&record.activities);
        let mut text = Vec::new();
        if in_full {
            writeln!(text, "signed by {}", self.key.id())?;
            matrix::write(&mut text, &record, &self.gate)?;
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = escape::terminal(name.as_bytes());
            let commit = record.subject.commit.as_deref().unwrap_or("no commit");
            let met = record.activities.iter().filter(|it| is_met(it.status));
            let met = met.count();
            let of = record.activities.len();
            writeln!(text, "{name}: signed, {commit}, {met} of {of} met")?;
        }
        std::io::stdout().write_all(&text)?;
        if stale {
            writeln!(
                std::io::stderr(),
                "stale: the record is older than --max-age on {at}"
            )?;
            return Ok(ExitCode::Incomplete);
        }
        self.gate.judge(&record, None, ExitCode::Clean)
    }
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
