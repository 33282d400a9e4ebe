//! Rules and the weaknesses they stand for: SARIF `reportingDescriptor`s with what
//! GitHub shows of them, and the CWE taxonomy they refer to. Only rules that
//! have results are listed.

use crate::model::finding::Finding;
use crate::model::report::Report;
use crate::model::rule::Confidence;
use crate::model::rule::Severity;
use crate::report::describe;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// The name of the taxonomy.
pub(super) const CWE: &str = "CWE";

/// Tags GitHub takes of one rule.
const TAG_CAP: usize = 20;

/// What the findings of one rule say about it.
struct Listed {
    index: usize,
    severity: Severity,
    confidence: Confidence,
    kind: &'static str,
}

/// The rules of one run.
pub(super) struct Rules<'a> {
    report: &'a Report,
    listed: BTreeMap<&'static str, Listed>,
    weaknesses: Vec<u32>,
}

impl<'a> Rules<'a> {
    /// The rules that have findings, by id.
    pub(super) fn of(report: &'a Report, findings: &[Finding]) -> Self {
        let mut listed = BTreeMap::<&'static str, Listed>::new();
        for finding in findings {
            let rule = listed.entry(finding.rule.0).or_insert(Listed {
                index: 0,
                severity: finding.severity,
                confidence: finding.confidence,
                kind: describe::kind(finding.kind),
            });
            rule.severity = rule.severity.max(finding.severity);
            rule.confidence = rule.confidence.max(finding.confidence);
        }
        let mut weaknesses = BTreeSet::new();
        for (index, (id, rule)) in listed.iter_mut().enumerate() {
            rule.index = index;
            weaknesses.extend(cwes(report, id));
        }
        Rules {
            report,
            listed,
            weaknesses: weaknesses.into_iter().collect(),
        }
    }

    /// Where a rule stands in the run's list.
    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.listed.get(id).map(|rule| rule.index)
    }

    /// The CWE entries referred to, or `None` where there are none.
    pub(super) fn taxonomy(&self) -> Option<Value> {
        if self.weaknesses.is_empty() {
            return None;
        }
        let taxon = |cwe: &u32| {
            json!({
                "id": cwe.to_string(),
                "name": format!("CWE-{cwe}"),
                "helpUri": format!("https://cwe.mitre.org/data/definitions/{cwe}.html"),
            })
        };
        Some(json!({
            "name": CWE,
            "organization": "MITRE",
            "shortDescription": {"text": "The MITRE Common Weakness Enumeration"},
            "informationUri": "https://cwe.mitre.org/",
            "isComprehensive": false,
            "taxa": self.weaknesses.iter().map(taxon).collect::<Vec<_>>(),
        }))
    }

    /// The rules as SARIF lists them.
    pub(super) fn descriptors(&self) -> Vec<Value> {
        let rules = self.listed.iter();
        rules.map(|(id, rule)| self.descriptor(id, rule)).collect()
    }

    fn descriptor(&self, id: &'static str, rule: &Listed) -> Value {
        let mut value = json!({
            "id": id,
            "name": pascal(id),
            "defaultConfiguration": {"level": level(rule.severity)},
            "properties": {
                "tags": self.tags(id, rule.kind),
                "security-severity": score(rule.severity),
                "precision": precision(rule.confidence),
                "problem.severity": problem(rule.severity),
            },
        });
        let relationships = self.relationships(id);
        if !relationships.is_empty() {
            value["relationships"] = json!(relationships);
        }
        self.texts(id, &mut value);
        value
    }

    fn texts(&self, id: &str, value: &mut Value) {
        let Some(doc) = self.report.docs.get(id) else {
            value["shortDescription"] = json!({"text": id});
            value["fullDescription"] = json!({"text": id});
            value["help"] = json!({"text": id, "markdown": id});
            return;
        };
        value["shortDescription"] = json!({"text": doc.title});
        value["fullDescription"] = json!({"text": format!("{}. {}", doc.title, doc.why)});
        let mut text = format!("{}\n\nFix: {}", doc.why, doc.fix);
        let mut markdown = format!("**Why**\n\n{}\n\n**Fix**\n\n{}", doc.why, doc.fix);
        if !doc.references.is_empty() {
            text.push_str("\n\nSee:");
            markdown.push_str("\n\n**See**\n");
        }
        for url in &doc.references {
            text.push_str(&format!("\n{url}"));
            markdown.push_str(&format!("\n- <{url}>"));
        }
        value["help"] = json!({"text": text, "markdown": markdown});
        if let Some(url) = doc.references.first() {
            value["helpUri"] = json!(url);
        }
    }

    fn tags(&self, id: &str, kind: &str) -> Vec<String> {
        let mut tags = vec!["security".to_owned(), kind.to_owned()];
        tags.extend(cwes(self.report, id).map(|cwe| format!("external/cwe/cwe-{cwe:03}")));
        let ours = self.report.tags.get(id).into_iter().flatten();
        let plain = ours.filter(|tag| cwe(tag).is_none());
        tags.extend(plain.map(|tag| (*tag).to_owned()));
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        tags.truncate(TAG_CAP);
        tags
    }

    fn relationships(&self, id: &str) -> Vec<Value> {
        let relation = |cwe: u32| {
            json!({
                "target": {
                    "id": cwe.to_string(),
                    "index": self.weaknesses.binary_search(&cwe).ok(),
                    "toolComponent": {"name": CWE, "index": 0},
                },
                "kinds": ["superset"],
            })
        };
        cwes(self.report, id).map(relation).collect()
    }
}

/// The weaknesses a rule is tagged with.
fn cwes(report: &Report, id: &str) -> impl Iterator<Item = u32> {
    let tags = report.tags.get(id).into_iter().flatten();
    tags.filter_map(|tag| cwe(tag))
}

fn cwe(tag: &str) -> Option<u32> {
    tag.strip_prefix("cwe-")?.parse().ok()
}

/// `github-classic-token` as `GithubClassicToken`.
fn pascal(id: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    id.split('-').map(word).collect()
}

/// The level of a severity; SARIF has three.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// In the middle of the bands GitHub makes of it: from 9.0 critical, 7.0 high, 4.0 medium, 0.1 low.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    }
}

fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    }
}
