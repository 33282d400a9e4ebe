//! The words reports share, so that a severity or a reason reads the same in
//! each format: names, counts, places, the verdict on completeness. No markup
//! and no escaping; each format does its own.

use crate::model::coverage::Coverage;
use crate::model::coverage::Exclusion;
use crate::model::coverage::LanguageCoverage;
use crate::model::coverage::Reason;
use crate::model::evidence::Verdict;
use crate::model::finding::Exposure;
use crate::model::finding::Finding;
use crate::model::finding::Status;
use crate::model::finding::Validity;
use crate::model::location::Location;
use crate::model::object::ObjectId;
use crate::model::origin::Origin;
use crate::model::report::Refused;
use crate::model::report::Report;
use crate::model::rule::Confidence;
use crate::model::rule::RuleKind;
use crate::model::rule::Severity;
use crate::model::secret::REDACTION_TOKEN;
use std::collections::BTreeMap;

/// Severities, worst first.
pub const SEVERITIES: [Severity; 5] = [
    Severity::Critical,
    Severity::High,
    Severity::Medium,
    Severity::Low,
    Severity::Info,
];

/// The word for a severity.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

/// The word for a confidence.
pub const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

/// The word for a kind of rule.
pub const fn kind(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Secret => "secret",
        RuleKind::Misconfig => "misconfig",
        RuleKind::Sast => "sast",
    }
}

/// The stable word for a validity, as in the JSON.
pub const fn validity_id(validity: Validity) -> &'static str {
    match validity {
        Validity::Unknown => "unknown",
        Validity::Expired => "expired",
        Validity::StructureValid => "structure-valid",
        Validity::ChecksumValid => "checksum-valid",
    }
}

/// What an offline check means, for a person; empty where there was none.
pub const fn validity(validity: Validity) -> &'static str {
    match validity {
        Validity::Unknown => "",
        Validity::Expired => "well formed, but past the expiry it carries",
        Validity::StructureValid => "well formed (offline check)",
        Validity::ChecksumValid => "its checksum is right (offline check)",
    }
}

/// The word for a verdict on an activity.
pub const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Implemented => "implemented",
        Verdict::Partial => "partial",
        Verdict::NotImplemented => "not implemented",
        Verdict::Unknown => "unknown",
        Verdict::NotApplicable => "not applicable",
        Verdict::Error => "error",
    }
}

/// The stable word for a reason (as in the JSON) and what it means.
pub const fn reason(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::Unreadable => ("unreadable", "the operating system refused"),
        Reason::Vanished => ("vanished", "listed, then gone"),
        Reason::Changed => ("changed", "changed while it was read"),
        Reason::Corrupt => ("corrupt", "contradicts its format or checksum"),
        Reason::Missing => ("missing", "named, but not there"),
        Reason::Promisor => ("promisor", "left with the remote by a partial clone"),
        Reason::Shallow => ("shallow", "history cut off by a shallow clone"),
        Reason::Grafted => ("grafted", "history rewritten by a graft"),
        Reason::LimitSize => ("limit-size", "larger than the limit"),
        Reason::LimitDepth => ("limit-depth", "nested deeper than the limit"),
        Reason::LimitTime => ("limit-time", "took longer than the limit"),
        Reason::LimitMemory => ("limit-memory", "needs more memory than the limit"),
        Reason::LimitCount => ("limit-count", "more parts than the limit"),
        Reason::LimitRatio => ("limit-ratio", "expands more than the limit"),
        Reason::Encrypted => ("encrypted", "encrypted"),
        Reason::UnsupportedFormat => ("unsupported-format", "a format this build does not read"),
        Reason::ParseError => ("parse-error", "could not be parsed"),
        Reason::SpecialFile => ("special-file", "a pipe, socket or device"),
        Reason::LinkNotFollowed => ("link-not-followed", "a symbolic link, not followed"),
        Reason::Lfs => ("lfs", "a Git LFS pointer; its content is elsewhere"),
        Reason::Submodule => ("submodule", "a submodule that is not checked out"),
        Reason::Decode => ("decode", "an encoding that could not be decoded"),
        Reason::Panic => ("panic", "a defect of bowerbird, contained"),
        Reason::Interrupted => ("interrupted", "the run was interrupted"),
    }
}

