//! Pipelines of any forge as one kind of job: what makes it run, what its steps
//! run, and what softens them. A reader for each format fills it; here commands
//! are told apart, followed into scripts and targets of the repository (two hops),
//! and noted. What could not be read leaves the topic `ci` open.

mod forges;
mod github;
mod gitlab;
mod resolve;

use super::Notes;
use super::at;
use super::find;
use super::shell;
use super::tools;
use super::tools::Hit;
use crate::model::survey::Spot;
use crate::model::survey::Step;
use crate::model::survey::Trigger;
use resolve::Resolver;
use std::collections::BTreeMap;

/// A job of a pipeline.
#[derive(Clone, Debug, Default)]
pub(super) struct Job {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) on: Vec<Trigger>,
    /// What makes a failure of the job be forgotten; empty when nothing does.
    pub(super) softened: String,
    /// Its checkout has a cut history.
    pub(super) shallow: bool,
    /// It runs on a worker that is thrown away afterwards, as far as the file tells.
    pub(super) throw_away: bool,
    /// It says that it deploys: an environment is named.
    pub(super) environment: Option<String>,
    /// Languages that CodeQL is told to read; empty means that it finds them itself.
    pub(super) codeql: Vec<String>,
    /// Texts of its matrix.
    pub(super) matrix: Vec<String>,
    pub(super) steps: Vec<Work>,
    /// The workflow of this repository that it calls.
    pub(super) calls: Option<String>,
}

/// One step of a job.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    pub(super) softened: String,
    pub(super) what: What,
    /// A note beside the step: a comment that gives a reason.
    pub(super) excused: bool,
}

/// What a step is.
#[derive(Clone, Debug, Default)]
pub(super) enum What {
    /// Nothing that matters here.
    #[default]
    Nothing,
    /// Shell text.
    Script(String),
    /// An action with its arguments as text.
    Action(String, String),
    /// A container image that is run.
    Image(String),
    /// Something kept elsewhere that could run anything.
    Elsewhere(String),
}

/// Reads every pipeline.
pub(super) fn look(notes: &mut Notes<'_>) {
    let paths: Vec<String> = notes.files.paths().to_vec();
    let mut jobs = Vec::new();
    for path in &paths {
        let Some(reader) = reader(path) else { continue };
        if super::glob::is_foreign(path) || super::glob::is_test(path) {
            continue;
        }
        let Some(text) = notes.files.text(path) else {
            notes.unread("ci", path, "not readable as text");
            continue;
        };
        match reader(notes, path, &text) {
            Ok(found) => {
                notes.survey.ci_files += 1;
                jobs.extend(found);
            }
            Err(why) => notes.unread("ci", path, why),
        }
    }
    called(&mut jobs);
    let resolver = Resolver::new(notes.files);
    for job in &jobs {
        note(notes, &resolver, job);
    }
}

/// Gives the jobs of a called workflow what makes its callers run; four calls deep, as GitHub does.
fn called(jobs: &mut [Job]) {
    for _ in 0..4 {
        let mut more: BTreeMap<String, Vec<Trigger>> = BTreeMap::new();
        for job in jobs.iter() {
            if let Some(path) = &job.calls {
                more.entry(path.clone()).or_default().extend(&job.on);
            }
        }
        for job in jobs.iter_mut() {
            job.on.extend(more.get(&job.path).into_iter().flatten());
            job.on.sort();
            job.on.dedup();
        }
    }
}

