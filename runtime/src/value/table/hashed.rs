//! Bindings in an array in the order they came, with a hash index and the key order beside it.
//!
//! A binding that goes leaves a *hole*: the others stay where they are, in the order they have. Holes are closed when most of the array is holes,
//! and where it would have to grow.
//!
//! Invariants: what is remembered (index, order, tree) is that of the array as it is; every change repairs or forgets it. The last entry is no
//! hole. The order is forgotten before a key comes or goes.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::OnceLock;

use super::index::{self, Index};
use super::{Binding, Entry, TableIter, Tree, is_key};
use crate::value::Value;
use crate::value::hash::table_hash;
use crate::value::heap::{self, Charge};
use crate::value::order::total;
use crate::value::sort::{sort_by, walks};
use crate::value::watch;

/// About how long an entry takes to be put in its place, in [`watch::look_ahead`]'s steps.
const STEPS: u64 = 128;

/// Whether so many keys can be copied, and sorted.
fn roomy<K>(count: usize) -> bool {
    watch::fits(count * size_of::<(K, u32)>() * 3)
}

/// The places of different Ints in their order; `None` if the run must stop.
fn sorted_ints(keyed: Vec<(i64, u32)>) -> Option<Box<[u32]>> {
    sorted_places(keyed)
}

/// The same of short strings by the numbers that order them.
fn sorted_strings(keyed: Vec<(u128, u32)>) -> Option<Box<[u32]>> {
    sorted_places(keyed)
}

#[inline(always)]
fn sorted_places<K: Ord>(mut keyed: Vec<(K, u32)>) -> Option<Box<[u32]>> {
    let _charge = Charge::new(keyed.capacity() * size_of::<(K, u32)>());
    sort_by(&mut keyed, |_| false, |a, b| a.0.cmp(&b.0))
        .then(|| keyed.into_iter().map(|(_, place)| place).collect())
}

/// Whether an entry is a hole: it has no key.
#[inline(always)]
pub(super) fn is_hole<V>(entry: &Entry<V>) -> bool {
    entry.0.is_undefined()
}

/// The keys that are there, with their places.
fn keyed<V>(entries: &[Entry<V>]) -> impl Iterator<Item = (&Value, u32)> {
    let there = entries.iter().zip(0..).filter(|(entry, _)| !is_hole(entry));
    there.map(|((key, _), at)| (key, at))
}

#[derive(Debug)]
pub(super) struct Hashed<V> {
    /// A hole has no key ([`Value::UNDEFINED`]).
    entries: Vec<Entry<V>>,
    holes: usize,
    /// Whether the array itself is in key order, but for holes.
    sorted: bool,
    /// Whether it was put in order because that was asked for.
    arranged: bool,
    /// Keys that came or went since the order was last computed.
    changes: usize,
    /// Places in the array by hash of key.
    index: OnceLock<Index>,
    order: OnceLock<Box<[u32]>>,
    /// The same bindings as a tree, made when a version with many changes was made of this one.
    tree: OnceLock<Tree<V>>,
    /// Whether there was a tree before that a change made wrong.
    churned: bool,
    charge: Charge,
}

impl<V: Binding> Hashed<V> {
    /// From entries without equal keys.
    pub(super) fn new(entries: Vec<Entry<V>>, sorted: bool) -> Hashed<V> {
        let mut hashed = Hashed {
            entries,
            holes: 0,
            sorted,
            arranged: false,
            changes: 0,
            index: OnceLock::new(),
            order: OnceLock::new(),
            tree: OnceLock::new(),
            churned: false,
            charge: Charge::default(),
        };
        hashed.recharge();
        hashed
    }

    /// The bytes counted for an entry: its own, up to 8/3 slots of four bytes in the index, and four in the order.
    const EACH: usize = size_of::<Entry<V>>() + 16;

