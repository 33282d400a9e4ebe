//! What a check demands of the parts of a match: which argument, and what must
//! hold for it. Values are judged by what the analysis knows of them; what is
//! unknown holds no test but those that ask for it.

use super::checks::selectors;
use super::code::Bytes;
use super::memory::is_beyond;
use super::memory::overflows;
use super::value::ADDRESSES;
use super::value::Const;
use super::value::Label;
use super::value::Val;
use crate::rules::sast::FileTest;
use crate::rules::sast::Matcher;
use crate::rules::sast::ParamTest;
use crate::rules::sast::ScopeTest;
use crate::rules::sast::Test;
use regex::Regex;
use std::sync::Arc;

/// Which part of a match.
#[derive(Clone, Debug)]
pub(super) struct Selector(Vec<(Base, Vec<String>)>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Base {
    Position(usize),
    Keyword(String),
    Receiver,
    Any,
    Last,
    Value,
}

impl Selector {
    /// Reads `0`, `name`, `receiver`, `any`, `last`, `value`, `1.key`, and alternatives of them with `|`.
    pub(super) fn new(text: &str) -> Result<Selector, String> {
        let one = |text: &str| {
            let mut parts = text.split('.');
            let base = match parts.next().unwrap_or_default() {
                "receiver" => Base::Receiver,
                "any" => Base::Any,
                "last" => Base::Last,
                "value" => Base::Value,
                "" => return Err("a selector is empty".to_owned()),
                text => match text.parse() {
                    Ok(position) => Base::Position(position),
                    Err(_) => Base::Keyword(text.to_owned()),
                },
            };
            Ok((base, parts.map(str::to_owned).collect()))
        };
        text.split('|')
            .map(one)
            .collect::<Result<_, _>>()
            .map(Selector)
    }

    /// The parts that are there.
    pub(super) fn select(&self, site: &Site<'_>) -> Vec<Part> {
        let mut found = Vec::new();
        for (base, keys) in &self.0 {
            let before = found.len();
            let mut add = |part: Part| {
                if let Some(part) = part.inner(keys) {
                    found.push(part);
                }
            };
            match base {
                Base::Position(at) => {
                    if let Some(arg) = site.args.iter().filter(|arg| arg.name.is_none()).nth(*at) {
                        add(arg.part());
                    }
                }
                Base::Keyword(name) => {
                    if let Some(arg) = site.args.iter().find(|arg| arg.name == Some(name)) {
                        add(arg.part());
                    }
                }
                Base::Receiver => site.receiver.iter().for_each(|part| add(part.clone())),
                Base::Any => site.args.iter().for_each(|arg| add(arg.part())),
                Base::Last => site.args.last().into_iter().for_each(|arg| add(arg.part())),
                Base::Value => site.value.iter().for_each(|part| add(part.clone())),
            }
            if found.len() > before && !matches!(base, Base::Any) {
                break;
            }
        }
        found
    }
}

/// One argument of a match.
#[derive(Clone, Debug)]
pub(super) struct ArgValue<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) value: Val,
    pub(super) at: Bytes,
}

impl ArgValue<'_> {
    fn part(&self) -> Part {
        Part {
            value: self.value.clone(),
            at: self.at,
        }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) value: Val,
    pub(super) at: Bytes,
}

impl Part {
    /// A part of a container that is known to be one; `None` where it has no such key.
    fn inner(mut self, keys: &[String]) -> Option<Part> {
        for key in keys {
            let item = self.value.data()?.items.get(key.as_str())?.clone();
            self.value = item;
        }
        Some(self)
    }
}

/// One place that a matcher is held against.
#[derive(Default)]
pub(super) struct Site<'s> {
    pub(super) args: &'s [ArgValue<'s>],
    pub(super) receiver: Option<Part>,
    pub(super) value: Option<Part>,
    pub(super) is_new: bool,
    /// An argument spreads a container whose keys are not known.
    pub(super) has_spread: bool,
}

/// Tests of one matcher, compiled.
#[derive(Clone, Default)]
pub(super) struct Spec {
    pub(super) args: Vec<Selector>,
    all: Vec<(Selector, Arc<Tester>)>,
    unless: Vec<Vec<(Selector, Arc<Tester>)>>,
    pub(super) inside: Option<Arc<Scope>>,
    pub(super) not_inside: Option<Arc<Scope>>,
    pub(super) file: Option<Arc<File>>,
    pub(super) param: Option<Arc<Param>>,
}

