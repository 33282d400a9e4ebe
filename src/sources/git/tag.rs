//! The fields of an annotated tag, borrowed from its bytes. Old tags have no
//! tagger, hand-made ones anything at all; only what a tag points at is required.

use super::commit::Signature;
use super::commit::headers;
use super::commit::id_after;
use super::commit::line;
use super::commit::signature;
use super::tree::Malformed;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::ops::Range;

/// An annotated tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// What it points at.
    pub target: ObjectId,
    /// What it says that is: `commit`, `tree`, `blob` or `tag`; not verified.
    pub kind: Option<&'a [u8]>,
    /// Its name.
    pub name: Option<&'a [u8]>,
    /// Who made it, and when.
    pub tagger: Option<Signature<'a>>,
    /// Where the message (with the signature, if any) stands in the object.
    pub message: Range<usize>,
}

/// Parses a tag. Errors when it does not begin with the id of an object.
pub fn parse(bytes: &[u8], format: ObjectFormat) -> Result<Tag<'_>, Malformed> {
    let (first, at) = line(bytes, 0)?;
    let mut tag = Tag {
        target: id_after(first, b"object ", format)?,
        kind: None,
        name: None,
        tagger: None,
        message: bytes.len()..bytes.len(),
    };
    headers(bytes, at, |key, value, message| match key {
        b"type" => tag.kind = Some(value),
        b"tag" => tag.name = Some(value),
        b"tagger" => tag.tagger = signature(value),
        b"" => tag.message = message,
        _ => {}
    });
    Ok(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_tag() {
        let text = "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype tree\ntag v1\n\
                    tagger T <t@x> 5 +0000\n\nnote\n";
        let tag = parse(text.as_bytes(), ObjectFormat::Sha1).unwrap();
        assert_eq!(tag.kind, Some(&b"tree"[..]));
        assert_eq!(tag.name, Some(&b"v1"[..]));
        assert_eq!(tag.tagger.unwrap().time, Some(5));
        assert_eq!(&text[tag.message], "note\n");
        assert_eq!(parse(b"type tree\n", ObjectFormat::Sha1), Err(Malformed));
    }
}