type Reader = fn(&mut Notes<'_>, &str, &str) -> Result<Vec<Job>, String>;

/// The reader of a pipeline file; `None` for any other file.
fn reader(path: &str) -> Option<Reader> {
    let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    let below = |folder: &str| {
        let inside = path.strip_prefix(folder);
        inside.is_some_and(|name| !name.contains('/')) && yaml
    };
    let workflows = [
        ".github/workflows/",
        ".forgejo/workflows/",
        ".gitea/workflows/",
    ];
    if workflows.iter().any(|folder| below(folder)) {
        return Some(github::read);
    }
    let name = super::glob::name(path);
    let root = !path.contains('/');
    match name {
        ".gitlab-ci.yml" | ".gitlab-ci.yaml" if root => Some(gitlab::read),
        ".travis.yml" if root => Some(forges::travis),
        ".drone.yml" if root => Some(forges::drone),
        "bitbucket-pipelines.yml" if root => Some(forges::bitbucket),
        "cloudbuild.yaml" | "cloudbuild.yml" | "cloudbuild.json" if root => {
            Some(forges::cloudbuild)
        }
        "buildspec.yml" | "buildspec.yaml" if root => Some(forges::buildspec),
        "appveyor.yml" | ".appveyor.yml" if root => Some(forges::appveyor),
        ".cirrus.yml" if root => Some(forges::cirrus),
        _ if path == ".circleci/config.yml" => Some(forges::circle),
        _ if below(".buildkite/") => Some(forges::buildkite),
        _ if below(".tekton/") => Some(forges::tekton),
        _ if below(".woodpecker/") || (root && name.starts_with(".woodpecker") && yaml) => {
            Some(forges::woodpecker)
        }
        _ if yaml && name.starts_with("azure-pipelines") => Some(forges::azure),
        _ if below(".azure-pipelines/") || below(".vsts/") => Some(forges::azure),
        _ if root && name.starts_with("Jenkinsfile") => Some(forges::jenkins),
        _ => None,
    }
}

/// What a job was seen to do, for facts about the whole job.
#[derive(Default)]
struct Did {
    words: Vec<String>,
}

impl Did {
    fn any(&self, wanted: &[&str]) -> bool {
        self.words
            .iter()
            .any(|word| wanted.contains(&word.as_str()))
    }
}

/// Notes what a job's steps run.
fn note(notes: &mut Notes<'_>, resolver: &Resolver<'_>, job: &Job) {
    let text = notes.files.text(&job.path).unwrap_or_default();
    let mut did = Did::default();
    for work in &job.steps {
        match &work.what {
            What::Nothing => {}
            What::Elsewhere(why) => notes.unread("ci", &job.path, why.clone()),
            What::Image(image) => {
                let spot = find(&job.path, &text, image);
                push(
                    notes,
                    job,
                    work,
                    &mut did,
                    tools::table().of_image(image),
                    "",
                    &spot,
                );
            }
            What::Action(uses, arguments) => {
                let spot = find(&job.path, &text, uses);
                let mut hits = tools::table().of_action(uses, arguments);
                if hits.is_empty() {
                    hits = tools::table().of_image(uses);
                }
                push(notes, job, work, &mut did, hits, "", &spot);
                extra(notes, job, work, &mut did, (uses, arguments), &spot);
            }
            What::Script(script) => {
                let (commands, opaque) = resolver.commands(&job.path, script);
                for why in opaque {
                    notes.unread("ci", &job.path, why);
                }
                for (path, command, line) in commands {
                    let hits = tools::table().of_command(&command.words);
                    if hits.is_empty() {
                        continue;
                    }
                    let from = match path == job.path {
                        true => text.clone(),
                        false => notes.files.text(&path).unwrap_or_default(),
                    };
                    let spot = find(&path, &from, line.trim_end_matches(" || true"));
                    push(notes, job, work, &mut did, hits, &command.softened, &spot);
                }
            }
        }
    }
    whole(notes, job, &did);
}

/// Notes facts about the whole job.
fn whole(notes: &mut Notes<'_>, job: &Job, did: &Did) {
    let spot = match notes.files.text(&job.path) {
        Some(text) => find(&job.path, &text, &format!("{}:", job.name)),
        None => at(&job.path),
    };
    if did.any(&["build", "test"]) {
        let has: &[&str] = if job.throw_away { &["throw-away"] } else { &[] };
        notes.thing("build-job", &job.name, has, spot.clone());
    }
    if did.any(&["coverage"]) && did.any(&["e2e", "dast"]) {
        notes.thing("covered-run", &job.name, &[], spot.clone());
    }
    if did.any(&["publish-image", "publish-package", "release"]) {
        let mut has = Vec::new();
        if did.any(&["sign", "provenance"]) {
            has.push("signs");
        }
        if did.any(&["secret-scan-artifact"]) {
            has.push("scans-artifact");
        }
        notes.thing("publish-job", &job.name, &has, spot.clone());
    } else if says_it_publishes(job) {
        let why = format!("what the job `{}` publishes is not known", job.name);
        notes.unread("publish-job", &job.path, why);
    }
    if did.any(&["deploy"]) {
        let has: &[&str] = match did.any(&["build-image", "package"]) {
            true => &["builds"],
            false => &["promotes"],
        };
        notes.thing("deploy-job", &job.name, has, spot.clone());
        if did.any(&["e2e", "smoke-test"]) {
            notes.thing("deploy-check", &job.name, &[], spot.clone());
        }
    }
    if let Some(name) = &job.environment {
        let lower = name.to_ascii_lowercase();
        let kind = if lower.contains("prod") || lower == "live" {
            "production"
        } else {
            "other"
        };
        notes.thing("environment", name, &[kind], spot);
    }
}

/// Whether a job is named for publishing and runs something of its own for it.
fn says_it_publishes(job: &Job) -> bool {
    let name = job.name.to_ascii_lowercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let publishes = words
        .clone()
        .any(|word| ["deploy", "publish", "release"].contains(&word));
    let trials = [
        "check", "test", "dry", "verify", "notes", "draft", "prepare", "lint", "docs", "pages",
        "site",
    ];
    let runs = |work: &Work| matches!(work.what, What::Script(_));
    publishes && !words.any(|word| trials.contains(&word)) && job.steps.iter().any(runs)
}

/// Notes one step for each tool.
fn push(
    notes: &mut Notes<'_>,
    job: &Job,
    work: &Work,
    did: &mut Did,
    hits: Vec<Hit>,
    softened: &str,
    spot: &Spot,
) {
    for hit in hits {
        let soft = [
            job.softened.as_str(),
            work.softened.as_str(),
            softened,
            hit.soft.as_deref().unwrap_or_default(),
        ];
        let soft = soft
            .into_iter()
            .find(|it| !it.is_empty())
            .unwrap_or_default();
        let mut does = hit.tool.does.clone();
        if is_trial(job) || super::glob::is_test(&spot.path) {
            does.retain(|it| it != "deploy");
        }
        did.words.extend(does.iter().cloned());
        let reads_past = does.iter().any(|it| it == "secret-scan") && hit.tool.tool != "bandit";
        let cut = reads_past && job.shallow;
        let less = hit.lowered.is_some() || cut;
        if less && !work.excused {
            does.push("lowered".to_owned());
        }
        let told = match (&hit.lowered, cut) {
            (Some(option), _) if soft.is_empty() => option.clone(),
            (None, true) if soft.is_empty() => "a checkout with a cut history".to_owned(),
            _ => soft.to_owned(),
        };
        notes.survey.steps.push(Step {
            tool: hit.tool.tool.clone(),
            does,
            on: job.on.clone(),
            blocking: soft.is_empty(),
            softened: told,
            full_history: !job.shallow,
            languages: match hit.tool.tool == "codeql" && !job.codeql.is_empty() {
                true => job.codeql.clone(),
                false => hit.tool.languages.clone(),
            },
            spot: spot.clone(),
        });
    }
}

/// Whether what a job deploys is a test: it makes a cluster of its own, or its name says so.
fn is_trial(job: &Job) -> bool {
    let told = format!("{}/{}", super::glob::name(&job.path), job.name).to_ascii_lowercase();
    let mut words = told.split(|c: char| !c.is_ascii_alphanumeric());
    let trials = [
        "e2e",
        "molecule",
        "conformance",
        "integration",
        "testcase",
        "testcases",
    ];
    if words.any(|word| trials.contains(&word)) {
        return true;
    }
    let makers = [
        "kind-action",
        "kind create",
        "minikube",
        "k3d",
        "setup-kind",
        "k3s",
    ];
    job.steps.iter().any(|work| match &work.what {
        What::Script(text) | What::Action(text, _) => makers.iter().any(|it| text.contains(it)),
        _ => false,
    })
}

/// What the arguments of well-known actions say more.
fn extra(
    notes: &mut Notes<'_>,
    job: &Job,
    work: &Work,
    did: &mut Did,
    (uses, arguments): (&str, &str),
    spot: &Spot,
) {
    let says = |text: &str| arguments.contains(text);
    let mut does: Vec<&str> = Vec::new();
    let mut tool = "action";
    if uses.starts_with("docker/build-push-action") || uses.starts_with("docker/bake-action") {
        tool = "docker";
        if says("push=true") || (arguments.contains("push:") && !says("push: false")) {
            does.extend(["publish-image"]);
        }
        if says("sbom: true") {
            does.push("sbom");
        }
        if says("provenance: mode=max") || says("provenance: true") {
            does.push("provenance");
        }
    }
    if uses.starts_with("redhat-actions/buildah-build") {
        tool = "docker";
    }
    if uses.starts_with("aquasecurity/trivy-action") {
        tool = "trivy";
        let kind = |kind: &str| says(&format!("scan-type: {kind}"));
        if kind("fs") || kind("repo") || kind("rootfs") {
            does.push("sca");
        } else if kind("config") {
            does.extend(["iac-scan", "dockerfile-scan", "k8s-scan"]);
        } else {
            does.push("sca-image");
        }
        if says("cyclonedx") || says("spdx") {
            does.push("sbom");
        }
    }
    if uses.starts_with("github/codeql-action/init") && says("security-") {
        tool = "codeql";
        does.push("deep");
    }
    if uses.starts_with("pypa/gh-action-pypi-publish")
        && !says("attestations: false")
        && !says("password:")
    {
        tool = "pypi-publish";
        does.push("provenance");
    }
    if does.is_empty() {
        return;
    }
    did.words.extend(does.iter().map(|&it| it.to_owned()));
    let softens = uses.starts_with("aquasecurity/trivy-action") && !says("exit-code: 1");
    let soft = match (job.softened.as_str(), work.softened.as_str()) {
        ("", "") if softens => "exit-code is left at 0",
        ("", soft) => soft,
        (soft, _) => soft,
    };
    notes.survey.steps.push(Step {
        tool: tool.to_owned(),
        does: does.into_iter().map(str::to_owned).collect(),
        on: job.on.clone(),
        blocking: soft.is_empty(),
        softened: soft.to_owned(),
        full_history: !job.shallow,
        languages: Vec::new(),
        spot: spot.clone(),
    });
}

/// The lines of a script, whatever list it was written as.
pub(super) fn script(lines: Vec<String>) -> Work {
    Work {
        what: What::Script(lines.join("\n")),
        ..Work::default()
    }
}

/// Whether some command of a script is worth following.
pub(super) fn first_word(words: &str) -> &str {
    words.split(' ').next().unwrap_or_default()
}

pub(super) use shell::Command;

#[cfg(test)]
mod tests;
