//! Hands jobs to a fixed number of threads until there are none left, where
//! each job may make further ones. The newest comes first, so that what waits
//! is bounded by the depth of the tree and not by its size.

use std::num::NonZeroUsize;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

struct State<J> {
    jobs: Vec<J>,
    busy: usize,
}

struct Queue<J> {
    state: Mutex<State<J>>,
    changed: Condvar,
}

impl<J> Queue<J> {
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<J> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop() {
                state.busy += 1;
                return Some(job);
            }
            if state.busy == 0 {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, made: &mut Vec<J>) {
        let mut state = self.lock();
        state.busy -= 1;
        let wake = !made.is_empty() || state.busy == 0;
        state.jobs.append(made);
        drop(state);
        if wake {
            self.changed.notify_all();
        }
    }
}

/// Runs `jobs` and all they make, on `threads` threads; each has a worker of its own.
/// A worker must not panic.
pub(super) fn run<J: Send, W>(
    jobs: Vec<J>,
    threads: NonZeroUsize,
    new_worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, J, &mut Vec<J>) + Sync,
) {
    let queue = Queue {
        state: Mutex::new(State { jobs, busy: 0 }),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.get() {
            scope.spawn(|| {
                let mut worker = new_worker();
                let mut made = Vec::new();
                while let Some(job) = queue.next() {
                    work(&mut worker, job, &mut made);
                    queue.done(&mut made);
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering;

    #[test]
    fn every_job_runs_once() {
        for threads in 1..5 {
            let sum = AtomicU64::new(0);
            run(
                vec![10_u64],
                NonZeroUsize::new(threads).unwrap(),
                || (),
                |(), job, made| {
                    sum.fetch_add(1, Ordering::Relaxed);
                    made.extend((0..job).filter(|next| job - next <= 2));
                },
            );
            // fib: each job n makes n-1 and n-2
            assert_eq!(sum.into_inner(), 232);
        }
    }
}
