//! The fields of a commit object, borrowed from its bytes. Real histories hold
//! commits with broken dates, names and encodings, so everything but the tree
//! and the parents is lenient: an absent or unreadable field is `None`.

use super::tree::Malformed;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::ops::Range;

/// Most parents that are read; git itself writes an octopus of 16, real ones have up to 66.
pub const PARENT_LIMIT: usize = 65_536;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit<'a> {
    /// The root tree.
    pub tree: ObjectId,
    /// The parents in order.
    pub parents: Vec<ObjectId>,
    /// Who wrote it.
    pub author: Option<Signature<'a>>,
    /// Who committed it, and when.
    pub committer: Option<Signature<'a>>,
    /// The charset of the message, when it is not UTF-8.
    pub encoding: Option<&'a [u8]>,
    /// Where the message stands in the object.
    pub message: Range<usize>,
}

/// A name, an address and a time, as they stand in commits, tags and reflogs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    /// The name, possibly empty.
    pub name: &'a [u8],
    /// The address between `<` and `>`.
    pub mail: &'a [u8],
    /// Seconds since 1970 in UTC; `None` when it is no number of at most 18 digits.
    pub time: Option<i64>,
    /// Minutes east of UTC; `None` when malformed.
    pub offset: Option<i32>,
}

/// Parses a commit. Errors when it names no tree or a parent is no id.
pub fn parse(bytes: &[u8], format: ObjectFormat) -> Result<Commit<'_>, Malformed> {
    let (value, mut at) = line(bytes, 0)?;
    let tree = id_after(value, b"tree ", format)?;
    let mut parents = Vec::new();
    while bytes[at..].starts_with(b"parent ") {
        let (value, next) = line(bytes, at)?;
        if parents.len() == PARENT_LIMIT {
            return Err(Malformed);
        }
        parents.push(id_after(value, b"parent ", format)?);
        at = next;
    }
    let mut commit = Commit {
        tree,
        parents,
        author: None,
        committer: None,
        encoding: None,
        message: bytes.len()..bytes.len(),
    };
    headers(bytes, at, |key, value, message| match key {
        b"author" if commit.author.is_none() => commit.author = signature(value),
        b"committer" if commit.committer.is_none() => commit.committer = signature(value),
        b"encoding" => commit.encoding = Some(value),
        b"" => commit.message = message,
        _ => {}
    });
    Ok(commit)
}

/// Calls `each` with the key and first line of every header from `at` on, and at last with an
/// empty key and the range of the message.
pub(super) fn headers<'a>(
    bytes: &'a [u8],
    mut at: usize,
    mut each: impl FnMut(&'a [u8], &'a [u8], Range<usize>),
) {
    while at < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
        let text = &bytes[at..end];
        at = (end + 1).min(bytes.len());
        if text.is_empty() {
            break;
        }
        // A space begins the continuation of a header of several lines.
        if text[0] != b' ' {
            let space = memchr::memchr(b' ', text).unwrap_or(text.len());
            let value = text.get(space + 1..).unwrap_or_default();
            each(&text[..space], value, 0..0);
        }
    }
    each(b"", b"", at..bytes.len());
}

/// The line at `at` without its end, and where the next begins.
pub(super) fn line(bytes: &[u8], at: usize) -> Result<(&[u8], usize), Malformed> {
    let rest = bytes.get(at..).ok_or(Malformed)?;
    let end = memchr::memchr(b'\n', rest).ok_or(Malformed)?;
    Ok((&rest[..end], at + end + 1))
}

/// The id after a key, of the repository's format.
pub(super) fn id_after(
    line: &[u8],
    key: &[u8],
    format: ObjectFormat,
) -> Result<ObjectId, Malformed> {
    line.strip_prefix(key)
        .and_then(ObjectId::from_hex)
        .filter(|id| id.format() == format)
        .ok_or(Malformed)
}

/// Parses `Name <mail> seconds +hhmm`; `None` without angle brackets.
pub fn signature(text: &[u8]) -> Option<Signature<'_>> {
    // The last `>` ends the address, as in git: names and addresses may hold stray brackets.
    let close = memchr::memrchr(b'>', text)?;
    let open = memchr::memchr(b'<', &text[..close])?;
    let mut words = text[close + 1..]
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    Some(Signature {
        name: text[..open].trim_ascii(),
        mail: &text[open + 1..close],
        time: words.next().and_then(seconds),
        offset: words.next().and_then(offset),
    })
}

fn seconds(word: &[u8]) -> Option<i64> {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn offset(word: &[u8]) -> Option<i32> {
    let (sign, digits) = match word {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |n: usize| i32::from(digits[n] - b'0');
    Some(sign * ((digit(0) * 10 + digit(1)) * 60 + digit(2) * 10 + digit(3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    #[test]
    fn all_fields() {
        let text = format!(
            "tree {TREE}\nparent {TREE}\nparent {TREE}\nauthor A B <a@b> 12 +0130\n\
             committer C <c@d> 34 -0200\nencoding latin-1\ngpgsig -----BEGIN\n line\n -----END\n\nHello\n\nx"
        );
        let commit = parse(text.as_bytes(), ObjectFormat::Sha1).unwrap();
        assert_eq!(commit.parents.len(), 2);
        let author = commit.author.unwrap();
        assert_eq!((author.name, author.mail), (&b"A B"[..], &b"a@b"[..]));
        assert_eq!((author.time, author.offset), (Some(12), Some(90)));
        assert_eq!(commit.committer.unwrap().offset, Some(-120));
        assert_eq!(commit.encoding, Some(&b"latin-1"[..]));
        assert_eq!(&text[commit.message], "Hello\n\nx");
    }

    #[test]
    fn odd_dates_and_missing_fields_cost_only_the_field() {
        let text = format!("tree {TREE}\nauthor <> 100000000000000000000 +9999999\n");
        let commit = parse(text.as_bytes(), ObjectFormat::Sha1).unwrap();
        let author = commit.author.unwrap();
        assert_eq!((author.time, author.offset), (None, None));
        assert_eq!(commit.committer, None);
        assert!(commit.message.is_empty());
    }

    #[test]
    fn without_a_tree_it_is_no_commit() {
        for text in ["", "tree \n", "parent x\n", "tree 12\n"] {
            assert_eq!(parse(text.as_bytes(), ObjectFormat::Sha1), Err(Malformed));
        }
        let text = format!("tree {TREE}\n");
        assert_eq!(parse(text.as_bytes(), ObjectFormat::Sha256), Err(Malformed));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_parsed(mut text: Vec<u8>, cut in 0..60usize) {
            let _ = parse(&text, ObjectFormat::Sha1);
            let whole = format!("tree {TREE}\nparent {TREE}\nauthor a <b> 1 +0000\n\nm");
            text.splice(0..0, whole.bytes().take(cut));
            let _ = parse(&text, ObjectFormat::Sha1);
        }
    }
}
