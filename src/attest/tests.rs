//! Tests of statements: what is a fault, what counts.
