//! What became of each fault: the first commit that holds it while no parent
//! does, the last one that no longer holds it while every parent did, and whether
//! HEAD holds it. A version that could not be judged says neither that a fault
//! began with it nor that it ended.

use super::table::ABSENT;
use super::table::Event;
use crate::findings::fault::Fault;
use crate::model::object::ObjectId;
use crate::sources::git::attribution::CommitPoint;
use crate::sources::git::range::NewCommit;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// A fault by rule, identity and path.
pub(super) type Key = (&'static str, String, String);

/// The life of one fault.
#[derive(Default)]
pub(super) struct Age {
    /// The earliest commit that introduced it, and its version there.
    pub(super) introduced: Option<(CommitPoint, u32)>,
    /// The latest commit that ended it.
    pub(super) ended: Option<Ended>,
    /// The version in HEAD that holds it.
    pub(super) in_head: Option<u32>,
    /// The file of HEAD has it, and what is made of it has not.
    pub(super) overruled: bool,
}

/// How a fault ended.
#[derive(Clone, Copy)]
pub(super) struct Ended {
    /// The commit without it.
    pub(super) by: CommitPoint,
    /// The parent that still had it.
    pub(super) last: Option<CommitPoint>,
}

/// All faults of all versions.
#[derive(Default)]
pub(super) struct Ages {
    numbers: HashMap<Key, usize>,
    keys: Vec<Key>,
    list: Vec<Age>,
    /// By version: its faults, sorted; `None` when it could not be judged.
    held: Vec<Option<Vec<usize>>>,
}

pub(super) fn key(fault: &Fault) -> Key {
    let (rule, identity, file) = fault.key();
    (rule, identity.to_owned(), file.to_owned())
}

impl Ages {
    /// Takes in the faults of the next version; `None` when they are not known.
    pub(super) fn hold(&mut self, faults: Option<&[Fault]>) {
        let numbered = faults.map(|faults| {
            let mut found: Vec<usize> = faults.iter().map(|fault| self.add(key(fault))).collect();
            found.sort_unstable();
            found.dedup();
            found
        });
        self.held.push(numbered);
    }

    fn add(&mut self, key: Key) -> usize {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        self.numbers.insert(key.clone(), self.list.len());
        self.keys.push(key);
        self.list.push(Age::default());
        self.list.len() - 1
    }

    /// The lives, by number.
    pub(super) fn list(&self) -> &[Age] {
        &self.list
    }

    /// The number of a fault.
    pub(super) fn number(&self, fault: &Fault) -> Option<usize> {
        self.numbers.get(&key(fault)).copied()
    }

    /// HEAD holds this version. `decided` says of a fault whether it stands, where more than the file
    /// decides that.
    pub(super) fn stands(&mut self, version: u32, decided: &dyn Fn(&Key) -> Option<bool>) {
        for &number in faults(&self.held, version).unwrap_or_default() {
            let age = &mut self.list[number];
            match decided(&self.keys[number]) {
                Some(false) => age.overruled = true,
                _ => age.in_head = Some(version),
            }
        }
    }

    /// A commit changed something.
    pub(super) fn happened(
        &mut self,
        event: &Event,
        commits: &[NewCommit],
        point: &dyn Fn(&ObjectId) -> CommitPoint,
    ) {
        let olds = event.olds.iter().map(|old| faults(&self.held, *old));
        let olds: Option<Vec<&[usize]>> = olds.collect();
        let (Some(new), Some(olds)) = (faults(&self.held, event.new), olds) else {
            return;
        };
        let before: BTreeSet<usize> = olds.iter().copied().flatten().copied().collect();
        let began = new.iter().filter(|number| !before.contains(number));
        let ended = before.iter().filter(|number| {
            let all = olds.iter().all(|old| old.binary_search(number).is_ok());
            all && new.binary_search(number).is_err()
        });
        let (began, ended): (Vec<_>, Vec<_>) = (began.collect(), ended.collect());
        if began.is_empty() && ended.is_empty() {
            return;
        }
        let commit = &commits[event.commit as usize];
        let here = point(&commit.id);
        for number in began {
            let first = &mut self.list[*number].introduced;
            // Commits come with parents first, so of one second the ancestor stays.
            if first.is_none_or(|(first, _)| order(&here) < order(&first)) {
                *first = Some((here, event.new));
            }
        }
        let last = commit.parents.first().map(point);
        for number in ended {
            let latest = &mut self.list[*number].ended;
            let later = |latest: Ended| here.time >= latest.by.time;
            if latest.is_none_or(later) {
                *latest = Some(Ended { by: here, last });
            }
        }
    }
}

/// The faults of a version; `None` when they are not known.
fn faults(held: &[Option<Vec<usize>>], version: u32) -> Option<&[usize]> {
    match version {
        ABSENT => Some(&[]),
        version => held[version as usize].as_deref(),
    }
}

/// Earlier first, commits without a time last.
fn order(point: &CommitPoint) -> impl Ord + use<> {
    (point.time.is_none(), point.time)
}
