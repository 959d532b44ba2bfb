//! Comparing two versions by what they do not share.

use std::cmp::Ordering;

use super::changes::Change;
use super::handle::View;
use super::overlay::Overlay;
use super::{Big, Binding, Table, Tree};
use crate::value::Value;
use crate::value::heap::Ref;
use crate::value::order::total;

/// A key with what is bound to it on either side.
pub(crate) type Difference<'a, V> = (&'a Value, Option<&'a V>, Option<&'a V>);

/// The bindings in which two tables differ (or may differ: equal values that are not one are included), in key order, in time
/// proportional to their number; `None` where the two are not known to share structure.
pub(in crate::value) fn differences<'a, V: Binding>(
    old: &'a Table<V>,
    new: &'a Table<V>,
) -> Option<Box<dyn Iterator<Item = Difference<'a, V>> + 'a>> {
    let (View::Big(old), View::Big(new)) = (old.view(), new.view()) else { return None };
    if base(old).ptr_eq(base(new)) {
        return Some(Box::new(
            beside_one_base(base(old), &changes(old), &changes(new)).into_iter(),
        ));
    }
    let (old, new) = (known_tree(old)?, known_tree(new)?);
    Some(Box::new(old.diff(new)))
}

fn overlay<V: Binding>(table: &Big<V>) -> Option<&Overlay<V>> {
    match table {
        Big::Overlay(overlay) => Some(overlay),
        _ => None,
    }
}

/// What a version's changes are beside: another version, or itself.
fn base<V: Binding>(table: &Ref<Big<V>>) -> &Ref<Big<V>> {
    overlay(table).map_or(table, Overlay::base)
}

fn changes<V: Binding>(table: &Big<V>) -> Vec<&Change<V>> {
    overlay(table).map_or_else(Vec::new, Overlay::changes)
}

fn known_tree<V: Binding>(table: &Big<V>) -> Option<&Tree<V>> {
    match table {
        Big::Hashed(hashed) => hashed.known_tree(),
        Big::Tree(tree) => Some(tree),
        Big::Overlay(overlay) => {
            known_tree(overlay.base())?;
            known_tree(overlay.merged()?)
        }
    }
}

fn beside_one_base<'a, V: Binding>(
    base: &'a Big<V>,
    mut old: &[&'a Change<V>],
    mut new: &[&'a Change<V>],
) -> Vec<Difference<'a, V>> {
    let mut found = Vec::with_capacity(old.len() + new.len());
    loop {
        let order = match (old.first(), new.first()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => total(&a.key, &b.key),
        };
        let before = next(&mut old, order != Ordering::Greater);
        let after = next(&mut new, order != Ordering::Less);
        let Some(change) = after.or(before) else { return found };
        // What is not changed on one side is there as it is in the base.
        let side = |change: Option<&'a Change<V>>, other: &'a Change<V>| match change {
            Some(change) => change.entry().map(|(_, v)| v),
            None => base.find_hashed(&other.key, other.hash).map(|(_, v)| v),
        };
        let (a, b) = (side(before, change), side(after, change));
        let same = match (a, b) {
            (Some(a), Some(b)) => a.same(b),
            (a, b) => a.is_none() && b.is_none(),
        };
        if !same {
            found.push((&change.key, a, b));
        }
    }
}

/// The first of some changes, which is taken from them if it is `here`.
fn next<'a, V>(changes: &mut &[&'a Change<V>], here: bool) -> Option<&'a Change<V>> {
    let (first, rest) = changes.split_first().filter(|_| here)?;
    *changes = rest;
    Some(first)
}
