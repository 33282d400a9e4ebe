//! Conditions over workflows of GitHub Actions: who starts them, what text of a
//! stranger reaches a shell, and what a job may do. See
//! <https://docs.github.com/actions/security-for-github-actions/security-guides>.

use crate::detect::misconfig::judge::Judge;
use crate::detect::misconfig::judge::Truth;
use crate::detect::misconfig::world::Spot;
use crate::document::Document;
use crate::document::NodeId;

/// Parts of the context that a stranger writes.
const STRANGERS: &[&str] = &[
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.review_comment.body",
    "github.event.head_commit.message",
    "github.event.head_commit.author",
    "github.event.commits",
    "github.event.pages",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.head_ref",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.label",
    "github.event.pull_request.head.repo.default_branch",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.head_commit.message",
    "github.event.workflow_run.display_title",
    "github.event.workflow_run.head_repository.description",
];

/// Expressions in a text: what stands between `${{` and `}}`.
fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.split("${{")
        .skip(1)
        .map(|rest| rest.split("}}").next().unwrap_or_default().trim())
}

fn is_strangers(expression: &str) -> bool {
    STRANGERS.iter().any(|context| {
        let bare = expression.replace(' ', "");
        bare.match_indices(context).any(|(at, _)| {
            let after = bare[at + context.len()..].chars().next();
            let before = bare[..at].chars().next_back();
            // A comparison or `contains(…)` gives a truth value, not the text.
            let whole = !after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
            whole && !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.')
        }) && !["contains(", "startsWith(", "endsWith(", "==", "!="]
            .iter()
            .any(|f| bare.contains(f))
    })
}

/// The text of a step that runs as code: `run`, or the script of `actions/github-script`.
fn code(doc: &Document, step: NodeId) -> Option<NodeId> {
    let script = doc
        .text_at(step, &["uses"])
        .is_some_and(|uses| uses.starts_with("actions/github-script"));
    match script {
        true => doc.at(step, &["with", "script"]),
        false => doc.get(step, "run"),
    }
}

/// A stranger's text becomes part of the code of a step.
pub(super) fn injection(judge: &Judge<'_>) -> Truth {
    let (doc, step) = (judge.world.doc(judge.from.doc), judge.from.node);
    let Some(id) = code(doc, step) else {
        return Truth::No;
    };
    let text = doc.text(id).unwrap_or_default();
    found(judge, expressions(text).any(is_strangers).then_some(id))
}

/// A stranger's text is written to the files by which steps set variables and paths.
pub(super) fn environment(judge: &Judge<'_>) -> Truth {
    let (doc, step) = (judge.world.doc(judge.from.doc), judge.from.node);
    let Some(id) = doc.get(step, "run") else {
        return Truth::No;
    };
    let mut names: Vec<String> = Vec::new();
    if let Some(env) = doc.get(step, "env") {
        for (name, value) in doc.entries(env) {
            if doc
                .text(*value)
                .is_some_and(|text| expressions(text).any(is_strangers))
            {
                names.push(name.to_string());
            }
        }
    }
    let text = doc.text(id).unwrap_or_default();
    let folders = artifacts(judge);
    let reads = |line: &str| {
        let read = ["$(cat ", "$(<"]
            .iter()
            .find_map(|mark| line.split_once(mark));
        read.is_some_and(|(_, file)| {
            let file = file.trim_start_matches(['"', ' ', '.', '/']);
            folders
                .iter()
                .any(|folder| file.starts_with(folder.as_str()))
        })
    };
    for line in text.lines().filter(|line| reads(line)) {
        if let Some((name, _)) = line.trim_start().split_once('=') {
            names.push(name.trim_start_matches("export ").to_owned());
        }
    }
    names.retain(|name| !name.is_empty());
    let is_written = |line: &str| {
        let target = line.contains("GITHUB_ENV") || line.contains("GITHUB_PATH");
        let named = names.iter().any(|name| {
            line.contains(&format!("${name}")) || line.contains(&format!("${{{name}}}"))
        });
        target && (named || reads(line) || expressions(line).any(is_strangers))
    };
    found(judge, text.lines().any(is_written).then_some(id))
}

/// Where the job unpacks artifacts of a workflow that strangers start; the empty text stands for the
/// folder it works in, when nothing else was checked out there.
fn artifacts(judge: &Judge<'_>) -> Vec<String> {
    let doc = judge.world.doc(judge.from.doc);
    if !events(doc).iter().any(|event| event == "workflow_run") {
        return Vec::new();
    }
    let steps = steps(judge);
    let uses = |step: &NodeId| doc.text_at(*step, &["uses"]).unwrap_or_default();
    let mixed = steps
        .iter()
        .any(|step| uses(step).starts_with("actions/checkout"));
    let downloads = steps
        .iter()
        .filter(|step| uses(step).contains("download-artifact"));
    let folders = downloads.map(|step| {
        let path = doc.text_at(*step, &["with", "path"]).unwrap_or_default();
        path.trim_start_matches(['.', '/'])
            .trim_end_matches('/')
            .to_owned()
    });
    folders
        .filter(|folder| !folder.is_empty() || !mixed)
        .collect()
}

