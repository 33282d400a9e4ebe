//! Tests of the walk. Odd trees.
