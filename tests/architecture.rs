//! The structure of the crate as tests: which module may know which, and the
//! budgets that keep files and functions readable. Rust does not hold the
//! direction between modules of one crate; this file does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Top-level modules, lowest first. A module may know those in lower rows only.
const LAYERS: &[&[&str]] = &[
    &["bytes", "error", "token", "limits"],
    &["document"],
    &["model"],
    &["rules"],
    &["sources", "detect", "findings", "evidence", "report"],
    &["examples", "samples", "scan", "survey"],
    &["attest", "record"],
    &["assess"],
    &["bench"],
    &["cli"],
];

/// What `report` may know although it stands beside the detectors.
const REPORT_KNOWS: &[&str] = &["model", "bytes", "error"];

const LONGEST_FILE: usize = 800;

fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of src").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    found.sort();
    found
}

fn short(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR"))
        .expect("below the crate")
        .display()
        .to_string()
}

/// The top-level module a file belongs to; `None` for the crate roots.
fn module_of(path: &Path) -> Option<String> {
    let inside = path
        .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .ok()?;
    let first = inside.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!["main", "lib"].contains(&name)).then(|| name.to_owned())
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Every `crate::module` named outside of comments, with its line.
fn edges(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for part in code.split("crate::").skip(1) {
            let name: String = part
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            found.push((number + 1, name));
        }
    }
    found
}

#[test]
fn modules_know_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for path in sources() {
        let Some(module) = module_of(&path) else {
            continue;
        };
        let text = fs::read_to_string(&path).expect("a source file is UTF-8");
        let mine = layer_of(&module).unwrap_or_else(|| panic!("`{module}` is in no layer"));
        for (line, other) in edges(&text) {
            let Some(theirs) = layer_of(&other) else {
                continue;
            };
            let allowed = other == module
                || (theirs < mine
                    && (module != "report" || REPORT_KNOWS.contains(&other.as_str())));
            if !allowed {
                wrong.push(format!(
                    "{}:{line}: `{module}` must not know `{other}`",
                    short(&path)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_why_it_exists() {
    let mut wrong = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a source file is UTF-8");
        let head: String = text
            .lines()
            .skip_while(|line| line.starts_with("#!["))
            .take_while(|line| line.starts_with("//!"))
            .collect();
        let is_test = short(&path).contains("/tests/") || path.ends_with("tests.rs");
        let needed = if is_test { 1 } else { 2 };
        if head.matches(['.', ':', '?']).count() < needed && module_of(&path).is_some() {
            wrong.push(format!(
                "{}: open with two sentences in `//!`",
                short(&path)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_has_more_than_one_subject() {
    let long: Vec<String> = sources()
        .iter()
        .map(|path| {
            (
                short(path),
                fs::read_to_string(path).expect("UTF-8").lines().count(),
            )
        })
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .map(|(path, lines)| format!("{path}: {lines} lines, at most {LONGEST_FILE}"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_module_is_a_drawer_for_odds_and_ends() {
    let drawers: Vec<String> = sources()
        .iter()
        .filter(|path| {
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            ["util", "utils", "common", "helpers", "misc"].contains(&stem)
        })
        .map(|path| short(path))
        .collect();
    assert!(drawers.is_empty(), "{}", drawers.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let mut wrong = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a source file is UTF-8");
        for (number, line) in text.lines().enumerate() {
            if ["todo!(", "unimplemented!(", "dbg!(", "#[ignore]"]
                .iter()
                .any(|w| line.contains(w))
            {
                wrong.push(format!("{}:{}: {}", short(&path), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_stays_in_its_three_places() {
    let allowed = [
        "src/detect/prefilter/",
        "src/detect/views/classes.rs",
        "src/sources/history/",
    ];
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|path| !allowed.iter().any(|place| short(path).starts_with(place)))
        .filter(|path| {
            let text = fs::read_to_string(path).expect("a source file is UTF-8");
            text.lines().any(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.contains("unsafe {") || code.contains("unsafe fn")
            })
        })
        .map(|path| short(path))
        .collect();
    assert!(wrong.is_empty(), "unsafe code in {}", wrong.join(", "));
}

#[test]
fn every_test_file_is_declared() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let main = fs::read_to_string(folder.join("main.rs")).expect("tests/main.rs");
    let mut missing = BTreeMap::new();
    for entry in fs::read_dir(&folder).expect("the tests folder").flatten() {
        let path = entry.path();
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned();
        let is_module = path.extension().is_some_and(|extension| extension == "rs")
            || path.join("mod.rs").is_file();
        if is_module && !["main", "patterns"].contains(&stem.as_str()) {
            let declared = main.contains(&format!("mod {stem};"));
            missing.extend((!declared).then_some((stem, ())));
        }
    }
    assert!(
        missing.is_empty(),
        "not declared in tests/main.rs: {missing:?}"
    );
}
