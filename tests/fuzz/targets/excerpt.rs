//! The masked line: nothing of the secret, nothing that steers a terminal.

use bowerbird::bytes::escape::is_hidden;
use bowerbird::findings::excerpt::excerpt;
use bowerbird::findings::excerpt::prose;
use bowerbird::findings::suppress;

/// The first two bytes say where the secret is.
pub(super) fn run(data: &[u8]) {
    let Some((place, line)) = data.split_first_chunk::<2>() else {
        return;
    };
    let start = usize::from(place[0]).min(line.len());
    let end = (start + usize::from(place[1])).min(line.len());
    let span = start..end;
    let shown = excerpt(line, std::slice::from_ref(&span));
    assert!(!shown.chars().any(is_hidden));
    assert_eq!(shown.is_empty(), start == end);
    let _ = prose(&String::from_utf8_lossy(line));
    let _ = suppress::marker("r", line, line);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        "\x0e\x05  password = \"value\" # bowerbird:allow[r, s] a reason */",
        "\x18\x04url: https://user.name@ \u{202e}\x1b[31m// pragma: allowlist secret",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}
