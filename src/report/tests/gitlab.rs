//! GitLab's reports against what GitLab demands of them. It refuses a report as a
//! whole for one member that is too long or of another form.

use super::render;
use super::sample::empty;
use super::sample::faulty;
use super::sample::hostile;
use super::sample::sample;
use crate::report::by_name;
use serde_json::Value;

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
