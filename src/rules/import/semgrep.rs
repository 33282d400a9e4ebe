//! Rules of Semgrep (<https://semgrep.dev/docs/writing-rules/rule-syntax>): a list of
//! `rules`. Their formulas become shapes, where names are resolved by imports; what
//! asks for types, arithmetic or other analyses of that tool is refused. Flows are
//! read by `taint`.

use super::Head;
use super::Imported;
use super::heading;
use super::id_of;
use super::language;
use super::names;
use super::of_rule;
use super::regex;
use super::taint;
use super::yaml::Refusal;
use super::yaml::Yaml;
use super::yaml::refuse;
use crate::model::rule::Confidence;
use crate::model::rule::Severity;
use crate::rules::check::Tier;
use crate::rules::sast::Look;
use crate::rules::shape::Form;
use crate::rules::shape::Shape;
use crate::rules::source::At;
use crate::rules::source::Place;

/// Keys that say what is found.
const FORMULAS: [&str; 4] = ["pattern", "patterns", "pattern-either", "pattern-regex"];
/// Keys that change nothing in what is found, or are read elsewhere.
const OTHERS: [&str; 14] = [
    "id",
    "message",
    "severity",
    "languages",
    "mode",
    "metadata",
    "fix",
    "fix-regex",
    "paths",
    "min-version",
    "max-version",
    "pattern-sources",
    "pattern-sinks",
    "pattern-sanitizers",
];

/// The rules of a document.
pub(super) fn rules(document: &At<Yaml>) -> Vec<Result<Vec<Imported>, Refusal>> {
    let Some(list) = document.get("rules").map(|rules| rules.list("rules")) else {
        return vec![refuse(document.place, "there are no `rules`")];
    };
    match list {
        Ok(list) => list.iter().map(rule).collect(),
        Err(refusal) => vec![Err(refusal)],
    }
}

fn rule(rule: &At<Yaml>) -> Result<Vec<Imported>, Refusal> {
    let id = id_of(rule)?;
    let made = one(rule, &id);
    made.map_err(|refusal| of_rule(refusal, &id.value, rule.place))
}

/// One rule: a check for each of its languages.
fn one(rule: &At<Yaml>, id: &At<String>) -> Result<Vec<Imported>, Refusal> {
    for (key, _) in rule.map("the rule")? {
        let name = key.value.as_str();
        if !FORMULAS.contains(&name) && !OTHERS.contains(&name) {
            return refuse(key.place, format!("`{name}` has no counterpart"));
        }
    }
    let named = match rule.get("languages") {
        Some(list) => list.list("languages")?,
        None => return refuse(rule.place, "the rule has no `languages`"),
    };
    let mut families = Vec::new();
    for name in named {
        let family = language(name)?;
        if !families.contains(&family) {
            families.push(family);
        }
    }
    let mode = rule.get("mode").map(|mode| mode.text("mode")).transpose()?;
    let look = match mode {
        Some("taint") => flow(rule)?,
        None | Some("search") => search(rule)?,
        Some(other) => {
            let place = rule.get("mode").map_or(rule.place, |mode| mode.place);
            return refuse(place, format!("`mode: {other}` has no counterpart"));
        }
    };
    let mut made = Vec::new();
    for family in &families {
        let mut check = head(rule, id.clone())?.check(family, look.clone(), "semgrep");
        if families.len() > 1 {
            check.check.id.value = format!("{}-{family}", check.check.id.value);
        }
        made.push(check);
    }
    Ok(made)
}

fn flow(rule: &At<Yaml>) -> Result<Look, Refusal> {
    if let Some(paths) = rule.get("paths") {
        return refuse(paths.place, "`paths` with `mode: taint` has no counterpart");
    }
    let Yaml::Map(entries) = &rule.value else {
        return taint::look(rule);
    };
    let beside = entries
        .iter()
        .find(|(key, _)| FORMULAS.contains(&key.value.as_str()));
    match beside {
        Some((key, _)) => refuse(
            key.place,
            format!("`{}` beside `mode: taint` has no counterpart", key.value),
        ),
        None => taint::look(rule),
    }
}

fn search(rule: &At<Yaml>) -> Result<Look, Refusal> {
    if let Some(pattern) = rule
        .get("pattern-regex")
        .filter(|_| rule.get("paths").is_none())
    {
        return Ok(Look {
            text: Some(format!("(?m){}", regex(pattern, "pattern-regex")?)),
            ..Look::default()
        });
    }
    let mut form = Form {
        loose: true,
        ..Form::default()
    };
    for key in FORMULAS {
        if let Some(value) = rule.get(key) {
            form.shape = formula(key, value)?;
        }
    }
    if !form.shape.is_positive() {
        return refuse(
            rule.place,
            "the rule says only what is not meant, or nothing",
        );
    }
    for (key, globs) in rule
        .get("paths")
        .map_or(Ok(&[][..]), |paths| paths.map("paths"))?
    {
        match key.value.as_str() {
            "include" => form.path = Some(names::globs(globs, "include")?),
            "exclude" => form.not_path = Some(names::globs(globs, "exclude")?),
            other => {
                return refuse(
                    key.place,
                    format!("`{other}` in `paths` has no counterpart"),
                );
            }
        }
    }
    Ok(Look {
        form: Some(form),
        ..Look::default()
    })
}

