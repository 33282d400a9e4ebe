//! How fast the object store decodes: a walk over the blobs of a repository by a
//! visitor that does nothing. Compare it with `git cat-file --batch --buffer`;
//! what the detectors cost is measured elsewhere.
//!
//! `cargo bench --bench history -- REPO.git [--all] [--verify]`
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::path::PathBuf;
use std::time::Instant;

use bowerbird::model::object::ObjectFormat;
use bowerbird::model::object::ObjectKind;
use bowerbird::sources::history::Object;
use bowerbird::sources::history::Store;
use bowerbird::sources::history::StoreLimits;
use bowerbird::sources::history::Visitor;

/// Wants one kind, or all, and does nothing with them.
struct Nothing {
    all: bool,
}

impl Visitor for Nothing {
    type State = ();

    fn wants(&self, kind: ObjectKind) -> bool {
        self.all || kind == ObjectKind::Blob
    }

    fn visit(&self, _: Object<'_, ()>) {}
}

fn main() {
    let mut repositories = Vec::new();
    let mut limits = StoreLimits::default();
    let mut all = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--all" => all = true,
            "--verify" => limits.verify = true,
            "--bench" => {}
            _ => repositories.push(PathBuf::from(argument)),
        }
    }
    for repository in repositories {
        let before = Instant::now();
        let (user, system) = cpu();
        let store = Store::open(&repository.join("objects"), ObjectFormat::Sha1, &limits);
        let opened = before.elapsed();
        let seen = store.walk(&Nothing { all });
        let (user, system) = (cpu().0 - user, cpu().1 - system);
        let kinds = [&seen.commits, &seen.trees, &seen.blobs, &seen.tags];
        let objects: u64 = kinds.iter().map(|totals| totals.visited).sum();
        let bytes: u64 = kinds.iter().map(|totals| totals.bytes).sum();
        println!(
            "{}: {objects} objects, {bytes} bytes, {} unscanned; open {:.3} s, wall {:.3} s, user {user:.2} s, system {system:.2} s",
            repository.display(),
            seen.unscanned_total.values().sum::<u64>(),
            opened.as_secs_f64(),
            before.elapsed().as_secs_f64(),
        );
    }
}

/// User and system time of this process, where the system tells (Linux, in ticks of 10 ms).
fn cpu() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .into_iter()
        .flat_map(str::split_whitespace)
        .filter_map(|field| field.parse().ok())
        .collect();
    // The state is no number: fields 14 and 15 of the file are 10 and 11 here.
    let ticks = |at: usize| fields.get(at).copied().unwrap_or(0.0) / 100.0;
    (ticks(10), ticks(11))
}
