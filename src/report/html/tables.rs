//! The tables of the HTML report: what was read and what was not, and the
//! verdicts on activities. Row headers and captions are there for screen readers.

use crate::bytes::escape::html;
use crate::model::coverage::Coverage;
use crate::model::evidence::Assessment;
use crate::model::report::Report;
use crate::report::describe;
use crate::report::text;
use std::collections::BTreeMap;
use std::io;
use std::io::Write;

/// Things named that were not read, of one reason.
const LISTED: usize = 100;

/// What was read, left out and not read.
pub(super) fn coverage(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &report.coverage;
    writeln!(out, "<section aria-labelledby=\"coverage\">")?;
    writeln!(out, "<h2 id=\"coverage\">Coverage</h2>")?;
    missed(coverage, out)?;
    read(coverage, out)?;
    let languages = coverage.languages.iter();
    let languages: Vec<(String, String)> = languages
        .map(|(name, covered)| (name.clone(), describe::language(name, covered)))
        .collect();
    pairs("Code", "Analysed", &languages, out)?;
    let excluded = coverage.excluded.iter();
    let excluded: Vec<(String, String)> = excluded
        .map(|(why, n)| (describe::exclusion(*why).to_owned(), describe::number(*n)))
        .collect();
    pairs("Left out on purpose", "Units", &excluded, out)?;
    let refused = describe::refused(&report.refused).into_iter();
    let mut refused: Vec<(String, String)> = refused
        .map(|(n, why)| (why.to_owned(), describe::number(n)))
        .collect();
    if coverage.masked > 0 {
        let why = "names that held a secret, which is masked in this report";
        refused.push((why.to_owned(), describe::number(coverage.masked)));
    }
    pairs("Looked at and refused", "Candidates", &refused, out)?;
    let facts = coverage.repository.iter();
    let facts: Vec<(String, String)> = facts.map(|(a, b)| (a.clone(), b.clone())).collect();
    pairs("The repository", "State", &facts, out)?;
    writeln!(out, "</section>")
}

fn read(coverage: &Coverage, out: &mut dyn Write) -> io::Result<()> {
    if coverage.is_empty() {
        return writeln!(out, "<p>Nothing was read.</p>");
    }
    writeln!(
        out,
        "<h3>Read</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Read\"><table><thead><tr>"
    )?;
    writeln!(
        out,
        "<th scope=\"col\">Unit</th><th scope=\"col\" class=\"number\">Seen</th><th scope=\"col\" class=\"number\">Read</th><th scope=\"col\" class=\"number\">Bytes</th></tr></thead><tbody>"
    )?;
    for (unit, totals) in &coverage.totals {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            html(unit),
            describe::number(totals.seen),
            describe::number(totals.scanned),
            describe::bytes(totals.bytes)
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn missed(coverage: &Coverage, out: &mut dyn Write) -> io::Result<()> {
    if coverage.unscanned_total.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>Not read</h3>")?;
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Not read\"><table class=\"stack\"><thead><tr><th scope=\"col\">Reason</th><th scope=\"col\" class=\"number\">Things</th><th scope=\"col\">Which</th></tr></thead><tbody>"
    )?;
    for (reason, total) in &coverage.unscanned_total {
        let (word, meaning) = describe::reason(*reason);
        let of_reason = coverage.unscanned.iter().filter(|it| it.reason == *reason);
        let mut which = Vec::new();
        for it in of_reason.take(LISTED) {
            let detail = if it.detail.is_empty() { "" } else { ": " };
            which.push(format!(
                "<code>{}</code>{detail}{}",
                html(&it.what),
                html(&it.detail)
            ));
        }
        if *total > which.len() as u64 {
            let rest = describe::number(*total - which.len() as u64);
            which.push(format!("and {rest} more"));
        }
        let total = describe::number(*total);
        let which = which.join("<br>");
        writeln!(
            out,
            "<tr><th scope=\"row\">{word}<br><span class=\"soft\">{meaning}</span></th><td class=\"number\">{total}</td><td>{which}</td></tr>"
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

/// A table of two columns of plain text; left out when it has no rows.
fn pairs(name: &str, unit: &str, rows: &[(String, String)], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h3>{name}</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{name}\"><table><thead><tr><th scope=\"col\">What</th><th scope=\"col\" class=\"number\">{unit}</th></tr></thead><tbody>"
    )?;
    for (what, value) in rows {
        let (what, value) = (html(what), html(value));
        writeln!(
            out,
            "<tr><th scope=\"row\">{what}</th><td class=\"number\">{value}</td></tr>"
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

/// Verdicts on activities, one table a level.
pub(super) fn assessments(assessments: &[Assessment], out: &mut dyn Write) -> io::Result<()> {
    if assessments.is_empty() {
        return Ok(());
    }
    let mut levels = BTreeMap::<u8, Vec<&Assessment>>::new();
    for assessment in assessments {
        levels.entry(assessment.level).or_default().push(assessment);
    }
    writeln!(out, "<section aria-labelledby=\"activities\">")?;
    writeln!(out, "<h2 id=\"activities\">Activities</h2>")?;
    for (level, activities) in levels {
        let summary = text::summary(&activities);
        writeln!(
            out,
            "<h3>Level {level}</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Level {level}\"><table class=\"stack\"><caption>{summary}</caption><thead><tr><th scope=\"col\">Activity</th><th scope=\"col\">Status</th><th scope=\"col\">Why</th><th scope=\"col\">Next step</th></tr></thead><tbody>"
        )?;
        for activity in activities {
            assessment(activity, out)?;
        }
        writeln!(out, "</tbody></table></div>")?;
    }
    writeln!(out, "</section>")
}

fn assessment(activity: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let status = describe::verdict(activity.status);
    writeln!(
        out,
        "<tr><th scope=\"row\">{}<br><span class=\"soft\">{}</span></th><td class=\"status {}\">{status}</td><td>{}</td><td>{}</td></tr>",
        html(&activity.name),
        html(&activity.sub_dimension),
        status.replace(' ', "-"),
        html(&activity.reason),
        activity.next.first().map(html).unwrap_or_default()
    )
}
