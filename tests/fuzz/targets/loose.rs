//! Loose objects: the header in the deflated data, and what follows it.

use super::made;
use std::fs;

/// As it is, and deflated.
pub(super) fn run(data: &[u8]) {
    let home = tempfile::tempdir().unwrap();
    let (folder, name) = made::ID.split_at(2);
    fs::create_dir(home.path().join(folder)).unwrap();
    for bytes in [data.to_vec(), made::deflated(data)] {
        fs::write(home.path().join(folder).join(name), bytes).unwrap();
        made::walk(home.path());
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    vec![
        b"blob 12\0hello world\n".to_vec(),
        b"commit 4\0tree".to_vec(),
        made::deflated(b"blob 12\0hello world\n"),
    ]
}
