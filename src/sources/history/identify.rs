//! Object ids computed from bytes: the hash of kind, length and content that
//! git names objects by. Walks do this on request only, since it costs more
//! than decoding; indexes that are rebuilt cannot do without.

use sha1::Digest;
use sha1::Sha1;
use sha2::Sha256;

use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

/// The id of an object of this kind and content.
pub fn identify(format: ObjectFormat, kind: ObjectKind, bytes: &[u8]) -> ObjectId {
    let header = format!("{} {}\0", kind.name(), bytes.len());
    let id = match format {
        ObjectFormat::Sha1 => digest::<Sha1>(&[header.as_bytes(), bytes]),
        ObjectFormat::Sha256 => digest::<Sha256>(&[header.as_bytes(), bytes]),
    };
    ObjectId::from_bytes(format, &id).expect("the digest has the length of the format")
}

/// The plain hash of `bytes`, as it stands at the end of packs.
pub(super) fn hash(format: ObjectFormat, bytes: &[u8]) -> Vec<u8> {
    match format {
        ObjectFormat::Sha1 => digest::<Sha1>(&[bytes]),
        ObjectFormat::Sha256 => digest::<Sha256>(&[bytes]),
    }
}

fn digest<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut digest = D::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::identify;
    use crate::model::object::ObjectFormat;
    use crate::model::object::ObjectKind;

    #[test]
    fn agrees_with_git_on_the_empty_blob() {
        let id = |format| identify(format, ObjectKind::Blob, b"").to_string();
        assert_eq!(
            id(ObjectFormat::Sha1),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
        );
        assert_eq!(
            id(ObjectFormat::Sha256),
            "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"
        );
    }
}
