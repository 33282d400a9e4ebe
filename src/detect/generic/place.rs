//! What a path says of the file: tests, examples, documentation, texts for
//! people, foreign or generated code. A place ranks a finding, it never hides
//! one: most secrets in test folders are real.

use crate::model::finding::Place;

/// The place that `path` (with `/` between folders) is, and what it adds to a score.
///
/// Applied when a finding gets its path; a blob of the history may have several.
pub fn place_adjustment(path: &str) -> (Place, i32) {
    let lower = path.to_ascii_lowercase();
    let (folders, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let place = place(folders, file);
    let by_place = match place {
        Place::Source => 0,
        Place::Test | Place::Example => 0,
        Place::Documentation => -40,
        Place::Locale => -300,
        Place::Vendored => -100,
        Place::Generated => -200,
    };
    (place, by_place + by_kind(file))
}

/// Files that hold settings hold secrets; style sheets and the like do not.
fn by_kind(file: &str) -> i32 {
    let extension = file.rsplit_once('.').map_or("", |(_, e)| e);
    match extension {
        "env" | "properties" | "ini" | "conf" | "cfg" | "tfvars" | "config" | "netrc" | "npmrc"
        | "pgpass" => 60,
        "css" | "scss" | "less" | "svg" | "po" | "pot" | "xlf" | "xliff" | "resx" | "strings"
        | "ftl" | "arb" => -300,
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
            assert_eq!(place_adjustment(path).0, place, "{path}");
        }
        assert!(place_adjustment(".env").1 > place_adjustment("src/app.ts").1);
    }
}
