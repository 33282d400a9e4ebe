//! Since when a line has stood: from HEAD back along first parents, until a commit
//! whose parent does not hold it. What stands longer than is looked at is told with
//! the oldest commit looked at, so a date may be too late and is never too early.

use super::files::Files;
use super::files::Head;
use crate::model::evidence::Since;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::sources::git::commit;
use crate::sources::git::tree;
use std::collections::BTreeMap;

/// Most commits that are looked at.
const COMMIT_CAP: usize = 4_000;
/// Most lines that are followed.
const LINE_CAP: usize = 400;

/// A line of a file; without text, the file itself.
pub type Line = (String, Option<String>);

struct Followed {
    line: Line,
    blob: Option<ObjectId>,
    since: Option<Since>,
}

/// Since when each of these lines has stood without a break, as far as the history tells.
pub fn since(files: &Files, lines: Vec<Line>) -> BTreeMap<Line, Since> {
    let Some(head) = files.head() else {
        return BTreeMap::new();
    };
    let mut followed: Vec<Followed> = lines
        .into_iter()
        .take(LINE_CAP)
        .map(|line| Followed {
            blob: files.id(&line.0),
            line,
            since: None,
        })
        .collect();
    walk(head, &mut followed);
    let found = followed
        .into_iter()
        .filter_map(|it| Some((it.line, it.since?)));
    found.collect()
}

fn walk(head: &Head, followed: &mut [Followed]) {
    let mut bytes = Vec::new();
    let mut child = Since {
        commit: head.commit.to_string(),
        date: day(head.date),
    };
    let mut next = head.commit;
    let mut top = BTreeMap::new();
    for step in 0..COMMIT_CAP {
        if !matches!(head.store.read(&next, &mut bytes), Ok(ObjectKind::Commit)) {
            break;
        }
        let Ok(parsed) = commit::parse(&bytes, head.format) else {
            break;
        };
        let at = Since {
            commit: next.to_string(),
            date: day(parsed.committer.and_then(|it| it.time).unwrap_or(head.date)),
        };
        let parent = parsed.parents.first().copied();
        let now = entries(head, &parsed.tree);
        if step > 0 {
            let changed = |path: &str| {
                let first = path.split('/').next().unwrap_or_default();
                now.get(first.as_bytes()) != top.get(first.as_bytes())
            };
            for it in followed.iter_mut().filter(|it| it.since.is_none()) {
                if changed(&it.line.0) && !stands(head, &parsed.tree, it) {
                    it.since = Some(child.clone());
                }
            }
        }
        top = now;
        child = at;
        match parent {
            Some(parent) if followed.iter().any(|it| it.since.is_none()) => next = parent,
            _ => break,
        }
    }
    for it in followed.iter_mut().filter(|it| it.since.is_none()) {
        it.since = Some(child.clone());
    }
}

/// Whether a commit's tree holds the line too.
fn stands(head: &Head, root: &ObjectId, it: &mut Followed) -> bool {
    let blob = head.entry(root, &it.line.0, &mut Vec::new());
    if blob == it.blob && blob.is_some() {
        return true;
    }
    let Some(id) = blob else { return false };
    let Some(text) = &it.line.1 else {
        it.blob = blob;
        return true;
    };
    let holds = head.blob(&id).is_some_and(|bytes| {
        let content = String::from_utf8_lossy(&bytes);
        content
            .lines()
            .any(|line| line.trim().starts_with(text.as_str()))
    });
    if holds {
        it.blob = blob;
    }
    holds
}

fn entries(head: &Head, id: &ObjectId) -> BTreeMap<Vec<u8>, ObjectId> {
    let mut bytes = Vec::new();
    if !matches!(head.store.read(id, &mut bytes), Ok(ObjectKind::Tree)) {
        return BTreeMap::new();
    }
    let entries = tree::entries(&bytes, head.format).flatten();
    entries.map(|it| (it.name.to_vec(), it.object())).collect()
}

fn day(second: i64) -> String {
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .date()
        .to_string()
}
