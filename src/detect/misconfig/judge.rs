//! Conditions with three values. Yes carries the place where it was met; unknown
//! is what follows from values that are not in the files, and never a finding.

use super::literal;
use super::native;
use super::walk::Hit;
use super::walk::Meter;
use super::walk::Reach;
use super::walk::follow;
use super::world::Spot;
use super::world::World;
use crate::document::Value;
use crate::rules::misconfig::Join;
use crate::rules::misconfig::Step;
use crate::rules::misconfig::Test;
use crate::rules::misconfig::expression;
use crate::rules::misconfig::steps;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

/// What a condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// It holds, and where that was seen.
    Yes(Option<Spot>),
    /// It does not hold.
    No,
    /// The files do not say.
    Unknown,
}

/// Expressions and paths, compiled once for all threads.
#[derive(Default)]
pub(super) struct Compiled {
    expressions: Mutex<BTreeMap<String, Option<Regex>>>,
    paths: Mutex<BTreeMap<String, Vec<Step>>>,
}

impl Compiled {
    fn expression(&self, pattern: &str) -> Option<Regex> {
        let mut known = self
            .expressions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(pattern) {
            return found.clone();
        }
        let made = expression(pattern).ok();
        known.insert(pattern.to_owned(), made.clone());
        made
    }

    fn steps(&self, path: &str) -> Vec<Step> {
        let mut known = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(path) {
            return found.clone();
        }
        let made = steps(path).unwrap_or_default();
        known.insert(path.to_owned(), made.clone());
        made
    }
}

/// What judging one thing needs.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) world: &'a World,
    pub(super) compiled: &'a Compiled,
    pub(super) meter: &'a Meter,
    pub(super) subject: usize,
    /// Paths begin here.
    pub(super) from: Spot,
}

