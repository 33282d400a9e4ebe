//! Where detectors of configuration and code meet the run: whole files go in, and
//! what is raised gets lines, a masked excerpt, the markers that silence it, and a
//! place among the faults. Files that belong together wait until the walk has
//! seen all of them.

use crate::bytes::line::LineIndex;
use crate::bytes::line::line_around;
use crate::detect::misconfig;
use crate::detect::misconfig::Group;
use crate::detect::raised::File;
use crate::detect::raised::Judged;
use crate::detect::raised::Raised;
use crate::detect::sast;
use crate::detect::secrets::Engine;
use crate::detect::secrets::Scratch;
use crate::detect::secrets::delta::Scanned;
use crate::findings::excerpt::quote;
use crate::findings::fault::Fault;
use crate::findings::life::Lives;
use crate::findings::silence;
use crate::model::chunk::Chunk;
use crate::model::coverage::Coverage;
use crate::model::coverage::LanguageCoverage;
use crate::model::coverage::Reason;
use crate::model::coverage::Totals;
use crate::model::coverage::Unscanned;
use crate::model::finding::Exposure;
use crate::model::finding::Step;
use crate::model::finding::Suppression;
use crate::model::finding::SuppressionKind;
use crate::model::location::Location;
use crate::model::location::Region;
use crate::model::location::Span;
use crate::model::object::ObjectId;
use crate::model::origin::Origin;
use crate::model::rule::Rule;
use crate::model::rule::RuleKind;
use crate::rules::check::Body;
use crate::rules::select::RuleSet;
use crate::sources::Sink;
use rayon::prelude::*;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::OnceLock;

use super::job::lock;

/// Bytes of a line that are looked at on each side of a fault.
const LINE_REACH: usize = 512;

/// Comment lines above a thing that are read for markers.
const LINES_ABOVE: usize = 3;

/// Bytes that say what a file too large to be judged is.
pub(super) const HEAD: usize = 64 << 10;

/// Bytes of all files that wait for the others of their module, at most; what comes after is
/// judged by itself.
const WAITING_CAP: usize = 256 << 20;

/// What manifests wait under: no folder has this name.
const MANIFESTS: &str = "\0manifests";

/// A file that waits for the others of its module.
struct Waiting {
    origin: Origin,
    bytes: Vec<u8>,
}

