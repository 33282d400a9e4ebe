//! The runs of a measurement: full scans, the passes that do a part of them, and
//! the arithmetic from one to the other. What is measured and why is told in the
//! module above; how it is shown, in `result`.

use super::planted;
use super::planted::Plant;
use super::result::Measured;
use super::result::Memory;
use super::result::Phase;
use super::result::Processor;
use super::result::RuleCost;
use super::result::Spread;
use super::sinks::Searcher;
use super::sinks::Step;
use super::usage;
use crate::detect::secrets::Engine;
use crate::model::coverage::Coverage;
use crate::model::rule::RuleId;
use crate::rules::select::RuleSet;
use crate::scan;
use crate::scan::Options;
use crate::scan::Outcome;
use crate::scan::ScanError;
use crate::scan::Stage;
use crate::scan::passes;
use crate::scan::passes::Decoded;
use crate::scan::passes::Depth;
use std::time::Instant;

/// Rules that are told as the costliest.
const COSTLIEST: usize = 10;

/// What is measured and how often.
pub struct Settings<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// What is scanned; standard input is not.
    pub options: &'a Options,
    /// Runs that count, at least 1.
    pub runs: usize,
    /// Runs before them that do not.
    pub warmup: usize,
    /// The heading of a rule.
    pub title: &'a dyn Fn(RuleId) -> &'static str,
    /// Renders a report and drops it: the last phase.
    pub report: &'a dyn Fn(&Outcome),
    /// Secrets that should be found.
    pub planted: Option<&'a [Plant]>,
}

/// Seconds of the parts of one run.
#[derive(Clone, Copy, Default)]
struct Run {
    setup: f64,
    tree: f64,
    objects: f64,
    attribution: f64,
    findings: f64,
    report: f64,
    open: f64,
    read: f64,
    prefilter: f64,
    verify: f64,
    decode: f64,
    user: f64,
    system: f64,
}

impl Run {
    fn total(&self) -> f64 {
        self.setup + self.tree + self.objects + self.attribution + self.findings + self.report
    }
}

/// Measures.
///
/// # Errors
/// As [`scan::scan`].
pub fn measure(settings: &Settings<'_>) -> Result<Measured, ScanError> {
    let mut anonymous = None;
    let mut last = None;
    let mut runs = Vec::new();
    for number in 0..settings.warmup + settings.runs.max(1) {
        let (run, outcome) = full(settings, &mut anonymous)?;
        if number >= settings.warmup {
            runs.push(run);
        }
        last = Some(outcome);
    }
    let memory = Memory {
        peak_resident: usage::peak_resident(),
        anonymous,
    };
    let engine = Engine::new(settings.rules.secrets(), settings.options.now);
    let mut decoded = Decoded::default();
    for run in &mut runs {
        decoded = parts(settings, &engine, run)?;
    }
    let costs = costliest(settings, &engine)?;
    let outcome = last.expect("there is at least one run");
    let mut measured = summary(settings, &runs, &outcome, decoded);
    measured.memory = memory;
    measured.costliest_rules = costs;
    measured.recall = settings
        .planted
        .map(|planted| planted::recall(planted, &outcome.findings));
    Ok(measured)
}

/// Seconds since the last call.
fn lap(since: &mut Instant) -> f64 {
    let now = Instant::now();
    let seconds = (now - *since).as_secs_f64();
    *since = now;
    seconds
}

/// A scan as `scan` makes it, with a report.
fn full(settings: &Settings<'_>, anonymous: &mut Option<u64>) -> Result<(Run, Outcome), ScanError> {
    let mut run = Run::default();
    let before = usage::cpu();
    let mut since = Instant::now();
    let outcome = scan::scan_staged(
        settings.rules,
        settings.options,
        &mut std::io::empty(),
        settings.title,
        &mut |stage| {
            let seconds = lap(&mut since);
            match stage {
                Stage::Setup => run.setup = seconds,
                Stage::Tree => run.tree = seconds,
                Stage::Objects => run.objects = seconds,
                Stage::Attribution => run.attribution = seconds,
                Stage::Findings => run.findings = seconds,
            }
            *anonymous = (*anonymous).max(usage::anonymous());
            since = Instant::now();
        },
    )?;
    (settings.report)(&outcome);
    run.report = lap(&mut since);
    if let Some((before, after)) = before.zip(usage::cpu()) {
        run.user = after.user - before.user;
        run.system = after.system - before.system;
    }
    Ok((run, outcome))
}

/// The passes that do a part of a scan.
fn parts(settings: &Settings<'_>, engine: &Engine, run: &mut Run) -> Result<Decoded, ScanError> {
    let options = settings.options;
    let pass = |depth, step| passes::tree(options, engine, depth, &Searcher::new(engine, step));
    let mut since = Instant::now();
    let nested = pass(Depth::Open, Step::Read)?;
    run.open = lap(&mut since);
    pass(Depth::Read, Step::Read)?;
    run.read = lap(&mut since);
    pass(Depth::Read, Step::Prefilter)?;
    run.prefilter = lap(&mut since);
    pass(Depth::Read, Step::Verify)?;
    run.verify = lap(&mut since);
    let decoded = passes::objects(options, nested)?;
    run.decode = lap(&mut since);
    Ok(decoded)
}

