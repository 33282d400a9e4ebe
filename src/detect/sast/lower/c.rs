//! C and C++: their tables, declarators, and conditional compilation walked as
//! if all of it were there.
//! What the nodes are made into is `lower`'s.

use super::Act::*;
use super::Lower;
use super::Row;
use super::step;
use super::texts;
use crate::detect::sast::code::Id;
use crate::detect::sast::code::Kind;
use crate::detect::sast::code::Leap;
use crate::detect::sast::syntax::NodeId;

pub(super) const ROWS: &[Row] = &[
    ("identifier", Name, &[]),
    ("field_identifier", Name, &[]),
    ("type_identifier", Name, &[]),
    ("comment", Skip, &[]),
    ("primitive_type", Skip, &[]),
    ("sized_type_specifier", Skip, &[]),
    ("type_qualifier", Skip, &[]),
    ("storage_class_specifier", Skip, &[]),
    ("struct_specifier", Special(structure), &[]),
    ("union_specifier", Skip, &[]),
    ("enum_specifier", Skip, &[]),
    ("type_definition", Skip, &[]),
    ("string_literal", Text, &[]),
    ("concatenated_string", Special(joined), &[]),
    ("string_content", Part, &[]),
    ("escape_sequence", Escape, &[]),
    ("char_literal", Text, &[]),
    ("character", Part, &[]),
    ("number_literal", Number, &[]),
    ("true", True, &[]),
    ("false", False, &[]),
    ("null", Null, &[]),
    ("call_expression", Call, &["function", "arguments"]),
    ("field_expression", Field, &["argument", "field"]),
    ("subscript_expression", Index, &["argument", "index"]),
    ("binary_expression", Binary, &["left", "operator", "right"]),
    ("unary_expression", Unary, &["argument"]),
    ("pointer_expression", Same, &["argument"]),
    ("update_expression", Special(step), &["argument"]),
    ("parenthesized_expression", Same, &[]),
    ("cast_expression", Cast, &["type", "value"]),
    ("sizeof_expression", Special(size), &[]),
    (
        "assignment_expression",
        Assign,
        &["left", "right", "operator"],
    ),
    ("declaration", Special(declaration), &["type"]),
    (
        "init_declarator",
        Special(initialized),
        &["declarator", "value"],
    ),
    ("array_declarator", Special(declarator), &["declarator"]),
    ("pointer_declarator", Special(declarator), &["declarator"]),
    ("parenthesized_declarator", Special(declarator), &[]),
    ("reference_declarator", Special(declarator), &[]),
    ("function_declarator", Special(declarator), &["declarator"]),
    ("initializer_list", Special(initializer), &[]),
    ("initializer_pair", Pair, &["designator", "value"]),
    ("field_designator", Special(designator), &[]),
    ("comma_expression", Other, &[]),
    (
        "function_definition",
        Special(function),
        &["declarator", "body"],
    ),
    ("parameter_declaration", Param, &["declarator", "type"]),
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
    ("switch_statement", Switch, &["condition", "body"]),
    ("case_statement", Case, &["value"]),
    ("compound_statement", Block, &[]),
    ("return_statement", Return, &[]),
    ("break_statement", Jump, &[]),
    ("continue_statement", Jump, &[]),
    ("goto_statement", Special(jump), &[]),
    ("labeled_statement", Special(label), &["label"]),
    ("preproc_include", Special(include), &["path"]),
    ("preproc_def", Special(define), &["name", "value"]),
    ("preproc_function_def", Skip, &[]),
    ("preproc_call", Skip, &[]),
    ("preproc_if", Special(conditional), &["condition"]),
    ("preproc_ifdef", Special(conditional), &["name"]),
    ("preproc_elif", Special(conditional), &["condition"]),
];

