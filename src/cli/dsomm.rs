//! `bowerbird dsomm merge`: records of several repositories as one set of files for
//! the DSOMM application, a repository being a team there.

use super::Failure;
use super::evidence;
use crate::error::ExitCode;
use crate::report::views;
use std::path::PathBuf;

/// Arguments of `dsomm`.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Join records into meta.yaml, team-progress.yaml and team-evidence.yaml.
    Merge {
        /// The records.
        #[arg(required = true)]
        records: Vec<PathBuf>,
        /// The folder to write to.
        #[arg(long, short, value_name = "FOLDER")]
        out: PathBuf,
    },
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let Args::Merge { records, out } = args;
    let records = records
        .iter()
        .map(|path| evidence::record(path).map(|(record, _)| record));
    let records = records.collect::<Result<Vec<_>, _>>()?;
    let mut teams: Vec<&str> = records
        .iter()
        .map(|record| record.subject.team.as_str())
        .collect();
    teams.sort_unstable();
    if let Some(pair) = teams.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Failure::usage(format!(
            "two records are of the team {}: name teams in the policies",
            pair[0]
        )));
    }
    let borrowed: Vec<&crate::model::record::Record> = records.iter().collect();
    let files = views::dsomm::files(&borrowed);
    let files: evidence::ToWrite = files
        .into_iter()
        .map(|(name, bytes)| (out.join(name), bytes))
        .collect();
    evidence::save(&files)?;
    Ok(ExitCode::Clean)
}
