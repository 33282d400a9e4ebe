//! Redaction in the type: the bytes of a secret live in [`Secret`], which can
//! be neither printed, compared in a log nor serialised, and what may leave the
//! process is a [`Redacted`] made from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What stands in an excerpt where a secret stood; SARIF calls it a redaction token.
pub const REDACTION_TOKEN: &str = "[redacted]";

/// The raw bytes of a secret, wiped when dropped.
///
/// Has no `Debug`, `Display` or `Serialize` on purpose.
pub struct Secret(Zeroizing<Box<[u8]>>);

impl Secret {
    /// Takes a copy of the bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Secret(Zeroizing::new(bytes.into()))
    }

    /// The bytes, for hashing and for comparing. Callers must not write them anywhere.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// What may be shown.
    pub fn redacted(&self) -> Redacted {
        Redacted {
            length: LengthClass::of(self.0.len()),
        }
    }
}

/// What may be said about a secret: a class of length and nothing else.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Redacted {
    /// How long it is, roughly.
    pub length: LengthClass,
}

/// Lengths in classes wide enough to tell nothing about one password.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum LengthClass {
    /// 1 to 15 bytes.
    #[serde(rename = "1-15")]
    Short,
    /// 16 to 31 bytes.
    #[serde(rename = "16-31")]
    Medium,
    /// 32 to 63 bytes.
    #[serde(rename = "32-63")]
    Long,
    /// 64 to 255 bytes.
    #[serde(rename = "64-255")]
    VeryLong,
    /// 256 bytes and more.
    #[serde(rename = "256+")]
    Block,
}

impl LengthClass {
    /// The class of a length in bytes.
    pub const fn of(len: usize) -> Self {
        match len {
            0..=15 => LengthClass::Short,
            16..=31 => LengthClass::Medium,
            32..=63 => LengthClass::Long,
            64..=255 => LengthClass::VeryLong,
            _ => LengthClass::Block,
        }
    }

    /// As it is written in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            LengthClass::Short => "1-15",
            LengthClass::Medium => "16-31",
            LengthClass::Long => "32-63",
            LengthClass::VeryLong => "64-255",
            LengthClass::Block => "256+",
        }
    }
}
