//! Tokens that wrap something readable: JSON, a macaroon or a line of text in
//! base64 behind a prefix. That it decodes is the proof; what it says is facts.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base58;
use super::base62;
use super::base64;
use super::date;
use super::filler::is_filler;
use super::jwt;
use serde_json::Map;
use serde_json::Value;

/// `prefix`, base64 of a JSON object, optionally a tail.
pub(super) struct Json {
    name: &'static str,
    prefixes: &'static [&'static str],
    /// Members that must be there.
    keys: &'static [&'static str],
    /// Members that are facts: which, and what they are called.
    facts: &'static [(&'static str, &'static str)],
    /// What divides the JSON from the tail, and the tail's least length; NUL for no tail.
    tail: (u8, usize),
    /// A sample's JSON; each `*` becomes a random character.
    sample: &'static str,
}

/// 1Password service account token (developer.1password.com/docs/service-accounts).
pub(super) static ONEPASSWORD: Json = Json {
    name: "onepassword-service-account",
    prefixes: &["ops_"],
    keys: &["signInAddress", "secretKey"],
    facts: &[("signInAddress", "host")],
    tail: (0, 0),
    sample: r#"{"signInAddress":"my.1password.com","userAuth":{"method":"SRPg-4096"},"email":"sample@1passwordserviceaccounts.com","srpX":"********************************","secretKey":"A3-******-******-*****-*****-*****-*****","deviceUuid":"**************************"}"#,
};

/// Grafana Cloud access policy token.
pub(super) static GRAFANA_CLOUD: Json = Json {
    name: "grafana-cloud",
    prefixes: &["glc_"],
    keys: &["o", "n", "k", "m"],
    facts: &[("o", "organisation")],
    tail: (0, 0),
    sample: r#"{"o":"650012","n":"sample","k":"************************","m":{"r":"us"}}"#,
};

/// Grafana's API key before service accounts; begins `eyJrIjoi`.
pub(super) static GRAFANA_API_KEY: Json = Json {
    name: "grafana-api-key",
    prefixes: &[""],
    keys: &["k", "n", "id"],
    facts: &[("id", "organisation")],
    tail: (0, 0),
    sample: r#"{"k":"********************************","n":"sample","id":1}"#,
};

/// Sentry organization auth token (sentry RFC 0091).
pub(super) static SENTRY_ORG: Json = Json {
    name: "sentry-org",
    prefixes: &["sntrys_"],
    keys: &["iat", "url", "region_url", "org"],
    facts: &[("org", "organisation"), ("url", "host")],
    tail: (b'_', 43),
    sample: r#"{"iat":1700000000.5,"url":"https://sentry.io","region_url":"https://us.sentry.io","org":"sample"}"#,
};

/// Mapbox secret, public or temporary token (docs.mapbox.com/accounts/guides/tokens).
pub(super) static MAPBOX: Json = Json {
    name: "mapbox",
    prefixes: &["sk.", "pk.", "tk."],
    keys: &["u", "a"],
    facts: &[],
    tail: (b'.', 22),
    sample: r#"{"u":"sample","a":"c************************"}"#,
};

/// Docker's `auth` of a registry: base64 of `user:password`.
pub(super) struct BasicAuth;

fn value_text(map: &Map<String, Value>, key: &str) -> String {
    match map.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

impl Json {
    fn parse<'a>(&self, secret: &'a [u8]) -> Option<(&'a [u8], Map<String, Value>)> {
        let rest = self
            .prefixes
            .iter()
            .find_map(|p| secret.strip_prefix(p.as_bytes()))?;
        let (json, tail) = match self.tail {
            (0, _) => (rest, &[][..]),
            (divider, _) => {
                let at = rest.iter().rposition(|b| *b == divider)?;
                (&rest[..at], &rest[at + 1..])
            }
        };
        Some((tail, jwt::decode_object(json)?))
    }
}

