//! Vectors: a flat run of values while nobody else holds it; an update of a big one that others hold notes its changes beside it, and
//! many changes make a relaxed radix balanced tree. What is behind a vector never shows.

mod flat;
mod iter;
mod overlay;

use std::ops::Range;

pub use iter::VectorIter;

use super::Value;
use super::equality::identical;
use super::heap::{self, Counted, Ref};
use super::watch;
use flat::Flat;
use iter::{Items, Merged};
use overlay::{Change, Overlay};

/// Up to this many items a shared vector is copied flat.
const SMALL: usize = 32;

/// Up to this many items a part is copied rather than shared.
const PART: usize = 64;

/// Up to this many items are appended one by one.
const FEW: usize = 16;

type Tree = im::GenericVector<Value, Counted>;

#[derive(Debug)]
pub(crate) struct VectorBody(Repr);

#[derive(Debug)]
enum Repr {
    Flat(Flat),
    Overlay(Box<Overlay>),
    Tree(Tree),
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
        self.0.len()
    }

    /// Whether there are no items.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `index`. O(1) flat, O(log n) otherwise.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&Value> {
        self.0.get(index)
    }

    /// The item at `index`, where the items lie flat.
    #[inline(always)]
    pub(crate) fn flat_at(&self, index: usize) -> Option<&Value> {
        match &self.0.0 {
            Repr::Flat(flat) => flat.items.get(flat.front.checked_add(index)?),
            Repr::Overlay(_) | Repr::Tree(_) => None,
        }
    }

    /// All items, where they lie flat.
    #[inline(always)]
    pub(crate) fn flat_items(&self) -> Option<&[Value]> {
        match &self.0.0 {
            Repr::Flat(flat) => flat.items.get(flat.front..),
            Repr::Overlay(_) | Repr::Tree(_) => None,
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
            Repr::Overlay(_) | Repr::Tree(_) => None,
        }
    }

    /// The items as one slice for changing, when they lie flat and nobody else holds them.
    #[inline]
    pub fn as_mut_slice(&mut self) -> Option<&mut [Value]> {
        let body = self.0.get_mut()?;
        if let Repr::Overlay(overlay) = &body.0
            && overlay.owns_base()
        {
            body.dissolve();
        }
        match &mut body.0 {
            Repr::Flat(flat) => {
                heap::count_update();
                Some(flat.changing().live_mut())
            }
            Repr::Overlay(_) | Repr::Tree(_) => None,
        }
    }

    /// The item at a place, for changing, when the items lie flat and nobody else holds them or remembers them as a tree.
    #[inline(always)]
    pub(crate) fn own_mut(&mut self, index: usize) -> Option<&mut Value> {
        match &mut self.0.get_mut()?.0 {
            Repr::Flat(flat) if !flat.has_tree() => {
                let item = flat.items.get_mut(flat.front.checked_add(index)?)?;
                heap::count_update();
                Some(item)
            }
            _ => None,
        }
    }

    /// Appends an item where that takes no copy and no room; otherwise the item stays where it is.
    #[inline(always)]
    pub(crate) fn push_own(&mut self, item: &mut Value) -> bool {
        match self.0.get_mut() {
            Some(VectorBody(Repr::Flat(flat))) if !flat.has_tree() => {
                let moved = item.move_into(&mut flat.items);
                if moved {
                    heap::count_update();
                }
                moved
            }
            _ => false,
        }
    }

    /// Makes room for `more` items where nobody else holds the vector; not if there is not enough memory.
    pub(crate) fn reserve_own(&mut self, more: usize) -> bool {
        match self.0.get_mut() {
            Some(VectorBody(Repr::Flat(flat))) => flat.grow(more),
            _ => true,
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

    /// The body for a change of one item. A shared one is copied if it is small; a big one notes its changes beside the old version.
    #[inline]
    fn unshare(&mut self, change: Change) -> &mut Repr {
        let body = self.0.make_mut_with(|old| VectorBody::next(old, change));
        match &body.0 {
            Repr::Overlay(overlay) if overlay.owns_base() || !overlay.takes(change) => {
                body.dissolve();
            }
            _ => {}
        }
        if let Repr::Flat(flat) = &mut body.0 {
            flat.changing();
        }
        &mut body.0
    }

    /// The body for any change, flat or a tree. A shared one is copied if it is small, and otherwise becomes a tree that shares its
    /// nodes with the old version. `None` without room for that.
    fn unshare_whole(&mut self) -> Option<&mut Repr> {
        let mut room = true;
        let body = self.0.make_mut_with(|old| match &old.0 {
            Repr::Flat(flat) if flat.live().len() <= SMALL => VectorBody(Repr::Flat(flat.copy())),
            _ => VectorBody(Repr::Tree(old.to_tree().unwrap_or_else(|| {
                room = false;
                Tree::new()
            }))),
        });
        if !room {
            return None;
        }
        if let Repr::Overlay(_) = &body.0 {
            body.dissolve();
        }
        if let Repr::Flat(flat) = &mut body.0 {
            flat.changing();
        }
        Some(&mut body.0)
    }

    /// Replaces the item at `index` and gives the old one; `None` (and no change) outside. Storing what is there already into a
    /// shared version gives the same version.
    #[inline]
    pub fn set(&mut self, index: usize, value: Value) -> Option<Value> {
        if let Some(VectorBody(Repr::Flat(flat))) = self.0.get_mut() {
            let place = flat.changing().live_mut().get_mut(index)?;
            heap::count_update();
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
        match self.unshare(Change::At(index)) {
            Repr::Flat(flat) => flat.live_mut().get_mut(index),
            Repr::Overlay(overlay) => overlay.get_mut(index),
            Repr::Tree(tree) => tree.get_mut(index),
        }
    }

    /// Appends an item. O(1) amortised while unshared.
    #[inline]
    pub fn push(&mut self, value: Value) {
        match self.unshare(Change::Push) {
            Repr::Flat(flat) => flat.push(value),
            Repr::Overlay(overlay) => overlay.push(value),
            Repr::Tree(tree) => tree.push_back(value),
        }
    }

    /// Puts an item before the first. O(1) amortised while unshared.
    pub fn push_front(&mut self, value: Value) {
        match self.unshare_whole() {
            Some(Repr::Flat(flat)) => flat.push_front(value),
            Some(Repr::Tree(tree)) => tree.push_front(value),
            Some(Repr::Overlay(_)) | None => {}
        }
    }

    /// Takes the last item away.
    pub fn pop(&mut self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        let noted = matches!(&self.0.0, Repr::Overlay(overlay) if overlay.takes(Change::Pop));
        let body = if noted { self.unshare(Change::Pop) } else { self.unshare_whole()? };
        match body {
            Repr::Flat(flat) => flat.pop(),
            Repr::Overlay(overlay) => overlay.pop(),
            Repr::Tree(tree) => tree.pop_back(),
        }
    }

    /// Takes the first item away. O(1) amortised while unshared.
    pub fn pop_front(&mut self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        match self.unshare_whole()? {
            Repr::Flat(flat) => flat.pop_front(),
            Repr::Overlay(_) => None,
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
        if index == len {
            self.push(value);
            return true;
        }
        match self.unshare_whole() {
            Some(Repr::Flat(flat)) if index == 0 => flat.push_front(value),
            Some(Repr::Flat(flat)) => {
                if flat.grow(1) {
                    flat.items.insert(flat.front + index, value);
                }
            }
            Some(Repr::Tree(tree)) => tree.insert(index, value),
            Some(Repr::Overlay(_)) | None => {}
        }
        true
    }

    /// Takes the item at `index` away. O(n) flat, O(log n) otherwise.
    pub fn remove(&mut self, index: usize) -> Option<Value> {
        if index >= self.len() {
            return None;
        }
        match self.unshare_whole()? {
            Repr::Flat(flat) if index == 0 => flat.pop_front(),
            Repr::Flat(flat) => Some(flat.items.remove(flat.front + index)),
            Repr::Overlay(_) => None,
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
        // Making a tree costs the whole length, so it must be worth it: the result at least a part of that.
        if count <= PART || (count <= len / 8 && !self.0.has_tree()) {
            if !watch::room(count * size_of::<Value>()) {
                return Vector::new();
            }
            return match &self.0.0 {
                Repr::Flat(flat) => flat.live()[start..end].iter().cloned().collect(),
                Repr::Overlay(overlay) => {
                    (start..end).filter_map(|at| overlay.get(at)).cloned().collect()
                }
                Repr::Tree(tree) => tree.focus().narrow(start..end).into_iter().cloned().collect(),
            };
        }
        match self.0.to_tree() {
            Some(mut tree) => Vector::from_tree(tree.slice(start..end)),
            None => Vector::new(),
        }
    }

    /// Keeps only the items at `range`, clamped to the length; in place while unshared.
    pub fn keep(&mut self, range: Range<usize>) {
        if self.is_shared() {
            *self = self.slice(range);
            return;
        }
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        match self.unshare_whole() {
            Some(Repr::Flat(flat)) => flat.keep(start..end),
            Some(Repr::Tree(tree)) => *tree = tree.slice(start..end),
            Some(Repr::Overlay(_)) | None => {}
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
        if other.len() <= FEW {
            other.drain_into(|item| self.push(item));
            return;
        }
        let room = |len: usize| watch::room(len * (size_of::<Value>() + 2));
        match self.unshare_whole() {
            Some(Repr::Flat(flat)) => {
                if flat.grow(other.len()) {
                    other.drain_into(|item| flat.items.push(item));
                }
            }
            Some(Repr::Tree(tree)) if other.len() <= PART => {
                other.drain_into(|item| tree.push_back(item));
            }
            Some(Repr::Tree(tree)) => {
                let more = match other.0.try_unwrap() {
                    Ok(VectorBody(Repr::Flat(other))) => room(other.live().len())
                        .then(|| other.items.into_iter().skip(other.front).collect()),
                    Ok(other) => other.to_tree(),
                    Err(other) => other.to_tree(),
                };
                more.into_iter().for_each(|more| tree.append(more));
            }
            Some(Repr::Overlay(_)) | None => {}
        }
    }

    /// Hands out all items in order: moved while unshared, otherwise cloned.
    pub fn drain_into(self, mut each: impl FnMut(Value)) {
        match self.0.try_unwrap() {
            Ok(VectorBody(Repr::Flat(flat))) => {
                flat.items.into_iter().skip(flat.front).for_each(each)
            }
            Ok(VectorBody(Repr::Tree(tree))) => tree.into_iter().for_each(each),
            Ok(body) => body.iter().for_each(|item| each(item.clone())),
            Err(shared) => shared.iter().for_each(|item| each(item.clone())),
        }
    }

    /// All items as a standard vector: moved while unshared, otherwise cloned.
    pub fn into_vec(self) -> Vec<Value> {
        match self.0.try_unwrap() {
            Ok(VectorBody(Repr::Flat(mut flat))) => {
                flat.items.drain(..flat.front);
                flat.items
            }
            Ok(body) => body.iter().cloned().collect(),
            Err(shared) => shared.iter().cloned().collect(),
        }
    }

    /// The items in the opposite order. O(n).
    pub fn reversed(&self) -> Vector {
        self.iter().rev().cloned().collect()
    }

    /// The items in order.
    #[inline]
    pub fn iter(&self) -> VectorIter<'_> {
        self.0.iter()
    }

    /// Clones up to `limit` items from `start` on into `buffer`, in O(log n + items): the next leaf of a tree at most.
    pub(super) fn read_leaf(&self, start: usize, limit: usize, buffer: &mut Vec<Value>) {
        self.0.read_leaf(start, limit, buffer);
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
    #[inline]
    fn len(&self) -> usize {
        match &self.0 {
            Repr::Flat(flat) => flat.items.len() - flat.front,
            Repr::Overlay(overlay) => overlay.len(),
            Repr::Tree(tree) => tree.len(),
        }
    }

    #[inline]
    fn get(&self, index: usize) -> Option<&Value> {
        match &self.0 {
            Repr::Flat(flat) => flat.items.get(flat.front + index),
            Repr::Overlay(overlay) => overlay.get(index),
            Repr::Tree(tree) => tree.get(index),
        }
    }

    fn iter(&self) -> VectorIter<'_> {
        VectorIter(match &self.0 {
            Repr::Flat(flat) => Items::Flat(flat.live().iter()),
            Repr::Overlay(overlay) => Items::Merged(Box::new(Merged::new(overlay))),
            Repr::Tree(tree) => Items::Tree(Box::new(tree.iter())),
        })
    }

    fn read_leaf(&self, start: usize, limit: usize, buffer: &mut Vec<Value>) {
        match &self.0 {
            Repr::Flat(flat) => buffer.extend(flat.live().iter().skip(start).take(limit).cloned()),
            Repr::Overlay(overlay) => overlay.read_leaf(start, limit, buffer),
            Repr::Tree(tree) if start < tree.len() => {
                let mut focus = tree.focus();
                let (range, leaf) = focus.chunk_at(start);
                buffer.extend(leaf.iter().skip(start - range.start).take(limit).cloned());
            }
            Repr::Tree(_) => {}
        }
    }

    /// A new version of a shared body, about to see this change.
    #[cold]
    fn next(old: &Ref<VectorBody>, change: Change) -> VectorBody {
        VectorBody(match &old.0 {
            Repr::Flat(flat) if flat.live().len() <= SMALL => Repr::Flat(flat.copy()),
            Repr::Overlay(overlay) => Repr::Overlay(Box::new(overlay.next(change))),
            _ => Repr::Overlay(Box::new(Overlay::new(old.clone()))),
        })
    }

    /// As a tree that shares what it can with what is there; `None` without room for it.
    fn to_tree(&self) -> Option<Tree> {
        match &self.0 {
            Repr::Flat(flat) => flat.tree().cloned(),
            Repr::Overlay(overlay) => match &overlay.merged()?.0 {
                Repr::Tree(tree) => Some(tree.clone()),
                _ => overlay.to_tree(),
            },
            Repr::Tree(tree) => Some(tree.clone()),
        }
    }

    /// Whether a tree of these items, or most of them, is there.
    fn has_tree(&self) -> bool {
        match &self.0 {
            Repr::Flat(flat) => flat.has_tree(),
            Repr::Overlay(overlay) => overlay.base.has_tree(),
            Repr::Tree(_) => true,
        }
    }

    /// Makes an overlay what it is a change of.
    #[cold]
    fn dissolve(&mut self) {
        match std::mem::replace(&mut self.0, Repr::Flat(Flat::default())) {
            Repr::Overlay(overlay) => match overlay.dissolve() {
                Ok(body) => *self = body,
                Err(overlay) => self.0 = Repr::Overlay(Box::new(overlay)),
            },
            repr => self.0 = repr,
        }
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
