//! The engine: literals to rules, hits to matches. Built once per run; all its
//! methods take `&self` and a scratch of the calling thread.

use super::compiled::Compiled;
use super::compiled::Found;
use super::entropy::shannon_centi;
use super::filter;
use super::form::Form;
use super::guard::Guard;
use super::matching::Match;
use super::matching::MatchInfo;
use super::matching::Refusal;
use super::matching::Score;
use super::probe::Probe;
use super::walk::Budget;
use crate::detect::generic;
use crate::detect::generic::Looked;
use crate::detect::prefilter;
use crate::detect::prefilter::Hit;
use crate::detect::prefilter::Prefilter;
use crate::detect::views;
use crate::model::finding::Validity;
use crate::model::rule::Confidence;
use crate::model::rule::Keyword;
use crate::model::rule::Rule;
use crate::model::secret::Secret;
use crate::rules::positions::Positions;
use crate::rules::reach;
use crate::token;
use crate::token::Grade;
use crate::token::Outcome;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::OnceLock;

/// Everything that is computed once from the selected rules.
pub struct Engine {
    rules: Vec<&'static Rule>,
    compiled: Vec<OnceLock<Compiled>>,
    positions: Vec<OnceLock<Option<Arc<Positions>>>>,
    budget: Budget,
    literals: Vec<Literal>,
    prefilter: OnceLock<Prefilter>,
    scored: BTreeMap<&'static str, usize>,
    now: Option<i64>,
    reach: Reach,
    /// The length of the longest keyword.
    longest: usize,
}

/// How far from a keyword a decision may look, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// To the left of its first byte.
    pub left: usize,
    /// To the right of its last byte.
    pub right: usize,
}

/// One keyword of the prefilter and who wants it.
struct Literal {
    text: &'static [u8],
    rules: Vec<Wanted>,
    scored: bool,
    /// No rule wants it behind a byte of a word.
    bounded: bool,
    /// The only spelling that any rule wants, if there is one.
    spelling: Option<&'static [u8]>,
    /// One of its rules is.
    named: bool,
    reach: Reach,
    guard: OnceLock<Box<Guard>>,
}

/// A rule that wants a literal, with the reach of its pattern around it.
struct Wanted {
    rule: usize,
    left: usize,
    right: usize,
    /// Its pattern joins a name and a value by an operator.
    named: bool,
}

/// The most that a place adds to a score: what could still become a finding is kept.
const BEST_PLACE: i32 = 60;

/// Buffers of one thread.
#[derive(Default)]
pub struct Scratch {
    pub(super) hits: Vec<Hit>,
    pub(super) matches: Vec<Match>,
    prefilter: prefilter::Scratch,
    places: Vec<u16>,
    /// Hits handed to verification, for the bench.
    pub candidates: u64,
}

impl Engine {
    /// Builds an engine for these rules. `now`, in seconds since 1970, labels what has expired;
    /// without it nothing is labelled.
    pub fn new(rules: Vec<&'static Rule>, now: Option<i64>) -> Self {
        let mut scored = BTreeMap::new();
        let mut wanted = Vec::with_capacity(2 * rules.len());
        for (index, rule) in rules.iter().enumerate() {
            if rule.generic {
                scored.insert(rule.id.0, index);
            }
            let by = |keyword| Some((index, *rule, keyword));
            let keywords = rule.keywords.iter();
            wanted.extend(keywords.map(|keyword| (keyword.text, by(keyword))));
        }
        if !scored.is_empty() {
            wanted.extend(generic::keywords().map(|text| (text, None)));
        }
        wanted.sort_by_key(|(text, _)| *text);
        let mut literals: Vec<Literal> = Vec::with_capacity(wanted.len());
        for (text, by) in wanted {
            if literals
                .last()
                .is_none_or(|last| last.text != text.as_bytes())
            {
                literals.push(Literal::new(text));
            }
            let literal = literals
                .last_mut()
                .expect("it was pushed if there was none");
            match by {
                Some((index, rule, keyword)) => literal.want(index, rule, keyword),
                None => literal.score(),
            }
        }
        let reach = literals
            .iter()
            .fold(Reach::default(), |widest, literal| Reach {
                left: widest.left.max(literal.reach.left),
                right: widest.right.max(literal.reach.right + literal.text.len()),
            });
        let lengths = literals.iter().map(|literal| literal.text.len());
        let longest = lengths.max().unwrap_or(0);
        let compiled = rules.iter().map(|_| OnceLock::new()).collect();
        let positions = rules.iter().map(|_| OnceLock::new()).collect();
        Engine {
            rules,
            compiled,
            positions,
            budget: Budget::default(),
            literals,
            prefilter: OnceLock::new(),
            scored,
            now,
            reach,
            longest,
        }
    }

