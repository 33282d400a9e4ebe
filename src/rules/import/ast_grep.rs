//! Rules of ast-grep: a document with `id`, `language` and a rule object
//! (<https://ast-grep.github.io/reference/yaml.html>, `/reference/rule.html`). Its
//! rule objects are our shapes almost word for word; rewriting is left out.

use super::Head;
use super::Imported;
use super::heading;
use super::id_of;
use super::language;
use super::of_rule;
use super::regex;
use super::yaml::Refusal;
use super::yaml::Yaml;
use super::yaml::refuse;
use crate::model::rule::Confidence;
use crate::model::rule::Severity;
use crate::rules::check::Tier;
use crate::rules::sast::Look;
use crate::rules::shape::Form;
use crate::rules::shape::Relation;
use crate::rules::shape::Shape;
use crate::rules::shape::Until;
use crate::rules::source::At;
use std::collections::BTreeMap;

/// The rule of a document.
pub(super) fn rules(document: &At<Yaml>) -> Vec<Result<Vec<Imported>, Refusal>> {
    let made = id_of(document).and_then(|id| {
        let rule = rule(document, id.clone());
        rule.map_err(|refusal| of_rule(refusal, &id.value, document.place))
    });
    vec![made.map(|one| vec![one])]
}

fn rule(document: &At<Yaml>, id: At<String>) -> Result<Imported, Refusal> {
    let mut form = Form::default();
    let mut holes = BTreeMap::new();
    let (mut message, mut note, mut fix) = (String::new(), String::new(), String::new());
    let (mut severity, mut tier) = (Severity::Low, Tier::Default);
    let (mut named, mut reference) = (None, Vec::new());
    for (key, value) in document.map("the rule")? {
        match key.value.as_str() {
            "id" | "labels" | "metadata" => {}
            "language" => named = Some(language(value)?),
            "rule" => form.shape = shape(value)?,
            "constraints" => {
                for (name, inner) in value.map("constraints")? {
                    holes.insert(name.value.clone(), shape(inner)?);
                }
            }
            "message" => value.text("message")?.clone_into(&mut message),
            "note" => value.text("note")?.clone_into(&mut note),
            "fix" => fix = replacement(value),
            "url" => reference.push(value.text("url")?.to_owned()),
            "severity" => (severity, tier) = level(value)?,
            "files" => form.path = Some(super::names::globs(value, "files")?),
            "ignores" => form.not_path = Some(super::names::globs(value, "ignores")?),
            other => return refuse(key.place, format!("`{other}` has no counterpart")),
        }
    }
    let Some(language) = named else {
        return refuse(document.place, "the rule has no `language`");
    };
    if !form.shape.is_positive() {
        return refuse(document.place, "`rule` says only what is not meant");
    }
    form.shape.holes.append(&mut holes);
    let look = Look {
        form: Some(form),
        ..Look::default()
    };
    let fix = [note, fix].into_iter().find(|text| !text.is_empty());
    reference.retain(|url| url.starts_with("https://"));
    let head = Head {
        title: heading(&message, &id.value),
        message: match message.is_empty() {
            true => id.value.clone(),
            false => message,
        },
        id,
        severity,
        confidence: Confidence::Medium,
        tier,
        cwe: Vec::new(),
        tags: Vec::new(),
        fix: fix.unwrap_or_else(|| "See the rule.".to_owned()),
        references: reference,
    };
    Ok(head.check(language, look, "ast-grep"))
}

/// What `fix` puts in the code's place, as words.
fn replacement(value: &At<Yaml>) -> String {
    let template = match &value.value {
        Yaml::Map(_) => value.get("template").and_then(|text| text.text("fix").ok()),
        _ => value.text("fix").ok(),
    };
    template.map_or_else(String::new, |text| {
        format!("Write `{}` instead.", text.trim())
    })
}

fn level(value: &At<Yaml>) -> Result<(Severity, Tier), Refusal> {
    Ok(match value.text("severity")? {
        "error" => (Severity::High, Tier::Default),
        "warning" => (Severity::Medium, Tier::Default),
        "info" => (Severity::Low, Tier::Default),
        "hint" => (Severity::Info, Tier::Default),
        "off" => (Severity::Info, Tier::Audit),
        other => {
            return refuse(
                value.place,
                format!("severity `{other}` is none of ast-grep's"),
            );
        }
    })
}

/// A rule object.
fn shape(value: &At<Yaml>) -> Result<Shape, Refusal> {
    let mut shape = Shape::default();
    for (key, value) in value.map("rule")? {
        let boxed = |shape: Shape| Some(Box::new(shape));
        match key.value.as_str() {
            "pattern" => pattern(value, &mut shape)?,
            "kind" => shape.kind = Some(value.text("kind")?.to_owned()),
            "regex" => shape.regex = Some(regex(value, "regex")?),
            "all" => shape.all = shapes(value, "all")?,
            "any" => shape.any = shapes(value, "any")?,
            "not" => shape.not = boxed(self::shape(value)?),
            "inside" => shape.inside = Some(Box::new(relation(value)?)),
            "has" => shape.has = Some(Box::new(relation(value)?)),
            "follows" => shape.follows = Some(Box::new(relation(value)?)),
            "precedes" => shape.precedes = Some(Box::new(relation(value)?)),
            other => {
                let message = format!("`{other}` in a rule object has no counterpart");
                return refuse(key.place, message);
            }
        }
    }
    Ok(shape)
}

fn shapes(value: &At<Yaml>, key: &str) -> Result<Vec<Shape>, Refusal> {
    value.list(key)?.iter().map(shape).collect()
}

/// A pattern is a text, or a context with the kind of the node that is meant.
fn pattern(value: &At<Yaml>, shape: &mut Shape) -> Result<(), Refusal> {
    let Yaml::Map(entries) = &value.value else {
        shape.pattern = Some(value.text("pattern")?.to_owned());
        return Ok(());
    };
    for (key, value) in entries {
        match key.value.as_str() {
            "context" => shape.pattern = Some(value.text("context")?.to_owned()),
            "selector" => shape.selector = Some(value.text("selector")?.to_owned()),
            "strictness" if value.text("strictness")? == "smart" => {}
            "strictness" => {
                let message = "`strictness` other than `smart` has no counterpart";
                return refuse(key.place, message);
            }
            other => {
                return refuse(
                    key.place,
                    format!("`{other}` in a pattern has no counterpart"),
                );
            }
        }
    }
    match shape.pattern {
        Some(_) => Ok(()),
        None => refuse(value.place, "a pattern object needs `context`"),
    }
}

/// A rule object with `stopBy` and `field` beside its keys.
fn relation(value: &At<Yaml>) -> Result<Relation, Refusal> {
    let mut relation = Relation::default();
    let mut rest = Vec::new();
    for (key, inner) in value.map("a relation")? {
        match key.value.as_str() {
            "stopBy" => relation.until = until(inner)?,
            "field" => relation.field = Some(inner.text("field")?.to_owned()),
            _ => rest.push((key.clone(), inner.clone())),
        }
    }
    relation.shape = shape(&At {
        value: Yaml::Map(rest),
        place: value.place,
    })?;
    Ok(relation)
}

fn until(value: &At<Yaml>) -> Result<Until, Refusal> {
    Ok(match &value.value {
        Yaml::Text(text) if text == "neighbor" => Until::Neighbor,
        Yaml::Text(text) if text == "end" => Until::End,
        _ => Until::Shape(Box::new(shape(value)?)),
    })
}
