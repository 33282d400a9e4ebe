//! `bowerbird explain`: a rule, or why one finding was reported. A report keeps no secret and the
//! program no memory, so a finding is explained by scanning again what it was found in; how a
//! score comes about is the scorer's, this file only tells it.

use super::Failure;
use super::input;
use super::rules;
use super::scan;
use crate::error::ExitCode;
use crate::model::finding::Finding;
use crate::model::rule::Confidence;
use std::io::Write;

/// The shortest part of a fingerprint that names a finding.
const SHORTEST: usize = 6;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The fingerprint of a finding, or at least the first six characters behind its `p1:`; the
    /// paths are what to scan for it. Without it the one argument is the id of a rule.
    #[arg(long, value_name = "ID")]
    finding: Option<String>,
    #[command(flatten)]
    input: input::Args,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let Some(id) = &args.finding else {
        return match args.input.paths() {
            [rule] => rules::show(&rule.to_string_lossy()),
            _ => Err(Failure::usage(
                "say which rule to explain, or which finding with --finding",
            )),
        };
    };
    let mut prepared = input::prepare(&args.input)?;
    prepared.options.min_confidence = Confidence::Low;
    let outcome = scan::look(&mut prepared, true)?;
    let named = |finding: &&Finding| is_named(&finding.fingerprint.0, id);
    let found: Vec<&Finding> = outcome.findings.iter().filter(named).collect();
    let [finding] = found[..] else {
        return Err(Failure::usage(match found.len() {
            0 => format!(
                "no finding `{id}` here: scan the paths and options of the report it is from"
            ),
            n => format!("{n} findings start with `{id}`: give more of the fingerprint"),
        }));
    };
    tell(finding)?;
    Ok(ExitCode::Clean)
}

/// True for the whole fingerprint and for the start of what stands behind its scheme.
fn is_named(fingerprint: &str, id: &str) -> bool {
    let bare = fingerprint
        .split_once(':')
        .map_or(fingerprint, |(_, rest)| rest);
    fingerprint == id
        || (id.len() >= SHORTEST
            && (bare.starts_with(id) || fingerprint.starts_with(id) && id.len() > SHORTEST + 2))
}

/// Everything that decided, largest first.
fn tell(finding: &Finding) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n{}\n", finding.fingerprint.0, finding.message)?;
    writeln!(out, "rule        {}", finding.rule)?;
    writeln!(out, "severity    {}", rules::word(&finding.severity))?;
    writeln!(out, "confidence  {}", rules::word(&finding.confidence))?;
    writeln!(out, "validity    {}", rules::word(&finding.validity))?;
    writeln!(out, "place       {}", rules::word(&finding.place))?;
    for location in &finding.locations {
        let path = location.origin.path().unwrap_or("-");
        let line = location.region.as_ref().map_or(0, |r| r.start_line);
        writeln!(out, "found in    {path}:{line}")?;
    }
    if !finding.decoded.is_empty() {
        writeln!(out, "decoded     {}", finding.decoded.join(", "))?;
    }
    if let Some(excerpt) = &finding.excerpt {
        writeln!(out, "excerpt     {excerpt}")?;
    }
    for (name, value) in &finding.facts {
        writeln!(out, "read        {name}: {value}")?;
    }
    if finding.features.is_empty() {
        writeln!(
            out,
            "\nThe pattern of the rule and its offline check decided, not the scorer:"
        )?;
        drop(out);
        rules::show(finding.rule.0)?;
        return Ok(());
    }
    writeln!(
        out,
        "\nWhat weighed most (log-odds times 100; above 0 speaks for a secret)"
    )?;
    for (name, weight) in finding.features.iter().filter(|(name, _)| !name.is_empty()) {
        writeln!(out, "  {weight:>5}  {name}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_named_whole_or_by_its_start() {
        let whole = "p1:17e194d95de941a24112cf0ede4aa21b"; // bowerbird:allow a fingerprint
        assert!(is_named(whole, whole));
        assert!(is_named(whole, "17e194d9"));
        assert!(is_named(whole, "p1:17e194d9"));
        assert!(!is_named(whole, "p1:"));
        assert!(!is_named(whole, "17e"));
        assert!(!is_named(whole, "e194d95d"));
    }
}
