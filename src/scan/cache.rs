//! What earlier runs found clean is not searched again. The cache holds for, and
//! only for, objects of which all of this is true:
//!
//! 1. Their bytes were read whole and hash to their id, so that no forged store
//!    can make another repository's object of that id pass as clean.
//! 2. Every rule that the file names was run over them, and there was no match,
//!    not even a refused one. Then a rule that is gone changes nothing, and over
//!    a new or changed rule only that rule need be run: without other matches
//!    there is nothing that could win over its matches or complete them.
//! 3. Nothing lies inside of them: no archive, no text in another encoding, no
//!    LFS pointer. Those are read each time, so that what they add to coverage is
//!    always told.
//!
//! Objects with matches are searched again in every run, so a report with a cache
//! equals one without. The one exception is wanted: a remembered object is not read,
//! so damage done to it since is only seen without the cache. Trees and commits
//! are still read for who holds what; only their search is spared.

use super::history::Blobs;
use super::history::Search;
use super::job::Job;
use super::job::lock;
use super::remembered::Remembered;
use super::remembered::RuleDigest;
use super::repository::Opened;
use crate::detect::secrets::Engine;
use crate::detect::secrets::delta::Scanned;
use crate::model::coverage::Coverage;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::rule::Rule;
use crate::sources::archive;
use crate::sources::encoding;
use crate::sources::git::collector::Collector;
use crate::sources::history::Derived;
use crate::sources::history::Object;
use crate::sources::history::Visitor;
use crate::sources::history::identify;
use crate::sources::lfs;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

/// What earlier runs and this one remember, by object format.
pub(super) struct Cache {
    dir: PathBuf,
    rules: BTreeSet<RuleDigest>,
    formats: BTreeMap<ObjectFormat, One>,
    notes: Vec<String>,
}

/// The objects of one format.
struct One {
    old: Remembered,
    /// Rules that the old objects were not searched with.
    fresh: Option<Engine>,
    clean: Mutex<Vec<(ObjectKind, ObjectId, u64)>>,
}

impl Cache {
    /// Reads what is remembered for the formats of these repositories.
    pub(super) fn open(
        dir: &Path,
        engine: &Engine,
        now: Option<i64>,
        formats: impl Iterator<Item = ObjectFormat>,
    ) -> Cache {
        let rules = digests(engine.rules());
        let mut cache = Cache {
            dir: dir.to_owned(),
            rules: rules.iter().map(|(digest, _)| *digest).collect(),
            formats: BTreeMap::new(),
            notes: Vec::new(),
        };
        for format in formats {
            if cache.formats.contains_key(&format) {
                continue;
            }
            let path = cache.path(format);
            let old = Remembered::load(&path, format).unwrap_or_else(|why| {
                let path = path.display();
                let note = format!("cache {path}: {why}; everything is searched");
                cache.notes.push(note);
                Remembered::default()
            });
            let fresh = rules.iter().filter(|(rule, _)| !old.rules.contains(rule));
            let fresh: Vec<&'static Rule> = fresh.map(|(_, rule)| *rule).collect();
            let one = One {
                old,
                fresh: (!fresh.is_empty()).then(|| Engine::new(fresh, now)),
                clean: Mutex::default(),
            };
            cache.formats.insert(format, one);
        }
        cache
    }

    fn path(&self, format: ObjectFormat) -> PathBuf {
        self.dir.join(match format {
            ObjectFormat::Sha1 => "clean-sha1",
            ObjectFormat::Sha256 => "clean-sha256",
        })
    }

    fn one(&self, opened: &Opened) -> Option<&One> {
        self.formats.get(&opened.repository.format)
    }

    /// Searches the blobs and tags that are not known to be clean, and the others for what
    /// rules have come since.
    pub(super) fn search_blobs(&self, opened: &Opened, search: Search<'_>) {
        let Some(one) = self.one(opened) else {
            return opened.search_blobs(search, None);
        };
        let new = Searched {
            search,
            one,
            known: false,
            skipped: Mutex::default(),
        };
        opened.walk_blobs(&new, search.job);
        match &one.fresh {
            None => search.job.cover(new.skipped()),
            Some(engine) => {
                let job = Job::new(engine, None);
                let search = Search {
                    job: &job,
                    ..search
                };
                let known = Searched {
                    search,
                    one,
                    known: true,
                    skipped: Mutex::default(),
                };
                let covered = opened.walk_again(&known);
                job.cover(covered);
                new.search.job.absorb(job);
            }
        }
    }

    /// Searches the texts of trees and commits that are not known to be clean, and hands all to
    /// the collector.
    pub(super) fn shape<'a>(
        &'a self,
        opened: &Opened,
        search: Search<'a>,
        collector: &'a Collector,
    ) -> Option<Shaped<'a>> {
        Some(Shaped {
            search,
            collector,
            one: self.one(opened)?,
        })
    }

    /// Writes what is remembered now; gives what a person should know about it.
    pub(super) fn save(self) -> Vec<String> {
        let mut notes = self.notes.clone();
        for (&format, one) in &self.formats {
            let mut clean = std::mem::take(&mut *lock(&one.clean));
            if clean.is_empty() && one.fresh.is_none() {
                continue;
            }
            // What was not searched with the new rules is no longer known.
            if one.fresh.is_none() {
                clean.extend(one.old.objects());
            }
            let now = Remembered::new(self.rules.clone(), clean.into_iter());
            if let Err(error) = now.save(&self.path(format), format) {
                let path = self.path(format);
                let (path, kind) = (path.display(), error.kind());
                notes.push(format!("cache {path}: it cannot be written: {kind}"));
            }
        }
        notes
    }
}

