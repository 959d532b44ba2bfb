//! A persistent ordered tree: what many versions of a big table share.
//!
//! A B+ tree: bindings in leaves, and nodes above them with what is least below each child and how many bindings there are. Nodes are
//! narrow, because a copy of one counts every child once more; leaves are wide, because what is in them is mostly copied as it is.
//!
//! Many changes are made together ([`Tree::with`]): each node that they touch is made once. One change to a tree goes into its leaf where
//! there is room ([`Tree::insert`]).
//!
//! Invariants: all leaves are equally deep; a child's `low` is no greater than any key below it, and greater than all keys below the
//! children before it; lengths are those of what is below.

mod diff;
mod handle;
mod iter;
mod merge;
mod node;
#[cfg(test)]
mod tests;

use super::changes::{Change, Kind};
use super::{Binding, Entry};
use crate::value::Value;

use handle::Node;
pub(super) use iter::TreeIter;

#[derive(Debug)]
pub(super) struct Tree<V> {
    root: Node<V>,
    len: usize,
}

impl<V> Clone for Tree<V> {
    fn clone(&self) -> Tree<V> {
        Tree { root: self.root.clone(), len: self.len }
    }
}

impl<V: Binding> Tree<V> {
    pub(super) fn new() -> Tree<V> {
        Tree { root: Node::empty(), len: 0 }
    }

    /// The bytes of a tree of so many bindings in key order, at most.
    pub(super) const fn size(len: usize) -> usize {
        // Of nodes that are three quarters full.
        (len + 1) * (size_of::<Entry<V>>() + 8)
    }

    /// A tree of bindings in key order.
    pub(super) fn of(entries: impl ExactSizeIterator<Item = Entry<V>>) -> Tree<V> {
        let len = entries.len();
        Tree { root: merge::build(entries), len }
    }

    /// The same tree after changes in the order of their keys, as a version of its own.
    pub(super) fn with(&self, changes: &[&Change<V>]) -> Tree<V> {
        let (root, len) = merge::with(&self.root, self.len, changes);
        Tree { root, len }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The binding of `key`, in the form it was kept.
    #[inline]
    pub(super) fn find(&self, key: &Value) -> Option<(&Value, &V)> {
        self.root.find(key)
    }

    /// What is bound to `key`, for changing.
    pub(super) fn get_mut(&mut self, key: &Value) -> Option<&mut V> {
        self.root.get_mut(key)
    }

    /// Binds `value` to `key` and gives what was bound before. Of both forms of the key the better one is kept.
    pub(super) fn insert(&mut self, key: Value, hash: u32, value: V) -> Option<V> {
        match self.root.insert(key, value) {
            Ok(old) => {
                self.len += usize::from(old.is_none());
                old
            }
            Err((key, value)) => {
                *self = self.with(&[&Change { key, value, hash, kind: Kind::Added }]);
                None
            }
        }
    }

    /// Takes the binding of `key` away.
    pub(super) fn remove(&mut self, key: &Value, hash: u32) -> Option<Entry<V>> {
        match self.root.remove(key) {
            Ok(gone) => {
                self.len -= usize::from(gone.is_some());
                gone
            }
            Err((key, value)) => {
                let change = Change { key, value, hash, kind: Kind::Removed };
                *self = self.with(&[&change]);
                Some((change.key, change.value))
            }
        }
    }

    /// How many keys are before `key` (or equal to it, with `or_equal`).
    pub(super) fn rank(&self, key: &Value, or_equal: bool) -> usize {
        self.root.rank(key, or_equal)
    }

    /// The binding at `rank` in key order.
    pub(super) fn entry_at(&self, rank: usize) -> Option<(&Value, &V)> {
        let (leaf, at) = self.root.leaf_at(rank)?;
        leaf.get(at).map(|(k, v)| (k, v))
    }

    /// The bindings of such ranks in key order.
    pub(super) fn range(&self, ranks: std::ops::Range<usize>) -> TreeIter<'_, V> {
        TreeIter::new(&self.root, ranks)
    }
}
