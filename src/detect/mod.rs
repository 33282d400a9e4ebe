//! Finding: from the bytes of a chunk to what the rules say about them. Each step is a module of its own; none of
//! them opens a file, asks the clock or starts a thread, so that the same bytes always give the same findings.

pub mod prefilter;
