//! Making nodes: of bindings in key order, and of other nodes and many changes.
//!
//! What is made waits on a stack: a node's children are what is above the place where it began.

use std::cmp::Ordering;

use super::super::changes::Change;
use super::super::{Binding, Entry};
use super::handle::{Above, Inner, Leaf, Node, View};
use super::node::{Child, FAN, child_at, search};
use crate::value::Value;
use crate::value::heap;
use crate::value::order::total;
use crate::value::row::{NewRow, Plain, Row};

/// Nodes that were made, in key order.
type Made<V> = Vec<Child<V>>;

/// A tree of bindings in key order.
pub(super) fn build<V: Binding>(entries: impl ExactSizeIterator<Item = Entry<V>>) -> Node<V> {
    // Three quarters of each node, so that there is room to grow.
    let mut made = Vec::new();
    let mut entries = entries.peekable();
    let limit = limit::<V>(entries.peek());
    push_leaves(entries, limit * 3 / 4, &mut made);
    root(made, FAN * 3 / 4).0
}

/// The same node, below which are so many bindings, after changes in the order of their keys, and how many there are now.
pub(super) fn with<V: Binding>(
    node: &Node<V>,
    len: usize,
    changes: &[&Change<V>],
) -> (Node<V>, usize) {
    let mut made = Vec::with_capacity(FAN * 4);
    merge(node, len, changes, false, &mut made);
    root(made, FAN)
}

/// One node above all of these, and how many bindings it has.
fn root<V: Binding>(mut made: Made<V>, most: usize) -> (Node<V>, usize) {
    while made.len() > 1 {
        push_inners(0, most, &mut made);
    }
    let Some(Child { mut node, len, .. }) = made.pop() else { return (Node::empty(), 0) };
    while let View::Inner(inner) = node.view()
        && let [only] = inner.items()
    {
        node = only.node.clone();
    }
    (node, len)
}

/// Makes of a node and of changes below it as many nodes as it takes.
fn merge<V: Binding>(
    node: &Node<V>,
    len: usize,
    changes: &[&Change<V>],
    shared: bool,
    made: &mut Made<V>,
) {
    match node.view() {
        View::Leaf(leaf) => {
            count(shared || leaf.is_shared());
            merge_leaf(leaf, changes, made);
        }
        View::Inner(inner) => {
            let shared = shared || inner.is_shared();
            count(shared);
            merge_inner(inner.items(), len, changes, shared, made);
        }
    }
}

fn count(shared: bool) {
    match shared {
        true => heap::count_copy(),
        false => heap::count_update(),
    }
}

fn merge_leaf<V: Binding>(leaf: &Leaf<V>, changes: &[&Change<V>], made: &mut Made<V>) {
    let most = leaf.items().len() + changes.len();
    let limit = limit::<V>(leaf.items().first());
    if most > limit {
        let mut entries = Vec::with_capacity(most);
        merge_entries(leaf.items(), changes, |part| match part {
            Part::Kept(from, to) => {
                entries.extend_from_slice(leaf.items().get(from..to).unwrap_or(&[]));
            }
            Part::Changed(key, value) => entries.push((key.clone(), value.clone())),
        });
        return push_leaves(entries.into_iter(), limit, made);
    }
    let mut merged = NewRow::with_room((), room::<V>(most));
    merge_entries(leaf.items(), changes, |part| match part {
        Part::Kept(from, to) => merged.extend(leaf, from, to),
        Part::Changed(key, value) => merged.push((key.clone(), value.clone())),
    });
    made.extend(child_of_leaf(merged.done()));
}

/// What comes next in a leaf.
enum Part<'a, V> {
    /// Bindings of the old leaf, from a place to another.
    Kept(usize, usize),
    Changed(&'a Value, &'a V),
}

