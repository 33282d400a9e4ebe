//! Values that are no secret whatever their name: placeholders, references,
//! templates, types, calls, digests. Refusing them before scoring keeps the
//! scorer small and the reasons countable.

use super::around;
use super::candidate::Candidate;
use super::candidate::Quote;
use super::candidate::Separator;
use super::candidate::Syntax;
use super::kinds;
use super::lexicon;
use super::name;
use super::name::Name;
use super::score;
use super::shape::Class;
use super::shape::Shape;
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
    b"query", b"required", b"self", b"static", b"str", b"string", b"text", b"textarea", b"this", b"true", b"undefined", b"unknown", b"value", b"varchar", b"void", b"yes", b"header", b"keyword", b"function", b"async", b"await", b"return", b"default", b"nopass", b"nopassword", b"nosecret", b"notoken", b"include", b"omit", b"same-origin", b"ipv4", b"ipv6", b"passed", b"failed", b"password.", b"n/a", b"localhost", b"scram-sha-256", b"sha512", b"sha256", b"md5", b"argon2id", b"pbkdf2", b"null,", b"inherit", b"ignored", b"anonymous", b"kerberos", b"compat", b"files", b"always", b"on_create", b"utf-8", b"utf8", b"ascii", b"latin-1",
];

/// Values of documents that everybody copies: base64 of `username:password`, `user:password` and
/// `user:pass`, and the token and the password of RFC 6750 and RFC 7617.
const SAMPLES: &[&[u8]] = &[
    b"dXNlcm5hbWU6cGFzc3dvcmQ=",
    b"dXNlcjpwYXNzd29yZA==",
    b"dXNlcjpwYXNz",
    b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    b"mF_9.B5f-4.1JqM",
    b"x-access-token",
    b"x-oauth-basic",
];

/// Words that writers of code put where a value has to be. Without quotes, in settings, they are what
/// some system was given.
const STAND_INS: &[&[u8]] = &[
    b"secret", b"foobar", b"foo", b"bar", b"baz", b"dummy", b"blah",
];

/// True for `…:password@` and its kin, which name the part of an address and open nothing.
fn is_anybody(candidate: &Candidate, value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"password",
        b"passwd",
        b"pass",
        b"pwd",
        b"secret",
        b"mypass",
        b"mypassword",
        b"passw0rd",
    ];
    let in_address = candidate.separator == Separator::UserInfo && candidate.syntax == Syntax::Url;
    in_address && WORDS.contains(&value)
}

/// Decides whether a candidate is refused outright.
pub(super) fn refusal(bytes: &[u8], candidate: &Candidate) -> Option<Refusal> {
    let value = bytes.get(candidate.value.clone()).unwrap_or_default();
    if value.len() < 4 {
        return Some(Refusal::TooShort);
    }
    if value.iter().any(|b| !(b' '..=b'~').contains(b)) {
        return Some(Refusal::NotAscii);
    }
    if around::spells_letters(value) {
        return Some(Refusal::NotAscii);
    }
    let bare = candidate.quote == Quote::None;
    if is_template(value, candidate) {
        return Some(Refusal::Template);
    }
    if is_filler(value) || kinds::counts(value) || kinds::holds_alphabet(value) {
        return Some(Refusal::Placeholder);
    }
    if is_keyword(value) {
        return Some(Refusal::Keyword);
    }
    if is_digest(value) {
        return Some(Refusal::Digest);
    }
    if around::tells(value) {
        return Some(Refusal::Prose);
    }
    if SAMPLES.contains(&value)
        || is_anybody(candidate, value)
        || (!bare || candidate.syntax == Syntax::Connection) && STAND_INS.contains(&value)
    {
        return Some(Refusal::Placeholder);
    }
    if value.iter().filter(|b| **b == b' ').count() >= 4 {
        return Some(Refusal::Prose);
    }
    if candidate.syntax != Syntax::Header && is_code(value, candidate) {
        return Some(Refusal::Code);
    }
    let name = bytes.get(candidate.name.clone()).unwrap_or_default();
    if names_an_id(name) || is_verdict(bytes, candidate, name) {
        return Some(Refusal::Name);
    }
    if bare && is_reference(name, value, candidate) {
        return Some(Refusal::Reference);
    }
    if is_resource(value) || kinds::is_version(value) {
        return Some(Refusal::Reference);
    }
    if is_rules(value) || kinds::names_something(value) {
        return Some(Refusal::Keyword);
    }
    if names_a_name(name, value, candidate) {
        return Some(Refusal::SameAsName);
    }
    if around::refutes(bytes, candidate, name, value) {
        return Some(Refusal::Name);
    }
    by_words(name, value, candidate)
}

