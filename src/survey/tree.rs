//! YAML and JSON configuration as plain values. Anchors are resolved within a
//! budget, so that a file that expands without end is an error and no memory.

use serde_json::Value;

/// Every document of a YAML file.
///
/// # Errors
/// Why it could not be parsed, in one clause without content.
pub fn yaml(text: &str) -> Result<Vec<Value>, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 100,
            max_events: 400_000,
            max_nodes: 200_000,
            max_aliases: 20_000,
            max_anchors: 2_000,
            max_documents: 2_000,
        },
        with_snippet: false,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
    };
    serde_saphyr::from_multiple_with_options::<Value>(text, options).map_err(|error| {
        match error.location() {
            Some(location) => format!("not readable as YAML, line {}", location.line()),
            None => "not readable as YAML".to_owned(),
        }
    })
}

/// A JSON file, or one with comments and trailing commas.
///
/// # Errors
/// Why it could not be parsed.
pub fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&plain_json(text)))
        .map_err(|error| format!("not readable as JSON, line {}", error.line()))
}

/// Comments, trailing commas, single quotes and bare keys of JSON5 made plain, line by line.
fn plain_json(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quote = None;
    while let Some(next) = chars.next() {
        match (quote, next) {
            (Some(_), '\\') => {
                plain.push(next);
                plain.extend(chars.next());
            }
            (Some(open), _) if next == open => {
                plain.push('"');
                quote = None;
            }
            (Some('\''), '"') => plain.push_str("\\\""),
            (Some(_), _) => plain.push(next),
            (None, '"' | '\'') => {
                plain.push('"');
                quote = Some(next);
            }
            (None, '/') if chars.peek() == Some(&'/') => {
                while chars.peek().is_some_and(|&it| it != '\n') {
                    chars.next();
                }
            }
            (None, '/') if chars.peek() == Some(&'*') => {
                chars.next();
                let mut before = ' ';
                for inside in chars.by_ref() {
                    if before == '*' && inside == '/' {
                        break;
                    }
                    before = inside;
                }
            }
            (None, _) => plain.push(next),
        }
    }
    bare(&plain)
}

/// Trailing commas and bare keys.
fn bare(text: &str) -> String {
    let commas = regex::Regex::new(r",(\s*[}\]])").expect("a fixed expression");
    let keys = regex::Regex::new(r"(?m)([{,]\s*)([A-Za-z_$][\w$]*)(\s*:)").expect("fixed");
    let text = commas.replace_all(text, "$1");
    keys.replace_all(&text, "$1\"$2\"$3").into_owned()
}

/// The text of a scalar; numbers and truth values as they are written.
pub fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A scalar or a list of scalars as a list.
pub fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(word).collect(),
        Value::Object(map) => map.keys().cloned().collect(),
        other => word(other).into_iter().collect(),
    }
}

/// Whether a value says yes, quoted or not.
pub fn is_true(value: &Value) -> bool {
    word(value).is_some_and(|word| word == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_merge_and_endless_ones_are_an_error() {
        let merged = yaml("a: &x {k: 1}\nb:\n  <<: *x\n  l: 2\n").unwrap();
        assert_eq!(merged[0]["b"]["k"], 1);
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            bomb.push_str(&format!(
                "a{n}: &a{n} [{}]\n",
                vec![format!("*a{}", n - 1); 9].join(", ").as_str()
            ));
        }
        assert!(yaml(&bomb).is_err());
        assert!(yaml("a:\n\tb: 1\n").is_err());
        assert_eq!(yaml("on: push\n").unwrap()[0]["on"], "push");
        assert_eq!(yaml("a: 1\na: 2\n").unwrap()[0]["a"], 2);
    }

    #[test]
    fn json5_is_read() {
        let value = json("{ // why\n extends: ['config:base',], /* x */ enabled: true, }").unwrap();
        assert_eq!(value["extends"][0], "config:base");
        assert_eq!(value["enabled"], true);
    }
}
