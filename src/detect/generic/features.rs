//! Turns a candidate into the yes/no features that the scorer weighs: what the
//! value looks like, what the name says, how they are joined, what stands
//! around them, and the pairs of these that matter together. The weights are
//! data (`patterns/models/generic-secrets.tsv`) and read in `score`.

use super::AFTER;
use super::WINDOW;
use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Separator;
use super::lexicon;
use super::name;
use super::name::Groups;
use super::name::Name;
use super::refuse;
use super::shape::Class;
use super::shape::Shape;
use super::value::at;
use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use std::sync::LazyLock;

/// The features of one candidate: their numbers, each once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Active {
    ids: [u16; Active::MOST],
    length: usize,
}

impl Active {
    /// No candidate has more features.
    const MOST: usize = 96;

    fn add(&mut self, id: usize) {
        if self.length < Active::MOST {
            self.ids[self.length] = id as u16;
            self.length += 1;
        }
    }

    fn add_if(&mut self, id: usize, holds: bool) {
        if holds {
            self.add(id);
        }
    }

    /// The numbers of the features that hold.
    pub(super) fn ids(&self) -> impl Iterator<Item = usize> + '_ {
        self.ids[..self.length].iter().map(|id| usize::from(*id))
    }
}

/// Features that are not made from others, in the order of their numbers.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    // 0: length
    "length 4-5", "length 6-7", "length 8-11", "length 12-15", "length 16-23", "length 24-31", "length 32-47", "length 48-63", "length 64 and more",
    // 9: entropy
    "entropy under 2.0", "entropy 2.0-2.5", "entropy 2.5-3.0", "entropy 3.0-3.5", "entropy 3.5-4.0", "entropy 4.0-4.5", "entropy 4.5 and more",
    // 16: classes
    "one character class", "two character classes", "three character classes", "four character classes",
    // 20: transitions
    "few changes of class", "some changes of class", "many changes of class",
    // 23: letter pairs
    "letters as in words", "letters nearly as in words", "letters unlike words", "letters very unlike words",
    // 27: dictionary
    "no dictionary words", "some dictionary words", "mostly dictionary words", "only dictionary words",
    // 31: value, single questions
    "asks to be replaced", "repeats the name", "names a secret itself", "holds a test word", "one character repeats", "characters in sequence", "holds spaces", "ends like a sentence",
    "ends in digits", "mark inside", "holds a dot", "holds a slash", "holds a colon", "starts with a digit", "starts with a mark", "few distinct characters", "holds brackets", "looks like e-mail", "ends in =",
    // 50: name style
    "name in capitals", "name in small letters", "name in camel case", "name of one word", "name of two words", "name of three words", "name of more words", "name with dashes", "name with dots", "name with a number",
    // 60: quote
    "no quotes", "single quotes", "double quotes", "back quotes", "escaped quotes",
    // 65: what follows
    "followed by end of line", "followed by comma", "followed by semicolon", "followed by bracket", "followed by dot or call", "followed by operator", "followed by tag", "followed by other text",
    // 73: line before the name
    "starts its line", "in a comment", "indented", "deeply indented", "long line before", "plus or minus before",
    // 79: words before
    "user named before", "database named before", "test named before", "label named before", "secret named before", "path named before", "verb before", "hash before", "public before", "nothing before",
    // 89: marks before
    "braces before", "semicolons before", "pairs before", "assertion before", "environment before", "e-mail before", "host before", "markup before", "function before", "prose before", "login before", "example before",
    // 101: place in a list
    "first argument", "listed after others",
];

const CLASSES: usize = Class::NAMES.len();
const GROUP_NAMES: [&str; 21] = [
    "password",
    "secret", // bowerbird:allow a made-up sample
    "token",
    "key",
    "API key",
    "auth",
    "credential",
    "salt",
    "login",
    "qualifier",
    "public",
    "about-word",
    "label word",
    "verb",
    "digest",
    "database",
    "user",
    "flow",
    "test",
    "session",
    "compare",
];
const KINDS: [&str; 9] = [
    "password",
    "secret", // bowerbird:allow a made-up sample
    "token",
    "API key",
    "auth",
    "salt",
    "about a secret",
    "flow token",
    "short form",
];
const SYNTAXES: [&str; 15] = [
    "assignment",
    "environment",
    "YAML",
    "entry",
    "call",
    "wrapped",
    "XML",
    "pair",
    "header",
    "flag",
    "URL",
    "connection",
    "SQL",
    "directive",
    "prose",
];
const SEPARATORS: [&str; 12] = [
    "tight =",
    "=",
    ":",
    ":=",
    "=>",
    "comparison",
    "default",
    "comma",
    "(",
    "space",
    "markup",
    "user:",
];
const QUOTED: [&str; 3] = ["bare", "quoted", "bare in capitals"];

