//! From what a run saw and judged to its record. It only arranges: paths are
//! relative, dates are those of commits, and a finding is told by its identity and
//! place, never by its text.

use super::canonical::sha256;
use crate::evidence::builtin;
use crate::evidence::model;
use crate::model::evidence::Assessment;
use crate::model::evidence::Basis;
use crate::model::evidence::Verdict;
use crate::model::finding::Finding;
use crate::model::finding::Status;
use crate::model::record::Completeness;
use crate::model::record::Counts;
use crate::model::record::Model;
use crate::model::record::Record;
use crate::model::record::RecordedAttestation;
use crate::model::record::RecordedFinding;
use crate::model::record::Subject;
use crate::model::record::Tool;
use crate::model::record::is_met;
use crate::model::report::Run;
use crate::model::survey::Survey;
use crate::survey::files::Files;
use crate::survey::policy;
use std::collections::BTreeMap;

/// What a record is made of.
pub struct Parts<'a> {
    /// How the scan was made.
    pub run: &'a Run,
    /// What was read.
    pub coverage: &'a crate::model::coverage::Coverage,
    /// What was found.
    pub findings: &'a [Finding],
    /// What was seen beside findings.
    pub survey: &'a Survey,
    /// The verdicts, attestations applied.
    pub assessments: &'a [Assessment],
    /// Statements that count.
    pub attestations: &'a [RecordedAttestation],
    /// The files, where the subject could be opened.
    pub files: Option<&'a Files>,
    /// The team, where the policy names one.
    pub team: Option<String>,
    /// When it is made, when the user said so.
    pub observed_at: Option<i64>,
}

/// The record.
pub fn record(parts: &Parts<'_>) -> Record {
    let policy = parts.files.and_then(|files| files.text(policy::PATH));
    Record {
        schema: Record::SCHEMA.to_owned(),
        tool: Tool {
            name: parts.run.tool.clone(),
            version: parts.run.version.clone(),
            rules: parts.run.rules,
            rules_sha256: parts.run.rules_sha256.clone(),
            checks_sha256: sha256(builtin::bytes()),
            options: parts.run.options.clone(),
        },
        model: Model {
            name: "OWASP DSOMM".to_owned(),
            version: model::VERSION.to_owned(),
            table_sha256: sha256(model::TABLE.as_bytes()),
        },
        subject: subject(parts),
        policy_sha256: policy.map(|text| sha256(text.as_bytes())),
        observed_at: parts.observed_at,
        completeness: Completeness {
            complete: parts.coverage.is_complete(),
            coverage: parts.coverage.clone(),
            files: parts.survey.files,
            ci_files: parts.survey.ci_files,
            unread: parts.survey.unread.clone(),
        },
        summary: summary(parts.assessments),
        activities: parts.assessments.to_vec(),
        attestations: parts.attestations.to_vec(),
        signatures: parts.survey.signatures.clone(),
        given: parts.survey.given.clone(),
        findings: findings(parts.findings),
        previous_sha256: None,
    }
}

fn subject(parts: &Parts<'_>) -> Subject {
    let head = parts.files.and_then(Files::head);
    let remote = head.and_then(|head| head.remote.clone());
    let path = remote.as_ref().map(|url| team_of(url));
    let date = head.and_then(|head| jiff::Timestamp::from_second(head.date).ok());
    let date = date.map(|time| {
        time.to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .date()
            .to_string()
    });
    Subject {
        team: parts
            .team
            .clone()
            .or(path)
            .unwrap_or_else(|| "repository".to_owned()),
        remote,
        commit: head.map(|head| head.commit.to_string()),
        tree: head.map(|head| head.tree.to_string()),
        object_format: parts.run.subject.get("object-format").cloned(),
        date,
    }
}

/// The path of a remote: `acme/shop`.
fn team_of(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or(rest, |(_, path)| path),
        None => url.rsplit_once(':').map_or(url, |(_, path)| path),
    };
    let path = path.trim_matches('/').trim_end_matches(".git");
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    let plain = |c: char| {
        if c.is_alphanumeric() || "._-/".contains(c) {
            c
        } else {
            '-'
        }
    };
    parts
        .into_iter()
        .rev()
        .collect::<Vec<&str>>()
        .join("/")
        .chars()
        .map(plain)
        .collect()
}

/// Counts by level.
pub fn summary(assessments: &[Assessment]) -> BTreeMap<String, Counts> {
    let mut levels: BTreeMap<String, Counts> = BTreeMap::new();
    for it in assessments {
        let counts = levels.entry(it.level.to_string()).or_default();
        let attested = it.basis.contains(&Basis::Attestation);
        match it.status {
            status if is_met(status) && attested => counts.attested += 1,
            status if is_met(status) => counts.proved += 1,
            Verdict::Partial => counts.partial += 1,
            Verdict::NotImplemented => counts.not_implemented += 1,
            Verdict::Error => counts.error += 1,
            _ => counts.unknown += 1,
        }
        counts.not_applicable += u64::from(it.status == Verdict::NotApplicable);
    }
    levels
}

fn word<T: serde::Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).ok();
    value
        .and_then(|it| it.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn findings(findings: &[Finding]) -> Vec<RecordedFinding> {
    let mut kept: Vec<RecordedFinding> = findings.iter().map(finding).collect();
    kept.sort();
    kept
}

fn finding(finding: &Finding) -> RecordedFinding {
    let first = finding.locations.first();
    let place = first.and_then(|location| serde_json::to_value(location).ok());
    let text = |key: &str| find(place.as_ref()?, key);
    let exposure = finding.exposure.as_ref();
    let at =
        |commit: &crate::model::finding::CommitRef| (commit.id.to_string(), commit.date.clone());
    let origin = place.as_ref().map(ToString::to_string).unwrap_or_default();
    RecordedFinding {
        fingerprint: finding.fingerprint.0.clone(),
        rule: word(&finding.rule),
        kind: word(&finding.kind),
        severity: word(&finding.severity),
        status: match finding.status {
            Status::Open => "open".to_owned(),
            Status::Suppressed => "suppressed".to_owned(),
        },
        path: text("path").unwrap_or_default(),
        line: text("line").and_then(|line| line.parse().ok()),
        at_head: exposure.map_or_else(|| origin.contains("\"file\""), |life| life.in_head),
        introduced: exposure.and_then(|life| life.introduced.as_ref()).map(at),
        last_seen: exposure.and_then(|life| life.last_seen.as_ref()).map(at),
    }
}

/// The first value of a key, wherever it stands.
fn find(value: &serde_json::Value, key: &str) -> Option<String> {
    match value {
        serde_json::Value::Object(map) => {
            let own = map.get(key).filter(|it| !it.is_object());
            let own = own.and_then(|it| {
                it.as_str()
                    .map(str::to_owned)
                    .or_else(|| it.as_u64().map(|n| n.to_string()))
            });
            own.or_else(|| map.values().find_map(|inner| find(inner, key)))
        }
        serde_json::Value::Array(items) => items.iter().find_map(|inner| find(inner, key)),
        _ => None,
    }
}
