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
use bowerbird::rules::builtin;
use bowerbird::rules::select::RuleSet;
use bowerbird::rules::select::Selection;
use bowerbird::scan;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;
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

/// The report of a folder, or of these bytes.
fn scanned(folder: Option<&Path>, bytes: &[u8]) -> Report {
    let selected = RuleSet::new(&[builtin::pack()], &Selection::default()).unwrap();
    let mut options = scan::Options::new(folder.map(Path::to_owned).into_iter().collect());
    options.stdin = folder.is_none();
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

/// Where a secret stands in a report of that format: format and number of the secret. A value
/// that the same report holds without a word of what was scanned is a word of ours.
fn told(report: &Report, secrets: &[Vec<u8>]) -> Vec<(&'static str, usize)> {
    let forms: Vec<(usize, Vec<u8>)> = secrets
        .iter()
        .enumerate()
        .flat_map(|(at, secret)| forms(secret).into_iter().map(move |form| (at, form)))
        .collect();
    let finder = aho_corasick::AhoCorasick::new(forms.iter().map(|(_, form)| form)).unwrap();
    let mut blank = report.clone();
    blank.texts_mut(&mut |text: &mut String| text.clear());
    let mut told = Vec::new();
    for format in FORMATS {
        let found = |report: &Report| -> BTreeSet<usize> {
            let mut out = Vec::new();
            format.write(report, &mut out).unwrap();
            let found = finder.find_overlapping_iter(&out);
            found
                .map(|found| forms[found.pattern().as_usize()].0)
                .collect()
        };
        let found: Vec<usize> = found(report).difference(&found(&blank)).copied().collect();
        told.extend(found.into_iter().map(|at| (format.name(), at)));
    }
    told
}

/// `postgres` is no secret where the id of a rule has it, which stands here for the title too.
fn is_word_of_ours(secret: &[u8]) -> bool {
    static IDS: LazyLock<String> = LazyLock::new(|| {
        let ids: Vec<&str> = rules().iter().map(|rule| rule.id.0).collect();
        ids.join(" ")
    });
    memchr::memmem::find(IDS.as_bytes(), secret).is_some()
}

/// Every sample there is, each in a file of its own, and again with something behind it.
#[test]
fn no_sample_is_shown() {
    for behind in ["", ", and more"] {
        let folder = tempfile::tempdir().unwrap();
        for (at, (bytes, _)) in PLANTS.iter().enumerate() {
            let path = folder.path().join(format!("{at}.txt"));
            std::fs::write(path, [bytes, behind.as_bytes()].concat()).unwrap();
        }
        let report = scanned(Some(folder.path()), b"");
        let planted = PLANTS.iter().enumerate();
        let (samples, secrets): (Vec<usize>, Vec<Vec<u8>>) = planted
            .flat_map(|(at, (_, secrets))| secrets.iter().map(move |it| (at, it.clone())))
            .filter(|(_, secret)| !is_word_of_ours(secret))
            .unzip();
        let told = told(&report, &secrets).into_iter().map(|(format, at)| {
            let bytes = &PLANTS[samples[at]].0;
            let scanned = Scanned::whole(&ENGINE, bytes, &mut Scratch::default());
            let ids = scanned.matches().map(|it| rules()[it.info.rule].id.0);
            (format, secrets[at].len(), ids.collect::<Vec<_>>())
        });
        let told: Vec<_> = told.collect();
        assert!(told.is_empty(), "{told:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

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
            secrets.extend(planted.iter().filter(|it| !is_word_of_ours(it)).cloned());
        }
        let told = told(&scanned(None, &bytes), &secrets);
        prop_assert!(told.is_empty(), "{told:?}");
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
