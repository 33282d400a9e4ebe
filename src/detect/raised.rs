//! What detectors of configuration and code raise: a check, a place, and words
//! for it. They see bytes of files that belong together and nothing else; lines,
//! markers that silence and identities are added where everything meets.

use crate::model::coverage::Reason;
use crate::model::rule::Confidence;
use std::ops::Range;

/// One file that is judged, perhaps together with others.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its path in the scanned tree, `/` between components.
    pub path: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
}

/// One fault in one of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The index of the check in the engine's list.
    pub check: usize,
    /// The index of the file.
    pub file: usize,
    /// The bytes at fault: a key, an instruction, an expression.
    pub span: Range<usize>,
    /// The resource or function around it: markers at its head silence what is inside.
    pub scope: Range<usize>,
    /// The outermost thing around it: what its annotations say holds for all of it.
    pub resource: Range<usize>,
    /// What is at fault inside of the file, for people.
    pub logical: String,
    /// What makes it this fault and no other: no path, no line.
    pub identity: String,
    /// One sentence, without anything secret.
    pub message: String,
    /// How likely, at this place; no more than the check's own.
    pub confidence: Confidence,
    /// Spans of the file that may not be shown.
    pub secrets: Vec<Range<usize>>,
    /// How data gets there: file, span and a clause for each step.
    pub flow: Vec<(usize, Range<usize>, String)>,
}

/// A file, or a part of one, that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjudged {
    /// The index of the file.
    pub file: usize,
    /// Why.
    pub reason: Reason,
    /// One clause, without content.
    pub detail: String,
}

/// What came of judging files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Faults, in the order of files and places.
    pub raised: Vec<Raised>,
    /// What was not judged.
    pub unjudged: Vec<Unjudged>,
}
