//! Rule files from disk: finds them, parses and lints them together, and makes
//! a user's pack. What the rules are then used for is the caller's business.

use crate::rules::check;
use crate::rules::check::Check;
use crate::rules::check::CheckFile;
use crate::rules::check::SourceCheck;
use crate::rules::encode;
use crate::rules::encode::Pack;
use crate::rules::import;
use crate::rules::import::Format;
use crate::rules::lint;
use crate::rules::lint::Known;
use crate::rules::misconfig;
use crate::rules::sast;
use crate::rules::sast::Library;
use crate::rules::source;
use crate::rules::source::Place;
use crate::rules::source::RuleError;
use crate::rules::source::RuleFile;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Folders in folders, at most.
const DEPTH_CAP: usize = 8;
/// Files and folders looked at in one run, at most.
const VISITS_CAP: usize = 10_000;

/// Everything wrong with a set of rule files, one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleErrors(pub Vec<RuleError>);

impl fmt::Display for RuleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.0.iter().enumerate() {
            let newline = if number == 0 { "" } else { "\n" };
            write!(f, "{newline}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for RuleErrors {}

/// The rule files among `paths`: each file named, and every `.yml` and `.yaml`
/// below each folder named, in the order of their paths.
///
/// # Errors
/// When a path cannot be read, nests too deep, or there are too many files or none:
/// whoever names a folder of rules expects some to run.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, RuleErrors> {
    let mut found = Vec::new();
    let mut waiting: Vec<(PathBuf, usize)> = paths.iter().map(|p| (p.clone(), 0)).collect();
    let mut visits = 0;
    while let Some((path, depth)) = waiting.pop() {
        visits += 1;
        if visits > VISITS_CAP {
            let message = format!("there are more than {VISITS_CAP} files and folders");
            return Err(whole(&paths[0], message));
        }
        if !path.is_dir() {
            if depth == 0 || is_yaml(&path) {
                found.push(path);
            }
            continue;
        }
        if depth >= DEPTH_CAP {
            return Err(whole(
                &path,
                format!("folders nest deeper than {DEPTH_CAP}"),
            ));
        }
        let entries = fs::read_dir(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries.map_err(|error| unreadable(&path, &error))?;
        waiting.extend(entries.into_iter().map(|entry| (entry.path(), depth + 1)));
    }
    found.sort();
    found.dedup();
    match (found.is_empty(), paths.first()) {
        (true, Some(path)) => Err(whole(
            path,
            "there is no rule file (.yml, .yaml)".to_owned(),
        )),
        _ => Ok(found),
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|name| name == "yml" || name == "yaml")
}

/// A fault of a file as a whole.
fn whole(path: &Path, message: String) -> RuleErrors {
    RuleErrors(vec![RuleError {
        path: path.display().to_string(),
        place: Place::default(),
        rule: None,
        message,
    }])
}

fn unreadable(path: &Path, error: &std::io::Error) -> RuleErrors {
    whole(path, format!("cannot be read: {error}"))
}

/// Reads and parses one rule file.
fn read(path: &Path) -> Result<RuleFile, RuleErrors> {
    let text = text(path)?;
    source::parse(&path.display().to_string(), &text).map_err(|error| RuleErrors(vec![error]))
}

/// Reads one file, within its cap.
fn text(path: &Path) -> Result<String, RuleErrors> {
    let size = fs::metadata(path)
        .map_err(|error| unreadable(path, &error))?
        .len();
    if size > source::FILE_CAP as u64 {
        let message = format!(
            "the file is larger than {} bytes: split it",
            source::FILE_CAP
        );
        return Err(whole(path, message));
    }
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

/// Parses and lints rule files and folders as one set.
///
/// # Errors
/// All faults of all files. When one does not parse, the others are linted
/// without asking whether their companions exist.
pub fn lint_paths(paths: &[PathBuf], known: &Known<'_>) -> Result<Vec<RuleFile>, RuleErrors> {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for path in find(paths)? {
        match read(&path) {
            Ok(file) => files.push(file),
            Err(RuleErrors(more)) => errors.extend(more),
        }
    }
    let partial = known.partial || !errors.is_empty();
    errors.extend(lint::lint(&files, &Known { partial, ..*known }));
    errors.sort();
    if errors.is_empty() {
        Ok(files)
    } else {
        Err(RuleErrors(errors))
    }
}

/// Lints rule files and folders and makes them one pack. The pack's bytes are
/// kept for the life of the process, as the built-in ones are.
///
/// # Errors
/// As [`lint_paths`].
pub fn load_user(paths: &[PathBuf], known: &Known<'_>) -> Result<Pack, RuleErrors> {
    let files = lint_paths(paths, known)?;
    Ok(pack(files))
}

/// Checks, and where they stand: the file, as it is shown in errors, and the place of the id.
pub struct Loaded {
    /// The checks.
    pub checks: Vec<Check>,
    /// The places of checks of code, which are compiled later, by id.
    pub places: BTreeMap<String, (String, Place)>,
}

/// Parses and lints files of checks as one set, those of other tools too. `taken` are ids of other
/// rules.
///
/// # Errors
/// All faults of all files.
pub fn checks(
    paths: &[PathBuf],
    taken: &[&str],
    activity: &dyn Fn(&str) -> bool,
) -> Result<Loaded, RuleErrors> {
    let mut files: Vec<CheckFile<misconfig::Body>> = Vec::new();
    let mut code: Vec<CheckFile<sast::Look>> = Vec::new();
    let mut imported: Vec<CheckFile<sast::Look>> = Vec::new();
    let mut errors = Vec::new();
    for path in find(paths)? {
        let shown = path.display().to_string();
        let text = text(&path)?;
        if let Some(format) = import::format(&text) {
            match import::parse(format, &shown, &text, &beside(format, &path)?) {
                Ok(more) => imported.extend(more),
                Err(more) => errors.extend(more),
            }
            continue;
        }
        let read = match is_code(&text) {
            true => check::parse(&shown, &text).map(|file| code.push(file)),
            false => check::parse(&shown, &text).map(|file| files.push(file)),
        };
        errors.extend(read.err());
    }
    for file in &files {
        errors.extend(check::lint(file, &misconfig::lint, activity));
    }
    for file in &code {
        errors.extend(check::lint(file, &sast::lint, activity));
    }
    code.append(&mut imported);
    errors.extend(check::twice(&files, taken));
    errors.extend(check::twice(&code, taken));
    errors.sort();
    if !errors.is_empty() {
        return Err(RuleErrors(errors));
    }
    let mut places = BTreeMap::new();
    for file in &code {
        let place = |check: &SourceCheck<sast::Look>| {
            let at = (file.path.clone(), check.id.place);
            (check.id.value.clone(), at)
        };
        places.extend(file.checks.iter().map(place));
    }
    let mut checks: Vec<Check> = files.into_iter().flat_map(check::checks).collect();
    checks.extend(code.into_iter().flat_map(check::checks));
    Ok(Loaded { checks, places })
}

/// The annotated examples of a Semgrep file: those beside it with its name and another extension.
fn beside(format: Format, path: &Path) -> Result<Vec<(String, String)>, RuleErrors> {
    let (Format::Semgrep, Some(stem), Some(folder)) = (format, path.file_stem(), path.parent())
    else {
        return Ok(Vec::new());
    };
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut found = Vec::new();
    for entry in entries.take(VISITS_CAP).flatten() {
        let other = entry.path();
        if other.file_stem() == Some(stem) && !is_yaml(&other) && other.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            found.push((name, text(&other)?));
        }
    }
    found.sort();
    Ok(found)
}

/// Tells checks of code from those of configuration by the language they are for.
fn is_code(text: &str) -> bool {
    let platform = text.lines().find_map(|line| line.strip_prefix("platform:"));
    platform.is_some_and(|name| sast::LANGUAGES.contains(&name.trim().trim_matches(['"', '\''])))
}

/// Reads what the code checks of each language share, below `paths`.
///
/// # Errors
/// All faults of all files.
pub fn libraries(paths: &[PathBuf]) -> Result<Vec<Library>, RuleErrors> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for path in find(paths)? {
        match source::document(&path.display().to_string(), &text(&path)?) {
            Ok(library) => found.push(library),
            Err(error) => errors.push(error),
        }
    }
    match errors.is_empty() {
        true => Ok(found),
        false => Err(RuleErrors(errors)),
    }
}

