//! Private keys in DER: PKCS #1 (RFC 8017), SEC 1 (RFC 5915), OpenSSL's DSA
//! form, and PKCS #8 plain and encrypted (RFC 5958, RFC 8018). Each function
//! returns `None` for what does not parse to the last byte.

use crate::token::Outcome;
use crate::token::bignum;
use crate::token::der;
use crate::token::der::Reader;

/// `(content octets, name, bits)`; bits 0 where the key itself tells.
type Named = (&'static [u8], &'static str, usize);

pub(super) const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
pub(super) const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
pub(super) const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
pub(super) const ED25519: &[u8] = b"\x2b\x65\x70";
pub(super) const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
pub(super) const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
pub(super) const AES256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
const RSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
const DSA: &[u8] = b"\x2a\x86\x48\xce\x38\x04\x01";

const CURVES: &[Named] = &[
    (P256, "P-256", 256),
    (b"\x2b\x81\x04\x00\x22", "P-384", 384),
    (b"\x2b\x81\x04\x00\x23", "P-521", 521),
    (b"\x2b\x81\x04\x00\x21", "P-224", 224),
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x01", "P-192", 192),
    (b"\x2b\x81\x04\x00\x0a", "secp256k1", 256),
    (
        b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07",
        "brainpoolP256r1",
        256,
    ),
    (
        b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b",
        "brainpoolP384r1",
        384,
    ),
    (
        b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d",
        "brainpoolP512r1",
        512,
    ),
    (b"\x2a\x81\x1c\xcf\x55\x01\x82\x2d", "SM2", 256),
];

/// Keys that are a string of bytes (RFC 8410).
const EDWARDS: &[Named] = &[
    (b"\x2b\x65\x6e", "X25519", 32),
    (b"\x2b\x65\x6f", "X448", 56),
    (ED25519, "Ed25519", 32),
    (b"\x2b\x65\x71", "Ed448", 57),
];

const CIPHERS: &[(&[u8], &str)] = &[
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x02", "AES-128-CBC"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x16", "AES-192-CBC"),
    (AES256, "AES-256-CBC"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x2e", "AES-256-GCM"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x03\x07", "DES-EDE3-CBC"),
    (b"\x2b\x0e\x03\x02\x07", "DES-CBC"),
];

fn named(oid: &[u8], table: &'static [Named]) -> Option<(&'static str, usize)> {
    let found = table.iter().find(|(known, _, _)| *known == oid)?;
    Some((found.1, found.2))
}

fn facts(outcome: Outcome, algorithm: &str, bits: usize) -> Outcome {
    outcome
        .fact("algorithm", algorithm)
        .fact("bits", bits.to_string())
        .fact("encrypted", "no")
}

/// PKCS #1.
pub(super) fn rsa(bytes: &[u8]) -> Option<Outcome> {
    let mut key = der::only_sequence(bytes)?;
    let version = key.small()?;
    let mut numbers = [&[][..]; 8];
    for number in &mut numbers {
        *number = key.unsigned()?;
    }
    let [n, e, d, p, q, ..] = numbers;
    // Version 1 has more than two primes, after these.
    let product = match version {
        // Some tools write keys whose primes they do not know, with zeros for them.
        0 if key.is_empty() && p.is_empty() && q.is_empty() => None,
        0 if key.is_empty() => Some(bignum::is_product(n, p, q)),
        1 => None,
        _ => return None,
    };
    if bignum::bits(n) < 256 || e.is_empty() || d.is_empty() {
        return None;
    }
    let outcome = product.map_or_else(Outcome::structure, Outcome::proven);
    Some(facts(outcome, "RSA", bignum::bits(n)))
}

/// SEC 1; the curve is named by the key itself or by what holds it.
pub(super) fn ec(bytes: &[u8], outer_curve: Option<&[u8]>) -> Option<Outcome> {
    let mut key = der::only_sequence(bytes)?;
    if key.small()? != 1 {
        return None;
    }
    let secret = key.take(der::OCTET_STRING)?;
    let own_curve = match key.take(der::CONTEXT_0) {
        Some(params) => Some(Reader::new(params).next()?),
        None => None,
    };
    if let Some(public) = key.take(der::CONTEXT_1) {
        let point = Reader::new(public).take(der::BIT_STRING)?;
        // 0 unused bits, then a compressed or an uncompressed point.
        if !matches!(point, [0, 2..=4, ..]) {
            return None;
        }
    }
    let curve = match own_curve {
        Some((der::OID, oid)) => Some(oid),
        Some(_) => None,
        None => outer_curve,
    };
    let (name, bits) = curve
        .and_then(|oid| named(oid, CURVES))
        .unwrap_or(("EC", secret.len() * 8));
    let fits = secret.len() == bits.div_ceil(8) && bignum::bits(secret) > 0;
    (key.is_empty() && fits).then(|| facts(Outcome::structure(), name, bits))
}

/// OpenSSL's own form of DSA keys.
pub(super) fn dsa(bytes: &[u8]) -> Option<Outcome> {
    let mut key = der::only_sequence(bytes)?;
    if key.small()? != 0 {
        return None;
    }
    let p = key.unsigned()?;
    for _ in 0..4 {
        if key.unsigned()?.is_empty() {
            return None;
        }
    }
    let right = key.is_empty() && bignum::bits(p) >= 512;
    right.then(|| facts(Outcome::structure(), "DSA", bignum::bits(p)))
}

/// PKCS #8, not encrypted.
pub(super) fn pkcs8(bytes: &[u8]) -> Option<Outcome> {
    let mut key = der::only_sequence(bytes)?;
    if key.small()? > 1 {
        return None;
    }
    let mut algorithm = key.sequence()?;
    let oid = algorithm.take(der::OID)?;
    let inner = key.take(der::OCTET_STRING)?;
    // Attributes and the public key may follow, nothing else.
    while !key.is_empty() {
        match key.next()? {
            (0xa0 | 0xa1 | 0x81, _) => {}
            _ => return None,
        }
    }
    if let Some((name, size)) = named(oid, EDWARDS) {
        let secret = Reader::new(inner).take(der::OCTET_STRING)?;
        let bits = size * 8;
        return (secret.len() == size).then(|| facts(Outcome::structure(), name, bits));
    }
    match oid {
        RSA | RSA_PSS => rsa(inner),
        EC => ec(inner, algorithm.take(der::OID)),
        DSA => {
            let bits = bignum::bits(algorithm.sequence()?.unsigned()?);
            Reader::new(inner).unsigned()?;
            Some(facts(Outcome::structure(), "DSA", bits))
        }
        // An algorithm that we do not know, in a container that parsed.
        _ => Some(Outcome::structure().fact("encrypted", "no")),
    }
}

/// PKCS #8, encrypted.
pub(super) fn encrypted(bytes: &[u8]) -> Option<Outcome> {
    let mut key = der::only_sequence(bytes)?;
    let mut algorithm = key.sequence()?;
    let scheme = algorithm.take(der::OID)?;
    let cipher_text = key.take(der::OCTET_STRING)?;
    if !key.is_empty() || cipher_text.len() < 32 {
        return None;
    }
    let cipher = if scheme == PBES2 {
        let mut params = algorithm.sequence()?;
        params.sequence()?;
        let oid = params.sequence()?.take(der::OID)?;
        let known = CIPHERS.iter().find(|(cipher, _)| *cipher == oid);
        known.map_or("unknown", |(_, name)| name)
    } else {
        "legacy PBE"
    };
    Some(
        Outcome::structure()
            .fact("encrypted", "yes")
            .fact("cipher", cipher),
    )
}
