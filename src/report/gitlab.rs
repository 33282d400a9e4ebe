//! GitLab's reports (security-report-schemas 15.x): secrets for the `secret_detection`
//! artifact, misconfigurations and insecure code for `sast`. Extracts stay redacted and suppressed findings are left
//! out, because the format has no place for them; both are in the JSON report.
//! The times GitLab demands are those of HEAD's commit, or the epoch: a report
//! does not depend on the clock.

use super::Format;
use super::describe;
use super::json;
use crate::bytes::path::unescape_path;
use crate::model::finding::Finding;
use crate::model::finding::Status;
use crate::model::origin::Origin;
use crate::model::report::Report;
use crate::model::rule::RuleKind;
use crate::model::rule::Severity;
use serde_json::Value;
use serde_json::json;
use std::io;
use std::io::Write;

/// See the module. GitLab wants one report for each of its categories.
pub enum GitLab {
    /// Secrets.
    Secrets,
    /// Misconfigurations and insecure code.
    Faults,
}

impl GitLab {
    fn category(&self) -> &'static str {
        match self {
            GitLab::Secrets => "secret_detection",
            GitLab::Faults => "sast",
        }
    }
}

/// The version of the report's schema.
const SCHEMA_VERSION: &str = "15.2.1";

/// Written where GitLab demands a time and the report knows none.
const EPOCH: &str = "1970-01-01T00:00:00";

impl Format for GitLab {
    fn name(&self) -> &'static str {
        match self {
            GitLab::Secrets => "gitlab",
            GitLab::Faults => "gitlab-sast",
        }
    }

    fn media_type(&self) -> &'static str {
        "application/json"
    }

    fn extension(&self) -> &'static str {
        match self {
            GitLab::Secrets => "gitlab.json",
            GitLab::Faults => "gitlab-sast.json",
        }
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let of_secrets = matches!(self, GitLab::Secrets);
        let wanted = |finding: &&Finding| {
            finding.status == Status::Open && (finding.kind == RuleKind::Secret) == of_secrets
        };
        let category = self.category();
        let findings = report.findings.iter().filter(wanted);
        let vulnerabilities: Vec<Value> = findings
            .map(|finding| vulnerability(report, finding, category))
            .collect();
        let document = json!({
            "version": SCHEMA_VERSION,
            "scan": scan(report, category),
            "vulnerabilities": vulnerabilities,
        });
        json::pretty(&document, out)
    }
}

fn scan(report: &Report, category: &str) -> Value {
    let time = report
        .run
        .subject
        .get("date")
        .and_then(|date| date.get(..19));
    let time = time.unwrap_or(EPOCH);
    let tool = json!({
        "id": "bowerbird",
        "name": "Bowerbird",
        "version": report.run.version,
        "vendor": {"name": "Bowerbird"},
    });
    let mut messages = Vec::new();
    if !report.complete {
        messages.push(json!({"level": "warn", "value": describe::conclusion(report)}));
    }
    json!({
        "analyzer": tool,
        "scanner": tool,
        "type": category,
        "start_time": time,
        "end_time": time,
        "status": if report.complete { "success" } else { "failure" },
        "messages": messages,
    })
}

fn vulnerability(report: &Report, finding: &Finding, category: &str) -> Value {
    let doc = report.docs.get(finding.rule.0);
    let mut value = json!({
        "id": finding.fingerprint.0,
        "category": category,
        "name": describe::title(report, finding),
        "description": finding.message,
        "severity": severity(finding.severity),
        "identifiers": [{
            "type": "bowerbird_rule_id",
            "name": format!("Bowerbird rule {}", finding.rule),
            "value": finding.rule.0,
        }],
        "location": location(finding),
        "raw_source_code_extract": finding.excerpt.as_deref().unwrap_or("[redacted]"),
    });
    if let Some(doc) = doc {
        value["solution"] = json!(doc.fix);
        value["links"] = doc
            .references
            .iter()
            .map(|url| json!({"url": url}))
            .collect();
    }
    value
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
    }
}

/// The file as GitLab names it; the commit is required, all zeros for the work tree.
fn location(finding: &Finding) -> Value {
    let Some(place) = finding.locations.first() else {
        return json!({"commit": {"sha": "0000000"}});
    };
    let file = place.origin.outermost().path().map(unescape_path);
    let mut value = json!({"commit": commit(finding, &place.origin)});
    if let Some(file) = file {
        value["file"] = json!(String::from_utf8_lossy(&file));
    }
    if let Some(region) = place.region {
        value["start_line"] = json!(region.start_line);
        value["end_line"] = json!(region.end_line);
    }
    value
}

fn commit(finding: &Finding, origin: &Origin) -> Value {
    let Origin::Blob {
        commit: Some(commit),
        ..
    } = origin.outermost()
    else {
        return json!({"sha": "0000000"});
    };
    let introduced = finding
        .exposure
        .as_ref()
        .and_then(|life| life.introduced.as_ref());
    match introduced {
        Some(first) if first.id == *commit => json!({"sha": commit, "date": first.date}),
        _ => json!({"sha": commit}),
    }
}
