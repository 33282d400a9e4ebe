//! The life of a blob in the history, as findings need it, and how the lives of
//! several blobs with the same secret become one exposure. Who computes them is
//! the git source's business.

use crate::model::finding::CommitRef;
use crate::model::finding::Exposure;
use crate::model::finding::days;
use crate::model::object::ObjectId;
use crate::model::origin::RelPath;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Refs that an exposure lists.
const REF_CAP: usize = 20;

/// A commit with its time, so that lives can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Committer time, in seconds since 1970; absent when the commit has none.
    pub time: Option<i64>,
    /// The commit as it is told.
    pub commit: CommitRef,
}

/// What the history says about one blob, or about a commit or tag whose text holds a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// The first commit that holds it.
    pub introduced: Option<Moment>,
    /// The last commit that holds it.
    pub last_seen: Option<Moment>,
    /// Its paths at the first commit, then any other known.
    pub paths: Vec<RelPath>,
    /// Its path in HEAD.
    pub head_path: Option<RelPath>,
    /// Its path in an index, when no commit holds it.
    pub index_path: Option<RelPath>,
    /// HEAD's tree holds it.
    pub in_head: bool,
    /// Some ref reaches it.
    pub reachable: bool,
    /// Refs that reach it, sorted, capped.
    /// Objects that the same refs reach share the list.
    pub refs: Arc<[String]>,
    /// How many refs there are in all.
    pub refs_total: u64,
}

impl Life {
    /// The path a person would look at: the one in HEAD, else the first it had.
    pub fn path(&self) -> Option<&str> {
        self.head_path
            .as_ref()
            .or(self.paths.first())
            .map(String::as_str)
    }
}

/// The lives of all objects that hold findings.
pub type Lives = BTreeMap<ObjectId, Life>;

/// One exposure of several lives. `head_time` is the committer time of HEAD: what HEAD still
/// holds is exposed until then.
pub fn exposure<'a>(lives: impl Iterator<Item = &'a Life>, head_time: Option<i64>) -> Exposure {
    let (mut first, mut last) = (None::<&Moment>, None::<&Moment>);
    let mut refs = BTreeSet::<&str>::new();
    let mut list = None::<&Arc<[String]>>;
    let mut told = Exposure {
        introduced: None,
        last_seen: None,
        fixed: None,
        in_head: false,
        reachable: false,
        refs: Vec::new(),
        refs_total: 0,
        days: None,
    };
    let order = |moment: &Moment| (moment.time, moment.commit.id);
    for life in lives {
        told.in_head |= life.in_head;
        told.reachable |= life.reachable;
        told.refs_total = told.refs_total.max(life.refs_total);
        if list.is_none_or(|list| !Arc::ptr_eq(list, &life.refs)) {
            refs.extend(life.refs.iter().map(String::as_str));
            list = Some(&life.refs);
        }
        first = [first, life.introduced.as_ref()]
            .into_iter()
            .flatten()
            .min_by_key(|m| order(m));
        last = [last, life.last_seen.as_ref()]
            .into_iter()
            .flatten()
            .max_by_key(|m| order(m));
    }
    let until = if told.in_head {
        head_time
    } else {
        last.and_then(|moment| moment.time)
    };
    told.days = days(first.and_then(|moment| moment.time), until);
    told.introduced = first.map(|moment| moment.commit.clone());
    told.last_seen = last.map(|moment| moment.commit.clone());
    told.refs_total = told.refs_total.max(refs.len() as u64);
    told.refs = refs.into_iter().take(REF_CAP).map(str::to_owned).collect();
    told
}
