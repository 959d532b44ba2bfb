//! What maps and sets are made of: bindings in key order, in one of three forms.
//!
//! - *Small*: up to [`SMALL`] bindings in a sorted array.
//! - *Hashed*: an array with a hash index beside it and the key order, each computed when first asked for and remembered.
//! - *Tree*: a persistent ordered tree, once a big table was updated while shared.
//!
//! Invariants: keys are orderable and no two are equal; of equal keys the best form is kept (see [`super::order::better_form`]),
//! whatever the order of insertion. What a body remembers (index, order, tree) is forgotten when a change makes it wrong.

use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::OnceLock;

use hashbrown::HashTable;
use im::ordmap::DiffItem;

use super::Value;
use super::equality::identical;
use super::hash::table_hash;
use super::heap::{self, Charge, Counted, Ref};
use super::order::{Unorderable, better_form, check_orderable, total};

/// Up to this many bindings are kept in a sorted array.
pub(super) const SMALL: usize = 16;

type Tree<V> = im::GenericOrdMap<Value, V, Counted>;
type Entry<V> = (Value, V);

/// What is bound to keys: values in maps, nothing in sets.
pub(crate) trait Binding: Clone + Send + Sync + 'static {
    /// Whether nobody could tell one from the other.
    fn identical(&self, other: &Self) -> bool;
}

impl Binding for Value {
    fn identical(&self, other: &Value) -> bool {
        identical(self, other)
    }
}

impl Binding for () {
    fn identical(&self, (): &()) -> bool {
        true
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
    Tree(Tree<V>),
}

/// A sorted array.
#[derive(Debug)]
struct Small<V> {
    entries: Vec<Entry<V>>,
    charge: Charge,
}

impl<V> Small<V> {
    fn new(entries: Vec<Entry<V>>) -> Small<V> {
        let charge = Charge::new(entries.capacity() * size_of::<Entry<V>>());
        Small { entries, charge }
    }

    /// Where `key` is, or where it would be.
    #[inline]
    fn search(&self, key: &Value) -> Result<usize, usize> {
        self.entries.binary_search_by(|(k, _)| total(k, key))
    }

    #[inline]
    fn position(&self, key: &Value) -> Option<usize> {
        if key.is_short() {
            // Equal short strings have equal bytes: sixteen of them per key beat a search with branches.
            return self.entries.iter().position(|(k, _)| k.same_bits(key));
        }
        self.search(key).ok()
    }
}

/// Where a key is in the array, with its hash: growing the index need not touch the keys.
#[derive(Debug)]
struct Slot {
    at: u32,
    hash: u32,
}

/// The hash as the index wants it: its own place comes from the low bits, its tag from the highest.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

/// An array with a hash index and the key order beside it.
#[derive(Debug)]
struct Hashed<V> {
    entries: Vec<Entry<V>>,
    /// Whether the array itself is in key order.
    sorted: bool,
    /// Keys that came or went since the order was last computed.
    changes: usize,
    index: OnceLock<HashTable<Slot>>,
    order: OnceLock<Box<[u32]>>,
    /// The same bindings as a tree, made when an update first met this version shared.
    tree: OnceLock<Tree<V>>,
    charge: Charge,
}

impl<V: Binding> Hashed<V> {
    /// From entries without equal keys.
    fn new(entries: Vec<Entry<V>>, sorted: bool) -> Hashed<V> {
        let mut hashed = Hashed {
            entries,
            sorted,
            changes: 0,
            index: OnceLock::new(),
            order: OnceLock::new(),
            tree: OnceLock::new(),
            charge: Charge::default(),
        };
        hashed.recharge();
        hashed
    }

    /// Counts the array and, at its usual size, what is beside it. (What a shared body computes later is within that.)
    fn recharge(&mut self) {
        let each = size_of::<Entry<V>>() + 2 * size_of::<Slot>() + size_of::<u32>();
        self.charge.set(self.entries.capacity() * each + size_of::<Hashed<V>>());
    }

    #[inline]
    fn index(&self) -> &HashTable<Slot> {
        self.index.get_or_init(|| {
            let mut index = HashTable::with_capacity(self.entries.len());
            for (at, (key, _)) in self.entries.iter().enumerate() {
                let hash = table_hash(key);
                let slot = Slot { at: at as u32, hash };
                index.insert_unique(spread(hash), slot, |slot| spread(slot.hash));
            }
            index
        })
    }

