//! Functions, classes and what is written at them: parameters with their types,
//! decorators, annotations, attributes.
//! What is made of them is decided when the code is run.

use super::Act;
use super::Lower;
use super::texts;
use crate::detect::sast::code::Function;
use crate::detect::sast::code::Id;
use crate::detect::sast::code::Kind;
use crate::detect::sast::code::Param;
use crate::detect::sast::language::Language;
use crate::detect::sast::syntax::NodeId;

/// Descents in search of the name inside of a declarator.
const NAME_DEPTH: usize = 8;

impl<'a> Lower<'a, '_> {
    pub(super) fn decorator(&mut self, node: NodeId) -> Id {
        let id = self.decoration(node);
        self.pending_start.get_or_insert(self.syntax.span(node).0);
        self.pending.push(id);
        self.nothing(node)
    }

    /// A decorator as a call; one without arguments is a call without any.
    fn decoration(&mut self, node: NodeId) -> Id {
        let args = self.child(node, 1).or_else(|| {
            self.named(node)
                .into_iter()
                .find(|child| self.kind_name(*child).ends_with("argument_list"))
        });
        let name = self
            .child(node, 0)
            .or_else(|| self.named(node).first().copied());
        let Some(name) = name else {
            return self.nothing(node);
        };
        let callee = self.lower(name);
        if matches!(self.code.kind(callee), Kind::Call { .. }) {
            return callee;
        }
        let args = args.map_or_else(Vec::new, |args| self.arguments(args));
        let is_new = false;
        self.add_at(
            node,
            Kind::Call {
                callee,
                args,
                is_new,
            },
        )
    }

    /// The decorators written inside of a node, and those before it.
    fn decorations(&mut self, node: NodeId) -> Vec<Id> {
        let mut found = std::mem::take(&mut self.pending);
        let mut holders = vec![node];
        while let Some(holder) = holders.pop() {
            for child in self.named(holder) {
                match self.act(child) {
                    Act::Decorator => found.push(self.decoration(child)),
                    Act::Decorators => holders.push(child),
                    _ => {}
                }
            }
        }
        found
    }

    pub(super) fn function(&mut self, node: NodeId) -> Id {
        let is_lambda = matches!(self.act(node), Act::Lambda);
        let (name_at, params_at, body_at) = if is_lambda { (3, 0, 1) } else { (0, 1, 2) };
        let start = self
            .pending_start
            .take()
            .unwrap_or(self.syntax.span(node).0);
        let decorators = self.decorations(node);
        self.pending_start = None;
        let name = match self.child(node, name_at) {
            Some(name) => texts::bare(self.source(name)),
            None => "",
        };
        let params = match self.child(node, params_at) {
            Some(params) => self.params(params),
            None => match self.by_field(node, "parameter") {
                Some(param) => self.param(param).into_iter().collect(),
                None => Vec::new(),
            },
        };
        let body_node = self.child(node, body_at);
        let head_end = body_node.map_or(self.syntax.span(node).1, |body| self.syntax.span(body).0);
        let at = (start, self.syntax.span(node).1);
        self.finish_function(
            node,
            name,
            params,
            body_node,
            decorators,
            (start, head_end),
            at,
        )
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "they are the parts of a function, each used once"
    )]
    pub(super) fn finish_function(
        &mut self,
        node: NodeId,
        name: &'a str,
        params: Vec<Param<'a>>,
        body_node: Option<NodeId>,
        decorators: Vec<Id>,
        head: (u32, u32),
        at: (u32, u32),
    ) -> Id {
        let declared = self.declared.take();
        let body = body_node.map(|body| self.lower(body));
        self.declared = declared;
        // In Ruby and Rust the last statement of a body is its value.
        let is_expression = matches!(self.language, Language::Ruby | Language::Rust)
            || body.is_some_and(|body| !matches!(self.code.kind(body), Kind::Block(_)));
        self.code.functions.push(Function {
            name,
            class: self.class,
            params,
            body,
            decorators,
            head,
            at,
            is_expression,
        });
        let index = self.code.functions.len() - 1;
        self.add_at(node, Kind::Function(index))
    }

    pub(super) fn params(&mut self, node: NodeId) -> Vec<Param<'a>> {
        if matches!(self.act(node), Act::Name) {
            return self.param(node).into_iter().collect();
        }
        let mut params = Vec::new();
        for child in self.named(node) {
            if matches!(self.act(child), Act::Skip) {
                continue;
            }
            let field = self.meaning(child).fields[0];
            let names: Vec<NodeId> = self
                .syntax
                .children(child)
                .filter(|one| field != 0 && self.syntax.field(*one) == field)
                .collect();
            if names.len() > 1 {
                for name in names {
                    let param = self.param(child).map(|param| Param {
                        name: self.source(name),
                        ..param
                    });
                    params.extend(param);
                }
            } else {
                params.extend(self.param(child));
            }
        }
        params
    }

    pub(super) fn param(&mut self, node: NodeId) -> Option<Param<'a>> {
        let at = self.syntax.span(node);
        let text = self.source(node);
        if matches!(self.act(node), Act::Name) {
            return Some(Param {
                name: text,
                text,
                at,
                ..Param::default()
            });
        }
        let name_node = self.child(node, 0).unwrap_or(node);
        let name = self.first_name(name_node)?;
        let declared = self
            .child(node, 1)
            .map_or("", |ty| texts::plain_type(self.source(ty)));
        let default = self.lower_child(node, 2);
        Some(Param {
            name,
            declared,
            text,
            default,
            at,
        })
    }

    /// The first name at or below a node, as in `*argv[]`.
    pub(super) fn first_name(&self, node: NodeId) -> Option<&'a str> {
        let mut at = vec![(node, 0)];
        while let Some((node, depth)) = at.pop() {
            if matches!(self.act(node), Act::Name) {
                return Some(self.source(node));
            }
            if depth < NAME_DEPTH {
                let mut children = self.named(node);
                children.reverse();
                at.extend(children.into_iter().map(|child| (child, depth + 1)));
            }
        }
        None
    }

    pub(super) fn class(&mut self, node: NodeId) -> Id {
        self.pending_start = None;
        let decorators = self.decorations(node);
        let name = self.child(node, 0).map_or("", |name| self.source(name));
        let outer = std::mem::replace(&mut self.class, name);
        let declared = self.declared.take();
        let body = match self.child(node, 1) {
            Some(body) => self.block(body),
            None => self.nothing(node),
        };
        self.class = outer;
        self.declared = declared;
        self.add_at(node, Kind::Class { body, decorators })
    }
}
