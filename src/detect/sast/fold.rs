//! Constants that code computes: numbers, comparisons, and the conditions whose
//! outcome is certain. A branch that cannot be taken is not run, so only names
//! that nothing else can have changed are believed.

use super::code::Code;
use super::code::Id;
use super::code::Kind;
use super::demand::number;
use super::machine::Machine;
use super::value::Const;
use super::value::Val;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Bytes before an assignment that are read for words such as `final`.
const HEAD_CAP: usize = 80;

/// What two constants give by an operator of numbers.
pub(super) fn arithmetic(op: &str, left: &Val, right: &Val) -> Option<Val> {
    let (a, b) = (number(left.as_constant())?, number(right.as_constant())?);
    let value = match op {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => a.checked_div(b),
        "%" => a.checked_rem(b),
        "&" => Some(a & b),
        "|" => Some(a | b),
        "^" => Some(a ^ b),
        "<<" if (0..63).contains(&b) => a.checked_mul(1 << b),
        _ => None,
    }?;
    Some(Val::constant(Const::Num(value.to_string().into())))
}

/// The outcome of comparing two constants.
pub(super) fn comparison(op: &str, left: &Val, right: &Val) -> Option<bool> {
    let (left, right) = (left.as_constant()?, right.as_constant()?);
    let order = match (number(Some(left)), number(Some(right))) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => None,
    };
    let is_same = match (left, right) {
        (Const::Num(_), Const::Num(_)) => order?.is_eq(),
        (Const::Str(_), Const::Str(_))
        | (Const::Bool(_), Const::Bool(_))
        | (Const::Null, Const::Null) => left == right,
        _ => return None,
    };
    Some(match op {
        "==" | "===" | "is" => is_same,
        "!=" | "!==" | "is not" => !is_same,
        "<" => order?.is_lt(),
        ">" => order?.is_gt(),
        "<=" => order?.is_le(),
        ">=" => order?.is_ge(),
        _ => return None,
    })
}

/// A constant taken as a condition.
fn truth(value: &Val) -> Option<bool> {
    match value.as_constant()? {
        Const::Bool(value) => Some(*value),
        constant @ Const::Num(_) => number(Some(constant)).map(|number| number != 0),
        Const::Null => Some(false),
        Const::Str(_) => None,
    }
}

/// What a method of a constant text gives.
pub(super) fn text_method(name: &str, text: &str, args: &[Val]) -> Option<Val> {
    let first = args.first();
    let at = |number_of: usize| {
        let value = number(args.get(number_of)?.as_constant())?;
        usize::try_from(value).ok()
    };
    let constant = |text: &str| Val::constant(Const::Str(text.into()));
    Some(match (name, args.len()) {
        ("charAt" | "at", 1) if text.is_ascii() => constant(text.get(at(0)?..at(0)? + 1)?),
        ("substring", 1) if text.is_ascii() => constant(text.get(at(0)?..)?),
        ("substring", 2) if text.is_ascii() => constant(text.get(at(0)?..at(1)?)?),
        ("length" | "size", 0) => Val::constant(Const::Num(text.len().to_string().into())),
        ("toString" | "strip" | "intern", 0) => constant(text),
        ("trim", 0) => constant(text.trim()),
        ("isEmpty", 0) => Val::constant(Const::Bool(text.is_empty())),
        ("toLowerCase" | "lower", 0) => constant(&text.to_lowercase()),
        ("toUpperCase" | "upper", 0) => constant(&text.to_uppercase()),
        ("equals", 1) => Val::constant(Const::Bool(text == &**first?.text()?)),
        ("equalsIgnoreCase", 1) => {
            Val::constant(Const::Bool(text.eq_ignore_ascii_case(first?.text()?)))
        }
        ("contains" | "includes", 1) => {
            Val::constant(Const::Bool(text.contains(&**first?.text()?)))
        }
        ("startsWith" | "startswith", 1) => {
            Val::constant(Const::Bool(text.starts_with(&**first?.text()?)))
        }
        _ => return None,
    })
}

/// Which names of a file may be believed to be what they were last given.
pub(super) struct Settled<'a> {
    /// Assigned inside of a function within a function: by then they may be anything.
    captured: BTreeSet<&'a str>,
    /// Assigned once in the file, as a constant.
    pub(super) fixed: BTreeSet<&'a str>,
}

impl<'a> Settled<'a> {
    pub(super) fn new(code: &Code<'a>) -> Self {
        let inner = inner_spans(code);
        let mut captured = BTreeSet::new();
        let mut times: BTreeMap<&'a str, (usize, bool)> = BTreeMap::new();
        for node in &code.nodes {
            let Kind::Assign { target, .. } = &node.kind else {
                continue;
            };
            let name = match code.kind(*target) {
                Kind::Name(name) | Kind::Field { name, .. } => *name,
                _ => continue,
            };
            let after = inner.partition_point(|span| span.0 <= node.at.0);
            if after > 0 && node.at.0 < inner[after - 1].1 {
                captured.insert(name);
            }
            let entry = times.entry(name).or_default();
            entry.0 += 1;
            entry.1 |= is_fixed(code, node.at.0);
        }
        for function in &code.functions {
            for param in &function.params {
                times.entry(param.name).or_default().0 += 1;
            }
        }
        let fixed = times.into_iter();
        Settled {
            captured,
            fixed: fixed
                .filter(|(_, (times, is_fixed))| *times == 1 && *is_fixed)
                .map(|(name, _)| name)
                .collect(),
        }
    }
}

