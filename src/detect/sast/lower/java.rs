//! Java: its table, imports, declarations with types, `try` with resources.
//! Everything that languages share is in `lower`.

use super::Act::*;
use super::Lower;
use super::Row;
use super::step;
use super::texts;
use crate::detect::sast::code::Id;
use crate::detect::sast::code::Kind;
use crate::detect::sast::syntax::NodeId;

pub(super) const ROWS: &[Row] = &[
    ("identifier", Name, &[]),
    ("type_identifier", Name, &[]),
    ("scoped_type_identifier", Special(scoped), &[]),
    ("scoped_identifier", Special(scoped), &[]),
    ("this", Name, &[]),
    ("super", Name, &[]),
    ("line_comment", Skip, &[]),
    ("block_comment", Skip, &[]),
    ("integral_type", Skip, &[]),
    ("floating_point_type", Skip, &[]),
    ("boolean_type", Skip, &[]),
    ("void_type", Skip, &[]),
    ("generic_type", Skip, &[]),
    ("array_type", Skip, &[]),
    ("type_arguments", Skip, &[]),
    ("string_literal", Text, &[]),
    ("string_fragment", Part, &[]),
    ("multiline_string_fragment", Part, &[]),
    ("escape_sequence", Escape, &[]),
    ("string_interpolation", Same, &[]),
    ("character_literal", Text, &[]),
    ("decimal_integer_literal", Number, &[]),
    ("hex_integer_literal", Number, &[]),
    ("octal_integer_literal", Number, &[]),
    ("decimal_floating_point_literal", Number, &[]),
    ("true", True, &[]),
    ("false", False, &[]),
    ("null_literal", Null, &[]),
    (
        "method_invocation",
        Method,
        &["object", "name", "arguments"],
    ),
    (
        "object_creation_expression",
        Special(construct),
        &["type", "arguments"],
    ),
    (
        "explicit_constructor_invocation",
        Call,
        &["constructor", "arguments"],
    ),
    ("class_literal", Special(class_literal), &[]),
    ("field_access", Field, &["object", "field"]),
    ("array_access", Index, &["array", "index"]),
    ("array_creation_expression", Special(array), &["value"]),
    ("array_initializer", List, &[]),
    ("binary_expression", Binary, &["left", "operator", "right"]),
    ("unary_expression", Unary, &["operand"]),
    ("update_expression", Special(step), &[]),
    ("parenthesized_expression", Same, &[]),
    ("cast_expression", Cast, &["type", "value"]),
    (
        "assignment_expression",
        Assign,
        &["left", "right", "operator"],
    ),
    (
        "local_variable_declaration",
        Special(declaration),
        &["type"],
    ),
    ("field_declaration", Special(field_declaration), &["type"]),
    ("variable_declarator", Declare, &["name", "value"]),
    ("resource", Declare, &["name", "value", "type"]),
    ("lambda_expression", Lambda, &["parameters", "body"]),
    (
        "method_declaration",
        Function,
        &["name", "parameters", "body"],
    ),
    (
        "constructor_declaration",
        Function,
        &["name", "parameters", "body"],
    ),
    ("formal_parameter", Param, &["name", "type"]),
    ("spread_parameter", Param, &[]),
    ("receiver_parameter", Skip, &[]),
    ("class_declaration", Class, &["name", "body"]),
    ("enum_declaration", Class, &["name", "body"]),
    ("record_declaration", Class, &["name", "body"]),
    ("interface_declaration", Class, &["name", "body"]),
    ("class_body", Block, &[]),
    ("interface_body", Block, &[]),
    ("enum_body", Block, &[]),
    ("modifiers", Decorators, &[]),
    ("marker_annotation", Decorator, &["name"]),
    ("annotation", Decorator, &["name", "arguments"]),
    ("element_value_pair", Argument, &["key", "value"]),
    ("element_value_array_initializer", List, &[]),
    (
        "if_statement",
        If,
        &["condition", "consequence", "alternative"],
    ),
    (
        "ternary_expression",
        If,
        &["condition", "consequence", "alternative"],
    ),
    ("while_statement", While, &["condition", "body"]),
    ("do_statement", While, &["condition", "body"]),
    (
        "for_statement",
        For,
        &["init", "condition", "update", "body"],
    ),
    (
        "enhanced_for_statement",
        ForEach,
        &["name", "value", "body"],
    ),
    ("switch_expression", Switch, &["condition", "body"]),
    ("switch_block_statement_group", Case, &[]),
    ("switch_rule", Case, &[]),
    ("try_statement", Try, &["body"]),
    ("try_with_resources_statement", Try, &["body"]),
    ("catch_clause", Catch, &[]),
    ("catch_formal_parameter", Skip, &[]),
    ("finally_clause", Finally, &[]),
    ("block", Block, &[]),
    ("constructor_body", Block, &[]),
    ("return_statement", Return, &[]),
    ("throw_statement", Throw, &[]),
    ("break_statement", Jump, &[]),
    ("continue_statement", Jump, &[]),
    ("package_declaration", Skip, &[]),
    ("import_declaration", Special(import), &[]),
];

fn scoped(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.type_name(node)
}

fn class_literal(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.type_name(node)
}

/// `new T(args) { methods }`: the methods of an anonymous class are looked at.
fn construct(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let name = lower.child(node, 0);
    let callee = match name {
        Some(name) => lower.type_name(name),
        None => lower.nothing(node),
    };
    let args = lower
        .child(node, 1)
        .map_or_else(Vec::new, |args| lower.arguments(args));
    let call = lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: true,
        },
    );
    let Some(body) = lower.by_kind(node, "class_body") else {
        return call;
    };
    let outer = lower.class;
    lower.class = name.map_or("", |name| texts::plain_type(lower.source(name)));
    let body = lower.block(body);
    lower.class = outer;
    lower.add_at(node, Kind::Other(vec![call, body]))
}

fn array(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    match lower.child(node, 0) {
        Some(value) => lower.lower(value),
        None => {
            let parts = lower.lower_all(node);
            lower.add_at(node, Kind::Other(parts))
        }
    }
}

pub(super) fn declaration(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let ty = lower.child(node, 0);
    let outer = lower.declared;
    lower.declared = ty.map(|ty| texts::plain_type(lower.source(ty)));
    let mut parts = Vec::new();
    for child in lower.named(node) {
        if Some(child) != ty {
            parts.push(lower.lower(child));
        }
    }
    lower.declared = outer;
    lower.add_at(node, Kind::Other(parts))
}

fn field_declaration(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    if let Some(ty) = lower.child(node, 0) {
        let declared = texts::plain_type(lower.source(ty));
        for child in lower.named(node) {
            if let Some(name) = lower.by_field(child, "name") {
                lower.code.fields.insert(lower.source(name), declared);
            }
        }
    }
    declaration(lower, node)
}

fn import(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let Some(path) = lower.named(node).first().copied() else {
        return lower.nothing(node);
    };
    let full = lower.source(path);
    let last = full.rsplit('.').next().unwrap_or(full);
    let is_all = lower.by_kind(node, "asterisk").is_some();
    if !is_all {
        lower.code.imports.insert(last, full.to_owned());
    }
    lower.code.modules.push(full.to_owned());
    lower.add_at(node, Kind::Import(full.to_owned()))
}
