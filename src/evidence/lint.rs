//! What is refused of activity files beyond their form: ids the model does not
//! have, files in the wrong place, claims above the ceiling, verdicts without an
//! example, and examples that give another verdict than they promise. The build
//! runs it, so that a wrong check never reaches a user.

use super::activity::Activity;
use super::assess::assess_one;
use super::model::Entry;
use super::model::slug;
use super::source::ActivityFile;
use super::source::Rule;
use crate::model::evidence::Verdict;
use crate::rules::source::Place;
use crate::rules::source::RuleError;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

/// Everything wrong with a set of activity files, sorted.
pub fn lint(files: &[ActivityFile], table: &BTreeMap<String, Entry>) -> Vec<RuleError> {
    let mut errors = Vec::new();
    let mut seen = BTreeMap::new();
    for file in files {
        let mut lint = Lint {
            file,
            errors: &mut errors,
        };
        if let Some(before) = seen.insert(&file.activity.value, &file.path) {
            lint.say(
                file.activity.place,
                format!("{before} checks this activity already"),
            );
        }
        match table.get(&file.activity.value) {
            Some(entry) => lint.all(entry),
            None => lint.say(file.activity.place, "the model has no activity of this id"),
        }
    }
    errors.sort();
    errors
}

struct Lint<'a> {
    file: &'a ActivityFile,
    errors: &'a mut Vec<RuleError>,
}

impl Lint<'_> {
    fn say(&mut self, place: Place, message: impl Into<String>) {
        self.errors.push(RuleError {
            path: self.file.path.clone(),
            place,
            rule: None,
            message: message.into(),
        });
    }

    fn all(&mut self, entry: &Entry) {
        self.place(entry);
        self.texts();
        for rule in &self.file.rules {
            self.rule(&rule.value, rule.place);
        }
        self.examples(entry);
    }

    fn place(&mut self, entry: &Entry) {
        let path = Path::new(&self.file.path);
        let is = |found: Option<&std::ffi::OsStr>, wanted: &str| found == Some(wanted.as_ref());
        let (folder, name) = (slug(&entry.dimension), slug(&entry.name));
        let parent = path.parent().and_then(Path::file_name);
        if !is(parent, &folder) || !is(path.file_stem(), &name) {
            let message = format!("this activity belongs into {folder}/{name}.yml");
            self.say(self.file.activity.place, message);
        }
    }

    fn texts(&mut self) {
        let at = self.file.activity.place;
        if self.file.next.is_empty() {
            self.say(at, "`next` says nothing: what would decide or raise it");
        }
        if !matches!(
            self.file.ceiling,
            Verdict::Implemented | Verdict::Partial | Verdict::Unknown
        ) {
            self.say(at, "`ceiling` is `implemented`, `partial` or `unknown`");
        }
        let otherwise = self.file.otherwise.verdict;
        if self.file.rules.is_empty() && otherwise != Verdict::Unknown {
            self.say(
                at,
                "without rules nothing is looked at: `otherwise` must be `unknown`",
            );
        }
        if !may(otherwise, self.file.ceiling) {
            self.say(at, "`otherwise` claims more than the ceiling");
        }
        let texts = [&self.file.unknown, &self.file.otherwise.reason];
        let steps = self.file.otherwise.next.iter().chain(&self.file.next);
        for text in texts.into_iter().chain(steps) {
            self.sentence(text, at);
        }
    }

    /// Sentences stand in tables: one line, without the stop.
    fn sentence(&mut self, text: &str, at: Place) {
        if text.trim().is_empty() || text.contains('\n') || text.ends_with('.') {
            let message = format!("`{text}`: write one line without a full stop at its end");
            self.say(at, message);
        }
    }

    fn rule(&mut self, rule: &Rule, at: Place) {
        if !may(rule.verdict, self.file.ceiling) {
            self.say(at, "the rule claims more than the ceiling");
        }
        if matches!(rule.verdict, Verdict::Unknown | Verdict::Error) {
            self.say(
                at,
                "no rule gives `unknown` or `error`: they follow from what was not seen",
            );
        }
        if rule.when.joins_nothing() {
            self.say(at, "`all` and `any` need at least one condition");
        }
        for text in std::iter::once(&rule.reason).chain(&rule.next) {
            self.sentence(text, at);
        }
    }

    fn examples(&mut self, entry: &Entry) {
        let activity = Activity::new(self.file, entry);
        let mut wanted: BTreeSet<Verdict> = activity.rules.iter().map(|it| it.verdict).collect();
        wanted.insert(Verdict::Unknown);
        for example in &self.file.examples {
            wanted.remove(&example.verdict);
            let found = assess_one(&activity, &example.given).status;
            if found != example.verdict {
                let message = format!(
                    "the example promises {:?} and gives {found:?}",
                    example.verdict
                );
                self.say(example.place, message);
            }
        }
        for missing in wanted {
            let message = format!("there is no example of {missing:?}");
            self.say(self.file.activity.place, message);
        }
    }
}

