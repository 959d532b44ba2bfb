//! What maps and sets are made of: bindings in key order, in one of four forms.
//!
//! - *Small*: up to [`SMALL`] bindings in a sorted array.
//! - *Hashed*: an array with a hash index beside it and the key order, each computed when first asked for and remembered.
//! - *Overlay*: a big table that others still hold, and up to a few changes to it.
//! - *Tree*: a persistent ordered tree, once more than that was changed while others held the table.
//!
//! Invariants: keys are orderable and no two are equal; of equal keys the best form is kept (see [`super::order::better_form`]),
//! whatever the order of insertion. What a body remembers (index, order, tree) is forgotten when a change makes it wrong.

mod diff;
mod hashed;
mod iter;
mod overlay;
mod small;

use std::cmp::Ordering;
use std::ops::Bound;

pub(in crate::value) use diff::differences;
pub(crate) use iter::TableIter;

use super::Value;
use super::equality::identical;
use super::hash::table_hash;
use super::heap::{self, Counted, Ref};
use super::order::{Unorderable, better_form, check_orderable, total};
use super::repr::INLINE;
use super::sort::{sort_by, walks};
use super::watch;
use hashed::Hashed;
use iter::Merged;
use overlay::{Change, Kind, Overlay};
use small::{SMALL, Small};

type Tree<V> = im::GenericOrdMap<Value, Held<V>, Counted>;
type Entry<V> = (Value, V);

/// What is bound to keys: values in maps, nothing in sets.
pub(crate) trait Binding: Clone + Send + Sync + 'static {
    /// Whether nobody could tell one from the other.
    fn identical(&self, other: &Self) -> bool;

    /// Whether both are known to be the same without a look inside.
    fn same(&self, other: &Self) -> bool;

    /// Holds the place of what was removed.
    fn nothing() -> Self;
}

impl Binding for Value {
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
    fn identical(&self, (): &()) -> bool {
        true
    }

    fn same(&self, (): &()) -> bool {
        true
    }

    fn nothing() {}
}

/// What a tree holds for a key. It is equal only to what is known to be the same, so that comparing two trees node by node never
/// walks into values.
#[derive(Clone, Debug)]
pub(crate) struct Held<V>(V);

impl<V: Binding> PartialEq for Held<V> {
    fn eq(&self, other: &Held<V>) -> bool {
        self.0.same(&other.0)
    }
}

#[derive(Debug)]
pub(crate) struct Table<V> {
    repr: Repr<V>,
}

#[derive(Debug)]
enum Repr<V> {
    Small(Small<V>),
    Hashed(Box<Hashed<V>>),
    Overlay(Box<Overlay<V>>),
    Tree(Tree<V>),
}

// Every record is one of these.
const _: () = assert!(size_of::<Table<Value>>() <= 32);

impl<V: Binding> Table<V> {
    pub(super) fn new() -> Table<V> {
        Table { repr: Repr::Small(Small::new(Vec::new())) }
    }

    pub(super) fn with_capacity(capacity: usize) -> Table<V> {
        let entries = Vec::with_capacity(capacity);
        let repr = match capacity {
            0..=SMALL => Repr::Small(Small::new(entries)),
            _ => Repr::Hashed(Box::new(Hashed::new(entries, true))),
        };
        Table { repr }
    }

