//! Detectors: pure functions from bytes to what stands in them. They know no
//! files, no clock and no threads; reading belongs to `sources`, joining to `scan`.

pub mod generic;
