//! What the analysis knows of a value: the constant it is, the name it resolves
//! to, its parts, and where it came from. Joining two values keeps every origin
//! and only what both agree on of the rest.

use super::code::Bytes;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Origins kept of one value; the first ones by source order.
const ATOMS_CAP: usize = 8;
/// Steps kept of one flow.
const STEPS_CAP: u16 = 24;
/// Parts kept of one container.
const ITEMS_CAP: usize = 64;

/// The bits of the kinds of flow that end in an address: they are numbered first.
pub(super) const ADDRESSES: u64 = 0b11;

/// What stands in a shape for a part that is not known.
pub(super) const HOLE: char = '\u{1}';

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    /// A set of sources.
    Source(u8),
    /// A parameter: function, position.
    Param(u32, u16),
}

/// One step of a flow.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) at: Bytes,
    pub(super) what: Rc<str>,
    pub(super) before: Option<Rc<Step>>,
    length: u16,
}

impl Step {
    pub(super) fn first(at: Bytes, what: Rc<str>) -> Rc<Step> {
        Rc::new(Step {
            at,
            what,
            before: None,
            length: 1,
        })
    }

    /// True when the flow comes from this very place.
    pub(super) fn begins_at(&self, at: Bytes) -> bool {
        let mut first = self;
        while let Some(before) = &first.before {
            first = before;
        }
        first.at == at
    }

    /// The flow with one more step; one that does not move adds none.
    pub(super) fn then(self: &Rc<Self>, at: Bytes, what: &Rc<str>) -> Rc<Step> {
        if self.at == at || self.length >= STEPS_CAP {
            return Rc::clone(self);
        }
        Rc::new(Step {
            at,
            what: Rc::clone(what),
            before: Some(Rc::clone(self)),
            length: self.length + 1,
        })
    }
}

