//! Runs the code of one file on abstract values: statements in order, branches
//! apart and joined, loops twice, functions with unknown arguments whose effect
//! is remembered for their callers. Expressions are in `expressions`, calls in
//! `calls`, what a match means in `report`.

use super::checks::Checks;
use super::checks::Hook;
use super::checks::Role;
use super::code::Bytes;
use super::code::Code;
use super::code::Id;
use super::code::Kind;
use super::code::Leap;
use super::demand::Part;
use super::demand::Site;
use super::expressions::is_number;
use super::fields::field_names;
use super::fold::Settled;
use super::fold::Taken;
use super::language::Language;
use super::value::Atom;
use super::value::Const;
use super::value::Label;
use super::value::Step;
use super::value::Val;
use super::value::merge;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Rounds over a file: so deep are calls followed.
const ROUNDS: usize = 4;
/// Steps of work for each node of a file, and at least.
const STEPS_PER_NODE: u64 = 60;
const STEPS_LEAST: u64 = 200_000;
/// Functions within functions.
const NESTING_CAP: usize = 24;

pub(super) type Env<'a> = BTreeMap<&'a str, Val>;

/// What a function does to its arguments.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    /// What its result carries.
    pub(super) returns: Vec<Atom>,
    /// Parameters that reach a sink.
    pub(super) sinks: Vec<Reach>,
    /// It ends in no return: it leaves the program or throws.
    pub(super) never_returns: bool,
    /// Its result, when that is one constant.
    pub(super) constant: Option<Const>,
}

/// A parameter that reaches a sink.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub(super) param: u16,
    pub(super) check: u32,
    pub(super) clean: u64,
    pub(super) is_weak: bool,
    pub(super) at: Bytes,
    pub(super) sink: Rc<str>,
    pub(super) steps: Rc<Step>,
}

/// One finding before it has lines.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) name: Rc<str>,
    pub(super) source: Option<Rc<str>>,
    pub(super) is_weak: bool,
    pub(super) steps: Vec<(Bytes, Rc<str>)>,
    /// It is one only if this function is given something by its callers.
    pub(super) given_to: Option<usize>,
}

