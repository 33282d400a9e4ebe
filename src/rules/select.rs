//! Which rules run: built-in and user packs merged, then chosen by id, tag,
//! kind and severity. The digest of the choice is what a report calls the rules
//! it ran with. How they are matched is `detect`'s.

use crate::model::rule::Companion;
use crate::model::rule::Rule;
use crate::model::rule::RuleDoc;
use crate::model::rule::RuleKind;
use crate::model::rule::Severity;
use crate::rules::check::Body;
use crate::rules::encode::Pack;
use sha2::Digest;
use sha2::Sha256;

/// What to run. `Default` is every rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ids or tags to run; empty means all.
    pub enable: Vec<String>,
    /// Ids or tags not to run; wins over `enable`.
    pub disable: Vec<String>,
    /// Kinds to run; empty means all.
    pub kinds: Vec<RuleKind>,
    /// Rules below this are not run.
    pub floor: Option<Severity>,
    /// Leaves out rules tagged `audit` that `enable` does not name: they are made for a review by
    /// hand and find more than secrets.
    pub without_audit: bool,
}

/// Why there is nothing sound to run. All are the user's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// A name that is neither.
    #[error("`{0}` is neither the id nor a tag of a rule: see `bowerbird rules list`")]
    Unknown(String),
    /// Two packs, one id.
    #[error("rule `{0}` is in two packs: rename it, or say `replace: true` in the later one")]
    Twice(String),
    /// A rule that could never be whole.
    #[error("rule `{rule}` needs `{needs}`, which is not selected: enable both or neither")]
    Incomplete {
        /// The rule.
        rule: String,
        /// Its required companion.
        needs: String,
    },
    /// Nothing left.
    #[error("no rule is selected: nothing would be looked for")]
    Empty,
}

/// The rules of a run, sorted by id, none twice.
#[derive(Clone)]
pub struct RuleSet {
    rules: Vec<&'static Rule>,
    /// The pack of each rule, and its place there.
    places: Vec<(&'static Pack, usize)>,
    packs: Vec<&'static Pack>,
    sha256: [u8; 32],
}

/// A rule of a pack. Lists of them are sorted by id: a run has more than a thousand, and looking
/// each up in maps was half of what a start cost.
#[derive(Clone, Copy)]
struct Entry {
    rule: &'static Rule,
    pack: &'static Pack,
    place: usize,
}

impl RuleSet {
    /// Chooses from packs, later ones replacing where they say so.
    ///
    /// Rules that only serve as a companion of a chosen rule come along by
    /// themselves; they report nothing alone.
    ///
    /// # Errors
    /// A [`SelectError`]; an empty choice is one, because a scan for nothing
    /// would look clean.
    pub fn new(packs: &[&'static Pack], selection: &Selection) -> Result<Self, SelectError> {
        let all = merge(packs)?;
        check_names(&all, selection)?;
        let mut chosen: Vec<bool> = all
            .iter()
            .map(|entry| !entry.rule.part_only && is_chosen(entry.rule, selection))
            .collect();
        if !chosen.contains(&true) {
            return Err(SelectError::Empty);
        }
        add_companions(&all, selection, &mut chosen)?;
        let chosen: Vec<Entry> = all
            .into_iter()
            .zip(chosen)
            .filter_map(|(entry, chosen)| chosen.then_some(entry))
            .collect();
        Ok(RuleSet {
            rules: chosen.iter().map(|entry| entry.rule).collect(),
            places: chosen
                .iter()
                .map(|entry| (entry.pack, entry.place))
                .collect(),
            packs: packs.to_vec(),
            sha256: digest(&chosen),
        })
    }

    /// The rules, sorted by id.
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// The texts of a rule, decoded when first asked for.
    pub fn doc(&self, id: &str) -> Option<&'static RuleDoc> {
        let mut packs = self.packs.iter().rev();
        packs.find_map(|pack| pack.docs().iter().find(|doc| doc.id.0 == id))
    }

    /// The rules for secrets, sorted by id.
    pub fn secrets(&self) -> Vec<&'static Rule> {
        let secrets = self
            .rules
            .iter()
            .filter(|rule| rule.kind == RuleKind::Secret);
        secrets.copied().collect()
    }

    /// The checks with what they look for, sorted by id.
    pub fn checks(&self) -> impl Iterator<Item = (&'static Rule, &'static Body)> {
        let rules = self.rules.iter().zip(&self.places);
        rules.filter_map(|(rule, (pack, place))| Some((*rule, pack.bodies().get(*place)?)))
    }

