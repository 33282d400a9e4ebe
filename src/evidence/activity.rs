//! Checks as the binary holds them: files joined with the model's table, encoded
//! by the build and decoded on first use. How they are written is in `source`;
//! what follows from them, in `assess`.

use super::condition::Condition;
use super::model::Entry;
use super::source::ActivityFile;
use super::source::Otherwise;
use super::source::Rule;
use crate::model::evidence::Verdict;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// The check of one activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Its dimension.
    pub dimension: String,
    /// Its sub-dimension.
    pub sub_dimension: String,
    /// Its level.
    pub level: u8,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// The best a scan alone may say.
    pub ceiling: Verdict,
    /// What is said when no rule holds and none is open.
    pub otherwise: Otherwise,
    /// Why, when this run cannot decide.
    pub unknown: String,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Told, deciding nothing.
    pub context: Vec<Condition>,
    /// What would decide it or raise it.
    pub next: Vec<String>,
}

impl Activity {
    /// A file with what the model says of its activity.
    pub fn new(file: &ActivityFile, entry: &Entry) -> Activity {
        Activity {
            dimension: entry.dimension.clone(),
            sub_dimension: entry.sub_dimension.clone(),
            level: entry.level,
            name: entry.name.clone(),
            id: file.activity.value.clone(),
            ceiling: file.ceiling,
            otherwise: file.otherwise.clone(),
            unknown: file.unknown.clone(),
            rules: file.rules.iter().map(|rule| rule.value.clone()).collect(),
            context: file.context.clone(),
            next: file.next.clone(),
        }
    }

    /// The order of reports: by dimension, sub-dimension, level and name.
    fn order(&self) -> (&str, &str, u8, &str, &str) {
        (
            &self.dimension,
            &self.sub_dimension,
            self.level,
            &self.name,
            &self.id,
        )
    }
}

/// Joins linted files with the table, in the order of reports.
pub fn join(files: &[ActivityFile], table: &BTreeMap<String, Entry>) -> Vec<Activity> {
    let known = |file: &ActivityFile| Some(Activity::new(file, table.get(&file.activity.value)?));
    let mut activities: Vec<Activity> = files.iter().filter_map(known).collect();
    activities.sort_by(|a, b| a.order().cmp(&b.order()));
    activities
}

/// Encodes checks for the binary.
///
/// # Errors
/// Never for what [`join`] gives; the encoder's types allow one.
pub fn encode(activities: &[Activity]) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_stdvec(activities)
}

/// Decodes what [`encode`] made.
///
/// # Errors
/// When the bytes are of another version of these types.
pub fn decode(bytes: &[u8]) -> Result<Vec<Activity>, postcard::Error> {
    postcard::from_bytes(bytes)
}