/// The state of one file's analysis.
pub(super) struct Machine<'a, 'c> {
    pub(super) code: &'c Code<'a>,
    pub(super) checks: &'c Checks,
    pub(super) path: &'c str,
    /// Checks that this file can concern.
    pub(super) active: Vec<bool>,
    pub(super) env: Env<'a>,
    /// Names outside of the functions being run.
    pub(super) globals: Env<'a>,
    pub(super) is_dead: bool,
    jumps: Vec<(Leap, Env<'a>)>,
    /// Names that the functions being run gave a value themselves.
    pub(super) locals: Vec<BTreeSet<&'a str>>,
    pub(super) settled: Settled<'a>,
    /// What is read is a variable that holds what was told of where it was made.
    pub(super) is_echo: bool,
    /// Functions called in this file, and whether with anything but constants.
    pub(super) calls: BTreeMap<usize, bool>,
    /// Constants of classes, by name.
    pub(super) constants: Env<'a>,
    /// What methods put into the fields of their objects, by class and field.
    pub(super) kept: BTreeMap<(&'a str, &'a str), Vec<Atom>>,
    pub(super) returned: Val,
    /// The function being run may return.
    has_returned: bool,
    /// Functions being run, the innermost last.
    pub(super) stack: Vec<usize>,
    /// Functions met and not yet run.
    waiting: Vec<usize>,
    /// Lambdas run as arguments of a call in this round.
    pub(super) called: BTreeSet<usize>,
    pub(super) summaries: Vec<Summary>,
    /// Functions that were called before what they do was known in full.
    pub(super) stale: BTreeSet<usize>,
    pub(super) by_name: BTreeMap<&'a str, Vec<usize>>,
    pub(super) hits: BTreeMap<(u32, Bytes), Hit>,
    /// Origins that a call gives to its arguments, by where these stand.
    pub(super) marks: Vec<(Bytes, Atom)>,
    files: BTreeMap<u32, bool>,
    steps: u64,
    /// Calls may write to what they are given the address of.
    pub(super) is_c: bool,
    /// A case of a switch runs on into the next one.
    runs_on: bool,
    /// Names of fields that are assigned, to share their text.
    pub(super) field_names: BTreeSet<&'a str>,
    /// More became known of fields in this round.
    pub(super) has_news: bool,
    /// The budget ran out.
    pub(super) is_spent: bool,
    pub(super) words: Words,
}

/// Words of steps, shared.
pub(super) struct Words {
    pub(super) passed: Rc<str>,
    pub(super) assigned: Rc<str>,
    pub(super) returned: Rc<str>,
    pub(super) parameter: Rc<str>,
}

impl<'a, 'c> Machine<'a, 'c> {
    pub(super) fn new(
        code: &'c Code<'a>,
        checks: &'c Checks,
        path: &'c str,
        active: Vec<bool>,
    ) -> Self {
        let mut by_name: BTreeMap<&'a str, Vec<usize>> = BTreeMap::new();
        for (index, function) in code.functions.iter().enumerate() {
            if !function.name.is_empty() {
                by_name.entry(function.name).or_default().push(index);
            }
        }
        Machine {
            code,
            checks,
            path,
            active,
            env: Env::new(),
            globals: Env::new(),
            is_dead: false,
            jumps: Vec::new(),
            locals: Vec::new(),
            settled: Settled::new(code),
            is_echo: false,
            calls: BTreeMap::new(),
            constants: Env::new(),
            kept: BTreeMap::new(),
            returned: Val::default(),
            has_returned: false,
            stack: Vec::new(),
            waiting: Vec::new(),
            called: BTreeSet::new(),
            summaries: vec![Summary::default(); code.functions.len()],
            stale: BTreeSet::new(),
            by_name,
            hits: BTreeMap::new(),
            marks: Vec::new(),
            files: BTreeMap::new(),
            steps: STEPS_LEAST + STEPS_PER_NODE * code.nodes.len() as u64,
            is_c: Language::of(path, &[]).is_some_and(|language| language.family() == "c"),
            runs_on: Language::of(path, &[]).is_some_and(|language| {
                matches!(language.family(), "c" | "java" | "javascript" | "php")
            }),
            field_names: field_names(code),
            has_news: false,
            is_spent: false,
            words: Words {
                passed: "passed on".into(),
                assigned: "assigned".into(),
                returned: "returned".into(),
                parameter: "parameter".into(),
            },
        }
    }

    /// Runs the file until what its functions do is known.
    pub(super) fn run(&mut self) {
        for round in 0..ROUNDS {
            self.stale.clear();
            self.has_news = false;
            self.called.clear();
            let before: Vec<_> = self.summaries.iter().map(shape).collect();
            self.env = Env::new();
            self.globals = Env::new();
            self.is_dead = false;
            self.eval(self.code.root);
            self.run_waiting(0);
            let changed = |index: &usize| shape(&self.summaries[*index]) != before[*index];
            if self.is_spent || !self.stale.iter().any(changed) && !self.has_news {
                break;
            }
            if round == 0 && self.learned() {
                // What was found without knowing these constants may never come to be.
                for summary in &mut self.summaries {
                    summary.returns.clear();
                    summary.sinks.clear();
                }
                self.hits.clear();
                self.kept.clear();
                self.calls.clear();
            }
        }
        self.drop_constant_calls();
        self.drop_repeated();
    }

    /// Drops flows that go on from where the same check has told of them.
    fn drop_repeated(&mut self) {
        let places: BTreeSet<(u32, Bytes)> = self.hits.keys().copied().collect();
        self.hits.retain(|(check, at), hit| {
            let mut steps = hit.steps.iter();
            !steps.any(|(step, _)| step != at && places.contains(&(*check, *step)))
        });
    }

