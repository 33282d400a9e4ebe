//! What earlier runs found clean in a repository is not searched again. An
//! object is remembered as clean when all of this is true:
//!
//! 1. Every rule that the file names was run over it, and there was no match,
//!    not even a refused one. Then a rule that is gone changes nothing, and over
//!    a new or changed rule only that rule need be run: without other matches
//!    there is nothing that could win over its matches or complete them.
//! 2. If something lies inside of it (an archive, text in another encoding), that was
//!    read to its end with the same limits and as clean, and what it counts is
//!    remembered with it. Whatever leaves an entry in the coverage is read each time.
//!
//! Everything else that was read is remembered as such and read again in every
//! run: with the same rules only at the places where something was found. So a report with a cache equals one without. The one exception is wanted: a
//! clean object is not read, so damage done to it since is only seen without the
//! cache. Trees and commits are taken from the skeleton of the history while
//! nothing is gone that was there, and nothing old is asked about for the first time.
//!
//! A file belongs to one repository, by its place: ids are believed, not computed, and
//! so a store that lies about them can only deceive about itself.

use super::history::Search;
use super::history::Shape;
use super::history::has_inside;
use super::history::origin;
use super::job::Job;
use super::job::lock;
use super::options::Options;
use super::remembered::Inside;
use super::remembered::Remembered;
use super::remembered::RuleDigest;
use super::remembered::State;
use super::remembered::Table;
use super::repository::BLOBS;
use super::repository::Opened;
use super::repository::TREES;
use super::repository::Units;
use crate::detect::secrets::Engine;
use crate::detect::secrets::delta::Places;
use crate::detect::secrets::delta::Scanned;
use crate::model::chunk::Chunk;
use crate::model::coverage::Coverage;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Totals;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::RelPath;
use crate::model::rule::Rule;
use crate::sources::Sink;
use crate::sources::git::history::History;
use crate::sources::git::skeleton::Skeleton;
use crate::sources::history::ListedId;
use crate::sources::history::Object;
use crate::sources::history::Visitor;
use crate::sources::lfs::Pointer;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// A pack of which at most one object in so many is to be read is not gone through.
const FEW: usize = 16;

/// What earlier runs and this one remember of one repository. Objects go by their numbers in
/// the store, as it is now.
pub(super) struct Cache {
    path: PathBuf,
    rules: BTreeSet<RuleDigest>,
    notes: Vec<String>,
    /// Rules that the old objects were not searched with.
    fresh: Option<Engine>,
    old: Vec<State>,
    now: Vec<AtomicU8>,
    sizes: Vec<AtomicU32>,
    /// Clean objects of each kind, as if they had been read.
    clean: BTreeMap<ObjectKind, Totals>,
    /// How far archives are unpacked.
    limits: String,
    /// What the insides of clean objects count, by number.
    inside: BTreeMap<u32, Coverage>,
    inside_now: Mutex<BTreeMap<u32, Coverage>>,
    /// Where the objects that are not clean have something, by number: of use to the same rules.
    found: BTreeMap<u32, Places>,
    found_now: Mutex<BTreeMap<u32, Places>>,
    /// Everything that is remembered is still in the store.
    whole: bool,
    skeleton: Skeleton,
    /// The skeleton was of use, and the one of now.
    grown: Mutex<(bool, Option<Skeleton>)>,
}

impl Cache {
    /// Reads what is remembered of a repository.
    pub(super) fn open(options: &Options, dir: &Path, opened: &Opened, engine: &Engine) -> Cache {
        let repository = &opened.repository;
        let path = path(dir, &repository.common_dir);
        let mut notes = Vec::new();
        let remembered = Remembered::load(&path, repository.format).unwrap_or_else(|why| {
            let path = path.display();
            notes.push(format!("cache {path}: {why}; everything is searched"));
            Remembered::default()
        });
        let rules = digests(engine.rules());
        let fresh = rules.iter();
        let fresh = fresh.filter(|(rule, _)| !remembered.rules.contains(rule));
        let fresh: Vec<&'static Rule> = fresh.map(|(_, rule)| *rule).collect();
        let is_new = remembered.objects.states.is_empty();
        let (objects, mut inside) = (remembered.objects, remembered.inside);
        let known: BTreeSet<RuleDigest> = rules.iter().map(|(digest, _)| *digest).collect();
        if known != remembered.rules {
            inside.found.clear();
        }
        let mut cache = Cache {
            path,
            rules: known,
            notes,
            fresh: (!fresh.is_empty() && !is_new).then(|| Engine::new(fresh, options.now)),
            old: vec![State::default(); opened.store.count() as usize],
            now: Vec::new(),
            sizes: Vec::new(),
            clean: BTreeMap::new(),
            limits: format!("{:?}", options.archives),
            inside: BTreeMap::new(),
            inside_now: Mutex::default(),
            found: BTreeMap::new(),
            found_now: Mutex::default(),
            whole: !is_new,
            skeleton: remembered.skeleton,
            grown: Mutex::default(),
        };
        cache.take(objects, inside, opened);
        cache
    }

