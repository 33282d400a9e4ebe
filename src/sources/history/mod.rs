//! Git history as a source: everything the object database holds, reachable or
//! not, read by our own code and never by a git process. The store enumerates
//! and decodes; refs, commits and who wrote what are left to the git source,
//! and what bytes mean to the detectors.
//!
//! How the files fit together: `map` holds a file, `idx` and `pack` say where
//! entries start, `entry`, `inflate` and `delta` decode one, `forest` plans and
//! `walk` follows the delta families, `random` reads single objects, `loose`
//! and `alternates` find what is not packed here, `numbers` counts it all, `rebuild` makes up for a missing
//! index, `store` joins them.

mod alternates;
mod coverage;
mod delta;
mod duplicates;
mod entry;
mod fault;
mod forest;
mod identify;
mod idx;
mod inflate;
mod loose;
mod map;
mod numbers;
mod pack;
mod random;
mod rebuild;
mod store;
mod visit;
mod walk;

pub use coverage::KindTotals;
pub use coverage::StoreCoverage;
pub use identify::identify;
pub use random::ReadError;
pub use store::Store;
pub use store::StoreLimits;
pub use visit::Derived;
pub use visit::ListedId;
pub use visit::Object;
pub use visit::Place;
pub use visit::Visitor;
