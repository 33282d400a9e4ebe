//! Checks made ready: names in an index by their last part, patterns compiled,
//! kinds of flow and sets of sources numbered, and the words that tell which
//! checks a file can concern at all.

use super::demand::Selector;
use super::demand::Spec;
use super::names::Pattern;
use super::shape::Hit;
use super::shape::Shaped;
use super::words;
use super::words::Gathered;
use super::words::Searcher;
use super::words::Way;
use crate::rules::sast::Library;
use crate::rules::sast::Look;
use crate::rules::sast::Matcher;
use crate::rules::sast::Names;
use crate::rules::sast::Sanitizer;
use crate::rules::sast::Taint;
use crate::rules::shape::Form;
use regex::Regex;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// Where a matcher looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hook {
    Call,
    Read,
    Assign,
    Kwarg,
    Key,
    Default,
    Import,
    Decorator,
    Function,
    Operator,
    Return,
    Param,
}

const HOOKS: usize = 12;

/// Kinds of flow that end in an address.
const ADDRESS_KINDS: [&str; 2] = ["url", "redirect"];

/// What a match means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Check(u32),
    Sink(u32),
    Source(u8),
    Sanitizer(u64),
    Guard(u64),
    Propagator,
    Neutral,
}

/// One matcher at one hook.
pub(super) struct Entry {
    pub(super) role: Role,
    pub(super) names: Vec<Pattern>,
    pub(super) spec: Spec,
}

#[derive(Default)]
struct Index {
    by_last: HashMap<String, Vec<u32>>,
    wild: Vec<u32>,
}

/// One check as the engine needs it.
pub(super) struct Compiled {
    pub(super) id: &'static str,
    /// The bit of its kind of flow; 0 for no flow.
    pub(super) kind: u64,
    /// Sets of sources, one bit each.
    pub(super) sources: u32,
    /// Sets of sources whose flows are told last.
    pub(super) also: u32,
    /// The flow ends in an address: one whose host is fixed is harmless.
    pub(super) is_address: bool,
    /// Code of a form.
    pub(super) shaped: Option<Shaped>,
    text: Option<Regex>,
    /// A file needs one way of each list.
    needs: Vec<Vec<Way>>,
}

/// Why checks cannot be used: the user's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{check}: {message}")]
pub struct CheckError {
    /// The check, or the library.
    pub check: String,
    /// What is wrong.
    pub message: String,
}

/// The checks of one language.
pub(super) struct Checks {
    pub(super) entries: Vec<Entry>,
    hooks: [Index; HOOKS],
    pub(super) checks: Vec<Compiled>,
    words: Searcher,
}

/// Numbers of names in order of appearance.
#[derive(Default)]
struct Numbers(BTreeMap<String, u32>);

impl Numbers {
    fn of(&mut self, name: &str) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(name.to_owned()).or_insert(next)
    }
}

struct Builder {
    entries: Vec<Entry>,
    hooks: [Index; HOOKS],
    kinds: Numbers,
    sets: Numbers,
    words: Gathered,
    language: String,
    set_needs: BTreeMap<String, Vec<Way>>,
}

impl Builder {
    fn mask(&mut self, kinds: &Names) -> u64 {
        let mut mask = 0;
        for kind in kinds.all() {
            mask |= match kind.as_str() {
                "all" => u64::MAX,
                kind => 1 << (self.kinds.of(kind) % 63),
            };
        }
        mask
    }

    /// The word that stands for a part of a name at a hook.
    fn word(&mut self, hook: Hook, name: &Pattern, word: &str, is_source: bool) -> u32 {
        // Where a name may be imported as another, calls are not told by what follows the name.
        let is_plain = matches!(
            self.language.as_str(),
            "c" | "java" | "go" | "csharp" | "php"
        );
        // A method of whatever object is called by its own name nearly everywhere.
        let is_script = matches!(self.language.as_str(), "javascript" | "python");
        let is_method = is_script && (name.any_object || is_source && name.is_dotted());
        let is_call = (is_plain || is_method) && hook == Hook::Call && name.key() == Some(word);
        let form = if is_call && !name.is_new {
            words::Form::Call
        } else {
            words::Form::Start
        };
        self.words.word(word, form)
    }

