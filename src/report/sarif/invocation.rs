//! Promise 1 in SARIF's words: a run that did not read everything was not
//! successful, and each thing it did not read is a notification.

use super::message;
use crate::model::coverage::Coverage;
use crate::model::coverage::Reason;
use crate::model::report::Report;
use crate::report::describe;
use serde_json::Value;
use serde_json::json;

/// Things named of one reason; the count is always whole.
const LISTED: usize = 100;

/// All reasons, so that their descriptors have fixed places.
const REASONS: [Reason; 24] = [
    Reason::Unreadable,
    Reason::Vanished,
    Reason::Changed,
    Reason::Corrupt,
    Reason::Missing,
    Reason::Promisor,
    Reason::Shallow,
    Reason::Grafted,
    Reason::LimitSize,
    Reason::LimitDepth,
    Reason::LimitTime,
    Reason::LimitMemory,
    Reason::LimitCount,
    Reason::LimitRatio,
    Reason::Encrypted,
    Reason::UnsupportedFormat,
    Reason::ParseError,
    Reason::SpecialFile,
    Reason::LinkNotFollowed,
    Reason::Lfs,
    Reason::Submodule,
    Reason::Decode,
    Reason::Panic,
    Reason::Interrupted,
];

/// The invocation: successful only when everything was read.
pub(super) fn invocation(report: &Report, dropped: usize) -> Value {
    let mut notes = notifications(&report.coverage);
    if dropped > 0 {
        let dropped = describe::count(dropped as u64, "result is", "results are");
        let text = format!("{dropped} left out, the least severe; the JSON report has them all.");
        notes.push(json!({"level": "warning", "message": message(&text)}));
    }
    json!({
        "executionSuccessful": report.complete,
        "toolExecutionNotifications": notes,
    })
}

/// One descriptor for each reason.
pub(super) fn descriptors() -> Vec<Value> {
    let descriptor = |reason: Reason| {
        let (word, meaning) = describe::reason(reason);
        json!({"id": word, "shortDescription": {"text": format!("Not read: {meaning}.")}})
    };
    REASONS.into_iter().map(descriptor).collect()
}

fn notifications(coverage: &Coverage) -> Vec<Value> {
    let mut notes = Vec::new();
    for (reason, total) in &coverage.unscanned_total {
        let (_, meaning) = describe::reason(*reason);
        let things = describe::count(*total, "thing was", "things were");
        notes.push(note(*reason, &format!("{things} not read: {meaning}.")));
        let of_reason = coverage.unscanned.iter().filter(|it| it.reason == *reason);
        for missed in of_reason.take(LISTED) {
            let mut text = format!("Not read: {}", missed.what);
            if !missed.detail.is_empty() {
                text.push_str(&format!(" ({})", missed.detail));
            }
            let mut value = note(*reason, &text);
            value["properties"] = json!({"what": missed.what, "bytes": missed.bytes});
            notes.push(value);
        }
    }
    if coverage.is_empty() {
        notes.push(json!({"level": "error", "message": message("Nothing was read.")}));
    }
    notes
}

fn note(reason: Reason, text: &str) -> Value {
    let (word, _) = describe::reason(reason);
    let index = REASONS.iter().position(|known| *known == reason);
    json!({
        "level": "error",
        "descriptor": {"id": word, "index": index},
        "message": message(text),
    })
}
