//! `bowerbird attest`: a stub of a statement for one activity, and the statements
//! of a repository with what is wrong with each. It writes to standard output only.

use super::Failure;
use crate::attest;
use crate::error::ExitCode;
use crate::evidence::builtin;
use crate::survey::files::Files;
use jiff::civil::Date;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// Arguments of `attest`.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Print a stub of a statement for an activity.
    New {
        /// The activity, by id.
        activity: String,
        /// The day it is made; default: that of the last commit in this folder.
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<Date>,
    },
    /// List the statements of a repository.
    List {
        /// The repository.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Only those that end within so many days.
        #[arg(long, value_name = "DAYS")]
        expiring: Option<i32>,
        /// The day on which they are judged; default: that of the commit.
        #[arg(long, value_name = "YYYY-MM-DD")]
        at: Option<Date>,
    },
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    match args {
        Args::New { activity, on } => {
            let found = builtin::activities().iter().find(|it| it.id == *activity);
            let found = found.ok_or_else(|| {
                Failure::usage(format!("{activity}: the model has no activity of this id"))
            })?;
            let day = on.or_else(|| day_of_commit(&Files::open(Path::new("."))?));
            let day = day.unwrap_or(Date::constant(1970, 1, 1));
            std::io::stdout().write_all(attest::stub(found, day).as_bytes())?;
            Ok(ExitCode::Clean)
        }
        Args::List { path, expiring, at } => list(path, *expiring, *at),
    }
}

/// The day of the commit of HEAD.
fn day_of_commit(files: &Files) -> Option<Date> {
    let time = jiff::Timestamp::from_second(files.head()?.date).ok()?;
    Some(time.to_zoned_datetime(jiff::tz::TimeZone::UTC).date())
}

fn list(path: &Path, expiring: Option<i32>, at: Option<Date>) -> Result<ExitCode, Failure> {
    let files = Files::open(path);
    let files = files
        .ok_or_else(|| Failure::usage(format!("{}: no folder or repository", path.display())))?;
    let list = attest::read(&files, path).map_err(|fault| Failure::usage(fault.to_string()))?;
    let today = at.or(day_of_commit(&files)).unwrap_or(Date::MIN);
    let mut out = std::io::stdout();
    let mut expired = false;
    for entry in &list {
        let it = &entry.value;
        let ends: Option<Date> = it.valid_until.parse().ok();
        let days = ends
            .and_then(|ends| today.until(ends).ok())
            .map(|span| span.get_days());
        if expiring.is_some_and(|most| days.is_some_and(|days| days > most)) {
            continue;
        }
        let state = match days {
            Some(days) if days < 0 => "expired",
            Some(_) => "valid",
            None => "without a date",
        };
        expired |= state != "valid";
        let name = builtin::activities()
            .iter()
            .find(|known| known.id == it.activity);
        let name = name.map_or("unknown activity", |known| known.name.as_str());
        writeln!(
            out,
            "{state}\t{}\t{}\t{name}\t{}",
            it.valid_until,
            it.activity,
            crate::bytes::escape::terminal(&it.owner)
        )?;
    }
    Ok(if expired {
        ExitCode::Findings
    } else {
        ExitCode::Clean
    })
}
