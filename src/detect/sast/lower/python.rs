//! Python: its table, its imports, `with`, comprehensions and `x if c else y`.
//! Everything that languages share is in `lower`.

use super::Act::*;
use super::Lower;
use super::Row;
use crate::detect::sast::code::Id;
use crate::detect::sast::code::Kind;
use crate::detect::sast::syntax::NodeId;

pub(super) const ROWS: &[Row] = &[
    ("identifier", Name, &[]),
    ("comment", Skip, &[]),
    ("string", Text, &[]),
    ("concatenated_string", Special(joined), &[]),
    ("string_start", Skip, &[]),
    ("string_end", Skip, &[]),
    ("string_content", Special(content), &[]),
    ("interpolation", Same, &["expression"]),
    ("integer", Number, &[]),
    ("float", Number, &[]),
    ("true", True, &[]),
    ("false", False, &[]),
    ("none", Null, &[]),
    ("call", Call, &["function", "arguments"]),
    ("keyword_argument", Argument, &["name", "value"]),
    ("attribute", Field, &["object", "attribute"]),
    ("subscript", Index, &["value", "subscript"]),
    ("binary_operator", Binary, &["left", "operator", "right"]),
    ("boolean_operator", Binary, &["left", "operator", "right"]),
    ("comparison_operator", Special(comparison), &[]),
    ("not_operator", Not, &["argument"]),
    ("unary_operator", Unary, &["argument"]),
    ("parenthesized_expression", Same, &[]),
    ("await", Same, &[]),
    ("list_splat", Same, &[]),
    ("dictionary_splat", Spread, &[]),
    ("assignment", Assign, &["left", "right", "", "type"]),
    (
        "augmented_assignment",
        Assign,
        &["left", "right", "operator"],
    ),
    ("named_expression", Assign, &["name", "value"]),
    ("list", List, &[]),
    ("tuple", List, &[]),
    ("set", List, &[]),
    ("expression_list", List, &[]),
    ("pattern_list", List, &[]),
    ("tuple_pattern", List, &[]),
    ("list_pattern", List, &[]),
    ("dictionary", Dict, &[]),
    ("pair", Pair, &["key", "value"]),
    ("lambda", Lambda, &["parameters", "body"]),
    (
        "function_definition",
        Function,
        &["name", "parameters", "body"],
    ),
    ("class_definition", Class, &["name", "body"]),
    ("decorator", Decorator, &[]),
    ("default_parameter", Param, &["name", "", "value"]),
    ("typed_parameter", Param, &["", "type"]),
    ("typed_default_parameter", Param, &["name", "type", "value"]),
    (
        "if_statement",
        If,
        &["condition", "consequence", "alternative"],
    ),
    ("elif_clause", If, &["condition", "consequence"]),
    ("conditional_expression", Special(conditional), &[]),
    ("while_statement", While, &["condition", "body"]),
    ("for_statement", ForEach, &["left", "right", "body"]),
    ("list_comprehension", Special(comprehension), &["body"]),
    ("set_comprehension", Special(comprehension), &["body"]),
    (
        "dictionary_comprehension",
        Special(comprehension),
        &["body"],
    ),
    ("generator_expression", Special(comprehension), &["body"]),
    ("with_item", Special(with_item), &["value"]),
    ("try_statement", Try, &["body"]),
    ("except_clause", Catch, &[]),
    ("finally_clause", Finally, &[]),
    ("block", Block, &[]),
    ("return_statement", Return, &[]),
    ("yield", Return, &[]),
    ("raise_statement", Throw, &[]),
    ("break_statement", Jump, &[]),
    ("continue_statement", Jump, &[]),
    ("match_statement", Switch, &["subject", "body"]),
    ("case_clause", Case, &["consequence"]),
    ("assert_statement", Special(assertion), &[]),
    ("import_statement", Special(import), &[]),
    ("import_from_statement", Special(import_from), &[]),
    ("type", Special(type_name), &[]),
];

/// A type where a value stands: of no interest.
fn type_name(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    lower.nothing(node)
}

