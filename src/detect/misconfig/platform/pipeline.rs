//! The things of build pipelines: workflows, jobs and steps of GitHub Actions, jobs
//! of GitLab CI, and the files of CircleCI, Azure Pipelines and Docker Compose
//! services, which are built alike.

use crate::detect::misconfig::world::World;
use crate::document::Document;
use crate::document::NodeId;

/// The things of a workflow of GitHub Actions.
pub(super) fn workflow(world: &mut World, file: usize, document: Document) {
    let root = document.root();
    let name = document
        .text_at(root, &["name"])
        .unwrap_or_default()
        .to_owned();
    let doc = world.add(file, document);
    let up = world.subject("github/workflow", doc, root, name, None);
    let jobs = world.doc(doc).get(root, "jobs");
    let jobs = jobs.map(|jobs| world.doc(doc).entries(jobs).to_vec());
    for (job, id) in jobs.unwrap_or_default() {
        let up = world.subject("github/job", doc, id, &*job, Some(up));
        let list = world.doc(doc).get(id, "steps");
        steps(world, doc, list, &job, up);
    }
}

/// The things of an action that is made of steps.
pub(super) fn action(world: &mut World, file: usize, document: Document) {
    let root = document.root();
    let doc = world.add(file, document);
    let up = world.subject("github/action", doc, root, "action", None);
    let list = world.doc(doc).at(root, &["runs", "steps"]);
    steps(world, doc, list, "action", up);
}

fn steps(world: &mut World, doc: usize, list: Option<NodeId>, job: &str, up: usize) {
    let all = list.map(|list| world.doc(doc).children(list));
    for (number, id) in all.unwrap_or_default().into_iter().enumerate() {
        let document = world.doc(doc);
        let named = ["id", "name", "uses"]
            .iter()
            .find_map(|key| document.text_at(id, &[key]));
        let name = match named {
            Some(name) => format!("{job}/{name}"),
            None => format!("{job}/step {}", number + 1),
        };
        world.subject("github/step", doc, id, name, Some(up));
    }
}

/// Keys of GitLab CI that are no jobs.
const NO_JOBS: &[&str] = &[
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "spec",
];

/// The things of GitLab CI.
pub(super) fn gitlab(world: &mut World, file: usize, document: Document) {
    let root = document.root();
    let doc = world.add(file, document);
    let up = world.subject("gitlab/pipeline", doc, root, "", None);
    for (name, id) in world.doc(doc).entries(root).to_vec() {
        if !NO_JOBS.contains(&&*name) && !world.doc(doc).entries(id).is_empty() {
            world.subject("gitlab/job", doc, id, &*name, Some(up));
        }
    }
    if let Some(id) = world.doc(doc).get(root, "default") {
        world.subject("gitlab/job", doc, id, "default", Some(up));
    }
}

/// The things of Docker Compose.
pub(super) fn compose(world: &mut World, file: usize, document: Document) {
    let root = document.root();
    let doc = world.add(file, document);
    let up = world.subject("compose/file", doc, root, "", None);
    let services = world.doc(doc).get(root, "services");
    let services = services.map(|list| world.doc(doc).entries(list).to_vec());
    for (name, id) in services.unwrap_or_default() {
        world.subject("compose/service", doc, id, &*name, Some(up));
    }
}

/// Tasks in blocks, at most.
const NESTED: usize = 16;

/// The tasks of a playbook or a role of Ansible.
pub(super) fn ansible(world: &mut World, file: usize, document: Document) {
    let root = document.root();
    let doc = world.add(file, document);
    let mut waiting = vec![(root, 0)];
    while let Some((list, depth)) = waiting.pop() {
        for id in world.doc(doc).children(list) {
            let document = world.doc(doc);
            let name = document
                .text_at(id, &["name"])
                .unwrap_or_default()
                .to_owned();
            let inner = [
                "tasks",
                "pre_tasks",
                "post_tasks",
                "handlers",
                "block",
                "rescue",
                "always",
            ];
            let lists: Vec<NodeId> = inner
                .iter()
                .filter_map(|key| document.get(id, key))
                .collect();
            let is_play = document.get(id, "hosts").is_some();
            if depth < NESTED {
                waiting.extend(lists.into_iter().map(|list| (list, depth + 1)));
            }
            let class = if is_play {
                "ansible/play"
            } else {
                "ansible/task"
            };
            world.subject(class, doc, id, name, None);
        }
    }
}

/// A document as one thing.
pub(super) fn whole(world: &mut World, file: usize, class: &str, document: Document) {
    let root = document.root();
    let doc = world.add(file, document);
    world.subject(class, doc, root, "", None);
}

/// The blocks of a web server's configuration, and the file.
pub(super) fn server(world: &mut World, file: usize, platform: &str, document: Document) {
    let root = document.root();
    let blocks: Vec<(String, NodeId, String)> = document
        .ids()
        .filter(|id| *id != root && document.get(*id, "@").is_some())
        .map(|id| {
            let path = document.path(id);
            let word = path.rsplit('.').next().unwrap_or_default();
            let word = word
                .split('[')
                .next()
                .unwrap_or_default()
                .trim_matches('"')
                .to_owned();
            let said = document.text_at(id, &["@"]).unwrap_or_default().to_owned();
            (word, id, said)
        })
        .collect();
    let doc = world.add(file, document);
    let up = world.subject(format!("{platform}/file"), doc, root, "", None);
    let mut around: Vec<(NodeId, usize)> = vec![(root, up)];
    for (word, id, said) in blocks {
        let parent = world.doc(doc).node(id).parent;
        let holder = parent.and_then(|list| world.doc(doc).node(list).parent);
        let up = around
            .iter()
            .find(|(node, _)| Some(*node) == holder)
            .map(|(_, up)| *up);
        let name = format!("{word} {said}").trim().to_owned();
        let number = world.subject(format!("{platform}/{word}"), doc, id, name, up);
        around.push((id, number));
    }
}
