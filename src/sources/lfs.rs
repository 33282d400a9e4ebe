//! Git LFS pointer files: small texts that stand in for content kept elsewhere.
//! Recognised so that a scan can say the content was not there; fetching it is
//! left to the user, who has the network.

/// The first line of a pointer, from the specification of Git LFS (docs/spec.md).
const VERSION: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// Pointers are shorter than this, by the same specification.
const LONGEST: usize = 1024;

/// `Some` when `blob` is a pointer; in it the size of the content, if the pointer has one.
pub fn pointer(blob: &[u8]) -> Option<Option<u64>> {
    if blob.len() >= LONGEST || !blob.starts_with(VERSION) {
        return None;
    }
    let size = blob
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(b"size "))
        .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    Some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_told_from_texts_about_them() {
        let text = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        assert_eq!(pointer(text), Some(Some(12345)));
        assert_eq!(
            pointer(b"version https://git-lfs.github.com/spec/v1\n"),
            Some(None)
        );
        assert_eq!(
            pointer(b"# version https://git-lfs.github.com/spec/v1\n"),
            None
        );
        assert_eq!(pointer(&[text.as_slice(), &[b'x'; 1024]].concat()), None);
    }
}