impl One {
    /// Remembers an object that was searched with all rules and has no match.
    fn remember(&self, kind: ObjectKind, id: &ObjectId, bytes: &[u8]) {
        if !has_inside(kind, bytes) && identify(id.format(), kind, bytes) == *id {
            lock(&self.clean).push((kind, *id, bytes.len() as u64));
        }
    }
}

fn has_inside(kind: ObjectKind, bytes: &[u8]) -> bool {
    kind == ObjectKind::Blob
        && (encoding::detect(bytes).is_some()
            || archive::detect(bytes).is_some()
            || lfs::pointer(bytes).is_some())
}

/// The digest of each rule: of all that the engine reads of it. Generic rules are judged
/// together, so each is new when one of them is.
fn digests(rules: &[&'static Rule]) -> Vec<(RuleDigest, &'static Rule)> {
    let bytes = |rule: &Rule| {
        postcard::to_stdvec(rule).expect("plain sequences and integers always serialise")
    };
    let generic: Vec<u8> = rules
        .iter()
        .filter(|rule| rule.generic)
        .flat_map(|rule| bytes(rule))
        .collect();
    let digest = |rule: &Rule| {
        let mut hash = Sha256::new_with_prefix(bytes(rule));
        if rule.generic {
            hash.update(&generic);
        }
        hash.finalize().into()
    };
    rules.iter().map(|rule| (digest(rule), *rule)).collect()
}

/// Searches blobs and tags: those that are remembered, or those that are not.
pub(super) struct Searched<'a> {
    search: Search<'a>,
    one: &'a One,
    known: bool,
    skipped: Mutex<Coverage>,
}

impl Searched<'_> {
    fn size(&self, id: &ObjectId) -> Option<(&'static str, u64)> {
        let blob = self.one.old.size(ObjectKind::Blob, id);
        let tag = || self.one.old.size(ObjectKind::Tag, id);
        blob.map(|size| ("history.blobs", size))
            .or_else(|| Some(("history.tags", tag()?)))
    }

    /// What was skipped as if it had been read.
    fn skipped(self) -> Coverage {
        let mut skipped = self
            .skipped
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        // The store counts what it sees whether it is skipped or not.
        skipped
            .totals
            .values_mut()
            .for_each(|totals| totals.seen = 0);
        skipped
    }
}

impl Visitor for Searched<'_> {
    type State = Scanned;

    fn wants(&self, kind: ObjectKind) -> bool {
        matches!(kind, ObjectKind::Blob | ObjectKind::Tag)
    }

    fn skip(&self, id: &ObjectId) -> bool {
        let size = self.size(id);
        if let Some((unit, size)) = size.filter(|_| !self.known) {
            lock(&self.skipped).count(unit, size);
        }
        size.is_some() != self.known
    }

    fn visit(&self, object: Object<'_, Scanned>) -> Scanned {
        let (kind, id, bytes) = (object.kind, object.id, object.bytes);
        let scanned = if self.known {
            self.search.object(&object)
        } else {
            Blobs {
                search: self.search,
                only: None,
            }
            .visit(object)
        };
        if scanned.is_clean() {
            self.one.remember(kind, &id, bytes);
        }
        scanned
    }
}

/// Searches trees and commits that are not remembered; hands all to the collector.
pub(super) struct Shaped<'a> {
    search: Search<'a>,
    collector: &'a Collector<'a>,
    one: &'a One,
}

impl Visitor for Shaped<'_> {
    /// `None` beside what was not searched: nothing can be inherited from it.
    type State = Option<Scanned>;

    fn wants(&self, kind: ObjectKind) -> bool {
        matches!(kind, ObjectKind::Tree | ObjectKind::Commit)
    }

    fn visit(&self, object: Object<'_, Option<Scanned>>) -> Option<Scanned> {
        match object.kind {
            ObjectKind::Tree => self.collector.tree(&object.id, object.bytes),
            _ => self.collector.commit(&object.id, object.bytes),
        }
        let known = self.one.old.size(object.kind, &object.id).is_some();
        if known && self.one.fresh.is_none() {
            return None;
        }
        let derived = object.derived.and_then(|from| {
            Some(Derived {
                base: from.base.as_ref()?,
                base_bytes: from.base_bytes,
                copies: from.copies,
            })
        });
        let object = Object {
            id: object.id,
            kind: object.kind,
            bytes: object.bytes,
            derived,
            has_children: object.has_children,
            place: object.place,
        };
        let scanned = self.search.object(&object);
        if scanned.is_clean() {
            self.one.remember(object.kind, &object.id, object.bytes);
        }
        Some(scanned)
    }
}
