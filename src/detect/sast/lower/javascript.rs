//! JavaScript and TypeScript: their table, modules, and JSX as calls.
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
    ("super", Name, &[]),
    ("undefined", Null, &[]),
    ("property_identifier", Name, &[]),
    ("shorthand_property_identifier", Name, &[]),
    ("shorthand_property_identifier_pattern", Name, &[]),
    ("comment", Skip, &[]),
    ("type_annotation", Skip, &[]),
    ("type_arguments", Skip, &[]),
    ("interface_declaration", Skip, &[]),
    ("type_alias_declaration", Skip, &[]),
    ("string", Text, &[]),
    ("template_string", Text, &[]),
    ("string_fragment", Part, &[]),
    ("escape_sequence", Escape, &[]),
    ("html_character_reference", Part, &[]),
    ("template_substitution", Same, &[]),
    ("regex", Special(regex), &[]),
    ("number", Number, &[]),
    ("true", True, &[]),
    ("false", False, &[]),
    ("null", Null, &[]),
    ("call_expression", Special(call), &["function", "arguments"]),
    (
        "new_expression",
        Special(construct),
        &["constructor", "arguments"],
    ),
    ("member_expression", Field, &["object", "property"]),
    ("subscript_expression", Index, &["object", "index"]),
    ("binary_expression", Binary, &["left", "operator", "right"]),
    ("unary_expression", Unary, &["argument"]),
    ("update_expression", Special(step), &["argument"]),
    ("parenthesized_expression", Same, &[]),
    ("await_expression", Same, &[]),
    ("as_expression", Special(first), &[]),
    ("satisfies_expression", Special(first), &[]),
    ("non_null_expression", Same, &[]),
    ("type_assertion", Same, &[]),
    ("spread_element", Spread, &[]),
    ("assignment_expression", Assign, &["left", "right"]),
    (
        "augmented_assignment_expression",
        Assign,
        &["left", "right", "operator"],
    ),
    ("variable_declarator", Declare, &["name", "value", "type"]),
    ("field_definition", Declare, &["property", "value"]),
    (
        "public_field_definition",
        Special(class_field),
        &["name", "value", "type"],
    ),
    ("assignment_pattern", Declare, &["left", "right"]),
    ("object_assignment_pattern", Declare, &["left", "right"]),
    ("array", List, &[]),
    ("array_pattern", List, &[]),
    ("sequence_expression", Other, &[]),
    ("object", Dict, &[]),
    ("object_pattern", Dict, &[]),
    ("pair", Pair, &["key", "value"]),
    ("pair_pattern", Pair, &["key", "value"]),
    ("arrow_function", Lambda, &["parameters", "body"]),
    (
        "function_expression",
        Function,
        &["name", "parameters", "body"],
    ),
    (
        "generator_function",
        Function,
        &["name", "parameters", "body"],
    ),
    (
        "function_declaration",
        Function,
        &["name", "parameters", "body"],
    ),
    (
        "generator_function_declaration",
        Function,
        &["name", "parameters", "body"],
    ),
    (
        "method_definition",
        Function,
        &["name", "parameters", "body"],
    ),
    ("required_parameter", Param, &["pattern", "type", "value"]),
    ("optional_parameter", Param, &["pattern", "type", "value"]),
    ("rest_pattern", Param, &[]),
    ("class_declaration", Class, &["name", "body"]),
    ("abstract_class_declaration", Class, &["name", "body"]),
    ("class", Class, &["name", "body"]),
    ("class_body", Block, &[]),
    ("decorator", Decorator, &[]),
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
        &["initializer", "condition", "increment", "body"],
    ),
    ("for_in_statement", ForEach, &["left", "right", "body"]),
    ("switch_statement", Switch, &["value", "body"]),
    ("switch_case", Case, &["value"]),
    ("switch_default", Case, &["value"]),
    ("try_statement", Try, &["body"]),
    ("catch_clause", Catch, &[]),
    ("finally_clause", Finally, &[]),
    ("statement_block", Block, &[]),
    ("return_statement", Return, &[]),
    ("throw_statement", Throw, &[]),
    ("break_statement", Jump, &[]),
    ("continue_statement", Jump, &[]),
    ("statement_identifier", Skip, &[]),
    ("import_statement", Special(import), &[]),
    ("jsx_attribute", Special(jsx_attribute), &[]),
    ("jsx_text", Skip, &[]),
    ("jsx_opening_element", Special(jsx_element), &[]),
    ("jsx_self_closing_element", Special(jsx_element), &[]),
    ("jsx_closing_element", Skip, &[]),
];

