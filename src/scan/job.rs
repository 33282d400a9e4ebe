//! What every source's bytes go through: the engine, the resolution of what it
//! says, and the gathering of sightings and coverage. One job per run, shared by
//! all workers; each call borrows a scratch and returns it.

use super::faults::Faults;
use super::progress::Progress;
use crate::bytes::line::LineIndex;
use crate::bytes::line::line_around;
use crate::detect::secrets::Engine;
use crate::detect::secrets::Match;
use crate::detect::secrets::Refusal;
use crate::detect::secrets::Resolved;
use crate::detect::secrets::Scratch;
use crate::detect::secrets::resolve;
use crate::detect::views;
use crate::detect::views::Seen as Encoded;
use crate::findings::collect::Collector;
use crate::findings::collect::Held;
use crate::findings::collect::Known;
use crate::findings::collect::Refused;
use crate::findings::collect::Seen;
use crate::findings::collect::SeenPart;
use crate::findings::collect::Sighting;
use crate::findings::excerpt::excerpt;
use crate::findings::suppress;
use crate::model::chunk::Chunk;
use crate::model::coverage::Coverage;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::finding::Suppression;
use crate::model::finding::SuppressionKind;
use crate::model::location::Location;
use crate::model::location::Region;
use crate::model::location::Span;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::origin::Origin;
use crate::model::origin::RelPath;
use crate::sources::Sink;
use crate::sources::lfs::Pointer;
use crate::sources::path::label;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Bytes of a line that are looked at on each side of a secret, for markers and excerpts.
const LINE_REACH: usize = 512;

/// What a report says of an encoded place that was given up.
const LIMITED: &str = "encoded text in it decodes to too much, or is nested too deeply";

/// What a report says was decoded when the secret stands in a name and not in the bytes.
const NAME: &[&str] = &["file-name"];

/// One run's engine and what it has seen so far.
pub(super) struct Job<'a> {
    pub(super) engine: &'a Engine,
    faults: Option<&'a Faults<'a>>,
    collector: Mutex<Collector>,
    coverage: Mutex<Coverage>,
    scratches: Mutex<Vec<Buffers>>,
    progress: Option<Arc<Progress>>,
    /// Stores of Git LFS whose files are read in this run.
    lfs: Vec<PathBuf>,
}

/// Buffers of one call.
#[derive(Default)]
pub(super) struct Buffers {
    pub(super) scratch: Scratch,
    matches: Vec<Match>,
    seen: Vec<Encoded>,
}

