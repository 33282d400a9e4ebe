//! Joins the object store to the engine: every object is searched once, and an
//! object that git stores as a delta only where it differs from its base.

use super::job::Job;
use crate::bytes::is_binary;
use crate::detect::secrets::delta::Scanned;
use crate::model::chunk::Chunk;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::sources::history::Object;
use crate::sources::history::Visitor;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// Searches the objects of a store.
pub(super) struct Objects<'a> {
    pub(super) job: &'a Job<'a>,
    /// Search every object whole, for comparison.
    pub(super) exhaustive: bool,
    /// Bytes searched and not inherited.
    pub(super) searched: AtomicU64,
}

impl Visitor for Objects<'_> {
    type State = Scanned;

    fn wants(&self, _: ObjectKind) -> bool {
        true
    }

    fn visit(&self, object: Object<'_, Scanned>) -> Scanned {
        let scanned = self.job.with_buffers(|buffers| {
            let (engine, scratch) = (self.job.engine, &mut buffers.scratch);
            match object.derived.as_ref().filter(|_| !self.exhaustive) {
                Some(from) => {
                    Scanned::derived(engine, from.base, from.copies, object.bytes, scratch)
                }
                None => Scanned::whole(engine, object.bytes, scratch),
            }
        });
        self.searched
            .fetch_add(scanned.searched() as u64, Ordering::Relaxed);
        if !scanned.is_clean() {
            self.tell(&object, &scanned);
        }
        scanned
    }
}

impl Objects<'_> {
    fn tell(&self, object: &Object<'_, Scanned>, scanned: &Scanned) {
        let origin = match object.kind {
            ObjectKind::Blob => Origin::Blob {
                blob: object.id,
                path: None,
                commit: None,
            },
            kind => Origin::Object {
                object: object.id,
                kind: kind.name().to_owned(),
            },
        };
        let mut chunk = Chunk::whole(&origin, object.bytes);
        chunk.binary = is_binary(object.bytes);
        self.job
            .tell(&chunk, &mut scanned.matches().cloned().collect());
    }
}
