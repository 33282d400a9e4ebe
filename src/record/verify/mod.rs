//! Verifying a signed record: signature, types, subjects, and that the record is
//! the one its digest names. Then it is aged: what was true on its day may have
//! ended since. It never trusts a word of a file before its signature holds.

use super::canonical;
use super::envelope;
use super::envelope::EnvelopeError;
use super::key::Public;
use super::statement::PREDICATE;
use super::statement::STATEMENT;
use crate::model::evidence::Basis;
use crate::model::evidence::Verdict;
use crate::model::record::Record;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Why a file does not verify.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The payload.
    #[error("the signed payload is no in-toto statement of version 1")]
    Statement,
    /// Two readers may read two things.
    #[error("a key stands twice in the signed payload")]
    Twice,
    /// Another predicate.
    #[error("the statement is about something else (its predicate type is another)")]
    Predicate,
    /// The record within.
    #[error("the predicate is no record of a version that this build reads")]
    Record,
    /// The digest.
    #[error("the record is not the one that the statement names")]
    Digest,
    /// Subjects that the record does not have.
    #[error("the statement names another commit or tree than the record in it")]
    Subject,
    /// A replay.
    #[error("the record is about another commit or tree than the repository's HEAD")]
    Elsewhere,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Value,
}

#[derive(Deserialize)]
struct Subject {
    digest: BTreeMap<String, String>,
}

/// The commit and tree that are expected.
pub struct Expected {
    /// The commit.
    pub commit: String,
    /// Its tree.
    pub tree: String,
}

/// The record of an envelope that this key signed, and that is about what is expected.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(
    bytes: &[u8],
    key: &Public,
    expected: Option<&Expected>,
) -> Result<Record, VerifyError> {
    let payload = envelope::open(bytes, key)?;
    if canonical::names_twice(&payload) {
        return Err(VerifyError::Twice);
    }
    let statement: Statement = canonical::read(&payload).map_err(|_| VerifyError::Statement)?;
    if statement.kind != STATEMENT {
        return Err(VerifyError::Statement);
    }
    if statement.predicate_type != PREDICATE {
        return Err(VerifyError::Predicate);
    }
    let record: Record =
        serde_json::from_value(statement.predicate).map_err(|_| VerifyError::Record)?;
    if record.schema != Record::SCHEMA {
        return Err(VerifyError::Record);
    }
    let digest = canonical::bytes(&record).map_err(|_| VerifyError::Record)?;
    let digest = canonical::sha256(&digest);
    let named = |key: &str, value: Option<&String>| {
        let mut subjects = statement.subject.iter();
        subjects.any(|subject| value.is_some() && subject.digest.get(key) == value)
    };
    if !named("sha256", Some(&digest)) {
        return Err(VerifyError::Digest);
    }
    let about = record
        .subject
        .commit
        .as_ref()
        .zip(record.subject.tree.as_ref());
    if let Some((commit, tree)) = about
        && !(named("gitCommit", Some(commit)) && named("gitTree", Some(tree)))
    {
        return Err(VerifyError::Subject);
    }
    if let Some(expected) = expected {
        let same = about
            .is_some_and(|(commit, tree)| *commit == expected.commit && *tree == expected.tree);
        if !same {
            return Err(VerifyError::Elsewhere);
        }
    }
    Ok(record)
}

/// Ages a record: statements that ended before the day no longer count. True when the record
/// itself is older than `max_age` days, or of unknown age.
pub fn age(record: &mut Record, at: Date, max_age: Option<u64>) -> bool {
    for attestation in &record.attestations {
        let ends = attestation.valid_until.parse::<Date>();
        if ends.is_ok_and(|ends| ends >= at) {
            continue;
        }
        let mut activities = record.activities.iter_mut();
        if let Some(it) = activities.find(|it| it.activity == attestation.activity) {
            it.status = match attestation.before {
                Verdict::Partial => Verdict::Partial,
                _ => Verdict::Unknown,
            };
            it.basis.retain(|basis| *basis != Basis::Attestation);
            it.reason = format!(
                "stale: the attestation ended on {}",
                attestation.valid_until
            );
        }
    }
    let Some(max_age) = max_age else { return false };
    let observed = record
        .observed_at
        .and_then(|at| jiff::Timestamp::from_second(at).ok());
    let observed = observed.map(|time| time.to_zoned_datetime(jiff::tz::TimeZone::UTC).date());
    let day = observed.or_else(|| record.subject.date.as_ref()?.parse().ok());
    day.and_then(|day| day.until(at).ok())
        .is_none_or(|span| i64::from(span.get_days()) > max_age as i64)
}

#[cfg(test)]
mod tests;
