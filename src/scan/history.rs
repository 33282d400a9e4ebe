//! Joins the object store to the engine: every object is searched once, and an
//! object that git stores as a delta only where it differs from its base. Blobs
//! and tags go first; trees and commits follow in a second walk, which by then
//! knows whose history is asked for.

use super::job::Job;
use crate::bytes::is_binary;
use crate::detect::secrets::delta::Scanned;
use crate::limits::ArchiveLimits;
use crate::limits::RunBudget;
use crate::model::chunk::Chunk;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::sources::Sink;
use crate::sources::archive;
use crate::sources::archive::Archives;
use crate::sources::blob::BlobReader;
use crate::sources::encoding;
use crate::sources::git::collector::Collector;
use crate::sources::history::Object;
use crate::sources::history::Visitor;
use crate::sources::lfs;
use crate::sources::window::WindowSize;
use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// How objects are searched.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) job: &'a Job<'a>,
    /// Search every object whole, for comparison.
    pub(super) exhaustive: bool,
    /// How far archives are unpacked; `None`: not at all.
    pub(super) archives: Option<&'a ArchiveLimits>,
    /// How far all archives of the run are.
    pub(super) run: &'a RunBudget,
    pub(super) window: WindowSize,
    /// Bytes searched and not inherited.
    pub(super) searched: &'a AtomicU64,
}

/// Searches blobs and annotated tags.
pub(super) struct Blobs<'a> {
    pub(super) search: Search<'a>,
    /// Search only these; `None` for all.
    pub(super) only: Option<&'a BTreeSet<ObjectId>>,
}

impl Visitor for Blobs<'_> {
    type State = Scanned;

    fn wants(&self, kind: ObjectKind) -> bool {
        matches!(kind, ObjectKind::Blob | ObjectKind::Tag)
    }

    fn skip(&self, id: &ObjectId) -> bool {
        self.only.is_some_and(|only| !only.contains(id))
    }

    fn visit(&self, object: Object<'_, Scanned>) -> Scanned {
        let scanned = self.search.object(&object);
        if object.kind == ObjectKind::Blob {
            let origin = Origin::Blob {
                blob: object.id,
                path: None,
                commit: None,
            };
            self.search.inside(&origin, object.bytes);
        }
        scanned
    }
}

/// Searches trees (file names) and commits (messages), and collects the shape of the history.
pub(super) struct Shape<'a> {
    pub(super) search: Search<'a>,
    pub(super) collector: &'a Collector<'a>,
    /// Search the texts of only these; `None` for all.
    pub(super) only: Option<&'a BTreeSet<ObjectId>>,
}

impl Visitor for Shape<'_> {
    type State = Scanned;

    fn wants(&self, kind: ObjectKind) -> bool {
        matches!(kind, ObjectKind::Tree | ObjectKind::Commit)
    }

    fn visit(&self, object: Object<'_, Scanned>) -> Scanned {
        match object.kind {
            ObjectKind::Tree => self.collector.tree(&object.id, object.bytes),
            _ => self.collector.commit(&object.id, object.bytes),
        }
        if self.only.is_some_and(|only| !only.contains(&object.id)) {
            return Scanned::whole(self.search.job.engine, &[], &mut Default::default());
        }
        self.search.object(&object)
    }
}

impl Search<'_> {
    /// Searches the bytes of an object as they are.
    pub(super) fn object(&self, object: &Object<'_, Scanned>) -> Scanned {
        let scanned = self.job.with_buffers(|buffers| {
            let (engine, scratch) = (self.job.engine, &mut buffers.scratch);
            match object.derived.as_ref().filter(|_| !self.exhaustive) {
                Some(from) => {
                    Scanned::derived(engine, from.base, from.copies, object.bytes, scratch)
                }
                None => Scanned::whole(engine, object.bytes, scratch),
            }
        });
        self.job.saw_object(object.bytes.len());
        self.searched
            .fetch_add(scanned.searched() as u64, Ordering::Relaxed);
        if !scanned.is_clean() {
            self.tell(object, &scanned);
        }
        for place in scanned.limited() {
            self.job.limited(&origin_of(object), &place);
        }
        scanned
    }

    fn tell(&self, object: &Object<'_, Scanned>, scanned: &Scanned) {
        let origin = origin_of(object);
        let mut chunk = Chunk::whole(&origin, object.bytes);
        chunk.binary = is_binary(object.bytes);
        self.job
            .tell(&chunk, &mut scanned.matches().cloned().collect());
    }

    /// Searches what the bytes of a blob do not show as they are: other encodings of text,
    /// members of archives; names what stands elsewhere.
    pub(super) fn inside(&self, origin: &Origin, bytes: &[u8]) {
        if let Some(view) = encoding::views(bytes) {
            let mut chunk = Chunk::whole(origin, &view.text);
            chunk.decoded = view.encoding.steps();
            chunk.map = Some(&view.map);
            self.job.chunk(&chunk);
        }
        let Some(limits) = self.archives else {
            if archive::detect(bytes).is_some() {
                self.job.excluded(Exclusion::Archive, 1);
            }
            return self.point(origin, bytes);
        };
        if let Some(format) = archive::detect(bytes) {
            let archives = Archives {
                limits,
                run: self.run,
                sink: self.job,
            };
            let mut blobs = BlobReader::new(self.window);
            archives.scan(origin, format, &mut Cursor::new(bytes), &mut blobs);
        }
        self.point(origin, bytes);
    }

    /// Names what a Git LFS pointer stands for.
    fn point(&self, origin: &Origin, bytes: &[u8]) {
        if let Some(size) = lfs::pointer(bytes) {
            self.job.unscanned(Unscanned {
                what: crate::sources::path::label(origin),
                reason: Reason::Lfs,
                bytes: size,
                detail: String::new(),
            });
        }
    }
}

fn origin_of(object: &Object<'_, Scanned>) -> Origin {
    match object.kind {
        ObjectKind::Blob => Origin::Blob {
            blob: object.id,
            path: None,
            commit: None,
        },
        kind => Origin::Object {
            object: object.id,
            kind: kind.name().to_owned(),
        },
    }
}
