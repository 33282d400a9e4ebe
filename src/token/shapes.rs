//! Tokens of a fixed shape without a checksum: prefix, length, alphabet. The
//! engine that matches a shape is here; the shapes themselves, in `catalogue`.
//! All that a check adds to a rule's pattern is the exact lengths, the refusal
//! of fillers, and the parts of the token that are facts.

use super::Outcome;
use super::Rng;
use super::TokenFormat;
use super::filler::is_filler;

/// One stretch of a token.
pub(super) enum Piece {
    /// These bytes.
    Text(&'static str),
    /// From so many to so many characters of an alphabet, as many as there are.
    Run(&'static [u8], usize, usize),
    /// The same, and it is no secret but a fact of this name.
    Fact(&'static str, &'static [u8], usize, usize),
}

/// A token's shape, and what such a token is called; the first piece is its prefix or a run.
pub(super) struct Form {
    pub(super) what: &'static str,
    pub(super) pieces: &'static [Piece],
}

/// A provider's token: any of several forms. The argument is the text that a
/// form begins with.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) forms: &'static [Form],
}

/// What a form found: the secret characters, and the facts.
struct Found<'a> {
    secret: Vec<u8>,
    facts: Vec<(&'static str, &'a [u8])>,
}

fn run<'a>(rest: &'a [u8], alphabet: &[u8], least: usize, most: usize) -> Option<&'a [u8]> {
    let window = &rest[..rest.len().min(most)];
    let len = window.iter().take_while(|b| alphabet.contains(b)).count();
    (len >= least).then(|| &rest[..len])
}

impl Form {
    /// Matches from the first byte to the last, without going back.
    fn parse<'a>(&self, token: &'a [u8]) -> Option<Found<'a>> {
        let mut found = Found {
            secret: Vec::new(),
            facts: Vec::new(),
        };
        let mut rest = token;
        for piece in self.pieces {
            rest = match piece {
                Piece::Text(text) => rest.strip_prefix(text.as_bytes())?,
                Piece::Run(alphabet, least, most) => {
                    let part = run(rest, alphabet, *least, *most)?;
                    found.secret.extend_from_slice(part);
                    &rest[part.len()..]
                }
                Piece::Fact(name, alphabet, least, most) => {
                    let part = run(rest, alphabet, *least, *most)?;
                    found.facts.push((name, part));
                    &rest[part.len()..]
                }
            };
        }
        rest.is_empty().then_some(found)
    }

    fn prefix(&self) -> &'static str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    fn make(&self, rng: &mut Rng) -> Vec<u8> {
        let mut token = Vec::new();
        for piece in self.pieces {
            match piece {
                Piece::Text(text) => token.extend_from_slice(text.as_bytes()),
                Piece::Run(alphabet, least, _) | Piece::Fact(_, alphabet, least, _) => {
                    token.extend(rng.chars(alphabet, *least));
                }
            }
        }
        token
    }
}

impl Shape {
    /// A token of no known form: one that begins as a known one does may be a
    /// form that came after us.
    fn stranger(&self, secret: &[u8]) -> Outcome {
        let mut prefixes = self.forms.iter().map(|f| f.prefix().as_bytes());
        let body = prefixes
            .find(|p| !p.is_empty() && secret.starts_with(p))
            .map(|p| &secret[p.len()..]);
        match body {
            Some(body) if !is_filler(body) => Outcome::Unknown,
            _ => Outcome::Invalid,
        }
    }
}

impl TokenFormat for Shape {
    fn name(&self) -> &'static str {
        self.name
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        // No shape is longer, and a longest match is linear only within bounds.
        if secret.len() > 2_048 {
            return Outcome::Unknown;
        }
        let parsed = self
            .forms
            .iter()
            .find_map(|form| Some((form, form.parse(secret)?)));
        let Some((form, found)) = parsed else {
            return self.stranger(secret);
        };
        let start = Outcome::shaped(!is_filler(&found.secret)).fact("kind", form.what);
        found.facts.iter().fold(start, |o, (name, value)| {
            o.fact(name, String::from_utf8_lossy(value))
        })
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let form = match arg {
            "" => self.forms.first()?,
            _ => self.forms.iter().find(|f| f.prefix() == arg)?,
        };
        Some(form.make(rng))
    }
}

