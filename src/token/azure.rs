//! Keys of Azure: those that carry Microsoft's signature and Marvin checksum
//! ("identifiable" and "common annotated" keys), the older ones that are 64
//! random bytes, Azure DevOps tokens with their CRC-32, and Entra client secrets.
//!
//! Source: github.com/microsoft/security-utilities (the provider's own
//! description of its keys, with signatures and seeds), read November 2026.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base32;
use super::base62;
use super::base64;
use super::crc::crc32;
use super::filler::is_filler;
use super::marvin;

/// A service's signature, and the names whose checksums its keys carry.
struct Service {
    signature: &'static str,
    name: &'static str,
    seeds: &'static [&'static [u8; 8]],
}

const fn service(
    signature: &'static str,
    name: &'static str,
    seeds: &'static [&'static [u8; 8]],
) -> Service {
    Service {
        signature,
        name,
        seeds,
    }
}

const MESSAGING: &[&[u8; 8]] = &[
    b"Send0000",
    b"Manage00",
    b"Listen00",
    b"System00",
    b"Unknown0",
];
const COSMOS: &[&[u8; 8]] = &[
    b"MastRW00",
    b"MastRO00",
    b"SystRW00",
    b"SystRO00",
    b"SysAll00",
    b"Resour00",
    b"Encryp00",
];

const SERVICES: &[Service] = &[
    service("+ASt", "Storage", &[b"Default0"]),
    service("ACDb", "Cosmos DB", COSMOS),
    service("+ABa", "Batch", &[b"AbAcct00"]),
    service("+AMC", "Machine Learning (classic)", &[b"Classic0"]),
    service(
        "APIM",
        "API Management",
        &[b"Tenant00", b"IoTHub00", b"Gatewy00", b"GitKey00"],
    ),
    service(
        "AzFu",
        "Functions",
        &[b"Master00", b"System00", b"Functi00"],
    ),
    service("AzSe", "AI Search", &[b"Query000", b"PAdmin00"]),
    service("AzCa", "Cache for Redis", &[b"Access00"]),
    service("+ACR", "Container Registry", &[b"ACRDflt0"]),
    service("AIoT", "IoT", &[b"IoTHub00", b"DpsKey00", b"Device00"]),
    service("+ASb", "Service Bus", MESSAGING),
    service("+AEh", "Event Hubs", MESSAGING),
    service("+ARm", "Relay", MESSAGING),
];

/// Keys of the emulators that Microsoft's documentation prints for everybody.
const EMULATORS: [&str; 2] = [
    concat!(
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsu",
        "Fq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    ),
    concat!(
        "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nD",
        "uVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
    ),
];

/// Characters of the checksum of an identifiable key.
const SUM: usize = 6;

/// Judges a base64 key by the signature before its last six characters.
fn identifiable(key: &[u8]) -> Option<Outcome> {
    let bare = key
        .strip_suffix(b"==")
        .or(key.strip_suffix(b"="))
        .unwrap_or(key);
    let at = bare.len().checked_sub(SUM + 4)?;
    let signature = &bare[at..at + 4];
    let service = SERVICES
        .iter()
        .find(|s| s.signature.as_bytes() == signature)?;
    let bytes = base64::decode(key)?;
    let (body, sum) = bytes.split_at(bytes.len().checked_sub(4)?);
    let right = service
        .seeds
        .iter()
        .any(|name| marvin::sum(body, marvin::seed(name)) == sum);
    // There may be seeds that were not published: a wrong sum does not refute.
    Some(Outcome::observed(right).fact("service", service.name))
}

/// The 64 or 32 byte key of a storage account or another service, in base64.
/// The argument is a signature such as `+ASt` (when empty), or `legacy`.
pub(super) struct AccountKey;

impl TokenFormat for AccountKey {
    fn name(&self) -> &'static str {
        "azure-storage-key"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if EMULATORS.iter().any(|known| known.as_bytes() == secret) {
            return Outcome::Invalid;
        }
        if let Some(outcome) = common_annotated(secret) {
            return outcome;
        }
        let size = base64::decode(secret).map_or(0, |bytes| bytes.len());
        if size < 16 || is_filler(secret) {
            return Outcome::Invalid;
        }
        identifiable(secret).unwrap_or_else(|| match size {
            32 | 64 => Outcome::structure(),
            _ => Outcome::Unknown,
        })
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let service = match arg {
            "legacy" => return Some(base64::encode(&rng.bytes(64)).into_bytes()),
            "" => SERVICES.first()?,
            _ => SERVICES.iter().find(|s| s.signature == arg)?,
        };
        let head = rng.chars(base62::DIGITS, 76);
        let mut text = [&head, service.signature.as_bytes(), b"AAAAAA=="].concat();
        let bytes = base64::decode(&text)?;
        let body = &bytes[..bytes.len() - 4];
        let sum = marvin::sum(body, marvin::seed(service.seeds.first()?));
        text = base64::encode(&[body, &sum].concat()).into_bytes();
        Some(text)
    }
}

