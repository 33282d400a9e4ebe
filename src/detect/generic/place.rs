//! What a path says of the file: tests, examples, documentation, texts for
//! people, foreign or generated code. A place ranks a finding, it never hides
//! one: most secrets in test folders are real.

use super::score::confidence;
use super::shape::Class;
use super::shape::Shape;
use crate::model::finding::Place;
use crate::model::rule::Confidence;

/// The place that `path` (with `/` between folders) is.
pub fn place_of(path: &str) -> Place {
    let lower = path.to_ascii_lowercase();
    let (folders, file) = split(&lower);
    place(folders, file)
}

/// The points of a scored value once its path is known; a blob of the history may have several.
///
/// A word that anybody could guess is a sample more often than a secret where samples live: in
/// tests and examples it is never of high confidence and needs a clearer construct to be of medium
/// confidence; in documentation and foreign code it is of low confidence at best. A random value
/// keeps its points in tests, and is of medium confidence at best in examples and documentation.
pub fn points_at(path: &str, value: &[u8], points: i32) -> i32 {
    const JUST_MEDIUM: i32 = 169;
    const JUST_LOW: i32 = 19;
    let lower = path.to_ascii_lowercase();
    let (folders, file) = split(&lower);
    let place = place(folders, file);
    let weak = is_guessable(value);
    let points = match (place, weak) {
        (Place::Test | Place::Example, true) => (points - 60).min(JUST_MEDIUM),
        (Place::Documentation | Place::Vendored, true) => (points - 140).min(JUST_LOW),
        (Place::Documentation, false) => (points - 40).min(JUST_MEDIUM),
        (Place::Example, false) => points.min(JUST_MEDIUM),
        (Place::Locale, _) => points - 300,
        (Place::Vendored, _) => points - 100,
        (Place::Generated, _) => points - 200,
        _ => points,
    };
    points + by_kind(file)
}

/// What a path makes of the confidence of a value, scored or not; `None` where it is no finding.
///
/// Only a guessable password in an address (`postgres:postgres@`) is weighed among the secrets
/// of a provider's rule: documentation is full of them.
pub fn confidence_at(
    path: &str,
    value: &[u8],
    points: Option<i32>,
    stated: Confidence,
) -> Option<Confidence> {
    if let Some(points) = points {
        return confidence(points_at(path, value, points));
    }
    let place = place_of(path);
    let sampled = matches!(
        place,
        Place::Test | Place::Example | Place::Documentation | Place::Vendored
    );
    if !sampled || !password_of_address(value).is_some_and(is_guessable) {
        return Some(stated);
    }
    Some(match stated {
        Confidence::High if place != Place::Documentation => Confidence::Medium,
        _ => Confidence::Low,
    })
}

/// The password of `scheme://user:password@…`.
fn password_of_address(value: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::find(value, b"://")? + 3;
    let end = start + value[start..].iter().rposition(|b| *b == b'@')?;
    let colon = value[start..end].iter().position(|b| *b == b':')?;
    Some(&value[start + colon + 1..end])
}

fn split(lower: &str) -> (&str, &str) {
    lower.rsplit_once('/').unwrap_or(("", lower))
}

/// True for words, short values and plain sequences: what a person makes up while writing.
fn is_guessable(value: &[u8]) -> bool {
    if value.is_empty() {
        return true;
    }
    let shape = Shape::of(value);
    shape.length < 8
        || shape.entropy < 250
        || !matches!(
            shape.class,
            Class::Uuid
                | Class::Hex
                | Class::Base64
                | Class::RandomLong
                | Class::RandomShort
                | Class::WordsMixed
                | Class::Odd
        )
}

/// Files that hold settings hold secrets; style sheets and the like do not.
fn by_kind(file: &str) -> i32 {
    let extension = file.rsplit_once('.').map_or("", |(_, e)| e);
    match extension {
        "env" | "properties" | "ini" | "conf" | "cfg" | "tfvars" | "config" | "netrc" | "npmrc"
        | "pgpass" => 60,
        "css" | "scss" | "less" | "svg" | "po" | "pot" | "xlf" | "xliff" | "resx" | "strings"
        | "ftl" | "arb" | "graphql" | "proto" => -300,
        _ if file.starts_with(".env") || file.starts_with("docker-compose") => 60,
        _ => 0,
    }
}