/// Spans of functions within functions, joined and in order.
fn inner_spans(code: &Code<'_>) -> Vec<(u32, u32)> {
    let mut spans: Vec<(u32, u32)> = code.functions.iter().map(|one| one.at).collect();
    spans.sort_unstable_by_key(|span| (span.0, std::cmp::Reverse(span.1)));
    let mut inner: Vec<(u32, u32)> = Vec::new();
    let mut outer = (0, 0);
    for span in spans {
        if span.0 >= outer.1 {
            outer = span;
        } else if inner.last().is_none_or(|last| span.0 >= last.1) {
            inner.push(span);
        }
    }
    inner
}

/// True when a declaration says that what it gives stays.
fn is_fixed(code: &Code<'_>, at: u32) -> bool {
    let end = at as usize;
    let mut start = end.saturating_sub(HEAD_CAP);
    while !code.text.is_char_boundary(start) {
        start += 1;
    }
    let head = code.text.get(start..end).unwrap_or_default();
    let line = head.rsplit(['\n', ';', '{', '}']).next().unwrap_or(head);
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| {
        matches!(
            word,
            "final" | "const" | "static" | "private" | "readonly" | "define"
        )
    })
}

impl Machine<'_, '_> {
    /// The outcome of a condition, where nothing outside of this function can change it.
    pub(super) fn decide(&mut self, test: Id) -> Option<bool> {
        if self.stack.is_empty() {
            return None;
        }
        let code = self.code;
        match code.kind(test) {
            Kind::Not(inner) => self.decide(*inner).map(|holds| !holds),
            Kind::Same(inner) => self.decide(*inner),
            Kind::Binary {
                op: op @ ("&&" | "and" | "||" | "or"),
                left,
                right,
            } => {
                let ends = matches!(*op, "||" | "or");
                match (self.decide(*left), self.decide(*right)) {
                    (Some(left), _) if left == ends => Some(ends),
                    (_, Some(right)) if right == ends => Some(ends),
                    (Some(_), Some(_)) => Some(!ends),
                    _ => None,
                }
            }
            _ if self.is_settled(test) => truth(&self.eval(test)),
            _ => None,
        }
    }

    /// The constant that an expression has, whatever else runs.
    pub(super) fn certain(&mut self, id: Id) -> Option<Val> {
        let is_certain = !self.stack.is_empty() && self.is_settled(id);
        let value = is_certain.then(|| self.eval(id))?;
        value.as_constant().is_some().then_some(value)
    }

    fn is_settled(&self, id: Id) -> bool {
        match self.code.kind(id) {
            Kind::Str(_) | Kind::Num(_) | Kind::Bool(_) | Kind::Null => true,
            Kind::Name(name) => self.is_known_name(name),
            Kind::Field { object, name } => {
                self.is_own(*object) && self.settled.fixed.contains(name)
            }
            Kind::Not(inner) | Kind::Same(inner) | Kind::Cast { value: inner, .. } => {
                self.is_settled(*inner)
            }
            Kind::Binary { left, right, .. } => self.is_settled(*left) && self.is_settled(*right),
            Kind::Index { object, index } => self.is_settled(*object) && self.is_settled(*index),
            Kind::Concat(parts) => parts.iter().all(|part| self.is_settled(*part)),
            Kind::Call { callee, args, .. } => {
                args.iter().all(|arg| self.is_settled(arg.value)) && self.is_fixed_call(*callee)
            }
            _ => false,
        }
    }

    fn is_fixed_call(&self, callee: Id) -> bool {
        match self.code.kind(callee) {
            Kind::Name(name) => self.is_fixed_call_of(name),
            Kind::Field { object, name } => {
                self.is_own(*object) && self.is_fixed_call_of(name) || self.is_settled(*object)
            }
            _ => false,
        }
    }

    /// The object that the method being run belongs to.
    fn is_own(&self, object: Id) -> bool {
        matches!(
            self.code.kind(object),
            Kind::Name("this" | "self" | "$this")
        )
    }

    fn is_fixed_call_of(&self, name: &str) -> bool {
        match self.by_name.get(name).map(|found| &found[..]) {
            Some([only]) => self.summaries[*only].constant.is_some(),
            _ => false,
        }
    }

    fn is_known_name(&self, name: &str) -> bool {
        let is_local = self.locals.last().is_some_and(|names| names.contains(name));
        is_local && !self.settled.captured.contains(name) || self.settled.fixed.contains(name)
    }

    /// The case that a constant takes, if all cases are constants; `None` when that is not known.
    pub(super) fn taken(&mut self, value: Id, cases: &[(Vec<Id>, Id)]) -> Option<Taken> {
        let value = self.certain(value)?;
        let mut default = Taken::None;
        for (number, (tests, _)) in cases.iter().enumerate() {
            if tests.is_empty() {
                default = Taken::Case(number);
            }
            for test in tests {
                let is_named = matches!(self.code.kind(*test), Kind::Nothing);
                let constant = self.eval(*test);
                match comparison("==", &value, &constant) {
                    Some(true) => return Some(Taken::Case(number)),
                    Some(false) => {}
                    None if is_named => default = Taken::Case(number),
                    None => return None,
                }
            }
        }
        Some(default)
    }

    /// What a function gives back, when that is one constant.
    pub(super) fn keep_constant(&mut self, index: usize, returned: &Val) {
        let name = self.code.functions[index].name;
        let constant = returned.as_constant().filter(|_| !name.is_empty());
        self.summaries[index].constant = constant.cloned();
    }

    /// The constant that a function of this file gives back.
    pub(super) fn constant_of(&self, index: usize) -> Option<Val> {
        let constant = self.summaries[index].constant.clone()?;
        Some(Val::constant(constant))
    }
}

/// Where a switch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Case(usize),
    None,
}

/// One character of a constant text.
pub(super) fn letter(text: &Rc<str>, index: &Val) -> Option<Val> {
    text_method("charAt", text, std::slice::from_ref(index))
}
