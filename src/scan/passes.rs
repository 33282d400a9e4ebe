//! Parts of a scan by themselves, over exactly what a scan reads: what the bench
//! takes differences of. Nothing is searched here and nothing is timed; the
//! caller's sink decides what happens to the bytes.

use super::RUN_OUTPUT;
use super::options::Options;
use super::options::ScanError;
use super::plan::Plan;
use super::repository::Opened;
use super::walk;
use super::window;
use crate::detect::secrets::Engine;
use crate::limits::RunBudget;
use crate::model::object::ObjectKind;
use crate::sources::Sink;
use crate::sources::history::Object;
use crate::sources::history::Visitor;
use crate::sources::worktree;
use crate::sources::worktree::Nested;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// How far a pass over the work tree goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Folders are listed and files opened; of the files only empty ones are read.
    Open,
    /// Files are read and archives unpacked.
    Read,
}

/// Walks the files that a scan would read, with windows as `engine` needs them. Returns the
/// repositories it came upon.
///
/// # Errors
/// As [`scan`](super::scan).
pub fn tree(
    options: &Options,
    engine: &Engine,
    depth: Depth,
    sink: &dyn Sink,
) -> Result<Vec<Nested>, ScanError> {
    let plan = Plan::new(options)?;
    if plan.roots.is_empty() {
        return Ok(Vec::new());
    }
    let mut walk = walk(options, &plan, window(engine));
    if depth == Depth::Open {
        walk.max_file = Some(0);
    }
    Ok(worktree::scan(&walk, &RunBudget::new(RUN_OUTPUT), sink)?.repositories)
}

/// Objects that were decoded and not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Blobs and tags.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Decodes the blobs and tags that a scan would search; `nested` is what a walk came upon.
///
/// # Errors
/// As [`scan`](super::scan).
pub fn objects(options: &Options, nested: Vec<Nested>) -> Result<Decoded, ScanError> {
    let mut plan = Plan::new(options)?;
    if options.sources.history {
        // What cannot be opened is in the coverage of the full scan.
        nested.into_iter().for_each(|nested| {
            let _ = plan.meet(nested);
        });
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs.get())
        .build()
        .map_err(|_| ScanError::Threads)?;
    let counter = Counter::default();
    pool.install(|| {
        for repository in plan.repositories {
            Opened::new(repository, &options.store).store.walk(&counter);
        }
    });
    Ok(Decoded {
        objects: counter.objects.into_inner(),
        bytes: counter.bytes.into_inner(),
    })
}

#[derive(Default)]
struct Counter {
    objects: AtomicU64,
    bytes: AtomicU64,
}

impl Visitor for Counter {
    type State = ();

    fn wants(&self, kind: ObjectKind) -> bool {
        matches!(kind, ObjectKind::Blob | ObjectKind::Tag)
    }

    fn visit(&self, object: Object<'_, ()>) {
        self.objects.fetch_add(1, Ordering::Relaxed);
        self.bytes
            .fetch_add(object.bytes.len() as u64, Ordering::Relaxed);
    }
}
