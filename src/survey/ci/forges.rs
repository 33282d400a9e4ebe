//! Pipelines of the other forges and servers, each reduced to jobs with scripts.
//! Where a timetable or a trigger is kept on the server and not in the file, a
//! push is taken for granted and nothing else; a shared library leaves the
//! question open.

use super::Job;
use super::What;
use super::Work;
use super::script;
use crate::model::survey::Trigger;
use crate::survey::Notes;
use crate::survey::comments;
use crate::survey::tree;
use crate::survey::tree::is_true;
use crate::survey::tree::word;
use crate::survey::tree::words;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

type Read = Result<Vec<Job>, String>;

fn both() -> Vec<Trigger> {
    vec![Trigger::Push, Trigger::Request]
}

fn first(text: &str) -> Result<Value, String> {
    Ok(tree::yaml(text)?.into_iter().next().unwrap_or(Value::Null))
}

/// Every string below these keys, wherever they stand; each mapping that has one is a job.
fn below(path: &str, root: &Value, keys: &[&str]) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut queue = vec![(String::new(), root)];
    while let Some((name, value)) = queue.pop() {
        match value {
            _ if is_off(value) => {}
            Value::Object(map) => {
                let mut lines = Vec::new();
                let mut images = Vec::new();
                for (key, inner) in map {
                    if keys.contains(&key.as_str()) {
                        lines.extend(strings(inner));
                    } else {
                        queue.push((key.clone(), inner));
                    }
                    if key == "image" {
                        images.extend(word(inner).or_else(|| inner.get("name").and_then(word)));
                    }
                }
                if lines.is_empty() && images.is_empty() {
                    continue;
                }
                let fails = [
                    "failure",
                    "ignore_failure",
                    "allow_failure",
                    "soft_fail",
                    "continueOnError",
                ];
                let forgets = fails.iter().find(|key| {
                    map.get(**key).is_some_and(|it| {
                        is_true(it) || word(it).as_deref() == Some("ignore") || it.is_array()
                    })
                });
                let named = map.get("name").and_then(word).unwrap_or(name);
                let mut steps = vec![script(lines)];
                steps.extend(images.into_iter().map(|image| Work {
                    what: What::Image(image),
                    ..Work::default()
                }));
                jobs.push(Job {
                    path: path.to_owned(),
                    name: named,
                    on: both(),
                    softened: forgets.map(|it| (*it).to_owned()).unwrap_or_default(),
                    throw_away: true,
                    steps,
                    ..Job::default()
                });
            }
            Value::Array(items) => queue.extend(items.iter().map(|item| (name.clone(), item))),
            _ => {}
        }
    }
    jobs.reverse();
    jobs
}

/// Whether a job or step says that it never runs.
fn is_off(value: &Value) -> bool {
    let says = |key: &str| value.get(key).and_then(word).unwrap_or_default();
    let bare = |key: &str| {
        let text = says(key);
        let text = text.trim().trim_start_matches("${{").trim_end_matches("}}");
        text.trim().to_owned()
    };
    says("enabled") == "false"
        || ["condition", "if", "only_if"]
            .iter()
            .any(|key| bare(key) == "false")
        || says("when") == "false"
        || says("when") == "never"
        || says("unless") == "true"
        || (!says("skip").is_empty() && says("skip") != "false")
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(map) => {
            let pipe = map.get("pipe").and_then(word);
            let pipe = pipe.as_deref().and_then(pipe_command).map(str::to_owned);
            let command = map.get("command").into_iter().flat_map(strings);
            command.chain(pipe).collect()
        }
        _ => Vec::new(),
    }
}

/// The command that a pipe of Bitbucket stands for.
fn pipe_command(name: &str) -> Option<&'static str> {
    let name = name.trim_start_matches("docker://");
    let known = [
        ("snyk/snyk-scan", "snyk test"),
        ("sonarsource/sonarcloud-scan", "sonar-scanner"),
        ("sonarsource/sonarqube-scan", "sonar-scanner"),
        ("atlassian/git-secrets-scan", "git-secrets --scan"),
        ("aquasecurity/trivy-pipe", "trivy image"),
        ("atlassian/aws-", "kubectl apply"),
        ("atlassian/azure-", "kubectl apply"),
        ("atlassian/google-", "kubectl apply"),
        ("atlassian/heroku-deploy", "heroku deploy"),
        ("atlassian/kubectl-run", "kubectl apply"),
        ("atlassian/ssh-run", "kubectl apply"),
        ("atlassian/npm-publish", "npm publish"),
        ("atlassian/pypi-publish", "twine upload"),
    ];
    let found = known.iter().find(|(start, _)| name.starts_with(start));
    found.map(|(_, command)| *command)
}

