//! Connection strings taken apart: URLs with a password (`postgres://…`,
//! `jdbc:…`, basic authentication) and lists of `Key=value;`. There is nothing
//! to prove but that the parts are there and the password is no placeholder;
//! user and host are facts, and so is that the host is this very machine.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::azure;
use super::base62;

/// Bytes of a connection string.
const LIMIT: usize = 8 << 10;

/// True for text that stands where a password should be put: empty, a
/// variable, a format directive, a mask, or a word like `password` itself.
pub(super) fn is_placeholder(password: &str) -> bool {
    const WORDS: [&str; 25] = [
        "password",
        "passwd",
        "pass",
        "pwd",
        "pw",
        "secret",
        "changeme",
        "change_me",
        "change-me",
        "username",
        "example",
        "mypassword",
        "my_password",
        "null",
        "none",
        "undefined",
        "todo",
        "redacted",
        "mypass",
        "badpass",
        "testpass",
        "foobar",
        "foo",
        "bar",
        "baz",
    ];
    const PARTS: [&str; 9] = [
        "your",
        "placeholder",
        "example",
        "redacted",
        "<password",
        "insert",
        "replace",
        "dummy",
        "fake",
    ];
    let text = password.trim_matches(['\'', '"']).to_ascii_lowercase();
    let first = text.chars().next();
    let uniform = text.chars().all(|c| Some(c) == first);
    let bracketed = |open: char, close: char| text.starts_with(open) && text.ends_with(close);
    uniform
        || WORDS.contains(&text.as_str())
        || PARTS.iter().any(|part| text.contains(part))
        || bracketed('<', '>')
        || bracketed('[', ']')
        || bracketed('{', '}')
        || bracketed('%', '%')
        || ["${", "$(", "{{", "#{", "<%", "%s", "%(", "%v", "@{"]
            .iter()
            .any(|mark| text.contains(mark))
        || is_variable(password)
}

/// `$PASSWORD`, `$pass`, `DB_PASSWORD`: the name of a variable.
fn is_variable(text: &str) -> bool {
    let lower = |b: u8| b.is_ascii_lowercase() || b == b'_';
    if text
        .strip_prefix('$')
        .is_some_and(|name| name.len() > 1 && name.bytes().all(lower))
    {
        return true;
    }
    let name = text.strip_prefix('$').unwrap_or(text);
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    named && (name.len() != text.len() || name.contains('_'))
}

/// The user, when it looks like a name and not like a token: services take
/// either in its place, and what is secret must not become a fact.
pub(super) fn user_name(user: &str) -> &str {
    let spelled =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@' | b'+');
    let digits = user.bytes().filter(u8::is_ascii_digit).count();
    let tail = user.get(1..).unwrap_or_default();
    let one_case = !tail.bytes().any(|b| b.is_ascii_uppercase())
        || !user.bytes().any(|b| b.is_ascii_lowercase());
    let named = user.len() <= 20 && digits <= 4 && one_case && user.bytes().all(spelled);
    if named && !is_placeholder(user) {
        user
    } else {
        ""
    }
}

fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    matches!(
        host.as_str(),
        "localhost" | "::1" | "0.0.0.0" | "." | "(local)" | "host.docker.internal"
    ) || host.starts_with("127.")
        || host.starts_with("(localdb)")
}

/// What was taken for user and password is the host and port of a URL whose path holds an `@`.
fn is_host_and_path(user: &str, password: &str) -> bool {
    let port = password.bytes().take_while(u8::is_ascii_digit).count();
    user.starts_with('[')
        || ((1..=5).contains(&port) && matches!(password.as_bytes().get(port), Some(b'/' | b'?')))
}

