//! Making, writing, signing and checking the record of a run. Canonical bytes are
//! those of RFC 8785 for what a record holds (text, whole numbers, truth values):
//! keys in order, no space, so that the same run is the same file everywhere.

pub mod canonical;
pub mod compare;
pub mod envelope;
pub mod key;
pub mod make;
pub mod profile;
pub mod statement;
pub mod verify;
