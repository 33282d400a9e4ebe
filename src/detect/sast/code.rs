//! Code as the analysis sees it: one small tree for all languages. It keeps what
//! data flow and patterns need (who calls what with which arguments, what is
//! assigned, which branch) and forgets the rest of each language's syntax.

use std::collections::BTreeMap;

/// A node's number in its [`Code`].
pub(super) type Id = u32;

/// First byte and one past the last.
pub(super) type Bytes = (u32, u32);

/// One argument of a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arg<'a> {
    /// Its keyword, if it has one.
    pub(super) name: Option<&'a str>,
    pub(super) value: Id,
}

/// Where a jump goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leap {
    /// Behind the loop or switch.
    Out,
    /// To the next turn of the loop.
    Next,
    /// To a label.
    Label,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    /// Nothing that matters.
    Nothing,
    /// A variable, type or function by its name.
    Name(&'a str),
    /// A string whose text is known.
    Str(String),
    /// A number as it is written.
    Num(&'a str),
    Bool(bool),
    Null,
    /// `callee(args)`; `new callee(args)` when `is_new`.
    Call {
        callee: Id,
        args: Vec<Arg<'a>>,
        is_new: bool,
    },
    /// `object.name`.
    Field {
        object: Id,
        name: &'a str,
    },
    /// `object[index]`.
    Index {
        object: Id,
        index: Id,
    },
    /// Parts that are joined to one text.
    Concat(Vec<Id>),
    Binary {
        op: &'a str,
        left: Id,
        right: Id,
    },
    Not(Id),
    /// An expression of which only the value matters: casts, `await`, `&x`.
    Same(Id),
    /// A value converted to a type.
    Cast {
        to: &'a str,
        value: Id,
    },
    /// `target = value`; `op` is empty for plain assignments, `declared` is the type written.
    Assign {
        target: Id,
        value: Option<Id>,
        op: &'a str,
        declared: Option<&'a str>,
    },
    List(Vec<Id>),
    /// Keys and values; a key that is `None` spreads its value.
    Dict(Vec<(Option<Id>, Id)>),
    /// A function; its body is in [`Code::functions`].
    Function(usize),
    Class {
        body: Id,
        decorators: Vec<Id>,
    },
    Choice {
        test: Id,
        yes: Id,
        no: Option<Id>,
    },
    /// `for`, `while` and comprehensions.
    Loop {
        before: Vec<Id>,
        /// What is walked and what it is bound to.
        each: Option<(Id, Id)>,
        test: Option<Id>,
        body: Vec<Id>,
    },
    Switch {
        value: Option<Id>,
        cases: Vec<(Vec<Id>, Id)>,
        has_default: bool,
    },
    Try {
        body: Id,
        handlers: Vec<Id>,
        last: Option<Id>,
    },
    Block(Vec<Id>),
    Return(Option<Id>),
    Throw(Option<Id>),
    /// `break`, `continue`, `goto`.
    Jump(Leap),
    /// A module that is made known, by its full name.
    Import(String),
    /// An array of C: how many of what, and what it starts as.
    Array {
        size: Option<Id>,
        of: &'a str,
        first: Option<Id>,
    },
    /// `sizeof x`.
    SizeOf(Id),
    /// A place that is jumped to.
    Label(Id),
    /// Anything else; its parts are looked at.
    Other(Vec<Id>),
}

impl<'a> Kind<'a> {
    /// What gives a name its first value.
    pub(super) const fn first(target: Id, value: Option<Id>, declared: Option<&'a str>) -> Self {
        let op = "";
        Kind::Assign {
            target,
            value,
            op,
            declared,
        }
    }
}

/// One node.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) at: Bytes,
}

/// One parameter.
#[derive(Clone, Debug, Default)]
pub(super) struct Param<'a> {
    pub(super) name: &'a str,
    /// Its declared type as written, without generics.
    pub(super) declared: &'a str,
    /// The text of everything written at it: annotations, decorators, types.
    pub(super) text: &'a str,
    pub(super) default: Option<Id>,
    pub(super) at: Bytes,
}

/// One function, method or lambda.
#[derive(Debug)]
pub(super) struct Function<'a> {
    /// Empty for a lambda.
    pub(super) name: &'a str,
    /// The class it is in, or empty.
    pub(super) class: &'a str,
    pub(super) params: Vec<Param<'a>>,
    pub(super) body: Option<Id>,
    pub(super) decorators: Vec<Id>,
    /// Text from the start of its decorators to its body.
    pub(super) head: Bytes,
    pub(super) at: Bytes,
    /// The body is one expression whose value is returned.
    pub(super) is_expression: bool,
}

/// The code of one file.
#[derive(Debug, Default)]
pub(super) struct Code<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) functions: Vec<Function<'a>>,
    /// What names mean in this file: alias to full name.
    pub(super) imports: BTreeMap<&'a str, String>,
    /// Modules imported, by full name, in order.
    pub(super) modules: Vec<String>,
    /// Declared types of fields of classes: name to type.
    pub(super) fields: BTreeMap<&'a str, &'a str>,
    pub(super) root: Id,
    pub(super) text: &'a str,
}

impl<'a> Code<'a> {
    pub(super) fn node(&self, id: Id) -> &Node<'a> {
        &self.nodes[id as usize]
    }

    pub(super) fn kind(&self, id: Id) -> &Kind<'a> {
        &self.nodes[id as usize].kind
    }

    /// The source of a node.
    pub(super) fn slice(&self, at: Bytes) -> &'a str {
        self.text
            .get(at.0 as usize..at.1 as usize)
            .unwrap_or_default()
    }
}
