//! What a vector is, and its short ways: one pointer to any of four kinds of blocks.
//!
//! Invariants: a block whose header says [`Form::Row`] is a [`Small`], [`Form::Body`] a [`Flat`], [`Form::Overlay`] an [`Overlay`],
//! [`Form::Tree`] a [`Tree`].

use std::ptr::NonNull;

use super::flat::Flat;
use super::overlay::{Overlay, Stored};
use super::{COPIED, Tree, Vector};
use crate::value::Value;
use crate::value::equality::identical;
use crate::value::heap::handle::{Handle, Kinds};
use crate::value::heap::{self, Form, Header, Ref};
use crate::value::row::{self, Own, Row};

/// Up to this many items are made as one block, and stay one while they are pushed to.
pub(super) const SMALL: usize = 16;

/// A few items, in one block.
pub(super) type Small = Row<(), Value>;

/// The kinds of blocks.
pub(super) type Blocks = (Small, Ref<Flat>, Ref<Overlay>, Ref<Tree>);

// SAFETY: see `free`.
unsafe impl Kinds for Blocks {
    const FREE: heap::Free = free;
}

/// What a vector is.
pub(super) enum View<'a> {
    Small(&'a Small),
    Flat(&'a Flat),
    Overlay(&'a Overlay),
    Tree(&'a Tree),
}

/// What a vector is that nobody else holds, for changing.
pub(super) enum Mine<'a> {
    Small(Own<'a, (), Value>),
    Flat(&'a mut Flat),
    Overlay(&'a mut Overlay),
    Tree(&'a mut Tree),
}

impl Vector {
    #[inline(always)]
    pub(super) fn view(&self) -> View<'_> {
        // SAFETY: the header tells which of the kinds it is.
        unsafe {
            match self.0.form() {
                Form::Body => View::Flat(self.0.of::<Ref<Flat>>()),
                Form::Row => View::Small(self.0.of()),
                Form::Overlay => View::Overlay(self.0.of::<Ref<Overlay>>()),
                Form::Tree => View::Tree(self.0.of::<Ref<Tree>>()),
            }
        }
    }

    /// The vector for changing, if nobody else holds it.
    #[inline(always)]
    pub(super) fn own(&mut self) -> Option<Mine<'_>> {
        // SAFETY: as in `view`; what is borrowed stays a pointer of its kind.
        unsafe {
            match self.0.form() {
                Form::Body => self.0.of_mut::<Ref<Flat>>().get_mut().map(Mine::Flat),
                Form::Row => self.0.of_mut::<Small>().own().map(Mine::Small),
                Form::Overlay => self.0.of_mut::<Ref<Overlay>>().get_mut().map(Mine::Overlay),
                Form::Tree => self.0.of_mut::<Ref<Tree>>().get_mut().map(Mine::Tree),
            }
        }
    }

    /// What lies side by side, asked in one question: blocks that are no rows have no items as such, and no room.
    #[inline(always)]
    fn near(&self) -> Result<&Flat, &Small> {
        // SAFETY: as in `view`; of other blocks than rows, [`Row::items`] reads only the header.
        unsafe {
            match self.0.form() {
                Form::Body => Ok(self.0.of::<Ref<Flat>>()),
                _ => Err(self.0.of()),
            }
        }
    }

    /// As [`Vector::near`] for changing, if nobody else holds the vector.
    #[inline(always)]
    fn own_near(&mut self) -> Option<Result<&mut Flat, Own<'_, (), Value>>> {
        // SAFETY: as in `near` and `own`; of other blocks than rows, whoever asks finds no items and no room.
        unsafe {
            match self.0.form() {
                Form::Body => self.0.of_mut::<Ref<Flat>>().get_mut().map(Ok),
                _ => self.0.of_mut::<Small>().own().map(Err),
            }
        }
    }

    /// The item at `index`, where the items lie side by side.
    #[inline(always)]
    pub(crate) fn flat_at(&self, index: usize) -> Option<&Value> {
        match self.near() {
            Ok(flat) => flat.items.get(flat.front.checked_add(index)?),
            Err(small) => small.items().get(index),
        }
    }

    /// The items as one slice, where they lie side by side.
    #[inline]
    pub fn as_slice(&self) -> Option<&[Value]> {
        match self.view() {
            View::Flat(flat) => Some(flat.live()),
            View::Small(small) => Some(small.items()),
            View::Overlay(_) | View::Tree(_) => None,
        }
    }

    /// The items as one slice, to be taken by who will not look at the vector again, where they lie side by side and nobody else holds them.
    #[inline(always)]
    pub(crate) fn taken_slice(&mut self) -> Option<&mut [Value]> {
        match self.own()? {
            Mine::Small(own) => Some(own.into_items()),
            Mine::Flat(flat) => Some(flat.live_mut()),
            Mine::Overlay(_) | Mine::Tree(_) => None,
        }
    }

    /// The array in which all of these items lie, if it is one.
    pub(crate) fn taken_items(&mut self) -> Option<&mut Vec<Value>> {
        match self.own()? {
            Mine::Flat(flat) if flat.front == 0 => Some(&mut flat.items),
            _ => None,
        }
    }

    /// The item at a place, for changing, when the items lie side by side and nobody else holds them or remembers them as a tree.
    #[inline(always)]
    pub(crate) fn own_mut(&mut self, index: usize) -> Option<&mut Value> {
        let item = match self.own_near()? {
            Ok(flat) if flat.has_tree() => return None,
            Ok(flat) => flat.items.get_mut(flat.front.checked_add(index)?)?,
            Err(small) => small.into_items().get_mut(index)?,
        };
        heap::count_update();
        Some(item)
    }

    /// Appends an item where that takes no copy and no room; otherwise the item stays where it is.
    #[inline(always)]
    pub(crate) fn push_own(&mut self, item: &mut Value) -> bool {
        let moved = match self.own_near() {
            Some(Ok(flat)) => !flat.has_tree() && item.move_into(&mut flat.items),
            Some(Err(mut small)) => small.push_with(|| item.take()),
            None => false,
        };
        if moved {
            heap::count_update();
        }
        moved
    }

    /// Makes room for `more` items where nobody else holds the vector; not if there is not enough memory.
    pub(crate) fn reserve_own(&mut self, more: usize) -> bool {
        match self.own() {
            Some(Mine::Flat(flat)) => flat.grow(more),
            Some(Mine::Small(mut own)) => {
                match own.row().items().len().checked_add(more) {
                    Some(..=SMALL) => own.reserve(more),
                    _ => return self.spread(more).is_some(),
                }
                true
            }
            _ => true,
        }
    }

    /// Makes one block that nobody else holds a flat buffer with room for `more`; not if there is not enough memory.
    #[cold]
    pub(super) fn spread(&mut self, more: usize) -> Option<&mut Flat> {
        let Some(Mine::Small(own)) = self.own() else { return None };
        let items = own.into_items();
        let mut flat = Flat::default();
        if !flat.grow(items.len().saturating_add(more)) {
            return None;
        }
        flat.items.extend(items.iter_mut().map(Value::take));
        *self = Vector::from(flat);
        match self.own() {
            Some(Mine::Flat(flat)) => Some(flat),
            _ => None,
        }
    }

    /// Stores an item as the first change beside what lies flat, is shared and too big to be copied; otherwise the item stays where it is.
    #[inline(always)]
    pub(super) fn set_beside(&mut self, index: usize, item: &mut Value) -> bool {
        let View::Flat(flat) = self.view() else { return false };
        if !self.is_shared() || flat.live().len() <= COPIED {
            return false;
        }
        let Some(old) = flat.live().get(index) else { return false };
        if identical(old, item) {
            drop(item.take());
        } else {
            heap::count_copy();
            self.lay_over(Stored::One((index, item.take())));
        }
        true
    }

    /// Makes a vector that is no overlay one over what it was. No count changes: who held the one holds the other, which holds the one.
    #[inline(always)]
    pub(super) fn lay_over(&mut self, stored: Stored) {
        // SAFETY: what was read is written over, and nothing in between unwinds: without memory the process ends.
        unsafe {
            let base = std::ptr::read(self);
            std::ptr::write(self, Vector::from(Overlay::new(base, stored)));
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

    /// Gives the count away as a raw header; [`free`] belongs to it.
    #[inline]
    pub(in crate::value) fn into_raw(self) -> NonNull<Header> {
        self.0.into_raw()
    }
}

impl From<Small> for Vector {
    #[inline]
    fn from(small: Small) -> Vector {
        // SAFETY: a block of such items; its count is the result's.
        Vector(unsafe { Handle::from_raw(small.into_raw()) })
    }
}

macro_rules! from_bodies {
    ($($body:ty: $form:ident;)*) => {$(
        impl From<$body> for Vector {
            #[inline]
            fn from(body: $body) -> Vector {
                // SAFETY: its header says what it is; its count is the result's.
                Vector(unsafe { Handle::from_raw(Ref::new_as(Form::$form, body).into_raw()) })
            }
        }
    )*};
}

from_bodies! {
    Flat: Body;
    Overlay: Overlay;
    Tree: Tree;
}

/// Frees a vector.
///
/// # Safety
/// `header` is that of a vector which nobody else can reach.
pub(crate) unsafe fn free(header: NonNull<Header>) {
    // SAFETY: as promised by the caller; the header tells the kind.
    unsafe {
        match header.as_ref().form {
            Form::Body => heap::free::<Flat>(header),
            Form::Row => row::free::<(), Value>(header),
            Form::Overlay => heap::free::<Overlay>(header),
            Form::Tree => heap::free::<Tree>(header),
        }
    }
}
