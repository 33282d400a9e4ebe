//! Hands libFuzzer's inputs to the target that `BOWERBIRD_FUZZ_TARGET` names.
#![no_main]

#[path = "../../targets/mod.rs"]
mod targets;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RUN: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("BOWERBIRD_FUZZ_TARGET").expect("BOWERBIRD_FUZZ_TARGET names a target");
    let found = targets::TARGETS.iter().find(|target| target.name == name);
    found.expect("a target of that name").run
});

fuzz_target!(|data: &[u8]| RUN(data));
