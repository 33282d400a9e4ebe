//! GitLab's tokens: the routable form, whose tail is a CRC-32, and the classic
//! one of 20 random characters. All kinds of token share both forms, so the
//! prefix is not looked at beyond `gl…-`.
//!
//! Source: GitLab handbook, design document "Routable tokens", and the token
//! prefixes in docs.gitlab.com/security/tokens.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base62;
use super::base64;
use super::crc::crc32;
use super::filler::is_filler;

/// Characters of the checksum, in base 36.
const SUM: usize = 7;
/// Characters of the payload's length before it, in base 36.
const LENGTH: usize = 2;

/// The prefix of a token of any kind, with its hyphen.
fn prefix(secret: &[u8]) -> Option<&[u8]> {
    let len = secret.iter().position(|b| *b == b'-')? + 1;
    let prefix = &secret[..len];
    let small = prefix[..len - 1].iter().all(u8::is_ascii_lowercase);
    (prefix.starts_with(b"gl") && small && (4..=12).contains(&len)).then_some(prefix)
}

/// The routing lines (`o:1`, `u:2s`) in front of the payload's random bytes.
fn routing(payload: &[u8]) -> Option<String> {
    let bytes = base64::decode(payload)?;
    // The last byte says how many random bytes stand before it.
    let (random, rest) = bytes.split_last()?;
    let lines = rest.get(..rest.len().checked_sub(usize::from(*random))?)?;
    let lines = std::str::from_utf8(lines).ok()?;
    let known = |line: &str| {
        matches!(
            line.as_bytes(),
            [b'c' | b'g' | b'o' | b'p' | b'u' | b't', b':', ..]
        )
    };
    (!lines.is_empty() && lines.lines().all(known)).then(|| lines.replace('\n', " "))
}

fn routable(secret: &[u8], prefix: &[u8]) -> Outcome {
    let Some(dot) = secret.iter().rposition(|b| *b == b'.') else {
        return Outcome::Unknown;
    };
    if secret.len() - dot - 1 != LENGTH + SUM {
        return Outcome::Unknown;
    }
    let (body, sum) = secret.split_at(secret.len() - SUM);
    let expected = base62::encode(crc32(body).into(), base62::DIGITS36, SUM);
    let payload = secret[prefix.len()..dot].split(|b| *b == b'.').next();
    let routing = payload.and_then(|payload| match payload {
        // Runners' tokens say their kind first.
        [b't', b'0'..=b'9', b'_', payload @ ..] => routing(payload),
        payload => routing(payload),
    });
    match routing {
        // An instance may put a prefix of its own in front, which is summed
        // too and which a rule's match leaves out.
        Some(routing) => Outcome::observed(sum == expected).fact("routing", routing),
        None => Outcome::proven(sum == expected),
    }
}

/// A token of any kind. The argument is `routable` (when empty) or `classic`.
pub(super) struct GitlabToken;

impl TokenFormat for GitlabToken {
    fn name(&self) -> &'static str {
        "gitlab-token"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let Some(prefix) = prefix(secret) else {
            return Outcome::Invalid;
        };
        let body = &secret[prefix.len()..];
        if body.contains(&b'.') {
            return routable(secret, prefix);
        }
        let spelled = body.iter().all(|b| base64::ALPHABET_URL.contains(b));
        if !spelled || is_filler(body) {
            return Outcome::Invalid;
        }
        match body.len() {
            20 => Outcome::structure(),
            _ => Outcome::Unknown,
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        match arg {
            "" | "routable" => {}
            "classic" => return Some([b"glpat-", &rng.chars(base62::DIGITS, 20)[..]].concat()),
            _ => return None,
        }
        let lines = format!("o:1\nu:{:x}", rng.below(1 << 20));
        let payload = [lines.as_bytes(), &rng.bytes(16), &[16]].concat();
        let payload = base64::encode_url(&payload);
        let mut token = format!("glpat-{payload}.01.").into_bytes();
        token.extend(base62::encode(
            payload.len() as u64,
            base62::DIGITS36,
            LENGTH,
        ));
        let sum = base62::encode(crc32(&token).into(), base62::DIGITS36, SUM);
        token.extend(sum);
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let classic = GitlabToken.make("classic", &mut Rng::new(1)).unwrap();
        assert!(GitlabToken.check(&classic).is_valid());
        let token = GitlabToken.make("", &mut Rng::new(1)).unwrap();
        let Outcome::Valid { facts, .. } = GitlabToken.check(&token) else {
            panic!("not read");
        };
        assert!(facts[0].1.starts_with("o:1 u:"));
    }

    #[test]
    fn a_wrong_sum_is_unknown_only_with_routing_lines() {
        let mut token = GitlabToken.make("", &mut Rng::new(1)).unwrap();
        let last = token.len() - 1;
        token[last] = if token[last] == b'0' { b'1' } else { b'0' };
        assert_eq!(GitlabToken.check(&token), Outcome::Unknown);
        let made_up = b"glpat-abcdefghijkQRSTUVwxyz012345678.01.0a1b2c3d4";
        assert_eq!(GitlabToken.check(made_up), Outcome::Invalid);
    }

    #[test]
    fn fillers_are_refused_and_other_lengths_unknown() {
        assert_eq!(
            GitlabToken.check(b"glpat-xxxxxxxxxxxxxxxxxxxx"),
            Outcome::Invalid
        );
        assert_eq!(GitlabToken.check(b"glpat-Zf8kQ2"), Outcome::Unknown); // bowerbird:allow a made-up sample
        assert_eq!(GitlabToken.check(b"sk-live"), Outcome::Invalid);
    }
}