    fn enter(
        &mut self,
        hook: Hook,
        names: &Names,
        role: Role,
        spec: &Spec,
    ) -> Result<Vec<Way>, String> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<Pattern> = names
            .all()
            .iter()
            .map(|name| Pattern::new(name))
            .collect::<Result<_, _>>()?;
        let id = self.entries.len() as u32;
        let mut needs = Vec::new();
        let language = self.language.clone();
        for name in &names {
            let index = &mut self.hooks[hook as usize];
            match name.key() {
                Some(key) => {
                    let ids = index.by_last.entry(key.to_owned()).or_default();
                    if ids.last() != Some(&id) {
                        ids.push(id);
                    }
                }
                None if index.wild.last() != Some(&id) => index.wild.push(id),
                None => {}
            }
            let words: Vec<&str> = match hook {
                // Operators, and names that PHP or C write without a word of their own.
                Hook::Operator => Vec::new(),
                _ => name
                    .words()
                    .filter(|word| !is_synthetic(&language, word))
                    .collect(),
            };
            let words = words
                .into_iter()
                .map(|word| self.word(hook, name, word, matches!(role, Role::Source(_))))
                .collect();
            needs.push(Way::of(words));
        }
        self.entries.push(Entry {
            role,
            names,
            spec: spec.clone(),
        });
        Ok(needs)
    }

    /// Enters a matcher at all its hooks and says which words it needs.
    fn matcher(&mut self, matcher: &Matcher, role: Role) -> Result<Vec<Way>, String> {
        let sets = &mut self.sets;
        let spec = Spec::new(matcher, &mut |set| 1 << (sets.of(set) % 32))?;
        let mut needs = Vec::new();
        for (hook, names) in [
            (Hook::Call, &matcher.call),
            (Hook::Read, &matcher.read),
            (Hook::Assign, &matcher.assign),
            (Hook::Kwarg, &matcher.kwarg),
            (Hook::Key, &matcher.key),
            (Hook::Default, &matcher.default),
            (Hook::Import, &matcher.import),
            (Hook::Decorator, &matcher.decorator),
            (Hook::Operator, &matcher.operator),
        ] {
            needs.extend(self.enter(hook, names, role, &spec)?);
        }
        let own = [
            (
                Hook::Function,
                matcher.function.as_deref().map(|name| format!("re:{name}")),
            ),
            (Hook::Return, matcher.returns.then(|| "re:".to_owned())),
            (
                Hook::Param,
                matcher.param.as_ref().map(|_| "re:".to_owned()),
            ),
        ];
        for (hook, name) in own {
            if let Some(name) = name {
                needs.extend(self.enter(hook, &Names::One(name), role, &spec)?);
            }
        }
        self.words
            .narrow(needs, matcher.keywords.all(), matcher.near.all())
    }

    fn cleaner(&mut self, cleaner: &Sanitizer, is_guard: bool) -> Result<(), String> {
        let mask = self.mask(&cleaner.cleans);
        let role = if is_guard {
            Role::Guard(mask)
        } else {
            Role::Sanitizer(mask)
        };
        let matcher = Matcher {
            call: cleaner.call.clone(),
            operator: cleaner.operator.clone(),
            all: cleaner.all.clone(),
            ..Matcher::default()
        };
        self.matcher(&matcher, role).map(|_| ())
    }

    fn library(&mut self, library: &Library) -> Result<(), String> {
        for (set, matchers) in &library.sources {
            let number = (self.sets.of(set) % 32) as u8;
            let mut needs = Vec::new();
            for matcher in matchers {
                needs.extend(self.matcher(matcher, Role::Source(number))?);
            }
            self.set_needs.entry(set.clone()).or_default().extend(needs);
        }
        library
            .sanitizers
            .iter()
            .try_for_each(|one| self.cleaner(one, false))?;
        library
            .guards
            .iter()
            .try_for_each(|one| self.cleaner(one, true))?;
        for (names, role) in [
            (&library.propagators, Role::Propagator),
            (&library.neutral, Role::Neutral),
        ] {
            let matcher = Matcher {
                call: names.clone(),
                ..Matcher::default()
            };
            self.matcher(&matcher, role)?;
        }
        Ok(())
    }

    fn check(&mut self, number: u32, id: &'static str, look: &Look) -> Result<Compiled, String> {
        let mut needs = Vec::new();
        let mut own = Vec::new();
        for matcher in &look.any {
            own.extend(self.matcher(matcher, Role::Check(number))?);
        }
        let (mut kind, mut sources, mut also) = (0, 0, 0);
        if let Some(taint) = &look.taint {
            kind = self.mask(&Names::One(taint.kind.clone()));
            let mut from = Vec::new();
            if !taint.given.is_empty() {
                let set = self.given(taint)?;
                from.extend(self.set_needs.get(&set).cloned().unwrap_or_default());
                sources |= 1 << (self.sets.of(&set) % 32);
            }
            for set in taint.sources.all().iter().chain(taint.also.all()) {
                let known = self.set_needs.get(set);
                from.extend(
                    known
                        .ok_or_else(|| format!("there is no set of sources `{set}`"))?
                        .clone(),
                );
                let bit = 1 << (self.sets.of(set) % 32);
                sources |= bit;
                if taint.also.all().contains(set) {
                    also |= bit;
                }
            }
            for sink in &taint.sinks {
                own.extend(self.matcher(sink, Role::Sink(number))?);
            }
            if look.any.is_empty() {
                needs.push(from);
            }
        }
        let shaped = look
            .form
            .as_ref()
            .map(|form| Shaped::new(&self.language, form));
        if let Some(form) = &look.form {
            needs.extend(self.form_needs(form));
        }
        if look.keywords.is_empty() {
            if look.form.is_none() || !own.is_empty() {
                needs.push(own);
            }
        } else {
            let any = vec![Way::default()];
            needs.push(self.words.narrow(any, &look.keywords, &[])?);
        }
        let kind_name = look.taint.as_ref().map(|taint| taint.kind.as_str());
        let text = look.text.as_deref().map(Regex::new).transpose();
        let text = text.map_err(|_| "`text` is no pattern".to_owned())?;
        if text.is_some() && look.keywords.is_empty() {
            needs.clear();
        }
        Ok(Compiled {
            id,
            kind,
            sources,
            also,
            is_address: kind_name.is_some_and(|kind| ADDRESS_KINDS.contains(&kind)),
            shaped: shaped.transpose()?,
            text,
            needs,
        })
    }

    /// A check's own sources and sanitizers; those that are alike are entered once.
    fn given(&mut self, taint: &Taint) -> Result<String, String> {
        let words = serde_json::to_string(&taint.given).map_err(|error| error.to_string())?;
        let set = format!("given {words}");
        if self.set_needs.contains_key(&set) {
            return Ok(set);
        }
        let number = self.sets.of(&set);
        if number >= 32 || self.kinds.0.len() >= 63 {
            let message = "checks with sources of their own are too many: at most 32 sets of \
                sources and 63 kinds of flow have room in one language";
            return Err(message.to_owned());
        }
        let mut needs = Vec::new();
        for matcher in &taint.given {
            needs.extend(self.matcher(matcher, Role::Source(number as u8))?);
        }
        for cleaner in &taint.clean {
            self.cleaner(cleaner, false)?;
        }
        self.set_needs.insert(set.clone(), needs);
        Ok(set)
    }

    /// The words that a form needs.
    fn form_needs(&mut self, form: &Form) -> Vec<Vec<Way>> {
        let mut word = |word: String| self.words.word(&word, words::Form::Part);
        let mut way = |words: Vec<String>| Way::of(words.into_iter().map(&mut word).collect());
        let mut ways = |ways: Vec<Vec<String>>| ways.into_iter().map(&mut way).collect();
        form.shape.words().into_iter().map(&mut ways).collect()
    }
}