impl Judge<'_> {
    pub(super) fn reach(&self, path: &str) -> Reach {
        let steps = self.compiled.steps(path);
        let mut reach = follow(self.world, self.meter, self.subject, self.from, &steps);
        reach.unknown |= reach.hits.is_empty() && self.world.partial.contains(&self.from.doc);
        reach
    }

    pub(super) fn test(&self, test: &Test) -> Truth {
        match test {
            Test::All(tests) => self.all(tests),
            Test::Any(tests) => self.any(tests.iter().map(|test| self.test(test))),
            Test::Not(test) => match self.test(test) {
                Truth::Yes(_) => Truth::No,
                Truth::No => Truth::Yes(None),
                Truth::Unknown => Truth::Unknown,
            },
            Test::Missing(path) => self.missing(path),
            Test::Present(path) => match self.missing(path) {
                Truth::Yes(_) => Truth::No,
                Truth::Unknown => Truth::Unknown,
                Truth::No => Truth::Yes(self.reach(path).hits.first().map(|hit| hit.place)),
            },
            Test::UnlessTrue(path) => {
                let missing = std::iter::once(self.missing(path));
                self.any(missing.chain([self.scalar(path, is_no)]))
            }
            Test::IsTrue(path) => self.scalar(path, is_yes),
            Test::IsFalse(path) => self.scalar(path, is_no),
            Test::Equals(path, value) => self.scalar(path, |text| text == value),
            Test::OneOf(path, values) => self.scalar(path, |text| {
                values.iter().any(|v| v.eq_ignore_ascii_case(text))
            }),
            Test::NoneOf(path, values) => self.scalar(path, |text| {
                !text.is_empty() && !values.iter().any(|v| v.eq_ignore_ascii_case(text))
            }),
            Test::Below(path, limit) => self.number(path, |number| number < *limit),
            Test::Above(path, limit) => self.number(path, |number| number > *limit),
            Test::OpenCidr(path) => self.scalar(path, is_open),
            Test::Literal(path) => self.named(path, literal::is_secret),
            Test::Matches(path, pattern) => self.matches(path, pattern),
            Test::HasKey(path, pattern) => self.has_key(path, pattern),
            Test::Covers(from, to, ports) => self.covers(from, to, ports),
            Test::Some(path, test) => self.some(path, test),
            Test::None(path, test) => match self.some(path, test) {
                Truth::Yes(_) => Truth::No,
                Truth::No => Truth::Yes(None),
                Truth::Unknown => Truth::Unknown,
            },
            Test::Joined(join) => self.joined(join),
            Test::Native(name) => native::run(name, self),
        }
    }

    /// The place is that of the first condition that has one.
    fn all(&self, tests: &[Test]) -> Truth {
        let mut result = Truth::Yes(None);
        for test in tests {
            match (self.test(test), result) {
                (Truth::No, _) => return Truth::No,
                (Truth::Unknown, _) => result = Truth::Unknown,
                (Truth::Yes(place), Truth::Yes(None)) => result = Truth::Yes(place),
                _ => {}
            }
        }
        result
    }

    fn any(&self, truths: impl Iterator<Item = Truth>) -> Truth {
        let mut result = Truth::No;
        for truth in truths {
            match truth {
                Truth::Yes(_) => return truth,
                Truth::Unknown => result = Truth::Unknown,
                Truth::No => {}
            }
        }
        result
    }

    fn missing(&self, path: &str) -> Truth {
        let reach = self.reach(path);
        let mut unknown = reach.unknown;
        for hit in &reach.hits {
            match self.world.value(hit.value) {
                Value::Null => {}
                Value::Unknown(_) | Value::Reference(_) => unknown = true,
                _ => return Truth::No,
            }
        }
        match (unknown, reach.hits.is_empty()) {
            (true, _) => Truth::Unknown,
            (false, _) => Truth::Yes(reach.hits.first().map(|hit| hit.place)),
        }
    }

    /// One of the texts is as asked.
    fn scalar(&self, path: &str, is: impl Fn(&str) -> bool) -> Truth {
        self.over(path, |hit| match self.world.value(hit.value) {
            Value::Text { text, .. } => Some(is(text)),
            Value::Unknown(_) | Value::Reference(_) => None,
            _ => Some(false),
        })
    }

    /// One of the texts is as asked, judged with its key.
    fn named(&self, path: &str, is: impl Fn(&str, &str) -> bool) -> Truth {
        self.over(path, |hit| match self.world.value(hit.value) {
            Value::Text { text, .. } => {
                let label = &self.world.doc(hit.place.doc).node(hit.place.node).label;
                let key = match label {
                    crate::document::Label::Key(key) => key,
                    _ => "",
                };
                Some(is(key, text))
            }
            Value::Unknown(_) | Value::Reference(_) => None,
            _ => Some(false),
        })
    }

    fn over(&self, path: &str, is: impl Fn(&Hit) -> Option<bool>) -> Truth {
        let reach = self.reach(path);
        let mut unknown = reach.unknown;
        // Where one value is asked for, one of a list will do.
        let hits = reach.hits.iter().flat_map(|hit| self.items(*hit));
        for hit in hits {
            match is(&hit) {
                Some(true) => return Truth::Yes(Some(hit.place)),
                Some(false) => {}
                None => unknown = true,
            }
        }
        match unknown {
            true => Truth::Unknown,
            false => Truth::No,
        }
    }

    fn number(&self, path: &str, is: impl Fn(f64) -> bool) -> Truth {
        self.scalar(path, |text| text.trim().parse().is_ok_and(&is))
    }

    fn matches(&self, path: &str, pattern: &str) -> Truth {
        let Some(regex) = self.compiled.expression(pattern) else {
            return Truth::No;
        };
        self.scalar(path, |text| regex.is_match(text))
    }

    fn has_key(&self, path: &str, pattern: &str) -> Truth {
        let Some(regex) = self.compiled.expression(pattern) else {
            return Truth::No;
        };
        let reach = self.reach(path);
        for hit in &reach.hits {
            let doc = self.world.doc(hit.value.doc);
            for (key, node) in doc.entries(hit.value.node) {
                if regex.is_match(key) {
                    return Truth::Yes(Some(Spot {
                        doc: hit.value.doc,
                        node: *node,
                    }));
                }
            }
        }
        match reach.unknown {
            true => Truth::Unknown,
            false => Truth::No,
        }
    }

    fn covers(&self, from: &str, to: &str, ports: &[u16]) -> Truth {
        let (from, to) = (self.reach(from), self.reach(to));
        let known = |hit: Option<&Hit>| match hit.map(|hit| self.world.value(hit.value)) {
            None | Some(Value::Null) => Some(None),
            Some(Value::Text { text, .. }) => Some(Some(text.trim().to_owned())),
            _ => None,
        };
        if from.unknown || to.unknown {
            return Truth::Unknown;
        }
        let place = from.hits.first().map(|hit| hit.place);
        let (Some(low), Some(high)) = (known(from.hits.first()), known(to.hits.first())) else {
            return Truth::Unknown;
        };
        let (low, high) = (low.unwrap_or_default(), high.unwrap_or_default());
        match is_covered(&low, &high, ports) {
            true => Truth::Yes(place),
            false => Truth::No,
        }
    }

    fn some(&self, path: &str, test: &Test) -> Truth {
        let reach = self.reach(path);
        let mut result = match reach.unknown {
            true => Truth::Unknown,
            false => Truth::No,
        };
        let hits = reach.hits.iter().flat_map(|hit| self.items(*hit));
        for hit in hits {
            let inner = Judge {
                from: hit.value,
                ..*self
            };
            if matches!(
                self.world.value(hit.value),
                Value::Unknown(_) | Value::Reference(_)
            ) {
                result = Truth::Unknown;
                continue;
            }
            match inner.test(test) {
                Truth::Yes(place) => return Truth::Yes(place.or(Some(hit.place))),
                Truth::Unknown => result = Truth::Unknown,
                Truth::No => {}
            }
        }
        result
    }

    /// The items of a list; anything else by itself.
    fn items(&self, hit: Hit) -> Vec<Hit> {
        let Value::Sequence(items) = self.world.value(hit.value) else {
            return vec![hit];
        };
        let spot = |node: &crate::document::NodeId| {
            let place = Spot {
                doc: hit.value.doc,
                node: *node,
            };
            Hit {
                value: self.world.resolve(place),
                place,
            }
        };
        items.iter().map(spot).collect()
    }

    /// The place is never in the other thing: the finding is about this one.
    fn joined(&self, join: &Join) -> Truth {
        let mut result = Truth::No;
        for (index, other) in self.world.subjects.iter().enumerate() {
            if !join.on.iter().any(|class| is_of(&other.class, class)) {
                continue;
            }
            let inner = Judge {
                subject: index,
                from: other.spot,
                ..*self
            };
            match inner.refers(&join.by, self.subject) {
                Truth::No => continue,
                Truth::Unknown => {
                    result = Truth::Unknown;
                    continue;
                }
                Truth::Yes(_) => {}
            }
            match join.when.as_ref().map(|test| inner.test(test)) {
                None | Some(Truth::Yes(_)) => return Truth::Yes(None),
                Some(Truth::Unknown) => result = Truth::Unknown,
                Some(Truth::No) => {}
            }
        }
        result
    }

    /// Whether the values at a path name another thing.
    pub(super) fn refers(&self, path: &str, other: usize) -> Truth {
        let other = &self.world.subjects[other];
        let reach = self.reach(path);
        let mut unknown = reach.unknown;
        for hit in &reach.hits {
            match self.world.value(hit.value) {
                Value::Reference(name) => {
                    let rest = name.strip_prefix(&other.name);
                    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])) {
                        return Truth::Yes(Some(hit.place));
                    }
                    let is_thing = self.world.subjects.iter().any(|s| {
                        name.strip_prefix(&s.name)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                    });
                    unknown |= !is_thing;
                }
                Value::Unknown(text) => {
                    unknown |= text.contains(&other.name) || text.is_empty() || !text.contains('.');
                    if text.contains(&format!("{}.", other.name)) {
                        return Truth::Yes(Some(hit.place));
                    }
                }
                Value::Text { text, .. } => {
                    let doc = self.world.doc(other.spot.doc);
                    let names = ["bucket", "name", "BucketName"];
                    let is_named = |key: &&str| doc.text_at(other.spot.node, &[key]) == Some(text);
                    if names.iter().any(is_named) || **text == *other.name {
                        return Truth::Yes(Some(hit.place));
                    }
                }
                _ => {}
            }
        }
        match unknown {
            true => Truth::Unknown,
            false => Truth::No,
        }
    }
}

