//! The offline proof that a credential is real: each format of credential that
//! carries a checksum, an expiry or a parseable structure is a [`TokenFormat`]
//! that says so without asking anybody. Finding candidates is left to `rules`
//! and `detect`; deciding what an outcome is worth, to `detect` and `findings`.
//! Everything here is a pure function of its bytes, in time linear in them (a
//! few big-number steps of bounded size aside), and never panics.

mod aws;
mod azure;
mod base32;
mod base58;
mod base62;
mod base64;
mod bech32;
mod bignum;
mod catalogue;
mod chat;
mod coins;
mod connection;
mod crc;
mod date;
mod der;
mod filler;
mod gcp;
mod github;
mod gitlab;
mod hashes;
mod jwt;
mod marvin;
mod pem;
mod pgp;
mod ppk;
mod rng;
mod sas;
mod shapes;
mod suffixed;
mod wrapped;

pub mod luhn;

pub use rng::Rng;

/// How strong a proof is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Every part that the format asks for is there, in its place, length and
    /// alphabet, and where the format nests another (base64, JSON, DER) that
    /// parses too; obvious fillers (`xxxx`, `EXAMPLE`, `1234567890`) are refused.
    Structure,
    /// An arithmetic redundancy holds that a made-up value would fail: a CRC, a
    /// hash, or for RSA keys that the modulus is the product of its primes.
    Checksum,
}

/// What an offline check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It cannot be a credential of this format.
    Invalid,
    /// The check does not know: another form of the credential, or a part is missing.
    Unknown,
    /// It is well formed.
    Valid {
        /// How much that proves.
        grade: Grade,
        /// When it stops working, in seconds since 1970-01-01T00:00:00Z.
        expires: Option<i64>,
        /// What the credential says of itself, never secret: account id,
        /// algorithm, key size, encrypted or not, issuer, scopes, creation time.
        /// Values are plain text of at most [`FACT_LIMIT`] bytes without control characters.
        facts: Vec<(&'static str, String)>,
    },
}

/// Bytes that the value of a fact may have.
pub const FACT_LIMIT: usize = 160;

impl Outcome {
    fn structure() -> Self {
        Outcome::Valid {
            grade: Grade::Structure,
            expires: None,
            facts: Vec::new(),
        }
    }

    fn checksum() -> Self {
        Outcome::Valid {
            grade: Grade::Checksum,
            expires: None,
            facts: Vec::new(),
        }
    }

    /// A checksum by a published rule: right or wrong leaves no third.
    fn proven(right: bool) -> Self {
        if right {
            Outcome::checksum()
        } else {
            Outcome::Invalid
        }
    }

    /// A checksum whose rule was observed but never published: a right one
    /// proves, a wrong one does not refute.
    fn observed(right: bool) -> Self {
        if right {
            Outcome::checksum()
        } else {
            Outcome::Unknown
        }
    }

    /// A structure that was compared.
    fn shaped(right: bool) -> Self {
        if right {
            Outcome::structure()
        } else {
            Outcome::Invalid
        }
    }

    /// Adds a fact to a valid outcome; empty values are left out.
    fn fact(mut self, key: &'static str, value: impl AsRef<str>) -> Self {
        if let Outcome::Valid { facts, .. } = &mut self {
            let text = plain(value.as_ref());
            if !text.is_empty() {
                facts.push((key, text));
            }
        }
        self
    }

    /// Sets the expiry of a valid outcome.
    fn until(mut self, at: Option<i64>) -> Self {
        if let Outcome::Valid { expires, .. } = &mut self {
            *expires = at;
        }
        self
    }

    /// True for [`Outcome::Valid`] of any grade.
    pub fn is_valid(&self) -> bool {
        matches!(self, Outcome::Valid { .. })
    }

    /// The grade of a valid outcome.
    pub fn grade(&self) -> Option<Grade> {
        match self {
            Outcome::Valid { grade, .. } => Some(*grade),
            _ => None,
        }
    }
}

/// A name of foreign origin (of a cipher, an algorithm), or `unknown` when it
/// is longer or stranger than names are.
fn name_or_unknown(text: &str) -> &str {
    let spelled =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@' | b'+');
    if text.len() <= 40 && text.bytes().all(spelled) {
        text
    } else {
        "unknown"
    }
}

/// Text fit for a fact: no control characters, cut at [`FACT_LIMIT`] bytes.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if out.len() + c.len_utf8() > FACT_LIMIT {
            break;
        }
        out.push(c);
    }
    out
}

