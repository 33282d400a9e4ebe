//! From a language's syntax to [`Code`]. Each language is a table that says what
//! its node kinds mean; the few shapes that no table can say are functions beside
//! it. Recursion is bounded by the depth at which the syntax tree was cut.

mod c;
mod csharp;
mod functions;
mod go;
mod java;
mod javascript;
mod php;
mod python;
mod ruby;
mod rust;
mod statements;
mod texts;

use super::code::Arg;
use super::code::Bytes;
use super::code::Code;
use super::code::Id;
use super::code::Kind;
use super::code::Leap;
use super::code::Node;
use super::language::Language;
use super::syntax::NodeId;
use super::syntax::Syntax;
use std::sync::OnceLock;

/// What a node kind means. The comments name the fields, in order, that the table gives.
#[derive(Clone, Copy)]
pub(super) enum Act {
    /// Anything else: its parts are lowered.
    Other,
    /// Nothing that matters.
    Skip,
    Name,
    /// A string; its children are parts, escapes and expressions.
    Text,
    /// A part of a string: literal text.
    Part,
    /// A part of a string: an escape sequence.
    Escape,
    Number,
    True,
    False,
    /// `true` or `false` under one kind.
    Bool,
    Null,
    /// callee, arguments
    Call,
    /// object, name, arguments
    Method,
    /// type, arguments
    New,
    /// object, name
    Field,
    /// object, index
    Index,
    /// left, operator, right
    Binary,
    Not,
    /// operand: a prefix whose operator may be `!`
    Unary,
    /// value, or the first part
    Same,
    /// type, value
    Cast,
    /// left, right, operator, type
    Assign,
    /// name, value: a declarator whose type stands at its parent
    Declare,
    List,
    Dict,
    /// key, value
    Pair,
    /// An element that spreads its value.
    Spread,
    /// name, value: an argument with or without a name
    Argument,
    /// name, parameters, body
    Function,
    /// parameters, body
    Lambda,
    /// name, type, default
    Param,
    /// name, body
    Class,
    /// Something at a function or class: name, arguments
    Decorator,
    /// Holds decorators.
    Decorators,
    /// condition, then, else
    If,
    /// condition, then, else: `unless`
    Unless,
    /// condition, body
    While,
    /// before, condition, after, body
    For,
    /// left, right, body
    ForEach,
    /// value, body
    Switch,
    /// value, body: a case; without a value the default
    Case,
    /// body
    Try,
    /// body: what handles a fault
    Catch,
    Finally,
    Block,
    Return,
    Throw,
    Jump,
    Special(fn(&mut Lower<'_, '_>, NodeId) -> Id),
}