/// A lock that survives a contained panic: what it guards is only ever added to.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Job<'a> {
    pub(super) fn new(engine: &'a Engine, progress: Option<Arc<Progress>>) -> Self {
        Job {
            engine,
            faults: None,
            collector: Mutex::default(),
            coverage: Mutex::default(),
            scratches: Mutex::default(),
            progress,
            lfs: Vec::new(),
        }
    }

    /// Counts an object of the history that was read.
    pub(super) fn saw_object(&self, bytes: usize) {
        if let Some(progress) = &self.progress {
            progress.object(bytes);
        }
    }

    /// A job that looks for faults too.
    pub(super) fn with_faults(
        engine: &'a Engine,
        faults: &'a Faults<'a>,
        progress: Option<Arc<Progress>>,
    ) -> Self {
        Job {
            faults: Some(faults),
            ..Job::new(engine, progress)
        }
    }

    /// Takes the content of pointers into these stores for read.
    pub(super) fn with_lfs(self, lfs: Vec<PathBuf>) -> Self {
        Job { lfs, ..self }
    }

    /// Runs `work` with buffers that no other thread uses meanwhile.
    pub(super) fn with_buffers<T>(&self, work: impl FnOnce(&mut Buffers) -> T) -> T {
        let mut buffers = lock(&self.scratches).pop().unwrap_or_default();
        let result = work(&mut buffers);
        lock(&self.scratches).push(buffers);
        result
    }

    /// Joins coverage that a source kept for itself.
    pub(super) fn cover(&self, coverage: Coverage) {
        lock(&self.coverage).merge(coverage);
    }

    /// Takes over what another job saw, which ran other rules.
    pub(super) fn absorb(&self, other: Job<'_>) {
        let (collector, coverage) = other.into_parts();
        lock(&self.collector).merge(collector);
        self.cover(coverage);
    }

    /// What was seen and what was covered.
    pub(super) fn into_parts(self) -> (Collector, Coverage) {
        let collector = self
            .collector
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let coverage = self
            .coverage
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        (collector, coverage)
    }

    /// Objects of the history that hold something found.
    pub(super) fn objects(&self) -> BTreeSet<ObjectId> {
        lock(&self.collector).objects()
    }

    /// Keywords that were verified, over all threads.
    pub(super) fn candidates(&self) -> u64 {
        lock(&self.scratches)
            .iter()
            .map(|buffers| buffers.scratch.candidates)
            .sum()
    }

    /// What a sink does with a chunk; true when anything matched, if only to be refused, or when
    /// it was judged as a file.
    pub(super) fn finds(&self, chunk: &Chunk<'_>) -> bool {
        let is_first = chunk.offset == 0 && chunk.core.start == 0 && chunk.decoded.is_empty();
        let in_name = is_first && self.search_name(chunk.origin);
        if let Some(progress) = self.progress.as_ref().filter(|_| chunk.decoded.is_empty()) {
            progress.read(chunk.core.len());
        }
        let found = self.search(chunk);
        let judged = self.faults.is_some_and(|faults| faults.look(chunk, self));
        found || in_name || judged
    }

    /// Searches a chunk of anything but a plain blob of the history.
    fn search(&self, chunk: &Chunk<'_>) -> bool {
        // The hole of a sparse file, of which there may be terabytes.
        if chunk.bytes.iter().all(|byte| *byte == 0) {
            return false;
        }
        self.with_buffers(|buffers| {
            let Buffers {
                scratch,
                matches,
                seen,
            } = buffers;
            matches.clear();
            let (bytes, core) = (chunk.bytes, chunk.core.clone());
            self.engine
                .scan(bytes, core.clone(), chunk.binary, scratch, matches);
            views::search(self.engine, bytes, core, chunk.binary, scratch, seen);
            let mut limited = false;
            for seen in seen.drain(..) {
                match seen.matched {
                    Some(matched) => matches.push(matched),
                    None => {
                        limited = true;
                        self.limited(chunk.origin, &seen.place);
                    }
                }
            }
            let found = limited || !matches.is_empty();
            if !matches.is_empty() {
                self.tell(chunk, matches);
            }
            found
        })
    }

    /// Lists an encoded place that was not decoded because it, or what it decodes to, is too large or too deep.
    pub(super) fn limited(&self, origin: &Origin, place: &Range<usize>) {
        self.unscanned(Unscanned {
            what: label(origin),
            reason: Reason::LimitSize,
            bytes: Some(place.len() as u64),
            detail: LIMITED.to_owned(),
        });
    }

    /// Searches the name of a file or archive member: names hold secrets too.
    fn search_name(&self, origin: &Origin) -> bool {
        let (Origin::File { path } | Origin::Member { path, .. }) = origin else {
            return false;
        };
        let mut chunk = Chunk::whole(origin, path.as_bytes());
        chunk.decoded = NAME;
        self.search(&chunk)
    }

    /// Resolves the matches of a chunk and gathers what is left.
    pub(super) fn tell(&self, chunk: &Chunk<'_>, matches: &mut Vec<Match>) {
        let secrets: Vec<Range<usize>> = matches.iter().map(|m| m.secret.clone()).collect();
        let units_before = (chunk.offset == 0).then_some(0);
        let mut place = Places {
            chunk,
            lines: LineIndex::window(chunk.bytes, chunk.lines_before, units_before),
            secrets,
        };
        let resolved = resolve(self.engine, matches);
        let told: Vec<_> = resolved
            .iter()
            .map(|one| self.sighting(&mut place, one))
            .collect();
        let mut collector = lock(&self.collector);
        for (resolved, told) in resolved.iter().zip(told) {
            self.gather(&mut collector, resolved, told);
        }
    }

    /// Where a match stands, with its parts; `None` for one that is refused.
    fn sighting(
        &self,
        place: &mut Places<'_>,
        resolved: &Resolved,
    ) -> Option<(Sighting, Vec<SeenPart>)> {
        let info = &resolved.matched.info;
        if info.refused.is_some() {
            return None;
        }
        let parts = resolved
            .parts
            .iter()
            .map(|part| self.part(place, part))
            .collect();
        let rule = self.engine.rules()[info.rule].id.0;
        Some((place.sighting(rule, &resolved.matched), parts))
    }

    fn gather(
        &self,
        collector: &mut Collector,
        resolved: &Resolved,
        told: Option<(Sighting, Vec<SeenPart>)>,
    ) {
        let info = &resolved.matched.info;
        let rule = self.engine.rules()[info.rule];
        let secret = info.secret.expose();
        if let Some((sighting, parts)) = told {
            let points = info.score.as_ref().map(|score| score.points);
            let worth = (points, info.confidence, info.validity);
            let known = || self.known(&resolved.matched);
            collector.add(rule, secret, worth, known, sighting, parts);
            return;
        }
        match info.refused {
            Some(Refusal::ChecksumFailed) => {
                collector.refuse(Refused::ChecksumFailed, rule.id.0, secret);
            }
            Some(Refusal::Placeholder) => {
                collector.refuse(Refused::Placeholder, rule.id.0, secret);
            }
            Some(Refusal::NoContext) | None => {}
        }
    }

    /// What is known about the secret of a match, whatever the place.
    fn known(&self, matched: &Match) -> Known {
        let info = &matched.info;
        let owned = |(name, value): &(&'static str, String)| ((*name).to_owned(), value.clone());
        let mut facts: Vec<(String, String)> = info.facts.iter().map(owned).collect();
        if let Some(expires) = info
            .expires
            .and_then(|at| jiff::Timestamp::from_second(at).ok())
        {
            facts.push(("expires".to_owned(), expires.to_string()));
        }
        let score = info.score.as_ref();
        Known {
            rule: self.engine.rules()[info.rule],
            validity: info.validity,
            confidence: info.confidence,
            facts,
            points: score.map(|score| score.points),
            features: score
                .map(|score| {
                    let named = score.features.iter().filter(|(name, _)| !name.is_empty());
                    named
                        .map(|(name, points)| ((*name).to_owned(), *points))
                        .collect()
                })
                .unwrap_or_default(),
        }
    }

    fn part(&self, place: &mut Places<'_>, part: &Match) -> SeenPart {
        SeenPart {
            rule: self.engine.rules()[part.info.rule].id.0,
            location: place.location(part),
            secret: part.info.secret.redacted(),
        }
    }
}

