//! From a pattern's text to nodes: holes are given names that the grammar takes,
//! the text is parsed as a whole program or inside a frame, and the nodes that are
//! the pattern are found in it. How they are held against a file is `search`'s.

use crate::detect::sast::language::Language;
use crate::detect::sast::syntax::NodeId;
use crate::detect::sast::syntax::Syntax;

/// Longer patterns are refused.
const SIZE_CAP: usize = 16 << 10;

/// What a node of a pattern stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Itself.
    Plain,
    /// One node, by the hole's name; none when it is not to be remembered.
    One(Option<String>),
    /// Any number of nodes.
    Many(Option<String>),
    /// Any text.
    AnyText,
}

/// A pattern for one grammar.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) syntax: Syntax,
    pub(super) text: String,
    /// What each node stands for.
    pub(super) marks: Vec<Mark>,
    /// The node that is the pattern, or the statements in a row.
    pub(super) roots: Vec<NodeId>,
}

/// How holes and repetitions are written for the parser.
#[derive(Clone, Copy)]
struct Spelling {
    one: &'static str,
    many: &'static str,
    /// A repetition among parameters has a type.
    is_typed: bool,
}

const SPELLINGS: [Spelling; 4] = [
    Spelling {
        one: "zqo_",
        many: "zqm_",
        is_typed: false,
    },
    Spelling {
        one: "Zqo_",
        many: "zqm_",
        is_typed: false,
    },
    Spelling {
        one: "zqo_",
        many: "zqm_",
        is_typed: true,
    },
    Spelling {
        one: "$zqo_",
        many: "zqm_",
        is_typed: false,
    },
];

/// What may have to stand round a pattern, so that it is a program.
fn frames(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Python | Language::Ruby => &[("", "")],
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            &[("", ""), ("(", ")"), ("class C { ", " }")]
        }
        Language::Java | Language::CSharp => &[
            ("", ""),
            ("", ";"),
            ("class C { ", " }"),
            ("class C { void f() { ", "; } }"),
        ],
        Language::Go => &[("", ""), ("func f() { ", " }"), ("package p\n", "")],
        Language::C | Language::Cpp => &[
            ("void f() { ", "; }"),
            ("void f() { ", " }"),
            ("", ""),
            ("struct s { ", " };"),
        ],
        Language::Php => &[("<?php ", ";"), ("<?php ", ""), ("<?php class C { ", " }")],
        Language::Rust => &[
            ("fn f() { ", "; }"),
            ("fn f() { ", " }"),
            ("", ""),
            ("impl T { ", " }"),
        ],
    }
}

impl Pattern {
    /// Reads a pattern; with `selector`, the node of this kind in it is meant. None when it is no
    /// code of the language.
    pub(super) fn new(language: Language, text: &str, selector: Option<&str>) -> Option<Pattern> {
        if text.len() > SIZE_CAP {
            return None;
        }
        let text = text.trim();
        // Between statements a repetition is one itself.
        let needs_end = !matches!(language, Language::Python | Language::Ruby | Language::Go);
        SPELLINGS.iter().find_map(|spelling| {
            let spelled = spell(text, *spelling, needs_end);
            frames(language).iter().find_map(|(before, after)| {
                let whole = format!("{before}{spelled}{after}");
                let syntax = Syntax::parse(language, whole.as_bytes()).ok()?;
                if syntax.has_errors || syntax.is_cut {
                    return None;
                }
                let span = (before.len() as u32, (before.len() + spelled.len()) as u32);
                Self::within(syntax, whole, span, selector)
            })
        })
    }

    fn within(
        syntax: Syntax,
        text: String,
        span: (u32, u32),
        selector: Option<&str>,
    ) -> Option<Pattern> {
        let marks = marks(&syntax, &text);
        let roots = match selector {
            Some(kind) => {
                let is_meant = |id: &NodeId| {
                    let at = syntax.span(*id);
                    span.0 <= at.0 && at.1 <= span.1 && syntax.kind_text(*id) == kind
                };
                vec![(0..syntax.len() as u32).find(is_meant)?]
            }
            None => roots(&syntax, &text, &marks, span)?,
        };
        Some(Pattern {
            syntax,
            text,
            marks,
            roots,
        })
    }

    /// The text of a node.
    pub(super) fn slice(&self, id: NodeId) -> &str {
        slice(&self.syntax, &self.text, id)
    }
}

fn slice<'t>(syntax: &Syntax, text: &'t str, id: NodeId) -> &'t str {
    let (start, end) = syntax.span(id);
    text.get(start as usize..end as usize).unwrap_or_default()
}

