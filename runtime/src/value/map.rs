//! Maps: bindings of values to keys, in key order.

use std::ops::Bound;

use super::order::Unorderable;
use super::table::{self, Keys, Table, TableIter};
use super::{Value, Vector};

/// A persistent map. Clone is O(1); an update happens in place while nobody else holds this version.
///
/// It iterates in key order, whatever the order of insertion. Keys with a function or sequence anywhere inside are refused.
#[repr(transparent)]
#[derive(Clone)]
pub struct Map(pub(super) Table<Value>);

impl Map {
    /// The empty map.
    pub fn new() -> Map {
        Map(Table::new())
    }

    /// An empty map with room for `capacity` bindings.
    pub fn with_capacity(capacity: usize) -> Map {
        Map(Table::with_capacity(capacity))
    }

    /// A map of these bindings; of equal keys the last wins. Sorts once: much cheaper than inserting one by one.
    pub fn from_entries(entries: Vec<(Value, Value)>) -> Result<Map, Unorderable> {
        entries.iter().try_for_each(|(key, _)| super::order::check_orderable(key))?;
        Ok(Map(Table::from_entries(entries)))
    }

    /// A map of bindings whose keys are strings, in any order; of equal keys the last wins. Made for the few fields of a record.
    #[cfg(feature = "serde")]
    #[inline]
    pub(crate) fn from_fields(entries: Vec<(Value, Value)>) -> Map {
        Map(Table::from_entries(entries))
    }

    /// A map of bindings whose keys are strings, in any order, which are taken from the end of a buffer; of equal keys the last wins.
    #[inline]
    pub(crate) fn from_rest(entries: &mut Vec<(Value, Value)>, start: usize) -> Map {
        Map(Table::from_rest(entries, start))
    }

    /// What is bound to some keys, in their order.
    #[inline]
    pub(crate) fn with_keys(keys: &Keys, values: impl ExactSizeIterator<Item = Value>) -> Map {
        Map(Table::of(keys.clone(), values))
    }

    /// A map of bindings whose keys are strings, in key order and different.
    pub(crate) fn from_sorted(entries: Vec<(Value, Value)>) -> Map {
        Map(Table::from_sorted(entries))
    }