    /// The selected rules, in the order that [`MatchInfo::rule`] counts.
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// The farthest any decision looks: windows of a large blob must overlap by this much.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// How many rules have been compiled so far, for the bench.
    pub fn compiled_rules(&self) -> usize {
        self.compiled
            .iter()
            .filter(|slot| slot.get().is_some())
            .count()
    }

    /// Appends the matches whose keyword starts in `core`, in order. `binary` data is
    /// searched for provider tokens only.
    pub fn scan(
        &self,
        bytes: &[u8],
        core: Range<usize>,
        binary: bool,
        scratch: &mut Scratch,
        out: &mut Vec<Match>,
    ) {
        self.scan_probed(bytes, core, binary, scratch, out, &mut ());
    }

    /// Like [`Engine::scan`]; `probe` is told of every verification.
    pub fn scan_probed(
        &self,
        bytes: &[u8],
        core: Range<usize>,
        binary: bool,
        scratch: &mut Scratch,
        out: &mut Vec<Match>,
        probe: &mut impl Probe,
    ) {
        let mut hits = std::mem::take(&mut scratch.hits);
        hits.clear();
        self.find_hits(bytes, core, scratch, &mut hits);
        for hit in &hits {
            self.verify_probed(bytes, *hit, binary, scratch, out, probe);
        }
        scratch.hits = hits;
    }

    /// How many keyword hits start in `core`: the first step of a scan alone, for the bench.
    pub fn count_hits(&self, bytes: &[u8], core: Range<usize>, scratch: &mut Scratch) -> usize {
        let mut hits = std::mem::take(&mut scratch.hits);
        hits.clear();
        self.find_hits(bytes, core, scratch, &mut hits);
        let found = hits.len();
        scratch.hits = hits;
        found
    }

    /// Appends the keyword hits that start in `range`.
    pub(super) fn find_hits(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
    ) {
        self.prefilter()
            .find(bytes, range, &mut scratch.prefilter, hits);
    }

    fn prefilter(&self) -> &Prefilter {
        self.prefilter.get_or_init(|| {
            let literals: Vec<_> = self.literals.iter().map(Literal::sought).collect();
            Prefilter::new(&literals)
        })
    }

    /// The length of the longest keyword.
    pub(super) fn longest_keyword(&self) -> usize {
        self.longest
    }

