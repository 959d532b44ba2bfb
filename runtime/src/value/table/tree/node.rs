//! Looking up, and changes that stay within one leaf.

use std::cmp::Ordering;

use super::super::{Binding, Entry};
use super::handle::{Above, Inner, Leaf, Node, View, ViewMut};
use crate::value::Value;
use crate::value::heap;
use crate::value::order::{better_form, total};
use crate::value::row::{NewRow, Own, Row};

/// The most children of a node.
pub(super) const FAN: usize = 16;

/// The bytes of the bindings in a full leaf.
const LEAF_BYTES: usize = 1024;

/// A node with what is no greater than any key below it, and how many there are.
#[derive(Debug)]
pub(super) struct Child<V> {
    pub(super) low: Value,
    pub(super) len: usize,
    pub(super) node: Node<V>,
}

impl<V> Clone for Child<V> {
    #[inline]
    fn clone(&self) -> Child<V> {
        Child { low: self.low.clone(), len: self.len, node: self.node.clone() }
    }
}

/// How many of some items in the order of their keys are before `key`, or equal to it with `OR_EQUAL`.
#[inline(always)]
fn before<T, const OR_EQUAL: bool>(
    items: &[T],
    key_of: impl Fn(&T) -> &Value,
    key: &Value,
) -> usize {
    let walked = |kept: &Value| match order(kept, key) {
        Ordering::Less => true,
        Ordering::Equal => OR_EQUAL,
        Ordering::Greater => false,
    };
    // What orders most keys is taken out of this one once.
    if let Some(n) = key.as_int() {
        return count_before(items, |item| match key_of(item).as_int() {
            Some(kept) if OR_EQUAL => kept <= n,
            Some(kept) => kept < n,
            None => walked(key_of(item)),
        });
    }
    if key.is_short() {
        let text = key.short_order();
        return count_before(items, |item| match key_of(item) {
            kept if !kept.is_short() => walked(kept),
            kept if OR_EQUAL => kept.short_order() <= text,
            kept => kept.short_order() < text,
        });
    }
    match bisect(items, |item| order(key_of(item), key)) {
        Ok(at) => at + usize::from(OR_EQUAL),
        Err(at) => at,
    }
}

/// The place of the first of some items that is not before a key. Nodes lie anywhere in memory: what takes some steps more, but does not
/// wait for one item before it asks for the next, takes less time than bisection.
#[inline(always)]
fn count_before<T>(items: &[T], is_before: impl Fn(&T) -> bool) -> usize {
    const STEP: usize = 4;
    let (mut steps, mut at) = (0, 0);
    while let Some(item) = items.get(at) {
        steps += usize::from(is_before(item));
        at += STEP;
    }
    if steps == 0 {
        return 0;
    }
    let start = steps * STEP - STEP + 1;
    let end = items.len().min(steps * STEP);
    let rest = items.get(start..end).unwrap_or(&[]);
    start + rest.iter().map(|item| usize::from(is_before(item))).sum::<usize>()
}

/// The same by as few comparisons as there must be, for keys that take a while to compare.
fn bisect<T>(items: &[T], order: impl Fn(&T) -> Ordering) -> Result<usize, usize> {
    let (mut start, mut end) = (0, items.len());
    while let Some(item) = items.get(start..end).and_then(|rest| rest.get(rest.len() / 2)) {
        let middle = start + (end - start) / 2;
        match order(item) {
            Ordering::Less => start = middle + 1,
            Ordering::Greater => end = middle,
            Ordering::Equal => return Ok(middle),
        }
    }
    Err(start)
}

#[inline(never)]
fn order(a: &Value, b: &Value) -> Ordering {
    total(a, b)
}

/// The place of `key` among the bindings of a leaf, or where it would be.
#[inline]
pub(super) fn search<V>(entries: &[Entry<V>], key: &Value) -> Result<usize, usize> {
    let at = before::<_, false>(entries, |(kept, _)| kept, key);
    match entries.get(at) {
        Some((kept, _)) if total(kept, key) == Ordering::Equal => Ok(at),
        _ => Err(at),
    }
}

/// The place of the child that `key` belongs to.
#[inline]
pub(super) fn child_at<V>(children: &[Child<V>], key: &Value) -> usize {
    before::<_, true>(children.get(1..).unwrap_or(&[]), |child| &child.low, key)
}

/// The children of a node for changing: copies, if others hold it.
fn own_inner<V>(inner: &mut Inner<V>) -> Option<Own<'_, Above, Child<V>>> {
    if inner.is_shared() {
        heap::count_copy();
        *inner = Row::new(Above, inner.items().iter().cloned(), 0);
    } else {
        heap::count_update();
    }
    inner.own()
}

/// The bindings in a leaf likewise.
fn own_leaf<V: Binding>(leaf: &mut Leaf<V>) -> Option<Own<'_, (), Entry<V>>> {
    if leaf.is_shared() {
        heap::count_copy();
        let mut copy = NewRow::with_room((), leaf.room());
        copy.extend(leaf, 0, leaf.items().len());
        *leaf = copy.done();
    } else {
        heap::count_update();
    }
    leaf.own()
}

