//! Versions of configuration: those of HEAD where no work tree is walked, and on
//! demand all of the history. A version is one file, or all files of a module in
//! one folder, and each is judged once however many commits hold it. What came of
//! it over time is told in `ages`; which commits changed what, by the git source.

mod ages;
mod rendered;
mod table;

use super::faults::Faults;
use super::faults::HEAD;
use super::faults::too_large;
use super::history::Search;
use super::repository::Opened;
use crate::detect::misconfig;
use crate::document::FILE_CAP;
use crate::findings::fault::Fault;
use crate::model::coverage::Coverage;
use crate::model::coverage::Reason;
use crate::model::coverage::Totals;
use crate::model::coverage::Unscanned;
use crate::model::finding::Exposure;
use crate::model::finding::days;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::sources::Sink;
use crate::sources::git::ObjectReader;
use crate::sources::git::attribution::CommitPoint;
use crate::sources::git::range::NewCommit;
use crate::sources::git::range::Range;
use crate::sources::git::range::changes;
use crate::sources::git::range::changes::Files;
use crate::sources::git::range::new_commits;
use crate::sources::git::tips::Tips;
use crate::sources::path::escape_path;
use ages::Ages;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use table::Event;
use table::Table;

/// Most commits that are compared; of a longer history, the latest.
const COMMIT_CAP: usize = 1 << 20;
/// Most versions that are judged.
const VERSION_CAP: usize = 1 << 20;
/// Commits that are compared before what they changed is numbered.
const STEP: usize = 512;

/// The versions of one repository.
pub(super) struct Versions<'a> {
    pub(super) opened: &'a Opened,
    pub(super) faults: &'a Faults<'a>,
    pub(super) search: Search<'a>,
    /// Where it lies below what is scanned; empty, or with a slash at its end.
    pub(super) place: String,
    /// Its files are walked too, so that what HEAD says comes second.
    pub(super) walked: bool,
    /// Tell names and e-mail addresses of authors.
    pub(super) identities: bool,
}

/// What judging one version gave.
#[derive(Default)]
struct Judged {
    faults: Vec<Fault>,
    missed: Vec<Unscanned>,
    bytes: u64,
}

impl Judged {
    /// Nothing was found, but not all of it was judged.
    fn is_unknown(&self) -> bool {
        self.faults.is_empty() && !self.missed.is_empty()
    }
}

/// What all versions together gave for the coverage.
#[derive(Default)]
struct Covered {
    seen: u64,
    whole: u64,
    bytes: u64,
    missed: BTreeMap<(String, Reason, String), u64>,
}

impl Covered {
    fn add(&mut self, one: Judged) {
        self.seen += 1;
        self.whole += u64::from(!one.is_unknown());
        self.bytes += one.bytes;
        for missed in one.missed {
            let key = (missed.what, missed.reason, missed.detail);
            *self.missed.entry(key).or_default() += 1;
        }
    }
}

