//! The secret engine: keyword hits from the prefilter, each verified in a small
//! window, so that a match depends on nothing but the bytes of that window.
//!
//! This locality is the invariant everything else rests on. Scanning a file in
//! windows, scanning only what a delta changed and scanning the whole give the
//! same matches because each match belongs to one keyword hit and is decided
//! inside `hit.start - left .. hit.end + right` of its rule (plus one byte of
//! look-around on each side). See [`delta`] for what is built on it.

mod compiled;
pub mod delta;
mod engine;
mod entropy;
pub mod filter;
mod form;
mod guard;
mod matching;
mod probe;
mod resolve;
mod walk;

pub use engine::Engine;
pub use engine::Reach;
pub use engine::Scratch;
pub use matching::Match;
pub use matching::MatchInfo;
pub use matching::Refusal;
pub use probe::Probe;

pub use resolve::Resolved;
pub(crate) use resolve::drop_covered;
pub use resolve::resolve;
