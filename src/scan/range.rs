//! Parts of a history: what came after a commit, what lies between two, what a
//! push brings, what is staged. Only new blobs, new names and the messages of
//! new commits and tags are searched; the work tree is not read.
//!
//! An empty part is an answer too, but only when it was really looked for: every
//! end of a range (a commit, an update of a push, an index) that was read counts as
//! `range.ends`, so that a run that read nothing at all still says so.

use super::faults::Faults;
use super::history::Search;
use super::options::Options;
use super::options::Part;
use super::options::ScanError;
use super::repository::Opened;
use super::repository::Past;
use super::versions::Versions;
use crate::bytes::is_binary;
use crate::model::chunk::Chunk;
use crate::model::coverage::Coverage;
use crate::model::coverage::Reason;
use crate::model::coverage::Totals;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::sources::Sink;
use crate::sources::git::ObjectReader;
use crate::sources::git::commit;
use crate::sources::git::discover::Repository;
use crate::sources::git::index::Entry;
use crate::sources::git::index::Index;
use crate::sources::git::range::NewBlob;
use crate::sources::git::range::NewCommit;
use crate::sources::git::range::Range;
use crate::sources::git::range::new_commits;
use crate::sources::git::range::new_entries;
use crate::sources::git::range::staged;
use crate::sources::git::range::updates;
use crate::sources::git::revision::Resolver;
use crate::sources::git::revision::RevisionError;
use crate::sources::git::tips::Tips;
use crate::sources::path::escape_path;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Most bytes of a push's updates: far more than git writes for any repository.
const UPDATES: u64 = 256 << 20;

/// The part of each repository that is to be read, its ends resolved.
pub(super) struct Asked {
    pub(super) opened: Vec<Opened>,
    what: Vec<What>,
    /// How settings are judged, where they are.
    settings: Option<Settings>,
}

/// How settings are told.
struct Settings {
    paths: Vec<PathBuf>,
    identities: bool,
}

impl Settings {
    /// Where a repository lies, with a slash behind it.
    fn place(&self, opened: &Opened) -> String {
        match self.paths.len() {
            0 | 1 => String::new(),
            _ => format!("{}/", opened.place(&self.paths).trim_end_matches('/')),
        }
    }
}

/// The part of one repository.
enum What {
    Commits(Ends),
    Staged(Index),
}

/// A range and what it was made from.
struct Ends {
    range: Range,
    /// Tags, trees and blobs that a push names.
    others: Vec<ObjectId>,
    /// How many ends were given.
    given: u64,
}

impl Asked {
    /// Opens the repositories and resolves the ends; nothing else is read yet.
    pub(super) fn new(
        part: &Part,
        options: &Options,
        input: &mut dyn Read,
    ) -> Result<Self, ScanError> {
        let mut asked = Asked {
            opened: Vec::new(),
            what: Vec::new(),
            settings: options.history_settings.then(|| Settings {
                paths: options.paths.clone(),
                identities: options.identities,
            }),
        };
        if matches!(part, Part::Received { .. }) && options.paths.len() != 1 {
            return Err(ScanError::OneRepository);
        }
        for path in &options.paths {
            let shown = || path.display().to_string();
            let repository = Repository::open(path).map_err(|error| {
                let path = shown();
                ScanError::Repository { path, error }
            })?;
            let quarantine = match part {
                Part::Received { quarantine } => quarantine.as_deref(),
                _ => None,
            };
            let opened = Opened::beside(repository, quarantine, &options.store);
            let what = What::new(part, &opened, &shown, input)?;
            asked.opened.push(opened);
            asked.what.push(what);
        }
        Ok(asked)
    }

    /// Searches the parts.
    pub(super) fn read(&self, search: Search<'_>, faults: &Faults<'_>) -> Past {
        let mut past = Past::default();
        for (opened, what) in self.opened.iter().zip(&self.what) {
            let settings = self.settings.as_ref().filter(|_| faults.judges_settings());
            let versions = settings.map(|settings| Versions {
                opened,
                faults,
                search,
                place: settings.place(opened),
                walked: false,
                identities: settings.identities,
            });
            let reading = Reading {
                search,
                opened,
                versions,
            };
            let missed = opened.repository.unscanned.iter().cloned();
            missed.for_each(|missed| search.job.unscanned(missed));
            match what {
                What::Commits(ends) => reading.commits(ends),
                What::Staged(index) => reading.staged(index),
            }
            if past.facts.is_empty() {
                past.facts = reading.facts();
            }
        }
        past
    }
}

