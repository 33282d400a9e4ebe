//! Joins the object store to the engine: every object is searched once, and an
//! object that git stores as a delta only where it differs from its base. Blobs
//! and tags go first; trees and commits follow in a second walk, which by then
//! knows whose history is asked for.

use super::job::Job;
use crate::bytes::is_binary;
use crate::detect::secrets::delta::Places;
use crate::detect::secrets::delta::Scanned;
use crate::limits::ArchiveLimits;
use crate::limits::RunBudget;
use crate::model::chunk::Chunk;
use crate::model::coverage::Exclusion;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::sources::Sink;
use crate::sources::archive;
use crate::sources::archive::Archives;
use crate::sources::blob::BlobReader;
use crate::sources::encoding;
use crate::sources::git::collector::Collector;
use crate::sources::history::Derived;
use crate::sources::history::ListedId;
use crate::sources::history::Object;
use crate::sources::history::Visitor;
use crate::sources::lfs;
use crate::sources::path::label;
use crate::sources::window::WindowSize;
use std::io::Cursor;
use std::ops::Range;
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
}

impl Visitor for Blobs<'_> {
    type State = Scanned;

    fn wants(&self, kind: ObjectKind) -> bool {
        matches!(kind, ObjectKind::Blob | ObjectKind::Tag)
    }

    /// Once the run shall end; that not all were searched is told by the run.
    fn skip(&self, _id: ListedId<'_>, _number: u32) -> bool {
        self.search.run.is_interrupted()
    }

    fn visit(&self, object: Object<'_, Scanned>) -> Scanned {
        let scanned = self.search.object(&object);
        if has_inside(object.kind, object.bytes) {
            let origin = origin(&object.id.get(), ObjectKind::Blob);
            self.search.inside(&origin, object.bytes);
        }
        scanned
    }
}

/// True when a blob has more to it than its bytes as they are.
pub(super) fn has_inside(kind: ObjectKind, bytes: &[u8]) -> bool {
    kind == ObjectKind::Blob
        && (encoding::detect(bytes).is_some()
            || archive::detect(bytes).is_some()
            || lfs::pointer(bytes).is_some())
}

/// Searches commits (messages) and the names in trees, and collects the shape of the history.
pub(super) struct Shape<'a> {
    pub(super) search: Search<'a>,
    pub(super) collector: &'a Collector<'a>,
}

impl Visitor for Shape<'_> {
    /// `None` beside trees, of which only new names are searched.
    type State = Option<Scanned>;

    fn wants(&self, kind: ObjectKind) -> bool {
        matches!(kind, ObjectKind::Tree | ObjectKind::Commit)
    }

    fn visit(&self, object: Object<'_, Option<Scanned>>) -> Option<Scanned> {
        self.look(object).0
    }
}

impl Shape<'_> {
    /// Looks at one tree or commit, and says whether nothing was found in it.
    pub(super) fn look(&self, object: Object<'_, Option<Scanned>>) -> (Option<Scanned>, bool) {
        let (id, bytes) = (object.id, object.bytes);
        if object.kind == ObjectKind::Tree {
            let names = self.collector.tree(object.number, bytes);
            let clean = names.is_empty();
            for name in names {
                self.search
                    .name(&origin(&id.get(), ObjectKind::Tree), bytes, name);
            }
            return (None, clean);
        }
        self.collector.commit(&id.get(), bytes);
        let scanned = self.search.object(&inheriting(object));
        let clean = scanned.is_clean();
        (Some(scanned), clean)
    }
}

/// The object as one whose base, if it was searched, has something to inherit.
fn inheriting<'a>(object: Object<'a, Option<Scanned>>) -> Object<'a, Scanned> {
    let derived = object.derived.and_then(|from| {
        Some(Derived {
            base: from.base.as_ref()?,
            base_bytes: from.base_bytes,
            copies: from.copies,
        })
    });
    Object {
        id: object.id,
        number: object.number,
        kind: object.kind,
        bytes: object.bytes,
        derived,
        has_children: object.has_children,
        place: object.place,
    }
}