/// Values that only say again what the name says, where names are mapped to names.
fn names_a_name(name: &[u8], value: &[u8], candidate: &Candidate) -> bool {
    let mapped = matches!(
        candidate.syntax,
        Syntax::Entry | Syntax::Assignment | Syntax::Call | Syntax::Yaml
    );
    if !mapped {
        return false;
    }
    let spaced = matches!(candidate.separator, Separator::Equal | Separator::Paren);
    let shouting = !name.iter().any(u8::is_ascii_lowercase);
    let quoted = candidate.quote != Quote::None;
    if same(name, value) {
        // `password: "Password"` is a label.
        let titled = value[0].is_ascii_uppercase() && name[0].is_ascii_lowercase();
        if titled {
            return true;
        }
        let parted = name.iter().any(|b| !b.is_ascii_alphabetic());
        return parted || (spaced && shouting && quoted) || name == value && shouting;
    }
    let tail = name
        .rsplit(|b| matches!(b, b'.' | b'_' | b'-'))
        .next()
        .unwrap_or_default();
    let code = candidate.syntax == Syntax::Assignment && candidate.separator == Separator::Equal;
    // `user.Password = password` of code, and `EXTRA_PASSPHRASE = "passphrase"`.
    let about = Name::of(name).first & name::TURN != 0;
    if shouting && quoted && says_end(name, value) {
        return true;
    }
    code && tail.len() < name.len()
        && tail.eq_ignore_ascii_case(value)
        && (!quoted && name.iter().any(u8::is_ascii_uppercase) || about)
}

/// `USER_PASSWORD_RECENTLY_USED = "password_recently_used"`, `API_KEY_EPHEMERAL = 'ephemeral'`: a constant
/// whose value is the end of its own name, but for a word that would be a password by itself.
fn says_end(name: &[u8], value: &[u8]) -> bool {
    let Some(at) = name.len().checked_sub(value.len()).filter(|at| *at > 0) else {
        return false;
    };
    let parted = name[at - 1] == b'_' && is_telling(value);
    parted && same(&name[at..], value)
}

/// True for a value of several words, or of one that names no kind of secret.
fn is_telling(value: &[u8]) -> bool {
    Name::of(value).words > 1 || Name::of(value).groups & name::SENSITIVE == 0
}

/// Values that their words, read together with those of the name, show to be none.
fn by_words(name: &[u8], value: &[u8], candidate: &Candidate) -> Option<Refusal> {
    let shape = Shape::of(value);
    let words = Name::of(name);
    let keyed = !words.is_sensitive() && words.last & name::KEY != 0;
    if keyed && !score::is_evident(&words, &shape) {
        return Some(Refusal::Name);
    }
    let covered = shape.covered();
    let sample = [
        &b"sample-"[..],
        b"sample_",
        b"example-",
        b"example_",
        b"dummy-",
        b"fake-",
        b"fake_",
    ]
    .iter()
    .any(|head| value.starts_with(head));
    if sample || (covered >= 50 || shape.digits == 0) && lexicon::is_placeholder(value) {
        return Some(Refusal::Placeholder);
    }
    // The token of a public key names the signer of an assembly of .NET.
    let signer = words.groups & name::PUBLIC != 0 && words.last & name::TOKEN != 0;
    if (words.groups & name::HASH != 0 || signer) && shape.class == Class::Hex
        || around::is_digest(name, value, candidate, &words, &shape)
    {
        return Some(Refusal::Digest);
    }
    let constant = shape.lower == 0 && shape.digits == 0 && value.contains(&b'_');
    if constant && Name::of(value).groups != 0 {
        return Some(Refusal::Reference);
    }
    let own = Name::of(value);
    let one_word = shape.upper == shape.length && own.is_sensitive();
    let column = own.last & name::TURN != 0 && own.words >= 2 && shape.marks > 0;
    let member = own.is_sensitive() && shape.class == Class::Dotted;
    if shape.digits == 0 && shape.spaces == 0 && (one_word || member || column && covered >= 50) {
        return Some(Refusal::Reference);
    }
    let password = words.groups & name::PASS != 0;
    if shape.distinct <= 3 && shape.length >= 6 && (!password || shape.digits == 0) {
        return Some(Refusal::Placeholder);
    }
    let keyed = words.groups & (name::APIKEY | name::SECRET | name::TOKEN) != 0;
    let numbered = shape.digits == shape.length && shape.length <= 12 || kinds::is_numbered(value);
    if keyed && !password && numbered {
        return Some(Refusal::Placeholder);
    }
    let named = says_another(name, candidate, &words, &shape)
        || is_about(name, value, candidate, &words, &shape);
    named.then_some(Refusal::Name)
}