    /// Drops what would be one if the callers gave anything but constants.
    fn drop_constant_calls(&mut self) {
        let calls = &self.calls;
        self.hits.retain(|_, hit| {
            let with = hit.given_to.and_then(|function| calls.get(&function));
            with != Some(&false)
        });
    }

    /// True when a function that was called is now known to give a constant or nothing back.
    fn learned(&self) -> bool {
        let mut called = self.stale.iter().map(|index| &self.summaries[*index]);
        called.any(|summary| summary.constant.is_some() || summary.never_returns)
    }

    /// Takes one step of work; false when the budget is spent.
    pub(super) fn step(&mut self, cost: usize) -> bool {
        self.steps = self.steps.saturating_sub(1 + cost as u64);
        self.is_spent |= self.steps == 0;
        !self.is_spent
    }

    /// Runs the functions met since `from`, with what is known where they stand.
    fn run_waiting(&mut self, from: usize) {
        while self.waiting.len() > from {
            let batch = self.waiting.split_off(from);
            for function in batch {
                // A lambda that was run with what it is called on need not be run without.
                if !self.called.contains(&function) {
                    self.run_function(function, &[]);
                }
            }
        }
    }

    /// A function that is defined: it is run when all that stands around it is known.
    pub(super) fn define(&mut self, index: usize) -> Val {
        let function = &self.code.functions[index];
        let mut value = Val::default();
        value.edit().function = Some(index);
        self.waiting.push(index);
        if !function.name.is_empty() {
            self.env.insert(function.name, value.clone());
            self.function_hooks(index);
        }
        value
    }

    /// Runs a function's body; `bound` are values its first parameters are known to have.
    pub(super) fn run_function(&mut self, index: usize, bound: &[Val]) {
        if self.stack.len() >= NESTING_CAP || self.stack.contains(&index) {
            return;
        }
        let function = &self.code.functions[index];
        let cost = self.env.len();
        if !self.step(cost) {
            return;
        }
        if function.name.is_empty() {
            self.function_hooks(index);
        }
        let is_outermost = self.stack.is_empty();
        let outer_env = if is_outermost {
            self.globals = std::mem::take(&mut self.env);
            Env::new()
        } else {
            self.env.clone()
        };
        let outer_dead = std::mem::replace(&mut self.is_dead, false);
        let outer_returned = std::mem::take(&mut self.returned);
        let outer_gave = std::mem::take(&mut self.has_returned);
        let outer_jumps = std::mem::take(&mut self.jumps);
        let waiting_from = self.waiting.len();
        self.stack.push(index);
        self.locals.push(BTreeSet::new());
        self.bind_params(index, bound);
        if let Some(body) = function.body {
            let value = self.eval(body);
            if function.is_expression && !self.is_dead {
                self.returned = self.returned.join(&value);
                let joined = value.all_atoms();
                self.returned.absorb(&Val::with_atoms(joined));
                self.return_hooks(&value, self.code.node(body).at);
            }
        }
        self.run_waiting(waiting_from);
        self.keep_fields(index);
        self.stack.pop();
        self.locals.pop();
        let returned = std::mem::replace(&mut self.returned, outer_returned);
        self.keep_constant(index, &returned);
        let has_returned = std::mem::replace(&mut self.has_returned, outer_gave);
        self.summaries[index].never_returns = self.is_dead && !has_returned;
        merge(&mut self.summaries[index].returns, &returned.all_atoms());
        self.is_dead = outer_dead;
        self.jumps = outer_jumps;
        self.env = if is_outermost {
            std::mem::take(&mut self.globals)
        } else {
            outer_env
        };
    }

