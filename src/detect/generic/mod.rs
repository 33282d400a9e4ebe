//! Secrets that no provider's format gives away: passwords, tokens and keys
//! that are known only by the name they are assigned to. A keyword hit becomes
//! a [`Candidate`] (`extract`), a candidate a [`Judgement`] (`judge`); which
//! keywords hit, which finding wins over the same bytes, and what is reported
//! is left to the engine.
//!
//! Everything here is a pure function of the bytes between [`LEFT_REACH`]
//! before and [`RIGHT_REACH`] after a hit, so that what was found in a delta
//! base may be taken over for every copy of these bytes.

mod apart;
mod around;
mod beside;
mod calls;
mod candidate;
mod commands;
mod extract;
mod features;
mod hit;
mod kinds;
mod lexicon;
mod name;
mod near;
mod opener;
mod place;
mod refuse;
mod score;
mod shape;
mod special;
#[cfg(test)]
mod tests;
mod value;

pub use beside::beside;
pub use candidate::Candidate;
pub use candidate::KindId;
pub use candidate::Quote;
pub use candidate::Separator;
pub use candidate::Syntax;
pub use candidate::kind_of;
pub use extract::extract;
pub use extract::restate;
pub use near::Looked;
pub use near::refuses;
pub use near::refuses_name;
pub use place::confidence_at;
pub use place::place_of;
pub use place::points_at;
pub use refuse::Refusal;
pub use score::Judgement;
pub use score::confidence;
pub use score::feature_ids;
pub use score::feature_names;
pub use score::judge;

/// Words that may name or announce a secret: lower case ASCII, matched in any case.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    let calls = calls::CALLS.iter().map(|(call, _)| *call);
    let commands = commands::COMMANDS.iter().map(|(command, _)| *command);
    WORDS.iter().copied().chain(calls).chain(commands)
}

/// Those that are neither calls nor commands.
///
/// `key` hits often and is refused within a few comparisons unless a word before it says what it opens.
const WORDS: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "auth",
    "cred",
    "salt",
    "login",
    "bearer ",
    "basic ",
    "://",
    " -u ",
    "--user",
    " -p",
    "identified by",
    "securestring",
    "getconnection",
    "mysqli",
    "new pdo",
    "pw =",
    "pw: ",
    "pw :=",
    "pw\":",
    "pw':",
    "pw=\"",
    "pw='",
    "_pw=",
    "rootpw",
    "bindpw",
    "psk=",
    "psk \"",
    "@tcp(",
];

/// Bytes that are read before a hit, at most.
pub const LEFT_REACH: usize = NAME_MAX + WINDOW + 16;

/// Bytes that are read after a hit, at most.
pub const RIGHT_REACH: usize = NAME_MAX + GAP_MAX + VALUE_MAX + AFTER + 16;

/// Bytes that [`restate`] reads before a hit, at most.
pub const FORM_LEFT: usize = NAME_MAX + 64 + 16;

/// Bytes that [`restate`] reads after a hit, at most.
pub const FORM_RIGHT: usize = NAME_MAX + GAP_MAX + 200;

/// The longest name, in bytes; a longer run of name bytes is generated text.
const NAME_MAX: usize = 80;
/// Bytes before the name that are looked at for context.
const WINDOW: usize = 160;
/// Bytes between the end of the name and the start of the value, at most.
const GAP_MAX: usize = 96;
/// The longest value, in bytes.
const VALUE_MAX: usize = 256;
/// Bytes after the value that are looked at for context.
const AFTER: usize = 24;
