//! A rule as the engine sees it: borrowed from a decoded pack, so that built-in
//! and user rules are one type and start-up copies nothing. How a rule is
//! *written* is in `rules::source`; how the two meet, in `rules::encode`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The stable name of a rule, kebab case.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct RuleId(pub &'static str);

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How bad it is when the finding is real.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Little harm by itself.
    Low,
    /// Harm under conditions.
    Medium,
    /// Direct harm.
    High,
    /// Direct and wide harm.
    Critical,
}

/// How likely a finding of this rule is real, as measured (see `docs/guide/confidence.md`).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The rest.
    Low,
    /// At least 80 % are real.
    Medium,
    /// At least 95 % are real.
    High,
}

/// What a rule looks for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// A credential.
    Secret,
    /// A setting of a configuration file.
    Misconfig,
    /// Insecure code.
    Sast,
}

/// A keyword of a rule with the reach its pattern has around it, in bytes.
///
/// Every match of the pattern holds one of the rule's keywords (ASCII case
/// folded); a match that covers a keyword at offset `p` lies wholly inside
/// `p - left .. p + keyword.len() + right`. Both are proven when the pack is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyword {
    /// Lower case ASCII, at least 3 bytes.
    pub text: &'static str,
    /// Bytes a match may reach to the left of the keyword's first byte.
    pub left: u32,
    /// Bytes a match may reach to the right of the keyword's last byte.
    pub right: u32,
    /// True when it counts only where no letter, digit or `_` stands right before it: each match
    /// holds such an occurrence of one of the rule's keywords.
    pub bounded: bool,
    /// The only spelling in which it counts; empty for any.
    pub spelling: &'static str,
}

/// Another rule whose match nearby makes this one whole (id + secret, user + password).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Companion {
    /// The id of the other rule.
    pub rule: &'static str,
    /// At most so many bytes between the two matches.
    pub within: u32,
    /// When true, there is no finding without it; when false, it raises confidence and is shown.
    pub required: bool,
}

/// What the secret engine needs of a rule. The texts for people are in [`RuleDoc`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its stable name.
    pub id: RuleId,
    /// What it looks for.
    pub kind: RuleKind,
    /// How bad a real finding is.
    pub severity: Severity,
    /// How likely a finding is real before validation and scoring.
    pub confidence: Confidence,
    /// Names of sets and taxa: `default`, `cwe-798`, …
    pub tags: Vec<&'static str>,
    /// Necessary literals with their reach; never empty.
    pub keywords: Vec<Keyword>,
    /// A `regex::bytes` pattern, Unicode off. The group `secret` is what is secret; without it, the match.
    pub pattern: &'static str,
    /// True when the pattern joins a name and a value by an operator: then the other ways to join them
    /// are tried with it too.
    pub named: bool,
    /// One sentence about a place, for rules that are no secrets; `{value}` and `{name}` stand for
    /// what is there. Empty for secrets.
    pub message: &'static str,
    /// The named offline check of `detect::secrets::validate`, or empty.
    pub validate: &'static str,
    /// Least Shannon entropy of the secret in bits per byte, times 100; 0 for none.
    pub min_entropy_centi: u16,
    /// Words of which one must stand within `context_reach` bytes of the match (ASCII case folded); empty for none.
    pub context: Vec<&'static str>,
    /// How far context words are looked for, in bytes on each side.
    pub context_reach: u32,
    /// Matches that make this one whole.
    pub companions: Vec<Companion>,
    /// Patterns of the secret that are known not to be one (anchored, `regex::bytes`).
    pub not: Vec<&'static str>,
    /// True for rules without a provider: the scorer of `detect::secrets` judges name and value,
    /// and any provider's match over the same bytes wins.
    pub generic: bool,
    /// True when a match by itself is no finding but serves as a companion (an account id, a host).
    pub part_only: bool,
}

/// The texts of a rule, decoded only when a person or a report asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDoc {
    /// Its stable name.
    pub id: RuleId,
    /// Who issues the credential, or the platform or language checked.
    pub provider: &'static str,
    /// One line for a heading.
    pub title: &'static str,
    /// What the finder can do with it.
    pub why: &'static str,
    /// How to revoke and rotate.
    pub fix: &'static str,
    /// The provider's own pages.
    pub references: Vec<&'static str>,
    /// What the rule is known not to find.
    pub known_misses: Vec<&'static str>,
    /// Ids of the activities it speaks for or against, in the model's words.
    pub activities: Vec<&'static str>,
    /// What other tools call it, as `tool:id`: their suppressions count for it.
    pub aka: Vec<&'static str>,
}
