//! The report as one HTML file for people who were not there: no script, no
//! external request, readable on paper, on a telephone and by a screen reader.
//! Completeness comes first. Every foreign text goes through `bytes::escape`.

mod tables;

use super::Format;
use super::describe;
use crate::bytes::escape::html;
use crate::model::finding::Finding;
use crate::model::finding::Status;
use crate::model::report::Report;
use crate::model::rule::RuleDoc;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest;
use sha2::Sha256;
use std::io;
use std::io::Write;

/// See the module.
pub struct Html;

const STYLE: &str = include_str!("style.css");

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn media_type(&self) -> &'static str {
        "text/html"
    }

    fn extension(&self) -> &'static str {
        "html"
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        head(out)?;
        header(report, out)?;
        writeln!(out, "<main>")?;
        findings(report, out)?;
        suppressed(report, out)?;
        tables::assessments(&report.assessments, out)?;
        tables::coverage(report, out)?;
        writeln!(out, "</main>")?;
        footer(report, out)
    }
}

/// The policy allows this one style sheet, by its hash, and nothing else.
fn head(out: &mut dyn Write) -> io::Result<()> {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Bowerbird report</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    )
}

fn header(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let run = &report.run;
    writeln!(out, "<header>\n<h1>Bowerbird report</h1>")?;
    write!(
        out,
        "<p class=\"soft\">{} {}",
        html(&run.tool),
        html(&run.version)
    )?;
    write!(out, ", {}", describe::count(run.rules, "rule", "rules"))?;
    if let Some(head) = run.subject.get("head") {
        write!(out, ", commit <code>{}</code>", html(describe::short(head)))?;
    }
    writeln!(out, "</p>")?;
    let class = match (report.complete, describe::open(report)) {
        (false, _) => "incomplete",
        (true, 0) => "complete",
        (true, _) => "found",
    };
    writeln!(out, "<div class=\"verdict {class}\">")?;
    writeln!(
        out,
        "<strong>{}</strong>",
        html(describe::conclusion(report))
    )?;
    if !report.complete {
        writeln!(
            out,
            "<p>What was not read may hold more; <a href=\"#coverage\">the coverage</a> names it.</p>"
        )?;
    }
    writeln!(out, "</div>\n</header>")
}

fn findings(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if describe::open(report) == 0 {
        return Ok(());
    }
    writeln!(out, "<section aria-labelledby=\"findings\">")?;
    writeln!(out, "<h2 id=\"findings\">Findings</h2>")?;
    filter(report, out)?;
    let open = |finding: &&Finding| finding.status == Status::Open;
    for found in report.findings.iter().filter(open) {
        finding(report, found, out)?;
    }
    writeln!(out, "</section>")
}

/// Radio buttons that the style sheet reads: they filter without a script.
fn filter(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let tally = describe::tally(report);
    if tally.iter().filter(|(_, n)| *n > 0).count() < 2 {
        return Ok(());
    }
    let all = describe::number(describe::open(report));
    writeln!(
        out,
        "<div class=\"filter\" role=\"radiogroup\" aria-label=\"Show severity\">"
    )?;
    radio("all", &format!("all {all}"), true, out)?;
    for (severity, n) in tally {
        if n > 0 {
            let word = describe::severity(severity);
            radio(word, &format!("{word} {}", describe::number(n)), false, out)?;
        }
    }
    writeln!(out, "</div>")
}

fn radio(id: &str, label: &str, checked: bool, out: &mut dyn Write) -> io::Result<()> {
    let checked = if checked { " checked" } else { "" };
    writeln!(
        out,
        "<input type=\"radio\" name=\"show\" id=\"show-{id}\"{checked}><label for=\"show-{id}\">{label}</label>"
    )
}

fn finding(report: &Report, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let severity = describe::severity(finding.severity);
    writeln!(out, "<details class=\"{severity}\">\n<summary>")?;
    write!(out, "<span class=\"badge {severity}\">{severity}</span> ")?;
    write!(
        out,
        "<span class=\"title\">{}</span>",
        html(describe::title(report, finding))
    )?;
    if finding.exposure.as_ref().is_some_and(|life| !life.in_head) {
        write!(out, "<span class=\"tag\">history only</span>")?;
    }
    if let Some(place) = finding.locations.first() {
        let place = html(describe::place(place));
        write!(
            out,
            "<span class=\"where\"><code>{place}</code>{}</span>",
            more(finding)
        )?;
    }
    writeln!(out, "</summary>\n<dl>")?;
    facts(report, finding, out)?;
    if let Some(doc) = report.docs.get(finding.rule.0) {
        texts(doc, out)?;
    }
    row(
        "Rule",
        &format!("<code>{}</code>", html(finding.rule.0)),
        out,
    )?;
    let id = html(&finding.fingerprint.0);
    row("Fingerprint", &format!("<code>{id}</code>"), out)?;
    writeln!(out, "</dl>\n</details>")
}

