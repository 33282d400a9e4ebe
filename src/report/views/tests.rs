//! Tests of views: what each promises to its reader.

use super::*;
use crate::model::evidence::Assessment;
use crate::model::evidence::Observation;
use crate::model::record::Completeness;
use crate::model::record::Model;
use crate::model::record::Subject;
use crate::model::record::Tool;
use std::collections::BTreeMap;

fn assessment(id: &str, status: Verdict) -> Assessment {
    Assessment {
        activity: id.to_owned(),
        name: format!("Name <{id}> & more"),
        dimension: "D".to_owned(),
        sub_dimension: "S".to_owned(),
        level: 1,
        status,
        ceiling: Verdict::Implemented,
        basis: Vec::new(),
        reason: "it's <b>so</b>".to_owned(),
        next: vec!["do it".to_owned()],
        since: None,
        observations: vec![Observation {
            check: "ci.does".to_owned(),
            effect: "supports".to_owned(),
            claim: "seen".to_owned(),
            path: Some("a b.yml".to_owned()),
            line: Some(3),
            excerpt: Some("<script>alert(1)</script>".to_owned()),
        }],
    }
}

fn record(team: &str) -> Record {
    Record {
        schema: Record::SCHEMA.to_owned(),
        tool: Tool {
            name: "bowerbird".to_owned(),
            version: "0.1.0".to_owned(),
            rules: 1,
            rules_sha256: String::new(),
            checks_sha256: String::new(),
            options: BTreeMap::new(),
        },
        model: Model {
            name: "OWASP DSOMM".to_owned(),
            version: "4.3.1".to_owned(),
            table_sha256: String::new(),
        },
        subject: Subject {
            team: team.to_owned(),
            date: Some("2026-11-23".to_owned()),
            ..Subject::default()
        },
        policy_sha256: None,
        observed_at: None,
        completeness: Completeness {
            complete: true,
            coverage: Default::default(),
            files: 1,
            ci_files: 1,
            unread: Vec::new(),
        },
        summary: BTreeMap::new(),
        activities: vec![
            assessment("u1", Verdict::Implemented),
            assessment("u2", Verdict::Partial),
            assessment("u3", Verdict::Unknown),
            assessment("u4-medium", Verdict::NotApplicable),
        ],
        attestations: Vec::new(),
        signatures: None,
        given: Vec::new(),
        findings: Vec::new(),
        previous_sha256: None,
    }
}

fn text(files: &[File], name: &str) -> String {
    let found = files.iter().find(|(found, _)| found == name);
    String::from_utf8(found.unwrap().1.clone()).unwrap()
}

#[test]
fn dsomm_files_obey_what_the_application_reads() {
    let (no, quote) = (record("No"), record("a'b"));
    let files = dsomm::files(&[&no, &quote]);
    let progress = text(&files, "team-progress.yaml");
    assert!(progress.contains("'Started': 2026-11-23\n      'Partly implemented': 2026-11-23\n      'Fully implemented': 2026-11-23"));
    assert!(progress.contains("    'No':\n") && progress.contains("    'a-b':\n"));
    assert!(!progress.contains("u3") && !progress.contains("u4"));
    let evidence = text(&files, "team-evidence.yaml");
    assert!(
        evidence.contains("  u4-medium:\n")
            && evidence.contains("title: 'unknown: it''s <b>so</b>'")
    );
    assert!(evidence.contains("evidenceRecorded: '2026-11-23'"));
    assert_eq!(
        files,
        dsomm::files(&[&quote, &no]),
        "the order of records does not matter"
    );
    assert!(text(&files, "meta.yaml").contains("teams: ['No', 'a-b']"));
}

#[test]
fn a_v3_model_keeps_its_text_and_other_teams() {
    let model = "Build:\n  A:\n    uuid: u1\n    risk: r\n    teamsImplemented:\n      Other: false\n  B:\n    uuid: u2\n    risk: s\n";
    let patched = dsomm_v3::patch(model, &record("acme"));
    let value = serde_saphyr::from_str::<serde_json::Value>(&patched);
    let value = value.unwrap_or_else(|error| panic!("{error}\n{patched}"));
    assert_eq!(value["Build"]["A"]["teamsImplemented"]["acme"], true);
    assert_eq!(value["Build"]["A"]["teamsImplemented"]["Other"], false);
    assert_eq!(value["Build"]["B"]["teamsImplemented"]["acme"], false);
    assert_eq!(value["Build"]["B"]["risk"], "s");
}

#[test]
fn oscal_says_nothing_of_what_is_unknown() {
    let value = oscal::results(&record("acme"));
    let result = &value["assessment-results"]["results"][0];
    assert_eq!(result["observations"].as_array().unwrap().len(), 4);
    assert_eq!(result["findings"].as_array().unwrap().len(), 3);
}

#[test]
fn sarif_results_have_the_kinds_of_verdicts() {
    let value = sarif::log(&record("acme"));
    let results = value["runs"][0]["results"].as_array().unwrap();
    let kinds: Vec<&str> = results
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["pass", "fail", "open", "notApplicable"]);
    let place = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, "a%20b.yml");
}

#[test]
fn the_page_asks_nothing_of_anybody_and_runs_nothing() {
    let page = page::over_time(&record("<acme>"), &[]);
    for refused in [
        "<script", "<link", "<img", "src=", "@import", "url(http", " style=", "onclick",
    ] {
        assert!(!page.contains(refused), "{refused}");
    }
    assert!(page.contains("&lt;script&gt;") && page.contains("&lt;acme&gt;"));
    let complete = page.find("id=\"complete\"").unwrap();
    assert!(complete < page.find("id=\"map\"").unwrap());
    assert_eq!(page, page::over_time(&record("<acme>"), &[]));
}

#[test]
fn the_page_shows_how_it_came_there() {
    let mut before = record("t");
    before.subject.date = Some("2026-10-01".to_owned());
    before.subject.commit = Some("a".repeat(40));
    let mut other = before.clone();
    other.subject.team = "another".to_owned();
    let now = record("t");
    assert!(!page::over_time(&now, &[]).contains("Over time"));
    assert!(!page::over_time(&now, &[other]).contains("Over time"));
    let shown = page::over_time(&now, &[before.clone(), before]);
    assert!(shown.contains("Over time") && shown.contains("2026-10-01"));
    assert_eq!(shown.matches("<th scope=\"row\">2026-").count(), 2);
}
