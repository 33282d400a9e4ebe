//! The things of CloudFormation, SAM and ARM templates: their resources, called by
//! class `cloudformation/AWS::S3::Bucket` or `arm/Microsoft.Storage/storageAccounts`,
//! and those of Bicep, which are read as the ARM template that they stand for.
//! Parameters with a default are followed; what a deployment computes is unknown.

use crate::detect::misconfig::world::Spot;
use crate::detect::misconfig::world::World;
use crate::document::Document;
use crate::document::NodeId;
use crate::document::Value;

/// Resources in resources, at most.
const NESTED: usize = 8;

/// The things of a CloudFormation template.
pub(super) fn formation(world: &mut World, file: usize, mut document: Document) {
    functions(&mut document);
    let root = document.root();
    let doc = world.add(file, document);
    defaults(world, doc, "Parameters", "Default");
    let resources = world.doc(doc).get(root, "Resources");
    let all = resources.map(|list| world.doc(doc).entries(list).to_vec());
    for (name, id) in all.unwrap_or_default() {
        let document = world.doc(doc);
        let Some(kind) = document.text_at(id, &["Type"]).map(str::to_owned) else {
            continue;
        };
        let up = world.subject("cloudformation/resource", doc, id, &*name, None);
        let body = world.doc(doc).get(id, "Properties").unwrap_or(id);
        world.subject(
            format!("cloudformation/{kind}"),
            doc,
            body,
            &*name,
            Some(up),
        );
    }
}

/// Turns `Ref`, `Fn::GetAtt` and other functions, as tags or as keys, into references and unknowns.
fn functions(document: &mut Document) {
    let ids: Vec<NodeId> = document.ids().collect();
    for id in ids {
        let node = document.node(id);
        let value = match (node.tag.as_deref(), &node.value) {
            (Some("Ref" | "GetAtt"), Value::Text { text, .. }) => Value::Reference(text.clone()),
            (Some("Sub"), Value::Text { text, .. }) if !text.contains("${") => continue,
            (Some("Sub"), Value::Text { text, .. }) => Value::Unknown(text.clone()),
            (Some(_), Value::Text { text, .. }) => Value::Unknown(text.clone()),
            (Some("Base64"), _) => continue,
            (Some(_), _) => Value::Unknown("".into()),
            (None, Value::Mapping(entries)) if entries.len() == 1 => {
                let (key, inner) = &entries[0];
                let text = document.text(*inner).unwrap_or_default();
                match &**key {
                    "Ref" => Value::Reference(text.into()),
                    "Fn::GetAtt" => match document.children(*inner).first() {
                        Some(first) => {
                            Value::Reference(document.text(*first).unwrap_or_default().into())
                        }
                        None => Value::Reference(text.into()),
                    },
                    "Fn::Base64" => match &document.node(*inner).value {
                        Value::Text { text, .. } => Value::Unknown(text.clone()),
                        _ => continue,
                    },
                    key if key.starts_with("Fn::") => Value::Unknown(text.into()),
                    _ => continue,
                }
            }
            _ => continue,
        };
        document.set(id, value);
    }
}

/// Says what parameters mean that have a default.
fn defaults(world: &mut World, doc: usize, list: &str, key: &str) {
    let root = world.doc(doc).root();
    let Some(list) = world.doc(doc).get(root, list) else {
        return;
    };
    for (name, id) in world.doc(doc).entries(list).to_vec() {
        if let Some(node) = world.doc(doc).get(id, key) {
            world.name(&name, Spot { doc, node });
        }
    }
}

/// The things of an ARM template.
pub(super) fn arm(world: &mut World, file: usize, mut document: Document) {
    let ids: Vec<NodeId> = document.ids().collect();
    for id in ids {
        let Some(text) = document.text(id) else {
            continue;
        };
        let inner = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let Some(inner) = inner.filter(|_| !text.starts_with("[[")) else {
            continue;
        };
        let name = ["parameters('", "variables('"].iter().find_map(|call| {
            let name = inner.trim().strip_prefix(call)?.strip_suffix("')")?;
            (!name.contains('\'')).then(|| format!("{}{name}", &call[..1]))
        });
        let value = match name {
            Some(name) => Value::Reference(name.into()),
            None => Value::Unknown(text.into()),
        };
        document.set(id, value);
    }
    let root = document.root();
    let doc = world.add(file, document);
    for (list, key, short) in [
        ("parameters", Some("defaultValue"), "p"),
        ("variables", None, "v"),
    ] {
        let Some(list) = world.doc(doc).get(root, list) else {
            continue;
        };
        for (name, id) in world.doc(doc).entries(list).to_vec() {
            let node = match key {
                Some(key) => world.doc(doc).get(id, key),
                None => Some(id),
            };
            if let Some(node) = node {
                world.name(&format!("{short}{name}"), Spot { doc, node });
            }
        }
    }
    nested(world, doc, root, "", 0);
}

/// The things of a Bicep file.
pub(super) fn bicep(world: &mut World, file: usize, document: Document) {
    let root = document.root();
    let doc = world.add(file, document);
    for (list, key) in [("parameters", Some("defaultValue")), ("variables", None)] {
        let Some(list) = world.doc(doc).get(root, list) else {
            continue;
        };
        for (name, id) in world.doc(doc).entries(list).to_vec() {
            let node = key.map_or(Some(id), |key| world.doc(doc).get(id, key));
            if let Some(node) = node {
                world.name(&name, Spot { doc, node });
            }
        }
    }
    nested(world, doc, root, "", 0);
}

/// What a resource is called: by its name where the file says it, else by its symbol in Bicep.
fn name_of(document: &Document, id: NodeId) -> Option<&str> {
    let names = document.entries(id).iter().rev();
    let mut names = names.filter(|(key, _)| &**key == "name");
    names.find_map(|(_, name)| document.text(*name))
}

/// Resources, and those inside of them with the type of the outer one before theirs.
fn nested(world: &mut World, doc: usize, at: NodeId, outer: &str, depth: usize) {
    let list = world.doc(doc).get(at, "resources");
    let all = list
        .map(|list| world.doc(doc).children(list))
        .unwrap_or_default();
    for id in all {
        let document = world.doc(doc);
        let Some(kind) = document.text_at(id, &["type"]) else {
            continue;
        };
        let kind = match outer.is_empty() || kind.contains('.') {
            true => kind.to_owned(),
            false => format!("{outer}/{kind}"),
        };
        let name = name_of(document, id).unwrap_or(&kind).to_owned();
        world.subject(format!("arm/{kind}"), doc, id, name, None);
        if depth < NESTED {
            nested(world, doc, id, &kind, depth + 1);
        }
    }
}
