//! Rust: its table, paths with `::` read as fields, `use` trees, and the
//! arguments of macros, which the grammar leaves as tokens.
//! Everything that languages share is in `lower`.

use super::Act::*;
use super::Arg;
use super::Lower;
use super::Row;
use super::texts;
use crate::detect::sast::code::Id;
use crate::detect::sast::code::Kind;
use crate::detect::sast::syntax::NodeId;

pub(super) const ROWS: &[Row] = &[
    ("identifier", Name, &[]),
    ("field_identifier", Name, &[]),
    ("type_identifier", Name, &[]),
    ("shorthand_field_identifier", Name, &[]),
    ("self", Name, &[]),
    ("crate", Name, &[]),
    ("super", Name, &[]),
    ("primitive_type", Name, &[]),
    ("line_comment", Skip, &[]),
    ("block_comment", Skip, &[]),
    ("doc_comment", Skip, &[]),
    ("attribute_item", Skip, &[]),
    ("inner_attribute_item", Skip, &[]),
    ("visibility_modifier", Skip, &[]),
    ("mutable_specifier", Skip, &[]),
    ("reference_type", Skip, &[]),
    ("generic_type", Special(type_name), &[]),
    ("type_arguments", Skip, &[]),
    ("struct_item", Skip, &[]),
    ("enum_item", Skip, &[]),
    ("macro_definition", Skip, &[]),
    ("string_literal", Text, &[]),
    ("raw_string_literal", Text, &[]),
    ("string_content", Part, &[]),
    ("escape_sequence", Escape, &[]),
    ("char_literal", Text, &[]),
    ("integer_literal", Number, &[]),
    ("float_literal", Number, &[]),
    ("boolean_literal", Bool, &[]),
    ("call_expression", Call, &["function", "arguments"]),
    ("macro_invocation", Special(invocation), &["macro"]),
    ("field_expression", Field, &["value", "field"]),
    ("scoped_identifier", Field, &["path", "name"]),
    ("scoped_type_identifier", Field, &["path", "name"]),
    ("generic_function", Same, &["function"]),
    ("index_expression", Index, &[]),
    ("binary_expression", Binary, &["left", "operator", "right"]),
    ("unary_expression", Unary, &[]),
    ("reference_expression", Same, &["value"]),
    ("parenthesized_expression", Same, &[]),
    ("try_expression", Same, &[]),
    ("await_expression", Same, &[]),
    ("type_cast_expression", Cast, &["type", "value"]),
    ("assignment_expression", Assign, &["left", "right"]),
    (
        "compound_assignment_expr",
        Assign,
        &["left", "right", "operator"],
    ),
    ("let_declaration", Assign, &["pattern", "value", "", "type"]),
    ("let_condition", Assign, &["pattern", "value"]),
    ("const_item", Assign, &["name", "value", "", "type"]),
    ("static_item", Assign, &["name", "value", "", "type"]),
    ("mut_pattern", Same, &[]),
    ("ref_pattern", Same, &[]),
    ("tuple_struct_pattern", Special(pattern), &[]),
    ("tuple_pattern", List, &[]),
    ("array_expression", List, &[]),
    ("tuple_expression", List, &[]),
    ("struct_expression", Special(structure), &["name", "body"]),
    ("field_initializer", Pair, &["field", "value"]),
    ("closure_expression", Lambda, &["parameters", "body"]),
    ("function_item", Function, &["name", "parameters", "body"]),
    ("parameter", Param, &["pattern", "type"]),
    ("self_parameter", Skip, &[]),
    ("impl_item", Class, &["type", "body"]),
    ("trait_item", Class, &["name", "body"]),
    ("mod_item", Special(module), &["name", "body"]),
    ("declaration_list", Block, &[]),
    (
        "if_expression",
        If,
        &["condition", "consequence", "alternative"],
    ),
    ("while_expression", While, &["condition", "body"]),
    ("loop_expression", While, &["", "body"]),
    ("for_expression", ForEach, &["pattern", "value", "body"]),
    ("match_expression", Switch, &["value", "body"]),
    ("match_arm", Special(arm), &[]),
    ("block", Block, &[]),
    ("unsafe_block", Special(unsafe_block), &[]),
    ("return_expression", Return, &[]),
    ("break_expression", Jump, &[]),
    ("continue_expression", Jump, &[]),
    ("label", Skip, &[]),
    ("use_declaration", Special(import), &["argument"]),
];

fn type_name(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.type_name(node)
}

/// A module of tests is a class of that name, so that checks can leave it out.
fn module(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.class(node)
}

