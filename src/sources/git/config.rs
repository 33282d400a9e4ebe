//! The few keys of a repository's `config` that say what kind of repository it
//! is. Everything else is ignored, includes are not followed, and nothing that
//! is read here makes us do anything but read the repository differently.

use super::file::trim_end;
use std::collections::BTreeMap;

/// What was read of `config`. Keys are those of git-config(1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `core.repositoryformatversion`; 0 when absent, `None` when it is no number.
    pub version: Option<u32>,
    /// `core.bare`.
    pub bare: Option<bool>,
    /// `core.worktree`.
    pub worktree: Option<Vec<u8>>,
    /// `core.sparsecheckout`.
    pub sparse_checkout: bool,
    /// `extensions.*`, keys in lower case.
    pub extensions: BTreeMap<String, Vec<u8>>,
    /// `remote.*`, by name.
    pub remotes: BTreeMap<Vec<u8>, Remote>,
    /// Lines that could not be parsed, counted from 1.
    pub damaged: Vec<usize>,
}

/// One remote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remote {
    /// Its first `url` without user information, query and fragment; may be empty.
    pub url: Vec<u8>,
    /// `promisor`: a partial clone left objects there.
    pub promisor: bool,
}

/// Longest `config` that is read, in bytes.
pub const LIMIT: u64 = 16 << 20;

/// Parses the syntax of git-config(1): sections, subsections, comments, quotes, escapes, continued lines.
pub fn parse(text: &[u8]) -> Config {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut config = Config {
        version: Some(0),
        ..Config::default()
    };
    let mut section = Section::default();
    let mut lines = text.split(|&byte| byte == b'\n').enumerate();
    while let Some((number, line)) = lines.next() {
        let mut line = trim_start(line);
        if line.first() == Some(&b'[') {
            match header(line) {
                Some((parsed, rest)) => {
                    section = parsed;
                    line = trim_start(rest);
                }
                None => {
                    config.damaged.push(number + 1);
                    continue;
                }
            }
        }
        if line.is_empty() || matches!(line[0], b'#' | b';') {
            continue;
        }
        let mut joined = line.to_vec();
        while continues(&joined) {
            joined.truncate(trim_end_cr(&joined).len() - 1);
            match lines.next() {
                Some((_, more)) => joined.extend_from_slice(more),
                None => break,
            }
        }
        match variable(&joined) {
            Some((key, value)) => config.take(&section, &key, value),
            None => config.damaged.push(number + 1),
        }
    }
    config
}

#[derive(Default)]
struct Section {
    name: String,
    sub: Vec<u8>,
}

impl Config {
    fn take(&mut self, section: &Section, key: &str, value: Option<Vec<u8>>) {
        let truth = || value.as_deref().is_none_or(is_true);
        match (section.name.as_str(), key) {
            ("core", "repositoryformatversion") => {
                self.version = value
                    .as_deref()
                    .and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
            }
            ("core", "bare") => self.bare = Some(truth()),
            ("core", "worktree") => self.worktree = value,
            ("core", "sparsecheckout") => self.sparse_checkout = truth(),
            ("extensions", _) => {
                self.extensions
                    .insert(key.to_owned(), value.unwrap_or_else(|| b"true".to_vec()));
            }
            ("remote", "url") => {
                let remote = self.remotes.entry(section.sub.clone()).or_default();
                if remote.url.is_empty() {
                    remote.url = without_user(&value.unwrap_or_default());
                }
            }
            ("remote", "promisor") => {
                let promisor = truth();
                self.remotes
                    .entry(section.sub.clone())
                    .or_default()
                    .promisor = promisor;
            }
            _ => {}
        }
    }
}

/// Words git takes for true: `true`, `yes`, `on` and numbers other than 0.
fn is_true(text: &[u8]) -> bool {
    let word = text.to_ascii_lowercase();
    match word.as_slice() {
        b"true" | b"yes" | b"on" => true,
        _ => {
            !word.is_empty()
                && word.iter().all(u8::is_ascii_digit)
                && word.iter().any(|&b| b != b'0')
        }
    }
}

/// A URL without what authenticates: user information, query and fragment.
fn without_user(url: &[u8]) -> Vec<u8> {
    let end = url
        .iter()
        .position(|byte| matches!(byte, b'?' | b'#'))
        .unwrap_or(url.len());
    let url = &url[..end];
    let (scheme, rest) = match url.windows(3).position(|three| three == b"://") {
        Some(at) => url.split_at(at + 3),
        None => url.split_at(0),
    };
    let host_end = rest
        .iter()
        .position(|&byte| byte == b'/')
        .unwrap_or(rest.len());
    // A password may hold an unescaped `/`: then everything up to the last `@` goes.
    let searched = if scheme.is_empty() {
        host_end
    } else {
        rest.len()
    };
    let host = rest[..searched]
        .iter()
        .rposition(|&byte| byte == b'@')
        .map_or(0, |at| at + 1);
    [scheme, &rest[host..]].concat()
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && first.is_ascii_whitespace()
    {
        text = rest;
    }
    text
}