    /// The keyword of that number.
    pub(super) fn keyword(&self, literal: u16) -> Option<&'static [u8]> {
        let literal = self.literals.get(usize::from(literal))?;
        Some(literal.text)
    }

    /// One past the last byte of a hit.
    pub(super) fn end_of(&self, hit: Hit) -> usize {
        hit.pos as usize + self.literals[usize::from(hit.literal)].text.len()
    }

    /// The first byte, and one past the last, that the decision about a hit may look at,
    /// look-around included; before the start or behind the end of the blob where it is near.
    pub(super) fn needs(&self, hit: Hit) -> (i64, i64) {
        let reach = self.literals[usize::from(hit.literal)].reach;
        let (start, end) = (i64::from(hit.pos), self.end_of(hit) as i64);
        (start - reach.left as i64 - 1, end + reach.right as i64 + 1)
    }

    /// Appends the matches that belong to one hit, and says how far was looked to decide about it:
    /// `None` when that may be as far as [`Engine::needs`] tells.
    pub(super) fn verify(
        &self,
        bytes: &[u8],
        hit: Hit,
        binary: bool,
        scratch: &mut Scratch,
        out: &mut Vec<Match>,
    ) -> Option<Looked> {
        self.verify_probed(bytes, hit, binary, scratch, out, &mut ())
    }

    fn verify_probed(
        &self,
        bytes: &[u8],
        hit: Hit,
        binary: bool,
        scratch: &mut Scratch,
        out: &mut Vec<Match>,
        probe: &mut impl Probe,
    ) -> Option<Looked> {
        scratch.candidates += 1;
        let literal = &self.literals[usize::from(hit.literal)];
        let covered = hit.pos as usize..hit.pos as usize + literal.text.len();
        let first = out.len();
        scratch.places.clear();
        let mut looked = Some(Looked::default());
        if !literal.rules.is_empty() {
            let passing = self.passing(literal, bytes, covered.clone(), &mut scratch.places);
            looked = Some(passing).filter(|_| scratch.places.is_empty());
        }
        for &place in &scratch.places {
            let wanted = &literal.rules[usize::from(place)];
            let window = covered.start.saturating_sub(wanted.left)
                ..(covered.end + wanted.right).min(bytes.len());
            let (mark, before) = (probe.begin(), out.len());
            if let Some(found) =
                self.compiled(wanted.rule)
                    .find_covering(bytes, window, covered.clone())
            {
                let info = self.judge(bytes, wanted.rule, &found);
                out.push(Self::matched(found, info));
            }
            probe.end(mark, Some(wanted.rule), out.len() > before);
        }
        if literal.named {
            let refused = generic::refuses_name(bytes, &covered);
            looked = farther(looked, refused);
            if refused.is_none() {
                self.verify_form(literal, bytes, &covered, first, scratch, out);
            }
        }
        if literal.scored && !binary {
            let (mark, before) = (probe.begin(), out.len());
            let refused = generic::refuses(bytes, &covered);
            looked = farther(looked, refused);
            if refused.is_none() {
                self.verify_scored(bytes, covered, out);
            }
            probe.end(mark, None, out.len() > before);
        }
        looked
    }

    /// Appends the matches of rules that have none since `first`, where name and value are apart.
    fn verify_form(
        &self,
        literal: &Literal,
        bytes: &[u8],
        covered: &Range<usize>,
        first: usize,
        scratch: &mut Scratch,
        out: &mut Vec<Match>,
    ) {
        let Some(form) = Form::read(bytes, covered) else {
            return;
        };
        let places = &mut scratch.places;
        places.clear();
        self.passing(literal, form.text(), form.hit(), places);
        for wanted in places
            .iter()
            .map(|place| &literal.rules[usize::from(*place)])
        {
            let known = out[first..].iter().any(|m| m.info.rule == wanted.rule);
            if wanted.named
                && !known
                && let Some(found) = form.find(self.compiled(wanted.rule))
            {
                let info = self.judge(bytes, wanted.rule, &found);
                out.push(Self::matched(found, info));
            }
        }
    }

    /// The rules of a literal that are worth running, as places in its list.
    fn passing(
        &self,
        literal: &Literal,
        bytes: &[u8],
        covered: Range<usize>,
        places: &mut Vec<u16>,
    ) -> Looked {
        let guard = literal.guard.get_or_init(|| {
            let rules = literal.rules.iter();
            let rules: Vec<_> = rules.map(|wanted| self.positions(wanted.rule)).collect();
            Box::new(Guard::new(literal.text, &rules, &self.budget))
        });
        guard.passing(bytes, covered, &self.budget, places)
    }

    /// The positions of a rule's pattern, if it has any that a guard can use.
    fn positions(&self, rule: usize) -> Option<Arc<Positions>> {
        let made = self.positions[rule].get_or_init(|| {
            let pattern = reach::parse(self.rules[rule].pattern).ok()?;
            Positions::new(&pattern).map(Arc::new)
        });
        made.clone()
    }

    fn verify_scored(&self, bytes: &[u8], covered: Range<usize>, out: &mut Vec<Match>) {
        let Some(candidate) = generic::extract(bytes, covered.clone()) else {
            return;
        };
        let before = out.len();
        self.score_decoded(bytes, &candidate, out);
        if out.len() > before {
            self.add_parts(bytes, &covered, &candidate, out);
        }
    }

    /// Adds users and hosts beside a candidate; resolution joins them to it.
    fn add_parts(
        &self,
        bytes: &[u8],
        hit: &Range<usize>,
        candidate: &generic::Candidate,
        out: &mut Vec<Match>,
    ) {
        for (kind, place) in generic::beside(bytes, hit, candidate) {
            let Some(&rule) = self.scored.get(kind) else {
                continue;
            };
            let found = Found {
                span: place.clone(),
                secret: place,
            };
            let info = self.unjudged(bytes, rule, &found);
            out.push(Self::matched(found, info));
        }
    }

    /// Judges a candidate by the text that its value stands for, if it is an encoding.
    fn score_decoded(&self, bytes: &[u8], candidate: &generic::Candidate, out: &mut Vec<Match>) {
        if let Some(plain) = decoded_value(bytes, candidate) {
            let before = out.len();
            self.score(&plain.bytes, &plain.candidate, out);
            if let Some(matched) = out.get_mut(before) {
                matched.decoded_by(&["base64"]);
                matched.span = span_of(candidate);
                matched.secret = candidate.value.clone();
                return;
            }
            if plain.certain {
                return;
            }
        }
        self.score(bytes, candidate, out);
    }

    /// Adds a match when the scorer takes a candidate for a secret.
    fn score(&self, bytes: &[u8], candidate: &generic::Candidate, out: &mut Vec<Match>) {
        let Some(&rule) = self.scored.get(generic::kind_of(bytes, candidate)) else {
            return;
        };
        let Ok(judgement) = generic::judge(bytes, candidate) else {
            return;
        };
        let Some(confidence) = generic::confidence(judgement.score + BEST_PLACE) else {
            return;
        };
        let found = Found {
            span: span_of(candidate),
            secret: candidate.value.clone(),
        };
        let info = MatchInfo {
            confidence,
            score: Some(Score {
                points: judgement.score,
                features: judgement.features.to_vec(),
            }),
            ..self.unjudged(bytes, rule, &found)
        };
        out.push(Self::matched(found, info));
    }

    fn matched(found: Found, info: MatchInfo) -> Match {
        Match {
            info: Arc::new(info),
            span: found.span,
            secret: found.secret,
        }
    }

    fn compiled(&self, rule: usize) -> &Compiled {
        self.compiled[rule].get_or_init(|| Compiled::new(self.rules[rule]))
    }

    /// What is known of a match before anything is checked.
    fn unjudged(&self, bytes: &[u8], rule: usize, found: &Found) -> MatchInfo {
        MatchInfo {
            rule,
            secret: Secret::new(&bytes[found.secret.clone()]),
            validity: Validity::Unknown,
            expires: None,
            facts: Vec::new(),
            confidence: self.rules[rule].confidence,
            score: None,
            refused: None,
            decoded: Vec::new(),
        }
    }

    /// Decides what a raw match is worth.
    fn judge(&self, bytes: &[u8], rule: usize, found: &Found) -> MatchInfo {
        let secret = &bytes[found.secret.clone()];
        let definition = self.rules[rule];
        let mut info = self.unjudged(bytes, rule, found);
        let format = token::find(definition.validate);
        let outcome = format.map_or(Outcome::Unknown, |format| format.check(secret));
        let proven = matches!(outcome, Outcome::Valid { .. });
        let worthless = is_worthless(secret, definition) || is_next_name(bytes, &found.secret);
        if (!proven && worthless) || self.compiled(rule).is_refused(secret) {
            info.refused = Some(Refusal::Placeholder);
        } else if !has_context(bytes, found, definition) {
            info.refused = Some(Refusal::NoContext);
        } else {
            self.apply(outcome, &mut info);
        }
        info
    }

    fn apply(&self, outcome: Outcome, info: &mut MatchInfo) {
        match outcome {
            Outcome::Invalid => info.refused = Some(Refusal::ChecksumFailed),
            Outcome::Unknown => {}
            Outcome::Valid {
                grade,
                expires,
                facts,
            } => {
                info.validity = match grade {
                    Grade::Structure => Validity::StructureValid,
                    Grade::Checksum => Validity::ChecksumValid,
                };
                if grade == Grade::Checksum {
                    info.confidence = Confidence::High;
                }
                if expires
                    .zip(self.now)
                    .is_some_and(|(expires, now)| expires < now)
                {
                    info.validity = Validity::Expired;
                }
                info.expires = expires;
                info.facts = facts;
            }
        }
    }
}

