//! Dockerfiles (<https://docs.docker.com/reference/dockerfile/>): instructions with
//! continuations, comments inside of them, heredocs, stages, and the values of
//! `ARG` and `ENV` where the file itself says them. The commands of a `RUN` are cut
//! at `&&`, `||`, `;` and line ends; a pipeline stays one command.

use super::Broken;
use super::Builder;
use super::Document;
use super::NodeId;
use super::Value;
use super::line_of;
use std::collections::BTreeMap;
use std::ops::Range;

/// Instructions of the reference; a file that begins with none of them is no Dockerfile.
const INSTRUCTIONS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Text put together from several places of the file.
#[derive(Default)]
struct Text {
    text: String,
    /// Where parts of `text` come from: offset in it, offset in the file.
    parts: Vec<(usize, usize)>,
}

impl Text {
    fn push(&mut self, piece: &str, at: usize) {
        self.parts.push((self.text.len(), at));
        self.text.push_str(piece);
    }

    fn source(&self, at: usize) -> usize {
        let part = self.parts.partition_point(|(start, _)| *start <= at);
        let (start, source) = self.parts[part.saturating_sub(1)];
        source + (at - start)
    }

    fn span(&self, range: Range<usize>) -> Range<usize> {
        if self.parts.is_empty() {
            return 0..0;
        }
        let end = range.end.max(range.start + 1) - 1;
        self.source(range.start)..self.source(end) + 1
    }
}

/// Reads a Dockerfile: a mapping with the sequence `instructions`.
///
/// # Errors
/// A [`Broken`] where a line begins with no instruction.
pub fn read(text: &str) -> Result<Document, Broken> {
    let mut builder = Builder::default();
    let root = builder.add(Value::Mapping(Vec::new()), 0..text.len())?;
    let list = builder.add(Value::Sequence(Vec::new()), 0..text.len())?;
    builder.insert(root, "instructions", 0..0, list);
    let mut reader = Reader {
        text,
        at: 0,
        escape: escape(text),
    };
    let mut scope = Scope::default();
    while let Some(raw) = reader.next()? {
        let id = scope.instruction(&mut builder, &raw)?;
        builder.push(list, id);
    }
    let last = scope.stage.to_string();
    for id in children(&builder, list) {
        let is_last = entry(&builder, id, "stage").is_some_and(|stage| {
            matches!(&builder.peek(stage).value, Value::Text { text, .. } if **text == *last)
        });
        let word = if is_last { "true" } else { "false" };
        put(&mut builder, id, "final", word)?;
    }
    Ok(builder.finish(root))
}

fn children(builder: &Builder, id: NodeId) -> Vec<NodeId> {
    match &builder.peek(id).value {
        Value::Sequence(items) => items.clone(),
        _ => Vec::new(),
    }
}

fn entry(builder: &Builder, id: NodeId, key: &str) -> Option<NodeId> {
    match &builder.peek(id).value {
        Value::Mapping(entries) => {
            let found = entries.iter().find(|(name, _)| &**name == key);
            found.map(|(_, id)| *id)
        }
        _ => None,
    }
}

/// The escape character: a parser directive at the very top may make it a backtick.
fn escape(text: &str) -> char {
    for line in text.lines().take_while(|line| line.starts_with('#')) {
        let plain: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        if plain.eq_ignore_ascii_case("#escape=`") {
            return '`';
        }
    }
    '\\'
}

/// One instruction as it stands in the file.
struct Raw {
    name: String,
    place: Range<usize>,
    span: Range<usize>,
    args: Text,
    /// The bodies of its heredocs.
    body: Text,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    escape: char,
}

