//! The languages that are analysed: how a file is told to be of one, and which
//! grammar reads it. What its syntax means is left to `lower`, what is wrong in
//! it to the checks.

use std::sync::OnceLock;

/// A language with a grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Python 2 and 3.
    Python,
    /// JavaScript with JSX.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// Java.
    Java,
    /// Go.
    Go,
    /// C.
    C,
    /// C++.
    Cpp,
    /// C#.
    CSharp,
    /// PHP, with the text around it.
    Php,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
}

/// Every language, in the order of the enumeration.
pub(super) const ALL: [Language; 12] = [
    Language::Python,
    Language::JavaScript,
    Language::TypeScript,
    Language::Tsx,
    Language::Java,
    Language::Go,
    Language::C,
    Language::Cpp,
    Language::CSharp,
    Language::Php,
    Language::Ruby,
    Language::Rust,
];

impl Language {
    /// The language of a file, by its name, and by its first line where the name says nothing.
    pub fn of(path: &str, bytes: &[u8]) -> Option<Language> {
        let file = path.rsplit('/').next().unwrap_or(path);
        match file.rsplit_once('.') {
            Some((_, extension)) => Self::by_extension(&extension.to_ascii_lowercase()),
            None if file.eq_ignore_ascii_case("rakefile") || file == "Gemfile" => {
                Some(Language::Ruby)
            }
            None => Self::by_first_line(bytes),
        }
    }

    fn by_extension(extension: &str) -> Option<Language> {
        Some(match extension {
            "py" | "pyw" | "wsgi" => Language::Python,
            "js" | "jsx" | "mjs" | "cjs" => Language::JavaScript,
            "ts" | "mts" | "cts" => Language::TypeScript,
            "tsx" => Language::Tsx,
            "java" => Language::Java,
            "go" => Language::Go,
            "c" | "h" => Language::C,
            "cc" | "cpp" | "cxx" | "hpp" | "hh" | "hxx" | "c++" | "ipp" => Language::Cpp,
            "cs" => Language::CSharp,
            "php" | "phtml" | "php5" | "php7" | "inc" => Language::Php,
            "rb" | "rake" | "gemspec" | "ru" => Language::Ruby,
            "rs" => Language::Rust,
            _ => return None,
        })
    }

    fn by_first_line(bytes: &[u8]) -> Option<Language> {
        let line = bytes.split(|b| *b == b'\n').next()?;
        let line = std::str::from_utf8(line.get(..line.len().min(80))?).ok()?;
        let line = line.strip_prefix("#!")?;
        [
            ("python", Language::Python),
            ("node", Language::JavaScript),
            ("php", Language::Php),
            ("ruby", Language::Ruby),
        ]
        .into_iter()
        .find_map(|(word, language)| line.contains(word).then_some(language))
    }

    /// The name checks use: TypeScript and JavaScript share theirs, and so do C and C++.
    pub const fn family(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::JavaScript | Language::TypeScript | Language::Tsx => "javascript",
            Language::Java => "java",
            Language::Go => "go",
            Language::C | Language::Cpp => "c",
            Language::CSharp => "csharp",
            Language::Php => "php",
            Language::Ruby => "ruby",
            Language::Rust => "rust",
        }
    }

    /// The name shown in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Language::Python => "Python",
            Language::JavaScript => "JavaScript",
            Language::TypeScript | Language::Tsx => "TypeScript",
            Language::Java => "Java",
            Language::Go => "Go",
            Language::C => "C",
            Language::Cpp => "C++",
            Language::CSharp => "C#",
            Language::Php => "PHP",
            Language::Ruby => "Ruby",
            Language::Rust => "Rust",
        }
    }

    /// Its grammar.
    pub(super) fn grammar(self) -> &'static tree_sitter::Language {
        static GRAMMARS: [OnceLock<tree_sitter::Language>; 12] = [const { OnceLock::new() }; 12];
        GRAMMARS[self as usize].get_or_init(|| {
            match self {
                Language::Python => tree_sitter_python::LANGUAGE,
                Language::JavaScript => tree_sitter_javascript::LANGUAGE,
                Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
                Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
                Language::Java => tree_sitter_java::LANGUAGE,
                Language::Go => tree_sitter_go::LANGUAGE,
                Language::C => tree_sitter_c::LANGUAGE,
                Language::Cpp => tree_sitter_cpp::LANGUAGE,
                Language::CSharp => tree_sitter_c_sharp::LANGUAGE,
                Language::Php => tree_sitter_php::LANGUAGE_PHP,
                Language::Ruby => tree_sitter_ruby::LANGUAGE,
                Language::Rust => tree_sitter_rust::LANGUAGE,
            }
            .into()
        })
    }
}

impl Language {
    /// The number of a kind of node.
    pub(super) fn kind(self, name: &str) -> Option<u16> {
        let id = self.grammar().id_for_node_kind(name, true);
        (id != 0).then_some(id)
    }

    /// The number of a field.
    pub(super) fn field(self, name: &str) -> Option<u16> {
        self.grammar().field_id_for_name(name).map(u16::from)
    }
}

/// The name of a language that is known and not analysed, by a file's name.
pub fn unanalysed(path: &str) -> Option<&'static str> {
    let file = path.rsplit('/').next().unwrap_or(path);
    let (_, extension) = file.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "kt" | "kts" => "Kotlin",
        "swift" => "Swift",
        "scala" | "sc" => "Scala",
        "sh" | "bash" | "zsh" => "Shell",
        "pl" | "pm" => "Perl",
        "lua" => "Lua",
        "dart" => "Dart",
        "ex" | "exs" => "Elixir",
        "erl" => "Erlang",
        "clj" | "cljs" => "Clojure",
        "hs" => "Haskell",
        "m" | "mm" => "Objective-C",
        "groovy" => "Groovy",
        "ps1" | "psm1" => "PowerShell",
        "vb" => "Visual Basic",
        "fs" => "F#",
        "jl" => "Julia",
        "r" => "R",
        "sol" => "Solidity",
        "vue" => "Vue",
        "svelte" => "Svelte",
        "zig" => "Zig",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_name_or_first_line() {
        assert_eq!(Language::of("a/b.PY", b""), Some(Language::Python));
        assert_eq!(
            Language::of("run", b"#!/usr/bin/env node\n"),
            Some(Language::JavaScript)
        );
        assert_eq!(Language::of("README.md", b"#!/bin/python"), None);
        assert_eq!(Language::of("LICENSE", b"text"), None);
    }

    #[test]
    fn every_grammar_loads() {
        let mut parser = tree_sitter::Parser::new();
        for (index, language) in ALL.into_iter().enumerate() {
            assert_eq!(language as usize, index);
            parser.set_language(language.grammar()).unwrap();
        }
    }
}
