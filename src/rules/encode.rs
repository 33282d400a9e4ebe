//! Rules to bytes and back: one pack format for the built-in rules and a
//! user's, so that its digest says which rules ran. Decoding borrows from the
//! pack and reads only what the engine needs; the texts for people wait until
//! someone asks. Selecting and merging packs is left to `rules::select`.
//!
//! Layout: magic, version (u16), lengths of the four sections (u32 each), all
//! little endian, SHA-256 of the sections, then the sections: three as postcard,
//! and for each rule the SHA-256 of what is looked for.

use crate::model::rule::Companion;
use crate::model::rule::Keyword;
use crate::model::rule::Rule;
use crate::model::rule::RuleDoc;
use crate::model::rule::RuleId;
use crate::model::rule::RuleKind;
use crate::rules::around::around;
use crate::rules::check::Body;
use crate::rules::check::Check;
use crate::rules::check::Samples;
use crate::rules::positions::Positions;
use crate::rules::reach;
use crate::rules::reach::Refusal;
use crate::rules::source::At;
use crate::rules::source::RuleFile;
use crate::rules::source::SourceRule;
use regex_syntax::hir::Hir;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use std::sync::OnceLock;

/// The first bytes of every pack.
const MAGIC: &[u8; 8] = b"bowrules";
/// Raised whenever a type that lies in the pack changes.
const VERSION: u16 = 2;
/// Magic, version, four lengths, digest.
const HEADER_LEN: usize = 8 + 2 + 4 * 4 + 32;

/// Why bytes are no pack of ours. User packs are made in the same process, so
/// this is a defect of ours or of the build, never the user's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Too short, or another magic.
    #[error("these bytes are no rule pack")]
    NoPack,
    /// Made by another version.
    #[error("the rule pack has version {0}, this build reads {VERSION}")]
    Version(u16),
    /// The lengths do not add up or a section does not decode.
    #[error("the rule pack is damaged")]
    Damaged,
}

/// What the engine needs, decoded at once.
#[derive(Serialize, Deserialize)]
struct Detection {
    /// Ids of the rules that mean to take another pack's place.
    #[serde(borrow)]
    replaces: Vec<&'static str>,
    rules: Vec<Rule>,
}

/// What people and tests need, decoded on demand.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Documentation {
    docs: Vec<RuleDoc>,
    examples: Vec<Examples>,
    samples: Vec<Samples>,
}

/// The samples of one rule, with their templates unexpanded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examples {
    /// The rule.
    pub id: RuleId,
    /// Texts in which it finds its secret.
    #[serde(borrow)]
    pub matches: Vec<&'static str>,
    /// Texts in which it finds nothing.
    pub no_matches: Vec<&'static str>,
    /// Real secrets it is known not to find.
    pub known_misses: Vec<&'static str>,
}

/// A decoded pack: rules sorted by id, and their texts when asked for.
pub struct Pack {
    rules: Vec<Rule>,
    replaces: Vec<&'static str>,
    sha256: [u8; 32],
    sections: &'static [u8],
    documentation: &'static [u8],
    texts: OnceLock<Documentation>,
    looked_for: &'static [u8],
    bodies: OnceLock<Vec<Body>>,
    digests: &'static [[u8; 32]],
}

impl Pack {
    /// Decodes the detection part of a pack.
    ///
    /// # Errors
    /// A [`PackError`] when the bytes were not made by [`encode`] of this version.
    pub fn decode(bytes: &'static [u8]) -> Result<Self, PackError> {
        let (header, sections) = bytes
            .split_at_checked(HEADER_LEN)
            .ok_or(PackError::NoPack)?;
        let rest = header.strip_prefix(MAGIC).ok_or(PackError::NoPack)?;
        let version = u16::from_le_bytes([rest[0], rest[1]]);
        if version != VERSION {
            return Err(PackError::Version(version));
        }
        let detection_len = length(&rest[2..6]);
        let documentation_len = length(&rest[6..10]);
        let bodies_len = length(&rest[10..14]);
        let digests_len = length(&rest[14..18]);
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(&rest[18..]);
        let (detection, others) = sections
            .split_at_checked(detection_len)
            .ok_or(PackError::Damaged)?;
        let (documentation, others) = others
            .split_at_checked(documentation_len)
            .ok_or(PackError::Damaged)?;
        let (looked_for, digests) = others
            .split_at_checked(bodies_len)
            .filter(|(_, digests)| digests.len() == digests_len)
            .ok_or(PackError::Damaged)?;
        let detection: Detection =
            postcard::from_bytes(detection).map_err(|_| PackError::Damaged)?;
        let (digests, rest) = digests.as_chunks();
        if digests.len() != detection.rules.len() || !rest.is_empty() {
            return Err(PackError::Damaged);
        }
        Ok(Pack {
            rules: detection.rules,
            replaces: detection.replaces,
            sha256,
            sections,
            documentation,
            texts: OnceLock::new(),
            looked_for,
            bodies: OnceLock::new(),
            digests,
        })
    }

