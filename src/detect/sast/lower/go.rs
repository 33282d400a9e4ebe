//! Go: its table. Imports are known by the last part of their path, parameters share
//! a type, and lists on both sides of `:=`.
//! Everything that languages share is in `lower`.

use super::Act::*;
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
    ("package_identifier", Name, &[]),
    ("blank_identifier", Name, &[]),
    ("qualified_type", Special(type_name), &[]),
    ("comment", Skip, &[]),
    ("type_declaration", Special(type_declaration), &[]),
    ("slice_type", Skip, &[]),
    ("map_type", Skip, &[]),
    ("interpreted_string_literal", Text, &[]),
    ("raw_string_literal", Text, &[]),
    ("interpreted_string_literal_content", Part, &[]),
    ("raw_string_literal_content", Part, &[]),
    ("escape_sequence", Escape, &[]),
    ("rune_literal", Text, &[]),
    ("int_literal", Number, &[]),
    ("float_literal", Number, &[]),
    ("true", True, &[]),
    ("false", False, &[]),
    ("nil", Null, &[]),
    ("call_expression", Call, &["function", "arguments"]),
    ("variadic_argument", Same, &[]),
    ("selector_expression", Field, &["operand", "field"]),
    ("index_expression", Index, &["operand", "index"]),
    ("slice_expression", Same, &["operand"]),
    ("type_assertion_expression", Cast, &["type", "operand"]),
    (
        "type_conversion_expression",
        Special(conversion),
        &["type", "operand"],
    ),
    ("binary_expression", Binary, &["left", "operator", "right"]),
    ("unary_expression", Unary, &["operand"]),
    ("parenthesized_expression", Same, &[]),
    (
        "assignment_statement",
        Assign,
        &["left", "right", "operator"],
    ),
    ("short_var_declaration", Assign, &["left", "right"]),
    ("var_spec", Assign, &["name", "value", "", "type"]),
    ("const_spec", Assign, &["name", "value", "", "type"]),
    ("expression_list", Special(list), &[]),
    ("composite_literal", Special(composite), &["type", "body"]),
    ("literal_value", Special(literal), &[]),
    ("literal_element", Same, &[]),
    ("keyed_element", Pair, &["key", "value"]),
    ("func_literal", Lambda, &["parameters", "body"]),
    (
        "function_declaration",
        Function,
        &["name", "parameters", "body"],
    ),
    (
        "method_declaration",
        Special(method),
        &["name", "parameters", "body"],
    ),
    ("parameter_declaration", Param, &["name", "type"]),
    ("variadic_parameter_declaration", Param, &["name", "type"]),
    (
        "if_statement",
        Special(choice),
        &["condition", "consequence", "alternative"],
    ),
    ("for_statement", Special(repeat), &["body"]),
    (
        "expression_switch_statement",
        Special(switch),
        &["value", ""],
    ),
    ("type_switch_statement", Switch, &["value", ""]),
    ("select_statement", Switch, &["", ""]),
    ("expression_case", Case, &["value"]),
    ("type_case", Case, &["type"]),
    ("communication_case", Case, &["communication"]),
    ("default_case", Case, &["value"]),
    ("block", Block, &[]),
    ("return_statement", Return, &[]),
    ("break_statement", Jump, &[]),
    ("continue_statement", Jump, &[]),
    ("goto_statement", Jump, &[]),
    ("label_name", Skip, &[]),
    ("package_clause", Skip, &[]),
    ("import_spec", Special(import), &[]),
];

fn type_name(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.type_name(node)
}

fn list(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let parts = lower.lower_all(node);
    match parts[..] {
        [only] => only,
        _ => lower.add_at(node, Kind::List(parts)),
    }
}

/// `[]byte(x)` changes the type, and `template.HTML(x)` says something about the text.
fn conversion(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.cast(node)
}

/// `T{a: b}` is the construction of a `T` with named arguments.
fn composite(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let (ty, body) = (lower.child(node, 0), lower.child(node, 1));
    let is_named = ty.is_some_and(|ty| {
        matches!(
            lower.kind_name(ty),
            "type_identifier" | "qualified_type" | "generic_type"
        )
    });
    let Some(body) = body else {
        return lower.nothing(node);
    };
    if !is_named {
        return lower.lower(body);
    }
    let callee = match ty {
        Some(ty) => lower.type_name(ty),
        None => lower.nothing(node),
    };
    let args = lower.arguments(body);
    lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: true,
        },
    )
}

