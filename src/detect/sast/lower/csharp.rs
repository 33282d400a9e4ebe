//! C#: its table, `using`, declarations with types, object initializers as
//! named arguments, attributes.
//! Everything that languages share is in `lower`.

use super::Act::*;
use super::Arg;
use super::Lower;
use super::Row;
use super::step;
use super::texts;
use crate::detect::sast::code::Id;
use crate::detect::sast::code::Kind;
use crate::detect::sast::syntax::NodeId;

pub(super) const ROWS: &[Row] = &[
    ("identifier", Name, &[]),
    ("this", Name, &[]),
    ("base", Name, &[]),
    ("generic_name", Special(type_name), &[]),
    ("qualified_name", Special(type_name), &[]),
    ("predefined_type", Name, &[]),
    ("comment", Skip, &[]),
    ("modifier", Skip, &[]),
    ("base_list", Skip, &[]),
    ("nullable_type", Skip, &[]),
    ("array_type", Skip, &[]),
    ("implicit_type", Skip, &[]),
    ("type_argument_list", Skip, &[]),
    ("string_literal", Text, &[]),
    ("verbatim_string_literal", Text, &[]),
    ("raw_string_literal", Text, &[]),
    ("interpolated_string_expression", Text, &[]),
    ("interpolation_start", Skip, &[]),
    ("interpolation_quote", Skip, &[]),
    ("interpolation_brace", Skip, &[]),
    ("interpolation_format_clause", Skip, &[]),
    ("interpolation_alignment_clause", Skip, &[]),
    ("string_literal_content", Part, &[]),
    ("string_content", Part, &[]),
    ("raw_string_content", Part, &[]),
    ("raw_string_start", Skip, &[]),
    ("raw_string_end", Skip, &[]),
    ("escape_sequence", Escape, &[]),
    ("interpolation", Special(first), &[]),
    ("character_literal", Text, &[]),
    ("integer_literal", Number, &[]),
    ("real_literal", Number, &[]),
    ("boolean_literal", Bool, &[]),
    ("null_literal", Null, &[]),
    ("invocation_expression", Call, &["function", "arguments"]),
    (
        "object_creation_expression",
        Special(construct),
        &["type", "arguments", "initializer"],
    ),
    (
        "implicit_object_creation_expression",
        Special(construct),
        &[],
    ),
    ("argument", Argument, &["name"]),
    ("attribute_argument", Argument, &["name"]),
    ("member_access_expression", Field, &["expression", "name"]),
    (
        "conditional_access_expression",
        Special(conditional_access),
        &[],
    ),
    ("member_binding_expression", Same, &["name"]),
    (
        "element_access_expression",
        Special(element),
        &["expression", "subscript"],
    ),
    ("binary_expression", Binary, &["left", "operator", "right"]),
    ("prefix_unary_expression", Unary, &[]),
    ("unary_expression", Unary, &["argument"]),
    ("postfix_unary_expression", Special(step), &[]),
    ("parenthesized_expression", Same, &[]),
    ("await_expression", Same, &[]),
    ("cast_expression", Cast, &["type", "value"]),
    ("as_expression", Cast, &["right", "left"]),
    (
        "assignment_expression",
        Special(assign),
        &["left", "right", "operator"],
    ),
    (
        "variable_declaration",
        Special(super::java::declaration),
        &["type"],
    ),
    ("field_declaration", Special(field_declaration), &[]),
    ("variable_declarator", Declare, &["name"]),
    (
        "property_declaration",
        Special(property),
        &["name", "value", "type"],
    ),
    ("initializer_expression", List, &[]),
    ("collection_expression", List, &[]),
    ("anonymous_object_creation_expression", Other, &[]),
    ("lambda_expression", Lambda, &["parameters", "body"]),
    (
        "anonymous_method_expression",
        Special(delegate),
        &["parameters"],
    ),
    ("implicit_parameter", Name, &[]),
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
    (
        "local_function_statement",
        Function,
        &["name", "parameters", "body"],
    ),
    ("arrow_expression_clause", Return, &[]),
    ("parameter", Param, &["name", "type"]),
    ("class_declaration", Class, &["name", "body"]),
    ("struct_declaration", Class, &["name", "body"]),
    ("record_declaration", Class, &["name", "body"]),
    ("interface_declaration", Class, &["name", "body"]),
    ("declaration_list", Block, &[]),
    ("attribute_list", Decorators, &[]),
    ("attribute", Decorator, &["name"]),
    (
        "if_statement",
        If,
        &["condition", "consequence", "alternative"],
    ),
    (
        "conditional_expression",
        If,
        &["condition", "consequence", "alternative"],
    ),
    ("while_statement", While, &["condition", "body"]),
    ("do_statement", While, &["condition", "body"]),
    (
        "for_statement",
        For,
        &["initializer", "condition", "update", "body"],
    ),
    ("foreach_statement", ForEach, &["left", "right", "body"]),
    ("switch_statement", Switch, &["value", "body"]),
    ("switch_section", Case, &[]),
    ("try_statement", Try, &["body"]),
    ("catch_clause", Catch, &[]),
    ("catch_declaration", Skip, &[]),
    ("finally_clause", Finally, &[]),
    ("block", Block, &[]),
    ("return_statement", Return, &[]),
    ("throw_statement", Throw, &[]),
    ("throw_expression", Throw, &[]),
    ("break_statement", Jump, &[]),
    ("continue_statement", Jump, &[]),
    ("using_directive", Special(import), &[]),
    ("preproc_region", Skip, &[]),
    ("preproc_endregion", Skip, &[]),
];

