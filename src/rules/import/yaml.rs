//! A YAML document of another tool with the place of every key and value, so that
//! whatever has no counterpart can be refused by name and line. What the keys mean
//! is left to the format that reads them.

use crate::rules::source::At;
use crate::rules::source::Place;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use std::fmt;

/// A key and its value.
pub(super) type Entry = (At<String>, At<Yaml>);

/// What stands in a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Yaml {
    /// Nothing, `null`.
    #[default]
    Null,
    /// A text, or a number or boolean as it is written.
    Text(String),
    /// A list.
    List(Vec<At<Yaml>>),
    /// Keys and values in their order.
    Map(Vec<Entry>),
}

/// What has no counterpart, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The rule, when it is known.
    pub(super) rule: Option<String>,
    pub(super) place: Place,
    pub(super) message: String,
}

/// A refusal at a place.
pub(super) fn refuse<T>(place: Place, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        rule: None,
        place,
        message: message.into(),
    })
}

impl At<Yaml> {
    /// The text.
    pub(super) fn text(&self, key: &str) -> Result<&str, Refusal> {
        match &self.value {
            Yaml::Text(text) => Ok(text),
            _ => refuse(self.place, format!("`{key}` is to be a text")),
        }
    }

    /// The items of a list.
    pub(super) fn list(&self, key: &str) -> Result<&[At<Yaml>], Refusal> {
        match &self.value {
            Yaml::List(items) => Ok(items),
            _ => refuse(self.place, format!("`{key}` is to be a list")),
        }
    }

    /// The entries of a map.
    pub(super) fn map(&self, key: &str) -> Result<&[Entry], Refusal> {
        match &self.value {
            Yaml::Map(entries) => Ok(entries),
            _ => refuse(self.place, format!("`{key}` is to hold keys")),
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&At<Yaml>> {
        match &self.value {
            Yaml::Map(entries) => entries
                .iter()
                .find(|(name, _)| name.value == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// One text, or the texts of a list.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<&str>, Refusal> {
        match &self.value {
            Yaml::List(items) => items.iter().map(|item| item.text(key)).collect(),
            _ => self.text(key).map(|text| vec![text]),
        }
    }
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Yaml;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Yaml, E> {
                Ok(Yaml::Text(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Yaml, E> {
                Ok(Yaml::Text(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Yaml, E> {
                Ok(Yaml::Text(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Yaml, E> {
                Ok(Yaml::Text(value.to_string()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Yaml, E> {
                Ok(Yaml::Text(value.to_owned()))
            }

            fn visit_unit<E>(self) -> Result<Yaml, E> {
                Ok(Yaml::Null)
            }

            fn visit_none<E>(self) -> Result<Yaml, E> {
                Ok(Yaml::Null)
            }

            fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Yaml, D::Error> {
                Yaml::deserialize(from)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Yaml, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = from.next_element()? {
                    items.push(item);
                }
                Ok(Yaml::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Yaml, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = from.next_entry()? {
                    entries.push(entry);
                }
                Ok(Yaml::Map(entries))
            }
        }
        from.deserialize_any(Any)
    }
}
