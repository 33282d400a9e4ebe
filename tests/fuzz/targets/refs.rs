//! `packed-refs` and loose refs.

use super::made;
use super::made::ID;
use bowerbird::sources::git::discover::Repository;
use bowerbird::sources::git::refs::Refs;
use std::fs;
use std::sync::LazyLock;
use tempfile::TempDir;

static HOME: LazyLock<(TempDir, Repository)> = LazyLock::new(made::repository);

pub(super) fn run(data: &[u8]) {
    for path in ["packed-refs", "refs/heads/main"] {
        fs::write(HOME.0.path().join(path), data).unwrap();
        let refs = Refs::read(&HOME.1);
        let _ = refs.resolve(b"HEAD");
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let packed = format!(
        "# pack-refs with: peeled fully-peeled sorted \n{ID} refs/heads/a\n{ID} refs/tags/v1\n^{ID}\n"
    );
    let all = [
        packed,
        format!("{ID}\n"),
        "ref: refs/heads/other\n".to_owned(),
    ];
    all.map(String::into_bytes).to_vec()
}
