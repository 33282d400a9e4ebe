//! What git tells a pre-receive hook.

use super::made::ID;
use bowerbird::sources::git::range;

pub(super) fn run(data: &[u8]) {
    let _ = range::updates(data);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let none = "0".repeat(40);
    vec![format!("{ID} {none} refs/heads/a\n{none} {ID} refs/tags/v1\n").into_bytes()]
}
