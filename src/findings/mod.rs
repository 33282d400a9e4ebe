//! From sightings to findings: one finding per secret, wherever it stands. The
//! order in which sightings arrive does not matter to the result, and nothing
//! here reads files or knows how a secret was detected.

pub mod baseline;
pub mod collect;
pub mod excerpt;
pub mod fault;
pub mod fingerprint;
pub mod finish;
pub mod life;
pub mod silence;
pub mod suppress;
