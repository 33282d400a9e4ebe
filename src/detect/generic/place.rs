//! What a path says of the file: tests, examples, documentation, texts for
//! people, foreign or generated code. A place ranks a finding, it never hides
//! one: most secrets in test folders are real.

use super::lexicon;
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
/// examples it is never of high confidence and needs a clearer construct to be of medium
/// confidence; in tests, documentation and foreign code it is of low confidence at best, and so are
/// passwords of less than 16 characters, words that a person typed into a test, and all values in the code and data of tests
/// and in the texts of a manual: nine of ten random ones there were made up for it. A random value is of medium confidence at
/// best in all of these places.
pub fn points_at(path: &str, value: &[u8], points: i32) -> i32 {
    const JUST_MEDIUM: i32 = 169;
    const JUST_LOW: i32 = 19;
    const SHORT: usize = 16;
    let lower = path.to_ascii_lowercase();
    let (folders, file) = split(&lower);
    let place = place(folders, file);
    let weak = is_guessable(value);
    let points = match (place, weak) {
        (Place::Test, true) => (points - 140).min(JUST_LOW),
        (Place::Test, false) if value.len() < SHORT || is_typed(value) || !is_setup(file) => {
            points.min(JUST_LOW)
        }
        (Place::Test, false) => points.min(JUST_MEDIUM),
        (Place::Example, true) => (points - 60).min(JUST_MEDIUM),
        (Place::Documentation | Place::Vendored, true) => (points - 140).min(JUST_LOW),
        (Place::Documentation, false) if is_prose(file) && within(folders, DOCS) => {
            (points - 40).min(JUST_LOW)
        }
        (Place::Documentation, false) => (points - 40).min(JUST_MEDIUM),
        (Place::Example, false) => points.min(JUST_MEDIUM),
        (Place::Locale, _) => points - 300,
        (Place::Vendored, _) => (points - 100).min(JUST_MEDIUM),
        (Place::Generated, _) => points - 200,
        _ => points,
    };
    points + by_kind(file)
}

/// What a path makes of the confidence of a value, scored or not; `None` where it is no finding.
///
/// Among the secrets of a provider's rule, only those are weighed of which tests, examples and
/// documentation are full: a guessable password in an address (`postgres:postgres@`) or in a
/// connection string, a JSON web token, which has run out, and a private key. In foreign code each is
/// of less confidence: its owners published it.
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
    if sampled && value.starts_with(b"eyJ") {
        return Some(Confidence::Low);
    }
    let key = value.starts_with(b"-----BEGIN");
    match place {
        Place::Documentation if key => return Some(stated.min(Confidence::Medium)),
        Place::Vendored if key => return Some(Confidence::Low),
        Place::Vendored => return Some(one_below(stated)),
        _ => {}
    }
    let password = password_of_address(value).or_else(|| password_of_connection(value));
    let lower = path.to_ascii_lowercase();
    let (folders, file) = split(&lower);
    if place == Place::Test && password.is_some() && !is_setup(file) {
        return Some(Confidence::Low);
    }
    if place == Place::Documentation && !has_prefix(value) {
        let manual = is_prose(file) && within(folders, DOCS);
        return Some(stated.min(if manual {
            Confidence::Low
        } else {
            Confidence::Medium
        }));
    }
    if !sampled || !password.is_some_and(is_guessable) {
        return Some(stated);
    }
    Some(match stated {
        Confidence::High if place != Place::Documentation => Confidence::Medium,
        _ => Confidence::Low,
    })
}

/// True for a value that says by its first characters whose it is, as `ghp_…`; others are known by a name.
fn has_prefix(value: &[u8]) -> bool {
    const BARE: [&[u8]; 8] = [
        b"AKIA", b"ASIA", b"AIza", b"AKID", b"EAAA", b"LTAI", b"dapi", b"AKCp",
    ];
    let head = &value[..value.len().min(12)];
    let parted = head.iter().any(|b| matches!(b, b'_' | b'-' | b'.' | b':'));
    parted || BARE.iter().any(|prefix| value.starts_with(prefix))
}

/// The next lower confidence.
const fn one_below(stated: Confidence) -> Confidence {
    match stated {
        Confidence::High => Confidence::Medium,
        _ => Confidence::Low,
    }
}

/// The password of `scheme://user:password@…`.
fn password_of_address(value: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::find(value, b"://")? + 3;
    let end = start + value[start..].iter().rposition(|b| *b == b'@')?;
    let colon = value[start..end].iter().position(|b| *b == b':')?;
    Some(&value[start + colon + 1..end])
}

/// The password of `Server=…;Password=…` and of `jdbc:…?user=…&password=…`.
fn password_of_connection(value: &[u8]) -> Option<&[u8]> {
    const KEYS: [&[u8]; 4] = [b"assword=", b"ASSWORD=", b"wd=", b"WD="];
    let found = KEYS.iter().find_map(|key| {
        let at = memchr::memmem::find(value, key)?;
        Some(at + key.len())
    })?;
    let rest = &value[found..];
    let end = rest.iter().position(|b| matches!(b, b';' | b'&'));
    Some(&rest[..end.unwrap_or(rest.len())])
}

fn split(lower: &str) -> (&str, &str) {
    lower.rsplit_once('/').unwrap_or(("", lower))
}

