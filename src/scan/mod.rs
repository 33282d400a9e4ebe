//! The engine of a run: sources to workers to sightings to findings. It is the
//! only place where sources, detectors and findings meet.

mod history;
mod job;

use crate::detect::secrets::Engine;
use crate::sources::history::Store;
use crate::sources::history::StoreLimits;

/// Temporary.
pub fn history(
    engine: &Engine,
    objects: &std::path::Path,
    exhaustive: bool,
) -> (
    crate::findings::collect::Collector,
    crate::sources::history::StoreCoverage,
    u64,
    u64,
) {
    let store = Store::open(
        objects,
        crate::model::object::ObjectFormat::Sha1,
        &StoreLimits::default(),
    );
    let job = job::Job::new(engine);
    let visitor = history::Objects {
        job: &job,
        exhaustive,
        searched: Default::default(),
    };
    let coverage = store.walk(&visitor);
    let searched = visitor.searched.load(std::sync::atomic::Ordering::Relaxed);
    let candidates = job.candidates();
    (job.into_parts().0, coverage, searched, candidates)
}
