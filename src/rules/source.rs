//! A rule file as people write it: owned types, one per line of the format,
//! unknown keys refused. What the texts mean is checked in `rules::lint`; what
//! the engine sees is `model::rule`, made from these in `rules::encode`.

use crate::model::rule::Confidence;
use crate::model::rule::Severity;
use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::DeserializeOwned;
use serde_saphyr::UserMessageFormatter;
use serde_saphyr::budget::BudgetBreach;
use std::borrow::Cow;
use std::fmt;
use std::fmt::Write;
use std::ops::Deref;

/// Rule files above this many bytes are refused before they are parsed.
pub const FILE_CAP: usize = 1 << 20;

/// One file of `patterns/secrets/`: the rules of one provider.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Who issues the credentials, in kebab case; the file is named after it.
    pub provider: At<String>,
    /// The rules.
    pub rules: Vec<SourceRule>,
    /// Where the file lies, as it is shown in errors. Not a key of the file.
    #[serde(skip)]
    pub path: String,
}

/// One rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceRule {
    /// The stable name, kebab case. Never renamed, never used again for something else.
    pub id: At<String>,
    /// One line for a heading: what the credential is called by its provider.
    pub title: String,
    /// How bad a real finding is.
    pub severity: Severity,
    /// How likely a finding is real before validation and scoring.
    pub confidence: Confidence,
    /// Names of sets and taxa, such as `default` and `cwe-798`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Literals of which every match holds at least one (ASCII case folded);
    /// lower case, 3 bytes or more. The build proves it. None for a generic rule.
    #[serde(default)]
    pub keywords: Vec<At<String>>,
    /// None for a generic rule; otherwise a bytes regex with Unicode off and every repetition bounded. The group
    /// `secret` is what is secret; without it, the whole match.
    #[serde(default)]
    pub pattern: At<String>,
    /// The name of the offline check of a token format.
    #[serde(default)]
    pub validate: Option<At<String>>,
    /// Least Shannon entropy of the secret, in bits per byte (0 to 8).
    #[serde(default)]
    pub entropy: Option<f32>,
    /// Words of which one must stand near the match (ASCII case folded).
    #[serde(default)]
    pub context: Vec<String>,
    /// How far context words are looked for, in bytes on each side.
    #[serde(default = "default_context_reach")]
    pub context_reach: u32,
    /// Other rules whose match nearby makes this one whole.
    #[serde(default)]
    pub companions: Vec<SourceCompanion>,
    /// Patterns of the secret that are known not to be one.
    #[serde(default)]
    pub not: Vec<At<String>>,
    /// True for a rule without a provider: it has no pattern and no keywords of its own, the
    /// scorer finds candidates by their names and judges name and value.
    #[serde(default)]
    pub generic: bool,
    /// True when a match by itself is no finding but serves as a companion.
    #[serde(default)]
    pub part_only: bool,
    /// True in a user's file that means to take the place of the built-in rule of this id.
    #[serde(default)]
    pub replace: bool,
    /// What a finder can do with the secret.
    pub why: String,
    /// How to revoke and rotate it.
    pub fix: String,
    /// The provider's own pages, `https` only.
    pub references: Vec<String>,
    /// What the rule finds and what it does not.
    pub examples: SourceExamples,
}

/// Another rule that makes this one whole (id and secret, user and password).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceCompanion {
    /// The id of the other rule.
    pub rule: At<String>,
    /// At most so many bytes between the two matches.
    pub within: u32,
    /// When true, there is no finding without it.
    #[serde(default)]
    pub required: bool,
}

/// Samples with templates (see `patterns/README.md`), each run as a test.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceExamples {
    /// Texts in which the rule finds its secret; at least one.
    #[serde(rename = "match")]
    pub matches: Vec<At<String>>,
    /// Texts in which it finds nothing; at least one.
    pub no_match: Vec<At<String>>,
    /// Real secrets the rule is known not to find.
    #[serde(default)]
    pub known_miss: Vec<At<String>>,
}

/// Bytes on each side when a rule does not say `context_reach`.
fn default_context_reach() -> u32 {
    200
}

/// A value and the place in its file where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct At<T> {
    /// What stands there.
    pub value: T,
    /// Its line and column.
    pub place: Place,
}

/// A line and a column, both from 1; 0 when unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl From<serde_saphyr::Location> for Place {
    fn from(at: serde_saphyr::Location) -> Self {
        Place {
            line: u32::try_from(at.line()).unwrap_or(u32::MAX),
            column: u32::try_from(at.column()).unwrap_or(u32::MAX),
        }
    }
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        serde_saphyr::Spanned::<T>::deserialize(from).map(|spanned| At {
            value: spanned.value,
            place: spanned.referenced.into(),
        })
    }
}

/// The schema is the value's: the place is no part of the format.
impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// What is wrong with a rule file, where, and in which rule. Prints as `file:line:column: …`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub struct RuleError {
    /// The file, as it was named by the caller.
    pub path: String,
    /// Where in it; zeros when the fault is the file's as a whole.
    pub place: Place,
    /// The rule, when it is known.
    pub rule: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_plain(f, &self.path)?;
        if self.place.line > 0 {
            write!(f, ":{}:{}", self.place.line, self.place.column)?;
        }
        if let Some(rule) = &self.rule {
            f.write_str(": rule `")?;
            write_plain(f, rule)?;
            f.write_str("`")?;
        }
        f.write_str(": ")?;
        write_plain(f, &self.message)
    }
}

