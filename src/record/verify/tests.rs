//! Tests of verification: what must never verify, one by one.

use super::*;
use crate::model::coverage::Coverage;
use crate::model::record::Completeness;
use crate::model::record::Model;
use crate::model::record::RecordedAttestation;
use crate::model::record::Subject;
use crate::model::record::Tool;
use crate::record::envelope::Envelope;
use crate::record::envelope::EnvelopeError;
use crate::record::envelope::sign;
use crate::record::key::Private;
use crate::record::statement;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;

fn key(seed: u8) -> Private {
    let pem = SigningKey::from_bytes(&[seed; 32]).to_pkcs8_pem(Default::default());
    Private::from_pem(&pem.unwrap()).unwrap()
}

fn record() -> Record {
    Record {
        schema: Record::SCHEMA.to_owned(),
        tool: Tool {
            name: "bowerbird".to_owned(),
            version: "0".to_owned(),
            rules: 1,
            rules_sha256: "a".to_owned(),
            checks_sha256: "b".to_owned(),
            options: BTreeMap::new(),
        },
        model: Model {
            name: "OWASP DSOMM".to_owned(),
            version: "4.3.1".to_owned(),
            table_sha256: "c".to_owned(),
        },
        subject: Subject {
            team: "acme/shop".to_owned(),
            commit: Some("1".repeat(40)),
            tree: Some("2".repeat(40)),
            date: Some("2026-11-01".to_owned()),
            ..Subject::default()
        },
        policy_sha256: None,
        observed_at: None,
        completeness: Completeness {
            complete: true,
            coverage: Coverage::default(),
            files: 1,
            ci_files: 0,
            unread: Vec::new(),
        },
        summary: BTreeMap::new(),
        activities: Vec::new(),
        attestations: Vec::new(),
        signatures: None,
        given: Vec::new(),
        findings: Vec::new(),
        previous_sha256: None,
    }
}

fn signed(payload: &[u8]) -> Vec<u8> {
    serde_json::to_vec(&sign(payload, &key(1))).unwrap()
}

fn good() -> Vec<u8> {
    signed(&statement::of(&record()).unwrap())
}

fn changed(from: &str, to: &str) -> Vec<u8> {
    let payload = String::from_utf8(statement::of(&record()).unwrap()).unwrap();
    assert!(payload.contains(from), "{from}");
    signed(payload.replacen(from, to, 1).as_bytes())
}

#[test]
fn a_good_one_verifies() {
    let found = verify(&good(), &key(1).public(), None).unwrap();
    assert_eq!(found, record());
    let expected = Expected {
        commit: "1".repeat(40),
        tree: "2".repeat(40),
    };
    assert!(verify(&good(), &key(1).public(), Some(&expected)).is_ok());
}

#[test]
fn another_key_or_a_flipped_byte_does_not() {
    let other = VerifyError::Envelope(EnvelopeError::OtherKey);
    assert_eq!(verify(&good(), &key(2).public(), None), Err(other));
    let envelope: Envelope = serde_json::from_slice(&good()).unwrap();
    let payload = STANDARD.decode(&envelope.payload).unwrap();
    for at in (0..payload.len()).step_by(97) {
        let mut flipped = payload.clone();
        flipped[at] ^= 1;
        let mut envelope = envelope.clone();
        envelope.payload = STANDARD.encode(flipped);
        let bytes = serde_json::to_vec(&envelope).unwrap();
        let signature = VerifyError::Envelope(EnvelopeError::Signature);
        assert_eq!(
            verify(&bytes, &key(1).public(), None),
            Err(signature),
            "{at}"
        );
    }
}

