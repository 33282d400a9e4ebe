//! The texts of all rules against what readers of reports take: GitLab refuses a
//! whole report for one name or solution that is too long.

use bowerbird::rules::builtin;

/// The longest name of a vulnerability, in characters.
const NAME: usize = 255;
/// The longest solution.
const SOLUTION: usize = 7_000;

#[test]
fn texts_of_rules_are_no_longer_than_gitlab_takes() {
    for doc in builtin::packs().iter().flat_map(|pack| pack.docs()) {
        assert!(doc.title.chars().count() <= NAME, "{}", doc.id.0);
        assert!(doc.fix.chars().count() <= SOLUTION, "{}", doc.id.0);
        let is_link = |url: &&&str| url.starts_with("https://") || url.starts_with("http://");
        let odd: Vec<_> = doc.references.iter().filter(|url| !is_link(url)).collect();
        assert!(odd.is_empty(), "{}: {odd:?}", doc.id.0);
    }
}
