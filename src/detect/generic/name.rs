//! Reads a name as a person does: splits `dbAdmin_password-file` into words
//! and says what each group of words means for the value beside it. Whether the
//! value looks like a secret is judged elsewhere.

use super::candidate::Candidate;
use super::candidate::KindId;
use super::candidate::Syntax;
use super::lexicon;
use std::sync::LazyLock;

/// Groups of words, one bit each.
pub(super) type Groups = u32;

pub(super) const PASS: Groups = 1;
pub(super) const SECRET: Groups = 1 << 1;
pub(super) const TOKEN: Groups = 1 << 2;
pub(super) const KEY: Groups = 1 << 3;
pub(super) const APIKEY: Groups = 1 << 4;
pub(super) const AUTH: Groups = 1 << 5;
pub(super) const CRED: Groups = 1 << 6;
pub(super) const SALT: Groups = 1 << 7;
pub(super) const LOGIN: Groups = 1 << 8;
pub(super) const QUALIFIER: Groups = 1 << 9;
pub(super) const PUBLIC: Groups = 1 << 10;
pub(super) const TURN: Groups = 1 << 11;
pub(super) const UI: Groups = 1 << 12;
pub(super) const VERB: Groups = 1 << 13;
pub(super) const HASH: Groups = 1 << 14;
pub(super) const DB: Groups = 1 << 15;
pub(super) const USER: Groups = 1 << 16;
pub(super) const FLOW: Groups = 1 << 17;
pub(super) const TEST: Groups = 1 << 18;
pub(super) const SESSION: Groups = 1 << 19;
pub(super) const COMPARE: Groups = 1 << 20;
/// What a row of a database stands for: its key is an identifier. The scorer does not weigh it.
pub(super) const ROW: Groups = 1 << 21;

/// Words that make a name worth looking at by themselves.
pub(super) const SENSITIVE: Groups = PASS | SECRET | TOKEN | APIKEY | AUTH | CRED | SALT | LOGIN;