pub(super) const CPP_ROWS: &[Row] = &[
    ("this", Name, &[]),
    ("namespace_identifier", Name, &[]),
    (
        "qualified_identifier",
        Special(qualified),
        &["scope", "name"],
    ),
    ("template_function", Special(template), &["name"]),
    ("template_type", Special(template), &["name"]),
    ("raw_string_literal", Text, &[]),
    ("raw_string_content", Part, &[]),
    ("raw_string_delimiter", Skip, &[]),
    ("new_expression", New, &["type", "arguments"]),
    ("delete_expression", Special(delete), &[]),
    ("class_specifier", Class, &["name", "body"]),
    ("struct_specifier", Class, &["name", "body"]),
    ("field_declaration_list", Block, &[]),
    ("access_specifier", Skip, &[]),
    (
        "lambda_expression",
        Special(lambda),
        &["declarator", "body"],
    ),
    (
        "optional_parameter_declaration",
        Param,
        &["declarator", "type", "default_value"],
    ),
    ("condition_clause", Same, &["value"]),
    ("for_range_loop", ForEach, &["declarator", "right", "body"]),
    ("subscript_expression", Index, &["argument", "indices"]),
    ("subscript_argument_list", Same, &[]),
    ("try_statement", Try, &["body"]),
    ("catch_clause", Catch, &[]),
    ("throw_statement", Throw, &[]),
    ("using_declaration", Skip, &[]),
    ("template_parameter_list", Skip, &[]),
];

fn jump(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.add_at(node, Kind::Jump(Leap::Label))
}

fn label(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let label = lower.child(node, 0);
    let parts: Vec<NodeId> = lower.named(node);
    let parts = parts.into_iter().filter(|part| Some(*part) != label);
    let parts = parts.map(|part| lower.lower(part)).collect();
    let inner = lower.add_at(node, Kind::Other(parts));
    lower.add_at(node, Kind::Label(inner))
}

fn structure(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.nothing(node)
}

fn joined(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let parts = lower.lower_all(node);
    lower.add_at(node, Kind::Concat(parts))
}

fn size(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let Some(of) = lower.named(node).first().copied() else {
        return lower.nothing(node);
    };
    let of = match lower.kind_name(of) {
        "type_descriptor" => {
            let name = lower.source(of).trim();
            lower.add_at(of, Kind::Name(name))
        }
        "parenthesized_expression" => match lower.named(of).first().copied() {
            Some(inner) => lower.lower(inner),
            None => lower.nothing(of),
        },
        _ => lower.lower(of),
    };
    lower.add_at(node, Kind::SizeOf(of))
}

/// The array that a declarator makes of `first`, if it is one.
fn array(lower: &mut Lower<'_, '_>, node: NodeId, first: Option<Id>) -> Option<Id> {
    if lower.kind_name(node) != "array_declarator" {
        return None;
    }
    let size = lower.by_field(node, "size").map(|size| lower.lower(size));
    let of = lower.declared.unwrap_or_default();
    Some(lower.add_at(node, Kind::Array { size, of, first }))
}

/// `x = 1` in a declaration.
fn initialized(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let Some(declarator) = lower.child(node, 0) else {
        return lower.nothing(node);
    };
    let target = lower.lower(declarator);
    let value = lower.child(node, 1).map(|value| lower.lower(value));
    let value = array(lower, declarator, value).or(value);
    lower.add_at(node, Kind::first(target, value, lower.declared))
}

fn designator(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let text = lower.source(node).trim_start_matches('.').to_owned();
    lower.add_at(node, Kind::Str(text))
}

fn initializer(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    if lower.by_kind(node, "initializer_pair").is_some() {
        return lower.dict(node);
    }
    let items = lower.lower_all(node);
    lower.add_at(node, Kind::List(items))
}

/// The name inside of `*a[3]`.
fn declarator(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    match lower.first_name(node) {
        Some(name) => lower.add_at(node, Kind::Name(name)),
        None => lower.nothing(node),
    }
}

