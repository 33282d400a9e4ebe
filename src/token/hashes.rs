//! Hashes of passwords as they stand in `shadow`, `htpasswd`, LDAP exports and
//! the seeds of databases. They are not the password, but with a weak one they
//! are as good.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::base64;
use super::connection::user_name;
use super::filler::is_filler;

/// The alphabet of crypt(3).
const CRYPT: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// crypt(3) schemes of the form `$id$salt$hash`: id, name, characters of the hash.
const SCHEMES: &[(&str, &str, usize)] = &[
    ("1", "md5crypt", 22),
    ("apr1", "md5crypt (Apache)", 22),
    ("5", "sha256crypt", 43),
    ("6", "sha512crypt", 86),
    ("y", "yescrypt", 43),
    ("gy", "gost-yescrypt", 43),
    ("7", "scrypt", 43),
];

/// LDAP schemes (RFC 2307): name, bytes of the digest, salted or not.
const LDAP: &[(&str, usize, bool)] = &[
    ("{SSHA}", 20, true),
    ("{SHA}", 20, false),
    ("{SMD5}", 16, true),
    ("{MD5}", 16, false),
    ("{SSHA256}", 32, true),
    ("{SSHA512}", 64, true),
];

/// A password hash, after a user name and a colon or alone. The argument is
/// `bcrypt` (when empty), or the id of a crypt scheme: `1`, `apr1`, `5`, `6`, `y`.
pub(super) struct PasswordHash;

fn crypt_chars(text: &str) -> bool {
    text.bytes().all(|b| CRYPT.contains(&b))
}

/// `$2b$12$` and 53 characters (bcrypt).
fn bcrypt(text: &str) -> Option<Outcome> {
    let rest = ["$2a$", "$2b$", "$2x$", "$2y$"]
        .iter()
        .find_map(|p| text.strip_prefix(p))?;
    let (cost, body) = rest.split_once('$')?;
    let number = cost.parse::<u8>().ok();
    let right = cost.len() == 2
        && number.is_some_and(|n| (4..=31).contains(&n))
        && body.len() == 53
        && crypt_chars(body)
        && !is_filler(body.as_bytes());
    Some(
        Outcome::shaped(right)
            .fact("algorithm", "bcrypt")
            .fact("cost", cost),
    )
}

fn crypt(text: &str) -> Option<Outcome> {
    let parts: Vec<&str> = text.split('$').take(6).collect();
    let (id, options, salt, hash) = match parts[..] {
        ["", id, salt, hash] => (id, "", salt, hash),
        ["", id, options, salt, hash] => (id, options, salt, hash),
        _ => return None,
    };
    let (_, name, size) = SCHEMES.iter().find(|(known, _, _)| *known == id)?;
    let right = hash.len() == *size
        && crypt_chars(hash)
        && crypt_chars(salt)
        && salt.len() <= 86
        && !is_filler(hash.as_bytes());
    Some(
        Outcome::shaped(right)
            .fact("algorithm", name)
            .fact("options", options),
    )
}

/// `$argon2id$v=19$m=65536,t=3,p=4$salt$hash` (the PHC string format).
fn argon2(text: &str) -> Option<Outcome> {
    let parts: Vec<&str> = text.split('$').take(7).collect();
    let ["", name, rest @ ..] = &parts[..] else {
        return None;
    };
    let ("argon2i" | "argon2d" | "argon2id", [.., params, salt, hash]) = (*name, rest) else {
        return None;
    };
    let sizes = [salt, hash].map(|part| base64::decode(part.as_bytes()).map_or(0, |b| b.len()));
    let right = params.starts_with("m=") && sizes[0] >= 8 && sizes[1] >= 12;
    Some(
        Outcome::shaped(right)
            .fact("algorithm", name)
            .fact("options", params),
    )
}

/// Django's `pbkdf2_sha256$600000$salt$base64`.
fn pbkdf2(text: &str) -> Option<Outcome> {
    let parts: Vec<&str> = text.split('$').take(5).collect();
    let [name, rounds, salt, hash] = parts[..] else {
        return None;
    };
    let size = match name {
        "pbkdf2_sha256" => 32,
        "pbkdf2_sha1" => 20,
        _ => return None,
    };
    let right = rounds.parse::<u32>().is_ok()
        && !salt.is_empty()
        && base64::decode(hash.as_bytes()).is_some_and(|b| b.len() == size);
    Some(
        Outcome::shaped(right)
            .fact("algorithm", name)
            .fact("options", rounds),
    )
}

fn ldap(text: &str) -> Option<Outcome> {
    let (scheme, size, salted) = LDAP.iter().find(|(p, _, _)| text.starts_with(p))?;
    let bytes = base64::decode(&text.as_bytes()[scheme.len()..]).unwrap_or_default();
    let right = match salted {
        true => (size + 4..=size + 32).contains(&bytes.len()),
        false => bytes.len() == *size,
    };
    Some(Outcome::shaped(right).fact("algorithm", scheme.trim_matches(['{', '}'])))
}

impl TokenFormat for PasswordHash {
    fn name(&self) -> &'static str {
        "password-hash"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let Ok(text) = std::str::from_utf8(secret.get(..512).unwrap_or(secret)) else {
            return Outcome::Invalid;
        };
        // A hash holds no colon, so what is before one is a user, and what is after more, shadow's fields.
        let (user, hash) = match text.split_once(':') {
            Some((user, rest)) => (user, rest.split(':').next().unwrap_or_default()),
            None => ("", text),
        };
        bcrypt(hash)
            .or_else(|| argon2(hash))
            .or_else(|| crypt(hash))
            .or_else(|| pbkdf2(hash))
            .or_else(|| ldap(hash))
            .unwrap_or(Outcome::Invalid)
            .fact("user", user_name(user))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if matches!(arg, "" | "bcrypt") {
            return Some([b"$2b$12$", &rng.chars(CRYPT, 53)[..]].concat());
        }
        let (id, _, size) = SCHEMES.iter().find(|(id, _, _)| *id == arg)?;
        let options: &[u8] = if id.ends_with('y') { b"j9T$" } else { b"" };
        let (salt, hash) = (rng.chars(CRYPT, 8), rng.chars(CRYPT, *size));
        Some([b"$", id.as_bytes(), b"$", options, &salt, b"$", &hash].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn algorithm(text: &str) -> String {
        match PasswordHash.check(text.as_bytes()) {
            Outcome::Valid { facts, .. } => facts[0].1.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_scheme_makes_and_reads() {
        for (id, name, _) in SCHEMES {
            let hash = PasswordHash.make(id, &mut Rng::new(3)).unwrap();
            assert_eq!(algorithm(std::str::from_utf8(&hash).unwrap()), *name);
        }
    }

    #[test]
    fn forms_of_manual_pages() {
        // The man page of crypt(5), OpenBSD's bcrypt(3) and the PHC string format.
        let sha512 = "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."; // bowerbird:allow a made-up sample
        assert_eq!(
            algorithm(&format!("root:{sha512}:18295:0:99999:7:::")),
            "sha512crypt"
        );
        let argon2 = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"; // bowerbird:allow a made-up sample
        assert_eq!(algorithm(argon2), "argon2id");
        assert_eq!(algorithm("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="), "SHA"); // bowerbird:allow a made-up sample
        assert_eq!(algorithm("$2b$12$tooshort"), "Invalid");
        assert_eq!(algorithm("$2b$99$"), "Invalid");
        assert_eq!(algorithm("plain"), "Invalid");
    }
}
