//! Strings, types and names as text: what a literal says, what a type is called
//! without its generics, which operators join text.
//! Nothing here looks at more than one node and its parts.

use super::Act;
use super::Lower;
use crate::detect::sast::code::Id;
use crate::detect::sast::code::Kind;
use crate::detect::sast::language::Language;
use crate::detect::sast::syntax::NodeId;

/// A type without generics, pointers, references and arrays.
pub(super) fn plain_type(text: &str) -> &str {
    let text = text.trim().trim_start_matches(':').trim();
    let text = text.trim_start_matches(['*', '&', '?', '[', ']', '\\']);
    let text = text
        .trim_start_matches("const ")
        .trim_start_matches("mut ")
        .trim();
    let end = text
        .find(['<', '[', '{', '(', '\n', ' ', '|'])
        .unwrap_or(text.len());
    text[..end].trim_end_matches(['?', '*', '&', '!', ':'])
}

/// A name without the quotes and colons that languages put around it.
pub(super) fn bare(text: &str) -> &str {
    let text = text.trim();
    let inner = text.trim_matches(['"', '\'', '`']);
    inner
        .trim_start_matches(':')
        .trim_end_matches(':')
        .trim_matches(['"', '\''])
}

/// True for operators that join texts.
pub(super) fn joins(language: Language, op: &str) -> bool {
    match language {
        Language::Php => op == ".",
        Language::C => false,
        _ => op == "+",
    }
}

/// What an escape sequence stands for, where it is one character.
fn unescape(text: &str) -> &str {
    match text {
        "\\n" => "\n",
        "\\t" => "\t",
        "\\r" => "\r",
        "\\\\" => "\\",
        "\\'" => "'",
        "\\\"" => "\"",
        "\\/" => "/",
        "\\0" => "\0",
        "\\$" => "$",
        other => other,
    }
}

/// A literal without its quotes and the letters before them.
pub(super) fn unquoted(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "@$#%".contains(c));
    for quote in ["\"\"\"", "'''", "\"", "'", "`"] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner
                .trim_end_matches('#')
                .strip_suffix(quote)
                .unwrap_or(inner);
        }
    }
    text
}

impl Lower<'_, '_> {
    /// A string: one text when all of it is known, otherwise its parts.
    pub(super) fn text(&mut self, node: NodeId) -> Id {
        let mut parts: Vec<Id> = Vec::new();
        let mut known = String::new();
        let (mut is_plain, mut had_part) = (true, false);
        let mut part_at = self.syntax.span(node);
        for child in self.named(node) {
            match self.act(child) {
                Act::Part => {
                    known.push_str(self.source(child));
                    part_at = self.syntax.span(child);
                    had_part = true;
                }
                Act::Escape => {
                    known.push_str(unescape(self.source(child)));
                    had_part = true;
                }
                Act::Skip => {}
                _ => {
                    is_plain = false;
                    had_part = true;
                    if !known.is_empty() {
                        let text = Kind::Str(std::mem::take(&mut known));
                        parts.push(self.add(part_at, text));
                    }
                    parts.push(self.lower(child));
                }
            }
        }
        if is_plain {
            if !had_part {
                known.push_str(unquoted(self.source(node)));
            }
            return self.add_at(node, Kind::Str(known));
        }
        if !known.is_empty() {
            parts.push(self.add(part_at, Kind::Str(known)));
        }
        self.add_at(node, Kind::Concat(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_lose_what_is_around_them() {
        assert_eq!(plain_type("Map<String, X>"), "Map");
        assert_eq!(plain_type("*http.Request"), "http.Request");
        assert_eq!(plain_type(": string[]"), "string");
        assert_eq!(plain_type("&mut Vec<u8>"), "Vec");
    }

    #[test]
    fn literals_lose_their_quotes() {
        assert_eq!(unquoted("r\"a\""), "a");
        assert_eq!(unquoted("@\"c:\\x\""), "c:\\x");
        assert_eq!(unquoted("\"\""), "");
        assert_eq!(bare(":name"), "name");
        assert_eq!(bare("'a':"), "a");
    }
}
