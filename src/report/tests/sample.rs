//! Reports made by hand: one with a bit of everything, one with nothing, one with
//! hostile text wherever text can stand.

use crate::model::coverage::Coverage;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::evidence::Assessment;
use crate::model::evidence::Basis;
use crate::model::evidence::Verdict;
use crate::model::finding::CommitRef;
use crate::model::finding::Exposure;
use crate::model::finding::Finding;
use crate::model::finding::Fingerprint;
use crate::model::finding::Part;
use crate::model::finding::Place;
use crate::model::finding::Status;
use crate::model::finding::Step;
use crate::model::finding::Suppression;
use crate::model::finding::SuppressionKind;
use crate::model::finding::Validity;
use crate::model::location::Location;
use crate::model::location::Region;
use crate::model::location::Span;
use crate::model::object::ObjectId;
use crate::model::origin::Origin;
use crate::model::report::Refused;
use crate::model::report::Report;
use crate::model::report::Run;
use crate::model::rule::Confidence;
use crate::model::rule::RuleDoc;
use crate::model::rule::RuleId;
use crate::model::rule::RuleKind;
use crate::model::rule::Severity;
use crate::model::secret::LengthClass;
use crate::model::secret::Redacted;
use std::collections::BTreeMap;

fn id(digit: &str) -> ObjectId {
    ObjectId::from_hex(digit.repeat(40).as_bytes()).unwrap()
}

fn at(origin: Origin, line: u64) -> Location {
    let region = Region {
        start_line: line,
        start_column: 12,
        end_line: line,
        end_column: 52,
    };
    Location {
        origin,
        span: Span::new(line * 40, line * 40 + 40),
        region: Some(region),
    }
}

fn file(path: &str, line: u64) -> Location {
    at(Origin::File { path: path.into() }, line)
}

fn past(path: &str, line: u64) -> Location {
    let origin = Origin::Blob {
        blob: id("b"),
        path: Some(path.into()),
        commit: Some(id("c")),
    };
    at(origin, line)
}

fn finding(rule: &'static str, severity: Severity, locations: Vec<Location>) -> Finding {
    Finding {
        fingerprint: Fingerprint(format!("bb1:{}", "0123456789abcdef".repeat(2))),
        rule: RuleId(rule),
        kind: RuleKind::Secret,
        severity,
        confidence: Confidence::High,
        validity: Validity::Unknown,
        facts: Vec::new(),
        message: "A token in source code".into(),
        secret: Some(Redacted {
            length: LengthClass::Long,
        }),
        status: Status::Open,
        place: Place::Source,
        locations_total: locations.len() as u64,
        locations,
        parts: Vec::new(),
        suppressions: Vec::new(),
        exposure: None,
        excerpt: Some("  token = \"[redacted]\"".into()),
        decoded: Vec::new(),
        features: Vec::new(),
        logical: String::new(),
        flow: Vec::new(),
    }
}

fn fault() -> Finding {
    let place = file("deploy/api.yaml", 9);
    let mut found = finding("open-setting", Severity::High, vec![place.clone()]);
    found.kind = RuleKind::Sast;
    found.secret = None;
    found.message = "The value of a request reaches a query".into();
    found.excerpt = Some("privileged: true".into());
    found.logical = "spec.containers[0].securityContext".into();
    found.flow = vec![
        Step {
            location: file("deploy/api.yaml", 3),
            text: "comes from the request".into(),
        },
        Step {
            location: place,
            text: "reaches the query".into(),
        },
    ];
    found
}