    /// SHA-256 of what the engine reads of these rules: the same for the same
    /// choice, however it was made.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }
}

/// All rules by id.
fn merge(packs: &[&'static Pack]) -> Result<Vec<Entry>, SelectError> {
    let of = |pack: &'static Pack| {
        let rules = pack.rules().iter().enumerate();
        rules.map(move |(place, rule)| Entry { rule, pack, place })
    };
    let mut all: Vec<Entry> = packs.iter().flat_map(|pack| of(pack)).collect();
    all.sort_by_key(|entry| entry.rule.id.0);
    let mut merged: Vec<Entry> = Vec::with_capacity(all.len());
    for entry in all {
        let id = entry.rule.id.0;
        match merged.last_mut().filter(|last| last.rule.id.0 == id) {
            None => merged.push(entry),
            Some(last) if entry.pack.replaces().contains(&id) => *last = entry,
            Some(_) => return Err(SelectError::Twice(id.to_owned())),
        }
    }
    Ok(merged)
}

/// The place of a rule in a list.
fn find(all: &[Entry], id: &str) -> Option<usize> {
    all.binary_search_by_key(&id, |entry| entry.rule.id.0).ok()
}

/// A misspelt name must not silently select or leave out nothing.
fn check_names(all: &[Entry], selection: &Selection) -> Result<(), SelectError> {
    let is_known = |name: &str| all.iter().any(|entry| is_named(entry.rule, name));
    let mut names = selection.enable.iter().chain(&selection.disable);
    match names.find(|name| !is_known(name)) {
        Some(name) => Err(SelectError::Unknown(name.clone())),
        None => Ok(()),
    }
}

fn is_named(rule: &Rule, name: &str) -> bool {
    rule.id.0 == name || rule.tags.contains(&name)
}

fn is_chosen(rule: &Rule, selection: &Selection) -> bool {
    let named = |names: &[String]| names.iter().any(|name| is_named(rule, name));
    (selection.enable.is_empty() || named(&selection.enable))
        && !named(&selection.disable)
        && (selection.kinds.is_empty() || selection.kinds.contains(&rule.kind))
        && selection.floor.is_none_or(|floor| rule.severity >= floor)
        && !(selection.without_audit && rule.tags.contains(&"audit") && !named(&selection.enable))
}

/// Brings in the companions that are parts only; refuses a choice that leaves a
/// required one out.
fn add_companions(
    all: &[Entry],
    selection: &Selection,
    chosen: &mut [bool],
) -> Result<(), SelectError> {
    let disabled = |rule: &Rule| selection.disable.iter().any(|name| is_named(rule, name));
    let mut waiting: Vec<usize> = (0..all.len()).filter(|&at| chosen[at]).collect();
    while let Some(at) = waiting.pop() {
        let rule = all[at].rule;
        for Companion {
            rule: other,
            required,
            ..
        } in &rule.companions
        {
            let found = find(all, other);
            let part = found.filter(|&part| {
                let part = all[part].rule;
                part.part_only && !disabled(part)
            });
            if let Some(part) = part
                && !std::mem::replace(&mut chosen[part], true)
            {
                waiting.push(part);
            }
            if *required && !found.is_some_and(|other| chosen[other]) {
                let (rule, needs) = (rule.id.0.to_owned(), (*other).to_owned());
                return Err(SelectError::Incomplete { rule, needs });
            }
        }
    }
    Ok(())
}