pub(super) fn origin(id: &ObjectId, kind: ObjectKind) -> Origin {
    match kind {
        ObjectKind::Blob => Origin::Blob {
            blob: *id,
            path: None,
            commit: None,
        },
        kind => Origin::Object {
            object: *id,
            kind: kind.name().to_owned(),
        },
    }
}

impl Search<'_> {
    /// Searches the bytes of an object as they are.
    pub(super) fn object(&self, object: &Object<'_, Scanned>) -> Scanned {
        self.object_at(object, None)
    }

    /// The same, where it is known at which places of it the same rules found something.
    pub(super) fn object_at(
        &self,
        object: &Object<'_, Scanned>,
        places: Option<&Places>,
    ) -> Scanned {
        let scanned = self.job.with_buffers(|buffers| {
            let (engine, scratch) = (self.job.engine, &mut buffers.scratch);
            let places = places.filter(|_| !self.exhaustive);
            let known = places.and_then(|at| Scanned::at(engine, at, object.bytes, scratch));
            if let Some(known) = known {
                return known;
            }
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
            self.job
                .limited(&origin(&object.id.get(), object.kind), &place);
        }
        scanned
    }

    fn tell(&self, object: &Object<'_, Scanned>, scanned: &Scanned) {
        let origin = origin(&object.id.get(), object.kind);
        let mut chunk = Chunk::whole(&origin, object.bytes);
        chunk.binary = is_binary(object.bytes);
        self.job
            .tell(&chunk, &mut scanned.matches().cloned().collect());
    }

    /// True when the engine has something to say about the name of a file or folder by itself.
    pub(super) fn is_notable(&self, name: &[u8]) -> bool {
        let len = name.len() as u64;
        self.searched.fetch_add(len, Ordering::Relaxed);
        self.job.with_buffers(|buffers| {
            let scanned = Scanned::whole(self.job.engine, name, &mut buffers.scratch);
            !scanned.is_clean()
        })
    }

    /// Searches a name in a tree. Nothing beside it is context: ids and modes are no text, and
    /// which names stand beside it changes with every version.
    pub(super) fn name(&self, tree: &Origin, bytes: &[u8], name: Range<usize>) {
        let mut chunk = Chunk::whole(tree, &bytes[name.clone()]);
        chunk.offset = name.start as u64;
        self.job.chunk(&chunk);
    }

    /// Searches what the bytes of a blob do not show as they are: other encodings of text,
    /// members of archives; names what stands elsewhere.
    pub(super) fn inside(&self, origin: &Origin, bytes: &[u8]) {
        self.inside_to(origin, bytes, self.job);
    }

    /// The same, for a sink that looks on.
    pub(super) fn inside_to(&self, origin: &Origin, bytes: &[u8], sink: &dyn Sink) {
        if let Some(view) = encoding::views(bytes) {
            let mut chunk = Chunk::whole(origin, &view.text);
            chunk.decoded = view.encoding.steps();
            chunk.map = Some(&view.map);
            sink.chunk(&chunk);
        }
        let Some(limits) = self.archives else {
            if archive::detect(bytes).is_some() {
                sink.excluded(Exclusion::Archive, 1);
            }
            return point(origin, bytes, sink);
        };
        if let Some(format) = archive::detect(bytes) {
            let archives = Archives {
                limits,
                run: self.run,
                sink,
            };
            let mut blobs = BlobReader::new(self.window);
            archives.scan(origin, format, &mut Cursor::new(bytes), &mut blobs);
        }
        point(origin, bytes, sink);
    }
}

/// Names what a Git LFS pointer stands for.
fn point(origin: &Origin, bytes: &[u8], sink: &dyn Sink) {
    if let Some(pointer) = lfs::pointer(bytes) {
        sink.pointer(label(origin), &pointer);
    }
}
