//! Files of the DSOMM application, version 4 on: `meta.yaml`, `team-progress.yaml`
//! and `team-evidence.yaml`. The application reads dates only when they are not
//! quoted, wants every lower state listed, and takes YAML 1.1, so names are quoted.
//! It has no word for "unknown" or "not applicable": those stand as evidence only.

use super::File;
use super::word;
use crate::bytes::uuid;
use crate::model::evidence::Assessment;
use crate::model::evidence::Verdict;
use crate::model::record::Record;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A scalar in single quotes, one line, without control characters.
pub(super) fn quoted(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("'{}'", plain.replace('\'', "''"))
}

/// A team's name: the application does not escape quotes when it writes, so there are none.
fn team(record: &Record) -> String {
    quoted(&record.subject.team.replace(['\'', '"'], "-"))
}

/// The states that a verdict stands for, lowest first.
fn states(verdict: Verdict) -> &'static [&'static str] {
    match verdict {
        Verdict::Implemented => &["Started", "Partly implemented", "Fully implemented"],
        Verdict::Partial => &["Started", "Partly implemented"],
        _ => &[],
    }
}

/// The three files for these records; each is a team.
pub fn files(records: &[&Record]) -> Vec<File> {
    let mut sorted = records.to_vec();
    sorted.sort_by_key(|record| &record.subject.team);
    vec![
        ("meta.yaml".to_owned(), meta(&sorted).into_bytes()),
        (
            "team-progress.yaml".to_owned(),
            progress(&sorted).into_bytes(),
        ),
        (
            "team-evidence.yaml".to_owned(),
            evidence(&sorted).into_bytes(),
        ),
    ]
}

fn meta(records: &[&Record]) -> String {
    let teams: Vec<String> = records.iter().map(|record| team(record)).collect();
    let teams = teams.join(", ");
    format!(
        "# Made by bowerbird. The activities are those of the OWASP DevSecOps Maturity Model (https://dsomm.owasp.org).\n\
         teamProgressFile: team-progress.yaml\n\
         teamEvidenceFile: team-evidence.yaml\n\
         activityFiles: [default/model.yaml]\n\
         progressDefinition:\n\
         \x20 Not implemented: {{score: 0%, definition: 'Nothing of it is in force'}}\n\
         \x20 Started: {{score: 20%, definition: 'Something of it was seen'}}\n\
         \x20 Partly implemented: {{score: 50%, definition: 'Some of it is in force'}}\n\
         \x20 Fully implemented: {{score: 100%, definition: 'It is in force'}}\n\
         teams: [{teams}]\n\
         teamGroups: {{'scanned': [{teams}]}}\n\
         lang: en\n\
         strings:\n\
         \x20 en:\n\
         \x20   allTeamsGroupName: 'All'\n\
         \x20   maturityLevels: ['Level 1: Basic understanding of security practices', 'Level 2: Adoption of basic security practices', 'Level 3: High adoption of security practices', 'Level 4: Very high adoption of security practices', 'Level 5: Advanced deployment of security practices at scale']\n\
         \x20   labels: ['Very Low', 'Low', 'Medium', 'High', 'Very High']\n\
         \x20   knowledgeLabels: ['Very Low (one discipline)', 'Low (one discipline)', 'Medium (two disciplines)', 'High (two disciplines)', 'Very High (three or more disciplines)']\n"
    )
}

/// Activities by id, with each record's verdict.
fn by_activity<'a>(records: &[&'a Record]) -> BTreeMap<&'a str, Vec<(&'a Record, &'a Assessment)>> {
    let mut activities: BTreeMap<&str, Vec<(&Record, &Assessment)>> = BTreeMap::new();
    for record in records {
        for it in &record.activities {
            activities
                .entry(&it.activity)
                .or_default()
                .push((record, it));
        }
    }
    activities
}

fn progress(records: &[&Record]) -> String {
    let mut out = String::from("progress:\n");
    let mut any = false;
    for (id, list) in by_activity(records) {
        let list: Vec<_> = list
            .into_iter()
            .filter(|(_, it)| !states(it.status).is_empty())
            .collect();
        let Some((_, first)) = list.first() else {
            continue;
        };
        any = true;
        let name: String = first
            .name
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let _ = writeln!(out, "  {id}: # {name}");
        for (record, it) in list {
            let _ = writeln!(out, "    {}:", team(record));
            for state in states(it.status) {
                let _ = writeln!(out, "      '{state}': {}", reached(record, it));
            }
        }
    }
    if any {
        out
    } else {
        "progress: {}\n".to_owned()
    }
}

/// The day since which it holds, so that a later run does not move the date; else that of the commit.
fn reached<'a>(record: &'a Record, it: &'a Assessment) -> &'a str {
    it.since
        .as_ref()
        .map_or_else(|| date(record), |since| &since.date)
}

fn date(record: &Record) -> &str {
    record.subject.date.as_deref().unwrap_or("1970-01-01")
}

fn evidence(records: &[&Record]) -> String {
    let mut out = String::from("evidence:\n");
    for (id, list) in by_activity(records) {
        let _ = writeln!(out, "  {id}:");
        for (record, it) in list {
            let name = format!("evidence|{}|{id}", record.subject.team);
            let tool = format!("{} {} (automated)", record.tool.name, record.tool.version);
            let commit = record.subject.commit.as_deref().unwrap_or("none");
            let mut seen: Vec<String> = it.observations.iter().map(place).collect();
            seen.dedup();
            seen.truncate(10);
            let description = format!("commit {commit}; {}", seen.join("; "));
            let _ = writeln!(out, "    - id: {}", uuid::named(&name));
            let _ = writeln!(out, "      teams: [{}]", team(record));
            let _ = writeln!(
                out,
                "      title: {}",
                quoted(&format!("{}: {}", word(it.status), it.reason))
            );
            let _ = writeln!(out, "      evidenceRecorded: '{}'", date(record));
            let _ = writeln!(out, "      reviewer: {}", quoted(&tool));
            let _ = writeln!(out, "      description: {}", quoted(&description));
            let links = record
                .attestations
                .iter()
                .filter(|stated| stated.activity == id);
            let links: Vec<String> = links
                .flat_map(|stated| &stated.evidence)
                .filter(|link| link.uri.starts_with("https://") || link.uri.starts_with("http://"))
                .map(|link| format!("{{type: link, externalLink: {}}}", quoted(&link.uri)))
                .collect();
            if !links.is_empty() {
                let _ = writeln!(out, "      attachment: [{}]", links.join(", "));
            }
        }
    }
    out
}

/// What was seen and where, in one clause.
pub(super) fn place(seen: &crate::model::evidence::Observation) -> String {
    let line = seen.line.map(|line| format!(":{line}")).unwrap_or_default();
    match &seen.path {
        Some(path) => format!("{} ({path}{line})", seen.claim),
        None => seen.claim.clone(),
    }
}
