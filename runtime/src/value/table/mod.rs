//! What maps and sets are made of: bindings in key order, in one of four forms.
//!
//! - *Small*: up to [`SMALL`] bindings in one block, in the order of their keys, which are beside it and may be shared with other
//!   tables.
//! - *Hashed*: an array with a hash index beside it and the key order, each computed when first asked for and remembered.
//! - *Overlay*: a big table that others still hold, and up to a few changes to it.
//! - *Tree*: a persistent ordered tree, once more than that was changed while others held the table. A hashed one remembers the tree that was
//!   made of it, and becomes that when a change would make it wrong for the second time.
//!
//! Invariants: keys are orderable and no two are equal; of equal keys the best form is kept (see [`super::order::better_form`]),
//! whatever the order of insertion. What a body remembers (index, order, tree) is forgotten when a change makes it wrong.

mod big;
mod bulk;
mod changes;
mod diff;
mod handle;
mod hashed;
mod index;
mod iter;
mod keys;
mod overlay;
mod small;
mod tree;

use std::cmp::Ordering;
use std::ops::{Bound, Range};

pub(in crate::value) use bulk::{drain_into, drain_unordered, unshare_for_many};
pub(in crate::value) use diff::differences;
pub(crate) use handle::{Table, free};
pub(crate) use iter::TableIter;
pub(crate) use keys::Keys;

use super::Value;
use super::equality::identical;
use super::hash::{simple_hash, table_hash};
use super::heap;
use super::order::{Unorderable, better_form, check_orderable, total};
use super::repr::INLINE;
use super::row::{Plain, Row};
use super::sort::{sort_by, walks};
use super::watch;
use big::{Big, ranks};
use changes::{Change, Kind};
use handle::{Mine, View};
use overlay::Known;

use small::SMALL;
use tree::Tree;

type Entry<V> = (Value, V);

/// What is bound to keys: values in maps, nothing in sets.
pub(crate) trait Binding: Plain + Send + Sync + 'static {
    /// Whether many tables have the same keys.
    const ALIKE: bool;

    /// Whether nobody could tell one from the other.
    fn identical(&self, other: &Self) -> bool;

    /// Whether both are known to be the same without a look inside.
    fn same(&self, other: &Self) -> bool;

    /// Holds the place of what was removed.
    fn nothing() -> Self;
}

impl Binding for Value {
    const ALIKE: bool = true;

    fn identical(&self, other: &Value) -> bool {
        identical(self, other)
    }

    fn same(&self, other: &Value) -> bool {
        self.same_bits(other)
    }

    fn nothing() -> Value {
        Value::UNDEFINED
    }
}

impl Binding for () {
    const ALIKE: bool = false;

    fn identical(&self, (): &()) -> bool {
        true
    }

    fn same(&self, (): &()) -> bool {
        true
    }

    fn nothing() {}
}

impl Table<()> {
    /// Where the keys are, if they lie in order.
    pub(super) fn places(&self) -> Option<Range<*const Value>> {
        const { assert!(size_of::<Entry<()>>() == size_of::<Value>()) }
        match self.view() {
            View::Small(small) => Some(small.head().as_ptr_range()),
            View::Big(_) => {
                let Range { start, end } = self.as_hashed()?.in_order()?.as_ptr_range();
                Some(start.cast()..end.cast())
            }
        }
    }
}

impl<V: Binding> Table<V> {
    pub(super) fn new() -> Table<V> {
        Table::of(Keys::none(), std::iter::empty())
    }

    /// What is bound to some keys, in their order.
    #[inline]
    pub(super) fn of(keys: Keys, values: impl ExactSizeIterator<Item = V>) -> Table<V> {
        debug_assert!(keys.len() == values.len());
        Table::from(Row::new(keys, values, 0))
    }

    pub(super) fn with_capacity(capacity: usize) -> Table<V> {
        match capacity {
            0..=SMALL => Table::from(Row::new(Keys::none(), std::iter::empty(), capacity)),
            _ => Table::from(Big::hashed(Vec::with_capacity(capacity), true)),
        }
    }