/// Where the parts of a common annotated key stand.
const CASK_MARK: std::ops::Range<usize> = 52..56;
const CASK_DATE: usize = 58;
const CASK_PROVIDER: std::ops::Range<usize> = 76..80;

fn cask_sum(body: &[u8]) -> Option<([u8; 4], Vec<u8>)> {
    let sum = marvin::sum(&base64::decode(body)?, marvin::seed(b"Default0"));
    let mut text = base62::encode(u32::from_be_bytes(sum).into(), base62::DIGITS, 1);
    // Short numbers are filled on the right.
    text.resize(SUM, b'0');
    Some((sum, text))
}

/// Year and month of issue: base62 years since 2024 in base64's order, months from `A`.
fn cask_date(key: &[u8]) -> Option<String> {
    let year = base64::ALPHABET.iter().position(|c| *c == key[CASK_DATE])?;
    let month = key[CASK_DATE + 1].checked_sub(b'A')?;
    (month < 12).then(|| format!("{}-{:02}", 2024 + year, month + 1))
}

/// Common annotated keys (`JQQJ99` in the middle), of 84 or 88 characters.
fn common_annotated(key: &[u8]) -> Option<Outcome> {
    if !matches!(key.len(), 84 | 88) || &key[CASK_MARK] != b"JQQJ" {
        return None;
    }
    let bare = key.strip_suffix(b"==").unwrap_or(key);
    if !bare.iter().all(u8::is_ascii_alphanumeric) {
        return Some(Outcome::Invalid);
    }
    let (body, written) = key.split_at(CASK_PROVIDER.end);
    let (sum, text) = cask_sum(body)?;
    let read = base64::decode(written)?;
    let coded = base64::decode(&text)?;
    let right = sum.starts_with(&read) || coded.starts_with(&read);
    let provider = String::from_utf8_lossy(&key[CASK_PROVIDER]).into_owned();
    Some(
        Outcome::proven(right)
            .fact("service", provider)
            .fact("issued", cask_date(key).unwrap_or_default()),
    )
}

/// Azure DevOps personal access token. The argument is `cask` (when empty) for
/// the 84 character form, or `base32` for the 52 character one.
pub(super) struct DevOpsToken;

/// The 32 bytes of an old token, taken apart: 28 random ones, and the CRC-32
/// that is hidden among them at 2, 7, 8 and 22.
fn devops_parts(bytes: &[u8]) -> Option<(Vec<u8>, u32)> {
    let b: &[u8; 32] = bytes.try_into().ok()?;
    let random = [&b[..2], &b[3..7], &b[9..22], &b[23..]].concat();
    Some((random, u32::from_be_bytes([b[2], b[7], b[8], b[22]])))
}

/// What the CRC-32 is combined with: personal tokens and application secrets.
const DEVOPS_MAGIC: [u32; 2] = [0xe0b9_692d, 0x1019_f92e];

impl TokenFormat for DevOpsToken {
    fn name(&self) -> &'static str {
        "azure-devops-pat"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        match secret.len() {
            84 => common_annotated(secret).unwrap_or(Outcome::Invalid),
            52 => {
                let parts = base32::decode(secret).and_then(|bytes| devops_parts(&bytes));
                let right = parts.is_some_and(|(random, sum)| {
                    let crc = crc32(&random);
                    DEVOPS_MAGIC.iter().any(|magic| crc ^ magic == sum)
                });
                Outcome::proven(right)
            }
            _ => Outcome::Unknown,
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        match arg {
            "" | "cask" => {
                let mut key = rng.chars(base62::DIGITS, 52);
                key.extend(b"JQQJ99BCACAAAAAAAAAAAAASAZDO");
                let (_, text) = cask_sum(&key)?;
                key.extend(&text[..4]);
                Some(key)
            }
            "base32" => {
                let mut bytes = rng.bytes(32);
                let (random, _) = devops_parts(&bytes)?;
                let sum = (crc32(&random) ^ DEVOPS_MAGIC[0]).to_be_bytes();
                for (at, byte) in [2, 7, 8, 22].into_iter().zip(sum) {
                    bytes[at] = byte;
                }
                Some(base32::encode(&bytes, base32::ALPHABET_LOWER))
            }
            _ => None,
        }
    }
}

