//! Values of expressions: names, fields, joined texts, containers, assignments,
//! and what a condition says of the values it looks at.

use super::checks::Hook;
use super::checks::Role;
use super::code::Arg;
use super::code::Bytes;
use super::code::Id;
use super::code::Kind;
use super::demand::ArgValue;
use super::demand::Part;
use super::demand::Site;
use super::fold::arithmetic;
use super::fold::comparison;
use super::machine::Machine;
use super::texts::concat;
use super::texts::formatted;
use super::texts::says_all;
use super::value::Const;
use super::value::Data;
use super::value::Val;
use super::value::merge;
use std::rc::Rc;

impl<'a> Machine<'a, '_> {
    /// The value of a node; statements have that of their last part.
    pub(super) fn eval(&mut self, id: Id) -> Val {
        if !self.step(0) {
            return Val::default();
        }
        let code = self.code;
        let at = code.node(id).at;
        match code.kind(id) {
            Kind::Nothing => Val::default(),
            Kind::Name(name) => self.name(name, at),
            Kind::Str(text) => Val::constant(Const::Str(text.as_str().into())),
            Kind::Num(text) => Val::constant(Const::Num((*text).into())),
            Kind::Bool(value) => Val::constant(Const::Bool(*value)),
            Kind::Null => Val::constant(Const::Null),
            Kind::Call {
                callee,
                args,
                is_new,
            } => self.call(at, *callee, args, *is_new),
            Kind::Field { object, name } => {
                let object = self.eval(*object);
                self.field(&object, name, at)
            }
            Kind::Index { object, index } => self.index(*object, *index),
            Kind::Concat(parts) => self.joined(parts),
            Kind::Binary { op, left, right } => self.binary(op, *left, *right, at),
            Kind::Not(inner) => match self.eval(*inner).as_constant() {
                Some(Const::Bool(value)) => Val::constant(Const::Bool(!value)),
                _ => Val::default(),
            },
            Kind::Same(inner) => self.eval(*inner),
            Kind::Cast { to, value } => self.cast(to, *value, at),
            Kind::Assign {
                target,
                value,
                op,
                declared,
            } => self.assign(*target, *value, op, *declared, at),
            Kind::List(items) => self.list(items),
            Kind::Dict(entries) => self.dict(entries),
            Kind::Function(index) => self.define(*index),
            Kind::Array { size, of, first } => self.array(*size, of, *first),
            Kind::SizeOf(of) => self.size_of(*of),
            Kind::Other(parts) => {
                let mut whole = Val::default();
                for part in parts {
                    let value = self.eval(*part);
                    whole.absorb(&value);
                }
                whole
            }
            _ => self.statement(id, at),
        }
    }

    fn statement(&mut self, id: Id, at: Bytes) -> Val {
        let code = self.code;
        match code.kind(id) {
            Kind::Class {
                body, decorators, ..
            } => {
                for decorator in decorators {
                    self.decorator(*decorator);
                }
                let before = self.env.clone();
                self.eval(*body);
                for (name, value) in &self.env {
                    if self.settled.fixed.contains(name) && value.as_constant().is_some() {
                        self.constants.insert(name, value.clone());
                    }
                }
                // What a class defines is reached through it, not as a variable.
                self.env = before;
                Val::default()
            }
            Kind::Choice { test, yes, no } => self.choice(*test, *yes, *no),
            Kind::Loop {
                before,
                each,
                test,
                body,
            } => self.repeat(before, *each, *test, body),
            Kind::Switch {
                value,
                cases,
                has_default,
            } => self.switch(*value, cases, *has_default),
            Kind::Try {
                body,
                handlers,
                last,
            } => self.attempt(*body, handlers, *last),
            Kind::Block(statements) => self.block(statements),
            Kind::Return(value) => {
                self.give(*value, at);
                Val::default()
            }
            Kind::Throw(value) => {
                if let Some(value) = value {
                    self.eval(*value);
                }
                self.is_dead = true;
                Val::default()
            }
            Kind::Label(inner) => self.eval(*inner),
            Kind::Jump(leap) => {
                self.jump(*leap);
                Val::default()
            }
            Kind::Import(full) => {
                let site = Site::default();
                let full = full.clone();
                self.hook(Hook::Import, &full, None, at, &site);
                Val::default()
            }
            _ => Val::default(),
        }
    }

    pub(super) fn known(&self, name: &str) -> Option<&Val> {
        let known = self.env.get(name).or_else(|| self.globals.get(name));
        known.or_else(|| self.constants.get(name))
    }

    /// What a name stands for.
    pub(super) fn name(&mut self, name: &'a str, at: Bytes) -> Val {
        let mut value = self.known(name).cloned().unwrap_or_default();
        if value.path().is_none() {
            let path: Rc<str> = match (self.code.imports.get(name), self.code.fields.get(name)) {
                (Some(full), _) if value.data().is_none() => full.as_str().into(),
                (_, Some(declared)) if value.data().is_none() => {
                    value.edit().alias = Some(name.into());
                    self.resolve_type(declared)
                }
                _ => name.into(),
            };
            value.edit().path = Some(path);
        } else if value
            .data()
            .is_some_and(|data| data.alias.is_none() && data.path.as_deref() != Some(name))
        {
            // The name of a variable tells what its value may be called by.
            value.edit().alias = Some(name.into());
            self.is_echo = true;
        }
        let value = self.read(value, name, at, None);
        self.is_echo = false;
        value
    }

    /// A field of a value; the fields of an object declared in this file have types.
    pub(super) fn field(&mut self, object: &Val, name: &'a str, at: Bytes) -> Val {
        let mut value = object.item(name);
        let prefix = object.path().map_or("", |path| path);
        let is_own = matches!(prefix, "this" | "self" | "$this") || prefix.len() < 3;
        let declared = self.code.fields.get(name).filter(|_| is_own);
        if value.path().is_none() {
            let path: Rc<str> = match declared {
                Some(declared) => {
                    value.edit().alias = Some(format!("{prefix}.{name}").into());
                    self.resolve_type(declared)
                }
                None => format!("{prefix}.{name}").into(),
            };
            value.edit().path = Some(path);
        }
        if value.data().is_some_and(|data| data.alias.is_none())
            && let Some(alias) = object.data().and_then(|data| data.alias.as_ref())
        {
            value.edit().alias = Some(format!("{alias}.{name}").into());
        }
        let receiver = Some(Part {
            value: object.clone(),
            at: (at.0, at.1.saturating_sub(name.len() as u32)),
        });
        self.read(value, name, at, receiver)
    }

    /// Lets the checks see what is read; a source gives it an origin.
    fn read(&mut self, mut value: Val, name: &str, at: Bytes, receiver: Option<Part>) -> Val {
        let site = Site {
            receiver,
            ..Site::default()
        };
        let path = value.path().cloned().unwrap_or_else(|| name.into());
        let alias = value.data().and_then(|data| data.alias.clone());
        let atoms = self.hook(Hook::Read, &path, alias.as_deref(), at, &site);
        if !atoms.is_empty() {
            merge(&mut value.edit().atoms, &atoms);
        }
        value
    }

    fn index(&mut self, object: Id, index: Id) -> Val {
        let whole = self.eval(object);
        let key = self.eval(index);
        let mut value = match key.as_constant() {
            Some(Const::Num(_)) if whole.text().is_some() => {
                let text = whole.text().cloned().unwrap_or_default();
                super::fold::letter(&text, &key).unwrap_or_default()
            }
            Some(Const::Str(text) | Const::Num(text)) => whole.item(text),
            _ => super::machine::element(&whole),
        };
        if matches!(
            key.text().map(|text| &**text),
            Some("tmp_name" | "size" | "error")
        ) && whole.path().is_some_and(|path| path.starts_with("$_FILES"))
        {
            // What the server says of an upload, not its sender.
            return Val::default();
        }
        if value.path().is_none()
            && let Some(path) = whole.path()
        {
            let path = format!("{path}[]");
            value.edit().path = Some(path.into());
        }
        if let (Some(Const::Str(text)), Some(path)) = (key.as_constant(), whole.path()) {
            // `a["b"]` reads as the field it is.
            let path = format!("{path}.{text}");
            let site = Site::default();
            let at = self.code.node(object).at;
            let atoms = self.hook(Hook::Read, &path, None, at, &site);
            merge(&mut value.edit().atoms, &atoms);
        }
        value
    }

    pub(super) fn joined(&mut self, parts: &[Id]) -> Val {
        let values: Vec<Val> = parts.iter().map(|part| self.eval(*part)).collect();
        concat(&values)
    }

    fn binary(&mut self, op: &str, left: Id, right: Id, at: Bytes) -> Val {
        let first = self.eval(left);
        let is_dead = self.is_dead;
        let values = [first, self.eval(right)];
        if matches!(op, "||" | "or" | "&&" | "and" | "??" | "?:") {
            // What is on the right may not run: `open() or die()` goes on.
            self.is_dead = is_dead;
        }
        let args: Vec<ArgValue<'_>> = [left, right]
            .iter()
            .zip(&values)
            .map(|(id, value)| ArgValue {
                name: None,
                value: value.clone(),
                at: self.code.node(*id).at,
            })
            .collect();
        let site = Site {
            args: &args,
            ..Site::default()
        };
        self.hook(Hook::Operator, op, None, at, &site);
        if let Some(holds) = comparison(op, &values[0], &values[1]) {
            return Val::constant(Const::Bool(holds));
        }
        if let Some(number) = arithmetic(op, &values[0], &values[1]) {
            return number;
        }
        match op {
            // Formatting: the text takes what is put into it.
            "%" if values[0].text().is_some() || values[0].is_built() => {
                let mut whole = concat(&values);
                let template = values[0].text();
                whole.edit().shape = template
                    .and_then(|text| formatted(text))
                    .map(|shape| shape.into());
                whole
            }
            "||" | "or" | "??" | "?:" | "and" | "&&" => values[0].join(&values[1]),
            "==" | "===" | "!=" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "not in" | "is"
            | "is not" | "instanceof" | "-" | "*" | "/" | "&" | "^" => Val::default(),
            _ => {
                let mut whole = values[0].clone();
                whole.edit().constant = None;
                whole.absorb(&values[1]);
                whole
            }
        }
    }

    /// A number carries no text.
    fn cast(&mut self, to: &str, value: Id, at: Bytes) -> Val {
        let value = self.eval(value);
        let args = [ArgValue {
            name: None,
            value: value.clone(),
            at,
        }];
        let site = Site {
            args: &args,
            ..Site::default()
        };
        let path = self.resolve_type(to);
        self.hook(Hook::Call, &path, None, at, &site);
        let short = to.rsplit('.').next().unwrap_or(to).to_ascii_lowercase();
        if is_number(to) {
            let mut kept = value.cleaned(u64::MAX);
            kept.edit().path = None;
            return kept;
        }
        let is_type = to.starts_with(|c: char| c.is_ascii_uppercase()) || to.contains('.');
        let mut value = value;
        if is_type && short != "string" {
            value.edit().path = Some(path);
        }
        value
    }

    fn list(&mut self, items: &[Id]) -> Val {
        let mut data = Data {
            is_container: true,
            is_literal: true,
            ..Data::default()
        };
        for (number, item) in items.iter().enumerate() {
            let value = self.eval(*item);
            data.is_literal &= value.is_literal();
            if number < 64 {
                data.items.insert(number.to_string().into(), value);
            } else {
                merge(&mut data.atoms, &value.all_atoms());
            }
        }
        Val::new(data)
    }

    fn dict(&mut self, entries: &[(Option<Id>, Id)]) -> Val {
        let mut whole = Val::new(Data {
            is_container: true,
            is_literal: true,
            ..Data::default()
        });
        for (key, value) in entries {
            let key_value = key.map(|key| self.eval(key));
            let given = self.eval(*value);
            if !given.is_literal() {
                whole.edit().is_literal = false;
            }
            match key_value.as_ref().and_then(Val::as_constant) {
                Some(Const::Str(text) | Const::Num(text)) => {
                    let site = Site {
                        value: Some(Part {
                            value: given.clone(),
                            at: self.code.node(*value).at,
                        }),
                        ..Site::default()
                    };
                    let at = key.map_or(self.code.node(*value).at, |key| self.code.node(key).at);
                    let text = Rc::clone(text);
                    self.named_hook(Hook::Key, &text, at, &site);
                    whole.set_item(&text, given);
                }
                _ => {
                    if key.is_none() {
                        // What is spread may have any keys.
                        whole.edit().is_container = false;
                        for (name, item) in given.data().into_iter().flat_map(|data| &data.items) {
                            whole.set_item(name, item.clone());
                        }
                    }
                    whole.absorb(&given);
                }
            }
        }
        whole
    }

    fn assign(
        &mut self,
        target: Id,
        value: Option<Id>,
        op: &str,
        declared: Option<&'a str>,
        at: Bytes,
    ) -> Val {
        let mut given = value.map(|value| self.eval(value)).unwrap_or_default();
        let is_handler = op == "+" && given.data().is_some_and(|data| data.function.is_some());
        if !op.is_empty() && !matches!(op, "??" | "||" | "&&") && !is_handler {
            let before = self.eval(target);
            given = match arithmetic(op, &before, &given) {
                Some(number) => number,
                None => concat(&[before, given]),
            };
        }
        if let Some(declared) = declared
            && given
                .path()
                .is_none_or(|path| path.contains("()") || path.contains("[]"))
            && !matches!(
                declared,
                "var" | "auto" | "let" | "string" | "String" | "any" | "object" | "Object"
            )
        {
            let path = self.resolve_type(declared);
            given.edit().path = Some(path);
        }
        let value_at = value.map_or(at, |value| self.code.node(value).at);
        self.assign_hooks(target, &given, value_at, at);
        if value.is_some() || declared.is_some() {
            let passed = self.move_on(&given, at);
            self.assign_to(target, passed);
        }
        given
    }

    /// The same origins, one step further on.
    pub(super) fn move_on(&self, value: &Val, at: Bytes) -> Val {
        if !value.is_tainted() {
            return value.clone();
        }
        let mut value = value.clone();
        for atom in &mut value.edit().atoms {
            atom.steps = atom.steps.then(at, &self.words.assigned);
        }
        value
    }

    /// Binds a value to a name, a field, a container, or the parts of a pattern.
    pub(super) fn assign_to(&mut self, target: Id, value: Val) {
        let code = self.code;
        match code.kind(target) {
            Kind::Name(name) => {
                if let Some(names) = self.locals.last_mut() {
                    names.insert(name);
                }
                self.env.insert(name, value);
            }
            Kind::Same(inner) | Kind::Cast { value: inner, .. } => self.assign_to(*inner, value),
            Kind::Field { object, name } => self.put(*object, name, value),
            Kind::Index { object, index } => {
                let key = self.eval(*index);
                match key.as_constant() {
                    Some(Const::Str(text) | Const::Num(text)) => {
                        let text = Rc::clone(text);
                        self.put(*object, &text, value);
                    }
                    _ => {
                        if let Some(root) = self.root(*object) {
                            self.env.entry(root).or_default().absorb(&value);
                        }
                    }
                }
            }
            Kind::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    // The first of several results is what the call is named for.
                    let is_opaque = value.data().is_some_and(|data| data.items.is_empty());
                    let part = match number {
                        0 if is_opaque => value.clone(),
                        _ => value.item(&number.to_string()),
                    };
                    self.assign_to(*item, part);
                }
            }
            Kind::Dict(entries) => {
                for (key, inner) in entries {
                    let key = key.map(|key| self.eval(key));
                    let mut part = match key.as_ref().and_then(Val::text) {
                        Some(text) => value.item(text),
                        None => value.clone(),
                    };
                    if let (Some(text), Some(path)) =
                        (key.as_ref().and_then(Val::text), value.path())
                        && part.path().is_none()
                    {
                        let path = format!("{path}.{text}");
                        let at = code.node(*inner).at;
                        let site = Site::default();
                        let atoms = self.hook(Hook::Read, &path, None, at, &site);
                        merge(&mut part.edit().atoms, &atoms);
                        part.edit().path = Some(path.into());
                    }
                    self.assign_to(*inner, part);
                }
            }
            Kind::Assign { target, .. } => self.assign_to(*target, value),
            _ => {}
        }
    }

    /// The variable at the start of `a.b[c].d`.
    pub(super) fn root(&self, id: Id) -> Option<&'a str> {
        let mut at = id;
        loop {
            match self.code.kind(at) {
                Kind::Name(name) => return Some(name),
                Kind::Field { object, .. } | Kind::Index { object, .. } => at = *object,
                Kind::Same(inner) | Kind::Cast { value: inner, .. } => at = *inner,
                Kind::Call { callee, .. } => at = *callee,
                // `buffer + length` is a place in the buffer.
                Kind::Binary { op: "+", left, .. } if self.is_c => at = *left,
                Kind::Concat(parts) if self.is_c => at = *parts.first()?,
                _ => return None,
            }
        }
    }

    /// Sets a part of a variable, at any depth up to two; below it the whole takes the origins.
    fn put(&mut self, object: Id, key: &str, value: Val) {
        match self.code.kind(object) {
            Kind::Name(name) => {
                let known = self.known(name).cloned().unwrap_or_default();
                let whole = self.env.entry(name).or_insert(known);
                if whole.path().is_none() {
                    whole.edit().path = Some((*name).into());
                }
                whole.set_item(key, value);
            }
            Kind::Field {
                object: outer,
                name,
            } => {
                if let Kind::Name(root) = self.code.kind(*outer) {
                    let whole = self.env.entry(root).or_default();
                    let mut inner = whole.item(name);
                    inner.set_item(key, value);
                    whole.set_item(name, inner);
                } else if let Some(root) = self.root(*outer) {
                    self.env.entry(root).or_default().absorb(&value);
                }
            }
            _ => {
                if let Some(root) = self.root(object) {
                    self.env.entry(root).or_default().absorb(&value);
                }
            }
        }
    }

    /// What follows for the values that a condition looks at, once it is true or false.
    pub(super) fn refine(&mut self, test: Id, holds: bool) {
        let code = self.code;
        match code.kind(test) {
            Kind::Not(inner) => self.refine(*inner, !holds),
            Kind::Same(inner) => self.refine(*inner, holds),
            Kind::Binary { op, left, right } => match *op {
                "and" | "&&" if holds => {
                    self.refine(*left, true);
                    self.refine(*right, true);
                }
                "or" | "||" if !holds => {
                    self.refine(*left, false);
                    self.refine(*right, false);
                }
                // Either side may be what holds: only what both say is known.
                "or" | "||" | "and" | "&&" => {
                    let before = self.env.clone();
                    if !self.step(before.len()) {
                        return;
                    }
                    self.refine(*left, holds);
                    let either = std::mem::replace(&mut self.env, before);
                    self.refine(*right, holds);
                    self.join_env(&either);
                }
                "not in" => self.allow("in", *left, *right, !holds),
                // One constant is an allow-list of one.
                "==" | "===" | "is" => self.equal(*left, *right, holds),
                "!=" | "!==" | "is not" => self.equal(*left, *right, !holds),
                // `indexOf(x) >= 0` and the like look at a call.
                "<" | "<=" | ">" | ">=" => {
                    self.refine(*left, true);
                }
                op => self.allow(op, *left, *right, holds),
            },
            Kind::Call { callee, args, .. } if holds => self.guard(*callee, args),
            _ => {}
        }
    }

    fn equal(&mut self, left: Id, right: Id, holds: bool) {
        let is_text = |one: Id| match self.code.kind(one) {
            Kind::Str(_) => true,
            Kind::Concat(parts) => {
                let mut parts = parts.iter();
                parts.all(|part| matches!(self.code.kind(*part), Kind::Str(_)))
            }
            _ => false,
        };
        let is_constant =
            |one: Id| is_text(one) || matches!(self.code.kind(one), Kind::Num(_) | Kind::Bool(_));
        match (is_constant(left), is_constant(right)) {
            (false, true) => {
                let is_true = matches!(self.code.kind(right), Kind::Bool(true) | Kind::Num("1"));
                if let Kind::Call { callee, args, .. } = self.code.kind(left) {
                    if holds == is_true {
                        self.guard(*callee, args);
                    } else if holds && is_text(right) {
                        self.make_clean(left, u64::MAX);
                    }
                } else if holds && !matches!(self.code.kind(right), Kind::Bool(_)) {
                    self.make_clean(left, u64::MAX);
                }
            }
            (true, false) if holds => self.make_clean(right, u64::MAX),
            _ => {}
        }
    }

    fn allow(&mut self, op: &str, left: Id, right: Id, holds: bool) {
        if !holds {
            return;
        }
        let checks = self.checks;
        let allowed = self.eval(right);
        for (_, entry) in checks.at(Hook::Operator, op) {
            if let Role::Guard(kinds) = entry.role
                && !allowed.is_tainted()
            {
                self.make_clean(left, kinds);
            }
        }
    }

    fn guard(&mut self, callee: Id, args: &[Arg<'a>]) {
        let mut path = String::new();
        let receiver = match self.code.kind(callee) {
            Kind::Field { object, name } => {
                let value = self.eval(*object);
                path = format!("{}.{name}", value.path().map_or("?", |path| path));
                Some(*object)
            }
            Kind::Name(name) => {
                let value = self.eval(callee);
                path.push_str(value.path().map_or(name, |path| path));
                None
            }
            _ => None,
        };
        let last = path.rsplit('.').next().unwrap_or_default().to_owned();
        let checks = self.checks;
        let mut kinds = 0;
        for (_, entry) in checks.at(Hook::Call, &last) {
            if let Role::Guard(mask) = entry.role
                && entry.names.iter().any(|name| name.is(&path))
            {
                kinds |= mask;
            }
        }
        if kinds == 0 {
            return;
        }
        for id in args.iter().map(|arg| arg.value).chain(receiver) {
            self.make_clean(id, kinds);
        }
    }

    /// All variables in an expression are harmless from here on.
    fn make_clean(&mut self, id: Id, kinds: u64) {
        let code = self.code;
        match code.kind(id) {
            Kind::Name(name) => {
                if let Some(value) = self.env.get_mut(name) {
                    *value = value.cleaned(kinds);
                }
            }
            Kind::Field { object, name } => {
                if let Some(root) = self.root(*object)
                    && let Some(value) = self.env.get(root)
                    && matches!(code.kind(*object), Kind::Name(_))
                {
                    let part = self.env[root].item(name).cleaned(kinds);
                    if value.data().is_some() {
                        self.env.entry(root).or_default().set_item(name, part);
                    }
                } else if let Kind::Name(_) | Kind::Call { .. } | Kind::Same(_) = code.kind(*object)
                {
                    self.make_clean(*object, kinds);
                }
            }
            Kind::Same(inner) | Kind::Cast { value: inner, .. } | Kind::Not(inner) => {
                self.make_clean(*inner, kinds)
            }
            Kind::Call { callee, args, .. } => {
                for arg in args {
                    self.make_clean(arg.value, kinds);
                }
                if let Kind::Field { object, name } = code.kind(*callee)
                    && says_all(name)
                {
                    self.make_clean(*object, kinds);
                }
            }
            Kind::Concat(parts) | Kind::List(parts) | Kind::Other(parts) => {
                for part in parts {
                    self.make_clean(*part, kinds);
                }
            }
            Kind::Index { object, .. } => self.make_clean(*object, kinds),
            Kind::Assign { target, .. } => self.make_clean(*target, kinds),
            _ => {}
        }
    }
}

/// True for types whose values carry no text.
pub(super) fn is_number(of: &str) -> bool {
    let short = of.rsplit('.').next().unwrap_or(of).to_ascii_lowercase();
    matches!(
        short.as_str(),
        "int"
            | "integer"
            | "long"
            | "short"
            | "byte"
            | "double"
            | "float"
            | "bool"
            | "boolean"
            | "uint"
            | "int64"
            | "int32"
            | "uint64"
            | "uint32"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "isize"
            | "f32"
            | "f64"
            | "number"
            | "guid"
            | "decimal"
    )
}
