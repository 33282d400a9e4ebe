//! The contract between the object store and whoever looks at its objects: what
//! a visitor is asked, what it is given and what it may keep beside a delta
//! base. It holds no logic of its own, so that both sides can be read without the other.

use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use crate::model::chunk::CopySegment;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

use super::fault::Fault;

/// Looks at objects, from several threads at once and in no particular order.
///
/// A panic in [`visit`](Visitor::visit) is contained: the object is listed as unscanned with
/// reason `panic` and the walk goes on. `visit` must not wait for work it gives to the
/// rayon pool that the walk runs on.
pub trait Visitor: Sync {
    /// What it keeps beside an object for as long as others build on it.
    type State: Send + Sync;

    /// False for kinds that it does not want to see; they are not even inflated.
    fn wants(&self, kind: ObjectKind) -> bool;

    /// True for objects that it knows already, by id and [number](super::Store::number). They are
    /// not counted, and decoded only where others that it does not know build on them; those
    /// then come without [`Object::derived`].
    fn skip(&self, id: ListedId<'_>, number: u32) -> bool {
        let _ = (id, number);
        false
    }

    /// Those of a range of numbers that it does not skip, in order, when that is little to tell: of
    /// a pack that is known but for a few objects the rest is then not even looked at.
    fn few(&self, numbers: Range<u32>) -> Option<Vec<u32>> {
        let _ = numbers;
        None
    }

    /// Looks at one object. What it returns comes back with every object derived from this one.
    fn visit(&self, object: Object<'_, Self::State>) -> Self::State;
}

/// An id where the store lists it. It is fetched only when asked for: a walk passes millions of
/// objects, and nearly all of them need no name.
#[derive(Clone, Copy, Debug)]
pub struct ListedId<'a> {
    raw: &'a [u8],
    format: ObjectFormat,
}

impl<'a> ListedId<'a> {
    /// `raw` must be as long as ids of that format are.
    pub(super) fn new(raw: &'a [u8], format: ObjectFormat) -> Self {
        ListedId { raw, format }
    }

    /// The id itself.
    pub fn get(self) -> ObjectId {
        ObjectId::from_bytes(self.format, self.raw).expect("what a store lists is of its format")
    }
}

/// One object of the store, whole.
#[derive(Debug)]
pub struct Object<'a, S> {
    /// Its id, as the store names it.
    pub id: ListedId<'a>,
    /// Its number in the store, as [`Store::number`](super::Store::number) gives it.
    pub number: u32,
    /// What it is.
    pub kind: ObjectKind,
    /// All its bytes, without git's header.
    pub bytes: &'a [u8],
    /// What it shares with an object visited before, if it is stored as a delta.
    pub derived: Option<Derived<'a, S>>,
    /// True when others may be derived from it, so that its state is worth its making.
    pub has_children: bool,
    /// Where it is stored, for messages.
    pub place: Place<'a>,
}

/// How an object came out of its delta base.
#[derive(Debug)]
pub struct Derived<'a, S> {
    /// What the visitor returned for the base.
    pub base: &'a S,
    /// The bytes of the base.
    pub base_bytes: &'a [u8],
    /// The runs of bytes taken from the base, in order of `start`, none empty, none touching
    /// the next both in the object and in the base.
    pub copies: &'a [CopySegment],
}

/// Where an object is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In a pack of that file name, at that offset.
    Pack(&'a str, u64),
    /// In a file of its own.
    Loose,
}

/// Shows an object to a visitor and contains its panics.
pub(super) fn show<V: Visitor>(
    visitor: &V,
    object: Object<'_, V::State>,
) -> Result<V::State, Fault> {
    catch_unwind(AssertUnwindSafe(|| visitor.visit(object))).map_err(|_| Fault::Panic)
}
