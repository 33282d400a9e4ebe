//! The report as JSON Lines: one record a line, each with its `type`, so that a
//! report of any size can be read as a stream, cut, joined and searched line by
//! line. Together the records hold what the JSON report holds.

use super::Format;
use super::json;
use crate::model::coverage::Coverage;
use crate::model::coverage::Exclusion;
use crate::model::coverage::LanguageCoverage;
use crate::model::coverage::Reason;
use crate::model::coverage::Totals;
use crate::model::coverage::Unscanned;
use crate::model::evidence::Assessment;
use crate::model::finding::Finding;
use crate::model::report::Refused;
use crate::model::report::Report;
use crate::model::report::Run;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::io::Write;

/// See the module.
pub struct JsonLines;

/// One line.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Record<'a> {
    /// The first line: how the report was made.
    Run {
        /// `bowerbird-report/1`.
        schema: &'a str,
        /// How it was made.
        #[serde(flatten)]
        run: &'a Run,
    },
    /// The second line: what was read, and how much was not.
    Coverage {
        /// True when everything that should have been read was read.
        complete: bool,
        /// By source and unit.
        totals: &'a BTreeMap<String, Totals>,
        /// Left out on purpose, by reason.
        excluded: &'a BTreeMap<Exclusion, u64>,
        /// Not read, by reason; the `unscanned` lines are capped, this is not.
        unscanned_total: &'a BTreeMap<Reason, u64>,
        /// Facts about the repository that bear on completeness.
        repository: &'a BTreeMap<String, String>,
        /// Names and other texts of the report in which a secret stood and was masked.
        masked: u64,
        /// By language: what there is and what was analysed.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        languages: &'a BTreeMap<String, LanguageCoverage>,
    },
    /// What was looked at and refused.
    Refused(&'a Refused),
    /// One thing that was not read.
    Unscanned(&'a Unscanned),
    /// One finding, with all its places.
    Finding(&'a Finding),
    /// One verdict on an activity.
    Assessment(&'a Assessment),
}

impl Format for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn media_type(&self) -> &'static str {
        "application/jsonl"
    }

    fn extension(&self) -> &'static str {
        "jsonl"
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let head = Record::Run {
            schema: &report.schema,
            run: &report.run,
        };
        json::line(&head, out)?;
        json::line(&coverage(report.complete, &report.coverage), out)?;
        json::line(&Record::Refused(&report.refused), out)?;
        let unscanned = report.coverage.unscanned.iter().map(Record::Unscanned);
        let findings = report.findings.iter().map(Record::Finding);
        let assessments = report.assessments.iter().map(Record::Assessment);
        for record in unscanned.chain(findings).chain(assessments) {
            json::line(&record, out)?;
        }
        Ok(())
    }
}

fn coverage(complete: bool, coverage: &Coverage) -> Record<'_> {
    Record::Coverage {
        complete,
        totals: &coverage.totals,
        excluded: &coverage.excluded,
        unscanned_total: &coverage.unscanned_total,
        repository: &coverage.repository,
        masked: coverage.masked,
        languages: &coverage.languages,
    }
}

/// The JSON Schema (2020-12) of one line.
pub fn schema() -> schemars::Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Record<'static>>()
}
