//! From files to the things in them: each platform says what its containers,
//! resources, jobs and instructions are. A document of no platform we know has no
//! things, and nothing is said about it.

mod cloud;
mod dockerfile;
pub(super) mod kubernetes;
mod pipeline;
mod terraform;

use super::format::Format;
use super::format::format;
use super::kustomize;
use super::world::World;
use crate::detect::raised::File;
use crate::detect::raised::Unjudged;
use crate::document;
use crate::document::Broken;
use crate::document::Document;
use crate::document::Value;
use crate::document::template;
use crate::model::coverage::Reason;

/// Reads files that belong together.
pub(super) fn read(files: &[File<'_>], unjudged: &mut Vec<Unjudged>) -> World {
    let mut world = World::default();
    let joined = files.len() > 1
        && files
            .iter()
            .any(|file| kustomize::is_kustomization(file.path));
    let mut manifests = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let Some(kind) = format(file.path, file.bytes) else {
            continue;
        };
        let mut tell = |broken: Broken| unjudged.push(unread(index, &broken));
        match std::str::from_utf8(file.bytes) {
            Err(_) if matches!(kind, Format::Settings(_, "file/key")) => {
                keystore(&mut world, index, file);
            }
            Err(_) => tell(Broken::Encoding),
            Ok(text) if joined && kind == Format::Yaml => {
                for found in yaml(file.path, text) {
                    match found {
                        Ok(found) => manifests.push((index, found)),
                        Err(broken) => tell(broken),
                    }
                }
            }
            Ok(text) => one(&mut world, index, file, text, kind, &mut tell),
        }
    }
    if joined {
        let paths = files
            .iter()
            .enumerate()
            .map(|(index, file)| (file.path, index));
        for (index, document) in
            kustomize::subjects(&mut world, &paths.collect(), manifests, unjudged)
        {
            subjects(&mut world, index, files[index].path, document);
        }
    }
    world
}

fn one(
    world: &mut World,
    index: usize,
    file: &File<'_>,
    text: &str,
    kind: Format,
    tell: &mut dyn FnMut(Broken),
) {
    match kind {
        Format::Dockerfile => match document::dockerfile::read(text) {
            Ok(found) => dockerfile::subjects(world, index, found),
            Err(broken) => tell(broken),
        },
        Format::Yaml => {
            for found in yaml(file.path, text) {
                match found {
                    Ok(found) => subjects(world, index, file.path, found),
                    Err(broken) => tell(broken),
                }
            }
        }
        Format::Hcl => {
            let (found, broken) = document::hcl::read(text);
            broken.into_iter().for_each(tell);
            if let Some(found) = found {
                terraform::subjects(world, index, found);
            }
        }
        Format::HclJson => match document::json::read(text) {
            Ok(found) => terraform::json(world, index, found),
            Err(broken) => tell(broken),
        },
        Format::Json => match document::json::read(text) {
            Ok(found) => subjects(world, index, file.path, found),
            Err(broken) => tell(broken),
        },
        Format::Nginx => match nginx(text) {
            Ok(found) => pipeline::server(world, index, "nginx", found),
            Err(broken) => tell(broken),
        },
        Format::Apache => match document::blocks::apache(text) {
            Ok(found) => pipeline::server(world, index, "apache", found),
            Err(broken) => tell(broken),
        },
        Format::Xml => match document::xml::read(text) {
            Ok(found) => pipeline::whole(world, index, "xml/file", found),
            Err(broken) => tell(broken),
        },
        Format::Toml => match document::toml::read(text) {
            Ok(found) => subjects_of_toml(world, index, file.path, found),
            Err(broken) => tell(broken),
        },
        Format::Bicep => match document::bicep::read(text) {
            Ok(found) => cloud::bicep(world, index, found),
            Err(broken) => tell(broken),
        },
        Format::Settings(style, class) => match document::ini::read(text, style) {
            Ok(found) => named(world, index, file.path, class, found),
            Err(broken) => tell(broken),
        },
        Format::Text(class) => match plain(text) {
            Ok(found) => named(world, index, file.path, class, found),
            Err(broken) => tell(broken),
        },
    }
}

/// TOML: what its name says, or settings of something.
fn subjects_of_toml(world: &mut World, file: usize, path: &str, document: Document) {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let class = match name.starts_with("traefik") {
        true => "traefik/settings",
        false => "toml/file",
    };
    named(world, file, path, class, document);
}

/// A file of keys in a binary form: PKCS #12 (RFC 7292 section 4: a sequence that begins with
/// version 3) or a keystore of Java. Certificates alone are nobody's secret.
fn keystore(world: &mut World, file: usize, found: &File<'_>) {
    let bytes = found.bytes;
    let is_java = [[0xfe, 0xed, 0xfe, 0xed], [0xce, 0xce, 0xce, 0xce]];
    let is_pkcs12 = bytes.first() == Some(&0x30)
        && matches!(bytes.get(1), Some(0x80..=0x84))
        && bytes
            .get(..9)
            .is_some_and(|head| head.windows(3).any(|it| it == [2, 1, 3]));
    let form = match bytes.first_chunk() {
        Some(head) if is_java.contains(head) => "Java",
        _ if is_pkcs12 => "PKCS #12",
        _ => return,
    };
    if let Ok(document) = document::ini::opaque(form, bytes.len()) {
        named(world, file, found.path, "file/keystore", document);
    }
}

/// A text as it is, with the name of its file.
fn plain(text: &str) -> Result<Document, Broken> {
    document::ini::whole(text)
}

