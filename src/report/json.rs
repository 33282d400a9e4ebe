//! The whole report as one JSON document, versioned by its `schema` member and
//! described by `docs/schema/report-1.json`. This is the format other tools
//! build on: members are added within a version, never removed or given a new
//! meaning.

use super::Format;
use crate::bytes::escape;
use crate::model::report::Report;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use std::io;
use std::io::Write;

/// See the module.
pub struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn media_type(&self) -> &'static str {
        "application/json"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        pretty(report, out)
    }
}

/// Writes a value as indented JSON with hidden characters escaped, and a line break.
pub(super) fn pretty(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    writeln!(out, "{}", escape::json(&text))
}

/// Writes a value as one line of JSON with hidden characters escaped.
pub(super) fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string(value)?;
    writeln!(out, "{}", escape::json(&text))
}

/// The JSON Schema (2020-12) of the report.
pub fn schema() -> schemars::Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Report>()
}