/// The pack of linted checks.
pub fn check_pack(checks: Vec<Check>) -> Pack {
    let bytes = encode::encode_checks(checks);
    Pack::decode(bytes.leak()).expect("encode and decode are of one version")
}

/// Tells files of checks, which have the key `checks` or are another tool's, from those of secrets.
///
/// # Errors
/// When a file cannot be read.
pub fn sort(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), RuleErrors> {
    let mut checks = Vec::new();
    let mut secrets = Vec::new();
    for path in find(paths)? {
        let text = text(&path)?;
        let is_check = text.lines().any(|line| line.starts_with("checks:"));
        if is_check || import::format(&text).is_some() {
            checks.push(path);
        } else {
            secrets.push(path);
        }
    }
    Ok((checks, secrets))
}

/// The pack of linted files.
pub fn pack(files: Vec<RuleFile>) -> Pack {
    let bytes = encode::encode(files).expect("the lint has proven every keyword");
    Pack::decode(bytes.leak()).expect("encode and decode are of one version")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str) -> String {
        format!(
            "provider: acme\nrules:\n  - id: {id}\n    title: t\n    severity: high\n    confidence: low\n    tags: [mine]\n    keywords: [acme_]\n    pattern: 'acme_[0-9]{{8}}'\n    why: w\n    fix: f\n    references: [https://example.com/]\n    examples: {{match: ['acme_{{{{digit:8}}}}'], no_match: ['acme_1']}}\n"
        )
    }

    #[test]
    fn a_folder_is_one_set_whatever_its_order() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/one.yml"), rule("one")).unwrap();
        fs::write(folder.path().join("a.yaml"), rule("two")).unwrap();
        fs::write(folder.path().join("README.md"), "not a rule").unwrap();
        let pack = load_user(&[folder.path().to_path_buf()], &Known::default()).unwrap();
        let ids: Vec<_> = pack.rules().iter().map(|rule| rule.id.0).collect();
        assert_eq!(ids, ["one", "two"]);
    }

    #[test]
    fn every_broken_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.yml"), "provider: [").unwrap();
        fs::write(folder.path().join("b.yml"), "provider: acme\nrulez: []\n").unwrap();
        fs::write(folder.path().join("c.yml"), rule("Three")).unwrap();
        let paths = [folder.path().to_path_buf()];
        let errors = lint_paths(&paths, &Known::default()).unwrap_err();
        let text = errors.to_string();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains("b.yml:2:1: unknown field `rulez`"), "{text}");
        assert!(
            text.contains("c.yml:3:9: rule `Three`: the id must be"),
            "{text}"
        );
        let empty = tempfile::tempdir().unwrap();
        let errors = find(&[empty.path().to_path_buf()]).unwrap_err();
        assert!(
            errors
                .to_string()
                .ends_with(": there is no rule file (.yml, .yaml)")
        );
        let missing = [folder.path().join("none.yml")];
        let text = lint_paths(&missing, &Known::default())
            .unwrap_err()
            .to_string();
        assert!(text.contains("none.yml: cannot be read: "), "{text}");
    }
}
