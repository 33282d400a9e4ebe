//! The languages of a generated tree as templates: what a file begins with, how
//! a part of it opens and closes, and the lines between. They are no grammar;
//! they are there so that a scanner meets the identifiers, indentation, strings
//! and comments that it meets in real code.
//!
//! Letters behind `%`: `v` a name in the language's style, `t` a type, `k` a
//! constant, `n` a number, `w` a word, `s` some words, `x` forty digits of hex,
//! `b` eighty-six of base64; any other stands for itself.

/// How names of several words are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `two_words`.
    Snake,
    /// `twoWords`.
    Camel,
    /// `TwoWords`.
    Pascal,
    /// `TWO_WORDS`.
    Upper,
}

/// One language.
pub(super) struct Language {
    /// Of its files.
    pub(super) extension: &'static str,
    /// Of its variables and functions.
    pub(super) style: Style,
    /// The first lines of a file.
    pub(super) first: &'static str,
    /// Imports and the like.
    pub(super) head: &'static [&'static str],
    /// First lines of a part.
    pub(super) open: &'static [&'static str],
    /// Lines inside of a part.
    pub(super) body: &'static [&'static str],
    /// The last lines of a part.
    pub(super) close: &'static str,
}

/// All of them; the frequent ones stand twice.
pub(super) const LANGUAGES: &[Language] = &[
    RUST, C, C, GO, GO, JAVA, JAVA, PYTHON, PYTHON, TYPESCRIPT, TYPESCRIPT, JAVASCRIPT, YAML, JSON,
    MARKDOWN, SQL, SHELL, TERRAFORM, PROPERTIES,
];

const RUST: Language = Language {
    extension: "rs",
    style: Style::Snake,
    first: "//! %s.\n//! %s.\n\n",
    head: &["use crate::%w::%t;\n", "use std::%w::%t;\n", "mod %w;\n"],
    open: &[
        "/// %s.\npub fn %v(%v: &%t, %v: usize) -> Option<%t> {\n",
        "impl %t {\n    /// %s.\n    fn %v(&mut self, %v: &str) {\n",
        "#[test]\nfn %v() {\n",
    ],
    body: &[
        "    let %v = self.%v.%v(%n);\n",
        "    let mut %v = Vec::with_capacity(%v.len());\n",
        "    for %v in &%v {\n        %v.push(%v.%v()?);\n    }\n",
        "    if %v > %n {\n        return None;\n    }\n",
        "    // %s\n",
        "    match %v {\n        %t::%t(%v) => %v.%v(),\n        _ => %v = %n,\n    }\n",
        "    assert_eq!(%v.%v(), %n, \"%s\");\n",
        "    let %v = format!(\"%w {%v} %w\");\n",
    ],
    close: "    None\n}\n",
};

const C: Language = Language {
    extension: "c",
    style: Style::Snake,
    first: "/* SPDX-License-Identifier: MIT */\n/*\n * %s\n *\n * %s\n */\n",
    head: &[
        "#include <%w/%w.h>\n",
        "#include \"%w.h\"\n",
        "#define %k\t0x%n\n",
    ],
    open: &[
        "/* %s */\nstatic int %v(struct %v *%v, size_t %v)\n{\n",
        "void %v(struct %v *%v)\n{\n",
        "static inline u32 %v(const void *%v)\n{\n",
    ],
    body: &[
        "\tif (!%v->%v)\n\t\treturn -EINVAL;\n",
        "\t%v->%v = %v(%v, %n);\n",
        "\tfor (i = 0; i < %v; i++)\n\t\t%v[i] = %k;\n",
        "\tint %v = %n;\n",
        "\t/* %s */\n",
        "\tpr_debug(\"%s: %d\\n\", %v);\n",
        "\tmemcpy(%v->%v, %v, sizeof(*%v));\n",
        "\tswitch (%v) {\n\tcase %k:\n\t\tbreak;\n\tdefault:\n\t\tgoto out_%w;\n\t}\n",
    ],
    close: "\treturn 0;\n}\n",
};