fn forge_token() -> Finding {
    let places = [
        "deploy/prod.env",
        "deploy/test.env",
        "docs/setup.md",
        "src/api.rs",
    ];
    let places = places.into_iter().zip([3, 3, 118, 12]);
    let places = places.map(|(path, line)| file(path, line)).collect();
    let mut found = finding("forge-token", Severity::Critical, places);
    found.locations_total = 17;
    found.validity = Validity::ChecksumValid;
    found.message = "A forge token whose checksum is right stands in 17 places".into();
    let commit = |digit: &str, date: &str| CommitRef {
        id: id(digit),
        date: date.into(),
        author: None,
        email: None,
    };
    found.exposure = Some(Exposure {
        introduced: Some(commit("a", "2026-03-02T10:00:00Z")),
        last_seen: None,
        fixed: None,
        in_head: true,
        reachable: true,
        refs: vec!["refs/heads/main".into(), "refs/tags/v1".into()],
        refs_total: 2,
        days: Some(1266),
    });
    found
}

fn cloud_key() -> Finding {
    let mut found = finding("cloud-key", Severity::High, vec![past("old/config.yml", 7)]);
    found.validity = Validity::StructureValid;
    found.facts = vec![("account".into(), "123456789012".into())];
    found.decoded = vec!["base64".into()];
    found.parts = vec![Part {
        rule: RuleId("cloud-key-id"),
        location: past("old/config.yml", 6),
        secret: Redacted {
            length: LengthClass::Medium,
        },
    }];
    found.exposure = Some(Exposure {
        introduced: None,
        last_seen: None,
        fixed: None,
        in_head: false,
        reachable: false,
        refs: Vec::new(),
        refs_total: 0,
        days: None,
    });
    found
}

fn archived() -> Finding {
    let archive = Box::new(Origin::File {
        path: "dist/app.zip".into(),
    });
    let origin = Origin::Member {
        archive,
        path: "etc/app.conf".into(),
    };
    finding("generic-password", Severity::Medium, vec![at(origin, 2)])
}

fn suppressed() -> Finding {
    let mut found = finding(
        "forge-token",
        Severity::Critical,
        vec![file("tests/data/a.txt", 1)],
    );
    found.status = Status::Suppressed;
    found.suppressions = vec![Suppression {
        kind: SuppressionKind::InSource,
        by: "bowerbird:allow".into(),
        justification: "made up for a test".into(),
        location: Some(file("tests/data/a.txt", 1)),
    }];
    found
}

fn docs() -> BTreeMap<&'static str, RuleDoc> {
    let doc = |id: &'static str, title: &'static str, fix: &'static str| RuleDoc {
        id: RuleId(id),
        provider: "example",
        title,
        why: "Whoever reads it acts in your name.",
        fix,
        references: vec!["https://example.org/rotate"],
        known_misses: Vec::new(),
        activities: Vec::new(),
        aka: Vec::new(),
    };
    let docs = [
        doc(
            "forge-token",
            "Forge access token",
            "Revoke it in the forge's settings, then rotate; history keeps deleted lines.",
        ),
        doc(
            "cloud-key",
            "Cloud secret key",
            "Deactivate the key, then delete it.",
        ),
        doc(
            "generic-password",
            "Password in a configuration file",
            "Change it and read it from a secret store.",
        ),
    ];
    docs.into_iter().map(|doc| (doc.id.0, doc)).collect()
}

fn coverage() -> Coverage {
    let mut coverage = Coverage::default();
    for n in 0..1204 {
        coverage.count("worktree.files", 900 + n);
    }
    for _ in 0..40 {
        coverage.count("history.commits", 0);
    }
    coverage.count("history.blobs", 5_400_000);
    coverage.exclude(Exclusion::GitDir);
    for _ in 0..12 {
        coverage.exclude(Exclusion::Duplicate);
    }
    for path in ["a.bin", "b.bin", "c.bin", "d.bin"] {
        coverage.miss(Unscanned {
            what: format!("assets/{path}"),
            reason: Reason::LimitSize,
            bytes: Some(700 << 20),
            detail: "the limit is 512 MiB".into(),
        });
    }
    coverage.miss(Unscanned {
        what: "vendor/lib".into(),
        reason: Reason::Submodule,
        bytes: None,
        detail: String::new(),
    });
    let fact = ("shallow".to_owned(), "no".to_owned());
    coverage.repository.extend([fact]);
    coverage.finish();
    coverage
}