    /// A copy with room for `more` bindings; `None` without memory for it.
    pub(super) fn copy(&self, more: usize) -> Option<Hashed<V>> {
        let room = self.entries.len() + more;
        if !watch::room(room * Self::EACH) {
            return None;
        }
        let mut entries = Vec::with_capacity(room);
        entries.extend_from_slice(&self.entries);
        let mut copy = Hashed::new(entries, self.sorted);
        copy.holes = self.holes;
        copy.index = self.index.clone();
        Some(copy)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.holes
    }

    /// No place is left that has a number.
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= index::MOST
    }

    /// Whether the array is in key order, but for holes.
    pub(super) fn is_sorted(&self) -> bool {
        self.sorted
    }

    /// The binding at a place that an index gave.
    #[inline(always)]
    pub(super) fn get(&self, place: usize) -> Option<&Entry<V>> {
        self.entries.get(place)
    }

    #[inline(always)]
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut Entry<V>> {
        self.entries.get_mut(place)
    }

    /// The array, if it is in key order and has no holes.
    pub(super) fn in_order(&self) -> Option<&[Entry<V>]> {
        (self.sorted && self.holes == 0).then_some(&self.entries[..])
    }

    /// Takes all bindings out, in the order of the array.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Entry<V>> + use<V> {
        self.holes = 0;
        std::mem::take(&mut self.entries).into_iter().filter(|entry| !is_hole(entry))
    }

    /// The bindings in the order of the array.
    pub(super) fn iter_unordered(&self) -> TableIter<'_, V> {
        match self.holes {
            0 => TableIter::Flat(self.entries.iter()),
            _ => TableIter::Sparse(self.entries.iter(), self.len()),
        }
    }

    /// The bindings in key order.
    pub(super) fn iter(&self) -> TableIter<'_, V> {
        self.part(0..self.len())
    }

    /// Some of them.
    pub(super) fn part(&self, ranks: Range<usize>) -> TableIter<'_, V> {
        match self.order() {
            None => TableIter::Flat(self.entries.get(ranks).unwrap_or(&[]).iter()),
            Some(order) => {
                TableIter::Ordered(&self.entries, order.get(ranks).unwrap_or(&[]).iter())
            }
        }
    }

    /// Counts the array and, at its usual size, what is beside it. (What a shared body computes later is within that.)
    fn recharge(&mut self) {
        self.charge.set(self.entries.capacity() * Self::EACH + size_of::<Hashed<V>>());
    }

    #[inline]
    fn index(&self) -> &Index {
        self.index.get_or_init(|| self.make_index(self.len()))
    }

    /// An index with room for `capacity`. Made anew from the array in order, which reads memory in sequence; growing one in place
    /// would look its keys up all over the array.
    #[cold]
    fn make_index(&self, capacity: usize) -> Index {
        let mut index = Index::with_capacity(capacity);
        let keys = keyed(&self.entries).take(index::MOST);
        keys.for_each(|(key, at)| index.enter(table_hash(key), at));
        index
    }

    /// Makes an index that is there anew, for as many bindings as the array has room for; the old one goes first.
    fn index_anew(&mut self) {
        if self.index.take().is_some() {
            self.index = OnceLock::from(self.make_index(self.entries.capacity()));
        }
    }

    /// The place of `key`, which has this hash.
    #[inline]
    pub(super) fn position(&self, key: &Value, hash: u32) -> Option<usize> {
        if key.is_simple()
            && let Some(known) = self.glance(key, hash)
        {
            return known;
        }
        let key_at = |at| self.entries.get(at).is_some_and(|(kept, _)| is_key(kept, key));
        self.index().find(hash, key_at)
    }

    /// The place of a simple key, where the bytes of keys tell it; `None` where they do not, or there is no index yet.
    #[inline(always)]
    pub(super) fn glance(&self, key: &Value, hash: u32) -> Option<Option<usize>> {
        let key_at = |at: usize| self.entries.get(at).map(|(kept, _)| kept);
        let found = self.index.get()?.find(hash, |at| {
            key_at(at).is_some_and(|kept| kept.same_bits(key) || kept.may_equal_int())
        });
        match found {
            None => Some(None),
            Some(at) => key_at(at)?.same_bits(key).then_some(found),
        }
    }

    /// The places of the entries in key order; `None` when rank and place are the same.
    fn order(&self) -> Option<&[u32]> {
        if self.in_order().is_some() {
            return None;
        }
        if let Some(order) = self.order.get() {
            return Some(order);
        }
        // Half an order is not to be remembered: the run stops.
        match self.make_order() {
            Some(order) => Some(self.order.get_or_init(|| order)),
            None => Some(&[]),
        }
    }

    /// The places of the entries in key order; `None` if the run must stop.
    #[cold]
    fn make_order(&self) -> Option<Box<[u32]>> {
        let keys = || keyed(&self.entries);
        if self.sorted {
            return Some(keys().map(|(_, at)| at).collect());
        }
        // What orders most keys is sorted beside their places, where there is room.
        if keys().all(|(key, _)| key.as_int().is_some()) && roomy::<i64>(self.len()) {
            return sorted_ints(keys().map(|(key, at)| (key.int_bits(), at)).collect());
        }
        if keys().all(|(key, _)| key.is_short()) && roomy::<u128>(self.len()) {
            return sorted_strings(keys().map(|(key, at)| (key.short_order(), at)).collect());
        }
        let mut order: Vec<u32> = keys().map(|(_, at)| at).collect();
        let key = |at: u32| self.entries.get(at as usize).map(|(key, _)| key);
        let sorted = sort_by(
            &mut order,
            |at| key(*at).is_some_and(walks),
            |a, b| key(*a).zip(key(*b)).map_or(Ordering::Equal, |(a, b)| total(a, b)),
        );
        sorted.then(|| order.into())
    }

    /// The place of the entry at `rank` in key order.
    fn place(&self, rank: usize) -> Option<usize> {
        match self.order() {
            None => Some(rank),
            Some(order) => order.get(rank).map(|at| *at as usize),
        }
    }

    pub(super) fn entry(&self, rank: usize) -> Option<&Entry<V>> {
        self.entries.get(self.place(rank)?)
    }

    /// The same where the order is known.
    #[inline(always)]
    pub(super) fn known_at(&self, rank: usize) -> Option<(&Value, &V)> {
        let entry = match self.in_order() {
            Some(entries) => entries.get(rank),
            None => self.entries.get(*self.order.get()?.get(rank)? as usize),
        };
        entry.map(|(key, value)| (key, value))
    }

    /// Has the array lie in key order if that is known, since it was asked for before: who goes through it often need not jump over it
    /// each time.
    pub(super) fn put_in_order(&mut self) {
        let steps = self.entries.len() as u64 * STEPS;
        if self.order.get_mut().is_none() || watch::look_ahead(steps).is_err() {
            return;
        }
        let Some(order) = self.order.take() else { return };
        let mut order = order.into_vec();
        let len = order.len();
        // The holes come last.
        let places = (0..).zip(&self.entries);
        order.extend(places.filter(|(_, entry)| is_hole(entry)).map(|(at, _)| at));
        // Each entry goes to its place once, along the cycles of the order.
        for start in 0..order.len() {
            let mut to = start;
            loop {
                let from = std::mem::replace(&mut order[to], to as u32) as usize;
                if from == start {
                    break;
                }
                self.entries.swap(to, from);
                to = from;
            }
        }
        self.entries.truncate(len);
        self.holes = 0;
        self.index_anew();
        self.sorted = true;
        self.arranged = true;
    }

    /// How many keys are before `key` (or equal to it, with `or_equal`).
    pub(super) fn rank(&self, key: &Value, or_equal: bool) -> usize {
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

    /// The same bindings as a tree, remembered; `None` without room for one.
    pub(super) fn tree(&self) -> Option<&Tree<V>> {
        if self.tree.get().is_none() {
            let tree = self.to_tree()?;
            heap::count_copy();
            // Another thread may have been faster.
            let _ = self.tree.set(tree);
        }
        self.tree.get()
    }

    /// The tree, if this version has made one.
    pub(super) fn known_tree(&self) -> Option<&Tree<V>> {
        self.tree.get()
    }

    /// `None` without room for it.
    pub(super) fn to_tree(&self) -> Option<Tree<V>> {
        if !watch::room(Tree::<V>::size(self.len())) {
            return None;
        }
        let entries = &self.entries;
        Some(match self.order() {
            None => Tree::of(entries.iter().cloned()),
            // Half an order: the run stops.
            Some(order) if order.len() != self.len() => return None,
            Some(order) => Tree::of(order.iter().map(|at| entries[*at as usize].clone())),
        })
    }

    /// Whether a key that comes or goes makes something wrong that is remembered.
    #[inline]
    pub(super) fn remembers(&self) -> bool {
        self.arranged || self.order.get().is_some() || self.tree.get().is_some()
    }

    /// To be called before any change: the remembered tree is about to be wrong. Where that happens for the second time, since the table is
    /// shared and changed in turns, the tree serves better and is given.
    #[inline]
    pub(super) fn changing(&mut self) -> Option<Tree<V>> {
        self.tree.get_mut().is_some().then(|| self.forget_tree())?
    }

    #[cold]
    fn forget_tree(&mut self) -> Option<Tree<V>> {
        let tree = self.tree.take();
        if std::mem::replace(&mut self.churned, true) { tree } else { None }
    }

    /// Whether keys come and go while the order is asked for again and again, so that a tree serves better than sorting.
    pub(super) fn churns(&mut self) -> bool {
        let asked = self.arranged || self.order.get_mut().is_some();
        let churns = asked && self.changes < self.len() / 4;
        if asked {
            self.order = OnceLock::new();
            self.arranged = false;
            self.changes = 0;
        }
        churns
    }

    /// Adds a binding whose key is not there. Without room it does not, and the run stops.
    pub(super) fn push(&mut self, key: Value, value: V, hash: u32) {
        if self.entries.len() == self.entries.capacity() && !self.grow() {
            return;
        }
        let place = self.entries.len();
        if self.sorted
            && self.entries.last().is_some_and(|(last, _)| total(last, &key) != Ordering::Less)
        {
            self.sorted = false;
            self.changes = 0;
        }
        self.changes += 1;
        if let Some(index) = self.index.get_mut() {
            if index.is_full() {
                self.index_anew();
            }
            if let Some(index) = self.index.get_mut() {
                index.enter(hash, place as u32);
            }
        }
        self.entries.push((key, value));
    }

    #[cold]
    fn grow(&mut self) -> bool {
        let old = self.entries.capacity();
        if self.holes > old / 4 {
            self.close_holes(old);
            return true;
        }
        // (What is beside the old array stays for a moment.)
        let size = size_of::<Entry<V>>() + 8;
        let Some(capacity) = watch::grown(old, self.entries.len() + 1, size) else { return false };
        self.entries.reserve_exact(capacity - self.entries.len());
        self.recharge();
        true
    }

    /// Takes the binding of `key` away, which has this hash.
    pub(super) fn remove(&mut self, key: &Value, hash: u32) -> Option<Entry<V>> {
        let place = self.position(key, hash)?;
        let hole = (Value::UNDEFINED, V::nothing());
        let gone = std::mem::replace(self.entries.get_mut(place)?, hole);
        self.changes += 1;
        self.holes += 1;
        while self.entries.pop_if(|entry| is_hole(entry)).is_some() {
            self.holes -= 1;
        }
        if self.holes / 3 > self.len() {
            self.close_holes(self.len() * 2);
        }
        Some(gone)
    }

    /// Closes the holes, and has room for so many bindings. O(n), after as many that came or went.
    #[cold]
    fn close_holes(&mut self, room: usize) {
        self.entries.retain(|entry| !is_hole(entry));
        self.entries.shrink_to(room);
        self.holes = 0;
        self.index_anew();
        self.recharge();
    }
}
