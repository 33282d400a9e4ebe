//! OSCAL assessment results (version 1.2.1): an observation for each activity, a
//! finding where the verdict says satisfied or not. What is unknown is observed and
//! not found, since OSCAL has no third answer.

use super::word;
use crate::bytes::uuid;
use crate::model::evidence::Assessment;
use crate::model::evidence::Basis;
use crate::model::evidence::Verdict;
use crate::model::record::Record;
use serde_json::Value;
use serde_json::json;

/// The namespace of our properties.
const NS: &str = "https://bowerbird.dev/ns/oscal";

/// The document.
pub fn results(record: &Record) -> Value {
    let base = format!(
        "{}|{}",
        record.subject.team,
        record.subject.commit.as_deref().unwrap_or("")
    );
    let id = |what: &str| uuid::named(&format!("oscal|{base}|{what}"));
    let time = time(record);
    let observations: Vec<Value> = record
        .activities
        .iter()
        .map(|it| observation(record, it, &time, &id))
        .collect();
    let findings: Vec<Value> = record
        .activities
        .iter()
        .filter_map(|it| finding(it, &id))
        .collect();
    let controls: Vec<Value> = record
        .activities
        .iter()
        .map(|it| json!({"control-id": control(it)}))
        .collect();
    json!({"assessment-results": {
        "uuid": id("results"),
        "metadata": {
            "title": format!("OWASP DSOMM {} on {}", record.model.version, record.subject.team),
            "last-modified": time,
            "version": record.tool.version,
            "oscal-version": "1.2.1",
        },
        "import-ap": {"href": format!("#{}", id("plan"))},
        "results": [{
            "uuid": id("result"),
            "title": "Activities judged by bowerbird",
            "description": "Verdicts on activities of a maturity model, from a scan of one commit",
            "start": time,
            "local-definitions": {"components": [{
                "uuid": id("repository"),
                "type": "software",
                "title": record.subject.team,
                "description": record.subject.commit.as_deref().map_or("a folder without a commit".to_owned(), |it| format!("commit {it}")),
                "status": {"state": "operational"},
            }]},
            "reviewed-controls": {"control-selections": [{"include-controls": controls}]},
            "observations": observations,
            "findings": findings,
        }],
        "back-matter": {"resources": [{
            "uuid": id("plan"),
            "title": "Checks of bowerbird",
            "description": format!("The checks on activities that were run, SHA-256 {}", record.tool.checks_sha256),
        }]},
    }})
}

fn control(it: &Assessment) -> String {
    format!("dsomm-{}", it.activity)
}

fn time(record: &Record) -> String {
    let observed = record
        .observed_at
        .and_then(|at| jiff::Timestamp::from_second(at).ok());
    let day = record.subject.date.as_deref().unwrap_or("1970-01-01");
    observed.map_or_else(|| format!("{day}T00:00:00Z"), |time| time.to_string())
}

fn observation(record: &Record, it: &Assessment, time: &str, id: &dyn Fn(&str) -> String) -> Value {
    let mut methods: Vec<&str> = it
        .basis
        .iter()
        .map(|basis| match basis {
            Basis::Scan => "TEST",
            Basis::Attestation => "INTERVIEW",
            _ => "EXAMINE",
        })
        .collect();
    if methods.is_empty() {
        methods.push("EXAMINE");
    }
    methods.sort_unstable();
    methods.dedup();
    let seen: Vec<Value> = it
        .observations
        .iter()
        .take(20)
        .map(|seen| {
            let mut evidence = json!({"description": super::dsomm::place(seen)});
            if let (Some(path), Some(remote)) = (&seen.path, web(record)) {
                evidence["href"] = json!(format!(
                    "{remote}#{}",
                    path.replace([' ', '#', '"', '<', '>'], "_")
                ));
            }
            evidence
        })
        .collect();
    let mut observation = json!({
        "uuid": id(&format!("observation|{}", it.activity)),
        "title": it.name,
        "description": if it.reason.is_empty() { "no reason" } else { &it.reason },
        "props": [
            {"name": "status", "ns": NS, "value": word(it.status).replace(' ', "-")},
            {"name": "level", "ns": NS, "value": it.level.to_string()},
        ],
        "methods": methods,
        "types": ["control-objective"],
        "subjects": [{"subject-uuid": id("repository"), "type": "component"}],
        "collected": time,
    });
    if !seen.is_empty() {
        observation["relevant-evidence"] = json!(seen);
    }
    let stated = record
        .attestations
        .iter()
        .find(|stated| stated.activity == it.activity);
    if let Some(stated) = stated {
        observation["expires"] = json!(format!("{}T00:00:00Z", stated.valid_until));
    }
    observation
}

fn web(record: &Record) -> Option<&String> {
    record
        .subject
        .remote
        .as_ref()
        .filter(|it| it.starts_with("https://") || it.starts_with("http://"))
}

fn finding(it: &Assessment, id: &dyn Fn(&str) -> String) -> Option<Value> {
    let (state, reason, implementation) = match it.status {
        Verdict::Implemented => ("satisfied", "pass", "implemented"),
        Verdict::Partial => ("not-satisfied", "other", "partial"),
        Verdict::NotImplemented => ("not-satisfied", "fail", "planned"),
        Verdict::NotApplicable => ("not-satisfied", "other", "not-applicable"),
        Verdict::Unknown | Verdict::Error => return None,
    };
    Some(json!({
        "uuid": id(&format!("finding|{}", it.activity)),
        "title": it.name,
        "description": it.reason,
        "target": {
            "type": "objective-id",
            "target-id": control(it),
            "status": {"state": state, "reason": reason},
            "implementation-status": {"state": implementation},
        },
        "related-observations": [{"observation-uuid": id(&format!("observation|{}", it.activity))}],
    }))
}
