//! The JOSE family: signed tokens (JWS compact form, RFC 7515 and 7519),
//! encrypted ones (JWE, RFC 7516) and private keys in JSON (JWK, RFC 7517 and
//! 7518). A signature cannot be checked without its key, but its length can.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base64;
use super::bignum;
use super::date;
use super::name_or_unknown;
use serde_json::Map;
use serde_json::Value;

/// Bytes of JSON that are parsed.
const JSON_LIMIT: usize = 64 << 10;

/// The object that base64url text holds.
pub(super) fn decode_object(text: &[u8]) -> Option<Map<String, Value>> {
    if text.len() > JSON_LIMIT {
        return None;
    }
    parse_object(&base64::decode(text)?)
}

/// The object that JSON text is; serde_json bounds the depth at 128.
pub(super) fn parse_object(json: &[u8]) -> Option<Map<String, Value>> {
    if json.len() > JSON_LIMIT {
        return None;
    }
    match serde_json::from_slice(json).ok()? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

/// A string member of an object, or "".
pub(super) fn text<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A NumericDate (RFC 7519, section 2): whole seconds, fractions dropped.
fn time(map: &Map<String, Value>, key: &str) -> Option<i64> {
    let value = map.get(key)?;
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

/// Bytes that a signature has: least and most, by algorithm (RFC 7518, RFC 8037).
fn signature_bytes(alg: &str) -> Option<(usize, usize)> {
    Some(match alg {
        "HS256" => (32, 32),
        "HS384" => (48, 48),
        "HS512" | "ES256" | "ES256K" => (64, 64),
        "ES384" => (96, 96),
        "ES512" => (132, 132),
        "EdDSA" => (64, 114),
        "Ed25519" => (64, 64),
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => (128, 2048),
        "none" => (0, 0),
        _ => return None,
    })
}

/// The token that jwt.io and half the tutorials of the world show.
fn is_tutorial(payload: &Map<String, Value>) -> bool {
    text(payload, "sub") == "1234567890" && time(payload, "iat") == Some(1_516_239_022)
}

/// Judges a signed token; other formats that hold one ask here.
pub(super) fn judge(token: &[u8]) -> Outcome {
    let mut parts = token.split(|b| *b == b'.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Outcome::Invalid;
    };
    let (Some(header), Some(signature)) = (decode_object(header), base64::decode(signature)) else {
        return Outcome::Invalid;
    };
    let alg = text(&header, "alg");
    let fits = match signature_bytes(alg) {
        Some((least, most)) => (least..=most).contains(&signature.len()),
        None => !alg.is_empty(),
    };
    // A signed payload need not be JSON, but then it is no credential that we know.
    let Some(payload) = decode_object(payload) else {
        return Outcome::Unknown;
    };
    if !fits || is_tutorial(&payload) {
        return Outcome::Invalid;
    }
    claims(
        Outcome::structure().fact("algorithm", name_or_unknown(alg)),
        &payload,
    )
}

fn claims(outcome: Outcome, payload: &Map<String, Value>) -> Outcome {
    let audience = match payload.get("aud") {
        Some(Value::Array(all)) => all.first().and_then(Value::as_str).unwrap_or_default(),
        _ => text(payload, "aud"),
    };
    let scope = match text(payload, "scope") {
        "" => text(payload, "scp"),
        scope => scope,
    };
    outcome
        .until(time(payload, "exp"))
        .fact("issuer", text(payload, "iss"))
        .fact("audience", audience)
        .fact("scope", scope)
        .fact(
            "issued",
            time(payload, "iat")
                .and_then(date::format)
                .unwrap_or_default(),
        )
}

/// JSON Web Token, signed. The argument is the algorithm (HS256 when empty).
pub(super) struct Jwt;

impl TokenFormat for Jwt {
    fn name(&self) -> &'static str {
        "jwt"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        judge(secret)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let alg = if arg.is_empty() { "HS256" } else { arg };
        let size = match signature_bytes(alg)? {
            (128, _) => 256,
            (least, _) => least,
        };
        let header = format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#);
        let issued = 1_600_000_000 + rng.below(100_000_000);
        let payload = format!(
            r#"{{"iss":"https://issuer.test","sub":"{}","iat":{issued},"exp":{}}}"#,
            rng.below(1 << 40),
            issued + 86_400
        );
        Some(
            [
                base64::encode_url(header.as_bytes()),
                base64::encode_url(payload.as_bytes()),
                base64::encode_url(&rng.bytes(size)),
            ]
            .join(".")
            .into_bytes(),
        )
    }
}

/// JSON Web Encryption, compact form: five segments.
pub(super) struct Jwe;

impl TokenFormat for Jwe {
    fn name(&self) -> &'static str {
        "jwe"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let parts: Vec<&[u8]> = secret.split(|b| *b == b'.').take(6).collect();
        let [header, key, vector, cipher, tag] = parts[..] else {
            return Outcome::Invalid;
        };
        let Some(header) = decode_object(header) else {
            return Outcome::Invalid;
        };
        let (alg, enc) = (text(&header, "alg"), text(&header, "enc"));
        let tag_fits = match enc {
            "A128CBC-HS256" | "A128GCM" | "A192GCM" | "A256GCM" => tag.len() == 22,
            "A192CBC-HS384" => tag.len() == 32,
            "A256CBC-HS512" => tag.len() == 43,
            _ => !enc.is_empty(),
        };
        let spelled = [key, vector, cipher, tag]
            .iter()
            .all(|part| base64::decode(part).is_some());
        Outcome::shaped(tag_fits && spelled && !alg.is_empty())
            .fact("algorithm", name_or_unknown(alg))
            .fact("encryption", name_or_unknown(enc))
            .fact("encrypted", "yes")
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let header = base64::encode_url(br#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
        let parts = [256, 12, 60, 16].map(|size| base64::encode_url(&rng.bytes(size)));
        Some(format!("{header}.{}", parts.join(".")).into_bytes())
    }
}

/// A private or symmetric JSON Web Key. The argument is the key type: `EC`
/// (when empty), `OKP`, `RSA` or `oct`.
pub(super) struct Jwk;

impl TokenFormat for Jwk {
    fn name(&self) -> &'static str {
        "jwk"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let Some(key) = parse_object(secret) else {
            return Outcome::Invalid;
        };
        let number = |name: &str| base64::decode(text(&key, name).as_bytes()).unwrap_or_default();
        match text(&key, "kty") {
            "RSA" => rsa(&number),
            "EC" => curve(text(&key, "crv"), &number, &["x", "y", "d"]),
            "OKP" => curve(text(&key, "crv"), &number, &["x", "d"]),
            "oct" => {
                let bits = number("k").len() * 8;
                Outcome::shaped(bits >= 64)
                    .fact("algorithm", "symmetric")
                    .fact("bits", bits.to_string())
            }
            _ => Outcome::Invalid,
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let mut part = |size| base64::encode_url(&rng.bytes(size));
        let json = match arg {
            "" | "EC" => format!(
                r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}","d":"{}"}}"#,
                part(32),
                part(32),
                part(32)
            ),
            "OKP" => format!(
                r#"{{"kty":"OKP","crv":"Ed25519","x":"{}","d":"{}"}}"#,
                part(32),
                part(32)
            ),
            "oct" => format!(r#"{{"kty":"oct","k":"{}"}}"#, part(32)),
            "RSA" => {
                let (p, q) = (rng.bytes(128), rng.bytes(128));
                let n = bignum::product(&p, &q)?;
                let [n, p, q, d] = [n, p, q, rng.bytes(256)].map(|n| base64::encode_url(&n));
                format!(r#"{{"kty":"RSA","e":"AQAB","n":"{n}","d":"{d}","p":"{p}","q":"{q}"}}"#)
            }
            _ => return None,
        };
        Some(json.into_bytes())
    }
}

fn rsa(number: &dyn Fn(&str) -> Vec<u8>) -> Outcome {
    let (n, d, p, q) = (number("n"), number("d"), number("p"), number("q"));
    let bits = bignum::bits(&n);
    if bits < 512 || d.is_empty() {
        return Outcome::Invalid;
    }
    let outcome = if p.is_empty() && q.is_empty() {
        Outcome::structure()
    } else {
        Outcome::proven(bignum::is_product(&n, &p, &q))
    };
    outcome
        .fact("algorithm", "RSA")
        .fact("bits", bits.to_string())
}

fn curve(name: &str, number: &dyn Fn(&str) -> Vec<u8>, parts: &[&str]) -> Outcome {
    let size = match name {
        "P-256" | "secp256k1" | "Ed25519" | "X25519" => 32,
        "P-384" => 48,
        "P-521" => 66,
        "Ed448" => 57,
        "X448" => 56,
        _ => return Outcome::Invalid,
    };
    Outcome::shaped(parts.iter().all(|part| number(part).len() == size)).fact("algorithm", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7515_is_read() {
        // Appendix A.1: HS256, joe, exp 1300819380.
        let token = concat!(
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
        let Outcome::Valid { expires, facts, .. } = Jwt.check(token.as_bytes()) else {
            panic!("not read");
        };
        assert_eq!(expires, Some(1_300_819_380));
        assert!(facts.contains(&("algorithm", "HS256".to_owned())));
        assert!(facts.contains(&("issuer", "joe".to_owned())));
        // One character less of the signature.
        assert_eq!(
            Jwt.check(&token.as_bytes()[..token.len() - 2]),
            Outcome::Invalid
        );
    }

    #[test]
    fn the_tutorial_token_is_none() {
        let payload = br#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#;
        let token = format!(
            "{}.{}.{}",
            base64::encode_url(br#"{"alg":"HS256","typ":"JWT"}"#),
            base64::encode_url(payload),
            base64::encode_url(&[1; 32])
        );
        assert_eq!(Jwt.check(token.as_bytes()), Outcome::Invalid);
    }

    #[test]
    fn public_keys_are_no_secret() {
        assert_eq!(
            Jwk.check(br#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#),
            Outcome::Invalid
        );
        assert_eq!(Jwk.check(b"[1]"), Outcome::Invalid);
    }
}
