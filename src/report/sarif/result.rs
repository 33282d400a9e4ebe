//! One finding as a SARIF `result` with all its places. What SARIF has no word for
//! (validity, exposure, how it was decoded) goes to the property bag, in the
//! words of our own JSON.

use super::message;
use super::rule;
use super::rule::Rules;
use crate::bytes::path::path_uri;
use crate::model::finding::Finding;
use crate::model::finding::Step;
use crate::model::finding::Suppression;
use crate::model::location::Location;
use crate::model::origin::Origin;
use crate::report::describe;
use serde_json::Value;
use serde_json::json;

/// The result of one finding.
pub(super) fn result(finding: &Finding, rules: &Rules<'_>) -> Value {
    let places = finding.locations.iter().take(Finding::LOCATION_CAP);
    let mut value = json!({
        "ruleId": finding.rule.0,
        "kind": "fail",
        "level": rule::level(finding.severity),
        "message": message(&text(finding)),
        "locations": places.map(location).collect::<Vec<_>>(),
        "partialFingerprints": {
            "primaryLocationLineHash": finding.fingerprint.0,
            "bowerbirdFingerprint/v1": finding.fingerprint.0,
        },
        "suppressions": finding.suppressions.iter().map(suppression).collect::<Vec<_>>(),
        "properties": properties(finding),
    });
    if let Some(index) = rules.index(finding.rule.0) {
        value["ruleIndex"] = json!(index);
    }
    let parts = finding.parts.iter().enumerate();
    let parts: Vec<Value> = parts
        .map(|(at, part)| {
            let mut value = location(&part.location);
            value["id"] = json!(at + 1);
            value["message"] = message(&format!("{}, part of the same credential", part.rule));
            value
        })
        .collect();
    if !parts.is_empty() {
        value["relatedLocations"] = json!(parts);
    }
    if !finding.logical.is_empty() {
        name(&mut value["locations"][0], &finding.logical);
    }
    if !finding.flow.is_empty() {
        value["codeFlows"] = json!([{"threadFlows": [{"locations": steps(finding)}]}]);
    }
    value
}

/// Adds what is at fault inside of the file to the names of the first place.
fn name(place: &mut Value, logical: &str) {
    let entry = json!({"kind": "member", "fullyQualifiedName": logical});
    let names = place.get_mut("logicalLocations");
    if let Some(names) = names.and_then(Value::as_array_mut) {
        names.push(entry);
    } else if place.is_object() {
        place["logicalLocations"] = json!([entry]);
    }
}

/// How data gets to the place, as a thread flow.
fn steps(finding: &Finding) -> Vec<Value> {
    let step = |step: &Step| {
        let mut place = location(&step.location);
        place["message"] = message(&step.text);
        json!({"location": place})
    };
    finding.flow.iter().map(step).collect()
}

fn text(finding: &Finding) -> String {
    let total = finding.locations_total;
    if total > finding.locations.len() as u64 {
        let total = describe::number(total);
        format!("{} ({total} places in all)", finding.message)
    } else {
        finding.message.clone()
    }
}

fn properties(finding: &Finding) -> Value {
    let mut bag = json!({
        "severity": describe::severity(finding.severity),
        "confidence": describe::confidence(finding.confidence),
        "validity": describe::validity_id(finding.validity),
        "place": finding.place,
        "locationsTotal": finding.locations_total,
    });
    if let Some(exposure) = &finding.exposure {
        bag["exposure"] = json!(exposure);
    }
    if let Some(secret) = &finding.secret {
        bag["secretLength"] = json!(secret.length);
    }
    if !finding.decoded.is_empty() {
        bag["decoded"] = json!(finding.decoded);
    }
    if !finding.facts.is_empty() {
        bag["facts"] = json!(finding.facts);
    }
    bag
}

/// One place. The region counts in the file that the URI names: of an archive
/// member it stands in the property bag instead.
fn location(location: &Location) -> Value {
    let mut physical = json!({"artifactLocation": artifact(&location.origin)});
    let mut bag = json!({
        "origin": location.origin,
        "byteOffset": location.span.start,
        "byteLength": location.span.len(),
    });
    if let Some(region) = location.region {
        let region = json!({
            "startLine": region.start_line,
            "startColumn": region.start_column,
            "endLine": region.end_line,
            "endColumn": region.end_column,
        });
        match location.origin {
            Origin::Member { .. } => bag["region"] = region,
            _ => physical["region"] = region,
        }
    }
    let mut value = json!({"physicalLocation": physical, "properties": bag});
    let logical = logical(&location.origin);
    if !logical.is_empty() {
        value["logicalLocations"] = json!(logical);
    }
    value
}

fn artifact(origin: &Origin) -> Value {
    json!({"uri": uri(origin), "uriBaseId": "%SRCROOT%"})
}

/// GitHub refuses results without a path: what has none is named as git would store it.
fn uri(origin: &Origin) -> String {
    let loose = |id: String| format!(".git/objects/{}/{}", &id[..2], &id[2..]);
    match origin.outermost() {
        Origin::File { path } | Origin::Index { path, .. } => path_uri(path),
        Origin::Blob {
            path: Some(path), ..
        } => path_uri(path),
        Origin::Blob { blob, .. } => loose(blob.to_string()),
        Origin::Object { object, .. } => loose(object.to_string()),
        Origin::Ref { path } => path_uri(&format!(".git/{path}")),
        Origin::Member { path, .. } => path_uri(path),
        Origin::Stdin => "stdin".to_owned(),
    }
}

fn logical(origin: &Origin) -> Vec<Value> {
    let entry = |kind: &str, name: String| json!({"kind": kind, "fullyQualifiedName": name});
    match origin {
        Origin::Blob { blob, commit, .. } => {
            let commit = commit.map(|id| entry("commit", id.to_string()));
            let blob = entry("blob", blob.to_string());
            commit.into_iter().chain([blob]).collect()
        }
        Origin::Index { blob, .. } => vec![entry("blob", blob.to_string())],
        Origin::Object { object, kind } => vec![entry(kind, object.to_string())],
        Origin::Member { archive, .. } => {
            let mut all = logical(archive);
            all.push(entry("member", describe::origin(origin)));
            all
        }
        Origin::File { .. } | Origin::Ref { .. } | Origin::Stdin => Vec::new(),
    }
}

fn suppression(suppression: &Suppression) -> Value {
    let mut value = json!({
        "kind": suppression.kind,
        "status": "accepted",
        "justification": suppression.justification,
        "properties": {"by": suppression.by},
    });
    if let Some(place) = &suppression.location {
        value["location"] = location(place);
    }
    value
}
