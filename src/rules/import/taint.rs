//! Flows of Semgrep's taint mode (<https://semgrep.dev/docs/writing-rules/data-flow/taint-mode/overview>):
//! sources, sinks and sanitizers that are names, calls or assignments become matchers
//! of our own flows. Patterns of another form, labels and propagators do not map.

use super::names;
use super::names::Narrow;
use super::yaml::Refusal;
use super::yaml::Yaml;
use super::yaml::refuse;
use crate::rules::sast::Look;
use crate::rules::sast::Matcher;
use crate::rules::sast::Names;
use crate::rules::sast::Sanitizer;
use crate::rules::sast::Taint;
use crate::rules::source::At;

/// The flow of a rule with `mode: taint`.
pub(super) fn look(rule: &At<Yaml>) -> Result<Look, Refusal> {
    let part = |key: &str| match rule.get(key) {
        Some(value) => matchers(value, key),
        None => refuse(
            rule.place,
            format!("a rule with `mode: taint` needs `{key}`"),
        ),
    };
    let given = part("pattern-sources")?;
    let sinks = part("pattern-sinks")?;
    let clean = match rule.get("pattern-sanitizers") {
        Some(value) => sanitizers(value)?,
        None => Vec::new(),
    };
    let taint = Taint {
        kind: kind(&clean),
        sources: Names::default(),
        also: Names::default(),
        given,
        clean,
        sinks,
    };
    Ok(Look {
        taint: Some(taint),
        ..Look::default()
    })
}

/// Rules with the same sanitizers share a kind of flow.
fn kind(clean: &[Sanitizer]) -> String {
    let names = clean.iter().flat_map(|one| one.call.all());
    let names: Vec<&str> = names.map(String::as_str).collect();
    format!("imported {}", names.join(" "))
}

fn sanitizers(value: &At<Yaml>) -> Result<Vec<Sanitizer>, Refusal> {
    let mut clean = Vec::new();
    for matcher in matchers(value, "pattern-sanitizers")? {
        if matcher.call.is_empty() {
            let message = "only calls have a counterpart in `pattern-sanitizers`";
            return refuse(value.place, message);
        }
        clean.push(Sanitizer {
            cleans: Names::default(),
            call: matcher.call,
            operator: Names::default(),
            all: matcher.all,
        });
    }
    let kind = kind(&clean);
    for one in &mut clean {
        one.cleans = Names::One(kind.clone());
    }
    Ok(clean)
}

fn matchers(value: &At<Yaml>, part: &str) -> Result<Vec<Matcher>, Refusal> {
    let mut found = Vec::new();
    for item in value.list(part)? {
        found.extend(alternatives(item, part, &Narrow::default())?);
    }
    Ok(found)
}

/// The matchers of one item: a pattern, one of several, or one that is narrowed.
fn alternatives(item: &At<Yaml>, part: &str, narrow: &Narrow<'_>) -> Result<Vec<Matcher>, Refusal> {
    let mut found = Vec::new();
    for (key, value) in item.map(part)? {
        match key.value.as_str() {
            "pattern" => {
                let made = names::matcher(value.text("pattern")?, narrow);
                found.push(made.or_else(|why| {
                    refuse(
                        value.place,
                        format!("this pattern in `{part}` has no counterpart: {why}"),
                    )
                })?);
            }
            "pattern-either" => {
                for one in value.list("pattern-either")? {
                    found.extend(alternatives(one, part, narrow)?);
                }
            }
            "patterns" => found.extend(narrowed(value, part)?),
            "exact" | "not_conflicting" => {}
            other => {
                let message = format!("`{other}` in `{part}` has no counterpart");
                return refuse(key.place, message);
            }
        }
    }
    Ok(found)
}

/// `patterns` in a flow: one pattern, or a choice of them, with what narrows its holes.
fn narrowed(value: &At<Yaml>, part: &str) -> Result<Vec<Matcher>, Refusal> {
    let mut narrow = Narrow::default();
    let mut found = None;
    for item in value.list("patterns")? {
        for (key, inner) in item.map("patterns")? {
            match key.value.as_str() {
                "focus-metavariable" => {
                    narrow.focus = inner.text("focus-metavariable")?.strip_prefix('$');
                }
                "metavariable-regex" => {
                    let (hole, regex) = super::semgrep::hole_regex(inner)?;
                    narrow.holes.insert(hole, regex);
                }
                "pattern" | "pattern-either" if found.is_none() => found = Some(item),
                other => {
                    let message = format!("`{other}` beside others in `{part}` has no counterpart");
                    return refuse(key.place, message);
                }
            }
        }
    }
    match found {
        Some(item) => alternatives(item, part, &narrow),
        None => refuse(
            value.place,
            format!("`patterns` in `{part}` has no pattern"),
        ),
    }
}