/// A file as one thing, called by its name.
fn named(world: &mut World, file: usize, path: &str, class: &str, document: Document) {
    let root = document.root();
    let doc = world.add(file, document);
    let name = path.rsplit('/').next().unwrap_or(path);
    world.subject(class, doc, root, name, None);
}

/// Reads YAML; a template as far as it can be read without rendering it.
fn yaml(path: &str, text: &str) -> Vec<Result<Document, Broken>> {
    if !template::is_template(text) {
        return document::yaml::read(text);
    }
    if !path.split('/').any(|part| part == "templates") {
        let plain = document::yaml::read(text);
        if plain.iter().all(Result::is_ok) {
            return plain;
        }
    }
    document::yaml::read_template(text)
}

/// Reads what nginx reads; a template of that as far as it can be read without rendering it.
fn nginx(text: &str) -> Result<Document, Broken> {
    match document::blocks::nginx(text) {
        Err(Broken::Syntax(_)) if template::is_template(text) => {
            let filled = document::blocks::nginx(&template::fill(text));
            filled.map(|found| found.with_holes(template::HOLE))
        }
        read => read,
    }
}

/// The things of a document whose platform its content and name tell.
fn subjects(world: &mut World, file: usize, path: &str, document: Document) {
    let root = document.root();
    let has = |key: &str| document.get(root, key).is_some();
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_list = matches!(document.node(root).value, Value::Sequence(_));
    let is_ours = |part: &str| path.contains(part);
    if has("AWSTemplateFormatVersion") || has("Resources") && !has("kind") {
        cloud::formation(world, file, document);
    } else if document
        .text_at(root, &["$schema"])
        .is_some_and(|url| url.contains("deploymentTemplate"))
    {
        cloud::arm(world, file, document);
    } else if kustomize::is_kustomization(path) {
        pipeline::whole(world, file, "kustomize/file", document);
    } else if has("apiVersion") && has("kind") {
        kubernetes::subjects(world, file, document);
    } else if has("openapi") || has("swagger") {
        pipeline::whole(world, file, "openapi/document", document);
    } else if (has("on") || has("true")) && has("jobs") {
        pipeline::workflow(world, file, document);
    } else if has("runs") && (has("name") || has("description")) {
        pipeline::action(world, file, document);
    } else if is_ours(".circleci/") {
        pipeline::whole(world, file, "circleci/file", document);
    } else if name.contains("azure-pipelines")
        || is_ours(".azure-pipelines/")
        || has("pool") && has("steps")
    {
        pipeline::whole(world, file, "azure-pipelines/file", document);
    } else if name.contains("gitlab-ci") || is_ours(".gitlab/") || is_ours(".gitlab-ci/") {
        pipeline::gitlab(world, file, document);
    } else if has("services") && is_compose(&document) {
        pipeline::compose(world, file, document);
    } else if is_list {
        pipeline::ansible(world, file, document);
    } else {
        match by_name(&name, &document) {
            class @ "file/cloud" => named(world, file, path, class, document),
            class => pipeline::whole(world, file, class, document),
        }
    }
}

/// Services that say what they run.
fn is_compose(document: &Document) -> bool {
    let services = document.get(document.root(), "services");
    services.is_some_and(|services| {
        let mut all = document.entries(services).iter();
        all.any(|(_, id)| {
            ["image", "build", "extends", "privileged"]
                .iter()
                .any(|key| document.get(*id, key).is_some())
        })
    })
}

/// The class of a settings file that only its name tells.
fn by_name(name: &str, document: &Document) -> &'static str {
    let has = |key: &str| document.get(document.root(), key).is_some();
    match name {
        _ if name.starts_with("values") => "helm/values",
        _ if name.starts_with("appsettings") => "dotnet/settings",
        _ if name.starts_with("application") || name.starts_with("bootstrap") => "spring/settings",
        _ if name.starts_with("elasticsearch") => "file/elasticsearch",
        _ if name.starts_with("mongod") => "file/mongod",
        _ if name.ends_with("tfstate") => "file/tfstate",
        "config.json" => "file/docker-config",
        "daemon.json" => "file/docker-daemon",
        "composer.json" => "file/composer",
        ".yarnrc.yml" => "file/yarn",
        ".condarc" => "file/conda",
        _ if name.starts_with("traefik") => "traefik/settings",
        "dependabot.yml" | "dependabot.yaml" => "dependabot/file",
        _ if has("private_key_id") => "file/cloud",
        _ if has("management") || has("spring") => "spring/settings",
        _ => "file/other",
    }
}

fn unread(file: usize, broken: &Broken) -> Unjudged {
    let reason = match broken {
        Broken::Syntax(_) => Reason::ParseError,
        Broken::Nodes => Reason::LimitCount,
        Broken::Depth => Reason::LimitDepth,
        Broken::Encoding => Reason::Decode,
        Broken::Template(_) => Reason::UnsupportedFormat,
    };
    Unjudged {
        file,
        reason,
        detail: format!("as configuration: {broken}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keystore_is_told_from_a_certificate() {
        let classes = |bytes: &[u8]| {
            let path = "a/shop.p12";
            let mut unjudged = Vec::new();
            let world = read(&[File { path, bytes }], &mut unjudged);
            assert_eq!(unjudged, []);
            let subjects = world.subjects.iter();
            subjects.map(|it| it.class.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            classes(b"\x30\x82\x09\xd1\x02\x01\x03\x30\x82"),
            ["file/keystore"]
        );
        assert_eq!(classes(b"\xfe\xed\xfe\xed\0\0\0\x02"), ["file/keystore"]);
        let certificate = b"\x30\x82\x03\xd1\x30\x82\x02\xb9\xa0\x03";
        assert!(classes(certificate).is_empty());
    }
}
