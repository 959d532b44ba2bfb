//! Handing out many bindings, or making ready for many.

use super::handle::{Mine, Table};
use super::{Big, Binding, View, small};
use crate::value::Value;
use crate::value::heap;

/// Makes a shared hash table a copy of its own, if about `more` bindings are to come or go and that is worth it: the copying of a
/// flat table is cheap for each binding, other than noting changes beside it.
pub(in crate::value) fn unshare_for_many<V: Binding>(table: &mut Table<V>, more: usize) {
    if table.is_shared()
        && let View::Big(big) = table.view()
        && let Big::Hashed(hashed) = &**big
        && more >= hashed.len() / 8
    {
        // Without room, the run stops.
        if let Some(copy) = hashed.copy(more) {
            heap::count_copy();
            *table = Table::from(Big::Hashed(Box::new(copy)));
        }
    }
}

/// Hands out all bindings in the cheapest order: moved while unshared, otherwise cloned.
pub(in crate::value) fn drain_unordered<V: Binding>(table: Table<V>, each: impl FnMut(Value, V)) {
    drain(table, false, each);
}

/// Hands out all bindings in key order: moved while unshared, otherwise cloned.
pub(in crate::value) fn drain_into<V: Binding>(table: Table<V>, each: impl FnMut(Value, V)) {
    drain(table, true, each);
}

fn drain<V: Binding>(mut table: Table<V>, ordered: bool, mut each: impl FnMut(Value, V)) {
    match table.own() {
        Some(Mine::Small(mut own)) => {
            for at in 0..own.row().head().len() {
                if let Some((key, value)) = small::take(&mut own, at) {
                    each(key, value);
                }
            }
        }
        Some(Mine::Big(Big::Hashed(hashed))) if hashed.is_sorted() || !ordered => {
            hashed.take().for_each(|(k, v)| each(k, v));
        }
        _ if ordered => table.iter().for_each(|(k, v)| each(k.clone(), v.clone())),
        _ => table.iter_unordered().for_each(|(k, v)| each(k.clone(), v.clone())),
    }
}
