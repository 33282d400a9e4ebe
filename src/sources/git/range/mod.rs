//! Which commits and blobs are new: in `A..B`, since a commit, in a push that
//! is being received, or staged for the next commit. Reads only the commits and
//! trees in question. Whenever it is not certain that something is old, it is
//! new: a range may be scanned too widely, never too narrowly.

use super::ObjectReader;
use super::commit;
use super::file::shown;
use super::revision::Resolver;
use super::revision::RevisionError;
use super::tips::Tips;
use super::tree::Malformed;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use std::collections::BinaryHeap;
use std::collections::HashMap;

mod blobs;
pub mod changes;
mod staged;

pub use blobs::NewBlob;
pub use blobs::NewEntries;
pub use blobs::new_blobs;
pub use blobs::new_entries;
pub use staged::staged;

/// The ends of a range: what is reachable from `include` and not from `exclude`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// Commits whose history is wanted.
    pub include: Vec<ObjectId>,
    /// Commits whose history is not.
    pub exclude: Vec<ObjectId>,
}

/// One line of the standard input of a pre-receive hook (githooks(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// What the ref points at; the null id when it is created.
    pub old: ObjectId,
    /// What it is to point at; the null id when it is deleted.
    pub new: ObjectId,
    /// Its full name.
    pub name: Vec<u8>,
}

/// A line of a hook's input is none of `old SP new SP name`. The caller's to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {0} of the input is not 'OLD-ID NEW-ID REF', as git writes it to a pre-receive hook")]
pub struct BadUpdate(pub usize);

/// Parses the input of a pre-receive hook.
pub fn updates(input: &[u8]) -> Result<Vec<Update>, BadUpdate> {
    let lines = input.split(|&byte| byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            let mut words = line.splitn(3, |&byte| byte == b' ');
            let mut id = || words.next().and_then(ObjectId::from_hex);
            match (id(), id(), words.next()) {
                (Some(old), Some(new), Some(name)) if !name.is_empty() => Ok(Update {
                    old,
                    new,
                    name: name.to_vec(),
                }),
                _ => Err(BadUpdate(number + 1)),
            }
        })
        .collect()
}

impl Range {
    /// Parses `A..B`, `A..` and `..B`, where an absent end is HEAD.
    pub fn between(text: &[u8], resolver: &Resolver<'_>) -> Result<Range, RevisionError> {
        let syntax = || RevisionError::Syntax(shown(text));
        let dots = memchr::memmem::find(text, b"..").ok_or_else(syntax)?;
        let (from, to) = (&text[..dots], &text[dots + 2..]);
        if to.starts_with(b".") {
            return Err(syntax());
        }
        let commit = |name: &[u8]| resolver.commit(if name.is_empty() { b"HEAD" } else { name });
        Ok(Range {
            include: vec![commit(to)?],
            exclude: vec![commit(from)?],
        })
    }

    /// Everything in HEAD that came after a commit; the commit itself is old.
    pub fn since(text: &[u8], resolver: &Resolver<'_>) -> Result<Range, RevisionError> {
        Ok(Range {
            include: vec![resolver.commit(b"HEAD")?],
            exclude: vec![resolver.commit(text)?],
        })
    }

    /// What a push brings: reachable from a new value and from no ref there is. Tags are followed;
    /// a ref to a tree or blob brings no commits, so those ids are given back beside the range.
    pub fn received(
        updates: &[Update],
        tips: &Tips,
        reader: &dyn ObjectReader,
    ) -> (Range, Vec<ObjectId>) {
        let mut range = Range::default();
        let mut others = Vec::new();
        let mut bytes = Vec::new();
        let kept = tips.list.iter().filter(|tip| tip.keeps());
        range.exclude = kept.map(|tip| tip.target).collect();
        for mut id in updates.iter().map(|update| update.new) {
            while !id.is_null() {
                match reader.read(&id, &mut bytes) {
                    Ok(ObjectKind::Tag) => {
                        others.push(id);
                        match super::tag::parse(&bytes, id.format()) {
                            Ok(tag) if others.len() < TAGS => id = tag.target,
                            _ => break,
                        }
                    }
                    Ok(ObjectKind::Tree | ObjectKind::Blob) => {
                        others.push(id);
                        break;
                    }
                    // An unreadable one is told by the walk.
                    Ok(ObjectKind::Commit) | Err(_) => {
                        range.include.push(id);
                        break;
                    }
                }
            }
        }
        (range, others)
    }
}

/// Most tags that one push may bring before the rest is taken for commits.
const TAGS: usize = 1_000_000;

/// A commit of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// Its id.
    pub id: ObjectId,
    /// Its root tree.
    pub tree: ObjectId,
    /// Its parents, new or old.
    pub parents: Vec<ObjectId>,
}

/// The commits of a range.
#[derive(Clone, Debug, Default)]
pub struct NewCommits {
    /// Parents before children; apart from that by date and id.
    pub list: Vec<NewCommit>,
    /// Commits in the range that could not be read.
    pub unscanned: Vec<Unscanned>,
}

