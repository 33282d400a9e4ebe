//! Code of a certain form: a pattern written in the language itself with holes
//! in it, and what must stand in or around it. Rules of other tools are made into
//! this; how it is matched is `detect::sast`'s.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// Shapes in shapes, at most.
pub const DEPTH_CAP: usize = 24;

/// The form of the code that a check looks for.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Form {
    /// What is found.
    pub shape: Shape,
    /// Names are what imports make of them, texts are equal whatever their quotes, named arguments
    /// stand in any order, and what a declaration may have besides (modifiers, types) is overlooked.
    pub loose: bool,
    /// A pattern that the file's path must have.
    pub path: Option<String>,
    /// A pattern that the file's path must not have.
    pub not_path: Option<String>,
}

/// One shape. Whatever is given must hold for the same node.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shape {
    /// Code with holes: `$NAME` is one node, the same wherever it stands; `$_` any node, `$$$` and
    /// `$$$NAME` any number of them.
    pub pattern: Option<String>,
    /// The kind of node of the pattern that is meant, where the pattern is more than it.
    pub selector: Option<String>,
    /// A kind of node of the language's tree-sitter grammar.
    pub kind: Option<String>,
    /// A regex found in the node's text.
    pub regex: Option<String>,
    /// All of these hold.
    pub all: Vec<Shape>,
    /// One of these holds.
    pub any: Vec<Shape>,
    /// This does not hold.
    pub not: Option<Box<Shape>>,
    /// What it stands in.
    pub inside: Option<Box<Relation>>,
    /// What stands in it.
    pub has: Option<Box<Relation>>,
    /// What comes before it in the same parent.
    pub follows: Option<Box<Relation>>,
    /// What comes after it in the same parent.
    pub precedes: Option<Box<Relation>>,
    /// It is, or stands in, this; statements in a row reach from their first to their last.
    pub within: Option<Box<Shape>>,
    /// What the code in holes must be, by their names without `$`.
    #[serde(rename = "where")]
    pub holes: BTreeMap<String, Shape>,
    /// The hole whose code is reported instead of the whole.
    pub focus: Option<String>,
}

/// A shape and where it is looked for.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Relation {
    /// What is looked for.
    pub shape: Shape,
    /// How far; the nearest node alone when it is not given.
    pub until: Until,
    /// The field of the grammar by which the inner of the two hangs on the outer one.
    pub field: Option<String>,
}

/// How far a shape is looked for.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// One step.
    #[default]
    Neighbor,
    /// To the root, the leaves, or the last sibling.
    End,
    /// To the first node of this shape, which is looked at itself.
    Shape(Box<Shape>),
}

impl Shape {
    /// A pattern alone.
    pub fn of(pattern: String) -> Shape {
        Shape {
            pattern: Some(pattern),
            ..Shape::default()
        }
    }

    /// All of these; the one itself when it is alone.
    pub fn every(mut shapes: Vec<Shape>) -> Shape {
        match shapes.len() {
            1 => shapes.remove(0),
            _ => Shape {
                all: shapes,
                ..Shape::default()
            },
        }
    }

    /// The opposite.
    pub fn negated(self) -> Shape {
        Shape {
            not: Some(Box::new(self)),
            ..Shape::default()
        }
    }

    /// True when something in it says which nodes are meant, not only which are not.
    pub fn is_positive(&self) -> bool {
        self.pattern.is_some()
            || self.kind.is_some()
            || self.regex.is_some()
            || self.all.iter().any(Shape::is_positive)
            || !self.any.is_empty() && self.any.iter().all(Shape::is_positive)
    }

    /// Words that a text must hold for the shape to be found in it: of each inner list, one entry
    /// whose words are all there.
    pub fn words(&self) -> Vec<Vec<Vec<String>>> {
        let mut needs: Vec<Vec<Vec<String>>> = Vec::new();
        if let Some(pattern) = &self.pattern {
            needs.push(vec![words_of(pattern)]);
        }
        needs.extend(self.all.iter().flat_map(Shape::words));
        needs.extend(self.within.iter().flat_map(|shape| shape.words()));
        if !self.any.is_empty() {
            // Each alternative's first need stands for it: enough to leave files out.
            let first = |shape: &Shape| shape.words().into_iter().next();
            let ways: Option<Vec<_>> = self.any.iter().map(first).collect();
            needs.extend(ways.map(|ways| ways.into_iter().flatten().collect()));
        }
        needs.retain(|ways: &Vec<Vec<String>>| ways.iter().all(|way| !way.is_empty()));
        needs
    }
}

/// The names in a pattern that are no holes.
fn words_of(pattern: &str) -> Vec<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut words: Vec<String> = pattern
        .split(|c| !is_word(c))
        .filter(|word| word.len() > 2 && !word.contains('$') && !word.starts_with(char::is_numeric))
        .map(str::to_owned)
        .collect();
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_that_every_match_holds() {
        let one = Shape::of("os.system($CMD, mode=\"fast\")".to_owned());
        assert_eq!(one.words(), [[["fast", "mode", "system"]]]);
        let other = Shape::of("eval($X)".to_owned());
        let any = Shape {
            any: vec![one.clone(), other.clone()],
            ..Shape::default()
        };
        assert_eq!(any.words().len(), 1);
        assert_eq!(any.words()[0].len(), 2);
        let wild = Shape {
            any: vec![one, Shape::of("$F($X)".to_owned())],
            ..Shape::default()
        };
        assert!(wild.words().is_empty());
        assert!(other.clone().is_positive() && !other.negated().is_positive());
    }
}
