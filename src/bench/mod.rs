//! Measures a scan of whatever the user has, on the user's machine: where the
//! time goes, which rules cost most, how much memory and processor it takes.
//! It also makes trees to measure on, with planted secrets to count.
//!
//! # What is measured
//!
//! Each run is a full scan followed by passes that do a part of it:
//!
//! ```text
//! full scan      setup | tree | objects | attribution | findings, then the report
//! open pass      walk, open and stat every file                 walk      = open
//! read pass      the same, and read and unpack                  read      = read - open
//! prefilter pass the same, and look for keywords                prefilter = prefilter - read
//! verify pass    the same, and verify them                      verify    = verify - prefilter
//!                                                               resolve   = tree - verify
//! decode pass    decode every blob and tag of the history       decode    = decode
//!                                                               search    = objects - decode
//! ```
//!
//! So nothing is timed inside of an ordinary scan. A difference of two passes
//! carries the noise of both; one below zero counts as zero. Seconds are by the
//! wall clock, with all threads at work. The costliest rules come from a pass of
//! their own over the files, in which a clock is read before and after every
//! verification: their shares can be trusted, their seconds are too high.

pub mod generate;
mod measure;
pub mod planted;
mod result;
mod sinks;
mod usage;

pub use measure::Settings;
pub use measure::measure;
pub use result::Measured;
pub use result::Memory;
pub use result::Phase;
pub use result::Processor;
pub use result::RuleCost;
pub use result::Spread;
