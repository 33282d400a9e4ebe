//! Ed25519 keys in PEM (RFC 8410), as `openssl genpkey -algorithm ed25519` writes
//! them. A key's id is the SHA-256 of its public part in DER. Nothing here tells
//! anything of a private key, not even in an error.

use super::canonical::sha256;
use ed25519_dalek::Signature;
use ed25519_dalek::Signer;
use ed25519_dalek::SigningKey;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::pkcs8::DecodePublicKey;
use ed25519_dalek::pkcs8::EncodePublicKey;

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no private key of this kind.
    #[error(
        "no ed25519 private key in PEM (PKCS#8): `openssl genpkey -algorithm ed25519` makes one"
    )]
    Private,
    /// It is no public key of this kind.
    #[error("no ed25519 public key in PEM: `openssl pkey -in KEY -pubout` writes one")]
    Public,
}

/// A key to sign with.
pub struct Private(SigningKey);

/// A key to verify with.
pub struct Public(VerifyingKey);

impl Private {
    /// Reads PEM.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_pem(pem: &str) -> Result<Private, KeyError> {
        SigningKey::from_pkcs8_pem(pem)
            .map(Private)
            .map_err(|_| KeyError::Private)
    }

    /// Its public part.
    pub fn public(&self) -> Public {
        Public(self.0.verifying_key())
    }

    /// The 64 bytes of the signature.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl Public {
    /// Reads PEM.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_pem(pem: &str) -> Result<Public, KeyError> {
        VerifyingKey::from_public_key_pem(pem)
            .map(Public)
            .map_err(|_| KeyError::Public)
    }

    /// SHA-256 of the SubjectPublicKeyInfo in DER, in hexadecimal.
    pub fn id(&self) -> String {
        let der = self.0.to_public_key_der();
        der.map(|der| sha256(der.as_bytes())).unwrap_or_default()
    }

    /// Whether this key made the signature; strict, without the freedoms of RFC 8032.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = <[u8; 64]>::try_from(signature).map(|it| Signature::from_bytes(&it));
        signature.is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}
