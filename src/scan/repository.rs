//! One git repository in a run: its objects, the text git keeps beside them,
//! its index, and the lives of what was found. What is missing of its history is
//! put into the coverage here.

use super::cache::Cache;
use super::history::Blobs;
use super::history::Search;
use super::history::Shape;
use super::job::Job;
use super::lives::lives_of;
use crate::findings::life::Lives;
use crate::model::coverage::Coverage;
use crate::model::coverage::Totals;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::sources::Sink;
use crate::sources::blob::BlobReader;
use crate::sources::git::ObjectError;
use crate::sources::git::ObjectReader;
use crate::sources::git::collector::Collector;
use crate::sources::git::discover::Repository;
use crate::sources::git::facts::RepositoryFacts;
use crate::sources::git::refs::Refs;
use crate::sources::git::texts;
use crate::sources::git::tips::Tips;
use crate::sources::history::ReadError;
use crate::sources::history::Store;
use crate::sources::history::StoreCoverage;
use crate::sources::history::StoreLimits;
use crate::sources::history::Visitor;
use crate::sources::window::WindowSize;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

/// A repository with its object store opened.
pub(super) struct Opened {
    pub(super) repository: Repository,
    pub(super) store: Store,
    pub(super) refs: Refs,
}

impl Opened {
    pub(super) fn new(repository: Repository, limits: &StoreLimits) -> Self {
        Opened::beside(repository, None, limits)
    }

    /// Opens a repository with one more directory of objects.
    pub(super) fn beside(
        repository: Repository,
        more: Option<&Path>,
        limits: &StoreLimits,
    ) -> Self {
        let objects = repository.objects();
        let store = Store::open_beside(&objects, more, repository.format, limits);
        let refs = Refs::read(&repository);
        Opened {
            repository,
            store,
            refs,
        }
    }

    /// Searches blobs and tags; `only` restricts it to these.
    pub(super) fn search_blobs(&self, search: Search<'_>, only: Option<&BTreeSet<ObjectId>>) {
        self.walk_blobs(&Blobs { search, only }, search.job);
    }

    /// Shows blobs and tags to a visitor and counts them.
    pub(super) fn walk_blobs(&self, visitor: &impl Visitor, job: &Job<'_>) {
        let covered = self.store.walk(visitor);
        job.cover(totals(
            &covered,
            &[("blobs", ObjectKind::Blob), ("tags", ObjectKind::Tag)],
        ));
    }

    /// Shows more of the blobs and tags of a store that was walked before: what it sees and its
    /// problems are told already, so only what is visited now counts.
    pub(super) fn walk_again(&self, visitor: &impl Visitor) -> Coverage {
        let covered = self.store.walk(visitor);
        let mut coverage = totals(
            &covered,
            &[("blobs", ObjectKind::Blob), ("tags", ObjectKind::Tag)],
        );
        coverage
            .totals
            .values_mut()
            .for_each(|totals| totals.seen = 0);
        let problems = self.store.problems();
        for (reason, count) in &problems.unscanned_total {
            if let Some(total) = coverage.unscanned_total.get_mut(reason) {
                *total -= count;
            }
        }
        coverage.unscanned_total.retain(|_, total| *total > 0);
        coverage
            .unscanned
            .retain(|missed| !problems.unscanned.contains(missed));
        coverage
    }

    /// Searches the text git keeps outside of objects: ref names, reflogs, messages being written.
    pub(super) fn search_texts(&self, job: &Job<'_>, window: WindowSize) {
        let texts = texts::texts(&self.repository, &self.refs);
        texts
            .unscanned
            .into_iter()
            .for_each(|missed| job.unscanned(missed));
        let mut blobs = BlobReader::new(window);
        for (name, bytes) in texts.written {
            blobs.bytes(
                &Origin::Ref {
                    path: format!(".git/{name}"),
                },
                &bytes,
                job,
            );
            job.counted("git.texts", bytes.len() as u64);
        }
        for file in texts.files {
            let origin = Origin::Ref {
                path: file.name.clone(),
            };
            let read = std::fs::File::open(&file.path).and_then(|mut opened| {
                blobs
                    .stream(&origin, &mut opened, None, job)
                    .map_err(|broken| broken.error)
            });
            match read {
                Ok(bytes) => job.counted("git.texts", bytes),
                Err(error) => job.unscanned(unreadable(file.name.clone(), &error)),
            }
        }
    }

