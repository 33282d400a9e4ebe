//! Which files are configuration, by name and content, before anything is parsed:
//! most files of a tree are not, and are passed over at the cost of a look.

use super::kustomize::is_kustomization;
use crate::document::FILE_CAP;
use crate::document::ini::Style;
use crate::document::template;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Dockerfile,
    Yaml,
    Json,
    Hcl,
    HclJson,
    Nginx,
    Apache,
    Xml,
    Toml,
    Bicep,
    /// Settings a line, and the class of the file they are in.
    Settings(Style, &'static str),
    /// A text as it is, and the class of the file.
    Text(&'static str),
}

/// With which files a file is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// By itself.
    Alone,
    /// With all files of the module in this folder.
    Module(String),
    /// With the manifests and patches that a kustomization joins, if one does.
    Manifest,
}

/// With which files a file is judged; `None` for one that is no configuration.
pub fn group(path: &str, bytes: &[u8]) -> Option<Group> {
    if bytes.len() > FILE_CAP || bytes.is_empty() {
        return None;
    }
    match format(path, bytes)? {
        Format::Hcl | Format::HclJson => {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            Some(Group::Module(folder.to_owned()))
        }
        Format::Yaml if is_kustomization(path) || is_manifest(bytes) => Some(Group::Manifest),
        _ => Some(Group::Alone),
    }
}

/// The word under which a file is counted; `None` for one that is no configuration.
pub fn kind(path: &str, bytes: &[u8]) -> Option<&'static str> {
    let is_template = || std::str::from_utf8(bytes).is_ok_and(template::is_template);
    Some(match format(path, bytes)? {
        Format::Dockerfile => "dockerfile",
        Format::Yaml if is_template() => "yaml-template",
        Format::Yaml => "yaml",
        Format::Json => "json",
        Format::Hcl | Format::HclJson => "terraform",
        Format::Nginx => "nginx",
        Format::Apache => "apache",
        Format::Xml => "xml",
        Format::Toml => "toml",
        Format::Bicep => "bicep",
        Format::Settings(..) | Format::Text(_) => "settings",
    })
}

/// A resource of Kubernetes, or operations on one.
fn is_manifest(bytes: &[u8]) -> bool {
    is_operations(bytes) || top_keys(bytes).any(|key| key == "apiVersion")
}

/// A list of operations of JSON Patch.
fn is_operations(bytes: &[u8]) -> bool {
    let first = |line: &&[u8]| !line.trim_ascii().is_empty() && !line.starts_with(b"#");
    let mut lines = bytes.split(|byte| *byte == b'\n').filter(first);
    let start = lines.find(|line| *line != b"---");
    start.is_some_and(|line| line.starts_with(b"-"))
        && holds(bytes, b"op:")
        && holds(bytes, b"path:")
}

/// True when a file of this name may be configuration, whatever stands in it: what need not be
/// read to be passed over.
pub fn may_be(path: &str) -> bool {
    told(path, None).is_some()
}

/// Whether a file of this name is judged with the others of its folder.
pub fn is_of_module(path: &str) -> bool {
    matches!(told(path, None), Some(Format::Hcl | Format::HclJson))
}

/// Files known by their whole name.
const NAMES: &[(&str, Format)] = &[
    (".npmrc", Format::Settings(Style::Assigned, "file/npmrc")),
    (".yarnrc", Format::Settings(Style::Spaced, "file/npmrc")),
    (".pypirc", Format::Settings(Style::Assigned, "file/pypirc")),
    ("pip.conf", Format::Settings(Style::Assigned, "file/pip")),
    ("pip.ini", Format::Settings(Style::Assigned, "file/pip")),
    (".netrc", Format::Text("file/netrc")),
    ("_netrc", Format::Text("file/netrc")),
    (".git-credentials", Format::Text("file/git-credentials")),
    (
        ".gitconfig",
        Format::Settings(Style::Assigned, "file/gitconfig"),
    ),
    (
        "gitconfig",
        Format::Settings(Style::Assigned, "file/gitconfig"),
    ),
    ("sshd_config", Format::Settings(Style::Spaced, "file/sshd")),
    ("ssh_config", Format::Settings(Style::Spaced, "file/ssh")),
    ("redis.conf", Format::Settings(Style::Spaced, "file/redis")),
    ("pg_hba.conf", Format::Settings(Style::Lines, "file/pg-hba")),
    ("mongod.conf", Format::Yaml),
    (".htaccess", Format::Apache),
    ("httpd.conf", Format::Apache),
    ("apache2.conf", Format::Apache),
    (
        "jenkinsfile",
        Format::Settings(Style::Lines, "jenkins/file"),
    ),
    ("sudoers", Format::Settings(Style::Lines, "file/sudoers")),
    ("my.cnf", Format::Settings(Style::Lines, "file/mysql")),
    ("mysqld.cnf", Format::Settings(Style::Lines, "file/mysql")),
    ("gemfile", Format::Settings(Style::Lines, "file/gemfile")),
    ("pipfile", Format::Toml),
    (".yarnrc.yml", Format::Yaml),
    (".condarc", Format::Yaml),
    ("composer.json", Format::Json),
    ("settings.xml", Format::Xml),
    ("pom.xml", Format::Xml),
    ("id_rsa", Format::Settings(Style::Lines, "file/key")),
    ("id_dsa", Format::Settings(Style::Lines, "file/key")),
    ("id_ecdsa", Format::Settings(Style::Lines, "file/key")),
    ("id_ed25519", Format::Settings(Style::Lines, "file/key")),
    ("web.config", Format::Xml),
    ("terraform.tfstate", Format::Json),
    (".env", Format::Settings(Style::Assigned, "file/env")),
    ("kubeconfig", Format::Yaml),
    ("kustomization", Format::Yaml),
];