/// What a deliberate omission means.
pub const fn exclusion(exclusion: Exclusion) -> &'static str {
    match exclusion {
        Exclusion::IgnoreFile => "named by an ignore file and untracked",
        Exclusion::UserExclude => "excluded by the user",
        Exclusion::GitDir => "git directories (read as objects)",
        Exclusion::LinkInside => "links to files scanned under their own name",
        Exclusion::LinkOutside => "links that lead out of what was to be scanned",
        Exclusion::SpecialFile => "pipes, sockets and devices",
        Exclusion::Duplicate => "the same bytes under another name",
        Exclusion::Submodule => "submodules whose repositories are not here",
        Exclusion::LfsPointer => "Git LFS pointers whose content is read in the store",
        Exclusion::Archive => "archives not unpacked (--no-archives)",
    }
}

/// Candidates that were looked at and are no findings: how many, and why.
pub fn refused(refused: &Refused) -> Vec<(u64, &'static str)> {
    let sum = |counts: &BTreeMap<String, u64>| counts.values().sum();
    let all = [
        (
            sum(&refused.checksum_failed),
            "their checksum or structure does not hold",
        ),
        (
            sum(&refused.placeholder),
            "placeholders, documented dummies, or values without randomness",
        ),
        (
            sum(&refused.below_confidence),
            "below the asked confidence; --min-confidence low reports them",
        ),
    ];
    all.into_iter().filter(|(n, _)| *n > 0).collect()
}

/// `1 finding`, `2 findings`: a count with its noun, thousands grouped.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// A number with thousands grouped by commas.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in a unit people read (binary, one decimal).
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let (mut tenths, mut unit) = (u128::from(n) * 10, None);
    for name in UNITS {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = Some(name);
    }
    match unit {
        None => format!("{n} B"),
        Some(unit) => format!("{}.{} {unit}", tenths / 10, tenths % 10),
    }
}

/// The first twelve digits of an id or fingerprint, after its scheme (`bb1:…`).
pub fn short(id: &str) -> &str {
    let start = id.find(':').map_or(0, |at| at + 1);
    id.get(start..)
        .map_or(id, |rest| rest.get(..12).unwrap_or(rest))
}

/// An object id, shortened.
pub fn short_id(id: &ObjectId) -> String {
    short(&id.to_string()).to_owned()
}

/// The name of an origin for a person: the path, with the archive before `!` and
/// the commit before `:` as git writes it.
pub fn origin(origin: &Origin) -> String {
    match origin {
        Origin::File { path } => path.clone(),
        Origin::Index { path, .. } => format!("{path} (staged)"),
        Origin::Blob { path, commit, blob } => match (path, commit) {
            (Some(path), Some(commit)) => format!("{}:{path}", short_id(commit)),
            (Some(path), None) => format!("{path} (blob {})", short_id(blob)),
            (None, _) => format!("blob {}", short_id(blob)),
        },
        Origin::Object { object, kind } => format!("{kind} {}", short_id(object)),
        Origin::Ref { path } => format!(".git/{path}"),
        Origin::Stdin => "standard input".to_owned(),
        Origin::Member { archive, path } => format!("{}!{path}", self::origin(archive)),
    }
}

/// A place for a person: `path:line:column`, or the byte offset in binary data.
pub fn place(location: &Location) -> String {
    let name = origin(&location.origin);
    match location.region {
        Some(region) => format!("{name}:{}:{}", region.start_line, region.start_column),
        None => format!("{name} at byte {}", location.span.start),
    }
}