/// Where each family of features starts.
const CLASS: usize = PLAIN.len();
const ANY: usize = CLASS + CLASSES;
const LAST: usize = ANY + GROUP_NAMES.len();
const FIRST: usize = LAST + GROUP_NAMES.len();
const SYNTAX: usize = FIRST + GROUP_NAMES.len();
const SEPARATOR: usize = SYNTAX + SYNTAXES.len();
const KIND: usize = SEPARATOR + SEPARATORS.len();
const KIND_CLASS: usize = KIND + KINDS.len();
const SYNTAX_CLASS: usize = KIND_CLASS + KINDS.len() * CLASSES;
const QUOTE_CLASS: usize = SYNTAX_CLASS + SYNTAXES.len() * CLASSES;
/// How many features there are.
pub(super) const COUNT: usize = QUOTE_CLASS + QUOTED.len() * CLASSES;

/// The names of all features, by number.
pub(super) static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut names: Vec<String> = PLAIN.iter().map(|n| (*n).to_owned()).collect();
    let prefixed = |prefix: &str, list: &[&str]| -> Vec<String> {
        list.iter().map(|n| format!("{prefix}{n}")).collect()
    };
    let crossed = |list: &[&str]| -> Vec<String> {
        list.iter()
            .flat_map(|a| Class::NAMES.iter().map(move |b| format!("{a} x {b}")))
            .collect()
    };
    names.extend(prefixed("shape: ", &Class::NAMES));
    names.extend(prefixed("name has: ", &GROUP_NAMES));
    names.extend(prefixed("name ends in: ", &GROUP_NAMES));
    names.extend(prefixed("name starts with: ", &GROUP_NAMES));
    names.extend(prefixed("syntax: ", &SYNTAXES));
    names.extend(prefixed("operator: ", &SEPARATORS));
    names.extend(prefixed("kind: ", &KINDS));
    names.extend(crossed(&KINDS));
    names.extend(crossed(&SYNTAXES));
    names.extend(crossed(&QUOTED));
    names
});

/// All features of a candidate. Reads `WINDOW` bytes before the name and `AFTER` behind the value.
pub(super) fn active(bytes: &[u8], candidate: &Candidate) -> Active {
    let mut out = Active {
        ids: [0; Active::MOST],
        length: 0,
    };
    let value = bytes.get(candidate.value.clone()).unwrap_or_default();
    let text = bytes.get(candidate.name.clone()).unwrap_or_default();
    let (shape, name) = (Shape::of(value), Name::of(text));
    value_features(&mut out, value, &shape);
    lexical_features(&mut out, value, text, &shape);
    name_features(&mut out, text, &name);
    joint_features(&mut out, candidate, &name, &shape);
    follow_features(&mut out, bytes, candidate);
    window_features(&mut out, bytes, candidate);
    out
}

/// The number of the bin that `x` falls into, when `limits` are the upper ends of all but the last.
fn bin(x: usize, limits: &[usize]) -> usize {
    limits
        .iter()
        .position(|limit| x < *limit)
        .unwrap_or(limits.len())
}

fn value_features(out: &mut Active, value: &[u8], shape: &Shape) {
    out.add(bin(shape.length, &[6, 8, 12, 16, 24, 32, 48, 64]));
    out.add(9 + bin(shape.entropy as usize, &[200, 250, 300, 350, 400, 450]));
    out.add(15 + shape.classes().max(1));
    out.add(20 + bin(shape.transitions * 100 / shape.length, &[10, 35]));
    let (first, last) = (value[0], value[value.len() - 1]);
    out.add_if(35, shape.run >= 4);
    out.add_if(36, shape.sequence >= 4);
    out.add_if(37, shape.spaces > 0);
    out.add_if(
        38,
        matches!(last, b'.' | b':' | b'?' | b'!' | b',') && shape.digits == 0,
    );
    out.add_if(39, last.is_ascii_digit());
    out.add_if(
        40,
        value.iter().any(|b| {
            matches!(
                b,
                b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?'
            )
        }),
    );
    out.add_if(41, value.contains(&b'.'));
    out.add_if(42, value.contains(&b'/'));
    out.add_if(43, value.contains(&b':'));
    out.add_if(44, first.is_ascii_digit());
    out.add_if(45, !first.is_ascii_alphanumeric());
    out.add_if(46, shape.distinct * 2 <= shape.length);
    out.add_if(
        47,
        value
            .iter()
            .any(|b| matches!(b, b'(' | b')' | b'[' | b']' | b'{' | b'}')),
    );
    let domain = value
        .iter()
        .position(|b| *b == b'@')
        .map_or(&[][..], |i| &value[i..]);
    out.add_if(48, domain.contains(&b'.') && shape.digits < 4);
    out.add_if(49, last == b'=');
    out.add(CLASS + shape.class as usize);
}

