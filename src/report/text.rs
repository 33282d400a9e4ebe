//! The report for people in a terminal: what counts first, how complete it is
//! last, nothing in between that one cannot act on. Whether colours and links are
//! wanted is decided by the command line.

use super::Format;
use super::describe;
use crate::bytes::escape::terminal;
use crate::bytes::path::path_uri;
use crate::model::coverage::Coverage;
use crate::model::evidence::Assessment;
use crate::model::evidence::Verdict;
use crate::model::finding::Finding;
use crate::model::finding::Status;
use crate::model::location::Location;
use crate::model::origin::Origin;
use crate::model::report::Report;
use crate::model::rule::RuleDoc;
use crate::model::rule::RuleKind;
use crate::model::rule::Severity;
use anstyle::AnsiColor;
use anstyle::Style;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::io::Write;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Write colours (ANSI SGR sequences).
    pub color: bool,
    /// Make places clickable (OSC 8): the URI of the scanned root, with its last `/`.
    pub links: Option<&'a str>,
}

impl Text<'_> {
    /// Neither colours nor links.
    pub const PLAIN: Text<'static> = Text {
        color: false,
        links: None,
    };
}

/// Places shown of one finding.
const PLACES: usize = 3;
/// Findings shown that are suppressed.
const SILENT: usize = 20;
/// Things shown that were not read, of one reason.
const MISSED: usize = 3;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();

impl Format for Text<'_> {
    fn name(&self) -> &'static str {
        "text"
    }

    fn media_type(&self) -> &'static str {
        "text/plain"
    }

    fn extension(&self) -> &'static str {
        "txt"
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page { text: *self, out };
        page.head(report)?;
        for severity in describe::SEVERITIES {
            page.group(report, severity)?;
        }
        page.suppressed(report)?;
        page.coverage(report)?;
        page.assessments(&report.assessments)?;
        page.verdict(report)
    }
}

struct Page<'a, 'o> {
    text: Text<'a>,
    out: &'o mut dyn Write,
}

impl Page<'_, '_> {
    fn paint(&self, style: Style, what: impl Display) -> String {
        if self.text.color {
            format!("{style}{what}{style:#}")
        } else {
            what.to_string()
        }
    }

    fn head(&mut self, report: &Report) -> io::Result<()> {
        let run = &report.run;
        let tool = self.paint(BOLD, terminal(format!("{} {}", run.tool, run.version)));
        let mut facts = vec![describe::count(run.rules, "rule", "rules")];
        if let Some(head) = run.subject.get("head") {
            facts.push(format!("HEAD {}", terminal(describe::short(head))));
        }
        writeln!(self.out, "{tool}  {}", self.paint(DIM, facts.join(", ")))?;
        let tally = describe::tally(report);
        let counts = tally.iter().filter(|(_, n)| *n > 0).map(|(severity, n)| {
            self.paint(
                style(*severity),
                format!("{} {}", describe::number(*n), describe::severity(*severity)),
            )
        });
        let counts: Vec<String> = counts.collect();
        let found = describe::count(describe::open(report), "finding", "findings");
        match (counts.is_empty(), report.complete) {
            (false, true) => writeln!(self.out, "{found}: {}", counts.join(", ")),
            (false, false) => writeln!(self.out, "{found} in what was read: {}", counts.join(", ")),
            // With nothing found there is only the verdict, at the end.
            (true, _) => Ok(()),
        }
    }

    fn group(&mut self, report: &Report, severity: Severity) -> io::Result<()> {
        let wanted =
            |finding: &&Finding| finding.status == Status::Open && finding.severity == severity;
        let group: Vec<&Finding> = report.findings.iter().filter(wanted).collect();
        if group.is_empty() {
            return Ok(());
        }
        let name = describe::severity(severity).to_uppercase();
        writeln!(self.out, "\n{}", self.paint(style(severity), name))?;
        let mut last = "";
        for finding in group {
            writeln!(self.out)?;
            self.finding(report, finding, last == finding.rule.0)?;
            last = finding.rule.0;
        }
        Ok(())
    }

    /// How to mend it is told once for a row of findings of one rule.
    fn finding(&mut self, report: &Report, finding: &Finding, again: bool) -> io::Result<()> {
        let title = self.paint(BOLD, terminal(describe::title(report, finding)));
        let rule = self.paint(DIM, finding.rule);
        writeln!(self.out, "  {title}  {rule}")?;
        self.places(finding)?;
        self.field("line", describe::line(finding).unwrap_or_default())?;
        self.field("what", describe::what(report, finding))?;
        self.field("in", &finding.logical)?;
        for (at, step) in finding.flow.iter().enumerate() {
            let label = if at == 0 { "flow" } else { "" };
            let step = format!("{}: {}", describe::place(&step.location), step.text);
            self.field(label, &step)?;
        }
        self.field("check", describe::validity(finding.validity))?;
        for (name, value) in &finding.facts {
            self.field("fact", &format!("{name}: {value}"))?;
        }
        if let Some(exposure) = &finding.exposure {
            self.field("life", &describe::exposure(exposure))?;
        }
        if !finding.decoded.is_empty() {
            self.field("inside", &finding.decoded.join(" > "))?;
        }
        if let Some(doc) = report.docs.get(finding.rule.0) {
            self.remedy(doc, finding.kind, again)?;
        }
        self.field("id", describe::short(&finding.fingerprint.0))
    }

