//! No report holds a secret: texts full of secrets go through a real scan and
//! through every format there is.

use super::ENGINE;
use super::SAMPLES;
use super::rules;
use bowerbird::bytes::escape;
use bowerbird::detect::secrets::Scratch;
use bowerbird::detect::secrets::delta::Scanned;
use bowerbird::model::report::Report;
use bowerbird::model::report::Run;
use bowerbird::report::FORMATS;
use bowerbird::report::Format;
use bowerbird::rules::builtin;
use bowerbird::rules::select::RuleSet;
use bowerbird::rules::select::Selection;
use bowerbird::scan;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Samples with the secrets that stand in them.
/// A text and the secrets planted in it.
type Plant = (Vec<u8>, Vec<Vec<u8>>);

static PLANTS: LazyLock<Vec<Plant>> = LazyLock::new(|| {
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

/// The names of formats whose report of these bytes holds one of the secrets.
fn telling(bytes: &[u8], secrets: &[Vec<u8>]) -> Vec<&'static str> {
    let report = scanned(bytes);
    let tells = |format: &&'static dyn Format| {
        let mut out = Vec::new();
        format.write(&report, &mut out).unwrap();
        let shown = |form: &Vec<u8>| memchr::memmem::find(&out, form).is_some();
        secrets.iter().any(|secret| forms(secret).iter().any(shown))
    };
    let formats = FORMATS.iter().copied().filter(tells);
    formats.map(Format::name).collect()
}

/// Every sample by itself, with what may stand behind it.
#[test]
fn no_sample_is_shown() {
    let mut told = Vec::new();
    for (bytes, secrets) in PLANTS.iter() {
        for behind in ["", ",", " and more"] {
            let formats = telling(&[bytes, behind.as_bytes()].concat(), secrets);
            if !formats.is_empty() {
                let scanned = Scanned::whole(&ENGINE, bytes, &mut Scratch::default());
                let ids = scanned.matches().map(|found| rules()[found.info.rule].id.0);
                told.push((ids.collect::<Vec<_>>(), behind, formats));
            }
        }
    }
    assert!(told.is_empty(), "{told:#?}");
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
            secrets.extend(planted.iter().cloned());
        }
        let formats = telling(&bytes, &secrets);
        prop_assert!(formats.is_empty(), "{formats:?} hold a secret");
    }
}

/// A secret as it is, and as formats escape it.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(secret);
    let json = serde_json::to_string(&text).unwrap();
    vec![
        secret.to_vec(),
        json.trim_matches('"').as_bytes().to_vec(),
        escape::html(secret).into_bytes(),
        escape::terminal(secret).into_bytes(),
        escape::workflow_message(secret).into_bytes(),
    ]
}
