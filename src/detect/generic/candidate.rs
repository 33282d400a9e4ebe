//! What extraction hands to the judge: where the name and the value stand and
//! how they are joined. No bytes are copied, so a candidate cannot leak one.

use std::ops::Range;

/// A value that stands beside a name of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The name, or what announces the value (`Bearer`, `-p`, the scheme of a URL).
    pub name: Range<usize>,
    /// The value without quotes; never empty, at most 256 bytes, on one line.
    pub value: Range<usize>,
    /// What joins them.
    pub separator: Separator,
    /// What encloses the value.
    pub quote: Quote,
    /// The construct they stand in.
    pub syntax: Syntax,
}

/// What joins name and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Separator {
    /// `=` with no space around it.
    TightEqual,
    /// `=` with space around it.
    Equal,
    /// `:` and its spaces.
    Colon,
    /// `:=`
    Walrus,
    /// `=>`, `->` and `<-`
    Arrow,
    /// `==`, `===`, `!=`, and calls that compare.
    Compare,
    /// `||`, `??`, `or`, `:-` and a default given to a look-up.
    Default,
    /// `,` between two arguments or entries.
    Comma,
    /// `(` of a call.
    Paren,
    /// White space alone.
    Space,
    /// `>` of an element, or the `value` beside a `name`.
    Markup,
    /// `:` between user and password.
    UserInfo,
}

/// What encloses a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quote {
    /// Nothing: a literal in configuration, a name in code.
    None,
    /// `'`
    Single,
    /// `"`
    Double,
    /// `` ` ``
    Back,
    /// `\"` or `\'`: a string within a string.
    Escaped,
}

/// The construct a candidate stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// `name = value` and its kin, in code or configuration.
    Assignment,
    /// `NAME=value` from the start of a line, or after `export`.
    Env,
    /// `name: value` from the start of a line or list item.
    Yaml,
    /// `"name": "value"`, `'name' => 'value'`: an entry of a mapping.
    Entry,
    /// `name("value")`, or a pair of arguments.
    Call,
    /// `name(…)` around the value on the right side of an assignment.
    Wrapped,
    /// `<name>value</name>`
    Xml,
    /// `name="x" value="value"`, and the same over two lines in YAML and JSON.
    Pair,
    /// `Authorization: Bearer value`
    Header,
    /// `--name value`, `-p value`
    CommandFlag,
    /// `scheme://user:value@host`, `?name=value`
    Url,
    /// `Name=value;` in a connection string.
    Connection,
    /// `IDENTIFIED BY 'value'`
    Sql,
    /// `name value` of configuration files with neither `=` nor `:`.
    Directive,
    /// Prose: `password is "value"`.
    Prose,
}

/// The id of the rule a candidate is reported under.
pub type KindId = &'static str;

/// Which rule of `patterns/secrets/generic.yml` a candidate belongs to.
pub fn kind_of(bytes: &[u8], candidate: &Candidate) -> KindId {
    super::name::kind_of(bytes, candidate)
}