fn declaration(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let ty = lower.child(node, 0);
    let outer = lower.declared;
    lower.declared = ty.map(|ty| texts::plain_type(lower.source(ty)));
    let mut parts = Vec::new();
    for child in lower.named(node) {
        if Some(child) == ty {
            continue;
        }
        match lower.kind_name(child) {
            "init_declarator" => parts.push(lower.lower(child)),
            "identifier" | "array_declarator" | "pointer_declarator" => {
                let target = lower.lower(child);
                let value = array(lower, child, None);
                let at = lower.syntax.span(child);
                let declared = lower.declared;
                parts.push(lower.add(at, Kind::first(target, value, declared)));
            }
            _ => {}
        }
    }
    lower.declared = outer;
    lower.add_at(node, Kind::Other(parts))
}

fn function(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let mut declarator = lower.child(node, 0);
    while let Some(one) = declarator {
        if lower.kind_name(one) == "function_declarator" {
            break;
        }
        declarator = lower
            .by_field(one, "declarator")
            .filter(|next| *next != one);
    }
    let inner = declarator.and_then(|one| lower.by_field(one, "declarator"));
    let name = inner.map_or("", |inner| lower.source(inner));
    let name = name.rsplit("::").next().unwrap_or(name);
    let params = declarator.and_then(|one| lower.by_field(one, "parameters"));
    let params = params.map_or_else(Vec::new, |params| lower.params(params));
    let body = lower.child(node, 1);
    let at = lower.syntax.span(node);
    let head = (at.0, body.map_or(at.1, |body| lower.syntax.span(body).0));
    lower.finish_function(node, name, params, body, Vec::new(), head, at)
}

fn lambda(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let params = lower
        .child(node, 0)
        .and_then(|one| lower.by_field(one, "parameters"));
    let params = params.map_or_else(Vec::new, |params| lower.params(params));
    let body = lower.child(node, 1);
    let at = lower.syntax.span(node);
    lower.finish_function(node, "", params, body, Vec::new(), at, at)
}

/// `a::b` reads as `a.b`.
fn qualified(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let name = lower.child(node, 1);
    let object = lower.lower_child(node, 0);
    match (object, name) {
        (Some(object), Some(name)) => {
            let inner = lower.lower(name);
            match *lower.code.kind(inner) {
                Kind::Name(name) => lower.add_at(node, Kind::Field { object, name }),
                _ => inner,
            }
        }
        (None, Some(name)) => lower.lower(name),
        _ => lower.nothing(node),
    }
}

fn template(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    match lower.child(node, 0) {
        Some(name) => lower.lower(name),
        None => lower.nothing(node),
    }
}

fn delete(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let callee = lower.add_at(node, Kind::Name("delete"));
    let values = lower.lower_all(node);
    let args = values
        .into_iter()
        .map(|value| super::Arg { name: None, value })
        .collect();
    lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: false,
        },
    )
}

fn include(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let path = lower.child(node, 0).map_or("", |path| lower.source(path));
    let path = path.trim_matches(['<', '>', '"']).to_owned();
    lower.code.modules.push(path.clone());
    lower.add_at(node, Kind::Import(path))
}

/// `#define NAME value`, where the value is one literal.
fn define(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let (Some(name), Some(value)) = (lower.child(node, 0), lower.child(node, 1)) else {
        return lower.nothing(node);
    };
    let text = lower.source(value).trim();
    let literal = if text.starts_with('"') && text.ends_with('"') && text.len() > 1 {
        Kind::Str(texts::unquoted(text).to_owned())
    } else if text.starts_with(|c: char| c.is_ascii_digit()) {
        Kind::Num(text)
    } else {
        return lower.nothing(node);
    };
    let value = lower.add_at(value, literal);
    let name_text = lower.source(name);
    let target = lower.add_at(name, Kind::Name(name_text));
    lower.add_at(node, Kind::first(target, Some(value), None))
}

fn conditional(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let condition = lower.child(node, 0);
    let mut parts = Vec::new();
    for child in lower.named(node) {
        if Some(child) != condition {
            parts.push(lower.lower(child));
        }
    }
    lower.add_at(node, Kind::Block(parts))
}
