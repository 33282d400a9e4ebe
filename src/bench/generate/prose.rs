//! Expands the templates of `language` into text. Names come from a small
//! vocabulary that each file draws for itself, because in real code a name is
//! used again and again; words are drawn so that few are frequent and many rare.

use super::language::Language;
use super::language::Style;
use crate::rules::sample::Rng;

/// Words of code and of comments. Those that rules look for are among them, as in life.
pub(super) const WORDS: &[&str] = &[
    "value",
    "index",
    "node",
    "list",
    "name",
    "data",
    "file",
    "path",
    "size",
    "count",
    "state",
    "event",
    "buffer",
    "request",
    "response",
    "error",
    "result",
    "config",
    "client",
    "server",
    "user",
    "item",
    "type",
    "map",
    "cache",
    "query",
    "table",
    "row",
    "column",
    "field",
    "record",
    "stream",
    "reader",
    "writer",
    "parser",
    "handler",
    "context",
    "session",
    "message",
    "queue",
    "worker",
    "task",
    "job",
    "batch",
    "order",
    "price",
    "invoice",
    "payment",
    "customer",
    "product",
    "stock",
    "region",
    "zone",
    "cluster",
    "replica",
    "shard",
    "leader",
    "follower",
    "term",
    "log",
    "entry",
    "offset",
    "block",
    "page",
    "frame",
    "layer",
    "tensor",
    "matrix",
    "vector",
    "weight",
    "gradient",
    "loss",
    "metric",
    "gauge",
    "counter",
    "timer",
    "clock",
    "delay",
    "retry",
    "limit",
    "quota",
    "policy",
    "rule",
    "filter",
    "mask",
    "flag",
    "option",
    "setting",
    "default",
    "override",
    "merge",
    "join",
    "sort",
    "search",
    "match",
    "pattern",
    "group",
    "member",
    "owner",
    "parent",
    "child",
    "root",
    "leaf",
    "commit",
    "tree",
    "object",
    "blob",
    "delta",
    "patch",
    "diff",
    "version",
    "release",
    "build",
    "target",
    "source",
    "module",
    "package",
    "import",
    "export",
    "symbol",
    "scope",
    "function",
    "method",
    "class",
    "struct",
    "enum",
    "trait",
    "interface",
    "template",
    "widget",
    "button",
    "dialog",
    "window",
    "screen",
    "view",
    "model",
    "controller",
    "router",
    "route",
    "endpoint",
    "gateway",
    "proxy",
    "socket",
    "port",
    "host",
    "address",
    "header",
    "body",
    "payload",
    "digest",
    "hash",
    "checksum",
    "encode",
    "decode",
    "compress",
    "archive",
    "backup",
    "restore",
    "snapshot",
    "migrate",
    "schema",
    "driver",
    "device",
    "memory",
    "register",
    "interrupt",
    "kernel",
    "thread",
    "mutex",
    "lock",
    "guard",
    "channel",
    "signal",
    "process",
    "spawn",
    "cancel",
    "abort",
    "commitment",
    "balance",
    "ledger",
    "audit",
    "trace",
    "span",
    "label",
    "title",
    "summary",
    "detail",
    "locale",
    "currency",
    "amount",
    "rate",
    "discount",
    "shipment",
    "parcel",
    "carrier",
    "tracking",
    "vehicle",
    "driverless",
    "sensor",
    "sample",
    "signalling",
    "threshold",
    "window_size",
    "histogram",
    "bucket",
    "quantile",
    "average",
    "segment",
    "split",
    "account",
    "key",
    "branch",
    "signature",
    "token",
    "certificate",
    "password",
    "secret",
    "cipher",
    "nonce",
    "credential",
    "salt",
];

/// A word, counted round.
pub(super) fn word(index: usize) -> &'static str {
    WORDS[index % WORDS.len()]
}

/// Names that a file draws from.
const VOCABULARY: usize = 48;

/// Text in the making.
pub(super) struct Prose {
    rng: Rng,
    out: Vec<u8>,
    vocabulary: Vec<[usize; 3]>,
    style: Style,
}

