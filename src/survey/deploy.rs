//! What runs where: images and their definitions, workloads of Kubernetes and
//! Compose, public entries, data stores and environments. Templates that only exist
//! when rendered are listed as not read and leave their topic open.

use super::Notes;
use super::at;
use super::find;
use super::glob;
use super::line;
use super::tree;
use super::tree::word;
use crate::model::survey::Spot;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// True for a file that defines an image.
pub(super) fn is_dockerfile(path: &str) -> bool {
    let name = glob::name(path);
    let lower = name.to_ascii_lowercase();
    name.starts_with("Dockerfile") && !lower.ends_with(".md") && !lower.ends_with(".dockerignore")
        || name.starts_with("Containerfile")
        || lower.ends_with(".dockerfile")
}

/// Notes everything that is deployed.
pub(super) fn look(notes: &mut Notes<'_>) {
    let paths: Vec<String> = notes.files.paths().to_vec();
    for path in &paths {
        let is_shown = glob::is_manual(path) && !is_dockerfile(path);
        if glob::is_foreign(path)
            || glob::is_test(path)
            || is_shown
            || path.starts_with(".devcontainer")
        {
            continue;
        }
        let name = glob::name(path);
        if is_dockerfile(path) {
            match notes.files.text(path) {
                Some(text) => dockerfile(notes, path, &text),
                None => notes.unread("image-definition", path, "not readable as text"),
            }
        } else if name.ends_with(".yml") || name.ends_with(".yaml") {
            yaml(notes, path);
        } else if name.ends_with(".tf") {
            if let Some(text) = notes.files.text(path) {
                stores(notes, path, &text);
            }
        } else if (name == "Caddyfile" || (name.ends_with(".conf") && path.contains("nginx")))
            && let Some(text) = notes.files.text(path)
        {
            server(notes, path, &text);
        }
        environment(notes, path);
    }
}

/// Base images that hold little.
fn is_minimal(image: &str) -> bool {
    let image = image.to_ascii_lowercase();
    image == "scratch"
        || [
            "distroless",
            "chainguard",
            "wolfi",
            "alpine",
            "-slim",
            "ubi-micro",
            "ubi8-micro",
            "ubi9-micro",
            "ubi-minimal",
            "busybox",
            "-minimal",
            "dhi.io",
        ]
        .iter()
        .any(|part| image.contains(part))
}

/// Base images whose only use is to serve.
fn is_server(image: &str) -> bool {
    let name = image.split([':', '@']).next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    let servers = [
        "nginx",
        "httpd",
        "caddy",
        "tomcat",
        "jetty",
        "traefik",
        "haproxy",
        "wordpress",
    ];
    servers.contains(&name) || image.contains("apache")
}

fn is_digest(image: &str) -> bool {
    let digest = image.rsplit_once("@sha256:").map(|(_, digest)| digest);
    digest.is_some_and(|it| it.len() == 64 && it.chars().all(|c| c.is_ascii_hexdigit()))
}

/// The last stage of an image definition.
fn dockerfile(notes: &mut Notes<'_>, path: &str, text: &str) {
    let mut stages: Vec<(String, String)> = Vec::new();
    let mut user: Option<String> = None;
    let mut listens = false;
    for line in text.lines() {
        let mut parts = line.split_whitespace();
        let word = parts.next().unwrap_or_default().to_ascii_uppercase();
        if word == "FROM" {
            let parts: Vec<&str> = parts.filter(|part| !part.starts_with("--")).collect();
            let image = parts.first().copied().unwrap_or_default().to_owned();
            let name = parts.get(2).copied().unwrap_or_default().to_owned();
            let is_stage = stages
                .iter()
                .any(|(_, known)| *known == image && !known.is_empty());
            if !is_stage && image != "scratch" && !image.starts_with('$') {
                let has: &[&str] = if is_digest(&image) { &["pinned"] } else { &[] };
                notes.thing("image-ref", &image, has, find(path, text, line));
            }
            let base = stages.iter().find(|(_, known)| *known == image && is_stage);
            let image = base.map_or(image, |(base, _)| base.clone());
            stages.push((image, name));
            user = if is_stage { user } else { None };
        } else if word == "EXPOSE" {
            listens = true;
        } else if word == "USER" {
            user = parts.next().map(str::to_owned);
        }
    }
    let Some((last, _)) = stages.last() else {
        return;
    };
    let mut has = Vec::new();
    if listens || is_server(last) {
        has.push("listens");
    }
    if is_minimal(last) {
        has.push("minimal");
    }
    let root = ["root", "0", "root:root", "0:0"];
    let other = user
        .as_ref()
        .is_some_and(|user| !root.contains(&user.as_str()));
    if other || last.contains("nonroot") || last.contains("unprivileged") {
        has.push("nonroot");
    }
    notes.thing("image-definition", path, &has, find(path, text, "FROM"));
}

static WORKLOAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^kind:\s*(Deployment|StatefulSet|DaemonSet|Pod|Job|CronJob|ReplicaSet|ReplicationController|Ingress|Gateway)\s*$").expect("a fixed expression")
});
static COMPOSE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^services:\s*$").expect("a fixed expression"));

fn yaml(notes: &mut Notes<'_>, path: &str) {
    let name = glob::name(path);
    let compose = name.starts_with("docker-compose")
        || name.starts_with("compose.")
        || name.starts_with("compose-");
    let ci = [".github/", ".circleci/", ".buildkite/", ".gitlab"]
        .iter()
        .any(|start| path.starts_with(start));
    if ci {
        return;
    }
    let Some(text) = notes.files.text(path) else {
        return;
    };
    let is_compose = compose && COMPOSE.is_match(&text);
    if !is_compose && !WORKLOAD.is_match(&text) {
        return;
    }
    if text.contains("{{") && !is_compose {
        notes.unread(
            "workload",
            path,
            "a template that only exists when it is rendered",
        );
        return;
    }
    let documents = match tree::yaml(&text) {
        Ok(documents) => documents,
        Err(why) => {
            notes.unread("workload", path, why);
            return;
        }
    };
    for document in &documents {
        if is_compose {
            services(notes, path, &text, document);
        } else {
            object(notes, path, &text, document);
        }
    }
}

/// The services of a Compose file.
fn services(notes: &mut Notes<'_>, path: &str, text: &str, root: &Value) {
    for (name, service) in root
        .get("services")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let spot = service_spot(path, text, name);
        if let Some(image) = service
            .get("image")
            .and_then(word)
            .filter(|image| !image.starts_with('$'))
        {
            let has: &[&str] = if is_digest(&image) { &["pinned"] } else { &[] };
            notes.thing("image-ref", &image, has, find(path, text, &image));
        }
        let mut has = match is_for_development(path, text) {
            true => vec!["development"],
            false => vec!["deployed"],
        };
        let user = service.get("user").and_then(word);
        if user.is_some_and(|user| !["root", "0", "0:0"].contains(&user.as_str())) {
            has.push("nonroot");
        }
        let limits = service.pointer("/deploy/resources/limits");
        let old = service.get("mem_limit").is_some() && service.get("cpus").is_some();
        if old || limits.is_some_and(|it| it.get("memory").is_some() && it.get("cpus").is_some()) {
            has.push("limits");
        }
        if service.get("read_only").is_some_and(tree::is_true) {
            has.push("readonly");
        }
        if service.get("deploy").is_some() {
            has.push("cluster");
        }
        if service.get("healthcheck").is_some() {
            has.push("probe");
        }
        if service
            .pointer("/deploy/replicas")
            .and_then(Value::as_u64)
            .is_some_and(|it| it > 1)
        {
            has.push("replicas");
        }
        if service.pointer("/deploy/update_config").is_some() {
            has.push("rolling");
        }
        let drops = service.get("cap_drop").map(tree::words).unwrap_or_default();
        if drops.iter().any(|it| it.eq_ignore_ascii_case("all")) {
            has.push("drop-all");
        }
        let security = service
            .get("security_opt")
            .map(tree::words)
            .unwrap_or_default();
        if security
            .iter()
            .any(|it| it.starts_with("seccomp") && !it.contains("unconfined"))
        {
            has.push("seccomp");
        }
        notes.thing("workload", format!("{name} ({path})"), &has, spot);
    }
}