    /// What to do; of a secret also what it can do, and the provider's page about it.
    fn remedy(&mut self, doc: &RuleDoc, kind: RuleKind, again: bool) -> io::Result<()> {
        if again && !doc.fix.is_empty() {
            return self.field("fix", "as above");
        }
        if kind != RuleKind::Secret {
            return self.lines("fix", doc.fix);
        }
        self.field("risk", doc.why)?;
        self.lines("fix", doc.fix)?;
        self.field("see", doc.references.first().unwrap_or(&""))
    }

    fn places(&mut self, finding: &Finding) -> io::Result<()> {
        for (at, location) in finding.locations.iter().take(PLACES).enumerate() {
            let label = if at == 0 { "at" } else { "" };
            let place = self.place(location);
            self.raw_field(label, &place)?;
        }
        let total = finding.locations_total.max(finding.locations.len() as u64);
        let shown = finding.locations.len().min(PLACES) as u64;
        if total > shown {
            let more = format!("and {} more", describe::number(total - shown));
            self.raw_field("", &more)?;
        }
        Ok(())
    }

    fn place(&self, location: &Location) -> String {
        let shown = terminal(describe::place(location));
        match (self.text.links, &location.origin) {
            (Some(root), Origin::File { path }) => {
                let uri = format!("{}{}", terminal(root), path_uri(path));
                format!("\x1b]8;;{uri}\x1b\\{shown}\x1b]8;;\x1b\\")
            }
            _ => shown,
        }
    }

    fn field(&mut self, label: &str, value: &str) -> io::Result<()> {
        if value.is_empty() {
            return Ok(());
        }
        self.raw_field(label, &terminal(value))
    }

