//! Untrusted text made harmless, one function for each kind of sink. Text of a
//! scanned repository may hold terminal sequences, markup, workflow commands or
//! characters that reorder or hide what stands beside them (CVE-2021-42574);
//! every report sends it through here, whatever was done to it before.

use std::fmt::Write;

/// True for characters that a reader cannot see or that change how their
/// neighbours are shown: C0, DEL and C1 controls, bidirectional controls,
/// zero-width and filler characters, variation selectors, tags, line and
/// paragraph separators, and what XML 1.0 does not allow.
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Text for a terminal, on one line: whatever could act on the terminal or hide is
/// written out (`\n`, `\u{202e}`, `\xff`).
pub fn terminal(text: impl AsRef<[u8]>) -> String {
    each(text.as_ref(), |out, c| {
        if is_hidden(c) {
            visible(out, c);
        } else {
            out.push(c);
        }
    })
}

/// Text for HTML, in elements and in quoted attributes; LF and tab stay.
pub fn html(text: impl AsRef<[u8]>) -> String {
    each(text.as_ref(), |out, c| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        '\n' | '\t' => out.push(c),
        c if is_hidden(c) => visible(out, c),
        c => out.push(c),
    })
}

/// Text for XML 1.0, in elements and in quoted attributes. The same characters as
/// in HTML; those that XML 1.0 does not allow even as references are written out.
pub fn xml(text: impl AsRef<[u8]>) -> String {
    html(text)
}

/// Text for Markdown (GitHub flavoured), on one line: no markup, no HTML, no
/// automatic links, no mentions.
pub fn markdown(text: impl AsRef<[u8]>) -> String {
    each(text.as_ref(), |out, c| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '@' => out.push_str("&#64;"),
        '\n' | '\r' | '\t' => out.push(' '),
        c if is_hidden(c) => visible(out, c),
        c if "\\`*_{}[]()#+-.!|~:$".contains(c) => {
            out.push('\\');
            out.push(c);
        }
        c => out.push(c),
    })
}

/// JSON text with every hidden character as a `\u` escape: the same value, harmless
/// on a terminal. Takes what a serializer wrote; line breaks and tabs between values stay.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !is_hidden(c) || c == '\n' || c == '\t' {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write(&mut out, format_args!("\\u{unit:04x}"));
        }
    }
    out
}

/// The message of a GitHub workflow command (`::error::MESSAGE`), on one line.
/// Encoding as in <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
pub fn workflow_message(text: impl AsRef<[u8]>) -> String {
    terminal(text).replace('%', "%25")
}

/// A property of a GitHub workflow command (`::error file=VALUE::`).
pub fn workflow_property(text: impl AsRef<[u8]>) -> String {
    workflow_message(text)
        .replace(':', "%3A")
        .replace(',', "%2C")
}

/// Runs over text that may not be UTF-8; bytes that are not are written as `\xff`.
fn each(text: &[u8], mut push: impl FnMut(&mut String, char)) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push(&mut out, c));
        for byte in chunk.invalid() {
            "\\".chars().for_each(|c| push(&mut out, c));
            write(&mut out, format_args!("x{byte:02x}"));
        }
    }
    out
}

fn visible(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c => write(out, format_args!("\\u{{{:x}}}", u32::from(c))),
    }
}

fn write(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what)
        .expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_acts_is_written_out() {
        assert_eq!(terminal("a\x1b[31mb\n"), "a\\u{1b}[31mb\\n");
        assert_eq!(terminal(b"\xff\x9b1m"), "\\xff\\x9b1m");
        assert_eq!(terminal("\u{202e}txt\u{200b}"), "\\u{202e}txt\\u{200b}");
        assert_eq!(
            terminal("gr\u{fc}\u{df}e \u{4f60}\u{597d}"),
            "gr\u{fc}\u{df}e \u{4f60}\u{597d}"
        );
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(
            html("<b a='\"'>&\x0b"),
            "&lt;b a=&#39;&quot;&#39;&gt;&amp;\\u{b}"
        );
        assert_eq!(
            markdown("[x](y) @me <i>\n*"),
            "\\[x\\]\\(y\\) &#64;me &lt;i&gt; \\*"
        );
        assert_eq!(
            workflow_property("a:b,c%\r\n::"),
            "a%3Ab%2Cc%25\\r\\n%3A%3A"
        );
    }

    #[test]
    fn json_keeps_its_value() {
        let value = "a\u{202e}\u{7f}\u{e0041}\n\u{fc}";
        let text = json(&serde_json::to_string(value).unwrap());
        assert!(!text.chars().any(is_hidden), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }

    fn xml_allows(c: char) -> bool {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
    }

    proptest! {
        #[test]
        fn nothing_hidden_reaches_a_terminal(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in any::<String>()) {
            for out in [terminal(&bytes), terminal(&text), workflow_message(&bytes), workflow_property(&text), markdown(&text)] {
                prop_assert!(!out.chars().any(is_hidden), "{out:?}");
            }
        }

        #[test]
        fn markup_stays_markup(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in any::<String>()) {
            for out in [html(&bytes), html(&text), xml(&text)] {
                prop_assert!(!out.contains(['<', '>', '"', '\'']));
                prop_assert!(out.chars().all(xml_allows));
                prop_assert!(!out.chars().any(|c| is_hidden(c) && c != '\n' && c != '\t'));
            }
        }
    }
}
