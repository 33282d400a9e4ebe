//! All integration tests in one binary, so that the crate is linked once.

mod architecture;
mod budgets;
mod cli;
mod dependencies;
mod properties;