impl Sink for Job<'_> {
    fn chunk(&self, chunk: &Chunk<'_>) {
        self.finds(chunk);
    }

    fn unscanned(&self, missed: Unscanned) {
        lock(&self.coverage).miss(missed);
    }

    fn pointer(&self, what: RelPath, pointer: &Pointer) {
        let mut here = self.lfs.iter().filter_map(|store| pointer.path_in(store));
        match here.any(|path| path.is_file()) {
            true => self.excluded(Exclusion::LfsPointer, 1),
            false => self.unscanned(pointer.unscanned(what)),
        }
    }

    fn excluded(&self, why: Exclusion, n: u64) {
        *lock(&self.coverage).excluded.entry(why).or_default() += n;
    }

    fn counted(&self, unit: &'static str, bytes: u64) {
        if let Some(progress) = &self.progress {
            progress.file();
        }
        lock(&self.coverage).count(unit, bytes);
    }
}

/// Places in one chunk.
struct Places<'a> {
    chunk: &'a Chunk<'a>,
    lines: LineIndex<'a>,
    /// Everything secret in the chunk, refused matches included: none of it is shown.
    secrets: Vec<Range<usize>>,
}

impl Places<'_> {
    fn location(&mut self, matched: &Match) -> Location {
        let Range { start, end } = matched.secret;
        // Lines of a plain blob of the history are counted when it is shown: most never are.
        let is_lazy = matches!(
            self.chunk.origin,
            Origin::Blob { .. } | Origin::Object { .. }
        ) && self.chunk.decoded.is_empty();
        let region = if is_lazy {
            None
        } else {
            Region::locate(&mut self.lines, start, end)
        };
        let span = Span::new(
            self.chunk.source_offset(start),
            self.chunk.source_offset(end),
        );
        Location {
            origin: self.chunk.origin.clone(),
            span,
            region,
        }
    }

    fn sighting(&mut self, rule: &str, matched: &Match) -> Sighting {
        match self.held(matched) {
            Some(held) => Sighting::Held(held),
            None => Sighting::Seen(Box::new(self.seen(rule, matched))),
        }
    }

    /// The place in a plain object of the history; `None` for any other.
    fn held(&self, matched: &Match) -> Option<Held> {
        let (object, kind) = match self.chunk.origin {
            Origin::Blob {
                blob,
                path: None,
                commit: None,
            } => (*blob, ObjectKind::Blob),
            Origin::Object { object, kind } => (*object, kind_named(kind)?),
            _ => return None,
        };
        let start = u32::try_from(self.chunk.source_offset(matched.secret.start)).ok()?;
        let end = u32::try_from(self.chunk.source_offset(matched.secret.end)).ok()?;
        self.chunk.decoded.is_empty().then_some(Held {
            object,
            kind,
            start,
            end,
            decoded: matched.info.decoded.clone().into_boxed_slice(),
        })
    }

    fn seen(&mut self, rule: &str, matched: &Match) -> Seen {
        let location = self.location(matched);
        let decoded = self
            .chunk
            .decoded
            .iter()
            .chain(&matched.info.decoded)
            .copied()
            .collect();
        let in_tree = matches!(
            location.origin.outermost(),
            Origin::File { .. } | Origin::Stdin
        );
        if !in_tree {
            return Seen {
                location,
                decoded,
                excerpt: None,
                suppression: None,
            };
        }
        let line = line_around(self.chunk.bytes, matched.secret.start, LINE_REACH);
        let suppression = self.suppression(rule, &line, &location);
        Seen {
            excerpt: Some(self.excerpt(&line)),
            location,
            decoded,
            suppression,
        }
    }

    fn suppression(
        &self,
        rule: &str,
        line: &Range<usize>,
        location: &Location,
    ) -> Option<Suppression> {
        let before = line.start.checked_sub(1).map(|end| {
            let end = if end > 0 && self.chunk.bytes[end - 1] == b'\r' {
                end - 1
            } else {
                end
            };
            line_around(self.chunk.bytes, end, LINE_REACH)
        });
        let before = before.map_or(&[][..], |range| &self.chunk.bytes[range]);
        let marker = suppress::marker(rule, &self.chunk.bytes[line.clone()], before)?;
        Some(Suppression {
            kind: SuppressionKind::InSource,
            by: marker.by.to_owned(),
            justification: marker.reason,
            location: Some(location.clone()),
        })
    }

    fn excerpt(&self, line: &Range<usize>) -> String {
        let spans: Vec<Range<usize>> = self
            .secrets
            .iter()
            .filter(|secret| secret.start < line.end && line.start < secret.end)
            .map(|secret| secret.start.saturating_sub(line.start)..secret.end - line.start)
            .collect();
        excerpt(&self.chunk.bytes[line.clone()], &spans)
    }
}

fn kind_named(name: &str) -> Option<ObjectKind> {
    let kinds = [ObjectKind::Commit, ObjectKind::Tree, ObjectKind::Tag];
    kinds.into_iter().find(|kind| kind.name() == name)
}