/// SHA-256 of the digests of the rules, each of the last pack that has it.
fn digest(chosen: &[Entry]) -> [u8; 32] {
    let mut sha256 = Sha256::new();
    for entry in chosen {
        sha256.update(entry.pack.digest(entry.place));
    }
    sha256.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::load;
    use crate::rules::source;

    /// Rules as `id severity tag extra-yaml`.
    fn pack(rules: &[(&str, &str, &str, &str)]) -> &'static Pack {
        let mut text = "provider: acme\nrules:\n".to_owned();
        for (id, severity, tag, extra) in rules {
            text += &format!(
                "  - id: {id}\n    title: t\n    severity: {severity}\n    confidence: low\n    tags: [{tag}]\n    keywords: [acme_]\n    pattern: 'acme_[0-9]{{8}}'\n    why: w\n    fix: f\n    references: [https://example.com/]\n    examples: {{match: ['acme_{{{{digit:8}}}}'], no_match: ['acme_1']}}\n    {extra}\n"
            );
        }
        let file = source::parse("acme.yml", &text).unwrap();
        Box::leak(Box::new(load::pack(vec![file])))
    }

    fn base() -> &'static Pack {
        pack(&[
            (
                "high-one",
                "high",
                "default",
                "companions: [{rule: part, within: 9, required: true}]",
            ),
            ("low-one", "low", "default", ""),
            ("part", "low", "default", "part_only: true"),
            ("strict-one", "critical", "strict", ""),
        ])
    }

    fn choose(selection: &Selection) -> Result<Vec<&'static str>, String> {
        let set = RuleSet::new(&[base()], selection).map_err(|error| error.to_string())?;
        Ok(set.rules().iter().map(|rule| rule.id.0).collect())
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn by_id_tag_kind_and_severity() {
        let all = Selection::default();
        assert_eq!(
            choose(&all).unwrap(),
            ["high-one", "low-one", "part", "strict-one"]
        );
        let by_tag = Selection {
            enable: names(&["strict", "low-one"]),
            ..all.clone()
        };
        assert_eq!(choose(&by_tag).unwrap(), ["low-one", "strict-one"]);
        let without = Selection {
            disable: names(&["default"]),
            ..all.clone()
        };
        assert_eq!(choose(&without).unwrap(), ["strict-one"]);
        let floor = Selection {
            floor: Some(Severity::High),
            ..all.clone()
        };
        assert_eq!(choose(&floor).unwrap(), ["high-one", "part", "strict-one"]);
        let kind = Selection {
            kinds: vec![RuleKind::Sast],
            ..all
        };
        assert_eq!(
            choose(&kind).unwrap_err(),
            "no rule is selected: nothing would be looked for"
        );
    }

    #[test]
    fn audit_rules_run_when_asked_for() {
        let pack = pack(&[
            ("plain", "low", "default", ""),
            ("review", "low", "audit", ""),
        ]);
        let ids = |selection: &Selection| -> Vec<&str> {
            let set = RuleSet::new(&[pack], selection).unwrap();
            set.rules().iter().map(|rule| rule.id.0).collect()
        };
        let usual = Selection {
            without_audit: true,
            ..Selection::default()
        };
        assert_eq!(ids(&usual), ["plain"]);
        assert_eq!(ids(&Selection::default()), ["plain", "review"]);
        let named = Selection {
            enable: names(&["review"]),
            ..usual
        };
        assert_eq!(ids(&named), ["review"]);
    }

    #[test]
    fn a_choice_that_cannot_mean_what_it_says_is_refused() {
        let typo = Selection {
            enable: names(&["defualt"]),
            ..Selection::default()
        };
        assert_eq!(
            choose(&typo).unwrap_err(),
            "`defualt` is neither the id nor a tag of a rule: see `bowerbird rules list`"
        );
        let torn = Selection {
            disable: names(&["part"]),
            ..Selection::default()
        };
        assert_eq!(
            choose(&torn).unwrap_err(),
            "rule `high-one` needs `part`, which is not selected: enable both or neither"
        );
    }

    #[test]
    fn a_users_rule_takes_a_built_in_place_only_when_it_says_so() {
        let silent = pack(&[("low-one", "high", "mine", "")]);
        let result = RuleSet::new(&[base(), silent], &Selection::default());
        assert_eq!(
            result.err().unwrap().to_string(),
            "rule `low-one` is in two packs: rename it, or say `replace: true` in the later one"
        );
        let open = pack(&[("low-one", "high", "mine", "replace: true")]);
        let set = RuleSet::new(&[base(), open], &Selection::default()).unwrap();
        let rule = set
            .rules()
            .iter()
            .find(|rule| rule.id.0 == "low-one")
            .unwrap();
        assert_eq!(rule.tags, ["mine"]);
    }

    #[test]
    fn the_digest_names_the_choice_not_the_way_to_it() {
        let digest = |selection: &Selection| RuleSet::new(&[base()], selection).unwrap().sha256();
        let by_tag = Selection {
            enable: names(&["strict"]),
            ..Selection::default()
        };
        let by_id = Selection {
            enable: names(&["strict-one"]),
            ..Selection::default()
        };
        assert_eq!(digest(&by_tag), digest(&by_id));
        assert_ne!(digest(&by_tag), digest(&Selection::default()));
    }
}
