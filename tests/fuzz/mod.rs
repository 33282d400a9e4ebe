//! Fuzzing on the stable compiler: every target of `targets` over mutations of
//! its seeds, with a seeded generator, so that a run can be repeated. `cargo test`
//! does a few hundred of each; `BOWERBIRD_FUZZ_SECONDS=60` does as many as fit.
//! Coverage-guided fuzzing of the same functions is in `libfuzzer`; how to run
//! both says `README.md`.

mod mutate;
mod targets;

use mutate::Mutator;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;
use targets::TARGETS;
use targets::Target;

/// Inputs of each target in an ordinary test run.
const FEW: u64 = 300;

/// How long each target runs when it is asked to run long; `None` for an ordinary test run.
#[expect(
    clippy::disallowed_methods,
    reason = "a developer's switch, not the product's"
)]
fn asked() -> Option<Duration> {
    let seconds = std::env::var("BOWERBIRD_FUZZ_SECONDS").ok()?;
    Some(Duration::from_secs(seconds.parse().unwrap()))
}

fn fuzz(target: &Target) {
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{} has no seeds", target.name);
    seeds.iter().for_each(|seed| attempt(target, seed));
    let (asked, begun) = (asked(), Instant::now());
    let mut mutator = Mutator::new(target.name, seeds);
    let mut slowest = Duration::ZERO;
    let mut runs = 0;
    while asked.map_or(runs < FEW, |time| begun.elapsed() < time) {
        let input = mutator.next();
        let before = Instant::now();
        attempt(target, &input);
        slowest = slowest.max(before.elapsed());
        runs += 1;
    }
    if asked.is_some() {
        let name = target.name;
        std::fs::write(
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}.txt")),
            format!("{name}: {runs} inputs, slowest {slowest:?}\n"),
        )
        .unwrap();
    }
}

/// Runs one input; keeps it when the target panics.
fn attempt(target: &Target, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_err() {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("crash-{}", target.name));
        std::fs::write(&path, input).unwrap();
        panic!(
            "{}: panicked, the input is in {}",
            target.name,
            path.display()
        );
    }
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let wanted = |target: &&Target| target.name == stringify!($name);
                fuzz(TARGETS.iter().find(wanted).unwrap());
            }
        )*

        /// Each target has its test.
        #[test]
        fn every_target_is_run() {
            let run = [$(stringify!($name)),*];
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, run);
        }
    };
}

tests! {
    activity_file archive baseline code commit document engine excerpt foreign_rules git_config git_index idx
    loose
    pack refs reflog reftable rule_file signers tag text token tree updates
}
