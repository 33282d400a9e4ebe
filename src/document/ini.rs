//! Settings a line: INI sections with `key = value` (also `.npmrc`, `pip.conf`,
//! `.gitconfig`, Java properties, `.env`), and `key value` as OpenSSH, Redis and
//! PostgreSQL write it. Lines that are none of it are passed over, because these
//! formats have no grammar that all their readers share.

use super::Broken;
use super::Builder;
use super::Document;
use super::NodeId;
use super::Value;
use std::ops::Range;

/// How keys and values are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `key = value` or `key: value`, in `[sections]`.
    Assigned,
    /// `key value`.
    Spaced,
    /// Every line is a value by itself.
    Lines,
}

/// Reads a file into a mapping; of a key that is there twice, both are kept.
///
/// # Errors
/// Only at a budget.
pub fn read(text: &str, style: Style) -> Result<Document, Broken> {
    let mut builder = Builder::default();
    let root = builder.add(Value::Mapping(Vec::new()), 0..text.len())?;
    let mut section = root;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        let from = start + (line.len() - line.trim_start().len());
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let whole = from..from + trimmed.len();
        match style {
            Style::Lines => {
                let value = builder.text(trimmed, false, whole.clone())?;
                builder.insert(root, "line", whole, value);
            }
            Style::Spaced => spaced(&mut builder, root, trimmed, whole)?,
            Style::Assigned => {
                if let Some(name) = trimmed.strip_prefix('[').and_then(|n| n.split(']').next()) {
                    let name = name.trim().to_ascii_lowercase();
                    section = builder.add(Value::Mapping(Vec::new()), whole.clone())?;
                    builder.insert(root, name, whole, section);
                } else {
                    assigned(&mut builder, section, trimmed, whole)?;
                }
            }
        }
    }
    Ok(builder.finish(root))
}

/// A file as one text under the key `text`.
///
/// # Errors
/// Only at a budget.
pub fn whole(text: &str) -> Result<Document, Broken> {
    opaque(text, text.len())
}

/// A word for a file of `len` bytes that is no text, under `text`.
///
/// # Errors
/// As [`whole`].
pub fn opaque(word: &str, len: usize) -> Result<Document, Broken> {
    let mut builder = Builder::default();
    let root = builder.add(Value::Mapping(Vec::new()), 0..len)?;
    let value = builder.text(word, false, 0..len)?;
    builder.insert(root, "text", 0..len, value);
    Ok(builder.finish(root))
}

fn assigned(
    builder: &mut Builder,
    section: NodeId,
    line: &str,
    place: Range<usize>,
) -> Result<(), Broken> {
    let code = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let skipped = line.len() - code.len();
    let Some(split) = code.find('=').or_else(|| code.find(": ")) else {
        return Ok(());
    };
    let key = code[..split].trim_end();
    let value = code[split + 1..].trim_start();
    let start = place.start + skipped + (code.len() - value.len());
    let value = uncommented(value.trim_end());
    let span = start..start + value.len();
    let plain = !value.starts_with(['"', '\'']);
    let node = builder.text(value.trim_matches(['"', '\'']), plain, span)?;
    let key_at = place.start + skipped;
    builder.insert(section, key, key_at..key_at + key.len(), node);
    Ok(())
}

/// A value without the comment after it, where a space stands before the sign.
fn uncommented(value: &str) -> &str {
    if value.starts_with(['"', '\'']) {
        let quote = &value[..1];
        let end = value[1..].find(quote).map_or(value.len(), |end| end + 2);
        return &value[..end];
    }
    match value.find(" #").or_else(|| value.find(" ;")) {
        Some(at) => value[..at].trim_end(),
        None => value,
    }
}

fn spaced(
    builder: &mut Builder,
    root: NodeId,
    line: &str,
    place: Range<usize>,
) -> Result<(), Broken> {
    let split = line.find([' ', '\t', '=']).unwrap_or(line.len());
    let value = line[split..].trim_start_matches([' ', '\t', '=']);
    let start = place.start + (line.len() - value.len());
    let span = start..start + value.len();
    let node = builder.text(value.trim_matches('"'), true, span)?;
    let key = line[..split].to_ascii_lowercase();
    builder.insert(root, key, place.start..place.start + split, node);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_keys_and_comments() {
        let text = "a=1\n# c\n[Remote \"o\"]\n\turl = \"x # y\" # z\nexport B = 2 # c\n";
        let doc = read(text, Style::Assigned).unwrap();
        assert_eq!(doc.text_at(doc.root(), &["a"]), Some("1"));
        let url = doc.at(doc.root(), &["remote \"o\"", "url"]).unwrap();
        assert_eq!(doc.text(url), Some("x # y"));
        assert_eq!(&text[doc.place(url)], "url");
        let b = doc.at(doc.root(), &["remote \"o\"", "B"]).unwrap();
        assert_eq!((doc.text(b), &text[doc.place(b)]), (Some("2"), "B"));
        let spaced = read("Port 22\nPermitRootLogin  yes\n", Style::Spaced).unwrap();
        assert_eq!(
            spaced.text_at(spaced.root(), &["permitrootlogin"]),
            Some("yes")
        );
    }
}
