//! `bowerbird completions` and `bowerbird man`: made from the same definition
//! that parses the arguments, so that they cannot differ from it.

use super::Args as Whole;
use super::Failure;
use crate::error::ExitCode;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
#[group(id = "completions")]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes the completion script of a shell to standard output.
pub(super) fn completions(args: &Completions) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Whole::command(), "bowerbird", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(ExitCode::Clean)
}

/// Writes the manual page (roff) to standard output, with a section for each command.
pub(super) fn man() -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    let whole = Whole::command();
    clap_mangen::Man::new(whole.clone()).render(&mut out)?;
    for command in whole.get_subcommands() {
        clap_mangen::Man::new(command.clone()).render(&mut out)?;
    }
    Ok(ExitCode::Clean)
}
