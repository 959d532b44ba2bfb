//! One pointer to a table, whichever of the two kinds of blocks it is: the fewer its bindings, the more the second block would cost.
//!
//! Invariants: a block whose header says [`Form::Row`] is a [`Small`], every other a [`Big`]; a small table has at least as many keys as
//! items.

use std::fmt;
use std::ptr::NonNull;

use super::keys::Keys;
use super::small::Small;
use super::{Big, Binding};
use crate::value::Value;
use crate::value::heap::handle::{Handle, Kinds};
use crate::value::heap::{self, Form, Header, Ref};
use crate::value::row::{self, Own};

/// A table: a counted pointer, immutable while shared.
#[repr(transparent)]
pub(crate) struct Table<V>(Handle<(Small<V>, Ref<Big<V>>)>);

// SAFETY: see `free`.
unsafe impl<V> Kinds for (Small<V>, Ref<Big<V>>) {
    const FREE: heap::Free = free::<V>;
}

/// What a table is.
pub(super) enum View<'a, V> {
    Small(&'a Small<V>),
    Big(&'a Ref<Big<V>>),
}

/// What a table is that nobody else holds, for changing.
pub(super) enum Mine<'a, V> {
    Small(Own<'a, Keys, V>),
    Big(&'a mut Big<V>),
}

impl<V> Table<V> {
    #[inline(always)]
    pub(super) fn view(&self) -> View<'_, V> {
        // SAFETY: the header tells which of both it is.
        unsafe {
            match self.0.form() {
                Form::Row => View::Small(self.0.of()),
                _ => View::Big(self.0.of()),
            }
        }
    }

    /// The small table that this is.
    #[inline(always)]
    pub(super) fn as_small(&self) -> Option<&Small<V>> {
        match self.view() {
            View::Small(small) => Some(small),
            View::Big(_) => None,
        }
    }

    /// The table for changing, if nobody else holds it.
    #[inline(always)]
    pub(super) fn own(&mut self) -> Option<Mine<'_, V>> {
        // SAFETY: as in `view`; what is borrowed stays a pointer of its kind.
        unsafe {
            match self.0.form() {
                Form::Row => self.0.of_mut::<Small<V>>().own().map(Mine::Small),
                _ => self.0.of_mut::<Ref<Big<V>>>().get_mut().map(Mine::Big),
            }
        }
    }

    /// What is bound to `key`, if the table is small and has the key at place `hint`.
    #[inline(always)]
    pub(in crate::value) fn at_hint(&self, key: &Value, hint: u32) -> Option<&V> {
        let small = self.as_small()?;
        let item = small.items().get(hint as usize)?;
        // SAFETY: a small table has as many keys as items.
        unsafe { has_key(small, key, hint) }.then_some(item)
    }

    /// The same for changing, if nobody else holds the table.
    #[inline(always)]
    pub(in crate::value) fn own_mut_at(&mut self, key: &Value, hint: u32) -> Option<&mut V> {
        let Some(Mine::Small(own)) = self.own() else { return None };
        let small = own.row();
        // SAFETY: as above.
        if (hint as usize) < small.items().len() && unsafe { has_key(small, key, hint) } {
            heap::count_update();
            own.into_items().get_mut(hint as usize)
        } else {
            None
        }
    }

    /// Whether somebody else holds this version too.
    #[inline]
    pub(crate) fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    /// Whether both are one version.
    #[inline]
    pub(crate) fn ptr_eq(&self, other: &Table<V>) -> bool {
        self.0.ptr_eq(&other.0)
    }

    /// Gives the count away as a raw header; [`free`] belongs to it.
    #[inline]
    pub(crate) fn into_raw(self) -> NonNull<Header> {
        self.0.into_raw()
    }
}

/// Whether the key at a place is this very one.
///
/// # Safety
/// There is such a place.
#[inline(always)]
unsafe fn has_key<V>(small: &Small<V>, key: &Value, place: u32) -> bool {
    // SAFETY: as promised by the caller.
    unsafe { small.head().get_unchecked(place as usize) }.same_bits(key)
}

impl<V> From<Small<V>> for Table<V> {
    #[inline]
    fn from(small: Small<V>) -> Table<V> {
        // SAFETY: one of the kinds; its count is the result's.
        Table(unsafe { Handle::from_raw(small.into_raw()) })
    }
}

impl<V> From<Ref<Big<V>>> for Table<V> {
    #[inline]
    fn from(big: Ref<Big<V>>) -> Table<V> {
        // SAFETY: as above.
        Table(unsafe { Handle::from_raw(big.into_raw()) })
    }
}

impl<V> From<Big<V>> for Table<V> {
    fn from(big: Big<V>) -> Table<V> {
        Table::from(Ref::new(big))
    }
}

impl<V> Clone for Table<V> {
    #[inline]
    fn clone(&self) -> Table<V> {
        Table(self.0.clone())
    }
}

/// Frees a table.
///
/// # Safety
/// `header` is that of a table with this `V` which nobody else can reach.
pub(crate) unsafe fn free<V>(header: NonNull<Header>) {
    // SAFETY: as promised by the caller; the header tells the kind.
    unsafe {
        match header.as_ref().form {
            Form::Row => row::free::<Keys, V>(header),
            _ => heap::free::<Big<V>>(header),
        }
    }
}

impl<V: Binding + fmt::Debug> fmt::Debug for Table<V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.view() {
            View::Small(small) => small.fmt(out),
            View::Big(big) => big.fmt(out),
        }
    }
}
