//! A new version of a big vector that others still hold: the old version, a few items stored over its own, and a few behind its end.
//!
//! Invariants: the base is flat or a tree, never an overlay itself, nor small. The stored items are in the order of their places, at most
//! [`ROOM`], all within the base; the tail has at most [`TAIL`] items. What is remembered is that of the changes as they are.

use std::sync::OnceLock;

use super::{Tree, Vector};
use crate::value::Value;
use crate::value::row::{Own, Row};

/// The most items stored over those of the base.
const ROOM: usize = 16;

/// The most items behind the end of the base.
const TAIL: usize = 32;

#[derive(Debug)]
pub(super) struct Overlay {
    pub(super) base: Vector,
    stored: Stored,
    /// What is behind the end of the base, unless that is nothing.
    tail: Option<Row<(), Value>>,
    /// All items as a vector of their own, made when there was no more room.
    merged: OnceLock<Vector>,
}

// Its block is one of those that are used again.
const _: () = assert!(size_of::<Overlay>() <= 64);

/// An item, and the place in the base that it is stored over.
pub(super) type Placed = (usize, Value);

/// The items stored over those of the base. Most versions are one item away from the one before: that takes no block of its own.
#[derive(Clone, Debug)]
pub(super) enum Stored {
    Nothing,
    One(Placed),
    Several(Row<(), Placed>),
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
    #[inline(always)]
    pub(super) fn new(base: Vector, stored: Stored) -> Overlay {
        Overlay { base, stored, tail: None, merged: OnceLock::new() }
    }

    /// What is stored over items of the base, in order.
    #[inline]
    pub(super) fn stored(&self) -> &[Placed] {
        self.stored.items()
    }

    /// What is behind the end of the base.
    #[inline]
    pub(super) fn tail(&self) -> &[Value] {
        self.tail.as_ref().map_or(&[], Row::items)
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.base.len() + self.tail().len()
    }

    #[inline]
    fn stored_at(&self, index: usize) -> Option<&Value> {
        self.stored().iter().find(|(at, _)| *at == index).map(|(_, item)| item)
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&Value> {
        if let Some(item) = self.stored_at(index) {
            return Some(item);
        }
        let behind = || self.tail().get(index.checked_sub(self.base.len())?);
        self.base.get(index).or_else(behind)
    }

    pub(super) fn read_leaf(&self, start: usize, limit: usize, buffer: &mut Vec<Value>) {
        let base = self.base.len();
        if start >= base {
            buffer.extend(self.tail().iter().skip(start - base).take(limit).cloned());
            return;
        }
        let before = buffer.len();
        self.base.read_leaf(start, limit, buffer);
        for (at, item) in self.stored() {
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
                self.stored().len() < ROOM
                    || index >= self.base.len()
                    || self.stored_at(index).is_some()
            }
            Change::Push => self.tail().len() < TAIL,
            Change::Pop => !self.tail().is_empty(),
        }
    }

    /// A copy that this version's holders do not see change; of a full one, all changes have become the base.
    pub(super) fn next(&self, change: Change) -> Overlay {
        if !self.takes(change) {
            // Without room to merge, the run ends before anybody sees one change more.
            if let Some(merged) = self.merged() {
                return Overlay::new(merged.clone(), Stored::Nothing);
            }
        }
        // What is about to change is copied, the rest is shared.
        let (stored, tail) = match (change, &self.stored) {
            (Change::At(_), Stored::Several(row)) => {
                (Stored::Several(copied(row.items(), 1)), self.tail.clone())
            }
            (Change::At(_), few) => (few.clone(), self.tail.clone()),
            (Change::Push, stored) => (stored.clone(), Some(copied(self.tail(), 1))),
            (Change::Pop, stored) => (stored.clone(), Some(copied(self.tail(), 0))),
        };
        Overlay { base: self.base.clone(), stored, tail, merged: OnceLock::new() }
    }

    /// Whether nobody else holds the base, so that the changes can go there.
    #[inline]
    pub(super) fn owns_base(&self) -> bool {
        !self.base.is_shared()
    }

    /// Makes the changes to a tree.
    pub(super) fn apply(&self, tree: &mut Tree) {
        for (index, item) in self.stored() {
            if let Some(place) = tree.get_mut(*index) {
                *place = item.clone();
            }
        }
        self.tail().iter().for_each(|item| tree.push_back(item.clone()));
    }

    /// All items as a tree that shares its nodes with that of the base; `None` without room for one.
    pub(super) fn to_tree(&self) -> Option<Tree> {
        let mut tree = self.base.to_tree()?;
        self.apply(&mut tree);
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
            return self.own_tail(0)?.into_items().get_mut(behind);
        }
        let at = match self.stored().binary_search_by_key(&index, |(at, _)| *at) {
            Ok(at) => at,
            Err(at) => {
                let item = self.base.get(index)?.clone();
                self.stored.insert(at, (index, item));
                at
            }
        };
        self.stored.items_mut().get_mut(at).map(|(_, item)| item)
    }

    /// Appends in place. There must be room.
    pub(super) fn push(&mut self, item: Value) {
        self.changing();
        if let Some(mut tail) = self.own_tail(1) {
            tail.insert(tail.row().items().len(), item);
        }
    }

    /// Takes the last item of the tail away.
    pub(super) fn pop(&mut self) -> Option<Value> {
        self.changing();
        let mut tail = self.own_tail(0)?;
        let last = tail.row().items().len().checked_sub(1)?;
        Some(tail.remove(last))
    }

    /// The tail for changing, with room for `more`.
    fn own_tail(&mut self, more: usize) -> Option<Own<'_, (), Value>> {
        own(self.tail.get_or_insert_with(|| copied(&[], more)), more)
    }

    /// To be called before any change.
    #[inline]
    fn changing(&mut self) {
        if self.merged.get_mut().is_some() {
            self.merged = OnceLock::new();
        }
    }
}

impl Stored {
    #[inline]
    fn items(&self) -> &[Placed] {
        match self {
            Stored::Nothing => &[],
            Stored::One(one) => std::slice::from_ref(one),
            Stored::Several(row) => row.items(),
        }
    }

    fn items_mut(&mut self) -> &mut [Placed] {
        match self {
            Stored::Nothing => &mut [],
            Stored::One(one) => std::slice::from_mut(one),
            Stored::Several(row) => own(row, 0).map_or(&mut [], Own::into_items),
        }
    }

    /// Puts an item before the one at `at`.
    fn insert(&mut self, at: usize, placed: Placed) {
        match self {
            Stored::Several(row) => {
                if let Some(mut row) = own(row, 1) {
                    row.insert(at, placed);
                }
            }
            few => {
                *few = match std::mem::replace(few, Stored::Nothing) {
                    Stored::One(one) if at == 0 => {
                        Stored::Several(Row::of_array((), [placed, one]))
                    }
                    Stored::One(one) => Stored::Several(Row::of_array((), [one, placed])),
                    _ => Stored::One(placed),
                }
            }
        }
    }
}

/// A row for changing: where other versions hold it, a copy with room for `more`.
fn own<T: Clone>(row: &mut Row<(), T>, more: usize) -> Option<Own<'_, (), T>> {
    if row.is_shared() {
        *row = copied(row.items(), more);
    }
    row.own()
}

/// These items in a row with room for `more`.
fn copied<T: Clone>(items: &[T], more: usize) -> Row<(), T> {
    Row::new((), items.iter().cloned(), more)
}
