//! The list of planted secrets: where each stands and by which rule it should be
//! found, never the secret. Lines are `rule TAB path TAB offset TAB length`, the
//! offset and length being those of the text around the secret, in bytes.

use crate::model::finding::Finding;
use crate::model::location::Span;
use crate::report::describe;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::io::Write;

/// One planted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plant {
    /// The rule that should find it.
    pub rule: String,
    /// The file, relative to the root, escaped as in reports.
    pub path: String,
    /// Where the text stands that holds the secret.
    pub span: Span,
}

/// A line that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {0} of the list is not `rule TAB path TAB offset TAB length`; `bench --generate` writes such lists"
)]
pub struct ListError(pub usize);

/// Reads a list.
///
/// # Errors
/// The number of the first line that is wrong.
pub fn read(list: &str) -> Result<Vec<Plant>, ListError> {
    list.lines()
        .enumerate()
        .filter(|(_, line)| !line.starts_with('#'))
        .map(|(index, line)| plant(line).ok_or(ListError(index + 1)))
        .collect()
}

fn plant(line: &str) -> Option<Plant> {
    let mut fields = line.split('\t');
    let (rule, path) = (fields.next()?.to_owned(), fields.next()?.to_owned());
    let start: u64 = fields.next()?.parse().ok()?;
    let length: u64 = fields.next()?.parse().ok()?;
    let span = Span::new(start, start.checked_add(length)?);
    fields
        .next()
        .is_none()
        .then_some(Plant { rule, path, span })
}

/// Writes a list.
///
/// # Errors
/// What the writer says.
pub fn write(planted: &[Plant], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# rule\tpath\toffset\tlength")?;
    planted.iter().try_for_each(|plant| {
        let Plant { rule, path, span } = plant;
        writeln!(out, "{rule}\t{path}\t{}\t{}", span.start, span.len())
    })
}

/// How many of the planted secrets were found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recall {
    /// Lines of the list.
    pub planted: u64,
    /// Those with a finding of their rule.
    pub found: u64,
    /// Those with a finding of another rule only: seen, under another name.
    pub found_by_another_rule: u64,
    /// Those with no finding, by rule.
    pub missed: BTreeMap<String, u64>,
}

impl Recall {
    pub(super) fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "recall     {} of {} planted secrets found, {} of them by another rule",
            describe::number(self.found + self.found_by_another_rule),
            describe::number(self.planted),
            describe::number(self.found_by_another_rule)
        )?;
        self.missed
            .iter()
            .try_for_each(|(rule, missed)| writeln!(out, "  missed   {rule}: {missed}"))
    }
}

/// Looks up every planted secret among the findings.
pub fn recall(planted: &[Plant], findings: &[Finding]) -> Recall {
    let mut places = BTreeMap::<&str, Vec<(&str, Span)>>::new();
    for finding in findings {
        let parts = finding
            .parts
            .iter()
            .map(|part| (part.rule.0, &part.location));
        let own = finding
            .locations
            .iter()
            .map(|location| (finding.rule.0, location));
        for (rule, location) in own.chain(parts) {
            if let Some(path) = location.origin.path() {
                places.entry(path).or_default().push((rule, location.span));
            }
        }
    }
    let mut recall = Recall {
        planted: planted.len() as u64,
        found: 0,
        found_by_another_rule: 0,
        missed: BTreeMap::new(),
    };
    for plant in planted {
        let here = places.get(plant.path.as_str()).into_iter().flatten();
        let here: Vec<&str> = here
            .filter(|(_, span)| span.overlaps(&plant.span))
            .map(|(rule, _)| *rule)
            .collect();
        if here.contains(&plant.rule.as_str()) {
            recall.found += 1;
        } else if here.is_empty() {
            *recall.missed.entry(plant.rule.clone()).or_default() += 1;
        } else {
            recall.found_by_another_rule += 1;
        }
    }
    recall
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let planted = vec![Plant {
            rule: "acme-key".to_owned(),
            path: "a/b.rs".to_owned(),
            span: Span::new(7, 47),
        }];
        let mut list = Vec::new();
        write(&planted, &mut list).unwrap();
        let list = String::from_utf8(list).unwrap();
        assert_eq!(read(&list), Ok(planted));
        assert_eq!(read("# x\na\tb\t1\t2\nnonsense"), Err(ListError(3)));
        assert_eq!(read("a\tb\t18446744073709551615\t2"), Err(ListError(1)));
    }

    #[test]
    fn what_no_finding_touches_is_missed() {
        let planted = read("acme-key\ta\t0\t9").unwrap();
        let recall = recall(&planted, &[]);
        assert_eq!((recall.planted, recall.found), (1, 0));
        assert_eq!(recall.missed["acme-key"], 1);
    }
}