/// Whether a check of this ceiling may give the verdict.
fn may(verdict: Verdict, ceiling: Verdict) -> bool {
    match verdict {
        Verdict::Unknown | Verdict::Error => true,
        Verdict::Implemented => ceiling == Verdict::Implemented,
        Verdict::Partial | Verdict::NotImplemented | Verdict::NotApplicable => {
            ceiling != Verdict::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::source::parse;

    const GOOD: &str = "activity: a1\nceiling: partial\notherwise: {verdict: unknown, reason: r}\nunknown: u\nrules:\n  - verdict: partial\n    when: {all: [{coverage.read: {sources: [worktree]}}]}\n    reason: r\nnext: [n]\nexamples:\n  - {given: {worktree: complete}, verdict: partial}\n  - {given: {}, verdict: unknown}\n";

    fn faults(path: &str, text: &str) -> Vec<String> {
        let entry = Entry {
            dimension: "Some Place".to_owned(),
            sub_dimension: "S".to_owned(),
            level: 1,
            name: "A name".to_owned(),
        };
        let table = BTreeMap::from([("a1".to_owned(), entry)]);
        let errors = lint(&[parse(path, text).unwrap()], &table);
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_refusal_says_where_and_why() {
        let path = "some-place/a-name.yml";
        assert_eq!(faults(path, GOOD), [""; 0]);
        let cases = [
            (
                "activity: a1",
                "activity: a2",
                ":1:11: the model has no activity of this id",
            ),
            (
                "ceiling: partial",
                "ceiling: unknown",
                ":6:5: the rule claims more than the ceiling",
            ),
            (
                "verdict: partial\n    when",
                "verdict: implemented\n    when",
                ":6:5: the rule claims more than the ceiling",
            ),
            (
                "next: [n]",
                "next: []",
                ":1:11: `next` says nothing: what would decide or raise it",
            ),
            (
                "unknown: u",
                "unknown: u.",
                ":1:11: `u.`: write one line without a full stop at its end",
            ),
            (
                "[{coverage.read: {sources: [worktree]}}]",
                "[]",
                ":6:5: `all` and `any` need at least one condition",
            ),
            (
                "  - {given: {}, verdict: unknown}\n",
                "",
                ":1:11: there is no example of Unknown",
            ),
            (
                "given: {worktree: complete}",
                "given: {worktree: none}",
                ":11:5: the example promises Partial and gives Unknown",
            ),
        ];
        for (from, to, wanted) in cases {
            let found = faults(path, &GOOD.replace(from, to));
            let wanted = format!("{path}{wanted}");
            assert!(found.contains(&wanted), "{wanted}: {found:?}");
        }
        let elsewhere = faults("other/a-name.yml", GOOD);
        let wanted = "other/a-name.yml:1:11: this activity belongs into some-place/a-name.yml";
        assert_eq!(elsewhere, [wanted]);
    }
}
