//! Base64 (RFC 4648, section 4) a byte at a time, for those who only look at what a
//! text stands for and stop at the first byte they do not like. Which lengths and
//! which padding they take is theirs to say.

/// The bytes that these characters stand for; `None` for each character that is not of the
/// alphabet. Bits that make no whole byte are dropped.
pub fn decoded(text: impl Iterator<Item = u8>) -> impl Iterator<Item = Option<u8>> {
    let (mut bits, mut count) = (0_u32, 0_u32);
    text.filter_map(move |character| {
        let six = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Some(None),
        };
        bits = (bits << 6 | u32::from(six)) & 0xffff;
        count += 6;
        (count >= 8).then(|| {
            count -= 8;
            Some((bits >> count) as u8)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_encoded_is_read(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let text = STANDARD.encode(&bytes);
            let body = text.bytes().filter(|byte| *byte != b'=');
            let read: Option<Vec<u8>> = decoded(body).collect();
            prop_assert_eq!(read, Some(bytes));
        }
    }

    #[test]
    fn what_is_not_of_the_alphabet_is_told() {
        assert!(decoded(b"YW-j".iter().copied()).any(|byte| byte.is_none()));
    }
}