/// What both look at; `None` stands for all they may.
fn farther(one: Option<Looked>, other: Option<Looked>) -> Option<Looked> {
    let (one, other) = (one?, other?);
    Some(Looked {
        left: one.left.max(other.left),
        right: one.right.max(other.right),
    })
}

/// Name and value with all between them.
fn span_of(candidate: &generic::Candidate) -> Range<usize> {
    let (name, value) = (&candidate.name, &candidate.value);
    name.start.min(value.start)..name.end.max(value.end)
}

/// A candidate with the text that its value stands for in place of it.
struct Plain {
    bytes: Vec<u8>,
    candidate: generic::Candidate,
    /// The value is certainly an encoding: no word looks like it.
    certain: bool,
}

/// A value that is base64 of printable text, as in the `data` of a Kubernetes Secret: its text is what
/// is judged. In a header, base64 is the form itself.
fn decoded_value(bytes: &[u8], candidate: &generic::Candidate) -> Option<Plain> {
    /// What words of English make by chance is shorter.
    const CERTAIN: usize = 20;
    if candidate.syntax == generic::Syntax::Header {
        return None;
    }
    let value = candidate.value.clone();
    let encoded = &bytes[value.clone()];
    // User and password of Basic authentication, as in `_auth` of npm: the pair is the secret.
    let text = views::base64_value(encoded).filter(|text| !text.contains(&b':'))?;
    let from = span_of(candidate).start.saturating_sub(generic::LEFT_REACH);
    let to = bytes
        .len()
        .min(span_of(candidate).end + generic::RIGHT_REACH);
    let start = value.start - from;
    let name = candidate.name.clone();
    let behind = |at: usize| {
        if at < value.end {
            at - from
        } else {
            at - from - value.len() + text.len()
        }
    };
    Some(Plain {
        bytes: [&bytes[from..value.start], &text, &bytes[value.end..to]].concat(),
        candidate: generic::Candidate {
            name: behind(name.start)..behind(name.end),
            value: start..start + text.len(),
            ..candidate.clone()
        },
        certain: encoded.ends_with(b"=") || encoded.len() >= CERTAIN,
    })
}

