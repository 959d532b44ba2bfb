//! Up to [`SMALL`] bindings: what is bound, in the order of the keys, with the keys beside it.

use super::keys::Keys;
use super::{Binding, Entry};
use crate::value::Value;
use crate::value::order::better_form;
use crate::value::row::{Own, Row};

/// Up to this many bindings are kept in the order of their keys.
pub(in crate::value) const SMALL: usize = 16;

/// A small table: as many items as there are keys.
pub(super) type Small<V> = Row<Keys, V>;

/// What is bound to a key.
#[inline]
pub(super) fn find<'a, V>(small: &'a Small<V>, key: &Value) -> Option<(&'a Value, &'a V)> {
    entry(small, small.head().position(key)?)
}

/// The binding at a place.
#[inline(always)]
pub(super) fn entry<V>(small: &Small<V>, at: usize) -> Option<(&Value, &V)> {
    Some((small.head().get(at)?, small.items().get(at)?))
}

/// A copy with room for `more`.
pub(super) fn copy<V: Binding>(small: &Small<V>, more: usize) -> Small<V> {
    Row::new(small.head().clone(), small.items().iter().cloned(), more)
}

/// Adds a binding at the place where its key belongs.
pub(super) fn insert<V>(small: &mut Own<'_, Keys, V>, at: usize, key: Value, value: V) {
    small.head_mut().insert(at, key);
    small.insert(at, value);
}

/// Stores a binding over one with an equal key.
pub(super) fn store<V>(small: &mut Own<'_, Keys, V>, at: usize, key: Value, value: V) -> Option<V> {
    if small.row().head().get(at).is_some_and(|kept| better_form(&key, kept)) {
        small.head_mut().replace(at, key);
    }
    small.items_mut().get_mut(at).map(|place| std::mem::replace(place, value))
}

/// Takes a binding away.
pub(super) fn remove<V>(small: &mut Own<'_, Keys, V>, at: usize) -> Entry<V> {
    (small.head_mut().remove(at), small.remove(at))
}

/// Takes the binding at a place of a table that nobody will look at again.
#[inline]
pub(super) fn take<V: Binding>(small: &mut Own<'_, Keys, V>, at: usize) -> Option<Entry<V>> {
    let key = small.head_mut().take(at);
    let value = small.items_mut().get_mut(at)?;
    Some((key, std::mem::replace(value, V::nothing())))
}
