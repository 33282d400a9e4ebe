//! Budgets and the checks that spend them. Hostile input may ask for any
//! amount of output, nesting or members, and the user may ask to stop; here is written
//! how much there is and which limit was met. What is done about it (which bytes are then listed
//! as not read) is left to the sources.

use std::cell::Cell;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// How far archives are unpacked. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Output of one archive, all that is nested in it included.
    pub output: u64,
    /// Members of one archive, all that is nested in it included.
    pub entries: u64,
    /// Archives within archives; each compression counts as one.
    pub depth: u32,
    /// Output for each byte of the archive.
    pub ratio: u64,
    /// Output that is never held against `ratio`.
    pub ratio_free: u64,
    /// The largest nested archive that is held in memory where its format cannot be streamed.
    pub buffer: u64,
    /// The largest dictionary a decoder may ask for.
    pub dictionary: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        ArchiveLimits {
            output: 1 << 30,
            entries: 100_000,
            depth: 8,
            ratio: 200,
            ratio_free: 16 << 20,
            buffer: 64 << 20,
            dictionary: 128 << 20,
        }
    }
}

/// The limit that was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// [`ArchiveLimits::output`].
    #[error("the archive unpacks to more than {0} bytes")]
    Output(u64),
    /// The [`RunBudget`].
    #[error("the archives of this run unpack to more than {0} bytes")]
    Run(u64),
    /// [`ArchiveLimits::entries`].
    #[error("the archive has more than {0} members")]
    Entries(u64),
    /// [`ArchiveLimits::ratio`].
    #[error("the archive unpacks to more than {0} times its size")]
    Ratio(u64),
    /// The [`Interrupt`].
    #[error("the run was interrupted")]
    Interrupted,
}

/// The wish to stop, which comes from outside at any moment: zero, or the number of the signal.
/// Workers look at it between units of work; what they have not come to is listed as not read.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(pub Arc<AtomicUsize>);

impl Interrupt {
    /// True when the run shall end.
    pub fn is_set(&self) -> bool {
        self.signal() != 0
    }

    /// The number of the signal, zero for none.
    pub fn signal(&self) -> usize {
        // Relaxed: nothing is published through it.
        self.0.load(Ordering::Relaxed)
    }
}

/// A reader that fails once the run shall end, so that no large file holds it up.
pub struct Stoppable<'a, R> {
    /// What is read.
    pub inner: R,
    /// Who says when.
    pub run: &'a RunBudget,
}

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.run.is_interrupted() {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        self.inner.read(buffer)
    }
}

/// Bytes all archives of one run may unpack to, shared by all threads.
///
/// Which archive meets the end of it depends on the order of work: the total is
/// the same in every run that stays within it.
#[derive(Debug)]
pub struct RunBudget {
    total: u64,
    spent: AtomicU64,
    interrupt: Interrupt,
}

impl RunBudget {
    /// A budget of `total` bytes.
    pub fn new(total: u64) -> Self {
        RunBudget::until(Interrupt::default(), total)
    }

    /// The same, for a run that may be interrupted.
    pub const fn until(interrupt: Interrupt, total: u64) -> Self {
        RunBudget {
            total,
            spent: AtomicU64::new(0),
            interrupt,
        }
    }

    /// True when the run shall end.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.is_set()
    }

    /// Takes what archives unpack to that are known and not read again.
    pub fn charge(&self, bytes: u64) {
        self.spent.fetch_add(bytes, Ordering::Relaxed);
    }

    fn spend(&self, bytes: u64) -> Result<(), Exceeded> {
        // Relaxed: a count, nothing is published through it. It cannot wrap, because each
        // archive stops at its own limit once this one is over.
        let before = self.spent.fetch_add(bytes, Ordering::Relaxed);
        if self.is_interrupted() {
            return Err(Exceeded::Interrupted);
        }
        if before.saturating_add(bytes) > self.total {
            return Err(Exceeded::Run(self.total));
        }
        Ok(())
    }
}

impl Default for RunBudget {
    /// 8 GiB.
    fn default() -> Self {
        RunBudget::new(8 << 30)
    }
}

