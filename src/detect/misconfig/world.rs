//! What belongs together and is judged together: the documents of one file, or of
//! the files of one module, the things in them (containers, buckets, steps), and
//! the names by which one part refers to another.

use crate::document::Document;
use crate::document::NodeId;
use crate::document::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// A reference that leads to a reference, at most so often.
const HOPS: usize = 8;

/// A value of one of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// The document.
    pub(super) doc: usize,
    /// The node in it.
    pub(super) node: NodeId,
}

/// A thing that checks are about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// `platform/thing`.
    pub(super) class: String,
    /// Where it is.
    pub(super) spot: Spot,
    /// What people call it.
    pub(super) name: String,
    /// The thing around it.
    pub(super) up: Option<usize>,
}

/// Documents with the file each is of.
#[derive(Default)]
pub(super) struct World {
    pub(super) docs: Vec<(usize, Document)>,
    pub(super) subjects: Vec<Subject>,
    /// What references mean, by their text.
    pub(super) names: BTreeMap<String, Spot>,
    /// Documents that are laid over others: what they leave out is not known.
    pub(super) partial: BTreeSet<usize>,
}

impl World {
    /// Adds a document; gives its number.
    pub(super) fn add(&mut self, file: usize, document: Document) -> usize {
        self.docs.push((file, document));
        self.docs.len() - 1
    }

    pub(super) fn doc(&self, doc: usize) -> &Document {
        &self.docs[doc].1
    }

    /// Adds a thing; gives its number.
    pub(super) fn subject(
        &mut self,
        class: impl Into<String>,
        doc: usize,
        node: NodeId,
        name: impl Into<String>,
        up: Option<usize>,
    ) -> usize {
        self.subjects.push(Subject {
            class: class.into(),
            spot: Spot { doc, node },
            name: name.into(),
            up,
        });
        self.subjects.len() - 1
    }

    /// Says what a name means.
    pub(super) fn name(&mut self, name: &str, spot: Spot) {
        self.names.insert(name.to_owned(), spot);
    }

    pub(super) fn value(&self, spot: Spot) -> &Value {
        &self.doc(spot.doc).node(spot.node).value
    }

    /// What a value is once its references are followed; the reference where that ends unknown.
    pub(super) fn resolve(&self, spot: Spot) -> Spot {
        let mut at = spot;
        for _ in 0..HOPS {
            let Value::Reference(name) = self.value(at) else {
                return at;
            };
            match self.names.get(&**name) {
                Some(next) => at = *next,
                None => return at,
            }
        }
        at
    }

    /// The outermost thing of its own file around a subject.
    pub(super) fn outermost(&self, subject: usize) -> usize {
        let mut at = subject;
        while let Some(up) = self.subjects[at].up {
            if self.docs[self.subjects[up].spot.doc].0 != self.docs[self.subjects[at].spot.doc].0 {
                break;
            }
            at = up;
        }
        at
    }

    /// The thing of a class around a subject, or the subject itself.
    pub(super) fn around(&self, subject: usize, class: &str) -> Option<usize> {
        let mut at = Some(subject);
        while let Some(index) = at {
            let found = &self.subjects[index];
            let kind = found.class.rsplit('/').next().unwrap_or_default();
            if kind == class {
                return Some(index);
            }
            at = found.up;
        }
        None
    }
}