fn type_name(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.type_name(node)
}

fn first(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let value = lower
        .named(node)
        .into_iter()
        .find(|child| !matches!(lower.act(*child), Skip));
    match value {
        Some(value) => lower.lower(value),
        None => lower.nothing(node),
    }
}

/// `new T(args) { A = b }`: what is set at construction is a named argument.
fn construct(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let declared = lower.declared;
    let callee = match (lower.child(node, 0), declared) {
        (Some(name), _) => lower.type_name(name),
        (None, Some(declared)) => lower.add_at(node, Kind::Name(declared)),
        (None, None) => lower.nothing(node),
    };
    let args = lower
        .child(node, 1)
        .or_else(|| lower.by_kind(node, "argument_list"));
    let mut args = args.map_or_else(Vec::new, |args| lower.arguments(args));
    let initializer = lower.by_kind(node, "initializer_expression");
    for child in initializer.map_or_else(Vec::new, |initializer| lower.named(initializer)) {
        let name = lower.by_field(child, "left").map(|left| lower.source(left));
        let value = lower
            .by_field(child, "right")
            .filter(|_| name.is_some())
            .unwrap_or(child);
        let value = lower.lower(value);
        args.push(Arg { name, value });
    }
    lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: true,
        },
    )
}

/// `a?.b`: the binding is the field of the condition.
fn conditional_access(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let parts = lower.named(node);
    let (Some(object), Some(binding)) = (parts.first(), parts.get(1)) else {
        return lower.nothing(node);
    };
    let object = lower.lower(*object);
    let name = lower.first_name(*binding);
    match name {
        Some(name) => lower.add_at(node, Kind::Field { object, name }),
        None => object,
    }
}

fn element(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let object = lower.lower_child(node, 0);
    let index = lower.child(node, 1).map(|args| lower.arguments(args));
    let nothing = lower.nothing(node);
    let index = index
        .and_then(|args| args.first().map(|arg| arg.value))
        .unwrap_or(nothing);
    lower.add_at(
        node,
        Kind::Index {
            object: object.unwrap_or(nothing),
            index,
        },
    )
}

/// `a += lambda` registers a handler; it is no sum.
fn assign(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.assign(node)
}

fn field_declaration(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    if let Some(declaration) = lower.by_kind(node, "variable_declaration") {
        if let Some(ty) = lower.by_field(declaration, "type") {
            let declared = texts::plain_type(lower.source(ty));
            for child in lower.named(declaration) {
                if let Some(name) = lower.by_field(child, "name") {
                    lower.code.fields.insert(lower.source(name), declared);
                }
            }
        }
        return lower.lower(declaration);
    }
    lower.nothing(node)
}

fn property(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    if let (Some(name), Some(ty)) = (lower.child(node, 0), lower.child(node, 2)) {
        let declared = texts::plain_type(lower.source(ty));
        lower.code.fields.insert(lower.source(name), declared);
    }
    let mut parts = Vec::new();
    if lower.child(node, 1).is_some() {
        parts.push(lower.declare(node));
    }
    if let Some(accessors) = lower.by_field(node, "accessors") {
        parts.push(lower.block(accessors));
    }
    lower.add_at(node, Kind::Other(parts))
}

fn delegate(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let params = lower
        .child(node, 0)
        .map_or_else(Vec::new, |params| lower.params(params));
    let body = lower.by_kind(node, "block");
    let at = lower.syntax.span(node);
    lower.finish_function(node, "", params, body, Vec::new(), at, at)
}

fn import(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let path = lower
        .named(node)
        .last()
        .map_or("", |path| lower.source(*path));
    lower.code.modules.push(path.to_owned());
    if let Some(alias) = lower.by_field(node, "name") {
        lower
            .code
            .imports
            .insert(lower.source(alias), path.to_owned());
    }
    lower.add_at(node, Kind::Import(path.to_owned()))
}
