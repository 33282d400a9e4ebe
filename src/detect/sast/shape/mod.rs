//! Code of a certain form: shapes made ready for a grammar, and where a file has
//! them. Patterns are `pattern`'s, the matching `search`'s; which checks concern a
//! file at all is decided before.

mod pattern;
mod search;
#[cfg(test)]
mod tests;

pub(super) use search::Hit;
pub(super) use search::Searched;

use super::code::Code;
use super::language::ALL;
use super::language::Language;
use super::syntax::Syntax;
use crate::rules::shape::DEPTH_CAP;
use crate::rules::shape::Form;
use crate::rules::shape::Relation;
use crate::rules::shape::Shape;
use crate::rules::shape::Until;
use pattern::Pattern;
use regex::Regex;
use search::Search;

/// A shape for one grammar.
#[derive(Default)]
struct Ready {
    pattern: Option<Pattern>,
    kind: Option<u16>,
    regex: Option<Regex>,
    all: Vec<Ready>,
    any: Vec<Ready>,
    not: Option<Box<Ready>>,
    inside: Option<Box<Near>>,
    has: Option<Box<Near>>,
    follows: Option<Box<Near>>,
    precedes: Option<Box<Near>>,
    within: Option<Box<Ready>>,
    holes: Vec<(String, Ready)>,
    focus: Option<String>,
}

/// A relation for one grammar.
struct Near {
    ready: Ready,
    stop: Stop,
    /// The number of the field; none for any.
    field: Option<u16>,
}

enum Stop {
    Neighbor,
    End,
    At(Box<Ready>),
}

/// A form for all grammars of a language in which it can be read.
pub(super) struct Shaped {
    grammars: Vec<(Language, Ready)>,
    is_loose: bool,
    path: Option<Regex>,
    not_path: Option<Regex>,
}

impl Shaped {
    /// Makes a form ready for each grammar of a family.
    ///
    /// # Errors
    /// In words, when it can be read in no grammar.
    pub(super) fn new(family: &str, form: &Form) -> Result<Shaped, String> {
        let mut grammars = Vec::new();
        let mut fault = format!("there is no grammar for `{family}`");
        for language in ALL.into_iter().filter(|one| one.family() == family) {
            match Ready::new(language, &form.shape, 0) {
                Ok(ready) => grammars.push((language, ready)),
                Err(message) if grammars.is_empty() => fault = message,
                Err(_) => {}
            }
        }
        if grammars.is_empty() {
            return Err(fault);
        }
        Ok(Shaped {
            grammars,
            is_loose: form.loose,
            path: form.path.as_deref().map(regex).transpose()?,
            not_path: form.not_path.as_deref().map(regex).transpose()?,
        })
    }

    /// Where a file has the form.
    pub(super) fn find(
        &self,
        language: Language,
        path: &str,
        syntax: &Syntax,
        code: &Code<'_>,
    ) -> Searched {
        let is_meant = self.path.as_ref().is_none_or(|regex| regex.is_match(path))
            && !self
                .not_path
                .as_ref()
                .is_some_and(|regex| regex.is_match(path));
        let ready = self
            .grammars
            .iter()
            .find(|(grammar, _)| *grammar == language);
        match ready.filter(|_| is_meant) {
            Some((_, ready)) => Search::new(syntax, code, self.is_loose).run(ready),
            None => Searched::default(),
        }
    }
}

fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|_| format!("`{pattern}` is no pattern"))
}

impl Ready {
    fn new(language: Language, shape: &Shape, depth: usize) -> Result<Ready, String> {
        if depth > DEPTH_CAP {
            return Err(format!("shapes nest deeper than {DEPTH_CAP}"));
        }
        let inner = |shape: &Shape| Ready::new(language, shape, depth + 1);
        let boxed = |shape: &Option<Box<Shape>>| -> Result<Option<Box<Ready>>, String> {
            shape
                .as_deref()
                .map(|shape| inner(shape).map(Box::new))
                .transpose()
        };
        let near = |near: &Option<Box<Relation>>| -> Result<Option<Box<Near>>, String> {
            let near = near.as_deref();
            near.map(|near| Near::new(language, near, depth + 1).map(Box::new))
                .transpose()
        };
        let list = |shapes: &[Shape]| shapes.iter().map(inner).collect::<Result<Vec<_>, _>>();
        let selector = shape.selector.as_deref();
        let pattern = shape.pattern.as_deref().map(|text| {
            Pattern::new(language, text, selector).ok_or_else(|| {
                format!(
                    "the pattern `{}` is no code of {}",
                    text.trim(),
                    language.name()
                )
            })
        });
        let kind = shape.kind.as_deref().map(|kind| {
            language
                .kind(kind)
                .ok_or_else(|| format!("the grammar of {} has no kind `{kind}`", language.name()))
        });
        let mut holes = Vec::new();
        for (name, shape) in &shape.holes {
            holes.push((name.clone(), inner(shape)?));
        }
        Ok(Ready {
            pattern: pattern.transpose()?,
            kind: kind.transpose()?,
            regex: shape.regex.as_deref().map(regex).transpose()?,
            all: list(&shape.all)?,
            any: list(&shape.any)?,
            not: boxed(&shape.not)?,
            inside: near(&shape.inside)?,
            has: near(&shape.has)?,
            follows: near(&shape.follows)?,
            precedes: near(&shape.precedes)?,
            within: boxed(&shape.within)?,
            holes,
            focus: shape.focus.clone(),
        })
    }
}

impl Near {
    fn new(language: Language, relation: &Relation, depth: usize) -> Result<Near, String> {
        let field = relation.field.as_deref().map(|field| {
            language
                .field(field)
                .ok_or_else(|| format!("the grammar of {} has no field `{field}`", language.name()))
        });
        Ok(Near {
            ready: Ready::new(language, &relation.shape, depth)?,
            stop: match &relation.until {
                Until::Neighbor => Stop::Neighbor,
                Until::End => Stop::End,
                Until::Shape(shape) => Stop::At(Box::new(Ready::new(language, shape, depth)?)),
            },
            field: field.transpose()?,
        })
    }
}
