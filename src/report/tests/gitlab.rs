//! GitLab's reports against what GitLab demands of them, and the texts of all
//! rules against the lengths it takes: a longer one would lose the whole report.

use super::render;
use super::sample::empty;
use super::sample::faulty;
use super::sample::hostile;
use super::sample::sample;
use crate::report::by_name;
use crate::rules::builtin;
use serde_json::Value;

/// The longest name of a vulnerability, in characters.
const NAME: usize = 255;
/// The longest solution.
const SOLUTION: usize = 7_000;

#[test]
fn reports_are_as_gitlab_demands() {
    let schema = include_str!("../../../tests/data/gitlab-report-15.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for report in [sample(), empty(), hostile(), faulty()] {
        for (name, kind) in [("gitlab", "secret_detection"), ("gitlab-sast", "sast")] {
            let told = render(by_name(name).unwrap(), &report);
            let told: Value = serde_json::from_str(&told).unwrap();
            let errors = validator.iter_errors(&told);
            let errors: Vec<String> = errors.map(|it| it.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
            assert_eq!(told["scan"]["type"], kind);
            let wanted = |it: &Value| kind == "sast" || it["location"]["commit"]["sha"].is_string();
            assert!(
                told["vulnerabilities"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(wanted)
            );
        }
    }
}

#[test]
fn texts_of_rules_are_no_longer_than_gitlab_takes() {
    for doc in builtin::packs().iter().flat_map(|pack| pack.docs()) {
        assert!(doc.title.chars().count() <= NAME, "{}", doc.id.0);
        assert!(doc.fix.chars().count() <= SOLUTION, "{}", doc.id.0);
        let is_link = |url: &&&str| url.starts_with("https://") || url.starts_with("http://");
        let odd: Vec<_> = doc.references.iter().filter(|url| !is_link(url)).collect();
        assert!(odd.is_empty(), "{}: {odd:?}", doc.id.0);
    }
}
