//! What is fuzzed: one file for each parser of foreign bytes, with `run`, which
//! must come back without a panic whatever it is given, and `seeds`, inputs that
//! reach far into it. To add one: a file, a line below and its name in `../mod.rs`.

mod activity_file;
mod archive;
mod baseline;
mod code;
mod commit;
mod document;
mod engine;
mod excerpt;
mod foreign_rules;
mod git_config;
mod git_index;
mod idx;
mod loose;
mod made;
mod pack;
mod reflog;
mod refs;
mod reftable;
mod rule_file;
mod signers;
mod tag;
mod text;
mod token;
mod tree;
mod updates;

/// One thing that is fuzzed.
pub(crate) struct Target {
    /// The name of its file.
    pub(crate) name: &'static str,
    /// Must not panic.
    pub(crate) run: fn(&[u8]),
    /// Inputs to begin with.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident)*) => {
        /// All of them, by name.
        pub(crate) const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name),
            run: $name::run,
            seeds: $name::seeds,
        }),*];
    };
}

targets! {
    activity_file archive baseline code commit document engine excerpt foreign_rules git_config git_index idx
    loose
    pack refs reflog reftable rule_file signers tag text token tree updates
}
