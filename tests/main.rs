//! All integration tests in one binary, so that the crate is linked once.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod adversarial;
mod architecture;
mod budgets;
mod cache;
mod check;
mod cli;
mod dependencies;
mod fuzz;
mod generic;
mod git;
mod history;
mod hostile;
mod index;
mod kustomize;
mod matrix;
mod properties;
mod range;
mod scratch;
mod settings;
mod signatures;
mod texts;
mod verdicts;
