//! More bindings than a small table has: by hash, as changes beside another table, or as a tree.

use std::cmp::Ordering;
use std::ops::Bound;

use super::hashed::Hashed;
use super::iter::Merged;
use super::overlay::{Known, Overlay};
use super::small::SMALL;
use super::{Binding, Entry, TableIter, Tree};
use crate::value::Value;
use crate::value::hash::table_hash;
use crate::value::heap::Ref;
use crate::value::order::{better_form, total};

#[derive(Debug)]
pub(super) enum Big<V> {
    Hashed(Box<Hashed<V>>),
    Overlay(Overlay<V>),
    Tree(Tree<V>),
}

// A version that was changed while others held it is one of these.
const _: () = assert!(size_of::<Big<Value>>() <= 80);

impl<V: Binding> Big<V> {
    pub(super) fn hashed(entries: Vec<Entry<V>>, sorted: bool) -> Big<V> {
        Big::Hashed(Box::new(Hashed::new(entries, sorted)))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Big::Hashed(hashed) => hashed.len(),
            Big::Overlay(overlay) => overlay.len(),
            Big::Tree(tree) => tree.len(),
        }
    }

    /// The binding of `key`, in the form it was kept.
    #[inline]
    pub(super) fn find(&self, key: &Value) -> Option<(&Value, &V)> {
        match self {
            Big::Hashed(hashed) => {
                hashed.get(hashed.position(key, table_hash(key))?).map(|(k, v)| (k, v))
            }
            Big::Overlay(overlay) => find_in_overlay(overlay, key),
            Big::Tree(tree) => find_in_tree(tree, key),
        }
    }

    /// As [`Big::find`] with the hash of the key.
    pub(super) fn find_hashed(&self, key: &Value, hash: u32) -> Option<(&Value, &V)> {
        match self {
            Big::Hashed(hashed) => hashed.get(hashed.position(key, hash)?).map(|(k, v)| (k, v)),
            Big::Overlay(overlay) => overlay.find(key, hash),
            Big::Tree(tree) => tree.find(key),
        }
    }

    /// What is bound to `key`, looking at place `hint` first and leaving there where the key was.
    #[inline]
    pub(super) fn find_hinted(&self, key: &Value, hint: &mut u32) -> Option<&V> {
        let Big::Hashed(hashed) = self else { return self.find(key).map(|(_, v)| v) };
        if let Some((k, v)) = hashed.get(*hint as usize)
            && k.same_bits(key)
        {
            return Some(v);
        }
        let place = hashed.position(key, table_hash(key))?;
        *hint = place as u32;
        hashed.get(place).map(|(_, v)| v)
    }

    /// What is bound to a key, for changing. An overlay must have room.
    #[inline]
    pub(super) fn get_mut(&mut self, key: &Value, hash: u32, known: Known<V>) -> Option<&mut V> {
        if let Big::Hashed(hashed) = self
            && let Some(tree) = hashed.changing()
        {
            *self = Big::Tree(tree);
        }
        match self {
            Big::Hashed(hashed) => {
                let at = hashed.position(key, hash)?;
                hashed.get_mut(at).map(|(_, v)| v)
            }
            Big::Overlay(overlay) => overlay.get_mut(key, hash, known),
            Big::Tree(tree) => tree.get_mut(key),
        }
    }

    /// Binds `value` to `key` and gives what was bound before. An overlay must have room.
    pub(super) fn insert(&mut self, key: Value, hash: u32, value: V) -> Option<V> {
        match self {
            Big::Hashed(hashed) => {
                if let Some(tree) = hashed.changing() {
                    *self = Big::Tree(tree);
                    return self.insert(key, hash, value);
                }
                if let Some(at) = hashed.position(&key, hash) {
                    let (kept, old) = hashed.get_mut(at)?;
                    if better_form(&key, kept) {
                        *kept = key;
                    }
                    return Some(std::mem::replace(old, value));
                }
                if hashed.churns() || hashed.is_full() {
                    if let Some(mut tree) = hashed.to_tree() {
                        tree.insert(key, hash, value);
                        *self = Big::Tree(tree);
                    }
                } else {
                    hashed.push(key, value, hash);
                }
                None
            }
            Big::Overlay(overlay) => overlay.insert(key, hash, value, None),
            Big::Tree(tree) => tree.insert(key, hash, value),
        }
    }

    /// Takes the binding of `key` away. An overlay must have room.
    pub(super) fn remove(&mut self, key: &Value, hash: u32) -> Option<Entry<V>> {
        match self {
            Big::Hashed(hashed) => {
                if hashed.remembers() {
                    hashed.position(key, hash)?;
                    let tree = match hashed.changing() {
                        None if hashed.churns() => Some(hashed.to_tree()?),
                        tree => tree,
                    };
                    if let Some(tree) = tree {
                        *self = Big::Tree(tree);
                        return self.remove(key, hash);
                    }
                }
                hashed.remove(key, hash)
            }
            Big::Overlay(overlay) => overlay.remove(key, hash, None),
            Big::Tree(tree) => tree.remove(key, hash),
        }
    }

    /// All bindings, if they have become so few that a small table serves better.
    pub(super) fn few(&mut self) -> Option<Vec<Entry<V>>> {
        match self {
            Big::Hashed(hashed) if hashed.len() <= SMALL / 2 => Some(hashed.take().collect()),
            Big::Tree(tree) if tree.len() <= SMALL / 2 => {
                Some(tree.range(0..tree.len()).map(|(k, v)| (k.clone(), v.clone())).collect())
            }
            _ => None,
        }
    }

    /// As a tree that shares what it can with what is there; `None` without room for one.
    pub(super) fn to_tree(&self) -> Option<Tree<V>> {
        match self {
            Big::Hashed(hashed) => hashed.tree().cloned(),
            Big::Overlay(overlay) => overlay.to_tree(),
            Big::Tree(tree) => Some(tree.clone()),
        }
    }

    /// The bindings in key order. The first time after keys came or went, a hashed table sorts: O(n log n).
    pub(super) fn iter(&self) -> TableIter<'_, V> {
        match self {
            Big::Hashed(hashed) => hashed.iter(),
            Big::Overlay(overlay) => TableIter::Merged(Box::new(Merged::new(
                overlay.base().iter(),
                overlay.changes(),
                overlay.len(),
            ))),
            Big::Tree(tree) => TableIter::Tree(Box::new(tree.range(0..tree.len()))),
        }
    }

    /// The bindings with keys between bounds that leave something between them, in key order.
    pub(super) fn range(&self, low: Bound<&Value>, high: Bound<&Value>) -> TableIter<'_, V> {
        match self {
            Big::Hashed(hashed) => {
                let rank = |key: &Value, or_equal: bool| hashed.rank(key, or_equal);
                hashed.part(ranks(low, high, &rank, hashed.len()))
            }
            Big::Overlay(overlay) => {
                let mut changes = overlay.changes();
                let rank = |key: &Value, or_equal: bool| {
                    changes.partition_point(|change| match total(&change.key, key) {
                        Ordering::Less => true,
                        Ordering::Equal => or_equal,
                        Ordering::Greater => false,
                    })
                };
                let range = ranks(low, high, &rank, changes.len());
                changes.truncate(range.end);
                changes.drain(..range.start.min(range.end));
                let base = overlay.base().range(low, high);
                TableIter::Merged(Box::new(Merged::part(base, changes)))
            }
            Big::Tree(tree) => {
                let rank = |key: &Value, or_equal: bool| tree.rank(key, or_equal);
                TableIter::Tree(Box::new(tree.range(ranks(low, high, &rank, tree.len()))))
            }
        }
    }

    /// The binding at `rank` in key order. O(1) except in trees, where it is O(log n), and in overlays, where it is O(rank) but for
    /// the first and the last.
    pub(super) fn entry_at(&self, rank: usize) -> Option<(&Value, &V)> {
        match self {
            Big::Hashed(hashed) => hashed.entry(rank).map(|(k, v)| (k, v)),
            Big::Overlay(overlay) if rank + 1 == overlay.len() => self.iter().next_back(),
            Big::Overlay(_) => self.iter().nth(rank),
            Big::Tree(tree) => tree.entry_at(rank),
        }
    }
}

