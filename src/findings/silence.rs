//! Comments and annotations that silence what is wrong with configuration and code:
//! ours, and those of the tools that look for the same. Each tool has its own idea of
//! where they may stand; a marker counts where that tool's manual says so, for the
//! rules that are the same thing under another name. What is silenced stays in the
//! report; the module `suppress` does this for secrets.

use super::suppress::Marker;
use super::suppress::OURS;
use super::suppress::REASON_CAP;
use super::suppress::after;
use super::suppress::ours;
use super::suppress::reason;

/// The text around a fault, from near to far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The lines at its place and at the head of the thing it is in, with the comments above them.
    pub near: &'a [&'a [u8]],
    /// The thing it is in.
    pub inside: &'a [u8],
    /// The outermost thing around it: a resource with what describes it.
    pub resource: &'a [u8],
    /// The comments with which the file begins.
    pub head: &'a [u8],
}

/// Where a marker may stand to speak of a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// On its line, in a comment above it, or above the thing it is in.
    Near,
    /// There, or anywhere in the thing it is in.
    Inside,
    /// Anywhere in the outermost thing, as annotations do.
    Resource,
    /// At the head of the file.
    Head,
}

/// How other tools silence: the marker, the tools whose ids follow it, and where it may stand.
const PEERS: &[(&str, &[&str], Reach)] = &[
    ("trivy:ignore:", &["trivy", "tfsec"], Reach::Near),
    ("tfsec:ignore:", &["tfsec", "trivy"], Reach::Near),
    ("checkov:skip=", &["checkov"], Reach::Inside),
    ("checkov.io/skip", &["checkov"], Reach::Resource),
    ("hadolint ignore=", &["hadolint"], Reach::Near),
    ("hadolint global ignore=", &["hadolint"], Reach::Head),
    ("zizmor: ignore[", &["zizmor"], Reach::Inside),
    ("nosemgrep", &["semgrep"], Reach::Near),
    ("nosec", &["bandit"], Reach::Near),
    ("#nosec", &["gosec"], Reach::Near),
    ("kics-scan ignore-line", &["kics"], Reach::Near),
    ("kics-scan ignore-block", &["kics"], Reach::Near),
    ("kics-scan ignore", &["kics"], Reach::Head),
    (
        "ignore-check.kube-linter.io/",
        &["kube-linter"],
        Reach::Resource,
    ),
];

/// Lines of a thing that are read for markers.
const MARKED_LINES: usize = 400;

/// The marker that silences a fault of `rule`. One of another tool counts when it names what
/// that tool calls the rule (`aka`, as `tool:id`).
pub fn marker(rule: &str, aka: &[&str], around: &Around<'_>) -> Option<Marker> {
    for line in around.near {
        if let Some(rest) = after(line, OURS)
            && let Some(marker) = ours(rule, rest)
        {
            return Some(marker);
        }
    }
    let peers = PEERS.iter().find_map(|(by, tools, reach)| {
        let ids = ids(aka, tools);
        if ids.is_empty() {
            return None;
        }
        let mut texts: Vec<&[u8]> = match reach {
            Reach::Near | Reach::Inside => around.near.to_vec(),
            Reach::Resource | Reach::Head => Vec::new(),
        };
        texts.extend(match reach {
            Reach::Near => None,
            Reach::Inside => Some(around.inside),
            Reach::Resource => Some(around.resource),
            Reach::Head => Some(around.head),
        });
        let told = texts.iter().find_map(|text| said(text, by, &ids));
        told.map(|reason| Marker { by, reason })
    });
    peers.or_else(|| {
        let ids = ids(aka, &["checkov"]);
        let reason = metadata(around.resource, &ids)?;
        let by = "Metadata.checkov.skip";
        Some(Marker { by, reason })
    })
}

/// What these tools call the rule.
fn ids<'a>(aka: &[&'a str], tools: &[&str]) -> Vec<&'a str> {
    let of = |tool: &str, name: &'a str| name.strip_prefix(tool)?.strip_prefix(':');
    aka.iter()
        .filter_map(|name| tools.iter().find_map(|tool| of(tool, name)))
        .collect()
}

/// The reason beside the first marker of this text that names one of the ids.
fn said(text: &[u8], by: &str, ids: &[&str]) -> Option<String> {
    let lines = text.split(|byte| *byte == b'\n').take(MARKED_LINES);
    let mut rests = lines.flat_map(|line| {
        let found = memchr::memmem::find_iter(line, by.as_bytes());
        found.map(|at| &line[at + by.len()..])
    });
    rests.find_map(|rest| named(rest, ids))
}

