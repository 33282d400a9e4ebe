//! HCL 2 as Terraform and OpenTofu write it: blocks become lists of mappings under
//! their word, with the labels as tag; expressions become values where the text
//! itself says them, references where they name something, and unknown otherwise.
//! What is evaluated is left to whoever knows what the names mean.

use super::Broken;
use super::Builder;
use super::Document;
use super::NodeId;
use super::Value;
use super::line_of;
use std::ops::Range;

/// Expressions in expressions, at most.
const NESTED: usize = 64;

/// Functions whose value is that of their argument, for our purposes.
const TRANSPARENT: &[&str] = &[
    "jsonencode",
    "tostring",
    "tonumber",
    "tobool",
    "tolist",
    "toset",
    "tomap",
    "sensitive",
    "nonsensitive",
    "trimspace",
    "base64encode",
    "yamlencode",
    "flatten",
];

/// Reads a file. A block that breaks off is told, and the next one is read.
pub fn read(text: &str) -> (Option<Document>, Vec<Broken>) {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        builder: Builder::default(),
    };
    let mut broken = Vec::new();
    let root = match reader
        .builder
        .add(Value::Mapping(Vec::new()), 0..text.len())
    {
        Ok(root) => root,
        Err(error) => return (None, vec![error]),
    };
    loop {
        let start = reader.at;
        match reader.body(root) {
            Ok(()) if reader.at >= reader.bytes.len() => break,
            Ok(()) => {
                broken.push(reader.broken());
                reader.at += 1;
            }
            Err(error) => broken.push(error),
        }
        if matches!(broken.last(), Some(Broken::Nodes)) || broken.len() > 100 {
            break;
        }
        reader.at = reader.at.max(start);
        if !reader.recover() {
            break;
        }
    }
    (Some(reader.builder.finish(root)), broken)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    builder: Builder,
}