/// ` and 3 more places`, or nothing.
fn more(finding: &Finding) -> String {
    match finding.locations_total.saturating_sub(1) {
        0 => String::new(),
        n => format!(" and {}", describe::count(n, "more place", "more places")),
    }
}

fn facts(report: &Report, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    row("What", &html(describe::what(report, finding)), out)?;
    row("In", &code(&finding.logical), out)?;
    if let Some(excerpt) = describe::line(finding) {
        row("Line", &format!("<pre>{}</pre>", html(excerpt)), out)?;
    }
    places(finding, out)?;
    flow(finding, out)?;
    row("Offline check", describe::validity(finding.validity), out)?;
    let facts = finding.facts.iter();
    let facts: Vec<String> = facts
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    row("Facts", &html(facts.join(", ")), out)?;
    if let Some(exposure) = &finding.exposure {
        row("History", &html(describe::exposure(exposure)), out)?;
    }
    row("Decoded from", &html(finding.decoded.join(", then ")), out)?;
    row("Confidence", describe::confidence(finding.confidence), out)
}

fn places(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let listed = finding.locations.len() as u64;
    if listed < 2 && finding.locations_total < 2 {
        return Ok(());
    }
    let mut list = String::from("<ul>");
    for place in &finding.locations {
        list.push_str(&format!(
            "<li><code>{}</code></li>",
            html(describe::place(place))
        ));
    }
    if finding.locations_total > listed {
        let rest = describe::number(finding.locations_total - listed);
        list.push_str(&format!("<li>and {rest} more</li>"));
    }
    list.push_str("</ul>");
    row("Places", &list, out)
}

/// A name in the font of code; nothing when it is empty.
fn code(name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    format!("<code>{}</code>", html(name))
}

fn flow(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    if finding.flow.is_empty() {
        return Ok(());
    }
    let mut list = String::from("<ol>");
    for step in &finding.flow {
        let place = html(describe::place(&step.location));
        let text = html(&step.text);
        list.push_str(&format!("<li><code>{place}</code> {text}</li>"));
    }
    list.push_str("</ol>");
    row("Flow", &list, out)
}

fn texts(doc: &RuleDoc, out: &mut dyn Write) -> io::Result<()> {
    row("Why", &html(doc.why), out)?;
    row("Fix", &html(doc.fix), out)?;
    let web = doc
        .references
        .iter()
        .filter(|url| url.starts_with("https://"));
    let links: Vec<String> = web
        .map(|url| {
            format!(
                "<li><a href=\"{0}\" rel=\"noreferrer\">{0}</a></li>",
                html(url)
            )
        })
        .collect();
    if links.is_empty() {
        return Ok(());
    }
    row("See", &format!("<ul>{}</ul>", links.concat()), out)
}

/// One row of a description list; `value` is HTML, and an empty one is left out.
fn row(name: &str, value: &str, out: &mut dyn Write) -> io::Result<()> {
    if value.is_empty() {
        return Ok(());
    }
    writeln!(out, "<dt>{name}</dt><dd>{value}</dd>")
}

fn suppressed(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if describe::suppressed(report) == 0 {
        return Ok(());
    }
    writeln!(out, "<section aria-labelledby=\"suppressed\">")?;
    writeln!(out, "<h2 id=\"suppressed\">Suppressed</h2>")?;
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Findings\"><table class=\"stack\"><thead><tr>"
    )?;
    writeln!(
        out,
        "<th scope=\"col\">Finding</th><th scope=\"col\">Place</th><th scope=\"col\">Suppressed by</th></tr></thead><tbody>"
    )?;
    let silent = |finding: &&Finding| finding.status == Status::Suppressed;
    for finding in report.findings.iter().filter(silent) {
        let title = html(describe::title(report, finding));
        let place = finding
            .locations
            .first()
            .map(describe::place)
            .unwrap_or_default();
        let by: Vec<String> = finding
            .suppressions
            .iter()
            .map(|it| html(format!("{}: {}", it.by, reason(&it.justification))))
            .collect();
        writeln!(
            out,
            "<tr><th scope=\"row\">{title}</th><td><code>{}</code></td><td>{}</td></tr>",
            html(place),
            by.join("<br>")
        )?;
    }
    writeln!(out, "</tbody></table></div>\n</section>")
}

fn reason(given: &str) -> &str {
    if given.is_empty() {
        "no reason given"
    } else {
        given
    }
}

fn footer(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<footer>\n<p>Rules <code>{}</code>. No secret is in this file. Same input, same report.</p>\n</footer>\n</body>\n</html>",
        html(describe::short(&report.run.rules_sha256))
    )
}
