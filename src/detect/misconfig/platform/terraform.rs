//! The things of Terraform and OpenTofu: resources, data, providers, variables,
//! modules and outputs of one folder, which is what the tool itself takes together.
//! References to variables with a default and to locals are followed; everything a
//! run computes stays unknown.

use crate::detect::misconfig::world::Spot;
use crate::detect::misconfig::world::World;
use crate::document::Document;
use crate::document::NodeId;
use crate::document::Value;

pub(super) fn subjects(world: &mut World, file: usize, document: Document) {
    let root = document.root();
    let blocks: Vec<(String, NodeId)> = document
        .entries(root)
        .iter()
        .flat_map(|(word, list)| {
            let blocks = document.children(*list);
            let blocks = blocks.into_iter().map(|block| (word.to_string(), block));
            blocks.collect::<Vec<_>>()
        })
        .collect();
    let doc = world.add(file, document);
    for (word, block) in blocks {
        let labels = world.doc(doc).node(block).tag.clone().unwrap_or_default();
        let labels: Vec<&str> = labels
            .split(' ')
            .filter(|label| !label.is_empty())
            .collect();
        thing(world, doc, &word, &labels, block);
    }
}

fn thing(world: &mut World, doc: usize, word: &str, labels: &[&str], block: NodeId) {
    let spot = |node| Spot { doc, node };
    match (word, labels) {
        ("resource", [kind, name]) => {
            world.subject(
                format!("terraform/{kind}"),
                doc,
                block,
                format!("{kind}.{name}"),
                None,
            );
        }
        ("data", [kind, name]) => {
            let name = format!("data.{kind}.{name}");
            if *kind == "aws_iam_policy_document" {
                world.name(&format!("{name}.json"), spot(block));
            }
            world.subject(format!("terraform/data.{kind}"), doc, block, name, None);
        }
        ("variable", [name]) => {
            if let Some(default) = world.doc(doc).get(block, "default") {
                world.name(&format!("var.{name}"), spot(default));
            }
            world.subject(
                "terraform/variable",
                doc,
                block,
                format!("var.{name}"),
                None,
            );
        }
        ("locals", _) => {
            let entries = world.doc(doc).entries(block).to_vec();
            for (name, value) in entries {
                world.name(&format!("local.{name}"), spot(value));
            }
            world.subject("terraform/locals", doc, block, "locals", None);
        }
        ("terraform", _) => {
            let backends = world.doc(doc).get(block, "backend");
            let backends = backends.map(|list| world.doc(doc).children(list));
            for backend in backends.unwrap_or_default() {
                let kind = world.doc(doc).node(backend).tag.clone().unwrap_or_default();
                let name = format!("backend {kind}");
                world.subject(
                    format!("terraform/backend.{kind}"),
                    doc,
                    backend,
                    name,
                    None,
                );
            }
        }
        ("provider", [name]) => {
            world.subject(
                format!("terraform/provider.{name}"),
                doc,
                block,
                *name,
                None,
            );
        }
        (_, [name]) => {
            world.subject(
                format!("terraform/{word}"),
                doc,
                block,
                format!("{word}.{name}"),
                None,
            );
        }
        _ => {}
    }
}

/// What `.tf.json` says in JSON, as blocks: `${name}` alone is a reference, other texts with
/// `${` are computed.
pub(super) fn json(world: &mut World, file: usize, mut document: Document) {
    let ids: Vec<NodeId> = document.ids().collect();
    for id in ids {
        let Some(text) = document.text(id).filter(|text| text.contains("${")) else {
            continue;
        };
        let inner = text
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        let value = match inner.filter(|name| !name.contains(['$', '(', ' '])) {
            Some(name) => Value::Reference(name.into()),
            None => Value::Unknown(text.into()),
        };
        document.set(id, value);
    }
    let root = document.root();
    let doc = world.add(file, document);
    for (word, value) in world.doc(doc).entries(root).to_vec() {
        let depth = match &*word {
            "resource" | "data" => 2,
            "locals" | "terraform" => 0,
            _ => 1,
        };
        let mut level: Vec<(Vec<String>, NodeId)> = vec![(Vec::new(), value)];
        for _ in 0..depth {
            level = level
                .into_iter()
                .flat_map(|(labels, node)| {
                    let entries = world.doc(doc).entries(node).to_vec();
                    entries.into_iter().map(move |(label, node)| {
                        let mut labels = labels.clone();
                        labels.push(label.to_string());
                        (labels, node)
                    })
                })
                .collect();
        }
        for (labels, node) in level {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            thing(world, doc, &word, &labels, node);
        }
    }
}