    /// The rules, sorted by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Ids of the rules that mean to take the place of another pack's rule.
    pub fn replaces(&self) -> &[&'static str] {
        &self.replaces
    }

    /// SHA-256 of all sections: which rules these are, texts and examples included.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// SHA-256 of a rule and what it looks for, by its place in [`Pack::rules`].
    ///
    /// # Panics
    /// When there is no such place.
    pub fn digest(&self, place: usize) -> &'static [u8; 32] {
        &self.digests[place]
    }

    /// True when the content has the digest the header claims. Not needed
    /// before use: the bytes lie in the binary or were just made.
    pub fn is_intact(&self) -> bool {
        Sha256::digest(self.sections)[..] == self.sha256
    }

    /// The texts for people, in the order of [`Pack::rules`]; decoded on the first call.
    pub fn docs(&self) -> &[RuleDoc] {
        &self.texts().docs
    }

    /// The samples, in the order of [`Pack::rules`]; decoded on the first call.
    pub fn examples(&self) -> &[Examples] {
        &self.texts().examples
    }

    /// What checks look for, in the order of [`Pack::rules`]; decoded on the first call. Empty for
    /// a pack of secrets.
    pub fn bodies(&self) -> &[Body] {
        self.bodies
            .get_or_init(|| postcard::from_bytes(self.looked_for).unwrap_or_default())
    }

    /// The samples of checks, in the order of [`Pack::rules`]; empty for a pack of secrets.
    pub fn samples(&self) -> &[Samples] {
        &self.texts().samples
    }

    /// A section that does not decode shows as no texts at all, which a test
    /// on the built-in pack refuses; scanning does not depend on them.
    fn texts(&self) -> &Documentation {
        self.texts.get_or_init(|| {
            postcard::from_bytes(self.documentation).unwrap_or(Documentation {
                docs: Vec::new(),
                examples: Vec::new(),
                samples: Vec::new(),
            })
        })
    }
}

/// A little-endian u32 as a length.
fn length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, &byte| sum << 8 | usize::from(byte))
}

/// Encodes linted files as a pack, rules sorted by id, whatever the order of the files.
///
/// The source is kept for the life of the process: a build, or a run that uses
/// the rules until it ends.
///
/// # Errors
/// The [`Refusal`] of the first rule whose keywords are not proven, by id.
/// `rules::lint` says the same with its place.
pub fn encode(files: Vec<RuleFile>) -> Result<Vec<u8>, (String, Refusal)> {
    let files: &'static [RuleFile] = files.leak();
    let mut sources: Vec<(&'static str, &'static SourceRule)> = files
        .iter()
        .flat_map(|file| file.rules.iter().map(|rule| (file.provider.as_str(), rule)))
        .collect();
    sources.sort_by_key(|(_, rule)| rule.id.as_str());
    let rules: Result<_, _> = sources.iter().map(|(_, source)| rule(source)).collect();
    let replaces = sources.iter().filter(|(_, source)| source.replace);
    let detection = Detection {
        replaces: replaces.map(|(_, source)| source.id.as_str()).collect(),
        rules: rules?,
    };
    let documentation = Documentation {
        docs: sources.iter().map(|(p, source)| doc(p, source)).collect(),
        examples: sources.iter().map(|(_, source)| examples(source)).collect(),
        samples: Vec::new(),
    };
    let bodies: Vec<Body> = Vec::new();
    let digests = digests(detection.rules.iter().map(|rule| digest(rule, None)));
    Ok(frame([
        &section(&detection),
        &section(&documentation),
        &section(&bodies),
        &digests,
    ]))
}

