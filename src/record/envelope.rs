//! The DSSE envelope (v1.0): a payload, its type, and signatures over both. What
//! the payload says is `statement`'s part.

use super::canonical;
use super::key::Private;
use super::key::Public;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::Serialize;

/// The type of an in-toto statement.
pub const TYPE: &str = "application/vnd.in-toto+json";

/// The largest envelope that is read, in bytes.
pub const CAP: usize = 64 << 20;

/// A payload and its signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Base64 of the payload.
    pub payload: String,
    /// What the payload is.
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    /// Signatures over both.
    pub signatures: Vec<Signed>,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Which key.
    #[serde(default)]
    pub keyid: String,
    /// Base64 of the signature.
    pub sig: String,
}

/// Why an envelope proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is not of this form.
    #[error("it is no DSSE envelope")]
    Form,
    /// Two readers may read two things.
    #[error("a key stands twice in the envelope")]
    Twice,
    /// Another payload.
    #[error("the payload is no in-toto statement")]
    Type,
    /// Signed by somebody else.
    #[error("it is signed by another key than the given one")]
    OtherKey,
    /// A signature that names this key and is none.
    #[error(
        "the signature of the given key does not hold: something was changed after it was signed"
    )]
    Signature,
}

/// What is signed: the pre-authentication encoding of DSSE.
pub fn encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    [head.as_bytes(), payload].concat()
}

/// Signs a payload.
pub fn sign(payload: &[u8], key: &Private) -> Envelope {
    let signature = key.sign(&encoding(TYPE, payload));
    Envelope {
        payload: STANDARD.encode(payload),
        payload_type: TYPE.to_owned(),
        signatures: vec![Signed {
            keyid: key.public().id(),
            sig: STANDARD.encode(signature),
        }],
    }
}

/// The payload of an envelope that this key signed.
///
/// # Errors
/// Why it proves nothing.
pub fn open(bytes: &[u8], key: &Public) -> Result<Vec<u8>, EnvelopeError> {
    if bytes.len() > CAP {
        return Err(EnvelopeError::Form);
    }
    if canonical::names_twice(bytes) {
        return Err(EnvelopeError::Twice);
    }
    let envelope: Envelope = canonical::read(bytes).map_err(|_| EnvelopeError::Form)?;
    if envelope.payload_type != TYPE {
        return Err(EnvelopeError::Type);
    }
    let payload = STANDARD
        .decode(&envelope.payload)
        .map_err(|_| EnvelopeError::Form)?;
    let message = encoding(&envelope.payload_type, &payload);
    let holds = |signed: &Signed| {
        let signature = STANDARD.decode(&signed.sig);
        signature.is_ok_and(|signature| key.verifies(&message, &signature))
    };
    let mut signatures = envelope.signatures.iter().take(100);
    if signatures.clone().any(holds) {
        return Ok(payload);
    }
    // The key's id is only a hint, so it decides nothing but how the failure is told.
    let id = key.id();
    match signatures.any(|signed| signed.keyid == id) {
        true => Err(EnvelopeError::Signature),
        false => Err(EnvelopeError::OtherKey),
    }
}
