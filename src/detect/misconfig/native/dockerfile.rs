//! Conditions over the stages of a Dockerfile. They follow an instruction through the
//! stages that build on one another, which the paths of a check cannot say.

use crate::detect::misconfig::judge::Judge;
use crate::detect::misconfig::judge::Truth;
use crate::detect::misconfig::world::Spot;
use crate::document::Document;
use crate::document::NodeId;

/// Words in the name of a base image that say it does not run as root.
const UNPRIVILEGED: &[&str] = &[
    "nonroot",
    "non-root",
    "unprivileged",
    "rootless",
    "chainguard",
    "cgr.dev",
    "dhi.io",
    "-chiseled",
    // Their makers say in the image's own definition that it runs as another user.
    "docker.elastic.co/",
    "opensearchproject/",
    "bitnami/",
    "bitnamilegacy/",
    "cimg/",
    "circleci/",
    "confluentinc/",
    "jenkins/jenkins",
    "jenkins/inbound-agent",
    "jenkins/agent",
    "jupyter/",
    "keycloak/keycloak",
    "grafana/",
    "prom/prometheus",
    "prom/alertmanager",
    "prom/node-exporter",
    "apache/airflow",
    "apache/superset",
    "apache/kafka",
    "mambaorg/micromamba",
    "n8nio/n8n",
    "percona:",
    "percona/",
    "docker.n8n.io/",
    "selenium/",
    "sonarqube",
    "sonarsource/",
    "solr",
    "vaultwarden/",
    "ubi8/nodejs-",
    "ubi9/nodejs-",
    "ubi8/python-",
    "ubi9/python-",
    "ubi8/openjdk-",
    "ubi9/openjdk-",
    "heroku/heroku",
    "buildpacksio/",
    "gitpod/",
];

/// The last stage ends as root: its last `USER` is root, or there is none in it and in the
/// stages it is built on.
pub(super) fn ends_as_root(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let Some(list) = doc.at(judge.from.node, &["instructions"]) else {
        return Truth::No;
    };
    let all = doc.children(list);
    let text = |id: NodeId, key: &str| doc.text_at(id, &[key]);
    let is = |id: &NodeId, word: &str| text(*id, "instruction") == Some(word);
    let spot = |node| {
        Some(Spot {
            doc: judge.from.doc,
            node,
        })
    };
    let Some(last) = all.iter().rposition(|id| is(id, "FROM")) else {
        return Truth::No;
    };
    let mut from = last;
    // Each round goes to an earlier stage.
    loop {
        let end = all[from + 1..].iter().position(|id| is(id, "FROM"));
        let end = end.map_or(all.len(), |end| from + 1 + end);
        if let Some(user) = all[from..end].iter().rev().find(|id| is(id, "USER")) {
            return judge_user(doc, *user).map_or(Truth::Unknown, |is_root| match is_root {
                true => Truth::Yes(spot(*user)),
                false => Truth::No,
            });
        }
        let Some(image) = text(all[from], "image") else {
            return Truth::Unknown;
        };
        if text(all[from], "base") != Some("stage") {
            let lower = image.to_ascii_lowercase();
            return match UNPRIVILEGED.iter().any(|word| lower.contains(word)) {
                true => Truth::No,
                false => Truth::Yes(spot(all[last])),
            };
        }
        let named =
            |id: &NodeId| text(*id, "as").is_some_and(|name| name.eq_ignore_ascii_case(image));
        match all[..from].iter().rposition(named) {
            Some(earlier) => from = earlier,
            None => return Truth::Unknown,
        }
    }
}

/// Whether a `USER` names root; `None` for one that is not known.
fn judge_user(doc: &Document, user: NodeId) -> Option<bool> {
    let word = *doc.children(doc.at(user, &["words"])?).first()?;
    let name = doc.text(word)?;
    let name = name.split(':').next().unwrap_or_default();
    Some(matches!(name, "root" | "0"))
}

/// A service: something listens, or the last stage starts a process. Tools and bases do not.
pub(super) fn is_service(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let list = doc.at(judge.from.node, &["instructions"]);
    let all = list.map(|list| doc.children(list)).unwrap_or_default();
    let found = all.iter().find(|id| {
        let is_last = doc.text_at(**id, &["final"]) == Some("true");
        is_last && doc.text_at(**id, &["instruction"]) == Some("EXPOSE")
    });
    match found {
        Some(_) => Truth::Yes(None),
        None => Truth::No,
    }
}

/// Installs packages of a distribution or language without saying which version.
pub(super) fn unpinned(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let Some(text) = doc.text(judge.from.node) else {
        return Truth::No;
    };
    let words: Vec<&str> = text
        .split_whitespace()
        .skip_while(|w| w.contains('=') || *w == "sudo")
        .collect();
    let Some((tool, rest)) = words.split_first() else {
        return Truth::No;
    };
    let (verb, pin) = match tool.rsplit('/').next().unwrap_or_default() {
        "apt-get" | "apt" => ("install", "="),
        "apk" => ("add", "="),
        "dnf" | "yum" | "microdnf" => ("install", "-"),
        "pip" | "pip3" => ("install", "="),
        "npm" => ("install", "@"),
        "gem" => ("install", ":"),
        _ => return Truth::No,
    };
    let Some(at) = rest.iter().position(|word| *word == verb) else {
        return Truth::No;
    };
    let valued = [
        "-r",
        "-t",
        "-v",
        "--version",
        "--virtual",
        "-c",
        "--target",
        "--prefix",
        "-e",
        "--index-url",
        "-i",
    ];
    let mut packages = Vec::new();
    let mut skip = false;
    let (mut global, mut versioned) = (*tool != "npm", false);
    for word in &rest[at + 1..] {
        global |= matches!(*word, "-g" | "--global");
        versioned |= matches!(*word, "-v" | "--version") && *tool == "gem";
        let is_value = std::mem::take(&mut skip);
        skip = valued.contains(word);
        if !is_value && !word.starts_with('-') {
            packages.push(*word);
        }
    }
    let is_local =
        |word: &&str| word.contains('/') || word.starts_with(['.', '$', '>', '|', '"', '\'']);
    let loose = packages
        .iter()
        .any(|word| !word.contains(pin) && !is_local(word));
    match loose && global && !versioned {
        true => Truth::Yes(Some(judge.from)),
        false => Truth::No,
    }
}
