//! The rules that ship in the binary: the pack `build.rs` wrote, borrowed where
//! it lies and decoded on first use. `--help` and `--version` never come here.

use crate::rules::encode::Pack;
use std::sync::LazyLock;

/// The pack as the build wrote it.
static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.pack"));

static PACK: LazyLock<Pack> =
    LazyLock::new(|| Pack::decode(BYTES).expect("the build encoded it with the same code"));

/// The built-in rules.
pub fn pack() -> &'static Pack {
    &PACK
}
