//! A sink for tests that keeps what it is given, so that tests of sources can
//! say what a detector would have seen. It joins the cores of windows again
//! and checks on the way that they tile the blob.

use super::Sink;
use super::path::label;
use crate::model::chunk::Chunk;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Everything a source said.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Bytes by label, decoded views as `label@encoding`.
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
    pub(crate) chunks: usize,
    pub(crate) unscanned: Vec<Unscanned>,
    pub(crate) excluded: BTreeMap<Exclusion, u64>,
    pub(crate) counted: BTreeMap<&'static str, (u64, u64)>,
}

impl Seen {
    pub(crate) fn text(&self, name: &str) -> &str {
        let bytes = self.blobs.get(name);
        let bytes = bytes.unwrap_or_else(|| panic!("{name} not among {:?}", self.blobs.keys()));
        std::str::from_utf8(bytes).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.blobs.keys().map(String::as_str).collect()
    }

    /// What was not read and why, sorted.
    pub(crate) fn missed(&self) -> Vec<(&str, Reason)> {
        let mut missed: Vec<_> = self
            .unscanned
            .iter()
            .map(|missed| (missed.what.as_str(), missed.reason))
            .collect();
        missed.sort_unstable();
        missed
    }
}

/// The sink.
#[derive(Default)]
pub(crate) struct Collect(Mutex<Seen>);

impl Collect {
    pub(crate) fn into_seen(self) -> Seen {
        self.0.into_inner().unwrap()
    }
}

impl Sink for Collect {
    fn chunk(&self, chunk: &Chunk<'_>) {
        let mut seen = self.0.lock().unwrap();
        let mut name = label(chunk.origin);
        for step in chunk.decoded {
            name = format!("{name}@{step}");
        }
        seen.chunks += 1;
        let blob = seen.blobs.entry(name).or_default();
        assert_eq!(
            chunk.offset + chunk.core.start as u64,
            blob.len() as u64,
            "cores tile"
        );
        let context = &chunk.bytes[..chunk.core.start];
        assert!(blob.ends_with(context), "context on the left is the blob's");
        let before = &blob[..chunk.offset as usize];
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(chunk.lines_before, lines as u64);
        blob.extend_from_slice(&chunk.bytes[chunk.core.clone()]);
    }

    fn unscanned(&self, missed: Unscanned) {
        self.0.lock().unwrap().unscanned.push(missed);
    }

    fn excluded(&self, why: Exclusion, n: u64) {
        *self.0.lock().unwrap().excluded.entry(why).or_default() += n;
    }

    fn counted(&self, unit: &'static str, bytes: u64) {
        let mut seen = self.0.lock().unwrap();
        let entry = seen.counted.entry(unit).or_default();
        entry.0 += 1;
        entry.1 += bytes;
    }
}
