//! The things of Kubernetes manifests: each resource, the pod it makes (also of
//! controllers and of the custom resources that hold a pod template), and the
//! containers of that pod. Lists are seen through.

use crate::detect::misconfig::world::World;
use crate::document::Document;
use crate::document::NodeId;

/// Resources in resources, at most.
const NESTED: usize = 4;

/// Where the specification of a pod may lie below a resource.
const POD_SPECS: &[&[&str]] = &[
    &["spec", "template", "spec"],
    &["spec", "jobTemplate", "spec", "template", "spec"],
    &["template", "spec"],
    &["spec", "podTemplate", "spec"],
    &["spec", "workload", "template", "spec"],
];

pub(in crate::detect::misconfig) fn subjects(world: &mut World, file: usize, document: Document) {
    let root = document.root();
    let doc = world.add(file, document);
    let mut waiting = vec![(root, 0)];
    while let Some((id, depth)) = waiting.pop() {
        let document = world.doc(doc);
        let kind = document.text_at(id, &["kind"]).unwrap_or_default();
        match document.get(id, "items") {
            Some(items) if kind.ends_with("List") && depth < NESTED => {
                let items = document.children(items).into_iter().rev();
                waiting.extend(items.map(|item| (item, depth + 1)));
            }
            _ => resource(world, doc, id),
        }
    }
}

fn resource(world: &mut World, doc: usize, id: NodeId) {
    let document = world.doc(doc);
    let Some(kind) = document.text_at(id, &["kind"]).map(str::to_owned) else {
        return;
    };
    let meta = |key: &str| document.text_at(id, &["metadata", key]).unwrap_or_default();
    let mut name = match meta("name") {
        "" => meta("generateName").to_owned(),
        name => name.to_owned(),
    };
    name = format!("{kind}/{name}");
    let pod = match kind.as_str() {
        "Pod" => document.at(id, &["spec"]),
        _ => POD_SPECS.iter().find_map(|way| {
            let spec = document.at(id, way)?;
            document.get(spec, "containers").map(|_| spec)
        }),
    };
    let up = world.subject(format!("kubernetes/{kind}"), doc, id, name.clone(), None);
    world.subject("kubernetes/resource", doc, id, name.clone(), Some(up));
    let Some(pod) = pod else {
        return;
    };
    let up = world.subject("kubernetes/pod", doc, pod, name.clone(), Some(up));
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let document = world.doc(doc);
        let items = document.get(pod, list).map(|list| document.children(list));
        for item in items.unwrap_or_default() {
            let own = world.doc(doc).text_at(item, &["name"]).unwrap_or_default();
            let name = format!("{name}/{own}");
            world.subject("kubernetes/container", doc, item, name.clone(), Some(up));
            let class = format!("kubernetes/{}", list.trim_end_matches('s'));
            if list != "containers" {
                world.subject(class, doc, item, name, Some(up));
            }
        }
    }
}