fn first(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    match lower.named(node).first() {
        Some(value) => lower.lower(*value),
        None => lower.nothing(node),
    }
}

/// `require("module")` is an import.
fn call(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let callee = match lower.child(node, 0) {
        Some(callee) => lower.lower(callee),
        None => lower.nothing(node),
    };
    let args = lower
        .child(node, 1)
        .map_or_else(Vec::new, |args| lower.arguments(args));
    if let (Kind::Name("require"), [first]) = (lower.code.kind(callee), &args[..])
        && let Kind::Str(module) = lower.code.kind(first.value)
    {
        let module = module.strip_prefix("node:").unwrap_or(module).to_owned();
        lower.code.modules.push(module);
    }
    let is_new = false;
    lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new,
        },
    )
}

/// `new a.B(x)`: the constructor is an expression, not a type.
fn construct(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let callee = match lower.child(node, 0) {
        Some(callee) => lower.lower(callee),
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

fn class_field(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    if let (Some(name), Some(ty)) = (lower.child(node, 0), lower.child(node, 2)) {
        let declared = texts::plain_type(lower.source(ty));
        lower.code.fields.insert(lower.source(name), declared);
    }
    lower.declare(node)
}

/// As a call, so that checks can look at the pattern.
fn regex(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let pattern = lower
        .by_field(node, "pattern")
        .map_or("", |pattern| lower.source(pattern));
    lower.add_at(node, Kind::Str(pattern.to_owned()))
}

/// `<a b={c}/>` is the call `jsx.a(b=c)`.
fn jsx_element(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let name = lower.by_field(node, "name");
    let object = lower.add_at(node, Kind::Name("jsx"));
    let text = name.map_or("", |name| lower.source(name));
    let callee = lower.add_at(node, Kind::Field { object, name: text });
    let mut args = Vec::new();
    for child in lower.named(node) {
        if Some(child) == name {
            continue;
        }
        if lower.kind_name(child) != "jsx_attribute" {
            let value = lower.lower(child);
            args.push(Arg { name: None, value });
            continue;
        }
        let parts = lower.named(child);
        let attribute = parts.first().map(|part| lower.source(*part));
        let value = match parts.get(1) {
            Some(value) => lower.lower(*value),
            None => lower.add_at(child, Kind::Bool(true)),
        };
        args.push(Arg {
            name: attribute,
            value,
        });
    }
    lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: false,
        },
    )
}

fn jsx_attribute(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    match lower.named(node).get(1) {
        Some(value) => lower.lower(*value),
        None => lower.nothing(node),
    }
}

fn import(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let mut source = lower.by_field(node, "source");
    let clause = lower.by_kind(node, "import_require_clause");
    if let (None, Some(clause)) = (source, clause) {
        source = lower.by_field(clause, "source");
    }
    let module = source.map_or("", |source| texts::unquoted(lower.source(source)));
    let module = module.strip_prefix("node:").unwrap_or(module);
    lower.code.modules.push(module.to_owned());
    let mut waiting: Vec<NodeId> = lower.named(node);
    while let Some(part) = waiting.pop() {
        match lower.kind_name(part) {
            "import_clause" | "named_imports" | "namespace_import" | "import_require_clause" => {
                waiting.extend(lower.named(part));
            }
            "identifier" => {
                lower
                    .code
                    .imports
                    .insert(lower.source(part), module.to_owned());
            }
            "import_specifier" => {
                let name = lower
                    .by_field(part, "name")
                    .map_or("", |name| lower.source(name));
                let alias = lower
                    .by_field(part, "alias")
                    .map(|alias| lower.source(alias));
                let full = format!("{module}.{name}");
                lower.code.imports.insert(alias.unwrap_or(name), full);
            }
            _ => {}
        }
    }
    lower.add_at(node, Kind::Import(module.to_owned()))
}
