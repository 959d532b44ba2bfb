//! Vectors, in one of four forms:
//!
//! - *Small*: up to [`SMALL`] items in one block.
//! - *Flat*: a buffer of items, as long as nobody else holds it.
//! - *Overlay*: a big vector that others still hold, and a few changes to it.
//! - *Tree*: a relaxed radix balanced tree, once more than that was changed while others held the vector. A flat one remembers the tree that
//!   was made of it, and becomes that when a change would make it wrong for the second time.
//!
//! What is behind a vector never shows.

mod flat;
mod handle;
mod iter;
mod overlay;

use std::ops::Range;

pub use iter::VectorIter;

pub(crate) use handle::free;

use super::Value;
use super::equality::identical;
use super::heap::handle::Handle;
use super::heap::{self, Counted};
use super::row::{Own, Row};
use super::watch;
use flat::Flat;
use handle::{Blocks, Mine, SMALL, View};
use iter::{Items, Merged};
use overlay::{Change, Stored};

/// Up to this many items a shared vector is copied.
const COPIED: usize = 32;

/// Up to this many items a part is copied rather than shared.
const PART: usize = 64;

/// Up to this many items are appended one by one.
const FEW: usize = 16;

type Tree = im::GenericVector<Value, Counted>;

/// A persistent vector. Clone is O(1); an update happens in place while nobody else holds this version.
#[repr(transparent)]
#[derive(Clone)]
pub struct Vector(Handle<Blocks>);

impl Vector {
    /// The empty vector.
    pub fn new() -> Vector {
        Vector::with_capacity(0)
    }

    /// An empty vector with room for `capacity` items.
    pub fn with_capacity(capacity: usize) -> Vector {
        match capacity {
            0..=SMALL => Vector::from(Row::new((), std::iter::empty(), capacity)),
            _ => Vector::from(Flat::new(Vec::with_capacity(capacity))),
        }
    }

    /// How many items there are. O(1).
    #[inline]
    pub fn len(&self) -> usize {
        match self.as_slice() {
            Some(items) => items.len(),
            None => self.len_elsewhere(),
        }
    }

    #[inline(never)]
    fn len_elsewhere(&self) -> usize {
        match self.view() {
            View::Overlay(overlay) => overlay.len(),
            View::Tree(tree) => tree.len(),
            View::Small(_) | View::Flat(_) => 0,
        }
    }

