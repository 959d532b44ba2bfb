//! Going through a tree leaf by leaf, from both ends.

use std::ops::Range;
use std::slice;

use super::super::Entry;
use super::handle::Node;
use crate::value::Value;

/// The bindings of some ranks in key order.
pub(crate) struct TreeIter<'a, V> {
    root: &'a Node<V>,
    /// What is left.
    ranks: Range<usize>,
    /// What is left of the leaf at either end. Where both ends are in one leaf, `ranks` tells how much of it.
    front: slice::Iter<'a, Entry<V>>,
    back: slice::Iter<'a, Entry<V>>,
}

impl<V> Clone for TreeIter<'_, V> {
    fn clone(&self) -> Self {
        let TreeIter { root, ranks, front, back } = self;
        TreeIter { root, ranks: ranks.clone(), front: front.clone(), back: back.clone() }
    }
}

impl<'a, V> TreeIter<'a, V> {
    pub(super) fn new(root: &'a Node<V>, ranks: Range<usize>) -> Self {
        TreeIter { root, ranks, front: [].iter(), back: [].iter() }
    }
}

impl<'a, V> Iterator for TreeIter<'a, V> {
    type Item = (&'a Value, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rank = self.ranks.next()?;
        if self.front.as_slice().is_empty() {
            let (leaf, at) = self.root.leaf_at(rank)?;
            self.front = leaf.get(at..)?.iter();
        }
        self.front.next().map(|(k, v)| (k, v))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ranks.size_hint()
    }
}

impl<V> DoubleEndedIterator for TreeIter<'_, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let rank = self.ranks.next_back()?;
        if self.back.as_slice().is_empty() {
            let (leaf, at) = self.root.leaf_at(rank)?;
            self.back = leaf.get(..=at)?.iter();
        }
        self.back.next_back().map(|(k, v)| (k, v))
    }
}
