//! A check as people write it: the head that misconfigurations and code checks
//! share, and its examples. What it looks for is the body, a type of its own for
//! each kind; how bodies are judged is `detect`'s, and the pack that holds both is
//! `rules::encode`'s.

use crate::model::rule::Confidence;
use crate::model::rule::Rule;
use crate::model::rule::RuleDoc;
use crate::model::rule::RuleId;
use crate::model::rule::RuleKind;
use crate::model::rule::Severity;
use crate::rules::misconfig;
use crate::rules::sast;
use crate::rules::source::At;
use crate::rules::source::Place;
use crate::rules::source::RuleError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One file of `patterns/misconfig/<platform>/` or `patterns/sast/<language>/`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFile<M> {
    /// The platform or language the checks are for, kebab case; a tag of each of them.
    pub platform: At<String>,
    /// The file name of examples that give none.
    #[serde(default)]
    pub sample: String,
    /// Activities of checks that name none.
    #[serde(default)]
    pub activities: Vec<String>,
    /// The checks.
    pub checks: Vec<SourceCheck<M>>,
    /// Where the file lies, as it is shown in errors. Not a key of the file.
    #[serde(skip)]
    #[schemars(skip)]
    pub path: String,
}

/// Whether a check runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Runs. The file itself shows the fault.
    Default,
    /// Runs when asked for (`--enable audit`): something is missing, or merely capable of harm.
    Audit,
}

/// One check with its body `M`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceCheck<M> {
    /// The stable name, kebab case. Never renamed, never used again for something else.
    pub id: At<String>,
    /// One line for a heading.
    pub title: String,
    /// One sentence about the place; `{value}` and `{name}` stand for what is there. The title when absent.
    #[serde(default)]
    pub message: String,
    /// How bad a real finding is.
    pub severity: Severity,
    /// How likely a finding is real.
    pub confidence: Confidence,
    /// Whether it runs by itself.
    pub tier: Tier,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// Categories of the OWASP Top Ten 2025, such as `a02`.
    #[serde(default)]
    pub owasp: Vec<String>,
    /// More tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What can happen.
    pub why: String,
    /// What to do, with the corrected text.
    pub fix: String,
    /// Pages of the platform or of a standard, `https` only.
    pub references: Vec<String>,
    /// Ids of activities of the maturity model that it speaks for or against.
    #[serde(default)]
    pub activities: Vec<String>,
    /// What other tools call it: `checkov:CKV_K8S_16`, `trivy:KSV-0017`.
    #[serde(default)]
    pub aka: Vec<String>,
    /// True in a user's file that means to take the place of the built-in check of this id.
    #[serde(default)]
    pub replace: bool,
    /// What it looks for.
    #[serde(rename = "match")]
    pub body: M,
    /// What it reports and what it does not.
    pub examples: SourceExamples,
}

/// Samples, each run as a test.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceExamples {
    /// Files in which the check reports exactly the lines named; at least one.
    pub bad: Vec<Sample>,
    /// Files in which it reports nothing; at least one.
    pub good: Vec<Sample>,
    /// Files with the fault in which it is known to report nothing.
    #[serde(default)]
    pub known_miss: Vec<Sample>,
}

/// One sample: a file, or several that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The file name; the one of the `CheckFile` when empty.
    #[serde(default)]
    pub name: String,
    /// The text of the one file.
    #[serde(default)]
    pub text: String,
    /// Lines that are reported in it.
    #[serde(default)]
    pub at: Vec<u64>,
    /// More files beside it.
    #[serde(default)]
    pub files: Vec<SampleFile>,
}

/// One more file of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleFile {
    /// Its name, perhaps with folders.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Lines that are reported in it.
    #[serde(default)]
    pub at: Vec<u64>,
}

/// The samples of one check as they lie in the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// The check.
    pub id: String,
    /// Files in which it reports the lines named.
    pub bad: Vec<Sample>,
    /// Files in which it reports nothing.
    pub good: Vec<Sample>,
    /// Files with the fault in which it is known to report nothing.
    pub known_miss: Vec<Sample>,
}

