//! Base64 in the spellings that credentials use: either alphabet, padded or
//! not. The arithmetic is the `base64` crate's; this only fixes the options.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const URL_BARE: GeneralPurpose =
    GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT.with_encode_padding(false));

/// The standard alphabet without `=`.
pub(super) const ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The alphabet safe in URLs without `=`.
pub(super) const ALPHABET_URL: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Decodes text of either alphabet (not of both mixed), with or without padding.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.iter().any(|b| matches!(b, b'-' | b'_')) {
        URL.decode(text).ok()
    } else {
        STANDARD.decode(text).ok()
    }
}

/// Decodes text that is spread over lines, as PEM bodies are.
pub(super) fn decode_lines(text: &[u8]) -> Option<Vec<u8>> {
    let joined: Vec<u8> = text
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    STANDARD.decode(joined).ok()
}

/// The standard alphabet, padded.
pub(super) fn encode(data: &[u8]) -> String {
    STANDARD.encode(data)
}

/// The URL alphabet without padding.
pub(super) fn encode_url(data: &[u8]) -> String {
    URL_BARE.encode(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_padded_or_not() {
        assert_eq!(decode(b"-_8"), Some(vec![0xfb, 0xff]));
        assert_eq!(decode(b"+/8="), Some(vec![0xfb, 0xff]));
        assert_eq!(decode(b"+_8="), None);
        assert_eq!(decode(b"A"), None);
        assert_eq!(encode(b"\xfb\xff"), "+/8=");
        assert_eq!(encode_url(b"\xfb\xff"), "-_8");
        assert_eq!(decode_lines(b"+/\r\n8="), Some(vec![0xfb, 0xff]));
    }
}
