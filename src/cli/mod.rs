//! The command line: the only module that knows clap, the environment and the
//! terminal. Each command is a file of its own that turns arguments into
//! options, calls the library and chooses the exit code.

mod bench;
mod check;
mod explain;
mod input;
mod output;
mod rules;
mod scan;
mod texts;

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
    /// Scan, and judge the activities of OWASP DSOMM level 1.
    Check(check::Args),
    /// Everything about one rule, or with `--finding` what decided about one finding.
    Explain(Box<explain::Args>),
    /// The completion script of a shell.
    Completions(texts::Completions),
    /// The manual page.
    Man,
    /// Measure a scan on this machine, or make a tree to measure on.
    Bench(bench::Args),
    /// List, show, lint and test rules.
    Rules(rules::Args),
    /// Scan files, folders and whole git history for secrets.
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
        Command::Explain(args) => explain::run(&args),
        Command::Completions(args) => texts::completions(&args),
        Command::Man => texts::man(),
        Command::Bench(args) => bench::run(&args),
        Command::Rules(args) => rules::run(args),
        Command::Scan(args) => scan::run(&args),
    }
}