#[test]
fn other_types_do_not() {
    let mut envelope: Envelope = serde_json::from_slice(&good()).unwrap();
    envelope.payload_type = "text/plain".to_owned();
    let bytes = serde_json::to_vec(&envelope).unwrap();
    assert_eq!(
        verify(&bytes, &key(1).public(), None),
        Err(VerifyError::Envelope(EnvelopeError::Type))
    );
    let other = changed("Statement/v1", "Statement/v0.1");
    assert_eq!(
        verify(&other, &key(1).public(), None),
        Err(VerifyError::Statement)
    );
    let swapped = changed("activity-evidence/v0.1", "something-else/v0.1");
    assert_eq!(
        verify(&swapped, &key(1).public(), None),
        Err(VerifyError::Predicate)
    );
    let companion = signed(&statement::companion(&record()).unwrap());
    assert_eq!(
        verify(&companion, &key(1).public(), None),
        Err(VerifyError::Predicate)
    );
    let newer = changed("bowerbird-record/1", "bowerbird-record/9");
    assert_eq!(
        verify(&newer, &key(1).public(), None),
        Err(VerifyError::Record)
    );
}

#[test]
fn another_subject_or_a_swapped_record_does_not() {
    let replayed = Expected {
        commit: "1".repeat(40),
        tree: "3".repeat(40),
    };
    assert_eq!(
        verify(&good(), &key(1).public(), Some(&replayed)),
        Err(VerifyError::Elsewhere)
    );
    let other = changed("acme/shop", "acme/shed");
    assert_eq!(
        verify(&other, &key(1).public(), None),
        Err(VerifyError::Digest)
    );
    let commit = format!("\"gitCommit\":\"{}\"", "1".repeat(40));
    let moved = changed(&commit, &commit.replace('1', "4"));
    assert_eq!(
        verify(&moved, &key(1).public(), None),
        Err(VerifyError::Subject)
    );
}

#[test]
fn a_key_twice_is_refused_outside_and_inside() {
    let form = VerifyError::Envelope(EnvelopeError::Twice);
    let text = String::from_utf8(good()).unwrap();
    let twice = text.replacen('{', "{\"payload\":\"\",", 1);
    assert_eq!(verify(twice.as_bytes(), &key(1).public(), None), Err(form));
    let inside = changed("\"_type\"", "\"_type\":\"x\",\"_type\"");
    assert_eq!(
        verify(&inside, &key(1).public(), None),
        Err(VerifyError::Twice)
    );
}

#[test]
fn every_refusal_says_something_else() {
    let (twice, form) = (VerifyError::Twice, VerifyError::Statement);
    let refusals = [
        VerifyError::Predicate,
        VerifyError::Record,
        VerifyError::Digest,
    ];
    let subjects = [VerifyError::Subject, VerifyError::Elsewhere, twice, form];
    let envelopes = [
        EnvelopeError::Form,
        EnvelopeError::Twice,
        EnvelopeError::Type,
        EnvelopeError::OtherKey,
        EnvelopeError::Signature,
    ];
    let envelopes = envelopes.into_iter().map(VerifyError::Envelope);
    let all = refusals.into_iter().chain(subjects).chain(envelopes);
    let told: Vec<String> = all.map(|it| it.to_string()).collect();
    let distinct: std::collections::BTreeSet<&String> = told.iter().collect();
    assert_eq!(distinct.len(), told.len(), "{told:?}");
}

#[test]
fn what_has_ended_no_longer_counts() {
    let mut aged = record();
    aged.activities.push(crate::model::evidence::Assessment {
        activity: "a".to_owned(),
        name: "A".to_owned(),
        dimension: String::new(),
        sub_dimension: String::new(),
        level: 1,
        status: Verdict::Implemented,
        ceiling: Verdict::Unknown,
        basis: vec![Basis::Attestation],
        reason: String::new(),
        next: Vec::new(),
        since: None,
        observations: Vec::new(),
    });
    aged.attestations.push(RecordedAttestation {
        activity: "a".to_owned(),
        claim: Verdict::Implemented,
        statement: "s".to_owned(),
        owner: "o".to_owned(),
        made_on: "2026-10-01".to_owned(),
        valid_until: "2026-12-01".to_owned(),
        evidence: Vec::new(),
        before: Verdict::Unknown,
    });
    assert!(!age(&mut aged, "2026-11-05".parse().unwrap(), Some(7)));
    assert_eq!(aged.activities[0].status, Verdict::Implemented);
    assert!(age(&mut aged, "2026-12-02".parse().unwrap(), Some(7)));
    assert_eq!(aged.activities[0].status, Verdict::Unknown);
}