fn assessment(name: &str, status: Verdict, reason: &str, next: &[&str]) -> Assessment {
    Assessment {
        activity: "00000000-0000-4000-8000-000000000000".into(),
        name: name.into(),
        dimension: "Build and Deployment".into(),
        sub_dimension: "Build".into(),
        level: 1,
        status,
        ceiling: Verdict::Implemented,
        basis: vec![Basis::Config],
        reason: reason.into(),
        next: next.iter().map(|it| (*it).to_owned()).collect(),
        since: None,
        observations: Vec::new(),
    }
}

/// A bit of everything.
pub(super) fn sample() -> Report {
    let text = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    };
    let tags = [
        ("forge-token", vec!["default", "cwe-798"]),
        ("cloud-key", vec!["cwe-798", "cwe-312"]),
    ];
    Report {
        schema: Report::SCHEMA.into(),
        run: Run {
            tool: "bowerbird".into(),
            version: "0.1.0".into(),
            rules_sha256: "5e".repeat(32),
            rules: 812,
            options: text(&[("history", "true")]),
            subject: text(&[
                ("head", &"d".repeat(40)),
                ("remote", "https://example.org/acme/shop.git"),
            ]),
        },
        complete: false,
        coverage: coverage(),
        findings: vec![forge_token(), suppressed(), cloud_key(), archived()],
        refused: Refused::default(),
        assessments: vec![
            assessment(
                "Defined build process",
                Verdict::Implemented,
                "a workflow builds each push",
                &[],
            ),
            assessment(
                "Build and testing of artifacts in virtual environments",
                Verdict::Unknown,
                "nothing here decides it",
                &["attest it"],
            ),
        ],
        docs: docs(),
        tags: tags.into_iter().collect(),
    }
}

/// A fault of code, with the way data takes.
pub(super) fn faulty() -> Report {
    Report {
        findings: vec![fault()],
        ..sample()
    }
}

/// Nothing was found, and nothing was read.
pub(super) fn empty() -> Report {
    Report {
        coverage: Coverage::default(),
        findings: Vec::new(),
        assessments: Vec::new(),
        docs: BTreeMap::new(),
        ..sample()
    }
}

/// What a hostile repository would write.
pub(super) const HOSTILE: &str = "x\x1b]0;owned\x07\r\n::set-env name=A::b\u{202e}\u{200b}\u{9b}31m\u{7f}</pre><script onload='a'>\"]](javascript:1)%0A\u{feff}\u{e0041}|`";

/// Hostile text wherever text of the repository can stand.
pub(super) fn hostile() -> Report {
    let mut report = sample();
    report.findings.push(fault());
    let text = HOSTILE.to_owned();
    for found in &mut report.findings {
        found.message = text.clone();
        found.excerpt = Some(text.clone());
        found.facts = vec![(text.clone(), text.clone())];
        found.decoded = vec![text.clone()];
        found.locations = vec![file(HOSTILE, 1), past(HOSTILE, 2)];
        found.fingerprint = Fingerprint(text.clone());
        found.logical = text.clone();
        found
            .flow
            .iter_mut()
            .for_each(|step| step.text = text.clone());
        for suppression in &mut found.suppressions {
            suppression.by = text.clone();
            suppression.justification = text.clone();
        }
        if let Some(exposure) = &mut found.exposure {
            exposure.refs = vec![text.clone()];
            exposure.refs_total = 1;
        }
    }
    for missed in &mut report.coverage.unscanned {
        missed.what = text.clone();
        missed.detail = text.clone();
    }
    report.coverage.repository = BTreeMap::from([(text.clone(), text.clone())]);
    report.run.subject = BTreeMap::from([
        ("head".to_owned(), text.clone()),
        ("remote".to_owned(), text.clone()),
    ]);
    for assessment in &mut report.assessments {
        assessment.name = text.clone();
        assessment.sub_dimension = text.clone();
        assessment.reason = text.clone();
        assessment.next = vec![text.clone()];
    }
    report
}
