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
use std::rc::Rc;

/// Most commits that are looked at.
const COMMIT_CAP: usize = 4_000;
/// Most lines that are followed.
const LINE_CAP: usize = 400;
/// Most trees that are kept at a time.
const TREE_CAP: usize = 2_000;

/// A line of a file; without text, the file itself.
pub type Line = (String, Option<String>);

/// A file with the lines in it that are followed.
struct Followed {
    path: String,
    /// The content at the last commit looked at.
    blob: Option<ObjectId>,
    /// Each line, and since when it has stood once that is known.
    lines: BTreeMap<Option<String>, Option<Since>>,
}

/// Since when each of these lines has stood without a break, as far as the history tells.
pub fn since(files: &Files, lines: Vec<Line>) -> BTreeMap<Line, Since> {
    let Some(head) = files.head() else {
        return BTreeMap::new();
    };
    let mut followed: BTreeMap<String, Followed> = BTreeMap::new();
    for (path, text) in lines.into_iter().take(LINE_CAP) {
        let file = followed.entry(path.clone()).or_insert_with(|| Followed {
            blob: files.id(&path),
            path,
            lines: BTreeMap::new(),
        });
        file.lines.insert(text, None);
    }
    let mut followed: Vec<Followed> = followed.into_values().collect();
    Walk::new(head).run(&mut followed);
    let found = followed.into_iter().flat_map(|file| {
        let lines = file.lines.into_iter();
        lines.filter_map(move |(text, since)| Some(((file.path.clone(), text), since?)))
    });
    found.collect()
}

type Entries = Rc<BTreeMap<Vec<u8>, ObjectId>>;

/// A walk over first parents.
struct Walk<'a> {
    head: &'a Head,
    /// Trees read so far: from one commit to the next most are the same.
    trees: BTreeMap<ObjectId, Entries>,
    bytes: Vec<u8>,
}

impl<'a> Walk<'a> {
    fn new(head: &'a Head) -> Self {
        Walk {
            head,
            trees: BTreeMap::new(),
            bytes: Vec::new(),
        }
    }

    fn run(&mut self, followed: &mut [Followed]) {
        let mut child = Since {
            commit: self.head.commit.to_string(),
            date: day(self.head.date),
        };
        let mut next = Some(self.head.commit);
        for step in 0..COMMIT_CAP {
            let open = followed.iter().any(Followed::is_open);
            let Some(id) = next.filter(|_| open) else {
                break;
            };
            let Some((at, tree, parent)) = self.commit(&id) else {
                break;
            };
            if step > 0 {
                for file in followed.iter_mut().filter(|file| file.is_open()) {
                    self.compare(&tree, file, &child);
                }
            }
            child = at;
            next = parent;
        }
        for file in followed {
            file.close(&child, |_| false);
        }
    }

    /// A commit as a date, its tree and its first parent.
    fn commit(&mut self, id: &ObjectId) -> Option<(Since, ObjectId, Option<ObjectId>)> {
        let kind = self.head.store.read(id, &mut self.bytes).ok()?;
        if kind != ObjectKind::Commit {
            return None;
        }
        let parsed = commit::parse(&self.bytes, self.head.format).ok()?;
        let time = parsed.committer.and_then(|it| it.time);
        let at = Since {
            commit: id.to_string(),
            date: day(time.unwrap_or(self.head.date)),
        };
        Some((at, parsed.tree, parsed.parents.first().copied()))
    }

    /// Closes the lines that this tree does not hold: its child brought them.
    fn compare(&mut self, tree: &ObjectId, file: &mut Followed, child: &Since) {
        let blob = self.find(tree, &file.path);
        if blob == file.blob && blob.is_some() {
            return;
        }
        file.blob = blob;
        let content = blob.and_then(|id| self.head.blob(&id));
        file.close(child, |text| match (&content, text) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(bytes), Some(text)) => begins_a_line(bytes, text.as_bytes()),
        });
    }

    fn find(&mut self, tree: &ObjectId, path: &str) -> Option<ObjectId> {
        let mut id = *tree;
        for part in path.split('/') {
            id = *self.entries(&id)?.get(part.as_bytes())?;
        }
        Some(id)
    }

    fn entries(&mut self, id: &ObjectId) -> Option<Entries> {
        if let Some(known) = self.trees.get(id) {
            return Some(Rc::clone(known));
        }
        if self.trees.len() >= TREE_CAP {
            self.trees.clear();
        }
        let kind = self.head.store.read(id, &mut self.bytes).ok()?;
        if kind != ObjectKind::Tree {
            return None;
        }
        let entries = tree::entries(&self.bytes, self.head.format).flatten();
        let entries = entries.map(|it| (it.name.to_vec(), it.object()));
        let entries = Entries::new(entries.collect());
        self.trees.insert(*id, Rc::clone(&entries));
        Some(entries)
    }
}

impl Followed {
    fn is_open(&self) -> bool {
        self.lines.values().any(Option::is_none)
    }

    /// Dates the open lines that do not stand.
    fn close(&mut self, since: &Since, stands: impl Fn(Option<&str>) -> bool) {
        for (text, found) in &mut self.lines {
            if found.is_none() && !stands(text.as_deref()) {
                *found = Some(since.clone());
            }
        }
    }
}

/// Whether a line begins with this text, blanks before it left out.
fn begins_a_line(bytes: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, text).any(|at| {
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
        bytes[start..at].iter().all(u8::is_ascii_whitespace)
    })
}

fn day(second: i64) -> String {
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .date()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_after_blanks_only() {
        let text = b"a: 1\n  - run: x y\n# run: z\n";
        assert!(begins_a_line(text, b"- run: x"));
        assert!(begins_a_line(text, b"a: 1"));
        assert!(!begins_a_line(text, b"run: z"));
        assert!(!begins_a_line(text, b"absent"));
    }
}