/// The places between two bounds, where `rank` tells how many keys are before one (or equal to it).
pub(super) fn ranks(
    low: Bound<&Value>,
    high: Bound<&Value>,
    rank: &dyn Fn(&Value, bool) -> usize,
    len: usize,
) -> std::ops::Range<usize> {
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
}

/// Out of line: most look-ups are not in trees, and should not pay for the stack frame of those that are.
#[inline(never)]
fn find_in_tree<'a, V: Binding>(tree: &'a Tree<V>, key: &Value) -> Option<(&'a Value, &'a V)> {
    tree.find(key)
}

/// Out of line, too.
#[inline(never)]
fn find_in_overlay<'a, V: Binding>(
    overlay: &'a Overlay<V>,
    key: &Value,
) -> Option<(&'a Value, &'a V)> {
    overlay.find(key, table_hash(key))
}

/// A new version of a shared table, about to be changed: its changes are noted beside the old version.
#[cold]
pub(super) fn next<V: Binding>(old: &Ref<Big<V>>) -> Big<V> {
    match &**old {
        Big::Overlay(overlay) if overlay.has_room() => Big::Overlay(overlay.next()),
        Big::Overlay(overlay) => match overlay.merged() {
            Some(merged) => next(merged),
            // Without room the run ends before anybody sees one change more.
            None => Big::Overlay(overlay.next()),
        },
        Big::Hashed(_) | Big::Tree(_) => Big::Overlay(Overlay::new(old.clone())),
    }
}
