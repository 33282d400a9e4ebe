//! Names and values that are not simply side by side, for rules that know them only so.
//!
//! The pattern of a rule says `name = value`, in a dozen spellings of the operator. Attributes
//! of XML, elements, two lines of YAML, flags and directives join the two otherwise; each such
//! form is restated as `name = "value"` and given to the pattern. What the forms are is known
//! to the scorer's grammar; what the pattern wants is left to the rule.

use super::compiled::Compiled;
use super::compiled::Found;
use crate::detect::generic;
use std::ops::Range;

/// A name and a value, restated.
pub(super) struct Form {
    text: Vec<u8>,
    /// The keyword in the text.
    hit: Range<usize>,
    /// The value in the text.
    value: Range<usize>,
    /// Where the value starts in the source.
    source: usize,
    /// Name and value in the source, with all between them.
    span: Range<usize>,
}

impl Form {
    /// The form around a keyword, if it is one.
    pub(super) fn read(bytes: &[u8], hit: &Range<usize>) -> Option<Form> {
        let found = generic::restate(bytes, hit.clone())?;
        let (name, value) = (&found.name, &found.value);
        if hit.start < name.start || hit.end > name.end {
            return None;
        }
        let start = past_set(&bytes[name.clone()], hit.start - name.start) + name.start;
        let mut written = bytes[start..name.end].to_vec();
        for byte in &mut written {
            if *byte == b'.' {
                *byte = b'_';
            }
        }
        let text = [b"\n", &*written, b" = \"", &bytes[value.clone()], b"\"\n"].concat();
        let shift = 1 + hit.start - start;
        let start = 1 + written.len() + 4;
        Some(Form {
            text,
            hit: shift..shift + hit.len(),
            value: start..start + value.len(),
            source: value.start,
            span: name.start.min(value.start)..name.end.max(value.end),
        })
    }

    /// `name = "value"`.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The keyword in the text.
    pub(super) fn hit(&self) -> Range<usize> {
        self.hit.clone()
    }

    /// What a pattern matches in it, at its place in the source.
    pub(super) fn find(&self, pattern: &Compiled) -> Option<Found> {
        let found = pattern.find_covering(&self.text, 0..self.text.len(), self.hit.clone())?;
        let secret = found.secret;
        (self.value.start <= secret.start && secret.end <= self.value.end).then(|| Found {
            span: self.span.clone(),
            secret: secret.start - self.value.start + self.source
                ..secret.end - self.value.start + self.source,
        })
    }
}

/// Past the `set` of `setAcmeToken`, unless the keyword is part of it.
fn past_set(name: &[u8], keyword: usize) -> usize {
    let setter = name.starts_with(b"set") && name.get(3).is_some_and(u8::is_ascii_uppercase);
    if setter && keyword >= 3 { 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restated(text: &str) -> Option<String> {
        let at = text.find("ACME").unwrap();
        let form = Form::read(text.as_bytes(), &(at..at + 4))?;
        Some(String::from_utf8(form.text).unwrap().trim().to_owned())
    }

    #[test]
    fn forms_become_assignments() {
        let value = "q7Zt0bKx92LmVw4R";
        for form in [
            "<add key=\"ACME_TOKEN\" value=\"@\"/>",
            "<property name='ACME_TOKEN' value='@'/>",
            "<entry key=\"ACME_TOKEN\">@</entry>",
            "<ACME_TOKEN>@</ACME_TOKEN>",
            "  - name: ACME_TOKEN\n    value: @\n",
            "{\"name\": \"ACME_TOKEN\", \"value\": \"@\"}",
            "{\n  \"name\": \"ACME_TOKEN\",\n  \"value\": \"@\"\n}",
            "tool --ACME_TOKEN @",
            "ENV ACME_TOKEN @\n",
        ] {
            let text = form.replace('@', value);
            let restated = restated(&text).unwrap_or_default();
            assert!(
                restated.ends_with(&format!("ACME_TOKEN = \"{value}\"")),
                "{text}: {restated}"
            );
        }
    }

    #[test]
    fn what_is_side_by_side_stays_as_it_is() {
        for text in [
            "ACME_TOKEN=\"q7Zt0bKx92LmVw4R\"",
            "ACME tokens are good",
            "f(ACME_TOKEN)",
        ] {
            assert_eq!(restated(text), None, "{text}");
        }
    }
}
