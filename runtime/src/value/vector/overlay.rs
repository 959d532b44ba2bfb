//! A new version of a big vector that others still hold: the old version, a few items stored over its own, and a few behind its end.
//!
//! Invariants: the base is flat or a tree, never an overlay itself, nor small. The stored items are in the order of their places, at most
//! [`ROOM`], all within the base; the tail has at most [`TAIL`] items. What is remembered is that of the changes as they are.

use std::sync::OnceLock;

use super::{Tree, Vector};
use crate::value::Value;
use crate::value::heap::Charge;

/// The most items stored over those of the base.
const ROOM: usize = 16;

/// The most items behind the end of the base.
const TAIL: usize = 32;

#[derive(Debug)]
pub(super) struct Overlay {
    pub(super) base: Vector,
    pub(super) stored: Vec<(usize, Value)>,
    pub(super) tail: Vec<Value>,
    /// All items as a vector of their own, made when there was no more room.
    merged: OnceLock<Vector>,
    charge: Charge,
}

/// Where a change goes.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// Over the item at this place.
    At(usize),
    /// Behind the end.
    Push,
    /// Away with the last item.
    Pop,
}

impl Overlay {
    pub(super) fn new(base: Vector) -> Overlay {
        Overlay::with(base, Vec::new(), Vec::new())
    }

    fn with(base: Vector, stored: Vec<(usize, Value)>, tail: Vec<Value>) -> Overlay {
        let merged = OnceLock::new();
        let mut overlay = Overlay { base, stored, tail, merged, charge: Charge::default() };
        overlay.recharge();
        overlay
    }

    fn recharge(&mut self) {
        let stored = self.stored.capacity() * size_of::<(usize, Value)>();
        let tail = self.tail.capacity() * size_of::<Value>();
        self.charge.set(stored + tail);
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.base.len() + self.tail.len()
    }

    #[inline]
    fn stored_at(&self, index: usize) -> Option<usize> {
        self.stored.iter().position(|(at, _)| *at == index)
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&Value> {
        if let Some(at) = self.stored_at(index) {
            return self.stored.get(at).map(|(_, item)| item);
        }
        match index.checked_sub(self.base.len()) {
            Some(behind) => self.tail.get(behind),
            None => self.base.get(index),
        }
    }

    pub(super) fn read_leaf(&self, start: usize, limit: usize, buffer: &mut Vec<Value>) {
        let base = self.base.len();
        if start >= base {
            buffer.extend(self.tail.iter().skip(start - base).take(limit).cloned());
            return;
        }
        let before = buffer.len();
        self.base.read_leaf(start, limit, buffer);
        for (at, item) in &self.stored {
            let place = at.checked_sub(start).and_then(|i| buffer.get_mut(before + i));
            if let Some(place) = place {
                *place = item.clone();
            }
        }
    }

    /// Whether there is room for a change.
    pub(super) fn takes(&self, change: Change) -> bool {
        match change {
            Change::At(index) => {
                self.stored.len() < ROOM
                    || index >= self.base.len()
                    || self.stored_at(index).is_some()
            }
            Change::Push => self.tail.len() < TAIL,
            Change::Pop => !self.tail.is_empty(),
        }
    }

    /// A copy that this version's holders do not see change; of a full one, all changes have become the base.
    pub(super) fn next(&self, change: Change) -> Overlay {
        if !self.takes(change) {
            // Without room to merge, the run ends before anybody sees one change more.
            if let Some(merged) = self.merged() {
                return Overlay::new(merged.clone());
            }
        }
        let mut stored = Vec::new();
        let mut tail = Vec::new();
        if matches!(change, Change::At(_)) || !self.stored.is_empty() {
            stored.reserve_exact((self.stored.len() + 1).min(ROOM));
            stored.extend_from_slice(&self.stored);
        }
        if matches!(change, Change::Push) || !self.tail.is_empty() {
            tail.reserve_exact((self.tail.len() + 1).min(TAIL));
            tail.extend_from_slice(&self.tail);
        }
        Overlay::with(self.base.clone(), stored, tail)
    }

    /// Whether nobody else holds the base, so that the changes can go there.
    #[inline]
    pub(super) fn owns_base(&self) -> bool {
        !self.base.is_shared()
    }

    /// All items as a tree that shares its nodes with that of the base; `None` without room for one.
    fn to_tree(&self) -> Option<Tree> {
        let mut tree = self.base.to_tree()?;
        apply(&mut tree, self.stored.iter().cloned(), self.tail.iter().cloned());
        Some(tree)
    }

    /// All items as a vector of their own, remembered; `None` without room for one.
    pub(super) fn merged(&self) -> Option<&Vector> {
        if self.merged.get().is_none() {
            let tree = self.to_tree()?;
            // Another thread may have been faster.
            let _ = self.merged.set(Vector::from(tree));
        }
        self.merged.get()
    }

    /// The item at `index`, for changing in place. There must be room.
    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Value> {
        self.changing();
        if let Some(behind) = index.checked_sub(self.base.len()) {
            return self.tail.get_mut(behind);
        }
        let at = match self.stored.binary_search_by_key(&index, |(at, _)| *at) {
            Ok(at) => at,
            Err(at) => {
                let item = self.base.get(index)?.clone();
                let full = self.stored.len() == self.stored.capacity();
                if full {
                    self.stored.reserve_exact(self.stored.len().clamp(1, 4));
                }
                self.stored.insert(at, (index, item));
                if full {
                    self.recharge();
                }
                at
            }
        };
        self.stored.get_mut(at).map(|(_, item)| item)
    }

    /// Appends in place. There must be room.
    pub(super) fn push(&mut self, item: Value) {
        self.changing();
        let full = self.tail.len() == self.tail.capacity();
        self.tail.push(item);
        if full {
            self.recharge();
        }
    }

    /// Takes the last item of the tail away.
    pub(super) fn pop(&mut self) -> Option<Value> {
        self.changing();
        self.tail.pop()
    }

    /// To be called before any change.
    #[inline]
    fn changing(&mut self) {
        if self.merged.get_mut().is_some() {
            self.merged = OnceLock::new();
        }
    }
}

/// Makes changes to a tree.
pub(super) fn apply(
    tree: &mut Tree,
    stored: impl IntoIterator<Item = (usize, Value)>,
    tail: impl IntoIterator<Item = Value>,
) {
    for (index, item) in stored {
        if let Some(place) = tree.get_mut(index) {
            *place = item;
        }
    }
    tail.into_iter().for_each(|item| tree.push_back(item));
}
