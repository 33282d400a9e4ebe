//! Plain data in the field's standard words: no I/O, no clock, no regex. Read
//! this folder first; every other module speaks in these types. The glossary
//! (`docs/glossary.md`) says where each word comes from.

pub mod chunk;
pub mod coverage;
pub mod evidence;
pub mod finding;
pub mod location;
pub mod object;
pub mod origin;
pub mod record;
pub mod report;
pub mod rule;
#[cfg(test)]
pub(crate) mod schema;
pub mod secret;
pub mod signature;
pub mod survey;