/// Entra ID (Azure AD) client secret: `…8Q~…`, its last three characters a checksum. A wrong one does not
/// refute: Microsoft describes how secrets are made now, not that all which still work were made so.
pub(super) struct ClientSecret;

const SECRET_ALPHABET: &[u8; 66] =
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

fn secret_sum(body: &[u8]) -> Vec<u8> {
    let sum = u32::from_le_bytes(marvin::sum(body, marvin::seed(b"AadPwd00")));
    let mut text = base62::encode(sum.into(), SECRET_ALPHABET, SUM);
    text.truncate(3);
    text
}

impl TokenFormat for ClientSecret {
    fn name(&self) -> &'static str {
        "azure-client-secret"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let spelled = secret.iter().all(|b| SECRET_ALPHABET.contains(b));
        let mark = secret.get(3..6).unwrap_or_default();
        if !spelled || !mark.ends_with(b"Q~") || !mark[0].is_ascii_digit() {
            return Outcome::Invalid;
        }
        match (mark, secret.len()) {
            _ if is_filler(secret) => Outcome::Invalid,
            (b"8Q~", 40) => {
                let (body, sum) = secret.split_at(37);
                Outcome::observed(sum == secret_sum(body))
            }
            (b"7Q~", 37) => Outcome::shaped(!is_filler(secret)),
            _ => Outcome::Unknown,
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let mut secret = rng.chars(base62::DIGITS, 3);
        secret.extend(b"8Q~");
        secret.extend(rng.chars(SECRET_ALPHABET, 31));
        secret.extend(secret_sum(&secret));
        Some(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Grade;

    #[test]
    fn every_service_and_both_tokens_are_proven() {
        for service in SERVICES {
            let key = AccountKey
                .make(service.signature, &mut Rng::new(4))
                .unwrap();
            assert_eq!(
                AccountKey.check(&key).grade(),
                Some(Grade::Checksum),
                "{}",
                service.name
            );
        }
        for arg in ["cask", "base32"] {
            for seed in 0..50 {
                let token = DevOpsToken.make(arg, &mut Rng::new(seed)).unwrap();
                assert_eq!(
                    DevOpsToken.check(&token).grade(),
                    Some(Grade::Checksum),
                    "{arg}"
                );
            }
        }
        let legacy = AccountKey.make("legacy", &mut Rng::new(4)).unwrap();
        assert_eq!(AccountKey.check(&legacy).grade(), Some(Grade::Structure));
    }

    #[test]
    fn emulator_keys_are_no_secret() {
        for key in EMULATORS {
            assert_eq!(AccountKey.check(key.as_bytes()), Outcome::Invalid);
            assert_eq!(base64::decode(key.as_bytes()).unwrap().len(), 64);
        }
    }

    #[test]
    fn wrong_sums_are_not_valid() {
        let key = AccountKey.make("", &mut Rng::new(4)).unwrap();
        let altered = [b"A", &key[1..]].concat();
        assert!(altered == key || !AccountKey.check(&altered).is_valid());
        let token = DevOpsToken.make("base32", &mut Rng::new(4)).unwrap();
        let altered = [&token[..51], if token[51] == b'a' { b"q" } else { b"a" }].concat();
        assert_eq!(DevOpsToken.check(&altered), Outcome::Invalid);
    }

    #[test]
    fn issue_dates_are_read() {
        let token = DevOpsToken.make("", &mut Rng::new(1)).unwrap();
        let Outcome::Valid { facts, .. } = DevOpsToken.check(&token) else {
            panic!("not read");
        };
        assert_eq!(
            facts,
            [
                ("service", "AZDO".to_owned()),
                ("issued", "2025-03".to_owned())
            ]
        );
    }
}