fn shallow_after(jobs: Vec<Job>, shallow: bool) -> Vec<Job> {
    jobs.into_iter().map(|job| Job { shallow, ..job }).collect()
}

pub(super) fn travis(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    let keys = [
        "script",
        "install",
        "before_script",
        "after_success",
        "before_install",
        "deploy",
    ];
    let depth = root
        .get("git")
        .and_then(|it| it.get("depth"))
        .and_then(word);
    let mut jobs = shallow_after(below(path, &root, &keys), depth.as_deref() != Some("false"));
    for job in &mut jobs {
        job.name = "travis".to_owned();
    }
    if let Some(deploy) = root.get("deploy") {
        let providers = deploy
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![deploy.clone()]);
        let names = providers
            .iter()
            .filter_map(|it| it.get("provider").and_then(word));
        let lines = names.map(|name| match name.as_str() {
            "npm" => "npm publish",
            "pypi" => "twine upload",
            "rubygems" => "gem push",
            "releases" => "gh release create",
            _ => "kubectl apply",
        });
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        jobs.push(Job {
            path: path.to_owned(),
            name: "deploy".to_owned(),
            on: vec![Trigger::Push],
            steps: vec![script(lines)],
            throw_away: true,
            ..Job::default()
        });
    }
    Ok(jobs)
}

pub(super) fn drone(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let documents = tree::yaml(text)?;
    let mut jobs: Vec<Job> = Vec::new();
    for root in &documents {
        let events = root.get("trigger").and_then(|it| it.get("event"));
        let on = events.map_or_else(both, |events| {
            of_events(&words(events.get("include").unwrap_or(events)))
        });
        let read = below(path, root, &["commands"]);
        jobs.extend(read.into_iter().map(|job| Job {
            on: on.clone(),
            ..job
        }));
    }
    Ok(jobs)
}

fn of_events(events: &[String]) -> Vec<Trigger> {
    let mut on: Vec<Trigger> = events
        .iter()
        .filter_map(|event| match event.as_str() {
            "push" => Some(Trigger::Push),
            "pull_request" | "pull-request" => Some(Trigger::Request),
            "cron" => Some(Trigger::Schedule),
            "tag" | "release" => Some(Trigger::Release),
            "custom" | "manual" | "promote" => Some(Trigger::Manual),
            _ => None,
        })
        .collect();
    on.sort();
    on.dedup();
    on
}

pub(super) fn woodpecker(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    let events = root.get("when").map(|when| match when {
        Value::Array(items) => items
            .iter()
            .filter_map(|it| it.get("event"))
            .flat_map(words)
            .collect(),
        one => one.get("event").map(words).unwrap_or_default(),
    });
    let on = events.filter(|events: &Vec<String>| !events.is_empty());
    let on = on.map_or_else(both, |events| of_events(&events));
    let jobs = below(path, &root, &["commands"]);
    Ok(jobs
        .into_iter()
        .map(|job| Job {
            on: on.clone(),
            ..job
        })
        .collect())
}

pub(super) fn bitbucket(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    let pipelines = root.get("pipelines").ok_or("no `pipelines`")?;
    let depth = root
        .get("clone")
        .and_then(|it| it.get("depth"))
        .and_then(word);
    let mut jobs = Vec::new();
    for (kind, inner) in pipelines.as_object().into_iter().flatten() {
        let on = match kind.as_str() {
            "custom" => vec![Trigger::Manual],
            "pull-requests" => vec![Trigger::Request],
            "tags" => vec![Trigger::Release],
            _ => both(),
        };
        let read = below(path, inner, &["script", "after-script"]);
        jobs.extend(read.into_iter().map(|job| Job {
            on: on.clone(),
            ..job
        }));
    }
    Ok(shallow_after(jobs, depth.as_deref() != Some("full")))
}