    #[inline]
    fn position(&self, key: &Value) -> Option<usize> {
        self.position_hashed(key, table_hash(key))
    }

    #[inline]
    fn position_hashed(&self, key: &Value, hash: u32) -> Option<usize> {
        let entries = &self.entries;
        let found = self.index().find(spread(hash), |slot| {
            slot.hash == hash
                && entries
                    .get(slot.at as usize)
                    .is_some_and(|(k, _)| if key.is_short() { k.same_bits(key) } else { k == key })
        });
        found.map(|slot| slot.at as usize)
    }

    /// The places of the entries in key order; `None` when that is the order they lie in.
    fn order(&self) -> Option<&[u32]> {
        if self.sorted {
            return None;
        }
        Some(self.order.get_or_init(|| {
            let mut order: Box<[u32]> = (0..self.entries.len() as u32).collect();
            order.sort_unstable_by(|a, b| {
                let (a, b) = (self.entries.get(*a as usize), self.entries.get(*b as usize));
                a.zip(b).map_or(Ordering::Equal, |(a, b)| total(&a.0, &b.0))
            });
            order
        }))
    }

    /// The place of the entry at `rank` in key order.
    fn place(&self, rank: usize) -> Option<usize> {
        match self.order() {
            None => (rank < self.entries.len()).then_some(rank),
            Some(order) => order.get(rank).map(|at| *at as usize),
        }
    }

    fn entry(&self, rank: usize) -> Option<&Entry<V>> {
        self.entries.get(self.place(rank)?)
    }

    /// How many keys are before `key` (or equal to it, with `or_equal`).
    fn rank(&self, key: &Value, or_equal: bool) -> usize {
        let before = |k: &Value| match total(k, key) {
            Ordering::Less => true,
            Ordering::Equal => or_equal,
            Ordering::Greater => false,
        };
        match self.order() {
            None => self.entries.partition_point(|(k, _)| before(k)),
            Some(order) => order.partition_point(|at| {
                self.entries.get(*at as usize).is_some_and(|(k, _)| before(k))
            }),
        }
    }

    fn tree(&self) -> &Tree<V> {
        self.tree.get_or_init(|| {
            heap::count_copy();
            self.to_tree()
        })
    }

    fn to_tree(&self) -> Tree<V> {
        match self.order() {
            None => self.entries.iter().cloned().collect(),
            Some(order) => {
                order.iter().filter_map(|at| self.entries.get(*at as usize)).cloned().collect()
            }
        }
    }

    /// Whether keys come and go while the order is asked for again and again, so that a tree serves better than sorting.
    fn churns(&mut self) -> bool {
        let asked = self.order.get_mut().is_some();
        let churns = asked && self.changes < self.entries.len() / 4;
        if asked {
            self.order = OnceLock::new();
            self.changes = 0;
        }
        churns
    }

    /// Adds a binding whose key is not there.
    fn push(&mut self, key: Value, value: V, hash: u32) {
        if self.sorted
            && self.entries.last().is_some_and(|(last, _)| total(last, &key) != Ordering::Less)
        {
            self.sorted = false;
            self.changes = 0;
        }
        self.changes += 1;
        let slot = Slot { at: self.entries.len() as u32, hash };
        let grows = self.entries.len() == self.entries.capacity();
        self.entries.push((key, value));
        if let Some(index) = self.index.get_mut() {
            index.insert_unique(spread(hash), slot, |slot| spread(slot.hash));
        }
        if grows {
            self.recharge();
        }
    }

    /// Takes the binding at `place` away, whose key has this hash. The last one takes its place.
    fn swap_remove(&mut self, place: usize, hash: u32) -> Entry<V> {
        let last = self.entries.len() - 1;
        if self.sorted && place != last {
            self.sorted = false;
            self.changes = 0;
        }
        self.changes += 1;
        if let Some(index) = self.index.get_mut() {
            if let Ok(found) = index.find_entry(spread(hash), |slot| slot.at as usize == place) {
                found.remove();
            }
            if place != last
                && let Some((key, _)) = self.entries.last()
                && let Some(slot) =
                    index.find_mut(spread(table_hash(key)), |slot| slot.at as usize == last)
            {
                slot.at = place as u32;
            }
        }
        self.entries.swap_remove(place)
    }
}

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
            entries.sort_by(|a, b| total(&a.0, &b.0));
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

