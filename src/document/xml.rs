//! XML as configuration files use it: elements, attributes and text. Entities other
//! than the five of the standard are kept as written and document types are passed
//! over, so that nothing expands. A stack takes the place of recursion.

use super::Broken;
use super::Builder;
use super::DEPTH_CAP;
use super::Document;
use super::NodeId;
use super::Value;
use super::line_of;
use std::ops::Range;

/// Reads a document: an element is a mapping under its name, attributes are `@name`, text is `#`,
/// several elements of one name are a list.
///
/// # Errors
/// A [`Broken`] where tags do not fit, or at a budget.
pub fn read(text: &str) -> Result<Document, Broken> {
    let mut builder = Builder::default();
    let root = builder.add(Value::Mapping(Vec::new()), 0..text.len())?;
    let mut open: Vec<(NodeId, &str)> = vec![(root, "")];
    let broken = |at: usize| Broken::Syntax(line_of(text.as_bytes(), at));
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find('<')) {
        let said = text[at..at + next].trim();
        if let (false, Some((parent, _))) = (said.is_empty(), open.last()) {
            let value = builder.text(unescape(said), true, at..at + next)?;
            builder.insert(*parent, "#", at..at + next, value);
        }
        at += next;
        let rest = &text[at..];
        let skip = [
            ("<!--", "-->"),
            ("<?", "?>"),
            ("<![CDATA[", "]]>"),
            ("<!", ">"),
        ];
        if let Some((_, end)) = skip.iter().find(|(start, _)| rest.starts_with(start)) {
            at += rest.find(end).ok_or_else(|| broken(at))? + end.len();
            continue;
        }
        let end = tag_end(rest).ok_or_else(|| broken(at))?;
        let tag = &rest[1..end];
        if let Some(name) = tag.strip_prefix('/') {
            let (closed, opened) = open.pop().ok_or_else(|| broken(at))?;
            if opened != name.trim() || open.is_empty() {
                return Err(broken(at));
            }
            builder.node(closed).span.end = at + end + 1;
        } else {
            let is_whole = tag.ends_with('/');
            let (element, name) = element(&mut builder, &open, text, at + 1, tag)?;
            if !is_whole {
                if open.len() >= DEPTH_CAP {
                    return Err(Broken::Depth);
                }
                open.push((element, name));
            }
        }
        at += end + 1;
    }
    match open.len() {
        1 => Ok(builder.finish(root)),
        _ => Err(broken(text.len())),
    }
}

/// Where a tag ends, past quoted values.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    rest.bytes().position(|byte| match (quote, byte) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (Some(open), byte) if byte == open => {
            quote = None;
            false
        }
        _ => false,
    })
}

fn element<'a>(
    builder: &mut Builder,
    open: &[(NodeId, &str)],
    text: &'a str,
    from: usize,
    tag: &'a str,
) -> Result<(NodeId, &'a str), Broken> {
    let tag = tag.trim_end_matches('/');
    let len = tag.find(char::is_whitespace).unwrap_or(tag.len());
    let name = &tag[..len];
    let place = from..from + len;
    let node = builder.add(Value::Mapping(Vec::new()), from - 1..from + tag.len())?;
    let parent = open.last().map_or(node, |(parent, _)| *parent);
    put(builder, parent, name, place, node)?;
    let mut at = len;
    while let Some(equals) = tag.get(at..).and_then(|rest| rest.find('=')) {
        let key = tag[at..at + equals].trim();
        let value = tag[at + equals + 1..].trim_start();
        let start = tag.len() - value.len();
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            break;
        };
        let Some(end) = value[1..].find(quote) else {
            break;
        };
        let span = from + start + 1..from + start + 1 + end;
        let said = unescape(text.get(span.clone()).unwrap_or_default());
        let child = builder.text(said, false, span)?;
        let key_at = from + at + (tag[at..].len() - tag[at..].trim_start().len());
        builder.insert(node, format!("@{key}"), key_at..key_at + key.len(), child);
        at = start + end + 2;
    }
    Ok((node, name))
}

fn put(
    builder: &mut Builder,
    parent: NodeId,
    name: &str,
    place: Range<usize>,
    node: NodeId,
) -> Result<(), Broken> {
    let known = match &builder.peek(parent).value {
        Value::Mapping(entries) => entries.iter().find(|(key, _)| &**key == name),
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
    builder.push(list, node);
    builder.node(node).key = Some(place);
    Ok(())
}

fn unescape(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    let mut out = text.to_owned();
    for (from, to) in pairs {
        out = out.replace(from, to);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_text() {
        let text =
            "<?xml version=\"1.0\"?>\n<!-- c -->\n<a><b x=\"1 &gt; 0\" y='2'/><b x=\"3\">t</b></a>";
        let doc = read(text).unwrap();
        let a = doc.children(doc.at(doc.root(), &["a"]).unwrap())[0];
        let b = doc.children(doc.get(a, "b").unwrap());
        assert_eq!(doc.text_at(b[0], &["@x"]), Some("1 > 0"));
        let y = doc.get(b[0], "@y").unwrap();
        assert_eq!(&text[doc.place(y)], "y");
        assert_eq!(doc.text_at(b[1], &["#"]), Some("t"));
        assert!(read("<a><b></a>").is_err());
        assert!(matches!(read(&"<a>".repeat(1000)), Err(Broken::Depth)));
    }
}