impl Reader<'_> {
    fn line(&mut self) -> Option<(usize, &str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
        self.at += end;
        Some((start, rest[..end].trim_end_matches(['\n', '\r'])))
    }

    fn next(&mut self) -> Result<Option<Raw>, Broken> {
        let (escape, whole) = (self.escape, self.text.as_bytes());
        let mut args = Text::default();
        let mut head: Option<(String, Range<usize>)> = None;
        while let Some((start, line)) = self.line() {
            let line = match start {
                0 => line.trim_start_matches('\u{feff}'),
                _ => line,
            };
            let code = line.trim_start();
            if code.is_empty() || code.starts_with('#') {
                continue;
            }
            let kept = code.trim_end();
            let goes_on = kept.ends_with(escape);
            let kept = kept.strip_suffix(escape).unwrap_or(kept);
            let mut from = start + (line.len() - code.len());
            let mut piece = kept;
            if head.is_none() {
                let len = piece.find(char::is_whitespace).unwrap_or(piece.len());
                let name = piece[..len].to_ascii_uppercase();
                if !INSTRUCTIONS.contains(&name.as_str()) {
                    return Err(Broken::Syntax(line_of(whole, start)));
                }
                head = Some((name, from..from + len));
                piece = piece[len..].trim_start();
                from += kept.len() - piece.len();
            }
            args.push(piece, from);
            if !goes_on {
                break;
            }
            args.push(" ", from + piece.len());
        }
        let Some((name, place)) = head else {
            return Ok(None);
        };
        let body = self.heredocs(&name, &args.text);
        Ok(Some(Raw {
            span: place.start..self.at.min(self.text.len()),
            name,
            place,
            args,
            body,
        }))
    }

    fn heredocs(&mut self, name: &str, args: &str) -> Text {
        let mut body = Text::default();
        if !matches!(name, "RUN" | "COPY" | "ADD") {
            return body;
        }
        for end in delimiters(args) {
            while let Some((start, line)) = self.line() {
                if line.trim_start_matches('\t') == end {
                    break;
                }
                let line = line.to_owned();
                body.push(&line, start);
                body.push("\n", start + line.len());
            }
        }
        body
    }
}

/// The words that end the heredocs of a line.
fn delimiters(args: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = args;
    while let Some(at) = rest.find("<<") {
        rest = &rest[at + 2..];
        let word = rest.trim_start_matches('-');
        let word = word.trim_start_matches(['"', '\'']);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let len = word.find(|c| !is_word(c)).unwrap_or(word.len());
        if len > 0 && !rest.starts_with('<') {
            found.push(word[..len].to_owned());
        }
    }
    found
}

/// A name with its place, and its value with its place.
type Pair = (String, Range<usize>, Option<(String, Range<usize>)>);

/// What is known while going down the file.
#[derive(Default)]
struct Scope {
    /// The stage we are in, from 1; 0 before the first `FROM`.
    stage: usize,
    names: Vec<String>,
    /// Values of `ARG` before the first stage.
    global: BTreeMap<String, Option<String>>,
    /// Values of `ARG` and `ENV` in this stage; `None` for one that is given from outside.
    values: BTreeMap<String, Option<String>>,
}

impl Scope {
    fn instruction(&mut self, builder: &mut Builder, raw: &Raw) -> Result<NodeId, Broken> {
        let id = builder.add(Value::Mapping(Vec::new()), raw.span.clone())?;
        if raw.name == "FROM" {
            self.stage += 1;
            self.values.clear();
        }
        put_at(builder, id, "instruction", &raw.name, raw.place.clone())?;
        let args = &raw.args;
        let all = args.span(0..args.text.len());
        put_at(builder, id, "text", &args.text, all)?;
        put(builder, id, "stage", &self.stage.to_string())?;
        let rest = self.flags(builder, id, args)?;
        match raw.name.as_str() {
            "FROM" => self.from(builder, id, args, rest)?,
            "ARG" | "ENV" | "LABEL" => self.pairs(builder, id, raw, rest)?,
            "RUN" => commands(builder, id, raw, rest)?,
            "COPY" | "ADD" => self.copy(builder, id, args, rest)?,
            "USER" | "WORKDIR" | "EXPOSE" | "VOLUME" => self.words(builder, id, args, rest)?,
            "CMD" | "ENTRYPOINT" | "SHELL" => {
                let exec = args.text[rest..].trim_start().starts_with('[');
                put(builder, id, "form", if exec { "exec" } else { "shell" })?;
            }
            _ => {}
        }
        Ok(id)
    }

