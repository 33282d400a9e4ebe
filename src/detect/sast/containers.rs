//! Lists and maps whose contents are known: what is put in at which place, and
//! what comes out there. A container that is filled from elsewhere keeps the
//! origins of all that is in it.

use super::calls::Callee;
use super::code::Id;
use super::code::Kind;
use super::demand::ArgValue;
use super::demand::Part;
use super::demand::number;
use super::fold;
use super::machine::Machine;
use super::value::Const;
use super::value::Data;
use super::value::Val;
use std::rc::Rc;

/// Kinds of containers that start out empty.
const CONTAINERS: [&str; 22] = [
    "ArrayList",
    "LinkedList",
    "Vector",
    "Stack",
    "HashMap",
    "LinkedHashMap",
    "TreeMap",
    "Hashtable",
    "ConcurrentHashMap",
    "HashSet",
    "List",
    "Dictionary",
    "Hash",
    "Map",
    "Set",
    "Array",
    "list",
    "dict",
    "set",
    "ArrayDeque",
    "Queue",
    "SortedDictionary",
];

/// A key of a container as text.
fn key(value: &Val) -> Option<Rc<str>> {
    match value.as_constant()? {
        Const::Str(text) | Const::Num(text) => Some(Rc::clone(text)),
        _ => None,
    }
}

