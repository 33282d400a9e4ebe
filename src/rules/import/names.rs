//! Small languages inside other tools' rules: globs of paths, and a call, name or
//! assignment written as a pattern, which a flow needs as a resolved name with
//! tests of its arguments. Patterns of any other form are for `rules::shape`.

use super::yaml::Refusal;
use super::yaml::Yaml;
use super::yaml::refuse;
use crate::rules::sast::Matcher;
use crate::rules::sast::Names;
use crate::rules::sast::Test;
use crate::rules::source::At;
use regex_syntax::escape;
use std::collections::BTreeMap;

/// Globs as one regex of a path; a glob may begin at any folder.
pub(super) fn globs(value: &At<Yaml>, key: &str) -> Result<String, Refusal> {
    let mut ways = Vec::new();
    for glob in value.texts(key)? {
        if glob.contains(['{', '}', '[', ']', '!']) {
            let message =
                format!("the glob `{glob}` has no counterpart: only `*`, `**` and `?` have");
            return refuse(value.place, message);
        }
        ways.push(glob_regex(glob));
    }
    Ok(format!("(?:^|/)(?:{})(?:/|$)", ways.join("|")))
}

fn glob_regex(glob: &str) -> String {
    let mut regex = String::new();
    let mut rest = glob.trim_start_matches("./").trim_matches('/');
    while let Some(c) = rest.chars().next() {
        let (taken, made) = match c {
            '*' if rest.starts_with("**/") => (3, "(?:.*/)?".to_owned()),
            '*' if rest.starts_with("**") => (2, ".*".to_owned()),
            '*' => (1, "[^/]*".to_owned()),
            '?' => (1, "[^/]".to_owned()),
            other => (other.len_utf8(), escape(&other.to_string())),
        };
        regex.push_str(&made);
        rest = &rest[taken..];
    }
    regex
}

/// What narrows the holes of a pattern.
#[derive(Default)]
pub(super) struct Narrow<'a> {
    /// The hole that is meant, without `$`.
    pub(super) focus: Option<&'a str>,
    /// Regexes of holes.
    pub(super) holes: BTreeMap<&'a str, String>,
}

/// The matcher of a pattern that is a name, a call or an assignment.
///
/// # Errors
/// In words, why it is none of them.
pub(super) fn matcher(pattern: &str, narrow: &Narrow<'_>) -> Result<Matcher, String> {
    let text = pattern.trim().trim_end_matches(';').trim_end();
    if let Some((target, value)) = assignment(text) {
        let whole = value.strip_prefix('$').is_some_and(is_hole) || value == "...";
        if !whole {
            return Err("the right side of the assignment is no hole".to_owned());
        }
        return Ok(Matcher {
            assign: Names::One(name(target, narrow)?),
            args: Names::One("value".to_owned()),
            ..Matcher::default()
        });
    }
    let Some(open) = text
        .find(['(', '['])
        .filter(|at| *at > 0)
        .or_else(|| typed(text))
    else {
        return Ok(Matcher {
            read: Names::One(name(text, narrow)?),
            ..Matcher::default()
        });
    };
    let (head, rest) = text.split_at(open);
    if rest.starts_with('[') {
        return Ok(Matcher {
            read: Names::One(name(head, narrow)?),
            ..Matcher::default()
        });
    }
    let inner = rest[1..].strip_suffix(')').filter(|inner| is_closed(inner));
    let inner = inner.ok_or("more than one call stands in it")?;
    let mut matcher = Matcher {
        call: Names::One(name(head, narrow)?),
        ..Matcher::default()
    };
    arguments(inner, narrow, &mut matcher)?;
    Ok(matcher)
}

/// The place of the arguments' bracket behind a hole with a type, `(T $X).m(`.
fn typed(text: &str) -> Option<usize> {
    let close = text.strip_prefix('(')?.find(')')? + 2;
    text[close..].find('(').map(|at| at + close)
}