    /// Whether there are no items.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `index`. O(1) where the items lie side by side, O(log n) otherwise.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&Value> {
        self.flat_at(index).or_else(|| self.get_elsewhere(index))
    }

    #[inline(never)]
    fn get_elsewhere(&self, index: usize) -> Option<&Value> {
        match self.view() {
            View::Overlay(overlay) => overlay.get(index),
            View::Tree(tree) => tree.get(index),
            View::Small(_) | View::Flat(_) => None,
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

    /// The items as one slice for changing, when they lie side by side and nobody else holds them.
    #[inline]
    pub fn as_mut_slice(&mut self) -> Option<&mut [Value]> {
        if let Some(Mine::Overlay(overlay)) = self.own()
            && overlay.owns_base()
        {
            self.dissolve();
        }
        let items = match self.own()? {
            Mine::Small(own) => own.into_items(),
            Mine::Flat(flat) => flat.changing().live_mut(),
            Mine::Overlay(_) | Mine::Tree(_) => return None,
        };
        heap::count_update();
        Some(items)
    }

    /// The vector for a change of one item. A shared one is copied if it is small; a big one notes its changes beside the old version.
    #[inline]
    fn unshare(&mut self, change: Change) -> Option<Mine<'_>> {
        if self.is_shared() {
            self.go_on(change);
        } else {
            heap::count_update();
        }
        if let View::Overlay(overlay) = self.view()
            && (overlay.owns_base() || !overlay.takes(change))
        {
            self.dissolve();
        }
        self.changing()
    }

    /// The vector for any change, in one piece or a tree. A shared one is copied if it is small, and otherwise becomes a tree that
    /// shares its nodes with the old version. `None` without room for that.
    fn unshare_whole(&mut self) -> Option<Mine<'_>> {
        if self.is_shared() {
            heap::count_copy();
            *self = match self.few() {
                Some(items) => Vector::copied(items, 1),
                None => Vector::from(self.to_tree()?),
            };
        } else {
            heap::count_update();
        }
        if let View::Overlay(_) = self.view() {
            self.dissolve();
        }
        self.changing()
    }

    /// The vector, which nobody else holds, and which forgets what is about to be wrong.
    #[inline]
    fn changing(&mut self) -> Option<Mine<'_>> {
        if let Some(Mine::Flat(flat)) = self.own()
            && let Some(tree) = flat.outlived_by()
        {
            *self = Vector::from(tree);
        }
        self.own().map(|mine| match mine {
            Mine::Flat(flat) => Mine::Flat(flat.changing()),
            mine => mine,
        })
    }

    /// The items, if they lie side by side and are few enough to be copied.
    #[inline]
    fn few(&self) -> Option<&[Value]> {
        self.as_slice().filter(|items| items.len() <= COPIED)
    }

    /// These items, with room for `more`.
    fn copied(items: &[Value], more: usize) -> Vector {
        if items.len() + more <= SMALL {
            return Vector::from(Row::new((), items.iter().cloned(), more));
        }
        let mut copy = Vec::with_capacity(items.len() + more);
        copy.extend_from_slice(items);
        Vector::from(Flat::new(copy))
    }

    /// Makes a shared vector a version of its own, about to see this change.
    #[cold]
    fn go_on(&mut self, change: Change) {
        heap::count_copy();
        match (self.few(), self.view()) {
            (Some(items), _) => {
                *self = Vector::copied(items, usize::from(matches!(change, Change::Push)));
            }
            (None, View::Overlay(overlay)) => *self = Vector::from(overlay.next(change)),
            (None, _) => {
                let stored = match change {
                    Change::At(index) => self.get(index).map(|item| (index, item.clone())),
                    Change::Push | Change::Pop => None,
                };
                self.lay_over(stored.map_or(Stored::Nothing, Stored::One));
            }
        }
    }

    /// Makes an overlay that nobody else holds what it is a change of: in place of the base if nobody else holds that, and a tree
    /// otherwise. Without room for one, it stays what it is.
    #[cold]
    fn dissolve(&mut self) {
        let Some(Mine::Overlay(overlay)) = self.own() else { return };
        if !overlay.owns_base() {
            if let Some(tree) = overlay.to_tree() {
                *self = Vector::from(tree);
            }
            return;
        }
        let base = std::mem::take(&mut overlay.base);
        let changes = std::mem::replace(self, base);
        let View::Overlay(changes) = changes.view() else { return };
        match self.changing() {
            Some(Mine::Flat(flat)) => {
                for (index, item) in changes.stored() {
                    if let Some(place) = flat.live_mut().get_mut(*index) {
                        *place = item.clone();
                    }
                }
                changes.tail().iter().for_each(|item| flat.push(item.clone()));
            }
            Some(Mine::Tree(tree)) => changes.apply(tree),
            _ => {}
        }
    }

    /// As a tree that shares what it can with what is there; `None` without room for it.
    fn to_tree(&self) -> Option<Tree> {
        match self.view() {
            View::Small(small) => Some(small.items().iter().cloned().collect()),
            View::Flat(flat) => flat.tree().cloned(),
            View::Overlay(overlay) => overlay.merged()?.to_tree(),
            View::Tree(tree) => Some(tree.clone()),
        }
    }

    /// Whether the items, or most of them, lie in a tree. (That a tree of them is remembered does not count: whether another run made one
    /// must not show.)
    fn is_in_tree(&self) -> bool {
        match self.view() {
            View::Small(_) | View::Flat(_) => false,
            View::Overlay(overlay) => matches!(overlay.base.view(), View::Tree(_)),
            View::Tree(_) => true,
        }
    }

    /// Replaces the item at `index` and gives the old one; `None` (and no change) outside. Storing what is there already into a
    /// shared version gives the same version.
    #[inline]
    pub fn set(&mut self, index: usize, value: Value) -> Option<Value> {
        let items = match self.own() {
            Some(Mine::Small(own)) => own.into_items(),
            Some(Mine::Flat(flat)) if !flat.has_tree() => flat.live_mut(),
            _ => return self.set_elsewhere(index, value),
        };
        let place = items.get_mut(index)?;
        heap::count_update();
        Some(std::mem::replace(place, value))
    }

    /// As [`Vector::set`], which moves the item from where it is, and drops the old one. Whether there was such a place; if not, the item
    /// stays.
    #[inline]
    pub(crate) fn store(&mut self, index: usize, item: &mut Value) -> bool {
        self.set_beside(index, item) || self.store_otherwise(index, item)
    }

    #[inline(never)]
    fn store_otherwise(&mut self, index: usize, item: &mut Value) -> bool {
        if index >= self.len() {
            return false;
        }
        if self.is_shared() {
            self.set_elsewhere(index, item.take());
        } else if let Some(place) = self.get_mut(index) {
            *place = item.take();
        }
        true
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
        match self.unshare(Change::At(index))? {
            Mine::Small(own) => own.into_items().get_mut(index),
            Mine::Flat(flat) => flat.live_mut().get_mut(index),
            Mine::Overlay(overlay) => overlay.get_mut(index),
            Mine::Tree(tree) => tree.get_mut(index),
        }
    }

    /// Appends an item. O(1) amortised while unshared.
    #[inline]
    pub fn push(&mut self, value: Value) {
        match self.unshare(Change::Push) {
            Some(Mine::Small(own)) if own.row().items().len() < SMALL => {
                let len = own.row().items().len();
                insert_small(own, len, value);
            }
            Some(Mine::Small(_)) => {
                if let Some(flat) = self.spread(SMALL) {
                    flat.push(value);
                }
            }
            Some(Mine::Flat(flat)) => flat.push(value),
            Some(Mine::Overlay(overlay)) => overlay.push(value),
            Some(Mine::Tree(tree)) => tree.push_back(value),
            None => {}
        }
    }

    /// Puts an item before the first. O(1) amortised while unshared.
    pub fn push_front(&mut self, value: Value) {
        match self.unshare_whole() {
            Some(Mine::Small(own)) if own.row().items().len() < SMALL => {
                insert_small(own, 0, value);
            }
            Some(Mine::Small(_)) => {
                if let Some(flat) = self.spread(SMALL) {
                    flat.push_front(value);
                }
            }
            Some(Mine::Flat(flat)) => flat.push_front(value),
            Some(Mine::Tree(tree)) => tree.push_front(value),
            Some(Mine::Overlay(_)) | None => {}
        }
    }

    /// Takes the last item away.
    pub fn pop(&mut self) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let noted = matches!(self.view(), View::Overlay(overlay) if overlay.takes(Change::Pop));
        let mine = if noted { self.unshare(Change::Pop) } else { self.unshare_whole() };
        match mine? {
            Mine::Small(mut own) => Some(own.remove(last)),
            Mine::Flat(flat) => flat.pop(),
            Mine::Overlay(overlay) => overlay.pop(),
            Mine::Tree(tree) => tree.pop_back(),
        }
    }

    /// Takes the first item away. O(1) amortised while unshared.
    pub fn pop_front(&mut self) -> Option<Value> {
        self.remove(0)
    }

    /// Puts an item before the one at `index`, or at the end for `index` = length; `false` (and no change) beyond. O(n) in one piece,
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
        if index == 0 {
            self.push_front(value);
            return true;
        }
        match self.unshare_whole() {
            Some(Mine::Small(own)) if len < SMALL => insert_small(own, index, value),
            Some(Mine::Small(_)) => {
                if let Some(flat) = self.spread(SMALL) {
                    flat.insert(index, value);
                }
            }
            Some(Mine::Flat(flat)) => flat.insert(index, value),
            Some(Mine::Tree(tree)) => tree.insert(index, value),
            Some(Mine::Overlay(_)) | None => {}
        }
        true
    }

    /// Takes the item at `index` away. O(n) in one piece but at the front, O(log n) otherwise.
    pub fn remove(&mut self, index: usize) -> Option<Value> {
        if index >= self.len() {
            return None;
        }
        match self.unshare_whole()? {
            Mine::Small(mut own) => Some(own.remove(index)),
            Mine::Flat(flat) if index == 0 => flat.pop_front(),
            Mine::Flat(flat) => Some(flat.items.remove(flat.front + index)),
            Mine::Overlay(_) => None,
            Mine::Tree(tree) if index == 0 => tree.pop_front(),
            Mine::Tree(tree) => Some(tree.remove(index)),
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
        if count <= PART || (count <= len / 8 && !self.is_in_tree()) {
            if !watch::room(count * size_of::<Value>()) {
                return Vector::new();
            }
            let side_by_side = self.as_slice().map(|items| Vector::copied(&items[start..end], 0));
            return side_by_side.unwrap_or_else(|| match self.view() {
                View::Tree(tree) => tree.focus().narrow(start..end).into_iter().cloned().collect(),
                _ => (start..end).filter_map(|at| self.get(at)).cloned().collect(),
            });
        }
        match self.to_tree() {
            Some(mut tree) => Vector::from(tree.slice(start..end)),
            None => Vector::new(),
        }
    }

    /// Keeps only the items at `range`, clamped to the length; in place while unshared.
    pub fn keep(&mut self, range: Range<usize>) {
        if self.is_shared() || matches!(self.view(), View::Small(_)) {
            *self = self.slice(range);
            return;
        }
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        match self.unshare_whole() {
            Some(Mine::Flat(flat)) => flat.keep(start..end),
            Some(Mine::Tree(tree)) => *tree = tree.slice(start..end),
            Some(Mine::Small(_) | Mine::Overlay(_)) | None => {}
        }
    }

    /// Appends all items of `other`. In O(items of `other`) where this version lies in one piece and unshared, O(log n) where both
    /// are trees.
    pub fn append(&mut self, mut other: Vector) {
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
        let mine = match self.unshare_whole() {
            Some(Mine::Small(_)) => self.spread(other.len()).map(Mine::Flat),
            mine => mine,
        };
        match mine {
            Some(Mine::Flat(flat)) => {
                if flat.grow(other.len()) {
                    other.drain_into(|item| flat.items.push(item));
                }
            }
            Some(Mine::Tree(tree)) if other.len() <= PART => {
                other.drain_into(|item| tree.push_back(item));
            }
            Some(Mine::Tree(tree)) => {
                let more = match other.own() {
                    Some(Mine::Flat(flat)) => flat.take_tree(),
                    _ => other.to_tree(),
                };
                more.into_iter().for_each(|more| tree.append(more));
            }
            Some(Mine::Small(_) | Mine::Overlay(_)) | None => {}
        }
    }

    /// Hands out all items in order: moved while unshared, otherwise cloned.
    pub fn drain_into(mut self, mut each: impl FnMut(Value)) {
        match self.own() {
            Some(Mine::Small(own)) => own.into_items().iter_mut().for_each(|i| each(i.take())),
            Some(Mine::Flat(flat)) => flat.take_items().for_each(each),
            Some(Mine::Tree(tree)) => std::mem::take(tree).into_iter().for_each(each),
            _ => self.iter().for_each(|item| each(item.clone())),
        }
    }

    /// All items as a standard vector: moved while unshared, otherwise cloned.
    pub fn into_vec(mut self) -> Vec<Value> {
        match self.own() {
            Some(Mine::Small(own)) => own.into_items().iter_mut().map(Value::take).collect(),
            Some(Mine::Flat(flat)) => {
                flat.items.drain(..flat.front);
                std::mem::take(&mut flat.items)
            }
            _ => self.iter().cloned().collect(),
        }
    }

    /// The items in the opposite order. O(n).
    pub fn reversed(&self) -> Vector {
        self.iter().rev().cloned().collect()
    }

    /// The items in order.
    pub fn iter(&self) -> VectorIter<'_> {
        VectorIter(match self.view() {
            View::Small(small) => Items::Flat(small.items().iter()),
            View::Flat(flat) => Items::Flat(flat.live().iter()),
            View::Overlay(overlay) => Items::Merged(Box::new(Merged::new(overlay))),
            View::Tree(tree) => Items::Tree(Box::new(tree.iter())),
        })
    }

    /// Clones up to `limit` items from `start` on into `buffer`, in O(log n + items): the next leaf of a tree at most.
    pub(super) fn read_leaf(&self, start: usize, limit: usize, buffer: &mut Vec<Value>) {
        match self.view() {
            View::Small(small) => {
                buffer.extend(small.items().iter().skip(start).take(limit).cloned())
            }
            View::Flat(flat) => buffer.extend(flat.live().iter().skip(start).take(limit).cloned()),
            View::Overlay(overlay) => overlay.read_leaf(start, limit, buffer),
            View::Tree(tree) if start < tree.len() => {
                let mut focus = tree.focus();
                let (range, leaf) = focus.chunk_at(start);
                buffer.extend(leaf.iter().skip(start - range.start).take(limit).cloned());
            }
            View::Tree(_) => {}
        }
    }

    /// Whether the items are in a tree, for tests.
    #[cfg(test)]
    pub(crate) fn is_tree(&self) -> bool {
        matches!(self.view(), View::Tree(_))
    }
}

/// Puts an item into a small vector that may have one more. What is appended to once is appended to again.
fn insert_small(mut own: Own<'_, (), Value>, at: usize, value: Value) {
    if own.is_full() {
        let len = own.row().items().len();
        own.reserve(len.max(4).min(SMALL - len));
    }
    own.insert(at, value);
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
        match items.len() {
            0..=SMALL => Vector::from(Row::new((), items.into_iter(), 0)),
            _ => Vector::from(Flat::new(items)),
        }
    }
}

impl<const N: usize> From<[Value; N]> for Vector {
    #[inline]
    fn from(items: [Value; N]) -> Vector {
        match N {
            0..=SMALL => Vector::from(Row::of_array((), items)),
            _ => Vector::from(Vec::from(items)),
        }
    }
}

impl FromIterator<Value> for Vector {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Vector {
        let mut items = items.into_iter();
        match items.size_hint() {
            (_, Some(most @ ..=SMALL)) => {
                let mut few = Vector::from(Row::of_first((), &mut items, most));
                few.extend(items);
                few
            }
            _ => Vector::from(items.collect::<Vec<_>>()),
        }
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
