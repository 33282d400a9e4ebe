//! Reflogs.

use super::made::FORMATS;
use super::made::ID;
use bowerbird::sources::git::reflog;

pub(super) fn run(data: &[u8]) {
    for format in FORMATS {
        let _ = reflog::parse(b"refs/heads/main", data, format, &mut Vec::new());
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let line = format!("{ID} {ID} A B <a@b> 1700000000 +0100\tcommit: message\n");
    vec![line.repeat(3).into_bytes()]
}
