//! The binary's entry: parse, run, print the error chain, exit.

fn main() {}
