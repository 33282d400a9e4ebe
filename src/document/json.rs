//! JSON (RFC 8259) with what people write in configuration: comments, trailing
//! commas, and texts over several lines, as templates of Azure may have them. A
//! stack takes the place of recursion.

use super::Broken;
use super::Builder;
use super::DEPTH_CAP;
use super::Document;
use super::NodeId;
use super::Value;
use super::by_code;
use super::escaped;
use super::line_of;
use std::ops::Range;

/// Reads one value with nothing but space and comments around it.
///
/// # Errors
/// A [`Broken`] at the first thing that is not JSON, or at a budget.
pub fn read(text: &str) -> Result<Document, Broken> {
    Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
        builder: Builder::default(),
    }
    .document()
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    builder: Builder,
}

/// A collection that is open.
struct Open {
    id: NodeId,
    key: Option<(String, Range<usize>)>,
}

impl Reader<'_> {
    fn document(mut self) -> Result<Document, Broken> {
        let mut open: Vec<Open> = Vec::new();
        let mut root = None;
        loop {
            self.space();
            let Some(&byte) = self.bytes.get(self.at) else {
                return match (root, open.is_empty()) {
                    (Some(root), true) => Ok(self.builder.finish(root)),
                    _ => Err(self.broken()),
                };
            };
            if root.is_some() && open.is_empty() {
                return Err(self.broken());
            }
            match byte {
                b'}' | b']' => {
                    let closed = open.pop().ok_or_else(|| self.broken())?;
                    self.at += 1;
                    self.builder.node(closed.id).span.end = self.at;
                    continue;
                }
                b',' if root.is_some() => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let is_mapping = open
                .last()
                .is_some_and(|o| matches!(self.builder.peek(o.id).value, Value::Mapping(_)));
            if is_mapping && open.last().is_some_and(|o| o.key.is_none()) {
                let key = self.key()?;
                if let Some(last) = open.last_mut() {
                    last.key = Some(key);
                }
                continue;
            }
            let id = self.value()?;
            match open.last_mut() {
                None => root = Some(id),
                Some(parent) => match parent.key.take() {
                    Some((key, place)) => self.builder.insert(parent.id, key, place, id),
                    None => self.builder.push(parent.id, id),
                },
            }
            if matches!(
                self.builder.peek(id).value,
                Value::Mapping(_) | Value::Sequence(_)
            ) {
                if open.len() >= DEPTH_CAP {
                    return Err(Broken::Depth);
                }
                open.push(Open { id, key: None });
            }
        }
    }

    fn broken(&self) -> Broken {
        Broken::Syntax(line_of(self.bytes, self.at))
    }

    fn space(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'/' if self.bytes[self.at..].starts_with(b"//") => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                b'/' if self.bytes[self.at..].starts_with(b"/*") => {
                    let rest = &self.bytes[self.at..];
                    let end = memchr::memmem::find(rest, b"*/");
                    self.at += end.map_or(rest.len(), |end| end + 2);
                }
                0xef if self.at == 0 && self.bytes.starts_with(b"\xef\xbb\xbf") => self.at = 3,
                _ => return,
            }
        }
    }

    fn key(&mut self) -> Result<(String, Range<usize>), Broken> {
        let start = self.at;
        if self.bytes[self.at] != b'"' {
            return Err(self.broken());
        }
        let key = self.string()?;
        let place = start..self.at;
        self.space();
        if self.bytes.get(self.at) != Some(&b':') {
            return Err(self.broken());
        }
        self.at += 1;
        Ok((key, place))
    }

    fn value(&mut self) -> Result<NodeId, Broken> {
        let start = self.at;
        match self.bytes[self.at] {
            b'{' => {
                self.at += 1;
                self.builder.add(Value::Mapping(Vec::new()), start..self.at)
            }
            b'[' => {
                self.at += 1;
                self.builder
                    .add(Value::Sequence(Vec::new()), start..self.at)
            }
            b'"' => {
                let text = self.string()?;
                self.builder.text(text, false, start..self.at)
            }
            _ => {
                let rest = &self.bytes[self.at..];
                let is_word = |b: &u8| b.is_ascii_alphanumeric() || b"+-._".contains(b);
                let len = rest.iter().position(|b| !is_word(b)).unwrap_or(rest.len());
                if len == 0 {
                    return Err(self.broken());
                }
                self.at += len;
                match &self.text[start..self.at] {
                    "null" => self.builder.add(Value::Null, start..self.at),
                    word => self.builder.text(word, true, start..self.at),
                }
            }
        }
    }

    fn string(&mut self) -> Result<String, Broken> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.bytes[self.at..];
            let Some(next) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(self.broken());
            };
            let plain = self.text.get(self.at..self.at + next);
            out.push_str(plain.ok_or_else(|| self.broken())?);
            self.at += next + 1;
            match rest[next] {
                b'"' => return Ok(out),
                _ => self.escape(&mut out)?,
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), Broken> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.broken())?;
        self.at += 1;
        out.push(match byte {
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4);
                self.at += 4;
                by_code(digits).ok_or_else(|| self.broken())?
            }
            b'"' | b'\\' | b'/' | b'\'' => char::from(byte),
            _ => escaped(byte).ok_or_else(|| self.broken())?,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_spans_comments_and_trailing_commas() {
        let text = "// c\n{\"a\": [1, \"x\\u0041\\n\", null,], /* d */ \"b\": {\"c\": true}}";
        let doc = read(text).unwrap();
        let flag = doc.at(doc.root(), &["b", "c"]).unwrap();
        assert_eq!(
            (doc.text(flag), doc.path(flag)),
            (Some("true"), "b.c".into())
        );
        assert_eq!(&text[doc.place(flag)], "\"c\"");
        let list = doc.children(doc.at(doc.root(), &["a"]).unwrap());
        assert_eq!(doc.text(list[1]), Some("xA\n"));
        assert_eq!(doc.node(list[2]).value, Value::Null);
    }

    #[test]
    fn a_text_may_go_over_lines() {
        let doc = read("{\"a\": \"[\n  not(b)]\", \"c\": 1}").unwrap();
        assert_eq!(doc.text_at(doc.root(), &["a"]), Some("[\n  not(b)]"));
        assert_eq!(doc.text_at(doc.root(), &["c"]), Some("1"));
    }

    #[test]
    fn what_is_no_json_says_its_line() {
        assert_eq!(read("{\n\"a\" 1}"), Err(Broken::Syntax(2)));
        assert_eq!(read("{}{}"), Err(Broken::Syntax(1)));
        assert_eq!(read(&"[".repeat(10_000)), Err(Broken::Depth));
        assert!(read("").is_err());
    }
}
