//! Bindings in an array in the order they came, with a hash index and the key order beside it.
//!
//! Invariant: what is remembered (index, order, tree) is that of the array as it is; every change repairs or forgets it.

use std::cmp::Ordering;
use std::sync::OnceLock;

use hashbrown::HashTable;

use super::{Binding, Entry, Tree, is_key};
use crate::value::Value;
use crate::value::hash::table_hash;
use crate::value::heap::{self, Charge};
use crate::value::order::total;
use crate::value::sort::{sort_by, walks};
use crate::value::watch;

/// The hash as the index wants it: its own place comes from the low bits, its tag from the highest.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

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

/// Enters places in an index that has none yet, but room for all.
fn fill<V>(index: &mut HashTable<u32>, entries: &[Entry<V>]) {
    for (at, (key, _)) in (0u32..).zip(entries) {
        // There is room: nothing is hashed again.
        index.insert_unique(spread(table_hash(key)), at, |_| 0);
    }
}

#[derive(Debug)]
pub(super) struct Hashed<V> {
    pub(super) entries: Vec<Entry<V>>,
    /// Whether the array itself is in key order.
    pub(super) sorted: bool,
    /// Whether it was put in order because that was asked for.
    arranged: bool,
    /// Keys that came or went since the order was last computed.
    changes: usize,
    /// Places in the array by hash of key.
    index: OnceLock<HashTable<u32>>,
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

    /// The bytes counted for an entry: its own, up to 16/7 buckets of five bytes in the index, and four in the order.
    const EACH: usize = size_of::<Entry<V>>() + 16;

    /// A copy with room for `more` bindings; `None` without memory for it.
    pub(super) fn copy(&self, more: usize) -> Option<Hashed<V>> {
        if !watch::room((self.entries.len() + more) * Self::EACH) {
            return None;
        }
        let mut entries = Vec::with_capacity(self.entries.len() + more);
        entries.extend_from_slice(&self.entries);
        let mut copy = Hashed::new(entries, self.sorted);
        copy.index = self.index.clone();
        Some(copy)
    }

    /// Counts the array and, at its usual size, what is beside it. (What a shared body computes later is within that.)
    fn recharge(&mut self) {
        self.charge.set(self.entries.capacity() * Self::EACH + size_of::<Hashed<V>>());
    }

    #[inline]
    fn index(&self) -> &HashTable<u32> {
        self.index.get_or_init(|| self.make_index(self.entries.len()))
    }

    /// An index with room for `capacity`. Made anew from the array in order, which reads memory in sequence; growing one in place
    /// would look its keys up all over the array.
    #[cold]
    fn make_index(&self, capacity: usize) -> HashTable<u32> {
        let mut index = HashTable::with_capacity(capacity);
        fill(&mut index, &self.entries);
        index
    }

    /// The place of `key`, which has this hash.
    #[inline]
    pub(super) fn position(&self, key: &Value, hash: u32) -> Option<usize> {
        if key.is_simple()
            && let Some(known) = self.glance(key, hash)
        {
            return known;
        }
        let key_at =
            |at: &u32| self.entries.get(*at as usize).is_some_and(|(kept, _)| is_key(kept, key));
        self.index().find(spread(hash), key_at).map(|at| *at as usize)
    }

    /// The place of a simple key, where the bytes of keys tell it; `None` where they do not, or there is no index yet.
    #[inline(always)]
    pub(super) fn glance(&self, key: &Value, hash: u32) -> Option<Option<usize>> {
        let key_at = |at: &u32| self.entries.get(*at as usize).map(|(kept, _)| kept);
        let found = self.index.get()?.find(spread(hash), |at| {
            key_at(at).is_some_and(|kept| kept.same_bits(key) || kept.may_equal_int())
        });
        match found {
            None => Some(None),
            Some(at) => key_at(at)?.same_bits(key).then_some(Some(*at as usize)),
        }
    }

