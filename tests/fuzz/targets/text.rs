//! Encodings, Git LFS pointers, escaping: what every text goes through.

use bowerbird::bytes::escape;
use bowerbird::bytes::path::escape_path;
use bowerbird::bytes::path::unescape_path;
use bowerbird::sources::encoding;
use bowerbird::sources::lfs;

pub(super) fn run(data: &[u8]) {
    let _ = encoding::views(data);
    let _ = lfs::pointer(data);
    for text in [escape::terminal(data), escape::workflow_property(data)] {
        assert!(!text.chars().any(escape::is_hidden));
    }
    let escaped = escape_path(data);
    assert_eq!(unescape_path(&escaped), data);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let text = "a line of text\nanother = \"one\"\n";
    let utf_16 = || text.encode_utf16();
    let marked = std::iter::once(0xfeff).chain(utf_16());
    let utf_32 = std::iter::once(0xfeff).chain(text.chars().map(u32::from));
    vec![
        marked.flat_map(u16::to_le_bytes).collect(),
        utf_16().flat_map(u16::to_be_bytes).collect(),
        utf_32.flat_map(u32::to_be_bytes).collect(),
        format!(
            "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12\n",
            "ab".repeat(32)
        )
        .into_bytes(),
        "gr\u{fc}\u{df}e \u{202e}\x1b[31m %41/%zz"
            .as_bytes()
            .to_vec(),
    ]
}
