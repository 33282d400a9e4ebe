//! Tests of pipelines: what runs, what softens it, what leaves the question open.