/// True for a value of words beside a name that speaks of something else than a secret.
fn says_another(name: &[u8], candidate: &Candidate, words: &Name, shape: &Shape) -> bool {
    let password = words.groups & name::PASS != 0;
    let wordy = shape.digits == 0 && shape.spaces == 0 && shape.covered() >= 70;
    let titled = shape.class == Class::Letters && shape.upper == 1;
    let other = name::TURN | name::UI | name::VERB;
    let about = words.last & other != 0 && words.last & name::SENSITIVE == 0;
    let compared = candidate.separator == Separator::Compare && !password;
    let key_only = candidate.quote == Quote::None && password && words.groups & name::TOKEN != 0;
    // `adminPasswordKey: postgres-password` names the entry of a store that holds it.
    let entry = password && words.last & name::KEY != 0 || names_existing(name);
    wordy && (about || entry || compared || key_only || words.first == name::TURN)
        || titled && about
}

/// True for a name that looks a secret up, names its store, or numbers a message about it.
fn is_about(name: &[u8], value: &[u8], candidate: &Candidate, words: &Name, shape: &Shape) -> bool {
    let password = words.groups & name::PASS != 0;
    let wordy = shape.digits == 0 && shape.spaces == 0 && shape.covered() >= 70;
    let connects = name.eq_ignore_ascii_case(b"getconnection");
    let getter = candidate.separator == Separator::Paren && !connects && asks(name);
    let report = name == b"PASS"
        && candidate.separator == Separator::Colon
        && (shape.length < 8 || shape.digits == 0);
    // `rabbitmqPasswordSecret: rabbitmq-password` and `secret: custom-ca` name the store of the password.
    let only = candidate.syntax == Syntax::Yaml && name == b"secret" && value.contains(&b'-');
    let stored = (password || only) && words.last == name::lookup(b"secret") && wordy;
    let negated = name.starts_with(b"--no-") || asks_whether(name) || is_wordless(name, shape);
    // `PASSWORD_NOT_CORRECT = '<uuid>'`: the number of a message.
    let message = password && words.last & name::SENSITIVE == 0 && shape.class == Class::Uuid;
    let amazon = special::holds(name, b"X-Amz-Cred");
    getter || report || negated || stored || amazon || message
}

/// Names beside which letters alone are no secret: attributes for scripts (`data-password-target`) and salts
/// that only part one use from another (`salt="session"`).
fn is_wordless(name: &[u8], shape: &Shape) -> bool {
    let parted = Name::of(name).last & name::SALT != 0 && shape.covered() >= 50;
    let letters = shape.digits == 0 && shape.spaces == 0;
    letters && (parted || name.starts_with(b"data-"))
}

/// `hasPrivateKey ? 'private_key' : 'password'`: a name of what is true or not.
fn asks_whether(name: &[u8]) -> bool {
    [&b"has"[..], b"is"].iter().any(|word| {
        name.starts_with(word)
            && name
                .get(word.len())
                .is_some_and(|b| b.is_ascii_uppercase() || *b == b'_')
    })
}