fn lexical_features(out: &mut Active, value: &[u8], text: &[u8], shape: &Shape) {
    out.add(23 + bin((-shape.pairs).max(0) as usize, &[32, 40, 48]));
    let letters = shape.cover.letters;
    out.add(
        27 + if letters < 3 {
            0
        } else {
            bin(shape.covered(), &[30, 70, 100])
        },
    );
    out.add_if(31, lexicon::is_placeholder(value));
    out.add_if(32, refuse::same(value, text));
    let own = Name::of(value);
    out.add_if(33, own.is_sensitive());
    out.add_if(34, own.groups & name::TEST != 0);
}

fn name_features(out: &mut Active, text: &[u8], name: &Name) {
    out.add_if(50, name.upper && !name.lower);
    out.add_if(51, name.lower && !name.upper);
    out.add_if(52, name.lower && name.upper);
    out.add(52 + (name.words as usize).clamp(1, 4));
    out.add_if(57, text.iter().skip(2).any(|b| *b == b'-'));
    out.add_if(58, text.contains(&b'.'));
    out.add_if(59, text.iter().any(u8::is_ascii_digit));
    for (start, groups) in [(ANY, name.groups), (LAST, name.last), (FIRST, name.first)] {
        add_groups(out, start, groups);
    }
}

fn add_groups(out: &mut Active, start: usize, groups: Groups) {
    let mut rest = groups;
    while rest != 0 {
        out.add(start + rest.trailing_zeros() as usize);
        rest &= rest - 1;
    }
}

/// The one kind of name that a cross with the shape of the value is made of.
fn kind(candidate: &Candidate, name: &Name) -> usize {
    if matches!(candidate.separator, Separator::UserInfo) || !name.is_sensitive() {
        return 8;
    }
    let login = name::LOGIN | name::AUTH | name::CRED;
    if candidate.separator == Separator::Paren
        && name.groups & login != 0
        && name.groups & name::APIKEY == 0
    {
        return 0; // The second argument, after a user: see `extract`.
    }
    if name.groups & name::FLOW != 0 {
        return 7;
    }
    let about = name::TURN | name::UI | name::VERB | name::HASH | name::PUBLIC;
    if name.last & about != 0 && name.last & name::SENSITIVE == 0 {
        return 6;
    }
    let order = [
        (name::PASS, 0),
        (name::APIKEY, 3),
        (name::SECRET, 1),
        (name::TOKEN, 2),
        (name::SALT, 5),
    ];
    order
        .iter()
        .find(|(group, _)| name.groups & group != 0)
        .map_or(4, |(_, kind)| *kind)
}

fn joint_features(out: &mut Active, candidate: &Candidate, name: &Name, shape: &Shape) {
    let class = shape.class as usize;
    let kind = kind(candidate, name);
    let (syntax, quote) = (candidate.syntax as usize, candidate.quote as usize);
    out.add(60 + quote);
    out.add(SYNTAX + syntax);
    out.add(SEPARATOR + candidate.separator as usize);
    out.add(KIND + kind);
    out.add(KIND_CLASS + kind * CLASSES + class);
    out.add(SYNTAX_CLASS + syntax * CLASSES + class);
    let quoted = match (candidate.quote, name.lower) {
        (Quote::None, true) => 0,
        (Quote::None, false) => 2,
        _ => 1,
    };
    out.add(QUOTE_CLASS + quoted * CLASSES + class);
}

