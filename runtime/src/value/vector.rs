//! Vectors: a flat run of values until an update meets a big one shared, a relaxed radix balanced tree from then on.
//!
//! Invariants: a flat body is `items[front..]`, with `items[..front]` undefined values that make room for pushing and popping at the
//! front. The tree that a flat body remembers has the same items. What is behind a vector never shows.

use std::ops::Range;
use std::sync::OnceLock;

use super::Value;
use super::equality::identical;
use super::heap::{self, Charge, Counted, Ref};

/// Up to this many items a shared vector is copied flat.
const SMALL: usize = 64;

type Tree = im::GenericVector<Value, Counted>;

#[derive(Debug)]
pub(crate) struct VectorBody(Repr);

#[derive(Debug)]
enum Repr {
    Flat(Flat),
    Tree(Tree),
}

#[derive(Debug, Default)]
struct Flat {
    items: Vec<Value>,
    front: usize,
    /// The same items as a tree, made when an update first met this version shared.
    tree: OnceLock<Box<Tree>>,
    charge: Charge,
}

impl Flat {
    fn new(items: Vec<Value>) -> Flat {
        let charge = Charge::new(items.capacity() * size_of::<Value>());
        Flat { items, front: 0, tree: OnceLock::new(), charge }
    }

    #[inline]
    fn live(&self) -> &[Value] {
        self.items.get(self.front..).unwrap_or(&[])
    }

    #[inline]
    fn live_mut(&mut self) -> &mut [Value] {
        self.items.get_mut(self.front..).unwrap_or(&mut [])
    }

    fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| {
            heap::count_copy();
            Box::new(self.live().iter().cloned().collect())
        })
    }

    /// To be called before any change: the remembered tree is about to be wrong.
    #[inline]
    fn changing(&mut self) -> &mut Flat {
        if self.tree.get_mut().is_some() {
            self.tree = OnceLock::new();
        }
        self
    }

    #[inline]
    fn recharge(&mut self) {
        self.charge.set(self.items.capacity() * size_of::<Value>());
    }

    #[inline]
    fn push(&mut self, value: Value) {
        if self.items.len() == self.items.capacity() {
            self.grow();
        }
        self.items.push(value);
    }

    #[cold]
    fn grow(&mut self) {
        self.items.reserve(1);
        self.recharge();
    }

    fn push_front(&mut self, value: Value) {
        if self.front == 0 {
            // Room in proportion to the length makes a push at the front O(1) amortised.
            let room = self.items.len().max(4);
            self.items.splice(0..0, std::iter::repeat_n(Value::UNDEFINED, room));
            self.front = room;
            self.recharge();
        }
        self.front -= 1;
        self.items[self.front] = value;
    }

    fn pop(&mut self) -> Option<Value> {
        if self.items.len() == self.front { None } else { self.items.pop() }
    }

    fn pop_front(&mut self) -> Option<Value> {
        let value = self.items.get_mut(self.front)?.take();
        self.front += 1;
        self.close_front();
        Some(value)
    }

    /// Gives up the room at the front when it is most of the buffer.
    fn close_front(&mut self) {
        if self.front > 16 && self.front > self.items.len() / 2 + self.items.len() / 4 {
            self.items.drain(..self.front);
            self.front = 0;
            self.items.shrink_to(self.items.len() * 2);
            self.recharge();
        }
    }

    fn keep(&mut self, range: Range<usize>) {
        self.items.truncate(self.front + range.end);
        for gone in &mut self.live_mut()[..range.start] {
            drop(gone.take());
        }
        self.front += range.start;
        self.close_front();
    }
}

/// A persistent vector. Clone is O(1); an update happens in place while nobody else holds this version.
#[repr(transparent)]
#[derive(Clone)]
pub struct Vector(pub(super) Ref<VectorBody>);

impl Vector {
    /// The empty vector.
    pub fn new() -> Vector {
        Vector::from(Vec::new())
    }

    /// An empty vector with room for `capacity` items.
    pub fn with_capacity(capacity: usize) -> Vector {
        Vector::from(Vec::with_capacity(capacity))
    }

