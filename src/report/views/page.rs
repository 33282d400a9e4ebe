//! The record as one page for people: completeness first, the heat map of
//! sub-dimensions and levels as inline SVG in colour and pattern, every activity with
//! its evidence and next step, statements with their end, findings to be filtered.
//! It needs no script and asks nothing of any server; print and keyboard are seen to.

use super::word;
use crate::bytes::escape::html;
use crate::model::evidence::Assessment;
use crate::model::evidence::Basis;
use crate::model::evidence::Verdict;
use crate::model::record::Record;
use crate::model::record::is_met;
use crate::report::describe;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");

/// The page of a record, with how it came there: `earlier` are records of the same team.
pub fn over_time(record: &Record, earlier: &[Record]) -> String {
    let mut out = String::with_capacity(256 << 10);
    let title = format!("DSOMM {} on {}", record.model.version, record.subject.team);
    head(&mut out, &title);
    let _ = writeln!(out, "<h1>{}</h1>", html(&title));
    subject(&mut out, record);
    completeness(&mut out, record);
    heat_map(&mut out, record);
    levels(&mut out, record);
    trend(&mut out, record, earlier);
    activities(&mut out, record);
    attestations(&mut out, record);
    findings(&mut out, record);
    let _ = writeln!(
        out,
        "</main>\n<footer><p>Made by bowerbird {} with {} rules. The activities are those of the OWASP DevSecOps Maturity Model {}, <a href=\"https://dsomm.owasp.org\">dsomm.owasp.org</a>.</p></footer>\n</body>\n</html>",
        html(&record.tool.version),
        record.tool.rules,
        html(&record.model.version)
    );
    out
}

fn head(out: &mut String, title: &str) {
    use base64::Engine;
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE));
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<main id=\"main\">\n",
        html(title)
    );
}

fn subject(out: &mut String, record: &Record) {
    let it = &record.subject;
    let commit = it.commit.as_deref().unwrap_or("no commit");
    let date = it.date.as_deref().unwrap_or("no date");
    let _ = write!(
        out,
        "<p>Commit <code>{}</code> of {}",
        html(commit),
        html(date)
    );
    if let Some(remote) = &it.remote {
        let _ = write!(out, ", {}", html(remote));
    }
    out.push_str(".</p>\n");
}

fn completeness(out: &mut String, record: &Record) {
    let it = &record.completeness;
    let whole = it.complete && it.unread.is_empty();
    let class = if whole { "box" } else { "box gap" };
    let said = match (it.complete, it.unread.is_empty()) {
        (true, true) => "Everything that should have been read was read.",
        (true, false) => {
            "Everything was scanned; some files that bear on verdicts could not be read to the end."
        }
        (false, _) => "Not everything could be read. Verdicts that need it stay open.",
    };
    let _ = write!(
        out,
        "<section class=\"{class}\" aria-labelledby=\"complete\"><h2 id=\"complete\">Completeness</h2><p>{said} Looked at: {}, {}.</p>",
        describe::count(it.files, "tracked file", "tracked files"),
        describe::count(it.ci_files, "pipeline", "pipelines")
    );
    if !it.coverage.unscanned_total.is_empty() {
        out.push_str("<p>Not scanned, by reason:</p><ul>");
        for (reason, count) in &it.coverage.unscanned_total {
            let (name, words) = describe::reason(*reason);
            let _ = write!(out, "<li>{name}, {words}: {count}</li>");
        }
        out.push_str("</ul>");
    }
    if !it.unread.is_empty() {
        out.push_str("<details><summary>Files that leave a question open</summary><ul>");
        for unread in it.unread.iter().take(200) {
            let _ = write!(
                out,
                "<li><code>{}</code>: {} (leaves <em>{}</em> open)</li>",
                html(&unread.spot.path),
                html(&unread.why),
                html(&unread.topic)
            );
        }
        out.push_str("</ul></details>");
    }
    out.push_str("</section>\n");
}

/// Kinds of verdicts in a cell, in order, with the fill of each.
const KINDS: [(&str, &str); 6] = [
    ("proved", "#1a7f37"),
    ("attested", "url(#dots)"),
    ("partial", "url(#stripes)"),
    ("not implemented", "url(#bars)"),
    ("unknown", "none"),
    ("not applicable", "#8c959f"),
];

