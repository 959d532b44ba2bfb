//! The standard library's traits for the collections, and what Rust code finds there: iteration by value, collecting, differences.

use std::iter::Peekable;

use super::{Map, MapIter, Set, Value, Vector};

impl IntoIterator for Vector {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    /// The items in order: moved while nobody else holds this version, otherwise cloned.
    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl IntoIterator for Map {
    type Item = (Value, Value);
    type IntoIter = std::vec::IntoIter<(Value, Value)>;

    /// The bindings in key order: moved while nobody else holds this version, otherwise cloned.
    fn into_iter(self) -> Self::IntoIter {
        let mut entries = Vec::with_capacity(self.len());
        self.drain_into(|key, value| entries.push((key, value)));
        entries.into_iter()
    }
}

impl IntoIterator for Set {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    /// The elements in order: moved while nobody else holds this version, otherwise cloned.
    fn into_iter(self) -> Self::IntoIter {
        let mut elements = Vec::with_capacity(self.len());
        self.drain_into(|element| elements.push(element));
        elements.into_iter()
    }
}

impl FromIterator<(String, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Map {
        let entries = entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect();
        // No string is refused as a key.
        Map::from_entries(entries).unwrap_or_default()
    }
}

impl<'a> Extend<(&'a str, Value)> for Map {
    fn extend<I: IntoIterator<Item = (&'a str, Value)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert_str(key, value);
        }
    }
}

impl Extend<(String, Value)> for Map {
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert_str(&key, value);
        }
    }
}

/// What became of a key between two versions of a [`Map`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change<'a> {
    /// It is new.
    Added(&'a Value),
    /// It is gone.
    Removed(&'a Value),
    /// It is bound to another value: the old one and the new one.
    Replaced(&'a Value, &'a Value),
}

impl Map {
    /// The keys that are bound differently in `other`, in key order. In time proportional to the differences where the two versions
    /// share structure, as a big map and an update of it do; otherwise O(both).
    ///
    /// ```
    /// use tansy_runtime::value::{Change, Map, Value};
    ///
    /// let old: Map = [("a", Value::int(1)), ("b", Value::int(2))].into_iter().collect();
    /// let mut new = old.clone();
    /// new.insert_str("b", Value::int(3));
    /// new.insert_str("c", Value::int(4));
    /// let changes: Vec<_> = old.changes(&new).collect();
    /// assert_eq!(changes.len(), 2);
    /// assert_eq!(changes[0], (&Value::str("b"), Change::Replaced(&Value::int(2), &Value::int(3))));
    /// assert_eq!(changes[1], (&Value::str("c"), Change::Added(&Value::int(4))));
    /// ```
    pub fn changes<'a>(
        &'a self,
        other: &'a Map,
    ) -> impl Iterator<Item = (&'a Value, Change<'a>)> + use<'a> {
        let shared = self.tree_diff(other);
        let walked = match shared {
            Some(_) => None,
            None => Some(SideBySide { old: self.iter().peekable(), new: other.iter().peekable() }),
        };
        let found = shared.into_iter().flatten().chain(walked.into_iter().flatten());
        found.filter_map(|(key, old, new)| match (old, new) {
            (None, Some(new)) => Some((key, Change::Added(new))),
            (Some(old), None) => Some((key, Change::Removed(old))),
            (Some(old), Some(new)) if old != new => Some((key, Change::Replaced(old, new))),
            _ => None,
        })
    }
}

/// The bindings of two maps, those of equal keys together.
struct SideBySide<'a> {
    old: Peekable<MapIter<'a>>,
    new: Peekable<MapIter<'a>>,
}

impl<'a> Iterator for SideBySide<'a> {
    type Item = (&'a Value, Option<&'a Value>, Option<&'a Value>);

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.old.peek(), self.new.peek()) {
            (Some((old, _)), Some((new, _))) => old.cmp(new),
            (old, new) => new.is_some().cmp(&old.is_some()),
        };
        let old = if order.is_le() { self.old.next() } else { None };
        let new = if order.is_ge() { self.new.next() } else { None };
        let (key, _) = new.or(old)?;
        Some((key, old.map(|(_, value)| value), new.map(|(_, value)| value)))
    }
}
