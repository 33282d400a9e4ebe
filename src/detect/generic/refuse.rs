//! Values that are no secret whatever their name: placeholders, references,
//! templates, types, calls, digests. Refusing them before scoring keeps the
//! scorer small and the reasons countable.

use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Separator;
use super::candidate::Syntax;
use super::special;

/// Why a candidate is no finding, whatever the score would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Shorter than four bytes.
    TooShort,
    /// Not printable ASCII: text for people, or binary.
    NotAscii,
    /// Stands for a value that is filled in later.
    Placeholder,
    /// Holds a variable or template expression.
    Template,
    /// Names another value, a file or a resource.
    Reference,
    /// A word of a programming language or schema: a type, `true`, `required`.
    Keyword,
    /// A call or another piece of code.
    Code,
    /// A sentence.
    Prose,
    /// A digest or ciphertext: not usable as it stands.
    Digest,
    /// Only repeats what the name says, where names are mapped to names.
    SameAsName,
    /// The name says that the value is about a secret, not one.
    Name,
}

/// Words of languages and schemas that stand where a value would.
#[rustfmt::skip]
const KEYWORDS: &[&[u8]] = &[
    b"any", b"array", b"basic", b"bearer", b"blob", b"body", b"bool", b"boolean", b"byte", b"bytes", b"char", b"confirmed", b"const", b"cookie", b"digest", b"disabled", b"empty", b"enabled", b"false",
    b"float", b"hidden", b"http", b"https", b"int", b"integer", b"json", b"long", b"mixed", b"never", b"nil", b"none", b"null", b"nullable", b"number", b"oauth", b"oauth2", b"object", b"off", b"optional", b"plain", b"prompt", b"write", b"read",
    b"query", b"required", b"self", b"static", b"str", b"string", b"text", b"textarea", b"this", b"true", b"undefined", b"unknown", b"value", b"varchar", b"void", b"yes", b"header", b"keyword", b"function", b"async", b"await", b"return", b"default",
];

/// Decides whether a candidate is refused outright.
pub(super) fn refusal(bytes: &[u8], candidate: &Candidate) -> Option<Refusal> {
    let value = bytes.get(candidate.value.clone()).unwrap_or_default();
    if value.len() < 4 {
        return Some(Refusal::TooShort);
    }
    if value.iter().any(|b| !(b' '..=b'~').contains(b)) {
        return Some(Refusal::NotAscii);
    }
    let bare = candidate.quote == Quote::None;
    if is_template(value, candidate) {
        return Some(Refusal::Template);
    }
    if is_filler(value) {
        return Some(Refusal::Placeholder);
    }
    if is_keyword(value) {
        return Some(Refusal::Keyword);
    }
    if is_digest(value) {
        return Some(Refusal::Digest);
    }
    if value.iter().filter(|b| **b == b' ').count() >= 4 {
        return Some(Refusal::Prose);
    }
    if candidate.syntax != Syntax::Header && is_code(value, bare) {
        return Some(Refusal::Code);
    }
    let name = bytes.get(candidate.name.clone()).unwrap_or_default();
    if bare && is_reference(value, candidate) {
        return Some(Refusal::Reference);
    }
    if is_resource(value) || is_version(value) {
        return Some(Refusal::Reference);
    }
    let mapped = matches!(
        candidate.syntax,
        Syntax::Entry | Syntax::Assignment | Syntax::Call | Syntax::Yaml
    );
    (mapped && same(name, value) && name.iter().any(|b| !b.is_ascii_alphabetic()))
        .then_some(Refusal::SameAsName)
}

/// Variables, format strings and templates of all languages.
fn is_template(value: &[u8], candidate: &Candidate) -> bool {
    let pair = |w: &[u8]| {
        matches!(
            w,
            b"${"
                | b"$("
                | b"{{"
                | b"#{"
                | b"<%"
                | b"%("
                | b"%{"
                | b"%s"
                | b"%d"
                | b"%v"
                | b"%@"
                | b"}}"
                | b"<?"
                | b"[["
                | b"%q"
                | b"$$"
                | b"@{"
        )
    };
    if value.windows(2).any(pair) {
        return true;
    }
    let (first, last) = (value[0], value[value.len() - 1]);
    let inner = &value[1..value.len() - 1];
    let simple = inner
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' ' | b':'));
    let closed = matches!(
        (first, last),
        (b'{', b'}') | (b'<', b'>') | (b'[', b']') | (b'%', b'%') | (b'@', b'@')
    );
    let variable = first == b'$'
        && inner
            .first()
            .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    let bound = first == b':'
        && simple
        && !inner.iter().any(u8::is_ascii_digit)
        && candidate.separator != Separator::UserInfo;
    let tag = value
        .iter()
        .position(|b| *b == b'<')
        .is_some_and(|lt| value[lt..].contains(&b'>'));
    let braces = value
        .iter()
        .position(|b| *b == b'{')
        .is_some_and(|open| value[open..].contains(&b'}'));
    let variable = variable
        && candidate.quote != Quote::Single
        && inner.iter().filter(|b| b.is_ascii_digit()).count() < 2;
    (closed && simple) || variable || bound || tag || braces || first == b'&' && last == b';'
}

