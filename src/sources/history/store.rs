//! The object store of one repository: its packs, its loose objects and its
//! alternates, opened once. It joins the parts of this folder into the three
//! things others need: walk everything, read one object, tell whether it is there.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use rayon::prelude::*;

use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::object::ObjectFormat;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;

use super::alternates;
use super::coverage::StoreCoverage;
use super::duplicates::Duplicates;
use super::fault::Fault;
use super::forest::ForeignBase;
use super::forest::Forest;
use super::forest::Surroundings;
use super::identify::identify;
use super::idx::Index;
use super::inflate::Buffer;
use super::inflate::Inflater;
use super::loose;
use super::map::Map;
use super::pack::Pack;
use super::pack::RawPack;
use super::random::Cache;
use super::random::ReadError;
use super::random::Reader;
use super::random::Spot;
use super::random::kind_at;
use super::rebuild::rebuild;
use super::visit::ListedId;
use super::visit::Object;
use super::visit::Place;
use super::visit::Visitor;
use super::visit::show;
use super::walk::Lost;
use super::walk::Outcome;
use super::walk::Walk;

/// Bounds of what a store may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLimits {
    /// Largest object that is decoded, in bytes.
    pub object: u64,
    /// Bytes of large delta bases held at once, above which no work is handed to further
    /// threads.
    pub live: usize,
    /// Recompute the id of every object visited in packs too and list those that differ; loose objects always are.
    pub verify: bool,
}

impl Default for StoreLimits {
    fn default() -> Self {
        StoreLimits {
            object: 512 << 20,
            live: 128 << 20,
            verify: false,
        }
    }
}

/// Everything git's object database of one repository holds.
pub struct Store {
    pub(super) format: ObjectFormat,
    limits: StoreLimits,
    /// The `objects` directories: the repository's own first, then its alternates.
    dirs: Vec<PathBuf>,
    pub(super) packs: Vec<Pack>,
    /// Loose objects in order of id, with the number of their directory.
    pub(super) loose: Vec<(ObjectId, usize)>,
    /// The number of the first object of each pack, of the loose ones, and the end.
    pub(super) numbers: Vec<u32>,
    /// What could not be opened.
    problems: StoreCoverage,
    /// Packs whose index was made anew in memory.
    rebuilt: Vec<String>,
    cache: Cache,
    readers: Mutex<Vec<Reader>>,
    /// What the walks so far could not read: pack and offset, or [`LOOSE`] and position.
    told: Mutex<BTreeSet<(u32, u64)>>,
}

/// How often the packs are listed when some go away between being listed and opened.
const LISTINGS: usize = 4;
/// Stands for a pack in `told`.
const LOOSE: u32 = u32::MAX;

impl Store {
    /// Opens the object database in the directory `objects`, and its alternates.
    ///
    /// Never fails: what cannot be opened is listed in the coverage of every walk.
    pub fn open(objects: &Path, format: ObjectFormat, limits: &StoreLimits) -> Store {
        Store::open_beside(objects, None, format, limits)
    }

    /// The same with one more directory of objects, such as the quarantine of a push that is
    /// being received (git-receive-pack(1)).
    pub fn open_beside(
        objects: &Path,
        more: Option<&Path>,
        format: ObjectFormat,
        limits: &StoreLimits,
    ) -> Store {
        let (mut dirs, mut missing) = alternates::follow(objects);
        if let Some(more) = more {
            let (further, problems) = alternates::follow(more);
            missing.extend(problems);
            for dir in further {
                if !dirs.contains(&dir) {
                    dirs.push(dir);
                }
            }
        }
        let mut problems = StoreCoverage::default();
        for problem in missing {
            problems.miss(problem.reason, || problem);
        }
        Store::open_dirs(dirs, format, limits, problems)
    }

