//! SSH keys of an `allowed_signers` file, in the form of ssh-keygen(1), and the
//! signatures that git makes with them (PROTOCOL.sshsig of OpenSSH, namespace
//! `git`). Times without a `Z` are taken as UTC, for nothing here may depend on
//! where the host is.

use super::SignersError;
use crate::model::signature::SignatureKind;
use crate::sources::git::signed::Signed;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ssh_key::PublicKey;
use ssh_key::SshSig;
use ssh_key::public::KeyData;

/// What git signs for.
const NAMESPACE: &str = "git";
/// Larger RSA keys are not verified by the library, in bytes.
const RSA_CAP: usize = 512;

/// One line of an `allowed_signers` file.
#[derive(Clone, Debug)]
pub(super) struct SshSigner {
    key: PublicKey,
    for_git: bool,
    after: Option<i64>,
    before: Option<i64>,
}

/// The keys of a file.
pub(super) fn read(text: &str) -> Result<Vec<SshSigner>, SignersError> {
    let lines = (1..).zip(text.lines().map(str::trim));
    let is_key = |line: &str| !line.is_empty() && !line.starts_with('#');
    lines
        .filter(|(_, text)| is_key(text))
        .map(|(number, text)| line(text).map_err(|why| SignersError::Line(number, why)))
        .collect()
}

fn line(text: &str) -> Result<SshSigner, &'static str> {
    let (_principals, rest) = word(text).ok_or("write PRINCIPALS [OPTIONS] KEYTYPE KEY")?;
    let mut signer = match PublicKey::from_openssh(rest) {
        Ok(key) => SshSigner::new(key),
        Err(_) => {
            let (options, rest) = word(rest).ok_or("there is no key after the principals")?;
            let key = PublicKey::from_openssh(rest).map_err(|_| "no public key of OpenSSH")?;
            let mut signer = SshSigner::new(key);
            for option in split(options) {
                signer.apply(option)?;
            }
            signer
        }
    };
    signer.key.set_comment("");
    match signer.key.key_data() {
        KeyData::Rsa(key) if key.n.as_bytes().len() > RSA_CAP + 1 => {
            Err("RSA keys of more than 4096 bits are not supported")
        }
        KeyData::Dsa(_) | KeyData::Other(_) => {
            Err("keys of this type are not supported: take ed25519, ecdsa or rsa")
        }
        _ => Ok(signer),
    }
}

/// The first word, where blanks between double quotes divide nothing, and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let end = text.find(|c: char| {
        quoted ^= c == '"';
        c.is_ascii_whitespace() && !quoted
    })?;
    Some((&text[..end], text[end..].trim_start()))
}

/// The parts between commas that stand outside of double quotes.
fn split(options: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    options.split(move |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

impl SshSigner {
    fn new(key: PublicKey) -> SshSigner {
        SshSigner {
            key,
            for_git: true,
            after: None,
            before: None,
        }
    }

    fn apply(&mut self, option: &str) -> Result<(), &'static str> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.trim_matches('"');
        match name.to_ascii_lowercase().as_str() {
            "namespaces" => self.for_git = matches_list(value, NAMESPACE),
            "valid-after" => self.after = Some(second(value)?),
            "valid-before" => self.before = Some(second(value)?),
            "cert-authority" => {
                return Err("certificates are not supported: give the keys of the signers");
            }
            _ => return Err("unknown option, or a key that cannot be read"),
        }
        Ok(())
    }

    /// Whether it may sign for git at this time. Without a time, limits of time are not met.
    fn is_valid(&self, time: Option<i64>) -> bool {
        let within = match (self.after, self.before, time) {
            (None, None, _) => true,
            (_, _, None) => false,
            (after, before, Some(time)) => {
                after.is_none_or(|after| time >= after)
                    && before.is_none_or(|before| time <= before)
            }
        };
        self.for_git && within
    }
}

/// A time as ssh-keygen(1) writes it: `YYYYMMDD[HHMM[SS]][Z]`.
fn second(text: &str) -> Result<i64, &'static str> {
    let wrong = "write a time as YYYYMMDD or YYYYMMDDHHMM[SS]";
    let digits = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let whole = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(wrong),
    };
    let time = DateTime::strptime("%Y%m%d%H%M%S", whole).map_err(|_| wrong)?;
    let time = TimeZone::UTC.to_timestamp(time).map_err(|_| wrong)?;
    Ok(time.as_second())
}

/// Whether a list of patterns names a word: `*`, `?`, and `!` for what is left out.
fn matches_list(list: &str, word: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(left_out) if matches(left_out, word) => return false,
            Some(_) => {}
            None => found |= matches(pattern, word),
        }
    }
    found
}

fn matches(pattern: &str, word: &str) -> bool {
    let escaped = regex::escape(pattern);
    let regex = escaped.replace(r"\*", ".*").replace(r"\?", ".");
    regex::Regex::new(&format!("^(?:{regex})$")).is_ok_and(|regex| regex.is_match(word))
}

/// What these keys say of a signature.
pub(super) fn check(signers: &[SshSigner], signed: &Signed, time: Option<i64>) -> SignatureKind {
    let Ok(signature) = SshSig::from_pem(&signed.armor) else {
        return SignatureKind::Unreadable;
    };
    let ours = |it: &&SshSigner| it.key.key_data() == signature.public_key();
    let mut ours = signers.iter().filter(ours).peekable();
    let Some(first) = ours.peek() else {
        return SignatureKind::UnknownKey;
    };
    let holds = first.key.verify(NAMESPACE, &signed.payload, &signature);
    match (holds, ours.any(|it| it.is_valid(time))) {
        (Err(_), _) => SignatureKind::Bad,
        (Ok(()), true) => SignatureKind::Verified,
        (Ok(()), false) => SignatureKind::NotValid,
    }
}

#[cfg(test)]
mod tests;
