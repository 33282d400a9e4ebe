//! Configuration of any format as one kind of tree, with the bytes each part came
//! from. A reader for each format fills it; none recurses on foreign depth, and
//! each stops at a budget. What a tree means (a pod, a bucket, a workflow) is
//! left to those who look at it.

pub mod bicep;
pub mod blocks;
pub mod dockerfile;
pub mod hcl;
pub mod ini;
pub mod json;
pub mod merge;
pub mod template;
pub mod toml;
pub mod xml;
pub mod yaml;

use std::ops::Range;

/// The largest file that is read as configuration, in bytes.
pub const FILE_CAP: usize = 16 << 20;
/// Nodes of one document, at most.
pub const NODE_CAP: usize = 400_000;
/// Nodes within nodes, at most.
pub const DEPTH_CAP: usize = 200;

/// Why a document could not be read, or not wholly. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is not of its format from this line on, counted from 1.
    #[error("line {0} is not of the format")]
    Syntax(usize),
    /// More than [`NODE_CAP`].
    #[error("more than {NODE_CAP} values")]
    Nodes,
    /// More than [`DEPTH_CAP`].
    #[error("nested deeper than {DEPTH_CAP}")]
    Depth,
    /// It is not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// A template that could not be read without rendering it.
    #[error("a template that cannot be read without rendering it, line {0}")]
    Template(usize),
}

/// A node of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// How a node is named by its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// The root of a document.
    Root,
    /// A key of a mapping.
    Key(Box<str>),
    /// A place in a sequence, from 0.
    Index(u32),
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, said so.
    Null,
    /// A scalar as text, escapes resolved. `plain` is an unquoted one: it may mean a number or a truth value.
    Text {
        /// The text.
        text: Box<str>,
        /// It was not quoted.
        plain: bool,
    },
    /// Values in order.
    Sequence(Vec<NodeId>),
    /// Values by key, in order of the text.
    Mapping(Vec<(Box<str>, NodeId)>),
    /// The name of something defined elsewhere: `var.region`, a parameter.
    Reference(Box<str>),
    /// Something that only exists when the configuration is run or rendered; with its text.
    Unknown(Box<str>),
}

/// One value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it holds.
    pub value: Value,
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// The bytes of its key, for a value of a mapping.
    pub key: Option<Range<usize>>,
    /// A YAML tag (`!Ref`), or the labels of an HCL block.
    pub tag: Option<Box<str>>,
    /// The node that holds it; of a node with an alias, the first one.
    pub parent: Option<NodeId>,
    /// Its name there.
    pub label: Label,
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    nodes: Vec<Node>,
    root: NodeId,
    /// How many nodes its own text gave; later ones came from others.
    own: u32,
    /// Nodes of its own text that hold a value from elsewhere now.
    changed: Vec<NodeId>,
}

impl Document {
    /// The outermost node.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True when there is nothing but a null.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() <= 1 && matches!(self.node(self.root).value, Value::Null)
    }

    /// The value of a key of a mapping; the last one when it is there twice.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        match &self.node(id).value {
            Value::Mapping(entries) => {
                let mut entries = entries.iter().rev();
                entries.find(|(name, _)| &**name == key).map(|(_, id)| *id)
            }
            _ => None,
        }
    }

    /// The value below keys.
    pub fn at(&self, id: NodeId, keys: &[&str]) -> Option<NodeId> {
        keys.iter().try_fold(id, |id, key| self.get(id, key))
    }

    /// The text of a scalar.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).value {
            Value::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar below keys.
    pub fn text_at(&self, id: NodeId, keys: &[&str]) -> Option<&str> {
        self.text(self.at(id, keys)?)
    }

    /// The children of a mapping or sequence, in order.
    pub fn children(&self, id: NodeId) -> Vec<NodeId> {
        match &self.node(id).value {
            Value::Mapping(entries) => entries.iter().map(|(_, id)| *id).collect(),
            Value::Sequence(items) => items.clone(),
            _ => Vec::new(),
        }
    }

    /// The keys and values of a mapping, in order.
    pub fn entries(&self, id: NodeId) -> &[(Box<str>, NodeId)] {
        match &self.node(id).value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The key with its value, or the value alone where there is no key.
    pub fn place(&self, id: NodeId) -> Range<usize> {
        let node = self.node(id);
        node.key.clone().unwrap_or_else(|| node.span.clone())
    }

    /// The way from the root, such as `spec.containers[0].image`; empty for the root.
    pub fn path(&self, id: NodeId) -> String {
        let mut labels = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at.filter(|_| labels.len() <= DEPTH_CAP) {
            let node = self.node(id);
            labels.push(&node.label);
            at = node.parent;
        }
        let mut path = String::new();
        for label in labels.into_iter().rev() {
            match label {
                Label::Root => {}
                Label::Index(index) => path.push_str(&format!("[{index}]")),
                Label::Key(key) => {
                    let is_plain = |c: char| c.is_alphanumeric() || "_-/".contains(c);
                    if !path.is_empty() {
                        path.push('.');
                    }
                    match key.chars().all(is_plain) {
                        true => path.push_str(key),
                        false => path.push_str(&format!("\"{key}\"")),
                    }
                }
            }
        }
        path
    }

    /// Gives a node another value: what a platform's own notation means.
    pub fn set(&mut self, id: NodeId, value: Value) {
        self.nodes[id.0 as usize].value = value;
    }

    /// Makes values that hold this character unknown, and keys that do a name that may be any.
    #[must_use]
    pub(crate) fn with_holes(mut self, hole: char) -> Document {
        for node in &mut self.nodes {
            match &mut node.value {
                Value::Text { text, .. } if text.contains(hole) => {
                    node.value = Value::Unknown(text.replace(hole, "").into());
                }
                Value::Mapping(entries) => {
                    for (key, _) in entries.iter_mut().filter(|(key, _)| key.contains(hole)) {
                        *key = "*".into();
                    }
                }
                _ => {}
            }
        }
        self
    }

    /// All nodes in the order of the text, each once.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> {
        (0..self.nodes.len() as u32).map(NodeId)
    }
}