    /// The places of the entries in key order; `None` when that is the order they lie in.
    pub(super) fn order(&self) -> Option<&[u32]> {
        if self.sorted {
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
        let keys = || self.entries.iter().map(|(key, _)| key);
        // What orders most keys is sorted beside their places, where there is room.
        if keys().all(|key| key.as_int().is_some()) && roomy::<i64>(self.entries.len()) {
            return sorted_ints(keys().map(Value::int_bits).zip(0..).collect());
        }
        if keys().all(Value::is_short) && roomy::<u128>(self.entries.len()) {
            return sorted_strings(keys().map(Value::short_order).zip(0..).collect());
        }
        let mut order: Vec<u32> = (0..self.entries.len() as u32).collect();
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
            None => (rank < self.entries.len()).then_some(rank),
            Some(order) => order.get(rank).map(|at| *at as usize),
        }
    }

    pub(super) fn entry(&self, rank: usize) -> Option<&Entry<V>> {
        self.entries.get(self.place(rank)?)
    }

    /// The same where the order is known.
    #[inline(always)]
    pub(super) fn known_at(&self, rank: usize) -> Option<(&Value, &V)> {
        let place = match self.sorted {
            true => rank,
            false => *self.order.get()?.get(rank)? as usize,
        };
        self.entries.get(place).map(|(key, value)| (key, value))
    }

    /// Has the array lie in key order if that is known, since it was asked for before: who goes through it often need not jump over it
    /// each time.
    pub(super) fn put_in_order(&mut self) {
        let steps = self.entries.len() as u64 * STEPS;
        if self.order.get_mut().is_none() || watch::look_ahead(steps).is_err() {
            return;
        }
        let Some(mut order) = self.order.take() else { return };
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
        if let Some(index) = self.index.get_mut() {
            index.clear();
            fill(index, &self.entries);
        }
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
        if !watch::room(Tree::<V>::size(self.entries.len())) {
            return None;
        }
        let entries = &self.entries;
        Some(match self.order() {
            None => Tree::of(entries.iter().cloned()),
            // Half an order: the run stops.
            Some(order) if order.len() != entries.len() => return None,
            Some(order) => Tree::of(order.iter().map(|at| entries[*at as usize].clone())),
        })
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
        let churns = asked && self.changes < self.entries.len() / 4;
        if asked {
            self.order = OnceLock::new();
            self.arranged = false;
            self.changes = 0;
        }
        churns
    }

    /// Adds a binding whose key is not there. Without room it does not, and the run stops.
    pub(super) fn push(&mut self, key: Value, value: V, hash: u32) {
        let len = self.entries.len();
        if len == self.entries.capacity() && !self.grow() {
            return;
        }
        if self.sorted
            && self.entries.last().is_some_and(|(last, _)| total(last, &key) != Ordering::Less)
        {
            self.sorted = false;
            self.changes = 0;
        }
        self.changes += 1;
        if let Some(index) = self.index.get_mut() {
            if index.len() == index.capacity() {
                // The old one goes first.
                self.index = OnceLock::new();
                self.index = OnceLock::from(self.make_index(len * 2));
            }
            if let Some(index) = self.index.get_mut() {
                index.insert_unique(spread(hash), len as u32, |_| 0);
            }
        }
        self.entries.push((key, value));
    }

    #[cold]
    fn grow(&mut self) -> bool {
        let old = self.entries.capacity();
        // (What is beside the old array stays for a moment.)
        let size = size_of::<Entry<V>>() + 8;
        let Some(capacity) = watch::grown(old, self.entries.len() + 1, size) else { return false };
        self.entries.reserve_exact(capacity - self.entries.len());
        self.recharge();
        true
    }

    /// Takes the binding at `place` away, whose key has this hash. The last one takes its place.
    pub(super) fn swap_remove(&mut self, place: usize, hash: u32) -> Entry<V> {
        let last = self.entries.len() - 1;
        if self.sorted && place != last {
            self.sorted = false;
            self.changes = 0;
        }
        self.changes += 1;
        if let Some(index) = self.index.get_mut() {
            if let Ok(found) = index.find_entry(spread(hash), |at| *at as usize == place) {
                found.remove();
            }
            if place != last
                && let Some((key, _)) = self.entries.last()
                && let Some(at) = index.find_mut(spread(table_hash(key)), |at| *at as usize == last)
            {
                *at = place as u32;
            }
        }
        self.entries.swap_remove(place)
    }
}
