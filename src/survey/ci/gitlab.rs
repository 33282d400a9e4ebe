//! Pipelines of GitLab: jobs with `extends`, `default`, local includes, rules and
//! templates. Templates that GitLab ships for its scanners are known by name; any
//! other include from elsewhere leaves the question open.

use super::Job;
use super::What;
use super::Work;
use super::script;
use crate::model::survey::Trigger;
use crate::survey::Notes;
use crate::survey::tree;
use crate::survey::tree::is_true;
use crate::survey::tree::word;
use crate::survey::tree::words;
use serde_json::Map;
use serde_json::Value;
use std::collections::BTreeMap;

/// Keys of the root that are no jobs.
const NO_JOBS: &[&str] = &[
    "include",
    "stages",
    "variables",
    "default",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "spec",
    "pages:deploy",
    "types",
];

pub(super) fn read(notes: &mut Notes<'_>, path: &str, text: &str) -> Result<Vec<Job>, String> {
    let mut read = Read::default();
    collect(notes, path, text, &mut read, 0)?;
    let Read { all, known, origin } = read;
    let depth = all
        .get("variables")
        .and_then(|it| it.get("GIT_DEPTH"))
        .and_then(word);
    let shallow = depth.as_deref() != Some("0");
    let image = all.contains_key("image")
        || all
            .get("default")
            .is_some_and(|it| it.get("image").is_some());
    let mut jobs = Vec::new();
    for (name, job) in &all {
        if NO_JOBS.contains(&name.as_str()) || name.starts_with('.') || !job.is_object() {
            continue;
        }
        let job = extended(&all, job, 0);
        let path = origin.get(name).map_or(path, String::as_str);
        let before = ["before_script", "after_script"].map(|key| {
            let default = all.get("default").and_then(|it| it.get(key));
            default.or_else(|| all.get(key)).cloned()
        });
        let job = with_default(job, before);
        let read = read_job(path, name, &job, shallow, image);
        jobs.extend(read);
    }
    for template in known {
        jobs.push(Job {
            path: path.to_owned(),
            name: template.to_owned(),
            on: vec![Trigger::Push, Trigger::Request],
            throw_away: true,
            steps: vec![Work {
                what: What::Image(template.to_owned()),
                softened: "allow_failure of the template".to_owned(),
                ..Work::default()
            }],
            ..Job::default()
        });
    }
    Ok(jobs)
}

/// What a pipeline is made of.
#[derive(Default)]
struct Read {
    all: Map<String, Value>,
    /// Templates of GitLab, by the image they run.
    known: Vec<&'static str>,
    /// The file that defines each job.
    origin: BTreeMap<String, String>,
}

/// A job with the scripts that the pipeline gives to every job without its own.
fn with_default(job: Value, scripts: [Option<Value>; 2]) -> Value {
    let Value::Object(mut map) = job else {
        return job;
    };
    for (key, script) in ["before_script", "after_script"].into_iter().zip(scripts) {
        if let (Some(script), false) = (script, map.contains_key(key)) {
            map.insert(key.to_owned(), script);
        }
    }
    Value::Object(map)
}

