//! Configuration in, faults out. A file is told apart by its name and content, read
//! into trees, the things in it are named, and checks, which are data, are judged
//! over them. What a check says is in `patterns/misconfig`; who it silences and how
//! it is shown is decided elsewhere.

mod format;
mod judge;
mod kustomize;
mod literal;
mod native;
mod platform;
mod walk;
mod world;

pub use format::Group;
pub use format::group;
pub use format::is_of_module;
pub use format::kind;
pub use format::may_be;
pub use kustomize::groups as kustomize_groups;
pub use kustomize::is_kustomization;
pub use native::has as has_native;

use crate::detect::raised::File;
use crate::detect::raised::Judged;
use crate::detect::raised::Raised;
use crate::detect::raised::Unjudged;
use crate::document::Value;
use crate::model::coverage::Reason;
use crate::model::rule::Rule;
use crate::rules::misconfig::Body;
use crate::rules::misconfig::Matcher;
use judge::Compiled;
use judge::Judge;
use judge::Truth;
use std::collections::BTreeMap;
use std::ops::Range;
use walk::Meter;
use world::Spot;
use world::World;

/// Characters of a value that a message shows.
const VALUE_CAP: usize = 60;

/// The checks of a run.
pub struct Engine {
    checks: Vec<(&'static Rule, &'static Body)>,
    compiled: Compiled,
}

impl Engine {
    /// An engine of these checks.
    pub fn new(checks: Vec<(&'static Rule, &'static Body)>) -> Self {
        Engine {
            checks,
            compiled: Compiled::default(),
        }
    }

    /// The rules, in the order in which [`Raised::check`] counts them.
    pub fn rule(&self, check: usize) -> &'static Rule {
        self.checks[check].0
    }

    /// True when there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// Judges files that belong together: one file, or all of a module.
    pub fn judge(&self, files: &[File<'_>]) -> Judged {
        let mut judged = Judged::default();
        let world = platform::read(files, &mut judged.unjudged);
        let mut by_class = BTreeMap::<&str, Vec<usize>>::new();
        for (index, subject) in world.subjects.iter().enumerate() {
            by_class.entry(&subject.class).or_default().push(index);
        }
        let meter = Meter::default();
        for (number, (rule, body)) in self.checks.iter().enumerate() {
            let mut told: Vec<usize> = Vec::new();
            for matcher in &body.0 {
                for subject in subjects(&by_class, matcher) {
                    if told.contains(&subject) {
                        continue;
                    }
                    let judge = Judge {
                        world: &world,
                        compiled: &self.compiled,
                        meter: &meter,
                        subject,
                        from: world.subjects[subject].spot,
                    };
                    if let Truth::Yes(place) = judge.test(&matcher.when) {
                        told.push(subject);
                        // What a patch brought is told in the patch.
                        let doc = |spot: Spot| world.doc(spot.doc).is_foreign(spot.node);
                        if place.is_some_and(doc) {
                            continue;
                        }
                        let found = raise(&judge, number, rule, matcher, place);
                        judged.raised.push(found);
                    }
                }
            }
        }
        if meter.is_over() {
            judged.unjudged.push(Unjudged {
                file: 0,
                reason: Reason::LimitTime,
                detail: "judging it takes more steps than the limit".to_owned(),
            });
        }
        let order = |r: &Raised| (r.file, r.span.start, r.span.end, r.check);
        judged.raised.sort_by_key(order);
        judged
    }
}

/// The things a matcher is about, in the order of the files.
fn subjects(by_class: &BTreeMap<&str, Vec<usize>>, matcher: &Matcher) -> Vec<usize> {
    let mut found = Vec::new();
    for asked in &matcher.on {
        match asked.strip_suffix('*') {
            None => found.extend(by_class.get(asked.as_str()).into_iter().flatten()),
            Some(start) => {
                let from = by_class.range(start..);
                let of = from.take_while(|(class, _)| class.starts_with(start));
                found.extend(of.flat_map(|(_, indexes)| indexes));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn raise(
    judge: &Judge<'_>,
    check: usize,
    rule: &'static Rule,
    matcher: &Matcher,
    met: Option<Spot>,
) -> Raised {
    let world = judge.world;
    let subject = &world.subjects[judge.subject];
    let asked = match matcher.at.is_empty() {
        true => None,
        false => judge.reach(&matcher.at).hits.first().map(|hit| hit.place),
    };
    // A value that lies in another file is reported where the thing is.
    let file = world.docs[subject.spot.doc].0;
    let near = asked.or(met).filter(|spot| world.docs[spot.doc].0 == file);
    let spot = near.unwrap_or(subject.spot);
    let doc = world.doc(spot.doc);
    let outermost = &world.subjects[world.outermost(judge.subject)];
    let resource = extent(world, outermost.spot);
    // The properties of a resource of CloudFormation are the thing, its name stands outside of them.
    let scope = match subject.class.starts_with("cloudformation/") {
        true => resource.clone(),
        false => extent(world, subject.spot),
    };
    let secrets = match matcher.secret {
        true => vec![doc.node(spot.node).span.clone()],
        false => Vec::new(),
    };
    let value = match matcher.secret {
        true => None,
        false => shown(world, spot),
    };
    let words = rule.message;
    let message = words
        .replace("{value}", value.as_deref().unwrap_or("…"))
        .replace("{name}", &subject.name);
    let way = doc.path(spot.node);
    let mut logical = subject.name.clone();
    if !way.is_empty() && !subject.class.starts_with("dockerfile/") {
        logical = match logical.is_empty() {
            true => way.clone(),
            false => format!("{logical}: {way}"),
        };
    }
    Raised {
        check,
        file,
        span: place(world, spot),
        scope,
        resource,
        identity: format!("{} {} {}", subject.class, subject.name, unnumbered(&way)),
        logical,
        message,
        confidence: matcher
            .confidence
            .unwrap_or(rule.confidence)
            .min(rule.confidence),
        secrets,
        flow: Vec::new(),
    }
}

/// A thing with its key.
fn extent(world: &World, spot: Spot) -> Range<usize> {
    let doc = world.doc(spot.doc);
    let span = &doc.node(spot.node).span;
    doc.place(spot.node).start.min(span.start)..span.end
}

/// The key, instruction or value.
fn place(world: &World, spot: Spot) -> Range<usize> {
    let doc = world.doc(spot.doc);
    let place = doc.place(spot.node);
    match place.is_empty() {
        true => doc.node(spot.node).span.clone(),
        false => place,
    }
}

/// A short value as it stands in a message.
fn shown(world: &World, spot: Spot) -> Option<String> {
    match world.value(world.resolve(spot)) {
        Value::Text { text, .. } => {
            let line = text.lines().next().unwrap_or_default().trim();
            let short: String = line.chars().take(VALUE_CAP).collect();
            Some(if short.len() < line.len() {
                short + "…"
            } else {
                short
            })
        }
        _ => None,
    }
}

/// A path without its numbers: inserting an item makes no finding new.
fn unnumbered(path: &str) -> String {
    let is_number = |part: &str| part.starts_with('[');
    let mut out = String::new();
    for part in path.split_inclusive(']') {
        let end = part.rfind('[').unwrap_or(part.len());
        out.push_str(&part[..end]);
        if is_number(&part[end..]) {
            out.push_str("[]");
        }
    }
    out
}
