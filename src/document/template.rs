//! Templates that make YAML (Helm, Jinja): what they put in is not known before
//! they are rendered, but all around it is. Actions are replaced by text of the same
//! length, so that every place stays true, and what stands where they stood reads
//! as unknown.

use std::ops::Range;

/// Stands for what a template puts in; from the private use area, three bytes long.
pub const HOLE: char = '\u{e000}';

/// True for a text with actions other than the expressions of GitHub (`${{ }}`).
pub fn is_template(text: &str) -> bool {
    let helm = text
        .match_indices("{{")
        .any(|(at, _)| !text[..at].ends_with('$'));
    helm || text.contains("{%")
}

/// The text with its actions replaced: as many bytes, the same line breaks.
pub fn fill(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(action) = next(text, at) {
        at = replace(text, &mut bytes, &action);
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The next action.
fn next(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let helm = rest.find("{{").map(|at| (at, "}}"));
    let jinja = rest.find("{%").map(|at| (at, "%}"));
    let (at, end) = match (helm, jinja) {
        (Some(a), Some(b)) => a.min(b),
        (a, b) => a.or(b)?,
    };
    let start = from + at;
    let end = match rest[at..].starts_with("{{/*") || rest[at..].starts_with("{{- /*") {
        true => rest[at..]
            .find("*/")
            .and_then(|c| Some(c + rest[at + c..].find("}}")? + 2)),
        false => rest[at..].find(end).map(|len| len + 2),
    };
    let mut end = start + end?;
    // `{{{` of flow mappings in templates.
    while text.as_bytes().get(end) == Some(&b'}') && text.as_bytes().get(end - 3) == Some(&b'}') {
        end += 1;
    }
    Some(start..end)
}

/// Words that begin an action which puts in nothing.
const CONTROL: &[&str] = &[
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "block",
    "break",
    "continue",
    "/*",
    "$",
    "fail",
    "for",
    "endfor",
    "endif",
    "set",
    "elif",
    "macro",
    "endmacro",
    "#",
    "import",
    "extends",
    "raw",
    "endraw",
    "endblock",
    "endwith",
    "required",
    "mustBeValid",
];

/// Replaces an action, and what goes with it; says where to go on.
fn replace(text: &str, bytes: &mut [u8], action: &Range<usize>) -> usize {
    let inner = text[action.clone()].trim_matches(['{', '}', '%']);
    let inner = inner.trim_start_matches('-').trim_start();
    let word = |word: &str| {
        inner.strip_prefix(word).is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.')
                || matches!(word, "$" | "#" | "/*")
        })
    };
    let assigns = !inner.starts_with('$') || inner.contains(":=") || inner.contains(" = ");
    let is_control = CONTROL.iter().any(|known| word(known)) && assigns
        || text[action.clone()].starts_with("{%");
    let line_start = text[..action.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[action.end..]
        .find('\n')
        .map_or(text.len(), |at| action.end + at);
    let before = text.get(line_start..action.start).unwrap_or_default();
    let after = text.get(action.end..line_end).unwrap_or_default();
    let is_alone = before.trim().is_empty() && after.trim().is_empty();
    let is_branch = ["if", "with", "range"].iter().any(|known| word(known));
    if is_branch && before.trim().is_empty() && ends_in(after) {
        // A branch in one line: what it leaves there is not known, nor where it begins.
        whole_line(text, bytes, line_start..line_end, "");
        return line_end;
    }
    if is_control || inner.is_empty() {
        blank(bytes, action.clone());
    } else if before.trim_end().ends_with(':')
        && after.trim().is_empty()
        && inner.contains("indent ")
        && content_below(text, line_end).is_some_and(|line| indent(line) > indent(before))
    {
        // Lines of a mapping that goes on below.
        blank(bytes, action.clone());
    } else if is_alone && !text[action.clone()].contains('\n') {
        whole_line(text, bytes, line_start..action.end, inner);
    } else if before.trim() == "-" && after.trim().is_empty() && inner.contains("toYaml") {
        // An item that may go on in the lines below.
        hole(bytes, action.start..action.end - 1);
        bytes[action.end - 1] = b':';
    } else {
        hole(bytes, action.clone());
    }
    action.end
}

/// Whether a branch ends in this rest of its line.
fn ends_in(rest: &str) -> bool {
    let mut actions = rest.split("{{").skip(1);
    actions.any(|action| action.trim_start_matches(['-', ' ']).starts_with("end"))
}

/// The next line, from the end of one, that is neither empty, nor a comment, nor nothing but actions.
fn content_below(text: &str, from: usize) -> Option<&str> {
    let lines = text.get(from..)?.lines().skip(1);
    let is_content = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && !line.starts_with("{{")
    };
    lines.take(LINES_BELOW).find(is_content)
}

