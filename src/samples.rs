//! Runs the samples of checks through the whole pipeline of their kind: telling
//! the format, reading, naming things, judging. The tests and `rules test` call
//! this, so that a check that passes here works in a scan.

use crate::detect::misconfig;
use crate::detect::raised::File;
use crate::detect::sast;
use crate::model::rule::Confidence;
use crate::model::rule::Rule;
use crate::rules::check::Body;
use crate::rules::check::Sample;
use crate::rules::check::Samples;
use crate::rules::encode::Pack;
use std::collections::BTreeMap;

/// A sample that does not do what it promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("check {check}, {promise} example {number}: {fault}")]
pub struct Failure {
    /// The check.
    pub check: String,
    /// `bad` or `good`.
    pub promise: &'static str,
    /// Its number in its list, from 1.
    pub number: usize,
    /// What went wrong.
    pub fault: String,
}

/// How many samples a check has.
pub fn count(samples: &Samples) -> usize {
    samples.bad.len() + samples.good.len() + samples.known_miss.len()
}

/// Compiles what the code checks of a pack look for.
///
/// # Errors
/// The first check that is not sound.
pub fn prove(pack: &'static Pack) -> Result<(), sast::CheckError> {
    let bodies = pack.rules().iter().zip(pack.bodies());
    let code = bodies.filter_map(|(rule, body)| match body {
        Body::Sast(body) => Some((rule, body)),
        Body::Misconfig(_) => None,
    });
    sast::Engine::new(code.collect()).prove()
}

/// Runs all samples of a pack and returns those that fail.
pub fn run(pack: &'static Pack) -> Vec<Failure> {
    let mut failures = Vec::new();
    for ((rule, body), samples) in pack.rules().iter().zip(pack.bodies()).zip(pack.samples()) {
        let lists = [
            ("bad", &samples.bad),
            ("good", &samples.good),
            ("known miss", &samples.known_miss),
        ];
        for (promise, list) in lists {
            for (index, sample) in list.iter().enumerate() {
                if let Err(fault) = one(rule, body, sample) {
                    failures.push(Failure {
                        check: samples.id.clone(),
                        promise,
                        number: index + 1,
                        fault,
                    });
                }
            }
        }
    }
    failures
}

/// What one sample reports, as `file:line`, against what it promises.
fn one(rule: &'static Rule, body: &'static Body, sample: &Sample) -> Result<(), String> {
    let mut files: Vec<(&str, &str, &[u64])> = Vec::new();
    if !sample.text.is_empty() {
        files.push((&sample.name, &sample.text, &sample.at));
    }
    let more = sample.files.iter();
    files.extend(more.map(|file| (&*file.name, &*file.text, &*file.at)));
    let mut wanted: Vec<String> = Vec::new();
    for (name, _, lines) in &files {
        wanted.extend(lines.iter().map(|line| format!("{name}:{line}")));
    }
    let asked: Vec<File<'_>> = files
        .iter()
        .map(|(path, text, _)| File {
            path,
            bytes: text.as_bytes(),
        })
        .collect();
    let mut found = reported(rule, body, &asked)?;
    wanted.sort();
    found.sort();
    if found == wanted {
        return Ok(());
    }
    let list = |lines: &[String]| match lines.is_empty() {
        true => "nothing".to_owned(),
        false => lines.join(", "),
    };
    Err(format!(
        "reports {}, wanted {}",
        list(&found),
        list(&wanted)
    ))
}

fn reported(
    rule: &'static Rule,
    body: &'static Body,
    files: &[File<'_>],
) -> Result<Vec<String>, String> {
    // A flow through what is not known is found with less confidence than the check has.
    let floor = match body {
        Body::Sast(_) => rule.confidence,
        Body::Misconfig(_) => Confidence::Low,
    };
    let judged = match body {
        Body::Sast(body) => {
            let engine = sast::Engine::new(vec![(rule, body)]);
            let mut judged = Vec::new();
            for file in files {
                if let Some(language) = sast::Language::of(file.path, file.bytes) {
                    judged.push((vec![*file], engine.judge(language, file).judged));
                }
            }
            judged
        }
        Body::Misconfig(body) => {
            let engine = misconfig::Engine::new(vec![(rule, body)]);
            let mut groups = BTreeMap::<String, Vec<File<'_>>>::new();
            let joins = |file: &File<'_>| misconfig::is_kustomization(file.path);
            let joined = files.iter().any(joins);
            for (index, file) in files.iter().enumerate() {
                let group = match misconfig::group(file.path, file.bytes) {
                    None => continue,
                    Some(misconfig::Group::Module(folder)) => folder,
                    Some(misconfig::Group::Manifest) if joined => "!".to_owned(),
                    Some(_) => format!("{index}!"),
                };
                groups.entry(group).or_default().push(*file);
            }
            let groups: Vec<_> = groups.into_values().collect();
            groups
                .into_iter()
                .map(|group| {
                    let judged = engine.judge(&group);
                    (group, judged)
                })
                .collect::<Vec<_>>()
        }
    };
    let mut lines = Vec::new();
    for (group, judged) in judged {
        if let Some(missed) = judged.unjudged.first() {
            return Err(format!("{}: {}", group[missed.file].path, missed.detail));
        }
        for raised in judged.raised {
            if raised.confidence < floor {
                continue;
            }
            let file = group[raised.file];
            let before = &file.bytes[..raised.span.start.min(file.bytes.len())];
            let line = memchr::memchr_iter(b'\n', before).count() + 1;
            lines.push(format!("{}:{line}", file.path));
        }
    }
    lines.dedup();
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::builtin;

    #[test]
    fn every_sample_of_every_check_does_what_it_promises() {
        let failures: Vec<String> = run(builtin::checks())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