fn costliest(settings: &Settings<'_>, engine: &Engine) -> Result<Vec<RuleCost>, ScanError> {
    let sink = Searcher::new(engine, Step::Clock);
    passes::tree(settings.options, engine, Depth::Read, &sink)?;
    let costs = sink.costs();
    let total: f64 = costs.iter().map(|cost| cost.time.as_secs_f64()).sum();
    let name = |index: usize| match engine.rules().get(index) {
        Some(rule) => rule.id.0.to_owned(),
        None => "(scorer)".to_owned(),
    };
    let mut named: Vec<RuleCost> = costs
        .iter()
        .enumerate()
        .filter(|(_, cost)| cost.candidates > 0)
        .map(|(index, cost)| RuleCost {
            rule: name(index),
            seconds: cost.time.as_secs_f64(),
            share: cost.time.as_secs_f64() / total.max(f64::MIN_POSITIVE),
            candidates: cost.candidates,
            matches: cost.matches,
        })
        .collect();
    named.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    named.truncate(COSTLIEST);
    Ok(named)
}

/// What a rate is taken of.
#[derive(Clone, Copy)]
struct Amount {
    files: u64,
    bytes: u64,
}

impl Amount {
    const NONE: Amount = Amount { files: 0, bytes: 0 };

    fn phase(self, name: &'static str, runs: &[Run], seconds: impl Fn(&Run) -> f64) -> Phase {
        let seconds = Spread::of(runs.iter().map(|run| seconds(run).max(0.0)).collect());
        // What takes no measurable time has no speed.
        let rate = |amount: f64| {
            (amount > 0.0 && seconds.median > 1e-6).then_some(amount / seconds.median)
        };
        Phase {
            name,
            seconds,
            mb_per_second: rate(self.bytes as f64 / 1e6),
            files_per_second: rate(self.files as f64),
        }
    }
}

fn units(coverage: &Coverage, names: &[&str]) -> Amount {
    let mut amount = Amount::NONE;
    for totals in names.iter().filter_map(|name| coverage.totals.get(*name)) {
        amount.files += totals.scanned;
        amount.bytes += totals.bytes;
    }
    amount
}

fn summary(settings: &Settings<'_>, runs: &[Run], outcome: &Outcome, decoded: Decoded) -> Measured {
    let tree = units(&outcome.coverage, &["worktree.files"]);
    let objects = Amount {
        files: decoded.objects,
        bytes: decoded.bytes,
    };
    let all = Amount {
        files: tree.files + objects.files,
        bytes: tree.bytes + objects.bytes,
    };
    let total = all.phase("total", runs, Run::total);
    let work = outcome.work;
    let searched = (tree.bytes + work.searched) as f64 / 1e6;
    Measured {
        schema: Measured::SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        jobs: settings.options.jobs.get(),
        runs: runs.len(),
        warmup: settings.warmup,
        rules: settings.rules.rules().len(),
        compiled_rules: work.compiled,
        files: tree.files,
        file_bytes: tree.bytes,
        objects: decoded.objects,
        object_bytes: decoded.bytes,
        searched_bytes: work.searched,
        findings: outcome.findings.len() as u64,
        candidates: work.candidates,
        candidates_per_mb: if searched > 0.0 {
            work.candidates as f64 / searched
        } else {
            0.0
        },
        processor: processor(settings, runs, &total),
        total,
        phases: phases(runs, tree, objects),
        costliest_rules: Vec::new(),
        memory: Memory {
            peak_resident: None,
            anonymous: None,
        },
        recall: None,
    }
}

fn phases(runs: &[Run], tree: Amount, objects: Amount) -> Vec<Phase> {
    let none = Amount::NONE;
    let mut phases = vec![none.phase("setup", runs, |run| run.setup)];
    if tree.files > 0 {
        phases.extend([
            tree.phase("walk and open", runs, |run| run.open),
            tree.phase("read and unpack", runs, |run| run.read - run.open),
            tree.phase("prefilter", runs, |run| run.prefilter - run.read),
            tree.phase("verify", runs, |run| run.verify - run.prefilter),
            tree.phase("resolve and gather", runs, |run| run.tree - run.verify),
        ]);
    }
    if objects.files > 0 {
        phases.extend([
            objects.phase("history: decode", runs, |run| run.decode),
            objects.phase("history: search", runs, |run| run.objects - run.decode),
            none.phase("history: attribution", runs, |run| run.attribution),
        ]);
    }
    phases.extend([
        none.phase("findings", runs, |run| run.findings),
        none.phase("report", runs, |run| run.report),
    ]);
    phases
}

fn processor(settings: &Settings<'_>, runs: &[Run], total: &Phase) -> Option<Processor> {
    usage::cpu()?;
    let user_seconds = Spread::of(runs.iter().map(|run| run.user).collect());
    let system_seconds = Spread::of(runs.iter().map(|run| run.system).collect());
    let available = total.seconds.median * settings.options.jobs.get() as f64;
    Some(Processor {
        user_seconds,
        system_seconds,
        use_ratio: (user_seconds.median + system_seconds.median) / available.max(f64::MIN_POSITIVE),
    })
}
