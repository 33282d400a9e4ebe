//! Reports: one file per format, each a pure function of [`Report`] into bytes.
//! Nothing here decides what is reported; it only says it, and says it safely:
//! every foreign text goes through `bytes::escape`. Where the bytes then go, and
//! that a report is whole or absent, is the job of [`output`].

pub mod describe;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod output;
pub mod sarif;
pub mod text;
pub mod views;

use crate::model::report::Report;
use std::io;
use std::io::Write;

/// One way to write a report.
pub trait Format: Sync {
    /// What the user writes to choose it.
    fn name(&self) -> &'static str;
    /// The media type (RFC 6838) of what it writes.
    fn media_type(&self) -> &'static str;
    /// The usual file name extension, without a dot; may hold one (`sarif.json`).
    fn extension(&self) -> &'static str;
    /// Writes the report. The same report gives the same bytes.
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()>;
}

/// Every format, in the order in which help lists them.
pub static FORMATS: &[&dyn Format] = &[
    &text::Text::PLAIN,
    &json::Json,
    &jsonl::JsonLines,
    &sarif::Sarif::DEFAULT,
    &html::Html,
    &junit::Junit,
    &gitlab::GitLab::Secrets,
    &gitlab::GitLab::Faults,
    &github::GitHub,
];

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

#[cfg(test)]
mod tests;