    #[inline]
    pub(super) fn len(&self) -> usize {
        match &self.repr {
            Repr::Small(small) => small.entries.len(),
            Repr::Hashed(hashed) => hashed.entries.len(),
            Repr::Tree(tree) => tree.len(),
        }
    }

    /// The binding of `key`, in the form it was kept.
    #[inline]
    pub(super) fn find(&self, key: &Value) -> Option<(&Value, &V)> {
        match &self.repr {
            Repr::Small(small) => small.entries.get(small.position(key)?).map(|(k, v)| (k, v)),
            Repr::Hashed(hashed) => hashed.entries.get(hashed.position(key)?).map(|(k, v)| (k, v)),
            Repr::Tree(tree) => find_in_tree(tree, key),
        }
    }

    /// As [`Table::find`], looking at place `hint` first and leaving there where the key was.
    #[inline]
    pub(super) fn find_hinted(&self, key: &Value, hint: &mut u32) -> Option<&V> {
        let entries = match &self.repr {
            Repr::Small(small) => &small.entries,
            Repr::Hashed(hashed) => &hashed.entries,
            Repr::Tree(tree) => return tree.get(key),
        };
        if let Some((k, v)) = entries.get(*hint as usize)
            && k.same_bits(key)
        {
            return Some(v);
        }
        let place = match &self.repr {
            Repr::Small(small) => small.position(key)?,
            Repr::Hashed(hashed) => hashed.position(key)?,
            Repr::Tree(_) => return None,
        };
        *hint = place as u32;
        entries.get(place).map(|(_, v)| v)
    }

    /// What is bound to a key, for changing.
    #[inline]
    fn get_mut(&mut self, key: &Value) -> Option<&mut V> {
        match &mut self.repr {
            Repr::Small(small) => small.position(key).map(|at| &mut small.entries[at].1),
            Repr::Hashed(hashed) => {
                let at = hashed.position(key)?;
                hashed.tree.take();
                Some(&mut hashed.entries[at].1)
            }
            Repr::Tree(tree) => tree.get_mut(key),
        }
    }

    fn insert(&mut self, key: Value, value: V) -> Option<V> {
        match &mut self.repr {
            Repr::Small(small) => {
                match small.search(&key) {
                    Ok(at) => return Some(replace(&mut small.entries[at], key, value)),
                    Err(at) if small.entries.len() < SMALL => {
                        small.entries.insert(at, (key, value));
                        small.charge.set(small.entries.capacity() * size_of::<Entry<V>>());
                    }
                    Err(_) => {
                        let mut hashed = Hashed::new(std::mem::take(&mut small.entries), true);
                        hashed.index();
                        let hash = table_hash(&key);
                        hashed.push(key, value, hash);
                        self.repr = Repr::Hashed(Box::new(hashed));
                    }
                }
                None
            }
            Repr::Hashed(hashed) => {
                hashed.tree.take();
                let hash = table_hash(&key);
                if let Some(at) = hashed.position_hashed(&key, hash) {
                    return Some(replace(&mut hashed.entries[at], key, value));
                }
                if hashed.churns() || hashed.entries.len() >= u32::MAX as usize {
                    let mut tree = hashed.to_tree();
                    tree.insert(key, value);
                    self.repr = Repr::Tree(tree);
                } else {
                    hashed.push(key, value, hash);
                }
                None
            }
            Repr::Tree(tree) => insert_in_tree(tree, key, value),
        }
    }