impl<'a> Machine<'a, '_> {
    /// What a call of a known container, constant text or function of constants gives.
    pub(super) fn modelled(
        &mut self,
        callee: &Callee,
        values: &[ArgValue<'a>],
        is_new: bool,
        name: Option<&str>,
    ) -> Option<Val> {
        if let Some(index) = callee.function {
            self.stale.insert(index);
            if let Some(constant) = self.constant_of(index) {
                return Some(constant);
            }
        }
        let last = callee.path.rsplit('.').next().unwrap_or(&callee.path);
        let is_sized = values
            .iter()
            .all(|value| number(value.value.as_constant()).is_some());
        if CONTAINERS.contains(&last) && (is_new || values.is_empty()) && is_sized {
            return Some(Val::new(Data {
                is_container: true,
                path: Some(Rc::clone(&callee.path)),
                ..Data::default()
            }));
        }
        if let Some(size) = self.allocated(&callee.path, values) {
            return Some(size);
        }
        if matches!(last, "getProperty") && values.len() == 2 {
            // What it is when nothing else is set.
            let constant = values[1].value.as_constant().cloned()?;
            return Some(Val::new(Data {
                constant: Some(constant),
                ..Data::default()
            }));
        }
        let (receiver, name) = (callee.receiver.as_ref()?, name?);
        if let Some(text) = receiver.value.text() {
            let args: Vec<Val> = values.iter().map(|value| value.value.clone()).collect();
            return fold::text_method(name, text, &args);
        }
        taken_out(receiver, name, values)
    }

    /// `list.append(x)` and the like put their arguments into the object.
    pub(super) fn fill_receiver(&mut self, callee: Id, values: &[ArgValue<'a>], path: &str) {
        let Kind::Field { object, name } = self.code.kind(callee) else {
            return;
        };
        let name = name.to_ascii_lowercase();
        if !fills(&name) || path.is_empty() {
            return;
        }
        let is_place = matches!(self.code.kind(*object), Kind::Name(_) | Kind::Field { .. });
        let root = self.root(*object);
        let mut whole = match (is_place, root) {
            (true, _) => self.place(*object),
            (false, Some(root)) => self.env.get(root).cloned().unwrap_or_default(),
            (false, None) => return,
        };
        let is_container = whole.data().is_some_and(|data| data.is_container) && is_place;
        if !is_container && values.iter().all(|value| !value.value.is_tainted()) {
            return;
        }
        if !is_container || !put(&mut whole, &name, values) {
            self.pour(&mut whole, values);
        }
        if whole.as_constant().is_some() {
            whole.edit().constant = None;
        }
        match (is_place, root) {
            (true, _) => self.assign_to(*object, whole),
            (false, Some(root)) => {
                self.env.insert(root, whole);
            }
            (false, None) => {}
        }
    }

    /// The value at a name or field, without telling the checks of a reading.
    fn place(&self, id: Id) -> Val {
        match self.code.kind(id) {
            Kind::Name(name) => self.known(name).cloned().unwrap_or_default(),
            Kind::Field { object, name } => match self.code.kind(*object) {
                Kind::Name(root) => self
                    .known(root)
                    .map(|whole| whole.item(name))
                    .unwrap_or_default(),
                _ => Val::default(),
            },
            _ => Val::default(),
        }
    }

    /// Arguments go in at a place that is not known.
    fn pour(&mut self, whole: &mut Val, values: &[ArgValue<'a>]) {
        let key = values.first().and_then(|value| value.value.text()).cloned();
        match (key, values) {
            (Some(key), [_, value]) => whole.set_item(&key, value.value.clone()),
            _ => {
                for value in values {
                    let moved = self.move_on(&value.value, value.at);
                    whole.absorb(&moved);
                }
            }
        }
    }
}

/// What a container gives at a place that is known.
fn taken_out(receiver: &Part, name: &str, values: &[ArgValue<'_>]) -> Option<Val> {
    let data = receiver.value.data().filter(|data| data.is_container)?;
    let is_reading = matches!(
        name,
        "get" | "getOrDefault" | "elementAt" | "fetch" | "dig" | "get_Item" | "at" | "getProperty"
    );
    let key = key(&values.first()?.value).filter(|_| is_reading)?;
    match data.items.get(&key) {
        Some(item) => Some(item.clone()),
        None if data.atoms.is_empty() => Some(
            values
                .get(1)
                .map(|value| value.value.clone())
                .unwrap_or_default(),
        ),
        None => None,
    }
}

/// Puts arguments at the place that a method of a container says; false where that is not known.
fn put(whole: &mut Val, name: &str, values: &[ArgValue<'_>]) -> bool {
    let next = whole.data().map_or(0, |data| data.items.len());
    match (name, values) {
        ("append" | "add" | "push" | "addlast" | "enqueue" | "addelement", [value]) => {
            whole.set_item(&next.to_string(), value.value.clone());
            true
        }
        ("put" | "set" | "add" | "setproperty", [place, value]) => match key(&place.value) {
            Some(key) => {
                whole.set_item(&key, value.value.clone());
                true
            }
            None => false,
        },
        ("remove" | "removeat", [place]) => {
            let Some(at) = number(place.value.as_constant()) else {
                return false;
            };
            let items = std::mem::take(&mut whole.edit().items);
            for (key, value) in items {
                let place = key.parse::<i64>().unwrap_or(-1);
                match place.cmp(&at) {
                    std::cmp::Ordering::Less => whole.set_item(&key, value),
                    std::cmp::Ordering::Equal => {}
                    std::cmp::Ordering::Greater => {
                        whole.set_item(&(place - 1).to_string(), value);
                    }
                }
            }
            true
        }
        ("clear", []) => {
            let data = whole.edit();
            data.items.clear();
            data.atoms.clear();
            true
        }
        _ => false,
    }
}

fn fills(name: &str) -> bool {
    matches!(
        name,
        "append"
            | "add"
            | "push"
            | "put"
            | "insert"
            | "extend"
            | "update"
            | "unshift"
            | "set"
            | "addall"
            | "appendformat"
            | "push_str"
            | "write"
            | "writestring"
            | "concat"
            | "prepend"
            | "setattribute"
            | "addfirst"
            | "addlast"
            | "addelement"
            | "enqueue"
            | "command"
            | "appendline"
            | "remove"
            | "removeat"
            | "clear"
            | "setproperty"
            | "replace"
    )
}
