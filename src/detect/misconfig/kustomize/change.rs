//! What a kustomization does to manifests: strategic patches, operations of JSON
//! Patch (RFC 6902), images, replicas, a namespace. Each says whether it could be
//! applied; what could not leaves the result unknown.

use super::Manifest;
use crate::document::Document;
use crate::document::NodeId;
use crate::document::Value;
use crate::document::yaml;
use regex::Regex;

/// The selector of a patch and the document it stands in.
pub(super) type Target<'a> = (&'a Document, NodeId);

/// Applies a patch that stands in the kustomization itself.
pub(super) fn inline(text: &str, target: Option<Target<'_>>, out: &mut Vec<Manifest>) -> bool {
    let patches = yaml::read(text).into_iter();
    let done: Vec<bool> = patches
        .map(|patch| match patch {
            Err(_) => false,
            Ok(patch) => match patch.node(patch.root()).value {
                Value::Sequence(_) => operations(&patch, target, out),
                _ => strategic(&patch, target, out),
            },
        })
        .collect();
    // Nobody judges it by itself, so what it brought is judged where it was brought to.
    out.iter_mut().for_each(|one| one.document.own_all());
    done.into_iter().all(|done| done)
}

/// Merges a patch over the manifests it is for.
pub(super) fn strategic(
    patch: &Document,
    target: Option<Target<'_>>,
    out: &mut Vec<Manifest>,
) -> bool {
    let Some(chosen) = chosen(patch, target, out) else {
        return false;
    };
    let root = patch.root();
    if patch.text_at(root, &["$patch"]) == Some("delete") {
        chosen.into_iter().rev().for_each(|number| {
            out.remove(number);
        });
        return true;
    }
    for number in chosen {
        let document = &mut out[number].document;
        let (name, kind) = (
            keep(document, &["metadata", "name"]),
            keep(document, &["kind"]),
        );
        document.merge(document.root(), patch, root);
        // The name of a patch is that of its target, which a prefix may have changed.
        for (place, value) in [name, kind].into_iter().flatten() {
            document.set(place, value);
        }
    }
    true
}

fn keep(document: &Document, keys: &[&str]) -> Option<(NodeId, Value)> {
    let id = document.at(document.root(), keys)?;
    Some((id, document.node(id).value.clone()))
}

/// The manifests a patch is for; `None` when that cannot be known.
fn chosen(patch: &Document, target: Option<Target<'_>>, out: &[Manifest]) -> Option<Vec<usize>> {
    let Some((document, at)) = target else {
        let word = |keys: &[&str]| patch.text_at(patch.root(), keys);
        let (kind, name) = (word(&["kind"])?, word(&["metadata", "name"])?);
        let own = |it: &Manifest| {
            let root = it.document.root();
            let name = it.document.text_at(root, &["metadata", "name"])?;
            let same = it.document.text_at(root, &["kind"]) == Some(kind);
            same.then(|| name.to_owned())
        };
        let named = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let same = out
                .iter()
                .enumerate()
                .filter(|(_, it)| own(it).is_some_and(|own| is(&own)));
            same.map(|(number, _)| number).collect()
        };
        // A patch may use the name that a prefix or suffix made.
        let exact = named(&|own| own == name);
        return Some(match exact.is_empty() {
            true => named(&|own| name.ends_with(own) || name.starts_with(own)),
            false => exact,
        });
    };
    if ["labelSelector", "annotationSelector"]
        .iter()
        .any(|key| document.get(at, key).is_some())
    {
        return None;
    }
    let pattern = |key: &str| match document.text_at(at, &[key]) {
        None | Some("") => Some(None),
        Some(text) => Regex::new(&format!("^(?:{text})$")).ok().map(Some),
    };
    let (kind, name) = (pattern("kind")?, pattern("name")?);
    let fits = |expression: &Option<Regex>, text: Option<&str>| {
        expression
            .as_ref()
            .is_none_or(|it| text.is_some_and(|text| it.is_match(text)))
    };
    let same = out.iter().enumerate().filter(|(_, it)| {
        let root = it.document.root();
        fits(&kind, it.document.text_at(root, &["kind"]))
            && fits(&name, it.document.text_at(root, &["metadata", "name"]))
    });
    Some(same.map(|(number, _)| number).collect())
}

/// Applies a list of operations.
pub(super) fn operations(
    patch: &Document,
    target: Option<Target<'_>>,
    out: &mut [Manifest],
) -> bool {
    let Some(chosen) = target.and_then(|_| chosen(patch, target, out)) else {
        return false;
    };
    for number in chosen {
        for operation in patch.children(patch.root()) {
            if operate(&mut out[number].document, patch, operation).is_none() {
                return false;
            }
        }
    }
    true
}

/// One operation; `None` for one that is not done here. A place that is not there is passed over.
fn operate(document: &mut Document, patch: &Document, operation: NodeId) -> Option<()> {
    let word = |key: &str| patch.text_at(operation, &[key]);
    let (name, path) = (word("op")?, word("path")?);
    let parts: Vec<String> = path.strip_prefix('/')?.split('/').map(unescape).collect();
    let (last, way) = parts.split_last()?;
    let mut at = document.root();
    for part in way {
        match child(document, at, part) {
            Some(next) => at = next,
            None => return Some(()),
        }
    }
    let old = child(document, at, last);
    let is_list = matches!(document.node(at).value, Value::Sequence(_));
    match (name, old) {
        ("test", _) => {}
        ("remove", Some(old)) if is_list => document.remove_item(at, old),
        ("remove", _) => document.remove_key(at, last),
        ("add" | "replace", old) => {
            let value = patch.get(operation, "value")?;
            match old {
                Some(old) if !(is_list && name == "add") => document.take(old, patch, value),
                _ if is_list => document.push(at, patch, value),
                _ => document.insert(at, last, patch, value),
            }
        }
        _ => return None,
    }
    Some(())
}

