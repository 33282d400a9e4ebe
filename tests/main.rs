//! All integration tests in one binary, so that the crate is linked once.

mod architecture;
mod cache;
mod dependencies;
mod index;
mod range;
mod scratch;
