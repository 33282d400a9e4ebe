//! Tests of OpenPGP signatures, with keys made from seeds.

use super::*;
use pgp::composed::ArmorOptions;
use pgp::composed::KeyType;
use pgp::composed::SecretKeyParamsBuilder;
use pgp::composed::SignedSecretKey;
use pgp::composed::SubkeyParamsBuilder;
use pgp::packet::SignatureConfig;
use pgp::packet::Subpacket;
use pgp::packet::SubpacketData;
use pgp::ser::Serialize;
use pgp::types::Duration;
use pgp::types::Password;
use pgp::types::SigningKey;
use pgp::types::Timestamp;
use ssh_key::rand_core::CryptoRng;
use ssh_key::rand_core::Error as RandomError;
use ssh_key::rand_core::RngCore;

/// 1 January 2026, when all keys here were made.
const MADE: u32 = 1_767_225_600;
/// Seconds.
const DAY: u32 = 86_400;
/// Some time in the year 2096.
const LATE: u32 = 4_000_000_000;

/// Bytes that look random and are the same each time.
struct Seeded(u64);

impl RngCore for Seeded {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Seeded {}

/// A certificate whose primary key certifies, with a subkey that signs where `sub` says so.
fn certificate(seed: u64, sub: bool) -> SignedSecretKey {
    let mut params = SecretKeyParamsBuilder::default();
    params
        .key_type(KeyType::Ed25519Legacy)
        .can_certify(true)
        .can_sign(!sub)
        .created_at(Timestamp::from_secs(MADE))
        .primary_user_id("Jane <jane@example.org>".to_owned());
    if sub {
        let subkey = SubkeyParamsBuilder::default()
            .key_type(KeyType::Ed25519Legacy)
            .can_sign(true)
            .created_at(Timestamp::from_secs(MADE))
            .build();
        params.subkey(subkey.unwrap());
    }
    params.build().unwrap().generate(Seeded(seed)).unwrap()
}

fn read_one(key: &SignedSecretKey) -> Vec<PgpSigner> {
    read(&key.to_public_key().to_bytes().unwrap()).unwrap()
}

/// A configuration of a signature of this kind, made at this time.
fn config(kind: SignatureType, key: &impl SigningKey, time: u32) -> SignatureConfig {
    let mut config = SignatureConfig::v4(kind, key.algorithm(), HashAlgorithm::Sha256);
    config.hashed_subpackets = [
        SubpacketData::SignatureCreationTime(Timestamp::from_secs(time)),
        SubpacketData::IssuerFingerprint(key.fingerprint()),
    ]
    .map(|data| Subpacket::regular(data).unwrap())
    .to_vec();
    config
}

fn sign(key: &impl SigningKey, payload: &[u8], time: u32) -> Signed {
    let config = config(SignatureType::Binary, key, time);
    let signature = config.sign(key, &Password::empty(), payload).unwrap();
    let armor = DetachedSignature::new(signature).to_armored_bytes(ArmorOptions::default());
    Signed {
        payload: payload.to_vec(),
        armor: armor.unwrap(),
    }
}

fn by(key: &impl SigningKey) -> Signed {
    sign(key, b"tree", MADE + 10 * DAY)
}

#[test]
fn a_signature_holds_over_its_bytes_by_its_key_only() {
    let (key, other) = (certificate(1, false), certificate(2, false));
    let signers = read_one(&key);
    let good = by(&key.primary_key);
    assert_eq!(check(&signers, &good), SignatureKind::Verified);
    assert_eq!(
        check(&signers, &by(&other.primary_key)),
        SignatureKind::UnknownKey
    );
    let mut moved = good.clone();
    moved.payload.push(b'x');
    assert_eq!(check(&signers, &moved), SignatureKind::Bad);
    let cut = Signed {
        armor: good.armor[..60].to_vec(),
        ..good
    };
    assert_eq!(check(&signers, &cut), SignatureKind::Unreadable);
}

#[test]
fn a_subkey_signs_when_it_was_bound_for_that() {
    let key = certificate(3, true);
    let signers = read_one(&key);
    let subkey = &key.secret_subkeys[0].key;
    assert_eq!(check(&signers, &by(subkey)), SignatureKind::Verified);
    assert_eq!(
        check(&signers, &by(&key.primary_key)),
        SignatureKind::NotValid
    );
    // Bound by nobody, it is no key of this certificate.
    let mut stolen = certificate(4, false).to_public_key();
    stolen.public_subkeys = key.to_public_key().public_subkeys;
    let stolen = read(&stolen.to_bytes().unwrap()).unwrap();
    assert_eq!(check(&stolen, &by(subkey)), SignatureKind::UnknownKey);
}

#[test]
fn keys_that_ended_or_were_revoked_do_not_count() {
    use SignatureKind::NotValid;
    use SignatureKind::Verified;
    let key = certificate(5, false);
    let (secret, mut public) = (&key.primary_key, key.to_public_key());
    let early = sign(secret, b"tree", MADE - DAY);
    let signers = read_one(&key);
    assert_eq!(check(&signers, &early), NotValid);
    // The newest statement about a key counts, and making one states things on the day of the test.
    let mut ending = config(SignatureType::Key, secret, LATE);
    let ends = SubpacketData::KeyExpirationTime(Duration::from_secs(5 * DAY));
    ending
        .hashed_subpackets
        .push(Subpacket::regular(ends).unwrap());
    let ending = ending.sign_key(secret, &Password::empty(), &public.primary_key);
    public.details.direct_signatures.push(ending.unwrap());
    let signers = read(&public.to_bytes().unwrap()).unwrap();
    let inside = sign(secret, b"tree", MADE + 2 * DAY);
    assert_eq!(check(&signers, &inside), Verified);
    assert_eq!(check(&signers, &by(secret)), NotValid);
    let revoked = config(SignatureType::KeyRevocation, secret, MADE + 3 * DAY);
    let revoked = revoked.sign_key(secret, &Password::empty(), &public.primary_key);
    public.details.revocation_signatures.push(revoked.unwrap());
    let signers = read(&public.to_bytes().unwrap()).unwrap();
    assert_eq!(check(&signers, &inside), NotValid);
}

#[test]
fn files_of_keys_are_armored_or_not_and_hold_several() {
    let (one, two) = (certificate(6, false), certificate(7, true));
    let armored = |key: &SignedSecretKey| {
        let public = key.to_public_key();
        public.to_armored_string(ArmorOptions::default()).unwrap()
    };
    let both = format!("Keys of the team\n\n{}\n{}", armored(&one), armored(&two));
    assert!(is_pgp(both.as_bytes()));
    assert_eq!(read(both.as_bytes()).unwrap().len(), 3);
    let bytes = one.to_public_key().to_bytes().unwrap();
    assert!(is_pgp(&bytes));
    assert_eq!(read(&bytes).unwrap().len(), 1);
    assert_eq!(
        read(&bytes[..bytes.len() / 2]).err(),
        Some(SignersError::OpenPgp)
    );
}
