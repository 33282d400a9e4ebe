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
use crate::sources::git::Numbers;
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
use crate::sources::path::escape_os_path;
use crate::sources::window::WindowSize;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

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

    /// Searches blobs and tags.
    pub(super) fn search_blobs(&self, search: Search<'_>) {
        self.walk_blobs(&Blobs { search }, search.job);
    }

    /// Shows blobs and tags to a visitor and counts them.
    pub(super) fn walk_blobs(&self, visitor: &impl Visitor, job: &Job<'_>) {
        job.cover(totals(&self.store.walk(visitor), &BLOBS));
    }

    /// Shows more of a store that was walked before, whose problems are told already.
    pub(super) fn walk_again(&self, visitor: &impl Visitor, kinds: &Units<'_>) -> Coverage {
        totals(&self.store.walk_again(visitor), kinds)
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
            blobs.bytes(&Origin::Ref { path: name }, &bytes, job);
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
        let notable = |name: &[u8]| search.is_notable(name);
        let skeleton = cache.and_then(|cache| cache.skeleton(self, wanted));
        let collector = Collector::new(format, self, wanted, threads)
            .with_names(&notable)
            .with_skeleton(skeleton);
        let shape = Shape {
            search,
            collector: &collector,
        };
        let mut coverage = match cache {
            Some(cache) => self.walk_again(&cache.shape(shape, skeleton.is_some()), &TREES),
            None => self.walk_again(&shape, &TREES),
        };
        let history = collector.finish();
        if let Some(cache) = cache {
            if skeleton.is_some() {
                coverage.merge(cache.spared(&TREES));
            }
            cache.keep(&history, skeleton.is_some());
        }
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
        search.job.cover(coverage);
        let attributions = history.attribute(&tips, self);
        let head_time = tips.head.and_then(|head| self.commit_time(&head));
        Past {
            lives: lives_of(&attributions, self, identities),
            head_time,
            facts: facts.to_map(),
        }
    }

    /// Where it lies below what is scanned, for a report that tells of several repositories.
    pub(super) fn place(&self, roots: &[PathBuf]) -> String {
        let repository = &self.repository;
        let place = repository.work_tree.as_ref().unwrap_or(&repository.git_dir);
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let place = real(place);
        let below = roots.iter().find_map(|root| {
            let rest = place.strip_prefix(real(root)).ok()?.to_owned();
            Some(if roots.len() > 1 {
                root.join(rest)
            } else {
                rest
            })
        });
        let name = place.file_name().map(PathBuf::from).unwrap_or_default();
        escape_os_path(&below.unwrap_or(name))
    }

    /// The committer's time of a commit, in seconds since 1970, where it can be read.
    pub(super) fn commit_time(&self, id: &ObjectId) -> Option<i64> {
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

/// Units of coverage and the kinds they count.
pub(super) type Units<'a> = [(&'a str, ObjectKind)];
/// What the first walk is for, and the second.
pub(super) const BLOBS: [(&str, ObjectKind); 2] =
    [("blobs", ObjectKind::Blob), ("tags", ObjectKind::Tag)];
pub(super) const TREES: [(&str, ObjectKind); 2] =
    [("trees", ObjectKind::Tree), ("commits", ObjectKind::Commit)];

/// The counts of a walk as coverage; entries that are not of the asked kinds are left out.
fn totals(covered: &StoreCoverage, units: &Units<'_>) -> Coverage {
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

impl Numbers for Opened {
    fn number(&self, id: &[u8]) -> Option<u32> {
        self.store.number(id)
    }

    fn id(&self, number: u32) -> ObjectId {
        self.store.id(number)
    }

    fn count(&self) -> u32 {
        self.store.count()
    }
}
