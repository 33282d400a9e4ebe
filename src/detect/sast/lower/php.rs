//! PHP: its table, names without `$` kept with it, `include`, `echo` and
//! backticks as calls, `use` as imports.
//! Everything that languages share is in `lower`.

use super::Act::*;
use super::Arg;
use super::Lower;
use super::Row;
use super::leap;
use super::texts;
use crate::detect::sast::code::Id;
use crate::detect::sast::code::Kind;
use crate::detect::sast::syntax::NodeId;

pub(super) const ROWS: &[Row] = &[
    ("variable_name", Name, &[]),
    ("name", Name, &[]),
    ("qualified_name", Special(type_name), &[]),
    ("relative_scope", Name, &[]),
    ("comment", Skip, &[]),
    ("text", Skip, &[]),
    ("text_interpolation", Skip, &[]),
    ("php_tag", Skip, &[]),
    ("named_type", Skip, &[]),
    ("primitive_type", Skip, &[]),
    ("optional_type", Skip, &[]),
    ("union_type", Skip, &[]),
    ("visibility_modifier", Skip, &[]),
    ("static_modifier", Skip, &[]),
    ("string", Text, &[]),
    ("encapsed_string", Text, &[]),
    ("heredoc", Special(heredoc), &["value"]),
    ("heredoc_body", Text, &[]),
    ("nowdoc", Special(heredoc), &["value"]),
    ("nowdoc_body", Text, &[]),
    ("nowdoc_string", Part, &[]),
    ("string_content", Part, &[]),
    ("escape_sequence", Escape, &[]),
    ("shell_command_expression", Special(shell), &[]),
    ("integer", Number, &[]),
    ("float", Number, &[]),
    ("boolean", Bool, &[]),
    ("null", Null, &[]),
    ("function_call_expression", Call, &["function", "arguments"]),
    (
        "member_call_expression",
        Method,
        &["object", "name", "arguments"],
    ),
    (
        "nullsafe_member_call_expression",
        Method,
        &["object", "name", "arguments"],
    ),
    (
        "scoped_call_expression",
        Method,
        &["scope", "name", "arguments"],
    ),
    ("object_creation_expression", Special(construct), &[]),
    ("argument", Argument, &["name"]),
    ("variadic_unpacking", Same, &[]),
    ("member_access_expression", Field, &["object", "name"]),
    (
        "nullsafe_member_access_expression",
        Field,
        &["object", "name"],
    ),
    (
        "scoped_property_access_expression",
        Field,
        &["scope", "name"],
    ),
    ("class_constant_access_expression", Special(constant), &[]),
    ("subscript_expression", Index, &[]),
    ("binary_expression", Binary, &["left", "operator", "right"]),
    ("unary_op_expression", Unary, &["argument"]),
    ("error_suppression_expression", Same, &[]),
    (
        "reference_assignment_expression",
        Assign,
        &["left", "right"],
    ),
    ("assignment_expression", Assign, &["left", "right"]),
    (
        "augmented_assignment_expression",
        Assign,
        &["left", "right", "operator"],
    ),
    ("property_element", Assign, &["name", "default_value"]),
    ("const_element", Declare, &[]),
    ("static_variable_declaration", Assign, &["name", "value"]),
    ("parenthesized_expression", Same, &[]),
    ("cast_expression", Cast, &["type", "value"]),
    ("clone_expression", Same, &[]),
    ("print_intrinsic", Special(print), &[]),
    ("echo_statement", Special(print), &[]),
    ("expression_statement", Special(statement), &[]),
    ("exit_statement", Special(exit), &[]),
    ("include_expression", Special(include), &[]),
    ("include_once_expression", Special(include), &[]),
    ("require_expression", Special(include), &[]),
    ("require_once_expression", Special(include), &[]),
    ("array_creation_expression", Special(array), &[]),
    ("list_literal", List, &[]),
    ("anonymous_function", Lambda, &["parameters", "body"]),
    ("arrow_function", Lambda, &["parameters", "body"]),
    (
        "function_definition",
        Function,
        &["name", "parameters", "body"],
    ),
    (
        "method_declaration",
        Function,
        &["name", "parameters", "body"],
    ),
    (
        "simple_parameter",
        Param,
        &["name", "type", "default_value"],
    ),
    (
        "property_promotion_parameter",
        Param,
        &["name", "type", "default_value"],
    ),
    ("variadic_parameter", Param, &["name", "type"]),
    ("class_declaration", Class, &["name", "body"]),
    ("trait_declaration", Class, &["name", "body"]),
    ("interface_declaration", Class, &["name", "body"]),
    ("declaration_list", Block, &[]),
    ("attribute_list", Decorators, &[]),
    ("attribute_group", Decorators, &[]),
    ("attribute", Decorator, &["", "parameters"]),
    ("if_statement", If, &["condition", "body", "alternative"]),
    ("else_if_clause", If, &["condition", "body"]),
    (
        "conditional_expression",
        Special(ternary),
        &["condition", "body", "alternative"],
    ),
    ("while_statement", While, &["condition", "body"]),
    ("do_statement", While, &["condition", "body"]),
    (
        "for_statement",
        For,
        &["initialize", "condition", "update", "body"],
    ),
    ("foreach_statement", Special(foreach), &["body"]),
    ("switch_statement", Switch, &["condition", "body"]),
    ("case_statement", Case, &["value"]),
    ("default_statement", Case, &["value"]),
    ("match_expression", Switch, &["condition", "body"]),
    (
        "match_conditional_expression",
        Case,
        &["conditional_expressions"],
    ),
    (
        "match_default_expression",
        Case,
        &["conditional_expressions"],
    ),
    ("try_statement", Try, &["body"]),
    ("catch_clause", Catch, &[]),
    ("finally_clause", Finally, &[]),
    ("compound_statement", Block, &[]),
    ("colon_block", Block, &[]),
    ("return_statement", Return, &[]),
    ("throw_expression", Throw, &[]),
    ("break_statement", Special(leap), &[]),
    ("continue_statement", Special(leap), &[]),
    ("namespace_use_clause", Special(import), &[]),
    ("namespace_name", Skip, &[]),
];