type Pairs = Vec<(Selector, Arc<Tester>)>;

impl Spec {
    pub(super) fn new(matcher: &Matcher, bit: &mut dyn FnMut(&str) -> u32) -> Result<Spec, String> {
        let mut pairs =
            |tests: &std::collections::BTreeMap<String, Test>| -> Result<Pairs, String> {
                tests
                    .iter()
                    .map(|(selector, test)| {
                        Ok((Selector::new(selector)?, Arc::new(Tester::new(test, bit)?)))
                    })
                    .collect()
            };
        Ok(Spec {
            args: selectors(&matcher.args)?,
            all: pairs(&matcher.all)?,
            unless: matcher
                .unless
                .iter()
                .map(&mut pairs)
                .collect::<Result<_, _>>()?,
            inside: matcher
                .inside
                .as_ref()
                .map(Scope::new)
                .transpose()?
                .map(Arc::new),
            not_inside: matcher
                .not_inside
                .as_ref()
                .map(Scope::new)
                .transpose()?
                .map(Arc::new),
            file: matcher
                .file
                .as_ref()
                .map(File::new)
                .transpose()?
                .map(Arc::new),
            param: matcher
                .param
                .as_ref()
                .map(Param::new)
                .transpose()?
                .map(Arc::new),
        })
    }

    /// True when a test asks what callers give.
    pub(super) fn asks_callers(&self) -> bool {
        self.all
            .iter()
            .any(|(_, tester)| tester.caller == Some(true))
    }

    /// True when all tests hold and no set of exceptions does.
    pub(super) fn holds(&self, site: &Site<'_>, text: &str) -> bool {
        let holds = |(selector, tester): &(Selector, Arc<Tester>)| {
            let parts = selector.select(site);
            if parts.is_empty() {
                return !site.has_spread && tester.missing == Some(true);
            }
            parts
                .iter()
                .any(|part| tester.holds(part, text) && tester.fits(part, site))
        };
        self.all.iter().all(holds) && !self.unless.iter().any(|set| set.iter().all(holds))
    }
}

/// A test, compiled.
#[derive(Default)]
struct Tester {
    is: Option<Vec<serde_json::Value>>,
    matches: Option<Regex>,
    not_matches: Option<Regex>,
    literal: Option<bool>,
    built: Option<bool>,
    missing: Option<bool>,
    below: Option<i64>,
    above: Option<i64>,
    names: Vec<super::names::Pattern>,
    text: Option<Regex>,
    not_text: Option<Regex>,
    from: u32,
    longer: Option<usize>,
    array: Option<bool>,
    caller: Option<bool>,
    shape: Option<Regex>,
    overflows: Option<Selector>,
    beyond: Option<Selector>,
}

fn regex(pattern: Option<&String>) -> Result<Option<Regex>, String> {
    let compile =
        |pattern: &String| Regex::new(pattern).map_err(|_| format!("`{pattern}` is no pattern"));
    pattern.map(compile).transpose()
}

impl Tester {
    fn new(test: &Test, bit: &mut dyn FnMut(&str) -> u32) -> Result<Tester, String> {
        Ok(Tester {
            is: test.is.clone(),
            matches: regex(test.matches.as_ref())?,
            not_matches: regex(test.not_matches.as_ref())?,
            literal: test.literal,
            built: test.built,
            missing: test.missing,
            below: test.below,
            above: test.above,
            names: test
                .name
                .all()
                .iter()
                .map(|name| super::names::Pattern::new(name))
                .collect::<Result<_, _>>()?,
            text: regex(test.text.as_ref())?,
            not_text: regex(test.not_text.as_ref())?,
            from: test.from.all().iter().fold(0, |mask, set| mask | bit(set)),
            longer: test.longer,
            array: test.array,
            caller: test.caller,
            shape: regex(test.shape.as_ref())?,
            overflows: test.overflows.as_deref().map(Selector::new).transpose()?,
            beyond: test.beyond.as_deref().map(Selector::new).transpose()?,
        })
    }

    /// Tests that look at another part of the match.
    fn fits(&self, part: &Part, site: &Site<'_>) -> bool {
        let holds = |selector: &Option<Selector>, test: fn(&Val, &Val) -> bool| match selector {
            Some(selector) => {
                let others = selector.select(site);
                others.iter().any(|other| test(&part.value, &other.value))
            }
            None => true,
        };
        holds(&self.overflows, overflows) && holds(&self.beyond, is_beyond)
    }