/// OpenAI API key: `T3BlbkFJ` ("OpenAI" in base64) between two equal halves.
pub(super) struct OpenAi;

const MIDDLE: &[u8] = b"T3BlbkFJ";
/// Prefix, and the lengths a half is known to have.
const OPENAI: &[(&str, &[usize])] = &[
    ("sk-proj-", &[74, 58, 20]),
    ("sk-svcacct-", &[74, 58, 20]),
    ("sk-admin-", &[58, 74, 20]),
    ("sk-None-", &[20]),
    ("sk-", &[20]),
];

impl TokenFormat for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn check(&self, secret: &[u8]) -> Outcome {
        let parsed = OPENAI.iter().find_map(|(prefix, halves)| {
            Some((prefix, halves, secret.strip_prefix(prefix.as_bytes())?))
        });
        let Some((prefix, halves, body)) = parsed else {
            return Outcome::Invalid;
        };
        let Some(at) = memchr::memmem::find(body, MIDDLE) else {
            // Project keys of 2024 had no middle.
            return Outcome::Unknown;
        };
        let (left, right) = (&body[..at], &body[at + MIDDLE.len()..]);
        let spelled = |half: &[u8]| half.iter().all(|b| super::base64::ALPHABET_URL.contains(b));
        if !spelled(left) || !spelled(right) || is_filler(left) || is_filler(right) {
            return Outcome::Invalid;
        }
        if left.len() != right.len() || !halves.contains(&left.len()) {
            return Outcome::Unknown;
        }
        Outcome::structure().fact("kind", prefix.trim_end_matches('-'))
    }

    fn make(&self, arg: &str, rng: &mut Rng) -> Option<Vec<u8>> {
        let (prefix, halves) = match arg {
            "" => OPENAI.first()?,
            _ => OPENAI.iter().find(|(p, _)| *p == arg)?,
        };
        let half = *halves.first()?;
        let digits = super::base62::DIGITS;
        let (left, right) = (rng.chars(digits, half), rng.chars(digits, half));
        Some([prefix.as_bytes(), &left, MIDDLE, &right].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::SHAPES;
    use super::*;

    #[test]
    fn every_form_reads_its_own_samples() {
        for shape in SHAPES {
            for (at, form) in shape.forms.iter().enumerate() {
                for seed in 0..50 {
                    let token = form.make(&mut Rng::new(seed));
                    let text = String::from_utf8_lossy(&token).into_owned();
                    assert!(form.parse(&token).is_some(), "{} {at}: {text}", shape.name);
                    assert!(
                        shape.check(&token).is_valid(),
                        "{} {at}: {text}",
                        shape.name
                    );
                }
            }
        }
    }

    #[test]
    fn other_lengths_are_unknown_and_fillers_refused() {
        for shape in SHAPES {
            for form in shape.forms {
                let mut token = form.make(&mut Rng::new(1));
                token.push(b'!');
                assert!(!shape.check(&token).is_valid(), "{}", shape.name);
            }
        }
        let stripe = SHAPES.iter().find(|s| s.name == "stripe").unwrap();
        assert_eq!(stripe.check(b"sk_live_4eC39Hq"), Outcome::Unknown);
        assert_eq!(
            stripe.check(b"sk_live_xxxxxxxxxxxxxxxxxxxxxxxx"),
            Outcome::Invalid
        );
    }

    #[test]
    fn facts_of_shapes() {
        let mailchimp = SHAPES.iter().find(|s| s.name == "mailchimp").unwrap();
        let sample = [b"8f3a1c9be07d4256".as_slice(), b"0a1b7c9d3e5f2864-us21"].concat();
        let Outcome::Valid { facts, .. } = mailchimp.check(&sample) else {
            panic!("not read");
        };
        assert!(facts.contains(&("data centre", "us21".to_owned())));
    }

    #[test]
    fn openai_halves() {
        for (prefix, _) in OPENAI {
            let key = OpenAi.make(prefix, &mut Rng::new(1)).unwrap();
            assert!(OpenAi.check(&key).is_valid(), "{prefix}");
        }
        assert_eq!(OpenAi.check(b"sk-proj-abc"), Outcome::Unknown);
    }
}
