//! `bowerbird convert`: any view of a record, made later. It scans nothing.

use super::Failure;
use super::evidence;
use crate::error::ExitCode;
use crate::report::views;
use std::path::PathBuf;

/// Arguments of `convert`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The record.
    record: PathBuf,
    /// A view with its place: dsomm=FOLDER, oscal=FILE, sarif-activities=FILE, page=FILE; may be repeated.
    #[arg(long, short, value_name = "FORMAT=PATH")]
    report: Vec<String>,
    /// A folder of earlier records of the same team, for the trend in the page.
    #[arg(long, value_name = "FOLDER")]
    earlier: Option<PathBuf>,
    /// A DSOMM v3 model file (`generated.yaml`) to patch; needs --patched.
    #[arg(long, value_name = "FILE", requires = "patched")]
    dsomm_v3: Option<PathBuf>,
    /// Where the patched model goes.
    #[arg(long, value_name = "FILE")]
    patched: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let exports = evidence::exports(&args.report)?;
    let (record, _) = evidence::record(&args.record)?;
    let earlier = args.earlier.as_deref().map(evidence::records);
    let earlier = earlier.transpose()?.unwrap_or_default();
    let mut files = evidence::export_files(&record, &earlier, &exports)?;
    if let (Some(from), Some(to)) = (&args.dsomm_v3, &args.patched) {
        let text = String::from_utf8(evidence::signed(from)?)
            .map_err(|_| Failure::usage(format!("{}: not UTF-8", from.display())))?;
        files.push((
            to.clone(),
            views::dsomm_v3::patch(&text, &record).into_bytes(),
        ));
    }
    if files.is_empty() {
        return Err(Failure::usage("name a view: --report dsomm=FOLDER"));
    }
    evidence::save(&files)?;
    Ok(ExitCode::Clean)
}
