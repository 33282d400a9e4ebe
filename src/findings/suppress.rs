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
pub(super) const OURS: &str = "bowerbird:allow";

/// Markers of other secret scanners, as their documentation gives them. Markers of other
/// tools (`noqa`, `nosec`, `NOLINT`) were not meant for secrets and do not count.
const OTHERS: &[&str] = &[
    "gitleaks:allow",
    "betterleaks:allow",
    "kingfisher:ignore",
    "trufflehog:ignore",
    "pragma: allowlist secret",
    "pragma: whitelist secret",
    "ggignore",
    "secretlint-disable-line",
];

/// Markers that speak for the line after them.
const NEXT_LINE: &[&str] = &[
    "pragma: allowlist nextline secret",
    "secretlint-disable-next-line",
];

/// Bytes of a reason that are kept.
pub(super) const REASON_CAP: usize = 200;

/// The marker for a finding of `rule` on `line`, or for `before`, the line before it.
pub fn marker(rule: &str, line: &[u8], before: &[u8]) -> Option<Marker> {
    if let Some(rest) = after(line, OURS) {
        return ours(rule, rest);
    }
    let other = OTHERS.iter().find_map(|&by| Some((by, after(line, by)?)));
    let above = || {
        NEXT_LINE
            .iter()
            .find_map(|&by| Some((by, after(before, by)?)))
    };
    let (by, rest) = other.or_else(above)?;
    Some(Marker {
        by,
        reason: reason(rest),
    })
}

/// Our marker, where it names this rule or none.
pub(super) fn ours(rule: &str, rest: &[u8]) -> Option<Marker> {
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
pub(super) fn after<'a>(line: &'a [u8], marker: &str) -> Option<&'a [u8]> {
    let at = memchr::memmem::find(line, marker.as_bytes())?;
    Some(&line[at + marker.len()..])
}

/// The text of a reason without the end of a comment around it.
pub(super) fn reason(rest: &[u8]) -> String {
    let text = String::from_utf8_lossy(&rest[..rest.len().min(REASON_CAP)]);
    let ends = ["*/", "-->", "--%>", "#}", "%>"];
    let cut = ends
        .iter()
        .filter_map(|end| text.find(end))
        .min()
        .unwrap_or(text.len());
    let text = text[..cut].trim_matches([' ', '\t', '\r', ':', '-', '=', '"', '\'']);
    escape::terminal(excerpt::prose(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: &str, line: &str) -> Option<(&'static str, String)> {
        marker(rule, line.as_bytes(), b"").map(|marker| (marker.by, marker.reason))
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
        for by in NEXT_LINE {
            let next = marker("r", b"secret", format!("# {by}").as_bytes());
            assert_eq!(next.map(|marker| marker.by), Some(*by));
        }
    }
}
