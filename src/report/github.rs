//! GitHub workflow commands, which the runner turns into annotations beside the
//! changed lines. GitHub shows ten of each level in a step, so this is a pointer to
//! the whole report, not a replacement (see
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).

use super::Format;
use super::describe;
use crate::bytes::escape::workflow_message;
use crate::bytes::escape::workflow_property;
use crate::bytes::path::unescape_path;
use crate::model::finding::Finding;
use crate::model::finding::Status;
use crate::model::origin::Origin;
use crate::model::report::Report;
use crate::model::rule::Severity;
use std::io;
use std::io::Write;

/// See the module.
pub struct GitHub;

impl Format for GitHub {
    fn name(&self) -> &'static str {
        "github"
    }

    fn media_type(&self) -> &'static str {
        "text/plain"
    }

    fn extension(&self) -> &'static str {
        "github.txt"
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        for finding in &report.findings {
            if finding.status == Status::Open {
                annotate(report, finding, out)?;
            }
        }
        let level = if report.complete { "notice" } else { "warning" };
        let conclusion = workflow_message(describe::conclusion(report));
        writeln!(out, "::{level} title=bowerbird::{conclusion}")
    }
}

fn annotate(report: &Report, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let level = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    write!(out, "::{level} ")?;
    let place = finding.locations.first();
    let mut message = finding.message.clone();
    if let Some(location) = place {
        match (&location.origin, location.region) {
            (Origin::File { path }, region) => {
                write!(out, "file={},", workflow_property(unescape_path(path)))?;
                if let Some(at) = region {
                    write!(out, "line={},endLine={},", at.start_line, at.end_line)?;
                }
            }
            // Not a file of the checkout: an annotation would point at the wrong line.
            _ => message = format!("{message} ({})", describe::place(location)),
        }
    }
    let title = workflow_property(describe::title(report, finding));
    writeln!(out, "title={title}::{}", workflow_message(message))
}
