//! JUnit XML, as most build servers read it: one test suite, a failing case for
//! each open finding, a skipped case for each suppressed one, and an error when
//! something was not read; verdicts on activities are a second suite. The dialect is that of the Jenkins JUnit plugin
//! (<https://github.com/testmoapp/junitxml>).

use super::Format;
use super::describe;
use crate::bytes::escape::xml;
use crate::model::evidence::Assessment;
use crate::model::evidence::Verdict;
use crate::model::finding::Finding;
use crate::model::finding::Status;
use crate::model::report::Report;
use std::io;
use std::io::Write;

/// See the module.
pub struct Junit;

impl Format for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn media_type(&self) -> &'static str {
        "application/xml"
    }

    fn extension(&self) -> &'static str {
        "xml"
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let failures = describe::open(report);
        let skipped = describe::suppressed(report);
        let errors = u8::from(!report.complete);
        let tests = failures + skipped + 1;
        let totals = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
        // The time of HEAD's commit: a report does not depend on the clock.
        let time = report
            .run
            .subject
            .get("date")
            .and_then(|date| date.get(..19));
        let time = time.map(|time| format!(" timestamp=\"{}\"", xml(time)));
        let time = time.unwrap_or_default();
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        // Without totals: the suites have their own.
        writeln!(out, "<testsuites name=\"bowerbird\">")?;
        writeln!(
            out,
            "  <testsuite name=\"bowerbird\" {totals} skipped=\"{skipped}\"{time}>"
        )?;
        coverage(report, out)?;
        for finding in &report.findings {
            case(report, finding, out)?;
        }
        writeln!(out, "  </testsuite>")?;
        activities(&report.assessments, out)?;
        writeln!(out, "</testsuites>")
    }
}

/// Verdicts on activities as a suite of their own: what is not in force fails, what nothing here
/// decides is skipped.
fn activities(assessments: &[Assessment], out: &mut dyn Write) -> io::Result<()> {
    if assessments.is_empty() {
        return Ok(());
    }
    let outcomes = assessments.iter().map(|it| outcome(it.status));
    let outcomes: Vec<Option<&str>> = outcomes.collect();
    let count = |wanted: &str| outcomes.iter().filter(|it| **it == Some(wanted)).count();
    writeln!(
        out,
        "  <testsuite name=\"activities\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        assessments.len(),
        count("failure"),
        count("error"),
        count("skipped")
    )?;
    for (assessment, outcome) in assessments.iter().zip(outcomes) {
        let name = xml(&assessment.name);
        let dimension = xml(&assessment.dimension);
        write!(
            out,
            "    <testcase classname=\"{dimension}\" name=\"{name}\""
        )?;
        let Some(outcome) = outcome else {
            writeln!(out, "/>")?;
            continue;
        };
        let verdict = describe::verdict(assessment.status);
        let reason = xml(&assessment.reason);
        writeln!(
            out,
            ">\n      <{outcome} message=\"{verdict}: {reason}\"/>\n    </testcase>"
        )?;
    }
    writeln!(out, "  </testsuite>")
}

/// The element a verdict gives; `None` when the activity is in force.
fn outcome(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Implemented => None,
        Verdict::Partial | Verdict::NotImplemented => Some("failure"),
        Verdict::Unknown | Verdict::NotApplicable => Some("skipped"),
        Verdict::Error => Some("error"),
    }
}

fn coverage(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let open = "    <testcase classname=\"bowerbird\" name=\"everything was read\"";
    if report.complete {
        return writeln!(out, "{open}/>");
    }
    let conclusion = xml(describe::conclusion(report));
    writeln!(out, "{open}>")?;
    writeln!(
        out,
        "      <error type=\"incomplete\" message=\"{conclusion}\">"
    )?;
    for missed in &report.coverage.unscanned {
        let (reason, _) = describe::reason(missed.reason);
        writeln!(out, "{}: {}", xml(&missed.what), reason)?;
    }
    writeln!(out, "      </error>\n    </testcase>")
}

fn case(report: &Report, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let place = finding.locations.first().map(describe::place);
    let place = place.unwrap_or_else(|| finding.fingerprint.0.clone());
    writeln!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\">",
        xml(finding.rule.0),
        xml(place)
    )?;
    let message = xml(&finding.message);
    if finding.status == Status::Suppressed {
        writeln!(out, "      <skipped message=\"{message}\"/>")?;
    } else {
        let severity = describe::severity(finding.severity);
        writeln!(
            out,
            "      <failure type=\"{severity}\" message=\"{message}\">"
        )?;
        writeln!(out, "{}", xml(describe::title(report, finding)))?;
        for location in &finding.locations {
            writeln!(out, "{}", xml(describe::place(location)))?;
        }
        if !finding.logical.is_empty() {
            writeln!(out, "{}", xml(&finding.logical))?;
        }
        for step in &finding.flow {
            let place = xml(describe::place(&step.location));
            writeln!(out, "{place}: {}", xml(&step.text))?;
        }
        writeln!(out, "      </failure>")?;
    }
    writeln!(out, "    </testcase>")
}
