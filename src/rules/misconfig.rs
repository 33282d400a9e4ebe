//! What a check of configuration looks for, as data: on which things, and a
//! condition over the tree below them. Conditions have three values; a setting that
//! only exists when the configuration is run is unknown, and unknown is no finding.
//! How they are judged is `detect::misconfig`'s.

use crate::model::rule::Confidence;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// The alternatives of one check; the first that holds for a thing reports it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Body(pub Vec<Matcher>);

/// Things of some classes, and what is wrong with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matcher {
    /// Classes such as `kubernetes/container` or `terraform/aws_db_instance`; a `*` at the end stands for any rest.
    pub on: Vec<String>,
    /// What is wrong.
    pub when: Test,
    /// Where to point, as a path; by default where the condition was met, or the thing itself.
    #[serde(default)]
    pub at: String,
    /// The value at that place is secret: it is never shown.
    #[serde(default)]
    pub secret: bool,
    /// Less than the check's own, for this alternative.
    #[serde(default)]
    pub confidence: Option<Confidence>,
}

/// A path from the thing: keys, `*`, `**`, `[*]`, quoted keys; `@class.` first goes to the thing of
/// that class around it. Keys pass through lists by themselves.
pub type Path = String;

/// A condition. A path that leads to several values holds when one of them does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Each holds.
    All(Vec<Test>),
    /// One holds.
    Any(Vec<Test>),
    /// It is known not to hold.
    Not(Box<Test>),
    /// The value means yes: true, yes, on, 1.
    IsTrue(Path),
    /// The value means no: false, no, off, 0.
    IsFalse(Path),
    /// Nothing there means yes.
    UnlessTrue(Path),
    /// There is nothing, or null.
    Missing(Path),
    /// There is something.
    Present(Path),
    /// The text is this, upper and lower case apart.
    Equals(Path, String),
    /// The text is one of these, whatever the case.
    OneOf(Path, Vec<String>),
    /// The text is something, and none of these, whatever the case.
    NoneOf(Path, Vec<String>),
    /// The text, or one of the keys of a mapping, matches the expression (Unicode off, case as written).
    Matches(Path, String),
    /// One of the keys of the mapping matches the expression.
    HasKey(Path, String),
    /// The number is less than this.
    Below(Path, f64),
    /// The number is more than this.
    Above(Path, f64),
    /// The text is an address range that holds everyone: `0.0.0.0/0`, `::/0`.
    OpenCidr(Path),
    /// The ports from the first to the second include one of these; nothing there includes all.
    Covers(Path, Path, Vec<u16>),
    /// The text is a value someone could use as it stands, and no placeholder, reference or empty text.
    Literal(Path),
    /// For one of the things the path leads to, the condition holds below it.
    Some(Path, Box<Test>),
    /// For none of the things the path leads to does the condition hold; there may be none.
    None(Path, Box<Test>),
    /// Another thing of these classes names this one at a path, and the condition holds for it.
    Joined(Join),
    /// A condition written in Rust, by its name.
    Native(String),
}

/// The way from one thing to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Classes of the other thing.
    pub on: Vec<String>,
    /// The path at which it names this one.
    pub by: Path,
    /// What holds for it.
    #[serde(default)]
    pub when: Option<Box<Test>>,
}

impl Test {
    /// Calls `see` with this condition and all inside of it.
    pub fn each(&self, see: &mut dyn FnMut(&Test)) {
        see(self);
        match self {
            Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| test.each(see)),
            Test::Not(test) | Test::Some(_, test) | Test::None(_, test) => test.each(see),
            Test::Joined(join) => {
                if let Some(test) = &join.when {
                    test.each(see);
                }
            }
            _ => {}
        }
    }

    /// The paths and the expressions it is written with.
    pub fn texts(&self) -> (Vec<&str>, Option<&str>) {
        match self {
            Test::IsTrue(path)
            | Test::IsFalse(path)
            | Test::UnlessTrue(path)
            | Test::Missing(path)
            | Test::Present(path)
            | Test::OpenCidr(path)
            | Test::Literal(path)
            | Test::Equals(path, _)
            | Test::OneOf(path, _)
            | Test::NoneOf(path, _)
            | Test::Below(path, _)
            | Test::Above(path, _)
            | Test::Some(path, _)
            | Test::None(path, _) => (vec![path], None),
            Test::Matches(path, pattern) | Test::HasKey(path, pattern) => {
                (vec![path], Some(pattern))
            }
            Test::Covers(from, to, _) => (vec![from, to], None),
            Test::Joined(join) => (vec![&join.by], None),
            Test::All(_) | Test::Any(_) | Test::Not(_) | Test::Native(_) => (Vec::new(), None),
        }
    }
}

/// What is wrong with a body: expressions that do not compile, things without a class.
pub fn lint(body: &Body) -> Vec<String> {
    let mut faults = Vec::new();
    if body.0.is_empty() {
        faults.push("`match` has no alternative".to_owned());
    }
    for matcher in &body.0 {
        if matcher.on.is_empty() {
            faults.push("`on` names no class".to_owned());
        }
        for class in &matcher.on {
            if !class.contains('/') {
                faults.push(format!("`{class}` is no class: write `platform/thing`"));
            }
        }
        matcher.when.each(&mut |test| {
            let (paths, pattern) = test.texts();
            if let Some(pattern) = pattern
                && let Err(error) = expression(pattern)
            {
                faults.push(format!("`{pattern}`: {error}"));
            }
            for path in paths {
                if let Err(fault) = steps(path) {
                    faults.push(format!("path `{path}`: {fault}"));
                }
            }
        });
    }
    faults
}

/// Compiles an expression as checks write it.
///
/// # Errors
/// When it does not compile, or would be too large.
pub fn expression(pattern: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .build()
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key, passing through lists.
    Key(String),
    /// Any key, passing through lists.
    AnyKey,
    /// Each item of a list.
    Items,
    /// The thing itself and everything below it.
    Deep,
    /// To the thing of this class around this one; only at the start.
    Up(String),
}

/// Reads a path.
///
/// # Errors
/// What is wrong with it.
pub fn steps(path: &str) -> Result<Vec<Step>, &'static str> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[*]") {
            steps.push(Step::Items);
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        if let Some(after) = rest.strip_prefix('"') {
            let end = after.find('"').ok_or("a quote is not closed")?;
            steps.push(Step::Key(after[..end].to_owned()));
            rest = &after[end + 1..];
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let word = &rest[..end];
            steps.push(match (word, word.strip_prefix('@')) {
                ("", _) => return Err("a step is empty"),
                ("*", _) => Step::AnyKey,
                ("**", _) => Step::Deep,
                (_, Some(class)) if steps.is_empty() => Step::Up(class.to_owned()),
                _ => Step::Key(word.to_owned()),
            });
            rest = &rest[end..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema::fresh;
    use crate::rules::check::CheckFile;

    /// `BOWERBIRD_BLESS=1 cargo test the_check_schema` writes it anew.
    #[test]
    fn the_check_schema_is_the_one_of_these_types() {
        fresh(
            "patterns/schema/misconfig.json",
            schemars::schema_for!(CheckFile<Body>),
        );
    }
}