/// What one archive has left. Once a limit is hit it stays hit, so that decoders
/// stacked on one another all come to an end.
#[derive(Debug)]
pub struct ArchiveBudget<'a> {
    limits: &'a ArchiveLimits,
    run: &'a RunBudget,
    input: u64,
    output: Cell<u64>,
    entries: Cell<u64>,
    exceeded: Cell<Option<Exceeded>>,
}

impl<'a> ArchiveBudget<'a> {
    /// The budget of an archive of `input` bytes.
    pub const fn new(limits: &'a ArchiveLimits, run: &'a RunBudget, input: u64) -> Self {
        ArchiveBudget {
            limits,
            run,
            input,
            output: Cell::new(0),
            entries: Cell::new(0),
            exceeded: Cell::new(None),
        }
    }

    /// The limits this budget was made from.
    pub const fn limits(&self) -> &'a ArchiveLimits {
        self.limits
    }

    /// The limit that was hit, if one was.
    pub fn exceeded(&self) -> Option<Exceeded> {
        self.exceeded.get()
    }

    /// Takes `bytes` of output.
    pub fn spend(&self, bytes: u64) -> Result<(), Exceeded> {
        let output = self.output.get().saturating_add(bytes);
        self.output.set(output);
        let allowed = self.input.saturating_mul(self.limits.ratio);
        if output > self.limits.output {
            self.hit(Exceeded::Output(self.limits.output))
        } else if output > self.limits.ratio_free && output > allowed {
            self.hit(Exceeded::Ratio(self.limits.ratio))
        } else {
            self.run.spend(bytes).or_else(|limit| self.hit(limit))
        }
    }

    /// Takes one member.
    pub fn enter(&self) -> Result<(), Exceeded> {
        let entries = self.entries.get() + 1;
        self.entries.set(entries);
        if entries > self.limits.entries {
            return self.hit(Exceeded::Entries(self.limits.entries));
        }
        Ok(())
    }

    fn hit(&self, limit: Exceeded) -> Result<(), Exceeded> {
        let first = self.exceeded.get().unwrap_or(limit);
        self.exceeded.set(Some(first));
        Err(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> ArchiveLimits {
        ArchiveLimits {
            output: 1000,
            entries: 2,
            ratio: 10,
            ratio_free: 50,
            ..ArchiveLimits::default()
        }
    }

    #[test]
    fn each_limit_is_named() {
        let (limits, run) = (limits(), RunBudget::new(1200));
        let budget = ArchiveBudget::new(&limits, &run, 4);
        assert_eq!(budget.spend(50), Ok(()));
        assert_eq!(budget.spend(1), Err(Exceeded::Ratio(10)));
        let budget = ArchiveBudget::new(&limits, &run, 1000);
        assert_eq!(budget.spend(1001), Err(Exceeded::Output(1000)));
        let budget = ArchiveBudget::new(&limits, &run, 1000);
        assert_eq!(budget.spend(1000), Ok(()));
        let budget = ArchiveBudget::new(&limits, &run, 1000);
        assert_eq!(budget.spend(900), Err(Exceeded::Run(1200)));
        assert_eq!(budget.enter(), Ok(()));
        assert_eq!(budget.enter(), Ok(()));
        assert_eq!(budget.enter(), Err(Exceeded::Run(1200)), "the first stays");
        assert_eq!(budget.exceeded(), Some(Exceeded::Run(1200)));
    }

    #[test]
    fn an_interrupted_run_reads_and_unpacks_no_further() {
        let interrupt = Interrupt::default();
        let run = RunBudget::until(interrupt.clone(), 1200);
        let mut reader = Stoppable {
            inner: &b"text"[..],
            run: &run,
        };
        assert_eq!(reader.read(&mut [0; 2]).unwrap(), 2);
        interrupt.0.store(2, Ordering::Relaxed);
        assert!(reader.read(&mut [0; 2]).is_err());
        let limits = limits();
        let budget = ArchiveBudget::new(&limits, &run, 1000);
        assert_eq!(budget.spend(1), Err(Exceeded::Interrupted));
    }
}
