//! Files of keys, signatures of commits and tags, and what both say of each other.

use super::made::FORMATS;
use super::made::ID;
use bowerbird::sources::git::signed;
use bowerbird::sources::git::signed::Signed;
use bowerbird::survey::signers::Signers;

const KEY: &str = "jane@example.org namespaces=\"git\",valid-after=\"20260101Z\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqIZkCXnMgkCVKSDhX6m8H1mzPiWOnBVpUl0PwHgvcx jane\n";

pub(super) fn run(data: &[u8]) {
    let mut own = Signers::default();
    let _ = own.add("fuzz", data);
    let mut given = Signers::default();
    let _ = given.add("key", KEY.as_bytes());
    let mut found = vec![Signed {
        payload: Vec::new(),
        armor: data.to_vec(),
    }];
    found.extend(signed::tag(data).ok().flatten());
    for format in FORMATS {
        found.extend(signed::commit(data, format).ok().flatten());
    }
    for signed in found {
        let _ = (own.check(&signed, None), given.check(&signed, Some(0)));
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let ssh = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgiohmQJecyCQJUpIOFfqbwfWbM+\nJY6cFWlSXQ/AeC9zEAAAADZ2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5\n-----END SSH SIGNATURE-----\n";
    let header = ssh.trim_end().replace('\n', "\n ");
    let commit = format!("tree {ID}\nauthor A <a@b> 1 +0000\ngpgsig {header}\n\nm\n");
    let tag = format!("object {ID}\ntype commit\ntag v1\n\nm\n{ssh}");
    [KEY, ssh, &commit, &tag]
        .map(|text| text.as_bytes().to_vec())
        .to_vec()
}