/// What a check looks for, by kind. A new kind is a new variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// A setting of a configuration file.
    Misconfig(misconfig::Body),
    /// Insecure code.
    Sast(sast::Body),
}

impl Body {
    /// The kind of the rule that has it.
    pub fn kind(&self) -> RuleKind {
        match self {
            Body::Misconfig(_) => RuleKind::Misconfig,
            Body::Sast(_) => RuleKind::Sast,
        }
    }
}

impl From<sast::Look> for Body {
    fn from(look: sast::Look) -> Self {
        Body::Sast(look.into())
    }
}

impl From<misconfig::Body> for Body {
    fn from(body: misconfig::Body) -> Self {
        Body::Misconfig(body)
    }
}

/// One check, ready for the pack.
pub struct Check {
    /// What selection and reports need.
    pub rule: Rule,
    /// Its texts.
    pub doc: RuleDoc,
    /// What it looks for.
    pub body: Body,
    /// Its samples.
    pub samples: Samples,
    /// It means to take another's place.
    pub replace: bool,
}

/// Reads one file of checks. `path` is only used in errors.
///
/// # Errors
/// As [`crate::rules::source::document`].
pub fn parse<M: DeserializeOwned>(path: &str, text: &str) -> Result<CheckFile<M>, RuleError> {
    let mut file: CheckFile<M> = crate::rules::source::document(path, text)?;
    path.clone_into(&mut file.path);
    Ok(file)
}

/// What may be wrong with the head of a check; the body's own faults are added by `body`.
pub fn lint<M>(
    file: &CheckFile<M>,
    body: &dyn Fn(&M) -> Vec<String>,
    activity: &dyn Fn(&str) -> bool,
) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for check in &file.checks {
        let mut add = |message: String| {
            errors.push(RuleError {
                path: file.path.clone(),
                place: check.id.place,
                rule: Some(check.id.value.clone()),
                message,
            });
        };
        if !is_name(&check.id) {
            add("the id must be kebab case: a-z, 0-9 and `-`".to_owned());
        }
        head(check, activity, &mut add);
        let samples = &check.examples;
        if samples.bad.is_empty() || samples.good.is_empty() {
            add("at least one bad and one good example are needed".to_owned());
        }
        if file.sample.is_empty() && samples.bad.iter().chain(&samples.good).any(nameless) {
            add("an example has no `name`, and the file no `sample`".to_owned());
        }
        let tells = |sample: &Sample| {
            !sample.at.is_empty() || sample.files.iter().any(|file| !file.at.is_empty())
        };
        if samples.bad.iter().any(|sample| !tells(sample)) {
            add("a bad example says in `at` which lines are reported".to_owned());
        }
        if samples.good.iter().any(tells) {
            add("a good example has no `at`".to_owned());
        }
        body(&check.body).into_iter().for_each(&mut add);
    }
    if let Some(id) = file.activities.iter().find(|id| !activity(id)) {
        errors.push(fault(
            &file.path,
            format!("`{id}` is no activity of the model"),
        ));
    }
    if file.checks.is_empty() {
        errors.push(RuleError {
            path: file.path.clone(),
            place: file.platform.place,
            rule: None,
            message: "the file has no checks".to_owned(),
        });
    }
    errors
}

fn nameless(sample: &Sample) -> bool {
    sample.name.is_empty() && !sample.text.is_empty()
}

fn head<M>(check: &SourceCheck<M>, activity: &dyn Fn(&str) -> bool, add: &mut dyn FnMut(String)) {
    for (name, text) in [
        ("title", &check.title),
        ("why", &check.why),
        ("fix", &check.fix),
    ] {
        if text.trim().is_empty() {
            add(format!("`{name}` is empty"));
        }
    }
    if check.cwe.is_empty() {
        add("name the weakness in `cwe`".to_owned());
    }
    let strange = |url: &&String| !url.starts_with("https://");
    if let Some(url) = check.references.iter().find(strange) {
        add(format!("reference `{url}` does not begin with https://"));
    }
    if check.references.is_empty() {
        add("a reference is needed".to_owned());
    }
    if let Some(id) = check.activities.iter().find(|id| !activity(id)) {
        add(format!("`{id}` is no activity of the model"));
    }
    if let Some(name) = check.aka.iter().find(|name| !name.contains(':')) {
        add(format!("`{name}` in `aka` is not of the form tool:id"));
    }
}

