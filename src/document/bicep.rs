//! Bicep as the tree of the ARM template it stands for: `parameters` with their
//! defaults, `variables`, and `resources` with those inside of them. Expressions
//! are not evaluated: a name alone is a reference, anything else is unknown, as
//! are the items of a loop. A stack takes the place of recursion. See
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/file>.

use super::Broken;
use super::Builder;
use super::DEPTH_CAP;
use super::Document;
use super::NodeId;
use super::Value;
use super::line_of;
use std::ops::Range;

/// Reads a file.
///
/// # Errors
/// A [`Broken`] where a statement that is understood is not complete, or at a budget.
pub fn read(text: &str) -> Result<Document, Broken> {
    let mut builder = Builder::default();
    let root = builder.add(Value::Mapping(Vec::new()), 0..text.len())?;
    let mut lists = [root; 3];
    for (list, (name, is_list)) in lists.iter_mut().zip([
        ("parameters", false),
        ("variables", false),
        ("resources", true),
    ]) {
        let empty = match is_list {
            true => Value::Sequence(Vec::new()),
            false => Value::Mapping(Vec::new()),
        };
        *list = builder.add(empty, 0..0)?;
        builder.insert(root, name, 0..0, *list);
    }
    let mut reader = Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
        builder,
    };
    let [parameters, variables, resources] = lists;
    loop {
        reader.space(true);
        if reader.peek().is_none() {
            return Ok(reader.builder.finish(root));
        }
        match reader.word() {
            "param" => reader.parameter(parameters)?,
            "var" => reader.variable(variables)?,
            "resource" => {
                let (id, has_body) = reader.resource(resources)?;
                if has_body {
                    reader.body(id)?;
                }
                reader.skip();
            }
            _ => reader.skip(),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    builder: Builder,
}

/// A collection that is open, with the key of the value that comes next.
struct Open {
    id: NodeId,
    key: Option<(String, Range<usize>)>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn starts(&self, text: &str) -> bool {
        self.bytes[self.at.min(self.bytes.len())..].starts_with(text.as_bytes())
    }

    fn broken(&self) -> Broken {
        Broken::Syntax(line_of(self.bytes, self.at))
    }

    /// Passes over blanks and comments, and over ends of lines, commas and directives to the linter
    /// where `lines` says so.
    fn space(&mut self, lines: bool) {
        while let Some(byte) = self.peek() {
            let rest = &self.bytes[self.at..];
            self.at += match byte {
                b' ' | b'\t' | b'\r' => 1,
                b'\n' | b',' if lines => 1,
                b'#' if lines => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                b'/' if rest.starts_with(b"//") => {
                    memchr::memchr(b'\n', rest).unwrap_or(rest.len())
                }
                b'/' if rest.starts_with(b"/*") => {
                    let end = memchr::memmem::find(rest, b"*/");
                    end.map_or(rest.len(), |end| end + 2)
                }
                0xef if self.at == 0 && rest.starts_with(b"\xef\xbb\xbf") => 3,
                _ => return,
            };
        }
    }

    /// A name, and the blanks after it; empty when there is none.
    fn word(&mut self) -> &'a str {
        let start = self.at;
        let rest = &self.bytes[start..];
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        self.at += rest.iter().position(|b| !is_word(b)).unwrap_or(rest.len());
        let word = &self.text[start..self.at];
        self.space(false);
        word
    }

    /// To the end of the statement: the end of a line outside of brackets and strings.
    fn skip(&mut self) {
        let mut depth = 0;
        while let Some(byte) = self.peek() {
            if byte == b'\n' && depth == 0 {
                return;
            }
            self.step(&mut depth);
        }
    }

    /// Over one byte, or over the string or comment that starts there; brackets are counted.
    fn step(&mut self, depth: &mut usize) {
        match self.peek() {
            Some(b'\'') => {
                self.string();
                return;
            }
            Some(b'/') if self.is_comment() => return self.space(false),
            Some(b'(' | b'[' | b'{') => *depth += 1,
            Some(b')' | b']' | b'}') => *depth = depth.saturating_sub(1),
            _ => {}
        }
        self.at += 1;
    }

    fn is_comment(&self) -> bool {
        self.starts("//") || self.starts("/*")
    }

    /// Over a string; its text, and whether it holds an expression.
    fn string(&mut self) -> (String, bool) {
        let is_long = self.starts("'''");
        let start = self.at + if is_long { 3 } else { 1 };
        self.at = start;
        let mut out = String::new();
        let mut depth = 0_usize;
        let mut computed = false;
        while let Some(next) = self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            if is_long && self.starts("'''") {
                self.at += 3;
                return (out, false);
            }
            if !is_long && depth == 0 && next == '\'' {
                self.at += 1;
                return (out, computed);
            }
            if !is_long && next == '\n' {
                return (out, true);
            }
            match next {
                '\\' if !is_long => self.at += 1,
                '$' if !is_long && self.starts("${") => {
                    computed = true;
                    depth += 1;
                }
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if let Some(shown) = self
                .text
                .get(self.at..)
                .and_then(|rest| rest.chars().next())
            {
                out.push(shown);
                self.at += shown.len_utf8();
            }
        }
        (out, true)
    }

    fn parameter(&mut self, list: NodeId) -> Result<(), Broken> {
        let start = self.at;
        let name = self.word().to_owned();
        let place = start..start + name.len();
        let end = self.line_end();
        let Some(equals) = memchr::memchr(b'=', &self.bytes[self.at..end]) else {
            self.skip();
            return Ok(());
        };
        self.at += equals + 1;
        let id = self
            .builder
            .add(Value::Mapping(Vec::new()), place.clone())?;
        self.builder.insert(list, name, place.clone(), id);
        self.values(Open {
            id,
            key: Some(("defaultValue".to_owned(), place)),
        })
    }

    fn line_end(&self) -> usize {
        let rest = &self.bytes[self.at..];
        self.at + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
    }

    fn variable(&mut self, list: NodeId) -> Result<(), Broken> {
        let start = self.at;
        let name = self.word().to_owned();
        let place = start..start + name.len();
        if self.peek() != Some(b'=') {
            self.skip();
            return Ok(());
        }
        self.at += 1;
        self.values(Open {
            id: list,
            key: Some((name, place)),
        })
    }

    /// `symbol 'type@version' = ` up to the brace of its body; whether it has one here.
    fn resource(&mut self, list: NodeId) -> Result<(NodeId, bool), Broken> {
        let start = self.at;
        let symbol = self.word().to_owned();
        if self.peek() != Some(b'\'') {
            return Err(self.broken());
        }
        let from = self.at;
        let (kind, _) = self.string();
        let place = from..self.at;
        let kind = kind.split('@').next().unwrap_or_default().to_owned();
        let id = self
            .builder
            .add(Value::Mapping(Vec::new()), start..self.at)?;
        let text = self.builder.text(kind, false, place.clone())?;
        self.builder.insert(id, "type", place, text);
        self.space(false);
        let is_known = self.starts("existing");
        let mut depth = 0_usize;
        // Over `=`, a condition and the head of a loop.
        while let Some(byte) = self.peek() {
            match byte {
                b'\'' => {
                    self.string();
                    continue;
                }
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b'{' if depth == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        if self.peek().is_none() {
            return Err(self.broken());
        }
        if is_known {
            // Somebody else's: nothing here says how it is set up.
            return Ok((id, false));
        }
        let name = self.builder.text(symbol, false, start..start)?;
        self.builder.insert(id, "name", start..start, name);
        self.builder.push(list, id);
        Ok((id, true))
    }

    /// The keys and values of a resource, from its brace to the closing one.
    fn body(&mut self, id: NodeId) -> Result<(), Broken> {
        self.at += 1;
        self.collections(vec![Open { id, key: None }])
    }

    /// One value for the key of `open`.
    fn values(&mut self, mut open: Open) -> Result<(), Broken> {
        self.space(false);
        let value = self.value()?;
        if let Some((key, place)) = open.key.take() {
            self.builder.insert(open.id, key, place, value);
        }
        if self.builder.nests(value) && self.builder.peek(value).span.len() == 1 {
            self.collections(vec![Open {
                id: value,
                key: None,
            }])?;
        }
        self.skip();
        Ok(())
    }

    /// Reads until every collection is closed.
    fn collections(&mut self, mut open: Vec<Open>) -> Result<(), Broken> {
        while let Some(last) = open.last() {
            let id = last.id;
            let has_key = last.key.is_some();
            self.space(!has_key);
            let byte = self.peek().ok_or_else(|| self.broken())?;
            if !has_key && matches!(byte, b'}' | b']') {
                self.at += 1;
                self.builder.node(id).span.end = self.at;
                open.pop();
                continue;
            }
            let is_mapping = matches!(self.builder.peek(id).value, Value::Mapping(_));
            if is_mapping && !has_key {
                if let Some(inner) = self.key(id, &mut open)? {
                    open.push(inner);
                }
            } else {
                let value = self.value()?;
                match open.last_mut().and_then(|last| last.key.take()) {
                    Some((key, place)) => self.builder.insert(id, key, place, value),
                    None => self.builder.push(id, value),
                }
                if self.builder.nests(value) {
                    open.push(Open {
                        id: value,
                        key: None,
                    });
                }
            }
            if open.len() >= DEPTH_CAP {
                return Err(Broken::Depth);
            }
        }
        Ok(())
    }

    /// A key and its colon, or a resource inside of this one, which is then to be opened.
    fn key(&mut self, id: NodeId, open: &mut [Open]) -> Result<Option<Open>, Broken> {
        let start = self.at;
        if self.peek() == Some(b'@') {
            self.skip();
            return Ok(None);
        }
        if self.starts("...") {
            return self.spread(id).map(|()| None);
        }
        let key = match self.peek() {
            Some(b'\'') => self.string().0,
            _ => self.word().to_owned(),
        };
        let place = start..(start + key.len()).min(self.at);
        self.space(false);
        if self.peek() == Some(b':') {
            self.at += 1;
            if let Some(last) = open.last_mut() {
                last.key = Some((key, place));
            }
            return Ok(None);
        }
        if key != "resource" {
            return Err(self.broken());
        }
        let list = match self.builder.child(id, "resources") {
            Some(list) => list,
            None => {
                let made = self
                    .builder
                    .add(Value::Sequence(Vec::new()), place.clone())?;
                self.builder.insert(id, "resources", place, made);
                made
            }
        };
        let (inner, has_body) = self.resource(list)?;
        if !has_body {
            self.skip();
            return Ok(None);
        }
        self.at += 1;
        Ok(Some(Open {
            id: inner,
            key: None,
        }))
    }

    /// `...expression` in a mapping: keys that only a deployment knows.
    fn spread(&mut self, id: NodeId) -> Result<(), Broken> {
        let start = self.at;
        self.at += 3;
        self.expression();
        let text = self.text[start..self.at].trim_end();
        let place = start..start + text.len();
        let value = self
            .builder
            .add(Value::Unknown(text.into()), place.clone())?;
        self.builder.insert(id, "*", place, value);
        Ok(())
    }

    /// A scalar, an expression, or a collection that is only opened.
    fn value(&mut self) -> Result<NodeId, Broken> {
        let start = self.at;
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                return self.builder.add(Value::Mapping(Vec::new()), start..self.at);
            }
            Some(b'[') if !self.is_loop() => {
                self.at += 1;
                return self
                    .builder
                    .add(Value::Sequence(Vec::new()), start..self.at);
            }
            Some(b'\'') => {
                let (text, computed) = self.string();
                let end = self.at;
                self.space(false);
                if matches!(self.peek(), None | Some(b'\n' | b',' | b'}' | b']')) {
                    return match computed {
                        true => self.builder.add(Value::Unknown(text.into()), start..end),
                        false => self.builder.text(text, false, start..end),
                    };
                }
                self.at = start;
            }
            _ => {}
        }
        self.expression();
        let text = self.text[start..self.at].trim_end();
        let place = start..start + text.len();
        let is_name = |text: &str| {
            let mut bytes = text.bytes();
            bytes
                .next()
                .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
                && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        match text {
            "" => Err(self.broken()),
            "null" => self.builder.add(Value::Null, place),
            "true" | "false" => self.builder.text(text, true, place),
            _ if text.bytes().all(|b| b.is_ascii_digit()) => self.builder.text(text, true, place),
            _ if is_name(text) => self.builder.add(Value::Reference(text.into()), place),
            _ => self.builder.add(Value::Unknown(text.into()), place),
        }
    }

    fn is_loop(&self) -> bool {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let word = rest.trim_start().strip_prefix("for");
        word.is_some_and(|rest| rest.starts_with([' ', '(', '\t', '\r', '\n']))
    }

    /// To where an expression ends: a comma, the end of the collection around it, or that of a
    /// line after which no operator goes on with it.
    fn expression(&mut self) {
        let mut depth = 0;
        while let Some(byte) = self.peek() {
            let ends = matches!(byte, b')' | b']' | b'}' | b',')
                || (byte == b'\n' || self.is_comment()) && !self.goes_on();
            if ends && depth == 0 {
                return;
            }
            self.step(&mut depth);
        }
    }

    /// Whether the next line that is not empty begins with an operator.
    fn goes_on(&mut self) -> bool {
        let start = self.at;
        self.space(true);
        let next = ["?", ":", "&&", "||", "=="]
            .iter()
            .any(|word| self.starts(word));
        self.at = start;
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "// c\ntargetScope = 'resourceGroup'\n@description('x')\nparam tls string = 'TLS1_0'\nparam none object\nvar open = true\nresource old 'A.B/c@1' existing = {\n  name: 'o'\n}\nresource acc 'Microsoft.Storage/storageAccounts@2021-09-01' = if (open) {\n  name: 'a${tls}'\n  properties: {\n    minimumTlsVersion: tls\n    flags: [\n      1\n      'x' // d\n    ]\n    rules: [for r in list: {\n      name: r\n    }]\n    deep: empty(tls) ? 'a' : 'b'\n  }\n  resource blob 'blobServices' = {\n    name: 'default'\n    properties: { allow: false }\n  }\n}\noutput id string = acc.id\n";

    #[test]
    fn it_becomes_a_template() {
        let doc = read(TEXT).unwrap();
        let at = |keys: &[&str]| doc.at(doc.root(), keys).unwrap();
        assert_eq!(
            doc.text(at(&["parameters", "tls", "defaultValue"])),
            Some("TLS1_0")
        );
        assert_eq!(doc.text(at(&["variables", "open"])), Some("true"));
        let all = doc.children(at(&["resources"]));
        assert_eq!(all.len(), 1);
        assert_eq!(
            doc.text_at(all[0], &["type"]),
            Some("Microsoft.Storage/storageAccounts")
        );
        let tls = doc
            .at(all[0], &["properties", "minimumTlsVersion"])
            .unwrap();
        assert_eq!(doc.node(tls).value, Value::Reference("tls".into()));
        assert_eq!(&TEXT[doc.place(tls)], "minimumTlsVersion");
        let flags = doc.children(doc.at(all[0], &["properties", "flags"]).unwrap());
        assert_eq!(
            (doc.text(flags[0]), doc.text(flags[1])),
            (Some("1"), Some("x"))
        );
        for key in ["rules", "deep"] {
            let value = doc.at(all[0], &["properties", key]).unwrap();
            assert!(matches!(doc.node(value).value, Value::Unknown(_)), "{key}");
        }
        let inner = doc.children(doc.at(all[0], &["resources"]).unwrap());
        assert_eq!(
            doc.text_at(inner[0], &["properties", "allow"]),
            Some("false")
        );
    }

    #[test]
    fn expressions_over_lines_spreads_and_directives_are_passed() {
        let text = "#disable-next-line x\nvar a = empty(b)\n  ? null // isn't\n  : c\nresource r 'A.B/c@1' = {\n  #disable-next-line BCP036 // isn't\n  name: empty(d)\n    ? {\n        e: 1\n      }\n    : null\n  ...(f ? { g: 1 } : {})\n  h: {\n    ...i\n    j: true\n  }\n}\noutput k string = l\n  ? m\n  : n\nvar o = 'p'\n";
        let doc = read(text).unwrap();
        assert_eq!(doc.text_at(doc.root(), &["variables", "o"]), Some("p"));
        let all = doc.children(doc.at(doc.root(), &["resources"]).unwrap());
        let keys: Vec<_> = doc.entries(all[0]).iter().map(|(key, _)| &**key).collect();
        assert_eq!(keys, ["type", "name", "name", "*", "h"]);
        assert_eq!(doc.text_at(all[0], &["h", "j"]), Some("true"));
    }

    #[test]
    fn a_quote_in_a_comment_opens_no_string() {
        let text = "var a = union(b, { // what isn't there\n  c: 1 })\nvar d = 'e'\n";
        let doc = read(text).unwrap();
        let d = doc.at(doc.root(), &["variables", "d"]).unwrap();
        assert_eq!(doc.text(d), Some("e"));
    }

    #[test]
    fn what_is_broken_says_its_line() {
        assert_eq!(
            read("resource a 'b@1' = {\n  c\n}\n"),
            Err(Broken::Syntax(2))
        );
        assert!(read("resource a 'b@1' = {\n  c: {\n").is_err());
        assert!(read(&format!("var a = {}", "[".repeat(10_000))).is_err());
        assert!(read("").is_ok() && read("var a = 'open\n").is_ok());
    }
}
