//! Canonical JSON, and a strict reader: a document that names a key twice means two
//! things to two readers, so it is refused before anything else is asked of it.

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::Map;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt;

/// The canonical bytes of a value: sorted keys, no space.
///
/// # Errors
/// When a value cannot be JSON; records always can.
pub fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let value = serde_json::to_value(value)?;
    let mut out = Vec::new();
    write(&value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<Vec<u16>, (&String, &Value)> = map
                .iter()
                .map(|(key, value)| (key.encode_utf16().collect(), (key, value)))
                .collect();
            out.push(b'{');
            for (at, (key, inner)) in sorted.values().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, key)?;
                out.push(b':');
                write(inner, out)?;
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (at, inner) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(inner, out)?;
            }
            out.push(b']');
        }
        plain => serde_json::to_writer(&mut *out, plain)?,
    }
    Ok(())
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads JSON and refuses a key that stands twice in one object.
///
/// # Errors
/// Where it is not JSON, or names a key twice, or is not of the type.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    let strict: Strict = serde_json::from_slice(bytes)?;
    serde_json::from_value(strict.0)
}

/// Whether a document is JSON and is refused by [`read`] only because it names a key twice.
pub fn names_twice(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Strict>(bytes).is_err()
        && serde_json::from_slice::<Value>(bytes).is_ok()
}

/// A value without a key twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            found.push(item);
        }
        Ok(Value::Array(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if map.insert(key, value).is_some() {
                return Err(serde::de::Error::custom("a key stands twice in one object"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_a_key_twice_is_refused() {
        let value: Value = read(br#"{"b":[1,{"z":null,"a":"\u0001\u00e9"}],"a":true}"#).unwrap();
        let out = String::from_utf8(bytes(&value).unwrap()).unwrap();
        assert_eq!(
            out,
            "{\"a\":true,\"b\":[1,{\"a\":\"\\u0001\u{e9}\",\"z\":null}]}"
        );
        assert!(read::<Value>(br#"{"a":1,"a":1}"#).is_err());
        assert!(read::<Value>(br#"{"b":{"a":1,"\u0061":2}}"#).is_err());
    }
}
