//! Activity files: what the build reads, and what a user may write.

use super::made;
use bowerbird::evidence::source;

pub(super) fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = source::parse("fuzz.yml", text);
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let folder = "patterns/activities/test-and-verification";
    [
        "test-for-stored-secrets-in-code",
        "simple-false-positive-treatment",
    ]
    .map(|name| made::file(&format!("{folder}/{name}.yml")))
    .to_vec()
}