/// How a file is read; `None` for one that is no configuration.
pub(super) fn format(path: &str, bytes: &[u8]) -> Option<Format> {
    told(path, Some(bytes))
}

/// How a file is read; without its content, how it might be.
fn told(path: &str, bytes: Option<&[u8]>) -> Option<Format> {
    let seen = |test: &dyn Fn(&[u8]) -> bool| bytes.is_none_or(test);
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    if let Some((_, format)) = NAMES.iter().find(|(known, _)| *known == lower) {
        return Some(*format);
    }
    if is_dockerfile(&lower) {
        return Some(Format::Dockerfile);
    }
    if lower.ends_with(".tf.json") || lower.ends_with(".tofu.json") {
        return Some(Format::HclJson);
    }
    let end = lower.rsplit('.').next().unwrap_or_default();
    match end {
        "tf" | "tofu" => Some(Format::Hcl),
        "yml" | "yaml" => seen(&|bytes| is_yaml(path, &lower, bytes)).then_some(Format::Yaml),
        "json" => seen(&|bytes| is_json(path, &lower, bytes)).then_some(Format::Json),
        "template" => bytes.map_or(Some(Format::Yaml), formation),
        "tfvars" => Some(Format::Settings(Style::Assigned, "file/tfvars")),
        "tfstate" => Some(Format::Json),
        "conf" | "vhost" | "nginx" => {
            bytes.map_or(Some(Format::Nginx), |bytes| server(path, bytes))
        }
        "pem" | "key" | "ppk" | "jks" | "keystore" | "p12" | "pfx" => {
            Some(Format::Settings(Style::Lines, "file/key"))
        }
        "properties" => Some(Format::Settings(Style::Assigned, "file/properties")),
        "config" if seen(&is_xml) => Some(Format::Xml),
        "publishsettings" | "pubxml" if seen(&is_xml) => Some(Format::Text("file/cloud")),
        "py" if lower.starts_with("settings") || path.contains("settings/") => {
            Some(Format::Settings(Style::Assigned, "file/django"))
        }
        "txt" if lower.starts_with("requirements") => {
            Some(Format::Settings(Style::Lines, "file/requirements"))
        }
        "jenkinsfile" => Some(Format::Settings(Style::Lines, "jenkins/file")),
        "bicep" => Some(Format::Bicep),
        "toml" if TOML_NAMES.iter().any(|known| lower.starts_with(known)) => Some(Format::Toml),
        "service" if seen(&|bytes| holds(bytes, b"[Service]")) => {
            Some(Format::Settings(Style::Assigned, "file/systemd"))
        }
        "rb" if path.ends_with("config/environments/production.rb") => {
            Some(Format::Settings(Style::Assigned, "file/rails"))
        }
        "ini" if lower == "php.ini" => Some(Format::Settings(Style::Assigned, "file/php")),
        _ => by_place(path, &lower),
    }
}

fn by_place(path: &str, name: &str) -> Option<Format> {
    let ends = |end: &str| path == end || path.ends_with(&format!("/{end}"));
    if ends(".aws/credentials") {
        return Some(Format::Settings(Style::Assigned, "file/aws"));
    }
    if ends(".ssh/config") {
        return Some(Format::Settings(Style::Spaced, "file/ssh"));
    }
    if ends(".kube/config") {
        return Some(Format::Yaml);
    }
    if path.contains("sudoers.d/") && !name.contains('.') {
        return Some(Format::Settings(Style::Lines, "file/sudoers"));
    }
    if name.starts_with(".env.") || name.ends_with(".env") {
        return Some(Format::Settings(Style::Assigned, "file/env"));
    }
    name.starts_with("jenkinsfile")
        .then_some(Format::Settings(Style::Lines, "jenkins/file"))
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

fn is_xml(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(200)];
    head.trim_ascii_start().starts_with(b"<") || head.starts_with(b"\xef\xbb\xbf<")
}