impl What {
    fn new(
        part: &Part,
        opened: &Opened,
        path: &dyn Fn() -> String,
        input: &mut dyn Read,
    ) -> Result<Self, ScanError> {
        let resolver = Resolver {
            refs: &opened.refs,
            reader: opened,
            format: opened.repository.format,
        };
        let unknown = |error: RevisionError| ScanError::Revision {
            path: path(),
            error,
        };
        let range = match part {
            Part::Since(revision) => Range::since(revision.as_bytes(), &resolver),
            Part::Between(range) => Range::between(range.as_bytes(), &resolver),
            Part::Staged { index } => {
                return Ok(What::Staged(read_index(index.as_deref(), opened)));
            }
            Part::Received { .. } => return received(opened, input),
        };
        let range = range.map_err(unknown)?;
        let given = (range.include.len() + range.exclude.len()) as u64;
        Ok(What::Commits(Ends {
            range,
            others: Vec::new(),
            given,
        }))
    }
}

fn read_index(path: Option<&Path>, opened: &Opened) -> Index {
    match path {
        Some(path) => Index::read_from(path, &opened.repository),
        None => Index::read(&opened.repository),
    }
}

fn received(opened: &Opened, input: &mut dyn Read) -> Result<What, ScanError> {
    let mut text = Vec::new();
    input
        .take(UPDATES)
        .read_to_end(&mut text)
        .map_err(|error| ScanError::Input(error.kind()))?;
    if text.len() as u64 == UPDATES {
        return Err(ScanError::Input(std::io::ErrorKind::FileTooLarge));
    }
    let updates = updates(&text)?;
    let tips = Tips::new(&opened.refs, opened, |_| false);
    let (range, others) = Range::received(&updates, &tips, opened);
    Ok(What::Commits(Ends {
        range,
        others,
        given: updates.len() as u64,
    }))
}

/// One repository while its part is read.
struct Reading<'a> {
    search: Search<'a>,
    opened: &'a Opened,
    /// Where settings are judged too.
    versions: Option<Versions<'a>>,
}