    fn open_dirs(
        dirs: Vec<PathBuf>,
        format: ObjectFormat,
        limits: &StoreLimits,
        problems: StoreCoverage,
    ) -> Store {
        let mut store = Store {
            format,
            limits: *limits,
            dirs,
            packs: Vec::new(),
            loose: Vec::new(),
            numbers: Vec::new(),
            problems,
            rebuilt: Vec::new(),
            cache: Cache::new(),
            readers: Mutex::new(Vec::new()),
            told: Mutex::default(),
        };
        for number in 0..store.dirs.len() {
            store.list_loose(number);
        }
        store.loose.sort_unstable();
        store.open_packs();
        store.give_numbers();
        store
    }

    fn list_loose(&mut self, number: usize) {
        let (ids, unreadable) = loose::list(&self.dirs[number], self.format);
        self.loose.extend(ids.into_iter().map(|id| (id, number)));
        for name in unreadable {
            self.problem(
                format!("objects/{name}"),
                Reason::Unreadable,
                "the directory of loose objects cannot be read",
            );
        }
    }

    /// Opens all packs. When one goes away meanwhile, git is writing another in its place, and they
    /// are listed again.
    fn open_packs(&mut self) {
        let format = self.format;
        let (mut paths, mut opened) = (Vec::new(), Vec::new());
        for _ in 0..LISTINGS {
            let listed = self.dirs.iter().map(|dir| list_packs(&dir.join("pack")));
            paths = listed.flatten().flatten().collect();
            opened = paths
                .par_iter()
                .map(|path| open_pack(path, format))
                .collect::<Vec<_>>();
            let is_gone = |path: &PathBuf| !path.exists() && !path.with_extension("idx").exists();
            let mut failed = paths.iter().zip(&opened).filter(|(_, one)| one.is_err());
            if !failed.any(|(path, _)| is_gone(path)) {
                break;
            }
        }
        for number in 0..self.dirs.len() {
            let listed = list_packs(&self.dirs[number].join("pack"));
            if listed.is_err_and(|error| error.kind() != std::io::ErrorKind::NotFound) {
                self.problem(
                    "objects/pack".to_owned(),
                    Reason::Unreadable,
                    "the directory of packs cannot be read",
                );
            }
        }
        let mut bare = Vec::new();
        for (path, opened) in paths.iter().zip(opened) {
            let name = pack_name(path);
            match opened {
                Ok(Opened::Whole(pack)) => self.packs.push(*pack),
                Ok(Opened::Bare(raw)) => bare.push((name, raw)),
                Err((reason, detail)) => self.problem(name, reason, detail),
            }
        }
        for (name, raw) in bare {
            self.rebuild(name, raw);
        }
    }

    /// Reads a pack without its index.
    fn rebuild(&mut self, name: String, raw: RawPack) {
        let this = &*self;
        let other = |id: &ObjectId, out: &mut Vec<u8>| this.read(id, out).ok();
        let Some(done) = rebuild(&raw, self.format, self.limits.object, &other) else {
            return self.problem(
                name,
                Reason::Corrupt,
                "it has no index and none can be made",
            );
        };
        if !raw.is_whole(self.format) {
            let detail = "it has no index that can be used, and its checksum does not hold: \
                 what could be decoded was scanned, by the ids that it has now";
            self.problem(name.clone(), Reason::Corrupt, detail);
        }
        for (offset, fault) in done.lost {
            let what = format!("{name} offset {offset} (object of unknown id)");
            self.problem(what, fault.reason(), fault.detail());
        }
        if let Some((offset, missing)) = done.cut {
            let what = format!("{name} offset {offset}");
            let detail = format!(
                "it has no index that can be used and is corrupt here; \
                 {missing} of its {} objects come after this",
                raw.declared
            );
            self.problem(what, Reason::Corrupt, &detail);
        }
        self.packs
            .push(raw.with_index(name.clone(), done.index, self.format));
        self.rebuilt.push(name);
    }

    fn problem(&mut self, what: String, reason: Reason, detail: &str) {
        self.problems.miss(reason, || Unscanned {
            what,
            reason,
            bytes: None,
            detail: detail.to_owned(),
        });
    }