/// Where a service is defined: the first line below `services` that begins with its name.
fn service_spot(path: &str, text: &str, name: &str) -> Spot {
    let key = format!("{name}:");
    let lines = (1..).zip(text.lines());
    let mut below = lines.skip_while(|(_, line)| !line.starts_with("services:"));
    let found =
        below.find(|(_, line)| line.trim_start().starts_with(&key) && !line.starts_with(&key));
    found.map_or_else(|| at(path), |(number, found)| line(path, number, found))
}

/// Whether a Compose file says by its name, its folder or its first comment that it is for those
/// who develop.
fn is_for_development(path: &str, text: &str) -> bool {
    let words = ["dev", "develop", "development", "local", "devcontainer"];
    let mut parts = path.split(|c: char| !c.is_ascii_alphanumeric());
    let mut comments = text
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with('#'));
    parts.any(|part| words.contains(&part)) || comments.any(|line| line.contains("development"))
}

/// One object of Kubernetes.
fn object(notes: &mut Notes<'_>, path: &str, text: &str, root: &Value) {
    let kind = root.get("kind").and_then(word).unwrap_or_default();
    let name = root
        .pointer("/metadata/name")
        .and_then(word)
        .unwrap_or_default();
    match kind.as_str() {
        "List" => {
            for item in root
                .get("items")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                object(notes, path, text, item);
            }
        }
        "Ingress" => {
            let tls = root.pointer("/spec/tls").is_some_and(|it| !it.is_null());
            let has: &[&str] = if tls { &["tls"] } else { &["plain"] };
            notes.thing(
                "entry",
                format!("Ingress {name}"),
                has,
                find(path, text, &name),
            );
        }
        "Gateway" => {
            let text_of = root.to_string();
            let has: &[&str] = match text_of.contains("\"HTTPS\"") || text_of.contains("\"TLS\"") {
                true => &["tls"],
                false => &["plain"],
            };
            notes.thing(
                "entry",
                format!("Gateway {name}"),
                has,
                find(path, text, &name),
            );
        }
        _ => workload(notes, path, text, root, (&kind, &name)),
    }
}

fn workload(
    notes: &mut Notes<'_>,
    path: &str,
    text: &str,
    root: &Value,
    (kind, name): (&str, &str),
) {
    let pod = match kind {
        "Pod" => root.get("spec"),
        "CronJob" => root.pointer("/spec/jobTemplate/spec/template/spec"),
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "Job"
        | "ReplicaSet"
        | "ReplicationController" => root.pointer("/spec/template/spec"),
        _ => None,
    };
    let Some(pod) = pod else { return };
    let containers = pod.get("containers").and_then(Value::as_array);
    let containers = containers.map(Vec::as_slice).unwrap_or_default();
    if containers.is_empty() {
        return;
    }
    for container in containers {
        if let Some(image) = container.get("image").and_then(word) {
            let has: &[&str] = if is_digest(&image) { &["pinned"] } else { &[] };
            notes.thing("image-ref", &image, has, find(path, text, &image));
        }
    }
    let mut has = hardening(pod, containers);
    has.extend(["cluster", "deployed"]);
    let replicas = root.pointer("/spec/replicas").and_then(Value::as_u64);
    if replicas.is_some_and(|it| it > 1) || kind == "DaemonSet" {
        has.push("replicas");
    }
    let strategy = root.pointer("/spec/strategy/type").and_then(word);
    if strategy.as_deref() != Some("Recreate")
        && matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet")
    {
        has.push("rolling");
    }
    notes.thing(
        "workload",
        format!("{kind} {name}"),
        &has,
        find(path, text, name),
    );
}