    /// From entries in any order, the last of equal keys winning. Keys must be orderable.
    pub(super) fn from_entries(mut entries: Vec<Entry<V>>) -> Table<V> {
        Table::from_rest(&mut entries, 0)
    }

    /// As [`Table::from_entries`] of those from a place on, which are taken away.
    #[inline]
    pub(super) fn from_rest(entries: &mut Vec<Entry<V>>, start: usize) -> Table<V> {
        let rest = entries.get_mut(start..).unwrap_or(&mut []);
        match keys::made(rest).filter(|_| V::ALIKE) {
            Some((keys, order)) => {
                let order = &order[..rest.len()];
                let take = |at: &u8| match rest.get_mut(usize::from(*at)) {
                    Some((_, value)) => std::mem::replace(value, V::nothing()),
                    None => V::nothing(),
                };
                let table = Table::of(keys, order.iter().map(take));
                entries.truncate(start);
                table
            }
            None => Table::make(entries, start),
        }
    }

    #[cold]
    fn make(entries: &mut Vec<Entry<V>>, start: usize) -> Table<V> {
        let mut rest = match start {
            0 => std::mem::take(entries),
            _ => entries.split_off(start.min(entries.len())),
        };
        let slot = keys::slot(&rest).filter(|_| V::ALIKE);
        let mut given = None;
        if !rest.is_sorted_by(|a, b| total(&a.0, &b.0) == Ordering::Less) {
            given = slot.map(|_| Keys::of(rest.iter().map(|(key, _)| key.clone())));
            let _charge = heap::Charge::new(rest.capacity() * size_of::<Entry<V>>());
            sort_by(&mut rest, |(key, _)| walks(key), |a, b| total(&a.0, &b.0));
            rest.dedup_by(|later, earlier| {
                let equal = total(&later.0, &earlier.0) == Ordering::Equal;
                if equal {
                    if better_form(&later.0, &earlier.0) {
                        std::mem::swap(&mut later.0, &mut earlier.0);
                    }
                    std::mem::swap(&mut later.1, &mut earlier.1);
                }
                equal
            });
        }
        if rest.len() > SMALL {
            return Table::from(Big::hashed(rest, true));
        }
        let keys = Keys::of(rest.iter().map(|(key, _)| key.clone()));
        keys::remember(slot, given, &keys);
        Table::of(keys, rest.into_iter().map(|(_, value)| value))
    }

    /// From entries in key order without equal keys.
    pub(super) fn from_sorted(entries: Vec<Entry<V>>) -> Table<V> {
        match entries.len() {
            0..=SMALL => Table::from_entries(entries),
            _ => Table::from(Big::hashed(entries, true)),
        }
    }

