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

/// Samples with the secrets that stand in them.
static PLANTS: LazyLock<Vec<(Vec<u8>, Vec<Vec<u8>>)>> = LazyLock::new(|| {
    let with_secrets = |sample: &Vec<u8>| {
        let scanned = Scanned::whole(&ENGINE, sample, &mut Scratch::default());
        let secrets: Vec<Vec<u8>> = scanned
            .matches()
            .filter(|matched| matched.info.refused.is_none())
            .filter(|matched| !rules()[matched.info.rule].part_only)
            .map(|matched| matched.info.secret.expose().to_vec())
            .filter(|secret| secret.len() >= 8)
            .collect();
        (sample.clone(), secrets)
    };
    SAMPLES
        .iter()
        .map(with_secrets)
        .filter(|(_, secrets)| !secrets.is_empty())
        .collect()
});

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
        let (mut bytes, mut secrets) = (Vec::new(), Vec::new());
        for (at, separator, filler) in &plants {
            let (sample, planted) = at.get(&PLANTS);
            bytes.extend_from_slice(sample);
            bytes.extend_from_slice(separator.as_bytes());
            bytes.extend_from_slice(filler.as_bytes());
            secrets.extend(planted);
        }
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
