//! Name-based UUIDs (RFC 9562, version 5): the same name gives the same id, so
//! that a view made twice replaces its own entries. Nothing else makes ids.

use sha1::Digest;
use sha1::Sha1;

/// The namespace of our ids.
const OURS: [u8; 16] = [
    0x6f, 0x1b, 0x7c, 0x2e, 0x52, 0x0a, 0x4d, 0x5b, 0x9a, 0x10, 0x3c, 0x8e, 0x27, 0x64, 0xd1, 0x4f,
];

/// The id of a name.
pub fn named(name: &str) -> String {
    // bowerbird:allow[rs-weak-hash] a UUID of version 5 is made with SHA-1 (RFC 9562)
    let digest = Sha1::new().chain_update(OURS).chain_update(name).finalize();
    let mut raw = [0; 16];
    raw.copy_from_slice(&digest[..16]);
    raw[6] = raw[6] & 0x0f | 0x50;
    raw[8] = raw[8] & 0x3f | 0x80;
    let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_stable_and_of_version_5() {
        let id = super::named("a");
        assert_eq!(id, super::named("a"));
        assert_ne!(id, super::named("b"));
        assert_eq!((id.len(), &id[14..15]), (36, "5"));
        assert!("89ab".contains(&id[19..20]));
    }
}