    /// How many bindings there are. O(1).
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bindings.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is bound to `key`.
    #[inline]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.0.find(key).map(|(_, v)| v)
    }

    /// What is bound to an Int or a short string, where a glance at the keys tells it; `None` where [`Map::get`] must.
    #[inline(always)]
    pub(crate) fn glance(&self, key: &Value) -> Option<Option<&Value>> {
        self.0.glance(key)
    }

    /// Whether something is bound to such a key, likewise.
    #[inline(always)]
    pub(crate) fn holds(&self, key: &Value) -> Option<bool> {
        self.0.glance(key).map(|found| found.is_some())
    }

    /// What is bound to a string key.
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        self.0.find_text(key).map(|(_, value)| value)
    }

    /// As [`Map::get`], looking first where `hint` says; the place found is left there. Maps made by the same code have their
    /// keys in the same places.
    #[inline]
    pub fn get_hinted(&self, key: &Value, hint: &mut u32) -> Option<&Value> {
        self.0.find_hinted(key, hint)
    }

    /// The binding of `key` with the key as it is kept.
    pub fn get_entry(&self, key: &Value) -> Option<(&Value, &Value)> {
        self.0.find(key)
    }

    /// Whether something is bound to `key`.
    #[inline]
    pub fn contains(&self, key: &Value) -> bool {
        self.get(key).is_some()
    }

    /// Binds `value` to `key` and gives what was bound before. A binding that is there already, in a shared version, gives the same
    /// version.
    #[inline]
    pub fn insert(&mut self, key: Value, value: Value) -> Result<Option<Value>, Unorderable> {
        table::insert(&mut self.0, key, value)
    }

    /// As [`Map::insert`] with a string key, which is never refused.
    pub fn insert_str(&mut self, key: &str, value: Value) -> Option<Value> {
        table::insert(&mut self.0, Value::str(key), value).unwrap_or(None)
    }

    /// Takes the binding of `key` away and gives what was bound; without one nothing changes.
    pub fn remove(&mut self, key: &Value) -> Option<Value> {
        table::remove(&mut self.0, key).map(|(_, v)| v)
    }

    /// What is bound to `key`, for changing; unshares first.
    #[inline]
    pub fn get_mut(&mut self, key: &Value) -> Option<&mut Value> {
        table::get_mut(&mut self.0, key)
    }

    /// What is bound to `key`, if the map is small and has it where [`Map::get_hinted`] found it last.
    #[inline(always)]
    pub(crate) fn at_hint(&self, key: &Value, hint: u32) -> Option<&Value> {
        self.0.at_hint(key, hint)
    }

    /// The same for changing, if nobody else holds the map.
    #[inline(always)]
    pub(crate) fn own_mut_at(&mut self, key: &Value, hint: u32) -> Option<&mut Value> {
        self.0.own_mut_at(key, hint)
    }

    /// The binding at `index` in key order. O(1), except O(index) in big maps that were updated while shared.
    pub fn entry_at(&self, index: usize) -> Option<(&Value, &Value)> {
        self.0.entry_at(index)
    }

    /// As [`Map::entry_at`] of a map that lies flat and whose order is known.
    #[inline(always)]
    pub(crate) fn known_at(&self, index: usize) -> Option<(&Value, &Value)> {
        self.0.known_at(index)
    }

    /// Has the bindings lie in key order, where nobody else holds the map and the order was asked for before.
    pub(crate) fn put_in_order(&mut self) {
        self.0.put_in_order();
    }

    /// The first binding in key order.
    pub fn first(&self) -> Option<(&Value, &Value)> {
        self.0.entry_at(0)
    }

    /// The last binding in key order.
    pub fn last(&self) -> Option<(&Value, &Value)> {
        self.0.entry_at(self.len().checked_sub(1)?)
    }

    /// The binding with the greatest key up to `key`.
    pub fn floor(&self, key: &Value) -> Option<(&Value, &Value)> {
        self.range(Bound::Unbounded, Bound::Included(key)).next_back()
    }

    /// The binding with the least key from `key` on.
    pub fn ceiling(&self, key: &Value) -> Option<(&Value, &Value)> {
        self.range(Bound::Included(key), Bound::Unbounded).next()
    }

    /// The bindings with keys between the bounds, in key order. O(log n) to begin.
    pub fn range(&self, low: Bound<&Value>, high: Bound<&Value>) -> MapIter<'_> {
        MapIter(self.0.range(low, high))
    }

    /// The bindings in key order.
    #[inline]
    pub fn iter(&self) -> MapIter<'_> {
        MapIter(self.0.iter())
    }

    /// The bindings in an order that may differ from run to run, for work whose result does not depend on it.
    pub(super) fn iter_unordered(&self) -> MapIter<'_> {
        MapIter(self.0.iter_unordered())
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.iter().map(|(k, _)| k)
    }

    /// The values in key order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.iter().map(|(_, v)| v)
    }

    /// The keys as a vector.
    pub fn keys_vector(&self) -> Vector {
        self.keys().cloned().collect()
    }

    /// The values as a vector.
    pub fn values_vector(&self) -> Vector {
        self.values().cloned().collect()
    }

    /// Hands out all bindings in key order: moved while unshared, otherwise cloned.
    pub fn drain_into(self, each: impl FnMut(Value, Value)) {
        table::drain_into(self.0, each);
    }

    /// Adds all bindings of `other`; its values win. O(smaller map) updates.
    pub fn union(&mut self, other: Map) {
        if self.ptr_eq(&other) || other.is_empty() {
            return;
        }
        if self.is_empty() {
            *self = other;
        } else if other.len() <= self.len() {
            table::unshare_for_many(&mut self.0, other.len());
            table::drain_unordered(other.0, |key, value| {
                // The key was accepted by `other`.
                let _ = self.insert(key, value);
            });
        } else {
            let mut union = other;
            table::unshare_for_many(&mut union.0, self.len());
            for (key, value) in self.iter_unordered() {
                match union.get_entry(key) {
                    None => drop(union.insert(key.clone(), value.clone())),
                    Some((kept, value)) if super::order::better_form(key, kept) => {
                        let value = value.clone();
                        drop(union.insert(key.clone(), value));
                    }
                    Some(_) => {}
                }
            }
            *self = union;
        }
    }

    /// Takes the bindings of all these keys away.
    pub fn difference<'a>(&mut self, keys: impl IntoIterator<Item = &'a Value>) {
        for key in keys {
            self.remove(key);
        }
    }

    /// Keeps only the bindings for which `keep` holds, asked in key order. The same version when all stay.
    pub fn retain(&mut self, mut keep: impl FnMut(&Value, &Value) -> bool) {
        let kept: Vec<bool> = self.iter().map(|(k, v)| keep(k, v)).collect();
        let count = kept.iter().filter(|keep| **keep).count();
        if count == self.len() {
            return;
        }
        let mut entries = Vec::with_capacity(count);
        let mut flags = kept.into_iter();
        std::mem::take(self).drain_into(|key, value| {
            if flags.next() == Some(true) {
                entries.push((key, value));
            }
        });
        *self = Map(Table::from_sorted(entries));
    }

    /// The keys whose values differ by `==`, with both values, in key order and in time proportional to the differences; `None` where the
    /// two versions are not known to share structure.
    pub fn tree_diff<'a>(
        &'a self,
        other: &'a Map,
    ) -> Option<impl Iterator<Item = (&'a Value, Option<&'a Value>, Option<&'a Value>)>> {
        let differences = table::differences(&self.0, &other.0)?;
        Some(differences.filter(|(_, old, new)| old != new))
    }

    /// Whether an update would have to copy.
    #[inline]
    pub fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    /// Whether both are one version. O(1).
    #[inline]
    pub fn ptr_eq(&self, other: &Map) -> bool {
        self.0.ptr_eq(&other.0)
    }

    /// Whether bindings are reached by index in O(1).
    pub(crate) fn is_flat(&self) -> bool {
        self.0.is_flat()
    }
}

impl std::fmt::Debug for Map {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", Value::map(self.clone()))
    }
}

impl Default for Map {
    fn default() -> Map {
        Map::new()
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        Value::map(self.clone()) == Value::map(other.clone())
    }
}

impl<'a> FromIterator<(&'a str, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (&'a str, Value)>>(entries: I) -> Map {
        let entries = entries.into_iter().map(|(k, v)| (Value::str(k), v)).collect();
        Map(Table::from_entries(entries))
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Value, &'a Value);
    type IntoIter = MapIter<'a>;

    fn into_iter(self) -> MapIter<'a> {
        self.iter()
    }
}

/// The bindings of a map in key order.
#[derive(Clone)]
pub struct MapIter<'a>(TableIter<'a, Value>);

impl<'a> Iterator for MapIter<'a> {
    type Item = (&'a Value, &'a Value);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for MapIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

impl ExactSizeIterator for MapIter<'_> {}
