//! What a report says of a repository so that its coverage can be judged:
//! formats, the commit of HEAD, and whatever cuts, hides or rewrites history.
//! Collects what the other modules found; reads nothing itself.

use super::discover::Repository;
use super::file::shown;
use super::history::History;
use super::refs::Refs;
use super::refs::Target;
use super::tips::Tips;
use crate::model::coverage::Reason;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use std::collections::BTreeMap;

/// Facts of one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// The hash function of its ids.
    pub format: ObjectFormat,
    /// `files` or `reftable`.
    pub ref_storage: &'static str,
    /// The branch HEAD names, also an unborn one; `None` when detached or unreadable.
    pub head_ref: Option<Vec<u8>>,
    /// The commit of HEAD.
    pub head_commit: Option<ObjectId>,
    /// Its tree.
    pub head_tree: Option<ObjectId>,
    /// Refs below `refs/`.
    pub refs: u64,
    /// Commits whose parents are missing because the clone is shallow.
    pub shallow: u64,
    /// Lines of `info/grafts`; ignored.
    pub grafts: u64,
    /// Refs below `refs/replace/`; ignored.
    pub replacements: u64,
    /// A partial clone.
    pub promisor: bool,
    /// Sparse checkout is on.
    pub sparse: bool,
    /// Alternates that are not there.
    pub alternates_missing: u64,
    /// Linked work trees.
    pub worktrees: u64,
    /// Submodule repositories below `modules/`.
    pub modules: u64,
}

impl RepositoryFacts {
    /// Puts the facts together.
    pub fn new(repository: &Repository, refs: &Refs, tips: &Tips, history: &History<'_>) -> Self {
        let below = |prefix: &[u8]| {
            let names = refs.list.iter().map(|entry| &entry.name);
            names.filter(|name| name.starts_with(prefix)).count() as u64
        };
        let gaps = history.gaps(tips, repository);
        let head = refs.get(b"HEAD").map(|head| &head.target);
        RepositoryFacts {
            format: repository.format,
            ref_storage: repository.ref_storage.name(),
            head_ref: match head {
                Some(Target::Symbolic(name)) => Some(name.clone()),
                _ => None,
            },
            head_commit: tips.head,
            head_tree: tips.head.and_then(|head| history.root(&head)),
            refs: below(b"refs/"),
            shallow: gaps
                .iter()
                .filter(|gap| gap.reason == Reason::Shallow)
                .count() as u64,
            grafts: repository.grafts,
            replacements: below(b"refs/replace/"),
            promisor: repository.promisor,
            sparse: repository.sparse,
            alternates_missing: repository.alternates_missing,
            worktrees: repository.worktrees.len() as u64,
            modules: repository.modules.len() as u64,
        }
    }

    /// As they stand in `Coverage::repository`: facts that are false, 0 or absent are left out.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        let count = |count: u64| (count > 0).then(|| count.to_string());
        let flag = |flag: bool| flag.then(|| "true".to_owned());
        let format = match self.format {
            ObjectFormat::Sha1 => "sha1",
            ObjectFormat::Sha256 => "sha256",
        };
        [
            ("object-format", Some(format.to_owned())),
            ("ref-storage", Some(self.ref_storage.to_owned())),
            ("head-ref", self.head_ref.as_deref().map(shown)),
            ("head", self.head_commit.map(|id| id.to_string())),
            ("tree", self.head_tree.map(|id| id.to_string())),
            ("refs", count(self.refs)),
            ("shallow", count(self.shallow)),
            ("grafted", count(self.grafts)),
            ("replace-refs", count(self.replacements)),
            ("partial-clone", flag(self.promisor)),
            ("sparse-checkout", flag(self.sparse)),
            ("alternates-missing", count(self.alternates_missing)),
            ("worktrees", count(self.worktrees)),
            ("submodules", count(self.modules)),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
    }
}
