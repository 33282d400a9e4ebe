//! Git's configuration files.

use bowerbird::sources::git::config;

pub(super) fn run(data: &[u8]) {
    let _ = config::parse(data);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    vec![
        b"[core]\n\tbare = false ; c\n[remote \"a \\\"b\\\\\"]\n url = \"x y\\t\" z \\\n  more\n[extensions]\n objectFormat=sha256\n[a.b]\nc\n".to_vec(),
        b"\xef\xbb\xbf[include]\r\n path = ~/x\r\n".to_vec(),
    ]
}