/// A template of CloudFormation under the name that its manuals gave it first.
fn formation(bytes: &[u8]) -> Option<Format> {
    let is_one = holds(bytes, b"AWSTemplateFormatVersion") || holds(bytes, b"AWS::");
    let is_json = bytes.trim_ascii_start().starts_with(b"{");
    is_one.then_some(match is_json {
        true => Format::Json,
        false => Format::Yaml,
    })
}

/// The web server whose words a file uses.
fn server(path: &str, bytes: &[u8]) -> Option<Format> {
    let holds = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    let by_name = |word: &str| path.to_ascii_lowercase().contains(word);
    let nginx = [
        "server {",
        "location ",
        "proxy_pass ",
        "ssl_protocols",
        "server{",
    ];
    if by_name("nginx") || nginx.iter().filter(|word| holds(word)).count() > 1 {
        return nginx
            .iter()
            .any(|word| holds(word))
            .then_some(Format::Nginx);
    }
    let apache = [
        "<VirtualHost",
        "<Directory",
        "SSLProtocol",
        "TraceEnable",
        "DocumentRoot",
    ];
    let is_apache = by_name("apache") || by_name("httpd");
    let found = apache.iter().any(|word| holds(word));
    (found && (is_apache || holds("</"))).then_some(Format::Apache)
}

fn is_dockerfile(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        ".md",
        ".txt",
        ".dockerignore",
        ".j2",
        ".tmpl",
        ".erb",
        ".tpl",
        ".go",
        ".py",
        ".rs",
        ".sh",
        ".yml",
        ".yaml",
        ".json",
        ".template",
        ".js",
        ".ts",
        ".in",
    ];
    let stem = |stem: &str| {
        name == stem
            || name.strip_prefix(stem).is_some_and(|rest| {
                rest.starts_with(['.', '-', '_']) && !OTHERS.iter().any(|end| rest.ends_with(end))
            })
    };
    stem("dockerfile")
        || stem("containerfile")
        || [
            ".dockerfile",
            "-dockerfile",
            "_dockerfile",
            ".containerfile",
        ]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Keys at the left edge of a YAML text that make it one of the platforms we know.
const YAML_KEYS: &[&str] = &[
    "apiVersion",
    "services",
    "jobs",
    "runs",
    "AWSTemplateFormatVersion",
    "Resources",
    "Transform",
    "openapi",
    "swagger",
    "stages",
    "management",
    "spring",
    "server",
    "xpack.security.enabled",
];

/// Names of TOML files that some check knows: others may be broken on purpose, or templates.
const TOML_NAMES: &[&str] = &[
    "pyproject",
    "uv.",
    "bunfig",
    "config.",
    "traefik",
    "telegraf",
    "runner",
];

/// Names of YAML files that are read whatever their keys.
const YAML_NAMES: &[&str] = &[
    "values",
    "application",
    "elasticsearch",
    ".gitlab-ci",
    "azure-pipelines",
    "mongod",
    "bootstrap",
    "kustomization",
    "traefik",
    "dependabot.",
];

fn is_yaml(path: &str, name: &str, bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    YAML_NAMES.iter().any(|known| name.starts_with(known))
        || name.ends_with("gitlab-ci.yml")
        || path.contains(".gitlab")
        || path.contains(".azure-pipelines/")
        || ["tasks/", "handlers/"]
            .iter()
            .any(|part| path.starts_with(part) || path.contains(&format!("/{part}")))
        || path.contains("playbook")
        || top_keys(bytes).any(|key| YAML_KEYS.contains(&key))
        || is_operations(bytes)
        || memchr::memmem::find(bytes, b"hosts:").is_some() && bytes.contains(&b'-')
}

/// The keys at the left edge of a YAML text.
fn top_keys(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes.split(|byte| *byte == b'\n').filter_map(|line| {
        let first = line.first()?;
        if !(first.is_ascii_alphabetic() || matches!(first, b'"' | b'\'' | b'$')) {
            return None;
        }
        let end = memchr::memchr(b':', &line[..line.len().min(80)])?;
        let key = std::str::from_utf8(&line[..end]).ok()?;
        Some(key.trim_matches(['"', '\'', ' ']))
    })
}

/// Words that make a JSON text one of the platforms we know.
const JSON_WORDS: &[&str] = &[
    "\"apiVersion\"",
    "deploymentTemplate.json#",
    "\"AWSTemplateFormatVersion\"",
    "\"AWS::",
    "\"openapi\"",
    "\"swagger\"",
    "\"private_key_id\"",
];

fn is_json(path: &str, name: &str, bytes: &[u8]) -> bool {
    name.starts_with("appsettings")
        || path.ends_with("docker/daemon.json")
        || path.ends_with(".docker/config.json")
        || JSON_WORDS
            .iter()
            .any(|word| memchr::memmem::find(bytes, word.as_bytes()).is_some())
}