/// Node kind, what it means, the fields it is read from.
pub(super) type Row = (&'static str, Act, &'static [&'static str]);

/// One row with the numbers of its fields in the grammar.
#[derive(Clone, Copy)]
struct Meaning {
    act: Act,
    fields: [u16; 4],
}

/// The table of one language, by kind.
pub(super) struct Table {
    meanings: Vec<Meaning>,
}

impl Table {
    fn new(language: Language, rows: &[&[Row]]) -> Table {
        let grammar = language.grammar();
        let other = Meaning {
            act: Act::Other,
            fields: [0; 4],
        };
        let mut meanings = vec![other; grammar.node_kind_count()];
        let rows: std::collections::BTreeMap<&str, &Row> = rows
            .iter()
            .flat_map(|rows| rows.iter())
            .map(|row| (row.0, row))
            .collect();
        for (kind, meaning) in meanings.iter_mut().enumerate() {
            let name = grammar.node_kind_for_id(kind as u16).unwrap_or_default();
            if !grammar.node_kind_is_named(kind as u16) {
                continue;
            }
            let Some((_, act, fields)) = rows.get(name) else {
                continue;
            };
            meaning.act = *act;
            for (slot, field) in meaning.fields.iter_mut().zip(*fields) {
                *slot = grammar
                    .field_id_for_name(field)
                    .map_or(0, std::num::NonZeroU16::get);
            }
        }
        Table { meanings }
    }

    fn of(language: Language) -> &'static Table {
        static TABLES: [OnceLock<Table>; 12] = [const { OnceLock::new() }; 12];
        TABLES[language as usize].get_or_init(|| {
            let rows: &[&[Row]] = match language {
                Language::Python => &[python::ROWS],
                Language::JavaScript | Language::TypeScript | Language::Tsx => &[javascript::ROWS],
                Language::Java => &[java::ROWS],
                Language::Go => &[go::ROWS],
                Language::C => &[c::ROWS],
                Language::Cpp => &[c::ROWS, c::CPP_ROWS],
                Language::CSharp => &[csharp::ROWS],
                Language::Php => &[php::ROWS],
                Language::Ruby => &[ruby::ROWS],
                Language::Rust => &[rust::ROWS],
            };
            Table::new(language, rows)
        })
    }
}

/// Lowers one file.
pub(super) struct Lower<'a, 's> {
    pub(super) code: Code<'a>,
    syntax: &'s Syntax,
    table: &'static Table,
    language: Language,
    /// The class being lowered.
    class: &'a str,
    /// Decorators that belong to what follows, and where they start.
    pending: Vec<Id>,
    pending_start: Option<u32>,
    /// The type written at the declaration being lowered.
    declared: Option<&'a str>,
}

/// `break` and `continue`, by whatever words.
fn leap(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let word = lower.source(node);
    let leap = match word.starts_with("continue") || word.starts_with("next") {
        true => Leap::Next,
        false => Leap::Out,
    };
    lower.add_at(node, Kind::Jump(leap))
}

/// `x++` and `--x`.
fn step(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let first = lower.child(node, 0);
    let operand = first.or_else(|| lower.named(node).first().copied());
    let Some(operand) = operand else {
        return lower.nothing(node);
    };
    let target = lower.lower(operand);
    let text = lower.source(node);
    if !text.contains("++") && !text.contains("--") {
        return lower.add_at(node, Kind::Same(target));
    }
    let op = if text.contains("++") { "+" } else { "-" };
    let value = Some(lower.add_at(node, Kind::Num("1")));
    let declared = None;
    lower.add_at(
        node,
        Kind::Assign {
            target,
            value,
            op,
            declared,
        },
    )
}

/// The code of a parsed file.
pub(super) fn lower<'a>(language: Language, syntax: &Syntax, text: &'a str) -> Code<'a> {
    let code = Code {
        text,
        nodes: Vec::with_capacity(syntax.len() / 2),
        ..Code::default()
    };
    let mut lower = Lower {
        code,
        syntax,
        table: Table::of(language),
        language,
        class: "",
        pending: Vec::new(),
        pending_start: None,
        declared: None,
    };
    let root = lower.block(0);
    lower.code.root = root;
    lower.code
}

