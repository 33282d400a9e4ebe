//! The command line: the only module that knows clap, the environment and the
//! terminal. Each command is a file of its own that turns arguments into
//! options, calls the library and chooses the exit code.

mod attest;
mod bench;
mod check;
mod convert;
mod diff;
mod dsomm;
mod evidence;
mod explain;
mod init;
mod input;
mod matrix;
mod output;
mod progress;
mod rules;
mod scan;
mod texts;
mod verify;

use crate::error::ExitCode;
use clap::Parser;
use clap::Subcommand;
use std::io::Write;

/// Collects evidence: scans source trees and whole git history for secrets and
/// turns what it found, and what it could not read, into verdicts.
#[derive(Debug, Parser)]
#[command(
    name = "bowerbird",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan, and judge every activity of OWASP DSOMM.
    Check(Box<check::Args>),
    /// Write a policy, and stubs of statements for what stays unknown.
    Init(Box<init::Args>),
    /// Statements of people: a stub for one, or a list of them.
    #[command(subcommand)]
    Attest(attest::Args),
    /// Verify a signed record.
    Verify(Box<verify::Args>),
    /// Make views of a record.
    Convert(convert::Args),
    /// What changed between two records.
    Diff(diff::Args),
    /// Files for the DSOMM application.
    #[command(subcommand)]
    Dsomm(dsomm::Args),
    /// Everything about one rule, or with `--finding` what decided about one finding.
    Explain(Box<explain::Args>),
    /// The completion script of a shell.
    Completions(texts::Completions),
    /// The manual page.
    Man,
    /// Measure a scan on this machine, or make a tree to measure on.
    Bench(Box<bench::Args>),
    /// List, show, lint and test rules.
    Rules(rules::Args),
    /// Scan files, folders and whole git history for secrets, misconfigurations and insecure code.
    Scan(Box<scan::Args>),
}

/// A command failed: what to tell the user and how to exit.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: ExitCode,
    /// What went wrong and what to do about it.
    pub message: String,
}

impl Failure {
    fn internal(error: impl std::fmt::Display) -> Self {
        Failure {
            code: ExitCode::Internal,
            message: error.to_string(),
        }
    }

    fn usage(message: impl Into<String>) -> Self {
        Failure {
            code: ExitCode::Usage,
            message: message.into(),
        }
    }
}

/// A command's standard output could not be written.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            // Whoever read our output has seen enough.
            return Failure {
                code: ExitCode::Clean,
                message: String::new(),
            };
        }
        Failure {
            code: ExitCode::Internal,
            message: format!("standard output: {error}"),
        }
    }
}

/// Parses the arguments, runs the command, prints what failed.
pub fn main() -> std::process::ExitCode {
    std::panic::set_hook(Box::new(panicked));
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    let code = match run(args) {
        Ok(code) => code,
        Err(failure) => {
            if !failure.message.is_empty() {
                let _ = writeln!(std::io::stderr(), "error: {}", failure.message);
            }
            failure.code
        }
    };
    std::process::ExitCode::from(code as u8)
}

/// Tells where a defect of ours showed itself. What the panic says is left out: it may quote what
/// was being read. Contained ones stand in the report as well.
fn panicked(info: &std::panic::PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    let place = place.unwrap_or_else(|| "an unknown place".to_owned());
    let _ = writeln!(
        std::io::stderr(),
        "error: a defect of bowerbird at {place}; please report it with this line"
    );
}

/// Help and version are successes; everything else that clap says is wrong usage.
fn usage(error: &clap::Error) -> std::process::ExitCode {
    let _ = error.print();
    let code = if error.use_stderr() {
        ExitCode::Usage
    } else {
        ExitCode::Clean
    };
    std::process::ExitCode::from(code as u8)
}

fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Check(args) => check::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Attest(args) => attest::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Dsomm(args) => dsomm::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Completions(args) => texts::completions(&args),
        Command::Man => texts::man(),
        Command::Bench(args) => bench::run(&args),
        Command::Rules(args) => rules::run(args),
        Command::Scan(args) => scan::run(&args),
    }
}
