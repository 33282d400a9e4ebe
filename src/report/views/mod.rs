//! Views of a record: what other programs and people read. Each is a pure function
//! from the record to files; a link that is not of the web is never written.

pub mod dsomm;
pub mod dsomm_v3;
pub mod oscal;
pub mod page;
pub mod sarif;

use crate::model::evidence::Verdict;
use crate::model::record::Record;

/// Names of views.
pub const NAMES: &[&str] = &["dsomm", "oscal", "sarif-activities", "page"];

/// A file of a view: its name (empty when there is only one) and its bytes.
pub type File = (String, Vec<u8>);

/// Makes a view.
/// The page shows `earlier` records of the same team too.
///
/// # Errors
/// An encoder's; views of records have none.
pub fn make(
    name: &str,
    record: &Record,
    earlier: &[Record],
) -> Result<Vec<File>, serde_json::Error> {
    let one = |bytes: Vec<u8>| vec![(String::new(), bytes)];
    Ok(match name {
        "dsomm" => dsomm::files(&[record]),
        "oscal" => one(serde_json::to_vec_pretty(&oscal::results(record))?),
        "sarif-activities" => one(serde_json::to_vec_pretty(&sarif::log(record))?),
        _ => one(page::over_time(record, earlier).into_bytes()),
    })
}

/// The word of a verdict.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Implemented => "implemented",
        Verdict::Partial => "partial",
        Verdict::NotImplemented => "not implemented",
        Verdict::Unknown => "unknown",
        Verdict::NotApplicable => "not applicable",
        Verdict::Error => "error",
    }
}

#[cfg(test)]
mod tests;
