//! Names and values that mean a secret, wherever they stand: in a mapping of
//! names to values, or in a list of pairs.

use crate::bytes::base64;
use crate::detect::misconfig::judge::Judge;
use crate::detect::misconfig::judge::Truth;
use crate::detect::misconfig::literal;
use crate::detect::misconfig::world::Spot;
use crate::document::Value;

/// A name of the mapping means a secret, and its value could be used as it stands.
pub(super) fn entry(judge: &Judge<'_>) -> Truth {
    find(judge, &|key, value| {
        literal::is_secret_name(key) && literal::is_secret(key, value)
    })
}

/// A value of the mapping or list holds a key whose form says what it is.
pub(super) fn token(judge: &Judge<'_>) -> Truth {
    find(judge, &|_, value| has_token(value))
}

/// Forms that cannot be anything else.
pub(super) fn has_token(text: &str) -> bool {
    let after = |start: &str, len: usize, is: fn(&u8) -> bool| {
        text.match_indices(start).any(|(at, _)| {
            let rest = &text.as_bytes()[at + start.len()..];
            rest.len() >= len && rest[..len].iter().all(is) && !text[at..].contains("EXAMPLE")
        })
    };
    let upper = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    after("AKIA", 16, upper)
        || text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----")
        || after("ghp_", 36, u8::is_ascii_alphanumeric)
}

/// The text itself is a secret: a key by its form, or `NAME=value` of a shell.
pub(super) fn script(judge: &Judge<'_>) -> Truth {
    let Value::Text { text, .. } = judge.world.value(judge.from) else {
        return match judge.world.value(judge.from) {
            Value::Unknown(text) if has_token(text) => Truth::Yes(Some(judge.from)),
            Value::Unknown(_) | Value::Reference(_) => Truth::Unknown,
            _ => Truth::No,
        };
    };
    let assigns = text.lines().any(|line| {
        let line = line.trim().trim_start_matches("export ");
        line.split_once('=').is_some_and(|(name, value)| {
            literal::is_secret_name(name)
                && literal::is_secret(name, value)
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
    });
    match has_token(text) || assigns {
        true => Truth::Yes(Some(judge.from)),
        false => Truth::No,
    }
}

fn find(judge: &Judge<'_>, is: &dyn Fn(&str, &str) -> bool) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let mut truth = Truth::No;
    let spot = |node| Spot {
        doc: judge.from.doc,
        node,
    };
    for (key, node) in doc.entries(judge.from.node) {
        match judge.world.value(judge.world.resolve(spot(*node))) {
            Value::Text { text, .. } if is(key, text) => return Truth::Yes(Some(spot(*node))),
            Value::Unknown(_) | Value::Reference(_) => truth = Truth::Unknown,
            _ => {}
        }
    }
    // Pairs of `{name, value}` and of `NAME=value`, alone or in a list.
    for item in std::iter::once(judge.from.node).chain(doc.children(judge.from.node)) {
        let named = ["name", "key", "Name", "Key"]
            .iter()
            .find_map(|key| doc.text_at(item, &[key]));
        let value = ["value", "Value", "default"]
            .iter()
            .find_map(|key| doc.get(item, key));
        if let (Some(name), Some(value)) = (named, value)
            && let Value::Text { text, .. } = judge.world.value(judge.world.resolve(spot(value)))
            && is(name, text)
        {
            return Truth::Yes(Some(spot(value)));
        }
        if let Some((name, value)) = doc.text(item).and_then(|text| text.split_once('='))
            && is(name, value)
        {
            return Truth::Yes(Some(spot(item)));
        }
    }
    truth
}

/// As [`entry`], of values in base64: what they hold could be used as it stands.
pub(super) fn encoded(judge: &Judge<'_>) -> Truth {
    find(judge, &|key, value| {
        literal::is_secret_name(key)
            && decode(value).is_some_and(|text| literal::is_secret(key, &text))
    })
}

/// Text in base64 (RFC 4648 section 4).
fn decode(value: &str) -> Option<String> {
    let body = value.trim().bytes().filter(|byte| *byte != b'=');
    let bytes: Option<Vec<u8>> = base64::decoded(body).collect();
    String::from_utf8(bytes?).ok()
}
