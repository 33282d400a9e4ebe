//! Statements of people, `.bowerbird/attestations.yaml`: who answers for what, how
//! long, and what it may raise. A statement that is expired, unknown, untracked,
//! above its allowance or contradicted by what was seen is a fault with line and
//! remedy, and does not count.

use crate::evidence::activity::Activity;
use crate::model::evidence::Assessment;
use crate::model::evidence::Basis;
use crate::model::evidence::Observation;
use crate::model::evidence::Verdict;
use crate::model::record::Link;
use crate::model::record::RecordedAttestation;
use crate::rules::source::At;
use crate::rules::source::Place;
use crate::rules::source::RuleError;
use crate::rules::source::document;
use crate::survey::files::Files;
use crate::survey::policy::Allowance;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

/// Where statements lie.
pub const PATH: &str = ".bowerbird/attestations.yaml";

/// Activities that a scan decides wholly where the component is in the repository.
const DECIDED: &str = include_str!("../../patterns/evidence/decided-by-scan.txt");

/// The file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// The version of this form: 1.
    pub version: u64,
    /// The statements.
    #[serde(default)]
    pub attestations: Vec<At<Attestation>>,
}

/// One statement.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The activity, by id.
    pub activity: String,
    /// `implemented`, `partial` or `not_applicable`.
    pub claim: Verdict,
    /// What is stated, in one sentence.
    pub statement: String,
    /// A person or role that answers for it.
    pub owner: String,
    /// When it was made.
    pub made_on: String,
    /// The last day on which it counts.
    pub valid_until: String,
    /// Repositories or systems it is about.
    #[serde(default)]
    pub scope: Vec<String>,
    /// Links.
    #[serde(default)]
    pub evidence: Vec<Link>,
}

/// What came of the statements.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Those that count.
    pub counted: Vec<RecordedAttestation>,
    /// What is wrong, sorted.
    pub faults: Vec<RuleError>,
    /// Statements that end within 30 days: activity and day.
    pub ending: Vec<(String, String)>,
}

/// The statements of these files. `root` tells a file that lies there and is not committed.
///
/// # Errors
/// A fault of form, with its place.
pub fn read(files: &Files, root: &Path) -> Result<Vec<At<Attestation>>, RuleError> {
    match files.text(PATH) {
        Some(text) => Ok(document::<Book>(PATH, &text)?.attestations),
        None if files.head().is_some() && root.join(PATH).is_file() => Err(RuleError {
            path: PATH.to_owned(),
            place: Place::default(),
            rule: None,
            message: "the file is not committed: commit it, then its statements count".to_owned(),
        }),
        None => Ok(Vec::new()),
    }
}

/// Puts statements to verdicts. `today` decides what is expired.
pub fn apply(
    list: &[At<Attestation>],
    assessments: &mut [Assessment],
    activities: &[Activity],
    allowance: &Allowance,
    today: Date,
) -> Outcome {
    let mut outcome = Outcome::default();
    for entry in list {
        let mut fault = |message: String| {
            outcome.faults.push(RuleError {
                path: PATH.to_owned(),
                place: entry.place,
                rule: Some(entry.value.activity.clone()),
                message,
            });
        };
        let it = &entry.value;
        let known = activities.iter().any(|activity| activity.id == it.activity);
        let position = assessments
            .iter()
            .position(|found| found.activity == it.activity);
        let (true, Some(position)) = (known, position) else {
            fault(
                "the model has no activity of this id: take one that `bowerbird check` names"
                    .to_owned(),
            );
            continue;
        };
        if let Err(message) = sound(it, allowance, today) {
            fault(message);
            mark_expired(it, &mut assessments[position], today);
            continue;
        }
        let assessment = &mut assessments[position];
        if let Err(message) = may(it, assessment, allowance) {
            fault(message);
            continue;
        }
        let days = until(today, &it.valid_until);
        if days.is_some_and(|days| days <= 30) {
            outcome
                .ending
                .push((it.activity.clone(), it.valid_until.clone()));
        }
        outcome.counted.extend(raise(it, entry.place, assessment));
    }
    outcome.faults.sort();
    outcome.counted.sort();
    outcome
}

fn until(today: Date, day: &str) -> Option<i32> {
    let day: Date = day.parse().ok()?;
    Some(today.until(day).ok()?.get_days())
}