/// Words by group, sorted; the test below holds the order.
#[rustfmt::skip]
const WORDS: &[(&str, Groups)] = &[
    ("access", QUALIFIER), ("accesskey", APIKEY), ("accesstoken", TOKEN), ("account", QUALIFIER), ("accountkey", APIKEY), ("add", VERB),
    ("admin", USER | QUALIFIER), ("adminpass", PASS), ("adminpw", PASS), ("aes", QUALIFIER), ("age", TURN), ("alert", UI), ("algo", TURN), ("algorithm", TURN),
    ("algorithms", TURN), ("alias", TURN), ("allow", VERB), ("api", QUALIFIER), ("apikey", APIKEY), ("apisecret", SECRET), ("apitoken", TOKEN),
    ("app", QUALIFIER), ("appkey", APIKEY), ("application", QUALIFIER), ("appsecret", SECRET), ("arn", TURN), ("ask", VERB), ("asset", FLOW), ("attempts", TURN),
    ("attr", TURN), ("attribute", TURN), ("auth", AUTH | QUALIFIER), ("authenticate", AUTH), ("authkey", APIKEY), ("authorization", AUTH),
    ("authpass", PASS), ("authtoken", TOKEN), ("aws", QUALIFIER), ("azure", QUALIFIER), ("bad", TEST), ("basic", AUTH), ("bearer", AUTH | TOKEN),
    ("bindpw", PASS), ("bits", TURN), ("bot", QUALIFIER), ("bottoken", TOKEN), ("box", UI), ("branch", TURN), ("button", UI), ("cache", FLOW), ("callback", TURN),
    ("caption", UI), ("change", VERB), ("changed", TURN), ("check", VERB), ("checksum", HASH), ("cipher", QUALIFIER), ("class", TURN),
    ("client", QUALIFIER), ("clientsecret", SECRET), ("column", TURN), ("command", TURN), ("commit", FLOW), ("company", ROW), ("composite", FLOW), ("confirm", VERB), ("confirmation", VERB),
    ("constant", TURN), ("consumer", QUALIFIER), ("contact", ROW), ("contains", COMPARE), ("continuation", FLOW), ("contrasena", PASS), ("cookie", SESSION | QUALIFIER),
    ("count", TURN), ("create", VERB), ("cred", CRED), ("credential", CRED), ("credentials", CRED), ("creds", CRED), ("crypto", QUALIFIER),
    ("csrf", FLOW), ("cursor", FLOW), ("data", 0), ("database", DB | QUALIFIER), ("date", TURN), ("days", TURN), ("db", DB), ("dbpass", PASS),
    ("dbpassword", PASS), ("dbpw", PASS), ("dbpwd", PASS), ("decrypt", VERB), ("decryption", QUALIFIER), ("dedup", FLOW), ("default", TEST), ("delegate", TURN), ("delete", VERB),
    ("deploy", QUALIFIER), ("desc", UI), ("description", UI), ("device", QUALIFIER), ("digest", HASH), ("dir", TURN), ("directory", TURN),
    ("disable", VERB), ("disabled", TURN), ("document", FLOW), ("does", VERB), ("dummy", TEST), ("element", UI), ("email", TURN), ("enable", VERB), ("enabled", TURN), ("encoder", TURN),
    ("encoding", TURN), ("encrypt", VERB), ("encrypted", HASH), ("encryption", QUALIFIER), ("encryptionkey", APIKEY), ("endpoint", TURN),
    ("entity", FLOW), ("env", TURN), ("eq", COMPARE), ("equal", COMPARE), ("equals", COMPARE), ("error", UI), ("errors", UI), ("etag", FLOW), ("event", TURN), ("events", TURN),
    ("example", TEST), ("exception", TURN), ("existing", TURN), ("exists", TURN), ("expected", TEST), ("expiration", TURN), ("expires", TURN),
    ("expiry", TURN), ("extra", TURN), ("fake", TEST), ("fetch", VERB), ("field", UI), ("fields", UI), ("file", TURN), ("filename", TURN),
    ("find", VERB), ("fingerprint", HASH), ("flag", TURN), ("for", VERB), ("foreign", FLOW), ("forgot", UI), ("form", UI), ("format", TURN),
    ("from", VERB), ("gateway", ROW), ("generate", VERB), ("generator", TURN), ("get", VERB), ("github", QUALIFIER), ("google", QUALIFIER), ("grant", TURN),
    ("group", TURN), ("handler", TURN), ("has", VERB), ("hash", HASH), ("hashed", HASH), ("hashing", HASH), ("header", TURN), ("help", UI),
    ("hidden", TURN), ("hide", VERB), ("hint", UI), ("hmac", QUALIFIER), ("hook", QUALIFIER), ("host", TURN), ("hostname", TURN), ("html", UI),
    ("icon", UI), ("id", TURN), ("idempotency", FLOW), ("identifier", TURN), ("ids", TURN), ("image", TURN), ("in", TURN), ("index", TURN), ("info", UI),
    ("ingest", QUALIFIER), ("input", UI), ("integration", QUALIFIER), ("invalid", TEST), ("invitation", ROW), ("invoice", ROW), ("is", VERB), ("issue", FLOW), ("issuer", TURN), ("item", FLOW), ("job", FLOW), ("jwt", TOKEN | QUALIFIER),
    ("jwtsecret", SECRET), ("key", KEY), ("keyfile", TURN), ("keypass", PASS), ("keys", KEY), ("keystore", QUALIFIER), ("kind", TURN), ("known", FLOW), ("label", UI),
    ("len", TURN), ("length", TURN), ("level", TURN), ("lexer", FLOW), ("license", QUALIFIER), ("licensekey", APIKEY), ("lifetime", TURN),
    ("limit", TURN), ("limits", TURN), ("link", TURN), ("list", TURN), ("load", VERB), ("location", TURN), ("log", TURN), ("login", LOGIN),
    ("loginpassword", PASS), ("lookup", FLOW), ("mailgun", QUALIFIER), ("mailpass", PASS), ("manager", TURN), ("map", FLOW), ("maps", QUALIFIER), ("master", QUALIFIER),
    ("masterkey", APIKEY), ("max", TURN), ("md5", HASH), ("message", UI), ("messages", UI), ("method", TURN), ("min", TURN), ("missing", UI),
    ("mock", TEST), ("mode", TURN), ("model", TURN), ("motdepasse", PASS), ("msg", UI), ("must", VERB), ("mysql", DB), ("name", TURN),
    ("names", TURN), ("needs", VERB), ("new", VERB), ("newpassword", PASS), ("next", FLOW), ("no", VERB), ("node", FLOW), ("nopasswd", FLOW), ("nopassword", FLOW),
    ("number", TURN), ("oauth", AUTH | QUALIFIER), ("object", FLOW), ("old", VERB), ("oldpassword", PASS), ("on", VERB), ("opaquelocktoken", FLOW), ("openai", QUALIFIER), ("option", TURN),
    ("options", TURN), ("page", FLOW), ("panel", UI), ("param", TURN), ("parameter", TURN), ("parola", PASS), ("parse", VERB), ("parser", FLOW),
    ("partition", FLOW), ("pass", PASS), ("passcode", PASS), ("passe", PASS), ("passphrase", PASS), ("passw", PASS), ("passwd", PASS), ("password", PASS),
    ("passwords", PASS), ("passwort", PASS), ("passwrd", PASS), ("path", TURN), ("pattern", TURN), ("peer", PUBLIC), ("per", TURN), ("permission", TURN),
    ("pgpassword", PASS), ("place", FLOW), ("placeholder", UI), ("policy", TURN), ("port", TURN), ("postgres", DB), ("prefix", TURN), ("primary", FLOW),
    ("print", VERB), ("private", QUALIFIER), ("privatekey", APIKEY), ("privkey", APIKEY), ("product", FLOW), ("project", TURN), ("prompt", UI), ("prop", TURN), ("property", TURN), ("provider", TURN),
    ("psk", PASS), ("public", PUBLIC), ("publishable", PUBLIC), ("pw", PASS), ("pwd", PASS), ("query", TURN), ("range", FLOW), ("rate", TURN), ("react", FLOW), ("read", VERB), ("record", FLOW), ("redirect", TURN), ("redis", DB),
    ("ref", TURN), ("refresh", QUALIFIER), ("regex", TURN), ("region", TURN), ("registry", QUALIFIER), ("remember", VERB), ("remove", VERB),
    ("repeat", VERB), ("required", TURN), ("requirepass", PASS), ("reset", VERB), ("resetpassword", UI), ("role", TURN), ("root", USER),
    ("rootpass", PASS), ("rootpassword", PASS), ("rootpw", PASS), ("route", TURN), ("row", FLOW), ("rsa", QUALIFIER), ("rules", TURN), ("s3", FLOW), ("salt", SALT), ("sasl", QUALIFIER),
    ("schema", TURN), ("scheme", TURN), ("scope", TURN), ("secret", SECRET | QUALIFIER), ("secretkey", APIKEY), ("secrets", SECRET), ("section", UI),
    ("selector", UI), ("send", VERB), ("sendgrid", QUALIFIER), ("senha", PASS), ("server", TURN), ("service", QUALIFIER),
    ("session", SESSION | QUALIFIER), ("sessionsecret", SECRET), ("set", 0), ("sha", HASH), ("shared", QUALIFIER), ("sharedkey", APIKEY),
    ("sharedsecret", SECRET), ("sheet", FLOW), ("show", VERB), ("sign", QUALIFIER), ("signature", HASH), ("signing", QUALIFIER), ("signingkey", APIKEY),
    ("signup", UI), ("site", PUBLIC), ("size", TURN), ("slack", QUALIFIER), ("smtppass", PASS), ("song", FLOW), ("sort", FLOW), ("source", TURN), ("spreadsheet", FLOW), ("ssh", QUALIFIER), ("state", TURN),
    ("status", TURN), ("storage", FLOW), ("store", TURN), ("storepass", PASS), ("strategy", TURN), ("stripe", QUALIFIER), ("subscription", QUALIFIER),
    ("success", UI), ("sudopass", PASS), ("suffix", TURN), ("sync", FLOW), ("tag", TURN), ("telegram", QUALIFIER), ("test", TEST), ("text", UI),
    ("time", TURN), ("timeout", TURN), ("title", UI), ("tls", QUALIFIER), ("to", VERB), ("token", TOKEN), ("tokens", TOKEN), ("tokensecret", SECRET),
    ("tooltip", UI), ("translation", FLOW), ("ttl", TURN), ("twilio", QUALIFIER), ("type", TURN), ("types", TURN), ("unique", FLOW), ("update", VERB),
    ("updated", TURN), ("upload", FLOW), ("upstream", TURN), ("uri", TURN), ("url", TURN), ("use", VERB), ("user", USER | QUALIFIER), ("username", TURN),
    ("userpass", PASS), ("userpassword", PASS), ("userpw", PASS), ("userpwd", PASS), ("valid", VERB), ("validate", VERB), ("validation", UI), ("validator", TURN),
    ("value", 0), ("var", TURN), ("variable", TURN), ("verification", PUBLIC), ("verify", VERB), ("version", TURN), ("video", FLOW), ("vpn", QUALIFIER), ("warning", UI), ("weak", TEST),
    ("webhook", QUALIFIER), ("wifi", QUALIFIER), ("with", 0), ("write", QUALIFIER), ("wrong", TEST), ("xsrf", FLOW),
];

