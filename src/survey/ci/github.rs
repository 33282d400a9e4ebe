//! Workflows of GitHub, Forgejo and Gitea: triggers, jobs, steps, local actions and
//! reusable workflows. A workflow kept in another repository could run anything
//! and leaves the question open, unless its name is in the table of tools.

use super::Job;
use super::What;
use super::Work;
use crate::model::survey::Trigger;
use crate::survey::Notes;
use crate::survey::find;
use crate::survey::tools;
use crate::survey::tree;
use crate::survey::tree::is_true;
use crate::survey::tree::word;
use crate::survey::tree::words;
use serde_json::Value;

pub(super) fn read(notes: &mut Notes<'_>, path: &str, text: &str) -> Result<Vec<Job>, String> {
    let documents = tree::yaml(text)?;
    let Some(root) = documents.into_iter().next() else {
        return Ok(Vec::new());
    };
    let on = triggers(
        root.get("on")
            .or_else(|| root.get("true"))
            .unwrap_or(&Value::Null),
    );
    let jobs = root
        .get("jobs")
        .and_then(Value::as_object)
        .ok_or("a workflow without jobs")?;
    let mut found = Vec::new();
    for (name, job) in jobs {
        if let Some(job) = read_job(notes, path, text, name, job, &on) {
            found.push(job);
        }
    }
    Ok(found)
}

fn read_job(
    notes: &mut Notes<'_>,
    path: &str,
    text: &str,
    name: &str,
    job: &Value,
    on: &[Trigger],
) -> Option<Job> {
    if job.get("if").is_some_and(never) || on.is_empty() {
        return None;
    }
    let mut read = Job {
        path: path.to_owned(),
        name: name.to_owned(),
        on: on.to_vec(),
        softened: soft(job),
        shallow: false,
        throw_away: hosted(job),
        environment: environment(job),
        codeql: Vec::new(),
        matrix: job
            .pointer("/strategy/matrix")
            .map(matrix)
            .unwrap_or_default(),
        steps: Vec::new(),
        calls: None,
    };
    if let Some(uses) = job.get("uses").and_then(Value::as_str) {
        read.calls = uses.strip_prefix("./").map(str::to_owned);
        read.steps.push(reusable(notes, path, text, uses));
        return Some(read);
    }
    let steps = job.get("steps").and_then(Value::as_array);
    for step in steps.into_iter().flatten() {
        read_step(notes, path, text, step, &mut read, 0);
    }
    Some(read)
}

/// One step; composite actions of the repository are read in place, two hops deep.
fn read_step(notes: &mut Notes<'_>, path: &str, text: &str, step: &Value, job: &mut Job, hop: u8) {
    if step.get("if").is_some_and(never) {
        return;
    }
    let softened = soft(step);
    if let Some(run) = step.get("run").and_then(Value::as_str) {
        job.steps.push(Work {
            softened,
            what: What::Script(run.to_owned()),
            excused: excused(text, run),
        });
        return;
    }
    let Some(uses) = step.get("uses").and_then(Value::as_str) else {
        return;
    };
    let with = step.get("with").unwrap_or(&Value::Null);
    if uses.starts_with("actions/checkout") {
        let depth = with.get("fetch-depth").and_then(word);
        job.shallow = depth.as_deref() != Some("0");
    }
    if let Some(local) = uses.strip_prefix("./") {
        if hop < 2 {
            composite(notes, local.trim_end_matches('/'), job, hop + 1);
        }
        return;
    }
    pin(notes, path, text, uses);
    if uses.starts_with("github/codeql-action/init") {
        codeql(with, job);
    }
    let arguments = arguments(with);
    if uses.starts_with("pre-commit/action") {
        job.steps.push(Work {
            softened,
            what: What::Script("pre-commit run".to_owned()),
            excused: false,
        });
        return;
    }
    job.steps.push(Work {
        softened,
        what: match uses.strip_prefix("docker://") {
            Some(image) => What::Image(image.to_owned()),
            None => What::Action(uses.to_owned(), arguments),
        },
        excused: excused(text, uses),
    });
}

/// The languages that CodeQL is told to read; `matrix` stands for those of the job.
fn codeql(with: &Value, job: &mut Job) {
    let named = with.get("languages").and_then(word).unwrap_or_default();
    let names: Vec<String> = match named.contains("matrix") {
        true => job.matrix.clone(),
        false => named.split([',', ' ']).map(str::to_owned).collect(),
    };
    for name in names {
        let ours: &[&str] = match name.trim() {
            "javascript" | "typescript" | "javascript-typescript" => &["javascript"],
            "java" | "kotlin" | "java-kotlin" => &["java", "kotlin"],
            "c" | "cpp" | "c-cpp" => &["c", "cpp"],
            "csharp" => &["csharp"],
            "go" => &["go"],
            "python" => &["python"],
            "ruby" => &["ruby"],
            "rust" => &["rust"],
            "swift" => &["swift"],
            "actions" => &["github-actions"],
            _ => &[],
        };
        job.codeql.extend(ours.iter().map(|&it| it.to_owned()));
    }
}

/// Every text of a matrix.
fn matrix(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(matrix).collect(),
        Value::Object(map) => map.values().flat_map(matrix).collect(),
        other => word(other).into_iter().collect(),
    }
}

