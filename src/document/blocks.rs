//! Directives and blocks as web servers write them: nginx (`name words;` and
//! `name words { … }`) and Apache (`Name words` and `<Name words> … </Name>`). A
//! directive becomes a text under its name, a block a mapping with its words
//! under `@`; several of one name become a list.

use super::Broken;
use super::Builder;
use super::DEPTH_CAP;
use super::Document;
use super::NodeId;
use super::Value;
use super::line_of;
use std::ops::Range;

/// Reads nginx's form.
///
/// # Errors
/// A [`Broken`] where braces do not fit, or at a budget.
pub fn nginx(text: &str) -> Result<Document, Broken> {
    let mut builder = Builder::default();
    let root = builder.add(Value::Mapping(Vec::new()), 0..text.len())?;
    let mut open = vec![root];
    let bytes = text.as_bytes();
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at),
            b';' => {
                directive(&mut builder, &open, text, &words)?;
                words.clear();
                at += 1;
            }
            b'{' => {
                if open.len() >= DEPTH_CAP {
                    return Err(Broken::Depth);
                }
                let block = block(&mut builder, &open, text, &words)?;
                at += 1;
                let name = words.first().map(|word| &text[word.clone()]);
                match name.is_some_and(|name| name.ends_with("_by_lua_block")) {
                    true => at = lua_end(bytes, at)?,
                    false => open.push(block),
                }
                words.clear();
            }
            b'}' => {
                let closed = open.pop().filter(|_| !open.is_empty());
                let closed = closed.ok_or(Broken::Syntax(line_of(bytes, at)))?;
                at += 1;
                builder.node(closed).span.end = at;
                words.clear();
            }
            byte if byte.is_ascii_whitespace() => at += 1,
            byte => {
                let start = at;
                at = word_end(bytes, at, byte);
                words.push(start..at);
            }
        }
    }
    match open.len() {
        1 => Ok(builder.finish(root)),
        _ => Err(Broken::Syntax(line_of(bytes, bytes.len()))),
    }
}

/// Past the brace that closes a block of Lua: those in its texts and comments do not count.
/// See <https://www.lua.org/manual/5.1/manual.html#2.1>.
fn lua_end(bytes: &[u8], start: usize) -> Result<usize, Broken> {
    let mut at = start;
    let mut depth = 1;
    while depth > 0 {
        let rest = &bytes[at..];
        if rest.is_empty() {
            return Err(Broken::Syntax(line_of(bytes, start)));
        }
        at += match rest[0] {
            b'"' | b'\'' => word_end(rest, 0, rest[0]),
            b'[' => long_text(rest).unwrap_or(1),
            b'-' if rest.starts_with(b"--") => match long_text(&rest[2..]) {
                Some(len) => 2 + len,
                None => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            },
            b'{' => {
                depth += 1;
                1
            }
            b'}' => {
                depth -= 1;
                1
            }
            _ => 1,
        };
    }
    Ok(at)
}

/// The length of a text in long brackets (`[[…]]`, `[=[…]=]`) that starts here.
fn long_text(bytes: &[u8]) -> Option<usize> {
    let level = bytes
        .strip_prefix(b"[")?
        .iter()
        .take_while(|byte| **byte == b'=')
        .count();
    (bytes.get(level + 1) == Some(&b'[')).then_some(())?;
    let close = format!("]{}]", "=".repeat(level));
    let end = memchr::memmem::find(bytes, close.as_bytes());
    Some(end.map_or(bytes.len(), |end| end + close.len()))
}

