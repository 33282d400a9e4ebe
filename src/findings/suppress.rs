//! Comments that silence a finding: ours, and those of the well-known secret
//! scanners, so that a repository need not be annotated twice. A suppression is
//! recorded with its reason and shown in every report; it never makes a finding
//! disappear.

use super::excerpt;
use crate::bytes::escape;

/// A marker found beside a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The marker as it is written, such as `bowerbird:allow`.
    pub by: &'static str,
    /// The reason after it, escaped, cut, and without what could be a secret; empty when none is given.
    pub reason: String,
}

/// Ours; may name rules in brackets: `bowerbird:allow[rule-id, other] reason`.
const OURS: &str = "bowerbird:allow";

/// Markers of other secret scanners, as their documentation gives them. Markers of other
/// tools (`noqa`, `nosec`, `NOLINT`) were not meant for secrets and do not count.
const OTHERS: &[&str] = &[
    "gitleaks:allow",
    "betterleaks:allow",
    "kingfisher:ignore",
    "trufflehog:ignore",
    "pragma: allowlist secret",
    "ggignore",
    "secretlint-disable-line",
];

/// A marker that speaks for the line after it.
const NEXT_LINE: &str = "pragma: allowlist nextline secret";

/// Bytes of a reason that are kept.
const REASON_CAP: usize = 200;

/// The marker for a finding of `rule` on `line`, or for `before`, the line before it.
pub fn marker(rule: &str, line: &[u8], before: &[u8]) -> Option<Marker> {
    if let Some(rest) = after(line, OURS) {
        return ours(rule, rest);
    }
    let other = OTHERS.iter().find_map(|&by| Some((by, after(line, by)?)));
    let (by, rest) = match other {
        Some(found) => found,
        None => (NEXT_LINE, after(before, NEXT_LINE)?),
    };
    Some(Marker {
        by,
        reason: reason(rest),
    })
}

/// How other tools silence what they find in configuration and code: the marker, the tool whose
/// ids follow it, and whether it may stand anywhere in the thing it is about.
const PEERS: &[(&str, &str, bool)] = &[
    ("trivy:ignore:", "trivy", false),
    ("tfsec:ignore:", "tfsec", false),
    ("checkov:skip=", "checkov", true),
    ("hadolint ignore=", "hadolint", false),
    ("zizmor: ignore[", "zizmor", true),
    ("nosemgrep", "semgrep", false),
    ("nosec", "bandit", false),
    ("#nosec", "gosec", false),
    ("kics-scan ignore-line", "kics", false),
    ("kics-scan ignore-block", "kics", false),
    ("ignore-check.kube-linter.io/", "kube-linter", true),
];

/// The marker that silences a fault of `rule`. `near` are the lines at its place, at the head of
/// the thing it is in, and the comments above them; `inside` is all of that thing. A marker of
/// another tool counts when it names what that tool calls the rule (`aka`, as `tool:id`).
pub fn fault_marker(rule: &str, aka: &[&str], near: &[&[u8]], inside: &[u8]) -> Option<Marker> {
    for line in near {
        if let Some(rest) = after(line, OURS)
            && let Some(marker) = ours(rule, rest)
        {
            return Some(marker);
        }
    }
    PEERS.iter().find_map(|(by, tool, anywhere)| {
        let ids: Vec<&str> = aka
            .iter()
            .filter_map(|name| name.strip_prefix(tool)?.strip_prefix(':'))
            .collect();
        if ids.is_empty() {
            return None;
        }
        let mut lines: Vec<&[u8]> = near.to_vec();
        if *anywhere {
            let inside = inside.split(|byte| *byte == b'\n');
            lines.extend(inside.take(MARKED_LINES));
        }
        let told = lines.iter().find_map(|line| named(after(line, by)?, &ids));
        told.map(|reason| Marker { by, reason })
    })
}

/// Lines of a thing that are read for markers.
const MARKED_LINES: usize = 400;

/// The reason after a marker that names one of these ids, or none at all.
fn named(rest: &[u8], ids: &[&str]) -> Option<String> {
    let text = String::from_utf8_lossy(&rest[..rest.len().min(REASON_CAP)]);
    let text = text.trim_start_matches([':', ' ']);
    let is_id = |c: char| c.is_ascii_alphanumeric() || "-_./*,".contains(c);
    let end = text.find(|c| !is_id(c)).unwrap_or(text.len());
    let (list, rest) = text.split_at(end);
    let is_named = list.is_empty()
        || list.split(',').any(|given| {
            let given = given.trim();
            ids.iter().any(|id| same(given, id))
        });
    is_named.then(|| reason(rest.trim_start_matches([']', ':']).as_bytes()))
}

