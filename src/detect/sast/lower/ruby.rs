//! Ruby: its table, calls without parentheses, blocks as last arguments,
//! modifiers and backticks.
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
    ("identifier", Name, &[]),
    ("constant", Name, &[]),
    ("instance_variable", Name, &[]),
    ("class_variable", Name, &[]),
    ("global_variable", Name, &[]),
    ("self", Name, &[]),
    ("super", Name, &[]),
    ("comment", Skip, &[]),
    ("string", Text, &[]),
    ("chained_string", Special(chained), &[]),
    ("heredoc_body", Text, &[]),
    ("heredoc_content", Part, &[]),
    ("heredoc_end", Skip, &[]),
    ("heredoc_beginning", Skip, &[]),
    ("string_content", Part, &[]),
    ("escape_sequence", Escape, &[]),
    ("interpolation", Same, &[]),
    ("simple_symbol", Special(symbol), &[]),
    ("hash_key_symbol", Special(symbol), &[]),
    ("delimited_symbol", Text, &[]),
    ("bare_string", Text, &[]),
    ("bare_symbol", Text, &[]),
    ("string_array", List, &[]),
    ("symbol_array", List, &[]),
    ("regex", Special(regex), &[]),
    ("subshell", Special(shell), &[]),
    ("integer", Number, &[]),
    ("float", Number, &[]),
    ("true", True, &[]),
    ("false", False, &[]),
    ("nil", Null, &[]),
    ("call", Special(call), &["receiver", "method", "arguments"]),
    ("element_reference", Index, &["object"]),
    ("scope_resolution", Field, &["scope", "name"]),
    ("binary", Binary, &["left", "operator", "right"]),
    ("unary", Unary, &["operand"]),
    ("parenthesized_statements", Other, &[]),
    ("splat_argument", Same, &[]),
    ("hash_splat_argument", Spread, &[]),
    ("block_argument", Same, &[]),
    ("assignment", Assign, &["left", "right"]),
    (
        "operator_assignment",
        Assign,
        &["left", "right", "operator"],
    ),
    ("left_assignment_list", List, &[]),
    ("right_assignment_list", List, &[]),
    ("array", List, &[]),
    ("hash", Dict, &[]),
    ("pair", Pair, &["key", "value"]),
    ("lambda", Lambda, &["parameters", "body"]),
    ("block", Lambda, &["parameters", "body"]),
    ("do_block", Lambda, &["parameters", "body"]),
    ("method", Function, &["name", "parameters", "body"]),
    (
        "singleton_method",
        Function,
        &["name", "parameters", "body"],
    ),
    ("optional_parameter", Param, &["name", "", "value"]),
    ("keyword_parameter", Param, &["name", "", "value"]),
    ("splat_parameter", Param, &["name"]),
    ("block_parameter", Param, &["name"]),
    ("class", Class, &["name", "body"]),
    ("module", Class, &["name", "body"]),
    ("if", If, &["condition", "consequence", "alternative"]),
    ("elsif", If, &["condition", "consequence", "alternative"]),
    (
        "conditional",
        If,
        &["condition", "consequence", "alternative"],
    ),
    ("if_modifier", If, &["condition", "body"]),
    (
        "unless",
        Unless,
        &["condition", "consequence", "alternative"],
    ),
    ("unless_modifier", Unless, &["condition", "body"]),
    ("while", While, &["condition", "body"]),
    ("until", While, &["condition", "body"]),
    ("while_modifier", While, &["condition", "body"]),
    ("until_modifier", While, &["condition", "body"]),
    ("for", ForEach, &["pattern", "value", "body"]),
    ("in", Same, &[]),
    ("case", Switch, &["value", ""]),
    ("when", Case, &["pattern"]),
    ("begin", Try, &[]),
    ("body_statement", Special(body), &[]),
    ("rescue", Catch, &[]),
    ("rescue_modifier", Other, &[]),
    ("exceptions", Skip, &[]),
    ("exception_variable", Skip, &[]),
    ("ensure", Finally, &[]),
    ("then", Block, &[]),
    ("do", Block, &[]),
    ("block_body", Block, &[]),
    ("else", Block, &[]),
    ("program", Block, &[]),
    ("return", Return, &[]),
    ("break", Special(leap), &[]),
    ("next", Special(leap), &[]),
    ("uninterpreted", Skip, &[]),
];

fn symbol(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let text = texts::bare(lower.source(node)).to_owned();
    lower.add_at(node, Kind::Str(text))
}

fn regex(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let callee = lower.add_at(node, Kind::Name("Regexp"));
    let value = lower.text(node);
    let args = vec![Arg { name: None, value }];
    lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: false,
        },
    )
}

fn chained(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let parts = lower.lower_all(node);
    lower.add_at(node, Kind::Concat(parts))
}

fn shell(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let callee = lower.add_at(node, Kind::Name("system"));
    let value = lower.text(node);
    let args = vec![Arg { name: None, value }];
    lower.add_at(
        node,
        Kind::Call {
            callee,
            args,
            is_new: false,
        },
    )
}

/// A method's body is a `begin` when it handles faults.
fn body(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let has_rescue = ["rescue", "ensure"]
        .iter()
        .any(|kind| lower.by_kind(node, kind).is_some());
    if has_rescue {
        lower.attempt(node)
    } else {
        lower.block(node)
    }
}

/// `x.f(a) { |y| … }`: the block is the last argument; `T.new` constructs.
fn call(lower: &mut Lower<'_, '_>, node: NodeId) -> Id {
    let receiver = lower.child(node, 0);
    let method = lower.child(node, 1);
    let name = method.map_or("call", |method| lower.source(method));
    let args_node = lower.child(node, 2);
    let block = lower.by_field(node, "block");
    let object = receiver.map(|receiver| lower.lower(receiver));
    let mut args = args_node.map_or_else(Vec::new, |args| lower.arguments(args));
    if let Some(block) = block {
        let value = lower.lower(block);
        args.push(Arg { name: None, value });
    }
    if object.is_none() && matches!(name, "require" | "require_relative") {
        let module = args_node.and_then(|args| lower.named(args).first().copied());
        let module = module.map_or("", |module| texts::unquoted(lower.source(module)));
        lower.code.modules.push(module.to_owned());
        return lower.add_at(node, Kind::Import(module.to_owned()));
    }
    if object.is_none() && name == "raise" {
        let value = args.first().map(|arg| arg.value);
        return lower.add_at(node, Kind::Throw(value));
    }
    match object {
        // Without arguments a call reads like a field, and is matched like one.
        Some(object) if args_node.is_none() && block.is_none() && name != "new" => {
            lower.add_at(node, Kind::Field { object, name })
        }
        Some(object) if name == "new" => lower.add_at(
            node,
            Kind::Call {
                callee: object,
                args,
                is_new: true,
            },
        ),
        Some(object) => {
            let end = method.map_or(lower.syntax.span(node).1, |method| {
                lower.syntax.span(method).1
            });
            let start = lower.syntax.span(node).0;
            let callee = lower.add((start, end), Kind::Field { object, name });
            lower.add_at(
                node,
                Kind::Call {
                    callee,
                    args,
                    is_new: false,
                },
            )
        }
        None => {
            let at = method.unwrap_or(node);
            let callee = lower.add_at(at, Kind::Name(name));
            lower.add_at(
                node,
                Kind::Call {
                    callee,
                    args,
                    is_new: false,
                },
            )
        }
    }
}
