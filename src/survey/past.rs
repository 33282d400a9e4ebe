//! The first-parent commits of the last 90 days before HEAD, counted by kind, and
//! the age of documents. Dates are those of commits, never the clock's. A history
//! that ends where it was cut gives no answer.

use super::files::Files;
use super::files::Head;
use crate::model::object::ObjectId;
use crate::model::object::ObjectKind;
use crate::model::survey::Past;
use crate::model::survey::Sign;
use crate::sources::git::commit;
use crate::sources::git::commit::Commit;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A day, in seconds.
const DAY: i64 = 86_400;
/// The window of counts, in days.
const WINDOW: i64 = 90;
/// Fewer commits than these are joined by older ones.
const FEWEST: u64 = 20;
/// How far back the age of a document is looked for, in days.
const REACH: i64 = 400;
/// Most commits that are looked at.
const COMMIT_CAP: usize = 20_000;

/// Signs whose age checks ask for.
const AGED: &[&str] = &[
    "threat-model",
    "deploy-doc-steps",
    "security-review-report",
    "dependabot",
    "renovate",
    "dependabot-docker",
    "image-automation",
];

static REQUEST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^Merge pull request |\(#\d+\)|\(!\d+\)|^See merge request |^(PR-URL|Part-of|Reviewed-on|Differential Revision|Change-Id|Pull-Request|Closes|Reviewed-url): |^Merge branch '.*' into |^Merge (branch|remote-tracking branch|tag) ").expect("fixed")
});
static RECORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"#\d+|![0-9]+|\b[A-Z][A-Z0-9]{1,9}-\d+\b|(?m)^Change-Id: ").expect("fixed")
});
static REVIEWED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^(Reviewed-by|Approved-by|Acked-by|Reviewed-on): *(.*)$").expect("fixed")
});
static ADVISORY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(CVE-\d{4}-\d+|GHSA-[0-9a-z-]+|RUSTSEC-\d{4}-\d+)").expect("fixed")
});
static ISSUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(fix(es|ed)?|close[sd]?|resolve[sd]?|refs?)\b:? +(\S+/\S+)?#\d+")
        .expect("fixed")
});
static BOT_BRANCH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^Merge .*[/'](dependabot|renovate|snyk-|depfu|pyup|scala-steward|greenkeeper)")
        .expect("fixed")
});

/// Counts, and fills in the ages of signs.
pub(super) fn look(files: &Files, signs: &mut [Sign]) -> Option<Past> {
    let head = files.head()?;
    let mut walk = Walk::new(head, signs);
    let whole = walk.run();
    walk.date(signs, whole);
    let mut past = walk.past;
    past.of
        .insert("release-tags".to_owned(), head.tags.len() as u64);
    let enough = walk.left_window;
    (whole || enough).then_some(past)
}

struct Walk<'a> {
    head: &'a Head,
    past: Past,
    left_window: bool,
    /// By path: the content at the child, and the age once it is known.
    documents: BTreeMap<String, (Option<ObjectId>, Option<i64>)>,
    bytes: Vec<u8>,
    last: i64,
}

impl<'a> Walk<'a> {
    fn new(head: &'a Head, signs: &[Sign]) -> Self {
        let aged = signs
            .iter()
            .filter(|sign| AGED.contains(&sign.name.as_str()));
        let paths = aged.map(|sign| sign.spot.path.clone()).take(40);
        let kinds = [
            "request",
            "reviewed",
            "record",
            "bot",
            "bot-merged",
            "bot-timed",
            "issue",
            "advisory",
        ];
        let of = kinds.iter().map(|kind| ((*kind).to_owned(), 0)).collect();
        let mut bytes = Vec::new();
        Walk {
            past: Past { commits: 0, of },
            left_window: false,
            documents: paths
                .map(|path| {
                    let now = head.entry(&head.tree, &path, &mut bytes);
                    (path, (now, None))
                })
                .collect(),
            bytes: Vec::new(),
            last: head.date,
            head,
        }
    }

    /// Walks from HEAD; true when it came to the first commit.
    fn run(&mut self) -> bool {
        let mut next = Some(self.head.commit);
        let mut tree = self.head.tree;
        let mut child_date = self.head.date;
        let mut bytes = Vec::new();
        for _ in 0..COMMIT_CAP {
            let Some(id) = next else { return true };
            if !matches!(
                self.head.store.read(&id, &mut bytes),
                Ok(ObjectKind::Commit)
            ) {
                return false;
            }
            let Ok(parsed) = commit::parse(&bytes, self.head.format) else {
                return false;
            };
            let date = parsed
                .committer
                .and_then(|it| it.time)
                .unwrap_or(child_date);
            let age = self.head.date.saturating_sub(date);
            if parsed.tree != tree {
                self.compare(&parsed.tree, child_date);
                tree = parsed.tree;
            }
            if age <= WINDOW * DAY || self.past.commits < FEWEST {
                self.count(&parsed, &bytes);
            } else {
                self.left_window = true;
                let open = self.documents.values().any(|(_, age)| age.is_none());
                if age > REACH * DAY || !open {
                    self.last = date;
                    return false;
                }
            }
            self.last = date;
            child_date = date;
            next = parsed.parents.first().copied();
            if next.is_none() && self.head.cut {
                return false;
            }
        }
        false
    }

