//! Making, writing, signing and checking the record of a run. Canonical bytes are
//! those of RFC 8785 for what a record holds (text, whole numbers, truth values):
//! keys in order, no space, so that the same run is the same file everywhere.

pub mod canonical;
pub mod compare;
pub mod envelope;
pub mod key;
pub mod make;
pub mod profile;
pub mod statement;
pub mod verify;

#[cfg(test)]
mod tests {
    use crate::model::record::Record;

    /// `BOWERBIRD_BLESS=1 cargo test the_record_schema` writes it anew.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a developer's switch, not the product's"
    )]
    fn the_record_schema_is_the_one_of_these_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/record-1.json");
        let schema = schemars::schema_for!(Record);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("BOWERBIRD_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(path, &text).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            found == text,
            "{path} is stale: run this test with BOWERBIRD_BLESS=1"
        );
    }
}