impl Reader<'_> {
    fn broken(&self) -> Broken {
        Broken::Syntax(line_of(self.bytes, self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// To the next line that begins a block at the left edge.
    fn recover(&mut self) -> bool {
        while let Some(end) = memchr::memchr(b'\n', &self.bytes[self.at.min(self.bytes.len())..]) {
            self.at += end + 1;
            if self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
                return true;
            }
        }
        false
    }

    /// Passes spaces and comments; line breaks as well when asked.
    fn space(&mut self, lines: bool) {
        while let Some(byte) = self.peek() {
            let rest = &self.bytes[self.at..];
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if lines => self.at += 1,
                b'#' => self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                b'/' if rest.starts_with(b"//") => {
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                b'/' if rest.starts_with(b"/*") => {
                    let end = memchr::memmem::find(rest, b"*/");
                    self.at += end.map_or(rest.len(), |end| end + 2);
                }
                0xef if self.at == 0 && rest.starts_with(b"\xef\xbb\xbf") => self.at = 3,
                _ => return,
            }
        }
    }

    fn word(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-') || b >= 0x80;
        if !self
            .peek()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b >= 0x80)
        {
            return None;
        }
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        Some(start..self.at)
    }

    /// Attributes and blocks up to a closing brace of no block we opened, or the end.
    fn body(&mut self, root: NodeId) -> Result<(), Broken> {
        let mut open: Vec<NodeId> = Vec::new();
        loop {
            self.space(true);
            let Some(byte) = self.peek() else {
                return match open.is_empty() {
                    true => Ok(()),
                    false => Err(self.broken()),
                };
            };
            let parent = open.last().copied().unwrap_or(root);
            if byte == b'}' {
                let Some(closed) = open.pop() else {
                    return Ok(());
                };
                self.at += 1;
                self.builder.node(closed).span.end = self.at;
                continue;
            }
            let key = match byte {
                b'"' => {
                    let start = self.at;
                    self.string()?;
                    start..self.at
                }
                _ => self.word().ok_or_else(|| self.broken())?,
            };
            self.space(false);
            match self.peek() {
                Some(b'=') if self.bytes.get(self.at + 1) != Some(&b'=') => {
                    self.at += 1;
                    let value = self.expression(0, false)?;
                    let name = self.text[key.clone()].trim_matches('"');
                    self.builder.insert(parent, name, key, value);
                }
                _ => {
                    if open.len() >= NESTED {
                        return Err(Broken::Depth);
                    }
                    open.push(self.block(parent, key)?);
                }
            }
        }
    }

    /// The head of a block up to its brace; gives its body.
    fn block(&mut self, parent: NodeId, key: Range<usize>) -> Result<NodeId, Broken> {
        let mut labels = Vec::new();
        loop {
            self.space(false);
            match self.peek() {
                Some(b'{') => break,
                Some(b'"') => labels.push(self.string()?.0),
                _ => {
                    let word = self.word().ok_or_else(|| self.broken())?;
                    labels.push(self.text[word].to_owned());
                }
            }
        }
        self.at += 1;
        let body = self
            .builder
            .add(Value::Mapping(Vec::new()), key.start..self.at)?;
        let word = &self.text[key.clone()];
        let name = match (word, labels.first()) {
            // What a dynamic block makes is not known before it is run.
            ("dynamic", Some(made)) => {
                let made = made.clone();
                let unknown = self
                    .builder
                    .add(Value::Unknown("dynamic".into()), key.clone())?;
                self.put(parent, &made, key.clone(), unknown)?;
                "dynamic"
            }
            _ => word,
        };
        self.builder.node(body).tag = Some(labels.join(" ").into());
        let name = name.to_owned();
        self.put(parent, &name, key, body)?;
        Ok(body)
    }

    /// Adds a block to the list of its word.
    fn put(
        &mut self,
        parent: NodeId,
        word: &str,
        key: Range<usize>,
        block: NodeId,
    ) -> Result<(), Broken> {
        let known = match &self.builder.peek(parent).value {
            Value::Mapping(entries) => entries.iter().find(|(name, _)| &**name == word),
            _ => None,
        };
        let known = known.map(|(_, id)| *id);
        let list =
            match known.filter(|id| matches!(self.builder.peek(*id).value, Value::Sequence(_))) {
                Some(list) => list,
                None => {
                    let list = self.builder.add(Value::Sequence(Vec::new()), key.clone())?;
                    self.builder.insert(parent, word, key.clone(), list);
                    list
                }
            };
        self.builder.push(list, block);
        self.builder.node(block).key = Some(key);
        Ok(())
    }

    /// A quoted text; the second value is false when it holds what is put in.
    fn string(&mut self) -> Result<(String, bool), Broken> {
        self.at += 1;
        let mut out = String::new();
        let mut whole = true;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(next) = rest
                .iter()
                .position(|b| matches!(b, b'"' | b'\\' | b'\n' | b'$' | b'%'))
            else {
                return Err(self.broken());
            };
            out.push_str(self.text.get(self.at..self.at + next).unwrap_or_default());
            self.at += next;
            match rest[next] {
                b'"' => {
                    self.at += 1;
                    return Ok((out, whole));
                }
                b'\n' => return Err(self.broken()),
                b'\\' => {
                    let escaped = rest.get(next + 1).copied().unwrap_or(b' ');
                    out.push(match escaped {
                        b'n' => '\n',
                        b't' => '\t',
                        byte if byte.is_ascii() => char::from(byte),
                        _ => '?',
                    });
                    self.at += 2;
                    while !self.text.is_char_boundary(self.at.min(self.text.len())) {
                        self.at += 1;
                    }
                }
                byte => {
                    let twice =
                        rest.get(next + 1) == Some(&byte) && rest.get(next + 2) == Some(&b'{');
                    if twice {
                        out.push(char::from(byte));
                        out.push('{');
                        self.at += 3;
                    } else if rest.get(next + 1) == Some(&b'{') {
                        whole = false;
                        let start = self.at;
                        self.at += 2;
                        self.until_brace()?;
                        out.push_str(self.text.get(start..self.at).unwrap_or_default());
                    } else {
                        out.push(char::from(byte));
                        self.at += 1;
                    }
                }
            }
        }
    }

    /// Past the brace that closes what is put into a text, on whatever line it is.
    fn until_brace(&mut self) -> Result<(), Broken> {
        let start = self.at;
        let mut depth = 1;
        let mut quoted = false;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' if quoted => self.at += 1,
                b'"' => quoted = !quoted,
                b'{' if !quoted => depth += 1,
                b'}' if !quoted => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        // Not closed: what comes after its line is still to be read.
        self.at = start;
        Err(self.broken())
    }

    fn heredoc(&mut self) -> Result<NodeId, Broken> {
        let start = self.at;
        self.at += 2;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let word = self.word().ok_or_else(|| self.broken())?;
        let end = self.text[word].to_owned();
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'\n', rest).ok_or_else(|| self.broken())? + 1;
        let from = self.at;
        let mut line = from;
        loop {
            let rest = self.text.get(line..).filter(|rest| !rest.is_empty());
            let rest = rest.ok_or_else(|| self.broken())?;
            let len = rest.find('\n').unwrap_or(rest.len());
            if rest[..len].trim() == end {
                self.at = line + len;
                break;
            }
            line += len + 1;
        }
        let body = self.text.get(from..line).unwrap_or_default();
        match body.contains("${") || body.contains("%{") {
            true => self
                .builder
                .add(Value::Unknown(body.into()), start..self.at),
            false => self.builder.text(body, false, start..self.at),
        }
    }

    /// One expression up to the end of its line, or to what ends it inside of brackets.
    fn expression(&mut self, depth: usize, inside: bool) -> Result<NodeId, Broken> {
        if depth >= NESTED {
            return Err(Broken::Depth);
        }
        self.space(inside);
        let start = self.at;
        let term = self.term(depth)?;
        self.space(inside);
        let ends = match self.peek() {
            None | Some(b'\n' | b'}' | b']' | b')' | b',') => true,
            Some(b'.') => self.is_spread(),
            Some(b'=') => self.bytes.get(self.at + 1) != Some(&b'='),
            Some(b':') => inside,
            _ => false,
        };
        if ends {
            return Ok(term);
        }
        // More than one term: it is computed, and we do not compute.
        self.skip(inside)?;
        let text = self.text.get(start..self.at).unwrap_or_default().trim_end();
        let span = start..start + text.len();
        self.builder.add(Value::Unknown(text.into()), span)
    }

    /// To the end of the expression: brackets and quotes are passed whole.
    fn skip(&mut self, inside: bool) -> Result<(), Broken> {
        let mut depth = 0_usize;
        let mut before = self.last_byte();
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string()?;
                    before = Some(byte);
                    continue;
                }
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' if depth == 0 => return Ok(()),
                b'}' | b']' | b')' => depth -= 1,
                b',' if depth == 0 => return Ok(()),
                b'\n' if depth == 0 && !inside => return Ok(()),
                b'\n' if depth == 0 && self.ends_here(before) => return Ok(()),
                b'#' | b'/' => {
                    let before = self.at;
                    self.space(false);
                    if self.at > before {
                        continue;
                    }
                }
                b'<' if self.bytes[self.at..].starts_with(b"<<") => {
                    self.heredoc()?;
                    before = Some(byte);
                    continue;
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                before = Some(byte);
            }
            self.at += 1;
        }
        Ok(())
    }

    /// The last byte before this place that is no blank.
    fn last_byte(&self) -> Option<u8> {
        self.bytes[..self.at].trim_ascii_end().last().copied()
    }

    /// In an object, a line break ends a value unless an operator follows or went `before`,
    /// comments between them aside.
    fn ends_here(&mut self, before: Option<u8>) -> bool {
        let start = self.at;
        self.space(true);
        let after = self.peek();
        self.at = start;
        let is_operator = |byte: Option<u8>| {
            matches!(
                byte,
                Some(
                    b'?' | b':'
                        | b'+'
                        | b'-'
                        | b'*'
                        | b'/'
                        | b'&'
                        | b'|'
                        | b'='
                        | b'<'
                        | b'>'
                        | b'!'
                )
            )
        };
        !is_operator(before) && !is_operator(after)
    }

    fn term(&mut self, depth: usize) -> Result<NodeId, Broken> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                let (text, whole) = self.string()?;
                let span = start..self.at;
                if whole {
                    return self.builder.text(text, false, span);
                }
                match pure(&text) {
                    Some(name) => self.builder.add(Value::Reference(name.into()), span),
                    None => self.builder.add(Value::Unknown(text.into()), span),
                }
            }
            Some(b'<') if self.bytes[self.at..].starts_with(b"<<") => self.heredoc(),
            Some(b'[') => self.tuple(depth),
            Some(b'{') => self.object(depth),
            Some(b'(') => {
                self.at += 1;
                let inner = self.expression(depth + 1, true)?;
                self.close(b')')?;
                self.trailer(start, inner, depth)
            }
            Some(b'0'..=b'9' | b'-') => {
                self.at += 1;
                while self
                    .peek()
                    .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'.')
                {
                    self.at += 1;
                }
                let text = &self.text[start..self.at];
                self.builder.text(text, true, start..self.at)
            }
            Some(b'!') => {
                self.at += 1;
                self.space(false);
                self.term(depth + 1)?;
                self.unknown(start)
            }
            _ => self.name(depth),
        }
    }

    fn unknown(&mut self, start: usize) -> Result<NodeId, Broken> {
        let text = self.text.get(start..self.at).unwrap_or_default();
        self.builder
            .add(Value::Unknown(text.into()), start..self.at)
    }

    fn close(&mut self, byte: u8) -> Result<(), Broken> {
        self.space(true);
        if self.peek() != Some(byte) {
            return Err(self.broken());
        }
        self.at += 1;
        Ok(())
    }

    /// Attributes and indexes after a term.
    fn trailer(&mut self, start: usize, term: NodeId, depth: usize) -> Result<NodeId, Broken> {
        if !matches!(self.peek(), Some(b'.' | b'[')) || self.is_spread() {
            return Ok(term);
        }
        self.path(depth)?;
        self.unknown(start)
    }

    /// `...` after a list, which makes arguments of its items.
    fn is_spread(&self) -> bool {
        self.bytes[self.at..].starts_with(b"...")
    }

    fn path(&mut self, depth: usize) -> Result<(), Broken> {
        loop {
            match self.peek() {
                Some(b'.') if !self.is_spread() => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'*') => self.at += 1,
                        Some(b'0'..=b'9') => {
                            while self.peek().is_some_and(|b| b.is_ascii_digit()) {
                                self.at += 1;
                            }
                        }
                        _ => {
                            self.word().ok_or_else(|| self.broken())?;
                        }
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.space(true);
                    if self.peek() == Some(b'*') {
                        self.at += 1;
                    } else {
                        self.expression(depth + 1, true)?;
                    }
                    self.close(b']')?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// A name with its attributes, a truth value, or a call.
    fn name(&mut self, depth: usize) -> Result<NodeId, Broken> {
        let start = self.at;
        let word = self.word().ok_or_else(|| self.broken())?;
        while self.bytes[self.at..].starts_with(b"::") {
            self.at += 2;
            self.word().ok_or_else(|| self.broken())?;
        }
        let word = &self.text[word];
        if self.peek() == Some(b'(') {
            let is_transparent = TRANSPARENT.contains(&word);
            self.at += 1;
            let mut arguments = Vec::new();
            loop {
                self.space(true);
                match self.peek() {
                    Some(b')') => break,
                    Some(b',' | b'.') => self.at += 1,
                    _ => arguments.push(self.expression(depth + 1, true)?),
                }
            }
            self.at += 1;
            return match (is_transparent, arguments.as_slice()) {
                (true, [one]) if !matches!(self.peek(), Some(b'.' | b'[')) => {
                    self.builder.node(*one).span = start..self.at;
                    Ok(*one)
                }
                _ => {
                    self.path(depth)?;
                    self.unknown(start)
                }
            };
        }
        if matches!(word, "true" | "false") {
            return self.builder.text(word, true, start..self.at);
        }
        if word == "null" {
            return self.builder.add(Value::Null, start..self.at);
        }
        self.path(depth)?;
        let name = self.text.get(start..self.at).unwrap_or_default();
        self.builder
            .add(Value::Reference(name.into()), start..self.at)
    }

    fn tuple(&mut self, depth: usize) -> Result<NodeId, Broken> {
        let start = self.at;
        self.at += 1;
        if self.is_for() {
            return self.comprehension(start, b']');
        }
        let list = self
            .builder
            .add(Value::Sequence(Vec::new()), start..self.at)?;
        self.items(list, b']', |hcl| {
            let item = hcl.expression(depth + 1, true)?;
            hcl.builder.push(list, item);
            Ok(())
        })?;
        self.trailer(start, list, depth)
    }

    fn object(&mut self, depth: usize) -> Result<NodeId, Broken> {
        let start = self.at;
        self.at += 1;
        if self.is_for() {
            return self.comprehension(start, b'}');
        }
        let map = self
            .builder
            .add(Value::Mapping(Vec::new()), start..self.at)?;
        self.items(map, b'}', |hcl| hcl.pair(map, depth))?;
        self.trailer(start, map, depth)
    }

    /// Reads what stands in brackets, with commas or without, up to the one that closes `whole`.
    fn items(
        &mut self,
        whole: NodeId,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        loop {
            self.space(true);
            match self.peek() {
                Some(byte) if byte == close => break,
                Some(b',') => self.at += 1,
                Some(_) => item(self)?,
                None => return Err(self.broken()),
            }
        }
        self.at += 1;
        self.builder.node(whole).span.end = self.at;
        Ok(())
    }

    fn pair(&mut self, map: NodeId, depth: usize) -> Result<(), Broken> {
        let place = self.at;
        let key = match self.peek() {
            Some(b'"') => {
                let (text, whole) = self.string()?;
                if whole { text } else { "*".to_owned() }
            }
            Some(b'(') => {
                self.at += 1;
                self.skip(true)?;
                self.close(b')')?;
                "*".to_owned()
            }
            Some(b'0'..=b'9') => {
                while self.peek().is_some_and(|b| b.is_ascii_digit()) {
                    self.at += 1;
                }
                self.text[place..self.at].to_owned()
            }
            _ => {
                let word = self.word().ok_or_else(|| self.broken())?;
                if self.peek() == Some(b'(') {
                    // A key that a call computes.
                    self.at = word.start;
                    self.name(depth + 1)?;
                    "*".to_owned()
                } else {
                    self.path(depth)?;
                    self.text[word].to_owned()
                }
            }
        };
        let place = place..self.at;
        self.space(false);
        if !matches!(self.peek(), Some(b'=' | b':')) {
            return Err(self.broken());
        }
        self.at += 1;
        let value = self.expression_in_object(depth + 1)?;
        self.builder.insert(map, key, place, value);
        Ok(())
    }

    /// In an object a value ends at its line as well.
    fn expression_in_object(&mut self, depth: usize) -> Result<NodeId, Broken> {
        self.space(true);
        let start = self.at;
        if depth >= NESTED {
            return Err(Broken::Depth);
        }
        let term = self.term(depth)?;
        let before = self.last_byte();
        self.space(false);
        match self.peek() {
            None | Some(b'}' | b',') => return Ok(term),
            Some(b'\n') if self.ends_here(before) => return Ok(term),
            _ => {}
        }
        self.skip(true)?;
        let text = self.text.get(start..self.at).unwrap_or_default().trim_end();
        let span = start..start + text.len();
        self.builder.add(Value::Unknown(text.into()), span)
    }

    fn is_for(&mut self) -> bool {
        self.space(true);
        let rest = &self.bytes[self.at..];
        rest.starts_with(b"for") && rest.get(3).is_some_and(u8::is_ascii_whitespace)
    }

    fn comprehension(&mut self, start: usize, close: u8) -> Result<NodeId, Broken> {
        loop {
            self.skip(true)?;
            match self.peek() {
                Some(byte) if byte == close => break,
                Some(b',' | b'\n') => self.at += 1,
                _ => return Err(self.broken()),
            }
        }
        self.at += 1;
        self.path(0)?;
        self.unknown(start)
    }
}

/// The name inside of a text that is nothing but `${name}`.
fn pure(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?.trim();
    let is_path = |c: char| c.is_ascii_alphanumeric() || "_.-[]\"".contains(c);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_path);
    is_name.then_some(name)
}

#[cfg(test)]
mod tests;