/// The life of a finding in the history, in one line.
pub fn exposure(exposure: &Exposure) -> String {
    let day = |date: &str| date.get(..10).unwrap_or(date).to_owned();
    let mut parts = Vec::new();
    if let Some(first) = &exposure.introduced {
        parts.push(format!(
            "since {} ({})",
            day(&first.date),
            short_id(&first.id)
        ));
    }
    parts.push(match (exposure.in_head, &exposure.last_seen) {
        (true, _) => "still in HEAD".to_owned(),
        (false, _) if exposure.fixed.is_some() => "not in HEAD".to_owned(),
        (false, Some(last)) => format!(
            "not in HEAD, last in {} ({})",
            day(&last.date),
            short_id(&last.id)
        ),
        (false, None) => "not in HEAD".to_owned(),
    });
    if let Some(fixed) = &exposure.fixed {
        let (date, id) = (day(&fixed.date), short_id(&fixed.id));
        parts.push(format!("fixed {date} ({id})"));
    }
    if let Some(days) = exposure.days {
        parts.push(count(days, "day", "days"));
    }
    match (exposure.reachable, exposure.refs.as_slice()) {
        (false, _) => parts.push("no ref reaches it".to_owned()),
        (true, [only]) if exposure.refs_total == 1 => parts.push(format!("in {only}")),
        // Only a part of the history was read, and no ref was asked.
        (true, []) if exposure.refs_total == 0 => {}
        (true, _) => parts.push(format!("in {}", count(exposure.refs_total, "ref", "refs"))),
    }
    parts.join(", ")
}

/// The heading of a finding: its rule's title, or the rule's id where the texts are not there.
pub fn title<'a>(report: &'a Report, finding: &'a Finding) -> &'a str {
    report
        .docs
        .get(finding.rule.0)
        .map_or(finding.rule.0, |doc| doc.title)
}

/// What is said of a finding beyond its heading; empty when that says it all.
pub fn what<'a>(report: &Report, finding: &'a Finding) -> &'a str {
    if finding.message == title(report, finding) {
        ""
    } else {
        &finding.message
    }
}

/// The masked line of a finding, when more of it is shown than the mask.
pub fn line(finding: &Finding) -> Option<&str> {
    let line = finding.excerpt.as_deref()?.trim();
    let bare = line.replace(REDACTION_TOKEN, "");
    bare.contains(char::is_alphanumeric).then_some(line)
}

/// Open findings by severity, worst first.
pub fn tally(report: &Report) -> [(Severity, u64); 5] {
    SEVERITIES.map(|wanted| {
        let open = |finding: &&Finding| finding.status == Status::Open;
        let found = report.findings.iter().filter(open);
        let n = found.filter(|finding| finding.severity == wanted).count();
        (wanted, n as u64)
    })
}

/// Open findings in all.
pub fn open(report: &Report) -> u64 {
    tally(report).iter().map(|(_, n)| n).sum()
}

/// Suppressed findings in all.
pub fn suppressed(report: &Report) -> u64 {
    report.findings.len() as u64 - open(report)
}

/// How far the code of a language was analysed, in one line.
pub fn language(name: &str, covered: &LanguageCoverage) -> String {
    let (present, analysed) = (covered.present, covered.analysed);
    let lines = format!(
        "{} of {} lines",
        number(analysed.lines),
        number(present.lines)
    );
    let files = format!(
        "{} of {}",
        number(analysed.files),
        count(present.files, "file", "files")
    );
    match covered.rules {
        0 => format!(
            "code in {name}: not analysed, {} in {}",
            count(present.lines, "line", "lines"),
            count(present.files, "file", "files")
        ),
        rules => format!(
            "code in {name}: {lines} and {files} analysed by {}",
            count(rules, "check", "checks")
        ),
    }
}

/// How many things were not read.
pub fn unscanned(coverage: &Coverage) -> u64 {
    coverage.unscanned_total.values().sum()
}

/// The verdict in one sentence: never a number of findings without how complete it is.
pub fn conclusion(report: &Report) -> String {
    let findings = match open(report) {
        0 => "no findings".to_owned(),
        n => count(n, "finding", "findings"),
    };
    let findings = match suppressed(report) {
        0 => findings,
        n => format!("{findings} ({} suppressed)", number(n)),
    };
    let missed = unscanned(&report.coverage);
    if report.complete {
        format!("Complete: {findings}, everything was read.")
    } else if report.coverage.is_empty() {
        "Incomplete: nothing was read, so nothing can be said.".to_owned()
    } else if missed == 0 {
        format!("Incomplete: {findings} in what was read.")
    } else {
        let things = count(missed, "thing was", "things were");
        format!("Incomplete: {findings} in what was read; {things} not read.")
    }
}
