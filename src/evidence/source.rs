//! An activity file as people write it: which verdict holds when, why, and what
//! would decide more. Unknown keys are refused with their place; what the texts
//! mean is checked in `lint`.

use super::condition::Condition;
use super::facts::Facts;
use crate::model::evidence::Verdict;
use crate::rules::source::At;
use crate::rules::source::RuleError;
use crate::rules::source::document;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// One file of `patterns/activities/<dimension>/`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityFile {
    /// The id of the activity in the model's table, which gives its name and level.
    pub activity: At<String>,
    /// The best a scan alone may say: `implemented`, `partial` or `unknown`.
    pub ceiling: Verdict,
    /// The verdict when no rule holds and none is open.
    pub otherwise: Otherwise,
    /// Why, when this run cannot decide: one sentence.
    pub unknown: String,
    /// The rules, in the order in which they are asked.
    #[serde(default)]
    pub rules: Vec<At<Rule>>,
    /// Predicates that decide nothing and are told in the report.
    #[serde(default)]
    pub context: Vec<Condition>,
    /// What would decide it or raise it, the cheapest first.
    pub next: Vec<String>,
    /// Facts and the verdict they give, each run as a test; at least one of each verdict.
    pub examples: Vec<At<Example>>,
    /// Where the file lies, as it is shown in errors. Not a key of the file.
    #[serde(skip)]
    pub path: String,
}

/// What is said when no rule holds and none is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Otherwise {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: String,
    /// What would change it, told before the activity's own steps.
    #[serde(default)]
    pub next: Vec<String>,
}

/// One rule: the first that holds decides (see `assess` for open ones before it).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The verdict.
    pub verdict: Verdict,
    /// When it holds.
    pub when: Condition,
    /// Why, in one sentence.
    pub reason: String,
    /// What would raise it, told before the activity's own steps.
    #[serde(default)]
    pub next: Vec<String>,
}

/// Facts and the verdict they give.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What was observed.
    pub given: Facts,
    /// What follows.
    pub verdict: Verdict,
}

/// Reads one activity file. `path` is only used in errors.
///
/// # Errors
/// The first fault of form, with its place.
pub fn parse(path: &str, text: &str) -> Result<ActivityFile, RuleError> {
    let mut file: ActivityFile = document(path, text)?;
    path.clone_into(&mut file.path);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema::fresh;

    const SMALL: &str = "activity: a\nceiling: partial\notherwise: {verdict: unknown, reason: r}\nunknown: u\nrules:\n  - verdict: partial\n    when: {all: [{coverage.read: {sources: [worktree]}}]}\n    reason: r\nnext: [n]\nexamples:\n  - {given: {worktree: complete}, verdict: partial}\n  - {given: {}, verdict: unknown}\n";

    #[test]
    fn faults_of_form_come_with_line_and_column() {
        assert!(parse("a.yml", SMALL).is_ok());
        let fault = |from: &str, to: &str| {
            let error = parse("a.yml", &SMALL.replace(from, to)).unwrap_err();
            error.to_string()
        };
        let unknown = fault("unknown: u", "unknow: u");
        assert!(
            unknown.starts_with("a.yml:4:1: unknown field `unknow`"),
            "{unknown}"
        );
        let predicate = fault("coverage.read", "coverage.red");
        assert!(predicate.starts_with("a.yml:7:"), "{predicate}");
        assert!(predicate.contains("coverage.red"), "{predicate}");
        let missing = fault("next: [n]\n", "");
        assert!(missing.contains("missing field `next`"), "{missing}");
    }

    /// `BOWERBIRD_BLESS=1 cargo test the_activity_schema` writes it anew.
    #[test]
    fn the_activity_schema_is_the_one_of_these_types() {
        fresh(
            "patterns/schema/activities.json",
            schemars::schema_for!(ActivityFile),
        );
    }
}