    fn bind_params(&mut self, index: usize, bound: &[Val]) {
        let function = &self.code.functions[index];
        for (number, param) in function.params.iter().enumerate() {
            let mut value = bound.get(number).cloned().unwrap_or_default();
            let path = if param.declared.is_empty() {
                Rc::from(param.name)
            } else {
                value.edit().alias = Some(Rc::from(param.name));
                self.resolve_type(param.declared)
            };
            value.edit().path = Some(path);
            let label = Label::Param(index as u32, number as u16);
            let steps = Step::first(param.at, Rc::clone(&self.words.parameter));
            let atom = Atom {
                label,
                clean: 0,
                is_weak: false,
                steps,
            };
            if !is_number(param.declared) {
                merge(&mut value.edit().atoms, &[atom]);
            }
            if let Some(default) = param.default {
                let given = self.eval(default);
                let site = Site {
                    value: Some(Part {
                        value: given,
                        at: self.code.node(default).at,
                    }),
                    ..Site::default()
                };
                self.named_hook(Hook::Default, param.name, param.at, &site);
            }
            self.source_param(index, number, &mut value);
            self.env.insert(param.name, value);
        }
        if !function.class.is_empty() {
            for name in ["self", "this", "$this"] {
                self.env.entry(name).or_default().edit().path = Some(Rc::from(name));
            }
            self.give_fields(index);
        }
    }

    fn source_param(&mut self, index: usize, number: usize, value: &mut Val) {
        let function = &self.code.functions[index];
        let param = &function.params[number];
        let checks = self.checks;
        for (id, entry) in checks.at(Hook::Param, "") {
            let (Role::Source(set), Some(test)) = (entry.role, &entry.spec.param) else {
                continue;
            };
            if test.holds(param, function, self.code) && self.fits(id) {
                let steps = Step::first(param.at, Rc::from(param.name));
                let atom = Atom {
                    label: Label::Source(set),
                    clean: 0,
                    is_weak: false,
                    steps,
                };
                merge(&mut value.edit().atoms, &[atom]);
            }
        }
    }

    /// The full name of a type as this file imports it.
    pub(super) fn resolve_type(&self, name: &str) -> Rc<str> {
        let (first, rest) = name.split_once(['.', ':']).unwrap_or((name, ""));
        match self.code.imports.get(first) {
            Some(full) if rest.is_empty() => full.as_str().into(),
            Some(full) => {
                format!("{full}.{}", rest.trim_start_matches(':').replace("::", ".")).into()
            }
            None => name.replace("::", ".").into(),
        }
    }

    /// True when an entry's demands on file and function hold here.
    pub(super) fn fits(&mut self, id: u32) -> bool {
        let spec = &self.checks.entries[id as usize].spec;
        if let Some(file) = &spec.file {
            let known = self.files.get(&id).copied();
            let holds = known.unwrap_or_else(|| file.holds(self.path, self.code));
            self.files.insert(id, holds);
            if !holds {
                return false;
            }
        }
        let mut around = self
            .stack
            .iter()
            .rev()
            .map(|index| &self.code.functions[*index]);
        if let Some(scope) = &spec.inside
            && !around
                .clone()
                .any(|function| scope.holds(function, self.code))
        {
            return false;
        }
        match &spec.not_inside {
            Some(scope) => !around.any(|function| scope.holds(function, self.code)),
            None => true,
        }
    }

    /// Joins the state with another that may have come to the same place.
    pub(super) fn join_env(&mut self, other: &Env<'a>) {
        self.step(other.len());
        for (name, theirs) in other {
            match self.env.get_mut(name) {
                Some(ours) => *ours = ours.join(theirs),
                None => {
                    self.env.insert(name, Val::default().join(theirs));
                }
            }
        }
        for (name, ours) in &mut self.env {
            if !other.contains_key(name) {
                *ours = ours.join(&Val::default());
            }
        }
    }