impl<'a> Lower<'a, '_> {
    fn add(&mut self, at: Bytes, kind: Kind<'a>) -> Id {
        self.code.nodes.push(Node { kind, at });
        (self.code.nodes.len() - 1) as Id
    }

    fn add_at(&mut self, node: NodeId, kind: Kind<'a>) -> Id {
        let at = self.syntax.span(node);
        self.add(at, kind)
    }

    fn nothing(&mut self, node: NodeId) -> Id {
        self.add_at(node, Kind::Nothing)
    }

    fn source(&self, node: NodeId) -> &'a str {
        self.code.slice(self.syntax.span(node))
    }

    fn act(&self, node: NodeId) -> Act {
        self.meaning(node).act
    }

    fn meaning(&self, node: NodeId) -> Meaning {
        let other = Meaning {
            act: Act::Other,
            fields: [0; 4],
        };
        let kind = self.syntax.kind(node) as usize;
        self.table.meanings.get(kind).copied().unwrap_or(other)
    }

    /// The child in the field that the table names at `index`.
    fn child(&self, node: NodeId, index: usize) -> Option<NodeId> {
        self.syntax.child(node, self.meaning(node).fields[index])
    }

    /// The name of a node's kind in its grammar.
    fn kind_name(&self, node: NodeId) -> &'static str {
        let kind = self.syntax.kind(node);
        self.language
            .grammar()
            .node_kind_for_id(kind)
            .unwrap_or_default()
    }

    fn by_kind(&self, node: NodeId, name: &str) -> Option<NodeId> {
        self.syntax
            .named(node)
            .find(|child| self.kind_name(*child) == name)
    }

    fn by_field(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let field = self.language.grammar().field_id_for_name(name)?;
        self.syntax.child(node, field.get())
    }

    fn named(&self, node: NodeId) -> Vec<NodeId> {
        self.syntax.named(node).collect()
    }

    fn lower_all(&mut self, node: NodeId) -> Vec<Id> {
        let children = self.named(node);
        children
            .into_iter()
            .map(|child| self.lower(child))
            .collect()
    }

    fn lower_child(&mut self, node: NodeId, index: usize) -> Option<Id> {
        let child = self.child(node, index)?;
        Some(self.lower(child))
    }

    /// Lowers one node and what is below it.
    fn lower(&mut self, node: NodeId) -> Id {
        match self.act(node) {
            Act::Skip | Act::Part | Act::Escape => self.nothing(node),
            Act::Name => {
                let name = self.source(node);
                self.add_at(node, Kind::Name(name))
            }
            Act::Text => self.text(node),
            Act::Number => {
                let text = self.source(node);
                self.add_at(node, Kind::Num(text))
            }
            Act::True => self.add_at(node, Kind::Bool(true)),
            Act::False => self.add_at(node, Kind::Bool(false)),
            Act::Bool => {
                let value = self.source(node).eq_ignore_ascii_case("true");
                self.add_at(node, Kind::Bool(value))
            }
            Act::Null => self.add_at(node, Kind::Null),
            Act::Call | Act::Method | Act::New => self.call(node),
            Act::Field => self.field(node),
            Act::Index => self.index(node),
            Act::Binary => self.binary(node),
            Act::Not | Act::Unary => self.unary(node),
            Act::Same | Act::Spread | Act::Argument => self.same(node),
            Act::Cast => self.cast(node),
            Act::Assign => self.assign(node),
            Act::Declare => self.declare(node),
            Act::List => {
                let items = self.lower_all(node);
                self.add_at(node, Kind::List(items))
            }
            Act::Dict => self.dict(node),
            Act::Pair => self.pair(node),
            Act::Function | Act::Lambda => self.function(node),
            Act::Param | Act::Decorators => self.nothing(node),
            Act::Class => self.class(node),
            Act::Decorator => self.decorator(node),
            Act::Return => {
                let value = self.first_value(node);
                self.add_at(node, Kind::Return(value))
            }
            Act::Throw => {
                let value = self.first_value(node);
                self.add_at(node, Kind::Throw(value))
            }
            Act::Jump => {
                let parts = self.lower_all(node);
                if let Some(first) = parts.first() {
                    return self.add_at(node, Kind::Throw(Some(*first)));
                }
                leap(self, node)
            }
            Act::Special(special) => special(self, node),
            Act::Other => {
                let parts = self.lower_all(node);
                match parts[..] {
                    [only] => only,
                    _ => self.add_at(node, Kind::Other(parts)),
                }
            }
            _ => self.statement(node),
        }
    }

    fn first_value(&mut self, node: NodeId) -> Option<Id> {
        let parts = self.lower_all(node);
        match parts[..] {
            [] => None,
            [only] => Some(only),
            _ => Some(self.add_at(node, Kind::List(parts))),
        }
    }

    fn same(&mut self, node: NodeId) -> Id {
        let value = self
            .child(node, 0)
            .or_else(|| self.named(node).last().copied());
        let Some(value) = value else {
            return self.nothing(node);
        };
        let value = self.lower(value);
        self.add_at(node, Kind::Same(value))
    }

    fn call(&mut self, node: NodeId) -> Id {
        let act = self.act(node);
        let (callee, args) = match act {
            Act::Method => (self.method_callee(node), self.child(node, 2)),
            _ => {
                let callee = self
                    .child(node, 0)
                    .or_else(|| self.named(node).first().copied());
                let callee = match callee {
                    Some(callee) if matches!(act, Act::New) => self.type_name(callee),
                    Some(callee) => self.lower(callee),
                    None => self.nothing(node),
                };
                (callee, self.child(node, 1))
            }
        };
        let args = args.map_or_else(Vec::new, |args| self.arguments(args));
        let is_new = matches!(act, Act::New);
        self.add_at(
            node,
            Kind::Call {
                callee,
                args,
                is_new,
            },
        )
    }

    fn method_callee(&mut self, node: NodeId) -> Id {
        let Some(name_node) = self.child(node, 1) else {
            return self.nothing(node);
        };
        let name = self.source(name_node);
        let object = self.lower_child(node, 0);
        let end = self.syntax.span(name_node).1;
        match object {
            Some(object) => {
                let start = self.syntax.span(node).0;
                self.add((start, end), Kind::Field { object, name })
            }
            None => self.add_at(name_node, Kind::Name(name)),
        }
    }

    /// A type as a name: generics are left out.
    fn type_name(&mut self, node: NodeId) -> Id {
        let name = texts::plain_type(self.source(node));
        self.add_at(node, Kind::Name(name))
    }

    fn arguments(&mut self, node: NodeId) -> Vec<Arg<'a>> {
        if matches!(self.act(node), Act::Text) {
            let value = self.lower(node);
            return vec![Arg { name: None, value }];
        }
        let children = self.named(node);
        children
            .into_iter()
            .filter_map(|child| self.argument(child))
            .collect()
    }

    fn argument(&mut self, child: NodeId) -> Option<Arg<'a>> {
        match self.act(child) {
            Act::Skip => None,
            Act::Argument => {
                let name = self.child(child, 0);
                let value = self.child(child, 1).or_else(|| {
                    self.named(child)
                        .into_iter()
                        .rfind(|one| Some(*one) != name)
                })?;
                let name = name.map(|name| texts::bare(self.source(name)));
                let value = self.lower(value);
                Some(Arg { name, value })
            }
            Act::Pair => {
                let key = self.child(child, 0)?;
                let name = texts::bare(self.source(key));
                let value = self.child(child, 1)?;
                let value = self.lower(value);
                Some(Arg {
                    name: Some(name),
                    value,
                })
            }
            _ => {
                let value = self.lower(child);
                Some(Arg { name: None, value })
            }
        }
    }

    fn field(&mut self, node: NodeId) -> Id {
        let Some(name) = self.child(node, 1) else {
            return self.same(node);
        };
        let name = self.source(name).trim_start_matches(['$', '@', '#']);
        match self.lower_child(node, 0) {
            Some(object) => self.add_at(node, Kind::Field { object, name }),
            None => self.add_at(node, Kind::Name(name)),
        }
    }

    fn index(&mut self, node: NodeId) -> Id {
        let children = self.named(node);
        let object = self.child(node, 0).or_else(|| children.first().copied());
        let index = self.child(node, 1).or_else(|| {
            children
                .into_iter()
                .skip(1)
                .find(|child| Some(*child) != object)
        });
        let Some(object) = object else {
            return self.nothing(node);
        };
        let object = self.lower(object);
        let index = match index {
            Some(index) => self.lower(index),
            None => self.nothing(node),
        };
        self.add_at(node, Kind::Index { object, index })
    }

    /// Long chains lean to the left: they are taken apart by a loop.
    fn binary(&mut self, node: NodeId) -> Id {
        let operator = |lower: &Self, node| match lower.child(node, 1) {
            Some(op) => lower.source(op),
            None => "",
        };
        let op = operator(self, node);
        let mut rights = Vec::new();
        let mut left = node;
        while matches!(self.act(left), Act::Binary) && operator(self, left) == op {
            let (Some(next), Some(right)) = (self.child(left, 0), self.child(left, 2)) else {
                break;
            };
            rights.push(right);
            left = next;
        }
        if rights.is_empty() {
            let parts = self.lower_all(node);
            return self.add_at(node, Kind::Other(parts));
        }
        let mut value = self.lower(left);
        let start = self.syntax.span(node).0;
        if texts::joins(self.language, op) {
            let mut parts = vec![value];
            for right in rights.into_iter().rev() {
                parts.push(self.lower(right));
            }
            return self.add_at(node, Kind::Concat(parts));
        }
        for right in rights.into_iter().rev() {
            let end = self.syntax.span(right).1;
            let right = self.lower(right);
            value = self.add(
                (start, end),
                Kind::Binary {
                    op,
                    left: value,
                    right,
                },
            );
        }
        value
    }

    fn unary(&mut self, node: NodeId) -> Id {
        let operand = self
            .child(node, 0)
            .or_else(|| self.named(node).last().copied());
        let Some(operand) = operand else {
            return self.nothing(node);
        };
        let is_not = matches!(self.act(node), Act::Not)
            || self.source(node).starts_with('!')
            || self.source(node).starts_with("not ");
        let is_negative = self.source(node).starts_with('-');
        if is_negative && matches!(self.act(operand), Act::Number) {
            let text = self.source(node);
            return self.add_at(node, Kind::Num(text));
        }
        let operand = self.lower(operand);
        let kind = if is_not {
            Kind::Not(operand)
        } else {
            Kind::Same(operand)
        };
        self.add_at(node, kind)
    }

    fn cast(&mut self, node: NodeId) -> Id {
        let to = self
            .child(node, 0)
            .map_or("", |to| texts::plain_type(self.source(to)));
        let value = self.child(node, 1).or_else(|| {
            let children = self.named(node);
            let last = children.last().copied();
            last.filter(|_| children.len() > 1 || self.child(node, 0).is_none())
        });
        let Some(value) = value else {
            return self.nothing(node);
        };
        let value = self.lower(value);
        self.add_at(node, Kind::Cast { to, value })
    }

    fn assign(&mut self, node: NodeId) -> Id {
        let Some(left) = self.child(node, 0) else {
            let parts = self.lower_all(node);
            return self.add_at(node, Kind::Other(parts));
        };
        let target = self.lower(left);
        let value = self.lower_child(node, 1);
        let op = self.child(node, 2).map_or("", |op| self.source(op));
        let op = op.trim_end_matches('=').trim_end_matches(':');
        let declared = self
            .child(node, 3)
            .map(|ty| texts::plain_type(self.source(ty)));
        let declared = declared.or(self.declared);
        self.add_at(
            node,
            Kind::Assign {
                target,
                value,
                op,
                declared,
            },
        )
    }

    fn declare(&mut self, node: NodeId) -> Id {
        let children = self.named(node);
        let Some(name) = self.child(node, 0).or_else(|| children.first().copied()) else {
            return self.nothing(node);
        };
        let value = self.child(node, 1).or_else(|| {
            children
                .into_iter()
                .rfind(|child| *child > name && Some(*child) != self.child(node, 2))
        });
        let target = self.lower(name);
        let declared = self
            .child(node, 2)
            .map(|ty| texts::plain_type(self.source(ty).trim_start_matches(':')))
            .or(self.declared);
        let value = value.map(|value| self.lower(value));
        self.add_at(node, Kind::first(target, value, declared))
    }

    fn dict(&mut self, node: NodeId) -> Id {
        let mut entries = Vec::new();
        for child in self.named(node) {
            match self.act(child) {
                Act::Pair => {
                    let Some(value) = self
                        .child(child, 1)
                        .or_else(|| self.named(child).last().copied())
                    else {
                        continue;
                    };
                    let key = self.child(child, 0).map(|key| self.key(key));
                    let value = self.lower(value);
                    entries.push((key, value));
                }
                Act::Name => {
                    let key = Kind::Str(self.source(child).to_owned());
                    let key = self.add_at(child, key);
                    let value = self.lower(child);
                    entries.push((Some(key), value));
                }
                Act::Function => {
                    let name = self.by_field(child, "name").map(|name| self.key(name));
                    let value = self.lower(child);
                    entries.push((name, value));
                }
                _ => {
                    let value = self.lower(child);
                    entries.push((None, value));
                }
            }
        }
        self.add_at(node, Kind::Dict(entries))
    }

    /// A key that is a name or symbol is the text it stands for, where the language says so.
    fn key(&mut self, node: NodeId) -> Id {
        let is_bare = match self.act(node) {
            Act::Name => !matches!(self.language, Language::Python | Language::Php),
            Act::Other => true,
            _ => false,
        };
        if is_bare && self.syntax.named(node).next().is_none() {
            let text = texts::bare(self.source(node)).to_owned();
            return self.add_at(node, Kind::Str(text));
        }
        self.lower(node)
    }

    /// A pair outside of a dictionary.
    fn pair(&mut self, node: NodeId) -> Id {
        let value = self
            .child(node, 1)
            .or_else(|| self.named(node).last().copied());
        let Some(value) = value else {
            return self.nothing(node);
        };
        let key = self.child(node, 0).map(|key| self.key(key));
        let value = self.lower(value);
        self.add_at(node, Kind::Dict(vec![(key, value)]))
    }
}