    fn remove(&mut self, key: &Value) -> Option<Entry<V>> {
        match &mut self.repr {
            Repr::Small(small) => small.position(key).map(|at| small.entries.remove(at)),
            Repr::Hashed(hashed) => {
                let hash = table_hash(key);
                let at = hashed.position_hashed(key, hash)?;
                hashed.tree.take();
                if hashed.churns() {
                    let mut tree = hashed.to_tree();
                    let gone = tree.remove_with_key(key);
                    self.repr = Repr::Tree(tree);
                    return gone;
                }
                let gone = hashed.swap_remove(at, hash);
                if hashed.entries.len() <= SMALL / 2 {
                    let mut entries = std::mem::take(&mut hashed.entries);
                    entries.sort_unstable_by(|a, b| total(&a.0, &b.0));
                    entries.shrink_to_fit();
                    self.repr = Repr::Small(Small::new(entries));
                }
                Some(gone)
            }
            Repr::Tree(tree) => {
                let gone = tree.remove_with_key(key);
                if tree.len() <= SMALL / 2 {
                    let entries = tree.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                    self.repr = Repr::Small(Small::new(entries));
                }
                gone
            }
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
            Repr::Tree(tree) => TableIter::Tree(Box::new(tree.iter())),
        }
    }

    /// The bindings in whatever order is cheapest.
    pub(super) fn iter_unordered(&self) -> TableIter<'_, V> {
        match &self.repr {
            Repr::Hashed(hashed) => TableIter::Flat(hashed.entries.iter()),
            _ => self.iter(),
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
            Repr::Tree(tree) => TableIter::TreeRange(Box::new(tree.range::<_, Value>((low, high)))),
        }
    }

    /// The binding at `rank` in key order. O(1) except in trees, where it is O(rank).
    pub(super) fn entry_at(&self, rank: usize) -> Option<(&Value, &V)> {
        match &self.repr {
            Repr::Small(small) => small.entries.get(rank).map(|(k, v)| (k, v)),
            Repr::Hashed(hashed) => hashed.entry(rank).map(|(k, v)| (k, v)),
            Repr::Tree(tree) if rank == 0 => tree.get_min().map(|(k, v)| (k, v)),
            Repr::Tree(tree) if rank + 1 == tree.len() => tree.get_max().map(|(k, v)| (k, v)),
            Repr::Tree(tree) => tree.iter().nth(rank),
        }
    }

    /// Whether bindings are reached by place in O(1): everything but trees.
    pub(super) fn is_flat(&self) -> bool {
        !matches!(self.repr, Repr::Tree(_))
    }
}

impl Table<Value> {
    /// The bindings in which two tables differ by `==`, in key order, without opening what they share; `None` unless both are known
    /// as trees (which an update of a big shared table makes them).
    pub(super) fn tree_diff<'a>(
        &'a self,
        other: &'a Table<Value>,
    ) -> Option<impl Iterator<Item = Difference<'a>>> {
        let (mine, others) = (self.known_tree()?, other.known_tree()?);
        Some(mine.diff(others).map(|item| match item {
            DiffItem::Add(key, new) => (key, None, Some(new)),
            DiffItem::Remove(key, old) => (key, Some(old), None),
            DiffItem::Update { old, new } => (new.0, Some(old.1), Some(new.1)),
        }))
    }

    fn known_tree(&self) -> Option<&Tree<Value>> {
        match &self.repr {
            Repr::Small(_) => None,
            Repr::Hashed(hashed) => hashed.tree.get(),
            Repr::Tree(tree) => Some(tree),
        }
    }
}

/// A key with what is bound to it on either side.
pub(crate) type Difference<'a> = (&'a Value, Option<&'a Value>, Option<&'a Value>);

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
    tree.get_key_value(key)
}

fn insert_in_tree<V: Binding>(tree: &mut Tree<V>, key: Value, value: V) -> Option<V> {
    let old = match tree.get_key_value_mut(&key) {
        Some((kept, old)) if !better_form(&key, kept) => {
            return Some(std::mem::replace(old, value));
        }
        Some(_) => tree.remove(&key),
        None => None,
    };
    tree.insert(key, value);
    old
}

/// The body for changing. A shared small one is copied; a shared big one becomes a tree that shares its nodes with the old version.
#[inline]
fn unshare<V: Binding>(body: &mut Ref<Table<V>>) -> &mut Table<V> {
    body.make_mut_with(Table::copy)
}

