//! The sinks of the measuring passes: each does what a scan does up to some
//! step and drops the rest, so that the difference of two passes is one step.
//! The clock of the rules is here as well, because the engine may not have one.

use crate::detect::secrets::Engine;
use crate::detect::secrets::Match;
use crate::detect::secrets::Probe;
use crate::detect::secrets::Scratch;
use crate::model::chunk::Chunk;
use crate::model::coverage::Exclusion;
use crate::model::coverage::Unscanned;
use crate::sources::Sink;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

/// What is done with a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    Read,
    /// Keywords are looked for.
    Prefilter,
    /// And verified.
    Verify,
    /// And each verification is timed.
    Clock,
}

/// Buffers of one thread.
#[derive(Default)]
struct Buffers {
    scratch: Scratch,
    matches: Vec<Match>,
    clock: Clock,
}

/// Searches up to a step.
pub(super) struct Searcher<'a> {
    engine: &'a Engine,
    step: Step,
    idle: Mutex<Vec<Buffers>>,
}

impl<'a> Searcher<'a> {
    pub(super) fn new(engine: &'a Engine, step: Step) -> Self {
        Searcher {
            engine,
            step,
            idle: Mutex::default(),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Buffers>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each rule cost; the last entry is the scorer.
    pub(super) fn costs(&self) -> Vec<Cost> {
        let mut all = vec![Cost::default(); self.engine.rules().len() + 1];
        for buffers in self.idle().iter() {
            for (sum, cost) in all.iter_mut().zip(&buffers.clock.rules) {
                sum.add(cost);
            }
            if let Some(sum) = all.last_mut() {
                sum.add(&buffers.clock.scorer);
            }
        }
        all
    }
}

impl Sink for Searcher<'_> {
    fn chunk(&self, chunk: &Chunk<'_>) {
        if self.step == Step::Read {
            return;
        }
        let mut buffers = self.idle().pop().unwrap_or_default();
        let Buffers {
            scratch,
            matches,
            clock,
        } = &mut buffers;
        let (bytes, core, binary) = (chunk.bytes, chunk.core.clone(), chunk.binary);
        matches.clear();
        match self.step {
            Step::Read => {}
            Step::Prefilter => {
                std::hint::black_box(self.engine.count_hits(bytes, core, scratch));
            }
            Step::Verify => self.engine.scan(bytes, core, binary, scratch, matches),
            Step::Clock => {
                clock
                    .rules
                    .resize(self.engine.rules().len(), Cost::default());
                self.engine
                    .scan_probed(bytes, core, binary, scratch, matches, clock);
            }
        }
        self.idle().push(buffers);
    }

    fn unscanned(&self, _missed: Unscanned) {}

    fn excluded(&self, _why: Exclusion, _n: u64) {}

    fn counted(&self, _unit: &'static str, _bytes: u64) {}
}

/// What verification cost one rule.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) time: Duration,
    pub(super) candidates: u64,
    pub(super) matches: u64,
}

impl Cost {
    fn add(&mut self, other: &Cost) {
        self.time += other.time;
        self.candidates += other.candidates;
        self.matches += other.matches;
    }
}

/// Times every verification of one thread.
#[derive(Default)]
struct Clock {
    rules: Vec<Cost>,
    scorer: Cost,
}

impl Probe for Clock {
    type Mark = Instant;

    fn begin(&mut self) -> Instant {
        Instant::now()
    }

    fn end(&mut self, mark: Instant, rule: Option<usize>, matched: bool) {
        let cost = rule.map_or(&mut self.scorer, |rule| &mut self.rules[rule]);
        cost.add(&Cost {
            time: mark.elapsed(),
            candidates: 1,
            matches: u64::from(matched),
        });
    }
}
