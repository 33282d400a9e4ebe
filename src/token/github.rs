//! Tokens of GitHub and of those who took over its scheme (npm, Vercel): a
//! prefix, random base62 characters, and the CRC-32 of these in base62.
//! GitHub's fine-grained and stateless tokens are other formats and stand
//! here too, because one person looks after all of them.
//!
//! Sources: "Behind GitHub's new authentication token formats" (github.blog,
//! 2021-04-05) and the npm changelog entry of 2021-09-23; stateless
//! installation tokens: github.blog changelog, April and May 2026. Vercel has
//! published its prefixes (changelog, "New token formats"), not its checksum.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base32;
use super::base62;
use super::crc::crc32;
use super::filler::is_filler;
use super::jwt;
use sha2::Digest;
use sha2::Sha256;

/// A prefix with the numbers of random characters it is known to be followed by.
struct Kind {
    prefix: &'static str,
    bodies: &'static [usize],
    what: &'static str,
}

const fn kind(prefix: &'static str, bodies: &'static [usize], what: &'static str) -> Kind {
    Kind {
        prefix,
        bodies,
        what,
    }
}

/// Characters of the checksum.
const SUM: usize = 6;

/// Prefix, base62 body, base62 CRC-32 of the body. The argument is the prefix.
pub(super) struct Crc62 {
    name: &'static str,
    kinds: &'static [Kind],
    /// Whether the provider says so itself.
    published: bool,
}

/// GitHub's tokens but for the fine-grained ones.
pub(super) static CLASSIC: Crc62 = Crc62 {
    name: "github-token",
    kinds: &[
        kind("ghp_", &[30], "personal access token"),
        kind("gho_", &[30], "OAuth access token"),
        kind("ghu_", &[30], "user-to-server token"),
        kind("ghs_", &[30], "installation token"),
        kind("ghr_", &[30, 70], "refresh token"),
    ],
    published: true,
};

/// npm's access tokens.
pub(super) static NPM: Crc62 = Crc62 {
    name: "npm",
    kinds: &[kind("npm_", &[30], "access token")],
    published: true,
};

/// Vercel's tokens.
pub(super) static VERCEL: Crc62 = Crc62 {
    name: "vercel",
    kinds: &[
        kind("vcp_", &[50], "personal access token"),
        kind("vci_", &[50], "integration token"),
        kind("vca_", &[50], "app access token"),
        kind("vcr_", &[50], "app refresh token"),
        kind("vck_", &[50], "API key"),
    ],
    published: false,
};

impl Crc62 {
    fn split<'a>(&self, secret: &'a [u8]) -> Option<(&Kind, &'a [u8])> {
        self.kinds
            .iter()
            .find_map(|kind| Some((kind, secret.strip_prefix(kind.prefix.as_bytes())?)))
    }
}

impl TokenFormat for Crc62 {
    fn name(&self) -> &'static str {
        self.name
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let Some((kind, rest)) = self.split(secret) else {
            return Outcome::Invalid;
        };
        let known = |body: &usize| rest.len() == body + SUM;
        if !kind.bodies.iter().any(known) {
            return stateless(rest);
        }
        let (body, sum) = rest.split_at(rest.len() - SUM);
        let right = body.iter().all(u8::is_ascii_graphic)
            && sum == base62::encode(crc32(body).into(), base62::DIGITS, SUM);
        let outcome = if self.published || is_filler(body) {
            Outcome::proven(right)
        } else {
            Outcome::observed(right)
        };
        outcome.fact("kind", kind.what)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let kind = match arg {
            "" => self.kinds.first()?,
            _ => self.kinds.iter().find(|k| k.prefix == arg)?,
        };
        let body = rng.chars(base62::DIGITS, *kind.bodies.first()?);
        let sum = base62::encode(crc32(&body).into(), base62::DIGITS, SUM);
        Some([kind.prefix.as_bytes(), &body, &sum].concat())
    }
}

/// `APPID_JWT`: GitHub's installation tokens since 2026. Any other length is one we do not know.
fn stateless(rest: &[u8]) -> Outcome {
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let token = match rest.get(digits) {
        Some(b'_') => &rest[digits + 1..],
        _ => rest,
    };
    if !token.starts_with(b"eyJ") {
        return Outcome::Unknown;
    }
    let app = std::str::from_utf8(&rest[..digits]).unwrap_or_default();
    jwt::judge(token).fact("app", app)
}

/// GitHub's fine-grained personal access tokens: 22 characters (the owner's id
/// and random ones), `_`, 43 random, 8 of checksum, 8 more.
pub(super) struct FineGrained;

const FINE_PREFIX: &[u8] = b"github_pat_";
const FINE_SUM: std::ops::Range<usize> = 77..85;
const FINE_LEN: usize = 93;

fn fine_sum(head: &[u8]) -> Vec<u8> {
    let mut sum = base32::encode(&Sha256::digest(head), base32::ALPHABET);
    sum.truncate(FINE_SUM.len());
    sum
}

impl TokenFormat for FineGrained {
    fn name(&self) -> &'static str {
        "github-fine-grained"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if !secret.starts_with(FINE_PREFIX) {
            return Outcome::Invalid;
        }
        if secret.len() != FINE_LEN {
            return Outcome::Unknown;
        }
        let body = &secret[FINE_PREFIX.len()..];
        let spelled = body.iter().enumerate().all(|(at, b)| match at {
            22 => *b == b'_',
            _ => b.is_ascii_alphanumeric(),
        });
        let sum = &secret[FINE_SUM];
        if !spelled || is_filler(body) {
            return Outcome::Invalid;
        }
        // GitHub has not published this checksum.
        Outcome::observed(sum == fine_sum(&secret[..FINE_SUM.start]))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let mut token = FINE_PREFIX.to_vec();
        token.extend(b"11");
        token.extend(rng.chars(base32::ALPHABET, 8));
        token.extend(rng.chars(base62::DIGITS, 12));
        token.push(b'_');
        token.extend(rng.chars(base62::DIGITS, 43));
        token.extend(fine_sum(&token));
        token.extend(rng.chars(base62::DIGITS, 8));
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Grade;

    #[test]
    fn examples_that_the_providers_published() {
        // github.blog, "Behind GitHub's new authentication token formats": its CRC is 0mLq17.
        let body = concat!("zQWBuTSOoRi4A9spHcVY5", "ncnsDkxkJ0mLq17");
        assert_eq!(
            CLASSIC.check(format!("ghp_{body}").as_bytes()).grade(),
            Some(Grade::Checksum)
        );
        assert!(
            !CLASSIC
                .check(&[b"ghp_", &[b'x'; 36][..]].concat())
                .is_valid()
        );
    }

    #[test]
    fn other_lengths_are_unknown_not_refused() {
        assert_eq!(CLASSIC.check(b"ghs_abc"), Outcome::Unknown);
        assert_eq!(CLASSIC.check(b"npm_abc"), Outcome::Invalid);
        assert_eq!(FineGrained.check(b"github_pat_x"), Outcome::Unknown);
        let filler = [FINE_PREFIX, &[b'x'; 22], b"_", &[b'x'; 59]].concat();
        assert_eq!(FineGrained.check(&filler), Outcome::Invalid);
    }

    #[test]
    fn stateless_installation_tokens_are_read() {
        let jwt = jwt::Jwt.make("", &mut Rng::new(3)).unwrap();
        let token = [b"ghs_12345_", &jwt[..]].concat();
        let Outcome::Valid { facts, .. } = CLASSIC.check(&token) else {
            panic!("not read");
        };
        assert!(facts.contains(&("app", "12345".to_owned())));
    }
}