/// True for a name that the analysis gives to what has none in the text of this language.
fn is_synthetic(language: &str, word: &str) -> bool {
    let own: &[&str] = match language {
        "php" => &["include", "echo", "shell_exec"],
        "ruby" => &["system"],
        "go" => &["mathrand", "cryptorand", "texttemplate", "htmltemplate"],
        "javascript" => &["jsx"],
        _ => &[],
    };
    matches!(word, "self" | "this") || own.contains(&word)
}

impl Checks {
    /// Compiles the checks of one language; `looks` are ids and what they look for.
    pub(super) fn new(
        library: &Library,
        looks: &[(&'static str, Look)],
    ) -> Result<Checks, CheckError> {
        let mut builder = Builder {
            entries: Vec::new(),
            hooks: Default::default(),
            kinds: Numbers::default(),
            sets: Numbers::default(),
            words: Gathered::default(),
            language: library.language.clone(),
            set_needs: BTreeMap::new(),
        };
        // The first two bits, which `value::ADDRESSES` names.
        for kind in ADDRESS_KINDS {
            builder.kinds.of(kind);
        }
        let fault = |check: &str| {
            let check = check.to_owned();
            move |message| CheckError { check, message }
        };
        builder
            .library(library)
            .map_err(fault(&format!("library of {}", library.language)))?;
        let mut checks = Vec::new();
        for (number, (id, look)) in looks.iter().enumerate() {
            checks.push(builder.check(number as u32, id, look).map_err(fault(id))?);
        }
        let words = builder.words.finish();
        let words = words.map_err(fault(&library.language))?;
        Ok(Checks {
            entries: builder.entries,
            hooks: builder.hooks,
            checks,
            words,
        })
    }

    /// Which checks a text can concern.
    pub(super) fn concerned(&self, text: &[u8]) -> Vec<bool> {
        let mut seen = self.words.search(text);
        let mut concerns = |check: &Compiled| {
            let mut needs = check.needs.iter();
            needs.all(|ways| ways.iter().any(|way| seen.holds(way)))
        };
        self.checks.iter().map(&mut concerns).collect()
    }

    /// Entries whose names may match a name with this last part.
    pub(super) fn at(&self, hook: Hook, last: &str) -> impl Iterator<Item = (u32, &Entry)> {
        let index = &self.hooks[hook as usize];
        let last = last.trim_end_matches("()");
        let exact = index.by_last.get(last).into_iter().flatten();
        exact
            .chain(&index.wild)
            .map(|id| (*id, &self.entries[*id as usize]))
    }

    /// Places of a check's own pattern in the text.
    pub(super) fn text_hits(&self, check: usize, text: &str) -> Vec<Hit> {
        let regex = self.checks[check].text.as_ref();
        let hits = regex.into_iter().flat_map(|regex| regex.find_iter(text));
        hits.map(|hit| Hit {
            at: (hit.start() as u32, hit.end() as u32),
            holes: Vec::new(),
        })
        .collect()
    }
}

/// The positions a sink names.
pub(super) fn selectors(names: &Names) -> Result<Vec<Selector>, String> {
    names.all().iter().map(|name| Selector::new(name)).collect()
}
