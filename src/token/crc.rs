//! The cyclic redundancy checks that credentials end in. CRC-32 comes from
//! `crc32fast`; the two shorter ones are a few lines each and stay here.

/// CRC-32 as in zlib and PNG (reflected, polynomial 0x04C11DB7).
pub(super) fn crc32(data: &[u8]) -> u32 {
    crc32fast::hash(data)
}

/// CRC-24 of OpenPGP armor (RFC 4880, section 6.1).
pub(super) fn crc24(data: &[u8]) -> u32 {
    let mut crc = 0x00b7_04ce_u32;
    for &byte in data {
        crc ^= u32::from(byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4cfb;
            }
        }
    }
    crc & 0x00ff_ffff
}

/// CRC-16/XMODEM (polynomial 0x1021, start 0), as Stellar keys use it (SEP-23).
pub(super) fn crc16(data: &[u8]) -> u16 {
    let mut crc = 0_u16;
    for &byte in data {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            let carry = crc & 0x8000 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x1021;
            }
        }
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_of_the_crc_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc24(b"123456789"), 0x0021_cf02);
        assert_eq!(crc16(b"123456789"), 0x31c3);
    }
}