impl Versions<'_> {
    /// Judges the files of HEAD.
    pub(super) fn head(&self) {
        if let Some((head, files)) = self.list_head(true) {
            let mut table = Table::of(&files);
            table.join(self.groups(&files));
            self.stand(&table, &head);
        }
    }

    /// Judges the files of HEAD that the work tree has otherwise, or not at all.
    pub(super) fn beside(&self) {
        let Some(root) = &self.opened.repository.work_tree else {
            return;
        };
        let Some((head, files)) = self.list_head(false) else {
            return;
        };
        let mut table = Table::of(&files);
        let differs = |(path, id): &(Vec<u8>, ObjectId)| {
            let shown = self.place.clone() + &escape_path(path);
            let mut bytes = Vec::new();
            let read = || self.opened.read(id, &mut bytes).is_ok().then_some(bytes);
            match self.faults.is_known(&shown) {
                true => read().is_some_and(|bytes| !self.faults.has_seen(&shown, &bytes)),
                false => std::str::from_utf8(path)
                    .is_ok_and(|path| std::fs::symlink_metadata(root.join(path)).is_err()),
            }
        };
        table.join(self.groups(&files));
        table.retain(&|version| version.iter().any(&differs));
        if table.len() > 0 {
            let changed = table.list().map(|version| version.len() as u64).sum();
            self.count("head.changed", changed, changed, 0);
            self.stand(&table, &head);
        }
    }

    /// Tells the faults of these versions as those of HEAD.
    fn stand(&self, table: &Table, head: &CommitPoint) {
        let exposure = Exposure {
            last_seen: Some(self.told(head)),
            in_head: true,
            ..Exposure::of_a_commit()
        };
        let judged: Vec<Judged> = table.par_map(|files| self.judge(files, Some(head.id)));
        for judged in judged {
            judged
                .missed
                .into_iter()
                .for_each(|missed| self.search.job.unscanned(missed));
            let told = judged.faults.into_iter().map(|fault| Fault {
                file: self.place.clone() + &fault.file,
                exposure: Some(exposure.clone()),
                past: self.walked,
                ..fault
            });
            self.faults.add(told.collect());
        }
    }

    /// Judges every version that a ref reaches, and tells of each fault since when and until when.
    pub(super) fn all(&self) {
        if !self.walked {
            self.head();
        }
        let tips = Tips::new(&self.opened.refs, self.opened, |_| false);
        let commits = tips.list.iter().filter(|tip| tip.keeps());
        let commits = commits.filter(|tip| tip.kind == Some(ObjectKind::Commit));
        let range = Range {
            include: commits.map(|tip| tip.target).collect(),
            exclude: Vec::new(),
        };
        // What is missing of the history is told by who searches its shape.
        let found = new_commits(&range, &self.opened.repository.shallow, self.opened);
        self.between(&found.list, true);
    }

    /// The same for what these commits brought, parents before children; without `whole` only
    /// faults that one of them introduced are told.
    pub(super) fn between(&self, commits: &[NewCommit], whole: bool) {
        let mut commits = commits;
        if let Some(more) = commits.len().checked_sub(COMMIT_CAP).filter(|n| *n > 0) {
            commits = &commits[more..];
            self.cut(format!("{more} older commits are not compared"));
        }
        let mut table = Table::default();
        let events = self.events(commits, &mut table);
        let folders: BTreeSet<Vec<u8>> = table.folders();
        let head = self.list_head(whole && self.walked);
        let (head, files) = match head {
            Some((head, files)) => (Some(head), files),
            None => (None, Files::new()),
        };
        let at_head: Vec<u32> = table::units(&files)
            .into_values()
            .filter(|unit| {
                whole
                    || unit
                        .iter()
                        .any(|(path, _)| folders.contains(table::folder(path)))
            })
            .map(|unit| table.add(&unit))
            .collect();
        let mut ages = self.ages(&table, commits.len());
        let time = |id: &ObjectId| self.point(id);
        events
            .iter()
            .for_each(|event| ages.happened(event, commits, &time));
        let rendered = self.rendered(&files);
        for version in at_head {
            ages.stands(version, &|key| rendered.decides(key));
        }
        self.tell(ages, &table, head.as_ref(), whole);
    }

    /// Judges every version, a step at a time: of what is raised only the names are kept.
    fn ages(&self, table: &Table, commits: usize) -> Ages {
        let mut ages = Ages::default();
        let mut covered = Covered::default();
        for from in (0..table.len()).step_by(STEP) {
            let to = table.len().min(from + STEP);
            let judged: Vec<Judged> = (from..to)
                .into_par_iter()
                .map(|number| self.judge(table.files(number as u32), None))
                .collect();
            for one in judged {
                ages.hold((!one.is_unknown()).then_some(&one.faults[..]));
                covered.add(one);
            }
        }
        self.cover(commits, covered);
        ages
    }

    /// What each commit changed, its versions numbered.
    fn events(&self, commits: &[NewCommit], table: &mut Table) -> Vec<Event> {
        let mut events = Vec::new();
        let mut full = false;
        for (step, some) in commits.chunks(STEP).enumerate() {
            if self.search.run.is_interrupted() {
                self.search.job.unscanned(Unscanned {
                    reason: Reason::Interrupted,
                    ..self.missed(String::new())
                });
                break;
            }
            let changed: Vec<changes::Changes> = some
                .par_iter()
                .map(|commit| changes::changes(commit, &is_wanted, self.opened))
                .collect();
            for (at, changed) in changed.into_iter().enumerate() {
                let missed = changed.unscanned.into_iter();
                missed.for_each(|missed| self.search.job.unscanned(missed));
                for folder in &changed.folders {
                    full |= table.len() > VERSION_CAP;
                    if !full {
                        let number = (step * STEP + at) as u32;
                        events.extend(table.events(number, folder));
                    }
                }
            }
        }
        if full {
            self.cut(format!("more than {VERSION_CAP} versions are not judged"));
        }
        events
    }

    /// Tells the faults at the version of HEAD, or at the one that introduced them.
    fn tell(&self, ages: Ages, table: &Table, head: Option<&CommitPoint>, whole: bool) {
        let mut shown = BTreeMap::<(u32, ObjectId), Vec<usize>>::new();
        for (number, age) in ages.list().iter().enumerate() {
            let introduced = age.introduced.as_ref();
            if !whole && introduced.is_none() || age.overruled {
                continue;
            }
            let place = match (age.in_head, head, introduced) {
                (Some(version), Some(head), _) => Some((version, head.id)),
                (_, _, Some((point, version))) => Some((*version, point.id)),
                _ => None,
            };
            if let Some(place) = place {
                shown.entry(place).or_default().push(number);
            }
        }
        let shown: Vec<_> = shown.into_iter().collect();
        let told: Vec<Vec<Fault>> = shown
            .par_iter()
            .map(|((version, commit), numbers)| {
                let judged = self.judge(table.files(*version), Some(*commit));
                let faults = judged.faults.into_iter();
                let told = faults.filter_map(|fault| {
                    let number = ages.number(&fault)?;
                    let age = numbers.contains(&number).then(|| &ages.list()[number])?;
                    Some(Fault {
                        file: self.place.clone() + &fault.file,
                        exposure: Some(self.exposure(age, head)),
                        past: self.walked || age.in_head.is_none(),
                        ..fault
                    })
                });
                told.collect()
            })
            .collect();
        told.into_iter().for_each(|faults| self.faults.add(faults));
    }

    fn exposure(&self, age: &ages::Age, head: Option<&CommitPoint>) -> Exposure {
        let introduced = age.introduced.as_ref().map(|(point, _)| point);
        let in_head = age.in_head.is_some();
        let ended = age.ended.as_ref().filter(|_| !in_head);
        let last = match in_head {
            true => head.copied(),
            false => ended.and_then(|ended| ended.last),
        };
        Exposure {
            introduced: introduced.map(|point| self.told(point)),
            last_seen: last.map(|point| self.told(&point)),
            fixed: ended.map(|ended| self.told(&ended.by)),
            in_head,
            days: days(
                introduced.and_then(|point| point.time),
                last.and_then(|point| point.time),
            ),
            ..Exposure::of_a_commit()
        }
    }

    /// The commit of HEAD and the files in its tree that may be configuration. What of its trees is
    /// missing is told by who searches the shape of the history.
    fn list_head(&self, counted: bool) -> Option<(CommitPoint, Files)> {
        let head = self.opened.refs.resolve(b"HEAD").ok()??;
        let root = changes::root(&head, self.opened)?;
        let listing = changes::list(&root, &is_wanted, self.opened);
        if counted {
            let missed = listing.unscanned.into_iter();
            missed.for_each(|missed| self.search.job.unscanned(missed));
            self.count("head.files", listing.total, listing.total, 0);
        }
        Some((self.point(&head), listing.files))
    }

    /// Judges one version. With a commit, its places are told as that commit's.
    fn judge(&self, files: &[(Vec<u8>, ObjectId)], commit: Option<ObjectId>) -> Judged {
        let mut judged = Judged::default();
        let mut read = Vec::new();
        for (path, id) in files {
            let path = escape_path(path);
            let mut bytes = Vec::new();
            if let Err(error) = self.opened.read(id, &mut bytes) {
                let what = path;
                judged.missed.push(Unscanned {
                    what,
                    ..error.unscanned()
                });
                continue;
            }
            if bytes.len() > FILE_CAP && misconfig::group(&path, &bytes[..HEAD]).is_some() {
                judged.missed.push(too_large(path));
            } else if misconfig::group(&path, &bytes).is_some() {
                judged.bytes += bytes.len() as u64;
                let origin = Origin::Blob {
                    blob: *id,
                    path: Some(path),
                    commit,
                };
                read.push((origin, bytes));
            }
        }
        let files: Vec<_> = read
            .iter()
            .map(|(origin, bytes)| (origin, &bytes[..]))
            .collect();
        if !files.is_empty() {
            let (faults, missed) = self.faults.settings(&files);
            judged.faults = faults;
            judged.missed.extend(missed);
        }
        judged
    }

    /// Counts what was judged, and lists what was not: each file once, with the number of its versions.
    fn cover(&self, commits: usize, covered: Covered) {
        let commits = commits as u64;
        self.count("config.commits", commits, commits, 0);
        let Covered {
            seen,
            whole,
            bytes,
            missed,
        } = covered;
        self.count("config.versions", seen, whole, bytes);
        for ((what, reason, detail), n) in missed {
            let versions = match n {
                1 => "1 version in the history".to_owned(),
                n => format!("{n} versions in the history"),
            };
            self.search.job.unscanned(Unscanned {
                what,
                reason,
                bytes: None,
                detail: match detail.is_empty() {
                    true => versions,
                    false => format!("{detail}; {versions}"),
                },
            });
        }
    }

    fn count(&self, unit: &str, seen: u64, scanned: u64, bytes: u64) {
        let mut coverage = Coverage::default();
        let totals = Totals {
            seen,
            scanned,
            bytes,
        };
        coverage.totals.insert(unit.to_owned(), totals);
        self.search.job.cover(coverage);
    }

    fn cut(&self, detail: String) {
        self.search.job.unscanned(self.missed(detail));
    }

    fn missed(&self, detail: String) -> Unscanned {
        Unscanned {
            what: format!("{}settings of the history", self.place),
            reason: Reason::LimitCount,
            bytes: None,
            detail,
        }
    }

    fn point(&self, id: &ObjectId) -> CommitPoint {
        CommitPoint {
            id: *id,
            time: self.opened.commit_time(id),
        }
    }

    fn told(&self, point: &CommitPoint) -> crate::model::finding::CommitRef {
        super::lives::moment(point, self.opened, self.identities).commit
    }
}

/// True for the path of a file that may be configuration.
fn is_wanted(path: &[u8]) -> bool {
    misconfig::may_be(&escape_path(path))
}