    /// Documents that differ in the parent were last changed by the child.
    fn compare(&mut self, tree: &ObjectId, child_date: i64) {
        for (path, (now, age)) in &mut self.documents {
            if age.is_none() && self.head.entry(tree, path, &mut self.bytes) != *now {
                *age = Some(self.head.date.saturating_sub(child_date) / DAY);
            }
        }
    }

    /// Fills in ages. What did not change as far as was looked is as old as that.
    fn date(&self, signs: &mut [Sign], whole: bool) {
        let reached = self.head.date.saturating_sub(self.last) / DAY;
        for sign in signs {
            let Some((_, age)) = self.documents.get(&sign.spot.path) else {
                continue;
            };
            let known = whole || reached > 365;
            let age = age.or(known.then_some(reached));
            sign.age_days = age.and_then(|days| u64::try_from(days.max(0)).ok());
        }
    }

    fn count(&mut self, parsed: &Commit<'_>, bytes: &[u8]) {
        self.past.commits += 1;
        let message = String::from_utf8_lossy(&bytes[parsed.message.clone()]);
        let text =
            |part: Option<&[u8]>| String::from_utf8_lossy(part.unwrap_or_default()).into_owned();
        let author = text(parsed.author.map(|it| it.name));
        let mail = text(parsed.author.map(|it| it.mail));
        let merge = parsed.parents.len() > 1;
        let bot_author = is_bot(&author, &mail);
        let bot_branch = BOT_BRANCH.is_match(&message);
        let request = REQUEST.is_match(&message);
        let other = |name: &str| !name.contains(author.as_str()) || author.is_empty();
        let kinds = [
            ("request", request || merge),
            (
                "reviewed",
                REVIEWED.captures_iter(&message).any(|it| other(&it[2])),
            ),
            ("record", RECORD.is_match(&message)),
            ("bot", bot_branch || bot_author && is_update(&message)),
            (
                "bot-merged",
                merge && bot_branch && author.ends_with("[bot]"),
            ),
            ("bot-timed", merge && bot_branch),
            ("issue", ISSUE.is_match(&message)),
            ("advisory", ADVISORY.is_match(&message)),
        ];
        for (kind, is) in kinds {
            *self.past.of.entry(kind.to_owned()).or_default() += u64::from(is);
        }
    }
}

/// A bot by its name and its address of the forge: a name alone is easily made up.
fn is_bot(name: &str, mail: &str) -> bool {
    let by_forge = name.ends_with("[bot]") && mail.contains("[bot]@users.noreply.");
    let known = [
        "bot@renovateapp.com",
        "snyk-bot@snyk.io",
        "bot@depfu.com",
        "support@dependabot.com",
        "github-bot@pyup.io",
    ];
    by_forge || known.contains(&mail)
}

/// A change that brings a newer version of something.
fn is_update(message: &str) -> bool {
    let first = message
        .lines()
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    ["bump", "update", "upgrade", "deps", "renovate", "pin "]
        .iter()
        .any(|word| first.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_needs_more_than_a_name() {
        assert!(is_bot(
            "dependabot[bot]",
            "49699333+dependabot[bot]@users.noreply.github.com"
        ));
        assert!(!is_bot("dependabot[bot]", "someone@example.org"));
        assert!(!is_bot(
            "dependabot",
            "49699333+dependabot[bot]@users.noreply.github.com"
        ));
        assert!(is_bot("Renovate Bot", "bot@renovateapp.com"));
    }

    #[test]
    fn marks_of_requests_and_records_are_told() {
        for message in [
            "Fix it (#12)",
            "Merge pull request #3 from a/b",
            "x\n\nChange-Id: I0",
        ] {
            assert!(REQUEST.is_match(message), "{message}");
        }
        assert!(!REQUEST.is_match("Fix it"));
        assert!(RECORD.is_match("ABC-12: fix") && !RECORD.is_match("fix"));
        assert!(ADVISORY.is_match("fix CVE-2024-12345") && ISSUE.is_match("fixes #3"));
    }
}