const GO: Language = Language {
    extension: "go",
    style: Style::Camel,
    first: "// Package %w %s.\npackage %w\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"example.org/%w/%w\"\n)\n\n",
    head: &[
        "var %v = %n\n",
        "const %v = \"%w\"\n",
        "type %t struct {\n\t%t string `json:\"%w\"`\n}\n",
    ],
    open: &[
        "// %t %s.\nfunc (s *%t) %t(ctx context.Context, %v string) error {\n",
        "func %v(%v []byte) (*%t, error) {\n",
    ],
    body: &[
        "\tif err != nil {\n\t\treturn fmt.Errorf(\"%s: %w\", err)\n\t}\n",
        "\t%v, err := s.%v.%t(ctx, %v)\n",
        "\tfor _, %v := range %v {\n\t\t%v = append(%v, %v.%t)\n\t}\n",
        "\t// %s\n",
        "\tlog.Printf(\"%s %v\", %v)\n",
        "\tdefer s.%v.%t()\n",
    ],
    close: "\treturn nil\n}\n",
};

const JAVA: Language = Language {
    extension: "java",
    style: Style::Camel,
    first: "/*\n * %s.\n */\npackage org.example.%w.%w;\n\n",
    head: &["import java.util.%t;\n", "import org.example.%w.%t;\n"],
    open: &[
        "    /** %s. */\n    public %t %v(final %t %v) throws IOException {\n",
        "    @Override\n    protected void %v(%t %v, int %v) {\n",
    ],
    body: &[
        "        final %t %v = new %t(%v, %n);\n",
        "        if (%v == null) {\n            throw new IllegalArgumentException(\"%s\");\n        }\n",
        "        this.%v = %v.get%t();\n",
        "        LOGGER.info(\"%s {}\", %v);\n",
        "        // %s\n",
        "        for (%t %v : %v.%v()) {\n            %v.add(%v);\n        }\n",
    ],
    close: "        return this.%v;\n    }\n",
};

const PYTHON: Language = Language {
    extension: "py",
    style: Style::Snake,
    first: "\"\"\"%s.\n\n%s.\n\"\"\"\n\n",
    head: &["import %w\n", "from %w.%w import %t\n", "%k = %n\n"],
    open: &[
        "def %v(self, %v, %v=None):\n    \"\"\"%s.\"\"\"\n",
        "class %t(%t):\n    def %v(self, %v: str) -> %t:\n",
    ],
    body: &[
        "    %v = self.%v.%v(%v, %v=%n)\n",
        "    if not %v:\n        raise ValueError(\"%s\")\n",
        "    for %v in %v:\n        %v.append(%v[\"%w\"])\n",
        "    # %s\n",
        "    %v = {\"%w\": %v, \"%w\": %n}\n",
        "    logger.debug(\"%s\", %v)\n",
        "    with open(%v) as %v:\n        %v = %v.read()\n",
    ],
    close: "    return %v\n",
};

const TYPESCRIPT: Language = Language {
    extension: "ts",
    style: Style::Camel,
    first: "// %s\n",
    head: &[
        "import { %t, %v } from './%w/%w';\n",
        "import type { %t } from '@example/%w';\n",
    ],
    open: &[
        "/** %s. */\nexport async function %v(%v: %t, %v?: string): Promise<%t> {\n",
        "export const %v = (%v: %t) => {\n",
    ],
    body: &[
        "  const %v = await this.%v.%v(%v, { %w: %n });\n",
        "  if (!%v?.%v) {\n    throw new Error(`%s ${%v}`);\n  }\n",
        "  // %s\n",
        "  return %v.map((%v) => %v.%v).filter(Boolean);\n",
        "  let %v = '%w-%w';\n",
        "  <%t %v={%v} className=\"%w-%w\" />\n",
    ],
    close: "}\n",
};

const JAVASCRIPT: Language = Language {
    extension: "js",
    style: Style::Camel,
    first: "'use strict';\n\n",
    head: &[
        "const %v = require('%w');\n",
        "const { %v } = require('../%w/%w');\n",
    ],
    open: &[
        "module.exports.%v = function (%v, %v) {\n",
        "describe('%s', () => {\n",
    ],
    body: &[
        "  var %v = %v.%v || {};\n",
        "  %v.on('%w', function () {\n    %v(%n);\n  });\n",
        "  // %s\n",
        "  expect(%v.%v).toBe('%w');\n",
        "  if (typeof %v === 'undefined') return %v(null, %n);\n",
    ],
    close: "};\n",
};