impl Prose {
    pub(super) fn new(rng: Rng) -> Self {
        Prose {
            rng,
            out: Vec::new(),
            vocabulary: Vec::new(),
            style: Style::Snake,
        }
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// The text, for good.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Few indexes are frequent, many rare.
    fn rare(&mut self, bound: usize) -> usize {
        self.rng.below(bound) * self.rng.below(bound) / bound
    }

    /// Begins a file: its vocabulary and its head.
    pub(super) fn begin(&mut self, language: &Language) {
        self.style = language.style;
        self.vocabulary.clear();
        for _ in 0..VOCABULARY {
            let mut name = [0; 3].map(|_: usize| self.rare(WORDS.len()));
            let words = 1 + self.rng.below(3);
            name[words..].fill(usize::MAX);
            self.vocabulary.push(name);
        }
        self.expand(language.first);
        for _ in 0..2 + self.rng.below(8) {
            self.one_of(language.head);
        }
    }

    /// Adds a function, a section, whatever the language is made of.
    pub(super) fn item(&mut self, language: &Language) {
        self.out.push(b'\n');
        self.one_of(language.open);
        for _ in 0..2 + self.rng.below(14) {
            self.one_of(language.body);
        }
        self.expand(language.close);
    }

    /// Adds a line of running text.
    pub(super) fn sentence_line(&mut self) {
        self.expand("%s %s %s\n");
    }

    /// Adds lines as they are.
    pub(super) fn line(&mut self, text: &[u8]) {
        self.out.push(b'\n');
        self.out.extend_from_slice(text);
        self.out.push(b'\n');
    }

    fn one_of(&mut self, templates: &[&str]) {
        let template = templates[self.rng.below(templates.len())];
        self.expand(template);
    }

    /// Expands a template: see `language` for the letters.
    pub(super) fn expand(&mut self, template: &str) {
        let mut parts = template.split('%');
        self.out
            .extend_from_slice(parts.next().unwrap_or_default().as_bytes());
        for part in parts {
            let (letter, rest) = part.split_at(part.len().min(1));
            match letter {
                "v" => self.name(self.style),
                "t" => self.name(Style::Pascal),
                "k" => self.name(Style::Upper),
                "n" => self.number(),
                "w" => self.word(),
                "s" => self.sentence(),
                "x" => self.characters(b"0123456789abcdef", 40),
                "b" => self.characters(
                    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                    86,
                ),
                _ => self.out.push(b'%'),
            }
            self.out.extend_from_slice(rest.as_bytes());
        }
    }

    fn number(&mut self) {
        let digits = 1 + self.rare(6);
        let number = self.rng.below(10_usize.pow(digits as u32));
        self.out.extend_from_slice(number.to_string().as_bytes());
    }

    fn word(&mut self) {
        let word = word(self.rare(WORDS.len()));
        self.out.extend_from_slice(word.as_bytes());
    }

    fn sentence(&mut self) {
        const LITTLE: &[&str] = &[
            "the", "of", "a", "is", "to", "and", "in", "when", "not", "for",
        ];
        for number in 0..3 + self.rng.below(9) {
            if number > 0 {
                self.out.push(b' ');
            }
            if self.rng.below(5) < 2 {
                let little = LITTLE[self.rng.below(LITTLE.len())];
                self.out.extend_from_slice(little.as_bytes());
            } else {
                self.word();
            }
        }
    }

    fn characters(&mut self, alphabet: &[u8], length: usize) {
        for _ in 0..length {
            let byte = alphabet[self.rng.below(alphabet.len())];
            self.out.push(byte);
        }
    }

    fn name(&mut self, style: Style) {
        let at = self.rare(VOCABULARY);
        let Some(name) = self.vocabulary.get(at).copied() else {
            return self.word();
        };
        let words = name.into_iter().filter(|word| *word != usize::MAX);
        for (number, index) in words.enumerate() {
            let start = self.out.len();
            if number > 0 && matches!(style, Style::Snake | Style::Upper) {
                self.out.push(b'_');
            }
            let first = self.out.len();
            self.out.extend_from_slice(word(index).as_bytes());
            match style {
                Style::Upper => self.out[start..].make_ascii_uppercase(),
                Style::Pascal => self.out[first..=first].make_ascii_uppercase(),
                Style::Camel if number > 0 => self.out[first..=first].make_ascii_uppercase(),
                Style::Camel | Style::Snake => {}
            }
        }
    }
}