/// Where a word ends: a quoted one at its quote, `${name}` within it.
fn word_end(bytes: &[u8], start: usize, first: u8) -> usize {
    let mut at = start + 1;
    if matches!(first, b'"' | b'\'') {
        while at < bytes.len() && bytes[at] != first {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        return (at + 1).min(bytes.len());
    }
    while at < bytes.len() {
        match bytes[at] {
            b';' => break,
            b'{' if bytes[at - 1] == b'$' => {
                at += memchr::memchr(b'}', &bytes[at..]).unwrap_or(0);
            }
            // Regular expressions in the words of a location hold braces.
            b'{' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
                at += memchr::memchr(b'}', &bytes[at..]).unwrap_or(0);
            }
            b'{' => break,
            b'\\' => at += 1,
            byte if byte.is_ascii_whitespace() => break,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

fn text_of(text: &str, words: &[Range<usize>]) -> (String, Range<usize>) {
    let said: Vec<&str> = words
        .iter()
        .map(|word| text.get(word.clone()).unwrap_or_default())
        .map(
            |word| match word.len() >= 2 && word.starts_with(['"', '\'']) {
                true => &word[1..word.len() - 1],
                false => word,
            },
        )
        .collect();
    let span = match (words.first(), words.last()) {
        (Some(first), Some(last)) => first.start..last.end,
        _ => 0..0,
    };
    (said.join(" "), span)
}

fn directive(
    builder: &mut Builder,
    open: &[NodeId],
    text: &str,
    words: &[Range<usize>],
) -> Result<(), Broken> {
    let Some((name, rest)) = words.split_first() else {
        return Ok(());
    };
    let (said, span) = text_of(text, rest);
    let span = if span.is_empty() { name.clone() } else { span };
    let value = builder.text(said, true, span)?;
    put(builder, open, &text[name.clone()], name.clone(), value)
}

fn block(
    builder: &mut Builder,
    open: &[NodeId],
    text: &str,
    words: &[Range<usize>],
) -> Result<NodeId, Broken> {
    let (name, rest) = match words.split_first() {
        Some((name, rest)) => (name.clone(), rest),
        None => (0..0, words),
    };
    let block = builder.add(Value::Mapping(Vec::new()), name.clone())?;
    let (said, span) = text_of(text, rest);
    let span = if span.is_empty() { name.clone() } else { span };
    let at = builder.text(said, true, span.clone())?;
    builder.insert(block, "@", span, at);
    put(builder, open, &text[name.clone()], name, block)?;
    Ok(block)
}

/// Adds a value under a name, as one of a list.
fn put(
    builder: &mut Builder,
    open: &[NodeId],
    name: &str,
    place: Range<usize>,
    value: NodeId,
) -> Result<(), Broken> {
    let parent = open.last().copied().unwrap_or(value);
    let name = name.to_ascii_lowercase();
    let known = match &builder.peek(parent).value {
        Value::Mapping(entries) => entries.iter().find(|(key, _)| **key == *name),
        _ => None,
    };
    let list = match known.map(|(_, id)| *id) {
        Some(list) => list,
        None => {
            let list = builder.add(Value::Sequence(Vec::new()), place.clone())?;
            builder.insert(parent, name, place.clone(), list);
            list
        }
    };
    if matches!(builder.peek(list).value, Value::Sequence(_)) {
        builder.push(list, value);
        builder.node(value).key = Some(place);
    }
    Ok(())
}

/// Reads Apache's form. Sections that are not closed end with the file, as `.htaccess` pieces do.
///
/// # Errors
/// A [`Broken`] at a budget.
pub fn apache(text: &str) -> Result<Document, Broken> {
    let mut builder = Builder::default();
    let root = builder.add(Value::Mapping(Vec::new()), 0..text.len())?;
    let mut open = vec![root];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let from = at + (line.len() - line.trim_start().len());
        at += line.len();
        let code = line.trim();
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        if code.starts_with("</") {
            if open.len() > 1
                && let Some(closed) = open.pop()
            {
                builder.node(closed).span.end = at;
            }
            continue;
        }
        let (code, from, is_section) = match code.strip_prefix('<') {
            Some(inner) => (inner.trim_end_matches('>'), from + 1, true),
            None => (code, from, false),
        };
        let words = cut(code, from);
        if is_section {
            if open.len() >= DEPTH_CAP {
                return Err(Broken::Depth);
            }
            let section = block(&mut builder, &open, text, &words)?;
            open.push(section);
        } else {
            directive(&mut builder, &open, text, &words)?;
        }
    }
    Ok(builder.finish(root))
}

fn cut(code: &str, from: usize) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let rest = &code[at..];
        let space = rest.len() - rest.trim_start().len();
        if space > 0 {
            at += space;
            continue;
        }
        let end = match rest.strip_prefix('"') {
            Some(inner) => inner.find('"').map_or(rest.len(), |end| end + 2),
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        words.push(from + at..from + at + end);
        at += end;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_and_blocks() {
        let text = "server {\n  listen 80; # c\n  location ~ ^/a{2}/ { return 301 \"https://$host;x\"; }\n  add_header A b; add_header C d;\n}\n";
        let doc = nginx(text).unwrap();
        let server = doc.children(doc.at(doc.root(), &["server"]).unwrap())[0];
        let place = doc.children(doc.get(server, "location").unwrap())[0];
        assert_eq!(doc.text_at(place, &["@"]), Some("~ ^/a{2}/"));
        let back = doc.children(doc.get(place, "return").unwrap())[0];
        assert_eq!(doc.text(back), Some("301 https://$host;x"));
        assert_eq!(
            doc.children(doc.get(server, "add_header").unwrap()).len(),
            2
        );
        assert!(nginx("a { b c;").is_err() && nginx("}").is_err());
        assert!(matches!(nginx(&"a {".repeat(1000)), Err(Broken::Depth)));
    }

    #[test]
    fn lua_is_passed_over() {
        let text = "http {\n  init_by_lua_block {\n    t = [==[ { ]] ]==] -- } isn't\n    --[[ {\n ]] u = { a = \"}\", b = '\\'{' }\n  }\n  server { listen 80; }\n}\n";
        let doc = nginx(text).unwrap();
        let http = doc.children(doc.at(doc.root(), &["http"]).unwrap())[0];
        let server = doc.children(doc.get(http, "server").unwrap())[0];
        assert!(doc.get(server, "listen").is_some());
    }

    #[test]
    fn apache_sections() {
        let doc = apache("TraceEnable On\n<Directory \"/a b\">\n  Options Indexes\n</Directory>\n")
            .unwrap();
        let dir = doc.children(doc.at(doc.root(), &["directory"]).unwrap())[0];
        assert_eq!(doc.text_at(dir, &["@"]), Some("/a b"));
        let options = doc.children(doc.get(dir, "options").unwrap())[0];
        assert_eq!(doc.text(options), Some("Indexes"));
    }
}
