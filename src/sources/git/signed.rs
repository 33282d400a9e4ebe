//! What a signature of a commit or tag was made over, and the signature itself,
//! as git cuts them out of the object (`parse_buffer_signed_by_header` and
//! `parse_signature` in git's sources). Whether it holds is the business of who
//! has keys.

use super::tree::Malformed;
use crate::model::object::ObjectFormat;

/// The largest signature that is looked at, in bytes.
pub const SIGNATURE_CAP: usize = 256 << 10;

/// First lines of signatures, as git knows them.
const HEADS: [&[u8]; 4] = [
    b"-----BEGIN PGP SIGNATURE-----",
    b"-----BEGIN PGP MESSAGE-----",
    b"-----BEGIN SIGNED MESSAGE-----",
    b"-----BEGIN SSH SIGNATURE-----",
];

/// A signature and what it was made over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// The bytes that were signed.
    pub payload: Vec<u8>,
    /// The signature in its armor.
    pub armor: Vec<u8>,
}

/// The signature of a commit; `None` when it carries none for ids of this format.
///
/// # Errors
/// When it carries two, or one larger than [`SIGNATURE_CAP`].
pub fn commit(bytes: &[u8], format: ObjectFormat) -> Result<Option<Signed>, Malformed> {
    let wanted: &[u8] = match format {
        ObjectFormat::Sha1 => b"gpgsig",
        ObjectFormat::Sha256 => b"gpgsig-sha256",
    };
    let (payload, armors) = without_headers(bytes, wanted);
    let mut armors = armors.into_iter();
    match (armors.next(), armors.next()) {
        (None, _) => Ok(None),
        (Some(armor), None) if armor.len() <= SIGNATURE_CAP => Ok(Some(Signed { payload, armor })),
        _ => Err(Malformed),
    }
}

/// The signature at the end of an annotated tag; `None` when there is none.
///
/// # Errors
/// When it is larger than [`SIGNATURE_CAP`].
pub fn tag(bytes: &[u8]) -> Result<Option<Signed>, Malformed> {
    let Some(start) = last_head(bytes) else {
        return Ok(None);
    };
    let (text, armor) = bytes.split_at(start);
    if armor.len() > SIGNATURE_CAP {
        return Err(Malformed);
    }
    let (payload, _) = without_headers(text, b"");
    let armor = armor.to_vec();
    Ok(Some(Signed { payload, armor }))
}

/// An object without its headers `gpgsig…`, and the values of those named `wanted`.
fn without_headers(bytes: &[u8], wanted: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut payload = Vec::with_capacity(bytes.len());
    let mut armors: Vec<Vec<u8>> = Vec::new();
    // Inside of a header of a signature, and whether it is one of those wanted.
    let mut inside = None;
    let mut rest = bytes;
    while !rest.is_empty() && rest[0] != b'\n' {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        match (line.strip_prefix(b" "), inside) {
            (Some(text), Some(true)) => {
                armors.last_mut().into_iter().for_each(|it| it.extend(text))
            }
            (Some(_), Some(false)) => {}
            _ => {
                let space = memchr::memchr(b' ', line).unwrap_or(line.len());
                let (key, value) = (&line[..space], line.get(space + 1..).unwrap_or_default());
                inside = key.starts_with(b"gpgsig").then_some(key == wanted);
                match inside {
                    Some(true) => armors.push(value.to_vec()),
                    Some(false) => {}
                    None => payload.extend(line),
                }
            }
        }
    }
    payload.extend(rest);
    (payload, armors)
}

/// Where the last line begins that opens a signature.
fn last_head(bytes: &[u8]) -> Option<usize> {
    let mut starts = memchr::memrchr_iter(b'\n', bytes)
        .map(|at| at + 1)
        .chain([0]);
    starts.find(|&at| HEADS.iter().any(|head| bytes[at..].starts_with(head)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n";

    fn header(name: &str) -> String {
        let lines = SIGNATURE.trim_end().replace('\n', "\n ");
        format!("{name} {lines}\n")
    }

    #[test]
    fn a_commit_is_signed_without_its_signatures() {
        let (ours, other) = (header("gpgsig"), header("gpgsig-sha256"));
        let text = format!("tree t\nauthor a\n{ours}{other}encoding x\n\ngpgsig not a header\n");
        let signed = commit(text.as_bytes(), ObjectFormat::Sha1)
            .unwrap()
            .unwrap();
        let payload = b"tree t\nauthor a\nencoding x\n\ngpgsig not a header\n";
        assert_eq!(signed.payload, payload);
        assert_eq!(signed.armor, SIGNATURE.as_bytes());
        let plain = commit(b"tree t\n\ngpgsig x\n", ObjectFormat::Sha1);
        assert_eq!(plain, Ok(None));
        assert_eq!(commit(ours.as_bytes(), ObjectFormat::Sha256), Ok(None));
    }

    #[test]
    fn a_commit_with_two_signatures_has_none_that_counts() {
        let twice = header("gpgsig").repeat(2);
        assert_eq!(commit(twice.as_bytes(), ObjectFormat::Sha1), Err(Malformed));
    }

    #[test]
    fn a_tag_is_signed_up_to_its_last_signature() {
        let text = format!("object o\n\nnote\n{SIGNATURE}more\n{SIGNATURE}");
        let signed = tag(text.as_bytes()).unwrap().unwrap();
        assert_eq!(signed.armor, SIGNATURE.as_bytes());
        assert_eq!(signed.payload.len(), text.len() - SIGNATURE.len());
        assert_eq!(tag(b"object o\n\nnote\n"), Ok(None));
        assert_eq!(tag(SIGNATURE.as_bytes()).unwrap().unwrap().payload, b"");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_cut(bytes: Vec<u8>) {
            let _ = (commit(&bytes, ObjectFormat::Sha1), tag(&bytes));
        }
    }
}