/// The reason after a marker that names one of these ids, or none at all.
fn named(rest: &[u8], ids: &[&str]) -> Option<String> {
    let text = String::from_utf8_lossy(&rest[..rest.len().min(REASON_CAP)]);
    // `checkov.io/skip1: ID=reason` counts its annotations.
    let uncounted = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let text = match uncounted.starts_with(':') {
        true => uncounted,
        false => &text,
    };
    let text = text.trim_start_matches([':', ' ', '"', '\'']);
    let is_id = |c: char| c.is_ascii_alphanumeric() || "-_./*,".contains(c);
    let end = text.find(|c| !is_id(c)).unwrap_or(text.len());
    let (list, rest) = text.split_at(end);
    let is_named = list.is_empty()
        || list.split(',').any(|given| {
            let given = given.trim();
            ids.iter().any(|id| same(given, id))
        });
    is_named.then(|| reason(rest.trim_start_matches([']', ':', '=']).as_bytes()))
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

/// The reason that the metadata of a resource of CloudFormation gives for skipping one of the ids:
/// `checkov: {skip: [{id: …, comment: …}]}` in YAML or JSON.
fn metadata(resource: &[u8], ids: &[&str]) -> Option<String> {
    let start = memchr::memmem::find(resource, b"checkov")?;
    let text = String::from_utf8_lossy(&resource[start..]);
    let (_, text) = text.split_once("skip")?;
    let mut entries = text.split("id").skip(1).take(MARKED_LINES);
    let value = |text: &str| {
        let text = text.trim_start_matches(['"', '\'', ':', ' ']);
        let end = text.find(|c| "\"',}\n".contains(c)).unwrap_or(text.len());
        text[..end].trim().to_owned()
    };
    let entry = entries.find(|entry| ids.contains(&value(entry).as_str()))?;
    let comment = entry.split_once("comment").map(|(_, rest)| value(rest));
    Some(reason(comment.unwrap_or_default().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AKA: &[&str] = &[
        "trivy:KSV-0017",
        "checkov:CKV_K8S_16",
        "zizmor:unpinned-uses",
        "hadolint:DL3007",
        "kics:a88baa34",
        "kube-linter:privileged-container",
        "tfsec:aws-ec2-no-public-ingress-sgr",
    ];

    fn told(around: &Around<'_>) -> Option<(&'static str, String)> {
        marker("r", AKA, around).map(|marker| (marker.by, marker.reason))
    }

    fn near(line: &str) -> Option<(&'static str, String)> {
        told(&Around {
            near: &[line.as_bytes()],
            ..Around::default()
        })
    }

    #[test]
    fn markers_of_peers_count_for_what_they_call_the_same() {
        let said = near("# trivy:ignore:AVD-KSV-0017 needs it");
        assert_eq!(said, Some(("trivy:ignore:", "needs it".to_owned())));
        assert_eq!(near("# trivy:ignore:KSV-0018"), None);
        assert!(near("#trivy:ignore:KSV-0018 trivy:ignore:KSV-0017").is_some());
        assert!(near("x #tfsec:ignore:aws-ec2-no-public-ingress-sgr").is_some());
        assert!(near("uses: a@v1 # zizmor: ignore[artipacked,unpinned-uses]").is_some());
        assert!(near("# hadolint ignore=DL3006,DL3007").is_some());
        assert!(near("x # bowerbird:allow[r] why").is_some());
        assert_eq!(near("x # bowerbird:allow[other] why"), None);
    }

    #[test]
    fn each_marker_counts_where_its_tool_looks_for_it() {
        let inside = Around {
            inside: b"a: b\n# checkov:skip=CKV_K8S_16: by design\n# trivy:ignore:KSV-0017\n",
            ..Around::default()
        };
        assert_eq!(
            told(&inside),
            Some(("checkov:skip=", "by design".to_owned()))
        );
        for (annotation, by) in [
            ("checkov.io/skip1: CKV_K8S_16=why", "checkov.io/skip"),
            (
                "ignore-check.kube-linter.io/privileged-container: \"why\"",
                "ignore-check.kube-linter.io/",
            ),
        ] {
            let resource = format!("metadata:\n  annotations:\n    {annotation}\n");
            let around = Around {
                resource: resource.as_bytes(),
                ..Around::default()
            };
            assert_eq!(told(&around), Some((by, "why".to_owned())));
        }
        for line in ["# hadolint global ignore=DL3007", "# kics-scan ignore"] {
            let head = Around {
                head: line.as_bytes(),
                ..Around::default()
            };
            assert!(told(&head).is_some(), "{line}");
            assert_eq!(near(line), None, "{line}");
        }
        let line = Around {
            head: b"# kics-scan ignore-line",
            ..Around::default()
        };
        assert_eq!(told(&line), None);
    }

    #[test]
    fn metadata_of_cloudformation_counts() {
        let of = |resource: &str| {
            told(&Around {
                resource: resource.as_bytes(),
                ..Around::default()
            })
        };
        let yaml =
            "Metadata:\n  checkov:\n    skip:\n      - id: CKV_K8S_16\n        comment: bastion\n";
        assert_eq!(
            of(yaml),
            Some(("Metadata.checkov.skip", "bastion".to_owned()))
        );
        let json =
            r#"{"checkov": {"skip": [{"id": "CKV_A_1"}, {"id": "CKV_K8S_16", "comment": "b"}]}}"#;
        assert_eq!(of(json).map(|told| told.1), Some("b".to_owned()));
        assert_eq!(
            of("Metadata:\n  checkov:\n    skip:\n      - id: CKV_K8S_1\n"),
            None
        );
    }
}
