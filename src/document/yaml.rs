//! YAML 1.2 by the events of `granit-parser`: many documents in a file, anchors and
//! merge keys, tags kept. A document that breaks off is told and the next one is
//! read; aliases share the node they name, so that they cost nothing.

use super::Broken;
use super::Builder;
use super::DEPTH_CAP;
use super::Document;
use super::NODE_CAP;
use super::NodeId;
use super::Value;
use super::template;
use granit_parser::Event;
use granit_parser::Parser;
use granit_parser::ScalarStyle;
use granit_parser::Span;
use std::collections::BTreeMap;
use std::ops::Range;

/// Documents of one file, at most; the rest is told as one that breaks the budget.
const DOCUMENT_CAP: usize = 10_000;

/// Reads all documents of a text; each is a tree, or the reason why there is none.
pub fn read(text: &str) -> Vec<Result<Document, Broken>> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEPTH_CAP,
        block_nesting_limit: DEPTH_CAP,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut documents = Vec::new();
    let mut nodes = 0;
    loop {
        match one(&mut parser) {
            Ok(Some(document)) => {
                nodes += document.len();
                documents.push(Ok(document));
            }
            Ok(None) => return documents,
            Err(broken) => {
                documents.push(Err(broken));
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    return documents;
                }
            }
        }
        if documents.len() > DOCUMENT_CAP || nodes > NODE_CAP {
            documents.push(Err(Broken::Nodes));
            return documents;
        }
    }
}

/// Reads all documents of a template, as far as they can be read without rendering it: what the
/// template puts in is unknown.
pub fn read_template(text: &str) -> Vec<Result<Document, Broken>> {
    let filled = template::fill(text);
    let documents = read(&filled);
    documents
        .into_iter()
        .map(|document| match document {
            Ok(document) => Ok(document.with_holes(template::HOLE)),
            Err(Broken::Syntax(line)) => Err(Broken::Template(line)),
            Err(broken) => Err(broken),
        })
        .collect()
}

type Events<'a> = Parser<'a, granit_parser::StrInput<'a>>;

/// The next document; `None` at the end.
fn one(parser: &mut Events<'_>) -> Result<Option<Document>, Broken> {
    let mut tree = Tree::default();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| Broken::Syntax(error.marker().line()))?;
        match event {
            Event::StreamEnd => return Ok(None),
            Event::DocumentEnd => {
                let builder = std::mem::take(&mut tree.builder);
                return Ok(tree.root.map(|root| builder.finish(root)));
            }
            event => tree.event(event, &span)?,
        }
    }
    Ok(None)
}

/// A key and its place.
type Key = (Box<str>, Range<usize>);

/// A document while it is read.
#[derive(Default)]
struct Tree {
    builder: Builder,
    root: Option<NodeId>,
    /// Collections that are open, with the key a mapping waits for a value of.
    open: Vec<(NodeId, Option<Key>)>,
    anchors: BTreeMap<usize, NodeId>,
    merged: usize,
}