/// The nodes that the pattern is, in the part of the text that it takes.
fn roots(syntax: &Syntax, text: &str, marks: &[Mark], span: (u32, u32)) -> Option<Vec<NodeId>> {
    let mut node = 0;
    loop {
        let children: Vec<NodeId> = syntax.children(node).collect();
        let inside = |id: &NodeId| {
            let at = syntax.span(*id);
            at.0 < at.1 && at.0 < span.1 && span.0 < at.1
        };
        let inner: Vec<NodeId> = children.iter().copied().filter(inside).collect();
        let is_all = syntax.span(node).0 >= span.0 && syntax.span(node).1 <= span.1;
        match inner[..] {
            // One child that is all of it, or a statement and its end.
            [only] if marks[node as usize] == Mark::Plain => node = only,
            [only, end]
                if marks[node as usize] == Mark::Plain && slice(syntax, text, end) == ";" =>
            {
                node = only;
            }
            _ if is_all && (node != 0 || inner.len() < 2) => return Some(vec![node]),
            [] => return None,
            _ => {
                let all = inner
                    .into_iter()
                    .filter(|id| slice(syntax, text, *id) != ";");
                let all: Vec<NodeId> = all.collect();
                let is_cut = |id: &NodeId| {
                    let at = syntax.span(*id);
                    at.0 < span.0 || at.1 > span.1
                };
                return (!all.iter().any(is_cut)).then_some(all);
            }
        }
    }
}

/// Puts names in the place of holes.
fn spell(text: &str, spelling: Spelling, needs_end: bool) -> String {
    let mut made = String::with_capacity(text.len() + 16);
    // Open brackets, to tell arguments from statements.
    let mut open: Vec<char> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let is_many = rest.starts_with("$$$");
        let after = rest[if is_many { 3 } else { c.len_utf8() }..].len();
        let after = &rest[rest.len() - after..];
        let name = hole(after);
        if !is_many && (c != '$' || name.is_empty()) {
            match c {
                '(' | '[' | '{' => open.push(c),
                ')' | ']' | '}' => drop(open.pop()),
                _ => {}
            }
            made.push(c);
            rest = after;
            continue;
        }
        rest = &after[name.len()..];
        if !is_many {
            made.push_str(spelling.one);
            made.push_str(name);
            continue;
        }
        let is_listed = made.trim_end().ends_with(',') || rest.trim_start().starts_with(',');
        let is_statement = matches!(open.last(), None | Some('{')) && !is_listed;
        if spelling.is_typed && open.last() == Some(&'(') {
            made.push_str(&format!("{}T ", spelling.many));
        }
        made.push_str(spelling.many);
        made.push_str(name);
        let is_quoted = rest.starts_with(['"', '\'', '`']);
        if is_statement && needs_end && !is_quoted && !rest.trim_start().starts_with([';', '.']) {
            made.push(';');
        }
    }
    made
}

/// The name of a hole at the start of a text: capitals, digits and `_`.
fn hole(text: &str) -> &str {
    let inside = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let end = text.find(|c: char| !inside(c)).unwrap_or(text.len());
    let is_name = !text.starts_with(|c: char| c.is_ascii_digit())
        && !text[end..].starts_with(|c: char| c.is_ascii_lowercase());
    if is_name { &text[..end] } else { "" }
}

/// What each node stands for; a node inside of a hole is plain and never looked at.
fn marks(syntax: &Syntax, text: &str) -> Vec<Mark> {
    let mark = |id: NodeId| mark(slice(syntax, text, id));
    (0..syntax.len() as u32).map(mark).collect()
}

fn mark(text: &str) -> Mark {
    let plain = text.trim().trim_end_matches(';').trim_end();
    let bare = plain.trim_start_matches('$');
    let named = |name: &str| (!name.is_empty() && !name.starts_with('_')).then(|| name.to_owned());
    let is_name = |name: &str| hole(name).len() == name.len();
    let many = bare
        .rsplit("zqm_T ")
        .next()
        .unwrap_or(bare)
        .strip_prefix("zqm_");
    if let Some(name) = many.filter(|name| is_name(name)) {
        return Mark::Many(named(name));
    }
    let one = bare
        .strip_prefix("zqo_")
        .or_else(|| bare.strip_prefix("Zqo_"));
    if let Some(name) = one.filter(|name| is_name(name)) {
        return Mark::One(named(name));
    }
    let quoted = |quote: char| plain.strip_prefix(quote)?.strip_suffix(quote);
    match quoted('"').or_else(|| quoted('\'')) {
        Some("zqm_" | "zqm_;") => Mark::AnyText,
        _ => Mark::Plain,
    }
}
