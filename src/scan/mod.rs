//! The engine of a run: sources to workers to sightings to findings. It is the
//! only place where sources, detectors and findings meet; what it gives is plain
//! data that reports and checks are made from.

mod cache;
mod faults;
mod history;
mod index;
mod job;
mod lives;
pub mod mask;
mod options;
pub mod passes;
mod plan;
pub mod progress;
mod range;
mod remembered;
mod repository;
mod show;
mod versions;

pub use options::Options;
pub use options::Part;
pub use options::ScanError;
pub use options::Sources;

use crate::detect::generic;
use crate::detect::secrets::Engine;
use crate::findings::baseline::Acknowledged;
use crate::findings::baseline::Baseline;
use crate::findings::baseline::Entry;
use crate::findings::collect::Refused;
use crate::findings::fault;
use crate::findings::finish;
use crate::findings::finish::Finished;
use crate::findings::life::Lives;
use crate::limits::RunBudget;
use crate::model::coverage::Coverage;
use crate::model::coverage::Reason;
use crate::model::coverage::Unscanned;
use crate::model::finding::Finding;
use crate::model::object::ObjectId;
use crate::model::report::Refused as Counts;
use crate::model::rule::RuleId;
use crate::rules::select::RuleSet;
use crate::sources::Sink;
use crate::sources::git::discover::Repository;
use crate::sources::stdin;
use crate::sources::stdin::StdinOptions;
use crate::sources::window::WindowSize;
use crate::sources::worktree;
use crate::sources::worktree::WorktreeOptions;
use cache::Cache;
use faults::Faults;
use history::Search;
use index::Staged;
use job::Job;
use plan::Plan;
use repository::Opened;
use repository::Past;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use versions::Versions;

/// Bytes of the core of a window; larger blobs are cut.
const WINDOW_CORE: usize = 16 << 20;

/// What all archives of a run may unpack to.
const RUN_OUTPUT: u64 = 8 << 30;

/// What a scan gives.
pub struct Outcome {
    /// Sorted findings.
    pub findings: Vec<Finding>,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// What was looked at and refused.
    pub refused: Counts,
    /// Facts about the scanned subject: head and its date, tree, object format.
    pub subject: BTreeMap<String, String>,
    /// Every raw secret seen, for the check that no report holds one.
    pub secrets: Vec<crate::model::secret::Secret>,
    /// What a baseline of the open findings would hold, and of those that one lets be.
    pub baseline: Vec<Entry>,
    /// What a person should know and a report need not say: about the cache, about the baseline.
    pub notes: Vec<String>,
    /// Counts for the bench.
    pub work: Work,
}

/// How much work a scan was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Bytes of history objects that were searched and not inherited.
    pub searched: u64,
    /// Keyword hits that were verified.
    pub candidates: u64,
    /// Rules that were compiled.
    pub compiled: u64,
}

/// The stages of a scan, in order, for whoever measures them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Finding out what is there, the engine, the threads.
    Setup,
    /// Standard input, and the files of the work tree.
    Tree,
    /// Blobs and tags of the history, and the text beside it.
    Objects,
    /// Trees and commits, and the lives of what was found.
    Attribution,
    /// From what was seen to sorted findings.
    Findings,
}

/// Scans what the options name with these rules. `input` is standard input, read only when
/// the options ask for it; `title` gives the heading of a rule.
///
/// # Errors
/// A [`ScanError`] when there is nothing sound to scan; whatever fails later is in the coverage.
pub fn scan(
    rules: &RuleSet,
    options: &Options,
    input: &mut dyn Read,
    title: &dyn Fn(RuleId) -> &'static str,
) -> Result<Outcome, ScanError> {
    scan_staged(rules, options, input, title, &mut |_| {})
}