    /// How many items there are. O(1).
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0.0 {
            Repr::Flat(flat) => flat.items.len() - flat.front,
            Repr::Tree(tree) => tree.len(),
        }
    }

    /// Whether there are no items.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `index`. O(1) flat, O(log n) otherwise.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&Value> {
        match &self.0.0 {
            Repr::Flat(flat) => flat.items.get(flat.front + index),
            Repr::Tree(tree) => tree.get(index),
        }
    }

    /// The item at `index`, where the items lie flat.
    #[inline(always)]
    pub(crate) fn flat_at(&self, index: usize) -> Option<&Value> {
        match &self.0.0 {
            Repr::Flat(flat) => flat.items.get(flat.front.checked_add(index)?),
            Repr::Tree(_) => None,
        }
    }

    /// The first item.
    pub fn first(&self) -> Option<&Value> {
        self.get(0)
    }

    /// The last item.
    pub fn last(&self) -> Option<&Value> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The items as one slice, where they lie flat.
    #[inline]
    pub fn as_slice(&self) -> Option<&[Value]> {
        match &self.0.0 {
            Repr::Flat(flat) => Some(flat.live()),
            Repr::Tree(_) => None,
        }
    }

    /// The items as one slice for changing, when they lie flat and nobody else holds them.
    #[inline]
    pub fn as_mut_slice(&mut self) -> Option<&mut [Value]> {
        match &mut self.0.get_mut()?.0 {
            Repr::Flat(flat) => Some(flat.changing().live_mut()),
            Repr::Tree(_) => None,
        }
    }

    /// The item at a place, for changing, when the items lie flat and nobody else holds them or remembers them as a tree.
    #[inline(always)]
    pub(crate) fn own_mut(&mut self, index: usize) -> Option<&mut Value> {
        match &mut self.0.get_mut()?.0 {
            Repr::Flat(flat) if flat.tree.get().is_none() => {
                flat.items.get_mut(flat.front.checked_add(index)?)
            }
            _ => None,
        }
    }

    /// Whether an update would have to copy.
    #[inline]
    pub fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    /// Whether both are one version. O(1).
    #[inline]
    pub fn ptr_eq(&self, other: &Vector) -> bool {
        self.0.ptr_eq(&other.0)
    }

    /// The body for changing. A shared one is copied if it is small, and otherwise becomes a tree that shares its nodes with the
    /// old version.
    #[inline]
    fn unshare(&mut self) -> &mut Repr {
        let body = &mut self.0.make_mut_with(VectorBody::copy).0;
        if let Repr::Flat(flat) = body {
            flat.changing();
        }
        body
    }

    /// Replaces the item at `index` and gives the old one; `None` (and no change) outside. Storing what is there already into a
    /// shared version gives the same version.
    #[inline]
    pub fn set(&mut self, index: usize, value: Value) -> Option<Value> {
        if let Some(VectorBody(Repr::Flat(flat))) = self.0.get_mut() {
            let place = flat.changing().live_mut().get_mut(index)?;
            return Some(std::mem::replace(place, value));
        }
        self.set_elsewhere(index, value)
    }

    fn set_elsewhere(&mut self, index: usize, value: Value) -> Option<Value> {
        let old = self.get(index)?;
        if self.is_shared() && identical(old, &value) {
            return Some(value);
        }
        Some(std::mem::replace(self.get_mut(index)?, value))
    }

    /// The item at `index` for changing; unshares first.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Value> {
        if index >= self.len() {
            return None;
        }
        match self.unshare() {
            Repr::Flat(flat) => flat.live_mut().get_mut(index),
            Repr::Tree(tree) => tree.get_mut(index),
        }
    }

    /// Appends an item. O(1) amortised while unshared.
    #[inline]
    pub fn push(&mut self, value: Value) {
        match self.unshare() {
            Repr::Flat(flat) => flat.push(value),
            Repr::Tree(tree) => tree.push_back(value),
        }
    }

    /// Puts an item before the first. O(1) amortised while unshared.
    pub fn push_front(&mut self, value: Value) {
        match self.unshare() {
            Repr::Flat(flat) => flat.push_front(value),
            Repr::Tree(tree) => tree.push_front(value),
        }
    }

    /// Takes the last item away.
    pub fn pop(&mut self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        match self.unshare() {
            Repr::Flat(flat) => flat.pop(),
            Repr::Tree(tree) => tree.pop_back(),
        }
    }

    /// Takes the first item away. O(1) amortised while unshared.
    pub fn pop_front(&mut self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        match self.unshare() {
            Repr::Flat(flat) => flat.pop_front(),
            Repr::Tree(tree) => tree.pop_front(),
        }
    }

    /// Puts an item before the one at `index`, or at the end for `index` = length; `false` (and no change) beyond. O(n) flat,
    /// O(log n) otherwise.
    pub fn insert(&mut self, index: usize, value: Value) -> bool {
        let len = self.len();
        if index > len {
            return false;
        }
        match self.unshare() {
            Repr::Flat(flat) if index == 0 => flat.push_front(value),
            Repr::Flat(flat) => {
                flat.items.insert(flat.front + index, value);
                flat.recharge();
            }
            Repr::Tree(tree) => tree.insert(index, value),
        }
        true
    }

    /// Takes the item at `index` away. O(n) flat, O(log n) otherwise.
    pub fn remove(&mut self, index: usize) -> Option<Value> {
        if index >= self.len() {
            return None;
        }
        match self.unshare() {
            Repr::Flat(flat) if index == 0 => flat.pop_front(),
            Repr::Flat(flat) => Some(flat.items.remove(flat.front + index)),
            Repr::Tree(tree) => Some(tree.remove(index)),
        }
    }

    /// The items at `range`, clamped to the length. A small result is copied, as is a small part of what lies flat; anything
    /// else shares its nodes with this version.
    pub fn slice(&self, range: Range<usize>) -> Vector {
        let len = self.len();
        let end = range.end.min(len);
        let start = range.start.min(end);
        if start == 0 && end == len {
            return self.clone();
        }
        let count = end - start;
        let mut tree = match &self.0.0 {
            // Making a tree costs the whole length, so it must be worth it: the result at least a part of that.
            Repr::Flat(flat)
                if count <= SMALL || (count <= len / 8 && flat.tree.get().is_none()) =>
            {
                return flat.live()[start..end].iter().cloned().collect();
            }
            Repr::Tree(tree) if count <= SMALL => {
                return tree.focus().narrow(start..end).into_iter().cloned().collect();
            }
            Repr::Flat(flat) => flat.tree().clone(),
            Repr::Tree(tree) => tree.clone(),
        };
        Vector::from_tree(tree.slice(start..end))
    }

    /// Keeps only the items at `range`, clamped to the length; in place while unshared.
    pub fn keep(&mut self, range: Range<usize>) {
        if self.is_shared() {
            *self = self.slice(range);
            return;
        }
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        match self.unshare() {
            Repr::Flat(flat) => flat.keep(start..end),
            Repr::Tree(tree) => *tree = tree.slice(start..end),
        }
    }

    /// Appends all items of `other`. In O(items of `other`) where this version lies flat and unshared, O(log n) where both are trees.
    pub fn append(&mut self, other: Vector) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            *self = other;
            return;
        }
        match self.unshare() {
            Repr::Flat(flat) => {
                flat.items.reserve(other.len());
                flat.recharge();
                other.drain_into(|item| flat.items.push(item));
            }
            Repr::Tree(tree) if other.len() <= SMALL => {
                other.drain_into(|item| tree.push_back(item));
            }
            Repr::Tree(tree) => tree.append(match other.0.try_unwrap() {
                Ok(VectorBody(Repr::Tree(other))) => other,
                Ok(VectorBody(Repr::Flat(other))) => {
                    other.items.into_iter().skip(other.front).collect()
                }
                Err(other) => match &other.0 {
                    Repr::Tree(other) => other.clone(),
                    Repr::Flat(other) => other.tree().clone(),
                },
            }),
        }
    }

    /// Hands out all items in order: moved while unshared, otherwise cloned.
    pub fn drain_into(self, mut each: impl FnMut(Value)) {
        match self.0.try_unwrap() {
            Ok(VectorBody(Repr::Flat(flat))) => {
                flat.items.into_iter().skip(flat.front).for_each(each)
            }
            Ok(VectorBody(Repr::Tree(tree))) => tree.into_iter().for_each(each),
            Err(shared) => {
                for item in Vector(shared).iter() {
                    each(item.clone());
                }
            }
        }
    }

    /// All items as a standard vector: moved while unshared, otherwise cloned.
    pub fn into_vec(self) -> Vec<Value> {
        match self.0.try_unwrap() {
            Ok(VectorBody(Repr::Flat(mut flat))) => {
                flat.items.drain(..flat.front);
                flat.items
            }
            Ok(body) => Vector(Ref::new(body)).iter().cloned().collect(),
            Err(shared) => Vector(shared).iter().cloned().collect(),
        }
    }

    /// The items in the opposite order. O(n).
    pub fn reversed(&self) -> Vector {
        self.iter().rev().cloned().collect()
    }

    /// The items in order.
    pub fn iter(&self) -> VectorIter<'_> {
        match &self.0.0 {
            Repr::Flat(flat) => VectorIter(Items::Flat(flat.live().iter())),
            Repr::Tree(tree) => VectorIter(Items::Tree(Box::new(tree.iter()))),
        }
    }

    /// Clones up to `limit` items from `start` on into `buffer`, in O(log n + items): the next leaf of a tree at most.
    pub(super) fn read_leaf(&self, start: usize, limit: usize, buffer: &mut Vec<Value>) {
        match &self.0.0 {
            Repr::Flat(flat) => buffer.extend(flat.live().iter().skip(start).take(limit).cloned()),
            Repr::Tree(tree) if start < tree.len() => {
                let mut focus = tree.focus();
                let (range, leaf) = focus.chunk_at(start);
                buffer.extend(leaf.iter().skip(start - range.start).take(limit).cloned());
            }
            Repr::Tree(_) => {}
        }
    }

    fn from_tree(tree: Tree) -> Vector {
        Vector(Ref::new(VectorBody(Repr::Tree(tree))))
    }

    /// Whether the items are in a tree, for tests.
    #[cfg(test)]
    pub(crate) fn is_tree(&self) -> bool {
        matches!(self.0.0, Repr::Tree(_))
    }
}

