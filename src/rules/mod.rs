//! From rule files to rules: parse, lint, prove, encode, select. Nothing here
//! matches anything; that is `detect`, which takes a [`select::RuleSet`] and
//! knows no files. All but [`builtin`] and [`select`] is shared with `build.rs`,
//! so the build and `rules lint` refuse the same things with the same words.

pub mod around;
pub mod builtin;
pub mod check;
pub mod encode;
pub mod import;
pub mod lint;
pub mod load;
pub mod misconfig;
pub mod positions;
pub mod reach;
pub mod sample;
pub mod sast;
pub mod select;
pub mod shape;
pub mod source;
