//! Bytes and text: lines and columns, relative paths, and the escapes for
//! untrusted text at each kind of sink. Everything that shows text of a scanned
//! repository goes through here. What a secret is and how it is masked is
//! decided elsewhere; this module makes text harmless, not secret.

pub mod base64;
pub mod escape;
pub mod line;
pub mod path;
pub mod uuid;

/// Bytes at the start of a blob that decide whether it is binary, as in git.
const BINARY_HEAD: usize = 8000;

/// True for data that git would call binary: a NUL byte near the start.
pub fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(BINARY_HEAD)]).is_some()
}