/// Writes text of a rule file, which may be a stranger's, without what steers a terminal.
fn write_plain(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().try_for_each(|c| match steers(c) {
        true => write!(f, "{}", c.escape_unicode()),
        false => f.write_char(c),
    })
}

/// Reads one rule file. `path` is only used in errors.
///
/// # Errors
/// When the text is over [`FILE_CAP`], no YAML, over the parser's budget, or
/// has unknown, missing or ill-typed keys: the first such fault with its place.
pub fn parse(path: &str, text: &str) -> Result<RuleFile, RuleError> {
    let mut file: RuleFile = document(path, text)?;
    path.clone_into(&mut file.path);
    Ok(file)
}

/// Reads one file of `patterns/` as the type its folder asks for. `path` is only used in errors.
///
/// # Errors
/// As [`parse`].
pub fn document<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, RuleError> {
    let fail = |place, message| RuleError {
        path: path.to_owned(),
        place,
        rule: None,
        message,
    };
    if text.len() > FILE_CAP {
        let message = format!("the file is larger than {FILE_CAP} bytes: split it");
        return Err(fail(Place::default(), message));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 48,
            max_events: 200_000,
            max_nodes: 100_000,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
            max_total_scalar_bytes: FILE_CAP,
        },
        with_snippet: false,
        strict_booleans: true,
    };
    let parsed = serde_saphyr::from_str_with_options::<T>(text, options);
    parsed.map_err(|error| {
        let place = error.location().map(Place::from).unwrap_or_default();
        fail(place, reason(&error))
    })
}

/// The parser's reason, without the place it ends with, which we print in front.
fn reason(error: &serde_saphyr::Error) -> String {
    if let serde_saphyr::Error::Budget { breach, .. } = error.without_snippet()
        && matches!(
            breach,
            BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. }
        )
    {
        return "anchors and aliases have no place in a rule file: write the value out".to_owned();
    }
    let message = error.render_with_formatter(&UserMessageFormatter);
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema::fresh;

    const SMALL: &str = "provider: acme\nrules:\n  - id: acme-token\n    title: Acme token\n    severity: high\n    confidence: medium\n    keywords: [acme_]\n    pattern: 'acme_[0-9]{8}'\n    why: w\n    fix: f\n    references: [https://example.com/]\n    examples: {match: ['acme_{{digit:8}}'], no_match: ['acme_1']}\n";

    fn fault(text: &str) -> String {
        parse("acme.yml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_small_file_reads_with_defaults_and_places() {
        let file = parse("acme.yml", SMALL).unwrap();
        let rule = &file.rules[0];
        assert_eq!(file.path, "acme.yml");
        assert_eq!(rule.id.place, Place { line: 3, column: 9 });
        assert_eq!(
            rule.keywords[0].place,
            Place {
                line: 7,
                column: 16
            }
        );
        assert_eq!(
            (rule.context_reach, rule.entropy, rule.generic),
            (200, None, false)
        );
    }

    #[test]
    fn faults_of_form_come_with_line_and_column() {
        let unknown = SMALL.replace("    why: w", "    wy: w");
        let message = fault(&unknown);
        assert!(
            message.starts_with("acme.yml:9:5: unknown field `wy`, expected one of"),
            "{message}"
        );
        let missing = SMALL.replace("    why: w\n", "");
        assert_eq!(fault(&missing), "acme.yml:11:5: missing field `why`");
        let level = SMALL.replace("severity: high", "severity: huge");
        let message = fault(&level);
        assert!(
            message.starts_with("acme.yml:5:15: unknown variant `huge`"),
            "{message}"
        );
        let broken = SMALL.replace("[acme_]", "[acme_");
        assert!(fault(&broken).starts_with("acme.yml:"));
        let twice = SMALL.replace("    why: w", "    why: w\n    why: w");
        assert_eq!(
            fault(&twice),
            "acme.yml:10:5: duplicate mapping key `why` is not allowed here"
        );
    }

    #[test]
    fn a_file_that_would_cost_too_much_is_refused() {
        let anchor = SMALL
            .replace("why: w", "why: &w w")
            .replace("fix: f", "fix: *w");
        assert_eq!(
            fault(&anchor),
            "acme.yml:9:13: anchors and aliases have no place in a rule file: write the value out"
        );
        let large = format!("# {}\n", "x".repeat(FILE_CAP));
        assert_eq!(
            fault(&large),
            "acme.yml: the file is larger than 1048576 bytes: split it"
        );
        let deep = format!("provider: {}", "[".repeat(10_000));
        assert!(parse("acme.yml", &deep).is_err());
    }

    #[test]
    fn an_error_cannot_steer_the_terminal() {
        let bell = SMALL.replace("severity: high", "severity: \"\\e[2J\"");
        let message = fault(&bell);
        assert!(message.contains(r"\u{1b}[2J"), "{message}");
        assert!(!message.contains(char::is_control));
    }

    /// `BOWERBIRD_BLESS=1 cargo test the_schema` writes it anew.
    #[test]
    fn the_schema_is_the_one_of_these_types() {
        fresh(
            "patterns/schema/secrets.json",
            schemars::schema_for!(RuleFile),
        );
    }

    #[test]
    fn the_schema_takes_what_the_parser_takes() {
        let schema = serde_json::to_value(schemars::schema_for!(RuleFile)).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let good: serde_json::Value = serde_saphyr::from_str(SMALL).unwrap();
        assert!(validator.is_valid(&good));
        let unknown = SMALL.replace("    why: w", "    wy: w");
        let bad: serde_json::Value = serde_saphyr::from_str(&unknown).unwrap();
        assert!(!validator.is_valid(&bad));
    }
}
