//! Bytes in, matches out. A detector is a pure function of the bytes and the
//! rules: it knows no files, no git, no clock and no threads, so that it can be
//! tested, fuzzed and reused anywhere.

pub mod generic;
pub mod misconfig;
pub mod prefilter;
pub mod raised;
pub mod sast;
pub mod secrets;
pub mod views;
