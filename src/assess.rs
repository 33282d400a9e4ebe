//! Joins a scan and a survey to the checks: turns what was found, read, seen and
//! stated into verdicts and a record. What follows from the facts is `evidence`'s
//! business; who asks, the command line's.

use crate::attest;
use crate::evidence::assess;
use crate::evidence::builtin;
use crate::evidence::facts::Asked;
use crate::evidence::facts::Facts;
use crate::evidence::facts::Reading;
use crate::evidence::model;
use crate::model::evidence::Assessment;
use crate::model::evidence::Observation;
use crate::model::evidence::Verdict;
use crate::model::finding::Finding;
use crate::model::origin::Origin;
use crate::model::record::RecordedAttestation;
use crate::model::rule::Confidence;
use crate::model::rule::RuleKind;
use crate::model::survey::Survey;
use crate::rules::builtin as rules;
use crate::rules::select::RuleSet;
use crate::rules::select::Selection;
use crate::rules::source::RuleError;
use crate::scan::Options;
use crate::scan::Outcome;
use crate::survey;
use crate::survey::files::Files;
use crate::survey::given::Taken;
use crate::survey::glob;
use crate::survey::policy;
use crate::survey::policy::Policy;
use crate::survey::signers::Signers;
use crate::survey::since;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// What was judged, and on what.
pub struct Judged {
    /// The verdicts, statements applied, in the order of reports.
    pub assessments: Vec<Assessment>,
    /// What was seen beside findings.
    pub survey: Survey,
    /// Statements that count.
    pub attestations: Vec<RecordedAttestation>,
    /// What is wrong with the policy or a statement.
    pub faults: Vec<RuleError>,
    /// Statements that end within 30 days: activity and day.
    pub ending: Vec<(String, String)>,
    /// The files, where one path could be opened.
    pub files: Option<Files>,
    /// The policy.
    pub policy: Policy,
}

/// What the user gave beside the repository.
#[derive(Default)]
pub struct Supplied {
    /// Files of other tools.
    pub reports: Vec<Taken>,
    /// Keys of those who may sign.
    pub signers: Signers,
}

/// The verdicts on all built-in activities.
pub fn judge(outcome: &Outcome, ran: &RuleSet, options: &Options, supplied: Supplied) -> Judged {
    let files = match options.paths.as_slice() {
        [path] if !options.stdin => Files::open(path),
        _ => None,
    };
    let mut survey = files
        .as_ref()
        .map(|files| survey::survey(files, &languages(ran), &supplied.signers))
        .unwrap_or_default();
    for taken in supplied.reports {
        survey.forge.extend(taken.forge);
        survey.given.push(taken.given);
    }
    survey.given.sort();
    let asked = asked(ran, options);
    let mut facts = Facts::new(&outcome.findings, &outcome.coverage, &asked);
    for (fact, finding) in facts.findings.iter_mut().zip(&outcome.findings) {
        fact.in_tests = is_in_tests(finding);
    }
    facts.files = match &files {
        Some(files) if files.is_complete() => Reading::Complete,
        Some(_) => Reading::Incomplete,
        None => Reading::None,
    };
    facts.untracked = files.as_ref().and_then(Files::untracked);
    let mut triage = survey.signs.iter();
    if files.is_some() && !triage.any(|sign| sign.name.starts_with("triage-")) {
        facts.others_without_reason = Some(0);
    }
    facts.survey = survey;
    let assessments = assess::assess(builtin::activities(), &facts);
    let mut judged = Judged {
        assessments,
        survey: facts.survey,
        attestations: Vec::new(),
        faults: Vec::new(),
        ending: Vec::new(),
        files,
        policy: Policy::default(),
    };
    state(&mut judged, options);
    date(&mut judged);
    for it in judged
        .assessments
        .iter_mut()
        .flat_map(|it| &mut it.observations)
    {
        if it
            .excerpt
            .as_ref()
            .is_some_and(|text| is_touchy(outcome, &it.path, it.line, text))
        {
            it.excerpt = None;
        }
    }
    judged
}

/// Whether a finding stands nowhere but in folders of tests.
fn is_in_tests(finding: &Finding) -> bool {
    let in_tests = |origin: &Origin| match origin {
        Origin::File { path } | Origin::Index { path, .. } => glob::is_test(path),
        Origin::Blob { path, .. } => path.as_ref().is_some_and(|it| glob::is_test(it)),
        _ => false,
    };
    let mut locations = finding.locations.iter();
    locations.all(|location| in_tests(&location.origin))
}

/// Whether a quoted line holds something that was found, or stands where something was found.
fn is_touchy(outcome: &Outcome, path: &Option<String>, line: Option<u64>, text: &str) -> bool {
    let holds = |secret: &[u8]| {
        !secret.is_empty() && memchr::memmem::find(text.as_bytes(), secret).is_some()
    };
    let mut secrets = outcome.secrets.iter();
    let here = |finding: &Finding| {
        finding.locations.iter().any(|it| {
            let place = serde_json::to_string(it).unwrap_or_default();
            let same_path = path
                .as_ref()
                .is_some_and(|path| place.contains(path.as_str()));
            same_path && line.is_some_and(|line| place.contains(&format!(":{line},")))
        })
    };
    secrets.any(|secret| holds(secret.expose())) || outcome.findings.iter().any(here)
}