fn kind(it: &Assessment) -> usize {
    match it.status {
        Verdict::Implemented if it.basis.contains(&Basis::Attestation) => 1,
        Verdict::Implemented => 0,
        Verdict::Partial => 2,
        Verdict::NotImplemented => 3,
        Verdict::Unknown | Verdict::Error => 4,
        Verdict::NotApplicable => 5,
    }
}

type Cells<'a> = BTreeMap<(&'a str, &'a str), [[u64; 6]; 5]>;

fn cells(record: &Record) -> Cells<'_> {
    let mut rows: Cells<'_> = BTreeMap::new();
    for it in &record.activities {
        let row = rows.entry((&it.dimension, &it.sub_dimension)).or_default();
        if let Some(cell) = row.get_mut(usize::from(it.level).wrapping_sub(1)) {
            cell[kind(it)] += 1;
        }
    }
    rows
}

fn heat_map(out: &mut String, record: &Record) {
    let rows = cells(record);
    let height = 46 + rows.len() * 26;
    let _ = write!(
        out,
        "<h2 id=\"map\">Heat map</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-labelledby=\"map\"><svg viewBox=\"0 0 900 {height}\" width=\"900\" height=\"{height}\" role=\"img\" aria-labelledby=\"map-title\"><title id=\"map-title\">Verdicts by sub-dimension and level; the table below holds the same counts</title><defs>\
        <pattern id=\"dots\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\" fill=\"#4ac26b\"/><circle cx=\"3\" cy=\"3\" r=\"1.4\" fill=\"#0b3d1a\"/></pattern>\
        <pattern id=\"stripes\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#eac54f\"/><rect width=\"3\" height=\"6\" fill=\"#9a6700\"/></pattern>\
        <pattern id=\"bars\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\"><rect width=\"4\" height=\"4\" fill=\"#ffc1ba\"/><rect width=\"2\" height=\"4\" fill=\"#cf222e\"/></pattern></defs>"
    );
    for level in 1..=5 {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"18\">Level {level}</text>",
            270 + (level - 1) * 126
        );
    }
    for (at, ((_, name), cells)) in rows.iter().enumerate() {
        let y = 28 + at * 26;
        let _ = write!(out, "<text x=\"0\" y=\"{}\">{}</text>", y + 15, html(*name));
        for (level, cell) in cells.iter().enumerate() {
            let total: u64 = cell.iter().sum();
            let mut x = 270.0 + level as f64 * 126.0;
            for (kind, count) in cell.iter().enumerate().filter(|(_, count)| **count > 0) {
                let width = 118.0 * *count as f64 / total as f64;
                let (said, fill) = KINDS[kind];
                let _ = write!(
                    out,
                    "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"20\" fill=\"{fill}\" stroke=\"#57606a\"><title>{}, level {}: {count} {said}</title></rect>",
                    html(*name),
                    level + 1
                );
                x += width;
            }
        }
    }
    out.push_str("</svg></div>\n<p aria-hidden=\"true\">");
    for (said, fill) in KINDS {
        let _ = write!(
            out,
            "<svg width=\"14\" height=\"14\" class=\"key\"><rect width=\"13\" height=\"13\" fill=\"{fill}\" stroke=\"#57606a\"/></svg> {said} &#160; "
        );
    }
    out.push_str("</p>\n");
    table(out, &rows);
}

