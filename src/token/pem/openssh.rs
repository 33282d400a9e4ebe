//! OpenSSH's own container (`PROTOCOL.key` of the OpenSSH sources): a public
//! part in the clear, and a private part that is encrypted or repeats a check
//! number twice, so that a decryption with the wrong pass phrase shows.

use crate::token::Outcome;
use crate::token::bignum;
use crate::token::name_or_unknown;

pub(super) const MAGIC: &[u8] = b"openssh-key-v1\0";

/// The length-prefixed fields of SSH (RFC 4251, section 5).
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u32> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*head))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let (value, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(value)
    }
}

/// Bits of a public key, from its blob.
fn bits(kind: &str, mut public: Fields<'_>) -> Option<usize> {
    Some(match kind {
        "ssh-rsa" => {
            public.string()?;
            bignum::bits(public.string()?)
        }
        "ssh-dss" => bignum::bits(public.string()?),
        "ssh-ed25519" | "sk-ssh-ed25519@openssh.com" => 256,
        "ecdsa-sha2-nistp256" | "sk-ecdsa-sha2-nistp256@openssh.com" => 256,
        "ecdsa-sha2-nistp384" => 384,
        "ecdsa-sha2-nistp521" => 521,
        _ => return None,
    })
}

/// Whether the private fields fit the public ones; `None` when they do not parse.
fn agrees(kind: &str, mut public: Fields<'_>, private: &mut Fields<'_>) -> Option<bool> {
    match kind {
        "ssh-rsa" => {
            let [n, e, d, _iqmp, p, q] = take(private)?;
            let (public_e, public_n) = (public.string()?, public.string()?);
            Some(n == public_n && e == public_e && !d.is_empty() && bignum::is_product(n, p, q))
        }
        "ssh-ed25519" => {
            let [copy, secret] = take(private)?;
            // The secret is the seed, then the public key once more.
            Some(copy == public.string()? && secret.len() == 64 && secret.ends_with(copy))
        }
        "ssh-dss" => {
            let [p, q, g, y, x] = take(private)?;
            Some([p, q, g, y] == take(&mut public)? && !x.is_empty())
        }
        _ if kind.starts_with("ecdsa-") => {
            let [curve, point, secret] = take(private)?;
            Some([curve, point] == take(&mut public)? && !secret.is_empty())
        }
        // Keys of a security device: a handle stands where the secret would.
        _ => Some(true),
    }
}

fn take<'a, const N: usize>(fields: &mut Fields<'a>) -> Option<[&'a [u8]; N]> {
    let mut out = [&[][..]; N];
    for field in &mut out {
        *field = fields.string()?;
    }
    Some(out)
}

/// Judges the decoded body of the armor.
pub(super) fn key(bytes: &[u8]) -> Option<Outcome> {
    let mut fields = Fields(bytes.strip_prefix(MAGIC)?);
    let cipher = std::str::from_utf8(fields.string()?).ok()?;
    let _kdf = fields.string()?;
    let _kdf_options = fields.string()?;
    if fields.number()? != 1 {
        return None;
    }
    let mut public = Fields(fields.string()?);
    let mut private = Fields(fields.string()?);
    let kind = std::str::from_utf8(public.string()?).ok()?;
    let size = bits(kind, public);
    let outcome = if cipher == "none" {
        if private.number()? != private.number()? || private.string()? != kind.as_bytes() {
            return Some(Outcome::Invalid);
        }
        match size {
            Some(_) => Outcome::proven(agrees(kind, public, &mut private)?),
            None => Outcome::structure(),
        }
    } else {
        Outcome::shaped(private.0.len() >= 64)
    };
    let hardware = if kind.starts_with("sk-") { "yes" } else { "" };
    let outcome = outcome
        .fact("algorithm", name_or_unknown(kind))
        .fact("bits", size.map(|s| s.to_string()).unwrap_or_default())
        .fact("hardware-backed", hardware);
    Some(match cipher {
        "none" => outcome.fact("encrypted", "no"),
        _ => outcome
            .fact("encrypted", "yes")
            .fact("cipher", name_or_unknown(cipher)),
    })
}