/// Puts a document together and holds it within its budget.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    nodes: Vec<Node>,
}

impl Builder {
    /// Adds a node without a parent.
    pub(crate) fn add(&mut self, value: Value, span: Range<usize>) -> Result<NodeId, Broken> {
        if self.nodes.len() >= NODE_CAP {
            return Err(Broken::Nodes);
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node {
            value,
            span,
            key: None,
            tag: None,
            parent: None,
            label: Label::Root,
        });
        Ok(id)
    }

    /// Adds a scalar.
    pub(crate) fn text(
        &mut self,
        text: impl Into<Box<str>>,
        plain: bool,
        span: Range<usize>,
    ) -> Result<NodeId, Broken> {
        let text = text.into();
        self.add(Value::Text { text, plain }, span)
    }

    pub(crate) fn node(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    pub(crate) fn peek(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The value of a key of a mapping.
    pub(crate) fn child(&self, id: NodeId, key: &str) -> Option<NodeId> {
        match &self.peek(id).value {
            Value::Mapping(entries) => {
                let mut entries = entries.iter();
                entries.find(|(name, _)| &**name == key).map(|(_, id)| *id)
            }
            _ => None,
        }
    }

    /// True for a collection.
    pub(crate) fn nests(&self, id: NodeId) -> bool {
        matches!(self.peek(id).value, Value::Mapping(_) | Value::Sequence(_))
    }

    /// Appends to a sequence.
    pub(crate) fn push(&mut self, parent: NodeId, child: NodeId) {
        let mut index = 0;
        if let Value::Sequence(items) = &mut self.node(parent).value {
            index = items.len() as u32;
            items.push(child);
        }
        self.adopt(parent, child, Label::Index(index), None);
    }

    /// Adds a key and its value to a mapping.
    pub(crate) fn insert(
        &mut self,
        parent: NodeId,
        key: impl Into<Box<str>>,
        place: Range<usize>,
        child: NodeId,
    ) {
        let key = key.into();
        if let Value::Mapping(entries) = &mut self.node(parent).value {
            entries.push((key.clone(), child));
        }
        self.adopt(parent, child, Label::Key(key), Some(place));
    }

    fn adopt(&mut self, parent: NodeId, child: NodeId, label: Label, key: Option<Range<usize>>) {
        let node = self.node(child);
        if node.parent.is_none() && child != parent {
            node.parent = Some(parent);
            node.label = label;
            node.key = key;
        }
    }

    /// The finished document.
    pub(crate) fn finish(self, root: NodeId) -> Document {
        Document {
            own: self.nodes.len() as u32,
            nodes: self.nodes,
            root,
            changed: Vec::new(),
        }
    }
}

/// What the letter of an escape stands for in JSON and the formats that took its escapes over.
pub(crate) const fn escaped(letter: u8) -> Option<char> {
    Some(match letter {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        _ => return None,
    })
}

/// The character of a `\u` escape whose hexadecimal digits are these; a lone surrogate becomes U+FFFD.
pub(crate) fn by_code(digits: Option<&str>) -> Option<char> {
    let code = u32::from_str_radix(digits?, 16).ok()?;
    Some(char::from_u32(code).unwrap_or('\u{fffd}'))
}

/// The line of an offset, from 1.
pub(crate) fn line_of(bytes: &[u8], offset: usize) -> usize {
    memchr::memchr_iter(b'\n', &bytes[..offset.min(bytes.len())]).count() + 1
}