    /// What could not be opened; it stands in the coverage of every walk.
    pub fn problems(&self) -> &StoreCoverage {
        &self.problems
    }

    /// Packs without a usable index, which were read from front to back instead.
    pub fn rebuilt(&self) -> &[String] {
        &self.rebuilt
    }

    /// The `objects` directories that are read: the repository's own, then its alternates.
    pub fn dirs(&self) -> &[PathBuf] {
        &self.dirs
    }

    pub(super) fn packs(&self) -> &[Pack] {
        &self.packs
    }

    pub(super) fn limits(&self) -> &StoreLimits {
        &self.limits
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// True when some copy of the object is listed by a pack, loose or in an alternate.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.number(id.as_bytes()).is_some()
    }

    /// Ids that begin with these lower-case hexadecimal digits, sorted, at most `limit` of them.
    pub fn with_prefix(&self, hex: &str, limit: usize) -> Vec<ObjectId> {
        let Some(first) = hex
            .get(..2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        else {
            return Vec::new();
        };
        let packed = self.packs.iter().flat_map(|pack| {
            let start = first
                .checked_sub(1)
                .map_or(0, |before| pack.index.fan(before));
            (start..pack.index.fan(first)).map(|position| pack.index.id(position))
        });
        let packed = packed.filter_map(|id| ObjectId::from_bytes(self.format, id));
        let mut ids: Vec<ObjectId> = packed
            .chain(self.loose.iter().map(|(id, _)| *id))
            .filter(|id| id.to_string().starts_with(hex))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(limit);
        ids
    }

    /// Reads one object into `out`, replacing what it held. Safe to call from several threads.
    ///
    /// # Errors
    /// When the object is missing, or none of its copies can be read.
    pub fn read(&self, id: &ObjectId, out: &mut Vec<u8>) -> Result<ObjectKind, ReadError> {
        let mut first = None;
        for spot in self.spots(id) {
            match self.read_spot(spot, out) {
                Ok(kind) => return Ok(kind),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        out.clear();
        Err(
            first.map_or(ReadError::Missing(*id), |fault| ReadError::Broken {
                id: *id,
                reason: fault.reason(),
                detail: fault.detail(),
            }),
        )
    }

    fn read_spot(&self, spot: Spot, out: &mut Vec<u8>) -> Result<ObjectKind, Fault> {
        let reader = lock(&self.readers).pop();
        let mut reader = reader.unwrap_or_else(Reader::new);
        let kind = reader.read(self, spot, out);
        lock(&self.readers).push(reader);
        kind
    }

    /// All places where an object is stored.
    fn spots(&self, id: &ObjectId) -> impl Iterator<Item = Spot> {
        let id = *id;
        let packed = self
            .packs
            .iter()
            .enumerate()
            .filter_map(move |(number, pack)| {
                let position = pack.index.find(id.as_bytes())?;
                Some(Spot::Pack(number, pack.index.offset(position)?))
            });
        let start = self.loose.partition_point(|(loose, _)| *loose < id);
        let loose = self.loose[start..]
            .iter()
            .take_while(move |(loose, _)| *loose == id)
            .map(|(id, dir)| Spot::Loose(*dir, *id));
        packed.chain(loose)
    }

    /// Where the base of a delta in `pack` is stored: the same pack first.
    pub(super) fn spot_near(&self, pack: usize, id: &ObjectId) -> Option<Spot> {
        let near = &self.packs[pack];
        near.index
            .find(id.as_bytes())
            .and_then(|position| near.index.offset(position))
            .map(|offset| Spot::Pack(pack, offset))
            .or_else(|| self.spots(id).next())
    }

    /// Shows every object of the store to `visitor`, each once, on the current rayon pool.
    ///
    /// An object stored several times is taken from the first pack that has it; when that copy
    /// is corrupt, from any other.
    pub fn walk<V: Visitor>(&self, visitor: &V) -> StoreCoverage {
        lock(&self.told).clear();
        self.walk_from(visitor, self.problems.clone())
    }

    /// The same for what a visitor wants beside that of an earlier walk: what could not be opened or
    /// read then, and may be of any kind, is not told again.
    pub fn walk_again<V: Visitor>(&self, visitor: &V) -> StoreCoverage {
        self.walk_from(visitor, StoreCoverage::default())
    }

    fn walk_from<V: Visitor>(&self, visitor: &V, coverage: StoreCoverage) -> StoreCoverage {
        for pack in &self.packs {
            pack.will_need();
        }
        let duplicates = Duplicates::find(&self.packs);
        let forests: Vec<Forest> = self
            .packs
            .par_iter()
            .enumerate()
            .map(|(number, pack)| {
                let around = Around {
                    store: self,
                    visitor,
                    number,
                    duplicates: &duplicates,
                };
                let first = self.numbers[number];
                match visitor.few(first..self.numbers[number + 1]) {
                    Some(few) => {
                        let positions: Vec<u32> = few.iter().map(|at| at - first).collect();
                        Forest::build_part(pack, &positions, &around)
                    }
                    None => Forest::build(pack, &around),
                }
            })
            .collect();
        let read = |number: usize, base: ForeignBase, out: &mut Vec<u8>| {
            self.read_foreign(number, base, out)
        };
        let outcome = Walk::new(
            (&self.packs, &self.numbers),
            &forests,
            visitor,
            &self.limits,
            &read,
        )
        .run();
        self.report(visitor, &forests, outcome, coverage)
    }

    fn foreign_spot(&self, number: usize, base: ForeignBase) -> Result<Spot, Fault> {
        match base {
            ForeignBase::At(offset) => Ok(Spot::Pack(number, offset)),
            ForeignBase::Named(id) => self.spots(&id).next().ok_or(Fault::BaseMissing),
        }
    }

    fn read_foreign(
        &self,
        number: usize,
        base: ForeignBase,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let spot = self.foreign_spot(number, base)?;
        self.read_spot(spot, out).map(|_| ())
    }

    /// Joins what the walk over the packs came to with the copies of what it lost and with
    /// the loose objects.
    fn report<V: Visitor>(
        &self,
        visitor: &V,
        forests: &[Forest],
        outcome: Outcome,
        mut coverage: StoreCoverage,
    ) -> StoreCoverage {
        coverage.add(&outcome.totals);
        for forest in forests {
            coverage.add(&forest.seen);
        }
        let rescued: Vec<_> = outcome
            .lost
            .par_iter()
            .map(|lost| self.rescue(visitor, forests, lost))
            .collect();
        for (lost, rescued) in outcome.lost.iter().zip(rescued) {
            match rescued {
                Some((kind, len)) => coverage.visited(kind, len),
                None => self.miss(&mut coverage, forests, lost),
            }
        }
        self.walk_loose(visitor, &mut coverage);
        coverage
    }

    fn miss(&self, coverage: &mut StoreCoverage, forests: &[Forest], lost: &Lost) {
        let pack = &self.packs[lost.pack as usize];
        let forest = &forests[lost.pack as usize];
        let fault = lost.fault;
        if !lock(&self.told).insert((lost.pack, forest.offset(lost.entry))) {
            return;
        }
        coverage.miss(fault.reason(), || Unscanned {
            what: format!(
                "{} offset {} (object {})",
                pack.name,
                forest.offset(lost.entry),
                pack.id(forest.position(lost.entry))
            ),
            reason: fault.reason(),
            bytes: fault.bytes(),
            detail: fault.detail().to_owned(),
        });
    }

    /// Shows another copy of a lost object, when there is one that proves to be right.
    fn rescue<V: Visitor>(
        &self,
        visitor: &V,
        forests: &[Forest],
        lost: &Lost,
    ) -> Option<(ObjectKind, usize)> {
        if matches!(
            lost.fault,
            Fault::Mismatch | Fault::Panic | Fault::TooLarge(_)
        ) {
            return None;
        }
        let pack = lost.pack as usize;
        let id = self.packs[pack].id(forests[pack].position(lost.entry));
        let broken = Spot::Pack(pack, forests[pack].offset(lost.entry));
        let mut bytes = Vec::new();
        for spot in self.spots(&id).filter(|spot| *spot != broken) {
            if let Ok(kind) = self.read_spot(spot, &mut bytes)
                && identify(self.format, kind, &bytes) == id
            {
                if visitor.wants(kind) {
                    let number = self.number(id.as_bytes())?;
                    let object = whole(&id, number, kind, &bytes, self.place(spot));
                    show(visitor, object).ok()?;
                }
                return Some((kind, bytes.len()));
            }
        }
        None
    }

    fn place(&self, spot: Spot) -> Place<'_> {
        match spot {
            Spot::Pack(pack, offset) => Place::Pack(&self.packs[pack].name, offset),
            Spot::Loose(..) => Place::Loose,
        }
    }

    /// Shows the loose objects that are in no pack.
    fn walk_loose<V: Visitor>(&self, visitor: &V, coverage: &mut StoreCoverage) {
        let seen: Vec<_> = self
            .loose
            .par_chunk_by(|a, b| a.0 == b.0)
            .filter(|copies| {
                self.spots(&copies[0].0)
                    .all(|spot| matches!(spot, Spot::Loose(..)))
            })
            .map_init(
                || (Inflater::new(), Buffer::default()),
                |(inflater, buffer), copies| {
                    let seen = self.show_loose(visitor, copies, inflater, buffer);
                    buffer.trim();
                    (copies[0].0, seen)
                },
            )
            .collect();
        let mut later = None;
        for (id, mut seen) in seen {
            if seen.fault == Some(Fault::Vanished) {
                let later = later.get_or_insert_with(|| self.open_later());
                seen = self.show_moved(visitor, &id, later).unwrap_or(seen);
            }
            if let Some(kind) = seen.kind {
                coverage.of_mut(kind).seen += 1;
                seen.visited
                    .into_iter()
                    .for_each(|len| coverage.visited(kind, len));
            }
            let place = (LOOSE, self.number(id.as_bytes()).map_or(0, u64::from));
            if let Some(fault) = seen.fault
                && lock(&self.told).insert(place)
            {
                coverage.miss(fault.reason(), || Unscanned {
                    what: format!("loose object {id}"),
                    reason: fault.reason(),
                    bytes: fault.bytes(),
                    detail: fault.detail().to_owned(),
                });
            }
        }
    }

    /// The store as it is now.
    fn open_later(&self) -> Store {
        let (dirs, problems) = (self.dirs.clone(), StoreCoverage::default());
        Store::open_dirs(dirs, self.format, &self.limits, problems)
    }

    /// Shows an object that was loose when this store was opened and has since been packed.
    fn show_moved<V: Visitor>(
        &self,
        visitor: &V,
        id: &ObjectId,
        later: &Store,
    ) -> Option<SeenLoose> {
        let mut bytes = Vec::new();
        let kind = later.read(id, &mut bytes).ok()?;
        let mut seen = SeenLoose {
            kind: Some(kind),
            ..SeenLoose::default()
        };
        if visitor.wants(kind) {
            let number = self.number(id.as_bytes())?;
            match show(visitor, whole(id, number, kind, &bytes, Place::Loose)) {
                Ok(_) => seen.visited = Some(bytes.len()),
                Err(fault) => seen.fault = Some(fault),
            }
        }
        Some(seen)
    }

    /// Shows one loose object, from the first of its copies that can be read.
    fn show_loose<V: Visitor>(
        &self,
        visitor: &V,
        copies: &[(ObjectId, usize)],
        inflater: &mut Inflater,
        buffer: &mut Buffer,
    ) -> SeenLoose {
        let mut seen = SeenLoose::default();
        for (id, dir) in copies {
            let number = self.number(id.as_bytes()).unwrap_or(u32::MAX);
            let tried = self.try_loose(visitor, (id, number), *dir, inflater, buffer);
            let first = seen.fault.or(tried.fault);
            seen = tried;
            if seen.fault.is_none() || seen.visited.is_some() {
                break;
            }
            seen.fault = first;
        }
        seen
    }

    fn try_loose<V: Visitor>(
        &self,
        visitor: &V,
        (id, number): (&ObjectId, u32),
        dir: usize,
        inflater: &mut Inflater,
        buffer: &mut Buffer,
    ) -> SeenLoose {
        let mut seen = SeenLoose::default();
        if visitor.skip(listed(id), number) {
            return seen;
        }
        let objects = &self.dirs[dir];
        match loose::kind(objects, id) {
            Ok((kind, _)) => seen.kind = Some(kind),
            Err(fault) => seen.fault = Some(fault),
        }
        if !seen.kind.is_some_and(|kind| visitor.wants(kind)) {
            return seen;
        }
        match loose::read(objects, id, self.limits.object, inflater, buffer) {
            Ok((kind, start)) => {
                let bytes = &buffer.bytes()[start..];
                // There are few of them, and nothing else tells: a pack has its checksums, a file has not.
                if identify(self.format, kind, bytes) != *id {
                    seen.fault = Some(Fault::Mismatch);
                }
                match show(visitor, whole(id, number, kind, bytes, Place::Loose)) {
                    Ok(_) => seen.visited = Some(bytes.len()),
                    Err(fault) => seen.fault = Some(fault),
                }
            }
            Err(fault) => seen.fault = Some(fault),
        }
        seen
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What came of one loose object.
#[derive(Default)]
struct SeenLoose {
    kind: Option<ObjectKind>,
    /// Its length, if the visitor saw it.
    visited: Option<usize>,
    fault: Option<Fault>,
}

/// The id of an object that no index lists.
fn listed(id: &ObjectId) -> ListedId<'_> {
    ListedId::new(id.as_bytes(), id.format())
}

/// An object that stands alone.
fn whole<'a, S>(
    id: &'a ObjectId,
    number: u32,
    kind: ObjectKind,
    bytes: &'a [u8],
    place: Place<'a>,
) -> Object<'a, S> {
    Object {
        id: listed(id),
        number,
        kind,
        bytes,
        derived: None,
        has_children: false,
        place,
    }
}

/// What the forest of one pack needs to know about the rest.
struct Around<'a, V> {
    store: &'a Store,
    visitor: &'a V,
    number: usize,
    duplicates: &'a Duplicates,
}

