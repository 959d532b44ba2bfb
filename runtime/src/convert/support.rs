//! What the code that the derives make calls. Hosts do not.

use super::collections::exactly;
use super::{ConvertError, FromValue};
use crate::value::{Map, Value, Vector};

pub use super::nested;

/// The Map that a struct is read from.
pub fn map(value: &Value) -> Result<&Map, ConvertError> {
    let map = value.as_map().or_else(|| value.as_error().map(|error| &error.fields));
    map.ok_or_else(|| ConvertError::mismatch("Map", value))
}

/// What a unit struct is read from.
pub fn null(value: &Value) -> Result<(), ConvertError> {
    <()>::from_value(value)
}

/// The name of a field; short ones are values when the program is compiled.
pub struct Name {
    text: &'static str,
    key: Value,
}

impl Name {
    /// The name with this text.
    pub const fn new(text: &'static str) -> Name {
        Name { text, key: Value::literal(text) }
    }

    /// The name as a key.
    #[inline]
    pub fn key(&self) -> Value {
        if self.key.is_undefined() { Value::str(self.text) } else { self.key.clone() }
    }

    /// What a map has under this name. `place` is where it stands if the map has exactly the fields of the struct.
    #[inline]
    fn find<'m>(&self, map: &'m Map, place: u32) -> Option<&'m Value> {
        match map.at_hint(&self.key, place) {
            Some(value) => Some(value),
            None if self.key.is_undefined() => map.get_str(self.text),
            None => map.get(&self.key),
        }
    }
}

/// A field of a struct.
#[inline]
pub fn field<T: FromValue>(map: &Map, name: &Name, place: u32) -> Result<T, ConvertError> {
    match name.find(map, place) {
        Some(value) => T::from_value(value).map_err(|error| error.at_key(name.text)),
        None => T::missing().ok_or_else(|| ConvertError::missing_field(name.text)),
    }
}

/// A field of a struct that has a default.
#[inline]
pub fn optional<T: FromValue>(
    map: &Map,
    name: &Name,
    place: u32,
) -> Result<Option<T>, ConvertError> {
    match name.find(map, place) {
        Some(value) => T::from_value(value).map(Some).map_err(|error| error.at_key(name.text)),
        None => Ok(None),
    }
}

/// What is left for a flattened field.
pub fn rest<T: FromValue>(map: &Map, taken: &[&str]) -> Result<T, ConvertError> {
    let mut map = map.clone();
    for name in taken {
        map.remove(&Value::str(name));
    }
    T::from_owned(Value::map(map))
}

/// Refuses keys that are no fields.
pub fn deny_unknown(map: &Map, known: &[&str]) -> Result<(), ConvertError> {
    for key in map.keys() {
        match key.as_str() {
            Some(name) if known.contains(&name) => {}
            Some(name) => return Err(ConvertError::unknown_field(name, known)),
            None => return Err(ConvertError::unknown_field(&key.write_bounded(60), known)),
        }
    }
    Ok(())
}

/// The Vec that a tuple struct is read from.
pub fn items(value: &Value, len: usize) -> Result<&Vector, ConvertError> {
    exactly(value, len)
}

/// A field of a tuple struct.
#[inline]
pub fn item<T: FromValue>(items: &Vector, index: usize) -> Result<T, ConvertError> {
    T::from_value(items.get(index).unwrap_or(&Value::NULL)).map_err(|e| e.at_index(index))
}

/// The name of a variant and what it holds, if that is there.
pub fn variant<'v>(
    value: &'v Value,
    names: &[&str],
) -> Result<(&'v str, Option<&'v Value>), ConvertError> {
    if let Some(name) = value.as_str() {
        return Ok((name, None));
    }
    let mut bindings = value.as_map().map(Map::iter).into_iter().flatten();
    match (bindings.next().map(|(name, content)| (name.as_str(), content)), bindings.next()) {
        (Some((Some(name), content)), None) => Ok((name, Some(content))),
        _ => Err(ConvertError::mismatch(format!("one of {}", names.join(", ")), value)),
    }
}

/// Reads what a variant holds.
pub fn content<'v, T>(
    value: &Value,
    name: &'static str,
    content: Option<&'v Value>,
    read: impl FnOnce(&'v Value) -> Result<T, ConvertError>,
) -> Result<T, ConvertError> {
    match content {
        Some(content) => read(content).map_err(|error| error.at_key(name)),
        None => Err(ConvertError::mismatch("a Map of the variant and what it holds", value)),
    }
}

/// Checks that a unit variant holds nothing.
pub fn no_content(name: &'static str, content: Option<&Value>) -> Result<(), ConvertError> {
    content.map_or(Ok(()), |content| null(content).map_err(|error| error.at_key(name)))
}

/// The value of a struct whose keys stand in order and are different.
#[inline]
pub fn record(fields: Vec<(Value, Value)>) -> Value {
    debug_assert!(fields.is_sorted_by(|(a, _), (b, _)| a < b));
    Value::map(Map::from_sorted(fields))
}

/// The value of a struct with what is flattened into it.
pub fn flatten<const N: usize>(record: Value, flattened: [Value; N]) -> Value {
    let mut map = Map::from_owned(record).unwrap_or_default();
    for value in flattened {
        if let Ok(more) = Map::from_owned(value) {
            map.union(more);
        }
    }
    Value::map(map)
}

/// The value of a tuple struct.
pub fn vec<const N: usize>(items: [Value; N]) -> Value {
    Value::vec(items)
}

/// The value of a variant that holds something.
pub fn tagged(name: &'static str, content: Value) -> Value {
    Value::map(Map::from_sorted(vec![(Value::str(name), content)]))
}