/// The steps of the job around.
fn steps(judge: &Judge<'_>) -> Vec<NodeId> {
    let doc = judge.world.doc(judge.from.doc);
    let job = judge.world.around(judge.subject, "job");
    let job = job.map(|job| judge.world.subjects[job].spot.node);
    let list = job.and_then(|job| doc.get(job, "steps"));
    list.map(|list| doc.children(list)).unwrap_or_default()
}

/// Names of the events that start the workflow.
fn events(doc: &Document) -> Vec<String> {
    let root = doc.root();
    let Some(on) = doc.get(root, "on").or_else(|| doc.get(root, "true")) else {
        return Vec::new();
    };
    if let Some(one) = doc.text(on) {
        return vec![one.to_owned()];
    }
    let keys = doc.entries(on).iter().map(|(key, _)| key.to_string());
    let items = doc
        .children(on)
        .into_iter()
        .filter_map(|id| doc.text(id).map(str::to_owned));
    keys.chain(items).collect()
}

/// A workflow with the rights of the repository checks out what a stranger sent.
pub(super) fn pwn(judge: &Judge<'_>) -> Truth {
    let (doc, step) = (judge.world.doc(judge.from.doc), judge.from.node);
    let is_trusted = |event: &String| {
        matches!(
            event.as_str(),
            "pull_request_target" | "workflow_run" | "issue_comment"
        )
    };
    let is_checkout = doc
        .text_at(step, &["uses"])
        .is_some_and(|uses| uses.starts_with("actions/checkout"));
    if !is_checkout || !events(doc).iter().any(is_trusted) {
        return Truth::No;
    }
    let heads = [
        "github.event.pull_request.head.sha",
        "github.event.pull_request.head.ref",
        "github.head_ref",
        "github.event.workflow_run.head_sha",
        "github.event.workflow_run.head_branch",
        "refs/pull/",
        "github.event.pull_request.merge_commit_sha",
        "github.event.number",
    ];
    let place = ["ref", "repository"].iter().find_map(|key| {
        let id = doc.at(step, &["with", key])?;
        let text = doc.text(id)?;
        heads.iter().any(|head| text.contains(head)).then_some(id)
    });
    found(judge, place)
}

/// Pull requests of strangers start the workflow.
pub(super) fn by_pull_request(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let starts = |event: &String| matches!(event.as_str(), "pull_request" | "pull_request_target");
    truth(events(doc).iter().any(starts))
}

/// Pushing a tag or publishing a release starts the workflow.
pub(super) fn releases(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let root = doc.root();
    let on = doc.get(root, "on").or_else(|| doc.get(root, "true"));
    let tags = on.and_then(|on| doc.at(on, &["push", "tags"])).is_some();
    let branches = on
        .and_then(|on| doc.at(on, &["push", "branches"]))
        .is_some();
    let all = events(doc);
    let release = all.iter().any(|event| event == "release");
    truth((tags && !branches && !all.iter().any(|e| e.starts_with("pull_request"))) || release)
}

/// A condition that is a text and so always true: a block scalar, or text around an expression.
pub(super) fn condition(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let Some(id) = doc.get(judge.from.node, "if") else {
        return Truth::No;
    };
    let text = doc.text(id).unwrap_or_default();
    let trimmed = text.trim();
    let around =
        trimmed.contains("${{") && !(trimmed.starts_with("${{") && trimmed.ends_with("}}"));
    let block = trimmed.contains("${{") && text.ends_with('\n');
    found(judge, (around || block).then_some(id))
}

/// Something is kept of the checkout in an artifact of the same job.
pub(super) fn uploads(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    truth(steps(judge).iter().any(|step| {
        doc.text_at(*step, &["uses"])
            .is_some_and(|uses| uses.starts_with("actions/upload-artifact"))
    }))
}

fn truth(is: bool) -> Truth {
    match is {
        true => Truth::Yes(None),
        false => Truth::No,
    }
}

fn found(judge: &Judge<'_>, node: Option<NodeId>) -> Truth {
    match node {
        Some(node) => Truth::Yes(Some(Spot {
            doc: judge.from.doc,
            node,
        })),
        None => Truth::No,
    }
}