/// Slots of the table over `WORDS`, a power of two well above their number.
const SLOTS: usize = 2048;

static TABLE: LazyLock<Vec<Option<u16>>> = LazyLock::new(|| {
    let mut table = vec![None; SLOTS];
    for (index, (word, _)) in (0u16..).zip(WORDS) {
        let mut slot = lexicon::hash(word.as_bytes()) as usize % SLOTS;
        while table[slot].is_some() {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = Some(index);
    }
    table
});

/// What a name says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// All groups of all words.
    pub(super) groups: Groups,
    /// Groups of the first word.
    pub(super) first: Groups,
    /// Groups of the last word.
    pub(super) last: Groups,
    /// How many words there are.
    pub(super) words: u32,
    /// True when a letter is lower case.
    pub(super) lower: bool,
    /// True when a letter is upper case.
    pub(super) upper: bool,
}

impl Name {
    /// Reads a name; one that holds no sensitive word has no sensitive group.
    pub(super) fn of(name: &[u8]) -> Name {
        let mut out = Name::default();
        let mut previous: Groups = 0;
        let mut at = 0;
        while let Some(word) = next_word(name, &mut at) {
            let mut groups = lookup(word);
            if groups & KEY != 0 && previous & QUALIFIER != 0 {
                groups |= APIKEY;
            }
            // `secret_key_base` and `SecretKeySpec` name a key as `secret_key` does.
            let trails = word.eq_ignore_ascii_case(b"base") || word.eq_ignore_ascii_case(b"spec");
            if previous & KEY != 0 && trails {
                groups = previous;
            }
            if out.words == 0 {
                out.first = groups;
            }
            out.words += 1;
            out.groups |= groups;
            out.last = groups;
            previous = groups;
        }
        out.lower = name.iter().any(u8::is_ascii_lowercase);
        out.upper = name.iter().any(u8::is_ascii_uppercase);
        out
    }