fn composite(notes: &mut Notes<'_>, folder: &str, job: &mut Job, hop: u8) {
    let names = ["action.yml", "action.yaml"];
    let found = names.iter().find_map(|name| {
        let path = format!("{folder}/{name}");
        let text = notes.files.text(&path)?;
        Some((path, text))
    });
    let Some((path, text)) = found else { return };
    let Ok(documents) = tree::yaml(&text) else {
        notes.unread("ci", &path, "not readable as YAML");
        return;
    };
    let steps = documents
        .first()
        .and_then(|it| it.get("runs")?.get("steps")?.as_array());
    for step in steps.cloned().into_iter().flatten() {
        read_step(notes, &path, &text, &step, job, hop);
    }
}

/// A called workflow: in this repository it is read by itself, elsewhere it could run anything.
fn reusable(notes: &mut Notes<'_>, path: &str, text: &str, uses: &str) -> Work {
    if uses.starts_with("./") {
        return Work::default();
    }
    pin(notes, path, text, uses);
    let known = tools::table().of_action(uses, "");
    Work {
        what: match known.is_empty() {
            true => What::Elsewhere(format!(
                "it calls a workflow of another repository, {}",
                owner(uses)
            )),
            false => What::Action(uses.to_owned(), String::new()),
        },
        ..Work::default()
    }
}

fn owner(uses: &str) -> String {
    uses.split('@').next().unwrap_or_default().to_owned()
}

/// Notes whether an action is named by a commit.
fn pin(notes: &mut Notes<'_>, path: &str, text: &str, uses: &str) {
    let (name, version) = uses.rsplit_once('@').unwrap_or((uses, ""));
    let is_hex = |it: &str| it.chars().all(|c| c.is_ascii_hexdigit());
    let by_commit = (version.len() == 40 || version.len() == 64) && is_hex(version);
    let by_digest =
        uses.starts_with("docker://") && version.strip_prefix("sha256:").is_some_and(is_hex);
    let has: &[&str] = if by_commit || by_digest {
        &["pinned"]
    } else {
        &[]
    };
    notes.thing("action-ref", name, has, find(path, text, uses));
}

/// What of `on:` fires on its own, for the default branch.
pub(super) fn triggers(on: &Value) -> Vec<Trigger> {
    let mut found = Vec::new();
    let names = words(on);
    for name in names {
        let detail = on.get(&name).unwrap_or(&Value::Null);
        match name.as_str() {
            "push" => {
                let branches = detail.get("branches");
                let tags = detail.get("tags").is_some();
                if branches.is_some_and(is_default) || (branches.is_none() && !tags) {
                    found.push(Trigger::Push);
                }
                if tags {
                    found.push(Trigger::Release);
                }
            }
            "pull_request" | "pull_request_target" | "merge_group"
                if detail.get("branches").is_none_or(is_default) =>
            {
                found.push(Trigger::Request);
            }
            "schedule" => found.push(Trigger::Schedule),
            "release" | "create" => found.push(Trigger::Release),
            "workflow_dispatch" | "repository_dispatch" | "workflow_call" => {
                found.push(Trigger::Manual)
            }
            "workflow_run" | "check_suite" | "deployment_status" | "deployment" | "check_run" => {
                found.push(Trigger::Push);
            }
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether a filter may name the default branch.
fn is_default(branches: &Value) -> bool {
    words(branches).iter().any(|name| {
        let usual = [
            "main", "master", "develop", "trunk", "devel", "dev", "unstable",
        ];
        usual.contains(&name.as_str())
            || name.contains('*')
            || name.contains("main")
            || name.contains("master")
            || name.starts_with('$')
            || name.starts_with(|c: char| c.is_ascii_digit())
    })
}

fn never(condition: &Value) -> bool {
    let text = word(condition).unwrap_or_default();
    let text = text
        .trim()
        .trim_start_matches("${{")
        .trim_end_matches("}}")
        .trim();
    text == "false" || text.starts_with("false &&") || text.ends_with("&& false")
}

fn soft(value: &Value) -> String {
    match value.get("continue-on-error") {
        Some(flag) if is_true(flag) => "continue-on-error".to_owned(),
        _ => String::new(),
    }
}

fn hosted(job: &Value) -> bool {
    if job.get("container").is_some() || job.get("uses").is_some() {
        return true;
    }
    let runs_on = job.get("runs-on").unwrap_or(&Value::Null);
    let labels = match runs_on.get("labels") {
        Some(labels) => words(labels),
        None => words(runs_on),
    };
    let is_hosted = |label: &String| {
        let label = label.to_ascii_lowercase();
        ["ubuntu", "windows", "macos", "${{ matrix", "${{matrix"]
            .iter()
            .any(|start| label.starts_with(start))
    };
    !labels.is_empty() && labels.iter().all(is_hosted)
}

fn environment(job: &Value) -> Option<String> {
    let environment = job.get("environment")?;
    word(environment).or_else(|| environment.get("name").and_then(word))
}

/// The arguments of an action as `key: value` lines.
fn arguments(with: &Value) -> String {
    let map = with.as_object().into_iter().flatten();
    let lines = map.filter_map(|(key, value)| Some(format!("{key}: {}", word(value)?)));
    lines.collect::<Vec<String>>().join("\n")
}

/// Whether a comment stands right above or beside the line.
fn excused(text: &str, words: &str) -> bool {
    let Some(first) = words.lines().next() else {
        return false;
    };
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains(first.trim()));
    at.is_some_and(|at| {
        let above = at.checked_sub(1).map(|above| lines[above].trim());
        above.is_some_and(|line| line.starts_with('#') && line.len() > 12)
    })
}
