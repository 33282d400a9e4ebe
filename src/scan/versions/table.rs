//! Versions as numbers: what a commit changed becomes an event between the
//! numbers of the versions before and after it, so that a long history of small
//! changes stays small. What the versions say is not known here.

use crate::detect::misconfig;
use crate::model::object::ObjectId;
use crate::sources::git::range::changes::Change;
use crate::sources::git::range::changes::Files;
use crate::sources::path::escape_path;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// The number of a version that is not there: the file or module does not exist.
pub(super) const ABSENT: u32 = u32::MAX;

/// The files of one version, by path.
pub(super) type Version = Vec<(Vec<u8>, ObjectId)>;

/// Every version once.
#[derive(Default)]
pub(super) struct Table {
    numbers: HashMap<Version, u32>,
    list: Vec<Version>,
}

/// A file or module that a commit gave a version that no parent has.
pub(super) struct Event {
    /// The position of the commit.
    pub(super) commit: u32,
    /// The version after it, or [`ABSENT`].
    pub(super) new: u32,
    /// The versions in its parents; one [`ABSENT`] where there is no parent.
    pub(super) olds: Box<[u32]>,
}

impl Table {
    /// The versions of these files.
    pub(super) fn of(files: &Files) -> Table {
        let mut table = Table::default();
        units(files).into_values().for_each(|unit| {
            table.add(&unit);
        });
        table
    }

    /// The number of a version.
    pub(super) fn add(&mut self, version: &[(Vec<u8>, ObjectId)]) -> u32 {
        if let Some(number) = self.numbers.get(version) {
            return *number;
        }
        let number = self.list.len() as u32;
        self.numbers.insert(version.to_vec(), number);
        self.list.push(version.to_vec());
        number
    }

    /// Puts files that belong together in the place of versions of one of them.
    pub(super) fn join(&mut self, groups: Vec<Version>) {
        let mut joined: BTreeSet<Vec<u8>> = BTreeSet::new();
        for (path, _) in groups.iter().flatten() {
            joined.insert(path.clone());
        }
        self.list
            .retain(|version| !matches!(&version[..], [(path, _)] if joined.contains(path)));
        self.list.extend(groups);
        self.renumber();
    }

    fn renumber(&mut self) {
        let numbered = self.list.iter().enumerate();
        self.numbers = numbered
            .map(|(number, version)| (version.clone(), number as u32))
            .collect();
    }

    /// Keeps some versions, and numbers them anew.
    pub(super) fn retain(&mut self, is: &(dyn Fn(&Version) -> bool + Sync)) {
        let list = std::mem::take(&mut self.list);
        self.list = list.into_par_iter().filter(|version| is(version)).collect();
        self.renumber();
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn list(&self) -> impl Iterator<Item = &[(Vec<u8>, ObjectId)]> {
        self.list.iter().map(Vec::as_slice)
    }

    pub(super) fn files(&self, number: u32) -> &[(Vec<u8>, ObjectId)] {
        &self.list[number as usize]
    }

    /// Every version in parallel, in the order of their numbers.
    pub(super) fn par_map<T: Send>(
        &self,
        each: impl Fn(&[(Vec<u8>, ObjectId)]) -> T + Sync + Send,
    ) -> Vec<T> {
        self.list.par_iter().map(|version| each(version)).collect()
    }

    /// The folders of all files.
    pub(super) fn folders(&self) -> BTreeSet<Vec<u8>> {
        let files = self.list.iter().flatten();
        files.map(|(path, _)| folder(path).to_vec()).collect()
    }

    /// What a commit did to one folder.
    pub(super) fn events(&mut self, commit: u32, change: &Change) -> Vec<Event> {
        let new = units(&change.new);
        let olds: Vec<Units> = change.olds.iter().map(units).collect();
        let names: BTreeSet<&Vec<u8>> = olds.iter().chain([&new]).flat_map(Units::keys).collect();
        let mut events = Vec::new();
        for name in names {
            let mut number = |units: &Units| {
                let unit = units.get(name);
                unit.map_or(ABSENT, |unit| self.add(unit))
            };
            let now = number(&new);
            let olds: Box<[u32]> = olds.iter().map(number).collect();
            if !olds.contains(&now) {
                events.push(Event {
                    commit,
                    new: now,
                    olds,
                });
            }
        }
        events
    }
}

/// The folder of a path, without a slash at its end.
pub(super) fn folder(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(&[], |slash| &path[..slash])
}

/// The files of a listing by the unit they are judged in.
pub(super) type Units = BTreeMap<Vec<u8>, Version>;

/// What belongs together: a file by itself, or the files of a module.
pub(super) fn units(files: &Files) -> Units {
    let mut units = Units::new();
    for (path, id) in files {
        let unit = match misconfig::is_of_module(&escape_path(path)) {
            true => [folder(path), b"/"].concat(),
            false => path.clone(),
        };
        units.entry(unit).or_default().push((path.clone(), *id));
    }
    units
}