fn merge_entries<'a, V: Binding>(
    entries: &[Entry<V>],
    changes: &[&'a Change<V>],
    mut each: impl FnMut(Part<'a, V>),
) {
    let mut from = 0;
    for change in changes {
        let (to, next) = match search(entries.get(from..).unwrap_or(&[]), &change.key) {
            Ok(at) => (from + at, from + at + 1),
            Err(at) => (from + at, from + at),
        };
        each(Part::Kept(from, to));
        if let Some((key, value)) = change.entry() {
            each(Part::Changed(key, value));
        }
        from = next;
    }
    each(Part::Kept(from, entries.len()));
}

/// The most bindings in a leaf that is made, by the first one: where each has to be counted when it is copied, fewer.
fn limit<V: Binding>(first: Option<&Entry<V>>) -> usize {
    match first.is_none_or(Entry::is_plain) {
        true => Node::<V>::LEAF,
        false => Node::<V>::LEAF / 2,
    }
}

/// Room for so many bindings in a leaf, and for some more: the sizes of leaves are few, so that their memory is used again.
fn room<V: Binding>(len: usize) -> usize {
    len.next_multiple_of(Node::<V>::FEW).min(Node::<V>::LEAF)
}

fn child_of_leaf<V: Binding>(leaf: Leaf<V>) -> Option<Child<V>> {
    let low = leaf.items().first()?.0.clone();
    Some(Child { low, len: leaf.items().len(), node: Node::from(leaf) })
}

fn child_of_inner<V>(len: usize, inner: Inner<V>) -> Option<Child<V>> {
    let low = inner.items().first()?.low.clone();
    Some(Child { low, len, node: Node::from(inner) })
}

/// Makes leaves of bindings in key order, about equally long, with so many at most.
fn push_leaves<V: Binding>(
    mut entries: impl ExactSizeIterator<Item = Entry<V>>,
    most: usize,
    made: &mut Made<V>,
) {
    for len in parts(entries.len(), most) {
        let mut leaf = NewRow::with_room((), room::<V>(len));
        entries.by_ref().take(len).for_each(|entry| leaf.push(entry));
        made.extend(child_of_leaf(leaf.done()));
    }
}

/// Makes nodes of the children from a place on, about equally long, with so many at most.
fn push_inners<V: Binding>(start: usize, most: usize, made: &mut Made<V>) {
    let mut children = made.split_off(start).into_iter();
    for count in parts(children.len(), most) {
        let inner = Row::of_first(Above, children.by_ref().take(count), inner_room(count));
        let len = inner.items().iter().map(|child: &Child<V>| child.len).sum();
        made.extend(child_of_inner(len, inner));
    }
}

/// The lengths of as few parts as there must be.
fn parts(len: usize, most: usize) -> impl Iterator<Item = usize> {
    let count = len.div_ceil(most);
    (0..count).map(move |at| len / count + usize::from(at < len % count))
}

fn merge_inner<V: Binding>(
    mut rest: &[Child<V>],
    mut len: usize,
    mut changes: &[&Change<V>],
    shared: bool,
    made: &mut Made<V>,
) {
    let start = made.len();
    // As long as there is one child for each, they go where they stay.
    let mut inner = Inner::of_first(Above, std::iter::empty(), inner_room(rest.len()));
    let mut own = inner.own();
    while let Some(first) = changes.first() {
        let (before, here) = rest.split_at(child_at(rest, &first.key));
        let Some((child, after)) = here.split_first() else { break };
        let (mine, others) = changes.split_at(count_below(changes, after));
        let place = made.len();
        merge(&child.node, child.len, mine, shared, made);
        if let Some(own) = &mut own
            && let Some([one]) = made.get(place..)
            && !one.node.has_few()
        {
            len = len + one.len - child.len;
            own.extend_from_slice(before);
            made.pop().map(|one| own.push_with(|| one));
        } else {
            let mut earlier = own.take().map_or(Vec::new(), |own| own.row().items().to_vec());
            earlier.extend_from_slice(before);
            made.splice(place..place, earlier);
        }
        (rest, changes) = (after, others);
    }
    if let Some(mut own) = own {
        own.extend_from_slice(rest);
        return made.extend(child_of_inner(len, inner));
    }
    made.extend_from_slice(rest);
    if made.iter().skip(start).any(|child| child.node.has_few()) {
        join_few(start, made);
    }
    push_inners(start, FAN, made);
}

/// How many changes are before the first of some children, as the first one is.
fn count_below<V>(changes: &[&Change<V>], children: &[Child<V>]) -> usize {
    let (Some(next), Some(others)) = (children.first(), changes.get(1..)) else {
        return changes.len();
    };
    1 + others.partition_point(|change| total(&change.key, &next.low) == Ordering::Less)
}

/// Room for so many children, likewise.
fn inner_room(len: usize) -> usize {
    len.next_multiple_of(FAN / 2).min(FAN)
}

/// Puts children that have few items together with those beside them.
fn join_few<V: Binding>(start: usize, made: &mut Made<V>) {
    for child in made.split_off(start) {
        let joins = |last: &Child<V>| last.node.has_few() || child.node.has_few();
        if made.len() == start || !made.last().is_some_and(joins) {
            made.push(child);
            continue;
        }
        let Some(last) = made.pop() else { return };
        match (last.node.view(), child.node.view()) {
            (View::Leaf(a), View::Leaf(b)) => {
                let entries = [a.items(), b.items()].concat();
                let limit = limit::<V>(entries.first());
                push_leaves(entries.into_iter(), limit, made);
            }
            (View::Inner(a), View::Inner(b)) => {
                let place = made.len();
                made.extend_from_slice(a.items());
                made.extend_from_slice(b.items());
                push_inners(place, FAN, made);
            }
            // All leaves are equally deep.
            _ => {}
        }
    }
}