/// `xxxx`, `****`, `....`, `______`, one byte repeated, and `your-…`.
fn is_filler(value: &[u8]) -> bool {
    let first = value[0];
    if value.iter().all(|b| *b == first) && !first.is_ascii_digit() {
        return true;
    }
    let strange = |w: &[u8]| {
        matches!(w, b"***" | b"..." | b"___" | b"---" | b"###")
            || w.iter().all(|b| matches!(b, b'x' | b'X'))
    };
    if value.windows(3).any(strange) {
        return true;
    }
    let head = &value[..value.len().min(4)];
    let next = value.get(4).copied().unwrap_or(0);
    head.eq_ignore_ascii_case(b"your") && (!next.is_ascii_lowercase() || value.len() < 20)
}

fn is_keyword(value: &[u8]) -> bool {
    value.len() <= 9 && KEYWORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Digests of passwords and text that only its owner can decrypt.
fn is_digest(value: &[u8]) -> bool {
    const HEADS: &[&[u8]] = &[
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$1$",
        b"$5$",
        b"$6$",
        b"$argon2",
        b"$apr1$",
        b"$pbkdf2",
        b"pbkdf2_",
        b"pbkdf2:",
        b"bcrypt",
        b"{bcrypt}",
        b"{SSHA",
        b"{SHA",
        b"sha1$",
        b"sha1:",
        b"sha256:",
        b"sha256-",
        b"sha384-",
        b"sha512-",
        b"md5$",
        b"scrypt:",
        b"argon2",
        b"ENC[",
        b"ENC(",
        b"!vault",
        b"$ANSIBLE_VAULT",
        b"vault:",
        b"AgA",
        b"arn:",
        b"urn:",
        b"data:",
        b"ssh-rsa",
        b"ssh-ed2",
        b"ecdsa-",
        b"*2470C",
        b"-----BEGIN",
    ];
    HEADS.iter().any(|head| value.starts_with(head))
}

/// Calls, indexing, comparisons, lambdas.
fn is_code(value: &[u8], bare: bool) -> bool {
    let call = value
        .windows(2)
        .any(|w| w[1] == b'(' && (w[0].is_ascii_alphanumeric() || w[0] == b'_'))
        && value.contains(&b')');
    let empty_call = special::holds(value, b"()");
    let operator = [&b"=>"[..], b"->", b"==", b"&&", b" = ", b"::"]
        .iter()
        .any(|op| special::holds(value, op));
    let broken = bare
        && value.iter().any(|b| matches!(b, b'(' | b'{' | b'[' | b'`'))
        && !value.iter().any(u8::is_ascii_digit);
    call || empty_call
        || operator
        || broken
        || value.starts_with(b"\\")
        || special::holds(value, b"\\w")
        || special::holds(value, b"\\d")
}

/// Bare names that stand for something else.
fn is_reference(value: &[u8], candidate: &Candidate) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let dotted = value.contains(&b'.')
        && value
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'?'));
    if dotted && (!digits || candidate.syntax == Syntax::Assignment) && value.len() < 40 {
        return true;
    }
    let literal_place = matches!(
        candidate.syntax,
        Syntax::Xml
            | Syntax::Url
            | Syntax::Connection
            | Syntax::CommandFlag
            | Syntax::Pair
            | Syntax::Header
    );
    let humps = value
        .windows(2)
        .any(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase());
    let plain = value.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_');
    !literal_place
        && plain
        && !digits
        && (humps || (value.contains(&b'_') && candidate.syntax == Syntax::Assignment))
}

/// Paths, URLs, and ids of stores that hold the secret.
fn is_resource(value: &[u8]) -> bool {
    let scheme = value
        .iter()
        .position(|b| *b == b':')
        .is_some_and(|colon| value[colon..].starts_with(b"://"));
    let heads: &[&[u8]] = &[
        b"./",
        b"../",
        b"~/",
        b"/etc/",
        b"/run/",
        b"/var/",
        b"/home/",
        b"/tmp/",
        b"/usr/",
        b"/opt/",
        b"/api/",
        b"/path",
        b"op:",
        b"file:",
        b"env:",
        b"ref+",
        b"projects/",
        b"C:\\",
        b"secretref:",
        b"ssm:",
        b"classpath:",
    ];
    let file = [
        &b".pem"[..],
        b".key",
        b".txt",
        b".json",
        b".yml",
        b".yaml",
        b".crt",
        b".jks",
        b".p12",
        b".pfx",
        b".html",
        b".php",
        b".js",
        b".py",
        b".cer",
        b".env",
        b".com",
        b".org",
        b".aspx",
        b".svg",
        b".png",
        b".md",
    ];
    scheme
        || heads.iter().any(|head| value.starts_with(head))
        || file.iter().any(|tail| value.ends_with(tail))
}

/// `^4.0.0`, `~0.9.1`, `>=2.0`: versions of a dependency.
fn is_version(value: &[u8]) -> bool {
    let skip = value
        .iter()
        .take_while(|b| matches!(b, b'^' | b'~' | b'>' | b'<' | b'=' | b'v' | b' '))
        .count();
    let npm = value.starts_with(b"npm:");
    let rest = if npm { &value[4..] } else { &value[skip..] };
    let dots = rest.iter().filter(|b| **b == b'.').count();
    let plain = rest
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    npm || (dots >= 1 && (plain || (skip > 0 && dots >= 2)) && (skip > 0 || dots == 2))
}

/// True when two names are the same but for case and marks.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    fn letters(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
        text.iter()
            .filter(|b| b.is_ascii_alphanumeric())
            .map(u8::to_ascii_lowercase)
    }
    letters(a).eq(letters(b))
}
