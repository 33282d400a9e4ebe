//! From files to the things in them: each platform says what its containers,
//! resources, jobs and instructions are. A document of no platform we know has no
//! things, and nothing is said about it.

mod dockerfile;
mod kubernetes;
mod terraform;

use super::format::Format;
use super::format::format;
use super::world::World;
use crate::detect::raised::File;
use crate::detect::raised::Unjudged;
use crate::document;
use crate::document::Broken;
use crate::document::Document;
use crate::model::coverage::Reason;

/// Reads files that belong together.
pub(super) fn read(files: &[File<'_>], unjudged: &mut Vec<Unjudged>) -> World {
    let mut world = World::default();
    for (index, file) in files.iter().enumerate() {
        let Some(kind) = format(file.path, file.bytes) else {
            continue;
        };
        let mut tell = |broken: Broken| unjudged.push(unread(index, &broken));
        match std::str::from_utf8(file.bytes) {
            Err(_) => tell(Broken::Encoding),
            Ok(text) => one(&mut world, index, file, text, kind, &mut tell),
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
    }
}

/// Reads YAML; a template as far as it can be read without rendering it.
fn yaml(path: &str, text: &str) -> Vec<Result<Document, Broken>> {
    if !document::template::is_template(text) {
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

/// The things of a document whose platform its content tells.
fn subjects(world: &mut World, file: usize, _path: &str, document: Document) {
    let root = document.root();
    let has = |key| document.get(root, key).is_some();
    if has("apiVersion") && has("kind") {
        kubernetes::subjects(world, file, document);
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
