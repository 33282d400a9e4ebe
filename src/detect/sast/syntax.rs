//! From bytes to a flat syntax tree: one bounded parse, one walk by a cursor.
//! What comes out is plain arrays, so that everything after it is free of
//! tree-sitter and can look at parents, children and fields at no cost.

use super::language::Language;
use std::ops::ControlFlow;
use tree_sitter::ParseOptions;
use tree_sitter::ParseState;
use tree_sitter::Parser;

/// Larger files are not parsed: what people write by hand is smaller.
pub(super) const SIZE_CAP: usize = 2 << 20;
/// Nodes deeper than this are not looked into; the tree itself may be deeper.
const DEPTH_CAP: u32 = 250;
/// Calls of the parser's progress function, a measure of its work that no clock changes:
/// an ordinary file of 2 MiB needs a fiftieth of it.
const WORK_CAP: u64 = 400_000;

/// Why there is no tree, or not all of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// More than the size cap.
    Size,
    /// The parser needed more work than its budget.
    Work,
    /// Something nests deeper than is looked into.
    Depth,
    /// The parser gave nothing.
    Failed,
}

/// A node's number in its tree; 0 is the root.
pub(super) type NodeId = u32;

/// No node.
const NONE: u32 = u32::MAX;

/// One node.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: u16,
    field: u16,
    named: bool,
    start: u32,
    end: u32,
    first: u32,
    next: u32,
}

/// The tree of one file.
#[derive(Debug)]
pub(super) struct Syntax {
    grammar: &'static tree_sitter::Language,
    nodes: Vec<Node>,
    /// True when some part could not be parsed and was walked round.
    pub(super) has_errors: bool,
    /// True when something was too deep to be looked into.
    pub(super) is_cut: bool,
}

impl Syntax {
    /// Parses `text`.
    pub(super) fn parse(language: Language, text: &[u8]) -> Result<Syntax, Fault> {
        if text.len() > SIZE_CAP {
            return Err(Fault::Size);
        }
        let mut parser = Parser::new();
        parser
            .set_language(language.grammar())
            .map_err(|_| Fault::Failed)?;
        let mut work = 0_u64;
        let mut progress = |_: &ParseState| {
            work += 1;
            if work > WORK_CAP {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let mut read = |at: usize, _| text.get(at..).unwrap_or_default();
        let tree = parser
            .parse_with_options(&mut read, None, Some(options))
            .ok_or(Fault::Work)?;
        Ok(Self::flatten(&tree, language.grammar()))
    }

    fn flatten(tree: &tree_sitter::Tree, grammar: &'static tree_sitter::Language) -> Syntax {
        let mut syntax = Syntax {
            grammar,
            nodes: Vec::with_capacity(tree.root_node().descendant_count().min(1 << 20)),
            has_errors: tree.root_node().has_error(),
            is_cut: false,
        };
        let mut cursor = tree.walk();
        // The last child seen at each depth, to be linked to the next one.
        let mut last: Vec<u32> = Vec::new();
        let mut parents: Vec<u32> = Vec::new();
        loop {
            let id = syntax.push(&cursor);
            match last.pop() {
                Some(NONE) => {
                    if let Some(parent) = parents.last() {
                        syntax.nodes[*parent as usize].first = id;
                    }
                }
                Some(before) => syntax.nodes[before as usize].next = id,
                None => {}
            }
            last.push(id);
            let is_deep = parents.len() as u32 >= DEPTH_CAP;
            if !is_deep && cursor.goto_first_child() {
                parents.push(id);
                last.push(NONE);
                continue;
            }
            if is_deep && cursor.node().child_count() > 0 {
                syntax.is_cut = true;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return syntax;
                }
                last.pop();
                parents.pop();
            }
        }
    }

    fn push(&mut self, cursor: &tree_sitter::TreeCursor<'_>) -> u32 {
        let node = cursor.node();
        let id = self.nodes.len() as u32;
        self.nodes.push(Node {
            kind: node.kind_id(),
            field: cursor.field_id().map_or(0, std::num::NonZeroU16::get),
            named: node.is_named() && !node.is_extra() || node.is_error(),
            start: node.start_byte() as u32,
            end: node.end_byte() as u32,
            first: NONE,
            next: NONE,
        });
        id
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The number of its kind in the grammar.
    pub(super) fn kind(&self, id: NodeId) -> u16 {
        self.nodes[id as usize].kind
    }

    /// The name of its kind in the grammar.
    pub(super) fn kind_text(&self, id: NodeId) -> &'static str {
        self.grammar
            .node_kind_for_id(self.kind(id))
            .unwrap_or_default()
    }

    /// True for what is no punctuation and no comment.
    pub(super) fn is_named(&self, id: NodeId) -> bool {
        self.nodes[id as usize].named
    }

    /// The parent of each node; the root is its own.
    pub(super) fn parents(&self) -> Vec<NodeId> {
        let mut parents = vec![0; self.nodes.len()];
        for id in 0..self.nodes.len() as NodeId {
            for child in self.children(id) {
                parents[child as usize] = id;
            }
        }
        parents
    }

    /// Its first and one past its last byte.
    pub(super) fn span(&self, id: NodeId) -> (u32, u32) {
        let node = &self.nodes[id as usize];
        (node.start, node.end)
    }

    /// All children, those without a name (punctuation) included.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut next = self.nodes[id as usize].first;
        std::iter::from_fn(move || {
            let id = (next != NONE).then_some(next)?;
            next = self.nodes[id as usize].next;
            Some(id)
        })
    }

    /// Children that have a name and are no comments.
    pub(super) fn named(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.children(id)
            .filter(|child| self.nodes[*child as usize].named)
    }

    /// The field of a child in its parent; 0 for none.
    pub(super) fn field(&self, id: NodeId) -> u16 {
        self.nodes[id as usize].field
    }

    /// The first child in a field.
    pub(super) fn child(&self, id: NodeId, field: u16) -> Option<NodeId> {
        if field == 0 {
            return None;
        }
        self.children(id)
            .find(|child| self.nodes[*child as usize].field == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_nesting_is_cut_and_said() {
        let text = "(".repeat(200_000);
        let tree = Syntax::parse(Language::Python, text.as_bytes());
        assert!(tree.is_err() || tree.is_ok_and(|tree| tree.is_cut || tree.has_errors));
        let text = format!("x = {}1{}", "[".repeat(5000), "]".repeat(5000));
        let tree = Syntax::parse(Language::Python, text.as_bytes()).unwrap();
        assert!(tree.is_cut);
    }

    #[test]
    fn a_large_file_is_refused_before_it_is_parsed() {
        let text = vec![b'a'; SIZE_CAP + 1];
        assert_eq!(
            Syntax::parse(Language::JavaScript, &text).err(),
            Some(Fault::Size)
        );
    }

    #[test]
    fn children_come_in_order() {
        let tree = Syntax::parse(Language::Python, b"a = 1\nb = f(2)\n").unwrap();
        let spans: Vec<_> = tree.named(0).map(|id| tree.span(id)).collect();
        assert_eq!(spans, [(0, 5), (6, 14)]);
    }
}
