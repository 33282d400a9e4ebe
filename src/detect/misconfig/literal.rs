//! Is a value that stands under the name of a secret one that could be used as it
//! stands? Placeholders, references, paths and switches are not; what is left may
//! be a weak password, which is one too.

/// Words that stand for a value and are none.
const STAND_INS: &[&str] = &[
    "changeme",
    "change_me",
    "change-me",
    "replace",
    "placeholder",
    "example",
    "xxx",
    "your",
    "dummy",
    "todo",
    "none",
    "null",
    "true",
    "false",
    "yes",
    "no",
    "redacted",
    "secret",
    "password",
    "default",
    "test",
    "sample",
    "insert",
    "value",
    "here",
    "undefined",
    "empty",
    "unset",
    "required",
    "enabled",
    "disabled",
    "auto",
    "generate",
    "random",
    "optional",
    "n/a",
    "tbd",
    "fixme",
    "fake",
    "mock",
    "token",
    "key",
    "auth",
    "apikey",
    "api_key",
    "my-password",
    "my-secret",
    "my-token",
    "my-key",
];

/// Ends of names that hold where a secret is, and not the secret.
const POINTERS: &[&str] = &[
    "_file",
    "_path",
    "_dir",
    "_name",
    "_id",
    "_url",
    "_uri",
    "_arn",
    "_ref",
    "_key_id",
    "_enabled",
    "_length",
    "_type",
    "_policy",
    "_timeout",
    "_ttl",
    "_expiry",
    "_expiration",
    "_host",
    "_port",
    "_user",
    "_username",
    "_header",
    "_endpoint",
    "_manager",
    "_version",
    "_prefix",
    "_location",
    "_min",
    "_max",
    "_hash_algorithm",
    "_spec",
    "_field",
    "_provider",
    "_class",
    "_rotation",
    "_store",
    "_pattern",
    "_regex",
    "_regexp",
    "_mtime",
    "_selector",
    "_algorithm",
];

/// True when a value under this key is a secret that could be used.
pub(super) fn is_secret(key: &str, value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let key = key.to_ascii_lowercase().replace(['-', '.'], "_");
    if POINTERS.iter().any(|end| key.ends_with(end)) {
        return false;
    }
    // `tlsSecret: shop-tls` names a secret and is none.
    let is_word = |b: u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'.');
    let is_name = value.bytes().all(is_word) && value.contains('-');
    if key.ends_with("secret") && is_name {
        return false;
    }
    // `encryption_key = "123456789"` is the number of a key.
    if key.ends_with("key") && value.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    if key.contains("existing_secret") || key.contains("existingsecret") || names_one(value) {
        return false;
    }
    is_value(value)
}

/// True for the name under which a secret lies elsewhere: `admin/db_password`, `DB_PASSWORD`,
/// `vm-admin-password`, `secret_key1`.
fn names_one(value: &str) -> bool {
    let nouns = [
        "password",
        "passwd",
        "pwd",
        "secret",
        "token",
        "key",
        "credentials",
        "creds",
        "default",
        "username",
    ];
    let lower = value.to_ascii_lowercase();
    let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'/' | b'-');
    let one_case = lower == value || value.to_ascii_uppercase() == value;
    let numberless = lower.trim_end_matches(|c: char| c.is_ascii_digit());
    let words: Vec<&str> = numberless.split(['_', '/', '-']).collect();
    let own = ["my", "super", "top", "very", "this", "some", "bad"];
    let says_so = |word: &&str| own.contains(word);
    one_case
        && words.len() > 1
        && words.last().is_some_and(|last| nouns.contains(last))
        && !words.iter().any(says_so)
        && value.bytes().all(is_word)
}