/// Encodes linted checks as a pack, sorted by id, whatever their order.
pub fn encode_checks(mut checks: Vec<Check>) -> Vec<u8> {
    checks.sort_by_key(|check| check.rule.id);
    let replaces = checks.iter().filter(|check| check.replace);
    let detection = Detection {
        replaces: replaces.map(|check| check.rule.id.0).collect(),
        rules: checks.iter().map(|check| check.rule.clone()).collect(),
    };
    let documentation = Documentation {
        docs: checks.iter().map(|check| check.doc.clone()).collect(),
        examples: Vec::new(),
        samples: checks.iter().map(|check| check.samples.clone()).collect(),
    };
    let bodies: Vec<&Body> = checks.iter().map(|check| &check.body).collect();
    let digests = digests(
        checks
            .iter()
            .map(|check| digest(&check.rule, Some(&check.body))),
    );
    frame([
        &section(&detection),
        &section(&documentation),
        &section(&bodies),
        &digests,
    ])
}

/// SHA-256 of a rule and what it looks for. It is taken when a pack is made: taking it of all rules
/// would be most of what a start costs.
fn digest(rule: &Rule, body: Option<&Body>) -> [u8; 32] {
    Sha256::digest(section(&(rule, body))).into()
}

/// Digests one behind the other.
fn digests(each: impl Iterator<Item = [u8; 32]>) -> Vec<u8> {
    each.flatten().collect()
}

/// One section's bytes.
fn section<T: Serialize>(content: &T) -> Vec<u8> {
    postcard::to_stdvec(content).expect("plain sequences and integers always serialise")
}

