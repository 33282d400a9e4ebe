//! OpenPGP certificates, and the signatures that git makes with them (RFC 9580,
//! detached, over the bytes of the object). What a certificate says of its keys
//! counts only as far as it signed it itself: what they may do, when they end, and
//! that they are revoked. A revoked key never counts, whenever it signed.

use super::SignersError;
use crate::model::signature::SignatureKind;
use crate::sources::git::signed::Signed;
use pgp::composed::Deserializable;
use pgp::composed::DetachedSignature;
use pgp::composed::SignedPublicKey;
use pgp::composed::SignedPublicSubKey;
use pgp::crypto::hash::HashAlgorithm;
use pgp::errors::Error;
use pgp::packet::KeyFlags;
use pgp::packet::PublicKey;
use pgp::packet::PublicSubkey;
use pgp::packet::Signature;
use pgp::packet::SignatureType;
use pgp::types::KeyDetails;
use pgp::types::Tag;

/// How a block of keys begins.
const BLOCK: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// Keys with which GitHub signs what is merged or edited there (<https://github.com/web-flow.gpg>,
/// until January 2024 and since).
const FORGE_KEYS: [[u8; 8]; 2] = [
    [0x4a, 0xee, 0x18, 0xf8, 0x3a, 0xfd, 0xeb, 0x23],
    [0xb5, 0x69, 0x0e, 0xee, 0xbb, 0x95, 0x21, 0x94],
];

/// A key that may have signed.
#[derive(Clone, Debug)]
pub(super) struct PgpSigner {
    key: Key,
    may_sign: bool,
    revoked: bool,
    /// Seconds since 1970: the first at which it counts, and the first at which it does not any more.
    begins: i64,
    ends: Option<i64>,
}

#[derive(Clone, Debug)]
enum Key {
    Primary(PublicKey),
    Sub(PublicSubkey),
}

/// Whether a file holds OpenPGP keys, armored or not: the first bit of a packet is always set.
pub(super) fn is_pgp(bytes: &[u8]) -> bool {
    let armored = memchr::memmem::find(bytes, BLOCK.as_bytes()).is_some();
    armored || bytes.first().is_some_and(|first| *first >= 0x80)
}

/// The keys of a file.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<PgpSigner>, SignersError> {
    let mut found = Vec::new();
    let blocks: Vec<usize> = memchr::memmem::find_iter(bytes, BLOCK.as_bytes()).collect();
    if blocks.is_empty() {
        let keys = SignedPublicKey::from_bytes_many(bytes).map_err(|_| SignersError::OpenPgp)?;
        collect(keys, &mut found)?;
    }
    for at in blocks {
        let (keys, _) =
            SignedPublicKey::from_armor_many(&bytes[at..]).map_err(|_| SignersError::OpenPgp)?;
        collect(keys, &mut found)?;
    }
    Ok(found)
}

type Keys<'a> = dyn Iterator<Item = Result<SignedPublicKey, Error>> + 'a;

fn collect(keys: Box<Keys<'_>>, found: &mut Vec<PgpSigner>) -> Result<(), SignersError> {
    for key in keys.take(super::KEY_CAP) {
        let key = key.map_err(|_| SignersError::OpenPgp)?;
        let primary = primary(&key);
        let subkeys = key.public_subkeys.iter();
        let subkeys: Vec<PgpSigner> = subkeys.filter_map(|it| sub(&key, it, &primary)).collect();
        found.push(primary);
        found.extend(subkeys);
    }
    Ok(())
}

fn primary(certificate: &SignedPublicKey) -> PgpSigner {
    let key = &certificate.primary_key;
    let details = &certificate.details;
    let users = details.users.iter().flat_map(|user| {
        let own = |it: &&Signature| it.verify_certification(key, Tag::UserId, &user.id).is_ok();
        user.signatures.iter().filter(own)
    });
    let direct = details.direct_signatures.iter();
    let direct = direct.filter(|it| it.verify_key(key).is_ok());
    let is_revocation = |it: &&Signature| it.typ() == Some(SignatureType::CertRevocation);
    let newest = users
        .filter(|it| !is_revocation(it))
        .chain(direct)
        .max_by_key(|it| made(it));
    let mut revocations = details.revocation_signatures.iter();
    PgpSigner {
        key: Key::Primary(key.clone()),
        may_sign: newest.is_some_and(|it| states_nothing(&it.key_flags()) || it.key_flags().sign()),
        revoked: revocations.any(|it| it.verify_key(key).is_ok()),
        begins: created(key),
        ends: newest.and_then(|it| end(key, it)),
    }
}