    fn holds(&self, part: &Part, text: &str) -> bool {
        let source = || {
            text.get(part.at.0 as usize..part.at.1 as usize)
                .unwrap_or_default()
        };
        let constant = part.value.as_constant();
        let shown = constant.and_then(shown);
        let found = |regex: &Regex| shown.as_deref().is_some_and(|shown| regex.is_match(shown));
        let number = || number(constant);
        self.missing != Some(true)
            && self
                .is
                .as_ref()
                .is_none_or(|values| values.iter().any(|value| equals(value, &part.value)))
            && self.matches.as_ref().is_none_or(found)
            && !self.not_matches.as_ref().is_some_and(found)
            && self
                .literal
                .is_none_or(|literal| literal == part.value.is_literal())
            && self
                .built
                .is_none_or(|built| built == part.value.is_built())
            && self
                .below
                .is_none_or(|limit| number().is_some_and(|number| number < limit))
            && self
                .above
                .is_none_or(|limit| number().is_some_and(|number| number > limit))
            && (self.names.is_empty() || is_named(&self.names, &part.value))
            && self
                .text
                .as_ref()
                .is_none_or(|regex| regex.is_match(source()))
            && !self
                .not_text
                .as_ref()
                .is_some_and(|regex| regex.is_match(source()))
            && (self.from == 0 || comes_from(self.from, &part.value))
            && self
                .array
                .is_none_or(|wanted| is_sized(&part.value) == wanted)
            && self
                .shape
                .as_ref()
                .is_none_or(|regex| is_shaped(regex, &part.value))
            && self
                .caller
                .is_none_or(|wanted| is_given(&part.value) == wanted)
            && self
                .longer
                .is_none_or(|least| shown.as_deref().is_some_and(|shown| shown.len() >= least))
    }
}

fn is_named(names: &[super::names::Pattern], value: &Val) -> bool {
    let paths = value
        .data()
        .into_iter()
        .flat_map(|data| data.path.iter().chain(&data.alias));
    let mut paths = paths.map(|path| path.trim_end_matches("()"));
    paths.any(|path| names.iter().any(|name| name.is(path)))
}

fn comes_from(sets: u32, value: &Val) -> bool {
    value.all_atoms().iter().any(|atom| match atom.label {
        Label::Source(set) => sets & (1 << set) != 0,
        Label::Param(..) => false,
    })
}

fn is_shaped(regex: &Regex, value: &Val) -> bool {
    let shape = value.data().and_then(|data| data.shape.as_deref());
    shape.is_some_and(|shape| regex.is_match(shape))
}

/// It is an array, or memory whose size is known.
fn is_sized(value: &Val) -> bool {
    let data = value.data();
    data.is_some_and(|data| data.is_array || data.size.is_some())
}

/// It comes from whoever calls the function, or from outside, and nothing made it harmless.
fn is_given(value: &Val) -> bool {
    value
        .all_atoms()
        .iter()
        .any(|atom| atom.clean & !ADDRESSES == 0)
}

fn shown(constant: &Const) -> Option<String> {
    match constant {
        Const::Str(text) | Const::Num(text) => Some(text.to_string()),
        Const::Bool(value) => Some(value.to_string()),
        Const::Null => None,
    }
}

/// The number a literal is, in any base; underscores and suffixes are left out.
pub(super) fn number(constant: Option<&Const>) -> Option<i64> {
    let Some(Const::Num(text)) = constant else {
        return None;
    };
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let (sign, plain) = match plain.strip_prefix('-') {
        Some(rest) => (-1, rest.trim().to_owned()),
        None => (1, plain),
    };
    let plain = plain.to_ascii_lowercase();
    let (digits, base) = match plain.get(..2) {
        Some("0x") => (&plain[2..], 16),
        Some("0o") => (&plain[2..], 8),
        Some("0b") => (&plain[2..], 2),
        _ if plain.len() > 1
            && plain.starts_with('0')
            && plain.bytes().all(|b| b.is_ascii_digit()) =>
        {
            (&plain[1..], 8)
        }
        _ => (&plain[..], 10),
    };
    let end = digits
        .find(|c: char| !c.is_digit(base))
        .unwrap_or(digits.len());
    i64::from_str_radix(&digits[..end], base)
        .ok()
        .map(|value| sign * value)
}

