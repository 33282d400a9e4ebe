//! The object store against git itself: whatever shape a repository has, the
//! walk must list the same objects as `git cat-file`, hand out bytes that hash
//! to their ids, and say what it lost when the repository is damaged.
//!
//! `support` makes repositories and collects what a walk sees, `handmade`
//! builds packs that git would not.

mod damage;
mod handmade;
mod layout;
mod support;