    /// From entries in any order, the last of equal keys winning. Keys must be orderable.
    pub(super) fn from_entries(mut entries: Vec<Entry<V>>) -> Table<V> {
        let ascending = entries.is_sorted_by(|a, b| total(&a.0, &b.0) == Ordering::Less);
        if !ascending {
            let _charge = heap::Charge::new(entries.capacity() * size_of::<Entry<V>>());
            sort_by(&mut entries, |(key, _)| walks(key), |a, b| total(&a.0, &b.0));
            entries.dedup_by(|later, earlier| {
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
        Table::from_sorted(entries)
    }

    /// From entries in key order without equal keys.
    pub(super) fn from_sorted(entries: Vec<Entry<V>>) -> Table<V> {
        let repr = match entries.len() {
            0..=SMALL => Repr::Small(Small::new(entries)),
            _ => Repr::Hashed(Box::new(Hashed::new(entries, true))),
        };
        Table { repr }
    }

    /// From entries without equal keys, which lie in key order if `sorted`.
    pub(super) fn from_distinct(mut entries: Vec<Entry<V>>, sorted: bool) -> Table<V> {
        if !sorted && entries.len() <= SMALL {
            sort_by(&mut entries, |(key, _)| walks(key), |a, b| total(&a.0, &b.0));
            return Table::from_sorted(entries);
        }
        match entries.len() {
            0..=SMALL => Table::from_sorted(entries),
            _ => Table { repr: Repr::Hashed(Box::new(Hashed::new(entries, sorted))) },
        }
    }

    fn from_tree(tree: Tree<V>) -> Table<V> {
        Table { repr: Repr::Tree(tree) }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match &self.repr {
            Repr::Small(small) => small.entries.len(),
            Repr::Hashed(hashed) => hashed.entries.len(),
            Repr::Overlay(overlay) => overlay.len(),
            Repr::Tree(tree) => tree.len(),
        }
    }

    /// The hash of a key, if this table needs it.
    #[inline]
    fn hash(&self, key: &Value) -> u32 {
        match &self.repr {
            Repr::Small(_) => 0,
            _ => table_hash(key),
        }
    }

    /// The binding of `key`, in the form it was kept.
    #[inline]
    pub(super) fn find(&self, key: &Value) -> Option<(&Value, &V)> {
        match &self.repr {
            Repr::Small(small) => small.entries.get(small.position(key)?).map(|(k, v)| (k, v)),
            Repr::Hashed(hashed) => {
                hashed.entries.get(hashed.position(key, table_hash(key))?).map(|(k, v)| (k, v))
            }
            Repr::Overlay(overlay) => find_in_overlay(overlay, key),
            Repr::Tree(tree) => find_in_tree(tree, key),
        }
    }

    /// As [`Table::find`] with a string as key.
    pub(super) fn find_text(&self, key: &str) -> Option<(&Value, &V)> {
        match &self.repr {
            // A long string would need an allocation to be a value.
            Repr::Small(small) if key.len() > INLINE => {
                small.entries.iter().find(|(k, _)| k.as_str() == Some(key)).map(|(k, v)| (k, v))
            }
            _ => self.find(&Value::str(key)),
        }
    }

    /// As [`Table::find`] with the hash that [`Table::hash`] gave, or any table but a small one.
    fn find_hashed(&self, key: &Value, hash: u32) -> Option<(&Value, &V)> {
        match &self.repr {
            Repr::Small(small) => small.entries.get(small.position(key)?).map(|(k, v)| (k, v)),
            Repr::Hashed(hashed) => {
                hashed.entries.get(hashed.position(key, hash)?).map(|(k, v)| (k, v))
            }
            Repr::Overlay(overlay) => overlay.find(key, hash),
            Repr::Tree(tree) => tree.get_key_value(key).map(|(k, v)| (k, &v.0)),
        }
    }

    /// What is bound to `key`, if the table is small and has the key at place `hint`.
    #[inline(always)]
    pub(super) fn at_hint(&self, key: &Value, hint: u32) -> Option<&V> {
        let Repr::Small(small) = &self.repr else { return None };
        let (k, v) = small.entries.get(hint as usize)?;
        k.same_bits(key).then_some(v)
    }

    /// As [`Table::find`], looking at place `hint` first and leaving there where the key was.
    #[inline]
    pub(super) fn find_hinted(&self, key: &Value, hint: &mut u32) -> Option<&V> {
        let entries = match &self.repr {
            Repr::Small(small) => &small.entries,
            Repr::Hashed(hashed) => &hashed.entries,
            Repr::Overlay(_) | Repr::Tree(_) => return self.find(key).map(|(_, v)| v),
        };
        if let Some((k, v)) = entries.get(*hint as usize)
            && k.same_bits(key)
        {
            return Some(v);
        }
        let place = match &self.repr {
            Repr::Small(small) => small.position(key)?,
            Repr::Hashed(hashed) => hashed.position(key, table_hash(key))?,
            Repr::Overlay(_) | Repr::Tree(_) => return None,
        };
        *hint = place as u32;
        entries.get(place).map(|(_, v)| v)
    }

    /// Makes an overlay ready for a change to `key`: where nobody else holds the base any more, the changes go there; where there is no
    /// more room, they go into a tree.
    #[inline]
    fn settle(&mut self, key: &Value, hash: u32) {
        if let Repr::Overlay(overlay) = &self.repr
            && (overlay.owns_base() || !overlay.takes(key, hash))
        {
            self.dissolve();
        }
    }

    #[cold]
    fn dissolve(&mut self) {
        match std::mem::replace(&mut self.repr, Repr::Small(Small::new(Vec::new()))) {
            Repr::Overlay(overlay) => match overlay.take_apart() {
                Ok((base, changes)) => {
                    *self = base;
                    changes.into_iter().for_each(|change| self.apply(change));
                }
                Err(overlay) => {
                    self.repr = match overlay.to_tree() {
                        Some(tree) => Repr::Tree(tree),
                        // Without room the run ends before anybody sees one change more.
                        None => Repr::Overlay(Box::new(overlay)),
                    }
                }
            },
            repr => self.repr = repr,
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

    /// What is bound to a key, for changing; `known` is the binding where it was looked up already.
    #[inline]
    fn get_mut(&mut self, key: &Value, hash: u32, known: Option<Entry<V>>) -> Option<&mut V> {
        self.settle(key, hash);
        match &mut self.repr {
            Repr::Small(small) => small.position(key).map(|at| &mut small.entries[at].1),
            Repr::Hashed(hashed) => {
                let at = hashed.position(key, hash)?;
                hashed.changing();
                Some(&mut hashed.entries[at].1)
            }
            Repr::Overlay(overlay) => {
                overlay.get_mut(key, hash, |o| known.or_else(|| o.below(key, hash)))
            }
            Repr::Tree(tree) => tree.get_mut(key).map(|held| &mut held.0),
        }
    }

    fn insert_hashed(&mut self, key: Value, hash: u32, value: V) -> Option<V> {
        self.settle(&key, hash);
        match &mut self.repr {
            Repr::Small(small) => {
                match small.search(&key) {
                    Ok(at) => return Some(replace(&mut small.entries[at], key, value)),
                    Err(at) if small.entries.len() < SMALL => small.insert(at, key, value),
                    Err(_) => {
                        let hash = table_hash(&key);
                        let mut hashed = Hashed::new(std::mem::take(&mut small.entries), true);
                        hashed.position(&key, hash);
                        hashed.push(key, value, hash);
                        self.repr = Repr::Hashed(Box::new(hashed));
                    }
                }
                None
            }
            Repr::Hashed(hashed) => {
                hashed.changing();
                if let Some(at) = hashed.position(&key, hash) {
                    return Some(replace(&mut hashed.entries[at], key, value));
                }
                if hashed.churns() || hashed.entries.len() >= u32::MAX as usize {
                    if let Some(mut tree) = hashed.to_tree() {
                        tree.insert(key, Held(value));
                        self.repr = Repr::Tree(tree);
                    }
                } else {
                    hashed.push(key, value, hash);
                }
                None
            }
            Repr::Overlay(overlay) => {
                let same = key.clone();
                overlay.insert(key, hash, value, |o| o.below(&same, hash))
            }
            Repr::Tree(tree) => insert_in_tree(tree, key, value),
        }
    }

    fn remove_hashed(&mut self, key: &Value, hash: u32) -> Option<Entry<V>> {
        self.settle(key, hash);
        match &mut self.repr {
            Repr::Small(small) => small.position(key).map(|at| small.entries.remove(at)),
            Repr::Hashed(hashed) => {
                let at = hashed.position(key, hash)?;
                hashed.changing();
                if hashed.churns() {
                    let mut tree = hashed.to_tree()?;
                    let gone = tree.remove_with_key(key);
                    self.repr = Repr::Tree(tree);
                    return gone.map(|(k, v)| (k, v.0));
                }
                let gone = hashed.swap_remove(at, hash);
                if hashed.entries.len() <= SMALL / 2 {
                    let mut entries = std::mem::take(&mut hashed.entries);
                    sort_by(&mut entries, |(key, _)| walks(key), |a, b| total(&a.0, &b.0));
                    entries.shrink_to_fit();
                    self.repr = Repr::Small(Small::new(entries));
                }
                Some(gone)
            }
            Repr::Overlay(overlay) => overlay.remove(key, hash, |o| o.below(key, hash)),
            Repr::Tree(tree) => {
                let gone = tree.remove_with_key(key);
                if tree.len() <= SMALL / 2 {
                    let entries = tree.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
                    self.repr = Repr::Small(Small::new(entries));
                }
                gone.map(|(k, v)| (k, v.0))
            }
        }
    }

    /// As a tree that shares what it can with what is there; `None` without room for one.
    fn to_tree(&self) -> Option<Tree<V>> {
        match &self.repr {
            Repr::Small(small) => {
                Some(small.entries.iter().map(|(k, v)| (k.clone(), Held(v.clone()))).collect())
            }
            Repr::Hashed(hashed) => hashed.tree().cloned(),
            Repr::Overlay(overlay) => overlay.to_tree(),
            Repr::Tree(tree) => Some(tree.clone()),
        }
    }

    /// The bindings in key order. The first time after keys came or went, a hashed table sorts: O(n log n).
    pub(super) fn iter(&self) -> TableIter<'_, V> {
        match &self.repr {
            Repr::Small(small) => TableIter::Flat(small.entries.iter()),
            Repr::Hashed(hashed) => match hashed.order() {
                None => TableIter::Flat(hashed.entries.iter()),
                Some(order) => TableIter::Ordered(&hashed.entries, order.iter()),
            },
            Repr::Overlay(overlay) => TableIter::Merged(Box::new(Merged::new(
                overlay.base().iter(),
                overlay.changes(),
                overlay.len(),
            ))),
            Repr::Tree(tree) => TableIter::Tree(Box::new(tree.iter())),
        }
    }

    /// The bindings in whatever order is cheapest; [`Table::is_cheap_in_order`] tells whether that is key order.
    pub(super) fn iter_unordered(&self) -> TableIter<'_, V> {
        match &self.repr {
            Repr::Hashed(hashed) => TableIter::Flat(hashed.entries.iter()),
            _ => self.iter(),
        }
    }

    /// Whether the cheapest order is the key order.
    pub(super) fn is_cheap_in_order(&self) -> bool {
        match &self.repr {
            Repr::Hashed(hashed) => hashed.sorted,
            _ => true,
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
        let ranks = |rank: &dyn Fn(&Value, bool) -> usize, len: usize| {
            let start = match low {
                Bound::Included(key) => rank(key, false),
                Bound::Excluded(key) => rank(key, true),
                Bound::Unbounded => 0,
            };
            let end = match high {
                Bound::Included(key) => rank(key, true),
                Bound::Excluded(key) => rank(key, false),
                Bound::Unbounded => len,
            };
            start..end.max(start)
        };
        match &self.repr {
            Repr::Small(small) => {
                let rank = |key: &Value, or_equal: bool| match small.search(key) {
                    Ok(at) => at + usize::from(or_equal),
                    Err(at) => at,
                };
                TableIter::Flat(
                    small.entries.get(ranks(&rank, small.entries.len())).unwrap_or(&[]).iter(),
                )
            }
            Repr::Hashed(hashed) => {
                let range =
                    ranks(&|key, or_equal| hashed.rank(key, or_equal), hashed.entries.len());
                match hashed.order() {
                    None => TableIter::Flat(hashed.entries.get(range).unwrap_or(&[]).iter()),
                    Some(order) => {
                        TableIter::Ordered(&hashed.entries, order.get(range).unwrap_or(&[]).iter())
                    }
                }
            }
            Repr::Overlay(overlay) => {
                let changes = overlay.changes();
                let range = ranks(&|key, or_equal| overlay.rank(key, or_equal), changes.len());
                let base = overlay.base().range(low, high);
                let most = base.size_hint().1.unwrap_or(0) + range.len();
                let changes = changes.get(range).unwrap_or(&[]);
                TableIter::Merged(Box::new(Merged::new(base, changes, most)))
            }
            Repr::Tree(tree) => TableIter::TreeRange(Box::new(tree.range::<_, Value>((low, high)))),
        }
    }

    /// The binding at `rank` in key order. O(1) except in overlays and trees, where it is O(rank) but for the first and the last.
    pub(super) fn entry_at(&self, rank: usize) -> Option<(&Value, &V)> {
        match &self.repr {
            Repr::Small(small) => small.entries.get(rank).map(|(k, v)| (k, v)),
            Repr::Hashed(hashed) => hashed.entry(rank).map(|(k, v)| (k, v)),
            Repr::Overlay(overlay) if rank + 1 == overlay.len() => self.iter().next_back(),
            Repr::Overlay(_) => self.iter().nth(rank),
            Repr::Tree(tree) if rank == 0 => tree.get_min().map(|(k, v)| (k, &v.0)),
            Repr::Tree(tree) if rank + 1 == tree.len() => tree.get_max().map(|(k, v)| (k, &v.0)),
            Repr::Tree(tree) => tree.iter().nth(rank).map(|(k, v)| (k, &v.0)),
        }
    }

    /// Whether bindings are reached by place in O(1).
    pub(super) fn is_flat(&self) -> bool {
        matches!(self.repr, Repr::Small(_) | Repr::Hashed(_))
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

/// Stores a binding over one with an equal key: the better form of the key stays.
fn replace<V>(entry: &mut Entry<V>, key: Value, value: V) -> V {
    if better_form(&key, &entry.0) {
        entry.0 = key;
    }
    std::mem::replace(&mut entry.1, value)
}

/// Out of line: most look-ups are not in trees, and should not pay for the stack frame of those that are.
#[inline(never)]
fn find_in_tree<'a, V: Binding>(tree: &'a Tree<V>, key: &Value) -> Option<(&'a Value, &'a V)> {
    tree.get_key_value(key).map(|(k, v)| (k, &v.0))
}

/// Out of line, too.
#[inline(never)]
fn find_in_overlay<'a, V: Binding>(
    overlay: &'a Overlay<V>,
    key: &Value,
) -> Option<(&'a Value, &'a V)> {
    overlay.find(key, table_hash(key))
}

fn insert_in_tree<V: Binding>(tree: &mut Tree<V>, key: Value, value: V) -> Option<V> {
    if let Some((kept, held)) = tree.get_key_value_mut(&key)
        && !better_form(&key, kept)
    {
        return Some(std::mem::replace(&mut held.0, value));
    }
    // Stores the form of the key as well.
    tree.insert(key, Held(value)).map(|held| held.0)
}

/// A new version of a shared table, about to be changed at `key`. A small one is a copy; a big one notes its changes beside the old
/// version. The first new version of a tree copies a path of it, since most versions have one successor, or many.
#[cold]
fn next<V: Binding>(old: &Ref<Table<V>>, key: &Value, hash: u32) -> Table<V> {
    let repr = match &old.repr {
        Repr::Small(small) => Repr::Small(small.copy()),
        Repr::Overlay(overlay) if overlay.takes(key, hash) => {
            Repr::Overlay(Box::new(overlay.next()))
        }
        Repr::Overlay(overlay) => match overlay.merged() {
            Some(merged) => return next(merged, key, hash),
            // Without room the run ends before anybody sees one change more.
            None => Repr::Overlay(Box::new(overlay.next())),
        },
        Repr::Tree(tree) if old.is_first_time() => Repr::Tree(tree.clone()),
        Repr::Hashed(_) | Repr::Tree(_) => Repr::Overlay(Box::new(Overlay::new(old.clone()))),
    };
    Table { repr }
}

/// The binding of a key that a shared table has.
fn found<V: Binding>(body: &Table<V>, key: &Value, hash: u32) -> Option<Entry<V>> {
    body.find_hashed(key, hash).map(|(k, v)| (k.clone(), v.clone()))
}

/// Binds `value` to `key` and gives what was bound before. A binding that is there already, in a shared table, changes nothing.
pub(super) fn insert<V: Binding>(
    body: &mut Ref<Table<V>>,
    key: Value,
    value: V,
) -> Result<Option<V>, Unorderable> {
    check_orderable(&key)?;
    let hash = body.hash(&key);
    if key.is_heap() && watch::stopped().is_some() {
        // The hash may be that of half the key.
        return Ok(None);
    }
    if let Some(own) = body.get_mut() {
        heap::count_update();
        return Ok(own.insert_hashed(key, hash, value));
    }
    let old = found(body, &key, hash);
    if let Some((k, v)) = &old
        && v.identical(&value)
        && !better_form(&key, k)
    {
        return Ok(Some(value));
    }
    let table = body.make_mut_with(|old| next(old, &key, hash));
    Ok(match &mut table.repr {
        // What was found in the old version is in the base of the new one, or among its changes.
        Repr::Overlay(overlay) => overlay.insert(key, hash, value, |_| old),
        Repr::Tree(tree) => {
            let key = match &old {
                Some((kept, _)) if !better_form(&key, kept) => kept.clone(),
                _ => key,
            };
            tree.insert(key, Held(value)).map(|held| held.0)
        }
        _ => table.insert_hashed(key, hash, value),
    })
}

/// Takes the binding of `key` away; without one nothing changes.
pub(super) fn remove<V: Binding>(body: &mut Ref<Table<V>>, key: &Value) -> Option<Entry<V>> {
    let hash = body.hash(key);
    if let Some(own) = body.get_mut() {
        heap::count_update();
        return own.remove_hashed(key, hash);
    }
    let old = Some(found(body, key, hash)?);
    let table = body.make_mut_with(|old| next(old, key, hash));
    match &mut table.repr {
        Repr::Overlay(overlay) => overlay.remove(key, hash, |_| old),
        _ => table.remove_hashed(key, hash),
    }
}

/// What is bound to `key`, for changing.
pub(super) fn get_mut<'a, V: Binding>(
    body: &'a mut Ref<Table<V>>,
    key: &Value,
) -> Option<&'a mut V> {
    let hash = body.hash(key);
    let known = match body.is_shared() {
        true => Some(found(body, key, hash)?),
        false => None,
    };
    body.make_mut_with(|old| next(old, key, hash)).get_mut(key, hash, known)
}

/// What is bound to a key, for changing, if the table is small, nobody else holds it and it has the key at place `hint`.
#[inline(always)]
pub(super) fn own_mut_at<'a, V: Binding>(
    body: &'a mut Ref<Table<V>>,
    key: &Value,
    hint: u32,
) -> Option<&'a mut V> {
    let Repr::Small(small) = &mut body.get_mut()?.repr else { return None };
    let (k, v) = small.entries.get_mut(hint as usize)?;
    if !k.same_bits(key) {
        return None;
    }
    heap::count_update();
    Some(v)
}