fn trim_end_cr(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\r").unwrap_or(text)
}

/// True when the line ends in a backslash that is neither escaped nor part of a comment.
fn continues(line: &[u8]) -> bool {
    let line = trim_end_cr(line);
    let mut quoted = false;
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b'\\' if at + 1 == line.len() => return true,
            b'\\' => at += 1,
            b'"' => quoted = !quoted,
            b'#' | b';' if !quoted => return false,
            _ => {}
        }
        at += 1;
    }
    false
}

/// `[name]`, `[name "sub"]` or the old `[name.sub]`, and what follows on the line.
fn header(line: &[u8]) -> Option<(Section, &[u8])> {
    let body = &line[1..];
    let end = body
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')))?;
    let name = String::from_utf8(body[..end].to_ascii_lowercase()).ok()?;
    let rest = trim_start(&body[end..]);
    if let Some(rest) = rest.strip_prefix(b"]") {
        let (name, sub) = match name.split_once('.') {
            Some((name, sub)) => (name.to_owned(), sub.as_bytes().to_vec()),
            None => (name, Vec::new()),
        };
        return Some((Section { name, sub }, rest));
    }
    let mut sub = Vec::new();
    let mut bytes = rest.strip_prefix(b"\"")?.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'"' => {
                let rest = rest[at + 2..].strip_prefix(b"]")?;
                return Some((Section { name, sub }, rest));
            }
            b'\\' => sub.push(*bytes.next()?.1),
            _ => sub.push(byte),
        }
    }
    None
}

/// `key` alone or `key = value`; the key in lower case.
fn variable(line: &[u8]) -> Option<(String, Option<Vec<u8>>)> {
    let end = line
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'-'))
        .unwrap_or(line.len());
    if end == 0 {
        return None;
    }
    let key = String::from_utf8(line[..end].to_ascii_lowercase()).ok()?;
    let rest = trim_start(&line[end..]);
    match rest.first() {
        None | Some(b'#' | b';') => Some((key, None)),
        Some(b'=') => Some((key, Some(value(&rest[1..])?))),
        Some(_) => None,
    }
}

fn value(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut kept = 0;
    let mut quoted = false;
    let mut bytes = trim_start(text).iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'"' => {
                quoted = !quoted;
                kept = out.len();
            }
            b'#' | b';' if !quoted => break,
            b'\\' => {
                out.push(match bytes.next()? {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'b' => 8,
                    other @ (b'"' | b'\\') => *other,
                    _ => return None,
                });
                kept = out.len();
            }
            _ => out.push(byte),
        }
    }
    if quoted {
        return None;
    }
    let end = kept.max(trim_end(&out).len());
    out.truncate(end);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_that_say_what_kind_of_repository_it_is() {
        let config = parse(
            b"[core]\n\trepositoryformatversion = 1\n bare = false ; no\n[extensions]\n\
              objectFormat = sha256\n refStorage=\"reftable\"\n[remote \"or\\\"igin\"]\n promisor\n\
              url = https://user:pass@host.example/a/b?token=1#x\n[include] path = /etc/passwd\n",
        );
        assert_eq!(config.version, Some(1));
        assert_eq!(config.bare, Some(false));
        assert_eq!(config.extensions["objectformat"], b"sha256");
        assert_eq!(config.extensions["refstorage"], b"reftable");
        let remote = &config.remotes[b"or\"igin".as_slice()];
        assert!(remote.promisor);
        assert_eq!(remote.url, b"https://host.example/a/b");
        assert!(config.damaged.is_empty());
    }

    #[test]
    fn damaged_lines_are_named_and_do_not_hide_the_others() {
        let config = parse(b"[core\n[core]\nbare = true\n= x\nworktree = \"a\n");
        assert_eq!(config.bare, Some(true));
        assert_eq!(config.damaged, [1, 4, 5]);
    }

    #[test]
    fn lines_continue_after_a_backslash_and_crlf_is_no_part_of_a_value() {
        let config = parse(b"[core]\r\n worktree = a\\\r\nb # c\\\r\n bare\r\n");
        assert_eq!(config.worktree.as_deref(), Some(b"ab".as_slice()));
        assert_eq!(config.bare, Some(true));
    }

    #[test]
    fn no_spelling_of_a_remote_keeps_its_password() {
        for url in [
            "https://u:p@h/x",
            "https://u:p/w@h/x",
            "ssh://u:p@h/x",
            "u:p@h:x",
            "https://u:p@q@h/x",
        ] {
            let shown = String::from_utf8(without_user(url.as_bytes())).unwrap();
            assert!(!shown.contains('p') || shown.starts_with("http"), "{shown}");
            assert!(!shown.contains("u:"), "{shown}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_parsed(text: Vec<u8>) {
            parse(&text);
        }
    }
}