/// `externalRedis.existingSecret`: a store that is there already.
fn names_existing(name: &[u8]) -> bool {
    const WORD: &[u8] = b"existing";
    let found = name
        .windows(WORD.len())
        .position(|part| part.eq_ignore_ascii_case(WORD));
    found.is_some_and(|at| {
        Name::of(&name[at..]).last & (name::SECRET | name::PASS | name::CRED) != 0
    })
}

/// True for a callee that is given the name of what it looks up or does away with.
fn asks(callee: &[u8]) -> bool {
    const HEADS: [&[u8]; 9] = [
        b"get", b"find", b"has", b"delete", b"remove", b"read", b"load", b"fetch", b"include",
    ];
    let tail = callee.rsplit(|b| matches!(b, b'.' | b'_')).next();
    tail.is_some_and(|tail| {
        HEADS.iter().any(|word| {
            tail.len() >= word.len()
                && tail[..word.len()].eq_ignore_ascii_case(word)
                && tail.get(word.len()).is_none_or(u8::is_ascii_uppercase)
        })
    })
}

/// `..._PASSWORD_GUID`: the name of an interface or a row.
fn names_an_id(name: &[u8]) -> bool {
    let tail = &name[name.len().saturating_sub(4)..];
    tail.eq_ignore_ascii_case(b"guid") || tail.eq_ignore_ascii_case(b"uuid")
}

/// `"PASS: ip6"`: a text that begins with the verdict of a test.
fn is_verdict(bytes: &[u8], candidate: &Candidate, name: &[u8]) -> bool {
    let before = candidate.name.start.checked_sub(1).map(|at| bytes[at]);
    name == b"PASS"
        && candidate.quote == Quote::None
        && candidate.separator == Separator::Colon
        && matches!(before, Some(b'"' | b'\'' | b'`'))
}

/// Variables, format strings and templates of all languages.
fn is_template(value: &[u8], candidate: &Candidate) -> bool {
    let strong = |w: &[u8]| {
        matches!(
            w,
            b"${" | b"$(" | b"{{" | b"#{" | b"<%" | b"%{" | b"}}" | b"<?" | b"[[" | b"@{"
        )
    };
    if value.windows(2).any(strong) || holds_verb(value) {
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
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'>' | b':');
    let variable = variable
        && candidate.quote != Quote::Single
        && value[1..].iter().all(word)
        && inner.iter().filter(|b| b.is_ascii_digit()).count() < 2;
    (closed && simple)
        || variable
        || ends_in_variable(value, candidate)
        || bound
        || tag
        || braces
        || first == b'&' && last == b';'
}

/// `bob-$timestamp`: a name behind a `$` at the end, which only single quotes keep as it stands.
fn ends_in_variable(value: &[u8], candidate: &Candidate) -> bool {
    let Some(sign) = value.iter().rposition(|b| *b == b'$').filter(|at| *at > 0) else {
        return false;
    };
    let tail = &value[sign + 1..];
    candidate.quote != Quote::Single
        && tail.len() >= 2
        && tail.iter().all(u8::is_ascii_alphabetic)
        && tail[0].is_ascii_lowercase()
        && value[sign - 1].is_ascii_punctuation()
}

/// `%s`, `%d` and the like: a format string, unless the rest is what people call a strong password.
fn holds_verb(value: &[u8]) -> bool {
    let verbs = value
        .windows(2)
        .filter(|w| matches!(*w, b"%s" | b"%d" | b"%v" | b"%@" | b"%q" | b"%(" | b"$$"))
        .count()
        + value
            .split(|byte| *byte == b'%')
            .skip(1)
            .filter(|rest| is_padded(rest))
            .count();
    let class = |test: fn(&u8) -> bool| value.iter().any(test);
    let strong = value.len() >= 8
        && class(u8::is_ascii_digit)
        && class(u8::is_ascii_uppercase)
        && class(u8::is_ascii_lowercase);
    verbs > 0 && !(verbs == 1 && strong)
}

/// What follows the `%` of `%08x`, `%X` and `%1$s`.
fn is_padded(rest: &[u8]) -> bool {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 1 && matches!(rest.get(1..3), Some(b"$s" | b"$d" | b"$@")) {
        return true;
    }
    let verb = rest.get(digits).copied().unwrap_or(0);
    let ends = !rest.get(digits + 1).is_some_and(u8::is_ascii_alphanumeric);
    let padded = digits >= 2 && rest[0] == b'0';
    padded && matches!(verb, b'x' | b'X' | b'd' | b'u') || digits == 0 && verb == b'X' && ends
}