/// What every container of a pod has.
fn hardening(pod: &Value, containers: &[Value]) -> Vec<&'static str> {
    let each = |wanted: &dyn Fn(&Value) -> bool| containers.iter().all(wanted);
    let context = |container: &Value, key: &str| -> Option<Value> {
        let own = container.get("securityContext").and_then(|it| it.get(key));
        own.or_else(|| pod.get("securityContext").and_then(|it| it.get(key)))
            .cloned()
    };
    let mut has = Vec::new();
    let limited = |container: &Value| {
        let limits = container.pointer("/resources/limits");
        limits.is_some_and(|it| it.get("memory").is_some() && it.get("cpu").is_some())
    };
    if each(&limited) {
        has.push("limits");
    }
    let nonroot = |container: &Value| {
        context(container, "runAsNonRoot").is_some_and(|it| tree::is_true(&it))
            || context(container, "runAsUser")
                .and_then(|it| it.as_u64())
                .is_some_and(|uid| uid > 0)
    };
    if each(&nonroot) {
        has.push("nonroot");
    }
    if each(&|it| context(it, "readOnlyRootFilesystem").is_some_and(|it| tree::is_true(&it))) {
        has.push("readonly");
    }
    let seccomp = |container: &Value| {
        let profile = context(container, "seccompProfile");
        profile
            .and_then(|it| it.get("type").and_then(word))
            .is_some_and(|it| it != "Unconfined")
    };
    if each(&seccomp) {
        has.push("seccomp");
    }
    let drops = |container: &Value| {
        let dropped = container
            .pointer("/securityContext/capabilities/drop")
            .map(tree::words);
        dropped
            .unwrap_or_default()
            .iter()
            .any(|it| it.eq_ignore_ascii_case("all"))
    };
    if each(&drops) {
        has.push("drop-all");
    }
    if each(&|container| container.get("readinessProbe").is_some()) {
        has.push("probe");
    }
    has
}

static STORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^resource\s+"(aws_db_instance|aws_rds_cluster|aws_ebs_volume|aws_efs_file_system|aws_elasticache_replication_group|aws_redshift_cluster|aws_docdb_cluster|aws_neptune_cluster|aws_opensearch_domain|aws_elasticsearch_domain)"\s+"([^"]*)"\s*\{"#).expect("fixed")
});

/// Data stores of Terraform that are not encrypted by default.
fn stores(notes: &mut Notes<'_>, path: &str, text: &str) {
    for found in STORE.captures_iter(text) {
        let whole = found.get(0).expect("group 0 is the match");
        let body = &text[whole.end()..];
        let end = body.find("\n}").unwrap_or(body.len());
        let body = &body[..end];
        let line = |wanted: &str| {
            body.lines()
                .find(|line| line.trim_start().starts_with(wanted))
        };
        let setting = [
            "storage_encrypted",
            "encrypted",
            "at_rest_encryption_enabled",
            "encrypt_at_rest",
        ];
        let setting = setting.iter().find_map(|key| line(key));
        let yes = setting.is_some_and(|it| {
            it.contains("true") || it.contains('{') && body.contains("enabled = true")
        });
        let has: &[&str] = if yes {
            &["encrypted"]
        } else {
            &["unencrypted"]
        };
        let name = format!("{}.{}", &found[1], &found[2]);
        notes.thing("store", name, has, find(path, text, whole.as_str()));
    }
}

/// Listeners of a web server's configuration.
fn server(notes: &mut Notes<'_>, path: &str, text: &str) {
    let listens = text.contains("listen ") || path.ends_with("Caddyfile");
    if !listens {
        return;
    }
    let tls =
        text.contains("ssl_certificate") || text.contains("443 ssl") || path.ends_with("Caddyfile");
    if tls {
        notes.thing("entry", path, &["tls"], find(path, text, "ssl"));
    }
}

/// Folders and files that name an environment.
fn environment(notes: &mut Notes<'_>, path: &str) {
    let lower = path.to_ascii_lowercase();
    let stages = [
        ("prod", "production"),
        ("production", "production"),
        ("live", "production"),
        ("staging", "other"),
        ("stage", "other"),
        ("dev", "other"),
        ("test", "other"),
        ("qa", "other"),
        ("uat", "other"),
    ];
    for (word, kind) in stages {
        let below = ["overlays", "environments", "envs", "clusters", "stages"];
        let folder = below
            .iter()
            .any(|it| lower.contains(&format!("{it}/{word}/")));
        let named = [
            format!("values-{word}.yaml"),
            format!("values-{word}.yml"),
            format!("{word}.tfvars"),
            format!("appsettings.{word}.json"),
            format!("values.{word}.yaml"),
        ];
        if folder || named.iter().any(|name| glob::name(&lower) == name) {
            notes.thing("environment", word, &[kind], at(path));
            return;
        }
    }
}
