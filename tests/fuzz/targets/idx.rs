//! Indexes of packs, versions 1 and 2, beside a sound pack.

use super::made;
use std::fs;

/// As it is, and with a checksum that holds.
pub(super) fn run(data: &[u8]) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("pack");
    fs::create_dir(&folder).unwrap();
    let pack = made::with_checksum(made::pack_body());
    fs::write(folder.join(format!("pack-{}.pack", made::ID)), pack).unwrap();
    let file = folder.join(format!("pack-{}.idx", made::ID));
    for bytes in [data.to_vec(), made::with_checksum(data.to_vec())] {
        fs::write(&file, bytes).unwrap();
        made::walk(home.path());
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let pack = made::with_checksum(made::pack_body());
    let trailer = &pack[pack.len() - 20..];
    let ids: Vec<[u8; 20]> = (0..5u8).map(|n| [n * 40; 20]).collect();
    let fan = (0..=255u8).flat_map(|first| {
        let below = ids.iter().filter(|id| id[0] <= first).count() as u32;
        below.to_be_bytes()
    });
    let fan: Vec<u8> = fan.collect();
    let mut two = b"\xfftOc\0\0\0\x02".to_vec();
    two.extend_from_slice(&fan);
    two.extend_from_slice(&ids.concat());
    two.extend_from_slice(&[0; 20]);
    for offset in [12u32, 40, 0x8000_0000, 80, 90] {
        two.extend_from_slice(&offset.to_be_bytes());
    }
    two.extend_from_slice(&100u64.to_be_bytes());
    two.extend_from_slice(trailer);
    let mut one = fan;
    for id in &ids {
        one.extend_from_slice(&12u32.to_be_bytes());
        one.extend_from_slice(id);
    }
    one.extend_from_slice(trailer);
    vec![two, one]
}