impl<V: Visitor> Surroundings for Around<'_, V> {
    fn wants(&self, kind: ObjectKind) -> bool {
        self.visitor.wants(kind)
    }

    fn is_duplicate(&self, position: usize) -> bool {
        self.duplicates.holds(self.number, position)
    }

    fn skip(&self, position: usize) -> bool {
        let number = self.store.numbers[self.number] + position as u32;
        let id = self.store.packs[self.number].listed(position);
        self.visitor.skip(id, number)
    }

    fn kind(&self, base: ForeignBase) -> Result<ObjectKind, Fault> {
        let spot = self.store.foreign_spot(self.number, base)?;
        kind_at(self.store, spot).map_err(Fault::inherited)
    }
}

/// A pack as it was opened.
enum Opened {
    Whole(Box<Pack>),
    /// Without an index that can be used.
    Bare(RawPack),
}

fn open_pack(path: &Path, format: ObjectFormat) -> Result<Opened, (Reason, &'static str)> {
    let raw = RawPack::open(path)?;
    let index = Map::open(&path.with_extension("idx"))
        .ok()
        .and_then(|map| Index::from_map(map, format.id_len()))
        .filter(|index| raw.may_have(index, format));
    Ok(match index {
        Some(index) => Opened::Whole(Box::new(raw.with_index(pack_name(path), index, format))),
        None => Opened::Bare(raw),
    })
}

/// The packs of a directory, in order of name. An index without its pack counts as one: the
/// objects it lists are gone, which opening it will say.
fn list_packs(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "pack" || extension == "idx")
        {
            paths.push(path.with_extension("pack"));
        }
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

fn pack_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().escape_default().to_string()
}
