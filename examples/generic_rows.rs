//! Writes the training rows of the generic-secret scorer, for people who label
//! and refit it. Lists the candidates of a folder with the numbers of their
//! features; values are shown only with `--show`, to label them, and are never
//! part of a row. Not part of the product.
//!
//! usage: generic_rows names
//!        generic_rows FOLDER REPOSITORY KIND [LABELS]    rows for tests/training/train.py
//!        generic_rows --show FOLDER                      path, offset, name and value of each candidate
//!
//! LABELS holds `path TAB offset TAB label` lines; candidates without a label are of kind `unl`.

use bowerbird::detect::generic;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;

/// Larger files are data, not code.
const FILE_MAX: u64 = 2_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut out = std::io::stdout().lock();
    match words.as_slice() {
        ["names"] => {
            for name in generic::feature_names() {
                writeln!(out, "{name}")?;
            }
        }
        ["--show", folder] => each(Path::new(folder), |path, bytes, found| {
            let text =
                |range: &Range<usize>| String::from_utf8_lossy(&bytes[range.clone()]).into_owned();
            writeln!(
                out,
                "{path}\t{}\t{}\t{}",
                found.value.start,
                text(&found.name),
                text(&found.value)
            )
        })?,
        [folder, repository, kind, rest @ ..] => {
            let labels = rest
                .first()
                .map(|file| labels(Path::new(file)))
                .transpose()?;
            each(Path::new(folder), |path, bytes, found| {
                let Ok(ids) = generic::feature_ids(bytes, found) else {
                    return Ok(());
                };
                let place = (path.to_owned(), found.value.start);
                let label = labels
                    .as_ref()
                    .map_or(Some("0"), |all| all.get(&place).map(String::as_str));
                let kind = if label.is_some() { kind } else { "unl" };
                let ids: Vec<String> = ids.iter().map(usize::to_string).collect();
                writeln!(
                    out,
                    "{kind}\t{}\t1\t{repository}\t{}",
                    label.unwrap_or("0"),
                    ids.join(",")
                )
            })?;
        }
        _ => {
            return Err(
                "usage: generic_rows names | --show FOLDER | FOLDER REPOSITORY KIND [LABELS]"
                    .into(),
            );
        }
    }
    Ok(())
}

/// Labels by path and offset of the value.
fn labels(file: &Path) -> Result<BTreeMap<(String, usize), String>, Box<dyn Error>> {
    let mut all = BTreeMap::new();
    for line in std::fs::read_to_string(file)?.lines() {
        if let [path, offset, label] = line.split('\t').collect::<Vec<_>>()[..] {
            all.insert((path.to_owned(), offset.parse()?), label.to_owned());
        }
    }
    Ok(all)
}

/// Calls `see` for each candidate of each text file below `folder`, in a fixed order.
fn each(
    folder: &Path,
    mut see: impl FnMut(&str, &[u8], &generic::Candidate) -> std::io::Result<()>,
) -> Result<(), Box<dyn Error>> {
    let keywords = aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(generic::keywords())?;
    for path in files(folder)? {
        let bytes = std::fs::read(&path)?;
        if bytes.iter().take(4096).any(|b| *b == 0) {
            continue;
        }
        let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
        let mut seen = BTreeSet::new();
        for hit in keywords.find_overlapping_iter(&bytes) {
            if let Some(found) = generic::extract(&bytes, hit.range())
                && seen.insert((found.value.start, found.value.end))
            {
                see(&name, &bytes, &found)?;
            }
        }
    }
    Ok(())
}

/// All files below `folder` that are not too large, sorted.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut open, mut out) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next)? {
            let entry = entry?;
            let kind = entry.metadata()?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() && kind.len() <= FILE_MAX {
                out.push(entry.path());
            }
        }
    }
    out.sort();
    Ok(out)
}