    /// Reads `--name=value` words; gives where the rest begins.
    fn flags(&self, builder: &mut Builder, id: NodeId, args: &Text) -> Result<usize, Broken> {
        let flags = builder.add(Value::Mapping(Vec::new()), 0..0)?;
        builder.insert(id, "flags", 0..0, flags);
        let mut at = 0;
        for (word, range) in words(&args.text) {
            let Some(flag) = word.strip_prefix("--") else {
                break;
            };
            let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
            let child = builder.text(value, false, args.span(range.clone()))?;
            builder.insert(flags, name, args.span(range.clone()), child);
            at = range.end;
        }
        Ok(at)
    }

    fn from(
        &mut self,
        builder: &mut Builder,
        id: NodeId,
        args: &Text,
        rest: usize,
    ) -> Result<(), Broken> {
        let words: Vec<_> = words(&args.text[rest..]).collect();
        let Some((image, range)) = words.first() else {
            return Ok(());
        };
        let range = args.span(range.start + rest..range.end + rest);
        let value = expand(image, &self.global);
        let is_stage = self
            .names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(image));
        let child = known(builder, value, image, range.clone())?;
        builder.insert(id, "image", range, child);
        let kind = match *image {
            "scratch" => "scratch",
            _ if is_stage => "stage",
            _ => "image",
        };
        put(builder, id, "base", kind)?;
        if let [_, (keyword, _), (name, _), ..] = words.as_slice()
            && keyword.eq_ignore_ascii_case("as")
        {
            put(builder, id, "as", name)?;
            self.names.push((*name).to_owned());
        }
        Ok(())
    }

    fn pairs(
        &mut self,
        builder: &mut Builder,
        id: NodeId,
        raw: &Raw,
        rest: usize,
    ) -> Result<(), Broken> {
        let args = &raw.args;
        let pairs = builder.add(Value::Mapping(Vec::new()), raw.span.clone())?;
        builder.insert(id, "pairs", raw.place.clone(), pairs);
        let text = &args.text[rest..];
        let mut found: Vec<Pair> = Vec::new();
        let all: Vec<_> = words(text).collect();
        let is_old = raw.name != "ARG" && all.first().is_some_and(|(word, _)| !word.contains('='));
        if is_old {
            // `ENV name value of the rest`.
            if let Some((name, range)) = all.first() {
                let value = text[range.end..].trim();
                let start = range.end + text[range.end..].find(value).unwrap_or(0);
                let place = start..start + value.len();
                found.push((
                    (*name).to_owned(),
                    range.clone(),
                    Some((value.to_owned(), place)),
                ));
            }
        } else {
            for (word, range) in all {
                match word.split_once('=') {
                    Some((name, value)) => {
                        let start = range.start + name.len() + 1;
                        let value = (unquote(value), start..range.end);
                        found.push((name.to_owned(), range.start..start - 1, Some(value)));
                    }
                    None => found.push((word.to_owned(), range, None)),
                }
            }
        }
        for (name, place, value) in found {
            let place = args.span(place.start + rest..place.end + rest);
            let (child, known_value) = match value {
                Some((value, span)) => {
                    let span = args.span(span.start + rest..span.end + rest);
                    let expanded = expand(&value, &self.values);
                    let expanded = expanded.or_else(|| expand(&value, &self.global));
                    (known(builder, expanded.clone(), &value, span)?, expanded)
                }
                None => (
                    builder.add(Value::Unknown("".into()), place.clone())?,
                    self.global.get(&name).cloned().flatten(),
                ),
            };
            if raw.name != "LABEL" {
                let values = match self.stage {
                    0 => &mut self.global,
                    _ => &mut self.values,
                };
                // An argument may be given another value from outside: its default is what we know.
                values.insert(name.clone(), known_value);
            }
            builder.insert(pairs, name, place, child);
        }
        Ok(())
    }

    fn copy(
        &self,
        builder: &mut Builder,
        id: NodeId,
        args: &Text,
        rest: usize,
    ) -> Result<(), Broken> {
        let list = builder.add(Value::Sequence(Vec::new()), 0..0)?;
        let text = &args.text[rest..];
        let cleaned = text.replace(['[', ']', ','], " ");
        let is_exec = text.trim_start().starts_with('[');
        let text = if is_exec { cleaned.as_str() } else { text };
        let mut all: Vec<_> = words(text).collect();
        all.retain(|(word, _)| !word.starts_with("<<"));
        let target = all.pop();
        builder.insert(id, "sources", 0..0, list);
        for (word, range) in all {
            let span = args.span(range.start + rest..range.end + rest);
            let value = expand(&unquote(word), &self.values);
            let child = known(builder, value, word, span)?;
            builder.push(list, child);
        }
        if let Some((word, _)) = target {
            put(builder, id, "target", &unquote(word))?;
        }
        Ok(())
    }

    fn words(
        &self,
        builder: &mut Builder,
        id: NodeId,
        args: &Text,
        rest: usize,
    ) -> Result<(), Broken> {
        let list = builder.add(Value::Sequence(Vec::new()), 0..0)?;
        builder.insert(id, "words", 0..0, list);
        for (word, range) in words(&args.text[rest..]) {
            let span = args.span(range.start + rest..range.end + rest);
            let value = expand(&unquote(word), &self.values);
            let child = known(builder, value, word, span)?;
            builder.push(list, child);
        }
        Ok(())
    }
}