fn table(out: &mut String, rows: &Cells<'_>) {
    out.push_str("<details><summary>The heat map as a table</summary><div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Verdicts as a table\"><table><caption>Counts in the order proved, attested, partial, not implemented, unknown, not applicable</caption><thead><tr><th scope=\"col\">Sub-dimension</th>");
    for level in 1..=5 {
        let _ = write!(out, "<th scope=\"col\">Level {level}</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for ((_, name), cells) in rows {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", html(*name));
        for cell in cells {
            let counts: Vec<String> = cell.iter().map(ToString::to_string).collect();
            let text = if cell.iter().sum::<u64>() == 0 {
                "none".to_owned()
            } else {
                counts.join(" / ")
            };
            let _ = write!(out, "<td>{text}</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div></details>\n");
}

fn levels(out: &mut String, record: &Record) {
    out.push_str("<h2>Levels</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Counts by level\"><table><thead><tr><th scope=\"col\">Level</th><th scope=\"col\" class=\"n\">Proved</th><th scope=\"col\" class=\"n\">Attested</th><th scope=\"col\" class=\"n\">Partial</th><th scope=\"col\" class=\"n\">Not implemented</th><th scope=\"col\" class=\"n\">Unknown</th></tr></thead><tbody>");
    for (level, it) in &record.summary {
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            html(level),
            it.proved,
            it.attested,
            it.partial,
            it.not_implemented,
            it.unknown + it.error
        );
    }
    out.push_str("</tbody></table></div>\n");
}

/// Verdicts and findings of earlier records and this one, by the day of their commits.
fn trend(out: &mut String, record: &Record, earlier: &[Record]) {
    let mut all: Vec<&Record> = earlier.iter().chain([record]).collect();
    all.retain(|it| it.subject.team == record.subject.team);
    all.sort_by_key(|it| (&it.subject.date, &it.subject.commit));
    all.dedup_by(|a, b| a.subject.date == b.subject.date && a.subject.commit == b.subject.commit);
    if all.len() < 2 {
        return;
    }
    let met = |it: &Record| it.activities.iter().filter(|it| is_met(it.status)).count();
    let most = all
        .iter()
        .map(|it| it.activities.len())
        .max()
        .unwrap_or(1)
        .max(1);
    let points = all.iter().enumerate().map(|(at, it)| {
        let x = 10 + at * 580 / (all.len() - 1);
        let y = 110 - met(it) * 100 / most;
        format!("{x},{y}")
    });
    let points: Vec<String> = points.collect();
    let _ = write!(
        out,
        "<h2 id=\"trend\">Over time</h2>\n<svg viewBox=\"0 0 600 120\" width=\"600\" height=\"120\" role=\"img\" aria-label=\"Activities met, of all; the table below holds the numbers\"><path d=\"M10 110H590\" stroke=\"#57606a\"/><polyline fill=\"none\" stroke=\"#1a7f37\" stroke-width=\"2\" points=\"{}\"/></svg>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-labelledby=\"trend\"><table><thead><tr><th scope=\"col\">Commit of</th><th scope=\"col\">Commit</th><th scope=\"col\" class=\"n\">Met</th><th scope=\"col\" class=\"n\">Partial</th><th scope=\"col\" class=\"n\">Not implemented</th><th scope=\"col\" class=\"n\">Open findings</th></tr></thead><tbody>",
        points.join(" ")
    );
    for it in all {
        let of = |wanted: Verdict| {
            it.activities
                .iter()
                .filter(|it| it.status == wanted)
                .count()
        };
        let open = it.findings.iter().filter(|it| it.status == "open").count();
        let commit = it.subject.commit.as_deref().unwrap_or("none");
        let commit = commit.get(..12).unwrap_or(commit);
        let date = it.subject.date.as_deref().unwrap_or("no date");
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td><code>{}</code></td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{open}</td></tr>",
            html(date),
            html(commit),
            met(it),
            of(Verdict::Partial),
            of(Verdict::NotImplemented)
        );
    }
    out.push_str("</tbody></table></div>\n");
}

fn activities(out: &mut String, record: &Record) {
    out.push_str("<h2>Activities</h2>\n");
    let mut before = "";
    let mut sorted: Vec<&Assessment> = record.activities.iter().collect();
    sorted.sort_by_key(|it| (&it.dimension, &it.sub_dimension, it.level, &it.name));
    for it in sorted {
        if it.sub_dimension != before {
            let _ = writeln!(
                out,
                "<h3>{} &#8211; {}</h3>",
                html(&it.dimension),
                html(&it.sub_dimension)
            );
            before = &it.sub_dimension;
        }
        activity(out, it);
    }
}

