//! Paths of foreign trees as text: any bytes in, printable UTF-8 out, and back
//! again without loss. Opening and joining paths is left to the sources.

use super::escape::is_hidden;
use std::fmt::Write;

/// Writes a path as it stands in reports: bytes that are not UTF-8, control and
/// invisible characters and `%` are percent-encoded (RFC 3986), the rest is left
/// readable. [`unescape_path`] is the inverse.
pub fn escape_path(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '%' || is_hidden(c) {
                percent(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                out.push(c);
            }
        }
        percent(&mut out, chunk.invalid());
    }
    out
}

/// The bytes of a path written by [`escape_path`]. A `%` that no two hexadecimal
/// digits follow is taken literally.
pub fn unescape_path(path: &str) -> Vec<u8> {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match escaped_byte(&bytes[at..]) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// A relative path as written by [`escape_path`] as a URI reference (RFC 3986
/// section 4.2): never absolute, never with a scheme, safe to join to a base.
pub fn path_uri(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let keep = match byte {
            b'%' => escaped_byte(&bytes[at..]).is_some(),
            b'/' => at > 0,
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(&byte),
        };
        if keep {
            out.push(char::from(byte));
        } else {
            percent(&mut out, &[byte]);
        }
    }
    out
}

/// A remote as a URI without user, password, query and fragment: what may be
/// reported of it. `None` for local paths and for what is not plainly a URI.
pub fn repository_uri(remote: &str) -> Option<String> {
    let (scheme, rest) = match remote.split_once("://") {
        Some(split) => split,
        // `git@host:path`, as ssh takes it.
        None => {
            let (host, path) = remote.split_once(':')?;
            return repository_uri(&format!("ssh://{host}/{path}"));
        }
    };
    if !matches!(scheme, "http" | "https" | "ssh" | "git") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:[]".contains(&byte);
    let clean = host.bytes().all(plain) && path.bytes().all(plain) && !host.is_empty();
    clean.then(|| format!("{scheme}://{host}/{path}"))
}

fn escaped_byte(bytes: &[u8]) -> Option<u8> {
    let &[b'%', high, low, ..] = bytes else {
        return None;
    };
    let high = char::from(high).to_digit(16)?;
    let low = char::from(low).to_digit(16)?;
    Some((high * 16 + low) as u8)
}

fn percent(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        write!(out, "%{byte:02X}").expect("writing to a String cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn readable_where_it_can_be() {
        assert_eq!(
            escape_path("src/gr\u{fc}n a.rs".as_bytes()),
            "src/gr\u{fc}n a.rs"
        );
        assert_eq!(escape_path(b"a\xff%\x1b[0m"), "a%FF%25%1B[0m");
        assert_eq!(escape_path("a\u{202e}b".as_bytes()), "a%E2%80%AEb");
    }

    #[test]
    fn uris_are_relative() {
        assert_eq!(path_uri("src/gr\u{fc}n a.rs"), "src/gr%C3%BCn%20a.rs");
        assert_eq!(path_uri("a%FF%25"), "a%FF%25");
        assert_eq!(path_uri("javascript:x"), "javascript%3Ax");
        assert_eq!(path_uri("//host/x"), "%2F/host/x");
        assert_eq!(path_uri("100%"), "100%25");
    }

    #[test]
    fn remotes_lose_their_credentials() {
        let cases = [
            (
                "https://u:p@example.org/a/b.git?x=1",
                Some("https://example.org/a/b.git"),
            ),
            ("git@example.org:a/b.git", Some("ssh://example.org/a/b.git")),
            ("https://a@b@example.org/x", Some("https://example.org/x")),
            ("/srv/git/x", None),
            ("file:///srv/x", None),
            ("https://u:p/w@example.org/x", None),
        ];
        for (remote, uri) in cases {
            assert_eq!(repository_uri(remote).as_deref(), uri, "{remote}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(path in proptest::collection::vec(any::<u8>(), 0..64)) {
            let escaped = escape_path(&path);
            prop_assert!(!escaped.chars().any(is_hidden));
            prop_assert_eq!(unescape_path(&escaped), path.clone());
            let uri = path_uri(&escaped);
            prop_assert!(uri.is_ascii());
            prop_assert_eq!(unescape_path(&uri), path);
        }
    }
}
