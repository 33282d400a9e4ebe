//! SARIF 2.1.0 (OASIS, errata 01) for code scanning uploads and SARIF viewers. Our
//! finding is SARIF's `result`. The limits are those of GitHub
//! (<https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning>):
//! more results than one run takes become further runs, and what even those do
//! not take is announced in a notification. The JSON report has no such limits.

mod invocation;
mod result;
mod rule;

use super::Format;
use super::describe;
use super::json;
use crate::bytes::escape;
use crate::bytes::path::repository_uri;
use crate::model::finding::Finding;
use crate::model::report::Report;
use crate::model::secret::REDACTION_TOKEN;
use serde_json::Value;
use serde_json::json;
use std::io;
use std::io::Write;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Sarif {
    /// Results in one run, at least 1; GitHub takes 25,000.
    pub results_per_run: usize,
    /// Runs in one file, at least 1; GitHub takes 20.
    pub runs: usize,
}

impl Sarif {
    /// GitHub's own limits.
    pub const DEFAULT: Sarif = Sarif {
        results_per_run: 25_000,
        runs: 20,
    };
}

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn media_type(&self) -> &'static str {
        "application/sarif+json"
    }

    fn extension(&self) -> &'static str {
        "sarif"
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let per_run = self.results_per_run.max(1);
        let room = per_run.saturating_mul(self.runs.max(1));
        let kept = &report.findings[..report.findings.len().min(room)];
        let dropped = report.findings.len() - kept.len();
        let mut runs: Vec<Value> = kept
            .chunks(per_run)
            .enumerate()
            .map(|(part, findings)| run(report, part, findings, dropped))
            .collect();
        if runs.is_empty() {
            runs.push(run(report, 0, &[], dropped));
        }
        let log = json!({"$schema": SCHEMA, "version": "2.1.0", "runs": runs});
        json::pretty(&log, out)
    }
}

fn run(report: &Report, part: usize, findings: &[Finding], dropped: usize) -> Value {
    let rules = rule::Rules::of(report, findings);
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| result::result(finding, &rules))
        .collect();
    // GitHub keeps runs apart by the part of the id before the last slash.
    let category = match part {
        0 => "bowerbird/".to_owned(),
        more => format!("bowerbird/part-{}/", more + 1),
    };
    let mut run = json!({
        "tool": {"driver": driver(report, &rules)},
        "automationDetails": {"id": category},
        "columnKind": "utf16CodeUnits",
        "invocations": [invocation::invocation(report, dropped)],
        "originalUriBaseIds": {
            "%SRCROOT%": {"description": {"text": "The root of the scanned tree."}},
        },
        "redactionTokens": [REDACTION_TOKEN],
        "results": results,
        "properties": {
            "complete": report.complete,
            "conclusion": describe::conclusion(report),
            "rulesSha256": report.run.rules_sha256,
            "options": report.run.options,
            "subject": report.run.subject,
            "coverage": report.coverage.totals,
            "excluded": report.coverage.excluded,
            "refused": report.refused,
            "masked": report.coverage.masked,
        },
    });
    if !report.assessments.is_empty() {
        run["properties"]["assessments"] = json!(report.assessments);
    }
    if let Some(taxonomy) = rules.taxonomy() {
        run["taxonomies"] = json!([taxonomy]);
    }
    if let Some(provenance) = provenance(report) {
        run["versionControlProvenance"] = json!([provenance]);
    }
    run
}

fn driver(report: &Report, rules: &rule::Rules<'_>) -> Value {
    let mut driver = json!({
        "name": "Bowerbird",
        "version": report.run.version,
        "semanticVersion": report.run.version,
        "rules": rules.descriptors(),
        "notifications": invocation::descriptors(),
    });
    if rules.taxonomy().is_some() {
        driver["supportedTaxonomies"] = json!([{"name": rule::CWE, "index": 0}]);
    }
    driver
}

/// Where the tree comes from, when the subject names its `remote`: SARIF demands the URI.
fn provenance(report: &Report) -> Option<Value> {
    let subject = &report.run.subject;
    let uri = repository_uri(subject.get("remote")?)?;
    let mut provenance = json!({
        "repositoryUri": uri,
        "mappedTo": {"uriBaseId": "%SRCROOT%"},
    });
    if let Some(head) = subject.get("head") {
        provenance["revisionId"] = json!(head);
    }
    if let Some(branch) = subject.get("branch") {
        provenance["branch"] = json!(branch);
    }
    Some(provenance)
}

/// Untrusted text as a SARIF message: hidden characters written out, and no
/// embedded links (section 3.11.6).
fn message(text: &str) -> Value {
    let text = escape::terminal(text);
    let text = text.replace('\\', "\\\\");
    json!({"text": text.replace('[', "\\[").replace(']', "\\]")})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_no_links() {
        let value = message("see [x](http://evil) \u{202e}");
        assert_eq!(value["text"], "see \\[x\\](http://evil) \\\\u{202e}");
    }
}
