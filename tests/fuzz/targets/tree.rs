//! Tree objects, in both formats of ids.

use super::made::FORMATS;
use bowerbird::sources::git::tree;

pub(super) fn run(data: &[u8]) {
    for format in FORMATS {
        for entry in tree::entries(data, format).take(1000).flatten() {
            let _ = (entry.kind(), entry.object());
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut tree = Vec::new();
    for (mode, name) in [
        ("100644", "a.txt"),
        ("40000", "b"),
        ("120000", "c"),
        ("160000", "d"),
    ] {
        tree.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        tree.extend_from_slice(&[0x5a; 20]);
    }
    vec![tree]
}
