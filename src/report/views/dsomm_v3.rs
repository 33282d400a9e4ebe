//! The one file of the DSOMM application up to version 3: the user's own
//! `generated.yaml` with `teamsImplemented` and `teamsEvidence` set line by line, so
//! that no text of the model is shipped or lost. Only `implemented` is true there.

use super::dsomm::quoted;
use super::word;
use crate::model::evidence::Verdict;
use crate::model::record::Record;
use std::collections::BTreeMap;

/// The text of the model with this record's team set in every activity it names.
pub fn patch(text: &str, record: &Record) -> String {
    let verdicts: BTreeMap<&str, _> = record
        .activities
        .iter()
        .map(|it| (it.activity.as_str(), it))
        .collect();
    let team = quoted(&record.subject.team.replace('\'', "-"));
    let mut out = String::with_capacity(text.len() + (64 << 10));
    let mut dropping: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if dropping.is_some_and(|from| indent > from && !line.trim().is_empty()) {
            if !line.trim_start().starts_with(&team) {
                out.push_str(line);
                out.push('\n');
            }
            continue;
        }
        dropping = None;
        out.push_str(line);
        out.push('\n');
        let id = line
            .trim_start()
            .strip_prefix("uuid:")
            .map(|id| id.trim().trim_matches(['"', '\'']));
        let Some(it) = id.and_then(|id| verdicts.get(id)) else {
            continue;
        };
        let pad = " ".repeat(indent);
        let is = it.status == Verdict::Implemented;
        let said = quoted(&format!("{}: {}", word(it.status), it.reason));
        out.push_str(&format!("{pad}teamsImplemented:\n{pad}  {team}: {is}\n{pad}teamsEvidence:\n{pad}  {team}: {said}\n"));
    }
    without_doubles(&out)
}

/// Joins keys that now stand twice: entries of the old ones move under ours.
fn without_doubles(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut ours: BTreeMap<String, usize> = BTreeMap::new();
    let mut moving: Option<(usize, usize)> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let key = line.trim_start();
        if let Some((from, to)) = moving {
            if indent > from && !key.is_empty() {
                out.insert(to, line.to_owned());
                continue;
            }
            moving = None;
        }
        if key.starts_with("uuid:") {
            ours.clear();
        }
        let named = key == "teamsImplemented:"
            || key == "teamsEvidence:"
            || key == "teamsImplemented: {}"
            || key == "teamsEvidence: {}";
        if named {
            let name = key.trim_end_matches(" {}").to_owned();
            if let Some(at) = ours.get(&name) {
                moving = Some((indent, at + 2));
                continue;
            }
            ours.insert(name, out.len());
        }
        out.push(line.to_owned());
    }
    out.join("\n") + "\n"
}