impl Tree {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Broken> {
        let bytes = span.byte_range().unwrap_or(0..0);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                if self.take_key(&text, &bytes) {
                    return Ok(());
                }
                let is_null =
                    plain && tag.is_none() && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = match is_null {
                    true => Value::Null,
                    false => Value::Text {
                        text: text.into(),
                        plain,
                    },
                };
                let id = self.builder.add(value, bytes)?;
                self.tag(id, tag.as_deref());
                self.anchor(anchor, id);
                self.place(id);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let id = self.builder.add(Value::Sequence(Vec::new()), bytes)?;
                self.begin(id, anchor, tag.as_deref())?;
            }
            Event::MappingStart(_, anchor, tag) => {
                let id = self.builder.add(Value::Mapping(Vec::new()), bytes)?;
                self.begin(id, anchor, tag.as_deref())?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((id, _)) = self.open.pop() {
                    self.builder.node(id).span.end = bytes.end;
                    self.merge(id)?;
                }
            }
            Event::Alias(anchor) => {
                // An alias inside of what it names would be a circle.
                let named = self.anchors.get(&anchor).copied();
                let named = named.filter(|id| self.open.iter().all(|(open, _)| open != id));
                let id = match named {
                    Some(id) => id,
                    None => self.builder.add(Value::Unknown("".into()), bytes)?,
                };
                self.place(id);
            }
            _ => {}
        }
        Ok(())
    }

    fn tag(&mut self, id: NodeId, tag: Option<&granit_parser::Tag>) {
        if let Some(tag) = tag.filter(|tag| tag.is_custom()) {
            self.builder.node(id).tag = Some(tag.suffix().trim_start_matches('!').into());
        }
    }

    fn anchor(&mut self, anchor: usize, id: NodeId) {
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn begin(
        &mut self,
        id: NodeId,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
    ) -> Result<(), Broken> {
        if self.open.len() >= DEPTH_CAP {
            return Err(Broken::Depth);
        }
        self.tag(id, tag);
        self.anchor(anchor, id);
        // A collection as a key has no name we could call it by.
        if let Some((parent, key @ None)) = self.open.last_mut() {
            let parent = *parent;
            if matches!(self.builder.peek(parent).value, Value::Mapping(_)) {
                *key = Some(("?".into(), 0..0));
                self.open.push((id, None));
                // What follows the key is its value; the key itself is dropped.
                return Ok(());
            }
        }
        self.place(id);
        self.open.push((id, None));
        Ok(())
    }

    /// Takes a scalar as the key of the innermost mapping, if that waits for one.
    fn take_key(&mut self, text: &str, bytes: &Range<usize>) -> bool {
        let Some((parent, key @ None)) = self.open.last_mut() else {
            return false;
        };
        if !matches!(self.builder.peek(*parent).value, Value::Mapping(_)) {
            return false;
        }
        *key = Some((text.into(), bytes.clone()));
        true
    }

    /// Gives a node to the innermost collection.
    fn place(&mut self, id: NodeId) {
        match self.open.last_mut() {
            None => self.root = self.root.or(Some(id)),
            Some((parent, key)) => {
                let parent = *parent;
                match key.take() {
                    Some((key, place)) => self.builder.insert(parent, key, place, id),
                    None => self.builder.push(parent, id),
                }
            }
        }
    }

    /// Takes over what `<<` names and the mapping does not say itself.
    fn merge(&mut self, id: NodeId) -> Result<(), Broken> {
        let Value::Mapping(entries) = &self.builder.peek(id).value else {
            return Ok(());
        };
        let Some((_, from)) = entries.iter().find(|(key, _)| &**key == "<<") else {
            return Ok(());
        };
        let sources = match &self.builder.peek(*from).value {
            Value::Sequence(items) => items.clone(),
            _ => vec![*from],
        };
        let mut more = Vec::new();
        for source in sources {
            if let Value::Mapping(theirs) = &self.builder.peek(source).value {
                let news = theirs.iter().filter(|(key, _)| {
                    let has = |list: &[(Box<str>, NodeId)]| list.iter().any(|(k, _)| k == key);
                    !has(entries) && !has(&more)
                });
                let news: Vec<_> = news.cloned().collect();
                more.extend(news);
            }
        }
        self.merged += more.len();
        if self.merged > NODE_CAP {
            return Err(Broken::Nodes);
        }
        if let Value::Mapping(entries) = &mut self.builder.node(id).value {
            entries.extend(more);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Document {
        read(text).remove(0).unwrap()
    }

    #[test]
    fn spans_are_bytes_and_paths_are_said() {
        let text = "\u{e4}: 1\nspec:\n  containers:\n    - name: \u{e9}x\n      image: \"a:1\"\n";
        let doc = first(text);
        let image = doc.ids().find(|id| doc.text(*id) == Some("a:1")).unwrap();
        assert_eq!(doc.path(image), "spec.containers[0].image");
        assert_eq!(&text[doc.place(image)], "image");
        assert_eq!(&text[doc.node(image).span.clone()], "\"a:1\"");
    }

    #[test]
    fn a_broken_document_does_not_take_the_others_with_it() {
        let all = read("a: 1\n---\nb: [1, 2\n---\nc: 3\n");
        assert_eq!(all.len(), 3);
        assert!(all[0].is_ok() && all[2].is_ok());
        assert!(matches!(all[1], Err(Broken::Syntax(_))));
    }

    #[test]
    fn merges_and_aliases_are_seen_through() {
        let doc = first("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nlist: [*b]\n");
        assert_eq!(doc.text_at(doc.root(), &["use", "x"]), Some("1"));
        assert_eq!(doc.text_at(doc.root(), &["use", "y"]), Some("3"));
        let tagged = first("a: !Ref Bucket\nb: !Sub 'x'\n");
        let id = tagged.at(tagged.root(), &["a"]).unwrap();
        assert_eq!(tagged.node(id).tag.as_deref(), Some("Ref"));
    }

    #[test]
    fn hostile_text_ends_at_a_budget() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..30 {
            let before = n - 1;
            let inner = format!("*a{before}, ").repeat(9);
            bomb.push_str(&format!("a{n}: &a{n} [{inner}]\n"));
        }
        assert!(first(&bomb).len() < 1000);
        assert!(read(&"[".repeat(100_000)).iter().all(Result::is_err));
        assert!(read(&"a:\n ".repeat(5)).len() < 3);
        let mut deep = String::new();
        for depth in 0..5_000 {
            deep.push_str(&" ".repeat(depth));
            deep.push_str("a:\n");
        }
        assert!(read(&deep).iter().all(Result::is_err));
        assert_eq!(read("&a [*a]").len(), 1);
    }
}