    /// Text of a rule may have lines; each gets its own row.
    fn lines(&mut self, label: &str, value: &str) -> io::Result<()> {
        for (at, line) in value.trim_end().lines().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.field(label, line)?;
        }
        Ok(())
    }

    fn raw_field(&mut self, label: &str, value: &str) -> io::Result<()> {
        let label = self.paint(DIM, format_args!("{label:<7}"));
        writeln!(self.out, "    {label} {value}")
    }

    fn suppressed(&mut self, report: &Report) -> io::Result<()> {
        let total = describe::suppressed(report);
        if total == 0 {
            return Ok(());
        }
        let heading = self.paint(BOLD, "SUPPRESSED");
        writeln!(
            self.out,
            "\n{heading}  {}",
            describe::count(total, "finding", "findings")
        )?;
        let silent = |finding: &&Finding| finding.status == Status::Suppressed;
        for finding in report.findings.iter().filter(silent).take(SILENT) {
            let place = finding.locations.first().map(|at| self.place(at));
            let place = place.unwrap_or_default();
            writeln!(self.out, "  {}  {place}", finding.rule)?;
            for suppression in &finding.suppressions {
                let why = match suppression.justification.as_str() {
                    "" => "no reason given",
                    why => why,
                };
                self.field("by", &format!("{}: {why}", suppression.by))?;
            }
        }
        if total > SILENT as u64 {
            let more = describe::number(total - SILENT as u64);
            writeln!(self.out, "  and {more} more; the JSON report has them all")?;
        }
        Ok(())
    }

    fn coverage(&mut self, report: &Report) -> io::Result<()> {
        let coverage = &report.coverage;
        writeln!(self.out, "\n{}", self.paint(BOLD, "COVERAGE"))?;
        if coverage.is_empty() {
            self.line("nothing was read")?;
        }
        for (unit, totals) in &coverage.totals {
            let scanned = describe::number(totals.scanned);
            let mut line = format!("read {scanned}");
            if totals.seen != totals.scanned {
                line.push_str(&format!(" of {}", describe::number(totals.seen)));
            }
            line.push_str(&format!(" {unit}"));
            if totals.bytes > 0 {
                line.push_str(&format!(", {}", describe::bytes(totals.bytes)));
            }
            self.line(&line)?;
        }
        for (language, covered) in &coverage.languages {
            let line = describe::language(language, covered);
            self.line(&line)?;
        }
        for (why, n) in &coverage.excluded {
            let why = describe::exclusion(*why);
            self.line(&format!("left out {}: {why}", describe::number(*n)))?;
        }
        for (n, why) in describe::refused(&report.refused) {
            self.line(&format!("refused {}: {why}", describe::number(n)))?;
        }
        if coverage.masked > 0 {
            let texts = describe::count(coverage.masked, "name", "names");
            self.line(&format!(
                "masked {texts} of files, refs and the like that held a secret"
            ))?;
        }
        for (fact, value) in &coverage.repository {
            self.line(&format!("repository {fact}: {value}"))?;
        }
        self.missed(coverage)
    }

    fn missed(&mut self, coverage: &Coverage) -> io::Result<()> {
        for (reason, total) in &coverage.unscanned_total {
            let (word, meaning) = describe::reason(*reason);
            let heading = format!("not read {}: {word}", describe::number(*total));
            let heading = self.paint(YELLOW, heading);
            writeln!(self.out, "  {heading} ({meaning})")?;
            let of_reason = coverage.unscanned.iter().filter(|it| it.reason == *reason);
            let mut shown = 0;
            for missed in of_reason.take(MISSED) {
                shown += 1;
                let mut line = format!("  {}", missed.what);
                if let Some(bytes) = missed.bytes {
                    line.push_str(&format!(", {}", describe::bytes(bytes)));
                }
                if !missed.detail.is_empty() {
                    line.push_str(&format!(": {}", missed.detail));
                }
                self.line(&line)?;
            }
            if *total > shown {
                self.line(&format!("  and {} more", describe::number(total - shown)))?;
            }
        }
        Ok(())
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "  {}", terminal(text))
    }

    fn assessments(&mut self, assessments: &[Assessment]) -> io::Result<()> {
        let mut levels = BTreeMap::<u8, Vec<&Assessment>>::new();
        for assessment in assessments {
            levels.entry(assessment.level).or_default().push(assessment);
        }
        for (level, activities) in levels {
            let heading = format!("ACTIVITIES, LEVEL {level}");
            let heading = self.paint(BOLD, heading);
            writeln!(self.out, "\n{heading}  {}", summary(&activities))?;
            let mut dimension = "";
            for activity in activities {
                if activity.dimension != dimension {
                    dimension = &activity.dimension;
                    let heading = self.paint(DIM, terminal(dimension));
                    writeln!(self.out, "\n  {heading}")?;
                }
                self.assessment(activity)?;
            }
        }
        Ok(())
    }

    fn assessment(&mut self, activity: &Assessment) -> io::Result<()> {
        let status = format!("{:<16}", describe::verdict(activity.status));
        let status = self.paint(verdict_style(activity.status), status);
        let name = self.paint(BOLD, terminal(&activity.name));
        writeln!(self.out, "  {status}{name}")?;
        let indent = " ".repeat(18);
        if !activity.reason.is_empty() {
            writeln!(self.out, "{indent}{}", terminal(&activity.reason))?;
        }
        // What was seen is evidence; of what is unknown, nothing seen decides.
        let decided = !matches!(activity.status, Verdict::Unknown | Verdict::Error);
        let mut claims: Vec<&str> = Vec::new();
        for observation in activity.observations.iter().filter(|_| decided) {
            if claims.contains(&observation.claim.as_str()) {
                continue;
            }
            claims.push(&observation.claim);
            let label = self.paint(DIM, "saw: ");
            writeln!(self.out, "{indent}{label} {}", terminal(&observation.claim))?;
        }
        if let Some(next) = activity.next.first() {
            let label = self.paint(DIM, "next:");
            writeln!(self.out, "{indent}{label} {}", terminal(next))?;
        }
        Ok(())
    }

    fn verdict(&mut self, report: &Report) -> io::Result<()> {
        let style = match (report.complete, describe::open(report)) {
            (false, _) => YELLOW,
            (true, 0) => GREEN,
            (true, _) => RED,
        };
        let verdict = self.paint(style, describe::conclusion(report));
        writeln!(self.out, "\n{verdict}")
    }
}

/// `3 implemented, 2 unknown`: the verdicts of one level.
pub(super) fn summary(activities: &[&Assessment]) -> String {
    let mut counts = BTreeMap::<Verdict, u64>::new();
    for activity in activities {
        *counts.entry(activity.status).or_default() += 1;
    }
    let counts = counts.iter();
    let counts = counts.map(|(status, n)| format!("{n} {}", describe::verdict(*status)));
    counts.collect::<Vec<_>>().join(", ")
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Magenta.on_default().bold(),
        Severity::High => RED,
        Severity::Medium => YELLOW,
        Severity::Low => AnsiColor::Cyan.on_default().bold(),
        Severity::Info => DIM,
    }
}

fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Implemented => GREEN,
        Verdict::Partial => YELLOW,
        Verdict::NotImplemented | Verdict::Error => RED,
        Verdict::Unknown | Verdict::NotApplicable => DIM,
    }
}