/// Lines below an action that are looked at.
const LINES_BELOW: usize = 40;

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn blank(bytes: &mut [u8], range: Range<usize>) {
    for byte in &mut bytes[range] {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// Fills with as many holes as fit; the rest with a letter. Line breaks inside become letters'
/// neighbours only when there are none: an action over lines is blanked but for its first.
fn hole(bytes: &mut [u8], range: Range<usize>) {
    let first = bytes[range.clone()].iter().position(|byte| *byte == b'\n');
    let end = first.map_or(range.end, |len| range.start + len);
    blank(bytes, end..range.end);
    let mut at = range.start;
    let mut buffer = [0; 4];
    let mark = HOLE.encode_utf8(&mut buffer).as_bytes();
    while at + mark.len() <= end {
        bytes[at..at + mark.len()].copy_from_slice(mark);
        at += mark.len();
    }
    bytes[at..end].fill(b'x');
}

/// A line that puts in lines of its own: an entry of unknown name where a mapping is expected,
/// an unknown item in a list.
fn whole_line(text: &str, bytes: &mut [u8], line: Range<usize>, inner: &str) {
    let own = text[line.clone()].len() - text[line.clone()].trim_start().len();
    let asked = inner
        .rsplit("indent ")
        .next()
        .filter(|_| inner.contains("indent "));
    let digits = |rest: &str| {
        let len = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..len].parse::<usize>().ok()
    };
    let column = asked
        .and_then(|rest| digits(rest.trim_start()))
        .unwrap_or(own);
    let item = first_item(text, bytes, &line);
    let column = item.unwrap_or(column);
    blank(bytes, line.clone());
    let start = line.start + column;
    // ` x:` needs room; a line too short for its own indentation stays empty.
    if start + 6 > line.end {
        return;
    }
    let is_item = item.is_some() || is_in_list(bytes, line.start, column);
    let (prefix, suffix) = match is_item {
        true => (&b"- "[..], &b""[..]),
        false => (&b""[..], &b":"[..]),
    };
    bytes[start..start + prefix.len()].copy_from_slice(prefix);
    let end = line.end - suffix.len();
    hole(bytes, start + prefix.len()..end);
    bytes[end..line.end].copy_from_slice(suffix);
}

/// The column of the list whose first items a line puts in: a key goes before it, and the next
/// content is an item of that key.
fn first_item(text: &str, bytes: &[u8], line: &Range<usize>) -> Option<usize> {
    let above = bytes[..line.start].split(|byte| *byte == b'\n').rev();
    let mut above = above.filter_map(|line| std::str::from_utf8(line).ok());
    let key = above.find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))?;
    let below = content_below(text, line.end)?;
    let is_list = key.trim_end().ends_with(':') && below.trim_start().starts_with("- ");
    (is_list && indent(below) >= indent(key)).then(|| indent(below))
}

/// Whether the nearest line above at this column, or further left, is an item of a list there.
fn is_in_list(bytes: &[u8], before: usize, column: usize) -> bool {
    let lines = bytes[..before].split(|byte| *byte == b'\n').rev();
    for line in lines {
        let text = line.trim_ascii_start();
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        let indent = line.len() - text.len();
        if indent > column {
            continue;
        }
        return indent == column && text.starts_with(b"- ");
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_lines_stay() {
        let text = "{{- if .a }}\nkind: {{ .k }}\nspec:\n  {{- toYaml .v | nindent 2 }}\nenv:\n- a\n{{ include \"x\" . }}\n{{- end }}\n{{/* a }} b\n c */}}\n";
        let filled = fill(text);
        assert_eq!(filled.len(), text.len());
        let lines: Vec<&str> = filled.lines().collect();
        assert_eq!(lines[0].trim(), "");
        assert!(lines[1].starts_with("kind: \u{e000}"));
        assert!(lines[3].starts_with("  \u{e000}") && lines[3].ends_with(':'));
        assert!(lines[6].starts_with("- \u{e000}"));
        assert!(lines[8..].iter().all(|line| line.trim().is_empty()));
    }

    #[test]
    fn what_is_put_in_fits_what_stands_around_it() {
        let text = "labels: {{- include \"x\" . | nindent 2 }}\n  a: b\n{{ if .s -}} data: {{- else -}} more: {{- end }}\n  c: d\nlist:\n{{- if .l }}\n  {{- toYaml .l | nindent 2 }}\n{{- else }}\n- e\n{{- end }}\n";
        let filled = fill(text);
        assert_eq!(filled.len(), text.len());
        let read = crate::document::yaml::read(&filled);
        let doc = read[0].as_ref().unwrap();
        assert_eq!(doc.text_at(doc.root(), &["labels", "a"]), Some("b"));
        let list = doc.at(doc.root(), &["list"]).unwrap();
        assert_eq!(doc.children(list).len(), 2);
    }

    #[test]
    fn expressions_of_github_are_no_template() {
        assert!(!is_template("run: echo ${{ github.ref }}"));
        assert!(is_template("a: {{ .b }}"));
    }
}
