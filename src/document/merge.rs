//! Changes to a document after it was read: values taken over from another one,
//! as a strategic merge (Kubernetes) or at one place. What is taken over stands,
//! for a report, where the document is changed, and is known as not its own. Who
//! changes what is left to those who know the tools.

use super::Document;
use super::Label;
use super::NODE_CAP;
use super::Node;
use super::NodeId;
use super::Value;

/// Keys by which items of the lists of a pod are the same item (the merge keys of the
/// Kubernetes API); other lists are replaced.
const MERGE_KEYS: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("env", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("ports", &["containerPort", "port"]),
    ("volumeMounts", &["mountPath"]),
    ("hostAliases", &["ip"]),
];

/// What a patch does to the map it stands in.
const DIRECTIVE: &str = "$patch";

impl Document {
    /// True for a value that another document brought.
    pub fn is_foreign(&self, id: NodeId) -> bool {
        id.0 >= self.own || self.changed.contains(&id)
    }

    /// Calls everything its own that it holds now.
    pub fn own_all(&mut self) {
        self.own = self.nodes.len() as u32;
        self.changed.clear();
    }

    /// Takes over what another document says below `from`, as `kubectl patch --type strategic`
    /// does: maps by key, lists of known things by their names, anything else as a whole.
    pub fn merge(&mut self, at: NodeId, patch: &Document, from: NodeId) {
        let mut todo = vec![(at, from)];
        while let Some((at, from)) = todo.pop() {
            match (&self.node(at).value, &patch.node(from).value) {
                (Value::Mapping(_), Value::Mapping(_)) => {
                    self.merge_maps(at, patch, from, &mut todo);
                }
                (Value::Sequence(_), Value::Sequence(_)) => {
                    self.merge_lists(at, patch, from, &mut todo);
                }
                _ => self.take(at, patch, from),
            }
        }
    }

    fn merge_maps(
        &mut self,
        at: NodeId,
        patch: &Document,
        from: NodeId,
        todo: &mut Vec<(NodeId, NodeId)>,
    ) {
        if patch.text_at(from, &[DIRECTIVE]) == Some("replace") {
            self.set(at, Value::Mapping(Vec::new()));
        }
        for (key, value) in patch.entries(from) {
            match (self.get(at, key), &patch.node(*value).value) {
                _ if &**key == DIRECTIVE => {}
                (Some(_), Value::Null) => self.remove_key(at, key),
                (Some(_), _) if patch.text_at(*value, &[DIRECTIVE]) == Some("delete") => {
                    self.remove_key(at, key);
                }
                (Some(old), _) => todo.push((old, *value)),
                (None, Value::Null) => {}
                (None, _) => self.insert(at, key, patch, *value),
            }
        }
    }

    fn merge_lists(
        &mut self,
        at: NodeId,
        patch: &Document,
        from: NodeId,
        todo: &mut Vec<(NodeId, NodeId)>,
    ) {
        let Label::Key(list) = &self.node(at).label else {
            return self.take(at, patch, from);
        };
        let known = MERGE_KEYS.iter().find(|(name, _)| *name == &**list);
        let Some((_, keys)) = known else {
            return self.take(at, patch, from);
        };
        for item in patch.children(from) {
            let same = |old: &NodeId| {
                keys.iter().any(|key| {
                    let new = patch.text_at(item, &[key]);
                    new.is_some() && new == self.text_at(*old, &[key])
                })
            };
            let old = self.children(at).into_iter().find(same);
            let gone = patch.text_at(item, &[DIRECTIVE]) == Some("delete");
            match (old, gone) {
                (Some(old), true) => self.remove_item(at, old),
                (Some(old), false) => todo.push((old, item)),
                (None, true) => {}
                (None, false) => self.push(at, patch, item),
            }
        }
    }

    /// Puts a value of another document in the place of one of ours.
    pub fn take(&mut self, at: NodeId, patch: &Document, from: NodeId) {
        let place = self.place(at);
        let Some(copy) = self.copy(patch, from, &place) else {
            return self.set(at, Value::Unknown("".into()));
        };
        let value = self.node(copy).value.clone();
        for child in self.children(copy) {
            self.nodes[child.0 as usize].parent = Some(at);
        }
        self.set(at, value);
        self.changed.push(at);
    }

    /// Gives a map one more key.
    pub fn insert(&mut self, at: NodeId, key: &str, patch: &Document, from: NodeId) {
        let place = self.place(at);
        let Some(child) = self.copy(patch, from, &place) else {
            return self.set(at, Value::Unknown("".into()));
        };
        if let Value::Mapping(entries) = &mut self.nodes[at.0 as usize].value {
            entries.push((key.into(), child));
            self.adopt(at, child, Label::Key(key.into()));
        }
    }

