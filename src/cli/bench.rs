//! `bowerbird bench`: how fast a scan is on this machine and what takes its time,
//! or, with `--generate`, a tree to find that out on. The work is done in the
//! module `bench`; here arguments become its settings.

use super::Failure;
use super::input;
use super::input::Prepared;
use super::scan::report;
use crate::bench;
use crate::bench::Settings;
use crate::bench::generate;
use crate::bench::generate::Request;
use crate::bench::planted;
use crate::bench::planted::Plant;
use crate::error::ExitCode;
use crate::report::describe;
use crate::report::json::Json;
use crate::rules::builtin;
use clap::ValueEnum;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;
use std::path::PathBuf;

/// Arguments of `bench`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    input: input::Args,

    /// Runs that count.
    #[arg(
        long,
        value_name = "N",
        default_value = "5",
        help_heading = "Measurement"
    )]
    runs: NonZeroUsize,

    /// Runs before them that do not.
    #[arg(
        long,
        value_name = "N",
        default_value = "1",
        help_heading = "Measurement"
    )]
    warmup: usize,

    /// How the measurement is told.
    #[arg(long, value_enum, default_value = "text", help_heading = "Measurement")]
    format: Format,

    /// The list of planted secrets: what a generated tree should be found to hold, or, with --generate, where the list is written. Default there: beside the tree, NAME.planted.tsv.
    #[arg(long, value_name = "FILE", help_heading = "Measurement")]
    planted: Option<PathBuf>,

    /// Measure nothing: write a tree of this size with planted secrets to PATH, such as 100M or 2G.
    #[arg(long, value_name = "SIZE", help_heading = "Trees to measure on")]
    generate: Option<String>,

    /// Another seed gives another tree.
    #[arg(
        long,
        value_name = "N",
        default_value = "1",
        help_heading = "Trees to measure on"
    )]
    seed: u64,
}

/// How a measurement is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables for people.
    Text,
    /// One JSON object.
    Json,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut prepared = input::prepare(&args.input)?;
    if prepared.options.part.is_some() {
        return Err(Failure::usage(
            "a range or a hook cannot be measured: name a folder or repository",
        ));
    }
    prepared.options.cache = None; // the first run would fill it for the others
    if prepared.options.stdin {
        return Err(Failure::usage(
            "standard input can be read once only: bench needs a folder",
        ));
    }
    match &args.generate {
        Some(size) => generate_tree(args, &prepared, size),
        None => measure(args, &prepared),
    }
}

fn measure(args: &Args, prepared: &Prepared) -> Result<ExitCode, Failure> {
    let planted = args.planted.as_deref().map(list).transpose()?;
    let measured = bench::measure(&Settings {
        rules: &prepared.rules,
        options: &prepared.options,
        runs: args.runs.get(),
        warmup: args.warmup,
        title: &|id| prepared.title(id),
        report: &|outcome| {
            let report = report(prepared, outcome, Vec::new());
            // A sink takes everything.
            let _ = crate::report::Format::write(&Json, &report, &mut std::io::sink());
        },
        planted: planted.as_deref(),
    })
    .map_err(|error| Failure::usage(error.to_string()))?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Text => measured.text(&mut out)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &measured).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    let is_complete = measured
        .recall
        .is_none_or(|recall| recall.missed.is_empty());
    Ok(if is_complete {
        ExitCode::Clean
    } else {
        ExitCode::Findings
    })
}

/// Reads the list of planted secrets.
fn list(path: &Path) -> Result<Vec<Plant>, Failure> {
    let fault = |error: String| Failure::usage(format!("--planted {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    planted::read(&text).map_err(|error| fault(error.to_string()))
}

fn generate_tree(args: &Args, prepared: &Prepared, size: &str) -> Result<ExitCode, Failure> {
    let [dir] = prepared.options.paths.as_slice() else {
        return Err(Failure::usage("--generate writes one folder: name one"));
    };
    let list = list_path(args, dir)?;
    let request = Request {
        size: bytes(size)?,
        seed: args.seed,
        dir,
        rules: &prepared.rules,
        examples: builtin::pack().examples(),
    };
    let generated =
        generate::generate(&request).map_err(|error| Failure::usage(error.to_string()))?;
    let refused = |error| Failure::usage(format!("{}: {error}", list.display()));
    let mut lines = Vec::new();
    planted::write(&generated.planted, &mut lines)?;
    std::fs::write(&list, lines).map_err(refused)?;
    writeln!(
        std::io::stdout().lock(),
        "{} files, {}; {} planted secrets, listed in {}",
        describe::number(generated.files),
        describe::bytes(generated.bytes),
        describe::number(generated.planted.len() as u64),
        list.display()
    )?;
    Ok(ExitCode::Clean)
}

/// Where the list goes: never into the tree, which would be scanned with it.
fn list_path(args: &Args, dir: &Path) -> Result<PathBuf, Failure> {
    if let Some(path) = &args.planted {
        return Ok(path.clone());
    }
    let name = dir.file_name().ok_or_else(|| {
        Failure::usage("--generate: name the folder, or say with --planted where the list goes")
    })?;
    let mut name = name.to_owned();
    name.push(".planted.tsv");
    Ok(dir.with_file_name(name))
}

/// `100M`, `2G`: a number with K, M, G or none, in powers of 1000.
fn bytes(size: &str) -> Result<u64, Failure> {
    let (digits, unit) = match size.as_bytes().last() {
        Some(b'K' | b'k') => (&size[..size.len() - 1], 1_000),
        Some(b'M' | b'm') => (&size[..size.len() - 1], 1_000_000),
        Some(b'G' | b'g') => (&size[..size.len() - 1], 1_000_000_000),
        _ => (size, 1),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(|| {
            Failure::usage(format!(
                "--generate {size}: write a size such as 100M or 2G"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_a_unit_or_none() {
        let read = |size: &str| bytes(size).ok();
        assert_eq!(read("2G"), Some(2_000_000_000));
        assert_eq!(read("100m"), Some(100_000_000));
        assert_eq!(read("12"), Some(12));
        assert_eq!(read("G"), None);
        assert_eq!(read("99999999999999999999G"), None);
    }
}
