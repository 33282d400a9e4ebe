//! Tests of verification: what must never verify.
