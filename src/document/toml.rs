//! TOML 1.0 as a tree: tables, arrays of tables, dotted keys, strings of all four
//! kinds, arrays and inline tables. Numbers and dates stay the text that they are.
//! The crate that this build knows keeps no places of keys, hence a reader of our
//! own. A stack takes the place of recursion. See <https://toml.io/en/v1.0.0>.

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

/// Reads a document.
///
/// # Errors
/// A [`Broken`] at the first thing that is not TOML, or at a budget.
pub fn read(text: &str) -> Result<Document, Broken> {
    let mut builder = Builder::default();
    let root = builder.add(Value::Mapping(Vec::new()), 0..text.len())?;
    let mut reader = Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
        builder,
    };
    let mut table = root;
    loop {
        reader.space(true);
        match reader.peek() {
            None => return Ok(reader.builder.finish(root)),
            Some(b'[') => table = reader.header(root)?,
            Some(_) => {
                reader.pair(table)?;
                reader.space(false);
                if !matches!(reader.peek(), None | Some(b'\n')) {
                    return Err(reader.broken());
                }
            }
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    builder: Builder,
}

type Key = (String, Range<usize>);

/// A collection that is open, with the key of the value that comes next.
struct Open {
    id: NodeId,
    /// Where the next value goes: a table and the last part of its key.
    key: Option<(NodeId, Key)>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn broken(&self) -> Broken {
        Broken::Syntax(line_of(self.bytes, self.at))
    }

    /// Passes over blanks and comments, and over ends of lines where `lines` says so.
    fn space(&mut self, lines: bool) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if lines => self.at += 1,
                b'#' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                0xef if self.at == 0 && self.bytes.starts_with(b"\xef\xbb\xbf") => self.at = 3,
                _ => return,
            }
        }
    }

    /// `[table]` or `[[array of tables]]`; gives the table that follows.
    fn header(&mut self, root: NodeId) -> Result<NodeId, Broken> {
        let is_array = self.bytes[self.at..].starts_with(b"[[");
        self.at += if is_array { 2 } else { 1 };
        let mut keys = self.keys()?;
        let close: &[u8] = if is_array { b"]]" } else { b"]" };
        if !self.bytes[self.at..].starts_with(close) {
            return Err(self.broken());
        }
        self.at += close.len();
        let (last, place) = keys.pop().ok_or_else(|| self.broken())?;
        let table = self.descend(root, keys)?;
        let found = self.builder.child(table, &last);
        if !is_array {
            return match found {
                Some(found) => Ok(self.newest(found)),
                None => self.table(table, last, place),
            };
        }
        let list = match found {
            Some(list) if matches!(self.builder.peek(list).value, Value::Sequence(_)) => list,
            Some(_) => return Err(self.broken()),
            None => {
                let list = self
                    .builder
                    .add(Value::Sequence(Vec::new()), place.clone())?;
                self.builder.insert(table, last, place.clone(), list);
                list
            }
        };
        let item = self.builder.add(Value::Mapping(Vec::new()), place)?;
        self.builder.push(list, item);
        Ok(item)
    }

    /// The tables that keys lead through; those that are not there are made.
    fn descend(&mut self, mut table: NodeId, keys: Vec<Key>) -> Result<NodeId, Broken> {
        for (key, place) in keys {
            table = match self.builder.child(table, &key) {
                Some(found) => self.newest(found),
                None => self.table(table, key, place)?,
            };
        }
        match self.builder.peek(table).value {
            Value::Mapping(_) => Ok(table),
            _ => Err(self.broken()),
        }
    }

    fn table(
        &mut self,
        parent: NodeId,
        key: String,
        place: Range<usize>,
    ) -> Result<NodeId, Broken> {
        if !matches!(self.builder.peek(parent).value, Value::Mapping(_)) {
            return Err(self.broken());
        }
        let made = self
            .builder
            .add(Value::Mapping(Vec::new()), place.clone())?;
        self.builder.insert(parent, key, place, made);
        Ok(made)
    }

    /// The table that is meant by the name of an array of tables: its last one.
    fn newest(&self, id: NodeId) -> NodeId {
        match &self.builder.peek(id).value {
            Value::Sequence(items) => items.last().copied().unwrap_or(id),
            _ => id,
        }
    }

    /// `a.b."c"`, with the space around it.
    fn keys(&mut self) -> Result<Vec<Key>, Broken> {
        let mut keys = Vec::new();
        loop {
            self.space(false);
            let start = self.at;
            let key = match self.peek() {
                Some(b'"' | b'\'') => self.string()?,
                _ => {
                    let rest = &self.bytes[self.at..];
                    let is_bare = |b: &u8| b.is_ascii_alphanumeric() || b"_-".contains(b);
                    let len = rest.iter().position(|b| !is_bare(b)).unwrap_or(rest.len());
                    self.at += len;
                    self.text[start..self.at].to_owned()
                }
            };
            if self.at == start || keys.len() >= DEPTH_CAP {
                return Err(self.broken());
            }
            keys.push((key, start..self.at));
            self.space(false);
            match self.peek() {
                Some(b'.') => self.at += 1,
                _ => return Ok(keys),
            }
        }
    }

    /// The table and name that a key of a pair means; passes over the `=`.
    fn target(&mut self, table: NodeId) -> Result<(NodeId, Key), Broken> {
        let mut keys = self.keys()?;
        let last = keys.pop().ok_or_else(|| self.broken())?;
        let table = self.descend(table, keys)?;
        if self.peek() != Some(b'=') {
            return Err(self.broken());
        }
        self.at += 1;
        Ok((table, last))
    }

    /// One `key = value`, whatever the value nests.
    fn pair(&mut self, table: NodeId) -> Result<(), Broken> {
        let (table, key) = self.target(table)?;
        let mut open = vec![Open {
            id: table,
            key: Some((table, key)),
        }];
        while let Some(last) = open.last() {
            let (id, at_top) = (last.id, open.len() == 1);
            if at_top && last.key.is_none() {
                return Ok(());
            }
            self.space(!at_top);
            let byte = self.peek().ok_or_else(|| self.broken())?;
            if !at_top && matches!(byte, b']' | b'}') {
                self.at += 1;
                self.builder.node(id).span.end = self.at;
                open.pop();
                continue;
            }
            if !at_top && byte == b',' {
                self.at += 1;
                continue;
            }
            let is_table = matches!(self.builder.peek(id).value, Value::Mapping(_));
            if is_table && open.last().is_some_and(|last| last.key.is_none()) {
                let key = self.target(id)?;
                if let Some(last) = open.last_mut() {
                    last.key = Some(key);
                }
                continue;
            }
            let value = self.value()?;
            match open.last_mut().and_then(|last| last.key.take()) {
                Some((table, (key, place))) => self.builder.insert(table, key, place, value),
                None => self.builder.push(id, value),
            }
            let nests = self.builder.nests(value);
            if nests && open.len() >= DEPTH_CAP {
                return Err(Broken::Depth);
            }
            if nests {
                open.push(Open {
                    id: value,
                    key: None,
                });
            }
        }
        Ok(())
    }

    fn value(&mut self) -> Result<NodeId, Broken> {
        let start = self.at;
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                self.builder.add(Value::Mapping(Vec::new()), start..self.at)
            }
            Some(b'[') => {
                self.at += 1;
                self.builder
                    .add(Value::Sequence(Vec::new()), start..self.at)
            }
            Some(b'"' | b'\'') => {
                let text = self.string()?;
                self.builder.text(text, false, start..self.at)
            }
            _ => {
                let rest = &self.bytes[self.at..];
                let ends = |b: &u8| b",]}#\r\n".contains(b);
                let len = rest.iter().position(ends).unwrap_or(rest.len());
                let word = self.text.get(start..start + len).unwrap_or_default();
                let word = word.trim_end();
                if word.is_empty() {
                    return Err(self.broken());
                }
                self.at += word.len();
                self.builder.text(word, true, start..self.at)
            }
        }
    }

    fn string(&mut self) -> Result<String, Broken> {
        let quote = self.bytes[self.at];
        let is_long = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if is_long { 3 } else { 1 };
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).ok_or_else(|| self.broken())?;
            let next = rest.chars().next().ok_or_else(|| self.broken())?;
            match next {
                '\n' if !is_long => return Err(self.broken()),
                '\\' if quote == b'"' => self.escape(&mut out)?,
                _ if next == char::from(quote) => {
                    if !is_long {
                        self.at += 1;
                        return Ok(out);
                    }
                    if rest.as_bytes().starts_with(&[quote; 3]) {
                        self.at += 3;
                        return Ok(out);
                    }
                    out.push(next);
                    self.at += 1;
                }
                _ => {
                    out.push(next);
                    self.at += next.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), Broken> {
        let byte = *self.bytes.get(self.at + 1).ok_or_else(|| self.broken())?;
        self.at += 2;
        let digits = match byte {
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        out.push(match byte {
            b'e' => '\u{1b}',
            b'"' | b'\\' => char::from(byte),
            b'u' | b'U' => {
                let digits = self.text.get(self.at..self.at + digits);
                self.at += digits.map_or(0, str::len);
                by_code(digits).ok_or_else(|| self.broken())?
            }
            // The end of the line and the blanks after it are left out.
            b' ' | b'\t' | b'\r' | b'\n' => {
                self.at -= 1;
                let rest = &self.bytes[self.at..];
                let blank = rest.iter().position(|b| !b.is_ascii_whitespace());
                self.at += blank.unwrap_or(rest.len());
                return Ok(());
            }
            _ => escaped(byte).ok_or_else(|| self.broken())?,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# c\ntitle = \"a\\u0041\" # d\n[http.tls]\ncheck = false\nlist = [1, [2,\n 3], {k = 'v'}]\na.\"b c\" = '''x\ny'''\n\n[[source]]\nurl = \"u\"\n[[source]]\nurl = \"v\"\n[source.sub]\nn = 1979-05-27T07:32:00Z\n";

    #[test]
    fn tables_arrays_and_dotted_keys_have_their_places() {
        let doc = read(TEXT).unwrap();
        let at = |keys: &[&str]| doc.at(doc.root(), keys).unwrap();
        assert_eq!(doc.text(at(&["title"])), Some("aA"));
        let check = at(&["http", "tls", "check"]);
        assert_eq!(
            (doc.text(check), &TEXT[doc.place(check)]),
            (Some("false"), "check")
        );
        assert_eq!(doc.path(check), "http.tls.check");
        let list = doc.children(at(&["http", "tls", "list"]));
        assert_eq!(doc.text(doc.children(list[1])[1]), Some("3"));
        assert_eq!(doc.text_at(list[2], &["k"]), Some("v"));
        assert_eq!(doc.text(at(&["http", "tls", "a", "b c"])), Some("x\ny"));
        let sources = doc.children(at(&["source"]));
        assert_eq!(doc.text_at(sources[1], &["url"]), Some("v"));
        assert_eq!(
            doc.text_at(sources[1], &["sub", "n"]),
            Some("1979-05-27T07:32:00Z")
        );
    }

    #[test]
    fn what_is_no_toml_says_its_line() {
        assert_eq!(read("a = 1\nb\n"), Err(Broken::Syntax(2)));
        assert_eq!(read("a = \"x\n"), Err(Broken::Syntax(1)));
        assert!(read("a = {b = [").is_err() && read("[a").is_err() && read("a = 1 2 = 3").is_ok());
        let deep = format!("a = {}", "[".repeat(10_000));
        assert_eq!(read(&deep), Err(Broken::Depth));
        assert!(read("a = 1\na.b = 2\n").is_err());
        assert!(read("").is_ok());
    }
}