/// True for words, short values and plain sequences: what a person makes up while writing.
pub(super) fn is_guessable(value: &[u8]) -> bool {
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

/// True for words that a person typed, with digits and marks for letters (`P@ssw0rd`) or a year at
/// the end too.
fn is_typed(value: &[u8]) -> bool {
    let plain = |byte: &u8| match byte {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        other => *other,
    };
    let marks = value.iter().rev().take_while(|b| b.is_ascii_punctuation());
    let unmarked = &value[..value.len() - marks.count()];
    let year = unmarked.len() > 6 && {
        let (head, tail) = unmarked.split_at(unmarked.len() - 4);
        (tail.starts_with(b"19") || tail.starts_with(b"20"))
            && tail.iter().all(u8::is_ascii_digit)
            && !head[head.len() - 1].is_ascii_digit()
    };
    if year {
        return true;
    }
    let ends = value.iter().rposition(u8::is_ascii_alphabetic).unwrap_or(0);
    let text: Vec<u8> = value.iter().take(ends + 1).take(64).map(plain).collect();
    let cover = lexicon::cover(&text);
    cover.letters > 0 && cover.covered * 100 >= cover.letters * 40
}

/// True for a file that sets something up: what it says is accepted somewhere, in tests too. Code of tests and
/// their data make up the values they need.
fn is_setup(file: &str) -> bool {
    const EXTENSIONS: &[&str] = &[
        "bash",
        "bat",
        "cfg",
        "conf",
        "config",
        "env",
        "ini",
        "properties",
        "ps1",
        "sh",
        "tf",
        "tfvars",
        "toml",
        "xml",
        "yaml",
        "yml",
    ];
    EXTENSIONS.contains(&extension(file)) || file.contains("dockerfile") || file.starts_with(".env")
}

/// True for a text that is written for people.
fn is_prose(file: &str) -> bool {
    matches!(
        extension(file),
        "md" | "mdx" | "rst" | "adoc" | "asciidoc" | "markdown"
    )
}

fn extension(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// True when a folder of the path has one of these names.
fn within(folders: &str, names: &[&str]) -> bool {
    folders.split('/').any(|folder| names.contains(&folder))
}

/// Files that hold settings hold secrets; style sheets and the like do not.
fn by_kind(file: &str) -> i32 {
    match extension(file) {
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
const DOCS: &[&str] = &[
    "doc",
    "docs",
    "documentation",
    "man",
    "wiki",
    "issue_template",
];

/// `main.465728e1.js`: what a bundler names by its content.
fn is_hashed(file: &str) -> bool {
    file.split(['.', '-']).skip(1).any(|part| {
        part.len() >= 8
            && part.bytes().all(|b| b.is_ascii_hexdigit())
            && part.bytes().any(|b| b.is_ascii_digit())
    })
}

/// True for a name that is made with a word for tests: `Api.IntegrationTest`, `mock-services`, `test_login`.
fn names_tests(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "test", "tests", "testing", "mock", "mocks", "fixture", "fixtures", "e2e",
    ];
    const OTHERS: &[&str] = &[
        "attest", "contest", "contests", "detest", "fastest", "greatest", "latest", "newest",
        "oldest", "protest", "shortest",
    ];
    let speaks = |word: &str| {
        WORDS.contains(&word)
            || word.contains("testutil")
            || (word.ends_with("test") || word.ends_with("tests")) && !OTHERS.contains(&word)
    };
    name.split(['.', '-', '_']).any(speaks)
}

fn place(folders: &str, file: &str) -> Place {
    let within = |names: &[&str]| within(folders, names);
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
        || names_tests(file);
    let built = matches!(extension(file), "js" | "mjs" | "cjs" | "css")
        && (folders.split('/').any(|folder| folder == "dist") || is_hashed(file));
    let generated = generated || built;
    let locale = folders
        .split('/')
        .any(|folder| folder.starts_with("values-"))
        || file.starts_with("messages_")
        || file.starts_with("messages.")
        || matches!(
            extension(file),
            "po" | "pot" | "xlf" | "xliff" | "resx" | "strings" | "ftl" | "arb"
        );
    match () {
        () if within(VENDORED) => Place::Vendored,
        () if generated => Place::Generated,
        () if within(LOCALE) || locale => Place::Locale,
        () if test || within(TEST) || folders.split('/').any(names_tests) => Place::Test,
        () if within(EXAMPLE) || file.contains("example") || file.contains("sample") => {
            Place::Example
        }
        () if is_prose(file) || within(DOCS) => Place::Documentation,
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
            ("src/Api.IntegrationTest/Login.cs", Place::Test),
            ("app/mock-services.json", Place::Test),
            ("src/latest/a.py", Place::Source),
            ("app/src/main/res/values-de/strings.xml", Place::Locale),
            ("web/dist/index-Drh96.js", Place::Generated),
            ("public/assets/main.465728e1.js", Place::Generated),
            ("docs/setup.md", Place::Documentation),
            ("README.md", Place::Documentation),
            ("web/locales/de.json", Place::Locale),
            ("node_modules/x/index.js", Place::Vendored),
            ("package-lock.json", Place::Generated),
            (".env.example", Place::Example),
        ] {
            assert_eq!(place_of(path), place, "{path}");
        }
        let value = ["k3Jx9Zr7", "Qw2Lp0Ty"].concat();
        let points = |path, value: &str| points_at(path, value.as_bytes(), 300);
        assert!(points(".env", &value) > points("src/app.ts", &value));
        assert!(points("tests/a.yml", "sunshine") < points("tests/a.yml", &value));
        assert!(points("tests/a.py", &value) < points("tests/a.yml", &value));
        assert_eq!(points("src/a.py", "sunshine"), points("src/a.py", &value));
        let best = |path| confidence(points_at(path, b"sunshine", 900));
        assert_eq!(best("src/a.py"), Some(Confidence::High));
        assert_eq!(best("tests/a.py"), Some(Confidence::Low));
        assert_eq!(best("examples/a.py"), Some(Confidence::Medium));
        assert_eq!(best("docs/a.md"), Some(Confidence::Low));
    }
}
