//! Git LFS pointer files: small texts that stand in for content kept elsewhere.
//! Recognised so that a scan can say whether the content is in the store of this
//! repository; fetching it is left to the user, who has the network.

use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::origin::RelPath;
use std::path::Path;
use std::path::PathBuf;

/// The first line of a pointer, from the specification of Git LFS (docs/spec.md).
const VERSION: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// Pointers are shorter than this, by the same specification.
const LONGEST: usize = 1024;

/// What a pointer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer {
    /// The SHA-256 of the content, in hexadecimal: its name in the store. Of another length only in what is no
    /// pointer of today's specification.
    pub oid: Option<String>,
    /// The size of the content in bytes, if it is told.
    pub size: Option<u64>,
}

impl Pointer {
    /// The entry of a pointer at `what` whose content is nowhere to be read.
    pub fn unscanned(&self, what: RelPath) -> Unscanned {
        Unscanned {
            what,
            reason: Reason::Lfs,
            bytes: self.size,
            detail: "a Git LFS pointer; its content is not here".to_owned(),
        }
    }

    /// Where the content lies below the folder `lfs/objects` of a git directory.
    pub fn path_in(&self, store: &Path) -> Option<PathBuf> {
        let oid = self.oid.as_deref()?;
        Some(store.join(&oid[..2]).join(&oid[2..4]).join(oid))
    }
}

/// `Some` when `blob` is a pointer.
pub fn pointer(blob: &[u8]) -> Option<Pointer> {
    if blob.len() >= LONGEST || !blob.starts_with(VERSION) {
        return None;
    }
    let value = |key: &[u8]| {
        let mut lines = blob.split(|byte| *byte == b'\n');
        lines.find_map(|line| std::str::from_utf8(line.strip_prefix(key)?).ok())
    };
    let is_oid = |oid: &&str| oid.len() == 64 && oid.bytes().all(|digit| digit.is_ascii_hexdigit());
    Some(Pointer {
        oid: value(b"oid sha256:").filter(is_oid).map(str::to_owned),
        size: value(b"size ").and_then(|digits| digits.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_told_from_texts_about_them() {
        let text = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        let sized = Pointer {
            oid: None,
            size: Some(12345),
        };
        assert_eq!(pointer(text), Some(sized));
        assert_eq!(
            pointer(b"version https://git-lfs.github.com/spec/v1\n"),
            Some(Pointer::default())
        );
        assert_eq!(
            pointer(b"# version https://git-lfs.github.com/spec/v1\n"),
            None
        );
        assert_eq!(pointer(&[text.as_slice(), &[b'x'; 1024]].concat()), None);
    }

    #[test]
    fn only_a_digest_leads_to_a_file() {
        let path = |oid: &str| {
            let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\n");
            pointer(text.as_bytes()).unwrap().path_in(Path::new("s"))
        };
        let oid = "ab01".repeat(16);
        assert_eq!(path(&oid), Some(Path::new("s/ab/01").join(&oid)));
        assert_eq!(path("../../../../../../etc/passwd"), None);
        assert_eq!(path(&"../.".repeat(16)), None);
    }
}