/// Folders of foreign code.
const VENDORED: &[&str] = &[
    "node_modules",
    "vendor",
    "third_party",
    "third-party",
    "thirdparty",
    "bower_components",
    "external",
    "site-packages",
    ".yarn",
];
/// Folders of texts in several languages.
const LOCALE: &[&str] = &[
    "locale",
    "locales",
    "i18n",
    "l10n",
    "lang",
    "langs",
    "language",
    "languages",
    "translations",
    "translation",
];
/// Folders of tests.
const TEST: &[&str] = &[
    "test",
    "tests",
    "testing",
    "spec",
    "specs",
    "__tests__",
    "testdata",
    "test-data",
    "fixtures",
    "fixture",
    "e2e",
    "cypress",
    "mock",
    "mocks",
    "testsuite",
];
/// Folders of examples.
const EXAMPLE: &[&str] = &[
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "tutorial",
    "tutorials",
    "quickstart",
    "quickstarts",
];
/// Folders of documentation.
const DOCS: &[&str] = &["doc", "docs", "documentation", "man", "wiki"];

fn place(folders: &str, file: &str) -> Place {
    let within = |names: &[&str]| folders.split('/').any(|folder| names.contains(&folder));
    let stem = file.split('.').next().unwrap_or(file);
    let generated = file.contains(".min.")
        || file.contains("bundle")
        || file.ends_with(".lock")
        || file.ends_with("-lock.json")
        || file.ends_with("-lock.yaml")
        || file.ends_with(".map")
        || file == "go.sum"
        || file.ends_with(".snap");
    let test = file.contains(".test.")
        || file.contains(".spec.")
        || file.contains("_test.")
        || file.contains("_spec.")
        || stem.starts_with("test_")
        || stem.ends_with("test")
        || stem.ends_with("tests");
    let locale = file.starts_with("messages_")
        || file.starts_with("messages.")
        || matches!(
            file.rsplit_once('.').map_or("", |(_, e)| e),
            "po" | "pot" | "xlf" | "xliff" | "resx" | "strings" | "ftl" | "arb"
        );
    let docs = matches!(
        file.rsplit_once('.').map_or("", |(_, e)| e),
        "md" | "rst" | "adoc" | "asciidoc" | "markdown"
    );
    match () {
        () if within(VENDORED) => Place::Vendored,
        () if generated => Place::Generated,
        () if within(LOCALE) || locale => Place::Locale,
        () if test || within(TEST) => Place::Test,
        () if within(EXAMPLE) || file.contains("example") || file.contains("sample") => {
            Place::Example
        }
        () if docs || within(DOCS) => Place::Documentation,
        () => Place::Source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart() {
        for (path, place) in [
            ("src/main/app.py", Place::Source),
            ("src/test/java/LoginTest.java", Place::Test),
            ("app/LoginTest.java", Place::Test),
            ("docs/setup.md", Place::Documentation),
            ("README.md", Place::Documentation),
            ("web/locales/de.json", Place::Locale),
            ("node_modules/x/index.js", Place::Vendored),
            ("package-lock.json", Place::Generated),
            (".env.example", Place::Example),
        ] {
            assert_eq!(place_of(path), place, "{path}");
        }
        let value = ["k3Jx9", "Qw2Lp0"].concat();
        let points = |path, value: &str| points_at(path, value.as_bytes(), 300);
        assert!(points(".env", &value) > points("src/app.ts", &value));
        assert!(points("tests/a.py", "sunshine") < points("tests/a.py", &value));
        assert_eq!(points("src/a.py", "sunshine"), points("src/a.py", &value));
        let best = |path| confidence(points_at(path, b"sunshine", 900));
        assert_eq!(best("src/a.py"), Some(Confidence::High));
        assert_eq!(best("tests/a.py"), Some(Confidence::Medium));
        assert_eq!(best("docs/a.md"), Some(Confidence::Low));
    }
}