/// Ids of one tool are written in several ways: with and without `AVD-`, with a path before.
fn same(given: &str, id: &str) -> bool {
    let bare = |id: &str| {
        let id = id.to_ascii_lowercase();
        let id = id.strip_prefix("avd-").unwrap_or(&id).to_owned();
        id.rsplit(['/', '.']).next().unwrap_or_default().to_owned()
    };
    given == "*" || given == "all" || bare(given) == bare(id)
}

fn ours(rule: &str, rest: &[u8]) -> Option<Marker> {
    let Some(inside) = rest.strip_prefix(b"[") else {
        return Some(Marker {
            by: OURS,
            reason: reason(rest),
        });
    };
    let close = memchr::memchr(b']', inside)?;
    let named = inside[..close]
        .split(|byte| *byte == b',')
        .any(|name| name.trim_ascii() == rule.as_bytes());
    named.then(|| Marker {
        by: OURS,
        reason: reason(&inside[close + 1..]),
    })
}

/// What follows `marker` on the line.
fn after<'a>(line: &'a [u8], marker: &str) -> Option<&'a [u8]> {
    let at = memchr::memmem::find(line, marker.as_bytes())?;
    Some(&line[at + marker.len()..])
}

/// The text of a reason without the end of a comment around it.
fn reason(rest: &[u8]) -> String {
    let text = String::from_utf8_lossy(&rest[..rest.len().min(REASON_CAP)]);
    let ends = ["*/", "-->", "--%>", "#}", "%>"];
    let cut = ends
        .iter()
        .filter_map(|end| text.find(end))
        .min()
        .unwrap_or(text.len());
    let text = text[..cut].trim_matches([' ', '\t', '\r', ':', '-', '"', '\'']);
    escape::terminal(excerpt::prose(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: &str, line: &str) -> Option<(&'static str, String)> {
        marker(rule, line.as_bytes(), b"").map(|marker| (marker.by, marker.reason))
    }

    #[test]
    fn markers_of_peers_count_for_what_they_call_the_same() {
        let aka = [
            "trivy:KSV-0017",
            "checkov:CKV_K8S_16",
            "zizmor:unpinned-uses",
        ];
        let by = |near: &str, inside: &str| {
            fault_marker("r", &aka, &[near.as_bytes()], inside.as_bytes())
                .map(|marker| (marker.by, marker.reason))
        };
        let told = by("# trivy:ignore:AVD-KSV-0017 needs it", "");
        assert_eq!(told, Some(("trivy:ignore:", "needs it".to_owned())));
        assert_eq!(by("# trivy:ignore:KSV-0018", ""), None);
        let told = by("", "a: b\n# checkov:skip=CKV_K8S_16: by design\n");
        assert_eq!(told, Some(("checkov:skip=", "by design".to_owned())));
        assert!(by("uses: a@v1 # zizmor: ignore[unpinned-uses]", "").is_some());
        assert!(by("x # bowerbird:allow[r] why", "").is_some());
        assert_eq!(by("x # bowerbird:allow[other] why", ""), None);
    }

    #[test]
    fn our_marker_may_name_rules_and_gives_its_reason() {
        let all = found("any-rule", "x = 1  # bowerbird:allow known dummy");
        assert_eq!(all, Some(("bowerbird:allow", "known dummy".to_owned())));
        let line = "x = 1 /* bowerbird:allow[a-rule, b-rule]: rotated in May */";
        assert_eq!(
            found("b-rule", line),
            Some(("bowerbird:allow", "rotated in May".to_owned()))
        );
        assert_eq!(found("c-rule", line), None);
    }

    #[test]
    fn markers_of_other_secret_scanners_count_and_those_of_linters_do_not() {
        for by in OTHERS {
            assert_eq!(
                found("r", &format!("x # {by}")).map(|found| found.0),
                Some(*by)
            );
        }
        for line in ["x # noqa", "x // NOLINT", "x # nosec"] {
            assert_eq!(found("r", line), None);
        }
        let next = marker("r", b"secret", b"# pragma: allowlist nextline secret");
        assert_eq!(next.map(|marker| marker.by), Some(NEXT_LINE));
    }
}