    /// Gives a list one more item.
    pub fn push(&mut self, at: NodeId, patch: &Document, from: NodeId) {
        let place = self.place(at);
        let Some(child) = self.copy(patch, from, &place) else {
            return self.set(at, Value::Unknown("".into()));
        };
        if let Value::Sequence(items) = &mut self.nodes[at.0 as usize].value {
            items.push(child);
            let index = items.len() as u32 - 1;
            self.adopt(at, child, Label::Index(index));
        }
    }

    /// Takes a key out of a map.
    pub fn remove_key(&mut self, at: NodeId, key: &str) {
        if let Value::Mapping(entries) = &mut self.nodes[at.0 as usize].value {
            entries.retain(|(name, _)| &**name != key);
        }
    }

    /// Takes an item out of a list.
    pub fn remove_item(&mut self, at: NodeId, item: NodeId) {
        if let Value::Sequence(items) = &mut self.nodes[at.0 as usize].value {
            items.retain(|id| *id != item);
        }
    }

    fn adopt(&mut self, at: NodeId, child: NodeId, label: Label) {
        let node = &mut self.nodes[child.0 as usize];
        node.parent = Some(at);
        node.label = label;
    }

    /// Copies a value with all that is below it; `None` when there is no room for it.
    fn copy(
        &mut self,
        patch: &Document,
        from: NodeId,
        place: &std::ops::Range<usize>,
    ) -> Option<NodeId> {
        let top = self.blank(patch, from, place)?;
        let mut todo = vec![(top, from)];
        while let Some((to, from)) = todo.pop() {
            let value = match &patch.node(from).value {
                Value::Mapping(entries) => {
                    let mut copied = Vec::with_capacity(entries.len());
                    for (key, child) in entries {
                        let new = self.blank(patch, *child, place)?;
                        self.adopt(to, new, Label::Key(key.clone()));
                        copied.push((key.clone(), new));
                        todo.push((new, *child));
                    }
                    Value::Mapping(copied)
                }
                Value::Sequence(items) => {
                    let mut copied = Vec::with_capacity(items.len());
                    for (index, child) in items.iter().enumerate() {
                        let new = self.blank(patch, *child, place)?;
                        self.adopt(to, new, Label::Index(index as u32));
                        copied.push(new);
                        todo.push((new, *child));
                    }
                    Value::Sequence(copied)
                }
                other => other.clone(),
            };
            self.set(to, value);
        }
        Some(top)
    }

    fn blank(
        &mut self,
        patch: &Document,
        from: NodeId,
        place: &std::ops::Range<usize>,
    ) -> Option<NodeId> {
        if self.nodes.len() >= NODE_CAP {
            return None;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node {
            value: Value::Null,
            span: place.clone(),
            key: None,
            tag: patch.node(from).tag.clone(),
            parent: None,
            label: Label::Root,
        });
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::yaml;

    fn read(text: &str) -> Document {
        yaml::read(text).remove(0).expect("it is YAML")
    }

    #[test]
    fn maps_are_joined_lists_of_things_by_name_and_others_replaced() {
        let mut base = read(
            "spec:\n  containers:\n  - {name: a, image: x, args: [1, 2]}\n  - {name: b, image: y}\n  keep: 1\n  drop: 2\n",
        );
        let patch = read(
            "spec:\n  drop: null\n  containers:\n  - {name: a, args: [3], securityContext: {privileged: true}}\n  - {name: b, $patch: delete}\n  - {name: c, image: z}\n",
        );
        base.merge(base.root(), &patch, patch.root());
        let spec = base.at(base.root(), &["spec"]).unwrap();
        assert!(base.get(spec, "drop").is_none());
        assert_eq!(base.text_at(spec, &["keep"]), Some("1"));
        let list = base.children(base.get(spec, "containers").unwrap());
        let names: Vec<_> = list.iter().map(|id| base.text_at(*id, &["name"])).collect();
        assert_eq!(names, [Some("a"), Some("c")]);
        assert_eq!(base.text_at(list[0], &["image"]), Some("x"));
        let args = base.get(list[0], "args").unwrap();
        assert_eq!(base.children(args).len(), 1);
        let set = base
            .at(list[0], &["securityContext", "privileged"])
            .unwrap();
        assert!(base.is_foreign(set) && !base.is_foreign(list[0]));
        assert_eq!(
            base.path(set),
            "spec.containers[0].securityContext.privileged"
        );
    }

    #[test]
    fn a_map_can_be_replaced() {
        let mut base = read("a: {x: 1, y: 2}\n");
        let patch = read("a: {$patch: replace, z: 3}\n");
        base.merge(base.root(), &patch, patch.root());
        let a = base.at(base.root(), &["a"]).unwrap();
        assert_eq!(base.entries(a).len(), 1);
    }
}