    /// Finds what is remembered in the store.
    fn take(&mut self, mut objects: Table, inside: Inside, opened: &Opened) {
        let mut counted: BTreeMap<u32, Coverage> = inside.counted.into_iter().collect();
        let mut found: BTreeMap<u32, Places> = inside.found.into_iter().collect();
        if inside.limits != self.limits {
            for &at in counted.keys() {
                objects.states[at as usize] = objects.states[at as usize].unclean();
            }
            counted.clear();
        }
        let count = self.old.len();
        self.sizes = std::iter::repeat_with(AtomicU32::default)
            .take(count)
            .collect();
        let mut met = vec![false; objects.states.len()];
        opened.store.locate(&objects.ids, &mut |at, number| {
            let (state, size) = (objects.states[at], objects.sizes[at]);
            self.old[number as usize] = state;
            self.sizes[number as usize] = AtomicU32::new(size);
            let first = !std::mem::replace(&mut met[at], true);
            if let Some(kind) = state.kind().filter(|_| first && state.is_clean()) {
                let totals = self.clean.entry(kind).or_default();
                totals.seen += 1;
                totals.scanned += 1;
                totals.bytes += u64::from(size);
            }
            if first && let Some(counts) = counted.remove(&(at as u32)) {
                self.inside.insert(number, counts);
            }
            if let Some(places) = found.remove(&(at as u32)) {
                self.found.insert(number, places);
            }
        });
        self.whole &= met.iter().all(|&met| met);
        let fresh = self.fresh.is_some();
        let states = self.old.iter();
        self.now = states
            .map(|state| AtomicU8::new(if fresh { 0 } else { state.0 }))
            .collect();
        if !fresh {
            *lock(&self.inside_now) = self.inside.clone();
        }
    }

    /// Searches the blobs and tags that are not known to be clean, and the others for what
    /// rules have come since.
    pub(super) fn search_blobs(&self, opened: &Opened, search: Search<'_>) {
        let known = false;
        let new = Searched {
            search,
            cache: self,
            known,
        };
        opened.walk_blobs(&new, search.job);
        let Some(engine) = &self.fresh else {
            search.job.cover(self.spared(&BLOBS));
            for counted in self.inside.values() {
                let unpacked = counted.totals.values().map(|totals| totals.bytes);
                search.run.charge(unpacked.sum());
                search.job.cover(counted.clone());
            }
            return;
        };
        let job = Job::new(engine, None);
        let search = Search {
            job: &job,
            ..search
        };
        let known = true;
        let known = Searched {
            search,
            cache: self,
            known,
        };
        job.cover(opened.walk_again(&known, &BLOBS));
        new.search.job.absorb(job);
    }

    /// Looks at trees and commits the same way; at all of them without a skeleton.
    pub(super) fn shape<'a>(&'a self, shape: Shape<'a>, skeleton: bool) -> Shaped<'a> {
        Shaped {
            shape,
            cache: self,
            skeleton,
        }
    }

    /// The skeleton, when it tells everything about the objects that are asked about.
    pub(super) fn skeleton(&self, opened: &Opened, wanted: &[ObjectId]) -> Option<&Skeleton> {
        let is_new = |id: &ObjectId| {
            let number = opened.store.number(id.as_bytes());
            number.is_none_or(|number| self.old[number as usize].kind().is_none())
        };
        let told = |id: &ObjectId| self.skeleton.knows(id) || is_new(id);
        let usable = self.whole
            && self.skeleton.is_sound()
            && self.fresh.is_none()
            && wanted.iter().all(told);
        usable.then_some(&self.skeleton)
    }

    /// What was not read because it is clean, as if it had been.
    pub(super) fn spared(&self, kinds: &Units<'_>) -> Coverage {
        let mut coverage = Coverage::default();
        for (unit, kind) in kinds {
            if let Some(totals) = self.clean.get(kind) {
                let unit = format!("history.{unit}");
                coverage.totals.insert(unit, totals.clone());
            }
        }
        coverage
    }