    /// From entries without equal keys, which lie in key order if `sorted`.
    pub(super) fn from_distinct(mut entries: Vec<Entry<V>>, sorted: bool) -> Table<V> {
        if !sorted && entries.len() <= SMALL {
            sort_by(&mut entries, |(key, _)| walks(key), |a, b| total(&a.0, &b.0));
            return Table::from_sorted(entries);
        }
        match entries.len() {
            0..=SMALL => Table::from_sorted(entries),
            _ => Table::from(Big::hashed(entries, sorted)),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self.view() {
            View::Small(small) => small.items().len(),
            View::Big(big) => big.len(),
        }
    }

    /// The hash of a key, if this table needs it.
    #[inline]
    fn hash(&self, key: &Value) -> u32 {
        match self.view() {
            View::Small(_) => 0,
            View::Big(_) => table_hash(key),
        }
    }

    /// The binding of `key`, in the form it was kept.
    #[inline]
    pub(super) fn find(&self, key: &Value) -> Option<(&Value, &V)> {
        match self.view() {
            View::Small(small) => small::find(small, key),
            View::Big(big) => big.find(key),
        }
    }

    /// What is bound to a simple key, where a glance at the bytes of keys tells it; `None` where more must be done.
    #[inline(always)]
    pub(super) fn glance(&self, key: &Value) -> Option<Option<&V>> {
        match self.view() {
            View::Small(small) => {
                Some(small.head().glance(key)?.and_then(|place| small.items().get(place)))
            }
            View::Big(big) => match &**big {
                Big::Hashed(hashed) => {
                    let place = hashed.glance(key, simple_hash(key)?)?;
                    Some(place.and_then(|place| hashed.get(place)).map(|(_, v)| v))
                }
                _ => None,
            },
        }
    }

    /// As [`Table::find`] with a string as key.
    pub(super) fn find_text(&self, key: &str) -> Option<(&Value, &V)> {
        match self.view() {
            // A long string would need an allocation to be a value.
            View::Small(small) if key.len() > INLINE => {
                let at = small.head().iter().position(|k| k.as_str() == Some(key))?;
                small::entry(small, at)
            }
            _ => self.find(&Value::str(key)),
        }
    }

    /// As [`Table::find`] with the hash that [`Table::hash`] gave.
    fn find_hashed(&self, key: &Value, hash: u32) -> Option<(&Value, &V)> {
        match self.view() {
            View::Small(small) => small::find(small, key),
            View::Big(big) => big.find_hashed(key, hash),
        }
    }

    /// As [`Table::find`], looking at place `hint` first and leaving there where the key was.
    #[inline]
    pub(super) fn find_hinted(&self, key: &Value, hint: &mut u32) -> Option<&V> {
        match self.view() {
            View::Small(small) => self.at_hint(key, *hint).or_else(|| {
                let place = small.head().position(key)?;
                *hint = place as u32;
                small.items().get(place)
            }),
            View::Big(big) => big.find_hinted(key, hint),
        }
    }

    /// Makes an overlay ready for a change: where nobody else holds the base any more, the changes go there; where there is no
    /// more room, they go into a tree.
    #[inline]
    fn settle(&mut self) {
        if let View::Big(big) = self.view()
            && let Big::Overlay(overlay) = &**big
            && (overlay.owns_base() || !overlay.has_room())
        {
            self.dissolve();
        }
    }

    #[cold]
    fn dissolve(&mut self) {
        let Some(Mine::Big(big)) = self.own() else { return };
        match std::mem::replace(big, Big::Tree(Tree::new())) {
            Big::Overlay(overlay) => match overlay.take_apart() {
                Ok((base, changes)) => {
                    *self = Table::from(base);
                    changes.take_apart(|change| self.apply(change));
                }
                Err(overlay) => {
                    *big = match overlay.to_tree() {
                        Some(tree) => Big::Tree(tree),
                        // Without room the run ends before anybody sees one change more.
                        None => Big::Overlay(overlay),
                    }
                }
            },
            other => *big = other,
        }
    }

    /// Makes a change that was noted beside this table.
    fn apply(&mut self, change: Change<V>) {
        let Change { key, value, hash, kind } = change;
        // Another form of the key may be worse: then it came after the removal of the better one.
        let other_form = || self.find_hashed(&key, hash).is_some_and(|(k, _)| !k.same_bits(&key));
        if kind == Kind::Removed || (kind == Kind::Replaced && other_form()) {
            self.remove_hashed(&key, hash);
        }
        if kind != Kind::Removed {
            self.insert_hashed(key, hash, value);
        }
    }

    /// What is bound to a key, for changing. Nobody else holds the table.
    #[inline]
    fn get_mut(&mut self, key: &Value, hash: u32, known: Known<V>) -> Option<&mut V> {
        self.settle();
        match self.own()? {
            Mine::Small(own) => {
                let at = own.row().head().position(key)?;
                own.into_items().get_mut(at)
            }
            Mine::Big(big) => big.get_mut(key, hash, known),
        }
    }

    /// Binds `value` to `key` and gives what was bound before. Nobody else holds the table.
    fn insert_hashed(&mut self, key: Value, hash: u32, value: V) -> Option<V> {
        self.settle();
        let mut entries = Vec::new();
        match self.own()? {
            Mine::Big(big) => return big.insert(key, hash, value),
            Mine::Small(mut own) => match own.row().head().search(&key) {
                Ok(at) => return small::store(&mut own, at, key, value),
                Err(at) if own.row().items().len() < SMALL => {
                    small::insert(&mut own, at, key, value);
                    return None;
                }
                Err(_) => entries.extend((0..SMALL).filter_map(|at| small::take(&mut own, at))),
            },
        }
        let mut big = Big::hashed(entries, true);
        let hash = table_hash(&key);
        big.insert(key, hash, value);
        *self = Table::from(big);
        None
    }

    /// Takes the binding of `key` away. Nobody else holds the table.
    fn remove_hashed(&mut self, key: &Value, hash: u32) -> Option<Entry<V>> {
        self.settle();
        match self.own()? {
            Mine::Small(mut own) => {
                let at = own.row().head().position(key)?;
                Some(small::remove(&mut own, at))
            }
            Mine::Big(big) => {
                let gone = big.remove(key, hash)?;
                if let Some(few) = big.few() {
                    *self = Table::from_distinct(few, false);
                }
                Some(gone)
            }
        }
    }

    /// The bindings in key order. The first time after keys came or went, a hashed table sorts: O(n log n).
    pub(super) fn iter(&self) -> TableIter<'_, V> {
        match self.view() {
            View::Small(small) => TableIter::Small(small.head().iter(), small.items().iter()),
            View::Big(big) => big.iter(),
        }
    }