/// A subkey that its primary key has bound.
fn sub(
    certificate: &SignedPublicKey,
    sub: &SignedPublicSubKey,
    primary: &PgpSigner,
) -> Option<PgpSigner> {
    let (key, parent) = (&sub.key, &certificate.primary_key);
    let own = sub.signatures.iter();
    let own: Vec<&Signature> = own
        .filter(|it| it.verify_subkey_binding(parent, key).is_ok())
        .collect();
    let is = |it: &&&Signature, kind: SignatureType| it.typ() == Some(kind);
    let bindings = own.iter().filter(|it| is(it, SignatureType::SubkeyBinding));
    let newest = bindings.max_by_key(|it| made(it))?;
    // Only the owner of the subkey can say that it belongs to this primary key.
    let agrees = |it: &Signature| it.verify_primary_key_binding(key, parent).is_ok();
    let ends = [primary.ends, end(key, newest)];
    Some(PgpSigner {
        key: Key::Sub(key.clone()),
        may_sign: newest.key_flags().sign() && newest.embedded_signature().is_some_and(agrees),
        revoked: primary.revoked
            || own
                .iter()
                .any(|it| is(&it, SignatureType::SubkeyRevocation)),
        begins: created(key),
        ends: ends.into_iter().flatten().min(),
    })
}

/// Keys of old certificates say nothing about what they may do.
fn states_nothing(flags: &KeyFlags) -> bool {
    !flags.sign() && !flags.certify() && !flags.encrypt_comms() && !flags.authentication()
}

fn made(signature: &Signature) -> u32 {
    signature.created().map_or(0, |time| time.as_secs())
}

fn created(key: &impl KeyDetails) -> i64 {
    i64::from(key.created_at().as_secs())
}

fn end(key: &impl KeyDetails, signature: &Signature) -> Option<i64> {
    let seconds = signature.key_expiration_time()?.as_secs();
    (seconds > 0).then(|| created(key) + i64::from(seconds))
}

impl PgpSigner {
    fn verify(&self, signature: &DetachedSignature, payload: &[u8]) -> Result<(), Error> {
        match &self.key {
            Key::Primary(key) => signature.verify(key, payload),
            Key::Sub(key) => signature.verify(key, payload),
        }
    }

    /// Whether a signature names this key.
    fn is_named(&self, signature: &Signature) -> bool {
        let (id, fingerprint) = match &self.key {
            Key::Primary(key) => (key.legacy_key_id(), key.fingerprint()),
            Key::Sub(key) => (key.legacy_key_id(), key.fingerprint()),
        };
        let fingerprints = signature.issuer_fingerprint();
        match fingerprints.is_empty() {
            true => signature.issuer_key_id().contains(&&id),
            false => fingerprints.contains(&&fingerprint),
        }
    }

    /// Whether it was allowed to make this signature when the signature says that it was made.
    fn was_valid(&self, signature: &Signature) -> bool {
        let time = i64::from(made(signature));
        let within = time >= self.begins && self.ends.is_none_or(|end| time < end);
        self.may_sign && !self.revoked && within
    }
}

/// Whether the digest under a signature can be made for other bytes: then it proves nothing.
fn is_weak(signature: &Signature) -> bool {
    use HashAlgorithm::Md5;
    use HashAlgorithm::Ripemd160;
    use HashAlgorithm::Sha1;
    matches!(signature.hash_alg(), Some(Md5 | Sha1 | Ripemd160))
}

/// What these keys say of a signature.
pub(super) fn check(signers: &[PgpSigner], signed: &Signed) -> SignatureKind {
    let Ok((detached, _)) = DetachedSignature::from_armor_single(signed.armor.as_slice()) else {
        return SignatureKind::Unreadable;
    };
    let signature = &detached.signature;
    if !matches!(
        signature.typ(),
        Some(SignatureType::Binary | SignatureType::Text)
    ) {
        return SignatureKind::Unreadable;
    }
    let named = signers.iter().filter(|it| it.is_named(signature));
    let judge = |it: &PgpSigner| match it.verify(&detached, &signed.payload) {
        _ if is_weak(signature) => SignatureKind::NotValid,
        Ok(()) if it.was_valid(signature) => SignatureKind::Verified,
        Ok(()) => SignatureKind::NotValid,
        Err(Error::Unsupported { .. }) => SignatureKind::Unreadable,
        Err(_) => SignatureKind::Bad,
    };
    let kinds = named.map(judge);
    // The kinds stand in the order of how much they say.
    let kind = kinds.min().unwrap_or(SignatureKind::UnknownKey);
    match kind {
        SignatureKind::Bad => kind,
        _ if is_of_forge(signature) => SignatureKind::Forge,
        _ => kind,
    }
}

fn is_of_forge(signature: &Signature) -> bool {
    let mut ids = signature.issuer_key_id().into_iter();
    ids.any(|id| FORGE_KEYS.iter().any(|forge| id.as_ref() == forge))
}

#[cfg(test)]
mod tests;