/// Text of a string, with escapes inside of it left as they are.
fn content(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let text = lower.source(node).to_owned();
    lower.add_at(node, Kind::Str(text))
}

/// `"a" "b"`.
fn joined(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let parts = lower.lower_all(node);
    lower.add_at(node, Kind::Concat(parts))
}

fn comparison(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let operands = lower.named(node);
    let operator = lower
        .by_field(node, "operators")
        .map_or("", |op| lower.source(op));
    let mut operands = operands
        .into_iter()
        .filter(|one| lower.syntax.field(*one) == 0);
    let (left, right) = (operands.next(), operands.next());
    let (Some(left), Some(right)) = (left, right) else {
        return lower.nothing(node);
    };
    let (left, right) = (lower.lower(left), lower.lower(right));
    lower.add_at(
        node,
        Kind::Binary {
            op: operator,
            left,
            right,
        },
    )
}

fn conditional(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let parts = lower.lower_all(node);
    match parts[..] {
        [yes, test, no] => lower.add_at(
            node,
            Kind::Choice {
                test,
                yes,
                no: Some(no),
            },
        ),
        _ => lower.add_at(node, Kind::Other(parts)),
    }
}

/// The clauses are walked outermost first; the value is what the body gives.
fn comprehension(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let mut before = Vec::new();
    let mut each = None;
    for child in lower.named(node) {
        if lower.kind_name(child) == "for_in_clause" {
            let (left, right) = (
                lower.by_field(child, "left"),
                lower.by_field(child, "right"),
            );
            if let (Some(left), Some(right)) = (left, right) {
                let (right, left) = (lower.lower(right), lower.lower(left));
                if let Some((iter, target)) = each.replace((right, left)) {
                    before.push(lower.add_at(node, Kind::first(target, Some(iter), None)));
                }
            }
        } else if lower.kind_name(child) == "if_clause" {
            before.push(lower.lower(child));
        }
    }
    let body = lower.by_field(node, "body").map(|body| lower.lower(body));
    lower.repeat(node, before, each, None, body.into_iter().collect())
}

/// `with value as target`: the grammar puts the target beside the value.
fn with_item(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let Some(value) = lower.by_field(node, "value") else {
        return lower.nothing(node);
    };
    if lower.kind_name(value) != "as_pattern" {
        return lower.lower(value);
    }
    let target = lower.by_field(value, "alias");
    let Some(what) = lower.named(value).first().copied() else {
        return lower.nothing(node);
    };
    let what = lower.lower(what);
    let Some(target) = target else { return what };
    let target = lower.lower(target);
    lower.add_at(node, Kind::first(target, Some(what), None))
}

/// As a call, so that checks can name it.
fn assertion(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let callee = lower.add_at(node, Kind::Name("assert"));
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

fn import(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let mut full = String::new();
    for child in lower.named(node) {
        let alias = lower
            .by_field(child, "alias")
            .map(|alias| lower.source(alias));
        let name = lower.by_field(child, "name").unwrap_or(child);
        let name = lower.source(name);
        if let Some(alias) = alias {
            lower.code.imports.insert(alias, name.to_owned());
        }
        lower.code.modules.push(name.to_owned());
        name.clone_into(&mut full);
    }
    lower.add_at(node, Kind::Import(full))
}

fn import_from(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let module = lower.by_field(node, "module_name");
    let name = module.map_or("", |module| lower.source(module));
    let path = name.trim_start_matches('.').to_owned();
    lower.code.modules.push(path.clone());
    for child in lower.named(node) {
        if Some(child) == module {
            continue;
        }
        let alias = lower
            .by_field(child, "alias")
            .map(|alias| lower.source(alias));
        let name = lower.by_field(child, "name").unwrap_or(child);
        let name = lower.source(name);
        let full = if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        };
        lower.code.modules.push(full.clone());
        lower.code.imports.insert(alias.unwrap_or(name), full);
    }
    lower.add_at(node, Kind::Import(path))
}
