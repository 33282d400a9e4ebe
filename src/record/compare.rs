//! Two records of one repository: activities up or down, findings new or gone, and
//! how long fixes took. It compares what records say and looks at nothing else.

use crate::model::evidence::Verdict;
use crate::model::record::Record;
use crate::model::record::RecordedFinding;
use std::collections::BTreeMap;

/// What changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Activities that stand higher: name, before, now.
    pub up: Vec<(String, Verdict, Verdict)>,
    /// Activities that stand lower.
    pub down: Vec<(String, Verdict, Verdict)>,
    /// Open findings that were not there.
    pub new: Vec<RecordedFinding>,
    /// Findings that were open and are gone or suppressed, with the days since they came in.
    pub fixed: Vec<(RecordedFinding, Option<i64>)>,
}

/// How high a verdict stands.
pub fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Implemented | Verdict::NotApplicable => 3,
        Verdict::Partial => 2,
        Verdict::Unknown => 1,
        Verdict::NotImplemented | Verdict::Error => 0,
    }
}

/// From the old record to the new one.
pub fn compare(old: &Record, new: &Record) -> Changes {
    let mut changes = Changes::default();
    let before: BTreeMap<&str, Verdict> = old
        .activities
        .iter()
        .map(|it| (it.activity.as_str(), it.status))
        .collect();
    for it in &new.activities {
        let Some(&was) = before.get(it.activity.as_str()) else {
            continue;
        };
        let change = (it.name.clone(), was, it.status);
        match rank(it.status).cmp(&rank(was)) {
            std::cmp::Ordering::Greater => changes.up.push(change),
            std::cmp::Ordering::Less => changes.down.push(change),
            std::cmp::Ordering::Equal => {}
        }
    }
    let open = |it: &&RecordedFinding| it.status == "open" && it.at_head;
    let index = |record: &Record| -> BTreeMap<String, RecordedFinding> {
        let findings = record.findings.iter().filter(open);
        findings
            .map(|it| (it.fingerprint.clone(), it.clone()))
            .collect()
    };
    let (was, is) = (index(old), index(new));
    let missing = |from: &BTreeMap<String, RecordedFinding>, it: &RecordedFinding| {
        !from.contains_key(&it.fingerprint)
    };
    changes.new = is
        .values()
        .filter(|it| missing(&was, it))
        .cloned()
        .collect();
    let fixed = was.values().filter(|it| missing(&is, it));
    changes.fixed = fixed.map(|it| (it.clone(), days(it, new))).collect();
    changes
}

fn days(finding: &RecordedFinding, new: &Record) -> Option<i64> {
    let (_, from) = finding.introduced.as_ref()?;
    let from: jiff::civil::Date = from.get(..10)?.parse().ok()?;
    let to: jiff::civil::Date = new.subject.date.as_ref()?.parse().ok()?;
    Some(i64::from(from.until(to).ok()?.get_days()))
}
