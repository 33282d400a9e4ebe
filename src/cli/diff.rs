//! `bowerbird diff`: what changed between two records of a repository. Exit code 1
//! says that an activity stands lower or a finding is new.

use super::Failure;
use super::evidence;
use super::matrix::word;
use crate::bytes::escape;
use crate::error::ExitCode;
use crate::record::compare;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The older record.
    old: PathBuf,
    /// The newer record.
    new: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let (old, _) = evidence::record(&args.old)?;
    let (new, _) = evidence::record(&args.new)?;
    let changes = compare::compare(&old, &new);
    let mut out = Vec::new();
    for (sign, list) in [("up", &changes.up), ("down", &changes.down)] {
        for (name, was, is) in list {
            writeln!(out, "{sign}\t{name}\t{} -> {}", word(*was), word(*is))?;
        }
    }
    for it in &changes.new {
        writeln!(
            out,
            "new\t{}\t{}\t{}",
            it.severity,
            it.rule,
            escape::terminal(&it.path)
        )?;
    }
    let mut days: Vec<i64> = Vec::new();
    for (it, took) in &changes.fixed {
        let told = took.map_or_else(|| "-".to_owned(), |days| format!("{days} days"));
        days.extend(*took);
        writeln!(
            out,
            "fixed\t{}\t{}\t{}\t{told}",
            it.severity,
            it.rule,
            escape::terminal(&it.path)
        )?;
    }
    days.sort_unstable();
    if let Some(median) = days.get(days.len() / 2) {
        writeln!(out, "time to fix, median: {median} days")?;
    }
    std::io::stdout().write_all(&out)?;
    let worse = !changes.down.is_empty() || !changes.new.is_empty();
    Ok(if worse {
        ExitCode::Findings
    } else {
        ExitCode::Clean
    })
}
