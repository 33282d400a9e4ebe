//! The engine with all rules: any bytes, whole and in windows.

use bowerbird::detect::secrets::Engine;
use bowerbird::detect::secrets::Scratch;
use bowerbird::detect::secrets::delta::Scanned;
use bowerbird::detect::secrets::resolve;
use bowerbird::examples;
use bowerbird::rules::builtin;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(builtin::pack().rules().iter().collect(), Some(0)));

pub(super) fn run(data: &[u8]) {
    let scanned = Scanned::whole(&ENGINE, data, &mut Scratch::default());
    let mut matches: Vec<_> = scanned.matches().cloned().collect();
    for found in &matches {
        assert!(found.secret.end <= data.len() && found.secret.start <= found.secret.end);
    }
    let _ = resolve(&ENGINE, &mut matches);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for rule in builtin::pack().examples().iter().step_by(7) {
        for (promise, number, text) in examples::listed(rule) {
            seeds.extend(examples::expand(rule.id.0, promise, number, text));
        }
    }
    seeds
}