    /// Keeps the skeleton of now, and whether it grew out of the old one.
    pub(super) fn keep(&self, history: &History<'_>, grown: bool) {
        let unchanged = grown && self.is_unchanged();
        let skeleton = (!unchanged).then(|| history.skeleton());
        *lock(&self.grown) = (grown, skeleton);
    }

    /// True when this run read nothing that an earlier one did not.
    pub(super) fn is_unchanged(&self) -> bool {
        let now = self.now.iter().map(|state| state.load(Ordering::Relaxed));
        now.zip(&self.old).all(|(now, old)| now == old.0)
    }

    /// Writes what is remembered now; gives what a person should know about it.
    pub(super) fn save(self, opened: &Opened) -> Vec<String> {
        let (grown, skeleton) = std::mem::take(&mut *lock(&self.grown));
        let now: Vec<State> = self
            .now
            .iter()
            .map(|s| State(s.load(Ordering::Relaxed)))
            .collect();
        let mut notes = self.notes;
        if grown && now == self.old {
            return notes;
        }
        let format = opened.repository.format;
        let inside = std::mem::take(&mut *lock(&self.inside_now));
        let places = std::mem::take(&mut *lock(&self.found_now));
        let (objects, counted, found) = table(opened, &now, &self.sizes, (inside, places));
        let remembered = Remembered {
            rules: self.rules,
            objects,
            inside: Inside {
                limits: self.limits,
                counted,
                found,
            },
            skeleton: skeleton.unwrap_or_default(),
        };
        if let Err(error) = remembered.save(&self.path, format) {
            let (path, kind) = (self.path.display(), error.kind());
            notes.push(format!("cache {path}: it cannot be written: {kind}"));
        }
        notes
    }

    fn remember(&self, object: (ObjectKind, u32, &[u8]), clean: bool) {
        let (kind, number, bytes) = object;
        if let Ok(size) = u32::try_from(bytes.len()) {
            let state = State::new(kind, clean);
            self.sizes[number as usize].store(size, Ordering::Relaxed);
            self.now[number as usize].store(state.0, Ordering::Relaxed);
        }
    }

    /// Reads what is inside of a blob; true when that need not be done again.
    fn look_inside(&self, search: &Search<'_>, id: &ObjectId, number: u32, bytes: &[u8]) -> bool {
        let onlooker = Onlooker {
            job: search.job,
            counted: Mutex::default(),
            restless: AtomicBool::new(false),
        };
        search.inside_to(&origin(id, ObjectKind::Blob), bytes, &onlooker);
        let restless = onlooker.restless.into_inner();
        if !restless {
            let counted = onlooker.counted.into_inner();
            let counted = counted.unwrap_or_else(PoisonError::into_inner);
            lock(&self.inside_now).insert(number, counted);
        }
        !restless
    }

    fn is_clean(&self, number: u32) -> bool {
        self.old[number as usize].is_clean()
    }

    /// Those of a range that are unknown, or known and of these kinds and not clean.
    fn few(&self, numbers: Range<u32>, kinds: &Units<'_>) -> Option<Vec<u32>> {
        let most = numbers.len() / FEW;
        let mut few = Vec::new();
        for number in numbers {
            let state = self.old[number as usize];
            let kind = state.kind();
            let wanted = kind.is_none_or(|kind| kinds.iter().any(|(_, other)| *other == kind));
            if wanted && !state.is_clean() {
                if few.len() == most {
                    return None;
                }
                few.push(number);
            }
        }
        Some(few)
    }
}

/// The file of a repository, whose place decides its name.
fn path(dir: &Path, common_dir: &Path) -> PathBuf {
    let place = common_dir.canonicalize();
    let place = place.as_deref().unwrap_or(common_dir);
    let hash = Sha256::digest(place.as_os_str().as_encoded_bytes());
    let digits: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    dir.join(format!("history-{digits}"))
}

/// By position in a table, what is by number elsewhere.
type ByPosition<T> = Vec<(u32, T)>;

