//! Verdicts as a SARIF 2.1.0 run of their own, with DSOMM as a taxonomy, so that
//! findings and verdicts do not mix in a viewer that shows failures only.

use crate::model::evidence::Assessment;
use crate::model::evidence::Verdict;
use crate::model::record::Record;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeSet;

/// The log.
pub fn log(record: &Record) -> Value {
    let taxa: Vec<Value> = record
        .activities
        .iter()
        .map(|it| json!({"id": it.activity, "name": it.name, "shortDescription": {"text": format!("{}, level {}", it.sub_dimension, it.level)}}))
        .collect();
    let rules: Vec<Value> = record
        .activities
        .iter()
        .enumerate()
        .map(|(at, it)| {
            json!({
                "id": it.activity,
                "shortDescription": {"text": it.name},
                "relationships": [{"target": {"id": it.activity, "index": at, "toolComponent": {"name": "OWASP DSOMM", "index": 0}}, "kinds": ["equal"]}],
            })
        })
        .collect();
    let results: Vec<Value> = record
        .activities
        .iter()
        .enumerate()
        .map(|(at, it)| result(at, it))
        .collect();
    let unread: Vec<Value> = record
        .completeness
        .unread
        .iter()
        .map(|it| json!({"level": "warning", "message": {"text": format!("{}: {} (leaves `{}` open)", it.spot.path, it.why, it.topic)}}))
        .collect();
    let mut run = json!({
        "tool": {"driver": {"name": "bowerbird-activities", "semanticVersion": record.tool.version, "rules": rules,
            "supportedTaxonomies": [{"name": "OWASP DSOMM", "index": 0}]}},
        "taxonomies": [{"name": "OWASP DSOMM", "version": record.model.version, "organization": "OWASP", "informationUri": "https://dsomm.owasp.org", "isComprehensive": true, "taxa": taxa}],
        "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": unread}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    if let (Some(remote), Some(commit)) = (&record.subject.remote, &record.subject.commit)
        && remote.starts_with("http")
    {
        run["versionControlProvenance"] = json!([{"repositoryUri": remote, "revisionId": commit, "mappedTo": {"uriBaseId": "SRCROOT"}}]);
        run["originalUriBaseIds"] =
            json!({"SRCROOT": {"description": {"text": "the root of the repository"}}});
    }
    json!({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})
}

fn result(at: usize, it: &Assessment) -> Value {
    let (kind, level) = match it.status {
        Verdict::Implemented => ("pass", "none"),
        Verdict::Partial => ("fail", "note"),
        Verdict::NotImplemented => ("fail", "warning"),
        Verdict::NotApplicable => ("notApplicable", "none"),
        Verdict::Unknown | Verdict::Error => ("open", "none"),
    };
    let places = it.observations.iter();
    let places = places.filter_map(|seen| Some((seen.path.as_deref()?, seen.line)));
    let places: BTreeSet<(&str, Option<u64>)> = places.collect();
    let locations: Vec<Value> = places.into_iter().take(10).map(location).collect();
    json!({
        "ruleId": it.activity,
        "ruleIndex": at,
        "kind": kind,
        "level": level,
        "message": {"text": format!("{}: {}", it.name, it.reason)},
        "locations": locations,
        "properties": {"dsomm": {"status": it.status, "level": it.level}},
    })
}

fn location((path, line): (&str, Option<u64>)) -> Value {
    let mut place = json!({"artifactLocation": {"uri": uri(path), "uriBaseId": "SRCROOT"}});
    if let Some(line) = line {
        place["region"] = json!({"startLine": line});
    }
    json!({"physicalLocation": place})
}

/// A relative path as a URI reference.
fn uri(path: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    path.as_bytes()
        .iter()
        .map(|byte| {
            if plain(byte) {
                char::from(*byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
