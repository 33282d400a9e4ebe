//! Globs over paths, as the tables of signs write them: `*` within a name, `**`
//! over folders, letters' case ignored. They become regular expressions, so that
//! many are searched at once.

/// The regular expression of a glob, anchored at both ends.
pub fn to_regex(glob: &str) -> String {
    let mut regex = String::from("(?i)^");
    let mut rest = glob;
    while let Some(next) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            regex.push_str("(?:.*/)?");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            regex.push_str(".*");
            rest = after;
        } else {
            match next {
                '*' => regex.push_str("[^/]*"),
                '?' => regex.push_str("[^/]"),
                other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
            }
            rest = &rest[next.len_utf8()..];
        }
    }
    regex.push('$');
    regex
}

/// Folders whose content is not the repository's own work.
const FOREIGN: &[&str] = &[
    "vendor",
    "vendors",
    "node_modules",
    "third_party",
    "third-party",
    "thirdparty",
    "bower_components",
    "testdata",
    "fixtures",
    "__fixtures__",
    "dist",
    "generated",
];

/// Folders of examples, when they stand near the root: deeper, they are names of packages.
const EXAMPLES: &[&str] = &["example", "examples", "sample", "samples", "demo", "demos"];

/// Folders of tests.
const TESTS: &[&str] = &[
    "test",
    "tests",
    "spec",
    "specs",
    "__tests__",
    "testing",
    "e2e",
    "playwright",
    "cypress",
];

/// True when the path lies in a folder of examples, vendored or generated files.
pub fn is_foreign(path: &str) -> bool {
    let is = |list: &[&str], folder: &str| list.contains(&folder.to_ascii_lowercase().as_str());
    folders(path).any(|folder| is(FOREIGN, folder))
        || folders(path).take(2).any(|folder| is(EXAMPLES, folder))
}

/// True when the path lies in a folder of tests.
pub fn is_test(path: &str) -> bool {
    folders(path).any(|folder| TESTS.contains(&folder.to_ascii_lowercase().as_str()))
}

/// True when the path lies in a manual or a web site, near the root.
pub fn is_manual(path: &str) -> bool {
    let names = ["docs", "doc", "documentation", "website"];
    let mut first = folders(path).take(2);
    first.any(|folder| names.contains(&folder.to_ascii_lowercase().as_str()))
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/')
}

/// The name of a file without its folders.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_stay_within_a_name_unless_told() {
        let matches = |glob: &str, path: &str| {
            let regex = regex::Regex::new(&to_regex(glob)).unwrap();
            regex.is_match(path)
        };
        assert!(matches("**/*.tf", "a/b/c.tf") && matches("**/*.tf", "c.TF"));
        assert!(!matches("*.tf", "a/c.tf"));
        assert!(matches("docs/**/x*", "docs/x1") && matches("docs/**/x*", "docs/a/b/x"));
        assert!(!matches("a.b", "axb"));
        assert!(is_foreign("vendor/a.tf") && !is_foreign("a/vendor.tf"));
        assert!(is_manual("docs/content/a.yml") && !is_manual("src/a/docs/b.rs"));
        assert!(is_foreign("examples/a.tf") && !is_foreign("src/main/java/org/samples/A.java"));
    }
}
