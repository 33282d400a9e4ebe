//! What Kustomize makes of the manifests of HEAD: files that a kustomization joins
//! are judged together there, and where the files of a history speak for
//! themselves, what is made of them at HEAD overrules them.

use super::Versions;
use super::ages::Key;
use super::ages::key;
use crate::detect::misconfig;
use crate::model::object::ObjectId;
use crate::sources::git::ObjectReader;
use crate::sources::git::range::changes::Files;
use crate::sources::path::escape_path;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// The faults of what kustomizations make.
#[derive(Default)]
pub(super) struct Rendered {
    files: BTreeSet<String>,
    faults: BTreeSet<Key>,
}

impl Rendered {
    /// Whether a fault stands in what is made; `None` for a file that speaks for itself.
    pub(super) fn decides(&self, key: &Key) -> Option<bool> {
        self.files
            .contains(&key.2)
            .then(|| self.faults.contains(key))
    }
}

impl Versions<'_> {
    /// Those of the files of HEAD that kustomizations join.
    pub(super) fn groups(&self, all: &Files) -> Vec<Vec<(Vec<u8>, ObjectId)>> {
        let named = |path: &[u8]| misconfig::is_kustomization(&escape_path(path));
        let found: Vec<_> = all.iter().filter(|(path, _)| named(path)).collect();
        if found.is_empty() {
            return Vec::new();
        }
        let mut texts = Vec::new();
        for (path, id) in found {
            let mut bytes = Vec::new();
            let read = self.opened.read(id, &mut bytes).is_ok();
            if let Some(text) = String::from_utf8(bytes).ok().filter(|_| read) {
                texts.push((escape_path(path), text));
            }
        }
        let texts: Vec<(&str, &str)> = texts
            .iter()
            .map(|(path, text)| (&**path, &**text))
            .collect();
        let groups = misconfig::kustomize_groups(&texts);
        let all: BTreeMap<String, (Vec<u8>, ObjectId)> = all
            .iter()
            .map(|(path, id)| (escape_path(path), (path.clone(), *id)))
            .collect();
        let files = |group: BTreeSet<String>| -> Vec<(Vec<u8>, ObjectId)> {
            let found = group.iter().filter_map(|path| all.get(path).cloned());
            found.collect()
        };
        groups.into_iter().map(files).collect()
    }

    /// What is made of them.
    pub(super) fn rendered(&self, all: &Files) -> Rendered {
        let mut rendered = Rendered::default();
        for group in self.groups(all) {
            let paths = group.iter().map(|(path, _)| escape_path(path));
            rendered.files.extend(paths);
            let judged = self.judge(&group, None);
            rendered.faults.extend(judged.faults.iter().map(key));
        }
        rendered
    }
}
