//! Azure's shared access signatures: a query string that says what may be done
//! and until when, and its HMAC. The expiry makes most old ones harmless.
//!
//! Source: learn.microsoft.com, "Create a service SAS" and "Service Bus access
//! control with shared access signatures".

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base64;
use super::date;

/// `%XX` undone; other bytes as they are.
fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((first, rest)) = bytes.split_first() {
        let coded = (*first == b'%').then(|| rest.get(..2)).flatten();
        let value = coded
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match value {
            Some(byte) => {
                out.push(byte);
                bytes = &rest[2..];
            }
            None => {
                out.push(*first);
                bytes = rest;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A shared access signature, alone, in its URL, or after `SharedAccessSignature`.
/// The argument is `storage` (when empty) or `messaging`.
pub(super) struct Sas;

impl TokenFormat for Sas {
    fn name(&self) -> &'static str {
        "azure-sas"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if secret.len() > 4_096 {
            return Outcome::Unknown;
        }
        let text = String::from_utf8_lossy(secret).replace("&amp;", "&");
        let query = text.rsplit([' ', '?']).next().unwrap_or_default();
        let pairs: Vec<(&str, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key, unescape(value)))
            .collect();
        let value = |name: &str| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let size = base64::decode(value("sig").as_bytes()).map(|bytes| bytes.len());
        let expires = value("se")
            .parse()
            .ok()
            .or_else(|| date::parse(value("se")));
        let scoped = !value("sv").is_empty() || !value("sr").is_empty();
        let host = text
            .split_once("://")
            .map(|(_, rest)| rest.split('/').next());
        Outcome::shaped(size == Some(32) && scoped)
            .until(expires)
            .fact("host", host.flatten().unwrap_or_default())
            .fact("permissions", value("sp"))
            .fact("policy", value("skn"))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let sum = base64::encode(&rng.bytes(32))
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        let text = match arg {
            "" | "storage" => format!(
                "sv=2022-11-02&ss=b&srt=sco&sp=rwdl&se=2030-01-31T00:00:00Z&st=2024-01-31T00:00:00Z&spr=https&sig={sum}"
            ),
            "messaging" => format!(
                "SharedAccessSignature sr=sb%3A%2F%2Fsample.servicebus.windows.net&sig={sum}&se=1893456000&skn=Root"
            ),
            _ => return None,
        };
        Some(text.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_and_permissions_are_read() {
        for (arg, at) in [("storage", 1_896_048_000), ("messaging", 1_893_456_000)] {
            let token = Sas.make(arg, &mut Rng::new(1)).unwrap();
            let Outcome::Valid { expires, .. } = Sas.check(&token) else {
                panic!("not read");
            };
            assert_eq!(expires, Some(at), "{arg}");
        }
        assert_eq!(Sas.check(b"sv=2022-11-02&sig=abc"), Outcome::Invalid);
        assert_eq!(Sas.check(b"sv=%&sig=%4"), Outcome::Invalid);
    }
}