pub(super) fn circle(notes: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    let mut jobs = Vec::new();
    for (name, job) in root
        .get("jobs")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let mut steps = Vec::new();
        for step in job
            .get("steps")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let run = step.get("run");
            let command =
                run.and_then(|run| word(run).or_else(|| run.get("command").and_then(word)));
            steps.extend(command.map(|command| script(vec![command])));
            let called = word(step).or_else(|| step.as_object()?.keys().next().cloned());
            let orb = called.as_deref().and_then(orb_command);
            steps.extend(orb.map(|command| script(vec![command.to_owned()])));
            if let Some(command) = called.and_then(|name| root.get("commands")?.get(&name)) {
                let inner = command.get("steps").and_then(Value::as_array);
                let lines = inner.into_iter().flatten().filter_map(|step| {
                    let run = step.get("run")?;
                    word(run).or_else(|| run.get("command").and_then(word))
                });
                steps.push(script(lines.collect()));
            }
        }
        jobs.push(Job {
            path: path.to_owned(),
            name: name.clone(),
            on: both(),
            throw_away: job.get("docker").is_some()
                || job.get("machine").is_some()
                || job.get("executor").is_some()
                || job.get("macos").is_some(),
            steps,
            ..Job::default()
        });
    }
    jobs = in_workflows(path, &root, jobs);
    if root.get("setup").is_some_and(is_true) {
        notes.unread("ci", path, "it makes a further pipeline while it runs");
    }
    Ok(jobs)
}

/// The jobs that a workflow runs, with what makes it run; jobs of orbs by their names.
fn in_workflows(path: &str, root: &Value, jobs: Vec<Job>) -> Vec<Job> {
    let Some(workflows) = root.get("workflows").and_then(Value::as_object) else {
        return jobs;
    };
    let mut runs: BTreeMap<String, Vec<Trigger>> = BTreeMap::new();
    for workflow in workflows
        .values()
        .filter(|it| it.is_object() && !is_off(it))
    {
        let triggers = workflow.get("triggers").and_then(Value::as_array);
        let scheduled =
            triggers.is_some_and(|list| list.iter().any(|it| it.get("schedule").is_some()));
        let on = if scheduled {
            vec![Trigger::Schedule]
        } else {
            both()
        };
        let list = workflow.get("jobs").and_then(Value::as_array);
        for job in list.into_iter().flatten() {
            let name = word(job).or_else(|| job.as_object()?.keys().next().cloned());
            runs.entry(name.unwrap_or_default())
                .or_default()
                .extend(&on);
        }
    }
    let mut found = Vec::new();
    for job in jobs {
        if let Some(on) = runs.remove(&job.name) {
            found.push(Job { on, ..job });
        }
    }
    let orbs = runs.into_iter().filter_map(|(name, on)| {
        let command = orb_command(&name)?;
        Some(Job {
            path: path.to_owned(),
            name,
            on,
            throw_away: true,
            steps: vec![script(vec![command.to_owned()])],
            ..Job::default()
        })
    });
    found.extend(orbs);
    found
}

/// The command that a step or job of a well-known orb stands for.
fn orb_command(name: &str) -> Option<&'static str> {
    Some(match name {
        "snyk/scan" => "snyk test",
        "sonarcloud/scan" | "sonarqube/scan" => "sonar-scanner",
        "codecov/upload" => "codecov",
        "node/test" => "npm test",
        "python/test" => "pytest",
        "docker/publish" | "aws-ecr/build_and_push_image" => "docker push",
        "semgrep/ci" => "semgrep ci",
        "trivy/scan" => "trivy image",
        _ => return None,
    })
}

pub(super) fn azure(notes: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    let mut on = both();
    if root.get("trigger").and_then(word).as_deref() == Some("none") {
        on = match root.get("pr").and_then(word).as_deref() {
            Some("none") => vec![Trigger::Manual],
            _ => vec![Trigger::Request],
        };
    }
    if root.get("schedules").is_some() {
        on.push(Trigger::Schedule);
    }
    if text.contains("template:") {
        let mut local = true;
        for line in text.lines().filter(|line| line.contains("template:")) {
            local &= !line.contains('@');
        }
        if !local {
            notes.unread("ci", path, "it uses a template of another repository");
        }
    }
    let keys = ["script", "bash", "pwsh", "powershell"];
    let mut jobs = below(path, &root, &keys);
    jobs.extend(tasks(path, &root));
    let hosted = text.contains("vmImage") || text.contains("container:");
    for job in &mut jobs {
        job.on.clone_from(&on);
        job.throw_away = hosted;
    }
    Ok(jobs)
}

