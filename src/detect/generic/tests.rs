//! Behaviour of extraction and judgement, construct by construct. Values are
//! put together at run time, so that no line here looks like a secret to
//! another scanner, and the keyword search is the plain one, not the engine's.

use super::Candidate;
use super::LEFT_REACH;
use super::RIGHT_REACH;
use super::Refusal;
use super::Syntax;
use super::extract;
use super::judge;
use super::keywords;
use super::kind_of;
use crate::model::rule::Confidence;
use proptest::prelude::*;
use std::ops::Range;

/// A value that no dictionary knows, in place of `@@`.
fn fill(template: &str) -> String {
    template.replace("@@", &["kT9", "mQ2v", "Lx7"].concat())
}

/// All places of all keywords, in any case.
fn hits(bytes: &[u8]) -> Vec<Range<usize>> {
    let lower = bytes.to_ascii_lowercase();
    let mut out = Vec::new();
    for keyword in keywords() {
        for start in memchr::memmem::find_iter(&lower, keyword) {
            out.push(start..start + keyword.len());
        }
    }
    out
}

fn candidates(text: &str) -> Vec<Candidate> {
    let found = hits(text.as_bytes());
    found
        .into_iter()
        .filter_map(|hit| extract(text.as_bytes(), hit))
        .collect()
}

fn assert_found(template: &str, syntax: Syntax) {
    let text = fill(template);
    let found = candidates(&text);
    let value = fill("@@");
    let right = found
        .iter()
        .any(|c| text[c.value.clone()] == value && c.syntax == syntax);
    assert!(right, "{template}: {found:?}");
    let other = found.iter().find(|c| text[c.value.clone()] != value);
    assert!(other.is_none(), "{template}: {other:?}");
}

#[test]
fn values_are_found_in_code() {
    for template in [
        "password = \"@@\"",
        "let db_password: &str = \"@@\";",
        "val apiKey: String = \"@@\"",
        "var clientSecret := '@@'",
        "const password string = \"@@\"",
        "$this->password = '@@';",
        "char password[32] = \"@@\";",
        "config[\"password\"] = \"@@\"",
        "if (password == \"@@\") {",
        "password = b'@@'",
        "password = os_password or '@@'",
        "passwordField.password ||= \"@@\"",
    ] {
        assert_found(template, Syntax::Assignment);
    }
    for template in [
        "\"password\": \"@@\"",
        "'secret' => '@@',",
        "put(\"password\", \"@@\")",
        "{\\\"password\\\": \\\"@@\\\"}",
    ] {
        assert_found(template, Syntax::Entry);
    }
    for template in [
        "setPassword(\"@@\")",
        "client.login(\"admin\", \"@@\")",
        "new UsernamePasswordToken(\"admin\", \"@@\")",
    ] {
        assert_found(template, Syntax::Call);
    }
    assert_found("password = new String(\"@@\")", Syntax::Wrapped);
}

#[test]
fn values_are_found_in_configuration() {
    for (template, syntax) in [
        ("DB_PASSWORD=@@\n", Syntax::Env),
        ("export API_KEY=@@\n", Syntax::Env),
        ("ENV DB_PASSWORD @@\n", Syntax::Env),
        ("docker run -e DB_PASSWORD=@@ image", Syntax::Env),
        ("x: ${DB_PASSWORD:-@@}", Syntax::Env),
        ("x=${DB_PASSWORD:@@}", Syntax::Env),
        ("db:\n  password: @@  # comment\n", Syntax::Yaml),
        ("password = @@\n", Syntax::Assignment),
        ("requirepass @@\n", Syntax::Directive),
        ("<password>@@</password>", Syntax::Xml),
        ("<entry key=\"password\">@@</entry>", Syntax::Xml),
        ("<add key=\"Password\" value=\"@@\"/>", Syntax::Pair),
        ("- name: DB_PASSWORD\n  value: @@\n", Syntax::Pair),
        (
            "{\"name\": \"DB_PASSWORD\", \"value\": \"@@\"}",
            Syntax::Pair,
        ),
        ("\"Server=db;User Id=sa;Password=@@;\"", Syntax::Connection),
        (
            "\"host=db user=sa password=@@ dbname=x\"",
            Syntax::Connection,
        ),
    ] {
        assert_found(template, syntax);
    }
}