/// True for a text that is a value and nothing that stands for one.
pub(super) fn is_value(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let referring = [
        "$",
        "{{",
        "<",
        "%",
        "((",
        "!",
        "@",
        "ref:",
        "vault:",
        "secret:",
        "env:",
        "file:",
        "op://",
        "arn:",
        "projects/",
        "http://",
        "https://",
        "/",
        "./",
        "~/",
        "#",
        "[",
        "*",
    ];
    if value.len() < 4 || referring.iter().any(|start| value.starts_with(start)) {
        return false;
    }
    if value.contains("${") || value.contains("$(") || value.contains("{{") {
        return false;
    }
    if value.contains(char::is_whitespace) {
        return false;
    }
    if STAND_INS.contains(&lower.as_str()) {
        return false;
    }
    if lower.starts_with("your") {
        return false;
    }
    let hints = [
        "changeme",
        "change_me",
        "change-me",
        "placeholder",
        "your_",
        "your-",
        "replace",
        "xxxx",
        "example",
        "todo",
        "insert",
        "dummy",
        "fake",
    ];
    if hints.iter().any(|hint| lower.contains(hint)) {
        return false;
    }
    let mut bytes = value.bytes();
    let first = bytes.next();
    !bytes.all(|byte| Some(byte) == first)
}

/// Words in a name that mean its value is secret.
const SECRET_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "access_key",
    "secret_key",
    "private_key",
    "credentials",
    "auth_key",
    "encryption_key",
    "signing_key",
    "master_key",
    "jwt_key",
    "connection_string",
    "pwd",
    "passwort",
];

/// Names that hold such a word and mean something else.
const NOT_SECRET: &[&str] = &[
    "secret_name",
    "secretname",
    "secret_ref",
    "token_url",
    "password_policy",
    "public",
    "tokenizer",
    "max_tokens",
    "secrets_manager",
    "secretsmanager",
    "token_endpoint",
    "csrf_token_name",
    "automount",
    "access_key_id",
    "accesskeyid",
    "allow_empty_password",
    "random_root",
    "oldpwd",
    "secret_version",
    "tokens_per",
    "reset_password",
    "forgot_password",
    "password_reset",
    "password_encoder",
    "password_min",
    "password_max",
    "password_auth",
    "passwordauth",
    "use_token",
    "token_validity",
    "tokenvalidity",
    "password_data_version",
    "secret_mount",
    "secret_store",
    "secret_provider",
    "token_issuer",
    "token_audience",
    "token_budget",
    "num_tokens",
    "show_password",
    "password_field",
    "password_hint",
    "password_prompt",
    "recovery_window",
    "mechanism",
];

/// True for a name whose value is secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = snake(name);
    SECRET_WORDS.iter().any(|word| {
        name == *word
            || name.ends_with(&format!("_{word}"))
            || name.starts_with(&format!("{word}_"))
            || name.contains(&format!("_{word}_"))
            || word.len() > 5 && name.ends_with(word)
    }) && !NOT_SECRET.iter().any(|word| name.contains(word))
        && !POINTERS.iter().any(|end| name.ends_with(end))
}

/// `apiKey` and `API-KEY` as `api_key`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            out.push('_');
        }
        out.push(match c {
            '-' | '.' | ' ' | '/' => '_',
            c => c.to_ascii_lowercase(),
        });
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_secret_is_none() {
        for value in [
            "admin/db_password",
            "SYMMETRIC_DEFAULT",
            "spotinst_token",
            "kafka2_keystore_creds",
            "vm-win-admin-password",
            "secret_key1",
            "registry_username",
            "my-password",
        ] {
            assert!(!is_secret("db_password", value), "{value}");
        }
        for value in [
            "mysecretpassword",
            "my_secret_key",
            "Kj8w_2Qz7key",
            "top-secret-password",
        ] {
            assert!(is_secret("db_password", value), "{value}");
        }
        assert!(!is_secret("existingSecretAdminPasswordKey", "harbor-pw1"));
        assert!(!is_secret("tlsSecret", "shop.local-tls"));
        assert!(!is_secret("database_encryption_key", "123456789"));
        assert!(is_secret("password", "123456789"));
        assert!(!is_secret_name("passwordPattern"));
    }

    #[test]
    fn names_of_secrets_and_values_that_are_none() {
        for name in [
            "DB_PASSWORD",
            "apiKey",
            "client-secret",
            "MYSQL_ROOT_PASSWORD",
            "authToken",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "PASSWORD_FILE",
            "secretName",
            "TOKEN_URL",
            "max_tokens",
            "publicKey",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
        for value in [
            "$PASS",
            "${PASS}",
            "changeme",
            "",
            "<password>",
            "aaaaaaaa",
            "two words",
        ] {
            assert!(!is_value(value), "{value}");
        }
        assert!(is_value("hunter2horse"));
    }
}