/// Whether a statement is in order by itself.
fn sound(it: &Attestation, allowance: &Allowance, today: Date) -> Result<(), String> {
    let date = |text: &str, key: &str| -> Result<Date, String> {
        text.parse()
            .map_err(|_| format!("`{key}` is no date: write YYYY-MM-DD"))
    };
    if it.owner.trim().is_empty() || it.statement.trim().is_empty() {
        return Err("`owner` and `statement` must say something".to_owned());
    }
    if !matches!(
        it.claim,
        Verdict::Implemented | Verdict::Partial | Verdict::NotApplicable
    ) {
        return Err("`claim` is `implemented`, `partial` or `not_applicable`".to_owned());
    }
    let web = |link: &Link| link.uri.starts_with("https://") || link.uri.starts_with("http://");
    if !it.evidence.iter().all(web) {
        return Err("an `evidence` link must begin with https://".to_owned());
    }
    let made = date(&it.made_on, "made_on")?;
    let ends = date(&it.valid_until, "valid_until")?;
    if made > today {
        return Err(format!(
            "it was made on {made}, after {today}: mend `made_on`"
        ));
    }
    if ends < today {
        return Err(format!(
            "it expired on {ends}: look again and renew it, or delete it"
        ));
    }
    let days = made
        .until(ends)
        .map(|span| span.get_days())
        .unwrap_or(i32::MAX);
    if i64::from(days) > allowance.max_days as i64 {
        let most = allowance.max_days;
        return Err(format!(
            "it lasts {days} days, the policy allows {most}: bring `valid_until` nearer"
        ));
    }
    Ok(())
}

fn mark_expired(it: &Attestation, assessment: &mut Assessment, today: Date) {
    let expired = until(today, &it.valid_until).is_some_and(|days| days < 0);
    if expired && assessment.status == Verdict::Unknown {
        assessment.reason = format!("attestation expired on {}", it.valid_until);
    }
}

/// Whether a statement may raise this verdict.
fn may(it: &Attestation, assessment: &Assessment, allowance: &Allowance) -> Result<(), String> {
    let refuted =
        assessment.status == Verdict::NotImplemented && it.claim != Verdict::NotImplemented;
    if refuted {
        let reason = &assessment.reason;
        return Err(format!(
            "contradicted by what was seen ({reason}): mend that, or delete the statement"
        ));
    }
    let decided = DECIDED.lines().any(|line| line == it.activity);
    let named = allowance.may_raise.contains(&it.activity);
    if decided && !named && assessment.status != Verdict::Implemented {
        return Err("a scan decides this activity: show it in the repository, or name it under `attestations: may-raise` in the policy".to_owned());
    }
    Ok(())
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Implemented | Verdict::NotApplicable => 2,
        Verdict::Partial => 1,
        _ => 0,
    }
}

/// Raises a verdict; `None` when the statement adds nothing.
fn raise(
    it: &Attestation,
    place: Place,
    assessment: &mut Assessment,
) -> Option<RecordedAttestation> {
    let before = assessment.status;
    if rank(it.claim) <= rank(before) || before == Verdict::Error {
        return None;
    }
    assessment.status = it.claim;
    assessment.reason = format!(
        "stated by {} until {}: {}",
        it.owner, it.valid_until, it.statement
    );
    assessment.next.clear();
    assessment.basis.push(Basis::Attestation);
    assessment.observations.push(Observation {
        check: "attestation".to_owned(),
        effect: "supports".to_owned(),
        claim: format!("stated by {} on {}", it.owner, it.made_on),
        path: Some(PATH.to_owned()),
        line: Some(place.line as u64).filter(|line| *line > 0),
        excerpt: None,
    });
    Some(RecordedAttestation {
        activity: it.activity.clone(),
        claim: it.claim,
        statement: it.statement.clone(),
        owner: it.owner.clone(),
        made_on: it.made_on.clone(),
        valid_until: it.valid_until.clone(),
        evidence: it.evidence.clone(),
        before,
    })
}

/// A statement to be filled in, as YAML.
pub fn stub(activity: &Activity, today: Date) -> String {
    let ends = today.saturating_add(jiff::Span::new().days(180));
    format!(
        "  # {}, level {}\n  - activity: {}\n    claim: {}\n    statement: ''\n    owner: ''\n    made_on: {today}\n    valid_until: {ends}\n    evidence: []\n",
        activity.name.replace('\n', " "),
        activity.level,
        activity.id,
        "implemented",
    )
}

#[cfg(test)]
mod tests;
