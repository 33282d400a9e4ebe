//! Calls: what is called, with what, and what comes back. Functions of the file
//! are followed by their summaries; of others the checks' library says what they
//! do, and the rest passes on what its object carries.

use super::checks::Hook;
use super::checks::Role;
use super::code::Arg;
use super::code::Bytes;
use super::code::Id;
use super::code::Kind;
use super::demand::ArgValue;
use super::demand::Part;
use super::demand::Site;
use super::machine::Machine;
use super::machine::Reach;
use super::value::Atom;
use super::value::Label;
use super::value::Val;
use super::value::merge;
use std::rc::Rc;

/// What the library says of a call.
#[derive(Default)]
struct Known {
    sources: Vec<Atom>,
    clean: u64,
    is_propagator: bool,
    is_neutral: bool,
}

/// What is called.
pub(super) struct Callee {
    /// Its full name.
    pub(super) path: Rc<str>,
    /// Its name as it is written.
    alias: Option<Rc<str>>,
    /// The object.
    pub(super) receiver: Option<Part>,
    /// The function of this file.
    pub(super) function: Option<usize>,
}

impl<'a> Machine<'a, '_> {
    pub(super) fn call(&mut self, at: Bytes, callee: Id, args: &[Arg<'a>], is_new: bool) -> Val {
        let called = self.callee(callee, is_new);
        let (values, has_spread) = self.arguments(args);
        self.callbacks(called.receiver.as_ref(), &values);
        let site = Site {
            args: &values,
            receiver: called.receiver.clone(),
            value: None,
            is_new,
            has_spread,
        };
        let known = self.known_call(&called.path, called.alias.as_deref(), at, &site);
        let name = match self.code.kind(callee) {
            Kind::Field { name, .. } => Some(*name),
            _ => None,
        };
        let is_modelled = known.sources.is_empty() || name == Some("getProperty");
        let modelled = match is_modelled {
            true => self.modelled(&called, &values, is_new, name),
            false => None,
        };
        let mut result = match modelled {
            Some(mut result) => {
                if !known.sources.is_empty() {
                    merge(&mut result.edit().atoms, &known.sources);
                }
                result
            }
            None => self.result(at, callee, &values, &called, &known),
        };
        let (path, alias, function) = (called.path, called.alias, called.function);
        self.fill_receiver(callee, &values, &path);
        self.fill_arguments(args, &values, &path);
        let ends = function.map(|index| self.summaries[index].never_returns);
        self.is_dead |= ends.unwrap_or_else(|| ends_program(&path));
        if result.path().is_none() && !path.is_empty() {
            let full: Rc<str> = if is_new || path.ends_with("require") {
                self.constructed(&path, &values)
            } else {
                format!("{path}()").into()
            };
            result.edit().path = Some(full);
            if let Some(alias) = alias {
                result.edit().alias = Some(format!("{alias}()").into());
            }
        }
        result
    }

    /// The values of arguments, and whether one of them spreads what is not known.
    fn arguments(&mut self, args: &[Arg<'a>]) -> (Vec<ArgValue<'a>>, bool) {
        let mut values: Vec<ArgValue<'a>> = Vec::with_capacity(args.len());
        let mut has_spread = false;
        for arg in args {
            let value = self.eval(arg.value);
            let at = self.code.node(arg.value).at;
            has_spread |= self.is_spread(arg.value);
            values.push(ArgValue {
                name: arg.name,
                value: value.clone(),
                at,
            });
            if let Some(name) = arg.name {
                let part = Part { value, at };
                let site = Site {
                    value: Some(part),
                    ..Site::default()
                };
                self.named_hook(Hook::Kwarg, name, at, &site);
            }
        }
        (values, has_spread)
    }

    /// A constructed object has its type's name; a required module its own.
    fn constructed(&self, path: &Rc<str>, values: &[ArgValue<'_>]) -> Rc<str> {
        match values.first().and_then(|value| value.value.text()) {
            Some(module) if &**path == "require" => {
                module.strip_prefix("node:").unwrap_or(module).into()
            }
            _ => Rc::clone(path),
        }
    }

    fn is_spread(&self, id: Id) -> bool {
        let at = self.code.node(id).at;
        let text = self.code.slice(at);
        let before =
            at.0.checked_sub(2)
                .map_or("", |start| self.code.slice((start, at.0)));
        text.starts_with("**") || text.starts_with("...") || before == "**"
    }

    fn callee(&mut self, callee: Id, is_new: bool) -> Callee {
        let code = self.code;
        match code.kind(callee) {
            Kind::Field { object, name } => {
                let value = self.eval(*object);
                let prefix = value.path().cloned().unwrap_or_else(|| "?".into());
                let alias = value.data().and_then(|data| data.alias.as_ref());
                let alias = alias.map(|alias| format!("{alias}.{name}").into());
                let method = value.item(name).data().and_then(|data| data.function);
                let at = code.node(*object).at;
                Callee {
                    path: format!("{prefix}.{name}").into(),
                    alias,
                    receiver: Some(Part { value, at }),
                    function: method.or_else(|| self.method(&prefix, name)),
                }
            }
            Kind::Name(name) => {
                let value = self.name(name, code.node(callee).at);
                let path = if is_new {
                    self.resolve_type(name)
                } else {
                    value.path().cloned().unwrap_or_else(|| (*name).into())
                };
                let function = value.data().and_then(|data| data.function);
                let named = self.by_name.get(name).and_then(|found| match found[..] {
                    [only] => Some(only),
                    _ => None,
                });
                Callee {
                    path,
                    alias: None,
                    receiver: None,
                    function: function.or(named),
                }
            }
            _ => {
                let value = self.eval(callee);
                Callee {
                    path: value.path().cloned().unwrap_or_else(|| "".into()),
                    alias: None,
                    receiver: None,
                    function: value.data().and_then(|data| data.function),
                }
            }
        }
    }

    /// A method of this file, where the object is one of its own.
    fn method(&self, prefix: &str, name: &str) -> Option<usize> {
        let found = self.by_name.get(name)?;
        let last = prefix
            .rsplit('.')
            .next()
            .unwrap_or(prefix)
            .trim_end_matches("()");
        let is_own = matches!(last, "this" | "self" | "$this" | "cls" | "static");
        let mut fitting = found.iter().copied().filter(|index| {
            let class = self.code.functions[*index].class;
            (is_own && !class.is_empty()) || (!last.is_empty() && class == last)
        });
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }

    /// Lambdas among the arguments are run with what the object carries.
    fn callbacks(&mut self, receiver: Option<&Part>, values: &[ArgValue<'a>]) {
        let lambdas: Vec<usize> = values
            .iter()
            .filter_map(|value| value.value.data()?.function)
            .filter(|index| self.code.functions[*index].name.is_empty())
            .collect();
        if lambdas.is_empty() {
            return;
        }
        let mut carried = receiver
            .map(|part| super::machine::element(&part.value))
            .unwrap_or_default();
        carried = Val::with_atoms(carried.all_atoms());
        for index in lambdas {
            self.called.insert(index);
            self.run_function(index, std::slice::from_ref(&carried));
        }
    }

    /// Lets the checks see the call and gathers what the library says of it.
    fn known_call(&mut self, path: &str, alias: Option<&str>, at: Bytes, site: &Site<'_>) -> Known {
        let mut known = Known {
            sources: self.hook(Hook::Call, path, alias, at, site),
            ..Known::default()
        };
        let checks = self.checks;
        let last = path.rsplit('.').next().unwrap_or(path);
        for (id, entry) in checks.at(Hook::Call, last) {
            let names = |name: &super::names::Pattern| {
                (!name.is_new || site.is_new)
                    && (name.is(path) || alias.is_some_and(|alias| name.is(alias)))
            };
            if matches!(
                entry.role,
                Role::Check(_) | Role::Sink(_) | Role::Source(_) | Role::Guard(_)
            ) || !entry.names.iter().any(names)
                || !entry.spec.holds(site, self.code.text)
                || !self.fits(id)
            {
                continue;
            }
            match entry.role {
                Role::Sanitizer(kinds) => known.clean |= kinds,
                Role::Propagator => known.is_propagator = true,
                Role::Neutral => known.is_neutral = true,
                _ => {}
            }
        }
        known
    }

    fn result(
        &mut self,
        at: Bytes,
        callee: Id,
        values: &[ArgValue<'a>],
        called: &Callee,
        known: &Known,
    ) -> Val {
        let (receiver, function) = (called.receiver.as_ref(), called.function);
        let mut atoms = known.sources.clone();
        if known.is_neutral && known.clean == 0 {
            return Val::with_atoms(atoms);
        }
        let is_summed = match function {
            Some(index) if self.code.functions[index].body.is_some() => {
                merge(&mut atoms, &self.apply(index, at, values, receiver));
                true
            }
            _ => false,
        };
        if let Some(part) = receiver.filter(|_| !is_summed) {
            merge(&mut atoms, &self.passed(&part.value, at, false));
        }
        let is_strong = known.is_propagator || known.clean != 0;
        for value in values.iter().filter(|_| !is_summed || is_strong) {
            merge(&mut atoms, &self.passed(&value.value, at, !is_strong));
        }
        let mut result = Val::with_atoms(atoms).cleaned(known.clean);
        if known.is_propagator && values.iter().any(|value| !value.value.is_literal()) {
            let is_text = values
                .iter()
                .chain(receiver.map(as_arg).as_ref())
                .any(|value| value.value.text().is_some());
            let is_field = matches!(self.code.kind(callee), Kind::Field { .. });
            let was_built = values.first().is_some_and(|value| value.value.is_built());
            result.edit().is_built = is_text || is_field || was_built;
            let object = receiver.and_then(|part| part.value.text());
            let template = object.or_else(|| values.first()?.value.text());
            let first = values.first().and_then(|value| value.value.data());
            result.edit().shape = match template {
                Some(text) => super::texts::formatted(text).map(|shape| shape.into()),
                None => first.and_then(|data| data.shape.clone()),
            };
        }
        result
    }

    fn passed(&self, value: &Val, at: Bytes, is_weak: bool) -> Vec<Atom> {
        let mut atoms = value.all_atoms();
        for atom in &mut atoms {
            atom.is_weak |= is_weak;
            atom.steps = atom.steps.then(at, &self.words.passed);
        }
        atoms
    }

    /// What a function of this file gives back, and the sinks its arguments reach in it.
    fn apply(
        &mut self,
        index: usize,
        at: Bytes,
        values: &[ArgValue<'a>],
        receiver: Option<&Part>,
    ) -> Vec<Atom> {
        self.stale.insert(index);
        let mut given = values.iter();
        let is_constant = !values.is_empty() && given.all(|value| value.value.is_literal());
        *self.calls.entry(index).or_default() |= !is_constant;
        let summary = self.summaries[index].clone();
        let params = &self.code.functions[index].params;
        let has_self = receiver.is_some()
            && params
                .first()
                .is_some_and(|param| matches!(param.name, "self" | "cls"));
        let given = |param: u16| -> Option<&ArgValue<'a>> {
            let name = params.get(param as usize)?.name;
            let by_name = values.iter().find(|value| value.name == Some(name));
            let position = (param as usize).checked_sub(usize::from(has_self))?;
            by_name.or_else(|| {
                values
                    .iter()
                    .filter(|value| value.name.is_none())
                    .nth(position)
            })
        };
        let mut result = Vec::new();
        for atom in &summary.returns {
            match atom.label {
                Label::Param(of, param) if of as usize == index => {
                    let Some(value) = given(param) else { continue };
                    let mut passed = self.passed(&value.value, at, atom.is_weak);
                    for one in &mut passed {
                        one.clean |= atom.clean;
                    }
                    merge(&mut result, &passed);
                }
                Label::Param(..) => {}
                Label::Source(_) => {
                    let mut atom = atom.clone();
                    atom.steps = atom.steps.then(at, &self.words.returned);
                    merge(&mut result, &[atom]);
                }
            }
        }
        for reach in &summary.sinks {
            if let Some(value) = given(reach.param) {
                self.reach(reach, value, at);
            }
        }
        result
    }

    fn reach(&mut self, reach: &Reach, value: &ArgValue<'_>, at: Bytes) {
        let passed = self.passed(&value.value, at, reach.is_weak);
        for mut atom in passed {
            atom.clean |= reach.clean;
            self.arrive(
                reach.check,
                &atom,
                reach.at,
                &reach.sink,
                Some(&reach.steps),
            );
        }
    }

    /// Arguments that a call writes to: sources that say so, and the functions of C that fill
    /// their first one.
    fn fill_arguments(&mut self, args: &[Arg<'a>], values: &[ArgValue<'a>], path: &str) {
        if self.is_c && is_loop_macro(path) {
            let names = args.iter().filter_map(|arg| self.root(arg.value));
            for name in names.collect::<Vec<_>>() {
                self.env.insert(name, Val::default());
            }
        }
        if self.is_c {
            // `&x` is written by the call: what was known of `x` is over.
            for arg in args {
                if let Kind::Same(inner) = self.code.kind(arg.value)
                    && let Kind::Name(name) = self.code.kind(*inner)
                    && self
                        .code
                        .slice(self.code.node(arg.value).at)
                        .starts_with('&')
                    && let Some(value) = self.env.get_mut(name)
                {
                    *value = value.cleaned(u64::MAX);
                    value.edit().constant = None;
                }
            }
        }
        let marks = std::mem::take(&mut self.marks);
        for (at, atom) in marks {
            let marked = args.iter().zip(values).find(|(_, value)| value.at == at);
            let Some((arg, _)) = marked else { continue };
            let name = match self.code.kind(arg.value) {
                Kind::Name(name) => Some(*name),
                _ if self.is_c && path != "free" => self.root(arg.value),
                _ => None,
            };
            if let Some(name) = name {
                let known = self.env.entry(name).or_default().edit();
                merge(&mut known.atoms, &[atom]);
                (known.constant, known.is_literal) = (None, false);
            }
        }
        let fills = matches!(
            path,
            "snprintf"
                | "sprintf"
                | "strcpy"
                | "strncpy"
                | "strcat"
                | "strncat"
                | "memcpy"
                | "memmove"
                | "vsnprintf"
                | "stpcpy"
                | "strlcpy"
                | "strlcat"
        );
        if let (true, Some((first, rest))) = (fills, values.split_first())
            && let Some(root) = args.first().and_then(|arg| self.root(arg.value))
        {
            let mut whole = self.env.get(root).cloned().unwrap_or_default();
            for value in rest {
                let moved = self.move_on(&value.value, first.at);
                whole.absorb(&moved);
            }
            whole.edit().constant = None;
            self.env.insert(root, whole);
        }
    }
}

/// Macros such as `list_for_each_entry` give their arguments new values.
fn is_loop_macro(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.contains("for_each") || path.contains("foreach")
}

/// Calls after which nothing runs.
fn ends_program(path: &str) -> bool {
    matches!(
        path,
        "exit"
            | "_exit"
            | "_Exit"
            | "abort"
            | "err"
            | "errx"
            | "verr"
            | "die"
            | "panic"
            | "std.exit"
            | "std.abort"
            | "longjmp"
            | "__builtin_unreachable"
            | "System.exit"
            | "sys.exit"
            | "os._exit"
            | "flask.abort"
            | "process.exit"
            | "os.Exit"
            | "log.Fatal"
            | "log.Fatalf"
            | "log.Fatalln"
            | "Environment.Exit"
            | "std.process.exit"
            | "process.abort"
    )
}

fn as_arg(part: &Part) -> ArgValue<'static> {
    ArgValue {
        name: None,
        value: part.value.clone(),
        at: part.at,
    }
}
