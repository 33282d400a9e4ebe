//! No report holds a secret: texts full of secrets go through a real scan and
//! through every format there is.

use super::ENGINE;
use super::SAMPLES;
use super::rules;
use bowerbird::detect::secrets::Scratch;
use bowerbird::detect::secrets::delta::Scanned;
use bowerbird::model::report::Report;
use bowerbird::model::report::Run;
use bowerbird::report::FORMATS;
use bowerbird::rules::builtin;
use bowerbird::rules::select::RuleSet;
use bowerbird::rules::select::Selection;
use bowerbird::scan;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Samples in which something is found.
static PLANTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    SAMPLES
        .iter()
        .filter(|sample| !seen(sample).is_empty())
        .cloned()
        .collect()
});

/// What the engine sees in a text: a sample that another one cuts in two may hold less than alone.
fn seen(text: &[u8]) -> Vec<Vec<u8>> {
    let scanned = Scanned::whole(&ENGINE, text, &mut Scratch::default());
    scanned
        .matches()
        .filter(|matched| matched.info.refused.is_none())
        .filter(|matched| !rules()[matched.info.rule].part_only)
        .map(|matched| matched.info.secret.expose().to_vec())
        .filter(|secret| secret.len() >= 12)
        .collect()
}

fn scanned(bytes: &[u8]) -> Report {
    let selected = RuleSet::new(&[builtin::pack()], &Selection::default()).unwrap();
    let mut options = scan::Options::new(Vec::new());
    options.stdin = true;
    options.min_confidence = bowerbird::model::rule::Confidence::Low;
    let outcome = scan::scan(&selected, &options, &mut &*bytes, &|id| id.0).unwrap();
    let mut report = Report {
        schema: Report::SCHEMA.to_owned(),
        run: Run {
            tool: "bowerbird".to_owned(),
            version: "0".to_owned(),
            rules_sha256: String::new(),
            rules: 0,
            options: Default::default(),
            subject: outcome.subject,
        },
        complete: outcome.coverage.is_complete(),
        coverage: outcome.coverage,
        findings: outcome.findings,
        refused: outcome.refused,
        assessments: Vec::new(),
        docs: Default::default(),
        tags: Default::default(),
    };
    let named = builtin::pack()
        .docs()
        .iter()
        .map(|doc| (doc.id.0, doc.clone()));
    report.docs = named.collect();
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_format_writes_a_secret(
        plants in prop::collection::vec((any::<prop::sample::Index>(), "[ \n\t;,<&\"'|]{1,4}", "[a-z ]{0,30}"), 1..8),
    ) {
        let mut bytes = Vec::new();
        for (at, separator, filler) in &plants {
            let sample: &Vec<u8> = at.get(PLANTS.as_slice());
            bytes.extend_from_slice(sample);
            bytes.extend_from_slice(separator.as_bytes());
            bytes.extend_from_slice(filler.as_bytes());
        }
        let secrets = seen(&bytes);
        let report = scanned(&bytes);
        for format in FORMATS {
            let mut out = Vec::new();
            format.write(&report, &mut out).unwrap();
            for secret in &secrets {
                let holds = memchr::memmem::find(&out, secret).is_some();
                prop_assert!(!holds, "the {} report holds a secret", format.name());
            }
        }
    }
}
