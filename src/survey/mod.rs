//! What the files, pipelines and past of one commit show, beside findings: the
//! facts that checks on activities ask for. It reads the tree of HEAD (a folder
//! without git as it lies), follows no link, runs nothing, and lists what it could
//! not read with the topic that this leaves open. What follows is `evidence`'s part.

pub mod ci;
pub mod code;
mod comments;
pub mod deploy;
pub mod files;
pub mod given;
pub mod glob;
pub mod packages;
pub mod past;
pub mod policy;
pub mod shell;
mod signatures;
pub mod signers;
pub mod signs;
pub mod since;
pub mod tools;
pub mod tree;

use crate::model::survey::Sign;
use crate::model::survey::Spot;
use crate::model::survey::Survey;
use crate::model::survey::Thing;
use crate::model::survey::Unread;
use files::Files;
use signers::Signers;

/// A survey in the making.
pub(crate) struct Notes<'a> {
    /// The files looked at.
    pub(crate) files: &'a Files,
    /// What was seen so far.
    pub(crate) survey: Survey,
}

impl Notes<'_> {
    /// Notes that a file shows something.
    pub(crate) fn sign(&mut self, name: &str, spot: Spot) {
        self.survey.signs.push(Sign {
            name: name.to_owned(),
            spot,
            age_days: None,
        });
    }

    /// Notes one of several like things.
    pub(crate) fn thing(&mut self, kind: &str, name: impl Into<String>, has: &[&str], spot: Spot) {
        self.survey.things.push(Thing {
            kind: kind.to_owned(),
            name: name.into(),
            has: has.iter().map(|&it| it.to_owned()).collect(),
            spot,
        });
    }

    /// Notes what could not be read.
    pub(crate) fn unread(&mut self, topic: &str, path: &str, why: impl Into<String>) {
        self.survey.unread.push(Unread {
            topic: topic.to_owned(),
            spot: at(path),
            why: why.into(),
        });
    }
}

/// A whole file as a place.
pub(crate) fn at(path: &str) -> Spot {
    Spot {
        path: path.to_owned(),
        ..Spot::default()
    }
}

/// A line of a configuration file as a place; its text is shortened.
pub(crate) fn line(path: &str, number: u64, text: &str) -> Spot {
    let text: String = text.trim().chars().take(200).collect();
    Spot {
        path: path.to_owned(),
        line: Some(number),
        excerpt: (!text.is_empty()).then_some(text),
    }
}

/// The place of the first line that holds these words; the whole file when none does.
pub(crate) fn find(path: &str, text: &str, words: &str) -> Spot {
    let first = words.lines().map(str::trim).find(|it| !it.is_empty());
    let Some(wanted) = first else { return at(path) };
    let mut lines = (1..).zip(text.lines());
    match lines.find(|(_, candidate)| candidate.contains(wanted)) {
        Some((number, found)) => line(path, number, found),
        None => at(path),
    }
}

/// Looks at everything. `analysed` are languages that code rules of this run read, `signers` the
/// keys that the user gave.
pub fn survey(files: &Files, analysed: &[String], signers: &Signers) -> Survey {
    let mut notes = Notes {
        files,
        survey: Survey {
            files: files.paths().len() as u64,
            ..Survey::default()
        },
    };
    ci::look(&mut notes);
    signs::look(&mut notes);
    packages::look(&mut notes);
    deploy::look(&mut notes);
    code::look(&mut notes, analysed);
    policy::look(&mut notes);
    let mut survey = notes.survey;
    survey.past = past::look(files, &mut survey.signs);
    survey.signatures = files
        .head()
        .and_then(|head| signatures::look(head, signers));
    survey.steps.sort();
    survey.steps.dedup();
    survey.signs.sort();
    survey.signs.dedup();
    survey.things.sort();
    survey.unread.sort();
    survey.unread.dedup();
    survey
}
