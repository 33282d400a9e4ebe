//! What a person sees while a scan runs: one line on standard error, written over
//! itself, and only when standard error is a terminal. A pipe or a file gets
//! neither the line nor a control sequence. Numbers only: nothing that is read is
//! shown here.

use crate::report::describe;
use crate::scan::Stage;
use crate::scan::progress::Progress;
use std::io::IsTerminal;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

/// Between two updates: as often as eyes can use.
const EVERY: Duration = Duration::from_millis(150);

/// A scan shorter than this shows no line.
const PATIENCE: Duration = Duration::from_millis(400);

/// Clears the line from the cursor on (ECMA-48, EL).
const CLEAR: &str = "\r\x1b[K";

/// The line, for as long as this lives.
pub(super) struct Line {
    shown: Option<(Sender<()>, JoinHandle<()>)>,
    /// Where the scan counts.
    pub(super) counts: Arc<Progress>,
}

impl Line {
    /// Starts it, unless it is not `wanted` or standard error is no terminal.
    pub(super) fn start(wanted: bool) -> Line {
        let counts = Arc::new(Progress::default());
        let seen = Arc::clone(&counts);
        let shown = (wanted && std::io::stderr().is_terminal()).then(|| {
            let (ended, ends) = mpsc::channel();
            let thread = std::thread::spawn(move || {
                let begun = Instant::now();
                while ends.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    if begun.elapsed() >= PATIENCE {
                        tell(&format!("{CLEAR}{}", line(&seen, begun.elapsed())));
                    }
                }
                tell(CLEAR);
            });
            (ended, thread)
        });
        Line { shown, counts }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some((ended, thread)) = self.shown.take() {
            drop(ended);
            // A thread that panicked has shown its last.
            let _ = thread.join();
        }
    }
}

fn line(counts: &Progress, elapsed: Duration) -> String {
    let seen = counts.so_far();
    let mut parts = Vec::new();
    for (n, one, many) in [
        (seen.files, "file", "files"),
        (seen.objects, "object", "objects"),
    ] {
        if n > 0 {
            parts.push(describe::count(n, one, many));
        }
    }
    parts.push(describe::bytes(seen.bytes));
    format!("reading: {}, {} s", parts.join(", "), elapsed.as_secs())
}

/// A closed standard error is no reason to fail.
fn tell(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Tells the stages of a scan with their times, for `--verbose`.
pub(super) struct Stages {
    wanted: bool,
    since: Instant,
}

impl Stages {
    pub(super) fn new(wanted: bool) -> Stages {
        Stages {
            wanted,
            since: Instant::now(),
        }
    }

    /// A stage has ended.
    pub(super) fn ended(&mut self, stage: Stage, counts: &Progress) {
        let took = self.since.elapsed();
        self.since = Instant::now();
        if self.wanted {
            let seen = counts.so_far();
            self.say(&format!(
                "{} took {}.{:03} s; so far {}, {}, {}",
                name(stage),
                took.as_secs(),
                took.subsec_millis(),
                describe::count(seen.files, "file", "files"),
                describe::count(seen.objects, "object", "objects"),
                describe::bytes(seen.bytes)
            ));
        }
    }

    /// One line, when it is wanted.
    pub(super) fn say(&self, text: &str) {
        if self.wanted {
            tell(&format!("bowerbird: {text}\n"));
        }
    }
}

const fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Setup => "setting up",
        Stage::Tree => "reading files",
        Stage::Objects => "reading objects of the history",
        Stage::Attribution => "learning where findings have been",
        Stage::Findings => "sorting findings",
    }
}