/// The tasks of a pipeline of Azure, each as the command it stands for.
fn tasks(path: &str, root: &Value) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut queue = vec![root];
    while let Some(value) = queue.pop() {
        match value {
            _ if is_off(value) => {}
            Value::Array(items) => queue.extend(items),
            Value::Object(map) => {
                queue.extend(map.values());
                let task = map.get("task").and_then(word).unwrap_or_default();
                let name = task.split('@').next().unwrap_or_default();
                let inputs = map.get("inputs").unwrap_or(&Value::Null);
                let command = inputs.get("command").and_then(word).unwrap_or_default();
                let inline = inputs.get("script").or_else(|| inputs.get("inlineScript"));
                let line = match (inline.and_then(word), task_command(name, &command)) {
                    (Some(script), _) => script,
                    (None, Some(known)) => known.to_owned(),
                    (None, None) => continue,
                };
                let soft = map.get("continueOnError").is_some_and(is_true);
                jobs.push(Job {
                    path: path.to_owned(),
                    name: name.to_owned(),
                    softened: if soft {
                        "continueOnError".to_owned()
                    } else {
                        String::new()
                    },
                    steps: vec![script(vec![line])],
                    ..Job::default()
                });
            }
            _ => {}
        }
    }
    jobs.reverse();
    jobs
}

/// The command that a task of Azure stands for.
fn task_command(name: &str, command: &str) -> Option<&'static str> {
    Some(match name {
        "DotNetCoreCLI" if command == "test" => "dotnet test",
        "DotNetCoreCLI" | "VSBuild" | "MSBuild" => "dotnet build",
        "VSTest" => "dotnet test",
        "Maven" => "mvn verify",
        "Gradle" => "gradle build",
        "Npm" => "npm ci",
        "Docker" if command == "push" || command.eq_ignore_ascii_case("buildAndPush") => {
            "docker build && docker push"
        }
        "Docker" => "docker build",
        "CredScan"
        | "securedevelopmentteam.vss-secure-development-tools.build-task-credscan.CredScan" => {
            "gitleaks detect"
        }
        "NuGetCommand" if command == "push" => "nuget push",
        "NuGetCommand" => "nuget pack",
        "AzureWebApp"
        | "AzureFunctionApp"
        | "KubernetesManifest"
        | "HelmDeploy"
        | "AzureRmWebAppDeployment"
        | "AzureResourceManagerTemplateDeployment" => "kubectl apply",
        "SonarQubeAnalyze" | "SonarCloudAnalyze" => "sonar-scanner",
        "SnykSecurityScan" => "snyk test",
        "AdvancedSecurity-Codeql-Analyze" => "codeql database analyze",
        "AdvancedSecurity-Dependency-Scanning" => "osv-scanner",
        "dependency-check-build-task" => "dependency-check.sh",
        "WhiteSource" | "WhiteSource Bolt" => "mend sca",
        "PublishCodeCoverageResults" => "coverage report",
        _ => return None,
    })
}

pub(super) fn buildkite(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    let jobs = below(path, &root, &["command", "commands"]);
    Ok(jobs
        .into_iter()
        .map(|job| Job {
            throw_away: false,
            ..job
        })
        .collect())
}

pub(super) fn tekton(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let documents = tree::yaml(text)?;
    let jobs = documents
        .iter()
        .flat_map(|root| below(path, root, &["script", "args", "command"]));
    Ok(jobs.collect())
}

pub(super) fn cloudbuild(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    let mut lines = Vec::new();
    let mut steps = Vec::new();
    for step in root
        .get("steps")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let name = step.get("name").and_then(word).unwrap_or_default();
        let args = step.get("args").map(words).unwrap_or_default().join(" ");
        let entry = step.get("entrypoint").and_then(word);
        let tool = entry.unwrap_or_else(|| {
            crate::survey::glob::name(&name)
                .split(':')
                .next()
                .unwrap_or_default()
                .to_owned()
        });
        lines.push(match tool.as_str() {
            "bash" | "sh" => args.trim_start_matches("-c ").to_owned(),
            _ => format!("{tool} {args}"),
        });
        steps.push(Work {
            what: What::Image(name),
            ..Work::default()
        });
    }
    if root.get("images").is_some() {
        lines.push("docker push".to_owned());
    }
    steps.push(script(lines));
    Ok(vec![Job {
        path: path.to_owned(),
        name: "cloudbuild".to_owned(),
        on: vec![Trigger::Push],
        throw_away: true,
        steps,
        ..Job::default()
    }])
}

pub(super) fn buildspec(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    Ok(below(path, &root, &["commands", "finally"]))
}

pub(super) fn appveyor(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    let keys = [
        "install",
        "build_script",
        "test_script",
        "before_build",
        "deploy_script",
        "after_build",
        "on_success",
    ];
    let mut root = root;
    if let Some(map) = root.as_object_mut() {
        for key in keys {
            if let Some(items) = map.get_mut(key).and_then(Value::as_array_mut) {
                let named = ["cmd", "ps", "sh", "pwsh"];
                for item in items {
                    let inner = named.iter().find_map(|name| item.get(*name).cloned());
                    *item = inner.unwrap_or_else(|| item.clone());
                }
            }
        }
    }
    Ok(below(path, &root, &keys))
}

