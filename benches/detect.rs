//! Measures the whole path from bytes to matches on one core: `cargo bench --bench detect -- [FOLDER]`, by default on
//! this crate's sources. The keyword search alone and the automaton of the crate `aho-corasick` for the same keywords
//! are measured in the same run, because on a shared machine only ratios can be trusted.
#![allow(clippy::print_stdout, reason = "a benchmark reports to the terminal")]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use bowerbird::bytes::is_binary;
use bowerbird::detect::generic;
use bowerbird::detect::secrets::Engine;
use bowerbird::detect::secrets::Scratch;
use bowerbird::rules::builtin;
use bowerbird::rules::select::RuleSet;
use bowerbird::rules::select::Selection;

/// Text of a folder that is read at most.
const FOLDER_LIMIT: usize = 256 << 20;
const RUNS: usize = 9;

fn main() {
    let folder = std::env::args()
        .skip(1)
        .find(|argument| argument != "--bench")
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/src").to_owned());
    let mut files = Vec::new();
    read(Path::new(&folder), &mut files, &mut 0);
    let bytes: usize = files.iter().map(Vec::len).sum();
    println!(
        "{folder}: {} files, {bytes} bytes; one core, medians of {RUNS} runs",
        files.len()
    );
    measure(&files, bytes as f64 / 1e6);
}

fn measure(files: &[Vec<u8>], megabytes: f64) {
    let rules =
        RuleSet::new(&[builtin::pack()], &Selection::default()).expect("the built-in rules");
    let engine = Engine::new(rules.secrets(), None);
    let mut keywords: BTreeSet<&[u8]> = generic::keywords().map(str::as_bytes).collect();
    for rule in &rules.secrets() {
        keywords.extend(rule.keywords.iter().map(|keyword| keyword.text.as_bytes()));
    }
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(&keywords)
        .expect("some thousand short keywords are within the limits");
    let mut scratch = Scratch::default();
    let reference = median(|| {
        for file in files {
            black_box(automaton.find_overlapping_iter(file).count());
        }
    });
    let mut hits = 0;
    let prefilter = median(|| {
        hits = files
            .iter()
            .map(|file| engine.count_hits(file, 0..file.len(), &mut scratch))
            .sum();
    });
    let mut matches = Vec::new();
    let detect = median(|| {
        matches.clear();
        for file in files {
            engine.scan(
                file,
                0..file.len(),
                is_binary(file),
                &mut scratch,
                &mut matches,
            );
        }
    });
    println!(
        "{} rules, {} keywords, {} rules woken",
        rules.rules().len(),
        keywords.len(),
        engine.compiled_rules()
    );
    println!(
        "{:.0} keyword hits and {:.2} matches per MB",
        hits as f64 / megabytes,
        matches.len() as f64 / megabytes
    );
    println!("                       MB/s  ratio");
    for (name, seconds) in [
        ("aho-corasick DFA", reference),
        ("keyword search", prefilter),
        ("whole detection", detect),
    ] {
        println!(
            "{name:<18}{:>9.0}{:>7.2}",
            megabytes / seconds,
            reference / seconds
        );
    }
}

/// Seconds of the middle run, after one that does not count.
fn median(mut work: impl FnMut()) -> f64 {
    work();
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[RUNS / 2]
}

/// Reads the regular files below a folder in the order of their names.
fn read(folder: &Path, files: &mut Vec<Vec<u8>>, total: &mut usize) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if *total >= FOLDER_LIMIT {
            return;
        }
        if kind.is_dir() && entry.file_name() != ".git" {
            read(&entry.path(), files, total);
        } else if kind.is_file()
            && let Ok(bytes) = std::fs::read(entry.path())
        {
            *total += bytes.len();
            files.push(bytes);
        }
    }
}
