//! Which files are configuration, by name and content, before anything is parsed:
//! most files of a tree are not, and are passed over at the cost of a look.

use crate::document::FILE_CAP;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Dockerfile,
    Yaml,
    Json,
    Hcl,
    HclJson,
}

/// With which files a file is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// By itself.
    Alone,
    /// With all files of the module in this folder.
    Module(String),
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
        _ => Some(Group::Alone),
    }
}

/// How a file is read; `None` for one that is no configuration.
pub(super) fn format(path: &str, bytes: &[u8]) -> Option<Format> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    if is_dockerfile(&lower) {
        return Some(Format::Dockerfile);
    }
    if lower.ends_with(".tf.json") || lower.ends_with(".tofu.json") {
        return Some(Format::HclJson);
    }
    match lower.rsplit('.').next() {
        Some("tf" | "tofu") => Some(Format::Hcl),
        Some("yml" | "yaml") => is_yaml(path, bytes).then_some(Format::Yaml),
        Some("json") => is_json(bytes).then_some(Format::Json),
        _ => None,
    }
}

fn is_dockerfile(name: &str) -> bool {
    let stem = |stem: &str| {
        name == stem
            || name.strip_prefix(stem).is_some_and(|rest| {
                rest.starts_with(['.', '-', '_'])
                    && ![
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
                    ]
                    .iter()
                    .any(|end| rest.ends_with(end))
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
const YAML_KEYS: &[&str] = &["apiVersion"];

fn is_yaml(_path: &str, bytes: &[u8]) -> bool {
    top_keys(bytes).any(|key| YAML_KEYS.contains(&key))
}

/// The keys at the left edge of a YAML text.
pub(super) fn top_keys(bytes: &[u8]) -> impl Iterator<Item = &str> {
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
const JSON_WORDS: &[&str] = &["\"apiVersion\""];

fn is_json(bytes: &[u8]) -> bool {
    JSON_WORDS
        .iter()
        .any(|word| memchr::memmem::find(bytes, word.as_bytes()).is_some())
}
