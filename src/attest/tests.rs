//! Tests of statements: what is a fault, told with its remedy, and what counts.

use super::*;
use crate::evidence::assess::assess;
use crate::evidence::builtin;
use crate::evidence::facts::Facts;

const TRAINING: &str = "12c90cc6-3d58-4d9b-82ff-d469d2a0c298";
const SBOM: &str = "2858ac12-0179-40d9-9acf-1b839c030473";

fn entry(activity: &str, more: &str) -> String {
    format!(
        "version: 1\nattestations:\n  - activity: {activity}\n    claim: implemented\n    statement: Held\n    owner: jane@example.org\n    made_on: 2026-09-01\n    valid_until: 2027-03-01\n{more}"
    )
}

fn apply_text(text: &str, today: &str) -> (Outcome, Vec<Assessment>) {
    let book: Book = document(PATH, text).unwrap();
    let facts = Facts {
        files: crate::evidence::facts::Reading::Complete,
        worktree: crate::evidence::facts::Reading::Complete,
        ..Facts::default()
    };
    let mut assessments = assess(builtin::activities(), &facts);
    let outcome = apply(
        &book.attestations,
        &mut assessments,
        builtin::activities(),
        &Allowance::default(),
        today.parse().unwrap(),
    );
    (outcome, assessments)
}

fn status(assessments: &[Assessment], id: &str) -> Verdict {
    assessments
        .iter()
        .find(|it| it.activity == id)
        .unwrap()
        .status
}

#[test]
fn a_sound_statement_raises_what_nothing_here_decides() {
    let (outcome, assessments) = apply_text(&entry(TRAINING, ""), "2026-11-25");
    assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
    assert_eq!(outcome.counted.len(), 1);
    assert_eq!(status(&assessments, TRAINING), Verdict::Implemented);
    let (near, _) = apply_text(&entry(TRAINING, ""), "2027-02-20");
    assert_eq!(near.ending.len(), 1);
}

#[test]
fn what_is_wrong_is_a_fault_with_line_and_remedy_and_does_not_count() {
    let long = entry(TRAINING, "").replace("2027-03-01", "2029-03-01");
    let ownerless = entry(TRAINING, "").replace("jane@example.org", "' '");
    let link = entry(TRAINING, "    evidence: [{uri: 'javascript:alert(1)'}]\n");
    let cases = [
        (entry(TRAINING, ""), "2027-03-02", "expired on 2027-03-01"),
        (
            entry("00000000-0000-0000-0000-000000000000", ""),
            "2026-11-25",
            "no activity of this id",
        ),
        (
            entry(SBOM, ""),
            "2026-11-25",
            "contradicted by what was seen",
        ),
        (long, "2026-11-25", "the policy allows 365"),
        (ownerless, "2026-11-25", "`owner` and `statement`"),
        (link, "2026-11-25", "https://"),
        (
            entry(TRAINING, "").replace("2026-09-01", "2026-13-01"),
            "2026-11-25",
            "no date",
        ),
        (
            entry(TRAINING, "").replace("claim: implemented", "claim: unknown"),
            "2026-11-25",
            "`claim` is",
        ),
    ];
    for (text, today, wanted) in cases {
        let (outcome, assessments) = apply_text(&text, today);
        assert!(outcome.counted.is_empty(), "{wanted}");
        let told = outcome.faults[0].to_string();
        assert!(
            told.contains(wanted) && told.contains("attestations.yaml:3:"),
            "{told}"
        );
        assert_eq!(status(&assessments, TRAINING), Verdict::Unknown);
    }
}

#[test]
fn an_expired_statement_says_so_in_the_verdict() {
    let (_, assessments) = apply_text(&entry(TRAINING, ""), "2028-01-01");
    let it = assessments
        .iter()
        .find(|it| it.activity == TRAINING)
        .unwrap();
    assert_eq!(it.reason, "attestation expired on 2027-03-01");
}
