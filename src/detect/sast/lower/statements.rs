//! Statements: branches, loops, faults and blocks, whatever a language calls them.
//! What a branch does to values is decided when the code is run.

use super::Act;
use super::Lower;
use crate::detect::sast::code::Id;
use crate::detect::sast::code::Kind;
use crate::detect::sast::syntax::NodeId;

impl Lower<'_, '_> {
    /// The statements of a node, in order. Decorators among them go to what follows.
    pub(super) fn block(&mut self, node: NodeId) -> Id {
        let statements = self.lower_all(node);
        self.add_at(node, Kind::Block(statements))
    }

    pub(super) fn statement(&mut self, node: NodeId) -> Id {
        match self.act(node) {
            Act::If | Act::Unless => self.choice(node),
            Act::While => {
                let test = self.lower_child(node, 0);
                let body = self.lower_child(node, 1).into_iter().collect();
                self.repeat(node, Vec::new(), None, test, body)
            }
            Act::For => {
                let before = self.lower_child(node, 0).into_iter().collect();
                let test = self.lower_child(node, 1);
                let mut body: Vec<Id> = self.lower_child(node, 3).into_iter().collect();
                body.extend(self.lower_child(node, 2));
                self.repeat(node, before, None, test, body)
            }
            Act::ForEach => {
                let left = self.lower_child(node, 0);
                let right = self.lower_child(node, 1);
                let body = self.lower_child(node, 2).into_iter().collect();
                self.repeat(node, Vec::new(), right.zip(left), None, body)
            }
            Act::Switch => self.statement_switch(node),
            Act::Try => self.attempt(node),
            _ => self.block(node),
        }
    }

    pub(super) fn repeat(
        &mut self,
        node: NodeId,
        before: Vec<Id>,
        each: Option<(Id, Id)>,
        test: Option<Id>,
        body: Vec<Id>,
    ) -> Id {
        self.add_at(
            node,
            Kind::Loop {
                before,
                each,
                test,
                body,
            },
        )
    }

    fn choice(&mut self, node: NodeId) -> Id {
        let is_unless = matches!(self.act(node), Act::Unless);
        let test = match self.lower_child(node, 0) {
            Some(test) => test,
            None => self.nothing(node),
        };
        let test = if is_unless {
            self.add_at(node, Kind::Not(test))
        } else {
            test
        };
        let yes = match self.lower_child(node, 1) {
            Some(yes) => yes,
            None => self.nothing(node),
        };
        let no = self.otherwise(node);
        self.add_at(node, Kind::Choice { test, yes, no })
    }

    /// The rest of a choice; several `elif` of one node are nested by a loop from the last.
    fn otherwise(&mut self, node: NodeId) -> Option<Id> {
        let field = self.meaning(node).fields[2];
        let alternatives: Vec<NodeId> = self
            .syntax
            .children(node)
            .filter(|child| field != 0 && self.syntax.field(*child) == field)
            .collect();
        let mut rest = None;
        for alternative in alternatives.into_iter().rev() {
            let is_choice = matches!(self.act(alternative), Act::If);
            let has_own_rest = is_choice && self.child(alternative, 2).is_some();
            if is_choice && !has_own_rest {
                let nothing = self.nothing(alternative);
                let test = self.lower_child(alternative, 0).unwrap_or(nothing);
                let yes = self.lower_child(alternative, 1).unwrap_or(nothing);
                let no = rest.take();
                rest = Some(self.add_at(alternative, Kind::Choice { test, yes, no }));
            } else {
                rest = Some(self.lower(alternative));
            }
        }
        rest
    }

    pub(super) fn statement_switch(&mut self, node: NodeId) -> Id {
        let value = self.lower_child(node, 0);
        let holder = self.child(node, 1).unwrap_or(node);
        let mut cases = Vec::new();
        let mut has_default = false;
        for child in self.named(holder) {
            if !matches!(self.act(child), Act::Case) {
                continue;
            }
            let (tests, body, is_default) = self.case(child);
            has_default |= is_default;
            cases.push((tests, body));
        }
        self.add_at(
            node,
            Kind::Switch {
                value,
                cases,
                has_default,
            },
        )
    }

    fn case(&mut self, node: NodeId) -> (Vec<Id>, Id, bool) {
        let field = self.meaning(node).fields[0];
        let mut tests = Vec::new();
        let mut body = Vec::new();
        for child in self.named(node) {
            let is_label = self.kind_name(child).ends_with("label");
            if field != 0 && self.syntax.field(child) == field || is_label {
                tests.push(self.lower(child));
            } else {
                body.push(self.lower(child));
            }
        }
        let is_default = tests.is_empty() || self.source(node).starts_with("default");
        let body = self.add_at(node, Kind::Block(body));
        (tests, body, is_default)
    }

    pub(super) fn attempt(&mut self, node: NodeId) -> Id {
        let own = self.child(node, 0);
        let mut body = Vec::new();
        let mut handlers = Vec::new();
        let mut last = None;
        for child in self.named(node) {
            match self.act(child) {
                Act::Catch => handlers.push(self.block(child)),
                Act::Finally => last = Some(self.block(child)),
                _ => body.push(self.lower(child)),
            }
        }
        let at = own.unwrap_or(node);
        let body = self.add_at(at, Kind::Block(body));
        self.add_at(
            node,
            Kind::Try {
                body,
                handlers,
                last,
            },
        )
    }
}