fn equals(wanted: &serde_json::Value, value: &Val) -> bool {
    use serde_json::Value;
    match (wanted, value.as_constant()) {
        (Value::String(wanted), Some(Const::Str(text))) => **wanted == **text,
        (Value::Bool(wanted), Some(Const::Bool(is))) => wanted == is,
        (Value::Null, Some(Const::Null)) => true,
        (Value::Number(wanted), constant @ Some(Const::Num(_))) => wanted
            .as_i64()
            .is_some_and(|wanted| number(constant) == Some(wanted)),
        (Value::Array(wanted), None) => {
            wanted.is_empty()
                && value
                    .data()
                    .is_some_and(|data| data.is_container && data.items.is_empty())
        }
        _ => false,
    }
}

/// Patterns of a function, compiled.
pub(super) struct Scope {
    function: Option<Regex>,
    class: Option<Regex>,
    head: Option<Regex>,
    text: Option<Regex>,
}

impl Scope {
    fn new(test: &ScopeTest) -> Result<Scope, String> {
        Ok(Scope {
            function: regex(test.function.as_ref())?,
            class: regex(test.class.as_ref())?,
            head: regex(test.head.as_ref())?,
            text: regex(test.text.as_ref())?,
        })
    }

    pub(super) fn holds(
        &self,
        function: &super::code::Function<'_>,
        code: &super::code::Code<'_>,
    ) -> bool {
        let found = |regex: &Option<Regex>, text: &str| {
            regex.as_ref().is_none_or(|regex| regex.is_match(text))
        };
        found(&self.function, function.name)
            && found(&self.class, function.class)
            && found(&self.head, code.slice(function.head))
            && found(&self.text, code.slice(function.at))
    }
}

/// Patterns of a file, compiled.
pub(super) struct File {
    path: Option<Regex>,
    not_path: Option<Regex>,
    text: Option<Regex>,
    no_text: Option<Regex>,
    imports: Vec<String>,
}

impl File {
    fn new(test: &FileTest) -> Result<File, String> {
        Ok(File {
            path: regex(test.path.as_ref())?,
            not_path: regex(test.not_path.as_ref())?,
            text: regex(test.text.as_ref())?,
            no_text: regex(test.no_text.as_ref())?,
            imports: test.imports.all().to_vec(),
        })
    }

    pub(super) fn holds(&self, path: &str, code: &super::code::Code<'_>) -> bool {
        let starts = |name: &String| {
            code.modules
                .iter()
                .any(|module| module.starts_with(name.as_str()))
        };
        self.path.as_ref().is_none_or(|regex| regex.is_match(path))
            && !self
                .not_path
                .as_ref()
                .is_some_and(|regex| regex.is_match(path))
            && (self.imports.is_empty() || self.imports.iter().any(starts))
            && self
                .text
                .as_ref()
                .is_none_or(|regex| regex.is_match(code.text))
            && !self
                .no_text
                .as_ref()
                .is_some_and(|regex| regex.is_match(code.text))
    }
}

/// Patterns of a parameter, compiled.
pub(super) struct Param {
    name: Option<Regex>,
    text: Option<Regex>,
    not_text: Option<Regex>,
    head: Option<Regex>,
    function: Option<Regex>,
}

impl Param {
    fn new(test: &ParamTest) -> Result<Param, String> {
        Ok(Param {
            name: regex(test.name.as_ref())?,
            text: regex(test.text.as_ref())?,
            not_text: regex(test.not_text.as_ref())?,
            head: regex(test.head.as_ref())?,
            function: regex(test.function.as_ref())?,
        })
    }

    pub(super) fn holds(
        &self,
        param: &super::code::Param<'_>,
        function: &super::code::Function<'_>,
        code: &super::code::Code<'_>,
    ) -> bool {
        let found = |regex: &Option<Regex>, text: &str| {
            regex.as_ref().is_none_or(|regex| regex.is_match(text))
        };
        found(&self.name, param.name)
            && found(&self.text, param.text)
            && !self
                .not_text
                .as_ref()
                .is_some_and(|regex| regex.is_match(param.text))
            && found(&self.head, code.slice(function.head))
            && found(&self.function, function.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_base() {
        let num = |text: &str| number(Some(&Const::Num(text.into())));
        assert_eq!(num("0o777"), Some(0o777));
        assert_eq!(num("0777"), Some(0o777));
        assert_eq!(num("2_048"), Some(2048));
        assert_eq!(num("0x1F"), Some(31));
        assert_eq!(num("-1"), Some(-1));
        assert_eq!(num("1024L"), Some(1024));
    }
}