/// The sections with their header.
fn frame(sections: [&[u8]; 4]) -> Vec<u8> {
    let content = sections.concat();
    let mut bytes = Vec::with_capacity(HEADER_LEN + content.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    for section in sections {
        let length = u32::try_from(section.len()).expect("rule files are capped far below 4 GiB");
        bytes.extend_from_slice(&length.to_le_bytes());
    }
    bytes.extend_from_slice(&Sha256::digest(&content));
    bytes.extend_from_slice(&content);
    bytes
}

/// A rule as the engine sees it, with the reach of its keywords.
fn rule(source: &'static SourceRule) -> Result<Rule, (String, Refusal)> {
    let words: Vec<&'static str> = texts(&source.keywords);
    let keywords = match source.generic {
        true => Vec::new(),
        false => reach::parse(&source.pattern)
            .and_then(|hir| keywords(&hir, &words))
            .map_err(|refusal| (source.id.value.clone(), refusal))?,
    };
    Ok(Rule {
        id: RuleId(&source.id),
        kind: RuleKind::Secret,
        severity: source.severity,
        confidence: source.confidence,
        tags: strs(&source.tags),
        keywords,
        pattern: &source.pattern,
        named: joins_by_operator(&source.pattern),
        message: "",
        validate: source.validate.as_ref().map_or("", |name| name),
        min_entropy_centi: centi(source.entropy),
        context: strs(&source.context),
        context_reach: source.context_reach,
        companions: source.companions.iter().map(companion).collect(),
        not: texts(&source.not),
        generic: source.generic,
        part_only: source.part_only,
    })
}

/// True for a pattern that joins a name and a value by an operator.
fn joins_by_operator(pattern: &str) -> bool {
    ["[:=", "[=:", "(?:=>"]
        .iter()
        .any(|operator| pattern.contains(operator))
}

/// Keywords with what is true around each in every match.
fn keywords(pattern: &Hir, words: &[&'static str]) -> Result<Vec<Keyword>, Refusal> {
    let reaches = reach::prove(pattern, words)?;
    let around = Positions::new(pattern).map(|positions| around(&positions, words));
    let keyword = |(number, reach): (usize, reach::Reach)| {
        let around = around.as_ref().map(|all| &all[number]);
        let spelling = around.and_then(|around| String::from_utf8(around.spelling.clone()?).ok());
        Keyword {
            text: words[number],
            left: reach.left,
            right: reach.right,
            bounded: around.is_some_and(|around| around.bounded),
            spelling: spelling.unwrap_or_default().leak(),
        }
    };
    Ok(reaches.into_iter().enumerate().map(keyword).collect())
}

/// Bits per byte in hundredths; the lint holds it within 0 to 8.
fn centi(entropy: Option<f32>) -> u16 {
    (entropy.unwrap_or(0.0) * 100.0).round() as u16
}

fn companion(source: &'static crate::rules::source::SourceCompanion) -> Companion {
    Companion {
        rule: &source.rule,
        within: source.within,
        required: source.required,
    }
}

fn doc(provider: &'static str, source: &'static SourceRule) -> RuleDoc {
    RuleDoc {
        id: RuleId(&source.id),
        provider,
        title: source.title.trim(),
        why: source.why.trim(),
        fix: source.fix.trim(),
        references: strs(&source.references),
        known_misses: texts(&source.examples.known_miss),
        activities: Vec::new(),
        aka: Vec::new(),
    }
}

fn examples(source: &'static SourceRule) -> Examples {
    Examples {
        id: RuleId(&source.id),
        matches: texts(&source.examples.matches),
        no_matches: texts(&source.examples.no_match),
        known_misses: texts(&source.examples.known_miss),
    }
}

fn strs(texts: &'static [String]) -> Vec<&'static str> {
    texts.iter().map(String::as_str).collect()
}

fn texts(texts: &'static [At<String>]) -> Vec<&'static str> {
    texts.iter().map(|text| text.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::source::parse;

    fn file(provider: &str, ids: &[&str]) -> RuleFile {
        let mut text = format!("provider: {provider}\nrules:\n");
        for id in ids {
            text += &format!(
                "  - id: {id}\n    title: t\n    severity: high\n    confidence: low\n    keywords: [acme_]\n    pattern: 'x{{0,3}}acme_[0-9]{{8}}'\n    entropy: 2.5\n    not: ['^acme_0']\n    companions: [{{rule: other, within: 9}}]\n    why: ' w '\n    fix: f\n    references: [https://example.com/]\n    examples: {{match: ['m'], no_match: ['n'], known_miss: ['k']}}\n"
            );
        }
        parse(&format!("{provider}.yml"), &text).unwrap()
    }

    fn pack(files: Vec<RuleFile>) -> Vec<u8> {
        encode(files).unwrap()
    }

    fn damaged(bytes: Vec<u8>) -> PackError {
        Pack::decode(bytes.leak()).err().unwrap()
    }

    #[test]
    fn what_goes_in_comes_out() {
        let pack = Pack::decode(pack(vec![file("acme", &["b", "a"])]).leak()).unwrap();
        assert!(pack.is_intact());
        let ids: Vec<_> = pack.rules().iter().map(|rule| rule.id.0).collect();
        assert_eq!(ids, ["a", "b"]);
        let rule = &pack.rules()[0];
        let keyword = Keyword {
            text: "acme_",
            left: 3,
            right: 8,
            bounded: false,
            spelling: "acme_",
        };
        assert_eq!(rule.keywords, [keyword]);
        assert_eq!((rule.min_entropy_centi, rule.validate), (250, ""));
        assert_eq!(rule.not, ["^acme_0"]);
        let other = Companion {
            rule: "other",
            within: 9,
            required: false,
        };
        assert_eq!(rule.companions, [other]);
        let doc = &pack.docs()[1];
        assert_eq!((doc.id.0, doc.provider, doc.why), ("b", "acme", "w"));
        let examples = &pack.examples()[1];
        assert_eq!(examples.matches, ["m"]);
        assert_eq!(
            (&examples.no_matches[..], &examples.known_misses[..]),
            (&["n"][..], &["k"][..])
        );
    }

    #[test]
    fn the_order_of_files_and_rules_does_not_show() {
        let one = pack(vec![file("acme", &["a", "c"]), file("zeta", &["b"])]);
        let other = pack(vec![file("zeta", &["b"]), file("acme", &["c", "a"])]);
        assert_eq!(one, other);
    }

    #[test]
    fn other_bytes_are_refused_and_never_panic() {
        let good = pack(vec![file("acme", &["a"])]);
        assert_eq!(damaged(Vec::new()), PackError::NoPack);
        assert_eq!(damaged(vec![0; 500]), PackError::NoPack);
        let mut newer = good.clone();
        newer[8] = 9;
        assert_eq!(damaged(newer), PackError::Version(9));
        let mut longer = good.clone();
        longer.push(0);
        assert_eq!(damaged(longer), PackError::Damaged);
        for length in 0..good.len() {
            damaged(good[..length].to_vec());
        }
        let mut changed = good.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(!Pack::decode(changed.leak()).unwrap().is_intact());
    }

    #[test]
    fn an_unproven_keyword_is_never_encoded() {
        let mut file = file("acme", &["a"]);
        file.rules[0].keywords[0].value = "other".to_owned();
        assert!(matches!(encode(vec![file]), Err((id, Refusal::NotProven(_))) if id == "a"));
    }
}