/// The facts of a credential for a host; `Invalid` for placeholders, and for the default account
/// of a server on this very machine, such as `guest:guest@localhost`.
fn judge(kind: &str, user: &str, password: &str, host: &str) -> Outcome {
    let host = host.strip_prefix("tcp:").unwrap_or(host);
    // The start of a `\"` that closes a string within a string.
    let host = host.trim_end_matches('\\');
    let bare = match host.rsplit_once([':', ',']) {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let is_here = is_local(bare);
    let local = if is_here { "yes" } else { "" };
    let is_default = is_here && user == password;
    let is_template = user.contains("${") || user.contains("{{") || host.starts_with('$');
    let is_none =
        is_placeholder(password) || is_default || is_template || is_host_and_path(user, password);
    Outcome::shaped(!is_none)
        .fact("kind", kind)
        .fact("user", user_name(user))
        .fact("host", host)
        .fact("local", local)
}

/// The password part of a URL may hold any of `/?#`, unescaped by mistake, so
/// the last `@` counts when there is none before the path.
fn authority(rest: &str) -> Option<(&str, &str)> {
    let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let at = rest[..path].rfind('@').or_else(|| rest.rfind('@'))?;
    let host = &rest[at + 1..];
    let end = host.find(['/', '?', '#']).unwrap_or(host.len());
    // With another `@` behind it, this may be the middle of a password.
    let host = if host.contains('@') { "" } else { &host[..end] };
    Some((&rest[..at], host))
}

fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let spelled = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b':');
    (!scheme.is_empty() && scheme.len() <= 40 && scheme.bytes().all(spelled))
        .then_some((scheme, rest))
}

fn url(text: &str) -> Outcome {
    let Some((scheme, rest)) = scheme(text) else {
        return thin(text);
    };
    let host_end = rest.find(['/', '?', ';']).unwrap_or(rest.len());
    let parameters = rest.get(host_end..).unwrap_or_default();
    if let Some((info, host)) = authority(rest)
        && let Some((user, password)) = info.split_once(':')
    {
        return judge(scheme, user, password, host);
    }
    // jdbc:…://host/db?user=…&password=… and jdbc:sqlserver://host;user=…;password=…
    let pairs = || {
        parameters
            .split(['?', '&', ';'])
            .filter_map(|p| p.split_once('='))
    };
    let value = |names: &[&str]| {
        pairs()
            .find(|(key, _)| names.iter().any(|name| key.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value)
    };
    match value(&["password", "pwd", "pass"]) {
        Some(password) => {
            let user = value(&["user", "username", "uid"]).unwrap_or_default();
            judge(scheme, user, password, &rest[..host_end])
        }
        None => Outcome::Invalid,
    }
}

/// `jdbc:oracle:thin:user/password@host`.
fn thin(text: &str) -> Outcome {
    let parsed = text
        .strip_prefix("jdbc:oracle:thin:")
        .and_then(|rest| rest.rsplit_once('@'))
        .and_then(|(info, host)| Some((info.split_once('/')?, host)));
    match parsed {
        Some(((user, password), host)) => {
            let host = host.trim_start_matches('/');
            let end = host.find('/').unwrap_or(host.len());
            judge("jdbc:oracle:thin", user, password, &host[..end])
        }
        None => Outcome::Invalid,
    }
}

/// A URL that holds a password. The argument is the scheme (`postgres` when empty).
pub(super) struct ConnectionUrl;

impl TokenFormat for ConnectionUrl {
    fn name(&self) -> &'static str {
        "connection-url"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if secret.len() > LIMIT {
            return Outcome::Unknown;
        }
        match std::str::from_utf8(secret) {
            Ok(text) => url(text),
            Err(_) => Outcome::Unknown,
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let scheme = if arg.is_empty() { "postgres" } else { arg };
        let password = rng.chars(base62::DIGITS, 20);
        let password = String::from_utf8_lossy(&password);
        let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b':');
        scheme.bytes().all(name).then(|| {
            format!("{scheme}://service:{password}@db.internal.test:5432/app").into_bytes()
        })
    }
}