/// A placeholder, or below the entropy that the rule asks for. What a format has proven is not
/// asked: formats refuse their own fillers and know which parts are padding or a host name.
fn is_worthless(secret: &[u8], rule: &Rule) -> bool {
    filter::is_placeholder(secret)
        || (rule.min_entropy_centi > 0 && shannon_centi(secret) < rule.min_entropy_centi)
}

/// `API_SECRET=` and on the next line `API_URL=…`: the setting is empty, and what follows is the name of another.
/// Reads one byte on each side of the secret, which the match spans.
fn is_next_name(bytes: &[u8], secret: &Range<usize>) -> bool {
    let text = &bytes[secret.clone()];
    let name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let mixed = text.iter().any(u8::is_ascii_uppercase) && text.iter().any(u8::is_ascii_lowercase);
    let starts = secret.start > 0 && bytes[secret.start - 1] == b'\n';
    let ends = matches!(bytes.get(secret.end), Some(b'=' | b':'));
    starts && ends && !mixed && text.contains(&b'_') && text.iter().all(name)
}

/// One of the rule's context words stands near the match, or it has none.
fn has_context(bytes: &[u8], found: &Found, rule: &Rule) -> bool {
    if rule.context.is_empty() {
        return true;
    }
    let reach = rule.context_reach as usize;
    let around = found.span.start.saturating_sub(reach)..(found.span.end + reach).min(bytes.len());
    let folded = bytes[around].to_ascii_lowercase();
    rule.context
        .iter()
        .any(|word| memchr::memmem::find(&folded, word.as_bytes()).is_some())
}

impl Literal {
    fn new(text: &'static str) -> Self {
        Literal {
            text: text.as_bytes(),
            rules: Vec::new(),
            scored: false,
            bounded: true,
            spelling: None,
            named: false,
            reach: Reach::default(),
            guard: OnceLock::new(),
        }
    }

    fn want(&mut self, index: usize, rule: &Rule, keyword: &Keyword) {
        let spelling = Some(keyword.spelling.as_bytes()).filter(|spelling| !spelling.is_empty());
        let same = self.rules.is_empty() || self.spelling == spelling;
        self.spelling = spelling.filter(|_| same);
        self.bounded &= keyword.bounded;
        let (mut left, mut right) = (keyword.left as usize, keyword.right as usize);
        self.rules.push(Wanted {
            rule: index,
            left,
            right,
            named: rule.named,
        });
        if rule.named {
            self.named = true;
            left = left.max(generic::FORM_LEFT);
            right = right.max(generic::FORM_RIGHT);
        }
        let context = if rule.context.is_empty() {
            0
        } else {
            rule.context_reach as usize
        };
        self.widen(left + context, right + context);
    }

    /// The scorer wants it, anywhere and in any case.
    fn score(&mut self) {
        self.scored = true;
        self.bounded = false;
        self.spelling = None;
        self.widen(generic::LEFT_REACH, generic::RIGHT_REACH);
    }

    /// What the prefilter looks for.
    fn sought(&self) -> prefilter::Literal<'static> {
        prefilter::Literal {
            text: self.spelling.unwrap_or(self.text),
            bounded: self.bounded,
            exact: self.spelling.is_some(),
        }
    }

    fn widen(&mut self, left: usize, right: usize) {
        self.reach.left = self.reach.left.max(left);
        self.reach.right = self.reach.right.max(right);
    }
}