fn put(builder: &mut Builder, id: NodeId, key: &str, text: &str) -> Result<(), Broken> {
    put_at(builder, id, key, text, 0..0)
}

fn put_at(
    builder: &mut Builder,
    id: NodeId,
    key: &str,
    text: &str,
    span: Range<usize>,
) -> Result<(), Broken> {
    let place = match span.is_empty() {
        true => {
            let start = builder.peek(id).span.start;
            start..start + 1
        }
        false => span,
    };
    let child = builder.text(text, false, place.clone())?;
    builder.insert(id, key, place, child);
    Ok(())
}

/// A value that is known, or its text as one that is not.
fn known(
    builder: &mut Builder,
    value: Option<String>,
    text: &str,
    span: Range<usize>,
) -> Result<NodeId, Broken> {
    match value {
        Some(value) => builder.text(value, false, span),
        None => builder.add(Value::Unknown(text.into()), span),
    }
}

/// Puts in what `$NAME`, `${NAME}` and `${NAME:-default}` stand for; `None` when one is unknown.
fn expand(text: &str, values: &BTreeMap<String, Option<String>>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, default, len) = match after.strip_prefix('{') {
            Some(inside) => {
                let end = inside.find('}')?;
                let (name, default) = match inside[..end].split_once(":-") {
                    Some((name, default)) => (name, Some(default)),
                    None => (&inside[..end], None),
                };
                (name, default, end + 2)
            }
            None => {
                let len = after.find(|c| !is_name(c)).unwrap_or(after.len());
                (&after[..len], None, len)
            }
        };
        match values.get(name) {
            Some(Some(value)) => out.push_str(value),
            _ => out.push_str(default?),
        }
        rest = &after[len..];
    }
    out.push_str(rest);
    Some(out)
}

fn unquote(word: &str) -> String {
    let inner = word.strip_prefix(['"', '\'']);
    let inner = inner.and_then(|rest| rest.strip_suffix(['"', '\'']));
    inner.unwrap_or(word).to_owned()
}

/// Words of a line: quotes and backslashes hold them together.
fn words(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let start = at;
        let mut quote = None;
        while let Some(&byte) = bytes.get(at) {
            match (quote, byte) {
                (None, byte) if byte.is_ascii_whitespace() => break,
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), byte) if byte == open => quote = None,
                (_, b'\\') if at + 1 < bytes.len() => at += 1,
                _ => {}
            }
            at += 1;
        }
        let at = at.min(bytes.len());
        (at > start).then(|| (text.get(start..at).unwrap_or_default(), start..at))
    })
}

