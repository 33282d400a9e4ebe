//! Instruction budgets of starting up, counted by valgrind: unlike seconds they are the same on a busy machine, so
//! that a regression of a few per cent is seen on the day it is made. The numbers stand in `benches/budgets.tsv`;
//! a change that lowers one brings the new number in the same commit (`BOWERBIRD_BLESS=1 cargo test budgets`).
#![expect(
    clippy::disallowed_methods,
    reason = "a test runs the built program and reads its own switch"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

/// What is run, with the most instructions it may ever take.
const BUDGETS: &[(&str, &[&str], u64)] = &[
    ("version", &["--version"], 2_000_000),
    (
        "scan-empty-folder",
        &["scan", "--jobs", "1", "."],
        // The aim is 12 M (benches/README.md): decoding and indexing 970 rules costs more today.
        18_000_000,
    ),
];

/// How far a count may be from its number, in per cent.
const TOLERANCE: u64 = 3;

#[test]
fn starting_up_keeps_to_its_budget() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed, so nothing was counted");
        return;
    }
    let program = program();
    let counts: BTreeMap<&str, u64> = BUDGETS
        .iter()
        .map(|(name, arguments, _)| (*name, count(&program, arguments)))
        .collect();
    println!("instructions: {counts:?}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/budgets.tsv");
    if std::env::var_os("BOWERBIRD_BLESS").is_some() {
        let lines = counts
            .iter()
            .map(|(name, count)| format!("{name}\t{count}\n"));
        fs::write(&file, lines.collect::<String>()).expect("benches/budgets.tsv can be written");
    }
    let numbers = numbers(&file);
    let wrong: Vec<String> = BUDGETS
        .iter()
        .filter_map(|(name, _, most)| judge(name, counts[name], numbers.get(*name).copied(), *most))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a count, if anything is.
fn judge(name: &str, count: u64, number: Option<u64>, most: u64) -> Option<String> {
    const BLESS: &str = "`BOWERBIRD_BLESS=1 cargo test budgets` writes it";
    let Some(number) = number else {
        return Some(format!(
            "{name}: {count} instructions, and no number in benches/budgets.tsv: {BLESS}"
        ));
    };
    let slack = number / 100 * TOLERANCE;
    if count > most {
        Some(format!(
            "{name}: {count} instructions, the budget is {most}"
        ))
    } else if count > number + slack {
        Some(format!(
            "{name}: {count} instructions, {TOLERANCE} % more than the {number} of benches/budgets.tsv"
        ))
    } else if count + slack < number {
        Some(format!(
            "{name}: only {count} instructions instead of {number}, well done: commit the new number, {BLESS}"
        ))
    } else {
        None
    }
}

#[test]
fn counts_are_held_to_number_and_budget() {
    let judged =
        |count| judge("x", count, Some(1000), 1_020).map(|text| text.contains("budget is"));
    assert_eq!(judged(1_000), None);
    assert_eq!(judged(1_021), Some(true));
    assert_eq!(judged(960), Some(false));
    assert!(judge("x", 1_031, Some(1000), 2_000).is_some_and(|text| text.contains("more than")));
    assert!(judge("x", 1, None, 2).is_some());
}

fn numbers(file: &Path) -> BTreeMap<String, u64> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, number)| {
            (
                name.to_owned(),
                number.parse().expect("a number behind the tab"),
            )
        })
        .collect()
}

/// Instructions of one run in an empty folder, with an empty environment.
fn count(program: &Path, arguments: &[&str]) -> u64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = Command::new("valgrind")
        .args([
            "--tool=cachegrind",
            "--cache-sim=no",
            "--cachegrind-out-file=/dev/null",
        ])
        .arg(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(folder.path())
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    said.lines()
        .filter_map(|line| line.split_once("refs:"))
        .find_map(|(_, count)| count.trim().replace(',', "").parse().ok())
        .unwrap_or_else(|| panic!("valgrind told no count:\n{said}"))
}

/// The release build, made now if it is not there or older than what it is made of.
fn program() -> PathBuf {
    let debug = Path::new(env!("CARGO_BIN_EXE_bowerbird"));
    let target = debug.ancestors().nth(2).expect("target/PROFILE/bowerbird");
    let name = debug.file_name().expect("the program has a name");
    let program = target.join("release").join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let newest = ["src", "patterns", "build.rs", "Cargo.toml", "Cargo.lock"]
        .iter()
        .filter_map(|part| changed(&root.join(part)))
        .max();
    if changed(&program).is_none() || changed(&program) < newest {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--bin", "bowerbird", "--target-dir"])
            .arg(target)
            .current_dir(root)
            .status();
        assert!(
            built.is_ok_and(|status| status.success()),
            "the release build failed"
        );
    }
    program
}

/// When a file, or the newest file below a folder, was last changed.
fn changed(path: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_dir() {
        return metadata.modified().ok();
    }
    let entries = fs::read_dir(path).ok()?;
    entries
        .flatten()
        .filter_map(|entry| changed(&entry.path()))
        .max()
}
