//! Signatures of commits and tags, counted by what came of verifying them against
//! the keys that the user gave. Whose they are and how they are verified is told
//! elsewhere; here are only the words and the counts.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// What came of looking at the signature of one commit or tag.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureKind {
    /// It holds, by a given key that was valid then.
    Verified,
    /// Made by the forge's own key when somebody pressed a button there, whoever wrote the change.
    Forge,
    /// Of a key that was not given: whether it holds is not known.
    UnknownKey,
    /// It holds, by a given key that was not valid for this: expired, revoked, or for something else.
    NotValid,
    /// A given key did not make it over these bytes, or it is no signature at all.
    Bad,
    /// Of a kind that is not read, such as X.509, or damaged.
    Unreadable,
    /// There is none.
    Unsigned,
}

impl SignatureKind {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            SignatureKind::Verified => "verified",
            SignatureKind::Forge => "by the forge's key",
            SignatureKind::UnknownKey => "by unknown keys",
            SignatureKind::NotValid => "by keys that were not valid",
            SignatureKind::Bad => "bad",
            SignatureKind::Unreadable => "not readable",
            SignatureKind::Unsigned => "unsigned",
        }
    }
}

/// Commits or tags by their signature.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignatureCounts {
    /// How many were looked at.
    pub all: u64,
    /// How many of them are of each kind; kinds without any are left out.
    pub of: BTreeMap<SignatureKind, u64>,
    /// Ids of those with a bad signature, at most [`SignatureCounts::BAD_CAP`].
    pub bad: Vec<String>,
}

impl SignatureCounts {
    /// Most ids of bad signatures that are named; the count tells of all.
    pub const BAD_CAP: usize = 100;

    /// Counts one. `id` is kept when it is bad.
    pub fn count(&mut self, kind: SignatureKind, id: impl ToString) {
        self.all += 1;
        *self.of.entry(kind).or_default() += 1;
        if kind == SignatureKind::Bad && self.bad.len() < SignatureCounts::BAD_CAP {
            self.bad.push(id.to_string());
        }
    }

    /// How many are of any of these kinds.
    pub fn any_of(&self, kinds: &[SignatureKind]) -> u64 {
        let counts = kinds.iter().filter_map(|kind| self.of.get(kind));
        counts.sum()
    }
}

/// A file of keys that the user gave.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct SignerFile {
    /// The name of the file, without its folder.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// `ssh` or `openpgp`.
    pub format: String,
    /// Keys that it holds.
    pub keys: u64,
}

/// What was seen of signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Signatures {
    /// Keys that were given.
    pub signers: Vec<SignerFile>,
    /// Commits that HEAD reaches, of the last 90 days before it, or the last 20 when these are more.
    pub commits: SignatureCounts,
    /// The last 20 tags; one that is no object of its own is unsigned.
    pub tags: SignatureCounts,
}