impl TokenFormat for Json {
    fn name(&self) -> &'static str {
        self.name
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let Some((tail, map)) = self.parse(secret) else {
            return Outcome::Invalid;
        };
        let spelled = tail.iter().all(|b| base64::ALPHABET_URL.contains(b))
            || tail.iter().all(|b| base64::ALPHABET.contains(b));
        let whole = self.keys.iter().all(|key| map.contains_key(*key))
            && tail.len() >= self.tail.1
            && spelled
            && !is_filler(tail);
        let issued = map.get("iat").and_then(Value::as_f64);
        let issued = issued.and_then(|s| date::format(s as i64));
        let start = Outcome::shaped(whole).fact("issued", issued.unwrap_or_default());
        self.facts
            .iter()
            .fold(start, |o, (key, name)| o.fact(name, value_text(&map, key)))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let prefix = match arg {
            "" => self.prefixes.first()?,
            _ => self.prefixes.iter().find(|p| **p == arg)?,
        };
        let mut fill = |c: u8| match c {
            b'*' => *rng.pick(&base62::DIGITS[..]),
            c => c,
        };
        let json: Vec<u8> = self.sample.bytes().map(&mut fill).collect();
        let mut token = format!("{prefix}{}", base64::encode_url(&json)).into_bytes();
        if let (divider @ 1.., len) = self.tail {
            token.push(divider);
            token.extend(rng.chars(base62::DIGITS, len));
        }
        Some(token)
    }
}

/// PyPI API token: a macaroon (version 2) whose location is pypi.org.
/// Source: pypi.org/help/#apitoken and the `pypitoken` documentation.
pub(super) struct Pypi;

/// Field types of a version 2 macaroon.
const LOCATION: u8 = 1;
const IDENTIFIER: u8 = 2;
const SIGNATURE: u8 = 6;

/// The next field: type, and value with its length in one byte or two (varint).
fn field<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (kind, rest) = bytes.split_first()?;
    if *kind == 0 {
        *bytes = rest;
        return Some((0, &[]));
    }
    let (first, mut rest) = rest.split_first()?;
    let mut len = usize::from(first & 0x7f);
    if first & 0x80 != 0 {
        let (second, after) = rest.split_first()?;
        if second & 0x80 != 0 {
            return None;
        }
        len |= usize::from(*second) << 7;
        rest = after;
    }
    let (value, rest) = rest.split_at_checked(len)?;
    *bytes = rest;
    Some((*kind, value))
}

/// The location of a macaroon that ends in a signature of 32 bytes.
fn macaroon(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes.strip_prefix(&[2])?;
    let (LOCATION, location) = field(&mut rest)? else {
        return None;
    };
    let mut last = (0, location);
    while !rest.is_empty() {
        last = field(&mut rest)?;
    }
    let signed = last.0 == SIGNATURE && last.1.len() == 32;
    signed.then(|| String::from_utf8_lossy(location).into_owned())
}

impl TokenFormat for Pypi {
    fn name(&self) -> &'static str {
        "pypi"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let token = secret.strip_prefix(b"pypi-").and_then(base64::decode);
        let location = token.as_deref().and_then(macaroon).unwrap_or_default();
        Outcome::shaped(matches!(location.as_str(), "pypi.org" | "test.pypi.org"))
            .fact("host", location)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let location: &[u8] = match arg {
            "" | "pypi.org" => b"pypi.org",
            "test.pypi.org" => b"test.pypi.org",
            _ => return None,
        };
        let mut bytes = vec![2];
        let mut push = |kind: u8, value: &[u8]| {
            bytes.extend([kind, value.len() as u8]);
            bytes.extend_from_slice(value);
        };
        push(LOCATION, location);
        push(IDENTIFIER, &rng.chars(b"0123456789abcdef", 36));
        let caveat = format!("[3, \"{:016x}\"]", rng.next_u64());
        bytes.push(0);
        let mut push = |kind: u8, value: &[u8]| {
            bytes.extend([kind, value.len() as u8]);
            bytes.extend_from_slice(value);
        };
        push(IDENTIFIER, caveat.as_bytes());
        bytes.extend([0, 0]);
        bytes.extend([SIGNATURE, 32]);
        bytes.extend(rng.bytes(32));
        Some(format!("pypi-{}", base64::encode_url(&bytes)).into_bytes())
    }
}

/// JFrog Artifactory API key: base58 text (`AKCp…`) of 54 bytes.
pub(super) struct ArtifactoryKey;