impl<V> Node<V> {
    /// The most bindings in a leaf.
    pub(super) const LEAF: usize = LEAF_BYTES / size_of::<Entry<V>>();

    /// A leaf with fewer bindings is put together with one beside it.
    pub(super) const FEW: usize = Self::LEAF / 4;

    /// An empty leaf.
    pub(super) fn empty() -> Node<V> {
        Node::from(Leaf::new((), std::iter::empty(), 0))
    }

    /// Whether there is so little in it that it is put together with a node beside it.
    pub(super) fn has_few(&self) -> bool {
        match self.view() {
            View::Leaf(leaf) => leaf.items().len() < Self::FEW,
            View::Inner(inner) => inner.items().len() < FAN / 4,
        }
    }

    #[inline]
    pub(super) fn find(&self, key: &Value) -> Option<(&Value, &V)> {
        let mut node = self;
        loop {
            match node.view() {
                View::Inner(inner) => {
                    let children = inner.items();
                    node = &children.get(child_at(children, key))?.node;
                }
                View::Leaf(leaf) => {
                    let (key, value) = leaf.items().get(search(leaf.items(), key).ok()?)?;
                    return Some((key, value));
                }
            }
        }
    }

    pub(super) fn rank(&self, key: &Value, or_equal: bool) -> usize {
        let (mut node, mut before) = (self, 0);
        loop {
            match node.view() {
                View::Inner(inner) => {
                    let (earlier, here) = inner.items().split_at(child_at(inner.items(), key));
                    before += earlier.iter().map(|child| child.len).sum::<usize>();
                    let Some(child) = here.first() else { return before };
                    node = &child.node;
                }
                View::Leaf(leaf) => {
                    return before
                        + match search(leaf.items(), key) {
                            Ok(at) => at + usize::from(or_equal),
                            Err(at) => at,
                        };
                }
            }
        }
    }

    /// The leaf with the binding at `rank`, and its place there.
    pub(super) fn leaf_at(&self, mut rank: usize) -> Option<(&[Entry<V>], usize)> {
        let mut node = self;
        loop {
            match node.view() {
                View::Inner(inner) => {
                    let here = inner.items().iter().find(|child| {
                        let here = rank < child.len;
                        rank -= if here { 0 } else { child.len };
                        here
                    });
                    node = &here?.node;
                }
                View::Leaf(leaf) => return Some((leaf.items(), rank)),
            }
        }
    }
}

impl<V: Binding> Node<V> {
    pub(super) fn get_mut(&mut self, key: &Value) -> Option<&mut V> {
        match self.view_mut() {
            ViewMut::Inner(inner) => {
                let at = child_at(inner.items(), key);
                own_inner(inner)?.into_items().get_mut(at)?.node.get_mut(key)
            }
            ViewMut::Leaf(leaf) => {
                let at = search(leaf.items(), key).ok()?;
                own_leaf(leaf)?.into_items().get_mut(at).map(|(_, value)| value)
            }
        }
    }

    /// Stores a binding, or gives it back if it is a new one without room in its leaf.
    pub(super) fn insert(&mut self, key: Value, value: V) -> Result<Option<V>, Entry<V>> {
        match self.view_mut() {
            ViewMut::Inner(inner) => {
                let at = child_at(inner.items(), &key);
                let child = own_inner(inner).and_then(|own| own.into_items().get_mut(at));
                let Some(child) = child else { return Err((key, value)) };
                if at == 0 && total(&key, &child.low) == Ordering::Less {
                    child.low = key.clone();
                }
                let old = child.node.insert(key, value)?;
                child.len += usize::from(old.is_none());
                Ok(old)
            }
            ViewMut::Leaf(leaf) => match search(leaf.items(), &key) {
                Ok(at) => {
                    let place = own_leaf(leaf).and_then(|own| own.into_items().get_mut(at));
                    let Some((kept, old)) = place else { return Err((key, value)) };
                    if better_form(&key, kept) {
                        *kept = key;
                    }
                    Ok(Some(std::mem::replace(old, value)))
                }
                Err(at) if leaf.items().len() < Self::LEAF => {
                    let Some(mut own) = own_leaf(leaf) else { return Err((key, value)) };
                    own.insert(at, (key, value));
                    Ok(None)
                }
                Err(_) => Err((key, value)),
            },
        }
    }

    /// Takes a binding away, or only tells what it is if too few would be left in its leaf.
    pub(super) fn remove(&mut self, key: &Value) -> Result<Option<Entry<V>>, Entry<V>> {
        match self.view_mut() {
            ViewMut::Inner(inner) => {
                let at = child_at(inner.items(), key);
                let child = own_inner(inner).and_then(|own| own.into_items().get_mut(at));
                let Some(child) = child else { return Ok(None) };
                let gone = child.node.remove(key)?;
                child.len -= usize::from(gone.is_some());
                Ok(gone)
            }
            ViewMut::Leaf(leaf) => {
                let Ok(at) = search(leaf.items(), key) else { return Ok(None) };
                match leaf.items().get(at) {
                    Some(gone) if leaf.items().len() <= Self::FEW => Err(gone.clone()),
                    _ => Ok(own_leaf(leaf).map(|mut own| own.remove(at))),
                }
            }
        }
    }
}
