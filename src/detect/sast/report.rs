//! What a match means: a finding of a pattern, the arrival of a flow at a sink,
//! a new origin. All matchers are held against the code here and nowhere else.

use super::checks::Entry;
use super::checks::Hook;
use super::checks::Role;
use super::code::Bytes;
use super::code::Id;
use super::code::Kind;
use super::demand::ArgValue;
use super::demand::Part;
use super::demand::Site;
use super::machine::Hit;
use super::machine::Machine;
use super::machine::Reach;
use super::value::Atom;
use super::value::HOLE;
use super::value::Label;
use super::value::Step;
use super::value::Val;
use super::value::merge;
use std::rc::Rc;

/// Sinks of one parameter kept in a summary.
const REACHES_CAP: usize = 32;

impl<'a> Machine<'a, '_> {
    /// Holds the matchers of a hook against a name; gives the origins that sources add.
    pub(super) fn hook(
        &mut self,
        hook: Hook,
        path: &str,
        alias: Option<&str>,
        at: Bytes,
        site: &Site<'_>,
    ) -> Vec<Atom> {
        let checks = self.checks;
        let last = path.rsplit('.').next().unwrap_or(path);
        let mut atoms = Vec::new();
        for (id, entry) in checks.at(hook, last) {
            if self.matches(entry, id, path, alias, site) {
                self.matched(entry, path, at, site, &mut atoms);
            }
        }
        atoms
    }

    fn matches(
        &mut self,
        entry: &Entry,
        id: u32,
        path: &str,
        alias: Option<&str>,
        site: &Site<'_>,
    ) -> bool {
        if let Role::Check(check) | Role::Sink(check) = entry.role
            && !self.active[check as usize]
        {
            return false;
        }
        let named = |name: &super::names::Pattern| {
            (!name.is_new || site.is_new)
                && (name.is(path) || alias.is_some_and(|alias| name.is(alias)))
        };
        entry.names.iter().any(named) && entry.spec.holds(site, self.code.text) && self.fits(id)
    }

    fn matched(
        &mut self,
        entry: &Entry,
        path: &str,
        at: Bytes,
        site: &Site<'_>,
        atoms: &mut Vec<Atom>,
    ) {
        match entry.role {
            Role::Check(_) if self.is_echo => {}
            Role::Check(check) => {
                let function = self.stack.last().copied();
                let given_to = function.filter(|_| entry.spec.asks_callers());
                self.found(check, at, path, given_to);
            }
            Role::Sink(check) => self.sink(check, entry, path, at, site),
            Role::Source(set) => {
                let steps = Step::first(at, path.into());
                let atom = Atom {
                    label: Label::Source(set),
                    clean: 0,
                    is_weak: false,
                    steps,
                };
                if entry.spec.args.is_empty() {
                    merge(atoms, &[atom]);
                } else {
                    let parts = entry.spec.args.iter().flat_map(|one| one.select(site));
                    let marks = parts.map(|part| (part.at, atom.clone()));
                    self.marks.extend(marks);
                }
            }
            Role::Sanitizer(_) | Role::Guard(_) | Role::Propagator | Role::Neutral => {}
        }
    }

    fn found(&mut self, check: u32, at: Bytes, name: &str, given_to: Option<usize>) {
        self.hits.entry((check, at)).or_insert_with(|| Hit {
            name: name.into(),
            source: None,
            is_weak: false,
            steps: Vec::new(),
            given_to,
        });
    }

    fn sink(&mut self, check: u32, entry: &Entry, path: &str, at: Bytes, site: &Site<'_>) {
        let parts: Vec<Part> = if entry.spec.args.is_empty() {
            let args = site.args.iter().map(|arg| Part {
                value: arg.value.clone(),
                at: arg.at,
            });
            args.chain(site.value.clone()).collect()
        } else {
            entry
                .spec
                .args
                .iter()
                .flat_map(|selector| selector.select(site))
                .collect()
        };
        let name: Rc<str> = path.into();
        let is_bound = self.checks.checks[check as usize].is_address;
        for part in parts {
            if is_bound && has_fixed_host(&part.value) {
                continue;
            }
            for mut atom in part.value.all_atoms() {
                atom.steps = atom.steps.then(part.at, &self.words.passed);
                self.arrive(check, &atom, at, &name, None);
            }
        }
    }

    /// An origin arrives at a sink: of a source it is a finding, of a parameter the callers' affair.
    pub(super) fn arrive(
        &mut self,
        check: u32,
        atom: &Atom,
        at: Bytes,
        sink: &Rc<str>,
        inner: Option<&Rc<Step>>,
    ) {
        let compiled = &self.checks.checks[check as usize];
        if atom.clean & compiled.kind != 0 || !self.active[check as usize] {
            return;
        }
        if inner.is_none() && atom.steps.begins_at(at) {
            // What a call leaves behind does not come to that same call.
            return;
        }
        match atom.label {
            Label::Source(set) if compiled.sources & (1 << set) != 0 => {
                let mut steps = flow(&atom.steps);
                steps.extend(inner.into_iter().flat_map(flow));
                let hit = Hit {
                    name: Rc::clone(sink),
                    source: steps.first().map(|(_, what)| Rc::clone(what)),
                    is_weak: atom.is_weak || compiled.also & (1 << set) != 0,
                    steps,
                    given_to: None,
                };
                let known = self.hits.get(&(check, at));
                if known.is_none_or(|known| {
                    (hit.is_weak, hit.steps.len()) < (known.is_weak, known.steps.len())
                }) {
                    self.hits.insert((check, at), hit);
                }
            }
            Label::Source(_) => {}
            Label::Param(function, param) => {
                let steps = match inner {
                    Some(inner) => inner,
                    None => &atom.steps,
                };
                let reach = Reach {
                    param,
                    check,
                    clean: atom.clean,
                    is_weak: atom.is_weak,
                    at,
                    sink: Rc::clone(sink),
                    steps: Rc::clone(steps),
                };
                let sinks = &mut self.summaries[function as usize].sinks;
                let same = |one: &Reach| one.param == param && one.check == check && one.at == at;
                let is_full = sinks.len() >= REACHES_CAP;
                match sinks.iter_mut().find(|one| same(one)) {
                    Some(one) => {
                        one.clean &= reach.clean;
                        one.is_weak &= reach.is_weak;
                    }
                    None if is_full => {}
                    None => sinks.push(reach),
                }
            }
        }
    }

    /// A hook at a plain name.
    pub(super) fn named_hook(&mut self, hook: Hook, name: &str, at: Bytes, site: &Site<'_>) {
        self.hook(hook, name, None, at, site);
    }

    /// A value is given to a variable or a part of one.
    pub(super) fn assign_hooks(&mut self, target: Id, value: &Val, value_at: Bytes, at: Bytes) {
        let code = self.code;
        let mut alias = None;
        let (path, key): (String, Option<Val>) = match code.kind(target) {
            Kind::Name(name) => ((*name).to_owned(), None),
            Kind::Field { object, name } => {
                let object = self.eval(*object);
                let other = object.data().and_then(|data| data.alias.as_ref());
                alias = other.map(|other| format!("{other}.{name}"));
                (
                    format!("{}.{name}", object.path().map_or("?", |path| path)),
                    None,
                )
            }
            Kind::Index { object, index } => {
                let (object, index) = (self.eval(*object), self.eval(*index));
                let object = object.path().map_or("?", |path| path);
                match index.text() {
                    Some(text) => (format!("{object}.{text}"), Some(index)),
                    None => (format!("{object}.[]"), Some(index)),
                }
            }
            Kind::Same(inner) => return self.assign_hooks(*inner, value, value_at, at),
            _ => return,
        };
        let mut args: Vec<ArgValue<'_>> = key
            .into_iter()
            .map(|value| ArgValue {
                name: Some("key"),
                value,
                at,
            })
            .collect();
        args.push(ArgValue {
            name: Some("target"),
            value: Val::default(),
            at: code.node(target).at,
        });
        let site = Site {
            args: &args,
            value: Some(Part {
                value: value.clone(),
                at: value_at,
            }),
            ..Site::default()
        };
        self.hook(Hook::Assign, &path, alias.as_deref(), at, &site);
    }

    pub(super) fn return_hooks(&mut self, value: &Val, at: Bytes) {
        let site = Site {
            value: Some(Part {
                value: value.clone(),
                at,
            }),
            ..Site::default()
        };
        self.hook(Hook::Return, "return", None, at, &site);
    }

    pub(super) fn function_hooks(&mut self, index: usize) {
        let function = &self.code.functions[index];
        self.stack.push(index);
        for decorator in &function.decorators {
            self.decorator(*decorator);
        }
        self.stack.pop();
        let Some(body) = function.body else { return };
        let part = |at| Part {
            value: Val::default(),
            at,
        };
        let args = [
            ArgValue {
                name: Some("body"),
                value: Val::default(),
                at: self.code.node(body).at,
            },
            ArgValue {
                name: Some("head"),
                value: Val::default(),
                at: function.head,
            },
        ];
        let site = Site {
            args: &args,
            value: Some(part(function.at)),
            ..Site::default()
        };
        self.stack.push(index);
        self.hook(Hook::Function, function.name, None, function.head, &site);
        self.stack.pop();
    }

    pub(super) fn decorator(&mut self, id: Id) {
        let code = self.code;
        let Kind::Call { callee, args, .. } = code.kind(id) else {
            return;
        };
        let value = self.eval(*callee);
        let path = value.path().cloned().unwrap_or_else(|| "".into());
        let values: Vec<ArgValue<'_>> = args
            .iter()
            .map(|arg| ArgValue {
                name: arg.name,
                value: self.eval(arg.value),
                at: code.node(arg.value).at,
            })
            .collect();
        let site = Site {
            args: &values,
            ..Site::default()
        };
        self.hook(Hook::Decorator, &path, None, code.node(id).at, &site);
    }
}

/// True for an address whose host, or whose start as a path of this site, is fixed.
fn has_fixed_host(value: &Val) -> bool {
    let Some(shape) = value.data().and_then(|data| data.shape.as_deref()) else {
        return false;
    };
    let known = shape.split(HOLE).next().unwrap_or_default();
    match known.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            rest.find(['/', '?', '#']).is_some_and(|end| end > 0)
        }
        _ => known.len() > 1 && known.starts_with('/') && !known.starts_with("/\\"),
    }
}

/// The steps from the first to the last.
fn flow(last: &Rc<Step>) -> Vec<(Bytes, Rc<str>)> {
    let mut steps = Vec::new();
    let mut at = Some(last);
    while let Some(step) = at {
        steps.push((step.at, Rc::clone(&step.what)));
        at = step.before.as_ref();
    }
    steps.reverse();
    steps
}
