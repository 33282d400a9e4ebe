//! The text of tag objects, in both formats of ids.

use super::made::FORMATS;
use super::made::ID;
use bowerbird::sources::git::tag;

pub(super) fn run(data: &[u8]) {
    for format in FORMATS {
        let _ = tag::parse(data, format);
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let plain =
        format!("object {ID}\ntype commit\ntag v1.0\ntagger A <a@b> 1700000000 +0000\n\nmessage\n");
    let long = plain.replace(ID, &"ab".repeat(32));
    vec![plain.into_bytes(), long.into_bytes()]
}
