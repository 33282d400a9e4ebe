//! The text of commit objects, in both formats of ids.

use super::made::FORMATS;
use super::made::ID;
use bowerbird::sources::git::commit;

pub(super) fn run(data: &[u8]) {
    for format in FORMATS {
        let _ = commit::parse(data, format);
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let plain = format!(
        "tree {ID}\nparent {ID}\nparent {ID}\nauthor A B <a@b> 1700000000 +0130\ncommitter A <a@b> -1 -0000\ngpgsig -----BEGIN\n x\n y\nencoding latin1\n\nmessage\n"
    );
    let long = plain.replace(ID, &"ab".repeat(32));
    vec![plain.into_bytes(), long.into_bytes()]
}