impl TokenFormat for ArtifactoryKey {
    fn name(&self) -> &'static str {
        "artifactory-api-key"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let size = base58::decode(secret).map(|bytes| bytes.len());
        Outcome::shaped(secret.starts_with(b"AKCp") && size == Some(54) && !is_filler(secret))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let body = rng.chars(base58::ALPHABET, 69);
        arg.is_empty().then(|| [b"AKCp", &body[..]].concat())
    }
}

/// JFrog reference token: base64 of `reftkn:01:<expiry>:<random>`.
pub(super) struct ArtifactoryReference;

impl TokenFormat for ArtifactoryReference {
    fn name(&self) -> &'static str {
        "artifactory-reference-token"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if secret.len() != 64 {
            return Outcome::Invalid;
        }
        let bytes = base64::decode(secret).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let parts: Vec<&str> = text.split(':').take(5).collect();
        let ["reftkn", "01", expiry, random] = parts[..] else {
            return Outcome::Invalid;
        };
        let expiry = expiry.parse::<i64>().ok();
        let spelled = random.bytes().all(|b| b.is_ascii_alphanumeric());
        Outcome::shaped(expiry.is_some() && spelled && !is_filler(random.as_bytes()))
            .until(expiry.filter(|at| *at > 0))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let mut text =
            format!("reftkn:01:{}:", 1_700_000_000 + rng.below(100_000_000)).into_bytes();
        text.extend(rng.chars(base62::DIGITS, 48 - text.len()));
        Some(base64::encode(&text).into_bytes())
    }
}

/// Bitbucket Data Center HTTP access token: base64 of `<number>:<20 bytes>`.
pub(super) struct BitbucketDataCenter;

impl TokenFormat for BitbucketDataCenter {
    fn name(&self) -> &'static str {
        "bitbucket-data-center"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let body = secret.strip_prefix(b"BBDC-").unwrap_or_default();
        let bytes = base64::decode(body).unwrap_or_default();
        let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
        let whole = digits > 0 && bytes.get(digits) == Some(&b':') && bytes.len() == digits + 21;
        Outcome::shaped(whole)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let number = 100_000_000_000 + rng.below(900_000_000_000);
        let text = [format!("{number}:").as_bytes(), &rng.bytes(20)].concat();
        Some(format!("BBDC-{}", base64::encode(&text)).into_bytes())
    }
}

impl TokenFormat for BasicAuth {
    fn name(&self) -> &'static str {
        "basic-auth"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if secret.len() > 4_096 {
            return Outcome::Unknown;
        }
        let text = base64::decode(secret).and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((user, password)) = text.as_deref().and_then(|t| t.split_once(':')) else {
            return Outcome::Invalid;
        };
        let clean = !text.iter().any(|t| t.contains(char::is_control));
        let real = !password.is_empty() && !super::connection::is_placeholder(password);
        Outcome::shaped(clean && real).fact("user", super::connection::user_name(user))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let password = rng.chars(base62::DIGITS, 20);
        Some(base64::encode(&[b"deploy:", &password[..]].concat()).into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_and_expiry_are_read() {
        let token = ArtifactoryReference.make("", &mut Rng::new(2)).unwrap();
        let Outcome::Valid { expires, .. } = ArtifactoryReference.check(&token) else {
            panic!("not read");
        };
        assert!(expires.is_some());
        let token = SENTRY_ORG.make("", &mut Rng::new(2)).unwrap();
        let Outcome::Valid { facts, .. } = SENTRY_ORG.check(&token) else {
            panic!("not read");
        };
        assert!(facts.contains(&("organisation", "sample".to_owned())));
        assert!(facts.contains(&("issued", "2023-11-14".to_owned())));
    }

    #[test]
    fn the_fixed_head_of_pypi_tokens() {
        let token = Pypi.make("", &mut Rng::new(2)).unwrap();
        assert!(token.starts_with(b"pypi-AgEIcHlwaS5vcmc"));
        assert_eq!(Pypi.check(&token[..token.len() - 4]), Outcome::Invalid);
    }

    #[test]
    fn json_of_another_kind_is_refused() {
        let other = format!("ops_{}", base64::encode_url(br#"{"a":1}"#));
        assert_eq!(ONEPASSWORD.check(other.as_bytes()), Outcome::Invalid);
        assert_eq!(GRAFANA_CLOUD.check(b"glc_eyJ"), Outcome::Invalid);
    }
}