#[test]
fn values_are_found_on_the_wire_and_the_command_line() {
    for (template, syntax) in [
        ("postgres://admin:@@@db.local/x", Syntax::Url),
        ("GET /x?token=@@&a=b", Syntax::Url),
        ("Authorization: Bearer @@", Syntax::Header),
        ("\"X-Api-Key: @@\"", Syntax::Header),
        ("tool --password @@ run", Syntax::CommandFlag),
        ("tool --password=@@ run", Syntax::CommandFlag),
        ("curl -u admin:@@ x", Syntax::CommandFlag),
        ("mysql -u root -p@@ x", Syntax::CommandFlag),
        ("sshpass -p @@ ssh x", Syntax::CommandFlag),
        ("CREATE USER x IDENTIFIED BY '@@';", Syntax::Sql),
        ("ALTER ROLE x WITH PASSWORD '@@';", Syntax::Sql),
        ("the password is `@@`", Syntax::Prose),
    ] {
        assert_found(template, syntax);
    }
}

#[test]
fn text_and_code_without_a_literal_give_nothing() {
    for text in [
        "Enter your password to go on.",
        "fn check(password: &str, token: &Token) -> bool {",
        "def login(user, password=None, token=token):",
        "password = request.form.get('password')",
        "return map.get(key);",
        "public static final int KEY = 3;",
        "see https://example.org/a:b@c and https://localhost:8080/x",
        "basic authentication and bearer tokens",
        "docker run -p 8080:80 -u 1000:1000 nginx",
        "keyboard: \"us\", monkey: \"x1y2z3\"",
        "import { token } from './token'",
        "password=\"\"",
    ] {
        let found = candidates(text);
        let judged = found.iter().filter(|c| judge(text.as_bytes(), c).is_ok());
        assert_eq!(judged.count(), 0, "{text}: {found:?}");
    }
}

#[test]
fn what_only_stands_for_a_value_is_refused() {
    for (text, refusal) in [
        ("password = \"${DB_PASSWORD}\"", Refusal::Template),
        ("password: \"{{ vault_password }}\"", Refusal::Template),
        ("password = \"<your password>\"", Refusal::Template),
        ("password = \"your-password-here\"", Refusal::Placeholder),
        ("API_KEY=xxxxxxxxxxxx", Refusal::Placeholder),
        ("password: string\n", Refusal::Keyword),
        ("password = \"abc\"", Refusal::TooShort),
        ("secret = \"https://example.org/a/b\"", Refusal::Reference),
        ("\"js-tokens\": \"^4.0.0\"", Refusal::Reference),
        (
            "password = \"Bitte geben Sie Ihr Passwort ein\"",
            Refusal::Prose,
        ),
        ("user_password = \"userPassword\"", Refusal::SameAsName),
    ] {
        let found = candidates(text);
        let first = found.first().expect("a candidate");
        assert_eq!(judge(text.as_bytes(), first), Err(refusal), "{text}");
    }
}

/// The confidence of the one value in a text.
fn confidence_of(template: &str) -> Option<Confidence> {
    let text = fill(template);
    let found = candidates(&text);
    let judged = found.iter().filter_map(|c| judge(text.as_bytes(), c).ok());
    judged.map(|j| super::confidence(j.score)).max().flatten()
}