fn type_name(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let full = lower.source(node).trim_start_matches('\\');
    let name = full.rsplit('\\').next().unwrap_or(full);
    lower.add_at(node, Kind::Name(name))
}

fn heredoc(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    match lower.child(node, 0) {
        Some(body) => lower.text(body),
        None => lower.add_at(node, Kind::Str(String::new())),
    }
}

fn named_call<'a>(lower: &mut Lower<'a, '_>, node: NodeId, name: &'a str, values: Vec<Id>) -> Id {
    let callee = lower.add_at(node, Kind::Name(name));
    let args = values
        .into_iter()
        .map(|value| Arg { name: None, value })
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

fn shell(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let text = lower.text(node);
    named_call(lower, node, "shell_exec", vec![text])
}

fn print(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let values = lower.lower_all(node);
    named_call(lower, node, "echo", values)
}

/// `<?= value ?>` prints its value.
fn statement(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let start = lower.syntax.span(node).0;
    let before = lower.code.slice((start.saturating_sub(8), start));
    let values = lower.lower_all(node);
    if before.trim_end().ends_with("<?=") {
        return named_call(lower, node, "echo", values);
    }
    match values[..] {
        [only] => only,
        _ => lower.add_at(node, Kind::Other(values)),
    }
}

/// `exit(text)` prints its text and leaves.
fn exit(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let values = lower.lower_all(node);
    let call = named_call(lower, node, "exit", values);
    lower.add_at(node, Kind::Throw(Some(call)))
}

fn include(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let values = lower.lower_all(node);
    named_call(lower, node, "include", values)
}

fn construct(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let children = lower.named(node);
    let name = children.iter().find(|child| {
        matches!(
            lower.kind_name(**child),
            "name" | "qualified_name" | "variable_name"
        )
    });
    let callee = match name {
        Some(name) => lower.lower(*name),
        None => lower.nothing(node),
    };
    let args = lower.by_kind(node, "arguments");
    let args = args.map_or_else(Vec::new, |args| lower.arguments(args));
    let mut parts = vec![lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: true,
        },
    )];
    if let Some(class) = lower.by_kind(node, "anonymous_class") {
        parts.push(lower.block(class));
    }
    match parts[..] {
        [only] => only,
        _ => lower.add_at(node, Kind::Other(parts)),
    }
}

/// `A::B` as a field; `A::class` as the name of the class.
fn constant(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let parts = lower.named(node);
    let [scope, name] = parts[..] else {
        return lower.nothing(node);
    };
    let object = lower.lower(scope);
    let name = lower.source(name);
    lower.add_at(node, Kind::Field { object, name })
}

fn array(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let mut entries = Vec::new();
    let mut items = Vec::new();
    for element in lower.named(node) {
        let parts = lower.lower_all(element);
        match parts[..] {
            [key, value] => entries.push((Some(key), value)),
            [value] => items.push(value),
            _ => {}
        }
    }
    if entries.is_empty() {
        return lower.add_at(node, Kind::List(items));
    }
    entries.extend(items.into_iter().map(|item| (None, item)));
    lower.add_at(node, Kind::Dict(entries))
}

/// `a ?: b` has no middle.
fn ternary(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let nothing = lower.nothing(node);
    let test = lower.lower_child(node, 0).unwrap_or(nothing);
    let yes = lower.lower_child(node, 1).unwrap_or(test);
    let no = lower.lower_child(node, 2);
    lower.add_at(node, Kind::Choice { test, yes, no })
}

fn foreach(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let body = lower.child(node, 0);
    let parts: Vec<NodeId> = lower
        .named(node)
        .into_iter()
        .filter(|child| Some(*child) != body)
        .collect();
    let right = parts.first().map(|right| lower.lower(*right));
    let left = parts.get(1).map(|left| {
        let names = lower.named(*left);
        match (lower.kind_name(*left), names.last()) {
            ("pair" | "by_ref", Some(last)) => lower.lower(*last),
            _ => lower.lower(*left),
        }
    });
    let body = body.map(|body| lower.lower(body)).into_iter().collect();
    lower.repeat(node, Vec::new(), right.zip(left), None, body)
}

fn import(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let alias = lower.by_field(node, "alias");
    let path = lower
        .named(node)
        .into_iter()
        .find(|child| Some(*child) != alias);
    let full = path
        .map_or("", |path| lower.source(path))
        .trim_start_matches('\\');
    let last = full.rsplit('\\').next().unwrap_or(full);
    let alias = alias.map_or(last, |alias| texts::bare(lower.source(alias)));
    lower.code.imports.insert(alias, full.replace('\\', "."));
    lower.code.modules.push(full.replace('\\', "."));
    lower.add_at(node, Kind::Import(full.to_owned()))
}