/// Tells since when what speaks for each verdict has stood: the latest of its parts.
fn date(judged: &mut Judged) {
    let Some(files) = &judged.files else { return };
    let claims =
        |it: &&mut Assessment| matches!(it.status, Verdict::Implemented | Verdict::Partial);
    let line = |seen: &Observation| -> Option<since::Line> {
        let speaks = seen.effect == "supports";
        let path = seen.path.clone().filter(|_| speaks)?;
        Some((path, seen.excerpt.clone()))
    };
    let mut lines = BTreeSet::new();
    for it in judged.assessments.iter_mut().filter(claims) {
        lines.extend(it.observations.iter().filter_map(line));
    }
    let dates = since::since(files, lines.into_iter().collect());
    for it in judged.assessments.iter_mut().filter(claims) {
        let found = it.observations.iter().filter_map(line);
        let found = found.filter_map(|line| dates.get(&line));
        it.since = found.max_by(|a, b| a.date.cmp(&b.date)).cloned();
    }
}

/// Applies the statements of the scanned commit.
fn state(judged: &mut Judged, options: &Options) {
    let (Some(files), Some(root)) = (&judged.files, options.paths.first()) else {
        return;
    };
    match policy::read(files) {
        Ok(policy) => judged.policy = policy.unwrap_or_default(),
        Err(fault) => judged.faults.push(fault),
    }
    let today = today(files, options);
    match attest::read(files, root) {
        Ok(list) => {
            let allowance = &judged.policy.attestations;
            let activities = builtin::activities();
            let outcome =
                attest::apply(&list, &mut judged.assessments, activities, allowance, today);
            judged.attestations = outcome.counted;
            judged.faults.extend(outcome.faults);
            judged.ending = outcome.ending;
        }
        Err(fault) => judged.faults.push(fault),
    }
}

/// The day on which statements are judged: the one the user gave, else that of the commit.
pub fn today(files: &Files, options: &Options) -> Date {
    let commit = files.head().map(|head| head.date);
    let second = options.now.or(commit).unwrap_or(0);
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()
}

/// Languages that code rules of this run read, by the names of the survey.
fn languages(ran: &RuleSet) -> Vec<String> {
    let code: BTreeSet<&str> = ran
        .rules()
        .iter()
        .filter(|rule| rule.kind == RuleKind::Sast)
        .map(|rule| rule.id.0)
        .collect();
    let docs = rules::packs().into_iter().flat_map(|pack| pack.docs());
    let names: BTreeSet<&str> = docs
        .filter(|doc| code.contains(doc.id.0))
        .map(|doc| match doc.provider {
            "typescript" | "tsx" => "javascript",
            "c#" => "csharp",
            "c++" => "cpp",
            other => other,
        })
        .collect();
    names.into_iter().map(str::to_owned).collect()
}

fn asked(ran: &RuleSet, options: &Options) -> Asked {
    let kinds: BTreeSet<RuleKind> = ran.rules().iter().map(|rule| rule.kind).collect();
    Asked {
        kinds: kinds.into_iter().collect(),
        rules_narrowed: options.min_confidence > Confidence::Medium || narrowed(ran),
        archives_closed: options.archives.is_none(),
        paths: options.paths.len() + usize::from(options.stdin),
        activities: rules::packs()
            .iter()
            .flat_map(|pack| pack.docs())
            .filter(|doc| !doc.activities.is_empty())
            .map(|doc| {
                let ids = doc.activities.iter().map(|&id| id.to_owned());
                (doc.id.0.to_owned(), ids.collect())
            })
            .collect(),
    }
}

/// True when a built-in rule that runs by default did not.
fn narrowed(ran: &RuleSet) -> bool {
    let ids: BTreeSet<&str> = ran.rules().iter().map(|rule| rule.id.0).collect();
    let default = Selection {
        without_audit: true,
        ..Selection::default()
    };
    RuleSet::new(&rules::packs(), &default).map_or(true, |default| {
        let mut wanted = default.rules().iter();
        wanted.any(|rule| !ids.contains(rule.id.0))
    })
}

/// Whether the model has this activity.
pub fn is_activity(id: &str) -> bool {
    model::read(model::TABLE).is_ok_and(|table| table.contains_key(id))
}

/// Whether there is a check of this activity.
pub fn has(activity: &str) -> bool {
    builtin::activities().iter().any(|it| it.id == activity)
}

#[cfg(test)]
mod tests {
    use crate::evidence::builtin;
    use crate::evidence::condition::Condition;
    use crate::survey::signs;
    use crate::survey::tools;
    use std::collections::BTreeSet;

    /// Words that no table gives but the readers of pipelines do.
    const BY_READERS: &[&str] = &["lowered", "deep", "provenance", "smoke-test"];

    #[test]
    fn every_word_that_a_check_asks_for_can_be_seen() {
        let signs: BTreeSet<&str> = signs::names().collect();
        let tools: BTreeSet<&str> = tools::table()
            .words()
            .chain(BY_READERS.iter().copied())
            .collect();
        for activity in builtin::activities() {
            let conditions = activity
                .rules
                .iter()
                .map(|rule| &rule.when)
                .chain(&activity.context);
            for predicate in conditions.flat_map(Condition::predicates) {
                let (words, known) = match predicate {
                    Condition::FilesShow(it) => (&it.any, &signs),
                    Condition::CiDoes(it) => (&it.any, &tools),
                    _ => continue,
                };
                for word in words {
                    assert!(known.contains(word.as_str()), "{}: {word}", activity.name);
                }
            }
        }
    }
}
