//! Kustomize as it renders: the manifests that a kustomization names, with its
//! patches, images, replicas and namespace applied, are what is judged, and not the
//! manifests as they lie. A base that every overlay mends is no fault; a patch is
//! judged for what it says and never for what it leaves out. What cannot be known
//! without running it (generators, transformers, what lies elsewhere) says nothing.

mod change;

use super::platform::kubernetes;
use super::world::World;
use crate::detect::raised::Unjudged;
use crate::document::Document;
use crate::document::NodeId;
use crate::document::Value;
use crate::document::yaml;
use crate::model::coverage::Reason;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Kustomizations that use kustomizations, at most.
const DEPTH: usize = 16;
/// Documents that overlays may render to, at most: of one, and of all of a group.
const RENDERED_CAP: usize = 5_000;
const ALL_CAP: usize = 20_000;

/// Whether a file of this path is a kustomization.
pub fn is_kustomization(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name.to_ascii_lowercase().as_str(),
        "kustomization.yaml" | "kustomization.yml" | "kustomization"
    )
}

/// The paths that kustomizations join, each set with its kustomizations. Paths that only these
/// name may not exist. `texts` are the kustomizations, by path.
pub fn groups(texts: &[(&str, &str)]) -> Vec<BTreeSet<String>> {
    let read: Vec<(&str, Document)> = texts
        .iter()
        .filter_map(|(path, text)| Some((*path, yaml::read(text).into_iter().next()?.ok()?)))
        .collect();
    let folders: BTreeMap<&str, &str> =
        read.iter().map(|(path, _)| (folder(path), *path)).collect();
    let mut sets: Vec<BTreeSet<String>> = Vec::new();
    for (path, document) in &read {
        let mut set = BTreeSet::from([(*path).to_owned()]);
        for named in named_by(document) {
            let Some(full) = resolve(folder(path), &named) else {
                continue;
            };
            let full = folders
                .get(full.as_str())
                .map_or(full, |path| (*path).to_owned());
            set.insert(full);
        }
        // Sets that share a path are one.
        let (joined, apart): (Vec<_>, Vec<_>) =
            sets.into_iter().partition(|known| !known.is_disjoint(&set));
        joined.into_iter().for_each(|known| set.extend(known));
        sets = apart;
        sets.push(set);
    }
    sets.sort();
    sets
}

/// Everything that a kustomization names, as it is written.
fn named_by(document: &Document) -> Vec<String> {
    let mut named = Vec::new();
    let root = document.root();
    for list in [
        "resources",
        "bases",
        "components",
        "patchesStrategicMerge",
        "crds",
    ] {
        named.extend(texts(document, root, list));
    }
    for list in ["patches", "patchesJson6902"] {
        let items = document.get(root, list).map(|id| document.children(id));
        let paths = items.unwrap_or_default().into_iter();
        named.extend(paths.filter_map(|item| Some(document.text_at(item, &["path"])?.to_owned())));
    }
    named.retain(|name| !name.contains('\n') && !name.contains("://"));
    named
}

fn texts(document: &Document, at: NodeId, key: &str) -> Vec<String> {
    let items = document.get(at, key).map(|id| document.children(id));
    let items = items.unwrap_or_default().into_iter();
    items
        .filter_map(|id| Some(document.text(id)?.to_owned()))
        .collect()
}

/// The folder of a path, without a slash at its end.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path from a folder; `None` for one that leaves what is scanned.
fn resolve(folder: &str, named: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if named.starts_with('/') {
        return None;
    }
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// One document that was read.
struct Manifest {
    file: usize,
    document: Document,
}

/// The files of one group.
struct Tree<'a> {
    paths: &'a BTreeMap<&'a str, usize>,
    manifests: &'a [Manifest],
    /// Kustomizations by folder: their document's number.
    folders: BTreeMap<&'a str, usize>,
}

/// Adds the things of a group of manifests and kustomizations as they are rendered. `paths` are
/// the paths of the files by name.
pub(super) fn subjects(
    world: &mut World,
    paths: &BTreeMap<&str, usize>,
    documents: Vec<(usize, Document)>,
    unjudged: &mut Vec<Unjudged>,
) -> Vec<(usize, Document)> {
    let manifests: Vec<Manifest> = documents
        .into_iter()
        .map(|(file, document)| Manifest { file, document })
        .collect();
    let folders = paths
        .iter()
        .filter(|(path, _)| is_kustomization(path))
        .filter_map(|(path, file)| {
            let number = manifests.iter().position(|it| it.file == *file)?;
            Some((folder(path), number))
        });
    let tree = Tree {
        paths,
        manifests: &manifests,
        folders: folders.collect(),
    };
    let mut used = BTreeSet::new();
    let mut patches = BTreeSet::new();
    let mut rendered = Vec::new();
    for folder in tree.leaves() {
        match tree.render(folder, 0, &mut used, &mut patches) {
            Some(out) if rendered.len() + out.len() <= ALL_CAP => rendered.extend(out),
            Some(_) => unjudged.push(Unjudged {
                file: tree.manifests[tree.folders[folder]].file,
                reason: Reason::LimitCount,
                detail: format!("overlays render to more than {ALL_CAP} manifests"),
            }),
            None => {}
        }
    }
    for one in rendered {
        kubernetes::subjects(world, one.file, one.document);
    }
    let mut rest = Vec::new();
    for (number, one) in manifests.into_iter().enumerate() {
        if patches.contains(&number) {
            let from = world.docs.len();
            kubernetes::subjects(world, one.file, one.document);
            world.partial.extend(from..world.docs.len());
        } else if !used.contains(&number) {
            rest.push((one.file, one.document));
        }
    }
    rest
}

