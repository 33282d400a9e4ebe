//! Rule files, which users write too, and the lint over what parses.

use super::made;
use bowerbird::rules::source;

pub(super) fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = source::parse("fuzz.yml", text);
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    ["github", "generic", "jwt", "aws"]
        .map(|name| made::file(&format!("patterns/secrets/{name}.yml")))
        .to_vec()
}
