//! Bytes and text: the line index and the escapes for untrusted text at each
//! kind of sink. Everything that shows text of a scanned repository goes
//! through here.