impl<V: Binding> Table<V> {
    #[cold]
    fn copy(&self) -> Table<V> {
        let repr = match &self.repr {
            Repr::Small(small) => {
                let mut entries = Vec::with_capacity((small.entries.len() + 1).min(SMALL));
                entries.extend_from_slice(&small.entries);
                Repr::Small(Small::new(entries))
            }
            Repr::Hashed(hashed) => Repr::Tree(hashed.tree().clone()),
            Repr::Tree(tree) => Repr::Tree(tree.clone()),
        };
        Table { repr }
    }
}

/// Binds `value` to `key` and gives what was bound before. A binding that is there already, in a shared table, changes nothing.
pub(super) fn insert<V: Binding>(
    body: &mut Ref<Table<V>>,
    key: Value,
    value: V,
) -> Result<Option<V>, Unorderable> {
    check_orderable(&key)?;
    if body.is_shared()
        && let Some((k, v)) = body.find(&key)
        && v.identical(&value)
        && !better_form(&key, k)
    {
        return Ok(Some(value));
    }
    Ok(unshare(body).insert(key, value))
}

/// Takes the binding of `key` away; without one nothing changes.
pub(super) fn remove<V: Binding>(body: &mut Ref<Table<V>>, key: &Value) -> Option<Entry<V>> {
    if body.is_shared() && body.find(key).is_none() {
        return None;
    }
    unshare(body).remove(key)
}

/// What is bound to `key`, for changing.
pub(super) fn get_mut<'a, V: Binding>(
    body: &'a mut Ref<Table<V>>,
    key: &Value,
) -> Option<&'a mut V> {
    if body.is_shared() && body.find(key).is_none() {
        return None;
    }
    unshare(body).get_mut(key)
}

/// What is bound to a key in a small table that nobody else holds, for changing; looks at place `hint` first and leaves there where
/// the key was.
#[inline(always)]
pub(super) fn own_mut_hinted<'a, V: Binding>(
    body: &'a mut Ref<Table<V>>,
    key: &Value,
    hint: &mut u32,
) -> Option<&'a mut V> {
    let Repr::Small(small) = &mut body.get_mut()?.repr else { return None };
    let hinted = small.entries.get(*hint as usize).is_some_and(|(k, _)| k.same_bits(key));
    if !hinted {
        *hint = small.position(key)? as u32;
    }
    small.entries.get_mut(*hint as usize).map(|(_, v)| v)
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

/// The bindings of a table.
pub(crate) enum TableIter<'a, V> {
    Flat(std::slice::Iter<'a, Entry<V>>),
    Ordered(&'a [Entry<V>], std::slice::Iter<'a, u32>),
    Tree(Box<im::ordmap::Iter<'a, Value, V, Counted>>),
    TreeRange(Box<im::ordmap::RangedIter<'a, Value, V, Counted>>),
}

impl<V> Clone for TableIter<'_, V> {
    fn clone(&self) -> Self {
        match self {
            TableIter::Flat(entries) => TableIter::Flat(entries.clone()),
            TableIter::Ordered(entries, order) => TableIter::Ordered(entries, order.clone()),
            TableIter::Tree(entries) => TableIter::Tree(entries.clone()),
            TableIter::TreeRange(entries) => TableIter::TreeRange(entries.clone()),
        }
    }
}

impl<'a, V> Iterator for TableIter<'a, V> {
    type Item = (&'a Value, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            TableIter::Flat(entries) => entries.next().map(|(k, v)| (k, v)),
            TableIter::Ordered(entries, order) => {
                entries.get(*order.next()? as usize).map(|(k, v)| (k, v))
            }
            TableIter::Tree(entries) => entries.next(),
            TableIter::TreeRange(entries) => entries.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            TableIter::Flat(entries) => entries.size_hint(),
            TableIter::Ordered(_, order) => order.size_hint(),
            TableIter::Tree(entries) => entries.size_hint(),
            TableIter::TreeRange(entries) => entries.size_hint(),
        }
    }
}

impl<V> DoubleEndedIterator for TableIter<'_, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            TableIter::Flat(entries) => entries.next_back().map(|(k, v)| (k, v)),
            TableIter::Ordered(entries, order) => {
                entries.get(*order.next_back()? as usize).map(|(k, v)| (k, v))
            }
            TableIter::Tree(entries) => entries.next_back(),
            TableIter::TreeRange(entries) => entries.next_back(),
        }
    }
}