    /// True when the name may name a secret.
    pub(super) const fn is_sensitive(&self) -> bool {
        self.groups & SENSITIVE != 0
    }

    /// True when a rule of a provider may know the name: it names a secret or any key.
    pub(super) const fn may_be_asked(&self) -> bool {
        self.is_sensitive() || self.last & KEY != 0
    }

    /// True for `acme_key`: a key of something unknown, worth a look if its value is.
    pub(super) const fn is_key(&self) -> bool {
        let other = FLOW | PUBLIC | HASH | UI | DB | TURN | TEST | ROW;
        self.last & KEY != 0 && self.words > 1 && self.groups & other == 0
    }
}

/// All groups of all words of a text.
pub(super) fn groups_of_text(text: &[u8]) -> Groups {
    let (mut at, mut groups) = (0, 0);
    while let Some(word) = next_word(text, &mut at) {
        if word.len() >= 2 {
            groups |= lookup(word);
        }
    }
    groups
}

/// The next word of `name` from `at` on; digits and punctuation part words, and so does a change of case.
fn next_word<'a>(name: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let start = *at + name.get(*at..)?.iter().position(u8::is_ascii_alphabetic)?;
    let mut end = start + 1;
    while let Some(&byte) = name.get(end) {
        if !byte.is_ascii_alphabetic() {
            break;
        }
        let before = name[end - 1];
        let after_is_lower = name.get(end + 1).is_some_and(u8::is_ascii_lowercase);
        let camel = byte.is_ascii_uppercase() && (before.is_ascii_lowercase() || after_is_lower);
        if camel {
            break;
        }
        end += 1;
    }
    *at = end;
    Some(&name[start..end])
}