/// The pairs of `Key=value;Key='va;lue'`, keys in lower case.
fn pairs(text: &str) -> Vec<(String, &str)> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let closing = quote.and_then(|q| after[1..].find(q).map(|at| at + 1));
        let (value, next) = match closing {
            Some(at) => (&after[1..at], &after[at + 1..]),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (&after[..end], &after[end..])
            }
        };
        let key = key.trim_matches([';', ' ', '\n', '\r', '\t']);
        out.push((key.to_ascii_lowercase(), value.trim()));
        rest = next;
        if out.len() == 64 {
            break;
        }
    }
    out
}

fn member<'a>(pairs: &[(String, &'a str)], names: &[&str]) -> Option<&'a str> {
    let found = pairs.iter().find(|(key, _)| names.contains(&key.as_str()));
    found.map(|(_, value)| *value)
}

/// A list of `Key=value;` as ADO.NET, ODBC and OLE DB write it.
pub(super) struct ConnectionString;

impl TokenFormat for ConnectionString {
    fn name(&self) -> &'static str {
        "connection-string"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if secret.len() > LIMIT {
            return Outcome::Unknown;
        }
        let Ok(text) = std::str::from_utf8(secret) else {
            return Outcome::Unknown;
        };
        let pairs = pairs(text);
        let host = member(
            &pairs,
            &[
                "server",
                "data source",
                "host",
                "address",
                "addr",
                "network address",
                "datasource",
            ],
        );
        let user = member(
            &pairs,
            &["user id", "uid", "user", "username", "userid", "user name"],
        );
        match member(&pairs, &["password", "pwd"]) {
            Some(password) => judge(
                "connection string",
                user.unwrap_or_default(),
                password,
                host.unwrap_or_default(),
            ),
            None => Outcome::Invalid,
        }
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        if !arg.is_empty() {
            return None;
        }
        let password = rng.chars(base62::DIGITS, 20);
        let password = String::from_utf8_lossy(&password);
        let text = format!(
            "Server=db.internal.test,1433;Database=app;User Id=service;Password={password};"
        );
        Some(text.into_bytes())
    }
}

/// Azure's connection strings, whose key is judged as `azure-storage-key`. The
/// argument is `storage` (when empty) or `messaging`.
pub(super) struct AzureConnection;