/// RFC 6901: `~1` is a slash, `~0` a tilde.
fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

fn child(document: &Document, at: NodeId, part: &str) -> Option<NodeId> {
    match &document.node(at).value {
        Value::Sequence(items) => items.get(part.parse::<usize>().ok()?).copied(),
        _ => document.get(at, part),
    }
}

/// Gives images the names, tags and digests that the kustomization says.
pub(super) fn images(document: &Document, out: &mut [Manifest]) {
    for item in items(document, "images") {
        let word = |key: &str| document.text_at(item, &[key]);
        let Some(name) = word("name") else { continue };
        for one in &mut *out {
            for place in image_places(&one.document) {
                let old = one.document.text(place).unwrap_or_default().to_owned();
                let (own, rest) = split(&old);
                if own != name {
                    continue;
                }
                let tag = match (word("digest"), word("newTag")) {
                    (Some(digest), _) => format!("@{digest}"),
                    (None, Some(tag)) => format!(":{tag}"),
                    (None, None) => rest.to_owned(),
                };
                let text = word("newName").unwrap_or(own).to_owned() + &tag;
                one.document.set(place, plain(&text));
            }
        }
    }
}

/// The values of `image` in containers.
fn image_places(document: &Document) -> Vec<NodeId> {
    let mut found = Vec::new();
    for list in document.ids() {
        let crate::document::Label::Key(key) = &document.node(list).label else {
            continue;
        };
        if matches!(
            &**key,
            "containers" | "initContainers" | "ephemeralContainers"
        ) {
            let items = document.children(list).into_iter();
            found.extend(items.filter_map(|item| document.get(item, "image")));
        }
    }
    found
}

/// An image's name, and its tag or digest with the mark before it.
fn split(image: &str) -> (&str, &str) {
    let from = image.rfind('/').map_or(0, |slash| slash + 1);
    match image[from..].find(['@', ':']) {
        Some(at) => image.split_at(from + at),
        None => (image, ""),
    }
}

/// Gives workloads the numbers of replicas that the kustomization says.
pub(super) fn replicas(document: &Document, out: &mut [Manifest]) {
    for item in items(document, "replicas") {
        let (Some(name), Some(count)) = (
            document.text_at(item, &["name"]),
            document.get(item, "count"),
        ) else {
            continue;
        };
        for one in &mut *out {
            let root = one.document.root();
            if one.document.text_at(root, &["metadata", "name"]) != Some(name) {
                continue;
            }
            if let Some(spec) = one.document.get(root, "spec") {
                put(&mut one.document, spec, "replicas", document, count);
            }
        }
    }
}

/// Puts everything in the namespace that the kustomization says.
pub(super) fn namespace(document: &Document, out: &mut [Manifest]) {
    let Some(value) = document.get(document.root(), "namespace") else {
        return;
    };
    for one in out {
        if let Some(meta) = one.document.get(one.document.root(), "metadata") {
            put(&mut one.document, meta, "namespace", document, value);
        }
    }
}

fn put(into: &mut Document, at: NodeId, key: &str, from: &Document, value: NodeId) {
    match into.get(at, key) {
        Some(old) => into.set(old, from.node(value).value.clone()),
        None => {
            into.insert(at, key, from, value);
            into.own_all();
        }
    }
}

fn items(document: &Document, key: &str) -> Vec<NodeId> {
    let list = document.get(document.root(), key);
    list.map(|list| document.children(list)).unwrap_or_default()
}

fn plain(text: &str) -> Value {
    Value::Text {
        text: text.into(),
        plain: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_split_at_their_tag() {
        assert_eq!(split("a:1"), ("a", ":1"));
        assert_eq!(split("r:5000/a/b"), ("r:5000/a/b", ""));
        assert_eq!(split("r:5000/a@sha256:x"), ("r:5000/a", "@sha256:x"));
    }

    #[test]
    fn operations_add_replace_and_remove() {
        let read = |text: &str| yaml::read(text).remove(0).unwrap();
        let mut out = vec![Manifest {
            file: 0,
            document: read("kind: Pod\nmetadata: {name: a}\nspec: {list: [1, 2], x: 1, y: 2}\n"),
        }];
        let target = read("target: {kind: Pod}\n");
        let at = target.get(target.root(), "target").unwrap();
        let patch = read(
            "- {op: add, path: /spec/list/-, value: 3}\n- {op: remove, path: /spec/list/0}\n- {op: replace, path: /spec/x, value: {z: 1}}\n- {op: remove, path: /spec/y}\n- {op: add, path: /metadata/a~1b, value: c}\n",
        );
        assert!(operations(&patch, Some((&target, at)), &mut out));
        let made = &out[0].document;
        let spec = made.at(made.root(), &["spec"]).unwrap();
        let list = made.children(made.get(spec, "list").unwrap());
        let texts: Vec<_> = list.iter().map(|id| made.text(*id).unwrap()).collect();
        assert_eq!(texts, ["2", "3"]);
        assert_eq!(made.text_at(spec, &["x", "z"]), Some("1"));
        assert!(made.get(spec, "y").is_none());
        assert_eq!(made.text_at(made.root(), &["metadata", "a/b"]), Some("c"));
        let odd = read("- {op: move, path: /spec/x, from: /spec/y}\n");
        assert!(!operations(&odd, Some((&target, at)), &mut out));
    }
}