#[test]
fn secrets_score_above_look_alikes() {
    for template in [
        "DB_PASSWORD=@@\n",
        "password: @@\n",
        "password = \"@@\"",
        "api_key = \"@@@@@@\"",
        "postgres://admin:@@@db.local/x",
    ] {
        assert!(
            confidence_of(template) >= Some(Confidence::Medium),
            "{template}"
        );
    }
    for template in [
        "\"password\": \"Password\",",
        "\"forgotPassword\": \"Forgot password?\",",
        "passwordLabel = \"password_label\"",
        "token = \"identifier\";",
        "csrf_token_name = \"authenticity_token\"",
        "PASSWORD_FIELD = \"password\"",
        "secretName: redis-credentials\n",
    ] {
        assert!(
            confidence_of(template) < Some(Confidence::Medium),
            "{template}"
        );
    }
}

#[test]
fn the_rule_follows_from_name_and_construct() {
    for (template, kind) in [
        ("DB_PASSWORD=@@\n", "generic-password"),
        ("api_key = \"@@\"", "generic-api-key"),
        ("auth_token = \"@@\"", "generic-token"),
        ("client_secret = \"@@\"", "generic-secret"),
        ("password_salt = \"@@\"", "generic-password"),
        ("redis://x:@@@h/0", "url-password"),
        ("f\"Bearer @@@@\"", "bearer-token"),
        ("sshpass -p @@ ssh", "command-line-password"),
    ] {
        let text = fill(template);
        let found = candidates(&text);
        assert!(
            found.iter().any(|c| kind_of(text.as_bytes(), c) == kind),
            "{template}: {found:?}"
        );
    }
}

#[test]
fn the_five_features_are_sorted_by_weight() {
    let text = fill("DB_PASSWORD=@@\n");
    let found = candidates(&text);
    let judgement = judge(text.as_bytes(), &found[0]).expect("not refused");
    let weights = judgement.features.map(|(_, w)| w.abs());
    assert!(weights.windows(2).all(|w| w[0] >= w[1]));
}

/// Pieces that make constructs likely when strung together.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "password",
            "Api_Key",
            "token",
            "secret",
            "auth",
            "login",
            "Bearer ",
            "basic ",
            "://",
            " -u ",
            "--user",
            " -p",
            "identified by",
            "=",
            ": ",
            ":=",
            "=>",
            "(",
            ")",
            "\"",
            "'",
            "\\\"",
            "\n",
            " ",
            "<",
            ">",
            "</",
            "@",
            "value",
            "name=",
            "{",
            "}",
            "${",
            ",",
            ";",
            "[",
            "]",
            "export ",
            "curl",
            "mysql",
            "x9Kq",
            "abc",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,6}",
        "[a-z]{30,90}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|v| v.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600), start in 0usize..700, len in 0usize..40) {
        if let Some(found) = extract(&bytes, start..start + len) {
            let _ = judge(&bytes, &found);
        }
    }

    #[test]
    fn only_the_reach_is_read(text in pieces(), before in "[ -~\n]{0,300}", after in "[ -~\n]{0,500}") {
        let whole = [before.as_str(), &text, &after].concat();
        let bytes = whole.as_bytes();
        for hit in hits(bytes) {
            let from = hit.start.saturating_sub(LEFT_REACH);
            let to = bytes.len().min(hit.end + RIGHT_REACH);
            let clipped = &bytes[from..to];
            let far = extract(bytes, hit.clone());
            let near = extract(clipped, hit.start - from..hit.end - from);
            prop_assert_eq!(far.as_ref().map(|c| c.value.clone()), near.as_ref().map(|c| c.value.start + from..c.value.end + from));
            if let (Some(far), Some(near)) = (far, near) {
                prop_assert_eq!(judge(bytes, &far), judge(clipped, &near));
                prop_assert!(!far.value.is_empty());
            }
        }
    }

    #[test]
    fn hits_in_one_name_agree(text in pieces()) {
        let bytes = text.as_bytes();
        let found: Vec<Candidate> = hits(bytes).into_iter().filter_map(|hit| extract(bytes, hit)).collect();
        for a in &found {
            for b in &found {
                prop_assert!(a.name != b.name || a.value == b.value || a.syntax != b.syntax, "{:?} {:?}", a, b);
            }
        }
    }
}