fn head(rule: &At<Yaml>, id: At<String>) -> Result<Head, Refusal> {
    let message = match rule.get("message") {
        Some(message) => message.text("message")?.trim().to_owned(),
        None => return refuse(rule.place, "the rule has no `message`"),
    };
    let severity = match rule.get("severity") {
        Some(value) => severity(value)?,
        None => return refuse(rule.place, "the rule has no `severity`"),
    };
    let nothing = At::default();
    let about = rule.get("metadata").unwrap_or(&nothing);
    let texts = |key: &str| -> Vec<String> {
        let texts = about.get(key).and_then(|value| value.texts(key).ok());
        texts
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    let confidence = match texts("confidence")
        .first()
        .map(|text| text.to_ascii_lowercase())
    {
        Some(text) if text == "high" => Confidence::High,
        Some(text) if text == "low" => Confidence::Low,
        _ => Confidence::Medium,
    };
    let mut references = texts("references");
    references.extend(texts("source"));
    references.retain(|url| url.starts_with("https://"));
    let fix = rule.get("fix").and_then(|fix| fix.text("fix").ok());
    Ok(Head {
        title: heading(&message, &id.value),
        message,
        severity,
        confidence,
        tier: Tier::Default,
        cwe: texts("cwe").iter().filter_map(|text| cwe(text)).collect(),
        tags: texts("owasp")
            .iter()
            .filter_map(|text| owasp(text))
            .collect(),
        fix: fix.map_or_else(
            || "See the message and the references.".to_owned(),
            |text| format!("Write `{}` instead.", text.trim()),
        ),
        references,
        id,
    })
}

/// The number in `CWE-89: …`.
fn cwe(text: &str) -> Option<u32> {
    let digits = text.trim().strip_prefix("CWE-").unwrap_or(text.trim());
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// `A03:2021 - Injection` as a tag of its year: the lists of different years do not map.
fn owasp(text: &str) -> Option<String> {
    let first = text.split_whitespace().next()?;
    let (category, year) = first.split_once(':')?;
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let tag = format!("owasp-{year}-{}", category.to_ascii_lowercase());
    (is_plain(category) && is_plain(year)).then_some(tag)
}

fn severity(value: &At<Yaml>) -> Result<Severity, Refusal> {
    Ok(match value.text("severity")? {
        "CRITICAL" => Severity::Critical,
        "ERROR" | "HIGH" => Severity::High,
        "WARNING" | "MEDIUM" => Severity::Medium,
        "INFO" | "LOW" => Severity::Low,
        other => {
            let message = format!("severity `{other}` has no counterpart");
            return refuse(value.place, message);
        }
    })
}

/// The shape of one key of a formula.
fn formula(key: &str, value: &At<Yaml>) -> Result<Shape, Refusal> {
    match key {
        "pattern" => pattern(value),
        "patterns" => every(value),
        "pattern-either" => {
            let any = value
                .list(key)?
                .iter()
                .map(single)
                .collect::<Result<_, _>>()?;
            Ok(Shape {
                any,
                ..Shape::default()
            })
        }
        "pattern-regex" => refuse(
            value.place,
            "`pattern-regex` beside other operators has no counterpart",
        ),
        other => refuse(value.place, format!("`{other}` has no counterpart here")),
    }
}

/// An item of a list that is one formula.
fn single(item: &At<Yaml>) -> Result<Shape, Refusal> {
    match item.map("an alternative")? {
        [(key, value)] => formula(&key.value, value),
        _ => refuse(item.place, "an alternative is to have one key"),
    }
}

/// `patterns`: all of them hold for one piece of code.
fn every(value: &At<Yaml>) -> Result<Shape, Refusal> {
    let mut whole = Shape::default();
    for item in value.list("patterns")? {
        for (key, value) in item.map("patterns")? {
            condition(&mut whole, key.value.as_str(), key.place, value)?;
        }
    }
    Ok(whole)
}

fn condition(whole: &mut Shape, key: &str, place: Place, value: &At<Yaml>) -> Result<(), Refusal> {
    match key {
        "pattern-inside" => whole.all.push(within(value)?),
        "pattern-not-inside" => whole.all.push(within(value)?.negated()),
        "pattern-not" => whole.all.push(nested(value)?.negated()),
        "pattern-not-regex" => {
            let regex = Some(format!("(?m){}", regex(value, key)?));
            let shape = Shape {
                regex,
                ..Shape::default()
            };
            whole.all.push(shape.negated());
        }
        "metavariable-regex" => {
            let (hole, regex) = hole_regex(value)?;
            let shape = Shape {
                regex: Some(regex),
                ..Shape::default()
            };
            whole.all.push(of_hole(hole, shape));
        }
        "metavariable-pattern" => {
            let (hole, shape) = hole_pattern(value)?;
            whole.all.push(of_hole(hole, shape));
        }
        "focus-metavariable" => {
            let hole = value.text(key)?;
            whole.focus = Some(hole.trim_start_matches('$').to_owned());
        }
        key if FORMULAS.contains(&key) => whole.all.push(formula(key, value)?),
        other => return refuse(place, format!("`{other}` has no counterpart")),
    }
    Ok(())
}

fn of_hole(hole: &str, shape: Shape) -> Shape {
    Shape {
        holes: [(hole.to_owned(), shape)].into(),
        ..Shape::default()
    }
}

/// A pattern, or keys of a formula in its place.
fn nested(value: &At<Yaml>) -> Result<Shape, Refusal> {
    match &value.value {
        Yaml::Map(_) => single(value),
        _ => pattern(value),
    }
}

fn within(value: &At<Yaml>) -> Result<Shape, Refusal> {
    Ok(Shape {
        within: Some(Box::new(nested(value)?)),
        ..Shape::default()
    })
}

/// The name of a hole, without `$`.
fn hole(value: &At<Yaml>) -> Result<&str, Refusal> {
    let named = value
        .get("metavariable")
        .map(|name| name.text("metavariable"))
        .transpose()?;
    match named.and_then(|name| name.strip_prefix('$')) {
        Some(name) if !name.starts_with('.') => Ok(name),
        _ => refuse(value.place, "`metavariable` is to name one, such as `$X`"),
    }
}

/// `metavariable-regex`: the hole and the regex, which begins where the code does.
pub(super) fn hole_regex(value: &At<Yaml>) -> Result<(&str, String), Refusal> {
    let name = hole(value)?;
    for (key, _) in value.map("metavariable-regex")? {
        if !["metavariable", "regex"].contains(&key.value.as_str()) {
            let message = format!("`{}` in `metavariable-regex` has no counterpart", key.value);
            return refuse(key.place, message);
        }
    }
    match value.get("regex") {
        Some(text) => Ok((name, format!("^(?:{})", regex(text, "metavariable-regex")?))),
        None => refuse(value.place, "`metavariable-regex` needs `regex`"),
    }
}

fn hole_pattern(value: &At<Yaml>) -> Result<(&str, Shape), Refusal> {
    let name = hole(value)?;
    let mut whole = Shape::default();
    for (key, inner) in value.map("metavariable-pattern")? {
        match key.value.as_str() {
            "metavariable" => {}
            "pattern-regex" => {
                whole.regex = Some(format!("(?m){}", regex(inner, "pattern-regex")?));
            }
            other => condition(&mut whole, other, key.place, inner)?,
        }
    }
    Ok((name, whole))
}

/// A pattern in our notation: `...` is `$$$`, `$...X` is `$$$X`.
fn pattern(value: &At<Yaml>) -> Result<Shape, Refusal> {
    let text = value.text("pattern")?;
    if text.contains("<...") {
        return refuse(
            value.place,
            "the deep operator `<... ...>` has no counterpart",
        );
    }
    if text.contains("\"=~/") || text.contains("'=~/") {
        return refuse(
            value.place,
            "a regex in a text (`=~/…/`) has no counterpart",
        );
    }
    if has_typed_hole(text) {
        return refuse(value.place, "a metavariable with a type has no counterpart");
    }
    let mut made = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("...") {
        let (before, after) = (&rest[..at], &rest[at + 3..]);
        match before.strip_suffix('$') {
            Some(before) => made.push_str(&format!("{before}$$$")),
            // `...args` is the language's own.
            None if after.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                made.push_str(&format!("{before}..."));
            }
            None => made.push_str(&format!("{before}$$$")),
        }
        rest = after;
    }
    made.push_str(rest);
    Ok(Shape::of(made))
}

/// True for `(Type $X)` and `($X : Type)`.
fn has_typed_hole(text: &str) -> bool {
    let inside = text
        .split('(')
        .skip(1)
        .filter_map(|part| part.split(')').next());
    inside.into_iter().any(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        match words[..] {
            [first, second] => {
                !first.ends_with(',') && second.starts_with('$') && !first.contains('=')
            }
            [first, ":", _] => first.starts_with('$'),
            _ => false,
        }
    })
}
