//! What was read and what was not: promise 1 as data. Every source fills a
//! [`Coverage`]; it stands in every report and decides exit code 3.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why bytes that should have been read were not. The list is closed: a new
/// reason is a new variant, so that consumers can rely on the words.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The operating system refused (permission, I/O error).
    Unreadable,
    /// It was listed and then gone.
    Vanished,
    /// It changed while it was read.
    Changed,
    /// Its bytes contradict their format or checksum.
    Corrupt,
    /// Something names it and it is not there.
    Missing,
    /// A partial clone left it with the promisor remote.
    Promisor,
    /// The history is cut off here (shallow clone).
    Shallow,
    /// The history is rewritten here by a graft.
    Grafted,
    /// Larger than the limit.
    LimitSize,
    /// Nested deeper than the limit.
    LimitDepth,
    /// Took longer than the limit.
    LimitTime,
    /// Needs more memory than the limit.
    LimitMemory,
    /// More members, matches or documents than the limit.
    LimitCount,
    /// Expands more than the limit (decompression bomb).
    LimitRatio,
    /// Encrypted.
    Encrypted,
    /// A format, version or feature that this build does not read.
    UnsupportedFormat,
    /// Could not be parsed.
    ParseError,
    /// A FIFO, socket or device.
    SpecialFile,
    /// A symbolic link, not followed.
    LinkNotFollowed,
    /// A Git LFS pointer whose content is elsewhere.
    Lfs,
    /// A submodule that is not checked out here.
    Submodule,
    /// An encoding that could not be decoded.
    Decode,
    /// A defect of ours: the unit panicked and was contained.
    Panic,
    /// The run was interrupted before it came to it.
    Interrupted,
}

/// One thing that was not read, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Unscanned {
    /// Path, object id, pack and offset, ref or archive member: relative, escaped.
    pub what: String,
    /// Why.
    pub reason: Reason,
    /// How many bytes were not read, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// One clause for a person: the limit hit, the error. Never content.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Why something was left out on purpose. It does not make a run incomplete,
/// but it is counted and shown.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Exclusion {
    /// An ignore file of the repository names it and git does not track it.
    IgnoreFile,
    /// The user's `--exclude`.
    UserExclude,
    /// A git directory, read as objects and not as files.
    GitDir,
    /// A symbolic link whose target is inside the root and is scanned there.
    LinkInside,
    /// A symbolic link to something outside the root, which nobody asked to read. Its text was read.
    LinkOutside,
    /// A FIFO, socket or device: it holds no bytes of the tree.
    SpecialFile,
    /// The same bytes were already read under another name.
    Duplicate,
    /// A submodule whose repository is not here: another repository, to be scanned by itself.
    Submodule,
    /// A Git LFS pointer whose content lies in the store of the repository and is read there.
    LfsPointer,
    /// An archive that was searched as the bytes it is and not unpacked (`--no-archives`).
    Archive,
}

/// What one source saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Units seen (files, blobs, commits, members).
    pub seen: u64,
    /// Units read to the end.
    pub scanned: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
}

/// How much of something: files, their bytes and lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Line breaks.
    pub lines: u64,
}

impl Amount {
    /// Adds one file.
    pub fn add(&mut self, bytes: u64, lines: u64) {
        self.files += 1;
        self.bytes += bytes;
        self.lines += lines;
    }

    fn join(&mut self, other: Amount) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.lines += other.lines;
    }
}

/// How far the code of one language was analysed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LanguageCoverage {
    /// What there is of it in the work tree.
    pub present: Amount,
    /// What of it the checks have judged: files that no check can concern included.
    pub analysed: Amount,
    /// Files that were parsed, because some check could concern them.
    pub parsed: u64,
    /// Files of these with parts that are not of the grammar; they were walked round.
    pub partly: u64,
    /// Checks that ran for it.
    pub rules: u64,
}

