//! A file of code checks as people write it: what to look for in one language,
//! by resolved names with constraints on arguments, or by data flow. What the
//! constraints mean is `detect::sast`'s; the texts for people are the common head's.

use crate::rules::shape::Form;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// One name or several.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Names::Many(Vec::new())
    }
}

impl Names {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Names::One(name) => std::slice::from_ref(name),
            Names::Many(names) => names,
        }
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }
}

/// What the checks of one language share: where data comes from and what makes it harmless.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Library {
    /// `python`, `javascript` (TypeScript too), `java`, `go`, `c` (C++ too), `csharp`, `php`, `ruby`, `rust`.
    pub language: String,
    /// Where data comes from that others decide, by the name of the set.
    pub sources: BTreeMap<String, Vec<Matcher>>,
    /// What makes data harmless.
    pub sanitizers: Vec<Sanitizer>,
    /// Conditions that, once they hold, make data harmless.
    pub guards: Vec<Sanitizer>,
    /// Calls whose result carries what their arguments carry.
    pub propagators: Names,
    /// Calls whose result carries nothing of their arguments.
    pub neutral: Names,
}

/// What one check looks for.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Look {
    /// Any of these is a finding.
    pub any: Vec<Matcher>,
    /// Data that reaches a place it must not.
    pub taint: Option<Taint>,
    /// Code of a certain form.
    pub form: Option<Form>,
    /// A pattern of the text itself, for what is no syntax.
    pub text: Option<String>,
    /// Words of which a file must hold one; only where the names of the matchers do not tell.
    pub keywords: Vec<String>,
}

/// Data flow from sources to sinks.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Taint {
    /// What it may do: sanitizers and guards name the kinds they are good for.
    pub kind: String,
    /// Names of sets of sources.
    #[serde(default)]
    pub sources: Names,
    /// Names of sets of sources that few people can write to: their flows are of low confidence.
    #[serde(default)]
    pub also: Names,
    /// Sources of this check alone.
    #[serde(default)]
    pub given: Vec<Matcher>,
    /// What makes data harmless for this kind of flow, besides what all checks share.
    #[serde(default)]
    pub clean: Vec<Sanitizer>,
    /// Where it must not arrive.
    pub sinks: Vec<Matcher>,
}

/// A call or condition after which data is harmless.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sanitizer {
    /// Kinds of flow it is good for; `all` for every kind.
    pub cleans: Names,
    /// The call.
    #[serde(default)]
    pub call: Names,
    /// For guards, an operator with the data on its left side.
    #[serde(default)]
    pub operator: Names,
    /// More that must hold.
    #[serde(default, rename = "where")]
    pub all: BTreeMap<String, Test>,
}

/// What is matched, and what must hold besides.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Matcher {
    /// A call of one of these. A name of several parts matches the end of a resolved name; `*.` in
    /// front stands for any object, `new ` for a construction, `*` in a part for any letters.
    pub call: Names,
    /// A name or field that is read.
    pub read: Names,
    /// A variable or field that gets a value; `re:` in front makes it a pattern of the last part.
    pub assign: Names,
    /// A named argument, by its name.
    pub kwarg: Names,
    /// A key of a dictionary, by its text.
    pub key: Names,
    /// A parameter's default value, by the parameter's name.
    pub default: Names,
    /// A module that is imported.
    pub import: Names,
    /// Something written at a function or class.
    pub decorator: Names,
    /// A function that is defined, as a pattern of its name.
    pub function: Option<String>,
    /// An operator between two values.
    pub operator: Names,
    /// A return, from a function that `inside` describes.
    pub returns: bool,
    /// For sources: a parameter, by patterns.
    pub param: Option<ParamTest>,
    /// For sinks: which arguments must not be reached; all when empty.
    pub args: Names,
    /// Tests of arguments and other parts, all of which must hold.
    #[serde(rename = "where")]
    pub all: BTreeMap<String, Test>,
    /// Sets of tests none of which may hold as a whole.
    pub unless: Vec<BTreeMap<String, Test>>,
    /// What the function around it must be.
    pub inside: Option<ScopeTest>,
    /// What the function around it must not be.
    pub not_inside: Option<ScopeTest>,
    /// What the file must be.
    pub file: Option<FileTest>,
    /// Words of which a file must hold one, where the names do not tell enough.
    pub keywords: Names,
    /// Patterns without which a file cannot match: a cheap look before it is parsed.
    pub near: Names,
}