impl VectorBody {
    #[cold]
    fn copy(&self) -> VectorBody {
        VectorBody(match &self.0 {
            Repr::Flat(flat) if flat.live().len() <= SMALL => {
                let mut items = Vec::with_capacity(flat.live().len() + 1);
                items.extend_from_slice(flat.live());
                Repr::Flat(Flat::new(items))
            }
            Repr::Flat(flat) => Repr::Tree(flat.tree().clone()),
            Repr::Tree(tree) => Repr::Tree(tree.clone()),
        })
    }
}

impl std::fmt::Debug for Vector {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", Value::vec(self.clone()))
    }
}

impl Default for Vector {
    fn default() -> Vector {
        Vector::new()
    }
}

impl From<Vec<Value>> for Vector {
    fn from(items: Vec<Value>) -> Vector {
        Vector(Ref::new(VectorBody(Repr::Flat(Flat::new(items)))))
    }
}

impl FromIterator<Value> for Vector {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Vector {
        Vector::from(items.into_iter().collect::<Vec<_>>())
    }
}

impl Extend<Value> for Vector {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, items: I) {
        for item in items {
            self.push(item);
        }
    }
}

impl<'a> IntoIterator for &'a Vector {
    type Item = &'a Value;
    type IntoIter = VectorIter<'a>;

    fn into_iter(self) -> VectorIter<'a> {
        self.iter()
    }
}

impl PartialEq for Vector {
    fn eq(&self, other: &Vector) -> bool {
        Value::vec(self.clone()) == Value::vec(other.clone())
    }
}

/// The items of a vector in order.
#[derive(Clone)]
pub struct VectorIter<'a>(Items<'a>);

#[derive(Clone)]
enum Items<'a> {
    Flat(std::slice::Iter<'a, Value>),
    Tree(Box<im::vector::Iter<'a, Value, Counted>>),
}

impl<'a> Iterator for VectorIter<'a> {
    type Item = &'a Value;

    #[inline]
    fn next(&mut self) -> Option<&'a Value> {
        match &mut self.0 {
            Items::Flat(items) => items.next(),
            Items::Tree(items) => items.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Items::Flat(items) => items.size_hint(),
            Items::Tree(items) => items.size_hint(),
        }
    }
}

impl DoubleEndedIterator for VectorIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Items::Flat(items) => items.next_back(),
            Items::Tree(items) => items.next_back(),
        }
    }
}

impl ExactSizeIterator for VectorIter<'_> {}