/// The detectors of faults and what they raised so far.
pub(super) struct Faults<'a> {
    // Made when there is something to judge: the checks alone are a tenth of what starting costs.
    misconfig: OnceLock<misconfig::Engine>,
    sast: OnceLock<sast::Engine>,
    languages: Mutex<BTreeMap<String, LanguageCoverage>>,
    totals: Mutex<BTreeMap<String, Totals>>,
    rules: &'a RuleSet,
    secrets: &'a Engine,
    raised: Mutex<Vec<Fault>>,
    waiting: Mutex<(usize, BTreeMap<String, Vec<Waiting>>)>,
    /// Digests of the settings of the work tree, by path.
    seen: Mutex<BTreeMap<String, [u8; 32]>>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(rules: &'a RuleSet, secrets: &'a Engine) -> Self {
        Faults {
            misconfig: OnceLock::new(),
            sast: OnceLock::new(),
            languages: Mutex::default(),
            totals: Mutex::default(),
            rules,
            secrets,
            raised: Mutex::default(),
            waiting: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    fn misconfig(&self) -> &misconfig::Engine {
        self.misconfig.get_or_init(|| {
            let checks = self.rules.checks();
            let settings = checks.filter_map(|(rule, body)| match body {
                Body::Misconfig(body) => Some((rule, body)),
                Body::Sast(_) => None,
            });
            misconfig::Engine::new(settings.collect())
        })
    }

    fn sast(&self) -> &sast::Engine {
        self.sast.get_or_init(|| {
            let checks = self.rules.checks();
            let code = checks.filter_map(|(rule, body)| match body {
                Body::Sast(body) => Some((rule, body)),
                Body::Misconfig(_) => None,
            });
            sast::Engine::new(code.collect())
        })
    }

    /// Looks at a chunk; only whole files are judged. True when this is one to be
    /// judged, by some check if not by one that runs.
    pub(super) fn look(&self, chunk: &Chunk<'_>, sink: &dyn Sink) -> bool {
        let is_whole = chunk.offset == 0 && chunk.core == (0..chunk.bytes.len());
        if chunk.is_link {
            return false;
        }
        let is_file = matches!(
            chunk.origin,
            Origin::File { .. } | Origin::Index { .. } | Origin::Member { .. }
        );
        if let Origin::File { path } = chunk.origin
            && chunk.offset == 0
            && chunk.core.start == 0
            && chunk.decoded.is_empty()
            && !self.sast().is_empty()
        {
            self.look_at_code(path, chunk, is_whole, sink);
        }
        if !is_file || !chunk.decoded.is_empty() {
            return false;
        }
        let path = chunk.origin.path().unwrap_or_default();
        if !is_whole {
            self.pass_over(path, chunk, sink);
            return false;
        }
        let group = misconfig::group(path, chunk.bytes);
        if self.misconfig().is_empty() {
            return group.is_some();
        }
        if let (Some(_), Origin::File { path }) = (&group, chunk.origin) {
            lock(&self.seen).insert(path.clone(), Sha256::digest(chunk.bytes).into());
        }
        match group {
            None => return false,
            Some(Group::Module(folder)) if self.waits(&folder, chunk) => {}
            Some(Group::Manifest) if is_in_tree(chunk.origin) && self.waits(MANIFESTS, chunk) => {}
            Some(_) => self.judge(&[(chunk.origin, chunk.bytes)], sink),
        }
        true
    }

    /// Lists a file of settings that is too large to be judged, once, at its first window.
    fn pass_over(&self, path: &str, chunk: &Chunk<'_>, sink: &dyn Sink) {
        let is_first = chunk.offset == 0 && chunk.core.start == 0;
        let head = &chunk.bytes[..chunk.bytes.len().min(HEAD)];
        if is_first && !self.misconfig().is_empty() && misconfig::group(path, head).is_some() {
            self.count(path, head, false);
            sink.unscanned(too_large(path.to_owned()));
        }
    }

    /// Analyses a file of code and counts it for its language.
    fn look_at_code(&self, path: &str, chunk: &Chunk<'_>, is_whole: bool, sink: &dyn Sink) {
        let bytes = chunk.bytes;
        let language = sast::Language::of(path, bytes);
        let name = language
            .map(sast::Language::name)
            .or_else(|| sast::unanalysed(path));
        let Some(name) = name.filter(|_| !chunk.binary) else {
            return;
        };
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let mut counted = LanguageCoverage::default();
        counted.present.add(bytes.len() as u64, lines);
        if let Some(language) = language {
            counted.rules = self.sast().count(language);
            if is_whole && !is_packed(bytes, lines) {
                let file = File { path, bytes };
                let judgement = self.sast().judge(language, &file);
                counted.parsed = u64::from(judgement.is_parsed);
                counted.partly = u64::from(judgement.is_partly);
                if judgement.is_whole && counted.rules > 0 {
                    counted.analysed.add(bytes.len() as u64, lines);
                }
                self.told(&[(chunk.origin, bytes)], path, judgement.judged, sink);
            } else if !is_whole {
                sink.unscanned(Unscanned {
                    what: path.to_owned(),
                    reason: Reason::LimitSize,
                    bytes: None,
                    detail: "code of more than 2 MiB is not analysed".to_owned(),
                });
            }
        }
        let one = BTreeMap::from([(name.to_owned(), counted)]);
        let mut languages = lock(&self.languages);
        let mut all = Coverage {
            languages: std::mem::take(&mut languages),
            ..Coverage::default()
        };
        all.merge(Coverage {
            languages: one,
            ..Coverage::default()
        });
        *languages = all.languages;
    }

    fn told(&self, files: &[(&Origin, &[u8])], path: &str, judged: Judged, sink: &dyn Sink) {
        for missed in judged.unjudged {
            sink.unscanned(Unscanned {
                what: path.to_owned(),
                reason: missed.reason,
                bytes: None,
                detail: missed.detail,
            });
        }
        if !judged.raised.is_empty() {
            self.add(self.faults(files, &judged.raised, &|check| self.sast().rule(check)));
        }
    }

    /// What there is of each language and how far it was analysed.
    pub(super) fn languages(&self) -> BTreeMap<String, LanguageCoverage> {
        std::mem::take(&mut *lock(&self.languages))
    }

    /// Keeps a file until its module is whole; false when there is no room.
    fn waits(&self, folder: &str, chunk: &Chunk<'_>) -> bool {
        let mut waiting = lock(&self.waiting);
        if waiting.0 + chunk.bytes.len() > WAITING_CAP {
            return false;
        }
        waiting.0 += chunk.bytes.len();
        let source = match chunk.origin {
            Origin::File { .. } => "",
            _ => "!",
        };
        let files = waiting.1.entry(format!("{source}{folder}")).or_default();
        files.push(Waiting {
            origin: chunk.origin.clone(),
            bytes: chunk.bytes.to_vec(),
        });
        true
    }

    /// Judges what waited; to be called when no more files come.
    pub(super) fn settle(&self, sink: &dyn Sink) {
        let (_, waiting) = std::mem::take(&mut *lock(&self.waiting));
        waiting.into_par_iter().for_each(|(name, mut files)| {
            files.sort_by(|a, b| a.origin.cmp(&b.origin));
            let files: Vec<_> = files.iter().map(|f| (&f.origin, &*f.bytes)).collect();
            match name.ends_with(MANIFESTS) {
                true => joined(&files).into_par_iter().for_each(|some| {
                    let some: Vec<_> = some.into_iter().map(|at| files[at]).collect();
                    self.judge(&some, sink);
                }),
                false => self.judge(&files, sink),
            }
        });
    }

    /// The commits whose refs are asked for: of faults with a life, where it begins as far as it is known.
    pub(super) fn commits(&self) -> BTreeSet<ObjectId> {
        let raised = lock(&self.raised);
        let exposures = raised.iter().filter_map(|fault| fault.exposure.as_ref());
        exposures.filter_map(anchor).collect()
    }

    /// What was raised, with the refs that reach it.
    pub(super) fn take(&self, lives: &Lives) -> Vec<Fault> {
        let mut raised = std::mem::take(&mut *lock(&self.raised));
        for exposure in raised.iter_mut().filter_map(|it| it.exposure.as_mut()) {
            if let Some(life) = anchor(exposure).and_then(|commit| lives.get(&commit)) {
                exposure.reachable = life.reachable;
                exposure.refs = life.refs.to_vec();
                exposure.refs_total = life.refs_total;
            }
        }
        raised
    }

    fn judge(&self, files: &[(&Origin, &[u8])], sink: &dyn Sink) {
        let (faults, missed) = self.settings(files);
        let lost: BTreeSet<&str> = missed.iter().map(|it| it.what.as_str()).collect();
        for (origin, bytes) in files {
            let path = origin.path().unwrap_or_default();
            self.count(path, bytes, !lost.contains(path));
        }
        missed.into_iter().for_each(|missed| sink.unscanned(missed));
        self.add(faults);
    }

    /// Counts a file of settings among all and among those of its kind.
    fn count(&self, path: &str, bytes: &[u8], is_whole: bool) {
        let Some(kind) = misconfig::kind(path, bytes) else {
            return;
        };
        let mut totals = lock(&self.totals);
        for unit in ["files", kind] {
            let totals = totals.entry(format!("config.{unit}")).or_default();
            totals.seen += 1;
            totals.scanned += u64::from(is_whole);
            totals.bytes += bytes.len() as u64;
        }
    }

    /// How many files of settings there were, of each kind, and how many were read without loss.
    pub(super) fn totals(&self) -> BTreeMap<String, Totals> {
        std::mem::take(&mut *lock(&self.totals))
    }

    /// Whether settings of this path were met in the work tree.
    pub(super) fn is_known(&self, path: &str) -> bool {
        lock(&self.seen).contains_key(path)
    }

    /// Whether the work tree has just these settings at this path.
    pub(super) fn has_seen(&self, path: &str, bytes: &[u8]) -> bool {
        let digest = lock(&self.seen).get(path).copied();
        digest == Some(Sha256::digest(bytes).into())
    }

    /// True when there is a check of settings.
    pub(super) fn judges_settings(&self) -> bool {
        let mut rules = self.rules.rules().iter();
        rules.any(|rule| rule.kind == RuleKind::Misconfig)
    }

    /// The faults of settings that belong together, and what of them could not be judged.
    pub(super) fn settings(&self, files: &[(&Origin, &[u8])]) -> (Vec<Fault>, Vec<Unscanned>) {
        let path = |origin: &Origin| origin.path().unwrap_or_default().to_owned();
        let paths: Vec<String> = files.iter().map(|(origin, _)| path(origin)).collect();
        let asked: Vec<File<'_>> = files
            .iter()
            .zip(&paths)
            .map(|((_, bytes), path)| File { path, bytes })
            .collect();
        let Judged { raised, unjudged } = self.misconfig().judge(&asked);
        let missed = unjudged.into_iter().map(|missed| Unscanned {
            what: asked[missed.file].path.to_owned(),
            reason: missed.reason,
            bytes: None,
            detail: missed.detail,
        });
        let faults = self.faults(files, &raised, &|check| self.misconfig().rule(check));
        (faults, missed.collect())
    }

    /// Joins what was raised elsewhere.
    pub(super) fn add(&self, faults: Vec<Fault>) {
        lock(&self.raised).extend(faults);
    }

    /// Turns what a detector raised into faults.
    fn faults(
        &self,
        files: &[(&Origin, &[u8])],
        raised: &[Raised],
        rule: &dyn Fn(usize) -> &'static Rule,
    ) -> Vec<Fault> {
        let mut lines: Vec<LineIndex<'_>> = files
            .iter()
            .map(|(_, bytes)| LineIndex::new(bytes))
            .collect();
        let raised = raised.iter();
        raised
            .map(|one| self.fault(files, &mut lines, one, rule(one.check)))
            .collect()
    }

    fn fault(
        &self,
        files: &[(&Origin, &[u8])],
        lines: &mut [LineIndex<'_>],
        raised: &Raised,
        rule: &'static Rule,
    ) -> Fault {
        let mut locate = |file: usize, span: &Range<usize>| Location {
            origin: files[file].0.clone(),
            span: Span::new(span.start as u64, span.end as u64),
            region: Region::locate(&mut lines[file], span.start, span.end),
        };
        let bytes = files[raised.file].1;
        let span = first_line(bytes, &raised.span);
        let location = locate(raised.file, &span);
        let flow = raised.flow.iter().map(|(file, span, text)| Step {
            location: locate(*file, span),
            text: text.clone(),
        });
        Fault {
            rule,
            confidence: raised.confidence,
            message: raised.message.clone(),
            logical: raised.logical.clone(),
            identity: raised.identity.clone(),
            excerpt: Some(self.excerpt(bytes, &span, &raised.secrets)),
            suppression: self.suppression(rule, bytes, raised, &location),
            flow: flow.collect(),
            file: location.origin.path().unwrap_or_default().to_owned(),
            exposure: None,
            past: false,
            location,
        }
    }

    /// The line at fault. What our own rules call a secret is masked whatever the check says.
    fn excerpt(&self, bytes: &[u8], span: &Range<usize>, secrets: &[Range<usize>]) -> String {
        let line = line_around(bytes, span.start, LINE_REACH);
        let text = &bytes[line.clone()];
        let scanned = Scanned::whole(self.secrets, text, &mut Scratch::default());
        let mut spans: Vec<Range<usize>> = scanned.matches().map(|m| m.secret.clone()).collect();
        for secret in secrets {
            if secret.start < line.end && secret.end > line.start {
                let start = secret.start.max(line.start) - line.start;
                spans.push(start..secret.end.min(line.end) - line.start);
            }
        }
        let at = span.start.max(line.start) - line.start;
        let end = span.end.min(line.end).max(span.start) - line.start;
        quote(text, at..end.max(at), &spans)
    }

    fn suppression(
        &self,
        rule: &'static Rule,
        bytes: &[u8],
        raised: &Raised,
        location: &Location,
    ) -> Option<Suppression> {
        let mut places = heads(bytes, raised.span.start);
        places.extend(heads(bytes, raised.scope.start));
        let aka = self.rules.doc(rule.id.0).map_or(&[][..], |doc| &doc.aka);
        let near: Vec<&[u8]> = places.into_iter().map(|line| &bytes[line]).collect();
        let around = silence::Around {
            near: &near,
            inside: bytes.get(raised.scope.clone()).unwrap_or_default(),
            resource: bytes.get(raised.resource.clone()).unwrap_or_default(),
            head: head(bytes),
        };
        let marker = silence::marker(rule.id.0, aka, &around)?;
        Some(Suppression {
            kind: SuppressionKind::InSource,
            by: marker.by.to_owned(),
            justification: marker.reason,
            location: Some(location.clone()),
        })
    }
}

/// The comments and empty lines with which a file begins.
fn head(bytes: &[u8]) -> &[u8] {
    let mut end = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_start();
        if !(text.is_empty() || text.starts_with(b"#") || text.starts_with(b"//")) {
            break;
        }
        end += line.len();
    }
    &bytes[..end]
}

/// The entry of a file of settings that is too large to be judged.
pub(super) fn too_large(what: String) -> Unscanned {
    Unscanned {
        what,
        reason: Reason::LimitSize,
        bytes: None,
        detail: "settings of more than 16 MiB are searched for secrets, not judged".to_owned(),
    }
}

/// A file of a tree, beside which others lie; members of archives are judged alone.
fn is_in_tree(origin: &Origin) -> bool {
    matches!(origin, Origin::File { .. } | Origin::Index { .. })
}

/// Manifests by what is judged together: what a kustomization joins, anything else alone.
fn joined(files: &[(&Origin, &[u8])]) -> Vec<Vec<usize>> {
    let path = |at: usize| files[at].0.path().unwrap_or_default();
    let text = |at: usize| std::str::from_utf8(files[at].1).unwrap_or_default();
    let all = 0..files.len();
    let made = all
        .clone()
        .filter(|at| misconfig::is_kustomization(path(*at)));
    let made: Vec<(&str, &str)> = made.map(|at| (path(at), text(at))).collect();
    let numbers: BTreeMap<&str, usize> = all.clone().map(|at| (path(at), at)).collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut taken = BTreeSet::new();
    for group in misconfig::kustomize_groups(&made) {
        let numbers = group
            .iter()
            .filter_map(|path| numbers.get(path.as_str()).copied());
        let numbers: Vec<usize> = numbers.collect();
        taken.extend(numbers.iter().copied());
        groups.push(numbers);
    }
    groups.extend(all.filter(|at| !taken.contains(at)).map(|at| vec![at]));
    groups
}

/// The commit from which on refs have it.
fn anchor(exposure: &Exposure) -> Option<ObjectId> {
    let first = exposure.introduced.as_ref().or(exposure.last_seen.as_ref());
    first.map(|commit| commit.id)
}

/// Bytes a line of packed code has on average, at least: nobody writes so, and the original is
/// elsewhere. It counts as present and not as analysed.
const PACKED_LINE: u64 = 400;

/// True for code that a program packed.
fn is_packed(bytes: &[u8], lines: u64) -> bool {
    bytes.len() > 4096 && bytes.len() as u64 / (lines + 1) > PACKED_LINE
}

/// A span cut at the end of its first line.
fn first_line(bytes: &[u8], span: &Range<usize>) -> Range<usize> {
    let start = span.start.min(bytes.len());
    let end = span.end.clamp(start, bytes.len());
    let text = &bytes[start..end];
    let len = memchr::memchr(b'\n', text).unwrap_or(text.len());
    start..start + text[..len].trim_ascii_end().len()
}

/// The line of an offset and the comment lines right above it.
fn heads(bytes: &[u8], at: usize) -> Vec<Range<usize>> {
    let mut lines = vec![line_around(bytes, at, LINE_REACH)];
    let mut start = lines[0].start;
    while lines.len() <= LINES_ABOVE && start > 0 {
        let above = line_around(bytes, start - 1, LINE_REACH);
        let text = bytes[above.clone()].trim_ascii_start();
        let is_comment = [&b"#"[..], b"//", b"/*", b"*", b"--", b"<!--", b";", b"{{/*"]
            .iter()
            .any(|open| text.starts_with(open));
        if !is_comment || above.start >= start {
            break;
        }
        start = above.start;
        lines.push(above);
    }
    lines
}
