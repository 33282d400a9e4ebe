//! Measures the keyword search on real text: `cargo bench --bench prefilter -- [FOLDER]`. Each way of searching is
//! compared in the same run with the automaton of the crate `aho-corasick`, because on a shared machine only ratios
//! can be trusted. With `--frequencies FILE FOLDER...` it counts instead the pairs of bytes in the folders, and writes
//! the table that the search chooses its fingerprints by.
#![allow(clippy::print_stdout, reason = "a benchmark reports to the terminal")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use bowerbird::detect::prefilter::Instructions;
use bowerbird::detect::prefilter::Literal;
use bowerbird::detect::prefilter::Prefilter;
use bowerbird::detect::prefilter::Scratch;

/// Prefixes of tokens, names of their issuers, and everyday words around secrets; the most general ones first.
const KEYWORDS: &str = include_str!("keywords.txt");

/// The text: so little that it stays in the second-level cache, as a file does that was just read.
const PIECES: usize = 128;
const PIECE: usize = 4096;
/// Text of a folder that is read at most.
const FOLDER_LIMIT: usize = 16 << 20;
const RUNS: usize = 41;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match arguments.as_slice() {
        [option, table, folders @ ..] if option == "--frequencies" => count_pairs(table, folders),
        [] => measure(env!("CARGO_MANIFEST_DIR")),
        [folder, ..] => measure(folder),
    }
}

fn measure(folder: &str) {
    let text = sample(&read(Path::new(folder)));
    println!(
        "{folder}: {} bytes in pieces from all over it; medians of {RUNS} runs",
        text.len()
    );
    println!("keywords  hits/MB  search          MB/s  ratio   new() us  64 bytes ns");
    let keywords: Vec<&[u8]> = KEYWORDS.lines().map(str::as_bytes).collect();
    for count in [100, 240, 480, 800, keywords.len()] {
        measure_search(&text, &keywords[..count.min(keywords.len())]);
    }
}

fn measure_search(text: &[u8], keywords: &[&[u8]]) {
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(keywords)
        .expect("a thousand short keywords are within the limits");
    let literals: Vec<Literal<'_>> = keywords.iter().copied().map(Literal::anywhere).collect();
    let mut hits = 0;
    let reference = median(|| hits = automaton.find_overlapping_iter(text).count());
    let line = |name: &str, time: Duration, rest: String| {
        let (rate, ratio) = (
            text.len() as f64 / time.as_secs_f64() / 1e6,
            reference.as_secs_f64() / time.as_secs_f64(),
        );
        let per_megabyte = hits * 1_000_000 / text.len();
        println!(
            "{:8} {per_megabyte:8}  {name:12} {rate:7.0} {ratio:6.2}  {rest}",
            keywords.len()
        );
    };
    line("aho-corasick", reference, String::new());
    for instructions in [
        Instructions::Portable,
        Instructions::Avx2,
        Instructions::Avx512,
    ] {
        let Some(prefilter) = Prefilter::with(&literals, instructions) else {
            continue;
        };
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        let build = median(|| drop(Prefilter::with(&literals, instructions)));
        let whole = median(|| {
            found.clear();
            prefilter.find(text, 0..text.len(), &mut scratch, &mut found);
        });
        assert_eq!(
            found.len(),
            hits,
            "{instructions:?} and the automaton find the same"
        );
        let short = median(|| {
            for start in (0..text.len() - 64).step_by(PIECE / 3) {
                found.clear();
                prefilter.find(text, start..start + 64, &mut scratch, &mut found);
            }
        });
        let calls = (text.len() - 64).div_ceil(PIECE / 3) as u32;
        let rest = format!("{:9} {:12}", build.as_micros(), (short / calls).as_nanos());
        line(&format!("{instructions:?}").to_lowercase(), whole, rest);
    }
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

/// The text of all files below a folder, one kind of file after the other, so that the same tree gives the same text.
fn read(root: &Path) -> Vec<u8> {
    let mut files: BTreeMap<_, Vec<u8>> = BTreeMap::new();
    let walk = ignore::Walk::new(root)
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_file());
    let mut total = 0;
    for entry in walk {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        if !bytes.contains(&0) && total < FOLDER_LIMIT {
            total += bytes.len();
            files.insert(entry.path().to_path_buf(), bytes);
        }
    }
    files.into_values().flatten().collect()
}

fn sample(text: &[u8]) -> Vec<u8> {
    let step = (text.len() / PIECES).max(1);
    (0..PIECES)
        .flat_map(|i| {
            text[(i * step).min(text.len())..]
                .iter()
                .take(PIECE.min(step))
                .copied()
        })
        .collect()
}

/// The classes are those of `src/detect/prefilter/frequency.rs`, where the format of the table is described.
fn count_pairs(table: &str, folders: &[String]) {
    let class = |byte: u8| usize::from((byte >> 1) & 0x20 | byte & 0x1f);
    let mut probability = vec![0.0; 64 * 64];
    for folder in folders {
        let text = read(Path::new(folder));
        let share = 1.0 / text.len() as f64 / folders.len() as f64;
        for pair in text.windows(2) {
            probability[class(pair[0]) + 64 * class(pair[1])] += share;
        }
    }
    let rarity = |p: f64| (-10.0 * p.max(1e-9).log2()).round().clamp(0.0, 255.0) as u8;
    let bytes: Vec<u8> = probability.into_iter().map(rarity).collect();
    std::fs::write(table, bytes).expect("the table can be written");
}