/// Joins a file and its local includes; what is defined later wins.
fn collect(
    notes: &mut Notes<'_>,
    path: &str,
    text: &str,
    read: &mut Read,
    depth: usize,
) -> Result<(), String> {
    // A custom tag such as `!reference` is read as its value.
    let text = text.replace("!reference ", "");
    let documents = tree::yaml(&text)?;
    for document in documents {
        let Value::Object(map) = document else {
            continue;
        };
        let includes = match map.get("include") {
            Some(Value::Array(items)) => items.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        for include in includes {
            included(notes, path, &include, read, depth);
        }
        let names = map.keys().map(|name| (name.clone(), path.to_owned()));
        read.origin.extend(names);
        read.all.extend(map);
    }
    Ok(())
}

fn included(notes: &mut Notes<'_>, path: &str, include: &Value, read: &mut Read, depth: usize) {
    let local = match include {
        Value::String(text) if !text.contains("://") => Some(text.clone()),
        other => other.get("local").and_then(word),
    };
    if let Some(local) = local {
        let local = local.trim_start_matches('/').to_owned();
        let text = notes.files.text(&local);
        match text {
            Some(text) if depth < 5 => {
                notes.survey.ci_files += 1;
                if let Err(why) = collect(notes, &local, &text, read, depth + 1) {
                    notes.unread("ci", &local, why);
                }
            }
            _ => notes.unread(
                "ci",
                path,
                format!("it includes {local}, which was not read"),
            ),
        }
        return;
    }
    let template = include.get("template").and_then(word).unwrap_or_default();
    let component = include.get("component").and_then(word).unwrap_or_default();
    let name = format!("{template}{component}").to_ascii_lowercase();
    let images = [
        ("secret-detection", "security-products/secrets"),
        ("container-scanning", "security-products/container-scanning"),
        ("dependency-scanning", "security-products/gemnasium"),
        ("dast", "security-products/dast"),
        ("sast", "security-products/semgrep"),
    ];
    match images.iter().find(|(part, _)| name.contains(part)) {
        Some((_, image)) => read.known.push(image),
        None => notes.unread("ci", path, "it includes a file that is kept elsewhere"),
    }
}

/// A job with what it extends.
fn extended(all: &Map<String, Value>, job: &Value, depth: usize) -> Value {
    let bases = job.get("extends").map(words).unwrap_or_default();
    let mut joined = Map::new();
    if depth < 10 {
        for base in bases {
            if let Some(Value::Object(map)) =
                all.get(&base).map(|base| extended(all, base, depth + 1))
            {
                joined.extend(map);
            }
        }
    }
    if let Value::Object(map) = job {
        joined.extend(map.clone());
    }
    Value::Object(joined)
}

fn read_job(path: &str, name: &str, job: &Value, shallow: bool, image: bool) -> Option<Job> {
    let (on, manual) = triggers(job);
    if on.is_empty() {
        return None;
    }
    let lines: Vec<String> = ["before_script", "script", "after_script"]
        .iter()
        .filter_map(|key| job.get(*key))
        .flat_map(flat)
        .collect();
    let own_depth = job
        .get("variables")
        .and_then(|it| it.get("GIT_DEPTH"))
        .and_then(word);
    let softened = match job.get("allow_failure") {
        Some(flag) if is_true(flag) || flag.is_object() => "allow_failure".to_owned(),
        _ if manual => "when: manual".to_owned(),
        _ => String::new(),
    };
    let named = job
        .get("image")
        .map(|image| word(image).or_else(|| image.get("name").and_then(word)));
    let mut steps = vec![script(lines)];
    if let Some(Some(image)) = &named {
        steps.push(Work {
            what: What::Image(image.clone()),
            ..Work::default()
        });
    }
    let environment = job.get("environment");
    Some(Job {
        path: path.to_owned(),
        name: name.to_owned(),
        on,
        softened,
        shallow: own_depth.map_or(shallow, |depth| depth != "0"),
        throw_away: (named.is_some() || image)
            && !job
                .get("tags")
                .is_some_and(|it| words(it).iter().any(|tag| tag.contains("shell"))),
        environment: environment.and_then(|it| word(it).or_else(|| it.get("name").and_then(word))),
        steps,
        ..Job::default()
    })
}

/// Lines of a script, whatever lists it nests.
fn flat(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// What makes a job run, and whether a person must start it.
fn triggers(job: &Value) -> (Vec<Trigger>, bool) {
    if job.get("when").and_then(word).as_deref() == Some("never") {
        return (Vec::new(), false);
    }
    let manual = job.get("when").and_then(word).as_deref() == Some("manual");
    if manual {
        return (vec![Trigger::Manual], true);
    }
    let both = vec![Trigger::Push, Trigger::Request];
    if let Some(Value::Array(rules)) = job.get("rules") {
        let mut on = Vec::new();
        for rule in rules {
            let when = rule.get("when").and_then(word).unwrap_or_default();
            let condition = rule.get("if").and_then(word).unwrap_or_default();
            match when.as_str() {
                "never" => {}
                "manual" => on.push(Trigger::Manual),
                _ => on.extend(of_words(&condition)),
            }
        }
        on.sort();
        on.dedup();
        return (on, false);
    }
    if let Some(only) = job.get("only") {
        let refs = only.get("refs").unwrap_or(only);
        let mut on = Vec::new();
        for name in words(refs) {
            match name.as_str() {
                "merge_requests" => on.push(Trigger::Request),
                "schedules" => on.push(Trigger::Schedule),
                "tags" => on.push(Trigger::Release),
                "web" | "api" | "triggers" => on.push(Trigger::Manual),
                _ => on.push(Trigger::Push),
            }
        }
        if on.is_empty() {
            on = both;
        }
        return (on, false);
    }
    (both, false)
}

fn of_words(condition: &str) -> Vec<Trigger> {
    let says = |text: &str| condition.contains(text);
    let mut on = Vec::new();
    if says("merge_request") {
        on.push(Trigger::Request);
    }
    if says("schedule") {
        on.push(Trigger::Schedule);
    }
    if says("CI_COMMIT_TAG") {
        on.push(Trigger::Release);
    }
    if says("\"web\"") || says("trigger") {
        on.push(Trigger::Manual);
    }
    if on.is_empty() {
        on.extend([Trigger::Push, Trigger::Request]);
    }
    on
}