fn activity(out: &mut String, it: &Assessment) {
    let said = word(it.status);
    let class = said.replace(' ', "-");
    let attested = if it.basis.contains(&Basis::Attestation) {
        " (attested)"
    } else {
        ""
    };
    let _ = write!(
        out,
        "<details id=\"a-{}\"><summary><span class=\"mark {class}\">{said}{attested}</span> {} <small>level {}</small></summary><p>{}</p>",
        html(&it.activity),
        html(&it.name),
        it.level,
        html(&it.reason)
    );
    if let Some(since) = &it.since {
        let commit = since.commit.get(..12).unwrap_or(&since.commit);
        let _ = write!(
            out,
            "<p>Since {} at the latest (<code>{}</code>).</p>",
            html(&since.date),
            html(commit)
        );
    }
    if !it.observations.is_empty() {
        out.push_str("<ul>");
        for seen in it.observations.iter().take(60) {
            let _ = write!(
                out,
                "<li>{} <em>({})</em>",
                html(&seen.claim),
                html(&seen.effect)
            );
            if let Some(path) = &seen.path {
                let line = seen.line.map(|line| format!(":{line}")).unwrap_or_default();
                let _ = write!(out, " <code>{}{line}</code>", html(path));
            }
            if let Some(excerpt) = &seen.excerpt {
                let _ = write!(out, "<br><code>{}</code>", html(excerpt));
            }
            out.push_str("</li>");
        }
        out.push_str("</ul>");
    }
    if !it.next.is_empty() && !is_met(it.status) {
        out.push_str("<p>Next:</p><ul>");
        for next in &it.next {
            let _ = write!(out, "<li>{}</li>", html(next));
        }
        out.push_str("</ul>");
    }
    let _ = writeln!(
        out,
        "<p><small><code>{}</code></small></p></details>",
        html(&it.activity)
    );
}

fn attestations(out: &mut String, record: &Record) {
    out.push_str("<h2>Attestations</h2>\n");
    if record.attestations.is_empty() {
        out.push_str("<p>No statement of a person counts in this record.</p>\n");
        return;
    }
    out.push_str("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Attestations\"><table><thead><tr><th scope=\"col\">Statement</th><th scope=\"col\">By</th><th scope=\"col\">Made on</th><th scope=\"col\">Valid until</th></tr></thead><tbody>");
    for it in &record.attestations {
        let _ = write!(
            out,
            "<tr><td><a href=\"#a-{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            html(&it.activity),
            html(&it.statement),
            html(&it.owner),
            html(&it.made_on),
            html(&it.valid_until)
        );
    }
    out.push_str("</tbody></table></div>\n");
}

/// Most findings that a page lists.
const FINDING_CAP: usize = 5_000;

fn findings(out: &mut String, record: &Record) {
    let total = record.findings.len();
    let _ = writeln!(out, "<h2 id=\"findings\">Findings ({total})</h2>");
    if total == 0 {
        out.push_str("<p>Nothing was found.</p>\n");
        return;
    }
    out.push_str("<div class=\"filters\" role=\"group\" aria-labelledby=\"findings\">\
        <input type=\"checkbox\" id=\"f-open\"><label for=\"f-open\">only open</label>\
        <input type=\"checkbox\" id=\"f-head\"><label for=\"f-head\">only at HEAD</label>\
        <input type=\"checkbox\" id=\"f-high\"><label for=\"f-high\">only high and critical</label>\
        <div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Findings\"><table><thead><tr><th scope=\"col\">Severity</th><th scope=\"col\">Rule</th><th scope=\"col\">Place</th><th scope=\"col\">Since</th><th scope=\"col\">Last seen</th><th scope=\"col\">State</th></tr></thead><tbody>");
    for it in record.findings.iter().take(FINDING_CAP) {
        let mut classes = vec![it.status.as_str()];
        if !it.at_head {
            classes.push("gone");
        }
        if !["high", "critical"].contains(&it.severity.as_str()) {
            classes.push("minor");
        }
        let commit = |of: &Option<(String, String)>| match of {
            Some((id, date)) => format!(
                "{} <code>{}</code>",
                html(date.get(..10).unwrap_or(date)),
                html(id.get(..10).unwrap_or(id))
            ),
            None => "no commit".to_owned(),
        };
        let line = it.line.map(|line| format!(":{line}")).unwrap_or_default();
        let _ = write!(
            out,
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td><code>{}{line}</code></td><td>{}</td><td>{}</td><td>{}{}</td></tr>",
            classes.join(" "),
            html(&it.severity),
            html(&it.rule),
            html(&it.path),
            commit(&it.introduced),
            commit(&it.last_seen),
            html(&it.status),
            if it.at_head {
                ""
            } else {
                ", in the history only"
            }
        );
    }
    out.push_str("</tbody></table></div></div>\n");
    if total > FINDING_CAP {
        let _ = writeln!(
            out,
            "<p>{} more stand in the record.</p>",
            total - FINDING_CAP
        );
    }
}
