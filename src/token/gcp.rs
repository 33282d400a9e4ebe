//! Google Cloud's service account keys: a JSON file with a private key inside,
//! which is parsed like any other.
//!
//! Source: cloud.google.com/iam/docs/keys-create-delete.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::jwt;
use super::pem;

/// One level of JSON's string escapes undone.
fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let quoted = [b"\"", text, b"\""].concat();
    let text: String = serde_json::from_slice(&quoted).ok()?;
    Some(text.into_bytes())
}

/// The JSON of a service account key.
pub(super) struct ServiceAccount;

impl TokenFormat for ServiceAccount {
    fn name(&self) -> &'static str {
        "gcp-service-account"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        // The file is often pasted into a string literal or a variable.
        let parsed = jwt::parse_object(secret).or_else(|| jwt::parse_object(&unquoted(secret)?));
        let Some(map) = parsed else {
            let keyed = memchr::memmem::find(secret, b"BEGIN PRIVATE KEY").is_some();
            return if keyed {
                Outcome::Unknown
            } else {
                Outcome::Invalid
            };
        };
        if jwt::text(&map, "type") != "service_account" {
            return Outcome::Invalid;
        }
        pem::judge(jwt::text(&map, "private_key").as_bytes())
            .fact("project", jwt::text(&map, "project_id"))
            .fact("account", jwt::text(&map, "client_email"))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let id = rng.chars(b"0123456789abcdef", 40);
        let id = String::from_utf8_lossy(&id);
        let key = pem::PrivateKey.make("escaped", rng)?;
        let key = String::from_utf8_lossy(&key);
        Some(
            format!(
                "{{\n  \"type\": \"service_account\",\n  \"project_id\": \"sample-project\",\n  \
                 \"private_key_id\": \"{id}\",\n  \"private_key\": \"{key}\\n\",\n  \
                 \"client_email\": \"sample@sample-project.iam.gserviceaccount.com\",\n  \
                 \"token_uri\": \"https://oauth2.googleapis.com/token\"\n}}"
            )
            .into_bytes(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Grade;

    #[test]
    fn the_key_inside_decides() {
        let json = ServiceAccount.make("", &mut Rng::new(1)).unwrap();
        assert_eq!(ServiceAccount.check(&json).grade(), Some(Grade::Checksum));
        let text = String::from_utf8(json).unwrap();
        let literal = text
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        assert_eq!(
            ServiceAccount.check(literal.as_bytes()).grade(),
            Some(Grade::Checksum)
        );
        let template = br#"{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n"}"#;
        assert_eq!(ServiceAccount.check(template), Outcome::Invalid);
    }
}
