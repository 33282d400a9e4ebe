//! Packs without an index: headers, deltas of both kinds, deflated data.

use super::made;
use std::fs;

/// As it is, and with a checksum that holds.
pub(super) fn run(data: &[u8]) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("pack");
    fs::create_dir(&folder).unwrap();
    let file = folder.join(format!("pack-{}.pack", made::ID));
    for bytes in [data.to_vec(), made::with_checksum(data.to_vec())] {
        fs::write(&file, bytes).unwrap();
        made::walk(home.path());
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    vec![made::pack_body(), made::with_checksum(made::pack_body())]
}