/// One origin of a value.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) label: Label,
    /// Kinds of flow for which it was made harmless, one bit each.
    pub(super) clean: u64,
    /// It went through a call of which nothing is known.
    pub(super) is_weak: bool,
    pub(super) steps: Rc<Step>,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Const {
    Str(Rc<str>),
    Num(Rc<str>),
    Bool(bool),
    Null,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Data {
    pub(super) atoms: Vec<Atom>,
    pub(super) constant: Option<Const>,
    /// The full name it resolves to.
    pub(super) path: Option<Rc<str>>,
    /// The name as it is written, where its declared type gave another.
    pub(super) alias: Option<Rc<str>>,
    pub(super) items: BTreeMap<Rc<str>, Val>,
    /// Items are all there is: a literal list or dictionary.
    pub(super) is_container: bool,
    /// Made of constants only.
    pub(super) is_literal: bool,
    /// A text put together of parts not all constant.
    pub(super) is_built: bool,
    /// The text it was put together from, with [`HOLE`] for each part that is not known.
    pub(super) shape: Option<Rc<str>>,
    /// A function of this file.
    pub(super) function: Option<usize>,
    /// An array of C that is declared where it lives.
    pub(super) is_array: bool,
    /// Bytes of memory behind it, where they are known.
    pub(super) size: Option<u64>,
}

/// A value; nothing is known of the default one. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Val(Option<Rc<Data>>);

impl Val {
    pub(super) fn new(data: Data) -> Val {
        Val(Some(Rc::new(data)))
    }

    pub(super) fn constant(constant: Const) -> Val {
        Val::new(Data {
            constant: Some(constant),
            is_literal: true,
            ..Data::default()
        })
    }

    pub(super) fn with_atoms(atoms: Vec<Atom>) -> Val {
        if atoms.is_empty() {
            return Val::default();
        }
        Val::new(Data {
            atoms,
            ..Data::default()
        })
    }

    pub(super) fn data(&self) -> Option<&Data> {
        self.0.as_deref()
    }

    pub(super) fn edit(&mut self) -> &mut Data {
        Rc::make_mut(self.0.get_or_insert_with(Rc::default))
    }

    pub(super) fn atoms(&self) -> &[Atom] {
        self.data().map_or(&[], |data| &data.atoms)
    }

    pub(super) fn path(&self) -> Option<&Rc<str>> {
        self.data()?.path.as_ref()
    }

    pub(super) fn as_constant(&self) -> Option<&Const> {
        self.data()?.constant.as_ref()
    }

    pub(super) fn text(&self) -> Option<&Rc<str>> {
        match self.as_constant()? {
            Const::Str(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_literal(&self) -> bool {
        self.data().is_some_and(|data| data.is_literal)
    }

    pub(super) fn is_built(&self) -> bool {
        self.data().is_some_and(|data| data.is_built)
    }

    /// All origins of the value and of its parts.
    pub(super) fn all_atoms(&self) -> Vec<Atom> {
        let Some(data) = self.data() else {
            return Vec::new();
        };
        let mut atoms = data.atoms.clone();
        for item in data.items.values() {
            merge(&mut atoms, item.atoms());
            for inner in item.data().into_iter().flat_map(|data| data.items.values()) {
                merge(&mut atoms, inner.atoms());
            }
        }
        atoms
    }

    pub(super) fn is_tainted(&self) -> bool {
        self.data()
            .is_some_and(|data| !data.atoms.is_empty() || data.items.values().any(Val::is_tainted))
    }

    /// A part by its key; an unknown part of a tainted whole is tainted.
    pub(super) fn item(&self, key: &str) -> Val {
        let Some(data) = self.data() else {
            return Val::default();
        };
        match data.items.get(key) {
            Some(item) => item.clone(),
            None => Val::with_atoms(data.atoms.clone()),
        }
    }

    pub(super) fn set_item(&mut self, key: &str, value: Val) {
        let data = self.edit();
        if data.items.len() < ITEMS_CAP || data.items.contains_key(key) {
            data.items.insert(key.into(), value);
        } else {
            let atoms = value.all_atoms();
            merge(&mut data.atoms, &atoms);
        }
    }

    /// One more origin set, as by appending to a list.
    pub(super) fn absorb(&mut self, value: &Val) {
        let atoms = value.all_atoms();
        if !atoms.is_empty() {
            merge(&mut self.edit().atoms, &atoms);
        }
        if !value.is_literal() && self.is_literal() {
            self.edit().is_literal = false;
        }
    }

    /// What holds whichever of two values it is.
    pub(super) fn join(&self, other: &Val) -> Val {
        let (left, right) = match (&self.0, &other.0) {
            (None, None) => return Val::default(),
            (Some(a), Some(b)) if Rc::ptr_eq(a, b) => return self.clone(),
            (None, Some(one)) | (Some(one), None) => {
                let mut data = (**one).clone();
                data.constant = None;
                data.is_literal = false;
                return Val::new(data);
            }
            (Some(left), Some(right)) => (left, right),
        };
        let mut data = (**left).clone();
        merge(&mut data.atoms, &right.atoms);
        if data.constant != right.constant {
            data.constant = None;
        }
        if data.path.is_none() {
            data.path.clone_from(&right.path);
        }
        if data.shape.is_none() {
            data.shape.clone_from(&right.shape);
        }
        data.is_literal &= right.is_literal;
        data.is_built |= right.is_built;
        data.is_container &= right.is_container;
        data.function = data.function.or(right.function);
        data.is_array |= right.is_array;
        if data.size != right.size {
            data.size = None;
        }
        for (key, theirs) in &right.items {
            let ours = data.items.get(key).cloned().unwrap_or_default();
            data.items.insert(Rc::clone(key), ours.join(theirs));
        }
        Val::new(data)
    }

    /// The same value, harmless for these kinds.
    pub(super) fn cleaned(&self, kinds: u64) -> Val {
        let Some(data) = self.data() else {
            return Val::default();
        };
        let mut data = data.clone();
        if kinds == u64::MAX {
            data.atoms.clear();
        }
        for atom in &mut data.atoms {
            atom.clean |= kinds;
        }
        for item in data.items.values_mut() {
            *item = item.cleaned(kinds);
        }
        Val::new(data)
    }
}

/// Adds origins; one origin may come by several ways, which are made harmless for different kinds.
pub(super) fn merge(into: &mut Vec<Atom>, from: &[Atom]) {
    for atom in from {
        let is_same = |one: &Atom| {
            one.label == atom.label && one.is_weak == atom.is_weak && one.clean == atom.clean
        };
        if into.iter().any(is_same) {
            continue;
        }
        if into.len() < ATOMS_CAP {
            into.push(atom.clone());
            continue;
        }
        // Full: what is least harmless of an origin is kept.
        let weaker = into.iter_mut().find(|one| {
            one.label == atom.label
                && (atom.is_weak, atom.clean.count_ones()) < (one.is_weak, one.clean.count_ones())
        });
        if let Some(weaker) = weaker {
            *weaker = atom.clone();
        }
    }
}