/// What is to be remembered, in order of id, with what the insides count and where something was
/// found, by position.
fn table(
    opened: &Opened,
    now: &[State],
    sizes: &[AtomicU32],
    more: (BTreeMap<u32, Coverage>, BTreeMap<u32, Places>),
) -> (Table, ByPosition<Coverage>, ByPosition<Places>) {
    let (mut inside, mut places) = more;
    let store = &opened.store;
    let known = (0..store.count()).filter(|&n| now[n as usize].kind().is_some());
    let mut numbers: Vec<u32> = known.collect();
    // Packs list their objects in order, which this sort makes use of.
    numbers.sort_by(|&a, &b| store.raw_id(a).cmp(store.raw_id(b)));
    numbers.dedup_by(|a, b| store.raw_id(*a) == store.raw_id(*b));
    let (mut table, mut counted, mut found) = (Table::default(), Vec::new(), Vec::new());
    let id_len = opened.repository.format.id_len();
    table.ids.reserve_exact(numbers.len() * id_len);
    for (position, number) in (0..).zip(numbers) {
        table.ids.extend_from_slice(store.raw_id(number));
        table.states.push(now[number as usize]);
        table
            .sizes
            .push(sizes[number as usize].load(Ordering::Relaxed));
        counted.extend(inside.remove(&number).map(|counts| (position, counts)));
        found.extend(places.remove(&number).map(|places| (position, places)));
    }
    (table, counted, found)
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

/// Searches blobs and tags: those that are known to be clean, or those that are not.
struct Searched<'a> {
    search: Search<'a>,
    cache: &'a Cache,
    known: bool,
}

impl Visitor for Searched<'_> {
    type State = Scanned;

    fn wants(&self, kind: ObjectKind) -> bool {
        BLOBS.iter().any(|(_, other)| *other == kind)
    }

    fn skip(&self, _id: ListedId<'_>, number: u32) -> bool {
        self.cache.is_clean(number) != self.known
    }

    fn few(&self, numbers: Range<u32>) -> Option<Vec<u32>> {
        (!self.known)
            .then(|| self.cache.few(numbers, &BLOBS))
            .flatten()
    }

    fn visit(&self, object: Object<'_, Scanned>) -> Scanned {
        let (kind, number, bytes) = (object.kind, object.number, object.bytes);
        let places = self.cache.found.get(&number).filter(|_| !self.known);
        let scanned = self.search.object_at(&object, places);
        let quiet = !has_inside(kind, bytes)
            || self
                .cache
                .look_inside(&self.search, &object.id.get(), number, bytes);
        let clean = scanned.is_clean() && quiet;
        if !clean {
            lock(&self.cache.inside_now).remove(&number);
        }
        if !scanned.is_clean() && !self.known {
            lock(&self.cache.found_now).insert(number, scanned.places());
        }
        self.cache.remember((kind, number, bytes), clean);
        scanned
    }
}

/// Hands on what is inside of a blob and notes what there is to say about it.
struct Onlooker<'a> {
    job: &'a Job<'a>,
    counted: Mutex<Coverage>,
    /// Something was found, or not read.
    restless: AtomicBool,
}

impl Sink for Onlooker<'_> {
    fn chunk(&self, chunk: &Chunk<'_>) {
        if self.job.finds(chunk) {
            self.restless.store(true, Ordering::Relaxed);
        }
    }

    fn unscanned(&self, missed: Unscanned) {
        self.restless.store(true, Ordering::Relaxed);
        self.job.unscanned(missed);
    }

    /// Whether its content is there may be otherwise the next time.
    fn pointer(&self, what: RelPath, pointer: &Pointer) {
        self.restless.store(true, Ordering::Relaxed);
        self.job.pointer(what, pointer);
    }

    fn excluded(&self, why: Exclusion, n: u64) {
        *lock(&self.counted).excluded.entry(why).or_default() += n;
        self.job.excluded(why, n);
    }

    fn counted(&self, unit: &'static str, bytes: u64) {
        lock(&self.counted).count(unit, bytes);
        self.job.counted(unit, bytes);
    }
}

/// Looks at trees and commits: all, or those that are not known to be clean.
pub(super) struct Shaped<'a> {
    shape: Shape<'a>,
    cache: &'a Cache,
    skeleton: bool,
}

impl Visitor for Shaped<'_> {
    type State = Option<Scanned>;

    fn wants(&self, kind: ObjectKind) -> bool {
        self.shape.wants(kind)
    }

    fn skip(&self, _id: ListedId<'_>, number: u32) -> bool {
        self.skeleton && self.cache.is_clean(number)
    }

    fn few(&self, numbers: Range<u32>) -> Option<Vec<u32>> {
        self.skeleton
            .then(|| self.cache.few(numbers, &TREES))
            .flatten()
    }

    fn visit(&self, object: Object<'_, Option<Scanned>>) -> Option<Scanned> {
        let about = (object.kind, object.number, object.bytes);
        let (scanned, clean) = self.shape.look(object);
        self.cache.remember(about, clean);
        scanned
    }
}