/// Whether a class is the one asked for; a `*` at the end stands for any rest.
pub(super) fn is_of(class: &str, asked: &str) -> bool {
    match asked.strip_suffix('*') {
        Some(start) => class.starts_with(start),
        None => class == asked,
    }
}

pub(super) fn is_yes(text: &str) -> bool {
    ["true", "yes", "on", "1"]
        .iter()
        .any(|yes| text.eq_ignore_ascii_case(yes))
}

pub(super) fn is_no(text: &str) -> bool {
    ["false", "no", "off", "0"]
        .iter()
        .any(|no| text.eq_ignore_ascii_case(no))
}

/// Everyone: a range of no bits, or what Azure calls it.
pub(super) fn is_open(text: &str) -> bool {
    let text = text.trim();
    matches!(
        text,
        "*" | "::/0" | "0::/0" | "Any" | "any" | "Internet" | "internet"
    ) || text.ends_with("/0") && text.starts_with(['0', ':'])
}

/// Whether a range of ports, as texts, holds one of these. `*`, `-1` and nothing hold all.
pub(super) fn is_covered(low: &str, high: &str, ports: &[u16]) -> bool {
    let every = |text: &str| matches!(text, "" | "*" | "-1" | "all");
    if every(low) {
        return true;
    }
    let low = low.parse::<i64>();
    let high = if every(high) {
        low.clone()
    } else {
        high.parse::<i64>()
    };
    match (low, high) {
        (Ok(0), Ok(0)) => false,
        (Ok(low), Ok(high)) => ports
            .iter()
            .any(|port| (low..=high).contains(&i64::from(*port))),
        _ => false,
    }
}
