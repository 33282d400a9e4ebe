//! What somebody looked at and let be: a file, named on the command line and
//! never taken from what is scanned, whose entries silence findings. An entry
//! names a secret without holding or hashing it: by a place in a git object, whose
//! bytes never change, or by a fingerprint. What it silences stays in every report.

use crate::model::object::ObjectId;
use crate::model::secret::Secret;
use serde::Deserialize;
use serde::Serialize;

/// The version of the file's form.
pub const SCHEMA: &str = "bowerbird-baseline/1";

/// A baseline, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`SCHEMA`].
    pub schema: String,
    /// Findings that were let be.
    pub entries: Vec<Entry>,
}

/// One finding that was let be: `object` with `start` and `end`, or `fingerprint`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The rule that found it.
    pub rule: String,
    /// A file where it stands or stood; for readers, it decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The git object that holds the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
    /// The secret's first byte in the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// One past its last byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u32>,
    /// The finding's fingerprint, of a place or with a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Why it may be.
    #[serde(default)]
    pub reason: String,
}

/// Why a file is no baseline. Messages hold nothing of its content.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not JSON, or with members that a baseline does not have.
    #[error("line {line}, column {column}: this is no baseline; `--write-baseline` writes one")]
    Form {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Another version.
    #[error("its schema is not `{SCHEMA}`: another version of bowerbird wrote it")]
    Schema,
    /// An entry that names nothing.
    #[error("entry {0}: it needs `object` with `start` and `end`, or `fingerprint`, and not both")]
    Entry(usize),
}

impl Baseline {
    /// A baseline of these entries, sorted, each once.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort();
        entries.dedup();
        Baseline {
            schema: SCHEMA.to_owned(),
            entries,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn parse(bytes: &[u8]) -> Result<Self, BaselineError> {
        let parsed: Baseline =
            serde_json::from_slice(bytes).map_err(|error| BaselineError::Form {
                line: error.line(),
                column: error.column(),
            })?;
        if parsed.schema != SCHEMA {
            return Err(BaselineError::Schema);
        }
        match parsed.entries.iter().position(|entry| !entry.is_sound()) {
            Some(at) => Err(BaselineError::Entry(at + 1)),
            None => Ok(parsed),
        }
    }

    /// The file.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self)
            .expect("strings and numbers can always be written as JSON");
        crate::bytes::escape::json(&text) + "\n"
    }
}

impl Entry {
    fn is_sound(&self) -> bool {
        match (&self.object, self.start, self.end, &self.fingerprint) {
            (Some(_), Some(start), Some(end), None) => start < end,
            (None, None, None, Some(print)) => !print.is_empty(),
            _ => false,
        }
    }
}

/// A baseline together with the bytes that its entries point at.
pub struct Acknowledged {
    entries: Vec<(Entry, Option<Secret>)>,
}

impl Acknowledged {
    /// `read` gives the bytes of an object, if it is there.
    pub fn new(baseline: &Baseline, read: &dyn Fn(&ObjectId) -> Option<Vec<u8>>) -> Self {
        let bytes_of = |entry: &Entry| {
            let bytes = read(&entry.object?)?;
            let range = entry.start? as usize..entry.end? as usize;
            bytes.get(range).map(Secret::new)
        };
        let entries = baseline.entries.iter();
        Acknowledged {
            entries: entries
                .map(|entry| (entry.clone(), bytes_of(entry)))
                .collect(),
        }
    }

    /// The first entry that lets this finding be, by its number.
    pub fn find(&self, rule: &str, secret: &[u8], fingerprint: &str) -> Option<usize> {
        self.entries.iter().position(|(entry, pointed)| {
            entry.rule == rule
                && (pointed.as_ref().is_some_and(|it| it.expose() == secret)
                    || entry.fingerprint.as_deref() == Some(fingerprint))
        })
    }

    /// The first entry with this fingerprint, by its number.
    pub fn find_print(&self, rule: &str, fingerprint: &str) -> Option<usize> {
        let has = |entry: &Entry| entry.fingerprint.as_deref() == Some(fingerprint);
        let mut entries = self.entries.iter();
        entries.position(|(entry, _)| entry.rule == rule && has(entry))
    }

    /// The entry of that number.
    pub fn entry(&self, number: usize) -> &Entry {
        &self.entries[number].0
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbb";

    fn parse(entries: &str) -> Result<Baseline, BaselineError> {
        Baseline::parse(
            format!("{{\"schema\": \"{SCHEMA}\", \"entries\": [{entries}]}}").as_bytes(),
        )
    }

    #[test]
    fn what_is_written_is_read_again() {
        let entry = Entry {
            rule: "r".to_owned(),
            fingerprint: Some("p1:00".to_owned()),
            ..Entry::default()
        };
        let written = Baseline::new(vec![entry.clone(), entry]);
        assert_eq!(written.entries.len(), 1);
        let read = Baseline::parse(written.to_json().as_bytes()).unwrap();
        assert_eq!(read, written);
    }

    #[test]
    fn an_entry_names_a_place_in_an_object_or_a_fingerprint() {
        let object = format!("{{\"rule\": \"r\", \"object\": \"{ID}\", \"start\": 4, \"end\": 7}}");
        let baseline = parse(&object).unwrap();
        let read = |_: &ObjectId| Some(b"key=abc".to_vec());
        let known = Acknowledged::new(&baseline, &read);
        assert_eq!(known.find("r", b"abc", ""), Some(0));
        assert_eq!(known.find("r", b"abd", ""), None);
        assert_eq!(known.find("other", b"abc", ""), None);
        let gone = Acknowledged::new(&baseline, &|_| None);
        assert_eq!(gone.find("r", b"abc", ""), None);
        let short = Acknowledged::new(&baseline, &|_| Some(b"key".to_vec()));
        assert_eq!(short.find("r", b"", ""), None);
    }

    #[test]
    fn faults_are_told_by_their_place() {
        for (entries, told) in [
            ("{}", "line 1"),
            ("{\"rule\": \"r\"}", "entry 1"),
            (
                "{\"rule\": \"r\", \"fingerprint\": \"p1:0\", \"start\": 1}",
                "entry 1",
            ),
            (
                "{\"rule\": \"r\", \"fingerprint\": \"p1:0\", \"more\": 1}",
                "line 1",
            ),
        ] {
            let error = parse(entries).unwrap_err().to_string();
            assert!(error.contains(told), "{entries}: {error}");
        }
        let other = Baseline::parse(b"{\"schema\": \"x\", \"entries\": []}");
        assert!(matches!(other, Err(BaselineError::Schema)));
    }
}
