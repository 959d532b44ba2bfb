//! A run of values in one piece.
//!
//! Invariants: the vector is `items[front..]`, and `items[..front]` are undefined values that make room for pushing and popping at the
//! front. The tree that is remembered has the same items.

use std::ops::Range;
use std::sync::OnceLock;

use super::Tree;
use crate::value::Value;
use crate::value::heap::{self, Charge};
use crate::value::watch;

#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) items: Vec<Value>,
    pub(super) front: usize,
    /// The same items as a tree, made when an update first met this version shared.
    tree: OnceLock<Box<Tree>>,
    /// Whether there was one before that a change made wrong.
    churned: bool,
    charge: Charge,
}

impl Flat {
    pub(super) fn new(items: Vec<Value>) -> Flat {
        let charge = Charge::new(items.capacity() * size_of::<Value>());
        Flat { items, charge, ..Flat::default() }
    }

    #[inline]
    pub(super) fn live(&self) -> &[Value] {
        self.items.get(self.front..).unwrap_or(&[])
    }

    #[inline]
    pub(super) fn live_mut(&mut self) -> &mut [Value] {
        self.items.get_mut(self.front..).unwrap_or(&mut [])
    }

    /// The items as a tree; `None` without room for it.
    pub(super) fn tree(&self) -> Option<&Tree> {
        if self.tree.get().is_none() && !watch::room(self.items.len() * (size_of::<Value>() + 2)) {
            return None;
        }
        Some(self.tree.get_or_init(|| {
            heap::count_copy();
            Box::new(self.live().iter().cloned().collect())
        }))
    }

    /// Whether the tree was made already.
    #[inline]
    pub(super) fn has_tree(&self) -> bool {
        self.tree.get().is_some()
    }

    /// To be called before any change: the remembered tree is about to be wrong.
    #[inline]
    pub(super) fn changing(&mut self) -> &mut Flat {
        if self.tree.get_mut().is_some() {
            self.tree = OnceLock::new();
            self.churned = true;
        }
        self
    }

    /// The tree, which is about to be wrong for the second time: where this version is shared and changed in turns, it serves better.
    #[inline]
    pub(super) fn outlived_by(&mut self) -> Option<Tree> {
        match self.churned {
            true => self.tree.take().map(|tree| *tree),
            false => None,
        }
    }

    #[inline]
    fn recharge(&mut self) {
        self.charge.set(self.items.capacity() * size_of::<Value>());
    }

    /// Makes room for `more` items. Whether there is room; if not, the run stops.
    #[cold]
    pub(super) fn grow(&mut self, more: usize) -> bool {
        watch::grow(&mut self.items, more, &mut self.charge)
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        if self.items.len() < self.items.capacity() || self.grow(1) {
            self.items.push(value);
        }
    }

    pub(super) fn push_front(&mut self, value: Value) {
        if self.front == 0 {
            // Room in proportion to the length makes a push at the front O(1) amortised.
            let len = self.items.len();
            let size = size_of::<Value>();
            let Some(capacity) = watch::grown(len, (len + 1).max(4), size) else { return };
            let room = capacity - len;
            let mut items = Vec::with_capacity(capacity);
            items.resize_with(room, || Value::UNDEFINED);
            items.append(&mut self.items);
            self.items = items;
            self.front = room;
            self.recharge();
        }
        self.front -= 1;
        self.items[self.front] = value;
    }

    pub(super) fn insert(&mut self, index: usize, value: Value) {
        if self.grow(1) {
            self.items.insert(self.front + index, value);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Value> {
        if self.items.len() == self.front { None } else { self.items.pop() }
    }

    pub(super) fn pop_front(&mut self) -> Option<Value> {
        let value = self.items.get_mut(self.front)?.take();
        self.front += 1;
        self.close_front();
        Some(value)
    }

    /// All items, of a vector that nobody will look at again.
    pub(super) fn take_items(&mut self) -> impl Iterator<Item = Value> {
        std::mem::take(&mut self.items).into_iter().skip(self.front)
    }

    /// All items as a tree that moves them, likewise; `None` without room for it.
    pub(super) fn take_tree(&mut self) -> Option<Tree> {
        watch::room(self.live().len() * (size_of::<Value>() + 2))
            .then(|| self.take_items().collect())
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

    pub(super) fn keep(&mut self, range: Range<usize>) {
        self.items.truncate(self.front + range.end);
        for gone in &mut self.live_mut()[..range.start] {
            drop(gone.take());
        }
        self.front += range.start;
        self.close_front();
    }
}