/// Makes a shared hash table a copy of its own, if about `more` bindings are to come or go and that is worth it: the copying of a
/// flat table is cheap for each binding, other than noting changes beside it.
pub(super) fn unshare_for_many<V: Binding>(body: &mut Ref<Table<V>>, more: usize) {
    if body.is_shared()
        && let Repr::Hashed(hashed) = &body.repr
        && more >= hashed.entries.len() / 8
    {
        // Without room, the run stops.
        if let Some(copy) = hashed.copy(more) {
            let copy = Repr::Hashed(Box::new(copy));
            body.make_mut_with(|_| Table { repr: copy });
        }
    }
}

/// Hands out all bindings in the cheapest order: moved while unshared, otherwise cloned.
pub(super) fn drain_unordered<V: Binding>(body: Ref<Table<V>>, mut each: impl FnMut(Value, V)) {
    match body.try_unwrap() {
        Ok(Table { repr: Repr::Hashed(hashed) }) => {
            hashed.entries.into_iter().for_each(|(k, v)| each(k, v));
        }
        Ok(table) => drain_into(Ref::new(table), each),
        Err(shared) => shared.iter_unordered().for_each(|(k, v)| each(k.clone(), v.clone())),
    }
}

/// Hands out all bindings in key order: moved while unshared, otherwise cloned.
pub(super) fn drain_into<V: Binding>(body: Ref<Table<V>>, mut each: impl FnMut(Value, V)) {
    match body.try_unwrap() {
        Ok(Table { repr: Repr::Small(small) }) => {
            small.entries.into_iter().for_each(|(k, v)| each(k, v))
        }
        Ok(Table { repr: Repr::Hashed(hashed) }) if hashed.sorted => {
            hashed.entries.into_iter().for_each(|(k, v)| each(k, v));
        }
        Ok(table) => table.iter().for_each(|(k, v)| each(k.clone(), v.clone())),
        Err(shared) => shared.iter().for_each(|(k, v)| each(k.clone(), v.clone())),
    }
}
