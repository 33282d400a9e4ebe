//! Tokens that end in a CRC-32 written in hexadecimal, or in Confluent's case
//! in base64. One table row a token: what is hashed and how it is written.
//!
//! Only Grafana has published its rule (`pkg/components/satokengen` of its
//! sources). The others were observed to hold, so a token that breaks one is
//! unknown and not invalid; Zuplo's documentation says at least that there is a
//! checksum ("API key leak detection").

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base62;
use super::base64;
use super::crc::crc32;
use super::filler::is_filler;

/// How the checksum is written.
#[derive(Clone, Copy)]
enum Spelling {
    /// Eight digits, capitals, highest byte first.
    Upper,
    /// Eight digits, small letters, highest byte first.
    Lower,
    /// Eight digits, small letters, lowest byte first.
    LowerLittle,
}

impl Spelling {
    fn write(self, sum: u32) -> Vec<u8> {
        match self {
            Spelling::Upper => format!("{sum:08X}"),
            Spelling::Lower => format!("{sum:08x}"),
            Spelling::LowerLittle => format!("{:08x}", sum.swap_bytes()),
        }
        .into_bytes()
    }
}

/// `prefix body separator checksum`.
pub(super) struct HexCrc {
    name: &'static str,
    prefix: &'static str,
    /// Least and most characters of the body.
    body: (usize, usize),
    alphabet: &'static [u8],
    /// Stands between body and checksum; may be empty.
    separator: &'static str,
    /// The characters that are hashed, given all before the checksum.
    hashed: fn(&HexCrc, &[u8]) -> u32,
    spelling: Spelling,
    /// Whether the provider says so itself.
    published: bool,
}

fn all(_: &HexCrc, head: &[u8]) -> u32 {
    crc32(head)
}

fn without_separator(format: &HexCrc, head: &[u8]) -> u32 {
    crc32(
        head.strip_suffix(format.separator.as_bytes())
            .unwrap_or(head),
    )
}

fn body_only(format: &HexCrc, head: &[u8]) -> u32 {
    let body = head.strip_prefix(format.prefix.as_bytes()).unwrap_or(head);
    without_separator(format, body)
}

/// Atlassian API token (Jira, Confluence, Bitbucket).
pub(super) static ATLASSIAN: HexCrc = HexCrc {
    name: "atlassian",
    prefix: "ATATT3xFfGF0",
    body: (20, 900),
    alphabet: base64::ALPHABET_URL,
    separator: "=",
    hashed: all,
    spelling: Spelling::Upper,
    published: false,
};

/// Bitbucket repository, project or workspace access token.
pub(super) static BITBUCKET_ACCESS: HexCrc = HexCrc {
    name: "bitbucket-access-token",
    prefix: "ATCTT3xFfGN0",
    body: (20, 900),
    alphabet: base64::ALPHABET_URL,
    separator: "=",
    hashed: all,
    spelling: Spelling::Upper,
    published: false,
};

/// Bitbucket app password.
pub(super) static BITBUCKET_APP: HexCrc = HexCrc {
    name: "bitbucket-app-password",
    prefix: "ATBB",
    body: (24, 24),
    alphabet: base62::DIGITS,
    separator: "",
    hashed: all,
    spelling: Spelling::Upper,
    published: false,
};

/// Grafana service account token.
pub(super) static GRAFANA_SERVICE_ACCOUNT: HexCrc = HexCrc {
    name: "grafana-service-account",
    prefix: "glsa_",
    body: (32, 32),
    alphabet: base62::DIGITS,
    separator: "_",
    hashed: without_separator,
    spelling: Spelling::LowerLittle,
    published: true,
};

/// Zuplo API key.
pub(super) static ZUPLO: HexCrc = HexCrc {
    name: "zuplo",
    prefix: "zpka_",
    body: (32, 32),
    alphabet: base62::DIGITS,
    separator: "_",
    hashed: body_only,
    spelling: Spelling::Lower,
    published: false,
};

/// Digits of the checksum.
const SUM: usize = 8;

impl TokenFormat for HexCrc {
    fn name(&self) -> &'static str {
        self.name
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let Some(rest) = secret.strip_prefix(self.prefix.as_bytes()) else {
            return Outcome::Invalid;
        };
        let around = self.separator.len() + SUM;
        let Some(len) = rest.len().checked_sub(around) else {
            return Outcome::Unknown;
        };
        if !(self.body.0..=self.body.1).contains(&len) {
            return Outcome::Unknown;
        }
        let spelled = rest[..len].iter().all(|b| self.alphabet.contains(b));
        let (head, sum) = secret.split_at(secret.len() - SUM);
        let right = head.ends_with(self.separator.as_bytes())
            && sum.eq_ignore_ascii_case(&self.spelling.write((self.hashed)(self, head)));
        if self.published || !spelled || is_filler(&rest[..len]) {
            Outcome::proven(spelled && right)
        } else {
            Outcome::observed(right)
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let len = self.body.0.max(self.body.1.min(160));
        let body = rng.chars(self.alphabet, len);
        let mut token = [self.prefix.as_bytes(), &body, self.separator.as_bytes()].concat();
        let sum = self.spelling.write((self.hashed)(self, &token));
        token.extend(sum);
        Some(token)
    }
}

/// Confluent Cloud API secret: `cflt`, 54 characters, the head of the base64
/// of their CRC-32.
pub(super) struct Confluent;

fn confluent_sum(body: &[u8]) -> Vec<u8> {
    let mut sum = base64::encode(&crc32(body).to_le_bytes()).into_bytes();
    sum.truncate(6);
    sum
}

impl TokenFormat for Confluent {
    fn name(&self) -> &'static str {
        "confluent"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        match secret.strip_prefix(b"cflt") {
            Some(rest) if rest.len() == 60 => {
                let (body, sum) = rest.split_at(54);
                let right = sum == confluent_sum(body);
                if is_filler(body) {
                    Outcome::proven(right)
                } else {
                    Outcome::observed(right)
                }
            }
            Some(_) => Outcome::Unknown,
            None => Outcome::Invalid,
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let body = rng.chars(base64::ALPHABET, 54);
        Some([b"cflt", &body[..], &confluent_sum(&body)].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Grade;

    #[test]
    fn the_example_of_grafanas_own_tests() {
        let token = concat!("glsa_yscW25imSKJIuav8zF37RZmnbiDvB05G", "_fcaaf58a");
        let outcome = GRAFANA_SERVICE_ACCOUNT.check(token.as_bytes());
        assert_eq!(outcome.grade(), Some(Grade::Checksum));
    }

    #[test]
    fn other_lengths_are_unknown() {
        assert_eq!(ATLASSIAN.check(b"ATATT3xFfGF0abc"), Outcome::Unknown);
        assert_eq!(Confluent.check(b"cfltabc"), Outcome::Unknown);
        assert_eq!(ZUPLO.check(b"glsa_abc"), Outcome::Invalid);
    }
}