    /// Searches trees and commits, and learns what became of the objects in `wanted`.
    pub(super) fn search_shape(
        &self,
        search: Search<'_>,
        cache: Option<&Cache>,
        wanted: &[ObjectId],
        threads: usize,
        identities: bool,
    ) -> Past {
        let format = self.repository.format;
        let present =
            |id: &[u8]| ObjectId::from_bytes(format, id).is_none_or(|id| self.store.contains(&id));
        let collector = Collector::new(format, wanted, threads).with_presence(&present);
        let covered = match cache.and_then(|cache| cache.shape(self, search, &collector)) {
            Some(shaped) => self.store.walk(&shaped),
            None => self.store.walk(&Shape {
                search,
                collector: &collector,
                only: None,
            }),
        };
        let mut coverage = totals(
            &covered,
            &[("trees", ObjectKind::Tree), ("commits", ObjectKind::Commit)],
        );
        let history = collector.finish();
        let tips = Tips::new(&self.refs, self, |id| history.has_commit(id));
        let missed = [
            &self.repository.unscanned,
            &self.refs.unscanned,
            &tips.unscanned,
        ];
        missed
            .into_iter()
            .flatten()
            .cloned()
            .for_each(|missed| coverage.miss(missed));
        history
            .gaps(&tips, &self.repository)
            .into_iter()
            .for_each(|gap| coverage.miss(gap));
        let facts = RepositoryFacts::new(&self.repository, &self.refs, &tips, &history);
        coverage.repository.extend(facts.to_map());
        search.job.cover(coverage);
        let attributions = history.attribute(&tips, self);
        let head_time = tips.head.and_then(|head| self.commit_time(&head));
        Past {
            lives: lives_of(&attributions, self, identities),
            head_time,
            facts: facts.to_map(),
        }
    }

    fn commit_time(&self, id: &ObjectId) -> Option<i64> {
        let mut bytes = Vec::new();
        self.store.read(id, &mut bytes).ok()?;
        let commit = crate::sources::git::commit::parse(&bytes, self.repository.format).ok()?;
        commit.committer?.time
    }
}

/// What the history says about what was found.
#[derive(Default)]
pub(super) struct Past {
    pub(super) lives: Lives,
    pub(super) head_time: Option<i64>,
    pub(super) facts: BTreeMap<String, String>,
}

/// The counts of a walk as coverage; entries that are not of the asked kinds are left out.
fn totals(covered: &StoreCoverage, units: &[(&str, ObjectKind)]) -> Coverage {
    let mut coverage = Coverage::default();
    for (unit, kind) in units {
        let counted = covered.of(*kind);
        let totals = Totals {
            seen: counted.seen,
            scanned: counted.visited,
            bytes: counted.bytes,
        };
        coverage.totals.insert(format!("history.{unit}"), totals);
    }
    coverage.unscanned_total = covered.unscanned_total.clone();
    coverage.unscanned = covered.unscanned.clone();
    coverage
}

fn unreadable(what: String, error: &std::io::Error) -> Unscanned {
    Unscanned {
        what,
        reason: crate::model::coverage::Reason::Unreadable,
        bytes: None,
        detail: error.kind().to_string(),
    }
}

impl ObjectReader for Opened {
    fn read(&self, id: &ObjectId, out: &mut Vec<u8>) -> Result<ObjectKind, ObjectError> {
        self.store.read(id, out).map_err(|error| match error {
            ReadError::Missing(id) => ObjectError::Missing(id),
            ReadError::Broken { id, reason, detail } => ObjectError::Unreadable {
                id,
                reason,
                detail: detail.to_owned(),
            },
        })
    }

    fn with_prefix(&self, hex: &str, limit: usize) -> Vec<ObjectId> {
        self.store.with_prefix(hex, limit)
    }
}
