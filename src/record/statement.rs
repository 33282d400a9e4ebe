//! In-toto statements (v1) about a commit: our own, whose predicate is the whole
//! record, and a companion of the simple verification result (SVR) for gates that
//! know standard predicates only. What they prove is in `docs/guide/signing.md`.

use super::canonical;
use crate::model::evidence::Verdict;
use crate::model::record::Record;
use crate::model::record::is_met;
use serde_json::Value;
use serde_json::json;

/// The type of a statement.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// The type of our predicate.
pub const PREDICATE: &str = "https://bowerbird.dev/attestations/activity-evidence/v0.1";

/// The type of the companion's predicate.
pub const SVR: &str = "https://in-toto.io/attestation/svr/v0.2";

/// The subjects: the commit with its tree, and the record.
fn subjects(record: &Record, digest: &str) -> Vec<Value> {
    let mut subjects = Vec::new();
    if let (Some(commit), Some(tree)) = (&record.subject.commit, &record.subject.tree) {
        let name = record.subject.remote.as_deref().unwrap_or("repository");
        subjects.push(json!({
            "name": format!("git+{name}"),
            "digest": {"gitCommit": commit, "gitTree": tree},
        }));
    }
    subjects.push(json!({"name": "record.json", "digest": {"sha256": digest}}));
    subjects
}

/// The statement whose predicate is the record, in canonical bytes.
///
/// # Errors
/// Never for a record; the encoder's types allow one.
pub fn of(record: &Record) -> Result<Vec<u8>, serde_json::Error> {
    let digest = canonical::sha256(&canonical::bytes(record)?);
    canonical::bytes(&json!({
        "_type": STATEMENT,
        "subject": subjects(record, &digest),
        "predicateType": PREDICATE,
        "predicate": record,
    }))
}

/// The companion: one property for each activity in force, and one for each level wholly met.
///
/// # Errors
/// As [`of`].
pub fn companion(record: &Record) -> Result<Vec<u8>, serde_json::Error> {
    let digest = canonical::sha256(&canonical::bytes(record)?);
    let version = record.model.version.replace('.', "_");
    let mut properties: Vec<String> = record
        .activities
        .iter()
        .filter(|it| it.status == Verdict::Implemented)
        .map(|it| format!("DSOMM_{version}_{}", it.activity))
        .collect();
    for level in 1..=5 {
        let mut of_level = record.activities.iter().filter(|it| it.level <= level);
        if of_level.clone().next().is_some() && of_level.all(|it| is_met(it.status)) {
            properties.push(format!("DSOMM_{version}_LEVEL_{level}"));
        }
    }
    let time = record
        .observed_at
        .and_then(|at| jiff::Timestamp::from_second(at).ok());
    let time = time.map(|time| time.to_string());
    let day = record
        .subject
        .date
        .as_ref()
        .map(|day| format!("{day}T00:00:00Z"));
    canonical::bytes(&json!({
        "_type": STATEMENT,
        "subject": subjects(record, &digest),
        "predicateType": SVR,
        "predicate": {
            "verifier": {"id": format!("https://bowerbird.dev/{}", record.tool.version)},
            "timeCreated": time.or(day),
            "properties": properties,
        },
    }))
}