impl<'a> Tree<'a> {
    /// Kustomizations that no other one uses.
    fn leaves(&self) -> Vec<&'a str> {
        let mut below = BTreeSet::new();
        for (folder, number) in &self.folders {
            let document = &self.manifests[*number].document;
            let named = named_by(document).into_iter();
            below.extend(named.filter_map(|name| resolve(folder, &name)));
        }
        let leaf = |folder: &&&str| !below.contains(**folder);
        let component = |folder: &&&str| {
            let document = &self.manifests[self.folders[**folder]].document;
            document.text_at(document.root(), &["kind"]) == Some("Component")
        };
        let folders = self.folders.keys().filter(leaf);
        folders.filter(|it| !component(it)).copied().collect()
    }

    /// The documents of a file, by their numbers.
    fn of_file(&self, path: &str) -> Vec<usize> {
        let Some(file) = self.paths.get(path) else {
            return Vec::new();
        };
        let all = self.manifests.iter().enumerate();
        all.filter(|(_, it)| it.file == *file)
            .map(|(number, _)| number)
            .collect()
    }

    /// What a kustomization renders to; `None` when that cannot be known. `used` are the documents that
    /// went in, `patches` those that are laid over others.
    fn render(
        &self,
        folder: &str,
        depth: usize,
        used: &mut BTreeSet<usize>,
        patches: &mut BTreeSet<usize>,
    ) -> Option<Vec<Manifest>> {
        if depth > DEPTH {
            return None;
        }
        let document = &self.manifests[*self.folders.get(folder)?].document;
        let root = document.root();
        let mut out = Vec::new();
        let mut known = true;
        for list in ["resources", "bases"] {
            for named in texts(document, root, list) {
                let Some(full) = resolve(folder, &named) else {
                    continue;
                };
                if self.folders.contains_key(full.as_str()) {
                    match self.render(&full, depth + 1, used, patches) {
                        Some(more) => out.extend(more),
                        None => known = false,
                    }
                }
                for number in self.of_file(&full) {
                    used.insert(number);
                    let one = &self.manifests[number];
                    out.push(Manifest {
                        file: one.file,
                        document: one.document.clone(),
                    });
                }
            }
        }
        if out.len() > RENDERED_CAP {
            return None;
        }
        for named in texts(document, root, "components") {
            known &= self.component(folder, &named, depth, used, patches, &mut out);
        }
        known &= self.apply(folder, document, &mut out, patches);
        known.then_some(out)
    }

    /// Applies a component, which changes what came before it.
    fn component(
        &self,
        folder: &str,
        named: &str,
        depth: usize,
        used: &mut BTreeSet<usize>,
        patches: &mut BTreeSet<usize>,
        out: &mut Vec<Manifest>,
    ) -> bool {
        let Some(full) = resolve(folder, named) else {
            return false;
        };
        let Some(number) = self.folders.get(full.as_str()) else {
            return false;
        };
        let Some(more) = self.render(&full, depth + 1, used, patches) else {
            return false;
        };
        out.extend(more);
        self.apply(&full, &self.manifests[*number].document, out, patches)
    }

    /// Applies what a kustomization says of the documents before it.
    fn apply(
        &self,
        folder: &str,
        document: &Document,
        out: &mut Vec<Manifest>,
        patches: &mut BTreeSet<usize>,
    ) -> bool {
        let root = document.root();
        let other = [
            "transformers",
            "replacements",
            "vars",
            "configurations",
            "validators",
        ];
        if other.iter().any(|key| document.get(root, key).is_some()) {
            return false;
        }
        let mut known = true;
        let here = |named: &str| resolve(folder, named).map(|full| self.of_file(&full));
        for text in texts(document, root, "patchesStrategicMerge") {
            known &= match text.contains('\n') {
                true => change::inline(&text, None, out),
                false => self.laid_over(here(&text), None, out, patches),
            };
        }
        for list in ["patches", "patchesJson6902"] {
            let items = document.get(root, list).map(|id| document.children(id));
            for item in items.unwrap_or_default() {
                let target = document.get(item, "target").map(|id| (document, id));
                if let Some(text) = document.text_at(item, &["patch"]) {
                    known &= change::inline(text, target, out);
                } else if let Some(path) = document.text_at(item, &["path"]) {
                    known &= self.laid_over(here(path), target, out, patches);
                }
            }
        }
        change::images(document, out);
        change::replicas(document, out);
        change::namespace(document, out);
        known
    }

    /// Lays the documents of a file over others; false when there are none.
    fn laid_over(
        &self,
        numbers: Option<Vec<usize>>,
        target: Option<change::Target<'_>>,
        out: &mut Vec<Manifest>,
        patches: &mut BTreeSet<usize>,
    ) -> bool {
        let numbers = numbers.unwrap_or_default();
        if numbers.is_empty() {
            return false;
        }
        patches.extend(numbers.iter().copied());
        numbers.iter().all(|number| {
            let patch = &self.manifests[*number].document;
            match patch.node(patch.root()).value {
                Value::Sequence(_) => change::operations(patch, target, out),
                _ => change::strategic(patch, target, out),
            }
        })
    }
}
