//! Names of things in reports: paths as they stand in an origin, and the one
//! line that says which bytes are meant. Escaping for a terminal or a markup
//! language is left to whoever prints them.

use crate::model::origin::Origin;
use crate::model::origin::RelPath;
use std::fmt::Write;
use std::path::Path;

/// Writes the bytes of a relative path as text: `%XX` for what is not UTF-8, for
/// control characters (C0, DEL, C1) and for `%` itself, everything else as it is.
/// Different bytes give different text.
pub fn escape_path(path: &[u8]) -> RelPath {
    let mut text = String::with_capacity(path.len());
    for part in path.utf8_chunks() {
        for character in part.valid().chars() {
            if character == '%' || character.is_control() {
                let mut utf8 = [0; 4];
                escape_bytes(&mut text, character.encode_utf8(&mut utf8).as_bytes());
            } else {
                text.push(character);
            }
        }
        escape_bytes(&mut text, part.invalid());
    }
    text
}

fn escape_bytes(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "%{byte:02X}");
    }
}

/// The same for a path of the file system, with `/` between components whatever
/// the system uses.
pub fn escape_os_path(path: &Path) -> RelPath {
    let bytes = path.as_os_str().as_encoded_bytes();
    if std::path::MAIN_SEPARATOR == '/' {
        return escape_path(bytes);
    }
    let slashed: Vec<u8> = bytes
        .iter()
        .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
        .collect();
    escape_path(&slashed)
}

/// How a report names the bytes of `origin`: the path, for a member
/// `archive!member`, for a blob no tree names its id.
pub fn label(origin: &Origin) -> String {
    match origin {
        Origin::File { path } | Origin::Index { path, .. } | Origin::Ref { path } => path.clone(),
        Origin::Blob {
            path: Some(path), ..
        } => path.clone(),
        Origin::Blob { blob, .. } => blob.to_string(),
        Origin::Object { object, .. } => object.to_string(),
        Origin::Stdin => "-".to_owned(),
        Origin::Member { archive, path } => format!("{}!{path}", label(archive)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_read_as_they_are_and_never_control_a_terminal() {
        assert_eq!(escape_path("src/größe/日.rs".as_bytes()), "src/größe/日.rs");
        assert_eq!(escape_path(b"a\xffb\n\x1b[2J%41"), "a%FFb%0A%1B[2J%2541");
        assert_eq!(escape_path("\u{85}".as_bytes()), "%C2%85");
    }

    proptest! {
        #[test]
        fn nothing_is_lost(path in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text = escape_path(&path);
            let mut back = Vec::new();
            let mut rest = text.as_bytes();
            while let Some((first, tail)) = rest.split_first() {
                if *first == b'%' {
                    let digits = std::str::from_utf8(&tail[..2]).unwrap();
                    back.push(u8::from_str_radix(digits, 16).unwrap());
                    rest = &tail[2..];
                } else {
                    back.push(*first);
                    rest = tail;
                }
            }
            prop_assert_eq!(back, path);
        }
    }
}