fn literal(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let has_keys = lower.by_kind(node, "keyed_element").is_some();
    if has_keys {
        return lower.dict(node);
    }
    let items = lower.lower_all(node);
    lower.add_at(node, Kind::List(items))
}

/// Fields of structures: their types, so that `s.db.Query` is known to be a database's.
fn type_declaration(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let mut waiting = vec![node];
    while let Some(part) = waiting.pop() {
        match lower.kind_name(part) {
            "field_declaration" => {
                let name = lower.by_field(part, "name");
                let ty = lower.by_field(part, "type");
                if let (Some(name), Some(ty)) = (name, ty) {
                    let declared = texts::plain_type(lower.source(ty));
                    lower.code.fields.insert(lower.source(name), declared);
                }
            }
            "type_declaration" | "type_spec" | "struct_type" | "field_declaration_list" => {
                waiting.extend(lower.named(part));
            }
            _ => {}
        }
    }
    lower.nothing(node)
}

fn method(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let receiver = lower.by_field(node, "receiver");
    let mut receivers = receiver.map_or_else(Vec::new, |receiver| lower.params(receiver));
    let class = receivers.first().map_or("", |receiver| receiver.declared);
    let outer = std::mem::replace(&mut lower.class, class);
    receivers.clear();
    let id = lower.function(node);
    lower.class = outer;
    id
}

/// `if x := f(); test`.
fn choice(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let before = lower
        .by_field(node, "initializer")
        .map(|one| lower.lower(one));
    let test = lower.lower_child(node, 0);
    let yes = lower.lower_child(node, 1);
    let no = lower.lower_child(node, 2);
    let nothing = lower.nothing(node);
    let (test, yes) = (test.unwrap_or(nothing), yes.unwrap_or(nothing));
    let choice = lower.add_at(node, Kind::Choice { test, yes, no });
    match before {
        Some(before) => lower.add_at(node, Kind::Other(vec![before, choice])),
        None => choice,
    }
}

fn switch(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let before = lower
        .by_field(node, "initializer")
        .map(|one| lower.lower(one));
    let switch = lower.statement_switch(node);
    match before {
        Some(before) => lower.add_at(node, Kind::Other(vec![before, switch])),
        None => switch,
    }
}

fn repeat(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let mut before = Vec::new();
    let (mut each, mut test) = (None, None);
    let mut after = Vec::new();
    let body_node = lower.child(node, 0);
    for child in lower.named(node) {
        if Some(child) == body_node {
            continue;
        }
        match lower.kind_name(child) {
            "range_clause" => {
                let right = lower
                    .by_field(child, "right")
                    .map(|right| lower.lower(right));
                let left = lower.by_field(child, "left").map(|left| lower.lower(left));
                each = right.zip(left);
                before.extend(right.filter(|_| each.is_none()));
            }
            "for_clause" => {
                before.extend(
                    lower
                        .by_field(child, "initializer")
                        .map(|one| lower.lower(one)),
                );
                test = lower
                    .by_field(child, "condition")
                    .map(|one| lower.lower(one));
                after.extend(lower.by_field(child, "update").map(|one| lower.lower(one)));
            }
            _ => test = Some(lower.lower(child)),
        }
    }
    let mut body: Vec<Id> = body_node
        .map(|body| lower.lower(body))
        .into_iter()
        .collect();
    body.extend(after);
    lower.repeat(node, before, each, test, body)
}

fn import(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let path = lower
        .by_field(node, "path")
        .map_or("", |path| texts::unquoted(lower.source(path)));
    let alias = lower.by_field(node, "name").map(|name| lower.source(name));
    let last = path.rsplit('/').next().unwrap_or(path);
    let last = match last.strip_prefix('v') {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            path.rsplit('/').nth(1).unwrap_or(last)
        }
        _ => last,
    };
    let short = last.split('.').next().unwrap_or(last);
    // Names of packages stand for themselves: `net/http` is `http` in checks.
    lower
        .code
        .imports
        .insert(alias.unwrap_or(short), package(path, short));
    lower.code.modules.push(path.to_owned());
    lower.add_at(node, Kind::Import(path.to_owned()))
}

/// The name by which checks call a package: packages whose last names are the same differ.
fn package(path: &str, short: &str) -> String {
    match path {
        "math/rand" | "math/rand/v2" => "mathrand".to_owned(),
        "crypto/rand" => "cryptorand".to_owned(),
        "text/template" => "texttemplate".to_owned(),
        "html/template" => "htmltemplate".to_owned(),
        _ => short.to_owned(),
    }
}