/// `xxxx`, `****`, `....`, `______`, one byte repeated, and `your-…`.
fn is_filler(value: &[u8]) -> bool {
    let first = value[0];
    if value.iter().all(|b| *b == first) && !first.is_ascii_digit() {
        return true;
    }
    let strange = |w: &[u8]| {
        matches!(w, b"***" | b"..." | b"___" | b"---" | b"###" | b"!!!")
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
    let value = value.strip_suffix(b"!").unwrap_or(value);
    value.len() <= 13 && KEYWORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// `sometimes|nullable`, `required|min:8`: rules that a form is checked by.
fn is_rules(value: &[u8]) -> bool {
    let mut parts = value.split(|b| *b == b'|');
    let rule = |part: &[u8]| {
        let word = part.split(|b| *b == b':').next().unwrap_or_default();
        word.len() >= 3 && word.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
    };
    value.contains(&b'|') && parts.all(rule)
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
        b"$P$",
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
    // `user:$2y$10$…` of a password file.
    let of_user = value
        .iter()
        .position(|b| *b == b':')
        .map(|colon| &value[colon + 1..]);
    let digest = |text: &[u8]| HEADS.iter().any(|head| text.starts_with(head));
    digest(value) || of_user.is_some_and(|text| text.starts_with(b"$") && digest(text))
}

/// Calls, indexing, comparisons, lambdas.
fn is_code(value: &[u8], candidate: &Candidate) -> bool {
    let bare = candidate.quote == Quote::None;
    let callee = value.iter().position(|b| *b == b'(').unwrap_or(0);
    let call = callee > 0
        && value[callee..].contains(&b')')
        && value[..callee]
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'$' | b' '));
    let empty_call = special::holds(value, b"()");
    // What pads base64 compares nothing.
    let padding = value.iter().rev().take_while(|b| **b == b'=').count();
    let unpadded = &value[..value.len() - padding.min(2)];
    let operator = [&b"=>"[..], b"->", b"==", b"&&", b"||", b" = ", b"::"]
        .iter()
        .any(|op| special::holds(unpadded, op) && !is_noise_around(unpadded, op));
    let broken = bare
        && value.iter().any(|b| matches!(b, b'(' | b'{' | b'[' | b'`'))
        && !value.iter().any(u8::is_ascii_digit);
    let command = candidate.quote == Quote::Back && value.contains(&b' ');
    call || empty_call
        || command
        || operator
        || broken
        || value.starts_with(b"\\")
        || special::holds(value, b"\\w")
        || special::holds(value, b"\\d")
}

/// True when what stands around an operator is no code: marks of several kinds and no space.
fn is_noise_around(value: &[u8], operator: &[u8]) -> bool {
    let mark =
        |b: &&u8| b.is_ascii_punctuation() && !operator.contains(b) && !b"_.()$'".contains(b);
    let spaced = value.contains(&b' ');
    !spaced && value.iter().any(u8::is_ascii_digit) && value.iter().filter(mark).count() >= 2
}

/// Bare names that stand for something else.
fn is_reference(name: &[u8], value: &[u8], candidate: &Candidate) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let dotted = value.contains(&b'.')
        && value
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'?'));
    if dotted && (!digits || candidate.syntax == Syntax::Assignment && value.len() < 40) {
        return true;
    }
    // In capitals before `=` a word in camel case is a value: the environment knows no variables without a `$`.
    let shouting = !name.iter().any(u8::is_ascii_lowercase) && name.contains(&b'_');
    let environment = shouting && matches!(candidate.syntax, Syntax::Env | Syntax::Yaml);
    let literal_place = environment
        || matches!(
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
        && !score::is_mingled(&Shape::of(value))
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

/// True when two names are the same but for case and marks.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    fn letters(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
        text.iter()
            .filter(|b| b.is_ascii_alphanumeric())
            .map(u8::to_ascii_lowercase)
    }
    letters(a).eq(letters(b))
}