/// One format of credential.
pub trait TokenFormat: Sync {
    /// Its stable name, kebab case: what a rule writes after `validate:`.
    fn name(&self) -> &'static str;

    /// Judges the bytes of a candidate, exactly as the rule's `secret` group took them.
    ///
    /// [`Outcome::Invalid`] is said only of what cannot be a credential of this
    /// format; lengths and forms that the format does not know are
    /// [`Outcome::Unknown`], and so is what is longer than the format's own limit.
    fn check(&self, secret: &[u8]) -> Outcome;

    /// Makes a well-formed random sample, or `None` when `arg` is not one the
    /// format knows. An empty `arg` always is. Samples open nothing anywhere.
    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>>;
}

/// Every format, by how much its check can prove; names are unique.
pub static FORMATS: &[&dyn TokenFormat] = &[
    // Checksums.
    &github::CLASSIC,
    &github::FineGrained,
    &github::NPM,
    &github::VERCEL,
    &gitlab::GitlabToken,
    &suffixed::ATLASSIAN,
    &suffixed::BITBUCKET_ACCESS,
    &suffixed::BITBUCKET_APP,
    &suffixed::Confluent,
    &suffixed::GRAFANA_SERVICE_ACCOUNT,
    &suffixed::ZUPLO,
    &azure::AccountKey,
    &azure::ClientSecret,
    &azure::DevOpsToken,
    &coins::AGE,
    &coins::ExtendedKey,
    &coins::NOSTR,
    &coins::Stellar,
    &coins::Wif,
    // Keys and signed things.
    &pem::PrivateKey,
    &pem::EncodedPrivateKey,
    &pgp::PgpKey,
    &ppk::Ppk,
    &gcp::ServiceAccount,
    &jwt::Jwt,
    &jwt::Jwe,
    &jwt::Jwk,
    // Something readable inside.
    &aws::AccessKeyId,
    &chat::Discord,
    &chat::Telegram,
    &sas::Sas,
    &wrapped::ArtifactoryKey,
    &wrapped::ArtifactoryReference,
    &wrapped::BasicAuth,
    &wrapped::BitbucketDataCenter,
    &wrapped::GRAFANA_API_KEY,
    &wrapped::GRAFANA_CLOUD,
    &wrapped::MAPBOX,
    &wrapped::ONEPASSWORD,
    &wrapped::Pypi,
    &wrapped::SENTRY_ORG,
    // Strings of several parts.
    &connection::AzureConnection,
    &connection::ConnectionString,
    &connection::ConnectionUrl,
    &hashes::PasswordHash,
    // Shapes.
    &aws::SecretKey,
    &coins::HexKey,
    &shapes::OpenAi,
    &catalogue::ANTHROPIC,
    &catalogue::CLOUDFLARE,
    &catalogue::CRATES_IO,
    &catalogue::DATABRICKS,
    &catalogue::DIGITALOCEAN,
    &catalogue::DOCKER_HUB,
    &catalogue::DOPPLER,
    &catalogue::FASTLY,
    &catalogue::FLUTTERWAVE,
    &catalogue::GOOGLE_API_KEY,
    &catalogue::GOOGLE_OAUTH_SECRET,
    &catalogue::HUGGINGFACE,
    &catalogue::LINEAR,
    &catalogue::MAILCHIMP,
    &catalogue::NEWRELIC,
    &catalogue::PLAID,
    &catalogue::PLANETSCALE_TOKEN,
    &catalogue::POSTMAN,
    &catalogue::PULUMI,
    &catalogue::RUBYGEMS,
    &catalogue::SENDGRID,
    &catalogue::SENTRY_USER,
    &catalogue::SHOPIFY,
    &catalogue::SLACK_TOKEN,
    &catalogue::SLACK_WEBHOOK,
    &catalogue::SOURCEGRAPH,
    &catalogue::SQUARE,
    &catalogue::STRIPE,
    &catalogue::TAILSCALE,
    &catalogue::TERRAFORM_CLOUD,
    &catalogue::TWILIO,
    &catalogue::VAULT,
];

/// The format of that name.
pub fn find(name: &str) -> Option<&'static dyn TokenFormat> {
    FORMATS.iter().copied().find(|f| f.name() == name)
}

/// A well-formed sample of the named format, the same for the same `seed`.
pub fn make(name: &str, arg: &str, seed: u64) -> Option<Vec<u8>> {
    find(name)?.make(arg, &mut Rng::new(seed))
}

#[cfg(test)]
mod tests;