/// What stands behind the value and its quote.
fn follow_features(out: &mut Active, bytes: &[u8], candidate: &Candidate) {
    let quote = match candidate.quote {
        Quote::None => 0,
        Quote::Escaped => 2,
        _ => 1,
    };
    let end = bytes.len().min(candidate.value.end + AFTER);
    let mut p = candidate.value.end + quote;
    while p < end && matches!(at(bytes, p), b' ' | b'\t') {
        p += 1;
    }
    out.add(match at(bytes, p) {
        0 | b'\n' | b'\r' => 65,
        b',' => 66,
        b';' => 67,
        b')' | b']' | b'}' => 68,
        b'.' | b'(' | b'[' => 69,
        b'+' | b'=' | b'?' | b':' | b'|' | b'&' | b'%' => 70,
        b'<' | b'>' | b'/' => 71,
        _ => 72,
    });
}

/// What stands before the name.
fn window_features(out: &mut Active, bytes: &[u8], candidate: &Candidate) {
    let start = candidate.name.start.min(bytes.len());
    let window = &bytes[start.saturating_sub(WINDOW)..start];
    let line_at = window
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |i| i + 1);
    let line = &window[line_at..];
    let indent = line
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    let rest = line[indent..].trim_ascii_end();
    out.add_if(73, rest.len() <= 1);
    let comment = [&b"//"[..], b"#", b"*", b"--", b"<!--", b";"]
        .iter()
        .any(|mark| rest.starts_with(mark));
    out.add_if(74, comment);
    out.add_if(75, (1..8).contains(&indent));
    out.add_if(76, indent >= 8);
    out.add_if(77, line.len() >= 80);
    out.add_if(78, rest.starts_with(b"+") || rest.starts_with(b"-"));
    let groups = name::groups_of_text(window);
    let before: [(usize, Groups); 9] = [
        (79, name::USER),
        (80, name::DB),
        (81, name::TEST),
        (82, name::UI),
        (83, name::SENSITIVE),
        (84, name::TURN),
        (85, name::VERB),
        (86, name::HASH),
        (87, name::PUBLIC),
    ];
    for (id, group) in before {
        out.add_if(id, groups & group != 0);
    }
    out.add_if(88, groups == 0);
    let count = |byte: u8| window.iter().filter(|b| **b == byte).count();
    out.add_if(89, count(b'{') + count(b'}') >= 2);
    out.add_if(90, count(b';') >= 2);
    out.add_if(91, count(b'=') + count(b':') >= 3);
    out.add_if(94, count(b'@') > 0);
    out.add_if(
        98,
        count(b' ') >= 24 && count(b'=') + count(b':') + count(b';') <= 2,
    );
    let marks = window_marks(window);
    for (bit, id) in MARKED.iter().enumerate() {
        out.add_if(*id, marks & (1 << bit) != 0);
    }
    let opener = rest.trim_ascii_end();
    let opener = opener
        .strip_suffix(b"\"")
        .or_else(|| opener.strip_suffix(b"'"))
        .unwrap_or(opener)
        .trim_ascii_end();
    out.add_if(
        101,
        candidate.separator == Separator::Comma && opener.ends_with(b"("),
    );
    out.add_if(
        102,
        candidate.separator == Separator::Comma
            && matches!(opener.last(), None | Some(b',' | b'[')),
    );
}

/// Features of the window that a word in it switches on; the bits of `window_marks` follow this order.
const MARKED: [usize; 7] = [92, 93, 95, 96, 97, 99, 100];

/// The words, each with the place of its feature in `MARKED`.
#[rustfmt::skip]
const MARKS: [(&str, u8); 25] = [
    ("assert", 0), ("expect", 0), ("should", 0), ("Equal", 0), ("env", 1), ("ENV", 1), ("export", 1), ("host", 2), ("HOST", 2), ("://", 2), ("port", 2), ("</", 3), ("/>", 3),
    ("func", 4), ("def ", 4), ("class ", 4), ("return", 4), ("public ", 4), ("ogin", 5), ("uthent", 5), ("ignin", 5), ("redential", 5), ("xample", 6), ("EXAMPLE", 6), ("ample", 6),
];

static MARK_WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = MARKS.iter().map(|(word, _)| word);
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build(words)
        .ok()
});

/// One bit for each feature of `MARKED` that holds.
fn window_marks(window: &[u8]) -> u32 {
    let Some(words) = MARK_WORDS.as_ref() else {
        return 0;
    };
    words.find_overlapping_iter(window).fold(0, |bits, found| {
        bits | 1 << MARKS[found.pattern().as_usize()].1
    })
}
