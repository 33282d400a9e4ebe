//! Reftables.

use bowerbird::sources::git::reftable;

pub(super) fn run(data: &[u8]) {
    let _ = reftable::parse(data);
}

/// A table of one block with two refs that share a prefix.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut header = b"REFT\x01\0\x10\0".to_vec();
    header.extend_from_slice(&[0; 16]);
    let mut records = Vec::new();
    let mut restarts = Vec::new();
    for (prefix, rest) in [(0u8, "refs/heads/a"), (11, "b")] {
        if prefix == 0 {
            restarts.extend_from_slice(&[0, 0, 28]);
        }
        records.extend_from_slice(&[prefix, ((rest.len() as u8) << 3) | 1]);
        records.extend_from_slice(rest.as_bytes());
        records.push(0);
        records.extend_from_slice(&[0x5a; 20]);
    }
    restarts.extend_from_slice(&[0, 1]);
    let length = header.len() + 4 + records.len() + restarts.len();
    let mut table = header.clone();
    table.extend_from_slice(&[b'r', 0, (length >> 8) as u8, length as u8]);
    table.extend_from_slice(&records);
    table.extend_from_slice(&restarts);
    let mut footer = header;
    footer.extend_from_slice(&[0; 40]);
    let sum = crc32fast::hash(&footer);
    footer.extend_from_slice(&sum.to_be_bytes());
    let whole = [table.clone(), footer].concat();
    vec![whole, table]
}