    /// The bindings in whatever order is cheapest; [`Table::is_cheap_in_order`] tells whether that is key order.
    pub(super) fn iter_unordered(&self) -> TableIter<'_, V> {
        match self.as_hashed() {
            Some(hashed) => hashed.iter_unordered(),
            None => self.iter(),
        }
    }

    /// Whether the cheapest order is the key order.
    pub(super) fn is_cheap_in_order(&self) -> bool {
        self.as_hashed().is_none_or(hashed::Hashed::is_sorted)
    }

    fn as_hashed(&self) -> Option<&hashed::Hashed<V>> {
        match self.view() {
            View::Big(big) => match &**big {
                Big::Hashed(hashed) => Some(hashed),
                _ => None,
            },
            View::Small(_) => None,
        }
    }

    /// The bindings with keys between the bounds, in key order.
    pub(super) fn range(&self, low: Bound<&Value>, high: Bound<&Value>) -> TableIter<'_, V> {
        let empty = match (low, high) {
            (Bound::Included(a), Bound::Included(b)) => total(a, b) == Ordering::Greater,
            (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
                total(a, b) != Ordering::Less
            }
            _ => false,
        };
        if empty {
            return TableIter::Flat([].iter());
        }
        match self.view() {
            View::Small(small) => {
                let keys = small.head();
                let rank = |key: &Value, or_equal: bool| match keys.search(key) {
                    Ok(at) => at + usize::from(or_equal),
                    Err(at) => at,
                };
                let range = ranks(low, high, &rank, keys.len());
                let part = (keys.get(range.clone()), small.items().get(range));
                TableIter::Small(part.0.unwrap_or(&[]).iter(), part.1.unwrap_or(&[]).iter())
            }
            View::Big(big) => big.range(low, high),
        }
    }

    /// The binding at `rank` in key order. O(1) except in trees, where it is O(log n), and in overlays, where it is O(rank) but
    /// for the first and the last.
    #[inline]
    pub(super) fn entry_at(&self, rank: usize) -> Option<(&Value, &V)> {
        match self.view() {
            View::Small(small) => small::entry(small, rank),
            View::Big(big) => big.entry_at(rank),
        }
    }

    /// As [`Table::entry_at`] of a flat table whose order is known.
    #[inline(always)]
    pub(super) fn known_at(&self, rank: usize) -> Option<(&Value, &V)> {
        match self.view() {
            View::Small(small) => small::entry(small, rank),
            View::Big(big) => match &**big {
                Big::Hashed(hashed) => hashed.known_at(rank),
                _ => None,
            },
        }
    }

    /// Has the bindings lie in key order, where nobody else holds the table and the order was asked for before.
    pub(super) fn put_in_order(&mut self) {
        if let Some(Mine::Big(Big::Hashed(hashed))) = self.own() {
            hashed.put_in_order();
        }
    }

    /// Whether bindings are reached by place in O(1).
    pub(super) fn is_flat(&self) -> bool {
        match self.view() {
            View::Small(_) => true,
            View::Big(big) => matches!(**big, Big::Hashed(_)),
        }
    }
}