/// Like [`scan`]; `ended` is called at the end of every stage.
///
/// # Errors
/// As [`scan`].
pub fn scan_staged(
    rules: &RuleSet,
    options: &Options,
    input: &mut dyn Read,
    title: &dyn Fn(RuleId) -> &'static str,
    ended: &mut dyn FnMut(Stage),
) -> Result<Outcome, ScanError> {
    let part = match &options.part {
        Some(part) => Some(range::Asked::new(part, options, input)?),
        None => None,
    };
    let mut plan = match part {
        Some(_) => Plan::default(),
        None => Plan::new(options)?,
    };
    let engine = Engine::new(rules.secrets(), options.now);
    let faults = Faults::new(rules, &engine);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs.get())
        .stack_size(8 << 20)
        .build()
        .map_err(|_| ScanError::Threads)?;
    let mut run = Run::new(&engine, &faults, options, &plan);
    if let Some(part) = part {
        let past = pool.install(|| part.read(run.search(), &faults));
        pool.install(|| faults.settle(&run.job));
        let mut outcome = run.finish(&part.opened, past, title);
        mask::mask(&mut outcome, &engine);
        return Ok(outcome);
    }
    ended(Stage::Setup);
    run.read_input(input);
    run.read_tree(&mut plan)?;
    ended(Stage::Tree);
    let opened = run.open(&plan.repositories);
    let indexed = run.open(&plan.indexed);
    let dir = options.cache.as_deref().filter(|_| !options.store.verify);
    let cache = |one| dir.map(|dir| Cache::open(options, dir, one, &engine));
    let caches: Vec<Option<Cache>> = opened.iter().map(cache).collect();
    pool.install(|| run.read_repositories(&opened, &caches));
    pool.install(|| run.read_indexes(&indexed));
    pool.install(|| run.read_versions(&opened));
    pool.install(|| faults.settle(&run.job));
    ended(Stage::Objects);
    let past = pool.install(|| run.read_shapes(&opened, &caches));
    ended(Stage::Attribution);
    let mut outcome = run.finish_beside(&opened, &indexed, &plan.beside, past, title);
    mask::mask(&mut outcome, &engine);
    for (one, cache) in opened.iter().zip(caches) {
        let cache = cache.filter(|_| !options.interrupt.is_set());
        let notes = cache.map(|cache| cache.save(one));
        outcome.notes.extend(notes.into_iter().flatten());
    }
    ended(Stage::Findings);
    Ok(outcome)
}

/// True for a repository whose files are in the work tree: a submodule's are in that of the repository
/// around it.
fn is_walked(one: &Opened, all: &[Opened]) -> bool {
    let is_module = |other: &Opened| other.repository.modules.contains(&one.repository.git_dir);
    one.repository.work_tree.is_some() || all.iter().any(is_module)
}

/// Names the submodules that are not here.
fn submodules(staged: &Staged, job: &Job<'_>, place: &str) -> Coverage {
    let mut coverage = Coverage::default();
    if let Some(names) = staged.submodules(job) {
        let key = format!("{place}submodules-elsewhere");
        coverage.repository.insert(key, names);
    }
    coverage
}

/// How the folders and files of a plan are walked.
fn walk(options: &Options, plan: &Plan, window: WindowSize) -> WorktreeOptions {
    WorktreeOptions {
        roots: plan.roots.clone(),
        no_ignore: options.no_ignore,
        excludes: options.excludes.clone(),
        archives: options.archives.clone(),
        max_file: options.max_file,
        window,
        threads: options.jobs,
    }
}

/// Windows that overlap as far as any decision looks.
fn window(engine: &Engine) -> WindowSize {
    let reach = engine.reach();
    WindowSize::new(WINDOW_CORE, reach.left.max(reach.right) + 1)
}

/// A run in progress.
struct Run<'a> {
    options: &'a Options,
    engine: &'a Engine,
    faults: &'a Faults<'a>,
    job: Job<'a>,
    budget: RunBudget,
    window: WindowSize,
    searched: AtomicU64,
}

impl<'a> Run<'a> {
    fn new(engine: &'a Engine, faults: &'a Faults<'a>, options: &'a Options, plan: &Plan) -> Self {
        let progress = options.progress.clone();
        Run {
            options,
            engine,
            faults,
            job: Job::with_faults(engine, faults, progress).with_lfs(plan.lfs.clone()),
            budget: RunBudget::until(options.interrupt.clone(), RUN_OUTPUT),
            window: window(engine),
            searched: AtomicU64::new(0),
        }
    }