/// Patterns of a parameter.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ParamTest {
    /// Of its name.
    pub name: Option<String>,
    /// Of all that is written at it: annotations, type, name.
    pub text: Option<String>,
    /// That must not be found in what is written at it.
    pub not_text: Option<String>,
    /// Of what is written from the decorators of its function up to the body.
    pub head: Option<String>,
    /// Of the function's name.
    pub function: Option<String>,
}

/// Patterns of a function.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScopeTest {
    /// Of its name.
    pub function: Option<String>,
    /// Of its class.
    pub class: Option<String>,
    /// Of what is written from its decorators up to its body.
    pub head: Option<String>,
    /// Of its whole text.
    pub text: Option<String>,
}

/// Patterns of a file.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FileTest {
    /// Of its path.
    pub path: Option<String>,
    /// That its path must not have.
    pub not_path: Option<String>,
    /// Of its text.
    pub text: Option<String>,
    /// That its text must not have.
    pub no_text: Option<String>,
    /// Modules of which one must be imported (the start of their full names).
    pub imports: Names,
}

/// What must hold for one value. All that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Test {
    /// It is one of these constants.
    pub is: Option<Vec<serde_json::Value>>,
    /// It is a constant text or number that this pattern is found in.
    pub matches: Option<String>,
    /// It is no constant that this pattern is found in.
    pub not_matches: Option<String>,
    /// It is made of constants only, or it is not.
    pub literal: Option<bool>,
    /// It is a text put together from parts that are not all constant, or it is not.
    pub built: Option<bool>,
    /// It is not there, or it is.
    pub missing: Option<bool>,
    /// It is a number below this.
    pub below: Option<i64>,
    /// It is a number above this.
    pub above: Option<i64>,
    /// Its resolved name is one of these.
    pub name: Names,
    /// Its source has this pattern.
    pub text: Option<String>,
    /// Its source has not.
    pub not_text: Option<String>,
    /// It comes from one of these sets of sources.
    pub from: Names,
    /// It is a constant text of at least so many characters.
    pub longer: Option<usize>,
    /// C: it is an array that is declared where it lives, or it is not.
    pub array: Option<bool>,
    /// It comes from the function's caller or from outside, or it does not.
    pub caller: Option<bool>,
    /// It is a text put together in which this pattern is found; `\x01` stands for each part
    /// that is not known.
    pub shape: Option<String>,
    /// C: it holds more bytes than this other part can; both are known.
    pub overflows: Option<String>,
    /// C: it is a number above the bytes that this other part can hold.
    pub beyond: Option<String>,
}

/// Languages that code checks may be written for, as a file's `platform`.
pub const LANGUAGES: [&str; 9] = [
    "python",
    "javascript",
    "java",
    "go",
    "c",
    "csharp",
    "php",
    "ruby",
    "rust",
];

/// What one check looks for as it lies in a pack: alternatives of one key are not for postcard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body(String);

impl From<Look> for Body {
    fn from(look: Look) -> Self {
        Body(serde_json::to_string(&look).expect("plain maps and lists always serialise"))
    }
}

impl Body {
    /// What it looks for.
    pub fn look(&self) -> Look {
        serde_json::from_str(&self.0).expect("it was made from one")
    }
}

/// What is wrong with what a check looks for, as far as it can be told without a grammar.
pub fn lint(look: &Look) -> Vec<String> {
    let mut faults = Vec::new();
    if look.any.is_empty() && look.taint.is_none() && look.text.is_none() && look.form.is_none() {
        faults.push("`match` needs one of `any`, `taint`, `form` and `text`".to_owned());
    }
    let is_negative = |form: &Form| !form.shape.is_positive();
    if look.form.as_ref().is_some_and(is_negative) {
        faults.push("`form` says only what is not meant".to_owned());
    }
    if look
        .taint
        .as_ref()
        .is_some_and(|taint| taint.sinks.is_empty())
    {
        faults.push("`taint` needs sinks".to_owned());
    }
    let is_sourceless = |taint: &Taint| taint.sources.is_empty() && taint.given.is_empty();
    if look.taint.as_ref().is_some_and(is_sourceless) {
        faults.push("`taint` needs sources".to_owned());
    }
    faults
}
