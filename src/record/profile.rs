//! Named sets of activities that a gate may ask for: levels of the model, which
//! hold all lower ones, and sets of other origin as data in `patterns/profiles`.

use crate::model::evidence::Assessment;
use serde::Deserialize;
use std::sync::LazyLock;

const SCANNING: &str = include_str!("../../patterns/profiles/article-l1-scanning.yml");
const ARTICLE: &str = include_str!("../../patterns/profiles/article-2024.yml");

/// A file of a profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub profile: String,
    /// What it is, in one sentence.
    pub about: String,
    /// What it asks for.
    pub rows: Vec<Row>,
}

/// One row: a demand and the activities that carry it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name.
    pub row: String,
    /// The level where its origin puts it; 0 for none.
    #[serde(default)]
    pub level: u8,
    /// Activities, by id; none for a row that is no demand.
    #[serde(default)]
    pub activities: Vec<String>,
}

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let read = |name: &str, text: &str| {
        crate::rules::source::document::<Profile>(name, text)
            .expect("it is part of the program and tested")
    };
    vec![
        read("article-l1-scanning.yml", SCANNING),
        read("article-2024.yml", ARTICLE),
    ]
});

/// The profiles that are data.
pub fn all() -> &'static [Profile] {
    &PROFILES
}

/// What a gate asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Required {
    /// Every activity up to this level.
    Level(u8),
    /// These activities, by id.
    Set(Vec<String>),
}

impl Required {
    /// What a name asks for; `None` for an unknown one.
    pub fn named(name: &str) -> Option<Required> {
        if let Some(level) = name.strip_prefix("level") {
            return level
                .parse()
                .ok()
                .filter(|level| (1..=5).contains(level))
                .map(Required::Level);
        }
        let (base, level) = match name.rsplit_once("-l") {
            Some((base, level)) if level.len() == 1 => (base, level.parse::<u8>().ok()),
            _ => (name, None),
        };
        let profile = PROFILES
            .iter()
            .find(|it| it.profile == name)
            .map(|it| (it, None));
        let profile = profile.or_else(|| {
            let found = PROFILES.iter().find(|it| it.profile == base)?;
            level.map(|level| (found, Some(level)))
        })?;
        let rows = profile
            .0
            .rows
            .iter()
            .filter(|row| profile.1.is_none_or(|level| row.level == level));
        let mut ids: Vec<String> = rows
            .flat_map(|row| row.activities.iter().cloned())
            .collect();
        ids.sort();
        ids.dedup();
        (!ids.is_empty()).then_some(Required::Set(ids))
    }

    /// Whether an activity is asked for.
    pub fn asks_for(&self, assessment: &Assessment) -> bool {
        match self {
            Required::Level(level) => assessment.level <= *level,
            Required::Set(ids) => ids.contains(&assessment.activity),
        }
    }
}

/// Names that [`Required::named`] knows, for help.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = (1..=5).map(|level| format!("level{level}")).collect();
    names.extend(PROFILES.iter().map(|profile| profile.profile.clone()));
    names.extend((1..=4).map(|level| format!("article-2024-l{level}")));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::builtin;

    #[test]
    fn profiles_name_activities_of_the_model_only() {
        for name in names() {
            let required = Required::named(&name).unwrap_or_else(|| panic!("{name}"));
            if let Required::Set(ids) = required {
                for id in ids {
                    assert!(
                        builtin::activities().iter().any(|it| it.id == id),
                        "{name}: {id}"
                    );
                }
            }
        }
        assert_eq!(Required::named("level6"), None);
        assert_eq!(Required::named("article-2024-l9"), None);
        let ids = match Required::named("article-l1-scanning") {
            Some(Required::Set(ids)) => ids.len(),
            _ => 0,
        };
        assert_eq!(ids, 7);
    }
}