    fn search(&self) -> Search<'_> {
        Search {
            job: &self.job,
            exhaustive: self.options.exhaustive,
            archives: self.options.archives.as_ref(),
            run: &self.budget,
            window: self.window,
            searched: &self.searched,
        }
    }

    fn read_input(&self, input: &mut dyn Read) {
        if self.options.stdin {
            let archives = self.options.archives.clone();
            let options = StdinOptions {
                archives,
                window: self.window,
            };
            stdin::scan(&options, input, &self.budget, &self.job);
        }
    }

    /// Walks the folders and files; a repository met on the way joins the plan.
    fn read_tree(&mut self, plan: &mut Plan) -> Result<(), ScanError> {
        if plan.roots.is_empty() {
            return Ok(());
        }
        let walk = walk(self.options, plan, self.window);
        let found = worktree::scan(&walk, &self.budget, &self.job)?;
        for nested in found.repositories {
            if self.options.sources.history
                && let Err(missed) = plan.meet(nested)
            {
                self.job.unscanned(missed);
            }
        }
        Ok(())
    }

    /// Searches the objects of all repositories.
    fn read_repositories(&self, opened: &[Opened], caches: &[Option<Cache>]) {
        for (one, cache) in opened.iter().zip(caches) {
            match cache {
                Some(cache) => cache.search_blobs(one, self.search()),
                None => one.search_blobs(self.search()),
            }
            one.search_texts(&self.job, self.window);
        }
    }

    fn open(&self, repositories: &[Repository]) -> Vec<Opened> {
        let limits = self.options.store;
        let open = |repository: &Repository| Opened::new(repository.clone(), &limits);
        repositories.iter().map(open).collect()
    }

    /// Searches what is staged in repositories whose history is not read.
    fn read_indexes(&self, indexed: &[Opened]) {
        for one in indexed {
            let staged = Staged::read(one, &self.job);
            staged.search(one, self.search(), self.options.sources.tree);
            self.job.cover(submodules(&staged, &self.job, ""));
        }
    }

    /// Judges the configuration of HEAD where no work tree shows it, and that of the whole history
    /// where this was asked for.
    fn read_versions(&self, opened: &[Opened]) {
        if !self.faults.judges_settings() || self.budget.is_interrupted() {
            return;
        }
        for one in opened {
            let place = one.place(&self.options.paths);
            let place = place.trim_end_matches('/');
            let versions = Versions {
                opened: one,
                faults: self.faults,
                search: self.search(),
                place: match place.is_empty() || place == "." {
                    true => String::new(),
                    false => format!("{place}/"),
                },
                walked: self.options.sources.tree && is_walked(one, opened),
                identities: self.options.identities,
            };
            match self.options.history_settings {
                true => versions.all(),
                false if !versions.walked => versions.head(),
                // What an option leaves out of the tree is not looked for beside it.
                false if self.options.excludes.is_empty() => versions.beside(),
                false => {}
            }
        }
    }

    /// Searches trees and commits of all repositories and learns what became of what was found.
    fn read_shapes(&self, opened: &[Opened], caches: &[Option<Cache>]) -> Past {
        let mut wanted = self.job.objects();
        wanted.extend(self.faults.commits());
        let wanted: Vec<ObjectId> = wanted.into_iter().collect();
        let mut past = Past::default();
        for (one, cache) in opened.iter().zip(caches) {
            if self.budget.is_interrupted() {
                self.job.unscanned(Unscanned {
                    what: format!("history of {}", one.place(&self.options.paths)),
                    reason: Reason::Interrupted,
                    bytes: None,
                    detail:
                        "not all of its objects were searched, and where they stand is not told"
                            .to_owned(),
                });
                continue;
            }
            let (threads, identities) = (self.options.jobs.get(), self.options.identities);
            let (search, cache) = (self.search(), cache.as_ref());
            let mut found = one.search_shape(search, cache, &wanted, threads, identities);
            // The facts of the first repository stand by themselves, those of others behind
            // their places.
            let place = match past.facts.is_empty() {
                true => String::new(),
                false => format!("{}: ", one.place(&self.options.paths)),
            };
            let facts = std::mem::take(&mut found.facts).into_iter();
            found.facts = facts
                .map(|(key, fact)| (place.clone() + &key, fact))
                .collect();
            let mut coverage = Coverage::default();
            coverage.repository.extend(found.facts.clone());
            self.job.cover(coverage);
            if self.options.sources.index {
                let staged = Staged::read(one, &self.job);
                staged.name(one, &mut found.lives, &self.job);
                self.job.cover(submodules(&staged, &self.job, &place));
            }
            past.join(found);
        }
        past
    }

    /// Like [`Run::finish`]; a baseline may point into repositories whose history was not read.
    fn finish_beside(
        self,
        opened: &[Opened],
        indexed: &[Opened],
        beside: &[Repository],
        past: Past,
        title: &dyn Fn(RuleId) -> &'static str,
    ) -> Outcome {
        let baseline = &self.options.baseline;
        let wanted = beside.iter().filter(|_| !baseline.entries.is_empty());
        let beside: Vec<Opened> = wanted
            .map(|repository| Opened::new(repository.clone(), &self.options.store))
            .collect();
        let stores: Vec<&Opened> = opened.iter().chain(indexed).chain(&beside).collect();
        let acknowledged = acknowledged(baseline, &stores);
        self.finish_with(opened, &acknowledged, past, title)
    }

    fn finish(
        self,
        opened: &[Opened],
        past: Past,
        title: &dyn Fn(RuleId) -> &'static str,
    ) -> Outcome {
        let stores: Vec<&Opened> = opened.iter().collect();
        let acknowledged = acknowledged(&self.options.baseline, &stores);
        self.finish_with(opened, &acknowledged, past, title)
    }

    fn finish_with(
        self,
        opened: &[Opened],
        acknowledged: &Acknowledged,
        past: Past,
        title: &dyn Fn(RuleId) -> &'static str,
    ) -> Outcome {
        let work = Work {
            searched: self.searched.load(Ordering::Relaxed),
            candidates: self.job.candidates(),
            compiled: self.engine.compiled_rules() as u64,
        };
        let place = generic::place_of;
        let faults = self.faults.take(&past.lives);
        let faults = fault::finish(faults, self.options.min_confidence, &place);
        let (collector, mut coverage) = self.job.into_parts();
        coverage.languages = self.faults.languages();
        coverage.totals.extend(self.faults.totals());
        coverage.finish();
        let secrets = collector.secrets();
        let (gathered, refused) = collector.into_gathered();
        let mut finished = finish::finish(
            gathered,
            &finish::Context {
                key: self.options.key.as_ref(),
                min_confidence: self.options.min_confidence,
                lives: &past.lives,
                head_time: past.head_time,
                title,
                place: &place,
                weigh: &generic::confidence_at,
                show: &|location| show::show(opened, self.engine, location),
                acknowledged,
            },
        );
        finished.join(faults, acknowledged);
        let Finished {
            findings,
            below_confidence,
            baseline,
            unused,
        } = finished;
        let count = |why| refused.get(&why).cloned().unwrap_or_default();
        let stale = format!("{unused} entries of the baseline match no finding of this run");
        Outcome {
            findings,
            coverage,
            refused: Counts {
                checksum_failed: count(Refused::ChecksumFailed),
                placeholder: count(Refused::Placeholder),
                below_confidence,
            },
            subject: past.subject(),
            secrets,
            baseline,
            notes: (unused > 0).then_some(stale).into_iter().collect(),
            work,
        }
    }
}

/// The baseline with the secrets that it points at.
fn acknowledged(baseline: &Baseline, stores: &[&Opened]) -> Acknowledged {
    Acknowledged::new(baseline, &|id| {
        let mut bytes = Vec::new();
        let mut stores = stores.iter();
        stores.find(|one| one.store.read(id, &mut bytes).is_ok())?;
        Some(bytes)
    })
}

impl Past {
    /// The facts, and when HEAD was committed: what stands in reports for a time.
    fn subject(self) -> BTreeMap<String, String> {
        let mut facts = self.facts;
        let date = self
            .head_time
            .and_then(|time| jiff::Timestamp::from_second(time).ok());
        facts.extend(date.map(|date| ("date".to_owned(), date.to_string())));
        facts
    }

    fn join(&mut self, other: Past) {
        let lives: Lives = other.lives;
        self.lives.extend(lives);
        self.head_time = self.head_time.or(other.head_time);
        self.facts.extend(other.facts);
    }
}