fn arm(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.block(node)
}

/// As a call with the block, so that checks can name it.
fn unsafe_block(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let callee = lower.add_at(node, Kind::Name("unsafe"));
    let call = lower.add_at(
        node,
        Kind::Call {
            callee,
            args: Vec::new(),
            is_new: false,
        },
    );
    let body = lower.by_kind(node, "block").map(|body| lower.block(body));
    let mut parts = vec![call];
    parts.extend(body);
    lower.add_at(node, Kind::Other(parts))
}

/// `Some(x)` binds `x`.
fn pattern(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    match lower.named(node).last() {
        Some(inner) => lower.lower(*inner),
        None => lower.nothing(node),
    }
}

fn structure(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let callee = match lower.child(node, 0) {
        Some(name) => lower.lower(name),
        None => lower.nothing(node),
    };
    let args = lower
        .child(node, 1)
        .map_or_else(Vec::new, |args| lower.arguments(args));
    lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: true,
        },
    )
}

/// `format!("…{a}…", b)`: literals and names of the tokens are its arguments, and so are
/// names inside of the braces of a literal. `format` joins them; other macros are calls.
fn invocation(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let name = lower.child(node, 0).map_or("", |name| lower.source(name));
    let mut parts: Vec<Id> = Vec::new();
    let mut waiting: Vec<NodeId> = lower.by_kind(node, "token_tree").into_iter().collect();
    while let Some(tree) = waiting.pop() {
        let children = lower.named(tree);
        for child in children {
            match lower.kind_name(child) {
                "token_tree" => waiting.push(child),
                "string_literal" | "raw_string_literal" => {
                    let id = lower.text(child);
                    inline_names(lower, child, &mut parts);
                    parts.push(id);
                }
                "identifier" | "self" | "integer_literal" => parts.push(lower.lower(child)),
                _ => {}
            }
        }
    }
    let joined = lower.add_at(node, Kind::Concat(parts));
    let short = name.rsplit("::").next().unwrap_or(name);
    if matches!(short, "format" | "concat" | "vec") {
        return joined;
    }
    let callee = match lower.child(node, 0) {
        Some(name) => lower.lower(name),
        None => lower.nothing(node),
    };
    let args = vec![Arg {
        name: None,
        value: joined,
    }];
    lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: false,
        },
    )
}

fn inline_names(lower: &mut Lower<'_, '_>, node: NodeId, parts: &mut Vec<Id>) {
    let text = lower.source(node);
    for piece in text.split('{').skip(1) {
        let name = piece.split(['}', ':']).next().unwrap_or_default();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_name {
            parts.push(lower.add_at(node, Kind::Name(name)));
        }
    }
}

fn import(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let Some(argument) = lower.child(node, 0) else {
        return lower.nothing(node);
    };
    let mut waiting = vec![(argument, String::new())];
    while let Some((part, prefix)) = waiting.pop() {
        let join = |text: &str| {
            let text = text.replace("::", ".").replace(' ', "");
            if prefix.is_empty() {
                text
            } else {
                format!("{prefix}.{text}")
            }
        };
        match lower.kind_name(part) {
            "scoped_use_list" => {
                let path = lower
                    .by_field(part, "path")
                    .map_or("", |path| lower.source(path));
                let inner = join(path);
                if let Some(list) = lower.by_field(part, "list") {
                    waiting.extend(
                        lower
                            .named(list)
                            .into_iter()
                            .map(|one| (one, inner.clone())),
                    );
                }
            }
            "use_list" => {
                waiting.extend(
                    lower
                        .named(part)
                        .into_iter()
                        .map(|one| (one, prefix.clone())),
                );
            }
            "use_as_clause" => {
                let path = lower
                    .by_field(part, "path")
                    .map_or("", |path| lower.source(path));
                let full = join(path);
                let alias = lower
                    .by_field(part, "alias")
                    .map_or("", |alias| lower.source(alias));
                lower.code.modules.push(full.clone());
                lower.code.imports.insert(alias, full);
            }
            "use_wildcard" => lower
                .code
                .modules
                .push(join(lower.source(part).trim_end_matches("::*"))),
            _ => {
                let text = lower.source(part);
                let full = join(text);
                let last = text.rsplit("::").next().unwrap_or(text);
                lower.code.modules.push(full.clone());
                lower.code.imports.insert(texts::bare(last), full);
            }
        }
    }
    let full = lower.source(argument).to_owned();
    lower.add_at(node, Kind::Import(full))
}