/// Clocks may go wrong by so much, in seconds, before an old commit is taken for new.
const SKEW: i64 = 7 * 86_400;

struct Node {
    commit: NewCommit,
    time: i64,
    old: bool,
    /// Still in the heap.
    waiting: bool,
    readable: bool,
}

struct Walk<'a> {
    reader: &'a dyn ObjectReader,
    nodes: HashMap<ObjectId, Node>,
    heap: BinaryHeap<(i64, ObjectId)>,
    /// Entries of the heap that are not old.
    open: usize,
    buffer: Vec<u8>,
    unscanned: Vec<Unscanned>,
}

/// The commits of a range. `shallow` are the commits at which the clone is cut off, sorted.
pub fn new_commits(range: &Range, shallow: &[ObjectId], reader: &dyn ObjectReader) -> NewCommits {
    let mut walk = Walk {
        reader,
        nodes: HashMap::new(),
        heap: BinaryHeap::new(),
        open: 0,
        buffer: Vec::new(),
        unscanned: Vec::new(),
    };
    for &id in &range.exclude {
        walk.meet(id, true, None, shallow);
    }
    for &id in &range.include {
        walk.meet(id, false, None, shallow);
    }
    let mut found = Vec::new();
    let mut oldest = i64::MAX;
    while let Some((time, id)) = walk.heap.pop() {
        let Some(node) = walk.nodes.get_mut(&id) else {
            continue;
        };
        node.waiting = false;
        let old = node.old;
        let parents = node.commit.parents.clone();
        if !old {
            walk.open -= 1;
            oldest = oldest.min(time);
            found.push(id);
        } else if walk.open == 0 && time < oldest.saturating_sub(SKEW) {
            break;
        }
        for parent in parents {
            walk.meet(parent, old, Some(id), shallow);
        }
    }
    walk.finish(found)
}

impl Walk<'_> {
    fn meet(&mut self, id: ObjectId, old: bool, child: Option<ObjectId>, shallow: &[ObjectId]) {
        if self.nodes.contains_key(&id) {
            if old {
                self.age(id);
            }
            return;
        }
        let read = self.read(id);
        let readable = read.is_ok();
        if let Err(mut missed) = read.as_ref().map_err(Clone::clone).map(drop)
            && !old
        {
            if child.is_some_and(|child| shallow.binary_search(&child).is_ok()) {
                missed.reason = Reason::Shallow;
            }
            self.unscanned.push(missed);
        }
        let (commit, time) = read.unwrap_or_else(|_| {
            let commit = NewCommit {
                id,
                tree: id,
                parents: Vec::new(),
            };
            (commit, i64::MIN)
        });
        let node = Node {
            commit,
            time,
            old,
            waiting: true,
            readable,
        };
        self.nodes.insert(id, node);
        self.heap.push((time, id));
        self.open += usize::from(!old);
    }

    /// Marks a known commit and its known ancestors as old.
    fn age(&mut self, id: ObjectId) {
        let mut todo = vec![id];
        while let Some(id) = todo.pop() {
            if let Some(node) = self.nodes.get_mut(&id)
                && !node.old
            {
                node.old = true;
                self.open -= usize::from(node.waiting);
                todo.extend_from_slice(&node.commit.parents);
            }
        }
    }

    fn read(&mut self, id: ObjectId) -> Result<(NewCommit, i64), Unscanned> {
        let malformed = |detail: &str| Unscanned {
            what: id.to_string(),
            reason: Reason::ParseError,
            bytes: None,
            detail: detail.to_owned(),
        };
        match self.reader.read(&id, &mut self.buffer) {
            Err(error) => Err(error.unscanned()),
            Ok(ObjectKind::Commit) => {
                let parsed = commit::parse(&self.buffer, id.format())
                    .map_err(|error: Malformed| malformed(&error.to_string()))?;
                let time = parsed.committer.and_then(|who| who.time);
                let commit = NewCommit {
                    id,
                    tree: parsed.tree,
                    parents: parsed.parents,
                };
                Ok((commit, time.unwrap_or(0)))
            }
            Ok(_) => Err(malformed("not a commit")),
        }
    }

    fn finish(mut self, mut found: Vec<ObjectId>) -> NewCommits {
        found.retain(|id| !self.nodes[id].old && self.nodes[id].readable);
        found.sort_by_key(|id| (self.nodes[id].time, *id));
        let mut list = Vec::with_capacity(found.len());
        let mut stack = Vec::new();
        for id in found {
            stack.push((id, false));
            while let Some((id, done)) = stack.pop() {
                let Some(node) = self.nodes.get_mut(&id) else {
                    continue;
                };
                if done {
                    list.push(node.commit.clone());
                } else if !node.old && node.readable {
                    // From here on "old" means: already in the list or on the stack.
                    node.old = true;
                    stack.push((id, true));
                    let parents = node.commit.parents.iter().rev();
                    stack.extend(parents.map(|&parent| (parent, false)));
                }
            }
        }
        self.unscanned.sort();
        self.unscanned.dedup();
        NewCommits {
            list,
            unscanned: self.unscanned,
        }
    }
}