impl TokenFormat for AzureConnection {
    fn name(&self) -> &'static str {
        "azure-connection-string"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        if secret.len() > LIMIT {
            return Outcome::Unknown;
        }
        let Ok(text) = std::str::from_utf8(secret) else {
            return Outcome::Unknown;
        };
        let pairs = pairs(text);
        // Values hold no `=` but the padding of keys, which `pairs` keeps.
        let Some(key) = member(
            &pairs,
            &["accountkey", "sharedaccesskey", "accesskey", "secret"],
        ) else {
            return Outcome::Invalid;
        };
        let host = member(&pairs, &["accountendpoint", "endpoint", "hostname"]);
        azure::AccountKey
            .check(key.as_bytes())
            .fact(
                "account",
                member(&pairs, &["accountname"]).unwrap_or_default(),
            )
            .fact("host", host.unwrap_or_default())
            .fact(
                "policy",
                member(&pairs, &["sharedaccesskeyname"]).unwrap_or_default(),
            )
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let (head, signature) = match arg {
            "" | "storage" => (
                "DefaultEndpointsProtocol=https;AccountName=sampleaccount;AccountKey=",
                "+ASt",
            ),
            "messaging" => (
                "Endpoint=sb://sample.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=",
                "legacy",
            ),
            _ => return None,
        };
        let key = azure::AccountKey.make(signature, rng)?;
        let tail = if signature == "+ASt" {
            ";EndpointSuffix=core.windows.net"
        } else {
            ""
        };
        Some([head.as_bytes(), &key, tail.as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(format: &dyn TokenFormat, text: &str) -> Option<Vec<(&'static str, String)>> {
        match format.check(text.as_bytes()) {
            Outcome::Valid { facts, .. } => Some(facts),
            _ => None,
        }
    }

    #[test]
    fn urls_are_taken_apart() {
        for (text, user, host) in [
            ("mysql://app:kQ3v8rLm2X@db.test/app", "app", "db.test"), // bowerbird:allow a made-up sample
            (
                "redis://:kQ3v8rLm2X@cache.test:6379/0", // bowerbird:allow a made-up sample
                "",
                "cache.test:6379",
            ),
            (
                "mongodb+srv://app:kQ3v8rLm2X@c0.test/?w=1", // bowerbird:allow a made-up sample
                "app",
                "c0.test",
            ),
            ("https://app:kQ3v/8r#L@git.test/r.git", "app", "git.test"),
            ("https://app:kQ3v@8r/kL@git.test/r.git", "app", ""), // bowerbird:allow a made-up sample
            (
                "https://kQ3v8rLm2XzT9w:x-oauth@git.test/r.git", // bowerbird:allow a made-up sample
                "",
                "git.test",
            ),
            (
                "jdbc:postgresql://db.test:5432/app?user=app&password=kQ3v8rLm2X", // bowerbird:allow a made-up sample
                "app",
                "db.test:5432",
            ),
            (
                "jdbc:sqlserver://db.test:1433;user=app;password=kQ3v8rLm2X", // bowerbird:allow a made-up sample
                "app",
                "db.test:1433",
            ),
            (
                "jdbc:oracle:thin:app/kQ3v8rLm2X@//db.test:1521/XE", // bowerbird:allow a made-up sample
                "app",
                "db.test:1521",
            ),
        ] {
            let facts = facts(&ConnectionUrl, text).expect(text);
            let value = |key| facts.iter().find(|(k, _)| *k == key).map_or("", |(_, v)| v);
            assert_eq!((value("user"), value("host")), (user, host), "{text}");
            assert!(facts.iter().all(|(_, v)| !v.contains("kQ3v")), "{text}");
        }
    }

    #[test]
    fn placeholders_and_urls_without_password_are_refused() {
        for text in [
            "postgres://user:password@localhost/db",
            "postgres://user:${DB_PASSWORD}@db/app",
            "postgres://user:$DB_PASSWORD@db/app",
            "postgres://user:<password>@db/app",
            "postgres://user:****@db/app",
            "postgres://{user}:{password}@{host}/app",
            "postgres://user:your-password@db/app",
            "postgres://user@db/app",
            "https://example.test/a:b",
            "not a url",
        ] {
            assert_eq!(
                ConnectionUrl.check(text.as_bytes()),
                Outcome::Invalid,
                "{text}"
            );
        }
    }

    #[test]
    fn local_hosts_are_a_fact() {
        let local = ("local", "yes".to_owned());
        let text = "postgres://postgres:kQ3v8rLm@127.0.0.1:5432/app"; // bowerbird:allow a made-up sample
        assert!(facts(&ConnectionUrl, text).unwrap().contains(&local));
        let text = "Data Source=(local);User ID=sa;Pwd='k;3v8rLm'";
        let facts = facts(&ConnectionString, text).unwrap();
        assert!(facts.contains(&local) && facts.contains(&("user", "sa".to_owned())));
        let template = "Server=db;User Id=sa;Password={your_password};";
        assert_eq!(
            ConnectionString.check(template.as_bytes()),
            Outcome::Invalid
        );
    }

    #[test]
    fn azure_keys_inside_are_judged() {
        use crate::token::Grade;
        let text = AzureConnection.make("", &mut Rng::new(6)).unwrap();
        assert_eq!(AzureConnection.check(&text).grade(), Some(Grade::Checksum));
        let text = AzureConnection.make("messaging", &mut Rng::new(6)).unwrap();
        assert_eq!(AzureConnection.check(&text).grade(), Some(Grade::Structure));
    }
}