impl Reading<'_> {
    fn commits(&self, ends: &Ends) {
        let repository = &self.opened.repository;
        let found = new_commits(&ends.range, &repository.shallow, self.opened);
        self.count("ends", ends.given, ends.given, 0);
        self.miss(found.unscanned);
        self.each("commits", &found.list, |commit| {
            self.object(&commit.id, ObjectKind::Commit)
        });
        if let Some(versions) = &self.versions {
            versions.between(&found.list, false);
        }
        let (mut list, mut loose) = (found.list, Vec::new());
        let mut bytes = Vec::new();
        let mut tags = Vec::new();
        for id in ends.others.iter().collect::<BTreeSet<_>>() {
            match self.opened.read(id, &mut bytes) {
                Ok(ObjectKind::Tag) => tags.push(*id),
                Ok(ObjectKind::Tree) => list.push(NewCommit {
                    id: *id,
                    tree: *id,
                    parents: Vec::new(),
                }),
                Ok(_) => loose.push(*id),
                Err(error) => self.miss([error.unscanned()]),
            }
        }
        self.each("tags", &tags, |id| self.object(id, ObjectKind::Tag));
        let new = new_entries(&list, self.opened);
        self.miss(new.unscanned);
        self.each(
            "names",
            &new.names.iter().collect::<Vec<_>>(),
            |(id, spans)| self.names(id, spans),
        );
        let named = new.blobs.iter().map(|blob| self.origin(blob, &ends.others));
        let unnamed = loose.iter().map(|&blob| Origin::Blob {
            blob,
            path: None,
            commit: None,
        });
        let origins: Vec<Origin> = named.chain(unnamed).collect();
        self.each("blobs", &origins, |origin| self.blob(origin));
    }

    /// Where a new blob stands. One below a tree that is no commit's has a path only.
    fn origin(&self, blob: &NewBlob, others: &[ObjectId]) -> Origin {
        Origin::Blob {
            blob: blob.id,
            path: Some(escape_path(&blob.path)),
            commit: (!others.contains(&blob.commit)).then_some(blob.commit),
        }
    }

    fn staged(&self, index: &Index) {
        self.miss(index.unscanned.iter().cloned());
        self.count("ends", 1, u64::from(index.unscanned.is_empty()), 0);
        let head = self.head_tree();
        let (entries, missed) = staged(index, head.as_ref(), self.opened);
        self.miss(missed);
        self.each("staged", &entries, |entry| self.blob(&index_origin(entry)));
        let mut names = Vec::new();
        for entry in entries {
            names.extend_from_slice(&entry.path);
            names.push(b'\n');
        }
        let origin = Origin::Ref {
            path: "index".to_owned(),
        };
        self.bytes(&origin, &names);
    }

    /// The tree of HEAD; `None` before the first commit, and when it cannot be read.
    fn head_tree(&self) -> Option<ObjectId> {
        let head = self.opened.refs.resolve(b"HEAD").ok()??;
        let mut bytes = Vec::new();
        match self.opened.read(&head, &mut bytes) {
            Ok(_) => commit::parse(&bytes, head.format())
                .ok()
                .map(|head| head.tree),
            Err(error) => {
                self.miss([error.unscanned()]);
                None
            }
        }
    }

    /// Searches the text of a commit or tag.
    fn object(&self, id: &ObjectId, kind: ObjectKind) -> Result<u64, Unscanned> {
        let bytes = self.read(id)?;
        let origin = Origin::Object {
            object: *id,
            kind: kind.name().to_owned(),
        };
        self.bytes(&origin, &bytes);
        Ok(bytes.len() as u64)
    }

    /// Searches the new names of a tree.
    fn names(&self, id: &ObjectId, spans: &BTreeSet<(usize, usize)>) -> Result<u64, Unscanned> {
        let bytes = self.read(id)?;
        let origin = Origin::Object {
            object: *id,
            kind: ObjectKind::Tree.name().to_owned(),
        };
        for &(start, end) in spans {
            self.search.name(&origin, &bytes, start..end);
        }
        Ok(spans.iter().map(|(start, end)| (end - start) as u64).sum())
    }

    /// Searches a blob, and what lies inside of it.
    fn blob(&self, origin: &Origin) -> Result<u64, Unscanned> {
        let Some(id) = origin.object() else {
            return Ok(0);
        };
        let bytes = self.read(&id)?;
        self.bytes(origin, &bytes);
        self.search.inside(origin, &bytes);
        Ok(bytes.len() as u64)
    }

    fn bytes(&self, origin: &Origin, bytes: &[u8]) {
        let mut chunk = Chunk::whole(origin, bytes);
        chunk.binary = is_binary(bytes);
        self.search.job.chunk(&chunk);
        let searched = self.search.searched;
        searched.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }

    fn read(&self, id: &ObjectId) -> Result<Vec<u8>, Unscanned> {
        let mut bytes = Vec::new();
        match self.opened.read(id, &mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(error.unscanned()),
        }
    }

    /// Reads every item of a unit, in parallel, and counts them.
    fn each<T: Sync>(
        &self,
        unit: &str,
        items: &[T],
        read: impl Fn(&T) -> Result<u64, Unscanned> + Send + Sync,
    ) {
        let read: Vec<_> = items.par_iter().map(read).collect();
        let seen = read.len() as u64;
        let (mut scanned, mut bytes) = (0, 0);
        for one in read {
            match one {
                Ok(len) => {
                    scanned += 1;
                    bytes += len;
                }
                Err(missed) => self.miss([missed]),
            }
        }
        self.count(unit, seen, scanned, bytes);
    }

    fn count(&self, unit: &str, seen: u64, scanned: u64, bytes: u64) {
        let totals = Totals {
            seen,
            scanned,
            bytes,
        };
        let mut coverage = Coverage::default();
        coverage.totals.insert(format!("range.{unit}"), totals);
        self.search.job.cover(coverage);
    }

    fn miss(&self, missed: impl IntoIterator<Item = Unscanned>) {
        for mut missed in missed {
            if missed.reason == Reason::Missing && self.opened.repository.promisor {
                missed.reason = Reason::Promisor;
            }
            self.search.job.unscanned(missed);
        }
    }

    fn facts(&self) -> BTreeMap<String, String> {
        let head = self.opened.refs.resolve(b"HEAD").ok().flatten();
        let head = head.map(|head| ("head".to_owned(), head.to_string()));
        head.into_iter().collect()
    }
}

fn index_origin(entry: &Entry) -> Origin {
    Origin::Index {
        path: escape_path(&entry.path),
        blob: entry.id,
    }
}
