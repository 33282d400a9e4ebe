//! `bowerbird check`: a scan whose report carries verdicts on activities, and a
//! gate over them. The options of a scan are `input` and `output`; how a verdict
//! comes about is the library's business.

use super::Failure;
use super::input;
use super::output;
use super::scan;
use crate::assess;
use crate::error::ExitCode;
use crate::model::evidence::Assessment;
use crate::model::evidence::Verdict;
use std::io::Write;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    input: input::Args,
    #[command(flatten)]
    output: output::Args,

    /// What must be met for exit code 0: `level1` or `activity=ID`; findings alone then no longer give 1. Unknown is not met.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "WHAT",
        help_heading = "Exit code"
    )]
    require: Vec<String>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let required = args.require.iter().map(|what| Required::new(what));
    let required = required.collect::<Result<Vec<_>, _>>()?;
    let targets = output::targets(&args.output)?;
    let mut prepared = input::prepare(&args.input)?;
    let outcome = scan::look(&mut prepared, args.output.quiet)?;
    let assessments = assess::assess(&outcome, &prepared.rules, &prepared.options);
    let mut code = output::exit_code(&args.output, &outcome);
    if !required.is_empty() && !output::is_incomplete(&args.output, &outcome) {
        code = gate(&required, &assessments)?;
    }
    let report = scan::report(&prepared, &outcome, assessments);
    output::write(&args.output, &targets, report, &outcome)?;
    Ok(code)
}

/// Something that `--require` asks for.
#[derive(Debug, PartialEq, Eq)]
enum Required {
    Level(u8),
    Activity(String),
}

impl Required {
    fn new(what: &str) -> Result<Required, Failure> {
        if what == "level1" {
            return Ok(Required::Level(1));
        }
        match what.strip_prefix("activity=") {
            Some(id) if assess::has(id) => Ok(Required::Activity(id.to_owned())),
            Some(id) => Err(Failure::usage(format!(
                "--require activity={id}: this build has no check of this id; a report names them"
            ))),
            None => Err(Failure::usage(format!(
                "--require {what}: write `level1` or `activity=ID`"
            ))),
        }
    }

    fn asks_for(&self, assessment: &Assessment) -> bool {
        match self {
            Required::Level(level) => assessment.level == *level,
            Required::Activity(id) => assessment.activity == *id,
        }
    }
}

/// Met are `implemented` and `not_applicable`; says on standard error what is not.
fn gate(required: &[Required], assessments: &[Assessment]) -> Result<ExitCode, Failure> {
    let asked = |it: &&Assessment| required.iter().any(|what| what.asks_for(it));
    let asked: Vec<&Assessment> = assessments.iter().filter(asked).collect();
    let unmet = asked.iter().filter(|it| !is_met(it.status)).count();
    if unmet == 0 {
        return Ok(ExitCode::Clean);
    }
    let total = asked.len();
    writeln!(
        std::io::stderr(),
        "not met: {unmet} of {total} required activities"
    )?;
    Ok(ExitCode::Findings)
}

fn is_met(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Implemented | Verdict::NotApplicable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_never_met() {
        let met: Vec<Verdict> = [
            Verdict::Implemented,
            Verdict::Partial,
            Verdict::NotImplemented,
            Verdict::Unknown,
            Verdict::NotApplicable,
            Verdict::Error,
        ]
        .into_iter()
        .filter(|verdict| is_met(*verdict))
        .collect();
        assert_eq!(met, [Verdict::Implemented, Verdict::NotApplicable]);
    }

    #[test]
    fn what_is_required_must_be_known() {
        assert_eq!(Required::new("level1").unwrap(), Required::Level(1));
        for wrong in ["level9", "activity=none", "c6e3c812"] {
            assert_eq!(Required::new(wrong).unwrap_err().code, ExitCode::Usage);
        }
    }
}
