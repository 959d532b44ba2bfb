//! Comparing two trees by what they do not share.

use std::cmp::Ordering;

use super::super::diff::Difference;
use super::super::{Binding, Entry};
use super::Tree;
use super::handle::{Node, View};
use super::node::Child;
use crate::value::order::total;

impl<V: Binding> Tree<V> {
    /// The bindings in which the trees differ, or may differ, in key order.
    pub(in crate::value::table) fn diff<'a>(&'a self, new: &'a Tree<V>) -> Differences<'a, V> {
        Differences { old: Rest::of(&self.root, self.len), new: Rest::of(&new.root, new.len) }
    }
}

pub(in crate::value::table) struct Differences<'a, V> {
    old: Rest<'a, V>,
    new: Rest<'a, V>,
}

/// What is left of a tree: bindings, then what the nodes have from the last one on, each with how much that is.
struct Rest<'a, V> {
    entries: &'a [Entry<V>],
    nodes: Vec<(&'a Node<V>, usize)>,
}

impl<'a, V: Binding> Rest<'a, V> {
    fn of(root: &'a Node<V>, len: usize) -> Self {
        Rest { entries: &[], nodes: vec![(root, len)] }
    }

    /// The node that is next, unless a binding is.
    fn node(&self) -> Option<(&'a Node<V>, usize)> {
        if self.entries.is_empty() { self.nodes.last().copied() } else { None }
    }

    /// Replaces the node that is next by what is in it.
    fn open(&mut self) {
        let Some((node, _)) = self.nodes.pop() else { return };
        match node.view() {
            View::Leaf(leaf) => self.entries = leaf.items(),
            View::Inner(inner) => {
                let children = inner.items().iter().rev();
                self.nodes.extend(children.map(|Child { node, len, .. }| (node, *len)));
            }
        }
    }

    /// The binding that is next, which is taken if it is `here`.
    fn next(&mut self, here: bool) -> Option<&'a Entry<V>> {
        let (first, rest) = self.entries.split_first().filter(|_| here)?;
        self.entries = rest;
        Some(first)
    }
}

impl<'a, V: Binding> Iterator for Differences<'a, V> {
    type Item = Difference<'a, V>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match (self.old.node(), self.new.node()) {
                (Some((a, _)), Some((b, _))) if a.ptr_eq(b) => {
                    self.old.nodes.pop();
                    self.new.nodes.pop();
                }
                // The bigger one first: the other may be among what is in it.
                (Some((_, a)), b) if b.is_none_or(|(_, b)| a >= b) => self.old.open(),
                (_, Some(_)) => self.new.open(),
                (_, None) => {
                    let order = match (self.old.entries.first(), self.new.entries.first()) {
                        (None, None) => return None,
                        (Some(_), None) => Ordering::Less,
                        (None, Some(_)) => Ordering::Greater,
                        (Some(a), Some(b)) => total(&a.0, &b.0),
                    };
                    let old = self.old.next(order != Ordering::Greater);
                    let new = self.new.next(order != Ordering::Less);
                    let same = old.zip(new).is_some_and(|(a, b)| a.1.same(&b.1));
                    if !same && let Some((key, _)) = new.or(old) {
                        return Some((key, old.map(|(_, v)| v), new.map(|(_, v)| v)));
                    }
                }
            }
        }
    }
}
