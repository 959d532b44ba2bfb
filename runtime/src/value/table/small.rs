//! Up to [`SMALL`] bindings in an array sorted by key.

use super::{Binding, Entry};
use crate::value::Value;
use crate::value::heap::Charge;
use crate::value::order::total;

/// Up to this many bindings are kept in a sorted array.
pub(in crate::value) const SMALL: usize = 16;

#[derive(Debug)]
pub(super) struct Small<V> {
    pub(super) entries: Vec<Entry<V>>,
    charge: Charge,
}

impl<V: Binding> Small<V> {
    pub(super) fn new(entries: Vec<Entry<V>>) -> Small<V> {
        let charge = Charge::new(entries.capacity() * size_of::<Entry<V>>());
        Small { entries, charge }
    }

    /// A copy with room for one more.
    pub(super) fn copy(&self) -> Small<V> {
        let mut entries = Vec::with_capacity((self.entries.len() + 1).min(SMALL));
        entries.extend_from_slice(&self.entries);
        Small::new(entries)
    }

    /// Where `key` is, or where it would be.
    #[inline]
    pub(super) fn search(&self, key: &Value) -> Result<usize, usize> {
        self.entries.binary_search_by(|(k, _)| total(k, key))
    }

    #[inline]
    pub(super) fn position(&self, key: &Value) -> Option<usize> {
        // Sixteen bytes compared per key beat a search with branches.
        if key.is_short() {
            return self.entries.iter().position(|(k, _)| k.same_bits(key));
        }
        if key.as_int().is_some() {
            let mut other_form = false;
            for (at, (k, _)) in self.entries.iter().enumerate() {
                if k.same_bits(key) {
                    return Some(at);
                }
                other_form |= k.may_equal_int();
            }
            if !other_form {
                return None;
            }
        }
        self.search(key).ok()
    }

    /// Adds a binding at the place where its key belongs.
    pub(super) fn insert(&mut self, at: usize, key: Value, value: V) {
        let len = self.entries.len();
        if len == self.entries.capacity() {
            // Most small maps stay as they are made: no more room than they need.
            self.entries.reserve_exact(if len < 4 { 1 } else { 4 });
            self.charge.set(self.entries.capacity() * size_of::<Entry<V>>());
        }
        self.entries.insert(at, (key, value));
    }
}
