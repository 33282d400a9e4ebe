//! The checks that ship in the binary, as `build.rs` encoded them from
//! `patterns/activities`. Decoded on first use; `scan` never comes here.

use super::activity;
use super::activity::Activity;
use std::sync::LazyLock;

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/activities.pack"));

static ACTIVITIES: LazyLock<Vec<Activity>> =
    LazyLock::new(|| activity::decode(BYTES).expect("the build encoded it with the same code"));

/// The checks as the build encoded them, to be hashed.
pub fn bytes() -> &'static [u8] {
    BYTES
}

/// All checks, by dimension, sub-dimension, level and name.
pub fn activities() -> &'static [Activity] {
    &ACTIVITIES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::model;
    use std::collections::BTreeSet;

    #[test]
    fn every_activity_of_level_1_has_a_check() {
        let table = model::read(model::TABLE).unwrap();
        let first = table.iter().filter(|(_, entry)| entry.level == 1);
        let first: BTreeSet<&str> = first.map(|(id, _)| id.as_str()).collect();
        let checked: BTreeSet<&str> = activities().iter().map(|it| it.id.as_str()).collect();
        assert!(first.is_subset(&checked));
    }
}
