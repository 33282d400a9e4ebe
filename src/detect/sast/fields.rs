//! Fields of objects: what one method leaves in them reaches the others of its
//! class. Only data of a source is kept; which object it was is not told apart.

use super::code::Code;
use super::code::Kind;
use super::machine::Machine;
use super::value::Atom;
use super::value::Label;
use super::value::Val;
use super::value::merge;
use std::collections::BTreeSet;

impl<'a> Machine<'a, '_> {
    /// What a method left in the fields of its object, for the other methods of the class.
    pub(super) fn keep_fields(&mut self, index: usize) {
        let class = self.code.functions[index].class;
        if class.is_empty() {
            return;
        }
        let mut found: Vec<(&'a str, Vec<Atom>)> = Vec::new();
        for object in ["self", "this", "$this"] {
            let whole = self.env.get(object).and_then(Val::data);
            for (field, value) in whole.into_iter().flat_map(|data| &data.items) {
                if let Some(name) = self.field_names.get(&**field) {
                    found.push((name, value.all_atoms()));
                }
            }
        }
        for name in self.code.fields.keys() {
            if let Some(value) = self.env.get(name) {
                found.push((name, value.all_atoms()));
            }
        }
        for (name, mut atoms) in found {
            atoms.retain(|atom| matches!(atom.label, Label::Source(_)) && !atom.is_weak);
            if atoms.is_empty() {
                continue;
            }
            let known = self.kept.entry((class, name)).or_default();
            let before = known.len();
            merge(known, &atoms);
            self.has_news |= known.len() != before;
        }
    }

    /// What the methods of a class are known to have left in the fields of their object.
    pub(super) fn give_fields(&mut self, index: usize) {
        let function = &self.code.functions[index];
        let class = function.class;
        let kept: Vec<(&'a str, Vec<Atom>)> = self
            .kept
            .range((class, "")..)
            .take_while(|((of, _), _)| *of == class)
            .map(|((_, field), atoms)| (*field, atoms.clone()))
            .collect();
        for (field, atoms) in kept {
            let value = Val::with_atoms(atoms);
            for object in ["self", "this", "$this"] {
                self.env
                    .entry(object)
                    .or_default()
                    .set_item(field, value.clone());
            }
            let is_param = function.params.iter().any(|param| param.name == field);
            if self.code.fields.contains_key(field) && !is_param {
                self.env.insert(field, value);
            }
        }
    }
}

/// Names of fields that are assigned, to share their text.
pub(super) fn field_names<'a>(code: &Code<'a>) -> BTreeSet<&'a str> {
    let assigned = code.nodes.iter().filter_map(|node| match node.kind {
        Kind::Assign { target, .. } => Some(target),
        _ => None,
    });
    assigned
        .filter_map(|target| match code.kind(target) {
            Kind::Field { name, .. } => Some(*name),
            _ => None,
        })
        .collect()
}
