//! Holds the published schemas against the types they are made from. A schema is a file that others
//! read; whoever changes a type writes it anew, and sees in the diff what changed for them.

use schemars::Schema;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Compares a schema with its file, which is named from the root of this crate; `BOWERBIRD_BLESS=1`
/// writes the file first.
#[expect(
    clippy::disallowed_methods,
    reason = "a developer's switch, not the product's"
)]
pub(crate) fn fresh(path: &str, schema: Schema) -> Value {
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BOWERBIRD_BLESS").is_some_and(|value| value == "1") {
        fs::write(&file, &text).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == text,
        "{path} is stale: run this test with BOWERBIRD_BLESS=1"
    );
    schema.to_value()
}