/// Both sides of `a = b`.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (left, right) = text.split_once('=')?;
    let is_plain = !left.contains(['(', '"', '\'']) && !left.ends_with(['!', '<', '>', ':']);
    (is_plain && !right.starts_with(['=', '~'])).then(|| (left.trim(), right.trim()))
}

fn is_hole(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(inside)
}

/// A dotted name, with `*` for its holes.
fn name(text: &str, narrow: &Narrow<'_>) -> Result<String, String> {
    let (new, text) = match text.trim().strip_prefix("new ") {
        Some(rest) => ("new ", rest),
        None => ("", text.trim()),
    };
    let plain = text
        .replace("->", ".")
        .replace("::", ".")
        .replace('\\', ".");
    let (first, plain) = match plain
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
    {
        // `(Type $X).name`: what is declared of the type.
        Some((declared, rest)) => {
            let declared = declared.replace(':', " ");
            let mut words = declared
                .split_whitespace()
                .filter(|word| !word.starts_with('$'));
            let first = words.next().ok_or("a hole has no type")?;
            (
                first.to_owned() + ".",
                rest.trim_start_matches('.').to_owned(),
            )
        }
        None => (String::new(), plain),
    };
    let parts: Vec<&str> = plain.trim_start_matches('.').split('.').collect();
    let last = parts.len() - 1;
    let mut made = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let hole = part
            .strip_prefix('$')
            .filter(|name| is_hole(name) && !name.starts_with("_"));
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '@');
        match hole {
            Some(hole) if at == last => match narrow.holes.get(hole) {
                Some(regex) => return Ok(format!("re:{regex}")),
                None if parts.len() > 1 => made.push("*".to_owned()),
                None => return Err("a hole alone says nothing about a flow".to_owned()),
            },
            Some(_) => made.push("*".to_owned()),
            None if !part.is_empty() && part.chars().all(is_name) => made.push((*part).to_owned()),
            None => return Err(format!("`{text}` is no plain name")),
        }
    }
    Ok(format!("{new}{first}{}", made.join(".")))
}

/// True when no bracket closes what was open before.
fn is_closed(text: &str) -> bool {
    let mut depth = 0_i32;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    true
}

/// What the arguments of a pattern ask for.
fn arguments(text: &str, narrow: &Narrow<'_>, matcher: &mut Matcher) -> Result<(), String> {
    let parts: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let mut position = Some(0_usize);
    for (at, part) in parts.iter().enumerate() {
        if *part == "..." || part.starts_with("$...") {
            position = None;
            continue;
        }
        let (key, value) = match part.split_once(['=', ':']) {
            Some((key, value)) if !key.contains(['"', '\'']) => (Some(key.trim()), value.trim()),
            _ => (None, *part),
        };
        let place = match (key, position) {
            (Some(key), _) => Some(key.to_owned()),
            (None, Some(position)) => Some(position.to_string()),
            (None, None) if at + 1 == parts.len() => Some("last".to_owned()),
            (None, None) => None,
        };
        if key.is_none() {
            position = position.map(|position| position + 1);
        }
        match value.strip_prefix('$') {
            Some(hole) if narrow.focus == Some(hole) => {
                matcher.args = place.map_or_else(Names::default, Names::One);
            }
            Some(hole) if is_hole(hole) => {}
            _ => {
                let place = place.ok_or("a constant between two `...` has no place")?;
                matcher.all.insert(place, constant(value)?);
            }
        }
    }
    Ok(())
}

/// The test that a value is this constant.
fn constant(text: &str) -> Result<Test, String> {
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    if matches!(quoted('"').or_else(|| quoted('\'')), Some("...")) {
        return Ok(Test {
            literal: Some(true),
            ..Test::default()
        });
    }
    let value = match (quoted('"').or_else(|| quoted('\'')), text) {
        (Some(text), _) => serde_json::Value::from(text),
        (None, "true" | "True") => true.into(),
        (None, "false" | "False") => false.into(),
        (None, number) => match number.parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => return Err(format!("the argument `{text}` is no hole and no constant")),
        },
    };
    Ok(Test {
        is: Some(vec![value]),
        ..Test::default()
    })
}
