//! Bytes and text: lines and columns, relative paths, and the escapes for
//! untrusted text at each kind of sink. Everything that shows text of a scanned
//! repository goes through here. What a secret is and how it is masked is
//! decided elsewhere; this module makes text harmless, not secret.

pub mod escape;
pub mod line;
pub mod path;