/// Coverage of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// By source and unit: `worktree.files`, `history.blobs`, `history.commits`, …
    pub totals: BTreeMap<String, Totals>,
    /// Left out on purpose, by reason.
    pub excluded: BTreeMap<Exclusion, u64>,
    /// Not read, by reason: the whole count, while `unscanned` is capped.
    pub unscanned_total: BTreeMap<Reason, u64>,
    /// Not read, sorted, at most [`Coverage::LIST_CAP`] of each reason.
    pub unscanned: Vec<Unscanned>,
    /// Facts about the repository that bear on completeness (`shallow`, `partial-clone`, `grafted`, …).
    #[serde(default)]
    pub repository: BTreeMap<String, String>,
    /// Names and other texts of the report in which a secret stood and was masked.
    #[serde(default)]
    pub masked: u64,
    /// By language: what there is and what was analysed. Empty when no check of code ran.
    #[serde(default)]
    pub languages: BTreeMap<String, LanguageCoverage>,
}

impl Coverage {
    /// Entries of one reason that a report lists; the rest is only counted.
    pub const LIST_CAP: usize = 1000;

    /// Shows `each` every text in it that comes from what was scanned.
    pub fn texts_mut(&mut self, each: &mut dyn FnMut(&mut String)) {
        for missed in &mut self.unscanned {
            each(&mut missed.what);
            each(&mut missed.detail);
        }
        self.repository.values_mut().for_each(each);
    }

    /// True when everything that should have been read was read, and something was.
    pub fn is_complete(&self) -> bool {
        self.unscanned_total.is_empty() && !self.is_empty()
    }

    /// True when nothing at all was read. What git keeps beside its objects (`git.texts`) is there in every
    /// repository, an empty one too.
    pub fn is_empty(&self) -> bool {
        let mut totals = self.totals.iter();
        totals.all(|(unit, totals)| unit == "git.texts" || totals.scanned == 0)
    }

    /// Adds one unit to a total.
    pub fn count(&mut self, unit: &str, bytes: u64) {
        let totals = self.totals.entry(unit.to_owned()).or_default();
        totals.seen += 1;
        totals.scanned += 1;
        totals.bytes += bytes;
    }

    /// Records something left out on purpose.
    pub fn exclude(&mut self, why: Exclusion) {
        *self.excluded.entry(why).or_default() += 1;
    }

    /// Records something not read.
    pub fn miss(&mut self, missed: Unscanned) {
        *self.unscanned_total.entry(missed.reason).or_default() += 1;
        self.unscanned.push(missed);
    }

    /// Joins another part of the same run.
    pub fn merge(&mut self, other: Coverage) {
        for (unit, theirs) in other.totals {
            let ours = self.totals.entry(unit).or_default();
            ours.seen += theirs.seen;
            ours.scanned += theirs.scanned;
            ours.bytes += theirs.bytes;
        }
        for (why, count) in other.excluded {
            *self.excluded.entry(why).or_default() += count;
        }
        for (reason, count) in other.unscanned_total {
            *self.unscanned_total.entry(reason).or_default() += count;
        }
        self.unscanned.extend(other.unscanned);
        self.repository.extend(other.repository);
        self.masked += other.masked;
        for (language, theirs) in other.languages {
            let ours = self.languages.entry(language).or_default();
            ours.present.join(theirs.present);
            ours.analysed.join(theirs.analysed);
            ours.parsed += theirs.parsed;
            ours.partly += theirs.partly;
            ours.rules = ours.rules.max(theirs.rules);
        }
    }

    /// Sorts the list and cuts it to the cap; call once, when everything is merged.
    pub fn finish(&mut self) {
        self.unscanned
            .sort_by(|a, b| (a.reason, &a.what, &a.detail).cmp(&(b.reason, &b.what, &b.detail)));
        let mut kept = BTreeMap::<Reason, usize>::new();
        self.unscanned.retain(|entry| {
            let count = kept.entry(entry.reason).or_default();
            *count += 1;
            *count <= Self::LIST_CAP
        });
    }
}