    pub(super) fn block(&mut self, statements: &[Id]) -> Val {
        let mut last = Val::default();
        for statement in statements {
            if self.is_dead {
                match self.code.kind(*statement) {
                    Kind::Function(index) => {
                        self.define(*index);
                        continue;
                    }
                    Kind::Label(_) if self.land() => {}
                    _ => continue,
                }
            }
            last = self.eval(*statement);
        }
        last
    }

    pub(super) fn jump(&mut self, leap: Leap) {
        let env = self.env.clone();
        self.step(env.len());
        self.jumps.push((leap, env));
        self.is_dead = true;
    }

    pub(super) fn choice(&mut self, test: Id, yes: Id, no: Option<Id>) -> Val {
        let value = self.eval(test);
        match self.decide(test) {
            Some(true) => return self.eval(yes),
            Some(false) => return no.map(|no| self.eval(no)).unwrap_or_default(),
            None => {}
        }
        let before = self.env.clone();
        self.step(before.len());
        self.refine(test, true);
        let mut result = self.eval(yes);
        let is_yes_dead = std::mem::replace(&mut self.is_dead, false);
        let after_yes = std::mem::replace(&mut self.env, before);
        self.refine(test, false);
        if let Some(no) = no {
            let other = self.eval(no);
            result = match (is_yes_dead, self.is_dead) {
                (true, false) => other,
                (false, true) => result,
                _ => result.join(&other),
            };
        }
        match (is_yes_dead, self.is_dead) {
            (false, true) => {
                self.env = after_yes;
                self.is_dead = false;
            }
            (false, false) => self.join_env(&after_yes),
            (true, _) => {}
        }
        drop(value);
        result
    }

    pub(super) fn repeat(
        &mut self,
        before: &[Id],
        each: Option<(Id, Id)>,
        test: Option<Id>,
        body: &[Id],
    ) -> Val {
        for one in before {
            self.eval(*one);
        }
        let jumps = self.jumps.len();
        let mut result = Val::default();
        for _ in 0..2 {
            let start = self.env.clone();
            if let Some((iterated, target)) = each {
                let whole = self.eval(iterated);
                let element = element(&whole);
                self.assign_to(target, element);
            }
            if let Some(test) = test {
                self.eval(test);
                self.refine(test, true);
            }
            let value = self.block(body);
            result.absorb(&value);
            if std::mem::replace(&mut self.is_dead, false) {
                self.env = start;
            } else {
                self.join_env(&start);
            }
        }
        for env in self.landing(jumps, true) {
            self.join_env(&env);
        }
        result
    }

    pub(super) fn switch(
        &mut self,
        value: Option<Id>,
        cases: &[(Vec<Id>, Id)],
        has_default: bool,
    ) -> Val {
        if let Some(value) = value {
            self.eval(value);
        }
        if let Some(taken) = value.and_then(|value| self.taken(value, cases)) {
            return self.take(taken, cases);
        }
        let start = self.env.clone();
        let jumps = self.jumps.len();
        let mut result = Val::default();
        let mut ends: Vec<Env<'a>> = Vec::new();
        for (tests, body) in cases {
            // A case may be come to from the one before it.
            let through = (!self.is_dead).then(|| self.env.clone());
            self.env = start.clone();
            self.is_dead = false;
            for test in tests {
                self.eval(*test);
            }
            if value.is_none()
                && let [test] = tests[..]
            {
                self.refine(test, true);
            }
            if let Some(through) = through {
                self.join_env(&through);
            }
            let case = self.eval(*body);
            result = result.join(&case);
            if !self.is_dead {
                ends.push(self.env.clone());
            }
        }
        ends.extend(self.landing(jumps, false));
        if !has_default || cases.is_empty() {
            ends.push(start);
        }
        self.is_dead = ends.is_empty();
        if let Some(first) = ends.pop() {
            self.env = first;
            for env in ends {
                self.join_env(&env);
            }
        }
        result
    }