pub(super) fn cirrus(_: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let root = first(text)?;
    let mut jobs = Vec::new();
    for (name, task) in root.as_object().into_iter().flatten() {
        let mut lines = Vec::new();
        for (key, value) in task.as_object().into_iter().flatten() {
            if key.ends_with("script") {
                lines.extend(strings(value));
            }
        }
        if !lines.is_empty() {
            jobs.push(Job {
                path: path.to_owned(),
                name: name.clone(),
                on: both(),
                throw_away: true,
                steps: vec![script(lines)],
                ..Job::default()
            });
        }
    }
    Ok(jobs)
}

/// A Jenkinsfile is a program: its `sh`, `bat` and `powershell` texts are read, a shared library is not.
pub(super) fn jenkins(notes: &mut Notes<'_>, path: &str, text: &str) -> Read {
    let text = comments::without("Jenkinsfile.groovy", text);
    let text = without_never(&text);
    let text = text.as_str();
    if text.contains("@Library") || text.contains("library(") || text.contains("library '") {
        notes.unread(
            "ci",
            path,
            "it uses a shared library that is kept elsewhere",
        );
    }
    let mut lines = Vec::new();
    let mut rest = text;
    let starts = [
        "sh ",
        "sh(",
        "bat ",
        "bat(",
        "powershell ",
        "powershell(",
        "pwsh ",
    ];
    while let Some((at, start)) = starts
        .iter()
        .filter_map(|start| Some((find_word(rest, start)?, *start)))
        .min()
    {
        rest = &rest[at + start.len()..];
        let body = rest.trim_start_matches(['(', ' ']);
        let body = body.strip_prefix("script:").map_or(body, str::trim_start);
        let quoted = ["'''", "\"\"\"", "'", "\""].iter().find_map(|quote| {
            let inside = body.strip_prefix(quote)?;
            Some(inside[..inside.find(quote)?].to_owned())
        });
        let forgets = body
            .lines()
            .next()
            .is_some_and(|line| line.contains("returnStatus: true"));
        if let Some(text) = quoted {
            lines.push(if forgets {
                format!("{text} || true")
            } else {
                text
            });
        }
    }
    let plugins = [
        ("dependencyCheck ", "dependency-check.sh"),
        ("snykSecurity", "snyk test"),
        ("withSonarQubeEnv", "sonar-scanner"),
    ];
    let used = plugins
        .iter()
        .filter(|(step, _)| find_word(text, step).is_some());
    lines.extend(used.map(|(_, command)| (*command).to_owned()));
    let mut on = both();
    if text.contains("cron(") {
        on.push(Trigger::Schedule);
    }
    if text.contains("mvn") && lines.is_empty() {
        notes.unread("ci", path, "its steps are calls that are not read");
    }
    let container =
        text.contains("docker {") || text.contains("dockerfile") || text.contains("kubernetes {");
    Ok(vec![Job {
        path: path.to_owned(),
        name: "Jenkinsfile".to_owned(),
        on,
        throw_away: container,
        steps: vec![script(lines)],
        ..Job::default()
    }])
}

/// A Jenkinsfile without the stages that an `expression { false }` keeps from running.
fn without_never(text: &str) -> String {
    static NEVER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"expression\s*\{\s*(?:return\s+)?false;?\s*\}").expect("a fixed expression")
    });
    let mut kept = text.to_owned();
    while let Some(found) = NEVER.find(&kept) {
        let start = kept[..found.start()]
            .rfind("stage")
            .unwrap_or(found.start());
        let mut depth = 0_usize;
        let end = kept[start..].char_indices().find_map(|(at, c)| match c {
            '{' => {
                depth += 1;
                None
            }
            '}' => {
                depth = depth.saturating_sub(1);
                (depth == 0).then_some(start + at + 1)
            }
            _ => None,
        });
        kept.replace_range(start..end.unwrap_or(kept.len()).max(found.end()), "");
    }
    kept
}

/// Where a step's name begins a word.
fn find_word(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text[..*at].chars().next_back();
        let line = text[..*at].rsplit('\n').next().unwrap_or_default();
        before.is_none_or(|c| c.is_whitespace() || c == '{') && !line.trim_start().starts_with("//")
    })
}
