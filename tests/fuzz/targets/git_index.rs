//! The index of a work tree, versions 2 to 4 with extensions.

use super::made;
use bowerbird::sources::git::discover::Repository;
use bowerbird::sources::git::index::Index;
use std::fs;
use std::sync::LazyLock;
use tempfile::TempDir;

static HOME: LazyLock<(TempDir, Repository)> = LazyLock::new(made::repository);

/// As it is, and with a checksum that holds.
pub(super) fn run(data: &[u8]) {
    let path = HOME.0.path().join("index");
    for bytes in [data.to_vec(), made::with_checksum(data.to_vec())] {
        fs::write(&path, bytes).unwrap();
        let _ = Index::read_from(&path, &HOME.1);
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [2u8, 3, 4].map(index).to_vec()
}

fn index(version: u8) -> Vec<u8> {
    let mut out = vec![b'D', b'I', b'R', b'C', 0, 0, 0, version, 0, 0, 0, 2];
    for name in ["a.txt", "b/c.txt"] {
        let start = out.len();
        out.extend_from_slice(&[0; 24]);
        out.extend_from_slice(&0o100_644_u32.to_be_bytes());
        out.extend_from_slice(&[0; 12]);
        out.extend_from_slice(&[0x5a; 20]);
        out.extend_from_slice(&(name.len() as u16).to_be_bytes());
        if version == 4 {
            out.push(0);
        }
        out.extend_from_slice(name.as_bytes());
        out.push(0);
        while version < 4 && (out.len() - start) % 8 != 0 {
            out.push(0);
        }
    }
    out.extend_from_slice(b"TREE\0\0\0\x07\0-1 0\n\0");
    out.extend_from_slice(b"link\0\0\0\x14");
    out.extend_from_slice(&[0x11; 20]);
    out
}
