//! From what a run observed to verdicts on activities of the maturity model.
//! Activities are data (`patterns/activities`), their conditions are built from
//! the few typed predicates here, and an open question stays open (Kleene's
//! three-valued logic). Nothing here looks at a file or starts a search: what may
//! be looked at is [`facts::Facts`], which another layer fills. All but
//! [`builtin`] is shared with `build.rs`.

pub mod activity;
pub mod assess;
pub mod builtin;
pub mod condition;
pub mod facts;
pub mod lint;
pub mod model;
pub mod predicate;
pub mod source;
pub mod truth;
