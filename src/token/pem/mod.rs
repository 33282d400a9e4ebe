//! Private keys in textual armor (RFC 7468 and its elders): the armor is taken
//! off here, also when the key stands in a string literal, a JSON value or a
//! comment, and the key inside is really parsed. What cannot be parsed is not
//! a key; what is encrypted is told apart from what is not.

mod asn1;
mod openssh;
mod samples;

pub(super) use samples::armor;

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base64;
use super::name_or_unknown;
use super::pgp;

/// Bytes of armor that are looked at; an RSA key of 16,384 bits has 13 kB.
const LIMIT: usize = 64 << 10;

/// Characters of the shortest key there is, an Ed25519 one in PKCS #8.
const SHORTEST: usize = 64;

/// The armor of one key: its label, header lines and decoded body.
struct Armor {
    label: String,
    headers: Vec<String>,
    /// Characters of the body.
    coded: usize,
    der: Option<Vec<u8>>,
}

/// Why there is no armor.
enum Fault {
    /// No begin line.
    None,
    /// No end line, so it may go on beyond what we were given.
    Cut,
}

fn find(text: &str, needle: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), needle.as_bytes())
}

/// Turns the escapes of string literals into what they mean.
pub(super) fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    // Doubly escaped text (JSON in JSON) first.
    text.replace("\\\\", "\\")
        .replace("\\r", "\n")
        .replace("\\n", "\n")
        .replace("\\u003d", "=")
        .replace("\\u002b", "+")
        .replace("\\/", "/")
}

/// The part of a line that is base64: without indentation, quotes, comment
/// marks and the operators that join string literals.
pub(super) fn base64_part(line: &str) -> &str {
    let line = line.trim();
    for quote in ['"', '\'', '`'] {
        if line.contains(quote) {
            let longest = line.split(quote).max_by_key(|piece| piece.len());
            let piece = longest.unwrap_or_default().trim();
            let coded = |c: char| c.is_ascii_alphanumeric() || c == '=';
            return if piece.contains(coded) { piece } else { "" };
        }
    }
    let line = match line.strip_prefix("//") {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => rest,
        _ => line,
    };
    line.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '='))
}

fn unarmor(text: &str) -> Result<Armor, Fault> {
    let begin = find(text, "-----BEGIN ").ok_or(Fault::None)?;
    let rest = &text[begin + 11..];
    let label_len = find(rest, "-----").ok_or(Fault::None)?;
    let label = &rest[..label_len];
    let rest = &rest[label_len + 5..];
    let end = find(rest, "-----END ").ok_or(Fault::Cut)?;
    let body = unescape(&rest[..end]);
    let mut headers = Vec::new();
    let mut code = String::with_capacity(body.len());
    for line in body.lines() {
        if line.contains(": ") {
            headers.push(line.trim().to_owned());
        } else {
            code.push_str(base64_part(line));
        }
    }
    // A key on a single line may have blanks where its lines ended.
    code.retain(|c| !c.is_whitespace());
    Ok(Armor {
        label: label.to_owned(),
        headers,
        coded: code.len(),
        der: base64::decode(code.as_bytes()),
    })
}

/// Judges text that holds an armored key.
pub(super) fn judge(secret: &[u8]) -> Outcome {
    if secret.len() > LIMIT {
        return Outcome::Unknown;
    }
    let text = String::from_utf8_lossy(secret);
    if text.contains("BEGIN PGP PRIVATE KEY BLOCK") {
        return pgp::judge(secret);
    }
    let armor = match unarmor(&text) {
        Ok(armor) => armor,
        // SSH.COM's keys have four hyphens and are not parsed.
        Err(Fault::None) if text.contains("PRIVATE KEY ----") => return Outcome::Unknown,
        Err(Fault::None) => return Outcome::Invalid,
        Err(Fault::Cut) => return Outcome::Unknown,
    };
    let Some(der) = &armor.der else {
        // A body as long as a key may be spoilt in a way that is easily mended.
        return if armor.coded >= SHORTEST {
            Outcome::Unknown
        } else {
            Outcome::Invalid
        };
    };
    if let Some(outcome) = legacy_encrypted(&armor, der) {
        return outcome;
    }
    match armor.label.as_str() {
        "RSA PRIVATE KEY"
        | "EC PRIVATE KEY"
        | "DSA PRIVATE KEY"
        | "PRIVATE KEY"
        | "ENCRYPTED PRIVATE KEY"
        | "OPENSSH PRIVATE KEY" => any_key(der).unwrap_or(Outcome::Invalid),
        label if label.ends_with("PRIVATE KEY") => any_key(der).unwrap_or(Outcome::Unknown),
        _ => Outcome::Invalid,
    }
}

/// Parses a key by what it is: labels are often wrong, and OpenSSL forgives it.
fn any_key(der: &[u8]) -> Option<Outcome> {
    openssh::key(der)
        .or_else(|| asn1::pkcs8(der))
        .or_else(|| asn1::rsa(der))
        .or_else(|| asn1::ec(der, None))
        .or_else(|| asn1::dsa(der))
        .or_else(|| asn1::encrypted(der))
}

/// Keys encrypted inside the armor, as OpenSSL did before PKCS #8 (RFC 1421 headers).
fn legacy_encrypted(armor: &Armor, der: &[u8]) -> Option<Outcome> {
    let encrypted = |h: &String| h.starts_with("Proc-Type:") && h.contains("ENCRYPTED");
    if !armor.headers.iter().any(encrypted) {
        return None;
    }
    let info = armor
        .headers
        .iter()
        .find_map(|h| h.strip_prefix("DEK-Info:"));
    let cipher = info?.split(',').next()?.trim();
    let algorithm = armor.label.split(' ').next().unwrap_or_default();
    Some(
        Outcome::shaped(der.len() >= 48 && der.len().is_multiple_of(8))
            .fact("algorithm", algorithm)
            .fact("encrypted", "yes")
            .fact("cipher", name_or_unknown(cipher)),
    )
}

/// A private key in PEM armor. The argument says which: `rsa` (when empty),
/// `rsa-encrypted`, `ec`, `dsa`, `pkcs8`, `pkcs8-ec`, `ed25519`, `encrypted`,
/// `openssh`, `openssh-rsa`, `openssh-encrypted`, and `escaped` for a `pkcs8`
/// key on one line with `\n` for line ends.
pub(super) struct PrivateKey;

impl TokenFormat for PrivateKey {
    fn name(&self) -> &'static str {
        "pem-private-key"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        judge(secret)
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        samples::make(arg, rng)
    }
}

/// PEM armor that is base64-encoded once more, as `client-key-data` of a
/// kubeconfig and Kubernetes secrets hold it. Arguments as for `pem-private-key`.
pub(super) struct EncodedPrivateKey;

impl TokenFormat for EncodedPrivateKey {
    fn name(&self) -> &'static str {
        "base64-private-key"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if secret.len() > LIMIT {
            return Outcome::Unknown;
        }
        match base64::decode_lines(secret) {
            Some(text) => judge(&text),
            None => Outcome::Invalid,
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let pem = samples::make(arg, rng)?;
        Some(base64::encode(&pem).into_bytes())
    }
}

#[cfg(test)]
mod tests;
