//! The things of a Dockerfile: the file, its stages, and each instruction. An
//! instruction is called by its word and number, because it has no name.

use crate::detect::misconfig::world::World;
use crate::document::Document;
use std::collections::BTreeMap;

pub(super) fn subjects(world: &mut World, file: usize, document: Document) {
    let root = document.root();
    let list = document.at(root, &["instructions"]);
    let all = list.map(|list| document.children(list)).unwrap_or_default();
    let doc = world.add(file, document);
    let whole = world.subject("dockerfile/file", doc, root, "", None);
    let mut counts = BTreeMap::<String, usize>::new();
    for id in all {
        let text = |key: &str| {
            world
                .doc(doc)
                .text_at(id, &[key])
                .unwrap_or_default()
                .to_owned()
        };
        let word = text("instruction");
        let stage = text("stage");
        let count = counts.entry(format!("{stage} {word}")).or_default();
        *count += 1;
        let name = match *count {
            1 => format!("stage {stage}, {word}"),
            n => format!("stage {stage}, {word} {n}"),
        };
        world.subject(format!("dockerfile/{word}"), doc, id, name, Some(whole));
    }
}
