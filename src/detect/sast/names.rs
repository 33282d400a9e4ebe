//! Names of code as checks write them, and how they are held against names as
//! they resolve in a file: from the end, part by part.

use regex::Regex;

/// One part of a name.
#[derive(Debug)]
enum Part {
    Exact(String),
    /// Text before and after a `*`.
    Glob(String, String),
}

impl Part {
    fn new(text: &str) -> Part {
        match text.split_once('*') {
            Some((before, after)) => Part::Glob(before.to_owned(), after.to_owned()),
            None => Part::Exact(text.to_owned()),
        }
    }

    /// What stands before this part at the end of a path: `None` where the part does not.
    fn strip<'p>(&self, path: &'p str) -> Option<Option<&'p str>> {
        let bytes = path.as_bytes();
        let start = match self {
            Part::Exact(exact) => {
                if !bytes.ends_with(exact.as_bytes()) {
                    return None;
                }
                bytes.len() - exact.len()
            }
            Part::Glob(before, after) => {
                let start = bytes.iter().rposition(|byte| *byte == b'.');
                let start = start.map_or(0, |at| at + 1);
                let text = &bytes[start..];
                let fits = text.len() >= before.len() + after.len()
                    && text.starts_with(before.as_bytes())
                    && text.ends_with(after.as_bytes());
                if !fits {
                    return None;
                }
                start
            }
        };
        match start.checked_sub(1) {
            None => Some(None),
            Some(dot) if bytes[dot] == b'.' => Some(Some(&path[..dot])),
            Some(_) => None,
        }
    }
}

/// A name of a check.
#[derive(Debug)]
pub(super) struct Pattern {
    /// Only constructions.
    pub(super) is_new: bool,
    /// Some object stands before it.
    pub(super) any_object: bool,
    /// Anything or nothing stands before it.
    any_prefix: bool,
    parts: Vec<Part>,
    regex: Option<Regex>,
}

impl Pattern {
    /// Compiles a name.
    ///
    /// # Errors
    /// A regex that is none.
    pub(super) fn new(text: &str) -> Result<Pattern, String> {
        if let Some(pattern) = text.strip_prefix("re:") {
            let regex = Regex::new(pattern).map_err(|_| format!("`{pattern}` is no pattern"))?;
            return Ok(Pattern {
                is_new: false,
                any_object: false,
                any_prefix: false,
                parts: Vec::new(),
                regex: Some(regex),
            });
        }
        let (is_new, text) = match text.strip_prefix("new ") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (any_object, text) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (any_prefix, text) = match text.strip_prefix('~') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        Ok(Pattern {
            is_new,
            any_object,
            any_prefix,
            parts: text.split('.').map(Part::new).collect(),
            regex: None,
        })
    }

    /// The last part, when it is plain: what an index can be kept by.
    pub(super) fn key(&self) -> Option<&str> {
        match self.parts.last()? {
            Part::Exact(text) => Some(text.trim_end_matches("()")),
            Part::Glob(..) => None,
        }
    }

    /// Words that stand in every file in which the name can be.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Exact(text) => Some(text.trim_end_matches("()")).filter(|text| text.len() > 1),
            Part::Glob(before, _) => Some(before.as_str()).filter(|text| text.len() > 2),
        })
    }

    /// True when something must stand before the last part.
    pub(super) fn is_dotted(&self) -> bool {
        self.any_object || self.parts.len() > 1
    }

    /// True when `path` is the name, or ends in it after a dot.
    pub(super) fn is(&self, path: &str) -> bool {
        if let Some(regex) = &self.regex {
            let last = path.rsplit('.').next().unwrap_or(path);
            return regex.is_match(last);
        }
        let mut rest = Some(path);
        for part in self.parts.iter().rev() {
            match rest.and_then(|text| part.strip(text)) {
                Some(before) => rest = before,
                None => return false,
            }
        }
        match (self.any_object, self.parts.len()) {
            (true, _) => rest.is_some(),
            (false, 1) if !self.any_prefix && !self.is_new => rest.is_none(),
            (false, _) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(pattern: &str, path: &str) -> bool {
        Pattern::new(pattern).unwrap().is(path)
    }

    #[test]
    fn a_name_matches_from_its_end() {
        assert!(is("os.system", "os.system"));
        assert!(is("request.args", "flask.request.args"));
        assert!(is("open", "open"));
        assert!(!is("open", "Image.open"));
        assert!(is("*.execute", "db.cursor().execute"));
        assert!(!is("*.execute", "execute"));
        assert!(is("~quote", "quote") && is("~quote", "shlex.quote"));
        assert!(is("hashlib.sha*", "hashlib.sha1"));
        assert!(!is("os.system", "os.systems"));
        assert!(is("re:(?i)pass", "a.dbPassword"));
    }
}