    /// Runs the case that is taken, and those it runs on into.
    fn take(&mut self, taken: Taken, cases: &[(Vec<Id>, Id)]) -> Val {
        let jumps = self.jumps.len();
        let mut result = Val::default();
        if let Taken::Case(first) = taken {
            for (_, body) in &cases[first..] {
                result = self.eval(*body);
                if self.is_dead || !self.runs_on {
                    break;
                }
            }
        }
        let ends = self.landing(jumps, false);
        for (number, env) in ends.into_iter().enumerate() {
            if number == 0 && std::mem::replace(&mut self.is_dead, false) {
                self.env = env;
            } else {
                self.join_env(&env);
            }
        }
        result
    }

    /// The states of jumps since `from` that end here; those that go further are kept.
    fn landing(&mut self, from: usize, is_loop: bool) -> Vec<Env<'a>> {
        let since = self.jumps.split_off(from);
        let (ends, further): (Vec<_>, Vec<_>) = since
            .into_iter()
            .partition(|(leap, _)| *leap == Leap::Out || is_loop && *leap == Leap::Next);
        self.jumps.extend(further);
        ends.into_iter().map(|(_, env)| env).collect()
    }

    /// Goes on at a label with what the jumps so far may have left; false if there was none.
    fn land(&mut self) -> bool {
        let jumps = self.jumps.iter().filter(|(leap, _)| *leap == Leap::Label);
        let envs: Vec<Env<'a>> = jumps.map(|(_, env)| env.clone()).collect();
        for env in envs {
            if std::mem::replace(&mut self.is_dead, false) {
                self.env = env;
            } else {
                self.join_env(&env);
            }
        }
        !self.is_dead
    }

    pub(super) fn attempt(&mut self, body: Id, handlers: &[Id], last: Option<Id>) -> Val {
        let before = self.env.clone();
        let value = self.eval(body);
        let is_body_dead = std::mem::replace(&mut self.is_dead, false);
        let after = self.env.clone();
        let mut ends = Vec::new();
        if !is_body_dead {
            ends.push(after.clone());
        }
        for handler in handlers {
            self.env = before.clone();
            self.join_env(&after);
            self.is_dead = false;
            self.eval(*handler);
            if !self.is_dead {
                ends.push(std::mem::take(&mut self.env));
            }
        }
        self.is_dead = ends.is_empty();
        self.env = ends.pop().unwrap_or(after);
        for env in ends {
            self.join_env(&env);
        }
        if let Some(last) = last {
            let is_dead = std::mem::replace(&mut self.is_dead, false);
            self.eval(last);
            self.is_dead |= is_dead;
        }
        value
    }

    pub(super) fn give(&mut self, value: Option<Id>, at: Bytes) {
        self.has_returned = true;
        if let Some(value) = value {
            let value = self.eval(value);
            self.return_hooks(&value, at);
            let atoms = value.all_atoms();
            if self.returned.data().is_none() {
                self.returned = value;
            } else {
                self.returned = self.returned.join(&value);
            }
            self.returned.absorb(&Val::with_atoms(atoms));
        }
        self.is_dead = true;
    }
}

/// What one turn of a loop over a value gets.
pub(super) fn element(whole: &Val) -> Val {
    let Some(data) = whole.data() else {
        return Val::default();
    };
    let mut items = data.items.values();
    let mut joined = items.next().cloned().unwrap_or_default();
    for item in items {
        joined = joined.join(item);
    }
    joined.absorb(&Val::with_atoms(data.atoms.clone()));
    if data.is_literal && !data.items.is_empty() {
        joined.edit().is_literal = true;
    }
    joined
}

/// What can change of a summary from round to round.
fn shape(summary: &Summary) -> (usize, usize, u64, bool) {
    let clean = summary
        .returns
        .iter()
        .fold(0, |sum, atom| sum ^ atom.clean.rotate_left(7));
    let is_constant = summary.constant.is_some();
    (
        summary.returns.len(),
        summary.sinks.len(),
        clean,
        is_constant,
    )
}
