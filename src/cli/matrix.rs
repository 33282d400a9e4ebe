//! Verdicts for a person at a terminal: how complete the look was, the matrix of
//! sub-dimensions and levels, and what keeps each unmet activity from being met,
//! with the cheapest step that would change it.

use super::evidence::Asked;
use crate::bytes::escape;
use crate::model::evidence::Assessment;
use crate::model::evidence::Verdict;
use crate::model::record::Record;
use crate::model::record::is_met;
use crate::report::describe;
use std::collections::BTreeMap;
use std::io;
use std::io::Write;

/// Writes it. What is asked for is told activity by activity; level 1 when nothing is.
pub(super) fn write(out: &mut Vec<u8>, record: &Record, gate: &Asked) -> io::Result<()> {
    let subject = &record.subject;
    let commit = subject
        .commit
        .as_deref()
        .map_or("no commit", |id| id.get(..12).unwrap_or(id));
    writeln!(
        out,
        "\nOWASP DSOMM {} on {} ({commit})",
        record.model.version,
        escape::terminal(&subject.team)
    )?;
    completeness(out, record)?;
    bad_signatures(out, record)?;
    table(out, record)?;
    writeln!(
        out,
        "\nlevel   proved  attested  partial  not implemented  unknown"
    )?;
    for (level, it) in &record.summary {
        writeln!(
            out,
            "{level:>5}  {:>7}  {:>8}  {:>7}  {:>15}  {:>7}",
            it.proved,
            it.attested,
            it.partial,
            it.not_implemented,
            it.unknown + it.error
        )?;
    }
    let asked = |it: &&Assessment| {
        if gate.is_empty() {
            it.level == 1
        } else {
            gate.asks_for(it)
        }
    };
    let unmet: Vec<&Assessment> = record
        .activities
        .iter()
        .filter(asked)
        .filter(|it| !gate.meets(it))
        .collect();
    if unmet.is_empty() {
        return writeln!(out, "\nEverything asked for is met.");
    }
    writeln!(out, "\nNot met ({}):", unmet.len())?;
    for it in unmet {
        writeln!(out, "  {} [{}]", it.name, word(it.status))?;
        writeln!(out, "    {}", escape::terminal(&it.reason))?;
        if let Some(spot) = it.observations.iter().find(|it| it.path.is_some()) {
            let path = escape::terminal(spot.path.as_deref().unwrap_or_default());
            let line = spot.line.map(|line| format!(":{line}")).unwrap_or_default();
            writeln!(out, "    seen: {path}{line}")?;
        }
        if let Some(next) = it.next.first() {
            writeln!(out, "    next: {}", escape::terminal(next))?;
        }
        writeln!(out, "    {}", it.activity)?;
    }
    Ok(())
}

fn completeness(out: &mut Vec<u8>, record: &Record) -> io::Result<()> {
    let it = &record.completeness;
    let whole = if it.complete {
        "everything was read"
    } else {
        "not everything was read"
    };
    writeln!(
        out,
        "{whole}; {}, {} looked at",
        describe::count(it.files, "tracked file", "tracked files"),
        describe::count(it.ci_files, "pipeline", "pipelines")
    )?;
    for unread in it.unread.iter().take(10) {
        writeln!(
            out,
            "  not read ({}): {}: {}",
            unread.topic,
            escape::terminal(&unread.spot.path),
            escape::terminal(&unread.why)
        )?;
    }
    if it.unread.len() > 10 {
        writeln!(out, "  and {} more, in the record", it.unread.len() - 10)?;
    }
    Ok(())
}

/// Commits and tags whose signature a given key did not make: whoever reads this should look at them first.
fn bad_signatures(out: &mut Vec<u8>, record: &Record) -> io::Result<()> {
    let Some(seen) = &record.signatures else {
        return Ok(());
    };
    for id in seen.commits.bad.iter().chain(&seen.tags.bad).take(10) {
        writeln!(out, "  bad signature: {}", escape::terminal(id.as_bytes()))?;
    }
    Ok(())
}

/// Met of all, by sub-dimension and level.
fn table(out: &mut Vec<u8>, record: &Record) -> io::Result<()> {
    let mut rows: BTreeMap<(&str, &str), [(u64, u64); 5]> = BTreeMap::new();
    for it in &record.activities {
        let row = rows.entry((&it.dimension, &it.sub_dimension)).or_default();
        if let Some(cell) = row.get_mut(usize::from(it.level).wrapping_sub(1)) {
            cell.0 += u64::from(is_met(it.status));
            cell.1 += 1;
        }
    }
    writeln!(
        out,
        "\n{:<36}{:>8}{:>8}{:>8}{:>8}{:>8}",
        "met of all", "level 1", "2", "3", "4", "5"
    )?;
    let mut before = "";
    for ((dimension, name), cells) in rows {
        if dimension != before {
            writeln!(out, "{dimension}")?;
            before = dimension;
        }
        write!(out, "  {name:<34}")?;
        for (met, all) in cells {
            let cell = if all == 0 {
                "-".to_owned()
            } else {
                format!("{met}/{all}")
            };
            write!(out, "{cell:>8}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The word of a verdict.
pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Implemented => "implemented",
        Verdict::Partial => "partial",
        Verdict::NotImplemented => "not implemented",
        Verdict::Unknown => "unknown",
        Verdict::NotApplicable => "not applicable",
        Verdict::Error => "error",
    }
}