const YAML: Language = Language {
    extension: "yaml",
    style: Style::Camel,
    first: "# %s\napiVersion: v1\nkind: %t\n",
    head: &["%w: %w\n", "%w: \"%n.%n\"\n"],
    open: &["%w-%w:\n", "---\n# %s\n%v:\n"],
    body: &[
        "  %v: %n\n",
        "  %v: %w-%w\n",
        "  - name: %k\n    value: \"%w\"\n",
        "  # %s\n",
        "  image: registry.example.org/%w/%w:%n.%n\n",
        "  - %w\n",
    ],
    close: "",
};

const JSON: Language = Language {
    extension: "json",
    style: Style::Camel,
    first: "{\n",
    head: &["  \"%w\": \"%w\",\n", "  \"%v\": %n,\n"],
    open: &["  \"%v\": {\n"],
    body: &[
        "    \"%v\": \"%s\",\n",
        "    \"%v\": %n,\n",
        "    \"%v\": [%n, %n, %n],\n",
        "    \"%v\": true,\n",
    ],
    close: "    \"%w\": null\n  },\n",
};

const MARKDOWN: Language = Language {
    extension: "md",
    style: Style::Snake,
    first: "# %s\n\n",
    head: &["%s, %s.\n", "- [%s](#%w-%w)\n"],
    open: &["## %s\n\n", "### `%v`\n\n"],
    body: &[
        "%s, %s: %s. %s.\n\n",
        "- `%v`: %s\n",
        "```sh\n%w --%w=%n %w/%w\n```\n\n",
        "See [%w](https://docs.example.org/%w/%w).\n",
    ],
    close: "\n",
};

const SQL: Language = Language {
    extension: "sql",
    style: Style::Snake,
    first: "-- %s\n\n",
    head: &["SET %v = %n;\n"],
    open: &[
        "CREATE TABLE %v (\n  id BIGINT PRIMARY KEY,\n",
        "INSERT INTO %v (%v, %v) VALUES\n",
    ],
    body: &[
        "  %v VARCHAR(%n) NOT NULL,\n",
        "  (%n, '%s'),\n",
        "  -- %s\n",
        "  %v TIMESTAMP DEFAULT now(),\n",
    ],
    close: ");\n",
};

const SHELL: Language = Language {
    extension: "sh",
    style: Style::Snake,
    first: "#!/bin/sh\n# %s\nset -eu\n\n",
    head: &["%k=\"${%k:-%w}\"\n", ". ./%w.sh\n"],
    open: &["%v() {\n", "if [ -n \"$%k\" ]; then\n"],
    body: &[
        "  local %v=\"$%n\"\n",
        "  echo \"%s: $%v\"\n",
        "  # %s\n",
        "  %w --%w \"$%v\" | grep -v %w\n",
        "  export %k=%w\n",
    ],
    close: "}\n",
};

const TERRAFORM: Language = Language {
    extension: "tf",
    style: Style::Snake,
    first: "# %s\n",
    head: &["variable \"%v\" {\n  type = string\n}\n"],
    open: &["resource \"cloud_%w\" \"%v\" {\n", "module \"%v\" {\n"],
    body: &[
        "  %v = var.%v\n",
        "  %v = \"%w-%w-%n\"\n",
        "  tags = {\n    %w = \"%w\"\n  }\n",
        "  # %s\n",
    ],
    close: "}\n",
};

const PROPERTIES: Language = Language {
    extension: "properties",
    style: Style::Camel,
    first: "# %s\n",
    head: &["%w.%w=%n\n"],
    open: &["# %s\n"],
    body: &[
        "%w.%w.%v=%w\n",
        "%w.%w=%n\n",
        "%w.url=https://%w.example.org:%n/%w\n",
    ],
    close: "",
};