/// The commands of a `RUN`, each a text with its own place.
fn commands(builder: &mut Builder, id: NodeId, raw: &Raw, rest: usize) -> Result<(), Broken> {
    let list = builder.add(Value::Sequence(Vec::new()), raw.span.clone())?;
    builder.insert(id, "commands", raw.place.clone(), list);
    for (text, from) in [(&raw.args, rest), (&raw.body, 0)] {
        for range in pipelines(&text.text, from) {
            let child = builder.text(&text.text[range.clone()], false, text.span(range))?;
            builder.push(list, child);
        }
    }
    Ok(())
}

/// Cuts a shell text at `&&`, `||`, `;` and line ends outside of quotes.
pub(crate) fn pipelines(text: &str, from: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut start, mut at, mut quote) = (from, from, None);
    while at < bytes.len() {
        let pair = &bytes[at..bytes.len().min(at + 2)];
        let width = match (quote, bytes[at]) {
            (Some(open), byte) if byte == open => {
                quote = None;
                0
            }
            (Some(_), b'\\') | (None, b'\\') => {
                at += 1;
                0
            }
            (None, b'"' | b'\'') => {
                quote = Some(bytes[at]);
                0
            }
            (None, _) if pair == b"&&" || pair == b"||" => 2,
            (None, b';' | b'\n') => 1,
            _ => 0,
        };
        if width > 0 {
            found.push(start..at);
            start = at + width;
            at += width;
        } else {
            at += 1;
        }
    }
    found.push(start.min(bytes.len())..bytes.len());
    found
        .into_iter()
        .filter_map(|range| {
            let piece = text.get(range.clone())?;
            let start = range.start + (piece.len() - piece.trim_start().len());
            let end = start + piece.trim().len();
            (end > start).then_some(start..end)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(doc: &Document, key: &str) -> Vec<String> {
        doc.ids()
            .filter(|id| doc.path(*id).ends_with(key))
            .flat_map(|id| match doc.text(id) {
                Some(text) => vec![text.to_owned()],
                None => doc
                    .children(id)
                    .iter()
                    .filter_map(|c| doc.text(*c))
                    .map(str::to_owned)
                    .collect(),
            })
            .collect()
    }

    #[test]
    fn continuations_comments_and_heredocs() {
        let text = "FROM a AS b\nRUN x \\\n # note\n\n  && curl -k u \\\n  | sh; y\nRUN <<EOF\nfirst\nsecond one\nEOF\nCOPY <<F /x\nnot a command\nF\nUSER app\n";
        let doc = read(text).unwrap();
        assert_eq!(
            texts(&doc, "commands"),
            ["x", "curl -k u  | sh", "y", "<<EOF", "first", "second one"]
        );
        let id = doc
            .ids()
            .find(|id| doc.text(*id) == Some("curl -k u  | sh"))
            .unwrap();
        assert_eq!(line_of(text.as_bytes(), doc.node(id).span.start), 5);
        assert_eq!(texts(&doc, "words"), ["app"]);
    }

    #[test]
    fn values_are_put_in_where_the_file_says_them() {
        let text = "ARG V=1\nFROM a:${V}\nFROM b:$W AS w\nFROM w\nENV A=x B=\"y z\"\nENV OLD some words\nARG P\nCOPY --from=w [\"a b\", \"/c\"]\n";
        let doc = read(text).unwrap();
        let images = texts(&doc, "image");
        assert_eq!(images, ["a:1", "w"]);
        let bases: Vec<String> = texts(&doc, "base");
        assert_eq!(bases, ["image", "image", "stage"]);
        let pairs = texts(&doc, "pairs");
        assert_eq!(pairs, ["1", "x", "y z", "some words"]);
        assert_eq!(read("FROM a\nwhatever\n"), Err(Broken::Syntax(2)));
    }
}