/// The groups of one word, whatever its case.
pub(super) fn lookup(word: &[u8]) -> Groups {
    let mut folded = [0u8; 16];
    let Some(folded) = folded.get_mut(..word.len()) else {
        return long_word(word);
    };
    folded.copy_from_slice(word);
    folded.make_ascii_lowercase();
    let mut slot = lexicon::hash(folded) as usize % SLOTS;
    while let Some(index) = TABLE[slot] {
        let (word, groups) = WORDS[usize::from(index)];
        if word.as_bytes() == folded {
            return groups;
        }
        slot = (slot + 1) % SLOTS;
    }
    if folded.len() < 5 {
        0
    } else {
        compound(folded)
    }
}

/// Words longer than any in the table may still end in one: `adminuserpassword`.
fn long_word(word: &[u8]) -> Groups {
    let tail = &word[word.len().saturating_sub(16)..];
    let mut folded = [0u8; 16];
    let folded = &mut folded[..tail.len()];
    folded.copy_from_slice(tail);
    folded.make_ascii_lowercase();
    compound(folded)
}

/// Groups of words written together: `dbpassword`, `authtoken`, `passwordfile`.
fn compound(word: &[u8]) -> Groups {
    const TAILS: &[(&[u8], Groups)] = &[
        (b"password", PASS),
        (b"passwd", PASS),
        (b"passphrase", PASS),
        (b"pwd", PASS),
        (b"secretkey", APIKEY),
        (b"apikey", APIKEY),
        (b"accesskey", APIKEY),
        (b"privatekey", APIKEY),
        (b"accountkey", APIKEY),
        (b"secret", SECRET),
        (b"token", TOKEN),
        (b"credentials", CRED),
    ];
    for (tail, groups) in TAILS {
        if word.ends_with(tail) {
            return *groups;
        }
    }
    let forms: [&[u8]; 2] = [b"passwd", b"password"]; // bowerbird:allow words
    if forms.iter().any(|form| word.starts_with(form)) {
        return PASS | TURN;
    }
    0
}

/// The rule a candidate is reported under, from its construct and its name.
pub(super) fn kind_of(bytes: &[u8], candidate: &Candidate) -> KindId {
    let text = bytes.get(candidate.name.clone()).unwrap_or_default();
    let name = Name::of(text);
    let first = text.first().map(u8::to_ascii_lowercase);
    let value_at = candidate.value.start.min(bytes.len());
    let before = &bytes[value_at.saturating_sub(7)..value_at];
    let announced = |scheme: &[u8]| {
        before.len() >= scheme.len()
            && before[before.len() - scheme.len()..].eq_ignore_ascii_case(scheme)
    };
    match candidate.syntax {
        _ if announced(b"basic ") => "basic-auth-header",
        _ if announced(b"bearer ") => "bearer-token",
        Syntax::Url if text.ends_with(b"://") => "url-password",
        Syntax::Header if text.len() == 5 && first == Some(b'b') => "basic-auth-header",
        Syntax::Header if text.len() == 6 && first == Some(b'b') => "bearer-token",
        Syntax::CommandFlag if text.len() <= 3 => "command-line-password",
        Syntax::Sql => "sql-password",
        _ if name.last & PASS != 0 => "generic-password",
        _ if name.groups & APIKEY != 0 => "generic-api-key",
        _ if name.groups & TOKEN != 0 => "generic-token",
        _ if name.groups & SECRET != 0 => "generic-secret",
        _ if name.groups & PASS != 0 => "generic-password",
        _ if name.groups & SENSITIVE == 0 && name.last & KEY != 0 => "generic-api-key",
        _ if name.groups & SALT != 0 => "generic-salt",
        _ => "generic-credential",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_once() {
        for pair in WORDS.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
        }
        assert!(WORDS.iter().all(|(word, _)| word.len() <= 16));
    }

    #[test]
    fn names_are_read_by_their_words() {
        for (text, has, last) in [
            ("dbAdmin_password-file", PASS, TURN),
            ("APIKey", APIKEY, APIKEY),
            ("AWS_SECRET_ACCESS_KEY", APIKEY, APIKEY),
            ("password1", PASS, PASS),
            ("userdbpassword", PASS, PASS),
            ("csrf_token", FLOW, TOKEN),
            ("passwordConfirmation", PASS, VERB),
        ] {
            let name = Name::of(text.as_bytes());
            assert!(name.groups & has != 0, "{text}");
            assert!(name.last & last != 0, "{text}");
        }
        for text in [
            "compass",
            "monkey",
            "key",
            "author",
            "passenger",
            "bypass",
            "primary_key",
        ] {
            assert!(!Name::of(text.as_bytes()).is_sensitive(), "{text}");
        }
    }
}