fn is_name(id: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    id.bytes().all(inside) && !id.starts_with('-') && !id.ends_with('-') && !id.contains("--")
}

/// The ids that two checks of these files share, with the place of the later one.
pub fn twice<M>(files: &[CheckFile<M>], taken: &[&str]) -> Vec<RuleError> {
    let mut seen: std::collections::BTreeSet<&str> = taken.iter().copied().collect();
    let mut errors = Vec::new();
    for file in files {
        for check in &file.checks {
            if !seen.insert(&check.id.value) && !check.replace {
                errors.push(RuleError {
                    path: file.path.clone(),
                    place: check.id.place,
                    rule: Some(check.id.value.clone()),
                    message: "another rule has this id".to_owned(),
                });
            }
        }
    }
    errors
}

/// The checks of a linted file; its texts are kept for the life of the process.
pub fn checks<M: Into<Body>>(file: CheckFile<M>) -> Vec<Check> {
    let platform: &'static str = file.platform.value.leak();
    let sample = file.sample;
    let make = |mut check: SourceCheck<M>| {
        if check.activities.is_empty() {
            check.activities.clone_from(&file.activities);
        }
        make(platform, &sample, check)
    };
    file.checks.into_iter().map(make).collect()
}

fn make<M: Into<Body>>(platform: &'static str, name: &str, check: SourceCheck<M>) -> Check {
    let body: Body = check.body.into();
    let id = RuleId(leak(check.id.value));
    let mut tags = vec![platform];
    tags.push(match check.tier {
        Tier::Default => "default",
        Tier::Audit => "audit",
    });
    let cwe = check.cwe.iter().map(|number| format!("cwe-{number}"));
    let owasp = check.owasp.iter().map(|top| format!("owasp-{top}"));
    tags.extend(cwe.chain(owasp).chain(check.tags).map(leak));
    let named = |mut sample: Sample| {
        if sample.name.is_empty() {
            name.clone_into(&mut sample.name);
        }
        sample
    };
    let message = match check.message.is_empty() {
        true => check.title.clone(),
        false => check.message,
    };
    Check {
        rule: Rule {
            id,
            kind: body.kind(),
            severity: check.severity,
            confidence: check.confidence,
            tags,
            keywords: Vec::new(),
            pattern: "",
            named: false,
            message: leak(message),
            validate: "",
            min_entropy_centi: 0,
            context: Vec::new(),
            context_reach: 0,
            companions: Vec::new(),
            not: Vec::new(),
            generic: false,
            part_only: false,
        },
        doc: RuleDoc {
            id,
            provider: platform,
            title: leak(check.title.trim().to_owned()),
            why: leak(check.why.trim().to_owned()),
            fix: leak(check.fix.trim().to_owned()),
            references: check.references.into_iter().map(leak).collect(),
            known_misses: Vec::new(),
            activities: check.activities.into_iter().map(leak).collect(),
            aka: check.aka.into_iter().map(leak).collect(),
        },
        body,
        samples: Samples {
            id: id.0.to_owned(),
            bad: check.examples.bad.into_iter().map(named).collect(),
            good: check.examples.good.into_iter().map(named).collect(),
            known_miss: check.examples.known_miss.into_iter().map(named).collect(),
        },
        replace: check.replace,
    }
}

fn leak(text: String) -> &'static str {
    text.leak()
}

/// A fault of a whole file of checks.
pub fn fault(path: &str, message: String) -> RuleError {
    RuleError {
        path: path.to_owned(),
        place: Place::default(),
        rule: None,
        message,
    }
}
