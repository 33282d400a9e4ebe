//! Tests against git itself: repositories made by the `git` binary, compared
//! with what its own commands say of them. Parsers of single formats are tested
//! beside their code.

mod attribution;
mod fixture;
mod index;
mod layout;
mod range;
mod refs;
