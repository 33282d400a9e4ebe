//! Texts without their comments: what is commented out is no sign of anything.
//! Every byte of a comment becomes a blank and line ends stay, so that places in
//! the text are places in the file. It knows a handful of styles of comments by the
//! name of the file; a text in any other format comes back as it is.

use super::glob;
use std::borrow::Cow;

/// How a format writes comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `//` to the end of the line and `/* */`.
    Slash,
    /// `#` to the end of the line.
    Hash,
    /// Both, as in PHP and HCL.
    Both,
    /// `<!-- -->`.
    Markup,
}

fn style(path: &str) -> Option<Style> {
    let name = glob::name(path).to_ascii_lowercase();
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    Some(match end {
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" | "java" | "kt" | "kts" | "go" | "rs"
        | "cs" | "c" | "h" | "cc" | "cpp" | "hpp" | "scala" | "swift" | "groovy" | "gradle"
        | "bicep" | "json5" | "jsonc" | "jsonnet" => Style::Slash,
        "php" | "tf" | "hcl" | "tofu" => Style::Both,
        "py" | "rb" | "sh" | "bash" | "yml" | "yaml" | "conf" | "cfg" | "ini" | "toml"
        | "properties" | "ex" | "exs" | "pl" | "ps1" | "rules" | "env" => Style::Hash,
        "xml" | "html" | "htm" | "vue" | "svelte" | "config" | "cshtml" | "csproj" => Style::Markup,
        _ if name == "caddyfile" || name == ".htaccess" || name == "vagrantfile" => Style::Hash,
        _ => return None,
    })
}

/// The text with blanks in place of comments.
pub(super) fn without<'a>(path: &str, text: &'a str) -> Cow<'a, str> {
    let Some(style) = style(path) else {
        return Cow::Borrowed(text);
    };
    let mut bytes = text.as_bytes().to_vec();
    match style {
        Style::Hash => hash(&mut bytes),
        Style::Slash => slash(&mut bytes, false),
        Style::Both => slash(&mut bytes, true),
        Style::Markup => markup(&mut bytes),
    }
    match String::from_utf8(bytes) {
        Ok(clean) => Cow::Owned(clean),
        // Not reached: whole comments are blanked, from one ASCII mark to another.
        Err(_) => Cow::Borrowed(text),
    }
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// Lines that begin with `#`, and what follows a ` #` outside of quotes.
fn hash(bytes: &mut [u8]) {
    for line in bytes.split_mut(|byte| *byte == b'\n') {
        let mut quote = None;
        let mut before = b' ';
        for at in 0..line.len() {
            let byte = line[at];
            match quote {
                Some(open) if byte == open => quote = None,
                None if byte == b'#' && before.is_ascii_whitespace() => {
                    blank(&mut line[at..]);
                    break;
                }
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                _ => {}
            }
            before = byte;
        }
    }
}

/// `//` and `/* */` outside of quotes, and `#` where `with_hash` says so.
fn slash(bytes: &mut [u8], with_hash: bool) {
    let mut at = 0;
    let mut quote: Option<u8> = None;
    while at < bytes.len() {
        let byte = bytes[at];
        let next = bytes.get(at + 1).copied();
        if let Some(open) = quote {
            let ends_with_line = byte == b'\n' && open != b'`';
            if byte == b'\\' {
                at += 1;
            } else if byte == open || ends_with_line {
                quote = None;
            }
            at += 1;
            continue;
        }
        let rest = &bytes[at..];
        let length = match (byte, next) {
            (b'/', Some(b'/')) => line_end(rest),
            (b'#', _) if with_hash => line_end(rest),
            (b'/', Some(b'*')) => {
                let end = rest.windows(2).skip(2).position(|pair| pair == b"*/");
                end.map_or(rest.len(), |end| end + 4)
            }
            _ => 0,
        };
        if length > 0 {
            blank(&mut bytes[at..at + length]);
            at += length;
            continue;
        }
        if matches!(byte, b'"' | b'\'' | b'`') {
            quote = Some(byte);
        }
        at += 1;
    }
}

fn line_end(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    end.unwrap_or(bytes.len())
}

fn markup(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(start) = memchr::memmem::find(&bytes[at..], b"<!--") {
        let start = at + start;
        let end = memchr::memmem::find(&bytes[start..], b"-->");
        let end = end.map_or(bytes.len(), |end| start + end + 3);
        blank(&mut bytes[start..end]);
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_commented_out_is_gone_and_places_stay() {
        let text = "a(); // b()\n/* app.use(helmet())\n é */ c('// no'); d(`/* x`);\n";
        let clean = without("x.js", text);
        assert_eq!(clean.len(), text.len());
        assert!(clean.contains("a();") && !clean.contains("b()") && !clean.contains("helmet"));
        assert!(clean.contains("c('// no'); d(`/* x`)"));
        assert_eq!(clean.matches('\n').count(), 3);
    }

    #[test]
    fn each_format_has_its_own_marks() {
        assert_eq!(
            without("a.yml", "# x\nk: 'a # b' # y\nu: a#b").trim(),
            "k: 'a # b'    \nu: a#b"
        );
        assert!(!without("a.tf", "# r\nx = 1 // s\n/* t */").contains(['r', 's', 't']));
        assert!(!without("a.xml", "<a/><!-- <b/>\n --><c/>").contains("<b/>"));
        assert_eq!(without("a.md", "# heading"), "# heading");
        assert_eq!(without("a.js", "/* open"), "       ");
    }
}