/// Whether a key that a table has is the one looked for. Only what is found counts as a step of a walk: keys that share no more than a
/// part of their hash differ from process to process.
#[inline]
fn is_key(kept: &Value, key: &Value) -> bool {
    if kept.same_bits(key) {
        return true;
    }
    if key.is_short() || (key.as_int().is_some() && kept.as_int().is_some()) {
        return false;
    }
    heap::count_work_if(|| kept == key)
}

/// A new version of a shared table, about to be changed, with room for `more` keys. A small one is a copy; a big one notes its
/// changes beside the old version.
#[cold]
fn next<V: Binding>(old: &Table<V>, more: usize) -> Table<V> {
    heap::count_copy();
    match old.view() {
        View::Small(small) => {
            Table::from(small::copy(small, more.min(SMALL - small.items().len())))
        }
        View::Big(big) => Table::from(big::next(big)),
    }
}

/// The binding of a key that a shared table has, and whether it is one of the changes beside another table (or was removed there).
#[inline]
fn found<'a, V: Binding>(
    table: &'a Table<V>,
    key: &Value,
    hash: u32,
) -> (Option<(&'a Value, &'a V)>, bool) {
    if let View::Big(big) = table.view()
        && let Big::Overlay(overlay) = &**big
    {
        return match overlay.changed(key, hash) {
            Some(change) => (change.entry(), true),
            None => (overlay.base().find_hashed(key, hash), false),
        };
    }
    (table.find_hashed(key, hash), false)
}

/// The binding that was found, to be kept.
fn kept<V: Binding>(entry: Option<(&Value, &V)>) -> Option<Entry<V>> {
    entry.map(|(key, value)| (key.clone(), value.clone()))
}

/// Binds `value` to `key` and gives what was bound before. A binding that is there already, in a shared table, changes nothing.
pub(super) fn insert<V: Binding>(
    table: &mut Table<V>,
    key: Value,
    value: V,
) -> Result<Option<V>, Unorderable> {
    check_orderable(&key)?;
    let hash = table.hash(&key);
    if key.is_heap() && watch::stopped().is_some() {
        // The hash may be that of half the key.
        return Ok(None);
    }
    if !table.is_shared() {
        heap::count_update();
        return Ok(table.insert_hashed(key, hash, value));
    }
    let (old, changed) = found(table, &key, hash);
    if let Some((k, v)) = old
        && v.identical(&value)
        && !better_form(&key, k)
    {
        return Ok(Some(value));
    }
    let old = kept(old);
    *table = next(table, usize::from(old.is_none()));
    Ok(match table.own() {
        Some(Mine::Big(Big::Overlay(overlay))) => {
            overlay.insert(key, hash, value, (!changed).then_some(old))
        }
        _ => table.insert_hashed(key, hash, value),
    })
}

/// Takes the binding of `key` away; without one nothing changes.
pub(super) fn remove<V: Binding>(table: &mut Table<V>, key: &Value) -> Option<Entry<V>> {
    let hash = table.hash(key);
    if !table.is_shared() {
        heap::count_update();
        return table.remove_hashed(key, hash);
    }
    let (old, changed) = found(table, key, hash);
    let old = Some(kept(old)?);
    *table = next(table, 0);
    match table.own() {
        Some(Mine::Big(Big::Overlay(overlay))) => {
            overlay.remove(key, hash, (!changed).then_some(old))
        }
        _ => table.remove_hashed(key, hash),
    }
}

/// What is bound to `key`, for changing.
pub(super) fn get_mut<'a, V: Binding>(table: &'a mut Table<V>, key: &Value) -> Option<&'a mut V> {
    if table.is_shared() {
        return get_mut_of_next(table, key);
    }
    heap::count_update();
    let hash = table.hash(key);
    table.get_mut(key, hash, None)
}

/// The same in a new version of a shared table.
#[inline(never)]
fn get_mut_of_next<'a, V: Binding>(table: &'a mut Table<V>, key: &Value) -> Option<&'a mut V> {
    let hash = table.hash(key);
    let (old, changed) = found(table, key, hash);
    let old = kept(old)?;
    *table = next(table, 0);
    table.get_mut(key, hash, (!changed).then_some(Some(old)))
}
